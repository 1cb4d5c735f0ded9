"""Outlines of a disparity map that is soft or misplaced, moved to where the picture has its own.

A network's map passes from one surface to the next over several pixels, and lies some pixels beside the outline. Cut as it is, such a
ramp becomes slivers of in-between layers, and a rim of the near thing stays behind in the far layer. Here every pixel of a ramp goes to one
of its two sides, by color and by what is connected.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .. import masks, matting, opencv

JUMP = 0.06  # surfaces that differ by less in disparity are one surface
SEARCHED = 40.0  # of the picture's width: the farthest that a map is looked at for ramps and misplacement
SHARP = 1.8, 0.55  # pixels of ramp and of misplacement up to which a map is taken as it is
SOFTER = 0.35  # quantile of the ramps that is the map's: what leans steeply looks like a wide one
STEEP = 2.5  # times steeper than the mean around it is a jump's crest: less is a surface that leans
LEVELS = 2.5 / 255.0  # change to the next pixel up to which a slope is one in a map of 8 bits
SLACK = 2  # pixels beyond the estimated error that are undecided, too
ROUNDS = 2  # in which the colors of the two sides are learned
FINE = 5.0  # pixels of reach that colors are learned at: of a larger picture a smaller copy will do
SMOOTH = 1e-3  # regularization of the guided filter, squared shares of the color range
OUTSIDE = 0.15  # share of the picture's edge strength along outlines that may lie farther off than the estimate says
FAINT = 0.3  # share of the strongest edge along outlines that may be chance
EDGE = 2.0  # pixels that an edge in the right place is wide


@dataclass(frozen=True)
class MapError:
    """How soft and how misplaced the outlines of a disparity map are, in pixels. ramp: width of a transition; 1 is a step.

    offset: distance of the picture's edges from the map's, nearly the largest of the whole picture.
    """

    ramp: float = 1.0
    offset: float = 0.0

    @property
    def sharp(self) -> bool:
        """Whether the map can be cut as it is."""
        return self.ramp <= SHARP[0] and self.offset <= SHARP[1]

    @property
    def reach(self) -> int:
        """Pixels on each side of an outline of the map within which the true one lies."""
        return math.ceil(0.95 * self.ramp + 1.5 * self.offset) + SLACK


def map_error(nearness: np.ndarray, picture: np.ndarray) -> MapError:
    """Estimates how far the outlines of a map are off, from the map and the picture's own edges.

    nearness: (H, W) float32 from 0 to 1. picture: (H, W, 3) uint8. The ramp is the height of a jump over its steepest slope. The offset is
    read from the mean strength of the picture's edges at each signed distance from the map's outlines, which peaks where the true
    outlines are. A map without jumps has no error.
    """
    if not opencv.available():
        return MapError()
    import cv2

    far = max(6, round(nearness.shape[1] / SEARCHED))
    slope = _slope(nearness)
    height = _range(nearness, far)
    crest = (height > 2.0 * JUMP) & (slope >= _dilated(slope, 2) - 1e-6) & (slope > np.maximum(STEEP * height / (2.0 * far), LEVELS))
    if crest.sum() < 16:
        return MapError()
    ramp = _quantile(height[crest] / slope[crest], height[crest], SOFTER)
    middle = (_dilated(nearness, far) + _eroded(nearness, far)) / 2.0
    near_outline = masks.grow_all(crest, far)
    inside = nearness > middle
    signed = np.where(inside, cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5),
                      1.0 - cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)) - 0.5
    return MapError(ramp, _offset(_edges(picture), signed, near_outline & (np.abs(signed) <= far), far))


def _quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """The value below which lies that share of the weights."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, share * total[-1])])


def _offset(edges: np.ndarray, signed: np.ndarray, where: np.ndarray, far: int) -> float:
    """Distance within which most of the picture's edge strength lies that the map's outlines explain."""
    at = np.rint(signed[where]).astype(int) + far
    count = np.bincount(at, minlength=2 * far + 1)
    profile = np.bincount(at, edges[where], minlength=2 * far + 1) / np.maximum(count, 1)
    distance = np.abs(np.arange(-far, far + 1))
    ground = np.median(profile[distance > 0.6 * far])
    peak = profile.max() - ground
    if peak < 0.25 * ground:  # no edge anywhere near: nothing can be learned
        return 0.0
    excess = np.clip(profile - ground - FAINT * peak, 0.0, None)
    by_distance = np.bincount(distance, excess)
    share = np.concatenate([[0.0], np.cumsum(by_distance) / by_distance.sum()])
    return max(0.0, float(np.interp(1.0 - OUTSIDE, share, np.arange(-1, far + 1) + 0.5)) - EDGE)


def settled(nearness: np.ndarray, picture: np.ndarray, error: MapError | None = None) -> np.ndarray:
    """The map (H, W) float32 with its jumps as steps that lie on the picture's outlines; unchanged where OpenCV is missing.

    picture: (H, W, 3) uint8. error: of `map_error`, which is asked for by default. Within `error.reach` of a jump each pixel gets the
    disparity of one of the two sides: by Fisher's linear discriminant of their colors around it (as `matting.alpha`), where these
    tell; else by the map; smoothed along the picture's edges (K. He, J. Sun, X. Tang, "Guided Image Filtering", PAMI 2013). What is
    then cut off from its side goes to the other.
    """
    error = error or map_error(nearness, picture)
    if error.sharp or not opencv.available():
        return nearness
    return _stepped(np.ascontiguousarray(nearness, np.float32), picture, error)


def _stepped(nearness: np.ndarray, picture: np.ndarray, error: MapError) -> np.ndarray:
    reach = error.reach
    band = _band(nearness, error)
    if not band.any():
        return nearness
    near, far, middle = _sides(nearness, band, reach)
    band &= (near >= 0) & (far >= 0) & (near - far > JUMP)
    if not band.any():
        return nearness
    inner, outer = _sure(nearness, band, middle, reach)
    share = _share(picture, nearness, band, inner, outer, near, far, reach)
    chosen = _connected(band & (share >= 0.5), band & (share < 0.5), inner, outer)
    return np.where(band, np.where(chosen, _nearest(nearness, inner), _nearest(nearness, outer)), nearness)


def _band(nearness: np.ndarray, error: MapError) -> np.ndarray:
    """(H, W) bool: where a pixel may belong to either side of a jump."""
    window = max(2, math.ceil(0.75 * error.ramp))
    height, slope = _range(nearness, window), _slope(nearness)
    steepest = _dilated(slope, window)
    jump = (height > JUMP) & (steepest * max(error.ramp, 1.0) > 0.55 * height)
    ramp = jump & (slope > 0.15 * steepest)
    return _around(ramp, max(1, round(1.5 * error.offset + 0.15 * error.ramp) + SLACK))


def _sides(nearness: np.ndarray, band: np.ndarray, reach: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pixel the nearest and the farthest disparity of the surfaces around it, and what lies between; -1 where there is none."""
    high, low = nearness.copy(), nearness.copy()
    tops, bottoms = _summits(nearness), _summits(-nearness)  # what is thinner than the band has no pixel beyond it
    high[band & ~tops], low[band & ~bottoms] = -1.0, 2.0
    near, far = _dilated(high, reach + 2 * SLACK), _eroded(low, reach + 2 * SLACK)
    far = np.where(far > 1.0, -1.0, far)
    return near, far, (near + far) / 2.0


def _summits(nearness: np.ndarray) -> np.ndarray:
    """(H, W) bool: where nothing close by is nearer, but something a little farther away is farther."""
    return (nearness >= _dilated(nearness, 3) - 0.004) & (_range(nearness, 6) > JUMP)


def _sure(nearness, band, middle, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) bool: what surely belongs to the near and to the far side of a jump.

    That is what lies beyond the band, and the crest or the bottom of what is too thin to reach beyond it.
    """
    above = nearness > _nearest(middle, band)
    inner, outer = ~band & above, ~band & ~above
    thin, gap = (band & side & ~_around(sure, reach) for side, sure in ((above, inner), (~above, outer)))
    return inner | (thin & _summits(nearness)), outer | (gap & _summits(-nearness))


def _share(picture, nearness, band, inner, outer, near, far, reach: int) -> np.ndarray:
    """(H, W) float32 from 0 to 1: how much speaks for the near side."""
    import cv2

    prior = np.clip((nearness - far) / np.maximum(near - far, 1e-3), 0.0, 1.0).astype(np.float32)
    close = _around(band, 3 * reach)
    known = np.where(inner, np.float32(1.0), np.float32(0.0))
    scale = max(1.0, reach / FINE)
    small = _smaller(picture, scale)
    planes = [_smaller(plane.astype(np.float32), scale) for plane in (inner & close, outer & close, band, prior, known, close)]
    share = _learned(small, planes, math.ceil(reach / scale))
    share = np.where(band, cv2.resize(share, band.shape[::-1], interpolation=cv2.INTER_LINEAR), known)
    share = cv2.ximgproc.guidedFilter(np.ascontiguousarray(picture), share, max(2, reach // 2), SMOOTH * 255.0**2)
    return np.where(band, share, known)


def _learned(picture: np.ndarray, planes: list[np.ndarray], reach: int) -> np.ndarray:
    """The share at the size of the planes: inner, outer, band, prior, known and close, as in `_share`."""
    inner, outer, band, prior, known, close = planes
    border, sides = band > 0.0, (inner, outer)
    share = prior
    for _ in range(ROUNDS):
        found, sure = matting.discriminated(picture, *sides, border, 4 * reach + 1)
        share = np.where(border, prior + sure * (found - prior), known).astype(np.float32)
        weight = np.where(border, 0.5 * sure, close)
        sides = (weight * share**4).astype(np.float32), (weight * (1.0 - share) ** 4).astype(np.float32)
    return share


def _smaller(plane: np.ndarray, scale: float) -> np.ndarray:
    import cv2

    size = [max(1, round(n / scale)) for n in plane.shape[1::-1]]
    return np.ascontiguousarray(plane) if scale <= 1.0 else cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def _connected(near: np.ndarray, far: np.ndarray, inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """`near` (H, W) bool without what touches nothing that surely is, and with what is taken for far but touches nothing far."""
    near = near & ~_cut_off(near, inner)
    other = far | ((near | far) & ~near)
    return near | _cut_off(other & ~near, outer)


def _cut_off(part: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """The components of `part` that touch nothing of `sure`."""
    import cv2

    count, number = cv2.connectedComponents((part | sure).astype(np.uint8), connectivity=8)
    held = np.zeros(count, bool)
    held[number[sure]] = True
    return part & ~held[number]


def _nearest(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """At each pixel the value of the nearest pixel of `among`."""
    import cv2

    if not among.any():
        return values
    _, ids = cv2.distanceTransformWithLabels((~among).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    found = np.zeros(int(ids.max()) + 1, values.dtype)
    found[ids[among]] = values[among]
    return found[ids]


def without_slivers(labels: np.ndarray, width: float) -> np.ndarray:
    """Labels (H, W) uint8, ranks from far to near, without strips narrower than `width` pixels between a nearer and a farther layer.

    Such a strip along an outline is the ramp of a soft map, no thing. Each of its pixels goes to the nearest other layer.
    """
    if width < 2.0 or not opencv.available():
        return labels
    import cv2

    kernel, slivers = _disc(max(1, math.ceil(width / 2.0))), np.zeros(labels.shape, bool)
    for label in np.unique(labels)[1:-1]:
        own = (labels == label).astype(np.uint8)
        thin = (own > 0) & ~(_dilated(cv2.morphologyEx(own, cv2.MORPH_OPEN, kernel), 2) > 0)
        count, number, stats, _ = cv2.connectedComponentsWithStats(thin.astype(np.uint8), connectivity=8)
        if count > 1:
            touching = [_touched(number, count, side) / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
                        for side in (_dilated((labels > label).astype(np.uint8), 1), _dilated((labels < label).astype(np.uint8), 1))]
            between = np.minimum(*touching) > 0.5 / (width + 1.0)  # along both sides, not at its ends
            between[0] = False
            slivers |= between[number]
    return _nearest(labels, ~slivers) if slivers.any() and not slivers.all() else labels


def _touched(number: np.ndarray, count: int, side: np.ndarray) -> np.ndarray:
    """Of each component, how many pixels touch a side."""
    return np.bincount(number[side > 0], minlength=count)


def _slope(nearness: np.ndarray) -> np.ndarray:
    """The steepest change to a neighboring pixel."""
    out = np.zeros_like(nearness)
    across, down = np.abs(np.diff(nearness, axis=1)), np.abs(np.diff(nearness, axis=0))
    for view, step in ((out[:, 1:], across), (out[:, :-1], across), (out[1:], down), (out[:-1], down)):
        np.maximum(view, step, out=view)
    return out


def _range(nearness: np.ndarray, radius: int) -> np.ndarray:
    return _dilated(nearness, radius) - _eroded(nearness, radius)


def _edges(picture: np.ndarray) -> np.ndarray:
    """Strength of the picture's edges, (H, W) float32, at most that of a plain one."""
    import cv2

    smooth = cv2.GaussianBlur(picture, (0, 0), 1.0).astype(np.float32)
    steps = [np.abs(cv2.Sobel(smooth, cv2.CV_32F, *order)).max(axis=2) for order in ((1, 0), (0, 1))]
    strength = np.hypot(*steps)
    return np.minimum(strength, np.percentile(strength, 98.0))


def _around(mask: np.ndarray, radius: float) -> np.ndarray:
    """(H, W) bool: what lies within `radius` pixels of a mask."""
    import cv2

    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= radius if mask.any() else mask


def _dilated(plane: np.ndarray, radius: int) -> np.ndarray:
    import cv2

    return cv2.dilate(plane, np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))


def _eroded(plane: np.ndarray, radius: int) -> np.ndarray:
    import cv2

    return cv2.erode(plane, np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))


def _disc(radius: int) -> np.ndarray:
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
