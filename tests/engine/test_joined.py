"""Ends continued until they meet, without wall or reflection, and how the better way is told."""

import numpy as np
import pytest

from engine.canvas import coherence, continuation, seams
from tests.engine import scenes

HEIGHT, WIDTH = 96, 320


def slanted(seed=0):
    """Grass: blades that all lean to the same side, which a reflection shows."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    lean = (x + 0.8 * y)[..., None]
    waves = sum(np.sin(lean / period + phase) for period, phase in zip((1.7, 2.9, 5.3, 11.0), rng.uniform(0, 6, 4)))
    rough = 0.5 * scenes.noise(HEIGHT, WIDTH, seed)[..., None]
    rgb = np.clip(np.array([80, 130, 60]) + 20 * waves + 30 * rough, 0, 255).astype(np.uint8)
    return np.dstack([rgb, np.full((HEIGHT, WIDTH), 255, np.uint8)])


def reflected(strip, length):
    half = length // 2
    return np.concatenate([strip[:, ::-1][:, :half], strip[:, ::-1][:, WIDTH - (length - half) :]], axis=1)


def leaning(part):
    """By how much more edges lean to the one side than to the other, from -1 to 1."""
    grey = part[..., :3].astype(float).mean(axis=2)
    one, other = np.abs(grey[1:, :-1] - grey[:-1, 1:]).mean(), np.abs(grey[1:, 1:] - grey[:-1, :-1]).mean()
    return (other - one) / (other + one)


@pytest.mark.parametrize("seed", range(2))
def test_what_leans_goes_on_leaning(seed):
    strip = slanted(seed)
    way = seams.closing(strip, WIDTH + 36)
    new = seams.laid(strip, way)[0]
    assert way.joined and leaning(new) > 0.5 * leaning(strip) > 0.1
    assert leaning(reflected(strip, 36)) < 0.1  # as a reflection does not


@pytest.mark.parametrize("length", [24, 40, 50])
def test_ends_meet_without_a_wall(length):
    """On no band of rows does the mean color change more from some columns to the next than it does within the strip."""
    strip = slanted(3)
    canvas = np.concatenate([strip, seams.closed(strip, WIDTH + length)[0], strip[:, :8]], axis=1)[..., :3].astype(float)
    means = np.stack([band.mean(axis=(0, 2)) for band in np.array_split(canvas, 6)])
    means = (means[:, :-3] + means[:, 1:-2] + means[:, 2:-1] + means[:, 3:]) / 4.0
    change = np.abs(means[:, 4:] - means[:, :-4])
    assert change[:, WIDTH - 8 :].max() <= 1.5 * change[:, : WIDTH - 8].max()


def test_the_same_strip_gives_the_same():
    strip = slanted(1)
    assert np.array_equal(seams.closed(strip, WIDTH + 30)[0], seams.closed(strip.copy(), WIDTH + 30)[0])


def test_what_belongs_to_the_picture_is_more_like_it_than_a_wall_or_a_reflection():
    whole = slanted()
    strip, true = whole[:, 40:], whole[:, :40]
    wall = strip[:, 100:140].copy()
    wall[:, 20:] = np.clip(wall[:, 20:].astype(int) + 60, 0, 255)
    wall[..., 3] = 255
    mirrored = strip[:, ::-1][:, :40]
    figures = [coherence.unlikeness(np.concatenate([strip, strip[:, :1]], axis=1), part) for part in (true, mirrored, wall)]
    assert figures[0] < 0.8 * figures[1] and figures[0] < 0.8 * figures[2]


def test_one_color_is_like_itself():
    strip = np.full((40, 90, 4), (40, 90, 200, 255), np.uint8)
    assert coherence.unlikeness(strip, strip[:, :20]) == 0.0
    assert coherence.unlikeness(np.zeros_like(strip), strip[:, :20]) == 0.0


def test_rows_below_the_layer_make_no_stripes():
    """A line that rises toward the end is continued from below the last row: rows there change as they do within."""
    strip = slanted(2)
    rows = continuation.beyond(strip, 30)[-8:, :, :3].astype(float)
    within = strip[-8:, :, :3].astype(float)
    assert np.abs(np.diff(rows, axis=0)).mean() > 0.5 * np.abs(np.diff(within, axis=0)).mean()


@pytest.mark.parametrize("length", [1, 2, 3, 50, 51])
def test_any_length_and_other_planes(length):
    strip = slanted()
    number = np.broadcast_to(np.arange(WIDTH, dtype=np.float32), (HEIGHT, WIDTH))
    laid, (numbers,) = seams.closed(strip, WIDTH + length, [number])
    assert laid.shape == (HEIGHT, length, 4) and (laid[..., 3] == 255).all()
    assert numbers.shape == (HEIGHT, length) and numbers.dtype == np.float32


def test_a_thing_is_not_shown_again():
    """A bright disc near the end is not copied beyond it, and nothing is open there."""
    strip = slanted(4)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    strip[(y - 48) ** 2 + (x - (WIDTH - 40)) ** 2 < 12**2, :3] = (250, 240, 235)
    for length in (40, 80):
        new = seams.closed(strip, WIDTH + length)[0]
        assert (new[..., 2] > 200).sum() < 0.2 * (strip[..., 2] > 200).sum() and (new[..., 3] == 255).all()


@pytest.mark.parametrize("length", [100])
def test_a_longer_way_is_led_out_of_the_ends(length):
    strip = slanted(5)
    way = seams.closing(strip, WIDTH + length)
    new = seams.laid(strip, way)[0]
    assert way.joined and new.shape == (HEIGHT, length, 4)
    assert leaning(new[:, :6]) > 0.3 * leaning(strip) and leaning(new[:, -6:]) > 0.3 * leaning(strip)


@pytest.mark.parametrize("length", [40, 100])
def test_rows_without_holes_have_none_beyond(length):
    """Layers behind may have nothing there, neither where a slanted outline continues nor where a rock ends."""
    strip = slanted(6)
    top = 30 - 0.06 * np.arange(WIDTH)
    strip[np.arange(HEIGHT)[:, None] < top[None], 3] = 0
    rocky = strip.copy()
    rocky[2:40, 250:] = (120, 110, 100, 255)
    for one in (strip, rocky):
        new = seams.closed(one, WIDTH + length)[0]
        solid = (one[..., 3] == 255).all(axis=1)
        assert solid.sum() > 50 and (new[solid, :, 3] == 255).all()
