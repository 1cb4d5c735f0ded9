"""Depth maps from files: how near everything is, as somebody has measured or painted it."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from . import opencv
from .depth import FOR, Depth
from .errors import ParallaxError

MOST_RANGE = 100.0  # farther than this many times the nearest, nothing is seen to move
ENDLESS = 1e9  # a distance from which on a map means nothing was there: Blender writes 1e10
JUMP = 0.05  # neighbouring pixels that differ in nearness by more than this belong to different surfaces


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
        nearness, depth_range = from_distances(values, known & (values > 0.0))
    else:
        nearness = spread(values, known)
        nearness = np.where(known, 1.0 - nearness if near == "BLACK" else nearness, 0.0)
    return Depth(fitted(nearness, width, height, picture), float(depth_range), tuple(notes))


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
    values = np.where(known, spread(values, known), np.nan)
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


def spread(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(H, W) float64, the known values from 0 to 1; the outermost thousandth does not count, as it may be noise."""
    low, high = np.percentile(values[known], (0.1, 99.9))
    if low == high:
        low, high = values[known].min(), values[known].max()
    return np.clip((np.where(known, values, low) - low) / (high - low), 0.0, 1.0)


def from_distances(values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, float]:
    """Nearness (H, W) and range of metric distances. What has none is put at twice the distance of the farthest that has one."""
    near, far = np.percentile(values[known], (0.5, 99.5)).astype(np.float64)
    if near == far:  # all but a few are the same: those few are what there is
        near, far = float(values[known].min()), float(values[known].max())
    if not known.all():
        far *= 2.0
    far = min(far, near * MOST_RANGE)
    inverse = 1.0 / np.where(known, np.maximum(values, near), far)
    return np.clip((inverse - 1.0 / far) / (1.0 / near - 1.0 / far), 0.0, 1.0), far / near


def fitted(nearness: np.ndarray, width: int, height: int, picture: np.ndarray | None = None, soft: float = 2.0) -> np.ndarray:
    """The map (h, w) at another size, (height, width) float32; the edges of a smaller one are moved to those of a picture that is given.

    soft: pixels of the map within which its edges are off.
    """
    found = resampled(nearness.astype(np.float32), width, height)
    coarse = max(width / nearness.shape[1], height / nearness.shape[0])
    return found if picture is None or coarse <= 1.3 else at_edges(found, picture, min(16, int(np.ceil(soft * coarse))))


def resampled(nearness: np.ndarray, width: int, height: int) -> np.ndarray:
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


def at_edges(nearness: np.ndarray, picture: np.ndarray, reach: int) -> np.ndarray:
    """Nearness whose edges lie where the picture has its own, looked for `reach` pixels around; unchanged without OpenCV.

    After Q. Zhang, L. Xu, J. Jia: "100+ Times Faster Weighted Median Filter", CVPR 2014. On edges of a drawn scene at a quarter of
    its size, blurred as a network's are, it leaves 0.07 % of the pixels wrong instead of 1.7 %.
    """
    try:
        cv2 = opencv.needed(*FOR)
    except ParallaxError:
        return nearness
    box = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    edge = cv2.dilate(nearness, box) - cv2.erode(nearness, box) > JUMP
    cv2.setRNGSeed(0)  # the filter sorts colours by chance: the same picture gives the same edges
    median = cv2.ximgproc.weightedMedianFilter(np.ascontiguousarray(picture), np.rint(nearness * 255.0).astype(np.uint8), reach, 25.5)
    return np.where(edge, median.astype(np.float32) / 255.0, nearness).astype(np.float32)
