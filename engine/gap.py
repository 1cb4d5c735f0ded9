"""The mask of a gap, prepared for an inpainter that repaints the gap's border, and its paint matched to what was there."""

from __future__ import annotations

import numpy as np

from . import masks
from .settings import Settings

LEVELS = 4  # of the feather's ramp


def reach(settings: Settings, width: int) -> int:
    """Pixels around a gap that its prepared mask, and the matching of its paint, may look at."""
    return round(2.0 * settings.scaled(settings.feather + settings.taper + settings.blur, width)) + 4


def prepare(gap: np.ndarray, heading: tuple[float, float], settings: Settings, width: int) -> np.ndarray:
    """Soft mask (H, W) float32: 1 on the gap, falling to 0 over the feather's reach against the motion.

    gap: (H, W) bool. heading: unit vector of the motion in array coordinates; what was there already lies that way.
    width: of the frame in pixels, to which the settings' lengths scale.
    """
    feather = round(settings.scaled(settings.feather, width)) if settings.grow else 0
    levels = LEVELS if feather else 0
    ramp = gap.astype(np.float32)
    for level in range(1, levels + 1):
        ramp += _tapered(_swept(gap, heading, feather * level / LEVELS), gap, settings, width)
    ramp = (ramp / (levels + 1)) ** settings.falloff
    radius = settings.scaled(settings.blur, width)
    if radius > 0 and settings.lerp_alpha > 0:
        soft = masks.blurred(np.rint(ramp * 255.0).astype(np.uint8), radius / 2.0) / np.float32(255.0)
        ramp += settings.lerp_alpha * (soft - ramp)
    return np.where(gap, np.float32(1.0), ramp)


def rim(gap: np.ndarray, reach: float) -> np.ndarray:
    """Soft mask (H, W) float32 for `matched`: 1 on the gap, falling to 0 within `reach` pixels around it."""
    grown = masks.grow_all(gap, round(reach / 2.0)).astype(np.uint8) * np.uint8(255)
    return np.where(gap, np.float32(1.0), masks.blurred(grown, reach / 4.0) / np.float32(255.0))


def matched(frame: np.ndarray, painted: np.ndarray, gap: np.ndarray, soft: np.ndarray, reach: float) -> np.ndarray:
    """`frame` with the gap's paint, its colours shifted near the border by what the paint is off beside it.

    soft: the prepared mask; where it is between 0 and 1 the inpainter painted what is known, too, and the difference
    is measured there. reach: pixels over which the shift fades. Pixels outside the gap are those of `frame`, exactly.
    """
    margin = (soft > 0.0) & ~gap
    result = painted.astype(np.float32)
    if reach > 0 and margin.any():
        weight = _blurred(margin.astype(np.float32), reach)
        off = np.where(margin[..., None], frame.astype(np.float32) - result, 0.0)
        shift = np.stack([_blurred(off[..., c], reach) for c in range(3)], axis=2)
        result += shift / np.maximum(weight, 1e-3)[..., None] * np.clip(2.0 * weight, 0.0, 1.0)[..., None]
    return np.where(gap[..., None], np.rint(np.clip(result, 0.0, 255.0)).astype(np.uint8), frame)


def _swept(gap: np.ndarray, heading, reach: float) -> np.ndarray:
    x, y = round(heading[0] * reach), round(heading[1] * reach)
    return masks.grow(gap, max(-x, 0), max(x, 0), max(-y, 0), max(y, 0))


def _tapered(mask: np.ndarray, gap: np.ndarray, settings: Settings, width: int) -> np.ndarray:
    """The mask with corners rounded: what a blur of the radius leaves above one half."""
    radius = settings.scaled(settings.taper, width)
    if radius <= 0:
        return mask
    return (masks.blurred(mask.astype(np.uint8) * np.uint8(255), radius / 2.0) >= 128) | gap


def _blurred(plane: np.ndarray, reach: float) -> np.ndarray:
    """Two box blurs of a float plane, by running sums; reaches `reach` pixels."""
    radius = max(1, round(reach / 2.0))
    for axis in (0, 1, 0, 1):
        padded = np.pad(plane, [(radius + 1, radius) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        total = padded.cumsum(axis=axis, dtype=np.float64)
        n = plane.shape[axis]
        far, near = [slice(None)] * 2, [slice(None)] * 2
        far[axis], near[axis] = slice(2 * radius + 1, 2 * radius + 1 + n), slice(0, n)
        plane = ((total[tuple(far)] - total[tuple(near)]) / (2 * radius + 1)).astype(np.float32)
    return plane
