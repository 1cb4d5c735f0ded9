"""From a click to a video: the worker, its bad days, and everything that can be wrong before it begins."""

import os
import re
import shutil
import signal
import sys
import time

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio


@pytest.fixture
def scene(blank, tmp_path):
    """A scene that is ready to generate from, in a folder of its own."""
    scene = bpy.context.scene
    props = scene.infinite_parallax
    props.picture = bpy.data.images.load(str(studio.picture()))
    props.folder = str(tmp_path / "parallax")
    props.layers, props.length, props.steps, props.loop, props.fps = 2, "STEPS", 2, False, 6.0
    return scene


@pytest.fixture
def background(blank):
    module = harness.part("operators.background")
    yield module
    if module.current and module.current.running:
        module.current.stop()
    module.current = None


def follow(background, until, seconds=60):
    """Ticks, as the timer of a window does, until something is so."""
    end = time.monotonic() + seconds
    while not until(background.current):
        assert time.monotonic() < end, background.current.status()
        background.tick()
        time.sleep(0.02)
    return background.current


def begin(scene):
    """What Generate's invoke() does in a window, where a timer ticks."""
    job = harness.part("operators.generate").submit(scene)
    return harness.part("operators.background").start(job, scene)


def slow(scene):
    """Settings that keep the worker busy for a while, in many steps."""
    props = scene.infinite_parallax
    props.picture = bpy.data.images.load(str(studio.picture(900, 600)))
    props.content, props.seams, props.steps, props.smoothness = "FRESH", "PAINT", 200, 30.0


def test_generate_then_render(scene, tmp_path):
    bpy.ops.infinite_parallax.generate()
    cut = next(s for s in bpy.data.scenes if s != scene)
    cut.render.filepath = str(tmp_path / "film.mp4")
    assert bpy.ops.infinite_parallax.render_video() == {"FINISHED"}
    data = (tmp_path / "film.mp4").read_bytes()
    profile = data[data.index(b"avcC") + 5]
    assert profile in (66, 77, 100), "baseline, main and high are what yuv420p with 8 bits is coded as"
    clip = bpy.data.movieclips.load(str(tmp_path / "film.mp4"))
    assert (tuple(clip.size), clip.fps, clip.frame_duration) == (studio.SIZE, 6.0, 12)
    seen, wanted = (a[..., :3].mean(axis=2) for a in (_first_frame(tmp_path), np.array(Image.open(studio.picture()))))
    assert np.abs(seen - wanted).mean() < 4.0  # in grey, as yuv420p halves the colours' resolution


def notice(scene):
    return harness.part("operators.notices").of(scene)


def test_each_job_has_a_video_of_its_own(scene, tmp_path):
    bpy.ops.infinite_parallax.generate()
    cut = next(s for s in bpy.data.scenes if s != scene)
    bpy.ops.infinite_parallax.render_video()
    first = tmp_path / f"{studio.picture().stem}_parallax.mp4"
    assert notice(scene).text == f"The video is at {first}" and first.is_file()
    scene.infinite_parallax.seed += 1
    bpy.ops.infinite_parallax.generate()
    assert cut.render.filepath == str(tmp_path / f"{studio.picture().stem}_parallax-2.mp4")
    cut.render.filepath = own = str(tmp_path / "own.mp4")
    bpy.ops.infinite_parallax.generate()
    assert cut.render.filepath == own


@pytest.mark.parametrize("place", ["file/film.mp4", "folder.mp4"])
def test_a_video_that_cannot_be_written_is_refused_before_rendering(scene, tmp_path, place):
    bpy.ops.infinite_parallax.generate()
    (tmp_path / "file").touch()
    (tmp_path / "folder.mp4").mkdir()
    next(s for s in bpy.data.scenes if s != scene).render.filepath = str(tmp_path / place)
    with pytest.raises(RuntimeError, match="Cannot write"):
        bpy.ops.infinite_parallax.render_video()
    assert notice(scene).level == "ERROR"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_disk_that_is_full_is_no_video(scene, tmp_path):
    bpy.ops.infinite_parallax.generate()
    (tmp_path / "film.mp4").symlink_to("/dev/full")
    next(s for s in bpy.data.scenes if s != scene).render.filepath = str(tmp_path / "film.mp4")
    with pytest.raises(RuntimeError, match="could not be written to"):
        bpy.ops.infinite_parallax.render_video()
    assert notice(scene).level == "ERROR"
    harness.part("operators.output")._look()  # what the timer of a window does
    assert "stopped before its end" in notice(scene).text and notice(scene).level == "WARNING"


def _first_frame(tmp_path):
    """The video's first frame, read back through a sequencer."""
    reader = bpy.data.scenes.new("reader")
    harness.part("scene.versions").strips(reader).new_movie("film", str(tmp_path / "film.mp4"), 1, 1)
    reader.render.resolution_x, reader.render.resolution_y = studio.SIZE
    reader.view_settings.view_transform = "Standard"
    reader.render.image_settings.file_format = "PNG"
    reader.render.filepath = str(tmp_path / "first.png")
    bpy.ops.render.render(write_still=True, scene=reader.name)
    return np.array(Image.open(tmp_path / "first.png"))


def test_fractional_rate_odd_size_and_second_render(scene, tmp_path):
    props = scene.infinite_parallax
    props.picture, props.fps = bpy.data.images.load(str(studio.picture(321, 193))), 12.5
    bpy.ops.infinite_parallax.generate()
    cut = next(s for s in bpy.data.scenes if s != scene)
    cut.render.filepath = str(tmp_path / "film.mp4")
    bpy.ops.infinite_parallax.render_video()
    clip = bpy.data.movieclips.load(str(tmp_path / "film.mp4"))
    assert (tuple(clip.size), clip.fps, clip.frame_duration) == ((320, 192), 12.5, 25)


def test_a_killed_worker_says_so_and_resume_goes_on(scene, background):
    slow(scene)
    work = begin(scene)
    follow(background, lambda work: list(work.job.steps.glob("0*")))
    os.kill(work.process.pid, signal.SIGKILL)
    follow(background, lambda work: not work.running)
    assert work.state == background.FAILED
    assert "signal 9" in work.text and "Resume goes on" in work.text
    finished = {p: p.stat().st_mtime_ns for p in work.job.steps.glob("0*/*")}
    assert finished
    background.start(work.job, scene)
    follow(background, lambda work: work.done > 0.0 and len(list(work.job.steps.glob("0*"))) > len({p.parent for p in finished}))
    assert {p: p.stat().st_mtime_ns for p in finished} == finished


def test_resume_finishes_and_builds(scene, background):
    work = begin(scene)
    work.process.kill()
    follow(background, lambda work: not work.running)
    assert bpy.ops.infinite_parallax.resume() == {"FINISHED"}
    assert harness.part("scene.build").is_built(scene)


def test_a_worker_that_hangs_is_stopped(scene, background, monkeypatch):
    slow(scene)
    monkeypatch.setattr(harness.part("operators.process"), "SILENCE", 0.5)
    work = begin(scene)
    os.kill(work.process.pid, signal.SIGSTOP)
    follow(background, lambda work: not work.running)
    assert work.state == background.FAILED and "said nothing" in work.text
    assert work.process.wait(5) is not None


def test_a_worker_that_lives_but_makes_no_progress_is_stopped(scene, background, monkeypatch):
    slow(scene)
    work = begin(scene)
    follow(background, lambda work: work.text != "Starting")
    os.kill(work.process.pid, signal.SIGSTOP)
    background.tick()
    event = harness.part("engine.channel").Event
    work.job.append(event("progress", "Painting", 0.5, 30.0, idle=8000.0))
    background.tick()
    assert work.running and work.status() == "Painting, no progress for 133 min", "the computer may just have slept"
    process = harness.part("operators.process")
    monkeypatch.setattr(process, "STUCK", process.PATIENCE)
    work.job.append(event("progress", "Painting", 0.5, 30.0, idle=8003.0))
    background.tick()
    assert work.state == background.FAILED and "made no progress for 133 minutes" in work.text and "Resume" in work.text
    assert work.process.poll() is not None


def test_cancel_stops_soon_and_keeps_what_is_finished(scene, background):
    slow(scene)
    work = begin(scene)
    follow(background, lambda work: list(work.job.steps.glob("0*")))
    work.cancel()
    follow(background, lambda work: not work.running, seconds=5)
    assert work.process.wait(5) is not None
    assert work.state == background.CANCELLED and "Resume" in work.text
    assert list(work.job.steps.glob("0*"))


def test_the_worker_does_not_outlive_blender(scene, background):
    slow(scene)
    work = begin(scene)
    follow(background, lambda work: work.text != "Starting")
    work.process.stdin.close()  # what the system does when Blender ends in any way
    assert work.process.wait(10) is not None


def test_a_python_that_cannot_be_started_is_named(scene, background, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    with pytest.raises(RuntimeError, match="gone could not be started") as refused:
        bpy.ops.infinite_parallax.generate()
    assert "Cannot write" not in str(refused.value)
    assert not (background.current and background.current.running)


def test_only_one_at_a_time(scene, background):
    slow(scene)
    begin(scene)
    assert not bpy.ops.infinite_parallax.generate.poll()
    with pytest.raises(harness.part("engine.errors").ParallaxError, match="already"):
        background.start(background.current.job, scene)


def test_a_folder_that_another_blender_works_in_is_refused(scene, background):
    job = harness.part("operators.generate").submit(scene)
    with job.locked(), pytest.raises(RuntimeError, match="Another Blender is at work"):
        bpy.ops.infinite_parallax.resume()
    assert bpy.ops.infinite_parallax.resume() == {"FINISHED"}


def test_time_left_is_said_as_people_say_it(extension):
    said = [harness.part("operators.process").left(seconds) for seconds in (3, 31, 100, 7200)]
    assert said == ["a few seconds left", "about 30 s left", "about 2 min left", "about 2.0 h left"]


def no_picture(props, tmp_path):
    props.picture = None


def missing(props, tmp_path):
    path = tmp_path / "gone.png"
    shutil.copy(studio.picture(), path)
    props.picture = bpy.data.images.load(str(path))
    path.unlink()


def empty(props, tmp_path):
    (tmp_path / "empty.png").touch()
    props.picture = bpy.data.images.load(str(tmp_path / "empty.png"))


def no_image(props, tmp_path):
    (tmp_path / "text.png").write_text("not a picture")
    props.picture = bpy.data.images.load(str(tmp_path / "text.png"))


def cut_short(props, tmp_path):
    (tmp_path / "half.png").write_bytes(studio.picture().read_bytes()[:20000])
    props.picture = bpy.data.images.load(str(tmp_path / "half.png"))


def heights(props, tmp_path):
    props.auto_heights, props.layers = False, 3
    props.layer_items[0].height = props.layer_items[1].height = 60.0


def still(props, tmp_path):
    props.length = "CROSS"
    for item in props.layer_items:
        item.use_speed, item.speed = True, 0.0


def other_files(props, tmp_path):
    (tmp_path / "parallax").mkdir()
    (tmp_path / "parallax" / "novel.txt").write_text("precious")


def not_a_folder(props, tmp_path):
    (tmp_path / "file").write_text("in the way")
    props.folder = str(tmp_path / "file" / "parallax")


@pytest.mark.parametrize("wrong, sentence", [
    (no_picture, "Choose a picture"), (missing, "is not there any more"), (empty, "is empty"),
    (no_image, "cannot be read|is not a picture"),
    (cut_short, "damaged or cut short|cannot be read"), (heights, "leave nothing for the last layer"), (still, "No layer moves"),
    (other_files, "holds other files"), (not_a_folder, "Cannot write"),
])
def test_bad_input_is_one_sentence(scene, background, tmp_path, wrong, sentence):
    props = scene.infinite_parallax
    props.layers = 3
    wrong(props, tmp_path)
    with pytest.raises(RuntimeError, match=sentence) as refused:
        bpy.ops.infinite_parallax.generate()
    assert "Traceback" not in str(refused.value)
    notice = harness.part("operators.notices").of(scene)
    assert notice.level == "ERROR" and notice.text in str(refused.value)
    assert not scene.objects
    if wrong is other_files:
        assert (tmp_path / "parallax" / "novel.txt").read_text() == "precious"


def test_a_full_disk_is_noticed_before_the_start(scene, background, monkeypatch, tmp_path):
    monkeypatch.setattr(harness.part("engine.machine"), "free_disk", lambda folder: 1000)
    with pytest.raises(RuntimeError, match="0.1 MB free: choose another folder"):
        bpy.ops.infinite_parallax.generate()
    assert not (tmp_path / "parallax").exists()


def test_a_job_of_another_version_is_refused(scene, background, tmp_path):
    bpy.ops.infinite_parallax.generate()
    for file, operator in (("job.json", "resume"), ("layers/layers.json", "build")):
        path = tmp_path / "parallax" / file
        path.write_text(re.sub(r'"schema": \d+', '"schema": 99', path.read_text()))
        with pytest.raises(RuntimeError, match="another version"):
            getattr(bpy.ops.infinite_parallax, operator)()


@pytest.mark.parametrize("kind", ["generated", "packed", "float", "painted"])
def test_pictures_that_are_only_in_the_file(scene, tmp_path, kind):
    """They reach the worker as they look."""
    pixels = np.concatenate([studio.noise(64, 48)[::-1] / 255.0, np.ones((48, 64, 1))], axis=2).astype(np.float32)
    image = bpy.data.images.new("mine/1", 64, 48, float_buffer=kind == "float")
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    image.pixels.foreach_set((np.concatenate([linear[..., :3], pixels[..., 3:]], axis=2) if kind == "float" else pixels).ravel())
    if kind == "packed":
        image.pack()
    if kind == "painted":
        image.filepath_raw, image.file_format = str(tmp_path / "a.png"), "PNG"
        image.save()
        image.pixels.foreach_set(np.clip(pixels + 0.0, 0, 1).ravel())
    file = harness.part("scene.picture").hand_over(image, tmp_path / "parallax")
    seen = np.array(Image.open(file).convert("RGB")).astype(float)
    assert np.abs(seen - studio.noise(64, 48)).max() <= 1.0


def test_suggested_heights_are_typed_heights(scene):
    bpy.ops.infinite_parallax.suggest_heights()
    props = scene.infinite_parallax
    assert not props.auto_heights
    assert sum(item.height for item in props.layer_items) == pytest.approx(100.0, abs=0.01)


def test_an_unsaved_file_uses_the_extensions_own_folder(scene):
    properties = harness.part("scene.properties")
    scene.infinite_parallax.folder = "//parallax/"
    assert properties.uses_own_folder(scene)
    bpy.ops.infinite_parallax.generate()
    folder = properties.job_folder(scene)
    assert folder.is_relative_to(bpy.utils.extension_path_user(harness.PACKAGE))
    assert harness.part("engine.job").Job(folder).finished()
    shutil.rmtree(folder)
