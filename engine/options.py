"""What a person reads about a setting, and how values are checked and read from text, for any data class of settings.

Each field of such a class is made by `option`: its default, and an `Option` as its metadata.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import Field, dataclass, field, fields

from .errors import ParallaxError

SINGLE = 1e-7  # share by which the numbers that Blender keeps miss: its 0.01 is a little less


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
    kind: str = "value"  # or text, file, folder, model (a name of the catalogue, or a path), group, colour (red, green, blue)
    role: str = ""  # of a model: what it is for
    of: type | None = None  # of a group: the class of its members, which has `from_dict`
    optional: bool = False  # whether one of a list may be none
    nth: str = " of layer {}"  # how one of a list is called


def option(default, label: str, tip: str, **more):
    """A field of a data class of settings."""
    return field(default=default, metadata={"option": Option(label, tip, **more)})


def items(*rows: tuple[str, str, str]) -> tuple[tuple[str, str, str], ...]:
    """The values of an enumeration: identifier, label, tip."""
    return rows


class Group:
    """A data class of options that is made from plain values, or from text as typed on a command line."""

    @classmethod
    def from_dict(cls, values: dict):
        """From plain values. Raises ParallaxError that names the first wrong one."""
        if not isinstance(values, dict):
            raise ParallaxError(f"{cls.__name__} is given as name=value pairs, not as {values!r}")
        return cls(**checked_all(cls, values))

    @classmethod
    def from_text(cls, pairs: dict[str, str]):
        """From text values, such as {"gain": "-6"}."""
        return cls.from_dict({name: parsed(cls, name, text) for name, text in pairs.items()})


def options(of: type) -> dict[str, Option]:
    """Each setting's name and what a person reads about it, in the order of the panel."""
    return {name: f.metadata["option"] for name, f in _fields(of).items()}


def plain(number: float) -> str:
    """A number as people write it, without an exponent."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def described(name: str, of: type, unset: str = "none") -> str:
    """One line for a person about a setting: what it does, what it may be, its default. unset: how an empty list is called."""
    option, default = options(of)[name], getattr(of(), name)
    if option.kind == "colour":
        default = ",".join(plain(number) for number in default)
        return f"{option.tip} (red,green,blue: {plain(option.low)} to {plain(option.high)}; default {default})"
    if option.kind != "value":
        return f"{option.tip} ({option.kind}; default {shortened(default) if default else 'none'})"
    if option.items:
        allowed, default = ", ".join(item[0] for item in option.items), str(default)
    elif isinstance(default, bool):
        allowed, default = "on, off", "on" if default else "off"
    else:
        low, high = option.soft or (option.low, option.high)
        allowed = f"{'usually ' if option.soft else ''}{plain(low)} to {plain(high)}{' ' + option.unit if option.unit else ''}"
        default = plain(default) if default != () else unset
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
    nearest = min(max(value, option.low), option.high)
    if not math.isclose(value, nearest, rel_tol=SINGLE if kind is float else 0.0):
        raise ParallaxError(f"{name} must be from {plain(option.low)} to {plain(option.high)}, not {plain(value)}")
    return kind(nearest)


def checked_all(of: type, values: dict) -> dict:
    """The values that are given, each checked. Raises ParallaxError that names the first wrong one."""
    known = _fields(of)
    unknown = sorted(set(values) - set(known))
    if unknown:
        close = difflib.get_close_matches(unknown[0], known, 1, 0.7)
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
    what = {"value": "numbers", "colour": "numbers", "group": option.label.lower()}.get(option.kind, "texts")
    if not isinstance(value, list | tuple):
        raise ParallaxError(f"{option.label} must be a list of {what}, not {value!r}")
    if option.of:
        return tuple(v if isinstance(v, option.of) else option.of.from_dict(v) for v in value)
    if option.kind == "colour":
        if len(value) != 3:
            raise ParallaxError(f"{option.label} must be red, green and blue, not {len(value)} numbers")
        return tuple(_number(option, v, float, f"'s {part}") for part, v in zip(("red", "green", "blue"), value))
    if option.kind != "value":
        return tuple(_text(option, v) for v in value)
    return tuple(None if option.optional and v is None else _number(option, v, float, option.nth.format(i)) for i, v in enumerate(value, 1))


def _text(option: Option, value) -> str:
    if not isinstance(value, str):
        raise ParallaxError(f"{option.label} must be a text, not {value!r}")
    return value


def parsed(of: type, name: str, text: str):
    """The plain value a person meant by `text`; what cannot be read is passed on for `_checked` to refuse."""
    f = _fields(of).get(name)
    if f is None:
        return text
    text = text.strip()
    if isinstance(f.default, bool):
        return True if text.lower() in ("on", "true", "yes", "1") else False if text.lower() in ("off", "false", "no", "0") else text
    if f.metadata["option"].items:
        return text.upper()
    if isinstance(f.default, tuple) and f.metadata["option"].kind not in ("value", "colour"):
        return [part.strip() for part in text.split(",")] if text else []
    if isinstance(f.default, tuple):
        return [None if part.strip().lower() in ("", "none") else _as_number(part) for part in text.split(",")] if text else []
    return text if isinstance(f.default, str) else _as_number(text)


def _as_number(text: str):
    try:
        return float(text)
    except ValueError:
        return text
