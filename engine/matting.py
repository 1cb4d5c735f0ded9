"""Mattes, not scissors: the soft edge of a mask, and the colours of both sides without a halo of the other.

Chosen by measurement on the scenes of tests/truth, with masks that are right, two pixels too large or too small, displaced by up
to four, or coarse; border 10 pixels. Mean error of alpha in the border: the mask itself 13.7 %, a guided filter 5.4 %, closed-form
matting of pymatting 4.2 %, its KNN matting 4.4 %, this 1.2 %.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from . import masks, opencv

ROUNDS = 3  # in which the colours of the sides are learnt anew from the matte so far
SPREAD = 0.9  # standard deviation, in border widths, of the weights with which colours around a pixel count
GRAIN = 4.0 / 255.0  # standard deviation that any side's colours have at least
SMOOTH = 20.0, 1.5  # what is taken for grain and smoothed away: levels, and pixels
SLACK, MOST = 0.4, 0.08  # deviations of its own colours, and share, within which a pixel is wholly of a side
EDGE = 2.5  # squared distance of the sides' colours, in deviations within them, from which on the picture decides
BLURS = (91, 31, 11, 5, 3)  # pixels over which the colours of a side are taken together, from rough to fine
TILE = 384  # pixels of the squares that are worked on
THREADS = 4  # at most: a tile takes some 40 MB
TINY = 1e-6


def alpha(picture: np.ndarray, inside: np.ndarray, width: float) -> np.ndarray:
    """Soft matte (H, W) uint8 of a mask: 255 inside and 0 outside, but for the border around the mask's outline.

    picture: (H, W, 3) uint8. inside: (H, W) bool. width: pixels; only what is within half of it from the outline may change.

    Where the sides differ in colour, each pixel's share is where it lies between them: the projection onto Fisher's linear
    discriminant of their colours around the pixel (R. A. Fisher, "The Use of Multiple Measurements in Taxonomic Problems", 1936),
    0 at the mean of one side and 1 at that of the other. The sides' colours are learnt from the pixels deepest in them first, then
    from the matte itself. This is the regression of a guided filter (K. He et al., "Guided Image Filtering", PAMI 2013), in which
    unsure pixels have no say. Where the sides have the same colours, as in a surface that is cut through, it is a plain ramp.
    """
    out = np.where(inside, np.uint8(255), np.uint8(0))
    outline = masks.bounds(masks.grow_all(inside, 1) & masks.grow_all(~inside, 1))
    if width < 1.0 or outline is None:
        return out
    if not opencv.available():
        return masks.blurred(out, min(width / 4.0, 0.25))
    reach = max(width / 2.0, 1.0)
    size = 2 * round(np.sqrt(6.0 * (2.0 * reach * SPREAD) ** 2 + 1.0) / 2.0) + 1  # two box blurs of it deviate as wanted
    x0, y0, x1, y1 = outline
    part = slice(max(y0 - size, 0), y1 + size), slice(max(x0 - size, 0), x1 + size)
    out[part] = _matte(picture[part], inside[part], reach, size)
    return out


def colours(picture: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Own colours of both sides of a matte, (H, W, 3) uint8 each, so that alpha * F + (1 - alpha) * B is about the picture.

    picture: (H, W, 3) uint8. alpha: (H, W) uint8. Where alpha is 255, F is the picture, and B where it is 0. F goes on for some
    pixels beyond the soft edge, and so does B under it; farther away both are the picture.

    Source: M. Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021: local means of the sides, corrected by what the
    blend of them misses of the picture; here with more blurs, both sides corrected, and means that hardly count mixed pixels. As good as
    "Fast Multi-Level Foreground Estimation" (T. Germer et al., ICPR 2020) by those scenes, in a quarter of its time.
    """
    if not opencv.available():
        return tuple(_bled(picture, alpha == own) for own in (255, 0))
    front, back = picture.copy(), picture.copy()
    margin = sum(BLURS) // 2 + 1

    def unmix(here, around, within) -> None:
        share = alpha[around].astype(np.float32) / np.float32(255.0)
        own = _unmixed(picture[around].astype(np.float32), share[..., None])
        front[here], back[here] = (np.rint(side[within]).astype(np.uint8) for side in own)

    _each(unmix, _tiles(masks.grow_all((alpha > 0) & (alpha < 255), BLURS[-1]), margin))
    front[alpha == 255] = picture[alpha == 255]
    back[alpha == 0] = picture[alpha == 0]
    return front, back


def discriminated(picture: np.ndarray, inner: np.ndarray, outer: np.ndarray, border: np.ndarray,
                  size: int) -> tuple[np.ndarray, np.ndarray]:
    """What the colors say of a border: the share of the inside from 0 to 1, and how sure that is, (H, W) float32 each.

    picture: (H, W, 3) uint8. inner, outer: (H, W) float32, how much each pixel's color counts for either side. border: (H, W) bool.
    size: pixels, odd, of the box blurs, two of which say which colors around a pixel count.
    """
    return _decided(picture, _Sides(inner, outer), border, size)


def exact(picture: np.ndarray, alpha: np.ndarray, front: np.ndarray, back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The colors of both sides, changed by as little as it takes for their blend to be the picture again, to within rounding.

    All (H, W, 3) uint8, alpha (H, W) uint8. What is missing goes to the side that shows most of the pixel, and what that cannot take to
    the other.
    """
    ys, xs = np.nonzero((alpha > 0) & (alpha < 255))
    if not len(ys):
        return front, back
    wanted = picture[ys, xs].astype(np.float32)
    share = alpha[ys, xs].astype(np.float32)[:, None] / np.float32(255.0)
    sides = {True: front[ys, xs].astype(np.float32), False: back[ys, xs].astype(np.float32)}
    mostly = share >= 0.5
    for turn in (True, False, True):
        for own in (True, False):
            part = share if own else 1.0 - share
            missed = wanted - share * sides[True] - (1.0 - share) * sides[False]
            mended = np.rint(np.clip(sides[own] + missed / part, 0.0, 255.0))
            needed = ((mostly == own) == turn) & (turn | (np.abs(missed) > 1.0))  # a thin side magnifies mere rounding
            sides[own] = np.where(needed, mended, sides[own])
    front, back = front.copy(), back.copy()
    front[ys, xs], back[ys, xs] = sides[True].astype(np.uint8), sides[False].astype(np.uint8)
    return front, back


@dataclass(frozen=True)
class _Sides:
    """(H, W) float32: how much each pixel's colour counts for what is inside, and for what is outside."""

    inner: np.ndarray
    outer: np.ndarray


def _matte(picture, inside, reach: float, size: int) -> np.ndarray:
    depth = _depth(inside)
    border = np.abs(depth) <= reach
    ramp = np.clip(0.5 + depth / (2.0 * reach), 0.0, 1.0)
    sides = _Sides(np.clip(depth / reach, 0.0, 1.0) ** 2, np.clip(-depth / reach, 0.0, 1.0) ** 2)
    for _ in range(ROUNDS):
        share, sure = _decided(picture, sides, border, size)
        share = np.where(border, ramp + sure * (share - ramp), inside)
        weight = np.where(border, sure, 1.0)
        sides = _Sides(weight * share**4, weight * (1.0 - share) ** 4)
    return np.rint(share * 255.0).astype(np.uint8)


def _depth(inside: np.ndarray) -> np.ndarray:
    """(H, W) float32 pixels from the outline, negative outside; the frame's border is no outline."""
    import cv2

    own, other = (cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 5) for side in (inside, ~inside))
    return np.where(inside, own - np.float32(0.5), np.float32(0.5) - other)


def _decided(picture, sides: _Sides, border, size: int) -> tuple[np.ndarray, np.ndarray]:
    """What the colours say of the border: the share of the inside from 0 to 1, and how sure that is; both (H, W) float32.

    size: of the box blurs, two of which say which colours around a pixel count.
    """
    share, sure = np.zeros_like(sides.inner), np.zeros_like(sides.inner)

    def decide(here, around, within) -> None:
        ys, xs = np.nonzero(border[here])
        pixels = ys + within[0].start, xs + within[1].start
        found = _discriminated(picture[around], sides.inner[around], sides.outer[around], pixels, size)
        share[here][ys, xs], sure[here][ys, xs] = found

    _each(decide, _tiles(border, size))
    return share, sure


def _tiles(wanted: np.ndarray, margin: int) -> Iterator[tuple]:
    """The parts of squares in which something is wanted, as rows and columns: the part, the same with a margin, the part in that."""
    height, width = wanted.shape
    for y in range(0, height, TILE):
        for x in range(0, width, TILE):
            if bounds := masks.bounds(wanted[y : y + TILE, x : x + TILE]):
                here = slice(y + bounds[1], y + bounds[3]), slice(x + bounds[0], x + bounds[2])
                around = tuple(slice(max(s.start - margin, 0), s.stop + margin) for s in here)
                yield here, around, tuple(slice(s.start - a.start, s.stop - a.start) for s, a in zip(here, around))


def _each(work: Callable[[tuple, tuple, tuple], None], tiles: Iterator[tuple]) -> None:
    """Does something with every tile, some at a time."""
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
        for _ in pool.map(lambda tile: work(*tile), tiles):
            pass


def _discriminated(picture, inner, outer, pixels, size: int) -> tuple[np.ndarray, np.ndarray]:
    """As `_decided`, for the pixels (ys, xs) of a tile."""
    import cv2

    smooth = cv2.bilateralFilter(np.ascontiguousarray(picture), 5, *SMOOTH)
    colour = smooth.astype(np.float32) / np.float32(255.0) - np.float32(0.5)
    r, g, b = colour[..., 0], colour[..., 1], colour[..., 2]
    terms = np.dstack([np.ones_like(r), r, g, b, r * r, g * g, b * b, r * g, r * b, g * b])
    weight1, mean1, spread1 = _moments(terms, inner, pixels, size)
    weight0, mean0, spread0 = _moments(terms, outer, pixels, size)
    between = mean1 - mean0
    axis = _solved(spread1 + spread0, between)
    distance = (axis * between).sum(axis=1)
    share = (axis * (colour[pixels] - mean0)).sum(axis=1) / np.maximum(distance, TINY)
    slack = np.minimum(SLACK / np.sqrt(np.maximum(distance, TINY)), MOST)
    share = np.clip((share - slack) / (1.0 - 2.0 * slack), 0.0, 1.0)
    enough = np.clip(np.minimum(weight1, weight0) * 1e4, 0.0, 1.0)
    return share, enough * distance**4 / (distance**4 + EDGE**4)


def _moments(terms: np.ndarray, weight: np.ndarray, pixels, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weight (n,), mean (n, 3) and covariance (n, 6: rr gg bb rg rb gb) of the colours around each of n pixels."""
    import cv2

    sums = terms * weight[..., None]
    for _ in range(2):
        sums = cv2.blur(sums, (size, size), borderType=cv2.BORDER_REPLICATE)
    sums = sums[pixels]
    means = sums[:, 1:] / np.maximum(sums[:, :1], TINY)
    first, second = [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]
    return sums[:, 0], means[:, :3], means[:, 3:] - means[:, first] * means[:, second]


def _solved(spread: np.ndarray, right: np.ndarray) -> np.ndarray:
    """x (n, 3) of n symmetric 3 x 3 equations, with the grain added to the diagonal, by Cramer's rule."""
    rr, gg, bb = (spread[:, i] + np.float32(GRAIN**2) for i in range(3))
    rg, rb, gb = spread[:, 3], spread[:, 4], spread[:, 5]
    row0, row1, row2 = (np.stack(row, axis=1) for row in ((rr, rg, rb), (rg, gg, gb), (rb, gb, bb)))
    cofactors = np.cross(row1, row2), np.cross(row2, row0), np.cross(row0, row1)
    determinant = (row0 * cofactors[0]).sum(axis=1, keepdims=True)
    return sum(cofactor * right[:, i : i + 1] for i, cofactor in enumerate(cofactors)) / np.maximum(determinant, np.float32(1e-12))


def _unmixed(image: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sides' colours (h, w, 3) float32 of an image of shares (h, w, 1) from 0 to 1."""
    front = back = image
    for size in BLURS:
        mean_front, mean_back = _averaged(front, share, image, size), _averaged(back, 1.0 - share, image, size)
        missed = image - share * mean_front - (1.0 - share) * mean_back
        front = np.clip(mean_front + share * missed, 0.0, 255.0)
        back = np.clip(mean_back + (1.0 - share) * missed, 0.0, 255.0)
    return front, back


def _averaged(colour: np.ndarray, share: np.ndarray, otherwise: np.ndarray, size: int) -> np.ndarray:
    """Local mean, pixels weighted by their share squared; the colour `otherwise` where there is none of the side around."""
    import cv2

    weight = share * share
    total = cv2.blur(weight, (size, size), borderType=cv2.BORDER_REPLICATE)[..., None]
    mean = cv2.blur(colour * weight, (size, size), borderType=cv2.BORDER_REPLICATE)
    return (mean + np.float32(TINY) * otherwise) / (total + np.float32(TINY))


def _bled(picture: np.ndarray, own: np.ndarray, pixels: int = 3) -> np.ndarray:
    """The picture with the colours of one side carried on over its soft edge."""
    out = picture.copy()
    masks.bleed(out, own, pixels)
    return out
