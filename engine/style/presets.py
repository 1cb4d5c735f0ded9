"""What each style sets: the layers' motion, the camera, the length, the loop, and how far layers are painted beyond the frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

AUTO, CUSTOM = "AUTO", "CUSTOM"
STILL = {"mover": "LAYERS"}  # the camera of a style that moves the layers
PLAIN = {"path": "ONE_WAY", "travel": 0.0, "speed_range": 0.0, "margin": 0.0, "smoothness": 10.0, "seconds_per_step": 1.0,
         "length": "DURATION", "duration": 8.0, "loop": False, "content": "REPEAT", "start": 0.0, "hold_in": 0.0, "hold_out": 0.0,
         "ease_in": 0.0, "ease_out": 0.0, "turns": ()}


@dataclass(frozen=True)
class Style:
    """What a style sets. values: of `Settings`; camera: of `engine.film.camera.Camera`. Both hold plain values by name."""

    values: Mapping[str, object] = field(default_factory=dict)
    camera: Mapping[str, object] = field(default_factory=lambda: STILL)


def _style(camera: Mapping[str, object] = STILL, **values) -> Style:
    return Style(MappingProxyType(PLAIN | values), MappingProxyType(dict(camera)))


STYLES: Mapping[str, Style] = MappingProxyType({
    # A nearest layer at most three times as fast as the farthest is what one sees from a slow train; more looks like a toy theater.
    "SCROLL": _style(length="CROSS", loop=True, speed_range=3.0, smoothness=8.0),
    "SWAY": _style(path="SWAY", travel=4.0, loop=True),
    "ORBIT": _style({"mover": "CAMERA", "move": "ORBIT", "amount": 0.035}, path="SWAY", travel=0.1, margin=3.5, loop=True),
    "PUSH_IN": _style({"mover": "CAMERA", "move": "DOLLY", "amount": 0.12}, travel=0.1, margin=1.0),
    "PAN": _style(travel=8.0, speed_range=4.0, duration=8.0, ease_in=3.0, ease_out=3.0),
    "RISE": _style(travel=6.0, speed_range=4.0, duration=8.0, ease_in=3.0, ease_out=3.0, direction=270.0),
})
OWNED = frozenset(PLAIN)  # settings that every style sets; a direction stays the artist's but where a style is a direction


def overridden(text: str) -> frozenset[str]:
    """The names in a setting `style_overrides`."""
    return frozenset(name for part in text.split(",") if (name := part.strip()))


def completed(values: Mapping[str, object]) -> dict[str, object]:
    """Values of `Settings` with those of their style for what is not given. What is given beside an automatic style overrides it."""
    name = values.get("style", AUTO)
    if not isinstance(name, str):  # which is refused when the values are checked
        return dict(values)
    if name in STYLES:
        return {**STYLES[name].values, **values}
    if name == AUTO and values.get("content") == "FRESH":  # no style is an open film
        return {**values, "style": CUSTOM}
    if name == AUTO and "style_overrides" not in values:
        return {**values, "style_overrides": ",".join(sorted(OWNED.intersection(values)))}
    return dict(values)


def applied(name: str, keep: Collection[str] = ()) -> dict[str, object]:
    """The values of `Settings` that a style sets, but for those to keep; none for CUSTOM."""
    return {key: value for key, value in STYLES[name].values.items() if key not in keep} if name in STYLES else {}


def camera(name: str) -> Mapping[str, object]:
    """The values of `engine.film.camera.Camera` that a style sets; none for CUSTOM."""
    return STYLES[name].camera if name in STYLES else {}


def fits(name: str, values: Mapping[str, object]) -> bool:
    """Whether settings, by name, are as a style has them."""
    return all(values[key] == value for key, value in applied(name).items())
