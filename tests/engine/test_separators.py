"""Bands: found in the picture or set by hand, and cut so that the picture comes together again."""

import itertools

import numpy as np
import pytest

from engine import cuts, separators
from engine.errors import ParallaxError
from tests.engine import scenes
from tests.support.settings import plain


def bands(picture, **settings):
    return separators.bands(picture, plain(settings))


@pytest.mark.parametrize("layers", [2, 3, 4, 5])
@pytest.mark.parametrize("size", [(240, 144), (641, 427)])
def test_the_borders_of_layers_are_found_in_the_picture(layers, size):
    scene = scenes.scene(*size, layers=layers, seed=layers)
    found = np.cumsum(separators.suggest_heights(scene.source, layers))[:-1]
    true = np.array(scene.tops[1:]) * 100.0 / scene.height
    assert np.abs(found - true).max() <= 1.5


def test_suggested_heights_are_valid_settings():
    for layers in (1, 2, 7, 32):
        for height in (64, 100, 331):
            picture = scenes.scene(200, height, layers=3).source
            heights = separators.suggest_heights(picture, layers)
            assert len(heights) == layers and min(heights) > 0
            assert plain({"layers": layers, "heights": list(heights)}).heights == heights


@pytest.mark.parametrize("picture", [np.zeros((90, 120, 3), np.uint8), np.full((90, 120, 3), 255, np.uint8)], ids=["black", "white"])
def test_a_picture_of_one_colour_gets_layers_too(picture):
    for layers in (1, 2, 5):
        assert sum(separators.suggest_heights(picture, layers)) == pytest.approx(100.0)
        assert len(np.unique(bands(picture, layers=layers).labels(picture.shape[:2]))) == layers


def test_heights_set_by_hand_are_exact():
    picture = np.zeros((200, 50, 3), np.uint8)
    cut = bands(picture, layers=4, heights=[10, 45, 25])
    assert cut.rows == (20, 110, 160)
    assert cut.heights(200) == pytest.approx((10, 45, 25, 20))
    labels = cut.labels(picture.shape[:2])
    assert [int((labels == rank).sum()) for rank in range(4)] == [20 * 50, 90 * 50, 50 * 50, 40 * 50]


def test_labels_go_from_far_to_near_in_any_order_of_distances():
    picture = np.zeros((90, 10, 3), np.uint8)
    labels = bands(picture, layers=3, heights=[33.4, 33.3], distances=[1, 9, 5]).labels(picture.shape[:2])
    assert labels[0, 0] == 2 and labels[45, 0] == 0 and labels[89, 0] == 1


def test_rows_beyond_the_picture_belong_to_the_outer_bands():
    picture = np.zeros((90, 10, 3), np.uint8)
    labels = bands(picture, layers=3, heights=[30, 40]).labels((130, 10), top=-20)
    assert (labels[:21] == 0).all() and (labels[110:] == 2).all()
    assert np.array_equal(labels[20:110], bands(picture, layers=3, heights=[30, 40]).labels(picture.shape[:2]))


HEIGHTS_OF_32 = [[], [0.001] * 31, [3.2] * 31, [50] + [1] * 30, [1.0] * 30 + [69.9]]


@pytest.mark.parametrize("height", [32, 33, 40, 64])
def test_many_layers_on_a_low_picture_have_a_row_each(height):
    picture = scenes.scene(64, height, layers=3).source
    for heights in HEIGHTS_OF_32:
        labels = bands(picture, layers=32, heights=heights).labels(picture.shape[:2])
        assert set(np.unique(labels)) == set(range(32))
        assert (np.diff(labels[:, 0].astype(int)) >= 0).all()


def test_more_layers_than_rows_are_refused():
    picture = scenes.scene(64, 20, layers=2).source
    assert len(np.unique(bands(picture, layers=20).labels(picture.shape[:2]))) == 20
    with pytest.raises(ParallaxError, match="20"):
        bands(picture, layers=21)
    with pytest.raises(ParallaxError, match="20"):
        bands(picture, layers=32, heights=[3] * 31)


def recomposed(source, labels, layers, overlap):
    """The source put together again from each layer's colour and its soft alpha, far to near, and what stays open.

    Where a layer does not know the source, it is black: paint, which may look like anything, would lie there.
    """
    seen = np.zeros(source.shape, np.float64)
    through = np.ones(labels.shape)
    for rank in range(layers):
        known = cuts.reach(labels, rank, overlap)
        alpha = cuts.matte(labels, rank, overlap) / 255.0
        colour = np.where(known[..., None], source, 0)
        seen = seen * (1.0 - alpha[..., None]) + colour * alpha[..., None]
        through *= 1.0 - alpha
    return seen, through


@pytest.mark.parametrize("overlap", [0.0, 0.7, 1.2, 5.0, 12.0, 40.0])
@pytest.mark.parametrize("distances", list(itertools.permutations([1, 2, 3])))
def test_mattes_put_the_source_together_again(overlap, distances):
    scene = scenes.scene(60, 90)
    labels = bands(scene.source, layers=3, distances=list(distances), heights=scene.heights).labels(scene.source.shape[:2])
    seen, through = recomposed(scene.source, labels, 3, overlap)
    assert through.max() == 0.0
    assert np.abs(seen - scene.source).max() <= 1.0


def test_mattes_of_thin_bands_put_the_source_together_again():
    scene = scenes.scene(40, 64, layers=2)
    order = np.random.default_rng(8).permutation(16) + 1.0
    labels = bands(scene.source, layers=16, heights=[100 / 16] * 16, distances=list(order)).labels(scene.source.shape[:2])
    for overlap in (0.0, 3.0, 20.0):
        seen, through = recomposed(scene.source, labels, 16, overlap)
        assert through.max() == 0.0 and np.abs(seen - scene.source).max() <= 1.0


def test_a_matte_without_overlap_is_hard_and_a_ramp_with_it():
    labels = np.repeat(np.array([0] * 30 + [1] * 30, np.uint8)[:, None], 8, axis=1)
    assert set(np.unique(cuts.matte(labels, 1, 0.0))) == {0, 255}
    ramp = cuts.matte(labels, 1, 12.0)[:, 4].astype(int)
    assert (np.diff(ramp) >= 0).all() and ramp[0] == 0 and ramp[-1] == 255
    assert 8 <= ((ramp > 0) & (ramp < 255)).sum() <= 14
    assert (cuts.matte(labels, 0, 12.0) == 255).all()  # the farthest layer is opaque throughout
