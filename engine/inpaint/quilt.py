"""Fill that runs everywhere: blocks of the picture itself, each chosen to fit what is around it.

After A. A. Efros, W. T. Freeman: "Image Quilting for Texture Synthesis and Transfer", SIGGRAPH 2001, for holes of any
shape: a block's fit is measured on the ring of known pixels around it, and blocks lie on each other by a soft edge.
"""

from __future__ import annotations

import numpy as np

from .. import masks
from . import Hole

BLOCK = 64  # pixels on a side, at most
LEAST = 8
RING = 8  # pixels around a block in which the fit is measured
TRIES = 400


class Quilt:
    name = "Quilt"

    def paint(self, hole: Hole) -> np.ndarray:
        state = _State(hole)
        box = masks.bounds(hole.mask)
        if box is None:
            return hole.picture.copy()
        for block in _blocks(box, hole.across):
            state.fill(block)
        masks.bleed(state.picture, state.known, max(hole.mask.shape))
        return np.where(hole.mask[..., None], state.picture, hole.picture)


def _blocks(box, across):
    """Blocks that cover a rectangle, going along the motion first."""
    x0, y0, x1, y1 = box
    xs, ys = range(x0, x1, BLOCK), range(y0, y1, BLOCK)
    if abs(across[1]) >= abs(across[0]):
        return [(x, y, min(x + BLOCK, x1), min(y + BLOCK, y1)) for y in ys for x in xs]
    return [(x, y, min(x + BLOCK, x1), min(y + BLOCK, y1)) for x in xs for y in ys]


class _State:
    """A hole while it is being filled."""

    def __init__(self, hole: Hole):
        self.hole = hole
        self.picture = hole.picture.copy()
        self.known = ~hole.mask if hole.exclude is None else ~(hole.mask | hole.exclude)
        self.random = np.random.default_rng(hole.seed)
        blocked = np.pad(~self.known, ((1, 0), (1, 0))).astype(np.int32)
        self.blocked = blocked.cumsum(axis=0).cumsum(axis=1)  # of the picture as given: paint is never copied again

    def fill(self, block) -> None:
        x0, y0, x1, y1 = block
        wanted = self.hole.mask[y0:y1, x0:x1]
        if not wanted.any():
            return
        shift = self._best_shift(block)
        if shift is not None:
            self._copy(block, shift)
        elif max(x1 - x0, y1 - y0) > LEAST:
            xm, ym = (x0 + x1 + 1) // 2, (y0 + y1 + 1) // 2
            for part in ((x0, y0, xm, ym), (xm, y0, x1, ym), (x0, ym, xm, y1), (xm, ym, x1, y1)):
                if part[0] < part[2] and part[1] < part[3]:
                    self.fill(part)

    def _best_shift(self, block):
        x0, y0, x1, y1 = self._ringed(block)
        dx, dy = self._candidates(x1 - x0, y1 - y0, x0, y0)
        if not len(dx):
            return None
        usable = self.known[y0:y1, x0:x1]
        here = self.picture[y0:y1, x0:x1].astype(np.float32)
        ys, xs = np.nonzero(usable)
        if not len(ys):
            return int(dx[0]), int(dy[0])
        pick = self.random.permutation(len(ys))[:600]
        ys, xs = ys[pick], xs[pick]
        there = self.hole.picture[(y0 + ys)[None, :] + dy[:, None], (x0 + xs)[None, :] + dx[:, None]]
        misfit = ((there - here[ys, xs][None]) ** 2).mean(axis=(1, 2))
        best = int(misfit.argmin())
        return int(dx[best]), int(dy[best])

    def _ringed(self, block):
        height, width = self.known.shape
        x0, y0, x1, y1 = block
        return max(x0 - RING, 0), max(y0 - RING, 0), min(x1 + RING, width), min(y1 + RING, height)

    def _candidates(self, w, h, x0, y0):
        """Shifts to rectangles of known pixels; the guide keeps them near the same place across the motion."""
        height, width = self.known.shape
        s = self.blocked
        if h > height or w > width:
            return np.empty(0, int), np.empty(0, int)
        blocked = s[h:, w:] - s[:-h, w:] - s[h:, :-w] + s[:-h, :-w]
        ys, xs = np.nonzero(blocked == 0)
        dx, dy = xs - x0, ys - y0
        if self.hole.guide > 0 and len(dx):
            off = np.abs(dx * self.hole.across[0] + dy * self.hole.across[1])
            near = off <= max(off.min(), 24.0 / self.hole.guide)
            dx, dy = dx[near], dy[near]
        if len(dx) > TRIES:
            pick = self.random.choice(len(dx), TRIES, replace=False)
            dx, dy = dx[pick], dy[pick]
        return dx, dy

    def _copy(self, block, shift) -> None:
        """Copies what is still unknown in the block, and softly over what was painted around it before."""
        x0, y0, x1, y1 = self._ringed(block)
        dx, dy = shift
        source = self.hole.picture[y0 + dy : y1 + dy, x0 + dx : x1 + dx]
        target = self.picture[y0:y1, x0:x1]
        mask, known = self.hole.mask[y0:y1, x0:x1], self.known[y0:y1, x0:x1]
        inside = np.zeros(mask.shape, np.uint8)
        inside[block[1] - y0 : block[3] - y0, block[0] - x0 : block[2] - x0] = 255
        share = np.where(known, masks.blurred(inside, RING / 2.0) / np.float32(255.0), inside / np.float32(255.0))[..., None]
        mixed = np.rint(target * (1.0 - share) + source * share).astype(np.uint8)
        write = mask & (share[..., 0] > 0)
        target[write] = mixed[write]
        self.known[y0:y1, x0:x1] |= mask & (inside > 0)
