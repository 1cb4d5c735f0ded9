"""The command line, end to end."""

import os
import signal
import subprocess
import sys
import time

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio

IN_A_PROCESS = """
import sys
from tests import harness
harness.prepare()
harness.enable()
harness.leave(harness.part("operators.command").main(sys.argv[1:]))
"""
PLAIN = ["--set", "style=custom", "separator=bands"]
SMALL = [*PLAIN, "layers=2", "length=steps", "steps=2", "loop=off", "fps=6"]


@pytest.fixture
def run(blank, capfd):
    def run(*argv):
        code = harness.part("operators.command").main([str(a) for a in argv])
        return code, *capfd.readouterr()

    return run


def test_a_picture_becomes_a_video_and_a_scene(run, tmp_path):
    code, out, _ = run(studio.picture(), "--output", tmp_path / "a" / "film.mp4", "--blend", tmp_path / "a" / "film.blend", *SMALL)
    assert code == 0
    assert f"video: {tmp_path / 'a' / 'film.mp4'}\n" in out and out.endswith(f"scene: {tmp_path / 'a' / 'film.blend'}\n")
    assert "Rendering frame 12 of 12" in out and "100 %" in out
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["film.blend", "film.mp4", "film_parallax"]
    clip = bpy.data.movieclips.load(str(tmp_path / "a" / "film.mp4"))
    assert clip.frame_duration == 12
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a" / "film.blend"))
    props = bpy.context.scene.infinite_parallax
    assert (props.layers, props.steps, props.loop, props.folder.rstrip("/")) == (2, 2, False, "//film_parallax")
    assert harness.part("scene.build").is_built(bpy.context.scene)
    views = [area.spaces.active.region_3d for screen in bpy.data.screens for area in screen.areas if area.type == "VIEW_3D"]
    assert views and all(view.view_perspective == "CAMERA" for view in views)


def test_resume_takes_the_job_that_is_there(run, tmp_path):
    assert run(studio.picture(), "--blend", tmp_path / "s.blend", *SMALL)[0] == 0
    steps = {p: p.stat().st_mtime_ns for p in (tmp_path / "s_parallax" / "steps").rglob("*.png")}
    (tmp_path / "s_parallax" / "layers" / "layers.json").unlink()
    (tmp_path / "s.blend").unlink()
    code, out, _ = run(studio.picture(), "--blend", tmp_path / "s.blend", "--resume")
    assert code == 0 and (tmp_path / "s.blend").is_file()
    assert steps and {p: p.stat().st_mtime_ns for p in steps} == steps
    code, _, wrong = run(studio.picture(), "--blend", tmp_path / "other.blend", "--resume")
    assert code == 1 and "no job" in wrong
    code, _, wrong = run(studio.picture(), "--blend", tmp_path / "s.blend", "--resume", "--set", "layers=3")
    assert code == 1 and "settings it was begun with" in wrong
    code, _, wrong = run(studio.picture(seed=2), "--blend", tmp_path / "s.blend", "--resume")
    assert code == 1 and f"begun with the picture {studio.picture()}" in wrong


def test_shapes_and_objects_from_the_command_line(run, tmp_path, monkeypatch):
    nearness = np.full((192, 320), 30, np.uint8)
    nearness[60:, 150:] = 220
    Image.fromarray(nearness).save(tmp_path / "depth.png")
    monkeypatch.chdir(tmp_path)
    values = ["separator=depth", "depth_map=depth.png", "near=white", "length=steps", "steps=2", "loop=off", "fps=6"]
    church = ["--object", "name=church", "box=10,20,30,60", "motion=still"]
    assert run(studio.picture(), "--blend", "s.blend", "--set", *values, *church, "--object", "lasso=60,20,80,20,70,70")[0] == 0
    settings = harness.part("engine.job").Job(tmp_path / "s_parallax").read()[1]
    assert settings.depth_map == str(tmp_path / "depth.png")
    assert [(one.name, one.box, one.motion) for one in settings.objects] == [
        ("church", (10.0, 20.0, 30.0, 60.0), "STILL"), ("Object 2", (), "LAYER")]
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "s.blend"))
    roles = {o.get("infinite_parallax_role") for o in bpy.context.scene.objects}
    assert {"layer 0", "layer 1", "object 1"} <= roles
    assert [item.shape for item in bpy.context.scene.infinite_parallax.objects] == ["BOX", "LASSO"]
    again = [studio.picture(), "--blend", "s.blend", "--resume", "--set", *values]
    assert run(*again, *church, "--object", "lasso=60,20,80,20,70,70")[0] == 0, "the same settings are welcome"
    code, _, wrong = run(*again, *church)
    assert code == 1 and "settings it was begun with" in wrong


def test_a_style_brings_its_camera_unless_that_is_typed(run, tmp_path):
    values = ["--set", "separator=bands", "layers=2", "fps=6", "duration=2"]
    assert run(studio.picture(160, 96), "--blend", tmp_path / "s.blend", "--style", "orbit", "--camera", "amount=0.01", *values)[0] == 0
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "s.blend"))
    scene = bpy.context.scene
    props = scene.infinite_parallax
    assert (props.style, props.duration, props.camera.mover, props.camera.move) == ("ORBIT", 2.0, "CAMERA", "ORBIT")
    assert props.camera.amount == pytest.approx(0.01) and scene.frame_end == 12
    assert scene.camera.name.startswith("Travel")


def test_an_automatic_style_is_said_and_leaves_alone_what_was_typed(run, tmp_path):
    values = ["--set", "separator=bands", "layers=2", "fps=6", "length=duration", "duration=2", "--camera", "mover=camera", "move=dolly"]
    code, _, notes = run(studio.picture(160, 96), "--blend", tmp_path / "s.blend", *values)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "s.blend"))
    scene, label = bpy.context.scene, dict(harness.part("scene.style").LABELS)
    props = scene.infinite_parallax
    assert code == 0 and f"note: style: {label[props.suggested]} ({props.style_reason})\n" in notes
    painter = harness.part("scene.properties").job_of(scene).result().painter
    assert props.fill == "AUTO" and painter and f"note: fill: {painter}\n" in notes
    assert (props.style, props.duration, scene.frame_end) == ("AUTO", 2.0, 12)
    assert (props.camera.mover, props.camera.move) == ("CAMERA", "DOLLY")
    assert run(studio.picture(160, 96), "--blend", tmp_path / "s.blend", "--resume")[0] == 0
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "s.blend"))
    camera = harness.part("engine.style.presets").camera(bpy.context.scene.infinite_parallax.suggested)
    assert bpy.context.scene.infinite_parallax.camera.mover == camera["mover"], "which is the style's, where none is typed"


def test_help_lists_styles(run):
    code, out, _ = run("--help")
    assert code == 0 and "SWAY (Gentle Sway)" in " ".join(out.split())


def test_help_lists_the_settings_of_objects(run):
    code, out, _ = run("--help")
    assert code == 0
    assert "  lasso " in out and "  depth_map " in out and "  objects " not in out


@pytest.mark.parametrize("argv, code, sentence", [
    (["gone.png", "--output", "v.mp4"], 1, "There is no picture at"),
    (["PICTURE", "--output", "v.mp4", "--set", "speed=3"], 1, "no setting named 'speed'"),
    (["PICTURE", "--output", "v.mp4", "--set", "layers=many"], 1, "Layers must be a number"),
    (["PICTURE", "--output", "v.mp4", "--set", "layers=3", "distances=1,0,2"], 1, "Distances of layer 2"),
    (["PICTURE", "--output", "v.mp4", "--set", "layers=3", "distances=1,nan,2"], 1, "finite"),
    (["PICTURE", "--output", "v.mp4", "--set", "layers"], 2, "name=value"),
    (["PICTURE", "--output", "v.mp4", "--object", "church"], 2, "--object wants name=value"),
    (["PICTURE", "--output", "v.mp4", "--object", "box=50,20,40,80"], 1, "left, top, right, bottom"),
    (["PICTURE", "--output", "v.mp4", "--set", "separator=depth", "depth_map=gone.png"], 1, "check what depth_map= says"),
    (["PICTURE", "--output", "v.mp4", "--set", "layers=1", "masks=gone.png"], 1, "check what masks= says"),
    (["PICTURE", "--output", "v.mp4", "--style", "wobble"], 2, "invalid choice"),
    (["PICTURE", "--output", "v.mp4", "--style", "sway", "--set", "style=pan"], 2, "two styles"),
    (["PICTURE", "--output", "v.mp4", "--set", "separator=bands", "cards=."], 1, "cards is used with separator=AUTO or CARDS only"),
    (["PICTURE"], 2, "--output"), (["PICTURE", "--output", "v.wmv"], 2, ".mp4"), ([], 2, "picture"),
    (["PICTURE", "--output", "v.webm", "--export", "codec=h264"], 1, "let them be the same"),
])
def test_wrong_input(run, tmp_path, monkeypatch, argv, code, sentence):
    monkeypatch.chdir(tmp_path)
    given = [str(studio.picture()) if a == "PICTURE" else a for a in argv]
    result, _, wrong = run(*given)
    assert result == code and sentence in wrong and "Traceback" not in wrong
    assert not list(tmp_path.glob("*.mp4")) and not list(tmp_path.glob("*.blend"))


@pytest.mark.parametrize("moment", ["Painting", "Rendering"])
def test_ctrl_c_stops_cleanly(blank, tmp_path, moment):
    film = tmp_path / "film.mp4"
    much = ["layers=4", "content=fresh", "seams=paint", "loop=off"] if moment == "Painting" else ["layers=2"]
    much += ["length=steps", "steps=60"]
    command = [sys.executable, "-c", IN_A_PROCESS, str(studio.picture(640, 400)), "--output", str(film), "--set", *much]
    process = subprocess.Popen(command, cwd=harness.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    begun = tmp_path / "film_parallax" / ("steps/0001" if moment == "Painting" else "layers/layers.json")
    end = time.monotonic() + 60
    while not begun.exists() or (moment == "Rendering" and not (tmp_path / ".film.partial.mp4").exists()):
        assert time.monotonic() < end and process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, wrong = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped" in wrong and "--resume" in wrong and "Traceback" not in wrong
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film_parallax"]
