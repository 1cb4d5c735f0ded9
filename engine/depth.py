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
HARM_COST = 0.08  # of a cut through a surface, in shares of the map's deviation: where cuts lie
LAYER_COST, SLOPE_COST = 0.004, 0.03  # of a further layer, and if its cut goes through a surface: how many there are
WORK_SIDE = 480  # pixels; the estimate is found at this size, for which its lengths are meant
GROUND = 0.16  # nearness of the horizon's ground: well before the sky
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
    picture: (height, width, 3) uint8; where OpenCV is at hand, the edges of a smaller map are moved to the picture's edges.
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
    found = _resampled(nearness.astype(np.float32), width, height)
    coarse = max(width / values.shape[1], height / values.shape[0])
    if picture is not None and coarse > 1.3:
        found = _at_edges(found, picture, min(16, int(np.ceil(2.0 * coarse))))
    return Depth(found, float(depth_range), tuple(notes))


def _values(path: Path) -> np.ndarray:
    """The map's numbers, (H, W) as stored: unsigned integers or float32."""
    if not path.is_file():
        raise ParallaxError(f"There is no depth map at {path}: choose another file")
    if path.suffix.lower() in (".exr", ".hdr"):
        raise ParallaxError(f"Only Blender can read the depth map {path}: begin the job in Blender, or save it as a 16-bit PNG or TIFF")
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
    if near == far:  # all but a few are the same: those few are what there is
        near, far = float(values[known].min()), float(values[known].max())
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
    between = np.minimum(mixed - low, high - mixed) > JUMP / 2.0
    return np.where(between, np.where(mixed - low > high - mixed, high, low), mixed)


def _at_edges(nearness: np.ndarray, picture: np.ndarray, reach: int) -> np.ndarray:
    """Nearness whose edges lie where the picture has its own, looked for `reach` pixels around; unchanged without OpenCV.

    After Q. Zhang, L. Xu, J. Jia: "100+ Times Faster Weighted Median Filter", CVPR 2014. On edges of a drawn scene at a quarter of
    its size, blurred as a network's are, it leaves 0.07 % of the pixels wrong instead of 1.7 %.
    """
    try:
        cv2 = _opencv()
    except ParallaxError:
        return nearness
    box = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    edge = cv2.dilate(nearness, box) - cv2.erode(nearness, box) > JUMP
    median = cv2.ximgproc.weightedMedianFilter(np.ascontiguousarray(picture), np.rint(nearness * 255.0).astype(np.uint8), reach, 25.5)
    return np.where(edge, median.astype(np.float32) / 255.0, nearness).astype(np.float32)


# A guess from the picture


def estimate(picture: np.ndarray, depth_range: float = 8.0) -> Depth:
    """A guess of how near everything in a picture (H, W, 3) uint8 is, without a network: modest, and said to be so in the notes.

    A sky is farthest. Below it lies a ground on which nearness grows in proportion to the rows below the horizon, as it does on
    every plane. What stands on the ground is as near as the row of its base. What rises high and is rich in contrast, which haze
    takes from what is far, is nearer; so is, a little, a thing that catches the eye (X. Hou, L. Zhang: "Saliency Detection: A Spectral
    Residual Approach", CVPR 2007). Raises ParallaxError where OpenCV is missing.
    """
    cv2 = _opencv()
    height, width = picture.shape[:2]
    scale = min(1.0, WORK_SIDE / max(height, width))
    small = cv2.resize(picture, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=cv2.INTER_AREA)
    contrast = _contrast(small)
    sky = _sky(small, contrast)
    _, eye = cv2.saliency.StaticSaliencySpectralResidual_create().computeSaliency(small)
    land = np.clip(_standing(small, sky, contrast, _to_one(eye)), 0.0, 1.0)
    rough = np.where(sky, 0.0, GROUND + (1.0 - GROUND) * land).astype(np.float32)
    nearness = _at_edges(_resampled(rough, width, height), picture, min(16, int(np.ceil(2.0 / scale))))
    low, high = float(nearness.min()), float(nearness.max())
    seen = "a sky and a ground were looked for" if sky.any() else "no sky was found, and what is lower was taken to be nearer"
    note = f"The depth is a rough guess from the picture ({seen}): a depth map or painted masks give better layers"
    return Depth(np.clip((nearness - low) / max(high - low, 1e-6), 0.0, 1.0).astype(np.float32), float(depth_range), (note,))


def _to_one(plane: np.ndarray) -> np.ndarray:
    """float32 from 0 to 1, at which its strongest fiftieth is."""
    return np.clip(plane / max(float(np.percentile(plane, 98)), 1e-6), 0.0, 1.0).astype(np.float32)


def _contrast(small: np.ndarray) -> np.ndarray:
    """(H, W) float32 from 0 to 1: how much pixels differ from those around them, in proportion to the light there."""
    cv2 = _opencv()
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.2))
    return _to_one(cv2.GaussianBlur(fine, (0, 0), 3.0) / (cv2.GaussianBlur(grey, (0, 0), 4.0) + 16.0))


def _sky(small: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """(H, W) bool: what has the colours of the smooth parts at the top and hangs together with the upper edge.

    Empty where that is hardly smoother than the rest of the picture. After C. Rother et al.: "GrabCut: Interactive Foreground
    Extraction using Iterated Graph Cuts", SIGGRAPH 2004, with the sky as the background.
    """
    cv2 = _opencv()
    height = len(small)
    marks = np.full(small.shape[:2], cv2.GC_PR_FGD, np.uint8)
    top = max(1, int(0.45 * height))
    marks[:top][contrast[:top] <= np.percentile(contrast, 92)] = cv2.GC_PR_BGD
    marks[int(0.7 * height) :] = cv2.GC_FGD
    if (marks == cv2.GC_PR_BGD).mean() < 0.05 or np.ptp(small) == 0:
        return np.zeros(marks.shape, bool)
    cv2.setRNGSeed(0)  # the same picture gives the same sky
    cv2.grabCut(small, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    sky = _reaching((marks == cv2.GC_BGD) | (marks == cv2.GC_PR_BGD), slice(0, max(1, height // 20)))
    sky = ~_reaching(~sky, slice(height // 2, None))  # what floats in the sky, such as a moon, belongs to it
    smooth = sky.mean() > 0.02 and contrast[sky].mean() < 0.65 * contrast[~sky].mean()  # walls and water are rougher
    return sky if smooth else np.zeros_like(sky)


def _reaching(mask: np.ndarray, rows: slice) -> np.ndarray:
    """The connected parts of a mask (H, W) bool that reach into these rows."""
    _, parts = _opencv().connectedComponents(mask.astype(np.uint8), connectivity=4)
    kept = np.unique(parts[rows])
    return np.isin(parts, kept[kept > 0])


def _standing(small: np.ndarray, sky: np.ndarray, contrast: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """Nearness (H, W) float32 from 0 at the horizon to 1 at the lower edge: of the ground by row, of what stands on it by its base.

    A region stands when it rises above the horizon, or is higher than wide. Nothing's base is farther below the horizon than its
    top is above, as little that is seen from the ground is lower than the eye: this keeps a dark tower from reaching into its
    dark reflection.
    """
    height, width = sky.shape
    horizon = _horizon(sky)
    rows = np.arange(height)
    ground = np.clip((rows - horizon) / (height - horizon), 0.0, 1.0).astype(np.float32)
    near = np.repeat(ground[:, None], width, axis=1)
    for part in _regions(small, sky, contrast, horizon):
        ys, xs = np.nonzero(part)
        (top, base), (left, right) = np.percentile(ys, (2, 97)), np.percentile(xs, (3, 97))
        rise = horizon - top
        nearness = 0.0
        if rise > 0.02 * height:
            base = min(base, horizon + rise)
            nearness = 1.6 * rise / height * float(contrast[part].mean())
        elif base - top <= 1.2 * (right - left + 1.0) or part.mean() > 0.2:
            continue
        nearness = max(nearness, float(ground[int(np.clip(base, 0, height - 1))])) + 0.05 * float(eye[part].mean())
        near = np.where(part & (rows[:, None] <= base), np.maximum(ground[:, None], nearness), near)
    return _opencv().ximgproc.guidedFilter(small, near.astype(np.float32), 8, 12.0**2)


def _horizon(sky: np.ndarray) -> float:
    """The row at which the ground begins: where hardly any sky is left; above the picture where there is no sky."""
    rows = np.flatnonzero(sky.mean(axis=1) > 0.1)
    return float(rows[-1] + 1) if len(rows) else -0.3 * len(sky)


def _regions(small: np.ndarray, sky: np.ndarray, contrast: np.ndarray, horizon: float) -> list[np.ndarray]:
    """Masks (H, W) bool of what may be one thing each: regions of like colour, and large lumps of strong contrast, such as a tree's crown.

    After P. Felzenszwalb, D. Huttenlocher: "Efficient Graph-Based Image Segmentation", IJCV 59, 2004.
    """
    cv2 = _opencv()
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (4, 4)).apply(lab[..., 0])  # so that a night has regions too
    ids = cv2.ximgproc.segmentation.createGraphSegmentation(0.6, 150.0, 40).processImage(lab)
    regions = [part for part in ((ids == i) & ~sky for i in np.unique(ids)) if part.sum() >= 10]
    rough = (contrast > 0.48) & ~sky & (np.arange(len(sky))[:, None] < horizon)
    rough = cv2.morphologyEx(rough.astype(np.uint8), cv2.MORPH_OPEN, np.ones((13, 13), np.uint8))
    count, lumps = cv2.connectedComponents(rough)
    for lump in (lumps == i for i in np.arange(1, count)):
        if lump.mean() > 0.004:
            inside = [part for part in regions if (part & lump).sum() > 0.5 * part.sum()]
            regions.append(np.logical_or.reduce([lump, *inside]))  # after those that it takes pixels from
    return regions


# Layers from nearness


def cuts(nearness: np.ndarray, layers: int = 0, most: int = 7) -> tuple[float, ...]:
    """Ascending thresholds between layers, `layers` - 1 of them, or as many as the map's own gaps ask for (layers = 0, at most `most`).

    nearness: (H, W) from 0 to 1. A pixel at or above a threshold is nearer than it. A map with fewer distinct values gives fewer cuts.

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
    return tuple(float(_centred(cut, counts) / BINS) for cut in chosen[wanted - 1])


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
