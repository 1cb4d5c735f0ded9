"""How far a result is from the truth. Pictures are (H, W, 3) uint8, alphas (H, W) float from 0 to 1, masks (H, W) bool."""

from __future__ import annotations

import math

import cv2
import numpy as np
from skimage.metrics import structural_similarity


def soft_iou(a: np.ndarray, b: np.ndarray) -> float:
    """What two alphas share over what either covers: 1 is the same, 0 is nothing in common."""
    either = float(np.maximum(a, b).sum())
    return float(np.minimum(a, b).sum()) / either if either else 1.0


def alpha_error(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    """Mean absolute difference of two alphas in percent."""
    return float(np.abs(a - b)[where].mean()) * 100.0 if where.any() else 0.0


def colour_error(a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> float:
    """Mean absolute difference in levels of 255, each pixel weighted, as by the alpha under which it is seen."""
    total = float(weight.sum())
    off = np.abs(a.astype(np.float64) - b.astype(np.float64)).mean(axis=2)
    return float((off * weight).sum()) / total if total else 0.0


def psnr(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    """In decibels, over the pixels of a mask. Infinite for equal pictures."""
    off = float(((a.astype(np.float64) - b.astype(np.float64))[where] ** 2).mean()) if where.any() else 0.0
    return 10.0 * math.log10(255.0**2 / off) if off else math.inf


def psnr_shifted(a: np.ndarray, b: np.ndarray, where: np.ndarray, most: int = 2) -> float:
    """As `psnr`, each connected region of the mask compared at the shift of `a`, up to `most` pixels, that suits it best.

    A texture that is right but lies a pixel beside the true one is not punished for that.
    """
    if not where.any():
        return math.inf
    count, regions = cv2.connectedComponents(where.astype(np.uint8))
    truth, padded = b.astype(np.float64), np.pad(a.astype(np.float64), ((most, most), (most, most), (0, 0)), mode="edge")
    height, width = where.shape
    best = np.full(count, np.inf)
    for y in range(2 * most + 1):
        for x in range(2 * most + 1):
            off = ((padded[y : y + height, x : x + width] - truth) ** 2).mean(axis=2)
            best = np.minimum(best, np.bincount(regions.ravel(), off.ravel(), count))
    off = float(best[1:].sum()) / int(where.sum())
    return 10.0 * math.log10(255.0**2 / off) if off else math.inf


def ssim(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    """Mean structural similarity around the pixels of a mask (windows of 7 x 7 that may reach beyond it)."""
    if not where.any():
        return 1.0
    each = structural_similarity(a, b, channel_axis=2, data_range=255, full=True)[1]
    return float(each.mean(axis=2)[where].mean())
