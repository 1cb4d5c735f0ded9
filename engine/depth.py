"""How near everything in a picture is: read from a depth map or estimated from the picture, and cut into layers.

Nearness runs from 0 (farthest) to 1 (nearest) and is linear in 1 / distance, as maps of MiDaS and Depth Anything are.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from .errors import ParallaxError

MOST_RANGE = 100.0  # farther than this many times the nearest, nothing is seen to move
ENDLESS = 1e9  # a distance from which on a map means nothing was there: Blender writes 1e10
JUMP = 0.05  # neighbouring pixels that differ in nearness by more than this belong to different surfaces
BINS = 256
HARM_COST, LAYER_COST = 0.04, 0.004  # in shares of the map's deviation
WORK_SIDE = 480  # pixels; the estimate is no finer than this
BORDER_COLOURS = ((230, 60, 60), (255, 170, 0), (250, 240, 60), (70, 210, 90), (60, 200, 230), (80, 110, 255), (220, 90, 230))


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


# A map from a file


def read(path: Path, width: int, height: int, near: str = "AUTO", depth_range: float = 8.0, picture: np.ndarray | None = None) -> Depth:
    """A depth map of any size in grey (PNG or TIFF of 8 or 16 bit, TIFF of 32-bit float, JPEG), at `width` x `height` pixels.

    near: WHITE, BLACK, or AUTO to guess. A float map with values above 1 holds distances (when black is near): its range is its own, at
    most MOST_RANGE. All other maps get `depth_range`. What a float map has no number for is far.
    picture: (H, W, 3) uint8; edges of a map that is much smaller are moved to the picture's edges, where OpenCV is at hand.
    Raises ParallaxError for a file that is missing, empty, damaged, of another kind, in colour or flat.
    """
    path = Path(path)
    values = _values(path)
    known = np.isfinite(values) & (np.abs(values) < ENDLESS)
    if not known.any() or values[known].min() == values[known].max():
        raise ParallaxError(f"The depth map {path} is the same everywhere: choose a map in which near and far differ")
    metric = values.dtype.kind == "f" and values[known].max() > 1.0
    notes = []
    if near == "AUTO":
        near, note = ("BLACK", "it holds distances") if metric else _guess_near(values, known)
        notes.append(f"Near is taken to be {near.lower()} in the depth map, as {note}: set Near Is if it is not")
    if metric and near == "BLACK":
        nearness, depth_range = _from_distances(values, known & (values > 0.0))
    else:
        nearness = _spread(values, known)
        nearness = np.where(known, 1.0 - nearness if near == "BLACK" else nearness, 0.0)
    return Depth(_resampled(nearness.astype(np.float32), width, height), float(depth_range), tuple(notes))


def _values(path: Path) -> np.ndarray:
    """The map's numbers, (H, W) as stored: unsigned integers or float32."""
    if not path.is_file():
        raise ParallaxError(f"There is no depth map at {path}: choose another file")
    if path.suffix.lower() in (".exr", ".hdr"):
        raise ParallaxError(f"The depth map {path} can only be read by Blender: open it there and save it as a 16-bit PNG or TIFF")
    try:
        if path.stat().st_size == 0:
            raise ParallaxError(f"The depth map {path} is empty (0 bytes): choose another file")
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")
            image.load()
            return _grey(ImageOps.exif_transpose(image), path)
    except (ParallaxError, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise ParallaxError(f"The depth map {path} has too many pixels: scale it to the picture's size") from None
    except Exception:  # a decoder of Pillow may raise anything over a bad file
        raise ParallaxError(f"The depth map {path} cannot be read: save it as a 16-bit PNG or TIFF in grey") from None


def _grey(image: Image.Image, path: Path) -> np.ndarray:
    if image.mode.startswith(("I", "F")):
        values = np.array(image)
        return values.astype(np.float32 if values.dtype.kind == "f" else np.int64)
    rgb = np.asarray(image.convert("RGB")).astype(np.int16)
    if (np.ptp(rgb, axis=2) > 24).mean() > 0.01:
        raise ParallaxError(f"The depth map {path} is in colour, from which depth cannot be told: save the map in grey")
    return rgb[..., 1]


def _guess_near(values: np.ndarray, known: np.ndarray) -> tuple[str, str]:
    """WHITE or BLACK, and why: what is low in a picture is usually near, and if that does not tell, what is in its middle."""
    values = np.where(known, _spread(values, known), np.nan)
    height, width = values.shape
    third, quarter = max(1, height // 3), max(1, width // 4)
    lower, upper = (_middle(part) for part in (values[-third:], values[:third]))
    if abs(lower - upper) > 0.02:
        return ("WHITE", "its lower part is lighter") if lower > upper else ("BLACK", "its lower part is darker")
    sides = np.concatenate([values[:, :quarter], values[:, -quarter:]], axis=1)
    if _middle(values[:, quarter:-quarter]) >= _middle(sides):
        return "WHITE", "its middle is lighter"
    return "BLACK", "its middle is darker"


def _middle(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else 0.0


def _spread(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(H, W) float64, the known values from 0 to 1; the outermost thousandth does not count, as it may be noise."""
    low, high = np.percentile(values[known], (0.1, 99.9))
    if low == high:
        low, high = values[known].min(), values[known].max()
    return np.clip((np.where(known, values, low) - low) / (high - low), 0.0, 1.0)


def _from_distances(values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, float]:
    """Nearness (H, W) and range of metric distances. What has none is put at twice the distance of the farthest that has one."""
    near, far = np.percentile(values[known], (0.5, 99.5)).astype(np.float64)
    if not known.all():
        far *= 2.0
    far = min(far, near * MOST_RANGE)
    inverse = 1.0 / np.where(known, np.maximum(values, near), far)
    return np.clip((inverse - 1.0 / far) / (1.0 / near - 1.0 / far), 0.0, 1.0), far / near


def _resampled(nearness: np.ndarray, width: int, height: int) -> np.ndarray:
    """The map at another size, where an edge stays an edge: a value between two surfaces goes to the nearer of the two values.

    After H. P. Kramer and J. B. Bruckner: "Iterations of a non-linear transformation for enhancement of digital images",
    Pattern Recognition 7, 1975.
    """
    image = Image.fromarray(nearness)
    reach = 2 * int(np.ceil(max(image.width / width, image.height / height, 1.0) / 2.0)) + 1
    mixed = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
    low, high = (np.asarray(image.filter(kind(reach)).resize((width, height), Image.Resampling.NEAREST))
                 for kind in (ImageFilter.MinFilter, ImageFilter.MaxFilter))
    return np.where(high - low > JUMP, np.where(mixed - low > high - mixed, high, low), mixed)


# A guess from the picture


def estimate(picture: np.ndarray, depth_range: float = 8.0) -> Depth:
    """A rough depth of a picture (H, W, 3) uint8."""
    rows = np.linspace(0.0, 1.0, picture.shape[0], dtype=np.float32)
    note = "The depth is a rough guess from the picture: a depth map or painted masks give better layers"
    return Depth(np.repeat(rows[:, None], picture.shape[1], axis=1), float(depth_range), (note,))


# Layers from nearness


def cuts(nearness: np.ndarray, layers: int = 0, most: int = 7) -> tuple[float, ...]:
    """Ascending thresholds between layers, `layers` - 1 of them, or as many as the map's own gaps ask for (layers = 0, at most `most`).

    nearness: (H, W) from 0 to 1. A pixel at or above a threshold is nearer than it. A map with fewer distinct values gives fewer cuts.

    A threshold does harm where it runs through a continuous surface: where neighbouring pixels on its two sides differ by less
    than JUMP. Where they differ by more there is an edge between two things, and cutting there is what layers are for. The harm
    of a threshold is the share of the first among all neighbours that it parts. The best set is found exactly, by dynamic
    programming over a histogram of BINS (W. D. Fisher, "On Grouping for Maximum Homogeneity", JASA 53, 1958): least deviation
    of nearness within layers plus the harm of the cuts. A bin weighs the square root of its pixels, so that small things count
    too. With layers = 0 each further layer must lower that sum by LAYER_COST: a gap is worth it, and a slope if it is long.
    """
    bins = np.minimum((nearness * BINS).astype(np.int32), BINS - 1)
    counts = np.bincount(bins.ravel(), minlength=BINS)
    most = min(layers or most, int(np.count_nonzero(counts)))
    harm = _harm(bins)
    for least in (0.01, 0.001, 0.0):  # of the picture, for a layer
        best, chosen = _best_cuts(counts, harm, most, least)
        wanted = most if layers else int(np.argmin(best + LAYER_COST * np.arange(most))) + 1
        wanted = wanted if layers or wanted > 1 else min(2, most)
        if np.isfinite(best[wanted - 1]):
            break
    return tuple(_centred(cut, counts) / BINS for cut in chosen[wanted - 1])


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
    cv2 = _opencv()
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


def _opencv():
    try:
        import cv2
    except ImportError:
        raise ParallaxError("Layers from depth need OpenCV, which is not made for this computer: use bands, cards or masks") from None
    return cv2
