"""The colour of a picture's air: what its farthest layer looks like, low down where the horizon is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import ParallaxError
from ..files import write_json

SIZE = 256, 256  # a mean needs no more pixels


def make(values: dict, path: Path, check: Callable[[float], None]) -> None:
    """Writes {"colour": [r, g, b]}, linear, 0 to 1, of the image file values["tile"] (RGBA, straight alpha, sRGB)."""
    check(0.0)
    try:
        with Image.open(values["tile"]) as image:
            tile = np.asarray(image.convert("RGBa").resize(SIZE, Image.Resampling.BOX), np.float64) / 255.0
    except OSError:
        raise ParallaxError(f"{values['tile']} cannot be read: put the job folder back, or generate the parallax again") from None
    write_json(path, {"colour": mean(tile).tolist()})


def mean(tile: np.ndarray) -> np.ndarray:
    """The mean colour, linear, of the lower half of an image (H, W, 4) with premultiplied alpha, 0 to 1; grey where it shows nothing."""
    low = tile[tile.shape[0] // 2 :]
    low = low if low[..., 3].any() else tile
    alpha = low[..., 3:]
    if not alpha.any():
        return np.full(3, 0.5)
    straight = low[..., :3] / np.maximum(alpha, 1e-6)
    return np.minimum((linear(straight) * alpha).sum((0, 1)) / alpha.sum(), 1.0)


def linear(srgb: np.ndarray) -> np.ndarray:
    """Light of sRGB values, 0 to 1 (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
