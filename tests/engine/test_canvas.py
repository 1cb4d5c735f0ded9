"""A canvas has no edges, and what it knows stays."""

import numpy as np
import pytest

from engine.image.sparse import TILE, SparseCanvas


def paint(seed, height, width, alpha=255):
    rgb = np.random.default_rng(seed).integers(1, 256, (height, width, 3), dtype=np.uint8)
    return rgb, np.full((height, width), alpha, np.uint8)


def everywhere(height, width):
    return np.ones((height, width), bool)


def test_nothing_is_known_at_first():
    assert not SparseCanvas().read(-5000, 7000, 30, 20).any()


CORNERS = [(0, 0), (-1, -1), (-TILE - 37, 3), (TILE - 5, -2 * TILE - 9), (-100, TILE - 1), (3 * TILE, 5 * TILE), (10**7, -(10**7))]


@pytest.mark.parametrize("corner", CORNERS)
def test_what_is_written_is_read_across_tiles_and_at_negative_coordinates(corner):
    canvas = SparseCanvas()
    rgb, alpha = paint(1, TILE + 40, 2 * TILE + 11, alpha=200)
    canvas.write(*corner, rgb, alpha, everywhere(*alpha.shape))
    seen = canvas.read(*corner, alpha.shape[1], alpha.shape[0])
    assert np.array_equal(seen[..., :3], rgb) and (seen[..., 3] == 200).all() and (seen[..., 4] == 1).all()
    around = canvas.read(corner[0] - 3, corner[1] - 2, alpha.shape[1] + 6, alpha.shape[0] + 4)
    assert np.array_equal(around[2:-2, 3:-3], seen)
    around[2:-2, 3:-3] = 0
    assert not around.any()


def test_only_the_pixels_of_the_mask_become_known():
    canvas = SparseCanvas()
    rgb, alpha = paint(2, 50, 60)
    mask = np.random.default_rng(3).random((50, 60)) < 0.4
    canvas.write(-20, -30, rgb, alpha, mask)
    seen = canvas.read(-20, -30, 60, 50)
    assert np.array_equal(seen[..., 4] == 1, mask)
    assert np.array_equal(seen[mask][:, :3], rgb[mask]) and not seen[~mask].any()


def test_once_known_a_pixel_never_changes():
    canvas = SparseCanvas()
    clear, opaque = paint(4, 40, 40, alpha=0), paint(5, 60, 60)
    canvas.write(0, 0, *clear, everywhere(40, 40))
    canvas.write(-10, -10, *opaque, everywhere(60, 60))
    seen = canvas.read(-10, -10, 60, 60)
    assert np.array_equal(seen[10:50, 10:50, :3], clear[0]) and (seen[10:50, 10:50, 3] == 0).all()
    outside = np.ones((60, 60), bool)
    outside[10:50, 10:50] = False
    assert np.array_equal(seen[outside][:, :3], opaque[0][outside]) and (seen[outside][:, 3] == 255).all()


def test_reading_gives_a_copy():
    canvas = SparseCanvas()
    canvas.write(0, 0, *paint(6, 8, 8), everywhere(8, 8))
    canvas.read(0, 0, 8, 8)[:] = 0
    assert canvas.read(0, 0, 8, 8)[..., 4].all()


@pytest.mark.parametrize("stride", [2, 3, 8, 100])
def test_a_stride_takes_every_so_many_rows_and_columns(stride):
    canvas = SparseCanvas()
    rgb, alpha = paint(7, 2 * TILE, 2 * TILE)
    canvas.write(-TILE - 13, -TILE + 29, rgb, alpha, everywhere(*alpha.shape))
    for rectangle in ((-TILE - 40, -TILE, 2 * TILE + 90, 2 * TILE), (-7, 11, TILE + 1, 53), (5, 5, 1, 1)):
        assert np.array_equal(canvas.read(*rectangle, stride), canvas.read(*rectangle)[::stride, ::stride])


def test_bounds_hold_all_that_is_known_and_far_places_cost_nothing_between():
    canvas = SparseCanvas()
    for corner in ((-3000, 10), (40000, -700)):
        canvas.write(*corner, *paint(8, 4, 4), everywhere(4, 4))
    x0, y0, x1, y1 = canvas.bounds()
    assert x0 <= -3000 and x1 >= 40004 and y0 <= -700 and y1 >= 14
