"""Styles in a scene's settings: choosing one sets the motion and the camera; changing one of these settings makes the style Custom.

Properties call `chosen` and `edited` as they change. What code sets, it sets within `applying`, where neither of them does anything.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from ..engine.settings import STYLES as CHOICES
from ..engine.settings import Settings
from ..engine.style import presets
from ..engine.style.presets import AUTO, CUSTOM, STYLES

LABELS = {name: label for name, label, _ in CHOICES}
TURNS, CAMERA = "turns", "camera"  # what is edited, beside the settings that have one value
LISTENING = frozenset(name for style in STYLES.values() for name in style.values) - {TURNS}  # settings that a style may set
KEYED = sorted(LISTENING - {"margin", "content"} | {"direction", "fps", "law", "steps"})  # settings that keyframes are made from
CAMERA_SETTINGS = frozenset(name for style in STYLES.values() for name in style.camera)

_applying = 0


@contextmanager
def applying() -> Iterator[None]:
    """While code sets settings: the style stays what it is."""
    global _applying
    _applying += 1
    try:
        yield
    finally:
        _applying -= 1


def chosen(props, _context=None) -> None:
    """The artist has chosen a style: its values become the scene's. An automatic one is what it was when the scene was built."""
    if _applying:
        return
    with applying():
        props.style_overrides = ""
        apply(props, named(props))


def edited(props, name: str) -> None:
    """The artist has changed a setting: the style is Custom unless all is as it sets it. name: of the setting, or TURNS, or CAMERA."""
    if _applying or props.style == CUSTOM:
        return
    style = named(props)
    is_fit = _fits(props, style) if style in STYLES else name not in presets.OWNED and name != CAMERA
    if not is_fit:
        with applying():
            props.style, props.style_overrides = CUSTOM, ""


def listener(name: str):
    """What a property of the scene's settings calls as it changes."""
    return lambda props, _context: edited(props, name)


def apply(props, name: str, keep: Collection[str] = ()) -> None:
    """Writes the values of a style into a scene's settings; nothing for AUTO and CUSTOM. keep: names of what stays."""
    if name not in STYLES:
        return
    with applying():
        _turn(props, name)
        for key, value in presets.applied(name, keep).items():
            if key != TURNS:
                setattr(props, key, value)
            elif not value:
                props.turns.clear()
        apply_camera(props, name, keep)
        props.styled = name


def apply_camera(props, name: str, keep: Collection[str] = ()) -> None:
    """Writes the camera of a style into a scene's settings; nothing for AUTO and CUSTOM."""
    with applying():
        for key, value in presets.camera(name).items():
            if key not in keep:
                setattr(props.camera, key, value)


def _turn(props, name: str) -> None:
    """Keeps the artist's direction while a style is one itself, and gives it back afterwards."""
    own = STYLES[name].values.get("direction")
    before = STYLES[props.styled].values.get("direction") if props.styled in STYLES else None
    if own is not None and (before is None or not _same(props.direction, before)):
        props.kept_direction = props.direction
    elif own is None and before is not None and _same(props.direction, before):
        props.direction = props.kept_direction


def follow(props, settings: Settings, style: str, reason: str) -> None:
    """Takes over what a job has chosen for an automatic style, so that the scene moves like that. settings: the job's."""
    if settings.style != AUTO:
        return
    props.suggested, props.style_reason = style, reason
    if props.style == AUTO:
        apply(props, style, overrides(props))


def overrides(props) -> frozenset[str]:
    """The names of settings, also of the camera's, that an automatic style leaves alone."""
    return presets.overridden(props.style_overrides)


def override(props, names: Collection[str]) -> None:
    """Has an automatic style leave more settings alone."""
    with applying():
        props.style_overrides = ",".join(sorted(overrides(props).union(names)))


def named(props) -> str:
    """The style that the settings are: of an automatic one, what it has chosen; '' before it has."""
    return props.suggested if props.style == AUTO else props.style


def remember(props, name: str) -> None:
    """Notes the style and the motion of the keyframes that a scene has just got. name: of the style."""
    props.keyed_style, props.keyed_motion = name, _stamp(props)


def to_key(props) -> str:
    """What was chosen and has no keyframes yet: the label of a style, or a changed motion; '' where there is nothing to do."""
    name = named(props)
    if not props.keyed_style or props.built != props.listed:  # other layers take a new Generate
        return ""
    if name in STYLES and name != props.keyed_style:
        return LABELS[name]
    return "the changed motion" if props.keyed_motion != _stamp(props) else ""


def _stamp(props) -> str:
    """Differs where what is keyed differs."""
    layers = [(item.distance, item.use_speed, item.speed, item.factor) for item in props.layer_items]
    values = [getattr(props, key) for key in KEYED], [getattr(props.camera, key) for key in sorted(CAMERA_SETTINGS)]
    return json.dumps([*values, [(turn.share, turn.direction) for turn in props.turns], layers])


def described(props) -> str:
    """What an automatic style has chosen and why; nothing where the artist has chosen, or nothing was generated yet."""
    if props.style != AUTO or props.suggested not in STYLES:
        return ""
    return f"Automatic chose {LABELS[props.suggested]}" + (f": {props.style_reason}" if props.style_reason else "")


def _fits(props, name: str) -> bool:
    """Whether the settings are as a style sets them."""
    keep = overrides(props) if props.style == AUTO else ()
    values, camera = presets.applied(name, keep), presets.camera(name)
    return (all(_same(getattr(props, key), value) for key, value in values.items() if key != TURNS)
            and (TURNS not in values or len(props.turns) == len(values[TURNS]) == 0)
            and all(_same(getattr(props.camera, key), value) for key, value in camera.items() if key not in keep))


def _same(one, other) -> bool:
    """Whether two values are equal; Blender keeps numbers in single precision."""
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
    return one == other
