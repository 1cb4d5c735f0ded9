"""What lies at a layer's end goes on beyond it for a little, rather than being mirrored; also for rows beside the layer's border."""

from __future__ import annotations

import numpy as np

from . import overscan

BESIDE = 1 / 8  # of the height: rows below the layer that copies for its last rows may come from, its own ones reflected


def beyond(strip: np.ndarray, length: int) -> np.ndarray:
    """What follows a strip (H, W, 4) uint8 past its right end, (H, length, 4) uint8, as of `overscan.beyond`.

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
    out[inside] = overscan.beyond(np.concatenate([part, part[::-1][1 : more + 1]]), length)[: len(part)]
    return out
