"""Mattes, not scissors: the soft edge of a mask, and the colours of both sides without a halo of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROUNDS = 3  # in which the colours of the sides are learnt anew from the matte so far
SPREAD = 0.9  # standard deviation, in border widths, of the weights with which colours around a pixel count
GRAIN = 4.0 / 255.0  # standard deviation that any side's colours have at least
SMOOTH = 15.0, 1.5  # what is taken for grain and smoothed away: levels, and pixels
SLACK = 0.4  # deviations of its own colours within which a pixel is wholly of a side
EDGE = 2.5  # squared distance of the sides' colours, in deviations within them, from which on the picture decides
TILE = 384  # pixels of the squares that are worked on
TINY = 1e-6


def alpha(picture: np.ndarray, inside: np.ndarray, width: float, apart: np.ndarray | None = None) -> np.ndarray:
    """Soft matte (H, W) uint8 of a mask: 255 inside and 0 outside, but for the border around the mask's outline.

    picture: (H, W, 3) uint8. inside: (H, W) bool. width: pixels; only what is within half of it from the outline may change.
    apart: (H, W) bool, pixels whose colour says nothing, such as what is hidden behind something nearer.

    Where the sides differ in colour, each pixel's share is where it lies between them: the projection onto Fisher's linear
    discriminant of their colours around the pixel (R. A. Fisher, 1936), scaled from 0 at the mean of one side to 1 at that of
    the other. The sides' colours are learnt from the pixels deepest in them first, then from the matte itself. This is the
    regression of a guided filter (K. He et al., "Guided Image Filtering", PAMI 2013), but unsure pixels have no say in it. Where the
    sides have the same colours, as in a surface that is cut through, the matte is a plain ramp.
    """
    hard = np.where(inside, np.uint8(255), np.uint8(0))
    if width < 1.0 or inside.all() or not inside.any():
        return hard
    depth = _depth(inside)
    reach = max(width / 2.0, 1.0)
    border = np.abs(depth) <= reach
    ramp = np.clip(0.5 + depth / (2.0 * reach), 0.0, 1.0)
    says = np.ones_like(depth) if apart is None else (~apart).astype(np.float32)
    sides = _Sides(np.clip(depth / reach, 0.0, 1.0) ** 2 * says, np.clip(-depth / reach, 0.0, 1.0) ** 2 * says)
    for _ in range(ROUNDS):
        share, sure = _decided(picture, sides, border, ramp, SPREAD * 2.0 * reach)
        sure *= says
        share = np.where(border, ramp + sure * (share - ramp), inside)
        weight = np.where(border, sure, says)
        sides = _Sides(weight * share**4, weight * (1.0 - share) ** 4)
    return np.where(border, np.rint(share * 255.0).astype(np.uint8), hard)


def colours(picture: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Own colours of both sides of a matte, (H, W, 3) uint8 each, so that alpha * F + (1 - alpha) * B is about the picture.

    Source: M. Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021: blurred means, then the same with a small radius.
    """
    import cv2

    image, share = picture.astype(np.float32), (alpha.astype(np.float32) / np.float32(255.0))[..., None]
    front, back = image, image
    for size in (91, 7):
        weight = cv2.blur(share, (size, size))[..., None]
        mean_front = cv2.blur(front * share, (size, size)) / (weight + 1e-5)
        mean_back = cv2.blur(back * (1.0 - share), (size, size)) / ((1.0 - weight) + 1e-5)
        off = image - share * mean_front - (1.0 - share) * mean_back
        front = np.clip(mean_front + share * off, 0.0, 255.0)
        back = np.clip(mean_back + (1.0 - share) * off, 0.0, 255.0)
    front = np.where(alpha[..., None] == 255, picture, np.rint(front).clip(0, 255).astype(np.uint8))
    back = np.where(alpha[..., None] == 0, picture, np.rint(back).clip(0, 255).astype(np.uint8))
    return front, back


@dataclass(frozen=True)
class _Sides:
    """(H, W) float32: how much each pixel's colour counts for what is inside, and for what is outside."""

    inner: np.ndarray
    outer: np.ndarray


def _depth(inside: np.ndarray) -> np.ndarray:
    """(H, W) float32 pixels from the outline, negative outside; the frame's border is no outline."""
    import cv2

    own, other = (cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 5) for side in (inside, ~inside))
    return np.where(inside, own - np.float32(0.5), np.float32(0.5) - other)


def _decided(picture, sides: _Sides, border, ramp, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """What the colours say of the border: the share of the inside from 0 to 1, and how sure that is; both (H, W) float32."""
    size = max(3, 2 * round(np.sqrt(6.0 * spread**2 + 1.0) / 2.0) + 1)  # two box blurs deviate by `spread`
    share, sure = np.zeros_like(ramp), np.zeros_like(ramp)
    height, width = border.shape
    for y in range(0, height, TILE):
        for x in range(0, width, TILE):
            here = border[y : y + TILE, x : x + TILE]
            if here.any():
                top, left = max(y - size, 0), max(x - size, 0)
                around = slice(top, y + TILE + size), slice(left, x + TILE + size)
                ys, xs = np.nonzero(here)
                pixels = ys + y - top, xs + x - left
                found = _discriminated(picture[around], sides.inner[around], sides.outer[around], pixels, size)
                share[ys + y, xs + x], sure[ys + y, xs + x] = found
    return share, sure


def _discriminated(picture, inner, outer, pixels, size: int) -> tuple[np.ndarray, np.ndarray]:
    """As `_decided`, for the pixels (ys, xs) of a tile."""
    import cv2

    smooth = cv2.bilateralFilter(np.ascontiguousarray(picture), 5, *SMOOTH)
    colour = smooth.astype(np.float32) / np.float32(255.0) - np.float32(0.5)
    r, g, b = colour[..., 0], colour[..., 1], colour[..., 2]
    terms = np.dstack([np.ones_like(r), r, g, b, r * r, g * g, b * b, r * g, r * b, g * b])
    weight1, mean1, spread1 = _moments(terms, inner, pixels, size)
    weight0, mean0, spread0 = _moments(terms, outer, pixels, size)
    apart = mean1 - mean0
    axis = _solved(spread1 + spread0, apart)
    distance = (axis * apart).sum(axis=1)
    share = (axis * (colour[pixels] - mean0)).sum(axis=1) / np.maximum(distance, TINY)
    slack = np.minimum(SLACK / np.sqrt(np.maximum(distance, TINY)), 0.3)
    share = np.clip((share - slack) / (1.0 - 2.0 * slack), 0.0, 1.0)
    sure = distance**4 / (distance**4 + EDGE**4) * np.clip(np.minimum(weight1, weight0) * 1e4, 0.0, 1.0)
    return share, sure


def _moments(terms: np.ndarray, weight: np.ndarray, pixels, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weight (n,), mean (n, 3) and covariance (n, 6: rr gg bb rg rb gb) of the colours around each of n pixels."""
    import cv2

    sums = terms * weight[..., None]
    for _ in range(2):
        sums = cv2.blur(sums, (size, size), borderType=cv2.BORDER_REPLICATE)
    sums = sums[pixels]
    total = sums[:, :1]
    means = sums[:, 1:] / np.maximum(total, TINY)
    first, second = [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]
    return total[:, 0], means[:, :3], means[:, 3:] - means[:, first] * means[:, second]


def _solved(spread: np.ndarray, right: np.ndarray) -> np.ndarray:
    """x (n, 3) of n symmetric 3 x 3 equations, with the grain added to the diagonal."""
    rr, gg, bb = (spread[:, i] + np.float32(GRAIN**2) for i in range(3))
    rg, rb, gb = spread[:, 3], spread[:, 4], spread[:, 5]
    row0, row1, row2 = (np.stack(row, axis=1) for row in ((rr, rg, rb), (rg, gg, gb), (rb, gb, bb)))
    cofactors = np.cross(row1, row2), np.cross(row2, row0), np.cross(row0, row1)
    determinant = (row0 * cofactors[0]).sum(axis=1, keepdims=True)
    return sum(cofactor * right[:, i : i + 1] for i, cofactor in enumerate(cofactors)) / np.maximum(determinant, np.float32(1e-12))
