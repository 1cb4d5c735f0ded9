"""The classic settings file, `config.json`: what it says, as settings of today.

    {"direction": "left", "smoothness": 40, "seconds_per_step": 1, "fps": 24, "prompt_prepend": "an oil painting of",
     "salient_objects": ["church", "boat"],
     "layers": [{"height": 0.4, "distance": 1}, {"height": 0.6, "distance": 3, "velocity": 30}]}

Its layers are bands, top to bottom. A layer moves `distance / sum of all distances * smoothness` pixels per step, or `velocity` pixels per
step where that is typed. All keys may be left out.

A whole project's file says more: `velocity` is a pair x, y of pixels per step at `input_image_width`, heights are pixels of
`input_image_height`, `salient_objects` holds one list of tags for each object, `salient_object_layers` what has become of these, and
`total_steps` how long the film is. What has no counterpart here is named in a note.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from .errors import ParallaxError
from .motion import STEP_TRAVEL
from .options import plain
from .settings import MAX_LAYERS, REFERENCE_WIDTH, Settings

KNOWN = ("direction", "smoothness", "seconds_per_step", "fps", "layers", "salient_objects", "prompt_prepend")
ALSO_KNOWN = ("direction_theta", "velocity_vector", "max_steps", "total_steps", "salient_object_layers", "layer_height_breakpoints",
              "input_image_width", "input_image_height")
RECORDS = ("created_at", "original_input_image_path", "input_image_path", "input_image_original_path", "project_dir_path", "config_path",
           "project_name", "version")  # where a project lay and what made it
OF_LAYER = ("height", "distance", "velocity")
ALSO_OF_LAYER = ("distance_ratio", "steps_x", "steps_y")
OF_OBJECT = ("index", "name_prefix", "prompt_tags", "parent_layer_index", "alpha_layer_fullpath", "base_layer_fullpath",
             "layer_height_breakpoints", "layer_config")
EXPLICIT = {"style": "CUSTOM", "separator": "BANDS", "content": "REPEAT", "loop": True, "path": "ONE_WAY", "travel": 0.0,
            "speed_range": 0.0, "margin": 0.0, "keep_mount": True}  # what a file of then says without saying it
WORDS = {"right": 0.0, "up": 90.0, "left": 180.0, "down": 270.0}
GENERIC = re.compile(r"salient_object_?\d*", re.IGNORECASE)  # a name_prefix that says nothing: the object's first tag is its name
LARGEST = 1_000_000  # bytes: more is no settings file
OFF = 0.011  # share by which the heights may miss their sum, as people round them


@dataclass(frozen=True)
class Classic:
    """values: what the file says, as `Settings.from_dict` takes it. notes: sentences about how it was understood."""

    values: dict
    notes: tuple[str, ...]


@dataclass
class _Reading:
    """width: of the picture in pixels, which are `scale` times as many as the file's; height: what the file's heights may count, if known.

    axis: the way of a positive speed, as the file's velocities count x and y. folder: that the file lies in. values, notes, unknown: as
    they come together.
    """

    width: int
    height: float | None
    scale: float
    axis: tuple[float, float]
    folder: Path
    values: dict = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def read(path: Path, width: int | None = None, height: int | None = None) -> Classic:
    """What a classic settings file says.

    width: of the picture in pixels as it is worked on, by default the one that the file was made for; speeds are of that. height: of
    the whole picture in pixels, which heights may count where the file does not say its own.
    Raises ParallaxError with one sentence where the file cannot be read or says what cannot be.
    """
    file = _loaded(path)
    try:
        reading = _begun(file, Path(path), width, height)
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
        raise ParallaxError(f"{path.name} is no valid JSON at {place}: fix it or choose another") from None
    except (ValueError, RecursionError):
        raise ParallaxError(f"{path.name} is no valid JSON: fix it or choose another") from None
    if not isinstance(file, dict):
        raise ParallaxError(f"{path.name} is no settings file: it must hold names and values in braces")
    if not {*KNOWN, *ALSO_KNOWN} & set(file):
        raise ParallaxError(f"{path.name} says none of {', '.join(KNOWN)}: choose the config.json")
    return file


def _begun(file: dict, path: Path, width: int | None, height: int | None) -> _Reading:
    own_width, own_height = (_positive(file.get(name), name) for name in ("input_image_width", "input_image_height"))
    width = width or (round(own_width) if own_width else REFERENCE_WIDTH)
    reading = _Reading(width, own_height or height, width / own_width if own_width else 1.0, (1.0, 0.0), path.parent, dict(EXPLICIT))
    if abs(reading.scale - 1.0) > 1e-9:
        reading.notes.append(f"The file was made for a picture {plain(own_width)} pixels wide: "
                             f"its speeds are scaled by {reading.scale:.4g} to one of {width}")
    _way(reading, file)
    return reading


def _way(reading: _Reading, file: dict) -> None:
    """The direction, and the axis along which velocities are measured."""
    vector = _pair(file["velocity_vector"], "velocity_vector") if file.get("velocity_vector") is not None else None
    vector = vector if vector and math.hypot(*vector) > 1e-9 else None
    if file.get("direction") is not None:
        angle = _direction(file["direction"])
    elif vector:
        angle = round(math.degrees(math.atan2(-vector[1], vector[0])) % 360.0, 6)  # rows of a picture are counted from the top
    elif file.get("direction_theta") is not None:
        angle = math.degrees(_number(file["direction_theta"], "direction_theta")) % 360.0
    else:
        return
    reading.values["direction"] = angle
    x, y = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    if vector:  # it tells whether y is counted up or down, which a number of degrees does not
        x, y = max(((x, -y), (x, y)), key=lambda way: way[0] * vector[0] + way[1] * vector[1])
        if x * vector[0] + y * vector[1] < 0.99 * math.hypot(*vector):
            reading.notes.append("velocity_vector points another way than direction: direction is what counts")
    else:
        y = -y
    reading.axis = x, y


def _fill(reading: _Reading, file: dict) -> None:
    values = reading.values
    for name in ("seconds_per_step", "fps"):
        if file.get(name) is not None:
            values[name] = _number(file[name], name)
    if file.get("prompt_prepend") is not None:
        values["prompt"] = _text(file["prompt_prepend"], "prompt_prepend").strip().rstrip(",")
    if file.get("smoothness") is not None:
        _smoothness(reading, _number(file["smoothness"], "smoothness"))
    if file.get("layers") is not None:
        _layers(reading, file)
    _steps(reading, file)
    _objects(reading, file)
    reading.unknown[:0] = [name for name in file if name not in (*KNOWN, *ALSO_KNOWN, *RECORDS)]
    if reading.unknown:
        reading.notes.append(f"Unknown keys ignored: {', '.join(dict.fromkeys(reading.unknown))}")
    if records := [name for name in RECORDS if name in file]:
        reading.notes.append(f"Where the project lay and what made it is not needed here: {', '.join(records)}")


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
    reading.values["smoothness"] = STEP_TRAVEL * reading.width / REFERENCE_WIDTH / (classic * reading.scale)
    reading.notes.append(f"A smoothness of {plain(classic)} there is one of {reading.values['smoothness']:.4g} here: "
                         "classic files give the pixels that the layers share in a step, here more is slower")


def _steps(reading: _Reading, file: dict) -> None:
    """How long the film is: total_steps; else max_steps, or the most steps of a layer, by which all have crossed the picture."""
    asked, most = (_positive(file.get(name), name) for name in ("total_steps", "max_steps"))
    layers = file["layers"] if isinstance(file.get("layers"), list) else []
    own = [_number(one[name], f"{name} of layer {n}") for n, one in enumerate(layers, 1) for name in ("steps_x", "steps_y")
           if one.get(name) is not None]
    steps = asked or most or max(own, default=0.0)
    if steps < 1.0:
        return
    reading.values.update(length="STEPS", steps=round(steps), loop=False)
    said = "total_steps" if asked else "max_steps" if most else "steps_x and steps_y of the layers"
    length = "1 step" if round(steps) == 1 else f"{round(steps)} steps"
    crossing = f", of {plain(most)} that the slowest layer takes across (max_steps)" if asked and most else ""
    reading.notes.append(f"The film has {length} ({said}){crossing}, at the speeds of the file and so without a seamless loop: "
                         "set Length to Until Crossed and turn Seamless Loop on for one")


def _objects(reading: _Reading, file: dict) -> None:
    """One object for each list of tags; tags that stand by themselves are all of one object, as in files without such lists."""
    given = file.get("salient_objects") or []
    given = given if isinstance(given, list) else [given]
    lists = [one for one in given if isinstance(one, list)]
    loose = [tag for tag in given if not isinstance(tag, list)]
    if words := _tags(loose):
        name = "Salient Objects"
        reading.values["objects"] = [{"name": name, "tags": words}]
        reading.notes.append(f"What salient_objects names ({words}) is one object that is found by its tags, which needs the neural engine")
    made = [{"name": "", "tags": _tags(one)} for one in lists]
    known = file.get("salient_object_layers") or []
    if not isinstance(known, list) or not all(isinstance(one, dict) for one in known):
        raise ParallaxError("salient_object_layers must be a list of objects, each such as {\"index\": 0, \"name_prefix\": \"church\"}")
    for place, one in enumerate(known):
        number = int(_number(one["index"], "index of salient_object_layers")) if one.get("index") is not None else place
        if not 0 <= number <= len(made) or number == len(made) and not one.get("prompt_tags"):
            reading.notes.append(f"Object {number + 1} of salient_object_layers has no entry in salient_objects and was skipped")
            continue
        if number == len(made):
            made.append({"name": "", "tags": ""})
        _finished_object(reading, made[number], one)
    made = [one for one in made if one["tags"] or one.get("mask")]
    for number, one in enumerate(made, 1):
        one["name"] = one["name"] or one["tags"].partition(",")[0].strip().title() or f"Object {number}"
    if made:
        reading.values["objects"] = [*reading.values.get("objects", []), *made]
        told = "; ".join(f"{one['name']}: {one['tags'] or 'its mask'}" for one in made)
        reading.notes.append(f"Objects of salient_objects ({told}) are found by their tags, which needs the neural engine")


def _finished_object(reading: _Reading, made: dict, given: dict) -> None:
    """What an object's own layer says: its name, its tags where there are none, its matte, and how fast it is beside its layer."""
    reading.unknown += [f"{name} of an object" for name in given if name not in OF_OBJECT]
    name = _text(given.get("name_prefix") or "", "name_prefix").strip()
    made["name"] = "" if GENERIC.fullmatch(name) else name.replace("_", " ").title()
    said = name or f"object {given.get('index', 0)}"
    tags = ", ".join(word for word in (part.strip() for part in _text(given.get("prompt_tags") or "", "prompt_tags").split(" . ")) if word)
    if made["tags"] and tags and tags != made["tags"]:
        reading.notes.append(f"prompt_tags of {said} ({tags}) are not used, as salient_objects has its tags: {made['tags']}")
    made["tags"] = made["tags"] or tags
    matte = reading.folder / _text(given.get("alpha_layer_fullpath") or "", "alpha_layer_fullpath").replace("\\", "/").rpartition("/")[2]
    if given.get("alpha_layer_fullpath") and matte.is_file():
        made["mask"] = str(matte.absolute())
        reading.notes.append(f"The mask of {said} is {matte.name}, which lies beside the file")
    unused = [name for name in ("alpha_layer_fullpath", "base_layer_fullpath", "layer_height_breakpoints") if name in given
              and not (name == "alpha_layer_fullpath" and made.get("mask"))]
    if unused:
        reading.notes.append(f"{', '.join(unused)} of {said} are not used, as objects are lifted out anew")
    _object_speed(reading, made, given, said)


def _object_speed(reading: _Reading, made: dict, given: dict, said: str) -> None:
    """An object of its own speed moves at a multiple of its layer's, which here is the one that it stands in."""
    config = given.get("layer_config") or {}
    if not isinstance(config, dict):
        raise ParallaxError(f"layer_config of {said} must be one layer, such as {{\"height\": 120, \"velocity\": [-20, 0]}}")
    reading.unknown += [f"{name} of an object's layer_config" for name in config if name not in (*OF_LAYER, *ALSO_OF_LAYER)]
    unused = [name for name in (*OF_LAYER, *ALSO_OF_LAYER) if name in config and name != "velocity"]
    speeds, parent = reading.values.get("speeds") or (), given.get("parent_layer_index")
    parent = int(_number(parent, f"parent_layer_index of {said}")) if parent is not None else -1
    base = speeds[parent] if 0 <= parent < len(speeds) else None
    own = None
    if config.get("velocity") is not None:
        own = _along(reading, config["velocity"], f"velocity of {said}") * reading.scale / _step_time(reading)
        if base:
            made.update(motion="FACTOR", factor=round(own / base, 6))
        else:
            unused.append("velocity")
    if parent >= 0:
        speed = f" at {made['factor']:.3g} times its speed" if "factor" in made else ""
        reading.notes.append(f"{said} moves with layer {parent + 1} there{speed}: here with the layer that its lowest part stands in")
    if unused:
        reading.notes.append(f"{', '.join(unused)} of the layer_config of {said} are not used: an object is as high and near as it stands")


def _tags(words: list) -> str:
    return ", ".join(word for tag in words if (word := _text(tag, "salient_objects").strip()))


def _layers(reading: _Reading, file: dict) -> None:
    given = file["layers"]
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise ParallaxError("layers must be a list of layers, each such as {\"height\": 0.4, \"distance\": 2}")
    if len(given) > MAX_LAYERS:
        raise ParallaxError(f"there may be {MAX_LAYERS} layers, not {len(given)}")
    heights, far, ratios = ([None if one.get(name) is None else _number(one[name], f"{name} of layer {n}")
                             for n, one in enumerate(given, 1)] for name in ("height", "distance", "distance_ratio"))
    if all(x is None for x in far):
        far = ratios
    fast = [None if one.get("velocity") is None else _along(reading, one["velocity"], f"velocity of layer {n}")
            for n, one in enumerate(given, 1)]
    reading.values.update(layers=len(given), law="DIRECT")
    if all(height is None for height in heights) and file.get("layer_height_breakpoints") is not None:
        heights = _between(file["layer_height_breakpoints"], len(given))
    if any(height is not None for height in heights):
        reading.values["heights"] = _heights(reading, heights)
    _speeds(reading, file, far, fast)
    if any(x is not None for x in (*far, *fast)):
        reading.values["distances"] = _distances(far, fast)
    reading.unknown += [f"{name} of a layer" for one in given for name in one if name not in (*OF_LAYER, *ALSO_OF_LAYER)]


def _speeds(reading: _Reading, file: dict, far: list[float | None], fast: list[float | None]) -> None:
    """Speeds in pixels per second where velocities are typed; and whether a greater distance is nearer, as the formula has it."""
    if all(x is None for x in fast):
        return
    typed = ", ".join(str(n) for n, x in enumerate(fast, 1) if x is not None)
    reading.notes.append(f"Velocities were taken as pixels per step, and win over distances (layer {typed})")
    both = [(d, abs(x)) for d, x in zip(far, fast) if d is not None and x is not None]
    order = sum(math.copysign(1.0, (d - e) * (x - y)) for n, (d, x) in enumerate(both) for e, y in both[:n] if d != e and x != y)
    if order < 0.0:  # the formula does not hold: they are what they are called
        reading.values["law"] = "PERSPECTIVE"
        reading.notes.append("Distances are from the eye, as the layers with smaller ones are the faster ones: these lie in front")
        total, shared = sum(d for d in far if d is not None), file.get("smoothness")
        fast = [d / total * _number(shared, "smoothness") if x is None and d and shared is not None else x for d, x in zip(far, fast)]
    seconds = _step_time(reading)
    reading.values["speeds"] = [None if x is None else x * reading.scale / seconds for x in fast]


def _step_time(reading: _Reading) -> float:
    seconds = reading.values.get("seconds_per_step", Settings().seconds_per_step)
    if seconds <= 0.0:
        raise ParallaxError("seconds_per_step must be above 0")
    return seconds


def _along(reading: _Reading, value, name: str) -> float:
    """A velocity in pixels per step along the direction: a number, or a pair x, y."""
    if not isinstance(value, list):
        return _number(value, name)
    x, y = _pair(value, name)
    along = x * reading.axis[0] + y * reading.axis[1]
    if math.hypot(x - along * reading.axis[0], y - along * reading.axis[1]) > 0.01 * math.hypot(x, y) + 1e-9:
        reading.notes.append(f"The {name} points another way than direction: of it only what goes that way is used")
    return along


def _between(breaks, layers: int) -> list[float | None]:
    """Heights of bands from where they begin, in pixels from the top; of the last one none."""
    if not isinstance(breaks, list) or len(breaks) not in (layers, layers + 1):
        raise ParallaxError(f"layer_height_breakpoints must be a list of where the {layers} layers begin, in pixels from the top")
    edges = [_number(edge, "layer_height_breakpoints") for edge in breaks]
    heights = [below - above for above, below in zip(edges, edges[1:])]
    return [*heights, None][:layers]


def _heights(reading: _Reading, given: list[float | None]) -> list[float]:
    """Heights in percent; the last may be left out. They are shares where they add up to no more than 1, else percent or pixels."""
    absent = [n for n, height in enumerate(given, 1) if height is None]
    if absent and absent != [len(given)]:
        raise ParallaxError(f"Layer {absent[0]} has no height: give it one, or leave out those of all layers")
    known = [height for height in given if height is not None]
    if min(known) <= 0.0:
        raise ParallaxError(f"The height of layer {known.index(min(known)) + 1} must be above 0, not {plain(min(known))}")
    total = sum(known)
    pixels = reading.height if reading.height and _counts_pixels(total, bool(absent), reading.height) else None
    whole = pixels or (1.0 if total <= 1.0 + OFF else 100.0)
    if total > whole * (1.0 + OFF) or not absent and total < whole * (1.0 - OFF):
        of_pixels = f", or the picture's {plain(reading.height)} for pixels" if reading.height else ""
        raise ParallaxError(f"The heights add up to {plain(total)}: make it 1 for shares, or 100 for percent{of_pixels}")
    if absent and total >= whole:
        raise ParallaxError(f"The heights add up to {plain(total)} and leave nothing for the last layer")
    kind = "pixels" if pixels else "shares" if whole == 1.0 else "percent"
    reading.notes.append(f"Heights were taken as {kind}, as they add up to {plain(total)}")
    percent = [100.0 * height / (whole if absent else total) for height in known]
    return percent if absent else percent[:-1]


def _counts_pixels(total: float, is_last_absent: bool, height: float) -> bool:
    """Whether heights that add up to `total` are pixels of a picture of that height."""
    if total <= 100.0 * (1.0 + OFF):
        return abs(total - height) <= 0.5 and not is_last_absent  # of a picture of 100 rows both are the same
    return total < height if is_last_absent else abs(total - height) <= OFF * height


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


def _positive(value, name: str) -> float | None:
    """A number above 0; None for 0 or nothing."""
    number = _number(value, name) if value is not None else 0.0
    if number < 0.0:
        raise ParallaxError(f"{name} must be above 0, not {plain(number)}")
    return number or None


def _pair(value, name: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ParallaxError(f"{name} must be two numbers, x and y, not {str(value)[:40]}")
    return _number(value[0], name), _number(value[1], name)


def _text(value, name: str) -> str:
    if not isinstance(value, str):
        raise ParallaxError(f"{name} must be a text, not {str(value)[:40]}")
    return value
