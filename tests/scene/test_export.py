"""Export: what comes out is checked by reading its packets and by decoding; frames carry their number as a grey."""

import functools
import wave
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests import harness, media
from tests.media import greys, probe
from tests.scene import studio

FRAMES, FPS, SIZE = 8, 4, (256, 144)  # AV1 wants no smaller
SOUND = bpy.app.version >= (4, 3)  # the 4.2 wheel has none
GREYS = [40 + 25 * number for number in range(FRAMES)]


@pytest.fixture
def shot(blank, tmp_path):
    """A built parallax whose edit shows a grey for each frame, with a sound of its length. Gives the scene."""
    job = studio.painted(SIZE, length="DURATION", duration=FRAMES / FPS, fps=FPS, loop=False, seconds_per_step=4.0)
    scene = studio.build(job).scene
    scene.infinite_parallax.engine = "CYCLES"
    cut = harness.part("scene.edit").edit_of(scene)
    versions = harness.part("scene.versions")
    for number, grey in enumerate(GREYS, 1):
        versions.new_effect(cut, f"grey {number}", "COLOR", 30, number, 1).color = [(grey / 255.0)] * 3
    if SOUND:
        versions.strips(cut).new_sound("tone", str(_tone()), 1, 1)
    cut.render.filepath = str(tmp_path / "film.mp4")
    assert cut.frame_end == FRAMES
    return scene


@functools.cache
def _tone() -> Path:
    path = studio.folder() / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48000)
        time = np.arange(48000 * FRAMES // FPS) / 48000
        file.writeframes(np.repeat((np.sin(time * 2 * np.pi * 440) * 8000).astype("<i2"), 2).tobytes())
    return path


def write(scene, **settings) -> list[Path]:
    """Exports in this process, as the second Blender and the command line do."""
    export, output = harness.part("operators.export"), harness.part("operators.output")
    for name, value in settings.items():
        setattr(scene.infinite_parallax.export, name, value)
    output.prepare(scene)
    to = export.target(scene)
    seen = []
    paths = export.write(scene, to, lambda done, of, _what: seen.append((done, of)))
    assert seen and [one for one, _ in seen] == sorted(one for one, _ in seen) and seen[-1][0] == pytest.approx(seen[-1][1])
    assert not any(path.exists() for path in to.leftovers)
    return paths


def order(path) -> list[int]:
    """The numbers, from 1, that the frames of a video carry."""
    nearest = [int(np.argmin([abs(grey - one) for one in GREYS])) + 1 for grey in greys(path)]
    assert all(abs(GREYS[number - 1] - grey) < 10 for number, grey in zip(nearest, greys(path)))  # neither black nor blended
    return nearest


WRITTEN = {  # what is asked for: codec, container, depth; what is written: codec, format, pixel format, suffix
    ("H264", "AUTO", "8"): ("h264", "mp4", "yuv420p", ".mp4"),
    ("H264", "MKV", "10"): ("h264", "matroska", "yuv420p10le", ".mkv"),
    ("H265", "AUTO", "8"): ("hevc", "mp4", "yuv420p", ".mp4"),
    ("AV1", "AUTO", "8"): ("av1", "mp4", "yuv420p", ".mp4"),
    ("VP9", "AUTO", "8"): ("vp9", "webm", "yuv420p", ".webm"),
    ("PRORES", "AUTO", "8"): ("prores", "mov", "yuv422p10le", ".mov"),
    ("FFV1", "AUTO", "16"): ("ffv1", "matroska", "gbrp16le", ".mkv"),
    ("FFV1", "AVI", "8"): ("ffv1", "avi", "bgr0", ".avi"),
}


@pytest.mark.parametrize("asked", WRITTEN)
def test_a_film_is_of_the_codec_that_was_asked_for(shot, asked):
    codec, container, depth = asked
    export = harness.part("scene.export")
    if codec not in [item[0] for item in export.offered("codec", shot.infinite_parallax.export)]:
        pytest.skip("not built into this Blender")
    shot.infinite_parallax.export.codec = codec
    if depth not in [item[0] for item in export.offered("depth", shot.infinite_parallax.export)]:
        pytest.skip("no such depth in this Blender")
    name, kind, pixels, suffix = WRITTEN[asked]
    path, = write(shot, container=container, depth=depth, gop=3)
    said = probe(path)
    assert path.suffix == suffix and path.stem == "film"
    assert said["video"]["codec_name"] == name and kind in said["format"]["format_name"]
    assert said["video"]["pix_fmt"] == pixels if bpy.app.version >= (4, 5) else said["video"]["pix_fmt"] in (pixels, "bgra")
    assert said["video"]["frame_rate"] == f"{FPS}/1" and said["frames"] == FRAMES
    assert (said["video"]["width"], said["video"]["height"]) == SIZE
    assert said["keys"][0] == 0 and max(np.diff([*said["keys"], FRAMES])) <= 3  # encoders add some where all changes
    if asked == ("H264", "AUTO", "8"):
        assert said["keys"] == [0, 3, 6]
    if not harness.part("engine.film.codecs").TABLE[codec].rated:
        assert said["keys"] == list(range(FRAMES))
    assert abs(float(said["format"]["duration"]) - FRAMES / FPS) < 1 / FPS
    assert order(path) == list(range(1, FRAMES + 1))
    if SOUND:
        assert said["audio"]["codec_name"] == {".mp4": "aac", ".mkv": "aac", ".webm": "opus"}.get(suffix, "pcm_s16le")


def test_editions_are_made_of_one_rendering_without_black_or_doubled_frames(shot):
    there = set(bpy.data.scenes)
    paths = write(shot, pingpong=True, reversed=True)
    assert [path.name for path in paths] == ["film.mp4", "film_pingpong.mp4", "film_reversed.mp4"]
    forward = list(range(1, FRAMES + 1))
    assert [order(path) for path in paths] == [forward, forward + forward[-2:0:-1], forward[::-1]]
    assert set(bpy.data.scenes) == there and not any("cover" in strip.name for strip in harness.part("scene.versions").strips(
        harness.part("scene.edit").edit_of(shot)))
    cut = harness.part("scene.edit").edit_of(shot)
    assert cut.render.image_settings.file_format == "FFMPEG" and cut.render.filepath.endswith("film.mp4")
    for path, frames in zip(paths, (FRAMES, 2 * FRAMES - 2, FRAMES)):
        said = probe(path)
        assert said["frames"] == frames and abs(float(said["video"]["duration"]) - frames / FPS) < 1e-3
        assert said["video"]["codec_name"] == "h264" and said["video"]["pix_fmt"] == "yuv420p"
        if SOUND:
            assert said["audio"]["codec_name"] == "aac" and loud(path) == pytest.approx([1.0] * len(loud(path)), abs=0.25)


def loud(path) -> list[float]:
    """How loud each half second of a film is, as a share of the tone that was laid."""
    return [level / (8000 / 32768 / np.sqrt(2)) for level in media.halves(path)]


def test_a_sequence_is_a_folder_of_pictures_and_a_shorter_one_leaves_no_frames_of_the_longer(shot, tmp_path):
    folder, = write(shot, codec="PNG", depth="16")
    assert folder == tmp_path / "film"
    assert [path.name for path in sorted(folder.iterdir())] == [f"frame_{n:04}.png" for n in range(1, FRAMES + 1)]
    assert probe(folder / "frame_0001.png")["video"]["pix_fmt"] == "rgb48be"
    (folder / "notes.txt").write_text("mine")
    harness.part("scene.edit").edit_of(shot).frame_end = 2
    write(shot)
    assert sorted(path.name for path in folder.iterdir()) == ["frame_0001.png", "frame_0002.png", "notes.txt"]
    shot.infinite_parallax.export.codec = "VP9"
    assert harness.part("operators.export").target(shot).path == tmp_path / "film.webm"


def test_a_bitrate_is_kept(blank, tmp_path):
    """Noise that moves fast: quality alone would take far more."""
    scene = studio.build(studio.painted((320, 192), length="DURATION", duration=1.0, loop=False, seconds_per_step=0.1)).scene
    scene.infinite_parallax.engine = "CYCLES"
    harness.part("scene.edit").edit_of(scene).render.filepath = str(tmp_path / "film.mp4")
    path, = write(scene, rate="BITRATE", bitrate=150, most_bitrate=200, sound="NONE")
    said = probe(path)
    assert "audio" not in said
    assert 0.5 * 150e3 < float(said["video"]["bit_rate"]) < 1.5 * 150e3
    best, = write(scene, rate="QUALITY", quality="HIGH")
    assert float(probe(best)["video"]["bit_rate"]) > 2 * 150e3


def test_what_does_not_go_together_is_not_offered_and_falls_to_what_does(shot):
    export, offered = shot.infinite_parallax.export, harness.part("scene.export").offered
    export.container, export.sound = "MOV", "PCM"
    assert {item[0] for item in offered("sound", export)} == {"AUTO", "PCM", "AAC", "NONE"}
    export.codec = "VP9"
    assert (export.container, export.sound) == ("AUTO", "AUTO")
    assert "AVI" not in [item[0] for item in offered("container", export)]
    with pytest.raises(TypeError):
        export.container = "MOV"
    cut = harness.part("scene.edit").edit_of(shot)
    assert (cut.render.ffmpeg.format, cut.render.ffmpeg.codec, cut.render.ffmpeg.audio_codec) == ("WEBM", "WEBM", "OPUS")
    assert cut.render.filepath.endswith("film.webm")
    cut.render.ffmpeg.constant_rate_factor = "LOWEST"  # the artist's own
    export.gop = 7
    assert (cut.render.ffmpeg.gopsize, cut.render.ffmpeg.constant_rate_factor) == (7, "LOWEST")


def test_motion_blur_blends_moments(blank):
    scene = studio.build(studio.painted((320, 192), length="DURATION", duration=1.0, loop=False, seconds_per_step=0.1)).scene
    scene.infinite_parallax.engine = "CYCLES"
    engines = harness.part("scene.engines")
    engines.apply(scene, engines.choose("CYCLES"), 3)
    sharp = studio.render(scene, 5).astype(float)
    scene.infinite_parallax.export.blur, scene.infinite_parallax.export.shutter = True, 1.0
    assert scene.cycles.samples == 8 and scene.render.use_motion_blur
    blurred = studio.render(scene, 5).astype(float)
    detail = [np.abs(np.diff(seen[..., 1], axis=1)).mean() for seen in (sharp, blurred)]
    assert detail[1] < 0.8 * detail[0]


def test_a_second_blender_writes_the_film_and_leaves_the_open_file_alone(shot, tmp_path):
    before = bpy.data.filepath, bpy.data.is_dirty
    assert bpy.ops.infinite_parallax.export() == {"FINISHED"}
    assert (bpy.data.filepath, bpy.data.is_dirty) == before
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]
    assert order(tmp_path / "film.mp4") == list(range(1, FRAMES + 1))


def test_cancelled_or_killed_it_leaves_no_file_and_says_so(shot, tmp_path):
    export, process = harness.part("operators.export"), harness.part("operators.process")
    for end, state in ((lambda task: task.cancel(), process.CANCELLED), (lambda task: task.process.kill(), process.FAILED)):
        task = export.start(shot)
        while not list(tmp_path.iterdir()) and task.running:
            task.poll()
        end(task)
        while task.running:
            task.poll()
        assert task.state == state
        assert list(tmp_path.iterdir()) == []
    assert "was ended by signal 9" in task.text and "try again" in task.text


def test_it_ends_with_the_blender_that_started_it_and_leaves_no_file(shot, tmp_path):
    task = harness.part("operators.export").start(shot)
    while not list(tmp_path.iterdir()) and task.running:
        task.poll()
    task.process.stdin.close()  # as the system does for one that has ended
    assert task.process.wait(20) == 4
    task.cancel()
    assert list(tmp_path.iterdir()) == [] and not task.channel.folder.exists()


def test_a_place_that_cannot_be_written_to_is_refused_with_a_sentence(shot, tmp_path):
    (tmp_path / "file").write_text("")
    harness.part("scene.edit").edit_of(shot).render.filepath = str(tmp_path / "file" / "film.mp4")
    with pytest.raises(RuntimeError, match="Cannot write to .*: choose another folder"):
        bpy.ops.infinite_parallax.export()
    if Path("/dev/full").exists():
        to = export_target(shot, tmp_path / "film.mp4")
        to.partial("forward").symlink_to("/dev/full")
        with pytest.raises(harness.part("engine.errors").ParallaxError, match="could not be"):
            harness.part("operators.export").write(shot, to, lambda *_: None)
        assert not (tmp_path / "film.mp4").exists()


def export_target(scene, path):
    harness.part("scene.edit").edit_of(scene).render.filepath = str(path)
    return harness.part("operators.export").target(scene)


def test_what_follows_the_frame_hears_of_size_and_crop_and_of_nothing_else(shot):
    framing, view, export, heard = harness.part("scene.framing"), harness.part("operators.view"), shot.infinite_parallax.export, []
    framing.followers.append(heard.append)
    try:
        export.size = "PORTRAIT"
        assert heard == [shot]
        export.crop_x = 10.0
        assert heard == [shot] * 2
        export.codec, export.quality, export.crop_x = "FFV1", "LOW", 10.0
        assert heard == [shot] * 2
    finally:
        framing.followers.remove(heard.append)
    assert view.centre_soon in framing.followers
    assert not bpy.app.timers.is_registered(view._centre_all)  # without a window there is nothing to centre


def test_presets_set_how_the_film_is_written_and_leave_what_it_shows(shot):
    export = shot.infinite_parallax.export
    export.pingpong, export.blur, export.size = True, True, "HD"
    choices = harness.part("operators.export").presets(export)
    for preset in choices:
        assert bpy.ops.infinite_parallax.export_preset(preset=preset.key) == {"FINISHED"}
        assert export.codec == preset.export.codec and export.sound == preset.export.sound
    assert export.pingpong and export.blur and {"WEB", "ARCHIVE", "SMALL"} <= {preset.key for preset in choices}
    assert export.size == "PORTRAIT"  # of the last that names one
