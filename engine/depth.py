"""How near everything in a picture is, and its layers.

Nearness runs from 0 (farthest) to 1 (nearest) and is linear in 1 / distance, as maps of MiDaS and Depth Anything are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from . import opencv

JUMP = 0.05  # neighbouring pixels that differ in nearness by more than this belong to different surfaces
BINS = 256
STEP = 0.015  # of the width: layers that meet on a surface may come apart by so much before a step is seen
MOST_LAYERS = 24
HARM_COST = 0.08  # of a cut through a surface, in shares of the map's deviation: where cuts lie
LAYER_COST, SLOPE_COST = 0.004, 0.03  # of a further layer, and if its cut goes through a surface: how many there are
BORDER_COLOURS = ((230, 60, 60), (255, 170, 0), (250, 240, 60), (70, 210, 90), (60, 200, 230), (80, 110, 255), (220, 90, 230))
FOR = "Layers from depth", "use bands, cards or masks"  # what needs OpenCV, and what does not


@dataclass(frozen=True)
class Depth:
    """nearness: (H, W) float32 from 0 (farthest) to 1 (nearest).

    range: how many times farther the farthest part is than the nearest. notes: sentences for the artist about what was guessed.
    """

    nearness: np.ndarray
    range: float
    notes: tuple[str, ...] = ()


def distance(nearness: np.ndarray | float, range: float) -> np.ndarray | float:
    """Distance from the eye, 1 for the nearest and `range` for the farthest: nearness is linear in 1 / distance."""
    return range / (nearness * (range - 1.0) + 1.0)


def cuts(nearness: np.ndarray, layers: int = 0, most: int = 7, travel: float | None = None, range: float = 8.0) -> tuple[float, ...]:
    """Ascending thresholds between layers, `layers` - 1 of them, or as many as the map's own gaps ask for (layers = 0, at most `most`).

    nearness: (H, W) from 0 to 1. A pixel at or above a threshold is nearer than it. A map with fewer distinct values gives fewer cuts.
    travel: how far the nearest layer ever moves, as a share of the width; None for an endless motion. With layers = 0, what recedes
    smoothly then gets further cuts, until layers that meet on a surface differ in displacement by at most STEP, or there are MOST_LAYERS.
    range: how many times farther the farthest part is than the nearest; displacement is in proportion to 1 / distance.

    A threshold does harm where it runs through a continuous surface: where neighbouring pixels on its two sides differ by less
    than JUMP. Where they differ by more there is an edge between two things, and cutting there is what layers are for. The harm
    of a threshold is the share of the first among all neighbours that it parts. The best set is found exactly, by dynamic
    programming over a histogram of BINS (W. D. Fisher, "On Grouping for Maximum Homogeneity", JASA 53, 1958): least deviation
    of nearness within layers plus the harm of the cuts. A bin weighs the square root of its pixels, so that small things count
    too. With layers = 0 each further layer must lower the deviation by LAYER_COST, or SLOPE_COST where its cut does harm: a gap
    is worth it, and a slope if it is long.
    """
    bins = np.minimum((nearness * BINS).astype(np.int32), BINS - 1)
    counts = np.bincount(bins.ravel(), minlength=BINS)
    most = min(layers or most, int(np.count_nonzero(counts)))
    harm = _harm(bins)
    for least in (0.01, 0.001, 0.0):  # of the picture, for a layer
        best, chosen = _best_cuts(counts, harm, most, least)
        worth = [cost + sum(LAYER_COST + (SLOPE_COST - HARM_COST) * harm[cut] for cut in ends) for cost, ends in zip(best, chosen)]
        wanted = most if layers else max(int(np.argmin(worth)) + 1, min(2, most))
        if np.isfinite(best[wanted - 1]):
            break
    found = tuple(float(_centred(cut, counts) / BINS) for cut in chosen[wanted - 1])
    return found if layers or travel is None else _stepped(found, counts, travel, range)


def _stepped(cuts: tuple[float, ...], counts: np.ndarray, travel: float, range: float) -> tuple[float, ...]:
    """The cuts with as many more, each in the middle of the longest slope, as it takes for no step to be seen on it.

    A slope is a run of bins between two cuts that have pixels; gaps within it count as far as they are smaller than JUMP.
    """
    step = STEP / max(travel * (1.0 - 1.0 / range), 1e-9)  # in nearness: displacement is linear in it
    found = sorted(cuts)
    filled = np.flatnonzero(counts > 1e-4 * counts.sum()) / BINS
    while len(found) + 1 < MOST_LAYERS:
        spans = [(filled[(filled >= low) & (filled < high)], low, high) for low, high in zip([0.0, *found], [*found, 1.0])]
        length, middle = max((_slope(bins) for bins, *_ in spans), default=(0.0, 0.0))
        if length <= step:
            break
        found = sorted([*found, middle])
    return tuple(found)


def _slope(bins: np.ndarray) -> tuple[float, float]:
    """Length and middle of the longest run of nearness without a gap of JUMP."""
    if len(bins) < 2:
        return 0.0, 0.0
    ends = np.flatnonzero(np.diff(bins) > JUMP)
    starts, stops = bins[np.concatenate([[0], ends + 1])], bins[np.concatenate([ends, [len(bins) - 1]])]
    longest = int((stops - starts).argmax())
    return float(stops[longest] - starts[longest]), float((stops[longest] + starts[longest]) / 2.0)


def _harm(bins: np.ndarray) -> np.ndarray:
    """(BINS + 1) floats from 0 to 1: of the neighbouring pixels that a cut before this bin parts, the share that is of one surface."""
    small, large = np.zeros(BINS + 1), np.zeros(BINS + 1)
    for a, b in ((bins[1:], bins[:-1]), (bins[:, 1:], bins[:, :-1])):
        low, high = np.minimum(a, b), np.maximum(a, b)
        for total, which in ((small, high - low <= JUMP * BINS), (large, high - low > JUMP * BINS)):
            total += np.cumsum(np.bincount(low[which] + 1, minlength=BINS + 1) - np.bincount(high[which] + 1, minlength=BINS + 1))
    return small / np.maximum(small + large, 1.0)


def _best_cuts(counts: np.ndarray, harm: np.ndarray, most: int, least: float) -> tuple[np.ndarray, list[list[int]]]:
    """For 1 to `most` layers the cost of the best cuts, and the cuts as the bins they lie before; no layer below the share `least`."""
    costs = _run_costs(counts, least)  # [first bin, bin after the last]
    best, froms = [costs[0]], []
    for _ in range(1, most):
        total = (best[-1] + HARM_COST * harm)[:, None] + costs
        froms.append(total.argmin(axis=0))
        best.append(total.min(axis=0))
    chosen = []
    for layer in range(most):
        ends = [BINS]
        for before in reversed(froms[:layer]):
            ends.insert(0, int(before[ends[0]]))
        chosen.append(ends[:-1])
    return np.array([row[BINS] for row in best]), chosen


def _run_costs(counts: np.ndarray, least: float) -> np.ndarray:
    """(BINS + 1, BINS + 1): deviation within bins a to b, as a share of that of all bins; infinite for runs with too few pixels."""
    weights, centres = np.sqrt(counts), np.arange(BINS) / BINS
    total, first, second = (np.concatenate([[0.0], np.cumsum(weights * centres**power)]) for power in (0, 1, 2))
    pixels = np.concatenate([[0], np.cumsum(counts)])
    weight, mean, square = (sums[None, :] - sums[:, None] for sums in (total, first, second))
    deviation = np.maximum(square - mean**2 / np.maximum(weight, 1e-9), 0.0)
    enough = pixels[None, :] - pixels[:, None] >= max(1.0, least * pixels[-1])
    return np.where(enough, deviation / max(deviation[0, -1], 1e-9), np.inf)


def _centred(cut: int, counts: np.ndarray) -> float:
    """The middle of the empty bins around a cut."""
    filled = np.flatnonzero(counts)
    return (filled[filled < cut].max() + 1 + filled[filled >= cut].min()) / 2.0


def labels(nearness: np.ndarray, cuts: tuple[float, ...], least: float = 0.0005) -> np.ndarray:
    """(H, W) uint8 labels, 0 for the farthest layer. Connected parts smaller than the share `least` go to the layer around them.

    Raises ParallaxError where OpenCV is missing.
    """
    cv2 = opencv.needed(*FOR)
    found = np.searchsorted(np.asarray(cuts, np.float64), nearness, side="right").astype(np.uint8)
    small = np.zeros(found.shape, bool)
    for label in range(len(cuts) + 1):
        _, parts, stats, _ = cv2.connectedComponentsWithStats((found == label).astype(np.uint8), connectivity=4)
        speck = stats[:, cv2.CC_STAT_AREA] < least * found.size
        speck[0] = False  # all that has other labels
        small |= speck[parts]
    if not small.any() or small.all():
        return found
    _, nearest = cv2.distanceTransformWithLabels(small.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    ids = np.zeros(nearest.max() + 1, np.uint8)
    ids[nearest[~small]] = found[~small]
    return ids[nearest]


def distances(nearness: np.ndarray, labels: np.ndarray, range: float) -> tuple[float, ...]:
    """The median distance of each label from the eye, far to near, strictly decreasing. An empty label's lies between its neighbours'.

    nearness, labels: (H, W); the labels go from 0 to the largest that occurs.
    """
    count = int(labels.max()) + 1
    medians = np.array([np.median(nearness[labels == label]) if (labels == label).any() else np.nan for label in np.arange(count)])
    filled = np.flatnonzero(np.isfinite(medians))
    found = distance(np.interp(np.arange(count), filled, medians[filled]), range)
    for nearer in np.arange(1, count):
        found[nearer] = min(found[nearer], 0.99 * found[nearer - 1])
    return tuple(float(x) for x in found)


def preview(nearness: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: nearness in grey, and a line in the nearer layer's colour where two layers meet."""
    shown = np.repeat(np.rint(nearness * 255.0).astype(np.uint8)[..., None], 3, axis=2)
    thick = 2 * max(1, round(labels.shape[1] / 1600)) + 1
    image = Image.fromarray(labels)
    low, high = (np.asarray(image.filter(kind(thick))) for kind in (ImageFilter.MinFilter, ImageFilter.MaxFilter))
    border = low != high
    shown[border] = np.array(BORDER_COLOURS, np.uint8)[(high[border] - 1) % len(BORDER_COLOURS)]
    return shown
