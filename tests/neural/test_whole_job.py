"""The whole way with models, through the worker as a process: words, boxes, shapes, objects removed, depth, layers, and a step loop with
a description and depth control. All models are tiny and of the real kinds, saved as real ones are."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import picture as pictures
from engine.job import Job
from engine.neural import catalogue, store
from tests.engine.scenes import Finished
from tests.neural.tiny import dino, everything
from tests.support.settings import plain

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 240, 160
RED, GREEN = (100, 40, 140, 80), (200, 120, 240, 160)  # x0, y0, x1, y1: each one cell of what the detector tells apart
PAINTING = {"fill": "DIFFUSION", "quality": "CUSTOM", "inference_steps": 2, "guidance": 2.0, "prompt": "an oil painting",
            "describe_model": "blip-base", "control": "controlnet-depth-sd", "paint_size": 64}
FRESH = {"content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": 3, "smoothness": 8.0}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return everything.store(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A ground that is the brighter the lower, with a red and a green thing."""
    rough = np.random.default_rng(0).integers(0, 5, (HEIGHT, WIDTH, 1))
    light = np.linspace(-15, 15, HEIGHT)[:, None, None]
    shown = np.clip(np.array(dino.GREY) + light + rough, 0, 255).astype(np.uint8)
    for colour, (x0, y0, x1, y1) in (("red", RED), ("green", GREEN)):
        shown[y0:y1, x0:x1] = dino.COLOURS[colour]
    path = tmp_path_factory.mktemp("picture") / "picture.png"
    Image.fromarray(shown).save(path)
    return path


def start(job, models, **environment):
    told = {**os.environ, store.FOLDER: str(models.folder), "OMP_NUM_THREADS": "1", **environment}
    return subprocess.Popen([sys.executable, "-m", "engine", str(job.folder)], cwd=ROOT, env=told, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def run(job, models, **environment):
    """Exit code, and all that was written to the terminal."""
    process = start(job, models, **environment)
    text, _ = process.communicate(timeout=600)
    return process.returncode, text


def created(folder, source, **settings):
    return Job.create(folder, source, plain(settings))


def told(job, kind):
    return [event.text for event in job.read_events()[0] if event.kind == kind]


@pytest.fixture(scope="module")
def finished(models, source, tmp_path_factory):
    """A job that uses all there is."""
    job = created(tmp_path_factory.mktemp("whole") / "job", source, **PAINTING, **FRESH, separator="DEPTH", depth_model="midas-small",
                  objects=[{"name": "Red", "tags": "red thing"}], removal_passes=2)
    code, text = run(job, models)
    assert code == 0, text
    return job


def test_it_ends_with_layers_and_an_object(finished):
    result = finished.result()
    assert finished.read_events()[0][-1].kind == "done"
    assert len(result.layers) >= 3 and [layer.name for layer in result.layers if layer.base is not None] == ["Red"]
    for layer in result.layers:
        for tile in layer.tiles:
            with Image.open(finished.tile_path(tile)) as image:
                assert image.mode == "RGBA" and image.size == (tile.width + 2 * tile.pad, tile.height + 2 * tile.pad)


def test_the_object_is_what_the_words_say(finished):
    about = json.loads((finished.objects / "01.json").read_text())
    x0, y0 = about["x"], about["y"]
    x1, y1 = x0 + about["width"], y0 + about["height"]
    assert np.abs(np.subtract((x0, y0, x1, y1), RED)).max() <= 8, "the segmenter tells squares of its own grid apart"


def test_depth_is_what_the_model_sees(finished):
    depth = pictures.load_png(finished.depth).astype(float)
    assert depth.shape == (HEIGHT, WIDTH)
    assert np.corrcoef(depth[:, 20], np.arange(HEIGHT))[0, 1] > 0.95, "bright is near, and low is bright"
    distances = [layer.distance for layer in finished.result().layers if layer.base is None]
    assert distances == sorted(distances, reverse=True) and distances[0] > distances[-1]


def test_the_first_frame_is_the_picture_and_no_frame_has_a_hole(finished, source):
    film = Finished(finished.folder)
    seen, _ = film.see(1.0)
    assert np.abs(seen - np.array(Image.open(source))).mean() < 1.0
    for frame in np.linspace(1.0, film.frames, 7):
        assert not film.see(frame)[1].any()


def test_every_fill_is_told_of_the_device_and_the_processor_is_never_silent(finished):
    events = finished.read_events()[0]
    assert any(event.text.startswith("Painting, fill 1") for event in events)
    assert all("processor" in event.device for event in events if event.text.startswith("Painting"))
    assert any("run on the processor, which is slow" in text for text in told(finished, "warning"))


def test_a_loop_paints_its_joins_with_both_sides_known(models, source, tmp_path):
    job = created(tmp_path / "job", source, **PAINTING, separator="TAGS", layer_tags="green thing, red thing", depth_model="midas-small")
    code, text = run(job, models)
    assert code == 0, text
    names = {layer.name for layer in job.result().layers}
    assert names == {"green thing", "red thing", "rest"}
    assert job.result().motion.loop and len(list(job.steps.glob("[0-9]*"))) > 0


def test_a_job_that_was_cancelled_goes_on_to_the_same_end(models, source, finished, tmp_path):
    path, settings = finished.read()
    job = Job.create(tmp_path / "job", path, settings)
    begun = start(job, models)
    while begun.poll() is None and not (job.steps / "0002").exists():
        time.sleep(0.01)
    job.request_cancel()
    begun.communicate(timeout=120)
    assert begun.returncode == 3 and job.read_events()[0][-1].kind == "cancelled"
    kept = sorted(path.name for path in job.steps.glob("[0-9]*"))
    assert run(job, models)[0] == 0
    for step in finished.steps.glob("[0-9]*"):
        assert (job.steps / step.name / "result.png").read_bytes() == (step / "result.png").read_bytes(), step.name
    assert kept and kept[0] == "0001"


@pytest.mark.parametrize(("settings", "missing"), [
    ({"fill": "DIFFUSION"}, "sd-inpainting"), ({"separator": "TAGS"}, "grounding-dino-tiny"),
    ({"separator": "DEPTH", "depth_model": "midas-small"}, "midas-small"),
    ({"fill": "DIFFUSION", "control": "controlnet-depth-sd", "inpaint_model": "sd-inpainting"}, "sd-inpainting")])
def test_a_model_that_is_not_here_is_said_with_what_to_click(source, tmp_path, settings, missing):
    job = created(tmp_path / "job", source, **settings)
    code, text = run(job, store.Store(tmp_path / "none"), HF_HOME=str(tmp_path / "nothing"))
    assert code == 1 and catalogue.model(missing).label in text and "Preferences" in text and "Traceback" not in text


def test_objects_without_models_are_said_and_the_rest_goes_on(source, tmp_path):
    job = created(tmp_path / "job", source, objects=[{"name": "Red", "tags": "red thing"}, {"name": "Main", "subject": True}])
    code, text = run(job, store.Store(tmp_path / "none"), HF_HOME=str(tmp_path / "nothing"))
    assert code == 0, text
    warned = told(job, "warning")
    assert any(text.startswith("Red is not lifted:") for text in warned) and any(text.startswith("Main is not lifted:") for text in warned)
    assert job.finished()
