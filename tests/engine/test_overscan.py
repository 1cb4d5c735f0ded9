"""Narrow margins beyond a layer's ends."""

import numpy as np
import pytest

from engine.canvas import overscan, seams


def opaque(rgb):
    return np.dstack([np.rint(rgb).astype(np.uint8), np.full(rgb.shape[:2], 255, np.uint8)])


def slanted(height=240, width=360, slope=0.4, period=32.0):
    """Smooth stripes along a slanted direction, a little darker to the right."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    tone = 128.0 + 80.0 * np.sin(2.0 * np.pi * (y + slope * x) / period) - 0.05 * x
    return np.dstack([tone, 0.8 * tone, 255.0 - tone])


@pytest.mark.parametrize("slope", [-0.5, -0.2, 0.0, 0.3, 0.6])
def test_lines_go_on_straight(slope):
    whole = slanted(width=372, slope=slope)
    margin = overscan.beyond(opaque(whole[:, :360]), 12)
    inner = np.s_[20:-20]
    apart = np.abs(margin[inner, :, :3].astype(float) - whole[inner, 360:]).mean()
    mirrored = np.abs(whole[inner, 359:347:-1] - whole[inner, 360:]).mean()
    assert apart < 8.0 and (slope == 0.0 or apart < 0.35 * mirrored)


@pytest.mark.parametrize(("before", "after", "axis"), [(7, 11, 1), (0, 9, 1), (8, 0, 1), (6, 5, 0)])
def test_nothing_of_the_strip_changes_and_both_ends_go_on(before, after, axis):
    rng = np.random.default_rng(4)
    strip = np.dstack([rng.integers(0, 255, (230, 260, 3)), rng.choice([0, 90, 255], (230, 260))]).astype(np.uint8)
    out = seams.extend(strip, before, after, axis)
    assert out.shape[axis] == strip.shape[axis] + before + after
    assert (out.take(range(before, before + strip.shape[axis]), axis) == strip).all()
    assert (seams.extend(strip, before, after, axis) == out).all()


def test_a_step_to_the_margin_is_no_larger_than_those_inside():
    """Grain: neighboring columns differ everywhere, across the end no more than elsewhere."""
    rng = np.random.default_rng(2)
    grain = np.cumsum(rng.normal(size=(200, 300)), axis=1) * 3.0 % 255
    strip = opaque(np.dstack([grain] * 3))
    out = seams.extend(strip, 0, 12)[..., :3].astype(float)
    steps = np.abs(np.diff(out, axis=1)).mean(axis=(0, 2))
    assert steps[299] <= 1.2 * steps[:299].max()


def test_the_outline_of_a_ground_goes_on():
    height, width = 200, 300
    y, x = np.mgrid[0:height, 0 : width + 10]
    ground = y > 80 + 0.3 * x
    whole = np.dstack([*([np.where(ground, 90, 0)] * 3), np.where(ground, 255, 0)]).astype(np.uint8)
    margin = overscan.beyond(whole[:, :width], 10)
    tops = (margin[..., 3] >= 128).argmax(axis=0)
    wanted = (whole[:, width:, 3] >= 128).argmax(axis=0)
    assert np.abs(tops - wanted).max() <= 2
    assert set(np.unique(margin[..., 3][np.abs(y[:, :10] - wanted) > 6])) <= {0, 255}


def test_what_is_empty_stays_empty_and_one_color_stays_that_color():
    empty = np.zeros((120, 200, 4), np.uint8)
    assert not overscan.beyond(empty, 8).any()
    plain = np.full((120, 200, 4), (40, 90, 200, 255), np.uint8)
    assert (overscan.beyond(plain, 8) == plain[0, 0]).all()


def test_a_large_picture_goes_on_to_the_pixel():
    """Offsets are found on a small copy; thin lines must still meet."""
    y, x = np.mgrid[0:900, 0:1240].astype(float)
    lines = np.where((y + 0.5 * x) % 60.0 < 6.0, 230.0, 60.0)
    whole = np.dstack([lines] * 3)
    margin = overscan.beyond(opaque(whole[:, :1200]), 40)
    inner = np.s_[60:-60]
    wrong = np.abs(margin[inner, :, 0].astype(float) - lines[inner, 1200:]) > 80.0
    assert wrong.mean() < 0.05


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (40, 3), (9, 25), (30, 30)])
def test_small_strips_have_margins_as_well(size):
    strip = np.random.default_rng(1).integers(0, 255, (*size, 4)).astype(np.uint8)
    assert seams.extend(strip, 2, 1).shape == (size[0], size[1] + 3, 4)
    assert seams.extend(strip, 2, 1, axis=0).shape == (size[0] + 3, size[1], 4)
