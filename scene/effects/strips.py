"""What is about the whole frame: strips of the edit. Glow, vignette, film grain, and movies and images of the artist's."""

from __future__ import annotations

import json
import os
import random
from itertools import groupby
from pathlib import Path

from ...engine.errors import ParallaxError
from ...engine.film.assets import Asset
from ...engine.film.effects import Effect
from .. import edit, marks, planes, stamps, versions
from ..shot import Shot
from . import sheets

STRIP = "effect "  # before the key of a strip's effect and what of it the strip is
GRAINS = 18  # pictures of grain, shown in an order without a rhythm
GRAIN_RATE = 24.0  # of them a second, as in film
FRAMES = "infinite_parallax_frames"  # on a strip: where in time we laid it
CHANNEL = "infinite_parallax_channel"  # on a strip: the channel that we gave it
MOVIE = "infinite_parallax_movie"  # on a strip: the file that it was made for
MOST = 512  # repeats of a movie
LOOK = ("blend_type", "blend_alpha", "mute", "color_saturation", "color_multiply", "use_flip_x", "use_flip_y",
        *(f"transform.{name}" for name in ("scale_x", "scale_y", "offset_x", "offset_y", "rotation", "origin")),
        *(f"crop.{name}" for name in ("min_x", "max_x", "min_y", "max_y")))  # what repeats of a movie have in common
STACKS = ("GLOW", "MEDIA"), ("VIGNETTE", "GRAIN")  # those of each lie above each other, below and above the film's colour
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


def is_edited(cut, strip) -> bool:
    """Whether the artist has changed values of a strip, moved or trimmed it since we laid it."""
    first = edit.find(cut, f"{marks.role(strip).rpartition(' ')[0]} 0")
    changed = sheets.marks_differ(strip) if first in (None, strip) else _look(strip) != _look(first)  # repeats look as the first does
    return changed or _is_moved(strip)


def arrange(cut, laid: list[tuple[Effect, list]]) -> None:
    """Has strips lie above each other as their effects are listed. Those that the artist moved to another channel stay there."""
    for kinds in STACKS:
        stack = [strip for effect, made in laid if effect.kind in kinds for strip in sorted(made, key=lambda one: one.channel)]
        stack = [strip for strip in stack if strip.get(CHANNEL, strip.channel) == strip.channel and not strip.lock]
        _stack(cut, [list(row) for _, row in groupby(stack, lambda one: one.channel)])


def _stack(cut, rows: list[list]) -> None:
    """Has rows of strips lie in the channels that they have among them, the first lowest."""
    channels = [row[0].channel for row in rows]
    if channels != sorted(channels):
        for row in rows:  # out of the way first, as no two can lie in one place or be called the same
            edit.name_channel(cut, row[0].channel, f"Channel {row[0].channel}")
            _move(row, edit.free_channel(cut, range(128, 0, -1), versions.strip_start(row[0]), versions.strip_end(row[-1])))
    for row, channel in zip(rows, sorted(channels)):
        _move(row, channel)
        edit.name_channel(cut, channel, marks.wished(row[0]).get("name", row[0].name))


def _move(row, channel: int) -> None:
    for strip in row:
        strip.channel = strip[CHANNEL] = channel


def _is_moved(strip) -> bool:
    return strip.get(FRAMES, _where(strip)) != _where(strip)


def _where(strip) -> str:
    """Beginning and trims, which stay the same when another frame rate makes a movie longer."""
    return json.dumps([versions.strip_start(strip), *versions.strip_trims(strip)])


def _lie(strip, start: int, end: int) -> None:
    """Has a strip lie over some frames, unless the artist has moved, trimmed or locked it."""
    if _is_moved(strip) or strip.lock:
        return
    if versions.strip_start(strip) != start:
        versions.set_strip_start(strip, start)
    if versions.strip_end(strip) != end:
        versions.set_strip_end(strip, end)
    strip[FRAMES] = _where(strip)


def _new_channel(shot: Shot, wanted) -> int:
    return edit.free_channel(shot.cut, (*wanted, *range(edit.PARALLAX + 1, 129)), 1, shot.frames + 1)


def _image_strip(shot: Shot, effect: Effect, wanted: str, files: list[Path], channels):
    """An image strip of ours that shows one file for each frame, or one for the whole film."""
    strip = edit.find(shot.cut, wanted)
    if strip is None:
        channel = _new_channel(shot, channels)
        strip = versions.strips(shot.cut).new_image(effect.name or CHANNELS[effect.kind], str(files[0]), channel, 1)
        marks.mark(strip, wanted)
    marks.wish(strip, "name", effect.name or CHANNELS[effect.kind])
    folder = planes.beside_blend(str(files[0].parent))
    stamp = [folder, [file.name for file in files]]
    marks.wish_by(strip, "files", stamp, lambda: _show(strip, folder, files))
    _lie(strip, 1, shot.frames + 1)
    return strip


def _show(strip, folder: str, files: list[Path]) -> None:
    strip.directory = folder
    while len(strip.elements) > len(files):
        strip.elements.pop(-1)
    for number, file in enumerate(files):
        if number < len(strip.elements):
            strip.elements[number].filename = file.name
        else:
            strip.elements.append(file.name)


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
        channel = _new_channel(shot, edit.EFFECTS)
        below = versions.new_effect(shot.cut, "Below", "ADJUSTMENT", channel, 1, shot.frames)
        marks.mark(below, role(key, "below"))
        below.blend_type = "ALPHA_OVER"
    marks.wish(below, "name", f"{effect.name or 'Glow'} Below")
    if strip is None:
        channel = _new_channel(shot, range(below.channel + 1, edit.GRADE))
        strip = versions.new_effect(shot.cut, effect.name or "Glow", "GLOW", channel, 1, shot.frames, below)
        marks.mark(strip, role(key, "glow"))
    unit = frame_size(shot)[0] / sheets.FLAKE
    marks.wish_all(strip, {"name": effect.name or "Glow", "blend_type": "SCREEN", "use_only_boost": True, "threshold": 0.5, "clamp": 1.0,
                           "boost_factor": 1.0, "blur_radius": 26.0 * unit * effect.size, "quality": 5,
                           "blend_alpha": min(1.0, effect.strength)})
    _lie(below, 1, shot.frames + 1)  # what it feeds goes along
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
    """Copies of a movie side by side, the last one cut at the film's end. They stay when the film becomes longer or shorter; they are
    made anew for another file."""
    found, end = there(shot, key), shot.frames + 1
    if found and not stamps.is_of(found[0].get(MOVIE, ""), file):
        for strip in found:
            remove(shot.cut, strip)
        found = []
    found = found or [_movie(shot, effect, file, role(key, "media 0"), 1, _new_channel(shot, edit.EFFECTS))]
    channels = {strip: strip.channel for strip in found}
    whole, name, made = versions.content_length(found[0]), effect.name or file.stem, []
    for number, frame in enumerate(range(1, end, whole)[:MOST]):
        wanted = role(key, f"media {number}")
        strip = marks.find(found, wanted) or _repeat(shot, effect, file, wanted, frame, found[0])
        marks.wish(strip, "name", f"{name} {number + 1}" if number else name)
        _lie(strip, frame, min(frame + whole, end))
        made.append(strip)
    for strip, channel in channels.items():  # Blender puts aside what overlaps for a moment
        strip.channel = channel
    return made


def _movie(shot: Shot, effect: Effect, file: Path, wanted: str, frame: int, channel: int):
    """A new movie strip of ours, as long as its file."""
    strip = versions.strips(shot.cut).new_movie(effect.name or file.stem, str(file), channel, frame)
    if versions.strip_length(strip) < 1 or not strip.elements:
        remove(shot.cut, strip)
        raise ParallaxError(f"{file.name} cannot be read as a movie: choose another file for the effect '{effect.name}'")
    marks.mark(strip, wanted)[MOVIE] = stamps.of(file)
    _fit(strip, frame_size(shot))
    strip.filepath = planes.beside_blend(os.path.abspath(file))
    return strip


def _repeat(shot: Shot, effect: Effect, file: Path, wanted: str, frame: int, first):
    """One more copy of a movie, which looks as the artist has made the first one look."""
    end = frame + versions.content_length(first)
    channel = edit.free_channel(shot.cut, (first.channel, *edit.EFFECTS, *range(edit.PARALLAX + 1, 129)), frame, end)
    strip = _movie(shot, effect, file, wanted, frame, channel)
    for path, value in _look(first).items():
        group, _, name = path.rpartition(".")
        setattr(strip.path_resolve(group) if group else strip, name, value)
    strip[marks.WISHES] = first.get(marks.WISHES, "{}")
    return strip


def _look(strip) -> dict:
    values = {path: strip.path_resolve(path) for path in LOOK}
    return {path: tuple(value) if path == "transform.origin" else value for path, value in values.items()}


def there(shot: Shot, key: str) -> list:
    """The strips of an effect that are there already."""
    prefix = role(key, "")
    found = [strip for strip in versions.strips(shot.cut) if marks.role(strip).startswith(prefix)]
    return sorted(found, key=versions.strip_start)
