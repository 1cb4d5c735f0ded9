"""What a layer's shape has behind nearer layers, painted from the layer's own pixels alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from . import gap as gaps
from . import masks
from .cuts import Cut
from .inpaint import Hole, Inpainter, large
from .settings import Settings

THIN = 2  # pixels: what is no wider than twice this is closed by the colours around it
TOGETHER = 120.0  # pixels of the reference width: holes no farther apart are painted as one
CONTEXT = 3.0  # pixels to copy from for each one to be painted, where the layer has as many
SOLID = 128  # alpha from which on a pixel's colour is the layer's own rather than estimated
GUIDE = 4.0  # what lies behind has a horizon, but no line that must meet on both sides: more repeats the nearest rows
THIN_ROWS = 4  # exponent by which the guide loses strength where rows have little to copy: measured on the example and on known scenes
FEWEST = 256  # pixels: with fewer to copy from, their colours are carried on instead


def painted(cut: Cut, wanted: np.ndarray, settings: Settings, inpainter: Inpainter) -> Cut:
    """The layer with all that its shape has, where it is wanted (bool, broadcast to (H, W)), known."""
    hole = (cut.alpha > 0) & wanted & ~cut.known
    if not hole.any():
        return cut
    usable = _sources(cut, settings)
    if not usable.any():  # the picture shows nothing of the layer: it stays away
        return replace(cut, alpha=np.where(hole, np.uint8(0), cut.alpha))
    rgb = np.where(hole[..., None], masks.flooded(cut.rgb, usable), cut.rgb)
    deep = hole & masks.grow_all(masks.shrink_all(hole, THIN), THIN + 1)
    if deep.any() and int(usable.sum()) >= FEWEST:
        seen = cut.known & (cut.alpha >= SOLID)
        for part in _parts(deep, math.ceil(settings.scaled(TOGETHER / 2.0, deep.shape[1]))):
            _paint(rgb, part, usable, seen, cut.nearness, settings, inpainter)
            seen |= part
    return replace(cut, rgb=rgb, known=cut.known | hole)


def _sources(cut: Cut, settings: Settings) -> np.ndarray:
    """What may be copied: rather not what lies close to a nearer layer's edge, where some of that layer is often left."""
    seen = cut.known & (cut.alpha > 0)
    margin = math.ceil(settings.scaled(settings.matte, cut.alpha.shape[1]))
    clean = seen & (cut.alpha >= SOLID) & ~masks.grow_all((cut.alpha > 0) & ~cut.known, margin)
    return clean if clean.sum() >= max(FEWEST, 0.25 * seen.sum()) else seen


def guide(region: np.ndarray, usable: np.ndarray) -> float:
    """1 for a layer that looks the same at every height, up to 16 where each row has its own look (a skyline)."""
    grey = region.mean(axis=2, dtype=np.float32)
    count = usable.sum(axis=1)
    rows = count > 0
    means = (grey * usable).sum(axis=1)[rows] / count[rows]
    whole = float(grey[usable].var())
    return round(1.0 + 15.0 * min(1.0, 2.0 * float(means.var()) / whole), 3) if whole > 1e-6 else 1.0


def _parts(hole: np.ndarray, reach: int) -> Iterator[np.ndarray]:
    """The parts of a hole (H, W) bool that lie more than twice `reach` pixels apart from each other, the largest first."""
    try:
        import cv2
    except ImportError:  # where it is not built all parts are painted as one
        yield hole
        return
    count, part, stats, _ = cv2.connectedComponentsWithStats(masks.grow_all(hole, reach).astype(np.uint8))
    for number in sorted(range(1, count), key=lambda i: -stats[i, cv2.CC_STAT_AREA]):
        yield hole & (part == number)


def _paint(rgb: np.ndarray, hole: np.ndarray, usable: np.ndarray, seen: np.ndarray, nearness: np.ndarray | None, settings: Settings,
           inpainter: Inpainter) -> None:
    """Paints one part in place, in a rectangle around it that holds enough to copy from.

    usable: what may be copied. seen: what the paint has to match beside it. nearness: of the layer.
    """
    cut = _room(hole, usable)
    part, region = hole[cut], np.ascontiguousarray(rgb[cut])
    reach = max(2.0, settings.scaled(1.5 * settings.matte, hole.shape[1]))
    soft = gaps.rim(part, reach) * (part | seen[cut])
    sources = usable[cut] & (soft == 0.0)
    strength = min(guide(region, sources), GUIDE) * _covered(part, sources) ** THIN_ROWS if sources.any() else 0.0
    near = None if nearness is None else nearness[cut]
    hole = Hole(region, soft > 0.0, ~(sources | (soft > 0.0)), (0.0, 1.0), strength, settings.seed, nearness=near)
    rgb[cut] = gaps.matched(region, large.paint(hole, inpainter), part, soft, reach)


def _covered(hole: np.ndarray, sources: np.ndarray) -> float:
    """Of the rows of a hole, how much of them can be copied from, 0 to 1: where that is little, a guide would draw it out to stripes."""
    wanted, there = hole.sum(axis=1), sources.sum(axis=1)
    return float((wanted * there / np.maximum(wanted + there, 1)).sum() / wanted.sum())


def _room(hole: np.ndarray, usable: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of the smallest rectangle around a hole, in steps, that holds what `CONTEXT` asks for."""
    x0, y0, x1, y1 = masks.bounds(hole)
    height, width = hole.shape
    wanted, margin = max(FEWEST, CONTEXT * int(hole.sum())), 32
    while True:
        room = np.s_[max(y0 - margin, 0) : min(y1 + margin, height), max(x0 - 2 * margin, 0) : min(x1 + 2 * margin, width)]
        if int(usable[room].sum()) >= wanted or room == np.s_[0:height, 0:width]:
            return room
        margin *= 2
