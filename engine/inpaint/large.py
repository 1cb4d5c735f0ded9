"""Large holes, painted at a fraction of their size: the structure small, the detail from the picture's own at full size.

A patch of a few pixels sees more of a small picture, so structures that are larger than it go on, and time falls with the square of the
scale. The detail that a small picture lacks is transferred in tiles from where the small picture looks alike, as texture is by A. A. Efros,
W. T. Freeman: "Image Quilting for Texture Synthesis and Transfer", SIGGRAPH 2001.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .. import masks, opencv
from . import BUILT_IN, Hole, Inpainter

LARGE = 14_000  # pixels to be painted, from which on a smaller picture is
MOST = 8.0  # times smaller
SMOOTH = 2.5  # levels of contrast up to which what is around a hole has no structure to go on
TILE = 8  # pixels of the small picture on a side, in which detail is transferred
OUTSTANDING = 2.5  # times the median energy of detail from which on a tile is not copied
SOURCES = 3000  # tiles that are compared with


def paint(hole: Hole, inpainter: Inpainter) -> np.ndarray:
    """The picture (H, W, 3) uint8 with the mask painted by the inpainter: at full size where the hole is small, or a model paints."""
    if inpainter.name not in BUILT_IN or not opencv.available():
        return inpainter.paint(hole)
    scale = min(np.sqrt(int(hole.mask.sum()) / LARGE), MOST, min(hole.mask.shape) / 64.0)
    if scale < 1.3:
        return inpainter.paint(hole)
    known = ~hole.mask if hole.exclude is None else ~(hole.mask | hole.exclude)
    size = tuple(max(16, round(n / scale)) for n in hole.mask.shape)
    small, share = _smaller(hole.picture, known, size)
    mask = _resized(hole.mask.astype(np.float32), size) > 0.0
    usable = ~mask & (share > 0.5)
    picture = np.rint(masks.flooded(small, share > 0.0)).clip(0, 255).astype(np.uint8)
    painted = picture
    if _contrast(small, usable) > SMOOTH:
        near = None if hole.nearness is None else _resized(hole.nearness, size)
        painted = inpainter.paint(replace(hole, picture=picture, mask=mask, exclude=~(mask | usable), nearness=near))
    out = _resized(painted.astype(np.float32), hole.mask.shape)
    low = _resized(masks.flooded(small, share > 0.0), hole.mask.shape)
    detail = np.where(known[..., None], hole.picture - low, 0.0).astype(np.float32)
    out += _transferred(detail, known, painted.astype(np.float32), mask, usable, hole.seed)
    return np.where(hole.mask[..., None], np.rint(out).clip(0, 255).astype(np.uint8), hole.picture)


def _smaller(picture: np.ndarray, known: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The means (h, w, 3) float32 of the known pixels, and which share of each mean's pixels is known."""
    share = _resized(known.astype(np.float32), size)
    total = _resized(np.where(known[..., None], picture, 0).astype(np.float32), size)
    return total / np.maximum(share, 1e-6)[..., None], share


def _contrast(small: np.ndarray, usable: np.ndarray) -> float:
    """Deviation in levels of the usable pixels from the mean around them."""
    import cv2

    weight = usable.astype(np.float32)
    total = cv2.blur(np.where(usable[..., None], small, 0.0).astype(np.float32), (9, 9))
    off = (small - total / np.maximum(cv2.blur(weight, (9, 9)), 1e-6)[..., None])[usable]
    return float(np.sqrt((off**2).mean())) if len(off) else 0.0


def _transferred(detail: np.ndarray, known: np.ndarray, small: np.ndarray, mask: np.ndarray, usable: np.ndarray, seed: int) -> np.ndarray:
    """Detail (H, W, 3) float32 for the mask: each tile from where the small picture (h, w, 3) is most like it there.

    detail: (H, W, 3) float32. known: (H, W) bool. mask, usable: (h, w) bool, where it is wanted, and where it may be taken from.
    """
    out, weight = np.zeros_like(detail), np.full(known.shape, 1e-6, np.float32)
    sources = _plain(_places(usable), detail, known.shape, mask.shape)
    targets = _places(mask, TILE // 2)
    if not len(sources) or not len(targets):
        return out
    if len(sources) > SOURCES:
        sources = sources[np.sort(np.random.default_rng(seed).choice(len(sources), SOURCES, replace=False))]
    there, here = _described(small, sources), _described(small, targets)
    lengths = (there**2).sum(axis=1)
    steps = [n / m for n, m in zip(known.shape, mask.shape)]
    high, wide = (int(round(TILE * step)) for step in steps)
    window = np.outer(*(np.sin(np.pi * (np.arange(n) + 0.5) / n) for n in (high, wide))).astype(np.float32)
    for begin in range(0, len(targets), 2048):
        part = here[begin : begin + 2048]
        chosen = sources[(lengths - 2.0 * part @ there.T).argmin(axis=1)]
        for (y, x), (v, u) in zip(targets[begin : begin + 2048], chosen):
            y, x, v, u = (int(round(at * step)) for at, step in ((y, steps[0]), (x, steps[1]), (v, steps[0]), (u, steps[1])))
            h = min(high, known.shape[0] - max(y, v))
            w = min(wide, known.shape[1] - max(x, u))
            out[y : y + h, x : x + w] += detail[v : v + h, u : u + w] * window[:h, :w, None]
            weight[y : y + h, x : x + w] += window[:h, :w] ** 2
    return out / np.sqrt(weight)[..., None]


def _plain(places: np.ndarray, detail: np.ndarray, full: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """The places without those of outstanding detail, such as a lone rope in the sky, of which a whole field would be made."""
    energy = _resized((detail**2).mean(axis=2), size)
    sums = np.pad(energy, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    ys, xs = places.T
    each = sums[ys + TILE, xs + TILE] - sums[ys, xs + TILE] - sums[ys + TILE, xs] + sums[ys, xs]
    return places[each <= OUTSTANDING * np.median(each)] if len(places) else places


def _places(mask: np.ndarray, step: int = 0) -> np.ndarray:
    """Top left corners (n, 2) of tiles that lie in the mask; with a step, of tiles in such a raster that cover it."""
    sums = np.pad(mask, ((1, 0), (1, 0))).astype(np.int32).cumsum(axis=0).cumsum(axis=1)
    inside = sums[TILE:, TILE:] - sums[:-TILE, TILE:] - sums[TILE:, :-TILE] + sums[:-TILE, :-TILE]
    if not step:
        return np.argwhere(inside == TILE * TILE)
    rows, columns = (np.zeros(n, bool) for n in inside.shape)
    for line in (rows, columns):
        line[::step] = True
        line[-1] = True
    return np.argwhere((inside > 0) & rows[:, None] & columns[None, :])


def _described(small: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The tiles at these places, (n, 48) float32: their colors at half the size, and twice how they differ from their mean."""
    ys, xs = places[:, 0, None, None] + np.arange(TILE)[None, :, None], places[:, 1, None, None] + np.arange(TILE)[None, None, :]
    tiles = small[ys, xs].reshape(len(places), TILE // 2, 2, TILE // 2, 2, 3).mean(axis=(2, 4))
    mean = tiles.mean(axis=(1, 2), keepdims=True)
    return (2.0 * (tiles - mean) + mean).reshape(len(places), -1)


def _resized(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    import cv2

    smaller = size[0] < plane.shape[0]
    return cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
