"""The main subject of a close-up, in one piece: what hardly touches the frame and what hangs together with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import opencv
from .regions import FOR, Regions, neighbors

SAME = 3.0  # difference in CIE Lab that a way from region to region crosses for nothing
REACH = 10.0  # difference in CIE Lab by which regions cease to be one surface
CORNERS = (0.7, 1.0)  # shares of the height down to which the sides of the frame are the background's; shoulders lie below the first
EDGE = 8.0  # difference in CIE Lab across a border from which it is an edge
HEM, STRONGER = 0.005, 1.3  # share of the picture that a sliver of the outline has at most, and how much sharper its outer edge is
MOSTLY = 0.02  # share of the picture up to which a region is taken whole
BESIDE, PLAIN = (5, 16), 80  # pixels from a border, and the percentage of steps there that its own must exceed
LEAST, MOST = 0.1, 0.8  # shares of the picture that a subject has
COMPACT = 0.6  # of its convex hull, that it has at least
BRIDGE = 0.3  # share of the height that may look like the background between parts of a subject above each other


@dataclass(frozen=True)
class Subject:
    """mask: (h, w) bool, without holes. edged: the share of its outline that lies on edges of the picture."""

    mask: np.ndarray
    edged: float


def find(regions: Regions, lab: np.ndarray) -> Subject | None:
    """The one subject whose outline lies best on edges; None where nothing stands out as one."""
    same = _surfaces(regions, lab)
    found = [_subject(_background(regions, same, corner)[regions.ids] < 0.5, regions, lab) for corner in CORNERS]
    return max((one for one in found if one), key=lambda one: one.edged, default=None)


def _surfaces(regions: Regions, lab: np.ndarray) -> np.ndarray:
    """(n, n) float32, 0..1: how much each two regions are of one surface, by the colors on the best way from one to the other."""
    count = regions.count
    one, two, _ = neighbors(regions.ids, lab)
    apart = np.full((count, count), 1e6, np.float32)
    for first, second in ((one, two), (two, one)):
        apart[first, second] = np.maximum(np.linalg.norm(regions.color[first] - regions.color[second], axis=1) - SAME, 0.0)
    np.fill_diagonal(apart, 0.0)
    for k in range(count):
        np.minimum(apart, apart[:, k : k + 1] + apart[k : k + 1], out=apart)
    return np.exp(-((apart / REACH) ** 2) / 2.0)


def _background(regions: Regions, same: np.ndarray, corner: float) -> np.ndarray:
    """For each region how likely it is part of the background, 0..1: how much of its surface's outline is the picture's frame.

    After W. Zhu, S. Liang, Y. Wei, J. Sun: "Saliency Optimization from Robust Background Detection", CVPR 2014. The lower edge does not
    count, nor do the sides below the share `corner` of the height: subjects stand there.
    """
    ids = regions.ids
    sides = ids[: max(1, round(corner * len(ids)))]
    frame = sum(np.bincount(edge, minlength=regions.count) for edge in (ids[0], sides[:, 0], sides[:, -1]))
    share = (same @ frame) / np.sqrt(same @ regions.size)
    return 1.0 - np.exp(-(share**2) / 2.0)


def _subject(inside: np.ndarray, regions: Regions, lab: np.ndarray) -> Subject | None:
    cv2 = opencv.needed(*FOR)
    inside = _solid(_with_rim(_solid(_bridged(_tidy(inside))), regions, lab))
    if not LEAST < inside.mean() < MOST:
        return None
    hull = cv2.convexHull(np.argwhere(inside)[:, ::-1].astype(np.int32))
    if inside.sum() < COMPACT * cv2.contourArea(hull):
        return None
    return Subject(inside, edged(inside.astype(np.int32), lab))


def _with_rim(inside: np.ndarray, regions: Regions, lab: np.ndarray) -> np.ndarray:
    """A mask (h, w) bool with slivers along its outline that stand out more from the background than from it: a lit rim, a hem.

    Small regions that lie mostly within it lie wholly within it.
    """
    own = np.bincount(regions.ids.ravel(), inside.ravel(), regions.count) > 0.5 * regions.size
    one, two, step = neighbors(regions.ids, lab, 2)
    one, two, step = np.concatenate([one, two]), np.concatenate([two, one]), np.concatenate([step, step])
    rim = np.zeros(regions.count, bool)
    while True:
        within, without = (np.bincount(one, side[two], regions.count) for side in (own | rim, ~(own | rim)))
        to_subject = np.bincount(one, step * (own | rim)[two], regions.count) / np.maximum(within, 1)
        to_background = np.bincount(one, step * ~(own | rim)[two], regions.count) / np.maximum(without, 1)
        sliver = ~(own | rim) & (regions.size < HEM * regions.ids.size) & (within >= 0.3 * (within + without))
        fresh = sliver & (to_background > STRONGER * to_subject)
        if not fresh.any():
            return inside | (rim | own & (regions.size < MOSTLY * regions.ids.size))[regions.ids]
        rim |= fresh


def _tidy(inside: np.ndarray) -> np.ndarray:
    """Without hairs, and only the largest part with others that are not much smaller."""
    cv2 = opencv.needed(*FOR)
    inside = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=8)
    kept = np.flatnonzero(stats[1:, 4] >= 0.25 * stats[1:, 4].max(initial=1)) + 1
    return np.isin(parts, kept)


def _bridged(inside: np.ndarray) -> np.ndarray:
    """With what lies between parts above each other: a face as pale as the wall between hair and collar."""
    height = len(inside)
    rows = np.arange(height)[:, None]
    above = np.maximum.accumulate(np.where(inside, rows, -height), axis=0)
    below = np.minimum.accumulate(np.where(inside, rows, 2 * height)[::-1], axis=0)[::-1]
    return inside | (below - above < BRIDGE * height)


def _solid(inside: np.ndarray) -> np.ndarray:
    """Without holes, also those that only the lower edge of the frame closes."""
    cv2 = opencv.needed(*FOR)
    padded = np.pad((~inside).astype(np.uint8), ((1, 0), (1, 1)), constant_values=1)
    parts = cv2.connectedComponents(padded, connectivity=4)[1]
    return (parts != parts[0, 0])[1:, 1:-1]


def edged(labels: np.ndarray, lab: np.ndarray) -> float:
    """The share of the borders between labels (h, w) that lies on edges, sharper than most of what is near them; 1 where there is none.

    Among leaves or in grass, any line lies on edges.
    """
    cv2 = opencv.needed(*FOR)
    step = neighbors(labels, lab, 2)[2]
    if len(step) == 0:
        return 1.0
    border = np.ones(labels.shape, np.uint8)
    border[1:][labels[1:] != labels[:-1]] = 0
    border[:, 1:][labels[:, 1:] != labels[:, :-1]] = 0
    off = cv2.distanceTransform(border, cv2.DIST_L2, 3)
    beside = (off >= BESIDE[0]) & (off < BESIDE[1])
    texture = np.linalg.norm(lab[5:] - lab[:-5], axis=2)[beside[3:-2]]
    limit = max(EDGE, float(np.percentile(texture, PLAIN))) if len(texture) else EDGE
    return float((step >= limit).mean())
