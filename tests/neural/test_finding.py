"""From words to shapes in a whole job: tiny models that really see, loaded from their files by the studio that the worker opens."""

import json

import numpy as np
import pytest
from PIL import Image

from engine import picture as pictures
from engine import worker
from engine.job import Job
from engine.neural import device
from engine.neural.store import Store
from engine.neural.studio import Studio
from tests.neural.tiny import dino, sam
from tests.support.settings import plain

RED, GREEN = (120, 40, 160, 80), (200, 120, 240, 160)  # x0, y0, x1, y1: each one cell of what the detector tells apart


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Settings that name the models: of the hub's kind, and of the authors' own."""
    place = tmp_path_factory.mktemp("models")
    detector, segmenter = dino.seeing_model(size=(0.2, 0.3)), sam.seeing_model()
    return {"detector": str(dino.save_folder(detector, place / "dino")), "segmenter": str(sam.save_file(segmenter, place / "sam.pth"))}


@pytest.fixture(scope="module")
def shown():
    """A red and a green thing on grey, which is a little rough."""
    made = np.full((160, 240, 3), dino.GREY, np.uint8) + np.random.default_rng(0).integers(0, 5, (160, 240, 1)).astype(np.uint8)
    for colour, (x0, y0, x1, y1) in (("red", RED), ("green", GREEN)):
        made[y0:y1, x0:x1] = dino.COLOURS[colour]
    return made


def inside(place, rim=0, shape=(160, 240)):
    """(H, W) bool: a place grown by some pixels."""
    x0, y0, x1, y1 = place
    mask = np.zeros(shape, bool)
    mask[max(0, y0 - rim) : y1 + rim, max(0, x0 - rim) : x1 + rim] = True
    return mask


def is_around(mask, place):
    """Whether a mask is a place, but for eight pixels at its border: the segmenter tells squares of that size apart."""
    return not mask[~inside(place, 8)].any() and mask[inside(place, -8)].all()


def test_the_studio_finds_shapes_by_words(models, shown):
    settings = plain(models)
    eyes = Studio(settings, Store("no models"), device.choose("cpu"), lambda: None, lambda share: None)
    found = eyes.find(shown, ("green box", "red thing", "boat"))
    assert sorted(one.phrase for one in found) == ["green box", "red thing"]
    for one in found:
        assert is_around(one.mask >= 128, RED if one.phrase == "red thing" else GREEN)
        assert one.mask.dtype == np.uint8 and 0.9 < one.score <= 1.0
        x0, y0, x1, y1 = one.box
        assert 0.0 <= x0 < x1 <= 240.0 and 0.0 <= y0 < y1 <= 160.0


def test_a_job_lifts_by_words_and_makes_layers_by_words(models, shown, tmp_path):
    Image.fromarray(shown).save(tmp_path / "picture.png")
    settings = plain({
        **models, "objects": [{"name": "Red", "tags": "red thing"}, {"name": "Cow", "tags": "sky"}], "separator": "TAGS",
        "layer_tags": "green box, red thing", "layers": 2, "direction": 180.0})
    job = Job.create(tmp_path / "job", tmp_path / "picture.png", settings, only="split")
    ending = worker.run(job)
    assert ending.kind == "done", ending.text
    said = [event.text for event in job.read_events()[0] if event.kind == "warning"]
    assert any(text.startswith("Cow is not lifted: nothing was found for sky") for text in said)
    assert "Nothing was found for: red thing" in said, "it is gone from the picture that layers are made of"
    layers = json.loads((job.split / "split.json").read_text())["layers"]
    assert sorted(layer["name"] for layer in layers) == ["Red", "green box", "rest"]
    about, cut = json.loads((job.objects / "01.json").read_text()), pictures.load_png(job.objects / "01.png")
    alpha = np.zeros((160, 240), np.uint8)
    alpha[about["y"] : about["y"] + cut.shape[0], about["x"] : about["x"] + cut.shape[1]] = cut[..., 3]
    assert is_around(alpha >= 128, RED)
    green = next(layer["index"] for layer in layers if layer["name"] == "green box")
    labels = pictures.load_png(job.labels)
    assert green in (0, 1) and is_around(labels == labels[140, 220], GREEN)
