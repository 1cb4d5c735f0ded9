"""Mattes, not scissors: the soft edge of a mask, and the colours of both sides without a halo of the other."""

from __future__ import annotations

import numpy as np


def alpha(picture: np.ndarray, inside: np.ndarray, width: float, apart: np.ndarray | None = None) -> np.ndarray:
    """Soft matte (H, W) uint8 of a mask: 255 inside, 0 outside, and what the picture says within `width / 2` of the outline.

    picture: (H, W, 3) uint8. inside: (H, W) bool. width: of the border in pixels in which the soft edge is looked for.
    """
    import cv2

    hard = np.where(inside, np.uint8(255), np.uint8(0))
    if width < 1.0 or inside.all() or not inside.any():
        return hard
    reach = max(width / 2.0, 1.0)
    band = _distance(inside) <= reach
    radius = max(1, round(reach))
    soft = cv2.ximgproc.guidedFilter(picture, hard.astype(np.float32) / np.float32(255.0), radius, 20.0)
    soft = np.clip(0.5 + 1.5 * (soft - 0.5), 0.0, 1.0)
    return np.where(band, np.rint(soft * 255.0).astype(np.uint8), hard)


def colours(picture: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Own colours of both sides of a matte, (H, W, 3) uint8 each, so that alpha * F + (1 - alpha) * B is about the picture.

    Source: M. Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021: blurred means, then the same with a small radius.
    """
    import cv2

    image, share = picture.astype(np.float32), (alpha.astype(np.float32) / np.float32(255.0))[..., None]
    front, back = image, image
    for size in (91, 7):
        blur = lambda plane, size=size: cv2.blur(plane, (size, size))  # noqa: E731
        weight = blur(share)[..., None]
        mean_front = blur(front * share) / (weight + 1e-5)
        back = blur(back * (1.0 - share)) / ((1.0 - weight) + 1e-5)
        front = np.clip(mean_front + share * (image - share * mean_front - (1.0 - share) * back), 0.0, 255.0)
    front = np.where(alpha[..., None] == 255, picture, np.rint(front).clip(0, 255).astype(np.uint8))
    back = np.where(alpha[..., None] == 0, picture, np.rint(back).clip(0, 255).astype(np.uint8))
    return front, back


def _distance(inside: np.ndarray) -> np.ndarray:
    """Pixels from each pixel's centre to the outline, about 0.5 beside it."""
    import cv2

    own = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    other = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
    return np.maximum(own, other) - 0.5
