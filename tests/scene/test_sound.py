"""The film's sound: strips, keys and equalizers against the laws, and what is heard of them in a mixdown."""

import shutil
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests import harness
from tests.scene import studio

RATE = 48000
heard = pytest.mark.skipif(bpy.app.version < (4, 4), reason="the wheel of 4.2 has no audio system")


def part(name):
    return harness.part(name)


def sounds(built, *wanted):
    """Gives the film these sounds, each a dictionary with a name."""
    settings, film = part("scene.film_settings"), part("engine.film.settings")
    of = part("engine.film.sounds").Sound
    settings.from_film(built.scene.infinite_parallax, film.Film(sounds=tuple(of(**{"key": one["name"], **one}) for one in wanted)))


def laid(built):
    """Makes the files that are missing, and lays the film. Gives the notes."""
    film, assets, shot = part("scene.film"), part("engine.film.assets"), part("scene.shot")
    folder = shot.of(built.scene).folder
    folder.mkdir(exist_ok=True)
    for asset in film.wanted(built.scene):
        assets.make(asset, folder, lambda share: None)
    return film.lay(built.scene)


def strips(built):
    return {strip.name: strip for strip in part("scene.versions").strips(built.edit) if strip.type == "SOUND"}


def place(strip):
    versions = part("scene.versions")
    return versions.strip_start(strip), versions.strip_end(strip)


def keys(built, strip, name):
    path = strip.path_from_id(name)
    curve = next((one for one in part("scene.versions").fcurves(built.edit) if one.data_path == path), None)
    return [tuple(point.co) for point in curve.keyframe_points] if curve else []


def wav(name, sound):
    """A file of (channels, samples), -1 to 1."""
    path = studio.folder() / name
    part("engine.film.pcm").write(path, np.atleast_2d(sound))
    return str(path)


def tone(*hertz, seconds=1.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return sum(np.sin(2 * np.pi * one * time) for one in hertz) * 0.4 / len(hertz)


def mixed(built):
    """What the edit sounds like: (2, samples)."""
    path = str(studio.folder() / "mix.wav")
    versions = part("scene.versions")
    built.edit.frame_set(1)
    with versions.sequencing(built.edit):
        if bpy.app.version >= (5, 0):
            with bpy.context.temp_override(scene=built.edit):
                bpy.ops.sound.mixdown(filepath=path, container="WAV", codec="PCM", format="F32", mixrate=RATE, channels="STEREO")
        else:
            bpy.ops.sound.mixdown(filepath=path, container="WAV", codec="PCM", format="F32", mixrate=RATE, channels="STEREO")
    data = Path(path).read_bytes()
    data = data[data.index(b"data") + 8 :]  # the module wave does not know Blender's kind of header
    return np.frombuffer(data[: len(data) // 8 * 8], np.float32).reshape(-1, 2).T.astype(float)


def level(sound, hertz):
    """Amplitude of a tone in a sound (samples)."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) / len(sound) * 4.0
    at = round(hertz * len(sound) / RATE)
    return spectrum[max(0, at - 3) : at + 4].max()


@pytest.fixture
def built(blank):
    return studio.build(studio.painted(distances=(4.0, 2.0, 1.0), heights=(30.0, 40.0, 30.0), length="DURATION", duration=6.0))


@heard
def test_each_sound_is_a_strip_as_long_as_the_film_in_a_channel_with_its_name(built):
    edit, frames = part("scene.edit"), built.edit.frame_end
    sounds(built, {"name": "Air", "source": "WIND"}, {"name": "Rain", "source": "RAIN", "layer": 1, "law": "SQUARE"})
    assert laid(built) == ()
    air, rain = (strips(built)[name] for name in ("Air", f"Rain, {studio.planes(built.scene)[0].name}"))
    assert place(air) == place(rain) == (1, frames + 1)
    assert air.channel in edit.SOUNDS and rain.channel in edit.SOUNDS and air.channel != rain.channel
    assert built.edit.sequence_editor.channels[rain.channel].name == rain.name
    assert air.volume == pytest.approx(1.0) and rain.volume == pytest.approx(1 / 16)
    assert keys(built, rain, "volume") == []
    assert built.edit.render.ffmpeg.audio_mixrate == RATE and built.edit.render.ffmpeg.audio_channels == "STEREO"


@heard
def test_laying_again_changes_nothing_and_keeps_what_the_artist_changed(built):
    mine = part("scene.versions").strips(built.edit).new_sound("Mine", wav("mine.wav", tone(440)), 2, 5)
    sounds(built, {"name": "Air", "layer": 1, "fade": 0.5}, {"name": "Room", "source": "ROOM", "layer": 2})
    laid(built)
    air, room = (strips(built)[f"{name}, {plane.name}"] for name, plane in zip(("Air", "Room"), studio.planes(built.scene)))
    assert air.channel != mine.channel
    before = {name: (place(strip), strip.channel, strip.volume) for name, strip in strips(built).items()}
    assert laid(built) == ()
    assert before == {name: (place(strip), strip.channel, strip.volume) for name, strip in strips(built).items()}
    part("scene.versions").set_strip_end(room, 20)
    room.mute, room.volume = True, 0.123
    curve = next(one for one in part("scene.versions").fcurves(built.edit) if one.data_path == air.path_from_id("volume"))
    curve.keyframe_points[1].co.y = 0.9
    sounds(built, {"name": "Air", "layer": 1, "fade": 0.5, "gain": -6.0}, {"name": "Room", "source": "ROOM", "layer": 2, "gain": -6.0})
    notes = laid(built)
    assert place(room) == (1, 20) and room.mute and room.volume == pytest.approx(0.123)
    assert keys(built, air, "volume")[1][1] == pytest.approx(0.9)
    assert any("changed the volume" in note for note in notes)
    sounds(built)
    assert any("muted, not removed" in note for note in laid(built))
    assert air.mute and room.mute and place(mine) == (5, 29)


@heard
def test_sounds_that_are_taken_out_leave_nothing_and_deleted_strips_stay_away(built):
    sound = part("scene.sound")
    sounds(built, {"name": "Air", "fade": 0.5})
    laid(built)
    part("scene.versions").strips(built.edit).remove(strips(built)["Air"])
    laid(built)
    assert strips(built) == {} and sound.is_away(built.edit, "Air")
    sounds(built, {"name": "Air", "fade": 0.25})
    laid(built)
    assert keys(built, strips(built)["Air"], "volume")[1][0] == pytest.approx(7.0)
    sounds(built)
    assert laid(built) == ()
    assert strips(built) == {} and not [one for one in bpy.data.sounds if one.users]
    assert not [one for one in part("scene.versions").fcurves(built.edit) if "Air" in one.data_path]


@heard
def test_a_file_that_is_gone_has_the_film_be_updated(built):
    film = part("scene.film")
    sounds(built, {"name": "Air"})
    laid(built)
    path = Path(bpy.path.abspath(strips(built)["Air"].sound.filepath))
    path.unlink()
    assert film.is_stale(built.scene)
    laid(built)
    assert path.is_file() and not film.is_stale(built.scene)


@heard
@pytest.mark.parametrize("goes_along", [True, False])
def test_a_project_that_was_moved_or_saved_elsewhere_is_not_stale(built, tmp_path, goes_along):
    """But a file that the artist put elsewhere by themselves is."""
    film, old, new = part("scene.film"), tmp_path / "old", tmp_path / "new"
    old.mkdir()
    own = Path(shutil.copy(wav("mine.wav", tone(500)), old))
    bpy.ops.wm.save_as_mainfile(filepath=str(old / "film.blend"))
    sounds(built, {"name": "Mine", "source": "FILE", "file": "//mine.wav"})
    laid(built)
    deleted = strips(built)["Mine"]
    part("scene.versions").strips(built.edit).remove(deleted)
    laid(built)
    if goes_along:
        bpy.ops.wm.save_mainfile()
        shutil.move(old, new)
        bpy.ops.wm.open_mainfile(filepath=str(new / "film.blend"))
    else:
        new.mkdir()
        bpy.ops.wm.save_as_mainfile(filepath=str(new / "film.blend"))
    scene = next(scene for scene in bpy.data.scenes if part("scene.build").is_built(scene))
    assert not film.is_stale(scene)
    film.lay(scene)
    cut = part("scene.edit").edit_of(scene)
    assert part("scene.sound").is_away(cut, "Mine"), "it is the same sound"
    scene.infinite_parallax.sounds[0].file = str(shutil.copy(own if own.exists() else new / "mine.wav", tmp_path))
    assert film.is_stale(scene)


@heard
def test_a_file_of_the_artists_own_starts_where_it_is_told_and_later_from_afar(built):
    path = wav("bell.wav", tone(1000, seconds=1.0))
    bell = {"source": "FILE", "file": path, "loop": False, "start": 0.5}
    sounds(built, {"name": "Near", **bell}, {"name": "Far", **bell, "layer": 1, "delay": True, "metres": 85.75})
    laid(built)
    near, far = strips(built)["Near"], next(strip for name, strip in strips(built).items() if name.startswith("Far"))
    assert place(near) == (13, 37) and place(far) == (13 + 24, 37 + 24)


@heard
def test_a_loop_comes_later_by_turning_round(built):
    path = wav("noise.wav", np.random.default_rng(1).standard_normal(RATE) * 0.1)
    loop = {"source": "FILE", "file": path, "layer": 1, "law": "NONE"}
    sounds(built, {"name": "A", **loop}, {"name": "B", **loop, "delay": True, "metres": 85.75})
    laid(built)
    a, b = (part("engine.film.pcm").read(bpy.path.abspath(strip.sound.filepath)) for _, strip in sorted(strips(built).items()))
    assert a.shape == b.shape == (2, round(built.edit.frame_end / 24 * RATE))
    assert np.array_equal(np.roll(a, RATE, axis=1), b)


@heard
def test_far_is_quieter_and_duller_and_the_film_has_no_seam(built):
    low, high = wav("low.wav", tone(300, 6000)), wav("high.wav", tone(500, 8000))
    far = {"name": "Far", "source": "FILE", "file": low, "layer": 1, "damping": 1.0, "metres": 50.0}
    sounds(built, far, {"name": "Near", "source": "FILE", "file": high, "layer": 3, "damping": 1.0, "metres": 50.0})
    assert laid(built) == ()
    mix, hearing = mixed(built), part("engine.film.hearing")
    assert abs(mix.shape[1] - built.edit.frame_end / 24 * RATE) <= 2048
    one = mix[0, : 2 * RATE]
    assert 20 * np.log10(level(one, 500) / level(one, 300)) == pytest.approx(12.04, abs=0.6)
    lost = 20 * np.log10(level(one, 300) / level(one, 6000))
    assert lost == pytest.approx(200.0 * (hearing.air(6000) - hearing.air(300)), abs=1.5)
    assert 20 * np.log10(level(one, 500) / level(one, 8000)) == pytest.approx(50.0 * hearing.air(8000), abs=1.5)


@heard
def test_the_end_of_a_loop_meets_its_start(built):
    sounds(built, {"name": "Low", "source": "FILE", "file": wav("one.wav", tone(200, seconds=1.0))})
    laid(built)
    mix = mixed(built)[0][: round(built.edit.frame_end / 24 * RATE)]
    steps = np.abs(np.diff(np.concatenate([mix[-400:], mix[:400]])))
    assert steps.max() < 1.3 * 0.4 * 2 * np.pi * 200 / RATE and np.abs(mix).max() > 0.3


@heard
def test_pan_follows_an_object_through_the_frame(blank):
    objects = part("engine.settings").SalientObject
    box = objects(name="boat", key="boat", box=(40.0, 40.0, 60.0, 65.0))
    built = studio.build(studio.painted(objects=(box,), heights=(30.0, 40.0, 30.0)))
    sounds(built, {"name": "Motor", "source": "WATER", "object": "boat"})
    assert laid(built) == ()
    strip, = strips(built).values()
    assert strip.sound.use_mono
    shot = part("scene.shot").of(built.scene)
    boat = shot.object("boat")
    middle = (min(t.x for t in boat.tiles) + max(t.x + t.width for t in boat.tiles)) / 2.0
    path, width = shot.path(boat), shot.result.motion.width
    found = keys(built, strip, "pan")
    assert 2 < len(found) < 20
    curve = next(one for one in part("scene.versions").fcurves(built.edit) if one.data_path == strip.path_from_id("pan"))
    seen = [frame for frame in range(1, shot.frames + 1) if 0 <= middle + path[frame - 1][0] <= width]
    assert len(seen) > 5
    for frame in seen:
        assert curve.evaluate(frame) == pytest.approx(2.0 * (middle + path[frame - 1][0]) / width - 1.0, abs=0.021)


@heard
def test_a_layer_that_slows_down_swells_away(built):
    plane = studio.planes(built.scene)[0]
    curve = next(one for one in part("scene.versions").fcurves(plane) if one.data_path == "location" and one.array_index == 0)
    curve.modifiers.remove(curve.modifiers[0])
    curve.keyframe_points[1].co = 25, curve.keyframe_points[1].co.y  # then it stands
    curve.update()
    sounds(built, {"name": "Air", "layer": 1, "swell": 1.0})
    laid(built)
    strip, = strips(built).values()
    found = keys(built, strip, "volume")
    assert found[0] == (1.0, pytest.approx(0.25, abs=1e-4)) and found[-1][1] == pytest.approx(0.0, abs=1e-4)
    assert [frame for frame, _ in found[1:-1]] == [24.0, 25.0]


def test_what_is_missing_is_said(built):
    sounds(built, {"name": "Voice", "source": "FILE"}, {"name": "Boat", "object": "boat"})
    notes = laid(built)
    assert any("'Voice' has no file yet" in note for note in notes) and any("'Boat' belongs to is not there" in note for note in notes)
    assert strips(built) == {}


def test_long_films_share_a_loop_out_evenly(extension):
    shared = part("scene.sound")._shared
    assert shared(240, 24.0) == 240
    assert shared(24 * 1200, 24.0) == 24 * 300
    assert 30002 % shared(30002, 30.0) == 0
    length = shared(17990, 30000 / 1001)
    assert 17990 % length == 0 and (length * 1001 * 48) % 30 == 0 and length < 9000


def test_sounds_are_added_given_to_a_layer_and_removed_from_the_panel(built):
    props = built.scene.infinite_parallax
    bpy.context.window.scene = built.scene
    bpy.ops.infinite_parallax.add_sound(source="RAIN")
    bpy.ops.infinite_parallax.add_sound(source="RAIN")
    assert [item.name for item in props.sounds] == ["Rain", "Rain 2"] and props.active_sound == 1
    bpy.ops.infinite_parallax.sound_owner(layer=2)
    assert part("operators.sound").owner(props, props.sounds[1]) == props.layer_items[1].name
    bpy.ops.infinite_parallax.remove_sound()
    assert [item.name for item in props.sounds] == ["Rain"]


@pytest.mark.skipif(bpy.app.version >= (4, 4), reason="this Blender has an audio system")
def test_a_blender_without_sound_says_so(built):
    sounds(built, {"name": "Air"})
    assert any("cannot be laid as a sound" in note for note in laid(built))
    with pytest.raises(part("engine.errors").ParallaxError, match="without sound"):
        part("operators.sound").play(wav("mine.wav", tone(440)), False, 1.0)


@heard
def test_a_preview_is_made_at_once_and_where_nothing_can_be_heard_that_is_said(built):
    bpy.context.window.scene = built.scene
    bpy.ops.infinite_parallax.add_sound(source="ROOM")
    with pytest.raises(RuntimeError, match="no audio device"):  # the wheels play nothing
        bpy.ops.infinite_parallax.preview_sound()
    operators = part("operators.sound")
    made = operators._folder() / operators.preview_asset(built.scene.infinite_parallax.sounds[0]).file
    assert part("engine.film.pcm").read(made).shape == (2, 12 * RATE)
    assert not operators.playing()
    bpy.ops.infinite_parallax.add_sound(source="FILE")
    with pytest.raises(RuntimeError, match="has no file yet"):
        bpy.ops.infinite_parallax.preview_sound()
