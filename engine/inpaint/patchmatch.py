"""Exemplar-based fill by the library pypatchmatch.

C. Barnes, E. Shechtman, A. Finkelstein, D. B. Goldman: "PatchMatch: A Randomized Correspondence Algorithm for
Structural Image Editing", SIGGRAPH 2009. The guide keeps sources at the same place across the motion, so that a
skyline continues at its own height.
"""

from __future__ import annotations

import logging

import numpy as np

from .. import masks
from . import Hole
from .quilt import Quilt

PATCH = 3  # radius in pixels
PLACES = 256  # told apart across the motion
LEAST = 16  # pixels on a side: with less in one piece that is not masked, the library leaves parts as they were


def available() -> bool:
    """Whether the library is installed and its native part loads on this computer."""
    logging.getLogger("patchmatch").setLevel(logging.CRITICAL)
    try:
        import patchmatch
    except ImportError:
        return False
    return patchmatch.patchmatch_available


class PatchMatch:
    name = "PatchMatch"

    def paint(self, hole: Hole) -> np.ndarray:
        guide = np.zeros((*hole.mask.shape, 3), np.float32)
        guide[..., 0] = _across(hole)
        return self._painted(hole, guide, hole.guide)

    def led(self, hole: Hole, colors: np.ndarray, weight: float) -> np.ndarray:
        """As `paint`, but sources are sought where `colors` (H, W, 3) float32, from 0 to 1, are like those at the place to be painted.

        weight: how strongly, against what the patches themselves look like.
        """
        return self._painted(hole, np.ascontiguousarray(colors, dtype=np.float32), weight)

    def _painted(self, hole: Hole, guide: np.ndarray, weight: float) -> np.ndarray:
        import patchmatch

        if masks.grow(hole.mask, LEAST - 1, 0, LEAST - 1, 0)[: 1 - LEAST, : 1 - LEAST].all():
            return Quilt().paint(hole)
        patchmatch.set_random_seed(hole.seed)
        exclude = None if hole.exclude is None else hole.exclude & ~hole.mask
        painted = patchmatch.inpaint_regularity(hole.picture, hole.mask, guide, global_mask=exclude,
                                                patch_size=PATCH, guide_weight=weight)
        return np.where(hole.mask[..., None], painted, hole.picture)


def _across(hole: Hole) -> np.ndarray:
    """The place of each pixel across the motion (H, W), as a share of the picture, where places with little to copy count little.

    Measured by how much lies before a place that can be copied: rows that hardly show anything are as one, so that the little
    they show is not repeated in stripes, and what lies beyond all sources is as their outermost.
    """
    (height, width), (x, y) = hole.mask.shape, hole.across
    place = np.arange(height)[:, None] * y + np.arange(width)[None, :] * x
    sources = place[~hole.mask if hole.exclude is None else ~(hole.mask | hole.exclude)]
    if len(sources):
        counts, edges = np.histogram(sources, PLACES)
        before = np.concatenate([[0], np.cumsum(counts)]) / len(sources)
        place = edges[0] + (edges[-1] - edges[0]) * np.interp(place, edges, before)
    return place / max(height * abs(y) + width * abs(x), 1.0)
