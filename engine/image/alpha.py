"""Straight and premultiplied alpha, and small copies of pictures that have it."""

from __future__ import annotations

import numpy as np


def premultiplied(rgba: np.ndarray) -> np.ndarray:
    """(..., 4) float32 in levels of 255: colors times alpha, and alpha. rgba: (..., 4) uint8 or float, straight alpha."""
    rgba = np.asarray(rgba, np.float32)
    return np.concatenate([rgba[..., :3] * (rgba[..., 3:] / 255.0), rgba[..., 3:]], axis=-1)


def straight(pixels: np.ndarray) -> np.ndarray:
    """(..., 4) uint8 with straight alpha, for premultiplied pixels in levels. Where nothing is, the color is black."""
    alpha = np.clip(pixels[..., 3:], 0.0, 255.0)
    color = np.where(alpha > 0.5, pixels[..., :3] * 255.0 / np.maximum(alpha, 0.5), 0.0)
    return np.rint(np.clip(np.concatenate([color, alpha], axis=-1), 0.0, 255.0)).astype(np.uint8)


def small(rgba: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """(rows, columns, 4) uint8, straight alpha: means over boxes, colors weighted by alpha. rgba: (H, W, 4) uint8."""
    from PIL import Image  # here, as estimates are made before Pillow is wanted

    return np.asarray(Image.fromarray(np.ascontiguousarray(rgba), "RGBA").resize((columns, rows), Image.Resampling.BOX))
