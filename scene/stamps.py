"""Which settings something was laid by, told apart wherever the project's folder is."""

from pathlib import Path

from ..engine.options import Group, options
from . import planes


def of(*values) -> str:
    """A text that differs where settings do, in two lines: with files where they are, and as they are found from the .blend.

    values: settings of the engine's, paths, plain values, and tuples of those.
    """
    return f"{values!r}\n{_from_blend(values)!r}"


def is_of(stamp: str, *values) -> bool:
    """Whether a stamp is of these settings: also where files have moved together with the .blend, or stayed as it was saved elsewhere."""
    as_it_is, _, from_blend = stamp.partition("\n")
    return as_it_is == repr(values) or from_blend == repr(_from_blend(values))


def _from_blend(value):
    if isinstance(value, Path):
        return planes.beside_blend(str(value))
    if isinstance(value, tuple):
        return tuple(map(_from_blend, value))
    if isinstance(value, Group):
        return [(name, _plain(getattr(value, name), option.kind)) for name, option in options(type(value)).items()]
    return value


def _plain(value, kind):
    return _from_blend(Path(value)) if kind == "file" and value else value
