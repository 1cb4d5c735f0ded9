"""Detection by words, with tiny models that really see: known boxes in known pictures, by both libraries."""

import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision.ops import nms
from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor, BertConfig, BertModel

from engine.errors import ParallaxError
from engine.neural import catalogue, detect, original_dino
from engine.neural.detect import Box
from engine.neural.store import Found, Store
from tests.neural.tiny import dino

SIZE = (0.25, 0.3)  # of the picture: what the seeing model says all things are
SHARE = (np.array([SIZE[0], SIZE[1]]) / 2.0).tolist()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folders and files of the same seeing model in both forms, and a store that knows BERT's words."""
    place = tmp_path_factory.mktemp("dino")
    model = dino.seeing_model(size=SIZE)
    dino.save_folder(model, place / "folder")
    dino.save_file(model, place / "dino.pth")
    dino.save_words(model, place / "bert")
    Store(place / "models").choose("bert-base-uncased", str(place / "bert"))
    return place


@pytest.fixture(scope="module")
def folder(made):
    return detect.load(Found(made / "folder"), Store(made / "models"))


@pytest.fixture(scope="module")
def original(made):
    return detect.load(Found(made / "dino.pth"), Store(made / "models"))


def picture(height, width, **patches):
    """Grey, with patches x0, y0, x1, y1 of the colours."""
    made = np.full((height, width, 3), dino.GREY, np.uint8)
    for colour, (x0, y0, x1, y1) in patches.items():
        made[y0:y1, x0:x1] = dino.COLOURS[colour]
    return made


def around(x, y, width, height):
    """The box that the seeing model says is around a place, in pixels, cut to the picture."""
    return (max(0.0, x - SHARE[0] * width), max(0.0, y - SHARE[1] * height), min(width, x + SHARE[0] * width),
            min(height, y + SHARE[1] * height))


def corners(box):
    return (box.x0, box.y0, box.x1, box.y1)


# Pictures of 4 x 6 cells for the folder's size, and one that the authors' way scales to cells of 8 pixels.
TWO = picture(160, 240, red=(80, 40, 120, 80), blue=(200, 120, 240, 160))
TALL = picture(240, 160, green=(40, 160, 80, 200))
SMALL = picture(100, 150, red=(40, 24, 48, 32), blue=(96, 64, 104, 72))


def test_each_thing_is_found_where_it_is_by_its_own_word(folder):
    found = folder.boxes(TWO, ("a boat", "red thing", "blue"), 0.3, 0.25)
    assert sorted(box.phrase for box in found) == ["blue", "red thing"]
    at = {box.phrase: corners(box) for box in found}
    assert at["red thing"] == pytest.approx(around(100, 60, 240, 160), abs=1e-3)
    assert at["blue"] == pytest.approx(around(220, 140, 240, 160), abs=1e-3)  # cut at two edges
    assert found[0].score >= found[1].score > 0.9


def test_a_tall_picture_has_its_own_scale(folder):
    (box,) = folder.boxes(TALL, ("green",), 0.3, 0.25)
    assert corners(box) == pytest.approx(around(60, 180, 160, 240), abs=1e-3)


@pytest.mark.parametrize("scale", [0.5, 3])
def test_a_picture_of_another_size_has_the_same_boxes_in_its_own_pixels(folder, scale):
    size = (round(240 * scale), round(160 * scale))
    other = np.asarray(Image.fromarray(TWO).resize(size, Image.Resampling.NEAREST))
    for box in folder.boxes(other, ("red",), 0.3, 0.25):
        assert corners(box) == pytest.approx(tuple(scale * x for x in around(100, 60, 240, 160)), abs=1e-2)


def test_the_authors_own_code_finds_the_same(original):
    found = original.boxes(SMALL, ("red thing", "blue", "tree"), 0.3, 0.25)
    at = {box.phrase: corners(box) for box in found}
    assert sorted(at) == ["blue", "red thing"] and len(found) == 2
    x, y = (150 / 19, 100 / 13)  # scaled to 1200 x 800 it has that many cells, the last ones cut
    assert at["red thing"] == pytest.approx(around(5.5 * x, 3.5 * y, 150, 100), abs=1e-3)
    assert at["blue"] == pytest.approx(around(12.5 * x, 8.5 * y, 150, 100), abs=1e-3)


def test_two_libraries_agree_about_a_model_with_random_weights(tmp_path):
    model = dino.random_model()
    Store(tmp_path / "models").choose("bert-base-uncased", str(dino.save_words(model, tmp_path / "bert")))
    ours = detect.load(Found(dino.save_folder(model, tmp_path / "folder")), Store(tmp_path / "models"))._network
    theirs = detect.load(Found(dino.save_file(model, tmp_path / "dino.pth")), Store(tmp_path / "models"))._network
    seen = np.random.default_rng(0).integers(0, 256, (60, 90, 3)).astype(np.uint8)
    text = "a red boat. blue box. thing."
    assert ours.tokens(text) == theirs.tokens(text)
    count, pixels = len(ours.tokens(text)), ours.prepared(seen)
    (logits, places), (other_logits, other_places) = ours.answer(pixels, text), theirs.answer(pixels, text)
    assert np.abs(logits[:, :count]).max() > 1.0
    assert np.abs(logits[:, :count] - other_logits[:, :count]).max() < 1e-5 * np.abs(logits[:, :count]).max()
    assert np.abs(places - other_places).max() < 1e-5 and np.ptp(places, axis=0).min() > 0.01


def test_boxes_and_scores_are_the_librarys_own(folder, made):
    """A picture of many patches, with the library's own reading of its answers and torchvision's suppression."""
    random = np.random.default_rng(4)
    cells = np.array([dino.GREY, *dino.COLOURS.values()], np.uint8)[random.integers(0, 4, (4, 6))]
    many = np.repeat(np.repeat(cells, 40, axis=0), 40, axis=1)
    ours = folder.boxes(many, ("red",), 0.3, 0.25)
    model = AutoModelForZeroShotObjectDetection.from_pretrained(made / "folder").eval()
    processor = AutoProcessor.from_pretrained(made / "folder")
    with torch.no_grad():
        asked = processor(images=many, text="red.", return_tensors="pt")
        told = processor.post_process_grounded_object_detection(model(**asked), asked.input_ids, 0.3, 0.25, target_sizes=[(160, 240)])[0]
    places = told["boxes"].clamp(min=0).minimum(torch.tensor([240.0, 160.0, 240.0, 160.0]))
    real = ((places[:, 2:] - places[:, :2]) >= 1.0).all(dim=1)
    places, scores = places[real], told["scores"][real]
    kept = nms(places, scores, detect.SAME)
    assert len(kept) == len(ours) > 2
    wanted = sorted((*place, score) for place, score in zip(places[kept].tolist(), scores[kept].tolist()))
    assert sorted((*corners(box), box.score) for box in ours) == [pytest.approx(one, abs=1e-3) for one in wanted]


def test_the_box_threshold_says_how_sure_a_box_must_be(folder):
    scores = sorted(box.score for box in folder.boxes(TWO, ("red", "blue"), 0.0, 0.0) if box.score > 0.5)
    assert len(scores) == 2 and scores[0] < scores[1]
    between = (scores[0] + scores[1]) / 2.0
    assert [box.score for box in folder.boxes(TWO, ("red", "blue"), between, 0.0)] == [scores[1]]
    assert folder.boxes(TWO, ("red", "blue"), 0.9999, 0.0) == []


def test_the_word_threshold_says_how_sure_one_word_must_be(folder):
    (box,) = folder.boxes(TALL, ("green",), 0.3, 0.25)
    assert folder.boxes(TALL, ("green",), 0.3, box.score - 1e-6) == [box]
    assert folder.boxes(TALL, ("green",), 0.3, box.score + 1e-6) == []


def test_all_words_of_a_tag_count(folder):
    """Of two tags that share a word, the one of which all words fit is what the thing is called."""
    for tags in (("red", "red boat"), ("red boat", "red")):
        assert {box.phrase for box in folder.boxes(TWO, tags, 0.3, 0.25)} == {"red"}


def test_tags_keep_the_artists_own_writing(folder):
    found = folder.boxes(TWO, ("The RED  thing?", "blue. box", "...", ""), 0.3, 0.25)
    assert sorted(box.phrase for box in found) == ["The RED  thing?", "blue. box"]


def test_no_tags_find_nothing(folder):
    assert folder.boxes(TWO, (), 0.3, 0.25) == [] and folder.boxes(TWO, ("", " . "), 0.3, 0.25) == []


def test_a_picture_without_what_is_looked_for_has_no_boxes(folder):
    assert folder.boxes(picture(160, 240), ("red", "boat"), 0.3, 0.25) == []


def test_more_tags_than_fit_are_asked_in_several_rounds_and_in_any_order(folder):
    plain = [f"{a} {b} {c}" for a in ("boat", "tree", "sky", "box", "thing") for b in ("boat", "tree", "sky") for c in ("a", "the", "box")]
    tags = [*plain, *(f"{words} {words}" for words in plain), "zz", "red", "blue", "green"]
    assert sum(len(folder._network.tokens(tag)) - 1 for tag in tags) > 1.9 * folder._network.limit
    found = folder.boxes(TWO, tags, 0.3, 0.25)
    assert sorted(box.phrase for box in found) == ["blue", "red"]
    assert folder.boxes(TWO, tags[::-1], 0.3, 0.25) == found
    few = folder.boxes(TWO, ("blue", "red"), 0.3, 0.25)
    assert [corners(box) for box in few] == [pytest.approx(corners(box), abs=1e-3) for box in found]


def test_a_tag_as_long_as_a_book_is_refused(folder):
    with pytest.raises(ParallaxError, match="too long"):
        folder.boxes(TWO, ("red", "boat " * 300), 0.3, 0.25)


def test_of_boxes_around_one_thing_the_surest_stays():
    sure, same, other = Box("a", 0.9, 0, 0, 100, 100), Box("b", 0.8, 10, 10, 100, 100), Box("b", 0.7, 50, 0, 150, 100)
    assert detect.overlap(sure, same) == pytest.approx(0.81) and detect.overlap(sure, other) == pytest.approx(1 / 3)
    assert detect.merged([other, same, sure]) == [sure, other]
    within = Box("c", 0.95, 40, 40, 60, 60)
    assert detect.merged([sure, within]) == [within, sure]
    apart = Box("c", 0.5, 300, 300, 310, 310)
    assert detect.overlap(sure, apart) == 0.0 and detect.merged([apart, sure]) == [sure, apart]


def test_it_says_its_size_and_moves(folder, original):
    assert folder.size == pytest.approx(original.size, rel=0.01) and folder.size > 1e6
    assert folder.to("cpu") is folder and original.to("cpu") is original


def test_a_model_of_the_catalogue_is_read_as_it_says(made, folder):
    known = catalogue.model("grounding-dino-tiny")
    assert detect.load(Found(made / "folder", known), Store(made / "models")).boxes(TWO, ("red",), 0.3, 0.25) == folder.boxes(
        TWO, ("red",), 0.3, 0.25)
    theirs = catalogue.model("groundingdino-swint-ogc")
    assert detect.load(Found(made / "dino.pth", theirs), Store(made / "models")).size > 1e6


PUBLISHED = {  # by the authors' configurations: width, blocks and heads of the backbone, its window
    "Swin-T": (96, (2, 2, 6, 2), (3, 6, 12, 24), 7), "Swin-B": (128, (2, 2, 18, 2), (4, 8, 16, 32), 12),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_size_of_a_model_is_told_by_its_file(name):
    """Of files as large as the published ones, of which only the shapes are made."""
    width, blocks, heads, window = PUBLISHED[name]
    shapes = {"transformer.level_embed": (4, 256), "transformer.tgt_embed.weight": (900, 256),
              "transformer.encoder.layers.0.self_attn.attention_weights.weight": (128, 256),
              "transformer.encoder.layers.0.linear1.weight": (2048, 256), "backbone.0.patch_embed.proj.weight": (width, 3, 4, 4)}
    shapes |= {f"transformer.{part}.layers.{i}.norm1.bias": (256,) for part in ("encoder", "decoder") for i in range(6)}
    for stage, count in enumerate(blocks):
        table = ((2 * window - 1) ** 2, heads[stage])
        shapes |= {f"backbone.0.layers.{stage}.blocks.{i}.attn.relative_position_bias_table": table for i in range(count)}
    form = original_dino._form({key: torch.empty(shape, device="meta") for key, shape in shapes.items()})
    assert form == {
        "swin": {"embed_dim": width, "depths": list(blocks), "num_heads": list(heads), "window_size": window}, "hidden_dim": 256,
        "num_feature_levels": 4, "num_queries": 900, "enc_layers": 6, "dec_layers": 6, "dim_feedforward": 2048, "nheads": 8,
        "enc_n_points": 4, "dec_n_points": 4}


def test_the_authors_weights_are_read_from_safetensors_too(made, original):
    weights = dino.official(dino.seeing_model(size=SIZE))
    save_file({key: one.contiguous().clone() for key, one in weights.items()}, made / "dino.safetensors")
    found = detect.load(Found(made / "dino.safetensors"), Store(made / "models"))
    assert found.boxes(SMALL, ("red",), 0.3, 0.25) == original.boxes(SMALL, ("red",), 0.3, 0.25) != []


def test_neither_drawing_nor_counting_tools_are_imported(original):
    assert not {"supervision", "pycocotools", "matplotlib"} & {name.partition(".")[0] for name in sys.modules}
    assert "groundingdino.util.visualizer" not in sys.modules


# Files that are not as they should be


class Trap:
    """What runs when a pickle is opened without care."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def refused(path, made, store=None):
    with pytest.raises(ParallaxError) as told:
        detect.load(Found(path), Store(store or made / "models"))
    assert str(path.name) in str(told.value) or store
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_file_with_a_program_in_it_is_refused_and_not_run(made, tmp_path):
    marker = tmp_path / "it ran"
    weights = torch.load(made / "dino.pth", weights_only=True)
    torch.save({**weights, "trap": Trap(marker)}, tmp_path / "trap.pth")
    assert "program code" in refused(tmp_path / "trap.pth", made)
    assert not marker.exists()


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 short", b"\x80\x02}q\x00."], ids=["empty", "text", "zip", "pickle"])
def test_a_damaged_file_is_refused(made, tmp_path, content):
    (tmp_path / "dino.pth").write_bytes(content)
    refused(tmp_path / "dino.pth", made)


def test_a_file_that_was_cut_short_is_refused(made, tmp_path):
    whole = (made / "dino.pth").read_bytes()
    (tmp_path / "dino.pth").write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refused(tmp_path / "dino.pth", made)


@pytest.mark.parametrize("changed", ["another's", "one is missing", "one is more", "other shapes", "no tensors"])
def test_weights_of_another_model_are_refused(made, tmp_path, changed):
    weights = torch.load(made / "dino.pth", weights_only=True)["model"]
    if changed == "another's":
        weights = {"image_encoder.pos_embed": torch.zeros(3)}
    elif changed == "one is missing":
        del weights["module.transformer.encoder.layers.0.norm2.bias"]
    elif changed == "one is more":
        weights["module.transformer.encoder.layers.0.norm9.bias"] = torch.zeros(3)
    elif changed == "other shapes":
        weights["module.feat_map.weight"] = torch.zeros(5, 7)
    else:
        weights = {"epoch": 3}
    torch.save({"model": weights}, tmp_path / "dino.pth")
    refused(tmp_path / "dino.pth", made)


@pytest.mark.parametrize("file, content", [
    ("config.json", b"{"), ("config.json", b'{"model_type": "bert"}'), ("model.safetensors", b"\0" * 200), ("tokenizer.json", b"{"),
    ("config.json", None), ("model.safetensors", None),
])
def test_a_damaged_folder_is_refused(made, tmp_path, file, content):
    for one in (made / "folder").iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    refused(tmp_path, made)


def test_a_folder_of_another_model_is_refused(made, tmp_path):
    BertModel(BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)).save_pretrained(tmp_path)
    refused(tmp_path, made)


def test_a_folder_whose_weights_are_another_models_is_refused(made, tmp_path):
    """The library would go on with random numbers."""
    for one in (made / "folder").iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    save_file({"something.else": torch.zeros(3)}, tmp_path / "model.safetensors", {"format": "pt"})
    refused(tmp_path, made)


def test_without_berts_words_it_is_said_what_to_fetch(made, tmp_path):
    told = refused(made / "dino.pth", made, tmp_path / "no models")
    assert re.search(r"BERT.*not on this computer.*fetch", told)


def test_damaged_words_are_refused(made, tmp_path):
    (tmp_path / "bert").mkdir()
    for one in (made / "bert").iterdir():
        (tmp_path / "bert" / one.name).write_bytes(b"{" if one.suffix == ".json" else b"")
    known = Path(made / "models" / "chosen.json").read_text()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "chosen.json").write_text(known.replace(str(made / "bert"), str(tmp_path / "bert")))
    assert "fetch BERT" in refused(made / "dino.pth", made, tmp_path / "models")
