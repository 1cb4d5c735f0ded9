"""The classic settings file, `config.json`: what it says, as settings of today.

    {"direction": "left", "smoothness": 40, "seconds_per_step": 1, "fps": 24, "prompt_prepend": "an oil painting of",
     "salient_objects": ["church", "boat"],
     "layers": [{"height": 0.4, "distance": 1}, {"height": 0.6, "distance": 3, "velocity": 30}]}

Its layers are bands, top to bottom. A layer moves `distance / sum of all distances * smoothness` pixels per step, or `velocity` pixels per
step where that is typed. All keys may be left out.
"""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from .errors import ParallaxError
from .motion import STEP_TRAVEL
from .options import plain
from .settings import MAX_LAYERS, REFERENCE_WIDTH, Settings

KNOWN = ("direction", "smoothness", "seconds_per_step", "fps", "layers", "salient_objects", "prompt_prepend")
OF_LAYER = ("height", "distance", "velocity")
WORDS = {"right": 0.0, "up": 90.0, "left": 180.0, "down": 270.0}
LARGEST = 1_000_000  # bytes: more is no settings file
OFF = 0.011  # share by which the heights may miss their sum, as people round them


@dataclass(frozen=True)
class Classic:
    """values: what the file says, as `Settings.from_dict` takes it. notes: sentences about how it was understood."""

    values: dict
    notes: tuple[str, ...]


@dataclass
class _Reading:
    """width: of the picture in pixels. values, notes: as they come together."""

    width: int
    values: dict = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read(path: Path, width: int = REFERENCE_WIDTH) -> Classic:
    """What a classic settings file says. width: of the picture in pixels, as its speeds count those.

    Raises ParallaxError with one sentence where the file cannot be read or says what cannot be.
    """
    file = _loaded(path)
    reading = _Reading(width)
    try:
        _fill(reading, file)
        Settings.from_dict(reading.values)
    except ParallaxError as error:
        raise ParallaxError(f"{Path(path).name}: {error}") from None
    return Classic(reading.values, tuple(reading.notes))


def _loaded(path: Path) -> dict:
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST:
            raise ParallaxError(f"{path} is too large for a settings file: choose the config.json")
        file = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ParallaxError(f"{path} cannot be read ({error.strerror or error}): choose another file") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ParallaxError(f"{path.name} is no valid JSON at {place}: mend it or choose another") from None
    except (ValueError, RecursionError):
        raise ParallaxError(f"{path.name} is no valid JSON: mend it or choose another") from None
    if not isinstance(file, dict):
        raise ParallaxError(f"{path.name} is no settings file: it must hold names and values in braces")
    if not set(KNOWN) & set(file):
        raise ParallaxError(f"{path.name} says none of {', '.join(KNOWN)}: choose the config.json")
    return file


def _fill(reading: _Reading, file: dict) -> None:
    values = reading.values
    if file.get("direction") is not None:
        values["direction"] = _direction(file["direction"])
    for name in ("seconds_per_step", "fps"):
        if file.get(name) is not None:
            values[name] = _number(file[name], name)
    if file.get("prompt_prepend") is not None:
        values["prompt"] = _text(file["prompt_prepend"], "prompt_prepend").strip().rstrip(",")
    if file.get("salient_objects"):
        _objects(reading, file["salient_objects"])
    if file.get("smoothness") is not None:
        _smoothness(reading, _number(file["smoothness"], "smoothness"))
    unknown = [name for name in file if name not in KNOWN]
    if file.get("layers") is not None:
        unknown += _layers(reading, file["layers"])
    if unknown:
        reading.notes.append(f"Not used, as nothing here is called so: {', '.join(dict.fromkeys(unknown))}")


def _direction(value) -> float:
    """An angle in degrees, or the words for one, such as left or up-left."""
    if not isinstance(value, str):
        return _number(value, "direction")
    words = value.lower().replace("-", " ").replace("_", " ").split()
    if not words or not set(words) <= set(WORDS) or len(words) > 2:
        raise ParallaxError(f"direction must be an angle in degrees, or {', '.join(WORDS)}, not '{value}'")
    angles = [math.radians(WORDS[word]) for word in words]
    x, y = sum(map(math.cos, angles)), sum(map(math.sin, angles))
    if math.hypot(x, y) < 0.1:
        raise ParallaxError(f"direction must be one way, not '{value}'")
    return round(math.degrees(math.atan2(y, x)) % 360.0, 6)


def _smoothness(reading: _Reading, classic: float) -> None:
    """There: pixels that all layers together move per step. Here: 1000 / smoothness pixels, of a picture of the reference width."""
    if classic <= 0.0:
        raise ParallaxError(f"smoothness must be above 0, not {plain(classic)}")
    reading.values["smoothness"] = STEP_TRAVEL * reading.width / REFERENCE_WIDTH / classic
    reading.notes.append(f"A smoothness of {plain(classic)} there is one of {reading.values['smoothness']:.4g} here: "
                         "classic files give the pixels that the layers share in a step, here more is slower")


def _objects(reading: _Reading, given) -> None:
    tags = given if isinstance(given, list) else [given]
    text = ", ".join(word for tag in tags if (word := _text(tag, "salient_objects").strip()))
    if text:
        reading.values["objects"] = [{"name": "Salient Objects", "tags": text}]
        reading.notes.append(f"What salient_objects names ({text}) is one object that is found by its tags, which needs the neural engine")


def _layers(reading: _Reading, given) -> list[str]:
    """Gives the names of what is not known."""
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise ParallaxError("layers must be a list of layers, each such as {\"height\": 0.4, \"distance\": 2}")
    if len(given) > MAX_LAYERS:
        raise ParallaxError(f"there may be {MAX_LAYERS} layers, not {len(given)}")
    heights, far, fast = ([None if one.get(name) is None else _number(one[name], f"{name} of layer {n}") for n, one in enumerate(given, 1)]
                          for name in OF_LAYER)
    reading.values.update(separator="BANDS", layers=len(given), law="DIRECT")
    if any(height is not None for height in heights):
        reading.values["heights"] = _heights(reading, heights)
    if any(x is not None for x in fast):
        seconds = reading.values.get("seconds_per_step", Settings().seconds_per_step)
        if seconds <= 0.0:
            raise ParallaxError("seconds_per_step must be above 0")
        reading.values["speeds"] = [None if x is None else x / seconds for x in fast]
        typed = ", ".join(str(n) for n, x in enumerate(fast, 1) if x is not None)
        reading.notes.append(f"Velocities were taken as pixels per step, and win over distances (layer {typed})")
    if any(x is not None for x in (*far, *fast)):
        reading.values["distances"] = _distances(far, fast)
    return [f"{name} of a layer" for one in given for name in one if name not in OF_LAYER]


def _heights(reading: _Reading, given: list[float | None]) -> list[float]:
    """Heights in percent; the last may be left out. They are shares where they add up to no more than 1."""
    absent = [n for n, height in enumerate(given, 1) if height is None]
    if absent and absent != [len(given)]:
        raise ParallaxError(f"Layer {absent[0]} has no height: give it one, or leave out those of all layers")
    known = [height for height in given if height is not None]
    if min(known) <= 0.0:
        raise ParallaxError(f"The height of layer {known.index(min(known)) + 1} must be above 0, not {plain(min(known))}")
    total = sum(known)
    whole = 1.0 if total <= 1.0 + OFF else 100.0
    if total > whole * (1.0 + OFF) or not absent and total < whole * (1.0 - OFF):
        raise ParallaxError(f"The heights add up to {plain(total)}: make it 1 for shares, or 100 for percent")
    if absent and total >= whole:
        raise ParallaxError(f"The heights add up to {plain(total)} and leave nothing for the last layer")
    reading.notes.append(f"Heights were taken as {'shares' if whole == 1.0 else 'percent'}, as they add up to {plain(total)}")
    percent = [100.0 * height / (whole if absent else total) for height in known]
    return percent if absent else percent[:-1]


def _distances(far: list[float | None], fast: list[float | None]) -> list[float]:
    """The distances; where all layers but some have a velocity alone, that says which is nearer: the faster."""
    if all(x is None for x in far):
        far = [None if x is None else max(abs(x), 1e-6) for x in fast]
    for number, (distance, velocity) in enumerate(zip(far, fast), 1):
        if distance is None and velocity is None:
            raise ParallaxError(f"Layer {number} has neither distance nor velocity: give it one of them")
        if distance is None:
            raise ParallaxError(f"Layer {number} has no distance, and other layers have: give it one, so that it is known what is in front")
        if distance <= 0.0:
            raise ParallaxError(f"The distance of layer {number} must be above 0, not {plain(distance)}")
    return far


def _number(value, name: str) -> float:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise ParallaxError(f"{name} must be a number, not {str(value)[:40]!r}")
    return float(value)


def _text(value, name: str) -> str:
    if not isinstance(value, str):
        raise ParallaxError(f"{name} must be a text, not {str(value)[:40]}")
    return value
