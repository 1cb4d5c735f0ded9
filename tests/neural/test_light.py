"""Light models: ONNX files on OpenCV say what ONNX Runtime says, are checked once, and serve whole jobs without PyTorch."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import skimage
from PIL import Image

from engine import inpaint
from engine.errors import ParallaxError
from engine.inpaint import Hole
from engine.job import Job
from engine.neural import light, store, subject
from engine.neural.light import acceptance, depth, fill, graph, runner
from engine.neural.store import WHOLE, Found, Store
from engine.settings import Settings
from tests.neural import isnet
from tests.neural.tiny import light as tiny
from tests.neural.tiny import midas
from tests.neural.tiny import onnx as byhand

ROOT = Path(__file__).parents[2]
PHOTOGRAPHS = Path(skimage.__file__).parent / "data"
PICTURES = ROOT / "tests" / "pictures"
KEYS = {"depth": "depth-anything-v2-small-onnx", "subject": "u2netp", "fill": "migan"}


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Files of all kinds."""
    place = tmp_path_factory.mktemp("light")
    midas.depth_anything(place / "anything")
    return {
        "depth anything": tiny.depth_anything(place / "anything.onnx", place / "anything"), "midas": tiny.midas_small(place / "midas.onnx"),
        "u2net": tiny.u2net(place / "u2net.onnx"), "migan": tiny.migan(place / "migan.onnx"), "lama": tiny.lama(place / "lama.onnx"),
        "smooth": tiny.smooth(place / "smooth.onnx"), "smooth lama": tiny.smooth(place / "smooth_lama.onnx", bytewise=False)}


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A store of this process's own, with nothing in it."""
    monkeypatch.setenv(store.FOLDER, str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return Store(tmp_path / "models")


def fetched(models, key, file):
    """A file put where a fetch would have put it."""
    model = next(one for one in store.catalogue.MODELS if one.key == key)
    place = models.place(key) / model.needs[0]
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)
    (models.place(key) / WHOLE).write_text("{}")
    return place


def photograph(name):
    return np.asarray(Image.open((PICTURES if (PICTURES / name).is_file() else PHOTOGRAPHS) / name).convert("RGB"))


def asked(network, height, width, seed=0):
    """Random values for each input of a network, of a size where the file leaves it open."""
    random, values = np.random.default_rng(seed), {}
    for one in network.inputs:
        shape = (1, one.shape[1], one.shape[2] or height, one.shape[3] or width)
        noise = random.integers(0, 256, shape) if one.kind is np.uint8 else random.standard_normal(shape)
        if one.shape[1] == 1:
            noise = (random.random(shape) > 0.5) * (255 if one.kind is np.uint8 else 1)
        values[one.name] = noise.astype(one.kind)
    return values


# --- the runner ---


@pytest.mark.parametrize("name, sizes", [
    ("depth anything", [(70, 84), (84, 70)]), ("midas", [(256, 256)]), ("u2net", [(320, 320)]), ("migan", [(512, 512), (256, 384)]),
    ("lama", [(512, 512)]), ("smooth", [(512, 512)])])
def test_opencv_says_what_onnxruntime_says(made, name, sizes):
    ours, theirs = (runner.Network(made[name], name, only=only) for only in (runner.OPENCV, runner.ONNX_RUNTIME))
    for height, width in sizes:
        values = asked(ours, height, width)
        found, wanted = ours(**values), theirs(**values)
        assert found.shape == wanted.shape and found.dtype == wanted.dtype
        assert np.ptp(wanted.astype(np.float32)) > 1e-3
        least = 1.0 if found.dtype == np.uint8 else 2e-5 * float(np.ptp(wanted))
        assert np.abs(found.astype(np.float64) - wanted).max() <= least
    assert (ours.runs_on, theirs.runs_on) == ("OpenCV", "ONNX Runtime")


def test_nodes_that_come_too_early_are_put_in_order(made, tmp_path):
    model = onnx.load(made["u2net"])
    nodes = list(model.graph.node)[::-1]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    mixed = tmp_path / "mixed.onnx"
    mixed.write_bytes(model.SerializeToString())
    values = asked(runner.Network(made["u2net"]), 320, 320)
    found = runner.Network(mixed, only=runner.OPENCV)(**values)
    assert np.array_equal(found, runner.Network(made["u2net"], only=runner.OPENCV)(**values))
    assert graph.in_order(made["u2net"].read_bytes()) == made["u2net"].read_bytes()
    assert len(graph.in_order(mixed.read_bytes())) == mixed.stat().st_size


def test_a_path_beyond_ascii_is_opened(made, tmp_path):
    place = tmp_path / "модель ü" / "netz ß.onnx"
    place.parent.mkdir()
    shutil.copyfile(made["midas"], place)
    network = runner.Network(place, only=runner.OPENCV)
    assert network(**asked(network, 256, 256)).shape == (1, 256, 256)


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, 0.999])
def test_a_file_that_was_cut_short_is_refused_in_a_sentence(made, tmp_path, keep):
    content = made["midas"].read_bytes()
    (tmp_path / "net.onnx").write_bytes(content[: int(keep if keep >= 1 or not keep else keep * len(content))])
    with pytest.raises(ParallaxError, match="is damaged or no ONNX file: download MiDaS again"):
        runner.Network(tmp_path / "net.onnx", "MiDaS")


def test_a_file_that_opencv_refuses_runs_on_onnxruntime_and_without_that_it_is_said(made, tmp_path, monkeypatch):
    model = onnx.load(made["u2net"])
    before = model.graph.output[0].name
    model.graph.node.append(onnx.helper.make_node("DynamicQuantizeLinear", [before], ["bytes", "scale", "zero"]))  # OpenCV has none
    model.graph.node.append(onnx.helper.make_node("Cast", ["bytes"], ["last"], to=onnx.TensorProto.FLOAT))
    model.graph.output[0].name = "last"
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    network = runner.Network(tmp_path / "net.onnx", "Net")
    assert network.runs_on == runner.ONNX_RUNTIME and network(**asked(network, 320, 320)).shape == (1, 1, 320, 320)
    monkeypatch.setattr(runner, "has_runtime", lambda: False)
    with pytest.raises(ParallaxError, match="OpenCV cannot run net.onnx: download Net again, or click Download ONNX Runtime"):
        runner.Network(tmp_path / "net.onnx", "Net")


def test_another_engine_that_the_environment_forces_is_not_taken(made, monkeypatch):
    monkeypatch.setenv(runner.FORCED, "1")
    network = runner.Network(made["midas"], only=runner.OPENCV)
    assert np.isfinite(network(**asked(network, 256, 256))).all()


def test_no_network_works_once_it_is_closed(made):
    with runner.opened(made["midas"], "MiDaS") as network:
        values = asked(network, 256, 256)
        network(**values)
    with pytest.raises(ParallaxError, match="no longer loaded"):
        network(**values)


# --- acceptance ---


def accepted(models):
    return [json.loads(one.read_text()) for one in (models.folder / acceptance.FOLDER).glob("*.json")]


def test_a_file_is_checked_once_and_remembered_by_its_content(made, models, tmp_path):
    asked_about = []

    def ask(network, picture):
        asked_about.append(picture)
        return depth.disparity(network, picture)

    acceptance.accepted("depth", made["midas"], "MiDaS", ask, models.folder)
    assert len(asked_about) == 2
    (record,) = accepted(models)
    assert record["role"] == "depth" and record["by"][0].startswith("OpenCV 5") and np.array(record["reference"]).shape == (8, 8)
    shutil.copyfile(made["midas"], tmp_path / "moved.onnx")
    acceptance.accepted("depth", tmp_path / "moved.onnx", "MiDaS", ask, models.folder)
    assert len(asked_about) == 2


def test_another_version_has_to_say_the_same(made, models, monkeypatch):
    acceptance.accepted("depth", made["midas"], "MiDaS", depth.disparity, models.folder)
    (file,) = (models.folder / acceptance.FOLDER).glob("*.json")
    monkeypatch.setattr(runner, "version", lambda network: f"{network.runs_on} of tomorrow")
    acceptance.accepted("depth", made["midas"], "MiDaS", depth.disparity, models.folder)
    record = json.loads(file.read_text())
    assert record["by"][1:] == ["OpenCV of tomorrow"]
    record["reference"][3][3] += 1.0 + abs(record["reference"][3][3])
    file.write_text(json.dumps({**record, "by": []}))
    with pytest.raises(ParallaxError, match="MiDaS gives different results on ONNX Runtime of tomorrow: download it again"):
        acceptance.accepted("depth", made["midas"], "MiDaS", depth.disparity, models.folder)


@pytest.mark.parametrize("role, name", [("depth", "migan"), ("fill", "midas"), ("subject", "lama"), ("depth", "lama")])
def test_a_network_for_something_else_is_refused(made, models, role, name):
    loads = {"depth": lambda file: depth.load(file, "It", models.folder), "fill": lambda file: fill.load(file, "It", models.folder),
             "subject": lambda file: subject.load(Found(file), models.folder)}
    with pytest.raises(ParallaxError, match="is no network for .*choose another"):
        loads[role](made[name])
    assert not accepted(models)


def test_a_network_that_always_says_the_same_is_refused(models, tmp_path):
    flat = byhand.save(tmp_path / "flat.onnx", [[0.0] * 3], [0.7], side=64)
    with pytest.raises(ParallaxError, match="is no network for depth"):
        depth.load(flat, "It", models.folder)


def test_a_fill_that_repaints_what_is_known_is_refused(made, models, tmp_path):
    model = onnx.load(made["smooth"])  # the mask the other way round
    turned = onnx.helper.make_node("Sub", ["all", "mask"], ["turned"])
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(255, np.uint8), "all"))
    for node in model.graph.node:
        node.input[:] = ["turned" if name == "mask" else name for name in node.input]
    model.graph.node.insert(0, turned)
    (tmp_path / "turned.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ParallaxError, match="is no network for filling holes"):
        fill.load(tmp_path / "turned.onnx", "It", models.folder)


# --- depth ---


@pytest.mark.parametrize("name", ["depth anything", "midas"])
def test_depth_runs_from_far_to_near_at_the_picture_s_size(made, models, name):
    picture = photograph("coffee.png")[:, :300]
    found = depth.load(made[name], name, models.folder).nearness(picture)
    assert found.shape == picture.shape[:2] and found.dtype == np.float32
    assert 0.0 <= found.min() < 0.2 and 0.4 < found.max() <= 1.0


def test_a_wide_picture_is_looked_at_in_its_shape_and_not_too_large():
    for width, height in ((1600, 949), (400, 400), (3000, 700), (120, 2000)):
        across, down = depth.size((1, 3, None, None), width, height)
        assert across % 14 == down % 14 == 0 and across * down < 1.1 * depth.AREA and min(across, down) <= depth.SIDE + 7
        assert across / down == pytest.approx(width / height, rel=0.15)
    assert depth.size((1, 3, 256, 384), 100, 100) == (384, 256)


def test_what_is_larger_is_nearer(models, tmp_path):
    brightness = byhand.save(tmp_path / "net.onnx", [[0.3] * 3], [1.0], side=128)
    picture = np.repeat(np.linspace(20, 230, 160).astype(np.uint8)[None, :, None], 90, axis=0).repeat(3, axis=2)
    found = depth.load(brightness, "It", models.folder).nearness(picture)
    assert (np.diff(found[45, 5:-5]) > -0.01).all() and found[45, 2] < 0.1 and found[45, -3] > 0.9


# --- subject ---


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """IS-Net with its real weights; it is checked, too."""
    found = subject.load(Found(isnet.network()), tmp_path_factory.mktemp("real"))
    yield found
    found.close()


@pytest.mark.parametrize("name, passes", [
    ("astronaut.png", True), ("coffee.png", True), ("chelsea.png", True), ("rocket.jpg", False), ("dresden.jpg", False)])
def test_only_a_single_whole_subject_passes_the_gate(real, name, passes):
    picture = photograph(name)
    mask = real.gated(picture)
    assert (mask is not None) == passes
    if passes:
        assert mask.shape == picture.shape[:2] and mask.dtype == np.uint8 and 0.3 < (mask >= 128).mean() < 0.9


def test_the_model_on_this_computer_is_asked(models, tmp_path):
    disk = np.zeros((90, 120, 3), np.uint8)
    disk[30:60, 40:80] = 255
    file = fetched(models, "u2netp", byhand.save(tmp_path / "net.onnx", [[0.076] * 3], [0.47], side=320))  # how bright all is
    assert light.available("subject") == file
    model = subject.light_model("")
    mask = subject.gated(disk, model)
    assert mask.shape == (90, 120) and (mask[35:55, 45:75] > 250).all() and (mask[:20] < 5).all()
    disk[30:60, 90:115] = 255
    assert subject.gated(disk, model) is None, "these are two"


def test_without_a_model_there_is_none_to_ask(models):
    assert subject.light_model("") is None and subject.light_model("no such model") is None


@pytest.mark.parametrize("change, is_open", [
    (lambda x: x, True), (lambda x: x * 0.4, False), (lambda x: 0.6 * x + 0.4 * x * (np.arange(256)[:, None] == 128), False),
    (lambda x: np.maximum(x, np.roll(x, 120, axis=1)), False)], ids=["whole", "unsure", "soft", "in two"])
def test_the_gate_looks_at_certainty_softness_and_wholeness(change, is_open):
    y, x = np.mgrid[0:256, 0:256]
    disk = (np.hypot(x - 70, y - 128) < 45).astype(np.float32)
    assert subject.gate(change(disk).astype(np.float32)).is_open == is_open


# --- fill ---


def scene(height=360, width=480):
    """A sky of one texture above a ground of another, the border slanted."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[0:height, 0:width]
    ground = y > height * 0.4 + x * 0.2
    noise = random.normal(0.0, 12.0, (height, width, 1))
    return np.clip(np.where(ground[..., None], np.float32((90, 110, 50)), np.float32((130, 160, 210))) + noise, 0, 255).astype(np.uint8)


def with_hole(picture, box):
    mask = np.zeros(picture.shape[:2], bool)
    x0, y0, x1, y1 = box
    mask[y0:y1, x0:x1] = True
    return np.where(mask[..., None], np.uint8(0), picture), mask


@pytest.mark.parametrize("key, name", [("migan", "smooth"), ("lama", "smooth lama")])
def test_a_fill_has_the_network_s_colors_and_the_picture_s_texture(made, models, key, name):
    fetched(models, key, made[name])
    painter = inpaint.best("AUTO")
    assert painter.name == {"migan": "MI-GAN", "lama": "LaMa"}[key]
    truth = scene()
    picture, mask = with_hole(truth, (180, 110, 300, 230))
    painted = painter.paint(Hole(picture, mask, seed=5))
    assert np.array_equal(painted[~mask], picture[~mask])
    whole = [np.pad(one, [(0, 512 - 360), (0, 512 - 480), (0, 0)][: one.ndim], mode="symmetric") for one in (picture, mask)]
    told = fill.load(made[name], name, models.folder).fill(*whole)[:360, :480]
    assert np.abs(painted[mask].astype(float).mean(axis=0) - told[mask].mean(axis=0)).max() < 8.0
    inside = painted[120:140, 200:280].astype(np.float32)
    assert 6.0 < (inside - inside.mean(axis=(0, 1))).std(axis=(0, 1)).mean() < 20.0, "as noisy as the sky around"
    assert np.array_equal(painted, painter.paint(Hole(picture, mask, seed=5)))


@pytest.mark.parametrize("box", [(0, 0, 60, 60), (20, 10, 940, 90), (300, 60, 900, 480), (0, 0, 970, 3), (100, 200, 101, 201)])
def test_holes_of_any_size_and_place_are_filled_and_nothing_else(made, models, box):
    fetched(models, "migan", made["smooth"])
    picture, mask = with_hole(scene(500, 980), box)
    painted = inpaint.best("NETWORK").paint(Hole(picture, mask))
    assert np.array_equal(painted[~mask], picture[~mask])
    assert painted[mask].min(axis=1).mean() > 30.0, "no black is left"


def test_what_is_excluded_is_neither_painted_nor_copied(made, models):
    fetched(models, "migan", made["smooth"])
    picture, mask = with_hole(scene(), (200, 40, 280, 120))
    exclude = np.zeros_like(mask)
    exclude[:, :190] = True
    picture = np.where(exclude[..., None], np.uint8((255, 0, 0)), picture)
    painted = inpaint.best("AUTO").paint(Hole(picture, mask, exclude))
    assert np.array_equal(painted[~mask], picture[~mask])
    red = painted[mask].astype(int)
    assert (red[:, 0] - red[:, 2]).max() < 120


def test_with_no_model_all_is_as_before(models):
    assert inpaint.best("AUTO").name in inpaint.BUILT_IN
    with pytest.raises(ParallaxError, match="no model for Light inpainting on this computer: download MI-GAN"):
        inpaint.best("NETWORK")
    assert light.available("depth") is light.available("subject") is light.available("inpaint") is None


# --- a whole job, in a Python without PyTorch ---


RUN = """
import sys
sys.modules["torch"] = sys.modules["onnxruntime"] = sys.modules["transformers"] = sys.modules["huggingface_hub"] = None
from engine import worker
from engine.job import Job
ending = worker.run(Job(sys.argv[1]))
print(ending.text)
sys.exit(ending.kind != "done")
"""


def run(job):
    ran = subprocess.run([sys.executable, "-c", RUN, str(job.folder)], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return [event.text for event in job.read_events()[0] if event.kind == "warning"]


def test_a_job_measures_finds_and_paints_without_pytorch(made, models, tmp_path):
    for role, name in (("depth", "midas"), ("subject", "u2net"), ("fill", "smooth")):
        fetched(models, KEYS[role], made[name])
    Image.fromarray(scene(120, 180)).save(tmp_path / "picture.png")
    settings = Settings.from_dict({"separator": "DEPTH", "layers": 3, "objects": [{"name": "It", "subject": True}]})
    job = Job.create(tmp_path / "job", tmp_path / "picture.png", settings)
    said = run(job)
    assert "Fill: MI-GAN" in said
    assert not any("rough guess" in text for text in said)
    kept = sorted(one.name for one in job.seen.iterdir())
    assert len(kept) >= 2, "depth and subject are kept, so that the job sees the same when it goes on"
    run(job)
    assert sorted(one.name for one in job.seen.iterdir()) == kept
    assert {one["role"] for one in accepted(models)} == {"depth", "subject", "fill"}


def test_a_job_that_needs_more_than_light_models_says_so(made, models, tmp_path):
    fetched(models, KEYS["depth"], made["midas"])
    Image.fromarray(scene(60, 90)).save(tmp_path / "picture.png")
    job = Job.create(tmp_path / "job", tmp_path / "picture.png", Settings.from_dict({"separator": "TAGS", "layers": 2}))
    with pytest.raises(AssertionError, match="needs the neural engine|no model for Detector"):
        run(job)
