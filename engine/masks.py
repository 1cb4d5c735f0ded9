"""Small operations on masks that several stages share. Masks are (H, W) bool arrays."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter


def grow(mask: np.ndarray, left: int, right: int, up: int, down: int) -> np.ndarray:
    """The mask dilated by a rectangle that reaches that many pixels to each side."""
    return _smear(_smear(mask, left, right, 1), up, down, 0)


def grow_all(mask: np.ndarray, pixels: int) -> np.ndarray:
    return grow(mask, pixels, pixels, pixels, pixels)


def shrink_all(mask: np.ndarray, pixels: int) -> np.ndarray:
    """The mask eroded by a square; the frame's border does not erode it."""
    return ~grow_all(~mask, pixels)


def blurred(plane: np.ndarray, radius: float) -> np.ndarray:
    """(H, W) uint8 through two box blurs: a triangular kernel that reaches `2 * radius` pixels, flat areas unchanged."""
    if radius <= 0:
        return plane
    box = ImageFilter.BoxBlur(radius)
    return np.asarray(Image.fromarray(plane).filter(box).filter(box))


def bounds(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    """x0, y0, x1, y1 of the smallest rectangle around the mask's pixels; None for an empty mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def around(mask: np.ndarray, reach: int) -> tuple[slice, slice]:
    """Rows and columns of the mask's pixels, of which there must be one, and `reach` more on every side, within the frame."""
    x0, y0, x1, y1 = bounds(mask)
    return slice(max(y0 - reach, 0), min(y1 + reach, mask.shape[0])), slice(max(x0 - reach, 0), min(x1 + reach, mask.shape[1]))


def bleed(rgb: np.ndarray, known: np.ndarray, pixels: int) -> np.ndarray:
    """Carries colour from `known` pixels outward in place by some pixels; returns the pixels that have colour now.

    Each round gives every colourless pixel the mean of its neighbours that have one.
    """
    for _ in range(pixels):
        rim = grow_all(known, 1) & ~known
        ys, xs = np.nonzero(rim)
        if not len(ys):
            break
        total, count = np.zeros((len(ys), 3), np.float32), np.zeros((len(ys), 1), np.float32)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                y, x = ys + dy, xs + dx
                inside = (y >= 0) & (y < known.shape[0]) & (x >= 0) & (x < known.shape[1])
                y, x = np.where(inside, y, 0), np.where(inside, x, 0)
                has = (inside & known[y, x])[:, None]
                total += np.where(has, rgb[y, x], 0)
                count += has
        rgb[ys, xs] = np.rint(total / count).astype(np.uint8)
        known = known | rim
    return known


def flooded(rgb: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The picture (H, W, C) with every unknown pixel in the mean of what is known around it, from smooth blocks of growing size.

    After S. J. Gortler et al.: "The Lumigraph", SIGGRAPH 1996 (pull-push).
    """
    height, width = known.shape
    if known.all() or height * width <= 1:
        return rgb
    even = ((0, height % 2), (0, width % 2))
    weight = np.pad(known, even).astype(np.float32)[..., None]
    total = np.pad(rgb, (*even, (0, 0))) * weight
    count, total = (sum(plane[y::2, x::2] for y in (0, 1) for x in (0, 1)) for plane in (weight, total))
    coarse = flooded(total / np.maximum(count, 1.0), count[..., 0] > 0)
    rows, columns = around(~known, 0)
    low, left = max(rows.start // 2 - 1, 0), max(columns.start // 2 - 1, 0)
    near = coarse[low : rows.stop // 2 + 2, left : columns.stop // 2 + 2]
    spread = _doubled(_doubled(near, 0), 1)[rows.start - 2 * low : rows.stop - 2 * low, columns.start - 2 * left : columns.stop - 2 * left]
    if rgb.dtype == np.uint8:
        spread = np.rint(spread, out=spread).astype(np.uint8)
    out = rgb.astype(np.result_type(rgb, spread))
    np.copyto(out[rows, columns], spread, where=~known[rows, columns, None])
    return out


def _doubled(plane: np.ndarray, axis: int) -> np.ndarray:
    """Twice as many samples along an axis, linear between the old ones."""
    plane = np.moveaxis(plane, axis, 0)
    own, step = np.float32(0.75) * plane, np.float32(0.25) * plane
    out = np.empty((2 * len(plane), *plane.shape[1:]), plane.dtype)
    np.add(own, step[np.maximum(np.arange(len(plane)) - 1, 0)], out=out[0::2])
    np.add(own, step[np.minimum(np.arange(len(plane)) + 1, len(plane) - 1)], out=out[1::2])
    return np.moveaxis(out, 0, axis)


def _smear(mask: np.ndarray, before: int, after: int, axis: int) -> np.ndarray:
    """OR of the mask shifted by -before..after along an axis, in a logarithmic number of passes."""
    for reach, sign in ((before, -1), (after, 1)):
        done = 0
        while done < reach:
            step = min(reach - done, done + 1)
            mask = mask | _shifted(mask, sign * step, axis)
            done += step
    return mask


def _shifted(mask: np.ndarray, by: int, axis: int) -> np.ndarray:
    out = np.zeros_like(mask)
    if abs(by) < mask.shape[axis]:
        target, source = [slice(None)] * 2, [slice(None)] * 2
        target[axis], source[axis] = (slice(by, None), slice(None, -by)) if by > 0 else (slice(None, by), slice(-by, None))
        out[tuple(target)] = mask[tuple(source)]
    return out
