"""The whole way with models from the panel: in the artist's own Python, with models in the extension's folder, to a scene with planes."""

import os
import shutil
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio

NEURAL = Path(os.environ.get("NEURAL_PYTHON") or harness.ROOT / ".venv-neural" / "bin" / "python")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A folder of tiny models, made by the neural Python."""
    folder = tmp_path_factory.mktemp("tiny")
    subprocess.run([NEURAL, "-m", "tests.neural.tiny.everything", folder], cwd=harness.ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture
def neural_python(blank, monkeypatch):
    monkeypatch.delenv("INFINITE_PARALLAX_MODELS", raising=False)
    module = harness.part("operators.neural_python")
    folder = module.models_folder()  # of the extension: a command line may name another
    yield module
    module.preferences().own_python = ""
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def engine(neural_python, tiny, monkeypatch):
    """The artist's own Python, and the models where the extension fetches them to."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # tiny models wait for each other's threads
    neural_python.preferences().own_python = str(NEURAL)
    shutil.copytree(tiny, neural_python.models_folder(), dirs_exist_ok=True)
    return neural_python


@pytest.fixture
def props(blank, tmp_path):
    shown = np.full((160, 240, 3), (124, 116, 104), np.uint8) + np.linspace(-15, 15, 160)[:, None, None].astype(np.int8).astype(np.uint8)
    shown[40:80, 100:140] = (230, 60, 50)
    Image.fromarray(shown).save(tmp_path / "picture.png")
    props = bpy.context.scene.infinite_parallax
    props.picture = bpy.data.images.load(str(tmp_path / "picture.png"))
    props.folder = str(tmp_path / "parallax")
    return props


def paint_by_model(props):
    props.fill, props.quality, props.inference_steps, props.paint_size = "DIFFUSION", "CUSTOM", 1, 128
    props.content, props.loop, props.length, props.steps, props.smoothness = "FRESH", False, "STEPS", 2, 8.0


def refusal(operator, **values):
    with pytest.raises(RuntimeError) as refused:
        operator(**values)
    return str(refused.value)


def test_a_job_with_models_becomes_a_scene(engine, props):
    paint_by_model(props)
    props.separator, props.depth_model, props.control, props.describe_model = "DEPTH", "midas-small", "controlnet-depth-sd", "blip-base"
    thing = harness.part("scene.properties").add_object(props)
    thing.name, thing.shape, thing.tags = "Red", "TAGS", "red thing"
    assert bpy.ops.infinite_parallax.generate() == {"FINISHED"}
    work = harness.part("operators.background").current
    assert "processor" in work.device and any("processor" in text for text in work.warnings)
    assert [item.name for item in props.objects] == ["Red"] and len(props.layer_items) >= 2
    names = {o.name.partition(".")[0] for o in bpy.context.scene.objects if o.type == "MESH"}
    assert "Red" in " ".join(names)
    assert work.job.preview.is_file()
    bpy.ops.infinite_parallax.redo_from(step=2, seed=7)
    again = harness.part("operators.background").current
    assert again.state == "done" and [(redo.step, redo.seed) for redo in props.redos] == [(2, 7)]
    assert studio.planes(bpy.context.scene)


def test_a_method_that_needs_models_is_refused_before_anything_is_written(neural_python, props, tmp_path):
    paint_by_model(props)
    assert "Set Up Neural Engine" in refusal(bpy.ops.infinite_parallax.generate)
    neural_python.preferences().own_python = str(NEURAL)
    assert "Stable Diffusion 1.5 Inpainting" in refusal(bpy.ops.infinite_parallax.generate)
    neural_python.preferences().own_python = str(tmp_path / "gone")
    assert str(tmp_path / "gone") in refusal(bpy.ops.infinite_parallax.generate)
    assert not (tmp_path / "parallax").exists()


def test_without_models_a_job_with_objects_by_words_goes_on_and_says_so(neural_python, props):
    thing = harness.part("scene.properties").add_object(props)
    thing.name, thing.shape = "Anything", "TAGS"
    assert bpy.ops.infinite_parallax.generate() == {"FINISHED"}
    said = harness.part("operators.background").current.warnings
    assert any(text.startswith("Anything is not lifted: finding it needs the neural engine") for text in said)


def test_the_panel_offers_what_can_run_and_says_why_not(neural_python, props, tiny):
    availability = harness.part("panels.availability")
    assert "Set Up Neural Engine" in availability.why_not(props, "inpaint")
    neural_python.preferences().own_python = str(NEURAL)
    assert "fetch Stable Diffusion 1.5 Inpainting" in availability.why_not(props, "inpaint")
    shutil.copytree(tiny, neural_python.models_folder(), dirs_exist_ok=True)
    availability._asked.cache_clear()
    assert availability.why_not(props, "inpaint") == "" == availability.why_not(props, "detect", "segment")
    assert "IS-Net" in availability.why_not(props, "subject")


def test_a_model_is_chosen_by_its_path(props, tmp_path):
    (tmp_path / "my model").mkdir()
    bpy.ops.infinite_parallax.pick_model(setting="inpaint_model", directory=str(tmp_path), filename="my model")
    assert props.inpaint_model == str(tmp_path / "my model")
    assert "nothing at" in refusal(bpy.ops.infinite_parallax.pick_model, setting="lora", directory=str(tmp_path), filename="absent")


def test_redoing_a_step_that_there_is_not_is_refused(engine, props):
    paint_by_model(props)
    bpy.ops.infinite_parallax.generate()
    assert "There are 2 steps" in refusal(bpy.ops.infinite_parallax.redo_from, step=5)
    assert not props.redos


def test_the_card_is_left_while_blender_renders(props):
    """A worker with models waits while a render runs; here one that only seems to have a card."""
    background, card = harness.part("operators.background"), harness.part("operators.card")
    bpy.ops.infinite_parallax.generate()
    work = background.current
    work.state, work.device = background.RUNNING, "NVIDIA Thing"
    card._leave()
    assert work.channel.pause_requested()
    card._return()
    assert not work.channel.pause_requested()
    work.state = background.DONE


@pytest.fixture
def command(blank, capfd):
    def run(*argv):
        code = harness.part("operators.command").main([str(a) for a in argv])
        return code, *capfd.readouterr()

    yield run
    os.environ.pop("INFINITE_PARALLAX_MODELS", None)


MODEL = ["--set", "max_width=200", "loop=off", "content=FRESH", "length=STEPS", "steps=2", "fill=DIFFUSION", "quality=CUSTOM",
         "inference_steps=1", "paint_size=128"]


def test_the_command_line_names_the_python_and_the_models(command, neural_python, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    code, _, said = command(studio.picture(), "--blend", tmp_path / "s.blend", *MODEL, "inpaint_model=Stable Diffusion 1.5 Inpainting",
                            "--neural-python", NEURAL, "--models", tiny, "--redo", "step=9", "seed=4")
    assert code == 0, said
    assert "run on the processor" in said and "The redo from 9 on changes nothing: there are 2 steps" in said
    neural_python.preferences().own_python = ""
    (tmp_path / "s.blend").unlink()
    code, _, said = command(studio.picture(), "--blend", tmp_path / "s.blend", "--resume")
    assert code == 0 and (tmp_path / "s.blend").is_file(), "a job that was painted elsewhere becomes a scene without its models"


@pytest.mark.parametrize(("wrong", "words"), [
    (["inpaint_model=midas-small"], ("MiDaS 2.1 Small is for Depth, not for Inpainting", "sd-inpainting")),
    (["inpaint_model=sd-inpaintin"], ("named", "sd-inpaintin", "sd-inpainting, sdxl-inpainting")),
    (["--models", "nowhere"], ("nothing at", "nowhere"))])
def test_a_wrong_model_on_the_command_line_is_said(command, neural_python, tiny, tmp_path, wrong, words):
    code, _, said = command(studio.picture(), "--blend", tmp_path / "s.blend", *MODEL, *wrong, "--neural-python", NEURAL,
                            *(() if "--models" in wrong else ("--models", tiny)))
    assert code == 1 and all(word in said for word in words), said


def test_help_names_the_models(command):
    code, text, _ = command("--help")
    assert code == 0 and "sd-inpainting" in text and "--neural-python" in text and "of each redo" in text
