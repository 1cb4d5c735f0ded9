"""Mattes and the colours of both sides, against scenes whose alpha and colours are known."""

import sys
from functools import cache

import numpy as np
import pytest

from engine import matting
from tests.truth import masks, metrics, scenes

# Scene and layer, the border's width, and what must be reached with the right mask and with one displaced by up to four pixels: the least
# soft IoU, the most error in percent of alpha where it is soft, and the most error in levels of the colours of both sides.
FLOORS = {
    ("blobs", 1): (10, 0.9976, 4.4, 3.5, 0.9976, 4.4, 3.5),
    ("blobs", 2): (10, 0.9964, 5.6, 4.2, 0.9964, 5.6, 4.2),
    ("poles", 1): (10, 0.916, 10.6, 12, 0.88, 12.5, 15),
    ("holed", 1): (10, 0.9988, 1.9, 2, 0.9988, 1.9, 2),
    ("fence", 1): (10, 0.9988, 5, 6.5, 0.9988, 5, 6.5),
    ("fence", 2): (10, 0.988, 5, 4.2, 0.928, 16.2, 10),
    ("soft", 1): (24, 0.916, 6.2, 9, 0.916, 6.2, 9),
    ("hair", 1): (10, 0.982, 7.5, 9, 0.982, 7.5, 9),
    ("touching", 1): (10, 0.9952, 5, 5.5, 0.9952, 5, 5.5),
    ("touching", 2): (10, 0.9964, 3.1, 3, 0.9964, 3.1, 3),
    ("skyline", 1): (10, 0.9976, 4.4, 5.7, 0.9976, 4.4, 5.7),
    ("skyline", 2): (10, 0.9952, 7.5, 5, 0.9952, 7.5, 5),
    ("nested", 1): (10, 0.9976, 6.9, 3, 0.9976, 6.9, 3),
    ("nested", 2): (10, 0.994, 6.9, 3, 0.994, 6.9, 3),
    ("nested", 3): (10, 0.994, 5, 4, 0.994, 5, 4),
    ("ground", 4): (10, 0.9916, 4.4, 1.5, 0.9916, 4.4, 1.5),
}
CASES = [pytest.param(*case, id="-".join(map(str, case))) for case in FLOORS]
SOFT = [case for case in CASES if case.values[0] != "ground"]  # its box has no soft pixel
ALL = [pytest.param(name, index, id=f"{name}-{index}") for name in scenes.MAKERS for index in range(1, len(scenes.scene(name).layers))]


@cache
def found(name, index, how="right"):
    """Alpha (H, W) from 0 to 255 and the colours of both sides, from a mask of the scene's layer and all nearer ones."""
    scene, width = scenes.scene(name), FLOORS.get((name, index), (10,))[0]
    mask = scene.labels >= index
    alpha = matting.alpha(scene.source, masks.displaced(mask) if how == "displaced" else mask, width)
    return (alpha, *matting.colours(scene.source, alpha))


def levels(alpha):
    return np.rint(alpha * 255.0).astype(np.uint8)


@pytest.mark.parametrize("how", ["right", "displaced"])
@pytest.mark.parametrize("name, index", CASES)
def test_the_matte_and_the_colours_are_near_the_truth(name, index, how):
    scene, floors = scenes.scene(name), FLOORS[name, index]
    least, most, colours = floors[1:4] if how == "right" else floors[4:]
    truth = scene.alpha(index)
    alpha, front, back = found(name, index, how)
    border = (alpha > 0) & (alpha < 255)
    assert metrics.soft_iou(alpha / 255.0, truth) >= least
    assert metrics.alpha_error(alpha / 255.0, truth, border | ((truth > 0) & (truth < 1))) <= most
    assert metrics.colour_error(front, scene.foreground(index)[0], truth * border) <= colours
    assert metrics.colour_error(back, scene.background(index), (1.0 - truth) * border) <= colours


@pytest.mark.parametrize("name, index", CASES)
def test_a_matte_is_nearer_to_the_truth_than_the_mask_it_is_made_from(name, index):
    scene = scenes.scene(name)
    mask = masks.displaced(scene.labels >= index)
    alpha = found(name, index, "displaced")[0] / 255.0
    error = np.abs(alpha - scene.alpha(index)).sum()
    assert error < 0.55 * np.abs(mask - scene.alpha(index)).sum()


def test_a_mask_from_a_coarse_map_finds_the_hair():
    scene = scenes.scene("hair")
    mask = masks.coarse(scene.labels == 1)
    alpha = matting.alpha(scene.source, mask, 16.0) / 255.0
    assert metrics.soft_iou(mask * 1.0, scene.alpha(1)) < 0.92
    assert metrics.soft_iou(alpha, scene.alpha(1)) > 0.98


def shifted_to(colours, own, other, where):
    """How far colours are moved from their own true ones (0) to those of the other side (1)."""
    own, way = own.astype(np.float64), other.astype(np.float64) - own
    return float(((colours - own) * way)[where].sum() / (way**2)[where].sum())


@pytest.mark.parametrize("name, index", SOFT)
def test_no_halo_of_the_other_side_is_in_a_side_s_colours(name, index):
    scene = scenes.scene(name)
    alpha = levels(scene.alpha(index))
    front, back = matting.colours(scene.source, alpha)
    mixed = (alpha > 25) & (alpha < 230)
    own, other = scene.foreground(index)[0], scene.background(index)
    assert abs(shifted_to(front, own, other, mixed)) < 0.1
    assert abs(shifted_to(back, other, own, mixed)) < 0.1
    assert shifted_to(scene.source, own, other, mixed) > 0.4


@pytest.mark.parametrize("name, index", ALL)
def test_both_sides_blended_are_the_picture_and_the_picture_stays_where_it_is_only_one_side(name, index):
    scene = scenes.scene(name)
    alpha, front, back = found(name, index)
    assert np.array_equal(front[alpha == 255], scene.source[alpha == 255])
    assert np.array_equal(back[alpha == 0], scene.source[alpha == 0])
    share = alpha[..., None] / 255.0
    off = np.abs(share * front + (1.0 - share) * back - scene.source)
    assert off.mean() < 0.3 and np.percentile(off, 99.9) < 30.0


@pytest.mark.parametrize("name, index", ALL)
@pytest.mark.parametrize("width", [4.0, 10.0])
def test_nothing_changes_farther_from_the_outline_than_half_the_width(name, index, width):
    scene = scenes.scene(name)
    inside = scene.labels >= index
    alpha = matting.alpha(scene.source, inside, width)
    reach = int(np.ceil(width / 2.0)) + 1
    near = masks.larger(inside, reach) & masks.larger(~inside, reach)
    assert alpha.dtype == np.uint8 and alpha.shape == inside.shape
    assert np.array_equal(alpha[~near], np.where(inside, 255, 0)[~near])


def test_the_frame_s_border_is_no_outline():
    scene = scenes.scene("touching")
    alpha = found("touching", 1)[0]
    truth = scene.alpha(1)
    for side in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        assert np.abs(alpha[side] / 255.0 - truth[side]).mean() < 0.02
    assert (alpha[-1, 25:105] == 255).all() and (alpha[5:60, 0] == 255).all()


@pytest.mark.parametrize("name", ["poles", "fence"])
def test_thin_things_stay_whole(name):
    scene = scenes.scene(name)
    index = len(scene.layers) - 1
    alpha, truth = found(name, index)[0] / 255.0, scene.alpha(index)
    assert np.abs(alpha.sum(axis=1) / truth.sum(axis=1).clip(1.0) - 1.0)[truth.sum(axis=1) > 2.0].max() < 0.25
    assert (alpha[truth > 0.95] > 0.8).mean() > 0.98


def test_narrow_holes_stay_open():
    scene = scenes.scene("holed")
    alpha, truth = found("holed", 1)[0], scene.alpha(1)
    assert (truth[32:128, 170:172] < 0.01).all() and alpha[32:128, 170:172].max() < 20
    assert alpha[110, 120] == 0


def test_a_surface_that_is_cut_through_gets_a_plain_ramp():
    texture = scenes.scene("ground").source[122:160, 100:180]
    inside = np.arange(38)[:, None] >= 19 + 0 * np.arange(80)[None]
    alpha = matting.alpha(texture, inside, 12.0) / 255.0
    ramp = np.clip(0.5 + (np.arange(38) - 18.5) / 12.0, 0.0, 1.0)
    assert np.abs(alpha.mean(axis=1) - ramp).max() < 0.08
    assert np.abs(alpha - ramp[:, None]).mean() < 0.03
    flat = matting.alpha(np.full((38, 80, 3), 120, np.uint8), inside, 12.0) / 255.0
    assert np.abs(flat - ramp[:, None]).max() < 0.01


def test_grain_does_not_make_specks():
    random = np.random.default_rng(0)
    inside = np.hypot(*(np.mgrid[:120, :160] - np.array([60, 80])[:, None, None])) < 40
    clean = np.where(inside[..., None], (150, 120, 90), (90, 110, 140))
    alpha = matting.alpha(np.clip(clean + random.normal(0.0, 6.0, clean.shape), 0, 255).astype(np.uint8), masks.displaced(inside), 12.0)
    assert np.abs(alpha / 255.0 - inside).sum() / np.abs(masks.displaced(inside) ^ inside).sum() < 0.15


@pytest.mark.parametrize("name", ["hair", "skyline"])
def test_work_in_squares_shows_no_seam(name, monkeypatch):
    scene = scenes.scene(name)
    inside = scene.labels >= 1
    whole = matting.alpha(scene.source, inside, 8.0)
    sides = matting.colours(scene.source, whole)
    monkeypatch.setattr(matting, "TILE", 37)
    parts = matting.alpha(scene.source, inside, 8.0)
    assert np.abs(parts.astype(int) - whole).max() <= 1
    near = (whole > 0) & (whole < 255)
    for side, again in zip(sides, matting.colours(scene.source, whole)):
        assert np.abs(side.astype(int) - again)[near].max() <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (5, 400)])
def test_pictures_and_masks_of_any_shape_work(shape):
    random = np.random.default_rng(1)
    picture = random.integers(0, 256, (*shape, 3), np.uint8)
    for inside in (random.random(shape) < 0.5, np.ones(shape, bool), np.zeros(shape, bool)):
        for width in (0.0, 1.0, 12.0, 300.0):
            alpha = matting.alpha(picture, inside, width)
            front, back = matting.colours(picture, alpha)
            assert alpha.shape == shape and front.shape == back.shape == picture.shape
            if width == 0.0 or inside.all() or not inside.any():
                assert np.array_equal(alpha, np.where(inside, 255, 0))


def test_nothing_that_is_given_changes_and_views_work():
    scene = scenes.scene("hair")
    picture, inside = scene.source[:, ::-1], (scene.labels == 1)[:, ::-1]
    before = picture.copy(), inside.copy()
    alpha = matting.alpha(picture, inside, 10.0)
    matting.colours(picture, alpha)
    assert np.array_equal(picture, before[0]) and np.array_equal(inside, before[1])
    assert np.array_equal(alpha, matting.alpha(*before, 10.0))


def test_without_opencv_the_edge_is_soft_and_has_no_halo(monkeypatch):
    scene = scenes.scene("blobs")
    inside = scene.labels >= 1
    monkeypatch.setitem(sys.modules, "cv2", None)
    alpha = matting.alpha(scene.source, inside, 10.0)
    front, back = matting.colours(scene.source, alpha)
    assert metrics.soft_iou(alpha / 255.0, scene.alpha(1)) > 0.97
    mixed = (alpha > 25) & (alpha < 230)
    mixed[:, 90:] = False  # only the box, which is the middle layer's
    assert mixed.any()
    assert abs(shifted_to(front, scene.colours(1), scene.colours(0), mixed)) < 0.1
    assert abs(shifted_to(back, scene.colours(0), scene.colours(1), mixed)) < 0.1
    assert shifted_to(scene.source, scene.colours(1), scene.colours(0), mixed) > 0.4
