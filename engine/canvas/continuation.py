"""A layer continued past its end without mirroring, also where its border slants."""

from __future__ import annotations

import numpy as np

from ..image import alpha
from . import overscan

BESIDE = 1 / 8  # of the height: rows below the layer that copies for its last rows may come from, its own ones reflected
COLUMNS, ROWS = 128, 48  # size at most of the copy on which it is looked for what is like nothing else
APART = 0.06  # of the width: what is nearer is the same thing
AGAIN = 3.0  # price of showing again what is like nothing else, by how much it differs from everything
STEEPEST = 0.3  # rows per column by which a copy is moved at most: far from the end things stay at their height
USUAL = 0.6  # share of the strip that differs by so little that this is its texture


def beyond(strip: np.ndarray, length: int, anything: bool = False) -> np.ndarray:
    """What follows a strip (H, W, 4) uint8 past its right end, (H, length, 4) uint8, as of `overscan.beyond`.

    anything: whether things that are like nothing else are shown again as readily as texture.
    A copy that is moved up along a slanted line needs rows below the last one: these are reflected. A strip that has too few columns
    to copy is reflected too.
    """
    rows = np.flatnonzero(strip[..., 3].any(axis=1))
    out = np.zeros((strip.shape[0], length, 4), np.uint8)
    if not len(rows) or not length:
        return out
    inside = np.s_[rows[0] : rows[-1] + 1]
    part = strip[inside]
    if strip.shape[1] < max(3 * overscan.OVERLAP, 2 * length + overscan.OVERLAP):
        phase = np.arange(length) % (2 * part.shape[1])
        out[inside] = part[:, ::-1][:, np.where(phase < part.shape[1], phase, 2 * part.shape[1] - 1 - phase)]
        return out
    more = min(round(BESIDE * len(part)) + 2, len(part) - 1)
    taller = np.concatenate([part, part[::-1][1 : more + 1]])
    out[inside] = overscan.beyond(taller, length, None if anything else AGAIN * _rarity(taller), STEEPEST)[: len(part)]
    return out


def _rarity(strip: np.ndarray) -> np.ndarray:
    """(H, W) float32, by how many levels each pixel and those around it differ from everything else in their rows."""
    from PIL import Image  # here, as estimates are made before Pillow is wanted

    height, width = strip.shape[:2]
    size = min(COLUMNS, width), min(ROWS, height)
    small = alpha.premultiplied(alpha.small(strip, *size))
    apart = np.abs(small[:, :, None] - small[:, None, :]).mean(axis=3)
    padded = np.pad(apart, 1, mode="edge")
    count, rows = size
    around = sum(padded[1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + count, 1 + dx : 1 + dx + count] for dy in (-1, 0, 1) for dx in (-1, 0, 1))
    columns = np.arange(count)
    around[:, np.abs(columns[:, None] - columns[None]) <= max(1, APART * count)] = np.inf
    least = np.where(np.isfinite(around.min(axis=2)), around.min(axis=2), 0.0) / 9.0
    rare = np.maximum(least - float(np.quantile(least, USUAL)), 0.0).astype(np.float32)
    return np.asarray(Image.fromarray(rare).resize((width, height), Image.Resampling.BILINEAR))
