"""Which copies of a layer's tiles the frame ever sees. Pure arithmetic: no Blender."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..engine.job import Tile

MARGIN = 2.0  # pixels beyond the frame, so that filtering at its border stays inside the layer

Point = tuple[float, float]


@dataclass(frozen=True)
class Quad:
    """A copy of tile number `tile`; its rectangle in the layer's canvas in pixels."""

    tile: int
    left: int
    top: int
    right: int
    bottom: int


def seen(tiles: Sequence[Tile], period: tuple[int, int], path: Sequence[Point], size: tuple[int, int]) -> list[Quad]:
    """The copies that the frame passes over while the layer's displacement on screen follows `path`.

    period: distance of the copies on each axis, 0 where there is only one.
    """
    found = []
    for number, tile in enumerate(tiles):
        low, high = _reach(tile, path, size)
        for shift_x in _shifts(low[0], high[0], period[0]):
            for shift_y in _shifts(low[1], high[1], period[1]):
                quad = Quad(number, tile.x + shift_x, tile.y + shift_y, tile.x + shift_x + tile.width, tile.y + shift_y + tile.height)
                if _passes(quad, path, size):
                    found.append(quad)
    return found


def _reach(tile: Tile, path, size) -> tuple[Point, Point]:
    """The least and greatest shift at which a tile could be in the frame somewhere on the path."""
    low, high = [], []
    for axis, (start, length) in enumerate(((tile.x, tile.width), (tile.y, tile.height))):
        moves = [point[axis] for point in path]
        low.append(-max(moves) - MARGIN - start - length)
        high.append(size[axis] + MARGIN - min(moves) - start)
    return tuple(low), tuple(high)


def _shifts(low: float, high: float, period: int) -> list[int]:
    if not period:
        return [0]
    return [n * period for n in range(math.ceil(low / period), math.floor(high / period) + 1)]


def _passes(quad: Quad, path, size) -> bool:
    """Whether the frame meets the quad at some displacement on the path."""
    low = (-quad.right - MARGIN, -quad.bottom - MARGIN)
    high = (size[0] - quad.left + MARGIN, size[1] - quad.top + MARGIN)
    ends = path[1:] or path
    return any(_crosses(start, end, low, high) for start, end in zip(path, ends))


def _crosses(start: Point, end: Point, low: Point, high: Point) -> bool:
    """Whether a straight line passes through the inside of a box."""
    enter, leave = 0.0, 1.0
    for axis in (0, 1):
        travel = end[axis] - start[axis]
        if not travel:
            if not low[axis] < start[axis] < high[axis]:
                return False
            continue
        times = sorted(((low[axis] - start[axis]) / travel, (high[axis] - start[axis]) / travel))
        enter, leave = max(enter, times[0]), min(leave, times[1])
    return enter < leave or (enter == leave and start == end)
