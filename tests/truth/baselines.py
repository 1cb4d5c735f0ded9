"""What plain methods show where something comes into view. Pictures are (H, W, 3) uint8, masks (H, W) bool."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.restoration import inpaint_biharmonic

STEPS = 96  # depths at which the eye's ray is tried


def replicated(frame: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """A frame whose pixels that were not shown before repeat the nearest one that was."""
    _, labels = cv2.distanceTransformWithLabels((~shown).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    colours = np.zeros((labels.max() + 1, 3), np.uint8)
    colours[labels[shown]] = frame[shown]
    return np.where(shown[..., None], frame, colours[labels])


def telea(frame: np.ndarray, shown: np.ndarray, radius: float = 3.0) -> np.ndarray:
    """A frame whose pixels that were not shown before are inpainted (A. Telea, "An Image Inpainting Technique", 2004)."""
    blank = np.where(shown[..., None], frame, np.uint8(0))
    return cv2.inpaint(blank, (~shown).astype(np.uint8), radius, cv2.INPAINT_TELEA)


def biharmonic(frame: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """A frame whose pixels that were not shown before are the smoothest surface through the ones around.

    S. B. Damelin, N. S. Hoang: "On Surface Completion and Image Inpainting by Biharmonic Functions", 2018.
    """
    blank = np.where(shown[..., None], frame, np.uint8(0))
    smooth = inpaint_biharmonic(blank, ~shown, channel_axis=2, split_into_regions=True)
    return np.where(shown[..., None], frame, np.rint(np.clip(smooth, 0.0, 1.0) * 255.0).astype(np.uint8))


def warped(source: np.ndarray, nearness: np.ndarray, travel: tuple[float, float]) -> np.ndarray:
    """The source as a surface of its depth, without layers, seen by an eye that moved: what comes into view is a stretched slope.

    nearness: (H, W) float32, 1 / distance. travel: pixels (x, y) by which something at distance 1 moves. Each pixel's ray is followed from
    near to far until it meets the surface, as renderers of depth maps do (parallax occlusion mapping, N. Tatarchuk, 2006).
    """
    height, width = nearness.shape
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    at_x, at_y, free = xs.copy(), ys.copy(), np.ones((height, width), bool)
    for near in np.linspace(float(nearness.max()), float(nearness.min()), STEPS):
        x, y = xs - np.float32(near * travel[0]), ys - np.float32(near * travel[1])
        surface = cv2.remap(nearness, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        met = free & (surface >= near - 1e-6)
        at_x[met], at_y[met] = x[met], y[met]
        free &= ~met
    return cv2.remap(source, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
