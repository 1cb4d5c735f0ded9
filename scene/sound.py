"""The film's sound in the edit: ordinary sound strips, with volume, pan and an equalizer as the distance has them.

A sound that loops is a file exactly as long as the film, so its end meets its start. Longer films repeat a shorter one where their
frames can be shared out evenly. What the artist moved, trimmed, muted or keyed stays. A strip that they deleted stays away until
its sound's settings change, or they ask for it.
"""

import hashlib
import json
import math
import os
from dataclasses import dataclass

import bpy

from ..engine.errors import ParallaxError
from ..engine.film import hearing
from ..engine.film.assets import Asset
from ..engine.film.pcm import RATE
from ..engine.film.sounds import SOURCES, Sound
from ..engine.job import Layer
from . import edit, marks, planes, stamps, strip_keys, versions
from .shot import Shot

ROLE = "sound "  # before a sound's key and the number of its strip
LAID = "infinite_parallax_sounds"  # on an edit: the settings that each sound was laid with
PLACE = "infinite_parallax_place"  # on a strip: where we laid it
EQUALIZER = "Distance"
LONGEST = 300.0  # seconds of a file for a loop; what is longer repeats one
TOLERANCE = 0.02  # of pan, and of volume as a share of the loudest


@dataclass(frozen=True)
class _Place:
    """A sound as it is to be heard. layer: whose it is, None of the whole. length: frames of each strip. starts: their first frames."""

    sound: Sound
    layer: Layer | None
    length: int | None  # None: as long as its file
    starts: tuple[int, ...]

    @property
    def distance(self) -> float:
        return self.layer.distance if self.layer else 1.0

    @property
    def is_mono(self) -> bool:
        """Only what has one channel can be panned."""
        return self.sound.pan and self.layer is not None and self.layer.base is not None

    @property
    def late(self) -> float:
        """Seconds by which it is heard later."""
        return hearing.delay(self.distance, self.sound.metres) if self.sound.delay else 0.0


def assets(shot: Shot) -> list[Asset]:
    """The files that it needs: those of sounds that loop or are synthesised."""
    made = [_asset(shot, place) for place in map(lambda one: _place(shot, one), shot.film.sounds) if place]
    return [asset for asset in made if asset]


def lay(shot: Shot) -> tuple[str, ...]:
    """Lays it into the edit and the scene, or updates it there; what the artist changed stays. Gives sentences for the artist."""
    if not shot.film.sounds and LAID not in shot.cut:
        return ()
    marks.wish_all(shot.cut, {"render.ffmpeg.audio_mixrate": RATE, "render.ffmpeg.audio_channels": "STEREO"})
    notes = [note for sound in shot.film.sounds for note in _laid_or_refused(shot, sound)]
    keys = {_key(sound) for sound in shot.film.sounds}
    for strip in _strips(shot.cut):
        if _key_of(strip) not in keys:
            notes += _put_away(shot.cut, strip)
    _remember(shot.cut, {key: value for key, value in _laid(shot.cut).items() if key in keys})
    return tuple(notes)


def is_away(cut, key: str) -> bool:
    """Whether the artist has deleted the strips of a sound that was laid."""
    return key in _laid(cut) and not any(_key_of(strip) == key for strip in _strips(cut))


def ask_again(cut, key: str) -> None:
    """Has a sound's deleted strips be laid again."""
    _remember(cut, {one: value for one, value in _laid(cut).items() if one != key})


def mix(cut) -> str:
    """Differs where what an edit's sound is made of does: its sound strips, and keyframes of what is heard of them."""
    heard, keyed = [], {curve.data_path: curve for curve in versions.fcurves(cut)}
    for strip in versions.strips(cut):
        if strip.type == "SOUND":
            file = os.path.basename(strip.sound.filepath) if strip.sound else ""
            heard.append((file, versions.strip_start(strip), versions.strip_end(strip), *versions.strip_trims(strip)))
            for name in ("volume", "pan", "mute"):
                curve = keyed.get(strip.path_from_id(name))
                heard.append([tuple(key.co) for key in curve.keyframe_points] if curve else round(getattr(strip, name), 4))
    return hashlib.sha256(repr(heard).encode()).hexdigest()[:16]


def volume(sound: Sound, distance: float) -> float:
    """How loud it is at a distance, as a strip has it."""
    return hearing.volume(sound.law, distance, sound.gain)


def trouble(sound: Sound) -> str:
    """What keeps a sound from being heard, as a sentence; nothing where all is there."""
    if sound.source == "FILE" and not os.path.isfile(sound.file):
        return f"The file of the sound '{sound.name}' is not there: choose another" if sound.file else \
            f"The sound '{sound.name}' has no file yet: choose one"
    return ""


def _laid_or_refused(shot: Shot, sound: Sound) -> list[str]:
    """Sentences about how a sound was laid; one whose file is damaged keeps no other from it."""
    try:
        return _lay_sound(shot, sound)
    except ParallaxError as error:
        return [str(error)]


def _lay_sound(shot: Shot, sound: Sound) -> list[str]:
    key, place = _key(sound), _place(shot, sound)
    problem = trouble(sound)
    if problem or place is None:
        return [problem or f"What the sound '{sound.name}' belongs to is not there any more: choose what it belongs to"]
    asset = _asset(shot, place)
    path = str(shot.folder / asset.file) if asset else sound.file
    if not os.path.isfile(path):
        return []
    there = {marks.role(strip): strip for strip in _strips(shot.cut) if _key_of(strip) == key}
    was = _laid(shot.cut).get(key)
    notes, fresh = [], was is None or not stamps.is_of(was, sound)
    if not fresh and not there:
        return []
    roles = [f"{ROLE}{key} {number}" for number in range(len(place.starts))]
    for role in [role for role in there if role not in roles]:  # the film has become shorter
        notes += _put_away(shot.cut, there.pop(role))
    channel = next((strip.channel for strip in there.values()), None)
    whole = was is not None and not fresh and len(there) > 0 and len(roles) == shot.cut.get(f"{LAID} {key}")
    for role, start in zip(roles, place.starts):
        if role in there or not whole:
            strip, kept = _strip(shot, place, role, there.get(role), path, start, channel)
            channel = strip.channel
            notes += [*kept, *_heard(shot, place, strip)]
    shot.cut[f"{LAID} {key}"] = len(roles)
    _remember(shot.cut, {**_laid(shot.cut), key: stamps.of(sound)})
    return list(dict.fromkeys(notes))


def _place(shot: Shot, sound: Sound) -> _Place | None:
    """None where what it belongs to is not there."""
    layer = shot.object(sound.object) if sound.object else shot.layer(sound.layer) if sound.layer else None
    if layer is None and (sound.object or sound.layer):
        return None
    if sound.loop:
        length = _shared(shot.frames, shot.fps)
        return _Place(sound, layer, length, tuple(range(1, shot.frames + 1, length)))
    start = 1 + round((sound.start + _Place(sound, layer, None, ()).late) * shot.fps)
    if sound.source == "FILE":
        return _Place(sound, layer, None, (start,))
    start = min(start, shot.frames)
    return _Place(sound, layer, shot.frames + 1 - start, (start,))


def _shared(frames: int, fps: float) -> int:
    """Frames of a loop's file: the film's, or an even share of them that is of whole samples too, where there is one."""
    least = math.ceil(frames / (LONGEST * fps))
    for parts in range(least, least * 20 + 1):
        samples = frames / parts / fps * RATE
        if frames % parts == 0 and abs(samples - round(samples)) < 1e-3:
            return frames // parts
    return frames


def _asset(shot: Shot, place: _Place) -> Asset | None:
    """None of what is heard as the artist's file has it, or cannot be."""
    sound = place.sound
    if place.length is None or trouble(sound):
        return None
    samples = max(round(place.length / shot.fps * RATE), RATE // 10)
    late = {"delay": round(place.late * RATE) % samples} if place.late and sound.loop else {}
    values = {"samples": samples, "mono": place.is_mono, **late}
    label = sound.name or dict((one[0], one[1]) for one in SOURCES)[sound.source]
    if sound.source != "FILE":
        return Asset.of("ambience", ".wav", label, source=sound.source, seed=sound.seed, **values)
    about = os.stat(sound.file)
    return Asset.of("bed", ".wav", label, file=sound.file, stamp=f"{about.st_size} {about.st_mtime_ns}", **values)


def _strip(shot: Shot, place: _Place, role, strip, path, start, channel):
    """The strip of a role with its file, where it belongs. Returns it and sentences for the artist."""
    cut, is_new = shot.cut, strip is None
    name = _name(shot, place)
    if is_new:
        end = start + (place.length or 1)
        channels = (*((channel,) if channel else ()), *edit.SOUNDS, *edit.MORE_SOUNDS)
        strip = _new(cut, name, path, edit.free_channel(cut, channels, start, end), start)
        marks.mark(strip, role)
        marks.mark(strip.sound, role)
        if place.length is None:  # how long it is shows only now: it goes where there is room for all of it
            strip.channel = edit.free_channel(cut, channels, start, versions.strip_end(strip), (strip,))
    else:
        marks.wish_by(strip, "name", name, lambda: _rename(strip, name))
    moved = not is_new and strip.get(PLACE) != _where(strip)
    notes = _show(cut, strip, path, adjust=not moved)
    end = start + place.length if place.length else None
    wanted = json.dumps([start, end])
    if not moved:
        versions.set_strip_start(strip, start)
        if end and versions.strip_end(strip) != end:
            versions.set_strip_end(strip, end)
        strip[PLACE] = _where(strip)
    elif strip.get(f"{PLACE} wanted") != wanted:
        notes.append(f"You have moved or trimmed the strip '{strip.name}', so it stays where it is")
    strip[f"{PLACE} wanted"] = wanted
    marks.wish(strip, "mute", False)
    if is_new:
        marks.wish_by(strip, "name", name, lambda: None)
    edit.name_channel(cut, strip.channel, name)
    return strip, notes


def _new(cut, name, path, channel, start):
    try:
        return versions.strips(cut).new_sound(name, path, channel, start)
    except RuntimeError as error:  # the file is damaged, or this Blender is built without sound
        reason = str(error).strip().removeprefix("Error: ").rstrip(".")
        raise ParallaxError(f"{os.path.basename(path)} cannot be laid as a sound: {reason}") from None


def _show(cut, strip, path, adjust) -> list[str]:
    """Has a strip of ours play a file; a sound that the artist put in its place stays."""
    if strip.sound is None or not marks.role(strip.sound):
        return []
    if os.path.abspath(bpy.path.abspath(strip.sound.filepath)) != os.path.abspath(path):
        strip.sound.filepath = path
        if adjust:
            for other in versions.strips(cut):
                other.select = other == strip
            with versions.sequencing(cut):
                bpy.ops.sequencer.reload(adjust_length=True)
    strip.sound.filepath = planes.beside_blend(path)
    return []


def _rename(strip, name):
    """Blender moves the keyframes along with the name."""
    strip.name = name


def _heard(shot: Shot, place: _Place, strip) -> list[str]:
    """Volume, pan and equalizer of a strip. Gives sentences for the artist."""
    cut, sound = shot.cut, place.sound
    path = shot.path(place.layer) if place.layer else [(0.0, 0.0)]
    marks.wish(strip.sound, "use_mono", place.is_mono)
    kept = [name for name, keys in (("volume", _volume(shot, place, strip, path)), ("pan", _pan(shot, place, strip, path)))
            if not strip_keys.lay(cut, strip, name, keys)]
    notes = [f"You have changed the {' and '.join(kept)} of the strip '{strip.name}', so it stays"] if kept else []
    curve = hearing.damping(place.distance, sound.metres, sound.damping)
    missing = []
    marks.wish_by(strip, EQUALIZER, curve, lambda: missing.append(not _equalize(cut, strip, curve)))
    if any(missing):
        notes.append("This Blender has no equalizer for sounds, so nothing is damped")
    return notes


def _frames(strip) -> range:
    return range(int(versions.strip_start(strip)), int(versions.strip_end(strip)) + 1)


def _volume(shot, place, strip, path) -> tuple[hearing.Key, ...]:
    """Keys of the volume: fades are those of the film where the sound is as long as that."""
    sound, frames = place.sound, _frames(strip)
    loud = volume(sound, place.distance)
    swell = hearing.swell(path, sound.swell)
    first, last = (1, shot.frames + 1) if place.length and sound.loop else (frames[0], frames[-1])
    fade = sound.fade * shot.fps
    keys = [(float(frame), loud * _at(swell, frame) * hearing.fade(frame, first, last, fade)) for frame in frames]
    return hearing.lines(keys, TOLERANCE * loud)


def _pan(shot, place, strip, path) -> tuple[hearing.Key, ...]:
    """Keys of the pan: where the middle of an object is."""
    if not place.is_mono or not place.layer.tiles:
        return ((1.0, 0.0),)
    motion, tiles = shot.result.motion, place.layer.tiles
    middle = (min(tile.x for tile in tiles) + max(tile.x + tile.width for tile in tiles)) / 2.0
    period = motion.periods[place.layer.index][0]
    keys = [(float(frame), hearing.pan(middle + _at(path, frame)[0], motion.width, period)) for frame in _frames(strip)]
    return hearing.lines(keys, TOLERANCE)


def _at(values, frame):
    return values[min(max(frame, 1), len(values)) - 1]


def _equalize(cut, strip, curve) -> bool:
    """Gives a strip this curve of (Hz, dB), or without one takes the equalizer away. False where there is no equalizer."""
    found = strip.modifiers.get(EQUALIZER)
    if not curve:
        if found:
            strip.modifiers.remove(found)
        return True
    found = found or versions.add_equalizer(cut, strip)
    if found is None:
        return False
    found.name = EQUALIZER
    found.clear_soundeqs()
    mapping = found.new_graphic(curve[0][0], curve[-1][0]).curve_mapping
    points = mapping.curves[0].points
    for place in curve[1:-1]:
        points.new(*place)
    for point, place in zip(points, curve):
        point.location = place
        point.handle_type = "VECTOR"
    mapping.update()
    return True


def _put_away(cut, strip) -> list[str]:
    """Removes a strip; one that the artist has changed is muted."""
    wished = marks.wished(strip)
    changed = strip.get(PLACE) != _where(strip) or strip_keys.any_edited(cut, strip)
    if changed and not wished.get("mute"):
        marks.wish(strip, "mute", True)
        return [f"You have changed the strip '{strip.name}', so it is muted, not removed"]
    if not changed:
        sound = strip.sound
        strip_keys.forget(cut, strip)
        versions.strips(cut).remove(strip)
        if sound and marks.role(sound) and sound.users == 0:
            bpy.data.sounds.remove(sound)
    return []


def _where(strip) -> str:
    return json.dumps([versions.strip_start(strip), versions.strip_end(strip), strip.channel])


def _name(shot: Shot, place: _Place) -> str:
    """The sound's name, and whose it is."""
    sound = place.sound
    if place.layer is None:
        return sound.name
    plane = shot.plane(place.layer)
    return f"{sound.name}, {plane.name if plane else place.layer.name}"


def _strips(cut) -> list:
    return [strip for strip in versions.strips(cut) if strip.type == "SOUND" and marks.role(strip).startswith(ROLE)]


def _key(sound: Sound) -> str:
    return sound.key or sound.name


def _key_of(strip) -> str:
    return marks.role(strip)[len(ROLE):].rpartition(" ")[0]


def _laid(cut) -> dict:
    return json.loads(cut.get(LAID, "{}"))


def _remember(cut, laid: dict) -> None:
    cut[LAID] = json.dumps(laid)
