"""Layers that stay within margins: each canvas is the frame and as much beyond it as the motion shows, in the layer's own texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import behind, masks
from ..cuts import Cut
from ..inpaint import Inpainter
from ..settings import Settings
from . import seams


@dataclass(frozen=True)
class Placed:
    """A layer's pixels (h, w, 4) uint8, straight alpha, and the canvas position of the first one: `left` and `top`, in pixels."""

    rgba: np.ndarray
    left: int
    top: int


def extended(cut: Cut, margins: tuple[int, int, int, int], visible: np.ndarray, settings: Settings, inpainter: Inpainter) -> Placed:
    """A layer with what it shows beyond the frame, and with what nearer layers uncover of it painted.

    margins: pixels to the left, top, right and bottom. visible: (H, W) bool, of `visibility.revealed`: what else the layer has is never
    seen and stays transparent, so that another motion knows that it was never painted.
    """
    cut = behind.painted(cut, visible, settings, inpainter)
    inside, known = cut.alpha > 0, cut.known & (cut.alpha > 0)
    if not known.any():
        return Placed(np.zeros((*inside.shape, 4), np.uint8), 0, 0)
    unseen = inside & ~known
    rgb = masks.flooded(cut.rgb, known) if unseen.any() else cut.rgb  # for what reflects it beyond the frame
    strip = np.dstack([rgb, cut.alpha])
    left, top, right, bottom = margins
    if left or right:
        strip = seams.extend(strip, left, right)
    if top or bottom:
        strip = seams.extend(strip, top, bottom, axis=0)
    strip = np.ascontiguousarray(strip)
    strip[top : top + len(unseen), left : left + unseen.shape[1], 3][unseen] = 0
    return Placed(strip, -left, -top)
