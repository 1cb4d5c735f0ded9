"""Grounds beyond the frame: what stands on them at the frame's end comes to an end there, without a wall and without a twin."""

import numpy as np
import pytest

from engine.canvas import seams, walk
from engine.canvas.ends import Ends
from tests.engine import scenes

HEIGHT, WIDTH, LEVEL = 120, 360, 40


def meadow(seed=0):
    """Ground as high as LEVEL, a little uneven, with nothing above it."""
    bumps = scenes.noise(HEIGHT, WIDTH, seed) + 0.4 * (np.random.default_rng(seed).random((HEIGHT, WIDTH)) - 0.5)
    strip = np.dstack([np.clip(np.array([80, 130, 60]) + 40 * bumps[..., None], 0, 255), np.zeros((HEIGHT, WIDTH, 1))]).astype(np.uint8)
    top = HEIGHT - LEVEL + 2 * np.sin(np.arange(WIDTH) / 11)
    strip[..., 3] = np.clip((np.arange(HEIGHT)[:, None] - top[None]) * 255, 0, 255).astype(np.uint8)
    return strip


def with_rock(wide=70, tall=100, side=1):
    """A meadow with a rock at its right end (side 1) or its left one (-1), which the frame cuts where it is highest."""
    strip = meadow()[:, ::side].copy()
    x = WIDTH - 1 - np.arange(WIDTH)
    top = HEIGHT - tall * np.sqrt(np.clip(1.0 - (x / wide) ** 2, 0.0, 1.0))
    rock = np.arange(HEIGHT)[:, None] >= top[None]
    strip[rock & (np.arange(HEIGHT)[:, None] < HEIGHT - LEVEL), :3] = (150, 120, 100)
    strip[rock, 3] = 255
    return strip[:, ::side]


def heights(canvas):
    return (canvas[..., 3] >= 128).sum(axis=0)


def beyond(strip, period):
    return seams.closed(strip, period)[0]


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("period", [430, 480, 560])
def test_what_the_frame_cuts_falls_to_the_ground_without_a_wall(side, period):
    strip = with_rock(side=side)
    high = heights(beyond(strip, period))[::side]
    assert high[0] >= 90 and (high[len(high) // 2 :] < LEVEL + 12).all()
    steps = np.abs(np.diff(np.concatenate([heights(strip)[::side][-1:], high, heights(strip)[::side][:1]])))
    assert steps.max() <= 0.35 * (100 - LEVEL)  # no step as high as a third of the rock


def test_it_has_no_twin():
    """A reflection would be as wide as the rock; this is narrower, and its outline is another one."""
    strip = with_rock(wide=140)
    high = heights(beyond(strip, 640))
    mirrored = heights(strip)[::-1][: len(high)]
    assert (high > LEVEL + 12).sum() < 0.6 * (mirrored > LEVEL + 12).sum()


def test_a_narrow_thing_becomes_whole():
    strip = with_rock(wide=12, tall=90)
    assert np.abs(heights(beyond(strip, 480))[:10] - heights(strip)[::-1][:10]).max() <= 1


def test_level_ground_stays_as_it_is():
    assert not Ends(meadow()).found
    hills = meadow()
    hills[HEIGHT - LEVEL - 3 : HEIGHT - LEVEL, :90, 3] = 255
    assert not Ends(hills).found
    floating = np.zeros_like(hills)
    floating[20:60, 300:] = 255
    assert not Ends(floating).found


def test_a_thing_at_the_end_does_not_make_the_ground_hard_to_close():
    """What a walk costs is what the ground costs."""
    rocky = walk.closing(with_rock(), 430)
    assert rocky.ground and rocky.visibility <= 1.5 * walk.closing(meadow(), 430).visibility + 0.1


def test_nothing_is_open_and_the_same_strip_gives_the_same():
    strip = with_rock()
    laid = beyond(strip, 450)
    assert (laid[-LEVEL + 4 :, :, 3] == 255).all()
    assert np.array_equal(laid, beyond(strip.copy(), 450))


@pytest.mark.parametrize("length", [1, 2, 5, 900])
def test_any_length(length):
    laid = beyond(with_rock(), WIDTH + length)
    assert laid.shape == (HEIGHT, length, 4) and (laid[-LEVEL + 4 :, :, 3] == 255).all()
