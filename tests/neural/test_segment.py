"""Shapes in boxes, with tiny models: known shapes, the libraries' own answers, and files that are not as they should be."""

import os

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from segment_anything import SamPredictor, sam_model_registry
from transformers import BertConfig, BertModel, Sam2Model, Sam2Processor, SamModel, SamProcessor

from engine.errors import ParallaxError
from engine.neural import catalogue, segment
from engine.neural.detect import Box
from engine.neural.store import Found
from tests.neural.tiny import sam

GREY, RED, BLUE = (124, 116, 104), (230, 60, 50), (50, 80, 220)
KINDS = ("folder", "sam.pth")


@pytest.fixture(scope="module")
def seeing(tmp_path_factory):
    """The same seeing model as a folder and as a file."""
    place = tmp_path_factory.mktemp("sam")
    model = sam.seeing_model()
    sam.save_folder(model, place / "folder")
    sam.save_file(model, place / "sam.pth")
    return place


@pytest.fixture(scope="module")
def chance(tmp_path_factory):
    """The same random model as a folder and as a file, and a random SAM 2."""
    place = tmp_path_factory.mktemp("chance")
    model = sam.random_model()
    sam.save_folder(model, place / "folder")
    sam.save_file(model, place / "sam.pth")
    sam.save_folder(sam.random_model_2(), place / "sam2")
    return place


def loaded(path):
    return segment.load(Found(path))


def picture(height, width, *patches):
    made = np.full((height, width, 3), GREY, np.uint8)
    for colour, (x0, y0, x1, y1) in patches:
        made[y0:y1, x0:x1] = colour
    return made


def box(x0, y0, x1, y1):
    return Box("thing", 0.5, x0, y0, x1, y1)


def noise(height=60, width=90, seed=0):
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 10, width // 10, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.NEAREST))


# Of pictures of these sizes, whose longer side is scaled to 256, the patches are patches of the model: 8 pixels there.
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("height, width, unit", [(128, 256, 8), (256, 192, 8), (96, 128, 4), (384, 512, 16)])
def test_the_shape_in_a_box_is_found_where_it_is(seeing, kind, height, width, unit):
    x0, y0, x1, y1 = 3 * unit, 4 * unit, 7 * unit, 6 * unit
    found = loaded(seeing / kind)
    found.embed(picture(height, width, (RED, (x0, y0, x1, y1)), (BLUE, (11 * unit, unit, 13 * unit, 3 * unit))))
    mask = found.mask(box(x0, y0, x1, y1))
    assert mask.shape == (height, width) and mask.dtype == np.uint8
    wanted = np.zeros((height, width), bool)
    wanted[y0:y1, x0:x1] = True
    rim = 2 if unit == 16 else 0  # scaled down, a picture's edges are blurred
    assert (mask[y0 + rim : y1 - rim, x0 + rim : x1 - rim] >= 128).all()
    wanted[y0 - rim : y1 + rim, x0 - rim : x1 + rim] = True
    assert not (mask[~wanted] >= 128).any()
    inner = mask[y0 + unit // 2 : y1 - unit // 2, x0 + unit // 2 : x1 - unit // 2]
    assert inner.min() > 250


@pytest.mark.parametrize("kind", KINDS)
def test_several_boxes_are_asked_of_one_embedding(seeing, kind):
    found = loaded(seeing / kind)
    red, blue = (24, 32, 56, 48), (160, 64, 200, 112)
    found.embed(picture(128, 256, (RED, red), (BLUE, blue)))
    masks = [found.mask(box(*place)) >= 128 for place in (red, blue, red)]
    assert masks[0][32:48, 24:56].all() and masks[0].sum() == 16 * 32
    assert masks[1][64:112, 160:200].all() and masks[1].sum() == 48 * 40
    assert np.array_equal(masks[0], masks[2])


def test_what_lies_far_outside_of_the_box_is_another_thing(seeing):
    found = loaded(seeing / "folder")
    found.embed(picture(128, 256, (RED, (24, 32, 56, 48)), (RED, (160, 64, 200, 112))))
    assert not found.mask(box(20, 30, 60, 50))[:, 100:].any()


@pytest.mark.parametrize("place", [(0, 0, 24, 16), (232, 112, 256, 128), (0, 0, 256, 128), (-3.0, 40.0, 300.0, 60.0)], ids=str)
def test_boxes_at_the_frame_s_edge_and_around_all(seeing, place):
    whole = np.full((128, 256, 3), BLUE, np.uint8)
    found = loaded(seeing / "folder")
    found.embed(whole)
    x0, y0, x1, y1 = (round(x) for x in np.clip(place, 0, (256, 128, 256, 128)))
    assert (found.mask(box(*place))[y0:y1, x0:x1] >= 128).all()


def test_a_new_picture_is_looked_at_anew(seeing):
    found = loaded(seeing / "folder")
    found.embed(picture(128, 256, (RED, (24, 32, 56, 48))))
    found.embed(picture(96, 64, (BLUE, (24, 24, 48, 48))))
    mask = found.mask(box(24, 24, 48, 48))
    assert mask.shape == (96, 64) and (mask[30:40, 30:40] >= 128).all()


def test_an_edge_is_as_soft_as_the_network_is_unsure(tmp_path):
    """Between two cells of the network's grid its answer goes over from sure to sure."""
    found = loaded(sam.save_folder(sam.seeing_model(sure=2.0), tmp_path))
    found.embed(picture(512, 1024, (RED, (256, 128, 512, 256))))
    mask = found.mask(box(256, 128, 512, 256))
    row = mask[192, 236:276].astype(int)
    assert (np.diff(row) >= 0).all() and row[0] < 8 and row[-1] > 245 and ((row > 20) & (row < 235)).sum() >= 3


def test_the_masks_are_the_authors_own(chance):
    """As `SamPredictor` says of a model that is built by the authors' classes."""
    found, seen = loaded(chance / "sam.pth"), noise()
    found.embed(seen)
    theirs = SamPredictor(found._network._predictor.model)
    theirs.set_image(seen)
    for place in ((10.0, 5.0, 60.0, 50.0), (30.5, 20.25, 80.0, 59.0)):
        logits = theirs.predict(box=np.array(place), multimask_output=False, return_logits=True)[0][0]
        x0, y0, x1, y1 = (round(x) for x in place)
        part = np.s_[y0:y1, x0:x1]
        assert np.ptp(logits[part]) > 0.1
        assert np.abs(found.mask(box(*place))[part] - 255.0 / (1.0 + np.exp(-logits[part]))).max() <= 0.51


@pytest.mark.parametrize("name, kind, processor", [("folder", SamModel, SamProcessor), ("sam2", Sam2Model, Sam2Processor)])
def test_the_masks_are_transformers_own(chance, name, kind, processor):
    found, seen, place = loaded(chance / name), noise(), (10.0, 5.0, 60.0, 50.0)
    found.embed(seen)
    model, prepared = kind.from_pretrained(chance / name).eval(), processor.from_pretrained(chance / name)
    asked = prepared(images=seen.copy(), input_boxes=[[list(place)]], return_tensors="pt")
    with torch.no_grad():
        told = model(pixel_values=asked["pixel_values"], input_boxes=asked["input_boxes"].float(), multimask_output=False).pred_masks
    sizes = [asked["original_sizes"], *([asked["reshaped_input_sizes"]] if name == "folder" else [])]
    logits = prepared.image_processor.post_process_masks([told[0]], *sizes, binarize=False)[0][0, 0].numpy()
    part = np.s_[5:50, 10:60]
    assert np.ptp(logits[part]) > 0.1
    assert np.abs(found.mask(box(*place))[part] - 255.0 / (1.0 + np.exp(-logits[part]))).max() <= 0.51


def test_two_libraries_agree_about_a_model_with_random_weights(chance):
    ours, theirs, seen = loaded(chance / "folder"), loaded(chance / "sam.pth"), noise(64, 64)
    seen = np.asarray(Image.fromarray(seen).resize((256, 192), Image.Resampling.NEAREST))  # not scaled by either, as that differs
    for one in (ours, theirs):
        one.embed(seen)
    a, b = (one.mask(box(40, 30, 200, 150)).astype(int) for one in (ours, theirs))
    assert np.ptp(a[40:140, 50:190]) > 20 and np.abs(a - b).max() <= 1


@pytest.mark.parametrize("layers, heads", [(2, 2), (4, 2)])
def test_the_size_of_a_model_is_told_by_its_file(tmp_path, layers, heads):
    model = sam.random_model(layers=layers)
    found = loaded(sam.save_file(model, tmp_path / "sam.pth"))
    built = found._network._predictor.model.image_encoder
    assert (len(built.blocks), built.blocks[0].attn.num_heads, built.img_size) == (layers, heads, sam.SIDE)
    windows = [block.window_size for block in built.blocks]
    assert windows == [0 if i == layers - 2 else 5 for i in range(layers)]
    assert found.size == pytest.approx(sum(one.numel() * 4 for one in model.parameters()), rel=0.01)


@pytest.mark.parametrize("name", ["vit_b", "vit_l", "vit_h"])
def test_the_published_sizes_are_told_by_their_files(name):
    """By the authors' own builders, of whose models only the shapes are made."""
    with torch.device("meta"):
        theirs = sam_model_registry[name]()
        ours = segment._built(theirs.state_dict())
    shapes = [{key: one.shape for key, one in model.state_dict().items()} for model in (theirs, ours)]
    assert shapes[0] == shapes[1]
    for a, b in zip(theirs.image_encoder.blocks, ours.image_encoder.blocks, strict=True):
        assert (a.window_size, a.attn.num_heads, a.attn.use_rel_pos) == (b.window_size, b.attn.num_heads, b.attn.use_rel_pos)
    assert theirs.image_encoder.img_size == ours.image_encoder.img_size == 1024
    heads = [model.mask_decoder.transformer.layers[0].self_attn.num_heads for model in (theirs, ours)]
    assert heads[0] == heads[1] and theirs.prompt_encoder.mask_input_size == ours.prompt_encoder.mask_input_size


def test_the_authors_weights_are_read_from_safetensors_too(seeing, tmp_path):
    save_file(sam.official(sam.seeing_model()), tmp_path / "sam.safetensors")
    found = loaded(tmp_path / "sam.safetensors")
    found.embed(picture(128, 256, (RED, (24, 32, 56, 48))))
    assert (found.mask(box(24, 32, 56, 48)) >= 128).sum() == 16 * 32


@pytest.mark.parametrize("name", ["folder", "sam.pth", "sam2"])
def test_half_precision_sees_nearly_the_same(chance, name, monkeypatch):
    found, seen = loaded(chance / name), noise()
    found.embed(seen)
    full = found.mask(box(10, 5, 60, 50)).astype(int)
    monkeypatch.setattr(segment, "HALF", ("cpu",))
    found.to("cpu").embed(seen)
    half = found.mask(box(10, 5, 60, 50)).astype(int)
    assert np.ptp(full) > 20 and 0 < np.abs(full - half).max() < 12


def test_numbers_too_large_for_half_precision_are_found_in_full(chance, monkeypatch):
    """A weight that half precision cannot hold in the picture's features."""
    found, seen = loaded(chance / "sam.pth"), noise()
    with torch.no_grad():
        found._network._predictor.model.image_encoder.patch_embed.proj.weight[0] *= 1e6
    found.embed(seen)
    full = found.mask(box(10, 5, 60, 50))
    monkeypatch.setattr(segment, "HALF", ("cpu",))
    found.to("cpu").embed(seen)
    assert np.array_equal(found.mask(box(10, 5, 60, 50)), full) and full.any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_embedded_once_for_all_that_is_looked_for_in_it(seeing, kind):
    found, calls = loaded(seeing / kind), []
    network = found._network._module.vision_encoder if kind == "folder" else found._network._predictor.model.image_encoder
    network.register_forward_pre_hook(lambda module, given: calls.append(1))
    seen, place = picture(128, 256, (RED, (24, 32, 56, 48))), box(24, 32, 56, 48)
    masks = []
    for _ in range(3):
        found.embed(seen.copy())
        masks.append(found.mask(place))
    assert len(calls) == 1 and masks[0].any() and all(np.array_equal(one, masks[0]) for one in masks)
    seen[0, 0, 0] ^= 1
    found.embed(seen)
    assert len(calls) == 2
    found.to("cpu").embed(seen)
    assert len(calls) == 3


def test_it_moves_and_forgets_what_it_saw(seeing):
    found = loaded(seeing / "folder")
    found.embed(picture(128, 256))
    assert found.to("cpu") is found
    with pytest.raises(RuntimeError, match="embed"):
        found.mask(box(0, 0, 10, 10))


def test_models_of_the_catalogue_are_read_as_it_says(seeing):
    for key, path in (("sam-vit-base", seeing / "folder"), ("sam-vit-b-original", seeing / "sam.pth")):
        found = segment.load(Found(path, catalogue.model(key)))
        found.embed(picture(128, 256, (RED, (24, 32, 56, 48))))
        assert (found.mask(box(24, 32, 56, 48)) >= 128).sum() == 16 * 32


def test_sam_2_as_the_hub_names_it_is_read(chance, tmp_path):
    """Its folders there say that they are of the kind that follows things through a video."""
    for one in (chance / "sam2").iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    config = (tmp_path / "config.json").read_text()
    assert '"model_type": "sam2"' in config
    (tmp_path / "config.json").write_text(config.replace('"model_type": "sam2"', '"model_type": "sam2_video"'))
    seen, (named, plain) = noise(), (loaded(tmp_path), loaded(chance / "sam2"))
    for one in (named, plain):
        one.embed(seen)
    assert np.array_equal(named.mask(box(10, 5, 60, 50)), plain.mask(box(10, 5, 60, 50)))


# Files that are not as they should be


class Trap:
    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def refused(path):
    with pytest.raises(ParallaxError) as told:
        loaded(path)
    assert str(path) in str(told.value) and "\n" not in str(told.value)
    return str(told.value)


def test_a_file_with_a_program_in_it_is_refused_and_not_run(seeing, tmp_path):
    marker = tmp_path / "it ran"
    torch.save({**torch.load(seeing / "sam.pth", weights_only=True), "trap": Trap(marker)}, tmp_path / "sam.pth")
    assert "program code" in refused(tmp_path / "sam.pth")
    assert not marker.exists()


@pytest.mark.parametrize("content", [b"", b"no weights"])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "sam.pth").write_bytes(content)
    refused(tmp_path / "sam.pth")


def test_a_file_that_was_cut_short_is_refused(seeing, tmp_path):
    whole = (seeing / "sam.pth").read_bytes()
    (tmp_path / "sam.pth").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "sam.pth")


@pytest.mark.parametrize("changed", ["another's", "one is missing", "one is more", "other shapes"])
def test_weights_of_another_model_are_refused(seeing, tmp_path, changed):
    weights = torch.load(seeing / "sam.pth", weights_only=True)
    if changed == "another's":
        weights = {"transformer.level_embed": torch.zeros(3)}
    elif changed == "one is missing":
        del weights["mask_decoder.iou_token.weight"]
    elif changed == "one is more":
        weights["mask_decoder.hf_token.weight"] = torch.zeros(3)
    else:
        weights["mask_decoder.iou_token.weight"] = torch.zeros(5, 7)
    torch.save(weights, tmp_path / "sam.pth")
    refused(tmp_path / "sam.pth")


@pytest.mark.parametrize("file, content", [
    ("config.json", b"{"), ("config.json", b'{"model_type": "bert"}'), ("model.safetensors", b"\0" * 200), ("model.safetensors", None),
    ("config.json", None), ("processor_config.json", b"{"),
])
def test_a_damaged_folder_is_refused(seeing, tmp_path, file, content):
    for one in (seeing / "folder").iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    refused(tmp_path)


def test_a_folder_of_another_model_or_with_anothers_weights_is_refused(seeing, tmp_path):
    BertModel(BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)).save_pretrained(tmp_path / "bert")
    refused(tmp_path / "bert")
    (tmp_path / "sam").mkdir()
    for one in (seeing / "folder").iterdir():
        (tmp_path / "sam" / one.name).write_bytes(one.read_bytes())
    save_file({"something.else": torch.zeros(3)}, tmp_path / "sam" / "model.safetensors", {"format": "pt"})
    refused(tmp_path / "sam")
