"""The gallery: its pictures, its frames beside those of another compositor, and how it ends when a picture fails."""

import json

import numpy as np
import pytest
from PIL import Image

from engine.film.camera import Camera
from tools.gallery import __main__ as gallery
from tools.gallery.frames import Finished, before_camera, moments, nearness
from tools.gallery.pictures import PICTURES

from .scenes import Finished as Reference

SMALL = 120


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A gallery of one picture, with all that it can write."""
    folder = tmp_path_factory.mktemp("gallery")
    words = ["--out", str(folder), "--only", "dresden", "--width", str(SMALL), "--frames", "3", "--strip",
             "--set", "separator=BANDS", "layers=3", "length=DURATION", "duration=2"]
    assert gallery.main(words) == 0
    return folder


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_its_size_and_detail(name):
    picture = PICTURES[name](SMALL)
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    assert picture.shape[1] <= SMALL
    assert picture.std() > 15


@pytest.mark.parametrize("name", ["flat", "tiny", "interior"])
def test_a_picture_is_the_same_each_time(name):
    np.testing.assert_array_equal(PICTURES[name](SMALL), PICTURES[name](SMALL))


def test_the_panorama_closes_at_its_ends():
    picture = PICTURES["panorama"](2 * SMALL).astype(float)
    within = np.abs(np.diff(picture, axis=1)).mean(axis=(0, 2))
    assert np.abs(picture[:, 0] - picture[:, -1]).mean() < 1.5 * np.percentile(within, 90)


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


@pytest.mark.parametrize("style", ["PUSH_IN", "ORBIT"])
def test_a_style_that_moves_the_camera(style, tmp_path):
    words = ["--out", str(tmp_path), "--only", "dresden", "--width", str(SMALL), "--set", f"style={style}", "separator=BANDS", "layers=3"]
    assert gallery.main(words) == 0
    finished = Finished(tmp_path / "jobs" / "dresden")
    camera, order = finished.about["camera"], finished.order
    assert before_camera(finished, camera, 1.0)[order[0]] == pytest.approx((0.0, 0.0, 1.0))
    quarter, end = (before_camera(finished, camera, 1.0 + finished.frames * share) for share in (0.25, 1.0))
    if style == "PUSH_IN":  # what stands at distance 1 is seen from 1 - amount
        assert end[order[-1]] == pytest.approx((0.0, 0.0, 1.0 / (1.0 - camera["amount"])))
        assert end[order[0]][2] < end[order[1]][2] < end[order[-1]][2]
    else:  # far and near go apart by what a pinhole camera shows, and the last frame plus one is the first
        focal = SMALL * Camera.lens / 36.0
        share = nearness(finished)[order[0]]
        apart = abs(quarter[order[-1]][0] - quarter[order[0]][0])
        assert apart == pytest.approx(focal * camera["amount"] * (1.0 - share))
        assert end[order[-1]] == pytest.approx((0.0, 0.0, 1.0), abs=1e-9)
        assert quarter[order[-1]][0] * quarter[order[0]][0] < 0


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
