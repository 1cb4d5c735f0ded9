"""Depth maps that are soft and misplaced are brought back to the outlines of scenes whose depth is known; true maps stay."""

import numpy as np
import pytest

from engine import depth
from engine.layers import rims
from tests.truth import scenes

cv2 = pytest.importorskip("cv2")
SCALE = 4  # the scenes are small: at 960 pixels, five are eight of 1600


def enlarged(name):
    """The scene's picture, and the true map of its layers."""
    scene = scenes.scene(name)
    picture = cv2.resize(scene.source, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC)
    labels = np.argmax([cv2.resize(share, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC) for share in scene.visible], axis=0)
    near = np.array([1.0 / layer.distance for layer in scene.layers], np.float32)
    return picture, ((near - near.min()) / np.ptp(near))[labels]


def spoiled(true, shift, blur):
    moved = np.roll(true, shift, axis=1)
    moved[:, :shift] = moved[:, shift : shift + 1]
    return cv2.GaussianBlur(moved, (0, 0), blur) if blur else moved


def wrong(found, true):
    return float((np.abs(found - true) > 0.1).mean())


@pytest.mark.parametrize("name", ["blobs", "fence", "touching", "holed"])
def test_a_true_map_stays_as_it_is(name):
    picture, true = enlarged(name)
    assert rims.map_error(true, picture).sharp
    assert rims.settled(true, picture) is true


@pytest.mark.parametrize("shift, blur", [(1, 1.0), (4, 2.0), (5, 0.0), (5, 5.0)])
@pytest.mark.parametrize("name", ["blobs", "fence", "touching"])
def test_soft_and_misplaced_outlines_move_to_those_of_the_picture(name, shift, blur):
    picture, true = enlarged(name)
    bad = spoiled(true, shift, blur)
    assert wrong(rims.settled(bad, picture), true) < 0.15 * wrong(bad, true)


def test_a_ramp_makes_no_layers_of_its_own():
    picture, true = enlarged("blobs")
    bad = spoiled(true, 3, 3.0)
    found = rims.settled(bad, picture)
    between = np.abs(found[..., None] - np.unique(true)).min(axis=2) > 0.05
    assert between.mean() < 0.002 < (np.abs(bad[..., None] - np.unique(true)).min(axis=2) > 0.05).mean()


def test_a_strip_between_two_layers_goes_to_them_and_a_thing_stays():
    labels = np.zeros((80, 120), np.uint8)
    labels[:, 60:] = 2
    labels[:, 58:61] = 1  # along an outline
    labels[20:50, 10:40] = 1  # a thing
    found = rims.without_slivers(labels, 5.0)
    assert not (found[:, 55:65] == 1).any() and (found[20:50, 10:40] == 1).all()


def test_a_slope_gets_as_many_layers_as_its_motion_needs():
    slope = np.repeat(np.linspace(0.0, 1.0, 400, dtype=np.float32)[:, None], 60, axis=1)
    for travel in (0.04, 0.1):
        found = (0.0, *depth.cuts(slope, travel=travel, range=8.0), 1.0)
        assert np.diff(found).max() * travel * (1.0 - 1.0 / 8.0) <= depth.STEP + 0.002
    assert len(depth.cuts(slope, travel=10.0)) < depth.MOST_LAYERS
    assert len(depth.cuts(slope, travel=0.001)) == len(depth.cuts(slope))
