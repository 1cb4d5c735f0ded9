"""The film: sound, effects and colour laid over a built parallax, each by its own module."""

import json
import time

from ..engine.errors import ParallaxError
from ..engine.film.assets import Asset, missing
from . import colour, effects, film_settings, properties, shot, sound, stamps

PARTS = sound, effects, colour
LAID = "infinite_parallax_film"  # on a parallax scene: the settings that its film was last laid for
FILES = "infinite_parallax_files"  # on a parallax scene: the names of the files that its film was last laid with

_looked = {}  # by a scene's session_uid: the second in which its files were looked for, and whether one was gone


def wanted(scene) -> list[Asset]:
    """The files that a built scene's film needs and that are not there yet. Raises ParallaxError that names the first wrong setting."""
    of = shot.of(scene)
    return missing(_assets(of), of.folder)


def _assets(of: shot.Shot) -> list[Asset]:
    return [asset for part in PARTS for asset in part.assets(of)]


def lay(scene) -> tuple[str, ...]:
    """Lays the film into the edit and the scene as set, or updates it. What needs a file that is not there is left out.

    Gives sentences for the artist. Raises ParallaxError.
    """
    of = shot.of(scene)
    notes = tuple(note for part in PARTS for note in part.lay(of))
    scene[LAID] = "" if wanted(scene) else stamp(scene)
    scene[FILES] = json.dumps(sorted({asset.file for asset in _assets(of)}))
    _looked.pop(scene.session_uid, None)
    return tuple(dict.fromkeys(notes))


def stamp(scene) -> str:
    """Differs where the film's settings do; colour, which follows its settings at once, knows for itself. Raises ParallaxError."""
    return stamps.of(*_settings(scene))


def _settings(scene) -> tuple:
    props = scene.infinite_parallax
    lists, export = film_settings.lists_of(props), props.export
    size = (export.size, *((export.width, export.height) if export.size == "CUSTOM" else ())) if lists["effects"] else ()
    return *lists.values(), size  # textures of effects are made at the film's size


def is_laid(scene) -> bool:
    """Whether the edit holds, or held, any of the film."""
    return LAID in scene or colour.GRADED in scene


def is_stale(scene) -> bool:
    """Whether the film is set otherwise than it lies in the edit, or a file of it is gone. Never raises, as panels ask."""
    try:
        return colour.is_stale(scene) or waits(scene)
    except ParallaxError:
        return True  # something is set wrong: Update Edit says what


def waits(scene) -> bool:
    """Whether that goes for more than its colour. Raises ParallaxError that names the first wrong setting."""
    settings = _settings(scene)
    if LAID not in scene:
        return any(settings)
    return not stamps.is_of(scene[LAID], *settings) or _lacks(scene)


def _lacks(scene) -> bool:
    """Whether a file is gone that the film was laid with; panels ask, so the disk is looked at once a second."""
    second, key = int(time.monotonic()), scene.session_uid
    if _looked.get(key, (None,))[0] != second:
        folder = properties.job_folder(scene) / "film"
        _looked[key] = second, not all((folder / file).is_file() for file in json.loads(scene.get(FILES, "[]")))
    return _looked[key][1]
