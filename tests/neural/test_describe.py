"""A picture in words, and what is left out of them."""

import numpy as np
import pytest
import torch

from engine.errors import ParallaxError
from engine.inpaint import Hole
from engine.neural import describe
from engine.neural.store import Found
from tests.neural.tiny.blip import WORDS, blip

NOISE = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return blip(tmp_path_factory.mktemp("blip"))


def test_a_model_that_was_saved_describes_a_picture_the_same_every_time(folder):
    captioner = describe.load(Found(folder)).to("cpu")
    told = captioner.words(NOISE)
    assert told and set(told.split()) <= set(WORDS)
    assert describe.load(Found(folder)).words(NOISE) == told
    assert captioner.size == (folder / "model.safetensors").stat().st_size


def test_weights_as_pickles_are_not_read(folder, tmp_path):
    for file in folder.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save({"x": torch.zeros(1)}, tmp_path / "pytorch_model.bin")
    with pytest.raises(ParallaxError, match="fetch it again, or choose another"):
        describe.load(Found(tmp_path))


@pytest.mark.parametrize("damage", [b"", b"nonsense"])
def test_a_damaged_model_is_said(folder, tmp_path, damage):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(damage if file.suffix == ".safetensors" else file.read_bytes())
    with pytest.raises(ParallaxError, match="damaged"):
        describe.load(Found(tmp_path))


@pytest.mark.parametrize(("told", "words", "left"), [
    ("a church by the river with trees", ["church"], "by the river with trees"),
    ("a river with a church", ["church"], "a river"),
    ("a river and two churches", ["Church"], "a river"),
    ("the old town and a church, at night", ["church"], "the old town, at night"),
    ("a painting of a man on a horse", ["man", "horse"], "a painting"),
    ("a churchyard in the snow", ["church"], "a churchyard in the snow"),
    ("a hot air balloon over a field", ["hot air balloon", "balloon"], "over a field"),
    ("church", ["church"], ""),
    ("a busy street", ["bus"], "a busy street"),
])
def test_words_of_what_was_lifted_out_are_left_out(told, words, left):
    assert describe.without(told, words) == left


class Telling:
    """An inpainter that keeps what it was told."""

    name = "telling"

    def __init__(self):
        self.prompts = []

    def paint(self, hole):
        self.prompts.append(hole.prompt)
        return hole.picture


def test_the_description_stands_behind_the_prompt_and_is_of_the_whole_scene():
    inner, seen = Telling(), []

    def tell(picture):
        seen.append(picture)
        return "a church by the river"

    painter = describe.Described(inner, tell, "blip", ["church"])
    mask = np.zeros(NOISE.shape[:2], bool)
    mask[:, :10] = True
    painter.paint(Hole(NOISE, mask, prompt="an oil painting", scene=NOISE[:20]))
    painter.paint(Hole(NOISE, mask))
    assert inner.prompts == ["an oil painting, by the river", "by the river"]
    assert np.array_equal(seen[0], NOISE[:20])
    assert seen[1].shape == NOISE.shape and np.array_equal(seen[1][:, 10:], NOISE[:, 10:])
    assert np.abs(seen[1][:, :10].astype(int) - 127).max() < np.abs(NOISE[:, :10].astype(int) - 127).max(), "the hole is filled smoothly"
    assert "blip" in painter.name and "church" in painter.name and inner.name in painter.name


def test_outlines_are_not_described():
    inner = Telling()
    mask = np.zeros(NOISE.shape[:2], bool)
    mask[:, :10] = True
    describe.Described(inner, lambda picture: "a church", "blip").paint(Hole(NOISE, mask, outline=True))
    assert inner.prompts == [""]
