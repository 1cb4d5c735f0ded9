"""The neural engine from Blender's side: set up, cancelled, gone on with, tested, removed, and used by jobs that ask for models."""

import json
import shutil
import sys
import time
from pathlib import Path

import bpy
import pytest

from tests import harness, index
from tests.scene import studio

SIZE = 4_000_000
LARGE = "large-1.0-py3-none-any.whl"


@pytest.fixture
def neural(blank, tmp_path, monkeypatch):
    """operators.neural_python, online, with lists of two small packages and a PyTorch in an index of our own."""
    made = index.Index(dict([index.wheel("large", size=SIZE), index.wheel("torch", "2.14.1", source=index.TORCH)]))
    lists = index.write_lists(tmp_path / "lists", ["torch==2.14.1"], ["large==1.0"])
    monkeypatch.setattr(harness.part("engine.setup.lists"), "FOLDER", lists)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # PyTorch's own index cannot be reached
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    module = harness.part("operators.neural_python")
    bpy.context.preferences.system.use_online_access = True
    with index.served(made):
        monkeypatch.setenv("UV_DEFAULT_INDEX", made.address)
        module.index = made
        yield module
    harness.part("operators.tasks").stop_all()
    bpy.context.preferences.system.use_online_access = False
    prefs = module.preferences()
    prefs.own_python, prefs.device = "", "auto"
    shutil.rmtree(module.environment().folder, ignore_errors=True)


def task():
    return harness.part("operators.neural_setup").task()


def follow(until, seconds=60):
    """Ticks, as the timer of a window does, until something is so."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, task().status()
        harness.part("operators.tasks").tick()
        time.sleep(0.02)


def test_set_up_tested_and_removed(neural):
    folder = neural.environment().folder
    assert folder.is_relative_to(bpy.utils.extension_path_user(harness.PACKAGE))
    assert neural.python() is None and "Set Up Neural Engine" in neural.why_not()
    assert bpy.ops.infinite_parallax.set_up_engine() == {"FINISHED"}
    assert neural.python() == neural.environment().python and neural.why_not() == ""
    assert task().text == "Ready: models run on processor, 3 threads"
    assert task().device == "processor, 3 threads"
    assert any("the processor" in warning for warning in task().warnings)
    assert bpy.ops.infinite_parallax.test_engine() == {"FINISHED"}
    assert neural.environment().tested()["versions"] == {"torch": "2.14.1", "large": "1.0"}
    assert bpy.ops.infinite_parallax.remove_engine() == {"FINISHED"}
    assert "freed" in task().text and neural.python() is None
    assert neural.environment().size() == 0
    assert not bpy.ops.infinite_parallax.remove_engine.poll()


def test_cancelled_in_the_middle_and_gone_on_with(neural):
    neural.index.holds[LARGE] = SIZE // 2
    harness.part("operators.neural_setup").set_up()
    follow(neural.index.held.is_set)
    assert not bpy.ops.infinite_parallax.set_up_engine.poll(), "one at a time"
    assert bpy.ops.infinite_parallax.cancel_task(name=task().name) == {"FINISHED"}
    assert task().status() == "Cancelling"
    follow(lambda: not task().running, seconds=5)
    assert task().process.wait(5) is not None
    assert task().state == "cancelled" and "what was fetched is kept" in task().text
    assert neural.python() is None and "was not finished" in neural.why_not()
    neural.index.holds.clear()
    neural.index.asked.clear()
    assert bpy.ops.infinite_parallax.set_up_engine() == {"FINISHED"}
    assert neural.python() and neural.index.asked == [LARGE]


def test_offline_it_is_refused_with_the_setting_to_change(neural):
    bpy.context.preferences.system.use_online_access = False
    assert not bpy.ops.infinite_parallax.set_up_engine.poll()
    with pytest.raises(harness.part("engine.errors").ParallaxError, match="Allow Online Access"):
        harness.part("operators.neural_setup").set_up()
    assert not neural.environment().folder.exists() and not neural.index.asked


def test_what_goes_wrong_is_a_report(neural):
    neural.index.files.clear()
    with pytest.raises(RuntimeError, match="not built for this Python or system"):
        bpy.ops.infinite_parallax.set_up_engine()
    assert neural.python() is None


def test_a_python_of_the_artists_own(neural, tmp_path):
    prefs = neural.preferences()
    prefs.own_python = sys.executable
    assert neural.python() == Path(sys.executable)
    prefs.own_python = str(Path(sys.prefix))
    assert neural.python().parent == Path(sys.prefix) / "bin", "the folder of an environment stands for its Python"
    with pytest.raises(RuntimeError, match="PyTorch is missing in the Python"):
        bpy.ops.infinite_parallax.test_engine()
    standing = harness.part("operators.standing")
    assert standing.now().own == neural.python() and "PyTorch is missing" in standing.now().found["problems"][0]
    assert task().state == "failed"
    prefs.own_python = str(tmp_path / "gone")
    assert not standing.now().found and task() is None, "what was said of another Python is shown no more"
    assert neural.python() is None and "is not at" in neural.why_not()
    assert not bpy.ops.infinite_parallax.test_engine.poll()


def test_what_is_no_python_is_remembered_as_unfit(neural, tmp_path):
    (tmp_path / "python").write_text("not a program")
    neural.preferences().own_python = str(tmp_path / "python")
    with pytest.raises(RuntimeError, match="is not a Python that runs"):
        bpy.ops.infinite_parallax.test_engine()
    (problem,) = harness.part("operators.standing").now().found["problems"]
    assert problem == task().text


def test_a_test_that_ends_after_another_python_was_chosen_says_nothing_about_that(neural, tmp_path):
    setup = harness.part("operators.neural_setup")
    neural.preferences().own_python = sys.executable
    setup.test()
    assert setup.is_about_used()
    neural.preferences().own_python = str(telling(tmp_path))
    follow(lambda: not task().running)
    assert not setup.is_about_used() and not harness.part("operators.standing").now().found


@pytest.fixture
def scene(neural, tmp_path):
    scene = bpy.context.scene
    props = scene.infinite_parallax
    props.picture = bpy.data.images.load(str(studio.picture()))
    props.folder = str(tmp_path / "parallax")
    props.layers, props.length, props.steps, props.loop = 2, "STEPS", 2, False
    yield scene
    background = harness.part("operators.background")
    if background.current and background.current.running:
        background.current.stop()
    background.current = None


def telling(tmp_path):
    """A program in the place of a Python that writes down how it was called."""
    path = tmp_path / "python"
    code = "import json, os, sys; json.dump({'arguments': sys.argv[2:], 'variables': dict(os.environ)}, open(sys.argv[1], 'w'))"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "{tmp_path / "called.json"}" "$@"\n')
    path.chmod(0o755)
    return path


def test_a_job_that_asks_for_models_runs_in_the_neural_python(neural, scene, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", sys.prefix)
    neural.preferences().own_python, neural.preferences().device = str(telling(tmp_path)), "cpu"
    item = harness.part("scene.properties").add_object(scene.infinite_parallax)
    item.shape, item.tags = "TAGS", "boat"
    job = harness.part("operators.generate").submit(scene)
    harness.part("operators.background").start(job, scene).process.wait(20)
    called = json.loads((tmp_path / "called.json").read_text())
    assert called["arguments"] == ["-m", "engine", str(job.folder), "--watch-stdin"]
    variables = called["variables"]
    assert Path(variables["PYTHONPATH"]).samefile(harness.ROOT)
    assert "PYTHONHOME" not in variables
    assert variables["INFINITE_PARALLAX_MODELS"] == str(neural.models_folder())
    assert variables["INFINITE_PARALLAX_DEVICE"] == "cpu" and variables["HF_HUB_OFFLINE"] == "1"


def test_a_job_that_asks_for_none_runs_in_blenders_own(neural, scene, tmp_path):
    neural.preferences().own_python = str(telling(tmp_path))
    assert bpy.ops.infinite_parallax.generate() == {"FINISHED"}
    assert not (tmp_path / "called.json").exists()


def test_a_job_that_cannot_do_without_models_says_what_to_click(neural, scene):
    scene.infinite_parallax.fill = "DIFFUSION"
    with pytest.raises(RuntimeError, match="no neural engine yet: click Set Up Neural Engine in Preferences"):
        bpy.ops.infinite_parallax.generate()


def test_a_job_that_can_do_without_goes_on(neural, scene):
    item = harness.part("scene.properties").add_object(scene.infinite_parallax)
    item.shape, item.tags = "TAGS", "boat"
    assert bpy.ops.infinite_parallax.generate() == {"FINISHED"}
