"""What the frame may ever show of layers that nearer layers hide, while all of them stay within their margins."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import masks

SLACK = 2  # blocks beyond that, for filtering when a film is smaller than the picture
COARSE = 4  # pixels on a side of the blocks that are looked at: many layers would take long otherwise

Margins = tuple[int, int, int, int]


def revealed(alphas: Sequence[np.ndarray], margins: Sequence[Margins]) -> list[np.ndarray]:
    """For each layer, far to near, the pixels of the frame (H, W) bool in which it may be seen at some moment.

    alphas: (H, W) uint8, the opacity of each layer at rest. margins: left, top, right and bottom of each layer as in `Motion`: it moves
    right by at most its left margin, and so on. What is found is never too little; blocks at the borders may be too much.
    """
    height, width = alphas[0].shape
    seen_through = [_blocks(alpha < 255) for alpha in alphas]
    found = []
    for rank, own in enumerate(margins):
        visible = np.ones_like(seen_through[0])
        for nearer in range(rank + 1, len(alphas)):
            if seen_through[nearer].all():
                continue
            left, up, right, down = (math.ceil((a + b) / COARSE) for a, b in zip(_reach(margins[nearer]), _reach(own, True)))
            around = np.pad(seen_through[nearer], 1, constant_values=True)  # how it goes on beyond the frame is not known yet
            visible &= masks.grow(around, left, right, up, down)[1:-1, 1:-1]
        visible = masks.grow_all(visible, SLACK)
        found.append(visible.repeat(COARSE, axis=0).repeat(COARSE, axis=1)[:height, :width])
    return found


def _reach(margins: Margins, behind: bool = False) -> Margins:
    """How far a layer opens a view to the left, up, right and down as it moves; or how far one behind it moves to where that is."""
    left, top, right, bottom = margins
    return (left, top, right, bottom) if behind else (right, bottom, left, top)


def _blocks(mask: np.ndarray) -> np.ndarray:
    """Blocks of `COARSE` pixels in which any pixel of a mask (H, W) bool is set."""
    height, width = mask.shape
    padded = np.pad(mask, ((0, -height % COARSE), (0, -width % COARSE)))
    return padded.reshape(len(padded) // COARSE, COARSE, -1, COARSE).any(axis=(1, 3))
