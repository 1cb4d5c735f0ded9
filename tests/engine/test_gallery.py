"""The gallery: its pictures, its frames beside those of another compositor, and how it ends when a picture fails."""

import json

import numpy as np
import pytest
from PIL import Image

from tools.gallery import __main__ as gallery
from tools.gallery.frames import Finished, moments
from tools.gallery.pictures import PICTURES

from .scenes import Finished as Reference

SMALL = 160


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A gallery of one picture, with all that it can write."""
    folder = tmp_path_factory.mktemp("gallery")
    words = ["--out", str(folder), "--only", "dresden", "--width", str(SMALL), "--frames", "3", "--strip",
             "--set", "separator=BANDS", "layers=3", "length=DURATION", "duration=2"]
    assert gallery.main(words) == 0
    return folder


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_each_time_and_has_detail(name):
    picture = PICTURES[name](SMALL)
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    assert picture.shape[1] <= SMALL
    assert picture.std() > 15
    np.testing.assert_array_equal(picture, PICTURES[name](SMALL))


def test_frames_are_those_of_another_compositor(out):
    finished, reference = Finished(out / "jobs" / "dresden"), Reference(out / "jobs" / "dresden")
    for frame in moments(finished.frames, 5):
        seen, holes = finished.see(frame)
        wanted, through = reference.place([finished.offset(index, frame) for index in sorted(finished.order)])
        assert np.abs(seen - wanted).max() <= 4.0
        assert holes == pytest.approx(through.mean(), abs=0.002)


def test_the_first_frame_is_the_picture(out):
    seen, _ = Finished(out / "jobs" / "dresden").see(1.0)
    assert np.abs(seen.astype(float) - np.asarray(Image.open(out / "pictures" / "dresden.png"))).mean() < 1.0


def test_a_scale_is_about_the_frames_center(out):
    finished = Finished(out / "jobs" / "dresden")
    plain, _ = finished.place({index: (0.0, 0.0, 1.0) for index in finished.order})
    twice, _ = finished.place({index: (0.0, 0.0, 2.0) for index in finished.order})
    h, w = plain.shape[:2]
    middle = Image.fromarray(plain).resize((w, h), Image.Resampling.BILINEAR, box=(w / 4, h / 4, 3 * w / 4, 3 * h / 4))
    assert np.abs(twice.astype(float) - np.asarray(middle))[4:-4, 4:-4].mean() < 2.0


def test_what_is_written(out):
    strip = [f"strips/dresden/{k:02d}.png" for k in range(10)]
    for name in ("index.html", "sheet.png", "dresden.png", "dresden.jpg", "dresden.webp", *strip):
        assert (out / name).stat().st_size > 0, name
    assert Image.open(out / "dresden.webp").n_frames == 3
    assert "contenteditable" in (out / "index.html").read_text(encoding="utf-8")
    layers = json.loads((out / "jobs" / "dresden" / "layers" / "layers.json").read_text(encoding="utf-8"))["layers"]
    assert len(layers) == 3


def test_a_picture_that_fails_becomes_a_row(tmp_path, capsys):
    missing = tmp_path / "nowhere.png"
    words = ["--out", str(tmp_path / "out"), "--only", "dresden", "--width", str(SMALL), "--set", "separator=DEPTH", f"depth_map={missing}"]
    assert gallery.main(words) == 1
    assert "failed: dresden" in capsys.readouterr().out
    assert "nowhere.png" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_what_is_unknown_is_refused(tmp_path, capsys):
    assert gallery.main(["--out", str(tmp_path), "--only", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err
    assert gallery.main(["--out", str(tmp_path), "--set", "layers=none"]) == 2
