"""What is about the whole frame: strips of the edit. Glow, vignette, film grain, and movies and images of the artist's."""

from __future__ import annotations

import os
import random
from pathlib import Path

from ...engine.errors import ParallaxError
from ...engine.film.assets import Asset
from ...engine.film.effects import Effect
from .. import edit, marks, planes, versions
from ..shot import Shot
from . import sheets

STRIP = "effect "  # before the key of a strip's effect and what of it the strip is
GRAINS = 18  # pictures of grain, shown in an order without a rhythm
GRAIN_RATE = 24.0  # of them a second, as in film
CHANNELS = {"GLOW": "Glow", "VIGNETTE": "Vignette", "GRAIN": "Grain", "MEDIA": "Overlay"}
MOVIES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ogv", ".mts", ".m2ts", ".wmv", ".gif")


def role(key: str, part: str) -> str:
    return f"{STRIP}{key} {part}"


def is_effect(strip) -> bool:
    return marks.role(strip).startswith(STRIP)


def frame_size(shot: Shot) -> tuple[int, int]:
    """Width and height of the film."""
    frame = shot.film.export.frame(shot.result.motion.width, shot.result.motion.height)
    return frame.width, frame.height


def assets(shot: Shot, effect: Effect) -> list[Asset]:
    width, height = frame_size(shot)
    if effect.kind == "VIGNETTE":
        return [Asset.of("overlay", ".png", "vignette", what="vignette", width=width, height=height, size=round(effect.size, 4))]
    if effect.kind == "GRAIN":
        size = round(0.55 * effect.size * max(width / sheets.FLAKE, 0.6), 3)
        return [Asset.of("overlay", ".png", "film grain", what="grain", width=width, height=height, size=size, seed=effect.seed,
                         number=number) for number in range(GRAINS)]
    return []


def lay(shot: Shot, effect: Effect, key: str, _share: float) -> list:
    """Makes or updates the strips of an effect. Gives them. Raises ParallaxError where a file of the artist's is not there."""
    made = {"GLOW": _glow, "VIGNETTE": _vignette, "GRAIN": _grain, "MEDIA": _media}[effect.kind](shot, effect, key)
    for strip in made:
        marks.wish(strip, "mute", effect.hide or not effect.strength)
    return made


def remove(cut, strip) -> None:
    """Takes a strip out, with those that it alone is made of."""
    versions.strips(cut).remove(strip)


def _new_channel(shot: Shot, effect: Effect, wanted) -> int:
    channel = edit.free_channel(shot.cut, (*wanted, *range(edit.PARALLAX + 1, 129)), 1, shot.frames + 1)
    edit.name_channel(shot.cut, channel, effect.name or CHANNELS[effect.kind])
    return channel


def _image_strip(shot: Shot, effect: Effect, wanted: str, files: list[Path], channels):
    """An image strip of ours that shows one file for each frame, or one for the whole film."""
    strip = edit.find(shot.cut, wanted)
    if strip is None:
        channel = _new_channel(shot, effect, channels)
        strip = versions.strips(shot.cut).new_image(effect.name or CHANNELS[effect.kind], str(files[0]), channel, 1)
        marks.mark(strip, wanted)
    marks.wish(strip, "name", effect.name or CHANNELS[effect.kind])
    folder = planes.beside_blend(str(files[0].parent))
    stamp = [folder, [file.name for file in files], shot.frames]
    marks.wish_by(strip, "files", stamp, lambda: _show(strip, folder, files, shot.frames))
    return strip


def _show(strip, folder: str, files: list[Path], frames: int) -> None:
    strip.directory = folder
    while len(strip.elements) > len(files):
        strip.elements.pop(-1)
    for number, file in enumerate(files):
        if number < len(strip.elements):
            strip.elements[number].filename = file.name
        else:
            strip.elements.append(file.name)
    versions.set_strip_end(strip, frames + 1)


def _vignette(shot: Shot, effect: Effect, key: str) -> list:
    file = shot.folder / assets(shot, effect)[0].file
    if not file.is_file():
        return there(shot, key)
    strip = _image_strip(shot, effect, role(key, "vignette"), [file], edit.FINISH)
    marks.wish_all(strip, {"blend_type": "MULTIPLY", "blend_alpha": min(1.0, effect.strength)})
    return [strip]


def _grain(shot: Shot, effect: Effect, key: str) -> list:
    files = [shot.folder / one.file for one in assets(shot, effect)]
    if not all(file.is_file() for file in files):
        return there(shot, key)
    strip = _image_strip(shot, effect, role(key, "grain"), _order(files, shot, effect), edit.FINISH)
    marks.wish_all(strip, {"blend_type": "OVERLAY", "blend_alpha": min(1.0, 0.45 * effect.strength)})
    return [strip]


def _order(files: list[Path], shot: Shot, effect: Effect) -> list[Path]:
    """A file for each frame. None is shown for two grains in a row, nor at both ends, which meet in a loop."""
    rate = GRAIN_RATE * effect.speed
    hold = max(1, round(shot.fps / rate)) if rate else shot.frames
    choose, shown = random.Random(effect.seed), []
    for number in range(-(-shot.frames // hold)):
        last = number == -(-shot.frames // hold) - 1
        shown.append(choose.choice([file for file in files if file not in shown[-2:] and not (last and shown and file == shown[0])]))
    return [shown[number // hold] for number in range(shot.frames)]


def _glow(shot: Shot, effect: Effect, key: str) -> list:
    """Blender's own glow of all that lies below: its bright parts alone, added over it.

    It is fed by an adjustment strip, as a strip that feeds an effect is not seen itself any more.
    """
    strip, below = edit.find(shot.cut, role(key, "glow")), edit.find(shot.cut, role(key, "below"))
    if below is None:
        channel = _new_channel(shot, effect, edit.EFFECTS)
        below = versions.new_effect(shot.cut, f"{effect.name or 'Glow'} Below", "ADJUSTMENT", channel, 1, shot.frames)
        marks.mark(below, role(key, "below"))
        below.blend_type = "ALPHA_OVER"
    if strip is None:
        channel = _new_channel(shot, effect, range(below.channel + 1, edit.GRADE))
        strip = versions.new_effect(shot.cut, effect.name or "Glow", "GLOW", channel, 1, shot.frames, below)
        marks.mark(strip, role(key, "glow"))
    unit = frame_size(shot)[0] / sheets.FLAKE
    marks.wish_all(strip, {"name": effect.name or "Glow", "blend_type": "SCREEN", "use_only_boost": True, "threshold": 0.5, "clamp": 1.0,
                           "boost_factor": 1.0, "blur_radius": 26.0 * unit * effect.size, "quality": 5,
                           "blend_alpha": min(1.0, effect.strength)})
    for one in (below, strip):
        if versions.strip_end(one) != shot.frames + 1 and not one.lock:
            versions.set_strip_end(one, shot.frames + 1)
    return [below, strip]


def _media(shot: Shot, effect: Effect, key: str) -> list:
    """The artist's file, as large as fits into the frame; a movie again and again until the film's end."""
    if not effect.file:
        return there(shot, key)
    file = Path(effect.file)
    if not file.is_file():
        raise ParallaxError(f"{file} is not there: choose the file of the effect '{effect.name}' again")
    made = [_still(shot, effect, key, file)] if file.suffix.lower() not in MOVIES else _movies(shot, effect, key, file)
    for strip in made:
        marks.wish_all(strip, {"blend_type": effect.blend, "blend_alpha": min(1.0, effect.strength)})
    return made


def _still(shot: Shot, effect: Effect, key: str, file: Path):
    strip = _image_strip(shot, effect, role(key, "media"), [file], edit.EFFECTS)
    _fit(strip, frame_size(shot))
    return strip


def _fit(strip, size: tuple[int, int]) -> None:
    """Scales a strip so that all of it is in the frame."""
    element = strip.elements[0]
    wide, high = element.orig_width, element.orig_height
    if wide and high:
        scale = min(size[0] / wide, size[1] / high)
        marks.wish_all(strip, {"transform.scale_x": scale, "transform.scale_y": scale})


def _movies(shot: Shot, effect: Effect, key: str, file: Path) -> list:
    """Copies of a movie side by side, the last one cut at the film's end. Made anew where the file or the length has changed."""
    found, strips, end = there(shot, key), versions.strips(shot.cut), shot.frames + 1
    stamp = [str(file), shot.frames, round(shot.fps, 4)]
    if found and marks.wished(found[0]).get("movie") == stamp:
        return found
    channel = found[0].channel if found else _new_channel(shot, effect, edit.EFFECTS)
    for strip in found:
        strips.remove(strip)
    made, frame = [], 1
    while frame < end and len(made) < 512:
        name = effect.name or file.stem
        strip = strips.new_movie(name, str(file), channel, frame)
        length = versions.strip_length(strip)
        if length < 1 or not strip.elements:
            strips.remove(strip)
            raise ParallaxError(f"{file.name} cannot be read as a movie: choose another file for the effect '{effect.name}'")
        marks.mark(strip, role(key, f"media {len(made)}"))
        marks.wish_by(strip, "movie", stamp, lambda: None)
        _fit(strip, frame_size(shot))
        strip.filepath = planes.beside_blend(os.path.abspath(file))
        frame += length
        made.append(strip)
    versions.set_strip_end(made[-1], end)
    return made


def there(shot: Shot, key: str) -> list:
    """The strips of an effect that are there already."""
    prefix = role(key, "")
    found = [strip for strip in versions.strips(shot.cut) if marks.role(strip).startswith(prefix)]
    return sorted(found, key=versions.strip_start)
