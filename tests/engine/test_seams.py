"""Walks of reflections and jumps: known pixels stay, lengths are exact, nothing is open, and seams are hard to see."""

import numpy as np
import pytest

from engine import worker
from engine.canvas import seams, walk
from engine.job import Job
from tests.engine import scenes
from tests.support.settings import plain


def textured(height=96, width=200, seed=0, base=(90, 130, 180)):
    """An opaque strip of smooth noise, as rough as grass: no sky."""
    bumps = scenes.noise(height, width, seed) + 0.45 * (np.random.default_rng(seed).random((height, width)) - 0.5)
    rgb = np.clip(np.array(base) + 50 * bumps[..., None], 0, 255).astype(np.uint8)
    return np.dstack([rgb, np.full((height, width), 255, np.uint8)])


def panorama(height=96, width=240):
    """A strip whose right end goes on at its left one."""
    x, y = np.arange(width) / width * 2 * np.pi, np.arange(height)[:, None]
    grey = 120 + 40 * np.sin(3 * x + y / 9) + 25 * np.sin(7 * x - y / 5)
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)]).astype(np.uint8)


def whole(strip, period):
    return np.concatenate([strip, seams.closed(strip, period)[0]], axis=1)


def steps(canvas):
    """Mean absolute change from each column to the next, round the torus, of color times alpha and alpha."""
    premultiplied = np.dstack([canvas[..., :3] * (canvas[..., 3:] / 255.0), canvas[..., 3]])
    return np.abs(np.diff(np.concatenate([premultiplied, premultiplied[:, :1]], axis=1), axis=1)).mean(axis=(0, 2))


@pytest.mark.parametrize("size", [(96, 200), (16, 16), (7, 100), (3, 33), (100, 5), (400, 24), (20, 1500)])
@pytest.mark.parametrize("extra", [1, 2, 7, 16, 0.1, 0.6, 1.0, 2.3])
def test_every_period_is_met_exactly(size, extra):
    strip = textured(*size)
    period = strip.shape[1] + (extra if isinstance(extra, int) else max(1, round(extra * strip.shape[1])))
    way = walk.closing(strip, period)
    laid, _ = seams.closed(strip, period)
    assert way.length == period - strip.shape[1] and laid.shape == (size[0], way.length, 4)
    assert (laid[..., 3] == 255).all()  # nothing is open
    at, stop, phase = list(way.runs())[-1]
    assert stop == way.length and (phase + stop - at) % (2 * way.size) == 0  # what follows is the strip's own first column
    assert all(b >= a for a, b, _ in way.runs())


@pytest.mark.parametrize("period", [215, 221, 300, 380])
def test_no_seam_shows(period):
    for seed in range(3):
        strip = textured(seed=seed)
        canvas = whole(strip, period)
        change = steps(canvas)
        assert change[199:].max() <= 1.5 * change[:199].max()


def test_the_same_strip_gives_the_same_walk():
    strip = textured()
    assert walk.closing(strip, 260) == walk.closing(strip.copy(), 260)
    assert np.array_equal(whole(strip, 260), whole(strip, 260))


def test_what_is_not_near_a_jump_is_copied():
    strip = textured(120, 400)
    way = walk.closing(strip, 640)
    laid, _ = seams.laid(strip, way)
    near = np.zeros(way.length, bool)
    for jump in way.jumps:
        near[max(0, jump.at - way.size // 7 - way.overlap) : jump.at + way.size // 7 + way.overlap] = True
    assert (~near).any()
    assert np.array_equal(laid[:, ~near], strip[:, way.columns()[~near]])


def test_twice_the_width_is_the_plain_reflection():
    strip = textured()
    assert np.array_equal(seams.closed(strip, 400)[0], strip[:, ::-1])


@pytest.mark.parametrize("period", [224, 260, 330])
def test_a_ramp_of_brightness_closes_without_a_wall(period):
    """Dark at one end and bright at the other: it goes down again evenly, over all that it has."""
    ramp = textured(seed=3).astype(int)
    ramp[..., :3] = np.clip(ramp[..., :3] - 60 + np.linspace(0, 110, ramp.shape[1])[None, :, None], 0, 255)
    strip = ramp.astype(np.uint8)
    change, even = steps(whole(strip, period)), 110 * 0.75 / (period - 200)  # three of the four channels change
    assert change[199:].max() <= 2.0 * even + change[:199].max()


def test_a_strip_that_goes_round_is_left_alone():
    assert walk.already_closes(panorama()) and not walk.already_closes(panorama()[:, :200])


def test_what_can_be_closed_well_costs_less_than_what_cannot():
    """Noise that repeats has a good jump; a strip that changes from one end to the other has none."""
    repeats = np.concatenate([panorama(), panorama()[:, :120]], axis=1)
    once = repeats.astype(int)
    once[..., 0] = np.clip(once[..., 0] + np.linspace(-100, 100, once.shape[1]), 0, 255)
    assert walk.closing(repeats, 480).visibility < 0.6 * walk.closing(once.astype(np.uint8), 480).visibility


def hill(width=300, height=90, left=60, right=40):
    """Ground of a height that changes, with nothing above it."""
    top = np.linspace(height - left, height - right, width) + 6 * np.sin(np.arange(width) / 17)
    strip = textured(height, width, 5, (80, 130, 60))
    strip[..., 3] = np.clip((np.arange(height)[:, None] - top[None]) * 255, 0, 255).astype(np.uint8)
    return strip


@pytest.mark.parametrize("period", [330, 450])
def test_outlines_meet(period):
    canvas = whole(hill(), period)
    tops = (canvas[..., 3] >= 128).argmax(axis=0)
    assert np.abs(np.diff(np.append(tops, tops[0]))).max() <= 4
    assert (canvas[-20:, :, 3] == 255).all()  # and there is no hole below them


def test_a_thing_cut_by_the_edge_becomes_whole():
    """A disc of which the right half is beyond the frame."""
    y, x = np.mgrid[:120, :400]
    inside = (y - 60) ** 2 + (x - 399.5) ** 2 < 30**2
    strip = np.zeros((120, 400, 4), np.uint8)
    strip[inside] = (200, 60, 40, 255)
    laid, _ = seams.closed(strip, 520)
    disc = (y - 60) ** 2 + (x + 0.5) ** 2 < 30**2
    assert np.array_equal(laid[..., 3] == 255, disc[:, :120])


def test_a_single_object_is_not_repeated():
    strip = np.zeros((60, 200, 4), np.uint8)
    strip[20:40, 80:120] = (200, 60, 40, 255)
    assert not seams.closed(strip, 300)[0].any() and walk.closing(strip, 300).visibility == 0.0
    assert not seams.extend(strip, 30, 500)[:, 230:].any()


def test_what_is_recognized_is_not_shown_again_close_by():
    """A plain texture with one bright disc near its end: the walk goes on without a second one."""
    strip = textured(100, 320, 2).copy()
    y, x = np.mgrid[:100, :320]
    strip[(y - 50) ** 2 + (x - 260) ** 2 < 14**2, :3] = (255, 250, 120)
    for period in (352, 400, 448):
        laid, _ = seams.closed(strip, period)
        assert (laid[..., :3].min(axis=2) > 118).sum() < 40 or not ((laid[..., 0] > 250) & (laid[..., 2] < 130)).any()


def test_a_walk_tells_how_much_of_what_is_recognized_it_mirrors():
    """A house that the frame cuts in half is whole by its reflection; plain grass shows nothing of the kind."""
    grass = np.full((100, 320, 4), 255, np.uint8)
    grass[..., :3] = np.random.default_rng(3).integers(60, 120, (100, 320, 1), np.uint8)
    house = grass.copy()
    house[20:70, 240:, :3] = (250, 60, 40)
    house[30:50, 260:300, :3] = (20, 20, 90)
    plain, with_house = (walk.closing(strip, 400).mirrored for strip in (grass, house))
    assert plain < 0.03 and with_house > 1.5 * plain


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (40, 90, 200)])
def test_one_color_stays_one_color(color):
    strip = np.empty((40, 90, 4), np.uint8)
    strip[:] = (*color, 255)
    assert (whole(strip, 131) == strip[0, 0]).all()
    assert walk.closing(strip, 131).visibility == 0.0 and walk.already_closes(strip)
    assert (seams.extend(strip, 17, 400, axis=0) == strip[0, 0]).all()


def test_rows_with_nothing_stay_empty():
    strip = textured()
    strip[:30] = 0
    strip[70:80, :, 3] = 0
    canvas = whole(strip, 290)
    assert not canvas[:30, :, 3].any() and not canvas[70:80, :, 3].any()
    assert (canvas[30:70, :, 3] == 255).all()


def test_other_planes_follow_the_walk():
    """Column numbers as a plane of their own: each new column has those of the pixels it shows."""
    strip = textured(60, 180)
    number = np.broadcast_to(np.arange(180, dtype=np.float32), (60, 180))
    laid, (numbers,) = seams.closed(strip, 250, [number])
    way = walk.closing(strip, 250)
    clear = np.ones(way.length, bool)
    for jump in way.jumps:
        clear[max(0, jump.at - way.overlap) : jump.at + way.overlap] = False
    assert numbers.dtype == np.float32 and np.array_equal(numbers[0, clear], way.columns()[clear])


def test_seams_across_meet_where_the_rows_go_round():
    """On a torus the last row is beside the first, also at a jump."""
    strip = textured(80, 160, 4)
    strip = np.concatenate([strip, strip[::-1]])
    laid, _ = seams.closed(strip, 230, wraps=True)
    change = np.abs(np.diff(np.concatenate([laid, laid[:1]]).astype(int), axis=0)).mean(axis=(1, 2))
    assert change[-1] <= np.percentile(change, 99) + 1.0


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("lengths", [(0, 40), (33, 0), (25, 1000)])
def test_a_strip_goes_on_for_any_length(axis, lengths):
    strip = textured(120, 200, 1)
    before, after = lengths
    out = seams.extend(strip, before, after, axis)
    wanted = list(strip.shape)
    wanted[axis] += before + after
    assert list(out.shape) == wanted and (out[..., 3] == 255).all()
    middle = out.swapaxes(0, 1)[before : before + strip.shape[axis]] if axis else out[before : before + strip.shape[axis]]
    assert np.array_equal(middle.swapaxes(0, 1) if axis else middle, strip)
    change = steps(out if axis else out.swapaxes(0, 1))[:-1]
    inside = change[before : before + strip.shape[axis] - 1]
    assert change.max() <= 1.35 * inside.max()


def test_ground_stays_ground_below_the_frame():
    """Sky above, grass below: what follows the bottom is green, and what precedes the top is blue."""
    strip = textured(120, 160, 1, (70, 110, 220))
    strip[60:] = textured(60, 160, 2, (70, 170, 60))
    strip[:60, :, 3], upper = 0, strip.copy()
    below = seams.extend(strip, 0, 90, axis=0)[120:]
    assert (below[..., 3] == 255).all() and (below[..., 1] > below[..., 2]).all()
    upper[60:, :, 3], upper[:60, :, 3] = 0, 255
    above = seams.extend(upper, 90, 0, axis=0)[:90]
    assert (above[..., 3] == 255).all() and (above[..., 2] > above[..., 1]).all()


def test_a_seam_goes_where_both_sides_agree():
    cost = np.full((40, 9), 50.0, np.float32)
    path = 4 + np.round(3 * np.sin(np.arange(40) / 9)).astype(int)
    cost[np.arange(40), path] = 0.0
    assert np.array_equal(seams.cheapest_seam(cost), path)
    around = seams.cheapest_seam(cost, wraps=True)
    assert around[0] == around[-1] and (np.abs(np.diff(around)) <= 1).all()


def test_a_panorama_keeps_its_own_width_as_its_period(tmp_path):
    """Nothing is put between ends that meet already, at the speed that they set; another picture of the same kind gets longer periods."""
    height, width = 96, 240
    x, y = np.arange(width)[None] / width, np.arange(height)[:, None]
    waves = sum(np.sin(2.0 * np.pi * (k * x + y / (40.0 + 9.0 * k))) for k in (1, 2, 3, 5))
    closing = np.clip(120.0 + 25.0 * waves[..., None] * np.array([1.0, 0.8, 0.5]), 0, 255).astype(np.uint8)
    for picture, closes in ((closing, True), (closing[:, :200], False)):
        file = scenes.save(picture, tmp_path / f"{closes}.png")
        job = Job.create(tmp_path / f"job-{closes}", file, plain({"style": "SCROLL", "layers": 3}))
        assert worker.run(job).kind == "done"
        periods = {x for x, _ in job.result().motion.periods}
        assert (picture.shape[1] in periods) == closes
