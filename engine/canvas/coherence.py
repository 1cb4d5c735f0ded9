"""How well what lies beyond a strip's ends looks as if it were of the same picture.

Each small patch of it, across the ends too, is looked for in the strip at about the same height. A wall, a chopped thing, and the axis
of a reflection are nowhere in the strip. After Y. Wexler, E. Shechtman, M. Irani: "Space-Time Completion of Video", PAMI 2007.
"""

from __future__ import annotations

import numpy as np

from ..image import alpha

COLUMNS, ROWS = 256, 96  # size at most of the copy on which patches are compared
PATCH, STEP = 5, 2  # pixels of it; every second row of patches is looked at
HIGHER = 3  # rows by which a patch may be found higher or lower
WORST = 0.2  # share of the patches that counts: the worst ones
ALPHA = 0.7  # weight of a difference of alpha
AXIS = 0.05  # of the width: what is compared on both sides of an end to see whether it is reflected there
MIRRORED = 0.3  # by how much worse it looks where it is


def unlikeness(strip: np.ndarray, new: np.ndarray) -> float:
    """How unlike a strip (H, W, 4) uint8 what closes it is, new (H, n, 4) uint8. In levels of 255; 0 where the strip has all of it."""
    rows = np.flatnonzero(strip[..., 3].any(axis=1))
    if not len(rows) or not new.shape[1]:
        return 0.0
    strip, new = strip[rows[0] : rows[-1] + 1], new[rows[0] : rows[-1] + 1]
    scale = max(1.0, strip.shape[1] / COLUMNS, strip.shape[0] / ROWS)
    whole, part = _small(strip, scale), _small(new, scale)
    if whole.shape[1] <= 2 * PATCH:
        return 0.0
    margin = PATCH - 1
    ring = np.concatenate([whole[:, -margin:], part, whole[:, :margin]], axis=1)
    known, wanted = _patches(whole), _patches(ring)
    found = []
    for row in range(0, len(wanted), STEP):
        near = known[max(0, row - HIGHER) : row + HIGHER + 1].reshape(-1, known.shape[2])
        apart = (near**2).sum(axis=1)[:, None] + (wanted[row] ** 2).sum(axis=1)[None] - 2.0 * near @ wanted[row].T
        found.append(np.sqrt(np.maximum(apart.min(axis=0), 0.0) / known.shape[2]))
    every = np.sort(np.concatenate(found))[::-1]
    worst = float(every[: max(1, round(WORST * len(every)))].mean())
    return worst * (1.0 + MIRRORED * 0.5 * (_mirrored(whole, part) + _mirrored(whole[:, ::-1], part[:, ::-1])))


def _mirrored(whole: np.ndarray, part: np.ndarray) -> float:
    """From 0 to 1, how much what follows the right end is its reflection."""
    reach = min(part.shape[1], max(2, round(AXIS * whole.shape[1])))
    usual = np.abs(whole[:, reach:] - whole[:, :-reach]).mean()
    return float(np.clip(1.0 - np.abs(whole[:, ::-1][:, :reach] - part[:, :reach]).mean() / max(usual, 1.0), 0.0, 1.0))


def _patches(planes: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(planes, (PATCH, PATCH), axis=(0, 1))
    return windows.reshape(*windows.shape[:2], -1)


def _small(strip: np.ndarray, scale: float) -> np.ndarray:
    """(rows, columns, 4) float32 in levels, color multiplied by alpha."""
    size = max(1, round(strip.shape[1] / scale)), max(PATCH, round(strip.shape[0] / scale))
    return alpha.premultiplied(alpha.small(strip, *size)) * np.array([1.0, 1.0, 1.0, ALPHA], np.float32)
