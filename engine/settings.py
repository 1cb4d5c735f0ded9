"""Everything an artist can set, said once: default, range, label and tooltip.

The Blender properties, the command line and the check of a job file are all made from these fields.
Lengths in pixels are for a picture 1600 pixels wide and scale with its width (`Settings.scaled`).
"""

from __future__ import annotations

import difflib
import math
from dataclasses import Field, asdict, dataclass, field, fields

from .errors import ParallaxError

REFERENCE_WIDTH = 1600
MAX_LAYERS = 32


@dataclass(frozen=True)
class Option:
    """What a person reads about one setting, and what it may be."""

    label: str
    tip: str  # one phrase, no full stop
    low: float | None = None
    high: float | None = None
    soft: tuple[float, float] | None = None  # the range of the slider
    items: tuple[tuple[str, str, str], ...] = ()  # (identifier, label, tip) of an enumeration
    unit: str = ""
    kind: str = "value"  # or text, file, folder, objects


def _option(default, label, tip, **kw):
    return field(default=default, metadata={"option": Option(label, tip, **kw)})


def _items(*rows):
    return tuple(rows)


LAWS = _items(
    ("PERSPECTIVE", "Perspective", "Nearer is faster: speed is proportional to 1 / distance"),
    ("DIRECT", "Direct", "The number given as distance is the layer's share of the speed"),
)
LENGTHS = _items(
    ("CROSS", "Until Crossed", "As long as the slowest layer takes to cross the frame"),
    ("STEPS", "Steps", "A number of steps"),
    ("DURATION", "Duration", "A number of seconds"),
)
CONTENTS = _items(
    ("REPEAT", "Repeat", "Each layer scrolls for ever through its own pixels, its ends joined by one painted bridge"),
    ("FRESH", "Fresh", "Paint new content at every step"),
)
SEPARATORS = _items(
    ("BANDS", "Bands", "Horizontal bands, cut where the picture's rows change"),
    ("DEPTH", "Depth", "Shapes from a depth map: a file, or one estimated from the picture"),
    ("CARDS", "Cards", "A folder of pictures with transparency, far to near in the order of their names"),
)
NEAR = _items(
    ("AUTO", "Guess", "Near is what the lower rows of the map show; what was guessed is said"),
    ("WHITE", "White", "White is near, as in maps of MiDaS and Depth Anything"),
    ("BLACK", "Black", "Black is near, as in distances from a camera"),
)
OBJECT_MOTIONS = _items(
    ("LAYER", "With Its Layer", "Moves as the layer that its base stands in"),
    ("FACTOR", "Factor", "Moves at a multiple of its layer's speed"),
    ("STILL", "Still", "Stays where it is in the frame, to highlight it"),
)
TAGS = ("salient objects, statue, skyline, skyscraper, pillar, flag, column, building, tree, mountain, planet, asteroid, comet, meteor, "
        "rainbow, waterfall, volcano, bridge, tunnel, railway, airport, harbor, clouds, tornado, hurricane, lightning, rays")
FILLS = _items(
    ("AUTO", "Automatic", "The best fill that runs on this computer"),
    ("PATCHMATCH", "PatchMatch", "Continue textures and structures from similar places of the picture"),
    ("QUILT", "Quilt", "Continue with whole stretches of the picture; runs everywhere"),
)


@dataclass(frozen=True)
class SalientObject:
    """One object that is lifted out of the picture whole. What shows where it is, in this order: mask, lasso, box, tags.

    box: left, top, right, bottom; lasso: x and y of one corner after another, both in percent of the picture's width and height.
    """

    name: str = _option("", "Name", "What the object is called", kind="text")
    key: str = _option("", "Key", "What the object is known by when it is renamed; by default its name", kind="text")
    tags: str = _option(TAGS, "Tags", "Words for what a detector looks for, separated by commas", kind="text")
    box: tuple[float, ...] = _option((), "Box", "Left, top, right and bottom of a box around the object, in percent of the picture",
                                     low=0.0, high=100.0, unit="%")
    lasso: tuple[float, ...] = _option((), "Lasso", "Corners of a line around the object, x and y by turns, in percent of the picture",
                                       low=0.0, high=100.0, unit="%")
    mask: str = _option("", "Mask", "Image that is white where the object is", kind="file")
    grow: float = _option(4.0, "Grow", "Pixels around the object that are removed with it", low=0.0, high=200.0, soft=(0.0, 40.0),
                          unit="px")
    feather: float = _option(6.0, "Feather", "Width of the border in which its soft edge is looked for", low=0.0, high=200.0,
                             soft=(0.0, 40.0), unit="px")
    motion: str = _option("LAYER", "Motion", "How the object moves", items=OBJECT_MOTIONS)
    factor: float = _option(1.0, "Factor", "Multiple of its layer's speed", low=-100.0, high=100.0, soft=(0.0, 2.0))

    @staticmethod
    def from_dict(values: dict) -> SalientObject:
        """From plain values. Raises ParallaxError that names the first wrong one."""
        if not isinstance(values, dict):
            raise ParallaxError(f"An object is given as name=value pairs, such as box=20,10,45,80, not as {values!r}")
        try:
            return SalientObject(**_checked_all(SalientObject, values))._sound()
        except ParallaxError as error:
            raise ParallaxError(f"Object {values['name']}: {error}" if values.get("name") else str(error)) from None

    def _sound(self) -> SalientObject:
        if self.box and (len(self.box) != 4 or self.box[0] >= self.box[2] or self.box[1] >= self.box[3]):
            raise ParallaxError("The box of an object is left, top, right, bottom in percent, such as 20,10,45,80")
        if self.lasso and (len(self.lasso) < 6 or len(self.lasso) % 2):
            raise ParallaxError("The lasso of an object needs x and y of at least three corners")
        return self

    @staticmethod
    def from_text(pairs: dict[str, str]) -> SalientObject:
        """From text values, as typed on a command line (`box=20,10,45,80`)."""
        return SalientObject.from_dict({name: _parsed(SalientObject, name, text) for name, text in pairs.items()})


@dataclass(frozen=True)
class Settings:
    """All settings of a job. Immutable; made from a dictionary with `from_dict`, which checks every value.

    Per-layer tuples run from the top of the picture down. An empty tuple asks for the default.
    """

    # What the layers are
    separator: str = _option("BANDS", "Layers From", "What decides which layer a part of the picture belongs to", items=SEPARATORS)
    auto_layers: bool = _option(True, "Automatic Layers", "Number and distances of the layers as the depth map or the cards have them")
    depth_map: str = _option("", "Depth Map", "Image of how near everything is; without one it is estimated from the picture", kind="file")
    near: str = _option("AUTO", "Near Is", "Which end of the depth map is near", items=NEAR)
    depth_range: float = _option(8.0, "Depth Range", "How many times farther the farthest part is than the nearest",
                                 low=1.0, high=1000.0, soft=(2.0, 30.0))
    cards: str = _option("", "Cards", "Folder of RGBA images, far to near in the order of their names", kind="folder")
    masks: tuple[str, ...] = _option((), "Masks", "For each layer an image that is white where it is; wins over what is found", kind="file")
    names: tuple[str, ...] = _option((), "Names", "Names of the layers", kind="text")
    matte: float = _option(12.0, "Matte", "Width of the border in which a shaped layer's soft edge is looked for",
                           low=0.0, high=200.0, soft=(0.0, 40.0), unit="px")
    hidden: tuple[float, ...] = _option((), "Hidden", "1 for each layer that is not shown, so that what lies behind it is painted; else 0",
                                        low=0.0, high=1.0)
    objects: tuple[SalientObject, ...] = _option((), "Objects", "What is lifted out of the picture whole", kind="objects")
    # What moves
    direction: float = _option(180.0, "Direction", "Where the content moves: 0 right, 90 up, 180 left, 270 down",
                               low=-1e6, high=1e6, soft=(0.0, 360.0), unit="deg")
    layers: int = _option(5, "Layers", "Number of layers the picture is cut into", low=1, high=MAX_LAYERS, soft=(2, 12))
    heights: tuple[float, ...] = _option((), "Heights",
                                         "Height of each layer in percent of the picture, top to bottom; the last is computed",
                                         low=0.0, high=100.0, unit="%")
    distances: tuple[float, ...] = _option((), "Distances",
                                           "Distance of each layer from the eye, top to bottom; only their ratios matter",
                                           low=1e-6, high=1e9)
    speeds: tuple[float | None, ...] = _option((), "Speeds", "Speed typed for a layer in pixels per second; none means from the distance",
                                               low=-1e6, high=1e6, unit="px/s")
    law: str = _option("PERSPECTIVE", "Speed Law", "How a layer's distance becomes its speed", items=LAWS)
    # How fast and how long
    smoothness: float = _option(10.0, "Smoothness", "More smoothness means smaller steps: slower motion, finer fills",
                                low=0.1, high=10000.0, soft=(1.0, 50.0))
    seconds_per_step: float = _option(1.0, "Seconds per Step", "How long one step takes; more is slower",
                                      low=0.01, high=3600.0, soft=(0.1, 10.0), unit="s")
    length: str = _option("CROSS", "Length", "What decides how long the video is", items=LENGTHS)
    steps: int = _option(24, "Steps", "Number of steps", low=1, high=100000, soft=(1, 200))
    duration: float = _option(20.0, "Duration", "Length of the video in seconds", low=0.04, high=86400.0, soft=(1.0, 120.0), unit="s")
    fps: float = _option(24.0, "Frame Rate", "Frames per second; changes the sampling of the motion, never its speed",
                         low=1.0, high=240.0, soft=(12.0, 60.0))
    loop: bool = _option(True, "Seamless Loop", "The frame after the last one is the first one again")
    content: str = _option("REPEAT", "Content", "What comes into view", items=CONTENTS)
    # How it is filled
    fill_behind: bool = _option(False, "Fill Behind", "With fresh content: paint all that layers hide at once, before the first step")
    fill: str = _option("AUTO", "Fill", "How hidden and new parts are painted", items=FILLS)
    seed: int = _option(0, "Seed", "Another seed paints another variation", low=0, high=2**31 - 1)
    overlap: float = _option(8.0, "Layer Overlap", "Width of the soft edge with which a layer covers the one behind it",
                             low=0.0, high=200.0, soft=(0.0, 40.0), unit="px")
    # How the mask of a gap is prepared
    grow: bool = _option(True, "Grow", "Grow the mask against the motion by the reach of the feather")
    taper: float = _option(16.0, "Taper Corners", "Radius by which the mask's corners are rounded; 0 is off",
                           low=0.0, high=400.0, soft=(0.0, 64.0), unit="px")
    blur: float = _option(8.0, "Blur Radius", "Blur of the mask; 0 is off", low=0.0, high=400.0, soft=(0.0, 64.0), unit="px")
    lerp_alpha: float = _option(1.0, "Lerp Alpha", "How far the mask goes from sharp (0) to blurred (1)", low=0.0, high=1.0)
    falloff: float = _option(1.0, "Falloff", "Exponent of the mask's ramp: above 1 stays closer to the gap, below 1 reaches out",
                             low=0.05, high=20.0, soft=(0.25, 4.0))
    feather: float = _option(24.0, "Feather", "Width of the ramp over which new paint is matched to old; 0 is off",
                             low=0.0, high=400.0, soft=(0.0, 100.0), unit="px")
    # What it works on
    max_width: int = _option(0, "Work Width", "Scale wider pictures down to this many pixels; 0 keeps full size",
                             low=0, high=65536, soft=(0, 8192), unit="px")

    @staticmethod
    def from_dict(values: dict) -> Settings:
        """Settings from plain values (as in a job file). Raises ParallaxError that names the first wrong one."""
        settings = Settings(**_checked_all(Settings, values))
        settings._check_layers()
        if settings.loop and settings.content == "FRESH":
            raise ParallaxError("Fresh content never repeats, so it cannot loop: turn Seamless Loop off, or set Content to Repeat")
        return settings

    @staticmethod
    def from_text(pairs: dict[str, str]) -> Settings:
        """Settings from text values, as typed on a command line (`heights=30,20,50`, `loop=off`)."""
        return Settings.from_dict({name: _parsed(Settings, name, text) for name, text in pairs.items()})

    def to_dict(self) -> dict:
        """Plain values that `from_dict` takes back, and JSON can hold."""
        return asdict(self)

    def scaled(self, pixels: float, width: int) -> float:
        """A length in pixels of the reference width, for a picture `width` pixels wide."""
        return pixels * width / REFERENCE_WIDTH

    def _check_layers(self) -> None:
        n = self.layers
        for given, what in ((self.masks, "masks (nothing between commas where there is none)"), (self.names, "names"),
                            (self.hidden, "numbers for Hidden (1 or 0)")):
            if given and len(given) != n:
                raise ParallaxError(f"{n} layers need {n} {what}, not {len(given)}")
        if self.heights:
            if len(self.heights) not in (n, n - 1):
                raise ParallaxError(f"{n} layers need {n - 1} heights (the last is computed), not {len(self.heights)}")
            total = sum(self.heights)
            if len(self.heights) == n and abs(total - 100.0) > 0.01:
                raise ParallaxError(f"The heights add up to {total:g} %: make them 100 %, or leave the last one out")
            if len(self.heights) == n - 1 and total >= 100.0:
                raise ParallaxError(f"The heights add up to {total:g} % and leave nothing for the last layer: make them less than 100 %")
            if min(self.heights) <= 0.0:
                raise ParallaxError("Every layer needs a height above 0 %")
        if self.distances and len(self.distances) != n:
            raise ParallaxError(f"{n} layers need {n} distances, not {len(self.distances)}")
        if self.speeds and len(self.speeds) != n:
            raise ParallaxError(f"{n} layers need {n} speeds (none where the distance decides), not {len(self.speeds)}")


def options(of: type = Settings) -> dict[str, Option]:
    """Each setting's name and what a person reads about it, in the order of the panel. of: Settings or SalientObject."""
    return {name: f.metadata["option"] for name, f in _fields(of).items()}


def plain(number: float) -> str:
    """A number as people write it, without an exponent."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def described(name: str, of: type = Settings) -> str:
    """One line for a person about a setting: what it does, what it may be, its default."""
    option, default = options(of)[name], getattr(of(), name)
    if option.kind != "value":
        return f"{option.tip} ({option.kind}; default {shortened(default) if default else 'none'})"
    if option.items:
        allowed, default = ", ".join(item[0] for item in option.items), str(default)
    elif isinstance(default, bool):
        allowed, default = "on, off", "on" if default else "off"
    else:
        low, high = option.soft or (option.low, option.high)
        allowed = f"{'usually ' if option.soft else ''}{plain(low)} to {plain(high)}{' ' + option.unit if option.unit else ''}"
        default = plain(default) if default != () else "by itself" if of is Settings else "none"
    return f"{option.tip} ({allowed}; default {default})"


def shortened(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} ..."


def _fields(of: type) -> dict[str, Field]:
    return {f.name: f for f in fields(of)}


def _number(option: Option, value, kind: type, nth: str = "") -> float | int:
    name = f"{option.label}{nth}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParallaxError(f"{name} must be a number, not {value!r}")
    if not math.isfinite(value):
        raise ParallaxError(f"{name} must be a finite number, not {value}")
    if kind is int and value != int(value):
        raise ParallaxError(f"{name} must be a whole number, not {value}")
    if not option.low <= value <= option.high:
        raise ParallaxError(f"{name} must be from {plain(option.low)} to {plain(option.high)}, not {plain(value)}")
    return kind(value)


def _checked_all(of: type, values: dict) -> dict:
    """The values that are given, each checked. Raises ParallaxError that names the first wrong one."""
    known = _fields(of)
    unknown = sorted(set(values) - set(known))
    if unknown:
        close = difflib.get_close_matches(unknown[0], known, 1)
        hint = f"did you mean {close[0]}" if close else f"the settings are {', '.join(known)}"
        raise ParallaxError(f"There is no setting named '{unknown[0]}': {hint}")
    return {name: _checked(f, values[name]) for name, f in known.items() if name in values}


def _checked(f: Field, value):
    option: Option = f.metadata["option"]
    if isinstance(f.default, bool):
        if not isinstance(value, bool):
            raise ParallaxError(f"{option.label} must be on or off, not {value!r}")
        return value
    if option.items:
        names = [item[0] for item in option.items]
        if value not in names:
            raise ParallaxError(f"{option.label} must be one of {', '.join(names)}, not {value!r}")
        return value
    if isinstance(f.default, tuple):
        return _checked_list(f, option, value)
    if isinstance(f.default, str):
        return _text(option, value)
    return _number(option, value, type(f.default))


def _checked_list(f: Field, option: Option, value) -> tuple:
    what = {"value": "numbers", "objects": "objects"}.get(option.kind, "texts")
    if not isinstance(value, list | tuple):
        raise ParallaxError(f"{option.label} must be a list of {what}, not {value!r}")
    if option.kind == "objects":
        return tuple(v if isinstance(v, SalientObject) else SalientObject.from_dict(v) for v in value)
    if option.kind != "value":
        return tuple(_text(option, v) for v in value)
    optional = f.name == "speeds"
    nth = ", number {}," if f.name in ("box", "lasso") else " of layer {}"
    return tuple(None if optional and v is None else _number(option, v, float, nth.format(i)) for i, v in enumerate(value, 1))


def _text(option: Option, value) -> str:
    if not isinstance(value, str):
        raise ParallaxError(f"{option.label} must be a text, not {value!r}")
    return value


def _parsed(of: type, name: str, text: str):
    """The plain value a person meant by `text`; what cannot be read is passed on for `_checked` to refuse."""
    f = _fields(of).get(name)
    if f is None:
        return text
    text = text.strip()
    if isinstance(f.default, bool):
        return True if text.lower() in ("on", "true", "yes", "1") else False if text.lower() in ("off", "false", "no", "0") else text
    if f.metadata["option"].items:
        return text.upper()
    if isinstance(f.default, tuple) and f.metadata["option"].kind != "value":
        return [part.strip() for part in text.split(",")] if text else []
    if isinstance(f.default, tuple):
        return [None if part.strip().lower() in ("", "none") else _as_number(part) for part in text.split(",")] if text else []
    return text if isinstance(f.default, str) else _as_number(text)


def _as_number(text: str):
    try:
        return float(text)
    except ValueError:
        return text
