"""Nothing of a thing stays behind when its layer moves, and both layers over each other are the picture still."""

import numpy as np
import pytest

from engine import cuts, separators
from engine.settings import Settings

cv2 = pytest.importorskip("cv2")
WIDTH, HEIGHT = 320, 240
SKY = np.array([90.0, 130.0, 190.0])
PAINT = np.array([150.0, 60.0, 40.0])


def background(seed=3, grain=2.0):
    """A sky that grows lighter downward, with grain."""
    noise = np.random.default_rng(seed).normal(0.0, grain, (HEIGHT, WIDTH, 1))
    return SKY + np.linspace(0.0, 30.0, HEIGHT)[:, None, None] + noise


def balloon(soft):
    """(H, W) float32 alpha of a disc with an edge that is that many pixels soft."""
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    return np.clip(0.5 + (60.0 - np.hypot(ys - 120.0, xs - 160.0)) / soft, 0.0, 1.0).astype(np.float32)


def strands():
    """(H, W) float32: three lines, a pixel wide, beside the disc."""
    plane = np.zeros((HEIGHT, WIDTH), np.uint8)
    for radii in ((65, 65), (67, 67), (72, 67)):
        cv2.ellipse(plane, (160, 120), radii, 0, 150, 250, 255, 1, cv2.LINE_AA)
    return plane.astype(np.float32) / 255.0


def scene(alpha, behind):
    return np.rint(np.clip(behind + alpha[..., None] * (PAINT - behind), 0.0, 255.0)).astype(np.uint8)


def composed(layers):
    out = layers[0].rgb.astype(float)
    for cut in layers[1:]:
        share = cut.alpha[..., None] / 255.0
        out = out * (1.0 - share) + cut.rgb * share
    return out


def left_behind(layers, behind):
    """Mean squared levels by which the known far layer, without its grain, misses the true one beside the thing."""
    beside = layers[0].known & (np.abs(np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] - np.array([120, 160])[:, None, None])) - 66.0) < 10.0)
    off = np.abs(layers[0].rgb - behind).max(axis=2)
    return float((np.maximum(off - 10.0, 0.0)[beside] ** 2).mean())


@pytest.mark.parametrize("soft, missed", [(2.0, 3), (8.0, 3), (12.0, 4), (2.0, -2)])
def test_a_rim_that_the_labels_miss_goes_with_the_thing(soft, missed):
    behind, alpha = background(), balloon(soft)
    picture = scene(alpha, behind)
    labels = (np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] - np.array([120, 160])[:, None, None])) < 60 - missed).astype(np.uint8)
    plain, clean = (cuts.shaped(picture, labels, 2, 2.4, rim) for rim in (0.0, 8.0))
    assert left_behind(clean, behind) <= 0.1 * left_behind(plain, behind) + 0.2
    assert np.abs(composed(clean) - picture).max() <= 1.0


def test_strands_beside_a_thing_go_with_it():
    behind, hair = background(), np.maximum(balloon(1.0), strands())
    picture = scene(hair, behind)
    labels = (balloon(1.0) > 0.5).astype(np.uint8)
    plain, clean = (cuts.shaped(picture, labels, 2, 2.4, rim) for rim in (0.0, 2.0))
    assert left_behind(clean, behind) <= 0.2 * left_behind(plain, behind)
    lines = strands() > 0.9
    assert np.mean(clean[1].alpha[lines] > 128) > 0.8 and np.mean(plain[1].alpha[lines] > 128) < 0.5
    assert np.abs(composed(clean) - picture).max() <= 1.0


def test_the_tip_of_a_thing_goes_with_it_in_any_color():
    behind = background()
    picture = scene(balloon(1.0), behind)
    picture[51:60, 160:162] = (10, 12, 14)
    clean = cuts.shaped(picture, (balloon(1.0) > 0.5).astype(np.uint8), 2, 2.4, 2.0)
    assert (clean[1].alpha[51:60, 160:162] > 200).mean() > 0.9
    assert (np.abs(clean[0].rgb - behind).max(axis=2)[51:60, 160:162] < 20.0).mean() > 0.9
    assert np.abs(composed(clean) - picture).max() <= 1.0


def test_what_stands_in_the_background_and_not_beside_the_thing_stays_there():
    behind = background()
    behind[:, 40:44] = behind[20:24] = PAINT  # a mast far to the left, and a wire that goes on to both ends of the frame
    picture = scene(balloon(1.0), behind)
    clean = cuts.shaped(picture, (balloon(1.0) > 0.5).astype(np.uint8), 2, 2.4, 2.0)
    assert (clean[1].alpha[:, 40:44] == 0).all() and (clean[1].alpha[20:24] == 0).all()
    assert np.array_equal(clean[0].rgb[20:24], picture[20:24])


def test_no_halo_of_the_background_goes_with_the_thing():
    behind = background()
    clean = cuts.shaped(scene(balloon(2.0), behind), (balloon(2.0) > 0.5).astype(np.uint8), 2, 2.4, 8.0)
    beyond = balloon(6.0) == 0.0
    assert (clean[1].alpha[beyond] > 24).mean() < 0.002
    edge = (clean[1].alpha > 60) & (balloon(2.0) > 0.1)
    assert np.abs(clean[1].rgb[edge] - PAINT).mean() < 12.0


def test_a_layer_from_outlines_leaves_no_contour_when_it_moves():
    behind = background()
    picture = scene(balloon(3.0), behind)
    made = separators.split(picture, Settings(separator="OUTLINES"))
    assert np.abs(composed(made.cuts) - picture).max() <= 1.0
    away = made.cuts[0].known & (balloon(3.0) == 0.0)
    assert (np.abs(made.cuts[0].rgb - behind).max(axis=2)[away] > 14.0).mean() < 0.001


def test_what_lies_behind_a_thing_in_its_colors_stays_behind():
    behind = background()
    behind[160:200] = PAINT + np.array([-20.0, 10.0, 10.0])  # a wall as dark as the disc, which hides a part of it
    picture = scene(balloon(1.0), behind)
    clean = cuts.shaped(picture, (balloon(1.0) > 0.5).astype(np.uint8), 2, 2.4, 6.0)
    wall = np.zeros((HEIGHT, WIDTH), bool)
    wall[164:196] = True
    beyond = wall & (np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] - np.array([120, 160])[:, None, None])) > 62.0)
    assert (clean[1].alpha[beyond] > 60).mean() < 0.01


def test_a_rim_in_a_color_of_its_own_goes_with_the_thing_before_a_rough_background():
    behind = background(grain=9.0)
    picture = scene(balloon(1.0), behind)
    off = np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] - np.array([120, 160])[:, None, None]))
    rim = (off > 60.0) & (off < 61.5)
    picture[rim] = (200, 250, 205)
    clean = cuts.shaped(picture, (off < 59.5).astype(np.uint8), 2, 2.4, 3.0)
    assert (np.abs(clean[0].rgb[rim].astype(float) - (200, 250, 205)).max(axis=1) < 60).mean() < 0.05
