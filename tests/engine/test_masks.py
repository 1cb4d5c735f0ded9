"""Growing, shrinking, blurring and bleeding, each against the plainest way to do it."""

import numpy as np
import pytest

from engine import masks


def specks(seed, share=0.03, shape=(37, 53)):
    return np.random.default_rng(seed).random(shape) < share


def grown_pixel_by_pixel(mask, left, right, up, down):
    out = np.zeros_like(mask)
    for y, x in zip(*np.nonzero(mask)):
        out[max(y - up, 0) : y + down + 1, max(x - left, 0) : x + right + 1] = True
    return out


@pytest.mark.parametrize("sides", [(0, 0, 0, 0), (1, 0, 0, 0), (0, 2, 0, 0), (0, 0, 3, 0), (0, 0, 0, 4), (5, 1, 2, 7), (100, 0, 0, 100)])
def test_growing_reaches_each_side_as_far_as_asked(sides):
    for seed in range(4):
        mask = specks(seed, share=0.004)
        assert np.array_equal(masks.grow(mask, *sides), grown_pixel_by_pixel(mask, *sides))


def test_growing_to_all_sides_and_shrinking_are_each_other_s_mirror():
    mask = specks(5, share=0.9)
    assert np.array_equal(masks.grow_all(mask, 2), grown_pixel_by_pixel(mask, 2, 2, 2, 2))
    assert np.array_equal(masks.shrink_all(mask, 2), ~grown_pixel_by_pixel(~mask, 2, 2, 2, 2))


def test_the_frame_s_border_does_not_shrink_a_mask():
    assert masks.shrink_all(np.ones((9, 9), bool), 3).all()


def test_growing_changes_nothing_it_was_given():
    mask = specks(1)
    before = mask.copy()
    masks.grow_all(mask, 3)
    assert np.array_equal(mask, before)


def test_bounds_are_the_smallest_rectangle():
    mask = np.zeros((20, 30), bool)
    assert masks.bounds(mask) is None
    mask[4, 7] = mask[11, 20] = True
    assert masks.bounds(mask) == (7, 4, 21, 12)


def test_a_blur_leaves_flat_areas_alone_and_is_even_to_all_sides():
    plane = np.zeros((61, 61), np.uint8)
    plane[30, 30] = 255
    for radius in (0.5, 2.0, 3.3):
        soft = masks.blurred(plane, radius)
        soft = soft.astype(int)
        assert np.array_equal(soft, soft[::-1]) and np.array_equal(soft, soft[:, ::-1])
        assert np.abs(soft - soft.T).max() <= 1
    half = np.zeros((40, 40), np.uint8)
    half[:, 20:] = 255
    soft = masks.blurred(half, 3.0)
    assert (soft[:, :13] == 0).all() and (soft[:, 27:] == 255).all()
    assert (np.diff(soft.astype(int), axis=1) >= 0).all()
    assert np.array_equal(masks.blurred(half, 0.0), half)


def test_bleeding_carries_colour_as_far_as_asked_and_changes_no_known_pixel():
    rgb = np.zeros((30, 40, 3), np.uint8)
    known = np.zeros((30, 40), bool)
    known[:, :10] = True
    rgb[:, :10] = (200, 100, 50)
    before = rgb.copy()
    coloured = masks.bleed(rgb, known, 6)
    assert np.array_equal(coloured, grown_pixel_by_pixel(known, 6, 6, 6, 6))
    assert (rgb[coloured] == (200, 100, 50)).all()
    assert np.array_equal(rgb[known], before[known]) and (rgb[~coloured] == 0).all()


def test_bled_colour_lies_between_the_colours_around_it():
    random = np.random.default_rng(2)
    known = specks(9, share=0.2)
    rgb = np.where(known[..., None], random.integers(60, 180, (*known.shape, 3)), 0).astype(np.uint8)
    before = rgb.copy()
    coloured = masks.bleed(rgb, known, 100)
    assert coloured.all()
    assert np.array_equal(rgb[known], before[known])
    assert rgb.min() >= before[known].min() and rgb.max() <= before[known].max()


def test_bleeding_from_nothing_gives_nothing():
    rgb = np.zeros((8, 8, 3), np.uint8)
    assert not masks.bleed(rgb, np.zeros((8, 8), bool), 5).any()


def test_flooding_leaves_no_pixel_without_colour_and_changes_no_known_one():
    random = np.random.default_rng(6)
    for shape in ((37, 53), (1, 9), (64, 64), (1, 1)):
        rgb = random.integers(60, 180, (*shape, 3), dtype=np.uint8)
        known = random.random(shape) < 0.05
        known[0, 0] = True
        rgb[~known] = 0
        full = masks.flooded(rgb, known)
        assert full.dtype == np.uint8 and np.array_equal(full[known], rgb[known])
        assert full.min() >= rgb[known].min() and full.max() <= rgb[known].max()


def test_flooding_takes_the_colour_that_is_near():
    rgb = np.zeros((16, 64, 3), np.uint8)
    known = np.zeros((16, 64), bool)
    known[:, :4] = known[:, -4:] = True
    rgb[:, :4], rgb[:, -4:] = 50, 200
    full = masks.flooded(rgb, known)
    assert (full[:, :8] < 70).all() and (full[:, -8:] > 180).all()
    assert (np.diff(full[..., 0].astype(int), axis=1) >= 0).all()  # smoothly from one to the other
