"""The film's settings of a scene as the engine knows them."""

import uuid

from ..engine.errors import ParallaxError
from ..engine.film.camera import Camera
from ..engine.film.export import Export
from ..engine.film.grade import Grade
from ..engine.film.settings import GROUPS, LISTS, Film
from ..engine.options import options
from . import given, style


def to_film(props) -> Film:
    """The engine's settings of the film. Raises ParallaxError that names the first wrong one."""
    values = {name: of.from_dict(_plain(getattr(props, name), of)) for name, of in GROUPS.items()}
    return Film(**values, **lists_of(props))


def lists_of(props) -> dict[str, tuple]:
    """Sounds and effects. Raises ParallaxError that names the first wrong setting."""
    return {name: tuple(of.from_dict(_plain(item, of)) for item in getattr(props, name)) for name, of in LISTS.items()}


def grade_of(props) -> Grade:
    """The film's colour. Raises ParallaxError that names the first wrong setting."""
    return Grade.from_dict(_plain(props.grade, Grade))


def export_of(props) -> Export:
    """How the film is written. Raises ParallaxError that names the first wrong setting."""
    return Export.from_dict(_plain(props.export, Export))


def camera_of(props) -> Camera:
    """Who moves, and how. Raises ParallaxError that names the first wrong setting."""
    return Camera.from_dict(_plain(props.camera, Camera))


def from_film(props, film: Film) -> None:
    """Sets a scene's film to the engine's."""
    with style.applying():
        for name, of in GROUPS.items():
            _fill(getattr(props, name), getattr(film, name), of)
    for name, of in LISTS.items():
        items = getattr(props, name)
        items.clear()
        for number, wanted in enumerate(getattr(film, name)):
            item = items.add()
            _fill(item, wanted, of)
            item.key = _free(wanted.key or wanted.name or f"{number + 1}", {other.key for other in items if other != item})
            item.name = wanted.name or f"{of.__name__} {number + 1}"


def add(items, name: str):
    """A new item of a list, with a key that none ever had and a name that no other has."""
    taken = {item.name for item in items}
    item = items.add()
    item.key, item.name = uuid.uuid4().hex[:8], _free(name, taken)
    return item


def copy(props, other) -> None:
    """Gives one scene another one's film."""
    from_film(other, to_film(props))


def _free(name: str, taken: set[str]) -> str:
    """A name that is not taken: with a number where it must be."""
    return next(free for free in (name, *(f"{name} {n}" for n in range(2, len(taken) + 3))) if free not in taken)


def _plain(group, of) -> dict:
    return {name: _plain_value(getattr(group, name), option.kind) for name, option in options(of).items()}


def _plain_value(value, kind):
    return given.absolute(value) if kind == "file" else tuple(value) if kind == "colour" else value


def _fill(group, wanted, of) -> None:
    for name, option in options(of).items():
        try:
            setattr(group, name, getattr(wanted, name))
        except TypeError:
            raise ParallaxError(f"{option.label} {getattr(wanted, name)} is not to be had in this Blender: choose another") from None
