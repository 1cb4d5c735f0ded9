"""The finished layers as image files: RGBA PNG tiles no larger than a texture may be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from . import masks, picture
from .files import refusing_to_write, write_atomically
from .image.sparse import KNOWN, SparseCanvas
from .job import Tile
from .repeat import Canvas

TEXTURE = 8192  # pixels on a side that every graphics card takes
SLANTED = 2048  # tiles of a canvas that is used along a diagonal: empty ones are left out
PAD = 2  # pixels around a tile, so that filtering at its border sees its neighbours
CLOSED = 5  # pixels by which colour is carried into the unknown
MARGIN = 2  # pixels around what is shown, for filtering


class Strip(Protocol):
    """What tiles are cut from."""

    def rectangles(self) -> Iterator[tuple[int, int, int, int]]:
        """x, y, width, height in canvas pixels; together they hold all that is ever seen."""

    def read(self, x: int, y: int, width: int, height: int) -> np.ndarray:
        """(height, width, 4) uint8, straight alpha."""


class TorusStrip:
    """A canvas of `repeat`, read round its ends on the axes on which it repeats."""

    def __init__(self, canvas: Canvas, period: tuple[int, int]):
        self._canvas, self._period = canvas, period
        masks.bleed(canvas.rgb, canvas.alpha > 0, PAD)

    def rectangles(self):
        box = masks.bounds(self._canvas.alpha > 0)
        if box is None:
            return
        x0, y0, x1, y1 = box
        height, width = self._canvas.alpha.shape
        x0, x1 = (0, width) if self._period[0] else (x0, x1)
        y0, y1 = (0, height) if self._period[1] else (y0, y1)
        yield from _blocks(x0, y0, x1, y1, TEXTURE)

    def read(self, x, y, width, height):
        rows = _indices(y, height, self._canvas.alpha.shape[0], bool(self._period[1]))
        columns = _indices(x, width, self._canvas.alpha.shape[1], bool(self._period[0]))
        cut = np.ix_(rows, columns)
        return np.dstack([self._canvas.rgb[cut], self._canvas.alpha[cut]])


class PlainStrip:
    """What repeats nowhere: rgb (h, w, 3) and alpha (h, w) uint8, whose first pixel lies at `left`, `top` of the canvas."""

    def __init__(self, rgb: np.ndarray, alpha: np.ndarray, left: int = 0, top: int = 0):
        self._rgb, self._alpha, self._left, self._top = rgb.copy(), alpha, left, top
        masks.bleed(self._rgb, alpha > 0, PAD)

    def rectangles(self):
        box = masks.bounds(self._alpha > 0)
        if box:
            x0, y0, x1, y1 = box
            yield from _blocks(x0 + self._left, y0 + self._top, x1 + self._left, y1 + self._top, TEXTURE)

    def read(self, x, y, width, height):
        """What lies beyond is see-through."""
        x, y = x - self._left, y - self._top
        out = np.zeros((height, width, 4), np.uint8)
        rows, columns = (slice(max(-at, 0), max(min(n - at, size), 0)) for at, size, n in zip((y, x), (height, width), self._alpha.shape))
        inner = np.s_[y + rows.start : y + rows.stop, x + columns.start : x + columns.stop]
        out[rows, columns] = np.dstack([self._rgb[inner], self._alpha[inner]])
        return out


@dataclass(frozen=True)
class Sweep:
    """What a frame of `size` shows of a canvas whose displacement goes along straight lines from point to point, and a margin."""

    points: tuple[tuple[float, float], ...]
    size: tuple[int, int]

    def within(self, x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int] | None:
        """x0, y0, x1, y1 of the smallest rectangle around what is shown of a rectangle; None when nothing is."""
        shown = [box for ends in zip(self.points, self.points[1:]) if (box := self._along(*ends, x0, y0, x1, y1))]
        return (*map(min, list(zip(*shown))[:2]), *map(max, list(zip(*shown))[2:])) if shown else None

    def _along(self, begin, end, x0, y0, x1, y1) -> tuple[int, int, int, int] | None:
        """The same while the displacement goes from one point to another."""
        first, last = 0.0, 1.0
        for a, b, n, low, high in zip(begin, end, self.size, (x0, y0), (x1, y1)):
            if b != a:
                enters, leaves = sorted(((MARGIN - low + n - a) / (b - a), (-MARGIN - high - a) / (b - a)))
                first, last = max(first, enters), min(last, leaves)
            elif low >= n - a + MARGIN or high <= -a - MARGIN:
                return None
        if first > last:
            return None
        starts = [[-(a + (b - a) * t) - MARGIN for t in (first, last)] for a, b in zip(begin, end)]
        low = [max(math.floor(min(at)), edge) for at, edge in zip(starts, (x0, y0))]
        high = [min(math.ceil(max(at)) + n + 2 * MARGIN, edge) for at, n, edge in zip(starts, self.size, (x1, y1))]
        return (*low, *high) if low[0] < high[0] and low[1] < high[1] else None


class SparseStrip:
    """A canvas of the step loop.

    ground: for the farthest layer, all that is ever shown of it: it has colour everywhere there, so that a moment between
    two steps that nobody looked at shows no hole.
    """

    def __init__(self, canvas: SparseCanvas, slanted: bool, ground: Sweep | None = None):
        self._canvas, self._slanted, self._ground = canvas, slanted, ground

    def rectangles(self):
        size = SLANTED if self._slanted else TEXTURE
        if self._ground:
            for x, y, width, height in _blocks(*self._ground.within(-math.inf, -math.inf, math.inf, math.inf), size):
                box = self._ground.within(x, y, x + width, y + height)
                if box:
                    yield box[0], box[1], box[2] - box[0], box[3] - box[1]
            return
        for x, y, width, height in _blocks(*self._canvas.bounds(), size):
            box = masks.bounds(self.read(x, y, width, height)[..., 3] > 0)
            if box:
                yield x + box[0], y + box[1], box[2] - box[0], box[3] - box[1]

    def read(self, x, y, width, height):
        seen = self._canvas.read(x - CLOSED, y - CLOSED, width + 2 * CLOSED, height + 2 * CLOSED)
        rgb, known = np.ascontiguousarray(seen[..., :3]), seen[..., 4] == KNOWN
        alpha = np.where(known, seen[..., 3], np.uint8(0))
        closed = masks.bleed(rgb, alpha == 255, CLOSED)
        alpha[closed & ~known] = 255
        inner = np.s_[CLOSED : CLOSED + height, CLOSED : CLOSED + width]
        if self._ground:
            return np.dstack([masks.flooded(rgb, closed), np.full(closed.shape, 255, np.uint8)])[inner]
        soft = known[inner] & (alpha[inner] < 255)
        return np.dstack([np.where((soft & (alpha[inner] > 0))[..., None], seen[inner][..., :3], rgb[inner]), alpha[inner]])


def write(folder: Path, name: str, strip: Strip) -> tuple[Tile, ...]:
    """Writes the tiles of one layer as `folder`/`name`-00.png and so on. Raises ParallaxError when the disk refuses."""
    tiles = []
    for number, (x, y, width, height) in enumerate(strip.rectangles()):
        file = f"{name}-{number:02d}.png"
        image = strip.read(x - PAD, y - PAD, width + 2 * PAD, height + 2 * PAD)
        with refusing_to_write(folder / file):
            write_atomically(folder / file, lambda path, image=image: picture.save_png(path, image))
        tiles.append(Tile(file, x, y, width, height, PAD))
    return tuple(tiles)


def _blocks(x0: int, y0: int, x1: int, y1: int, size: int) -> Iterator[tuple[int, int, int, int]]:
    """A rectangle cut into parts of one size, as few as fit a texture of `size` pixels with its padding."""
    inner = size - 2 * PAD
    for y in range(y0, y1, inner):
        for x in range(x0, x1, inner):
            yield x, y, min(inner, x1 - x), min(inner, y1 - y)


def _indices(start: int, count: int, length: int, wrap: bool) -> np.ndarray:
    at = np.arange(start, start + count)
    return at % length if wrap else np.clip(at, 0, length - 1)
