"""Skies continue beyond the frame as an even gradient, and clouds that the frame cuts get an outline of their own."""

import numpy as np
import pytest

from engine.canvas import seams, sky
from tests.engine import scenes

HEIGHT, WIDTH = 120, 360
GROUND = 20  # rows at the bottom that nearer layers hide


def clear(height=HEIGHT, width=WIDTH, seed=0):
    """A blue gradient with a little grain."""
    down = np.linspace(0.0, 1.0, height)[:, None, None]
    color = np.array([70, 120, 200]) * (1.0 - down) + np.array([190, 210, 230]) * down
    grain = np.random.default_rng(seed).normal(0.0, 1.5, (height, width, 1))
    rgb = np.clip(color + grain, 0, 255).astype(np.uint8)
    strip = np.dstack([rgb, np.full((height, width), 255, np.uint8)])
    strip[height - GROUND :, :, 3] = 0
    return strip


def clouded(at=WIDTH, wide=70.0, tall=26.0, seed=0):
    """A clear sky with one soft cloud whose middle is at a column; at an end the frame cuts it in half."""
    strip = clear(seed=seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    bumps = scenes.noise(HEIGHT, WIDTH, seed + 5)
    dense = np.clip(1.6 - np.hypot((x - at) / wide, (y - 45) / tall) * 1.6 + 0.4 * bumps, 0.0, 1.0)[..., None]
    strip[..., :3] = np.rint(strip[..., :3] * (1.0 - dense) + np.array([245, 243, 240]) * dense).astype(np.uint8)
    return strip


def walls(canvas, bands=8):
    """The largest change of brightness from columns to the next few, in each of some bands of rows, round the torus."""
    bright = canvas[..., :3].astype(float).mean(axis=2)
    ring = np.concatenate([bright, bright[:, :8]], axis=1)
    mean = np.stack([band.mean(axis=0) for band in np.array_split(ring, bands)])
    mean = (mean[:, :-3] + mean[:, 1:-2] + mean[:, 2:-1] + mean[:, 3:]) / 4.0
    return np.abs(mean[:, 4:] - mean[:, :-4])[:, : canvas.shape[1]]


def whole(strip, period):
    return np.concatenate([strip, seams.closed(strip, period)[0]], axis=1)[:-GROUND]


def test_what_is_a_sky():
    assert sky.is_sky(clear()) and sky.is_sky(clouded())
    grass = clear()
    grass[..., :3] = np.random.default_rng(1).integers(40, 160, grass.shape[:2])[..., None]
    assert not sky.is_sky(grass)
    hills = clear()
    hills[:40, :, 3] = 0
    assert not sky.is_sky(hills)
    wall = clear()
    wall[..., 3] = 255  # a plain picture as a whole
    assert not sky.is_sky(wall)


@pytest.mark.parametrize("period", [430, 480, 560])
@pytest.mark.parametrize("at", [0, 40, 330, 360])
def test_a_cloud_near_the_end_makes_no_wall(period, at):
    """No column changes more beyond the frame, on any band of rows, than the cloud's own outline does within."""
    canvas = whole(clouded(at, wide=60.0, tall=30.0), period)
    change = walls(canvas)
    steepest = walls(clouded(180, wide=22.0, tall=30.0)[:-GROUND])[:, 20 : WIDTH - 20].max()  # the outline of a small cloud
    assert change[:, WIDTH - 4 :].max() <= max(change[:, : WIDTH - 8].max(), steepest)


def test_a_cloud_is_not_mirrored():
    """Of a cloud whose middle the frame's end is, much less is shown beyond that end than a reflection would."""
    strip = clouded(WIDTH, wide=110.0)
    beyond = seams.closed(strip, 500)[0][:-GROUND, :, :3].astype(float)
    mirrored, plain = (one[:-GROUND, :140, :3].astype(float) for one in (strip[:, ::-1], clear()))
    cloud = np.abs(mirrored - plain).mean()
    assert np.abs(beyond - plain).mean() < 0.75 * cloud
    assert np.abs(beyond[:, 100:] - plain[:, 100:]).mean() < 4.0  # and the clear end is reached


def test_a_sky_goes_on_from_both_ends_without_a_step():
    for seed in range(3):
        strip = clouded(WIDTH, seed=seed)
        beyond, strip = sky.between(strip, 60)[:-GROUND], strip[:-GROUND]
        for end, first in ((strip[:, -1], beyond[:, 0]), (strip[:, 0], beyond[:, -1])):
            assert np.abs(end[:, :3].astype(int) - first).mean() <= 3.0


def test_a_clear_sky_stays_clear():
    canvas = whole(clear(), 440)
    assert np.abs(canvas[:, WIDTH:, :3].astype(float).mean(axis=1) - canvas[:, :WIDTH, :3].mean(axis=1)).max() < 2.0
    assert canvas[:, WIDTH:, :3].std(axis=1).mean() > 0.5 * canvas[:, :WIDTH, :3].std(axis=1).mean()  # with its grain


def test_the_same_sky_gives_the_same():
    strip = clouded()
    assert np.array_equal(sky.between(strip, 77), sky.between(strip.copy(), 77))


@pytest.mark.parametrize("length", [1, 2, 5, 700])
def test_any_length(length):
    assert sky.between(clouded(), length).shape == (HEIGHT, length, 3)
