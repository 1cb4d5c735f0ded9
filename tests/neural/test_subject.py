"""The main subject: by networks of which the answer is known, and by a real IS-Net on real photographs, the whole way of an object."""

import json
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image, ImageDraw

from engine import inpaint, objects, worker
from engine.errors import ParallaxError
from engine.job import Job
from engine.neural import catalogue, device, subject
from engine.neural.store import Found, Store
from engine.neural.studio import Studio
from tests.neural import isnet
from tests.neural.tiny import onnx
from tests.support.settings import plain

PHOTOGRAPHS = Path(skimage.__file__).parent / "data"  # those that come with the package

# What was seen in the photographs, drawn by hand over a grid: corners in percent of width and height. Network and hand differ by the
# width of the pencil, but for the cat's blurred ear and chest.
PERSON = [  # with the helmet in her arms
    (7, 100), (5.5, 95), (4.5, 88), (4, 82), (4.5, 77), (5, 70), (6, 64), (8, 58), (9.5, 52.5), (13, 48), (18, 44), (22, 40.5), (22, 37),
    (24.5, 35.5), (26, 32), (29, 30), (33, 29), (36, 28.5), (35.5, 25.5), (34, 24), (32, 21), (30, 15), (30.5, 11), (34, 8), (37, 8),
    (39, 5.5), (43, 3.3), (48, 3.3), (52, 5.5), (56, 9), (58.5, 13), (58.8, 18), (57.5, 22.5), (54.5, 25.5), (52, 26.5), (51, 30),
    (50.5, 33.5), (53, 35.5), (56, 39), (58.5, 43), (59.5, 46), (63, 48.5), (66, 51.5), (69, 57), (70, 62), (71, 68), (75, 67.5), (80, 67),
    (85, 68.5), (90, 72), (94, 77), (96, 83), (97, 89), (98.5, 91), (98.8, 100)]
CUP = [  # with saucer and spoon
    (30, 17.5), (20, 27), (15, 39), (12.8, 50), (13.2, 58), (15, 68), (19, 79), (25, 88), (32, 93.5), (40, 97), (48, 97.7), (56, 96.5),
    (64, 92.5), (70, 87), (75, 79), (78.5, 70), (79.9, 60), (79.6, 52), (78, 44), (74.5, 35), (69.5, 26.5), (70, 22), (70.8, 19.5),
    (70, 17.3), (68, 16.7), (66.3, 18), (64, 14), (60, 9), (54, 5.5), (48, 4.3), (42, 5.5), (36, 8.7), (32, 13)]
CAT = [
    (9, 0), (8, 10), (7, 20), (6.5, 33), (3, 39), (0, 43), (0, 100), (86, 100), (84, 95), (78, 90), (72, 88), (72, 75), (75, 68), (78, 60),
    (80, 50), (81, 40), (80, 33), (78, 25), (80, 20), (83, 10), (88, 0)]
ROCKET = [(48.7, 33), (50.4, 30), (52, 33), (52.2, 41), (51.5, 42), (51.6, 94.5), (49, 94.5), (49.2, 42), (48.7, 41)]
NIGHT = [(34, 5), (45, 5), (45, 75), (34, 75)], [(55, 5), (67, 5), (67, 75), (55, 75)], [(75, 5), (86, 5), (86, 75), (75, 75)]
WOOD = [(1, 45), (9, 45), (9, 95), (1, 95)], [(85, 5), (99, 5), (99, 95), (85, 95)]


@pytest.fixture(scope="session")
def real():
    return isnet.network()


def photograph(name):
    return np.asarray(Image.open(PHOTOGRAPHS / name).convert("RGB"))


def drawn(corners, shape):
    """(H, W) bool: all that lies within corners in percent."""
    height, width = shape[:2]
    image = Image.new("L", (width * 4, height * 4))
    ImageDraw.Draw(image).polygon([(x * width / 25.0, y * height / 25.0) for x, y in corners], fill=255)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX)) >= 128


def iou(a, b):
    return float((a & b).sum() / (a | b).sum())


def placed(lifted, shape):
    whole = np.zeros(shape[:2], np.uint8)
    high, wide = lifted.alpha.shape
    whole[lifted.y : lifted.y + high, lifted.x : lifted.x + wide] = lifted.alpha
    return whole


@pytest.fixture(scope="module")
def lift(real):
    """lift(picture): the main subject lifted out, found by the models of a studio as in a job."""
    settings = plain({"objects": [{"name": "It", "subject": True}], "subject_model": str(real)})
    eyes = Studio(settings, Store(real.parent / "models"), device.choose("cpu"), lambda: None, lambda share: None)
    return lambda picture: objects.lift(picture, settings, inpaint.best("AUTO"), lambda text: None, None, eyes)


# Photographs


@pytest.mark.parametrize("name, corners, least", [("astronaut.png", PERSON, 0.965), ("chelsea.png", CAT, 0.93)])
def test_the_subject_of_a_photograph_is_lifted_out_whole(lift, name, corners, least):
    picture = photograph(name)
    lifting = lift(picture)
    assert lifting.notes == () and len(lifting.lifted) == 1
    (one,) = lifting.lifted
    alpha = placed(one, picture.shape)
    assert iou(alpha >= 128, drawn(corners, picture.shape)) > least
    laid = lifting.picture.astype(np.float32)
    part = np.s_[one.y : one.y + one.alpha.shape[0], one.x : one.x + one.alpha.shape[1]]
    laid[part] += (one.rgb - laid[part]) * (one.alpha[..., None] / np.float32(255.0))
    assert np.abs(laid - picture).max() <= 1.0  # object and what is painted behind it are the picture
    if name == "astronaut.png":
        orange = (picture[..., 0].astype(int) - picture[..., 2] > 120) & (alpha >= 128)
        behind = lifting.picture[..., 0].astype(int) - lifting.picture[..., 2] > 120
        assert orange.mean() > 0.15 and (behind & orange).sum() < 0.05 * orange.sum()


def test_a_rocket_stands_out_from_the_night_with_its_towers(lift):
    picture = photograph("rocket.jpg")
    lifting = lift(picture)
    opaque = placed(lifting.lifted[0], picture.shape) >= 128
    rocket = drawn(ROCKET, picture.shape)
    assert opaque[rocket].mean() > 0.97
    for part in NIGHT:
        assert opaque[drawn(part, picture.shape)].mean() < 0.005
    tower = drawn([(6, 20), (13, 20), (12, 70), (2, 70)], picture.shape)
    assert 0.3 < opaque[tower].mean() < 0.7  # the lattice is open
    brightness = [shown.mean(axis=2)[rocket].mean() for shown in (picture, lifting.picture)]
    assert brightness[0] > 1.6 * brightness[1]  # the night is painted where it stood


def test_a_whole_job_cuts_out_the_subject(real, tmp_path):
    """Through the worker, which opens the models by itself; the cut-out is there again when the job runs once more."""
    settings = plain({"objects": [{"name": "Cup", "subject": True}], "subject_model": str(real), "layers": 2})
    job = Job.create(tmp_path / "job", PHOTOGRAPHS / "coffee.png", settings, only="split")
    assert worker.run(job).kind == "done"
    about = json.loads((job.objects / "01.json").read_text())
    before = (job.objects / "01.png").stat().st_mtime_ns
    cut = np.asarray(Image.open(job.objects / "01.png"))
    alpha = np.zeros((400, 600), np.uint8)
    alpha[about["y"] : about["y"] + cut.shape[0], about["x"] : about["x"] + cut.shape[1]] = cut[..., 3]
    assert iou(alpha >= 128, drawn(CUP, alpha.shape)) > 0.96
    for part in WOOD:
        assert not (alpha[drawn(part, alpha.shape)] >= 128).any()
    layers = json.loads((job.split / "split.json").read_text())["layers"]
    assert [layer["name"] for layer in layers if layer["base"] is not None] == ["Cup"]
    assert worker.run(job).kind == "done"
    assert (job.objects / "01.png").stat().st_mtime_ns == before


def test_where_nothing_stands_out_nothing_is_lifted_and_that_is_said(lift):
    picture = photograph("moon.png")  # a part of it, from edge to edge
    lifting = lift(picture)
    assert lifting.lifted == () and np.array_equal(lifting.picture, picture)
    assert lifting.notes == ("It is not lifted: nothing stands out as the picture's main subject, so draw a box or a lasso around it",)


# Networks of which the answer is known


def grey(file, **more):
    """Tells how bright a pixel is, from 0 to 255 / 256, out of what IS-Net is given."""
    return onnx.save(file, [[1 / 3] * 3], [0.5], **more)


def ramp(height=64, width=96):
    row = np.linspace(0, 255, width).astype(np.uint8)
    return np.repeat(np.repeat(row[None, :, None], height, axis=0), 3, axis=2)


@pytest.mark.parametrize("side", [256, "side"])
def test_what_a_network_says_is_brought_to_the_picture_s_size(tmp_path, side):
    found = subject.load(Found(grey(tmp_path / "net.onnx", side=side)))
    mask = found.mask(ramp())
    assert mask.shape == (64, 96) and mask.dtype == np.uint8
    assert np.abs(mask.astype(int) - ramp()[..., 0]).max() <= 3
    assert found.size == (tmp_path / "net.onnx").stat().st_size


def test_is_net_is_given_what_it_was_made_for(tmp_path):
    """(x - 128) / 256: what this network tells rises from 0 at 200 to 1 at 255, and nothing less or more is spread over that."""
    network = onnx.save(tmp_path / "net.onnx", [[256 / 3 / 55] * 3], [-72 / 55], side=256)
    mask = subject.load(Found(network)).mask(ramp(256, 256)).astype(float)
    wanted = np.clip((np.arange(256) - 200) / 55.0, 0.0, 1.0) * 255.0
    assert np.abs(mask[128] - wanted).max() <= 1.0


def test_u2_net_is_given_what_it_was_made_for(tmp_path):
    """Red, green and blue each less their mean over ImageNet, in deviations from it; told by its side of 320 pixels."""
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    network = onnx.save(tmp_path / "net.onnx", [list(deviation / 3)], [float(mean.mean())], side=320)
    mask = subject.load(Found(network)).mask(ramp(320, 320)).astype(float)
    assert np.abs(mask[100] - ramp(320, 320)[100, :, 0]).max() <= 1.0
    tinted = ramp(320, 320)
    tinted[..., 1] = 0
    assert np.abs(subject.load(Found(network)).mask(tinted).astype(float)[100] - ramp(320, 320)[100, :, 0]).max() <= 1.0


def test_what_is_told_is_spread_over_the_whole_range(tmp_path):
    network = onnx.save(tmp_path / "net.onnx", [[0.2] * 3], [0.5], side=64)  # from 0.2 to 0.8
    mask = subject.load(Found(network)).mask(ramp())
    assert mask.min() == 0 and mask.max() == 255


def test_a_network_that_is_sure_of_nothing_finds_nothing(tmp_path):
    network = onnx.save(tmp_path / "net.onnx", [[0.1] * 3], [0.2], side=64)  # from 0.05 to 0.35
    assert not subject.load(Found(network)).mask(ramp()).any()


def test_a_network_that_finds_all_alike_takes_all(tmp_path):
    network = onnx.save(tmp_path / "net.onnx", [[0.0] * 3], [0.9], side=64)
    assert (subject.load(Found(network)).mask(ramp()) == 255).all()


def test_it_goes_to_the_processor_where_onnxruntime_has_nothing_else(tmp_path):
    found = subject.load(Found(grey(tmp_path / "net.onnx", side=64)))
    before = found.mask(ramp())
    assert found.to("cuda") is found and found.on == "cpu"
    assert found.to("mps").on == "cpu"
    assert np.array_equal(found.mask(ramp()), before)


def test_a_folder_with_one_file_and_a_model_of_the_catalogue_are_read(tmp_path):
    network = grey(tmp_path / "isnet-general-use.onnx", side=64)
    for found in (Found(tmp_path), Found(network, catalogue.model("isnet-general"))):
        assert subject.load(found).mask(ramp()).any()


# Files that are not as they should be


def refused(path):
    with pytest.raises(ParallaxError) as told:
        subject.load(Found(path)).mask(ramp())
    assert str(path) in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"", b"no network", b"\x08\x08:\x05\x0a\xff\xff\xff\x0f"], ids=["empty", "text", "cut short"])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "net.onnx").write_bytes(content)
    refused(tmp_path / "net.onnx")


def test_a_network_for_something_else_is_refused(tmp_path):
    refused(onnx.save(tmp_path / "several.onnx", [[0.3] * 3] * 4, [0.0] * 4, side=64))
    refused(onnx.save(tmp_path / "nan.onnx", [[0.3] * 3], [-9.0], side=64, then="Sqrt"))
    refused(onnx.save(tmp_path / "two.onnx", [[0.3] * 3], [0.0], side=64, inputs=2))


def test_a_folder_with_no_or_several_files_is_refused(tmp_path):
    refused(tmp_path)
    grey(tmp_path / "a.onnx", side=64)
    grey(tmp_path / "b.onnx", side=64)
    refused(tmp_path)
