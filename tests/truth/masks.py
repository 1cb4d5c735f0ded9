"""What a mask is like that a person, a depth map or a detector gives: near the truth, but not it. Masks are (H, W) bool."""

from __future__ import annotations

import cv2
import numpy as np

from tests.engine.scenes import noise


def larger(mask: np.ndarray, pixels: int = 2) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), _disc(pixels)) > 0


def smaller(mask: np.ndarray, pixels: int = 2) -> np.ndarray:
    return ~larger(~mask, pixels)


def displaced(mask: np.ndarray, pixels: float = 4.0, seed: int = 3) -> np.ndarray:
    """Its outline wavers by up to that many pixels."""
    height, width = mask.shape
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    off_x, off_y = (pixels * noise(height, width, seed + i, 12) for i in (0, 1))
    return cv2.remap(mask.astype(np.float32), xs + off_x, ys + off_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) > 0.5


def coarse(mask: np.ndarray, factor: int = 4) -> np.ndarray:
    """As from a map of a fraction of the size."""
    height, width = mask.shape
    small = cv2.resize(mask.astype(np.float32), (width // factor, height // factor), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) > 0.5


def _disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
