"""The film: sound, effects and colour laid over a built parallax, each by its own module."""

from ..engine.errors import ParallaxError
from ..engine.film.assets import Asset, missing
from . import colour, effects, film_settings, shot, sound

PARTS = sound, effects, colour
LAID = "infinite_parallax_film"  # on a parallax scene: the settings that its film was last laid for


def wanted(scene) -> list[Asset]:
    """The files that a built scene's film needs and that are not there yet. Raises ParallaxError that names the first wrong setting."""
    of = shot.of(scene)
    return missing([asset for part in PARTS for asset in part.assets(of)], of.folder)


def lay(scene) -> tuple[str, ...]:
    """Lays the film into the edit and the scene as set, or updates it. What needs a file that is not there is left out.

    Gives sentences for the artist. Raises ParallaxError.
    """
    of = shot.of(scene)
    notes = tuple(note for part in PARTS for note in part.lay(of))
    scene[LAID] = "" if wanted(scene) else stamp(scene)
    return tuple(dict.fromkeys(notes))


def stamp(scene) -> str:
    """Differs where the film's settings do; colour, which follows its settings at once, knows for itself. Raises ParallaxError."""
    props = scene.infinite_parallax
    lists, export = film_settings.lists_of(props), props.export
    size = (export.size, *((export.width, export.height) if export.size == "CUSTOM" else ())) if lists["effects"] else ()
    return repr((lists, size))  # textures of effects are made at the film's size


def is_laid(scene) -> bool:
    """Whether the edit holds, or held, any of the film."""
    return LAID in scene or colour.GRADED in scene


def is_stale(scene) -> bool:
    """Whether the film is set otherwise than it lies in the edit. Never raises, as panels ask."""
    try:
        return colour.is_stale(scene) or waits(scene)
    except ParallaxError:
        return True  # something is set wrong: Update Edit says what


def waits(scene) -> bool:
    """Whether that goes for more than its colour. Raises ParallaxError that names the first wrong setting."""
    plain = not any(film_settings.lists_of(scene.infinite_parallax).values())
    return stamp(scene) != scene.get(LAID) and not (plain and LAID not in scene)
