"""Grounds beyond the frame: what stands on the ground at the frame's edge gets an outline of its own there.

A jump would cut a hill, a rock or a row of trees along a wall, and a reflection would make a butterfly of it. So only the ground
continues around the loop. What stands on it at the edge slopes down to the ground over a distance of about its own height.
A narrow thing that the frame cuts is made whole by its reflection.
"""

from __future__ import annotations

import numpy as np

from ..image.alpha import premultiplied, straight
from . import continuation

OPAQUE = 128  # alpha from which on a pixel counts
GROUND = 0.97  # share of the columns that a ground covers at its bottom
GAP = 0.12  # of the height: a ground has no holes as tall
LEVEL = 0.2  # share of the columns in which a ground may be lower than its level
RAISED, LEAST = 0.12, 0.02  # of the strip's height, and of its width: what is higher above that level stands on the ground
NARROW = 0.04  # of the strip's width: a narrower thing is reflected
NEAR = 0.01  # of the strip's width: its last columns tell how high it ends
SLOPE = 0.75  # columns within which it falls by one row
MOST = 0.45  # share of what lies beyond that one end takes
ROUND = 1.8  # exponent of its outline: 1 is a slope, 2 is rounded
ROUGH = 0.2  # of the way it falls on: how uneven its outline is
UNEVEN = 0.02  # of the strip's height by which the ground goes up and down where something stood on it, at most
MERGE = 0.25  # of the ground's height: rows within which what stands on it merges with it


class Ends:
    """What a ground is and what stands on it at its ends. strip: (H, W, 4) uint8; `found` is False where there is nothing to end."""

    def __init__(self, strip: np.ndarray):
        self._strip = strip
        self.found = False
        rows = np.flatnonzero(strip[..., 3].max(axis=1) >= OPAQUE) if strip.size else np.empty(0, int)
        if strip.shape[1] < 16 or len(rows) < 8:
            return
        self._bottom = int(rows[-1]) + 1
        self._tall = self._bottom - int(rows[0])
        solid = strip[int(rows[0]) : self._bottom, :, 3] >= OPAQUE
        if solid[-max(1, self._tall // 40) :].mean() < GROUND:
            return
        heights = _heights(solid, max(1, round(GAP * self._tall)))
        level = float(np.quantile(heights, LEVEL))
        self._least = max(RAISED * self._tall, LEAST * strip.shape[1], 3.0)
        most = level + self._least
        raised = heights > most
        near = max(1, round(NEAR * strip.shape[1]))
        self._high = [float(part.max()) for part in (heights[-near:], heights[:near])]  # right, left
        self._wide = [_run(raised[::-1]), _run(raised)]
        self.found = any(high > most and wide for high, wide in zip(self._high, self._wide)) and not raised.all()
        if self.found:
            self._raised, self._level = raised, level
            self._heights = _leveled(heights, raised, self._tall)

    def ground(self) -> np.ndarray:
        """The strip without what stands on the ground, (H, W, 4) uint8."""
        out = self._strip.copy()
        above = self._bottom - np.arange(len(out))[:, None] - 0.5
        keep = np.where(self._raised, np.clip(self._heights - above + 0.5, 0.0, 1.0), 1.0)
        keep[above[:, 0] > self._level + self._least] = 0.0
        out[..., 3] = np.rint(out[..., 3] * keep)
        return out

    def over(self, laid: np.ndarray) -> np.ndarray:
        """What lies beyond, (H, n, 4) uint8 of the ground alone, with what stands on it at both ends."""
        height, length = laid.shape[:2]
        out = premultiplied(laid)
        for side in range(2):
            count = min(length, self._strip.shape[1], self._reach(side, length))
            if not self._wide[side] or count < 1:
                continue
            part = out[:, :count] if side == 0 else out[:, ::-1][:, :count]
            merged = 1.0 - (1.0 - self._merged(height)) * part[..., 3] / 255.0  # only where there is ground to merge with
            thing = premultiplied(self._beyond(side, count)) * (merged * self._share(side, count, height))[..., None]
            part[:] = thing + part * (1.0 - thing[..., 3:] / 255.0)
        return straight(out)

    def _beyond(self, side: int, count: int) -> np.ndarray:
        """The strip beyond an end, the nearest column first; a narrow thing is reflected, so that it becomes whole."""
        strip = self._strip if side == 0 else self._strip[:, ::-1]
        narrow = self._wide[side] <= NARROW * strip.shape[1]
        return strip[:, ::-1][:, :count] if narrow else continuation.beyond(strip, count, anything=True)

    def _reach(self, side: int, length: int) -> int:
        if self._wide[side] <= NARROW * self._strip.shape[1]:
            return self._wide[side]
        return max(1, round(min(SLOPE * (self._high[side] - self._level), MOST * length)))

    def _merged(self, height: int) -> np.ndarray:
        """(H, 1) from 0 to 1, in which rows what stands on the ground covers it."""
        above = self._bottom - np.arange(height)[:, None] - 0.5
        merge = max(1.0, MERGE * self._level)
        return np.clip((above - (self._level - merge)) / merge, 0.0, 1.0).astype(np.float32)

    def _share(self, side: int, count: int, height: int) -> np.ndarray:
        """(H, count) from 0 to 1, how much of it is seen as far from the end."""
        share = np.ones((height, count))
        above = self._bottom - np.arange(height)[:, None] - 0.5
        if self._wide[side] > NARROW * self._strip.shape[1]:
            rise = max(self._high[side] - self._level, 1.0)
            far = (np.arange(count) + 0.5)[None] / count
            rough = ROUGH * np.minimum(4.0 * far, 1.0) * _noise(height, count, rise / 2.0, side)
            inside = 1.0 - np.maximum(far + rough, 0.0) ** ROUND - np.maximum(above - self._level, 0.0) / rise
            share = share * np.clip(inside / np.hypot(ROUND / count, 1.0 / rise) + 0.5, 0.0, 1.0)
        return share.astype(np.float32)


def _heights(solid: np.ndarray, gap: int) -> np.ndarray:
    """(W,) rows of a ground (H, W) bool from its bottom to the first gap taller than `gap`."""
    upward = np.concatenate([solid[::-1], np.zeros((gap + 1, solid.shape[1]), bool)])
    count = np.cumsum(np.concatenate([np.zeros((1, solid.shape[1]), int), upward]), axis=0)
    empty = count[gap + 1 :] == count[: -gap - 1]
    return empty.argmax(axis=0).astype(float)


def _run(flags: np.ndarray) -> int:
    """How many of the first flags are set in a row."""
    return len(flags) if flags.all() else int(flags.argmin())


def _leveled(heights: np.ndarray, raised: np.ndarray, tall: int) -> np.ndarray:
    """Heights of a ground where something stands on it: between those beside it, as uneven as it is elsewhere."""
    every, plain = np.arange(len(heights)), np.flatnonzero(~raised)
    reach = max(1, len(heights) // 40)
    between = np.interp(every, plain, heights[plain])
    smooth = np.convolve(np.pad(between, reach, mode="edge"), np.ones(2 * reach + 1) / (2 * reach + 1), mode="valid")
    uneven = np.clip((heights - smooth)[plain], -UNEVEN * tall, UNEVEN * tall)
    uneven = np.concatenate([uneven, uneven[::-1]])
    return np.where(raised, smooth + uneven[every % len(uneven)], heights)


def _noise(height: int, width: int, cell: float, seed: int) -> np.ndarray:
    """(height, width) from about -1 to 1, octaves of smooth noise of which the widest bumps are `cell` pixels wide."""
    from PIL import Image  # here, as estimates are made before Pillow is wanted

    random, total, weight = np.random.default_rng(seed), np.zeros((height, width), np.float32), 1.0
    while cell >= 2.0:
        shape = round(height / cell) + 2, round(width / cell) + 2
        grid = Image.fromarray(random.uniform(-1.0, 1.0, shape).astype(np.float32))
        size = round(shape[1] * cell), round(shape[0] * cell)
        total += weight * np.asarray(grid.resize(size, Image.Resampling.BICUBIC))[:height, :width]
        cell, weight = cell / 2.0, 0.7 * weight
    return total / 1.5
