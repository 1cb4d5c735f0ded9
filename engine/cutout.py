"""What a box or a lasso around an object encloses, or an image of its mask, as a mask of the picture.

C. Rother, V. Kolmogorov, A. Blake: "GrabCut: Interactive Foreground Extraction using Iterated Graph Cuts", SIGGRAPH 2004,
as OpenCV has it: two colour models, of what is inside and of what is around it, and the cheapest border between them.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from . import masks, opencv
from . import picture as pictures
from .errors import ParallaxError

ROUNDS = 6
WORK = 550  # pixels on the longer side of what the graph is cut in; the outline is refined at full size
MARGIN = 0.5  # of the shape's longer side: how much of the picture around it tells what is not the object
RING = 0.04  # of the shape's shorter side: taken for surroundings at first, where the frame leaves none
LEAST, MOST = 0.01, 0.98  # shares of the shape; what is found outside of them is no finding
FEW = 16  # pixels that are too few for a colour model
CORE = 0.12  # share of the shape that is its middle
SPECK, POCKET = 0.02, 0.004  # shares of the object below which a loose piece is dropped, a hole closed
TIP, TIP_GAP = 0.01, 3  # largest share of the object that a thin end has; pixels that may part it from the object
SURE = 1.0  # by how much more likely in the object's colours a thin end is than in others, as a logarithm
NEARBY, OUT = 15, 8.0  # pixels around one whose colours are its surroundings; squared deviations from them at which it is none of them
ODD = 0.05  # share of the object's pixels that are less like it than a thin end must be


class NothingFound(ParallaxError):
    """What was asked for is not in the picture; the rest can go on."""


def box_mask(picture: np.ndarray, box: tuple[float, ...]) -> np.ndarray:
    """(H, W) bool: the object that a box encloses, or all of the box where colours tell nothing apart.

    picture: (H, W, 3) uint8. box: left, top, right, bottom in percent. The same question has the same answer.
    Raises ParallaxError where there is no OpenCV.
    """
    return _enclosed(picture, box_interior(picture.shape, box), (False, True))


def lasso_mask(picture: np.ndarray, points: tuple[float, ...]) -> np.ndarray:
    """As `box_mask`, of a closed line that was drawn close around the object, so that its middle is surely the object's.

    points: x and y of one corner after another in percent.
    """
    return _enclosed(picture, lasso_interior(picture.shape, points), (True,))


def box_interior(shape: tuple[int, ...], box: tuple[float, ...]) -> np.ndarray:
    """(H, W) bool: all pixels of a box in percent; at least one row and column. shape: of the picture."""
    inside = np.zeros(shape[:2], bool)
    (x0, x1), (y0, y1) = (_span(box[axis], box[axis + 2], shape[1 - axis]) for axis in (0, 1))
    inside[y0:y1, x0:x1] = True
    return inside


def lasso_interior(shape: tuple[int, ...], points: tuple[float, ...]) -> np.ndarray:
    """(H, W) bool: all pixels within a closed line, corners in percent."""
    height, width = shape[:2]
    corners = np.array(points, float).reshape(-1, 2) / 100.0 * (width, height) - 0.5
    inside = np.zeros((height, width), np.uint8)
    _opencv().fillPoly(inside, [np.rint(corners).astype(np.int32)], 1)
    return inside > 0


def file_mask(path: str | Path, width: int, height: int) -> np.ndarray:
    """(height, width) uint8: an image file's mask, scaled to the picture. 255 is the object.

    Its transparency is the mask where it has some, else its grey. Raises ParallaxError for a file that cannot be read and
    NothingFound for one that is black all over.
    """
    mask = pictures.read_mask(Path(path), width, height)
    if mask.max() < 128:
        raise NothingFound(f"The mask {path} is black all over: paint white where the object is")
    return mask


def _span(low: float, high: float, length: int) -> tuple[int, int]:
    first = min(max(round(low / 100.0 * length), 0), length - 1)
    return first, min(max(round(high / 100.0 * length), first + 1), length)


def _opencv():
    return opencv.needed("Boxes and lassos", "paint a mask of the object instead")


def _enclosed(picture: np.ndarray, inside: np.ndarray, tries: tuple[bool, ...]) -> np.ndarray:
    """The object within a shape: found small, its outline refined, loose pieces and small holes put right.

    tries: whether the shape's middle is taken for granted, one after another until something is told apart.
    """
    _opencv()
    bounds = masks.bounds(inside)
    if bounds is None:
        return inside
    x0, y0, x1, y1 = bounds
    cut = masks.around(inside, math.ceil(MARGIN * max(x1 - x0, y1 - y0)) + 8)
    for core in tries:
        found = _refined(picture[cut], _found_small(picture[cut], inside[cut], core))
        found = tidied(found & inside[cut])
        least = CORE + 0.05 if core else LEAST  # the middle alone is no finding
        if least <= found.sum() / inside.sum() <= MOST:
            whole = np.zeros_like(inside)
            whole[cut] = found
            return whole
    return inside


def _found_small(picture: np.ndarray, inside: np.ndarray, core: bool) -> np.ndarray:
    """The object's share of each pixel, (h, w) float32 of a smaller size where the picture is large."""
    cv2 = _opencv()
    scale = min(1.0, WORK / max(inside.shape))
    size = tuple(max(1, round(n * scale)) for n in inside.shape[::-1])
    small = _evened(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    inside = cv2.resize(inside.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) >= 128
    if inside.sum() < FEW:
        return inside.astype(np.float32)
    marks = np.where(inside, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_BGD))
    marks[_ring(inside)] = cv2.GC_PR_BGD
    if core:
        marks[_core(inside)] = cv2.GC_FGD
    if min((marks % 2 == 1).sum(), (marks % 2 == 0).sum()) < FEW:
        return inside.astype(np.float32)
    cv2.setRNGSeed(0)
    around, own = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, marks, None, around, own, ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = marks % 2 == 1  # OpenCV's two marks for the object are odd
    if found.any() and not found.all():
        own, around = _likelihood(small, own), _likelihood(small, around)
        ours = (own > around + SURE) | (own > np.quantile(own[found], ODD))
        found = _with_tips(found, inside & ours & _standing_out(small, found))
    return found.astype(np.float32)


def _with_tips(found: np.ndarray, likely: np.ndarray) -> np.ndarray:
    """With the thin ends that the cut shaved off, because a border around them is long: spires, masts, twigs.

    likely: pixels in the object's colours. Of what of them hangs on the object, small pieces are taken, and what parts such pieces from it.
    """
    _, labels, stats, _ = _opencv().connectedComponentsWithStats((likely & ~found).astype(np.uint8), connectivity=8)
    small = stats[:, 4] <= TIP * found.sum()
    small[0] = False
    for _ in range(3):  # what hangs on such a piece, too: a vane on a spire
        beside = np.unique(labels[masks.grow_all(found, TIP_GAP)])
        found = found | np.isin(labels, beside[small[beside]])
    closed = masks.shrink_all(masks.grow_all(found, TIP_GAP - 1), TIP_GAP - 1)
    loose = found & ~_large_pieces(found, TIP * found.sum())
    return found | closed & masks.grow_all(loose, TIP_GAP)


def _standing_out(picture: np.ndarray, found: np.ndarray) -> np.ndarray:
    """(h, w) bool: pixels whose colours are not those of what is around them and outside of the object.

    The colour models know the whole surroundings: a cross on a spire is as dark as the roofs far below it, but not as its own sky.
    """
    cv2 = _opencv()
    outside = (~masks.grow_all(found, 1)).astype(np.float32)[..., None]
    colour, size = picture.astype(np.float32), (2 * NEARBY + 1, 2 * NEARBY + 1)
    sums = cv2.blur(np.dstack([outside, colour * outside, colour**2 * outside]), size)
    weight = np.maximum(sums[..., :1], 1e-6)
    mean = sums[..., 1:4] / weight
    spread = np.maximum(sums[..., 4:] / weight - mean**2, 9.0)
    return ((colour - mean) ** 2 / spread).mean(axis=2) > OUT


def _likelihood(picture: np.ndarray, model: np.ndarray) -> np.ndarray:
    """Logarithm of how likely each pixel's colour is in a colour model of OpenCV: weights, means and covariances of five Gaussians."""
    weights, means, spreads = np.split(model[0], (5, 20))
    total = np.zeros(picture.shape[:2])
    for weight, mean, spread in zip(weights, means.reshape(5, 3), spreads.reshape(5, 3, 3)):
        if weight > 0:
            spread = spread + 0.01 * np.eye(3)
            off = picture - mean
            total += weight / math.sqrt(np.linalg.det(spread)) * np.exp(-0.5 * ((off @ np.linalg.inv(spread)) * off).sum(axis=2))
    return np.log(total + 1e-30)


def _evened(picture: np.ndarray) -> np.ndarray:
    """The full range, dark tones apart: the colour models see equal steps, and a night is told from black as a day from white."""
    low, high = np.percentile(picture, (0.5, 99.5))
    return np.rint(np.sqrt(np.clip((picture - low) / max(high - low, 1.0), 0.0, 1.0)) * 255.0).astype(np.uint8)


def _core(inside: np.ndarray) -> np.ndarray:
    """The innermost pixels of a shape."""
    depth = _opencv().distanceTransform(np.pad(inside, 1).astype(np.uint8), 2, 3)[1:-1, 1:-1]
    return inside & (depth >= np.quantile(depth[inside], 1.0 - CORE))


def _ring(inside: np.ndarray) -> np.ndarray:
    """A rim of the shape that is taken for surroundings at first, where hardly anything of the picture is around it."""
    if (~inside).sum() > 0.1 * inside.sum():
        return np.zeros_like(inside)
    x0, y0, x1, y1 = masks.bounds(inside)
    width = max(1, round(RING * min(x1 - x0, y1 - y0)))
    return inside & masks.grow_all(np.pad(~inside, 1, constant_values=True), width)[1:-1, 1:-1]


def _refined(picture: np.ndarray, small: np.ndarray) -> np.ndarray:
    """The mask at the picture's size, its outline drawn to the picture's own edges.

    K. He, J. Sun, X. Tang: "Guided Image Filtering", ECCV 2010.
    """
    cv2 = _opencv()
    height, width = picture.shape[:2]
    if small.shape == (height, width):
        return small >= 0.5
    share = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    radius = math.ceil(1.5 * width / small.shape[1]) + 1
    return cv2.ximgproc.guidedFilter(picture, share, radius, 6.5) >= 0.5


def tidied(mask: np.ndarray, speck: float = SPECK, pocket: float = POCKET) -> np.ndarray:
    """A mask (h, w) bool without loose pieces and holes that are small beside the object.

    speck, pocket: shares of the largest piece, and of the object, below which they are. Raises ParallaxError where there is no OpenCV.
    """
    kept = _large_pieces(mask, speck * _largest(mask))
    return ~_large_pieces(~kept, pocket * kept.sum())


def _large_pieces(mask: np.ndarray, least: float) -> np.ndarray:
    _, labels, stats, _ = _opencv().connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    large = stats[:, 4] >= least
    large[0] = False
    return large[labels]


def _largest(mask: np.ndarray) -> int:
    _, _, stats, _ = _opencv().connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    return int(stats[1:, 4].max(initial=0))
