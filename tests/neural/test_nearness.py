"""Models that estimate depth: official files and folders load and say what their networks say; what is no such model is refused."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import AutoImageProcessor, AutoModelForDepthEstimation, BertConfig, BertModel, GLPNConfig, GLPNForDepthEstimation

from engine import depth_map, masks
from engine.errors import ParallaxError
from engine.neural import nearness
from engine.neural.store import Found
from tests.neural.tiny import midas as tiny

NOISE = np.random.default_rng(0)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return tiny.small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def brightness(tmp_path_factory):
    return nearness.load(Found(tiny.brightness(tmp_path_factory.mktemp("brightness"))))


@pytest.fixture(scope="module")
def hybrid(tmp_path_factory):
    reference = tiny.reference_hybrid()
    return reference, tiny.hybrid(tmp_path_factory.mktemp("hybrid"), reference)


@pytest.fixture(scope="module")
def anything(tmp_path_factory):
    return tiny.depth_anything(tmp_path_factory.mktemp("anything"))


def blobs(width, height, seed=0):
    """A picture of soft blots, (height, width, 3) uint8."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def test_the_official_file_of_midas_small_has_these_keys(small):
    keys = set(torch.load(small, weights_only=True))
    assert len(keys) == 482
    assert keys >= {
        "pretrained.layer1.0.weight", "pretrained.layer1.1.running_var", "pretrained.layer1.3.0.conv_dw.weight",
        "pretrained.layer1.4.2.conv_pwl.weight", "pretrained.layer2.0.0.bn3.bias", "pretrained.layer3.1.4.conv_pw.weight",
        "pretrained.layer4.1.0.bn3.num_batches_tracked", "scratch.layer4_rn.weight", "scratch.refinenet4.resConfUnit1.conv1.bias",
        "scratch.refinenet1.out_conv.weight", "scratch.output_conv.0.weight", "scratch.output_conv.2.weight", "scratch.output_conv.4.bias"}


def test_midas_small_sees_with_the_weights_of_the_file(small):
    estimator = nearness.load(Found(small)).to("cpu")
    found = estimator.nearness(blobs(120, 80))
    assert found.shape == (80, 120) and found.dtype == np.float32
    assert found.min() == 0.0 and found.max() == 1.0
    assert np.array_equal(found, nearness.load(Found(small)).nearness(blobs(120, 80)))
    weights = {name: value for name, value in torch.load(small, weights_only=True).items() if "running" not in name and "num_" not in name}
    assert estimator.size == sum(4 * value.numel() for value in weights.values())


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (253, 131), (131, 253), (64, 64), (34, 18), (700, 40)])
def test_what_a_network_sees_as_near_is_near_and_where_it_is(brightness, size):
    width, height = size
    picture = np.full((height, width, 3), 40, np.uint8)
    columns, rows = slice(width // 2, None), slice(0, height // 2)
    picture[rows, columns] = 220
    found = brightness.nearness(picture)
    assert found.shape == (height, width)
    true = np.zeros((height, width))
    true[rows, columns] = 1.0
    x, y = (int(np.ceil(16 * ours / its)) for ours, its in zip(size, nearness.fitting(width, height, 256, 32)))  # it enlarges itself
    edge = masks.grow(true > 0, x, x, y, y) & masks.grow(true == 0, x, x, y, y)
    assert edge.mean() < 0.8
    assert np.abs(found - true)[~edge].max() < 0.05


def test_brightness_is_seen_in_proportion(brightness):
    ramp = np.linspace(20, 235, 320)
    picture = np.repeat(np.repeat(np.rint(ramp)[None, :, None], 200, axis=0), 3, axis=2).astype(np.uint8)
    assert np.abs(brightness.nearness(picture) - np.linspace(0, 1, 320)).max() < 0.03


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 40), (5, 3)])
def test_tiny_pictures_have_depth_too(small, size):
    picture = NOISE.integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    found = nearness.load(Found(small)).nearness(picture)
    assert found.shape == size[::-1] and np.isfinite(found).all() and found.min() >= 0.0 and found.max() <= 1.0


def test_edges_are_drawn_to_the_pictures(brightness):
    """The network sees a disc with soft edges; they lie where the picture has them all the same."""
    y, x = np.mgrid[:960, :1536]
    disc = (x - 800) ** 2 + (y - 500) ** 2 < 300**2
    picture = np.where(disc[..., None], np.uint8(230), np.uint8(20)) + np.zeros((1, 1, 3), np.uint8)
    assert ((brightness.nearness(picture) > 0.5) != disc).mean() < 0.002


def test_outliers_do_not_decide_the_range(brightness):
    picture = np.repeat(np.linspace(100, 140, 256).astype(np.uint8)[None, :, None], 256, axis=0).repeat(3, axis=2)
    picture[3:7, 3:7] = 255
    found = brightness.nearness(picture)
    assert np.abs(found[128:, [4, 128, 251]].mean(axis=0) - [0.0, 0.5, 1.0]).max() < 0.08


@pytest.mark.parametrize("grey", [0, 128])
def test_a_picture_without_differences_is_equally_far_all_over(brightness, grey):
    assert not brightness.nearness(np.full((60, 90, 3), grey, np.uint8)).any()


@pytest.mark.parametrize("size, side, multiple, wanted", [
    ((1600, 949), 256, 32, (416, 256)), ((949, 1600), 256, 32, (256, 416)), ((384, 384), 384, 32, (384, 384)),
    ((1000, 200), 256, 32, (1024, 192)), ((1, 1000), 256, 32, (32, 1024)), ((30, 20), 518, 14, (238, 154)), ((1, 1), 256, 32, (32, 32)),
    ((1920, 1080), 518, 14, (924, 518))])
def test_a_network_looks_at_the_pictures_shape_in_multiples(size, side, multiple, wanted):
    assert nearness.fitting(*size, side, multiple) == wanted


def test_dpt_hybrid_says_what_transformers_says(hybrid):
    reference, file = hybrid
    network = nearness.load(Found(file))._network
    picture = torch.randn(1, 3, 16 * tiny.GRID, 16 * tiny.GRID)
    with torch.inference_mode():
        ours, theirs = network(picture), reference(picture).predicted_depth
    assert theirs.std() > 1e-3
    assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-4 * float(theirs.abs().max()))


@pytest.mark.parametrize("size", [(150, 90), (91, 151)])
def test_dpt_hybrid_sees_pictures_of_any_shape(hybrid, size):
    found = nearness.load(Found(hybrid[1])).nearness(blobs(*size))
    assert found.shape == size[::-1] and found.min() == 0.0 and found.max() == 1.0


def reference(folder, picture, width, height):
    """What the library's own way makes of a picture at this size, (h, w) float32."""
    processor, model = (kind.from_pretrained(folder, local_files_only=True) for kind in (AutoImageProcessor, AutoModelForDepthEstimation))
    asked = processor(images=picture, return_tensors="pt", size={"width": width, "height": height}, keep_aspect_ratio=False)
    with torch.inference_mode():
        return model(**asked).predicted_depth[0].numpy()


def test_depth_anything_is_seen_in_the_pictures_shape(anything):
    picture = blobs(150, 84)
    found = nearness.load(Found(anything)).to("cpu").nearness(picture)
    said = reference(anything, picture, 98, 56)
    assert said.std() > 1e-3
    assert np.allclose(found, depth_map.fitted(depth_map.spread(said, np.isfinite(said)), 150, 84, picture, nearness.SOFT), atol=1e-5)


def test_the_librarys_dpt_is_seen_as_a_square(tmp_path):
    folder, picture = tiny.dpt(tmp_path), blobs(150, 84)
    said = reference(folder, picture, 64, 64)
    wanted = depth_map.fitted(depth_map.spread(said, np.isfinite(said)), 150, 84, picture, nearness.SOFT)
    assert np.allclose(nearness.load(Found(folder)).nearness(picture), wanted, atol=1e-5)


def test_a_model_that_tells_distances_is_turned_round(tmp_path):
    folder, picture = tiny.depth_anything(tmp_path, metric=True), blobs(112, 56)
    distance = reference(folder, picture, 112, 56)
    assert distance.max() > 2.0 * distance.min() > 0.0
    true, _ = depth_map.from_distances(distance, distance > 0.0)
    assert np.corrcoef(true.ravel(), 1.0 / distance.ravel())[0, 1] > 0.99
    assert np.allclose(nearness.load(Found(folder)).nearness(picture), depth_map.fitted(true, 112, 56, picture, nearness.SOFT), atol=1e-5)


class Evil:
    def __reduce__(self):
        return print, ("a program ran",)


def test_a_file_that_holds_a_program_is_not_opened(tmp_path, capsys):
    torch.save({"pretrained.layer1.0.weight": torch.zeros(1), "more": Evil()}, tmp_path / "midas_v21_small_256.pt")
    with pytest.raises(ParallaxError, match="holds program code"):
        nearness.load(Found(tmp_path / "midas_v21_small_256.pt"))
    assert "a program ran" not in capsys.readouterr().out


@pytest.mark.parametrize("cut", [0, 100, 0.5])
def test_a_damaged_file_is_said(small, tmp_path, cut):
    data = small.read_bytes()
    (tmp_path / "cut.pt").write_bytes(data[: cut if cut > 1 else int(cut * len(data))])
    with pytest.raises(ParallaxError, match=r"cut\.pt is damaged"):
        nearness.load(Found(tmp_path / "cut.pt"))


def changed(state, change):
    name = "scratch.refinenet2.out_conv.weight"
    if change == "lacks":
        return {key: value for key, value in state.items() if key != name}
    if change == "more":
        return state | {"scratch.refinenet9.out_conv.weight": torch.zeros(1)}
    if change == "shape":
        return state | {name: torch.zeros(3, 3, 1, 1)}
    if change == "first":
        return state | {"scratch.layer1_rn.weight": torch.tensor(1.0)}
    return {"image_encoder.pos_embed": torch.zeros(1, 4, 4, 8)}


@pytest.mark.parametrize("change", ["lacks", "more", "shape", "first", "other"])
def test_a_file_of_something_else_is_refused_in_a_sentence(small, tmp_path, change):
    torch.save(changed(torch.load(small, weights_only=True), change), tmp_path / "other.pt")
    with pytest.raises(ParallaxError, match=r"other\.pt is no depth model that is known here: choose midas_v21_small_256\.pt"):
        nearness.load(Found(tmp_path / "other.pt"))


def test_weights_as_safetensors_serve_as_well(small, tmp_path):
    save_file(torch.load(small, weights_only=True), tmp_path / "midas.safetensors")
    one, other = (nearness.load(Found(file)).nearness(blobs(60, 40)) for file in (small, tmp_path / "midas.safetensors"))
    assert np.array_equal(one, other)


def test_weights_saved_while_training_are_found(small, tmp_path):
    torch.save({"optimizer": {}, "model": torch.load(small, weights_only=True)}, tmp_path / "checkpoint.pt")
    picture = blobs(60, 40)
    assert np.array_equal(nearness.load(Found(tmp_path / "checkpoint.pt")).nearness(picture), nearness.load(Found(small)).nearness(picture))


def test_weights_that_give_no_numbers_are_said(small, tmp_path):
    state = torch.load(small, weights_only=True)
    torch.save(state | {"scratch.output_conv.4.bias": torch.full((1,), float("nan"))}, tmp_path / "broken.pt")
    with pytest.raises(ParallaxError, match="gives no depth"):
        nearness.load(Found(tmp_path / "broken.pt")).nearness(blobs(60, 40))


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ParallaxError, match="is damaged or (no|not a) depth model"):
        nearness.load(Found(tmp_path))


@pytest.mark.parametrize("part", ["model.safetensors", "preprocessor_config.json", "config.json"])
def test_a_damaged_folder_is_said(anything, tmp_path, part):
    shutil.copytree(anything, tmp_path / "model")
    (tmp_path / "model" / part).write_bytes((anything / part).read_bytes()[:20])
    with pytest.raises(ParallaxError, match="is damaged or (no|not a) depth model"):
        nearness.load(Found(tmp_path / "model"))


def test_a_folder_that_lacks_weights_is_said(anything, tmp_path):
    shutil.copytree(anything, tmp_path / "model")
    weights = load_file(anything / "model.safetensors")
    lacking = {name: value for name, value in weights.items() if not name.startswith("head.")}
    save_file(lacking, tmp_path / "model" / "model.safetensors", {"format": "pt"})
    with pytest.raises(ParallaxError, match="lacks some of its weights"):
        nearness.load(Found(tmp_path / "model"))


def test_a_folder_in_half_precision_is_read_as_whole(anything, tmp_path):
    AutoModelForDepthEstimation.from_pretrained(anything, dtype=torch.float16).save_pretrained(tmp_path)
    shutil.copy(anything / "preprocessor_config.json", tmp_path)
    found = nearness.load(Found(tmp_path)).nearness(blobs(60, 40))
    assert np.abs(found - nearness.load(Found(anything)).nearness(blobs(60, 40))).mean() < 0.01


def test_a_decoder_may_lack_what_it_does_not_use(anything, tmp_path):
    shutil.copytree(anything, tmp_path / "model")
    weights = load_file(anything / "model.safetensors")
    used = {name: value for name, value in weights.items() if nearness.UNUSED not in name}
    assert len(used) < len(weights)
    save_file(used, tmp_path / "model" / "model.safetensors", {"format": "pt"})
    picture = blobs(60, 40)
    assert np.array_equal(nearness.load(Found(tmp_path / "model")).nearness(picture), nearness.load(Found(anything)).nearness(picture))


def test_models_of_another_kind_are_refused(tmp_path):
    words = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, vocab_size=10)
    BertModel(words).save_pretrained(tmp_path / "a")
    with pytest.raises(ParallaxError, match="is damaged or no depth model"):
        nearness.load(Found(tmp_path / "a"))
    small = {"hidden_sizes": [8, 8], "depths": [1, 1], "num_encoder_blocks": 2, "sr_ratios": [2, 1], "patch_sizes": [7, 3],
             "strides": [4, 2], "num_attention_heads": [1, 1], "mlp_ratios": [1, 1], "decoder_hidden_size": 8}
    GLPNForDepthEstimation(GLPNConfig(**small)).save_pretrained(tmp_path / "b")
    tiny.DPTImageProcessor().save_pretrained(tmp_path / "b")
    with pytest.raises(ParallaxError, match="is a glpn model, which cannot be used here"):
        nearness.load(Found(tmp_path / "b"))
