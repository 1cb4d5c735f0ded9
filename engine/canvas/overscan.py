"""Narrow margins beyond a layer's ends, which continue what lies there instead of mirroring it.

Each row continues with a copy of pixels from further inside, moved by an offset (x, y): the one at which the copy looks most like the
picture where both overlap. For a slanted line that is an offset along the line, so it stays straight. A few offsets serve all rows, and
rows change from one to another where both copies look alike. Dynamic programming finds the cheapest choice.

After Y. Pritch, E. Kav-Venaki, S. Peleg: "Shift-Map Image Editing", ICCV 2009, with one offset a row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..image.alpha import premultiplied, straight

WIDEST = 0.1  # of a strip's width: wider margins are left to a walk
ROWS = 320  # of the small copy on which offsets are found
OVERLAP = 8  # columns of it in which a copy is compared with the picture
FURTHER, STEEPEST = 56, 0.75  # columns of it from which copies are taken, and rows per column by which they may be moved
WINDOW = 4  # rows on each side that are compared for one row
OFFSETS = 20  # that all rows share at most
AWAY = 0.02  # price in levels for each column that a copy comes from further away
MIRROR, KINK = 5.0, 1.2  # levels that a reflection costs, and how much of what changes along the rows
CHANGE = 40.0  # levels that a change of offset costs, beside what can be seen of it
SOFT = 2.0  # pixels in which copies merge with the picture's end and with each other
MOST = 32.0  # levels by which a copy may be brightened or darkened to meet the picture's end


@dataclass(frozen=True)
class _Offset:
    """Where the copy for a margin comes from: `x` columns further inside and `y` rows further down; x 0 is the reflection."""

    x: int
    y: int = 0


def narrow(length: int, size: int) -> bool:
    """Whether a margin of `length` pixels beyond a strip of `size` pixels is narrow enough, and the strip has enough to copy."""
    return 0 < length <= WIDEST * size and size >= 3 * OVERLAP


def beyond(strip: np.ndarray, length: int, price: np.ndarray | None = None, steepest: float = STEEPEST) -> np.ndarray:
    """What follows a strip (H, W, 4) uint8, straight alpha, past its right end: (H, length, 4) uint8. The same for the same strip.

    price: (H, W) float32 in levels, what it costs to show a pixel again; None is nothing. steepest: of lines, rows per column.
    """
    scale = max(1.0, strip.shape[0] / ROWS)
    margin = max(1, round(length / scale))
    reach = math.ceil((margin + FURTHER + 2 * OVERLAP) * scale) + length  # nothing comes from further away
    pixels = premultiplied(strip[:, -reach:])
    small = _reduced(pixels, scale)
    price = None if price is None else _reduced(np.dstack([price[:, -reach:]] * 4), scale)[..., :1]
    found, rows = _chosen(small, margin, price, steepest)
    rows = _enlarged(rows, len(pixels))
    offsets = [_refined(pixels, length, offset, scale, rows == n) for n, offset in enumerate(found)]
    return straight(_laid(pixels, length, offsets, rows))


def _reduced(pixels: np.ndarray, scale: float) -> np.ndarray:
    """A smaller copy whose right end is that of the picture."""
    if scale == 1.0:
        return pixels
    from PIL import Image  # here, as estimates are made before Pillow is wanted

    size = max(1, int(pixels.shape[1] / scale)), max(1, round(pixels.shape[0] / scale))
    box = pixels.shape[1] - size[0] * scale, 0, pixels.shape[1], pixels.shape[0]
    planes = [Image.fromarray(np.ascontiguousarray(pixels[..., n])).resize(size, Image.Resampling.BOX, box) for n in range(4)]
    return np.dstack([np.asarray(plane) for plane in planes])


def _candidates(shape: tuple[int, int], margin: int, steepest: float) -> list[_Offset]:
    height, width = shape
    farthest = min(margin + FURTHER, width - OVERLAP)
    steep = min(round(steepest * margin) + 2, height // 8)
    return [_Offset(x, y) for x in range(margin, farthest + 1) for y in range(-steep, steep + 1)]


def _chosen(pixels: np.ndarray, margin: int, price: np.ndarray | None = None,
            steepest: float = STEEPEST) -> tuple[list[_Offset], np.ndarray]:
    """The offsets that serve all rows best, and for each row which of them."""
    candidates = _candidates(pixels.shape[:2], margin, steepest)
    costs = _costs(pixels, margin, candidates, price)
    best = MIRROR + KINK * _changes(pixels, margin)
    if price is not None:
        best = best + _windowed(price[:, -margin:].mean(axis=(1, 2)))
    found, prices = [_Offset(0)], [best]
    while len(found) < OFFSETS and len(candidates):
        gains = np.maximum(best[None] - costs, 0.0).sum(axis=1)
        most = int(gains.argmax())
        if gains[most] < CHANGE:
            break
        found.append(candidates[most])
        prices.append(costs[most])
        best = np.minimum(best, costs[most])
    return found, _cheapest(np.stack(prices), np.stack([_copy(pixels, margin, offset) for offset in found]))


def _costs(pixels: np.ndarray, margin: int, candidates: list[_Offset], price: np.ndarray | None = None) -> np.ndarray:
    """(n, H) in levels: how much the columns before each candidate's copy differ from the picture's last ones, near each row; how far
    away it is; and the price of what it shows again. candidates: sorted by x."""
    height = len(pixels)
    found = [np.empty((0, height))]
    for x in sorted({offset.x for offset in candidates}):
        rows = np.arange(height)[None] + np.array([offset.y for offset in candidates if offset.x == x])[:, None]
        at, lost = np.clip(rows, 0, height - 1), (rows < 0) | (rows >= height)
        end, inside = pixels[:, -OVERLAP:].reshape(height, -1), pixels[:, -OVERLAP - x : -x].reshape(height, -1)
        cost = np.abs(end[None] - inside[at]).mean(axis=2)
        if price is not None:
            first = price.shape[1] - x
            cost += price[:, first : first + margin].mean(axis=(1, 2))[at]
        found.append(_windowed(cost) + np.where(lost, MIRROR, 0.0) + AWAY * (x - margin))
    return np.concatenate(found)


def _changes(pixels: np.ndarray, margin: int) -> np.ndarray:
    """(H,) in levels, how much the last columns change along each row: where they do, a reflection shows."""
    reach = max(2, min(margin, pixels.shape[1] - 1))
    return _windowed(np.abs(pixels[:, -reach:] - pixels[:, -1:]).mean(axis=(1, 2)))


def _windowed(values: np.ndarray) -> np.ndarray:
    """Values (..., H) averaged over nearby rows."""
    reach = min(WINDOW, values.shape[-1] - 1)
    around = [(0, 0)] * (values.ndim - 1) + [(reach + 1, reach)]
    total = np.cumsum(np.pad(values, around, mode="edge"), axis=-1, dtype=np.float64)
    return (total[..., 2 * reach + 1 :] - total[..., : -2 * reach - 1]) / (2 * reach + 1)


def _moved(pixels: np.ndarray, y: int) -> np.ndarray:
    """Rows that lie `y` further down, the last ones again at the ends."""
    return pixels[np.clip(np.arange(len(pixels)) + y, 0, len(pixels) - 1)] if y else pixels


def _copy(pixels: np.ndarray, length: int, offset: _Offset, before: int = 0) -> np.ndarray:
    """A margin, and `before` columns of the picture before it, as an offset copies them."""
    width = pixels.shape[1]
    if not offset.x:
        columns = np.arange(-before, length)
        return pixels[:, width - 1 - np.where(columns < 0, -1 - columns, columns)]
    begin = width - offset.x
    return _moved(pixels[:, begin - before : begin + length], offset.y)


def _cheapest(prices: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """For each row the number of its offset. prices: (n, H); copies: (n, H, margin, 4), what each offset shows."""
    count, height = prices.shape
    if count == 1:
        return np.zeros(height, int)
    total, came = prices[:, 0].copy(), np.zeros((height, count), int)
    kept = np.arange(count)
    for row in range(1, height):
        pair = copies[:, row - 1 : row + 1]
        seen = np.abs(pair[:, None] - pair[None]).mean(axis=(2, 3, 4))
        change = np.where(seen > 0.0, CHANGE + seen, 0.0)
        change[kept, kept] = 0.0
        steps = total[:, None] + change
        came[row] = steps.argmin(axis=0)
        total = steps.min(axis=0) + prices[:, row]
    rows = np.empty(height, int)
    rows[-1] = int(total.argmin())
    for row in range(height - 1, 0, -1):
        rows[row - 1] = came[row, rows[row]]
    return rows


def _enlarged(rows: np.ndarray, height: int) -> np.ndarray:
    """What was chosen for the rows of the small copy, for those of the picture."""
    return rows[np.minimum((np.arange(height) * (len(rows) / height)).astype(int), len(rows) - 1)]


def _refined(pixels: np.ndarray, length: int, offset: _Offset, scale: float, rows: np.ndarray) -> _Offset:
    """An offset of the small copy to the pixel, for the rows that use it."""
    if not offset.x or not rows.any():
        return offset
    x, y, reach, most = round(offset.x * scale), round(offset.y * scale), math.ceil(scale), pixels.shape[1] - OVERLAP
    across = sorted({min(max(x + i, length), most) for i in range(-reach, reach + 1)})
    places = [_Offset(column, y + j) for column in across for j in range(-reach, reach + 1)]
    return places[int(_costs(pixels, length, places)[:, rows].mean(axis=1).argmin())]


def _laid(pixels: np.ndarray, length: int, offsets: list[_Offset], rows: np.ndarray) -> np.ndarray:
    """The margin in premultiplied pixels: copies that merge softly with each other and with the picture's end."""
    out = np.zeros((len(pixels), length, 4), np.float32)
    for number, offset in enumerate(offsets):
        share = _softened((rows == number).astype(np.float32))
        if not share.any():
            continue
        copy = _copy(pixels, length, offset, OVERLAP) if offset.x else _copy(pixels, length, offset)
        out += share[:, None, None] * (_matched(copy, pixels) if offset.x else copy)
    mirrored = _copy(pixels, length, _Offset(0))
    near = np.clip(1.0 - (np.arange(length) + 0.5) / SOFT, 0.0, 1.0)[None, :, None].astype(np.float32)
    return out * (1.0 - near) + mirrored * near


def _softened(share: np.ndarray) -> np.ndarray:
    reach = round(SOFT)
    padded = np.pad(share, reach, mode="edge")
    return np.convolve(padded, np.ones(2 * reach + 1) / (2 * reach + 1), mode="valid").astype(np.float32)


def _matched(copy: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """A copy without the columns before it, its brightness led to that of the picture where they meet."""
    step = np.clip((pixels[:, -OVERLAP:] - copy[:, :OVERLAP]).mean(axis=1), -MOST, MOST)
    for channel in range(4):
        step[:, channel] = _windowed(step[:, channel])
    step[:, 3] = 0.0
    copy = copy[:, OVERLAP:]
    solid = copy[..., 3:] / 255.0
    fading = np.exp(-np.arange(copy.shape[1]) / (0.5 * copy.shape[1] + 1.0))[None, :, None].astype(np.float32)
    return np.maximum(copy + step[:, None] * fading * solid, 0.0)
