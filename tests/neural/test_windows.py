"""Where a model looks: within the picture, at the picture's own scale, at all that is masked, with enough beside it."""

import numpy as np
import pytest

from engine.neural.windows import ENOUGH, WHOLE, Window, cover

FRAME = (949, 1600)


def gap(width=100, shape=FRAME):
    mask = np.zeros(shape, bool)
    mask[:, -width:] = True
    return mask


def box(x0, y0, x1, y1, shape=FRAME):
    mask = np.zeros(shape, bool)
    mask[y0:y1, x0:x1] = True
    return mask


def slanting():
    """What comes into view when everything moves to the left and up: a strip on two sides, wider for what is nearer."""
    mask = gap(80) | box(0, 909, 1600, 949)
    mask[500:, -200:] = True
    return mask


def blobs():
    y, x = np.mgrid[: FRAME[0], : FRAME[1]]
    return (np.hypot(x - 200, y - 150) < 60) | (np.hypot(x - 1300, y - 800) < 120)


MASKS = {
    "a gap": gap(), "a wide gap": gap(243), "a gap wider than a window": gap(900), "slanting": slanting(), "two blobs": blobs(),
    "an object": box(700, 300, 875, 495), "a large object": box(300, 100, 1100, 800), "a corner": box(0, 0, 40, 30),
    "a pixel": box(9, 9, 10, 10), "all": np.ones(FRAME, bool), "a bridge of a thin band": box(300, 0, 400, 64, (64, 700)),
    "a small picture": box(20, 10, 40, 30, (50, 70)), "a line": box(30, 0, 60, 1, (1, 90)),
    "a panorama": box(1000, 0, 1200, 300, (300, 3000)), "a pillar": box(0, 2000, 300, 2200, (3000, 300)),
}


@pytest.mark.parametrize(("size", "step"), [(512, 8), (1024, 16)])
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_windows_lie_within_the_picture_and_cover_all_that_is_masked(mask, size, step):
    left = mask.copy()
    for window in cover(mask, None, size, step):
        assert window.x >= 0 and window.y >= 0 and window.width > 0 and window.height > 0
        assert window.x + window.width <= mask.shape[1] and window.y + window.height <= mask.shape[0]
        assert window.columns % step == 0 and window.rows % step == 0
        assert window.columns * window.rows <= (WHOLE if (window.width, window.height) == mask.shape[::-1] else 1.1) * size * size
        assert window.width * window.zoom <= window.columns + 1 and window.height * window.zoom <= window.rows + 1
        assert left[window.cut].any()
        inside = np.zeros_like(mask)
        inside[window.cut] = True
        done = np.zeros_like(mask)
        done[window.done] = True
        assert not (done & left & ~inside).any()  # nothing is taken for painted that was not seen
        left &= ~done
    assert not left.any()


def test_an_empty_mask_needs_no_window():
    assert cover(np.zeros(FRAME, bool), None, 512) == []


@pytest.mark.parametrize(("mask", "size", "many"), [
    (gap(), 512, 2), (gap(), 1024, 1), (gap(243), 512, 2), (box(700, 300, 875, 495), 512, 1), (blobs(), 512, 2),
])
def test_a_gap_is_painted_at_the_pictures_own_scale(mask, size, many):
    windows = cover(mask, None, size)
    assert len(windows) == many
    for window in windows:
        assert window.zoom == 1.0
        assert window.columns - 8 < window.width <= window.columns and window.rows - 8 < window.height <= window.rows


def test_a_corner_is_covered_by_windows_of_the_shapes_of_its_sides():
    """A strip along two sides: one window that is high, one that is wide."""
    wide, high = cover(gap(200) | box(0, 860, 1600, 949), None, 1000)
    assert wide.columns > wide.rows and high.columns < high.rows


def test_turning_the_picture_turns_the_windows():
    here, there = cover(MASKS["slanting"], None, 512), cover(MASKS["slanting"].T, None, 512)
    assert sum(window.worth for window in here) == sum(window.worth for window in there)


def test_windows_of_one_gap_overlap_and_the_later_sees_what_was_painted_before():
    first, second = cover(gap(), None, 512)
    assert first.y == 0 and second.y + second.height == 949
    assert second.core[1] - second.y >= 64  # known by then, above what it paints
    assert second.core[1] <= first.core[3] < first.y + first.height  # and what was painted close to the end is painted again


def test_the_whole_frame_would_cost_more():
    """Pixels that the model paints, for a gap as a step has it: of 1600x949 whole it would be 1600 * 952."""
    for size, share in ((512, 0.3), (1024, 0.5)):
        assert sum(window.pixels for window in cover(gap(), None, size)) < share * 1600 * 952


def test_the_whole_frame_is_looked_at_where_windows_cost_more():
    """A strip along two sides, whose windows see the corner twice; a model that was made for half the frame cannot look at it at once."""
    window, = cover(slanting(), None, 1024)
    assert (window.x, window.y, window.width, window.height, window.zoom) == (0, 0, 1600, 949, 1.0)
    assert (window.columns, window.rows, window.core) == (1600, 952, (0, 0, 1600, 949))
    assert len(cover(slanting(), None, 768)) > 1
    unknown = box(0, 0, 1400, 900)  # then hardly anything in it is known
    assert all(one.zoom < 1.0 or one.width < 1600 for one in cover(slanting(), unknown, 1024))


def test_enough_that_is_known_is_in_view():
    for mask in (gap(243), box(300, 100, 1100, 800), blobs()):
        left = mask.copy()
        for window in cover(mask, None, 512):
            wanted = left[window.cut].sum()
            assert left[window.cut].size - wanted >= ENOUGH * wanted
            left[window.done] = False


def test_a_hole_too_wide_for_a_window_is_seen_from_farther_away():
    windows = cover(box(400, 100, 1100, 800), None, 512)
    assert min(window.zoom for window in windows) == pytest.approx(0.8)


def test_what_is_excluded_does_not_count_as_known():
    """A hole at the end of a strip that is known: all else is not to be looked at."""
    mask, exclude = box(600, 400, 700, 500), np.ones(FRAME, bool)
    exclude[400:500, :700] = False
    near, = cover(mask, None, 512)
    far, = cover(mask, exclude, 512)
    assert near.zoom == 1.0
    known = ~(mask | exclude)[far.cut]
    assert known.sum() >= ENOUGH * mask.sum()


def test_a_small_picture_is_scaled_up_and_filled_with_its_reflection():
    window, = cover(box(20, 10, 40, 30, (50, 70)), None, 512)
    assert (window.x, window.y, window.width, window.height, window.zoom) == (0, 0, 70, 50, 4.0)
    assert (window.columns, window.rows) == (280, 256)
    picture = np.random.default_rng(0).integers(0, 256, (50, 70, 3)).astype(np.uint8)
    shown = window.shown(picture)
    assert shown.shape == (256, 280, 3)
    assert np.array_equal(shown[200:], shown[143:199][::-1])


def test_what_is_shown_and_taken_back_at_the_pictures_own_scale_is_the_picture_exactly():
    window = Window(3, 5, 61, 43, 64, 48, 1.0, (3, 5, 64, 48))
    picture = np.random.default_rng(1).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    shown = window.shown(picture[window.cut])
    assert shown.shape == (48, 64, 3)
    assert np.array_equal(shown[:43, :61], picture[5:48, 3:64])
    assert np.array_equal(shown[:43, 61:], picture[5:48, 60:63][:, ::-1])
    assert np.array_equal(window.taken(shown), picture[window.cut])


def test_a_mask_that_is_scaled_down_covers_every_pixel_that_has_a_part_of_it():
    window = Window(0, 0, 64, 64, 32, 32, 0.5, (0, 0, 64, 64))
    mask = box(11, 20, 12, 41, (64, 64))
    shown = window.shown(mask)
    assert shown.shape == (32, 32) and shown.dtype == bool
    assert np.array_equal(np.argwhere(shown), [(y, 5) for y in range(10, 21)])


def test_nearness_keeps_its_numbers():
    window = Window(0, 0, 40, 24, 80, 48, 2.0, (0, 0, 40, 24))
    plane = np.full((24, 40), 0.3, np.float32)
    assert np.allclose(window.shown(plane), 0.3) and window.shown(plane).shape == (48, 80)


def test_all_scales_down_until_it_fits_or_is_too_soft():
    window, = cover(np.ones((600, 600), bool), None, 512)
    assert (window.width, window.height) == (600, 600) and window.zoom == pytest.approx(0.8)
    farthest = [window.zoom for window in cover(np.ones((1000, 1000), bool), None, 128)]
    assert min(farthest) == pytest.approx(0.4)
