"""The mask that an inpainter gets, and its paint matched to what was there before."""

import math

import numpy as np
import pytest

from engine import gap
from engine.settings import Settings

PLAIN = {"grow": False, "taper": 0.0, "blur": 0.0, "feather": 0.0}
HEADINGS = {angle: (round(math.cos(math.radians(angle)), 9), round(-math.sin(math.radians(angle)), 9)) for angle in range(0, 360, 45)}


def block():
    """A gap in the middle of a frame: columns 60 to 99, rows 40 to 79."""
    mask = np.zeros((120, 160), bool)
    mask[40:80, 60:100] = True
    return mask


def prepared(mask, heading=(1.0, 0.0), **settings):
    return gap.prepare(mask, heading, Settings.from_dict({**PLAIN, **settings}), 1600)


def reach(soft, mask):
    """How many pixels the soft mask reaches beyond the gap to the left, right, top and bottom."""
    ys, xs = np.nonzero(soft > 0)
    rows, columns = np.nonzero(mask)
    return columns.min() - xs.min(), xs.max() - columns.max(), rows.min() - ys.min(), ys.max() - rows.max()


def test_with_every_option_off_the_mask_is_the_gap():
    assert np.array_equal(prepared(block()), block().astype(np.float32))


@pytest.mark.parametrize("heading", HEADINGS.values(), ids=HEADINGS)
def test_the_mask_is_1_on_the_gap_and_between_0_and_1_beside_it(heading):
    soft = gap.prepare(block(), heading, Settings(), 1600)
    assert soft.dtype == np.float32
    assert (soft[block()] == 1.0).all()
    assert soft.min() >= 0.0 and soft.max() <= 1.0
    assert ((soft > 0.0) & (soft < 1.0)).any()


@pytest.mark.parametrize("heading", HEADINGS.values(), ids=HEADINGS)
def test_the_mask_grows_into_what_was_there_and_never_the_other_way(heading):
    """Content that moves along the heading leaves the gap behind it, so what was there lies along the heading."""
    left, right, up, down = reach(prepared(block(), heading, grow=True, feather=24.0), block())
    x, y = heading
    for amount, wanted in ((right, x), (left, -x), (down, y), (up, -y)):
        assert amount == (round(24.0 * wanted) if wanted > 0 else 0)


def test_the_ramp_falls_from_the_gap_on():
    soft = prepared(block(), grow=True, feather=24.0)
    row = soft[60, 99:130]
    assert (np.diff(row) <= 0).all() and row[0] == 1.0 and row[-1] == 0.0
    assert len(np.unique(row)) > 5


def test_without_grow_the_feather_has_nowhere_to_go():
    assert np.array_equal(prepared(block(), feather=24.0), block().astype(np.float32))


def test_taper_rounds_the_corners_of_the_grown_part_only():
    sharp, round_ = prepared(block(), grow=True, feather=24.0), prepared(block(), grow=True, feather=24.0, taper=20.0)
    lost = (sharp > 0) & (round_ == 0)
    assert lost[40, 120:124].any() and lost[79, 120:124].any()
    assert not lost[60].any() or round_[60, 100:116].min() > 0
    assert (round_[block()] == 1.0).all()


def test_blur_softens_the_mask_and_lerp_alpha_says_how_much():
    sharp, soft, half = prepared(block()), prepared(block(), blur=16.0), prepared(block(), blur=16.0, lerp_alpha=0.5)
    assert np.array_equal(prepared(block(), blur=16.0, lerp_alpha=0.0), sharp)
    assert set(np.unique(sharp)) == {0.0, 1.0}
    rim = (soft > 0) & (soft < 1)
    assert rim[60, 100:110].all() and rim[60, 50:60].all()
    assert np.allclose(half[rim], soft[rim] / 2.0, atol=1e-6)
    assert max(reach(soft, block())) <= 16


def test_falloff_bends_the_ramp():
    close, even, far = (prepared(block(), grow=True, feather=24.0, falloff=f) for f in (3.0, 1.0, 0.3))
    ramp = (even > 0) & (even < 1)
    assert (close[ramp] < even[ramp]).all() and (even[ramp] < far[ramp]).all()
    assert (close[block()] == 1.0).all() and (far[block()] == 1.0).all()


def test_lengths_scale_with_the_width():
    half = gap.prepare(block(), (1.0, 0.0), Settings.from_dict({**PLAIN, "grow": True, "feather": 24.0}), 800)
    assert reach(half, block()) == (0, 12, 0, 0)


def test_an_empty_gap_and_a_gap_of_the_whole_frame():
    nothing = np.zeros((40, 60), bool)
    assert not gap.prepare(nothing, (1.0, 0.0), Settings(), 1600).any()
    assert (gap.prepare(~nothing, (0.0, 1.0), Settings(), 1600) == 1.0).all()


def test_matching_never_changes_a_pixel_outside_the_gap():
    random = np.random.default_rng(4)
    frame, painted = (random.integers(0, 256, (120, 160, 3), dtype=np.uint8) for _ in range(2))
    for heading in HEADINGS.values():
        soft = gap.prepare(block(), heading, Settings(), 1600)
        for reach in (0.0, 5.0, 40.0):
            result = gap.matched(frame, painted, block(), soft, reach)
            assert result.dtype == np.uint8
            assert np.array_equal(result[~block()], frame[~block()])


def test_without_a_reach_the_paint_is_taken_as_it_is():
    frame, painted = np.full((120, 160, 3), 90, np.uint8), np.full((120, 160, 3), 140, np.uint8)
    result = gap.matched(frame, painted, block(), prepared(block(), grow=True, feather=24.0), 0.0)
    assert (result[block()] == 140).all()


def test_paint_is_matched_to_what_is_beside_it():
    """Paint that is 30 levels too bright throughout comes close to the frame where it meets it, and keeps its own look far away."""
    frame, painted = np.full((120, 400, 3), 90, np.uint8), np.full((120, 400, 3), 120, np.uint8)
    mask = np.zeros((120, 400), bool)
    mask[:, :300] = True
    result = gap.matched(frame, painted, mask, prepared(mask, grow=True, feather=24.0), 24.0)
    assert np.abs(result[:, 299].astype(int) - 90).max() <= 8
    assert (result[:, :200] == 120).all()
    assert (np.diff(result[60, 200:300, 0].astype(int)) <= 0).all()


def test_paint_that_fits_is_left_alone():
    texture = np.random.default_rng(1).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    soft = prepared(block(), grow=True, feather=24.0)
    assert np.array_equal(gap.matched(texture, texture, block(), soft, 24.0), texture)
