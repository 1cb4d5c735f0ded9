"""A guess of how near everything in a picture is, made from the picture alone."""

from __future__ import annotations

import numpy as np

from . import depth_map, opencv
from .depth import FOR, Depth

WORK_SIDE = 480  # pixels; the estimate is found at this size, for which its lengths are meant
GROUND = 0.16  # nearness of the horizon's ground: well before the sky


def estimate(picture: np.ndarray, depth_range: float = 8.0) -> Depth:
    """A guess of how near everything in a picture (H, W, 3) uint8 is, without a network: modest, and said to be so in the notes.

    A sky is farthest. Below it lies a ground on which nearness grows in proportion to the rows below the horizon, as it does on
    every plane. What stands on the ground is as near as the row of its base. What rises high and is rich in contrast, which haze
    takes from what is far, is nearer; so is, a little, a thing that catches the eye (X. Hou, L. Zhang: "Saliency Detection: A Spectral
    Residual Approach", CVPR 2007). Raises ParallaxError where OpenCV is missing.
    """
    cv2 = opencv.needed(*FOR)
    height, width = picture.shape[:2]
    scale = min(1.0, WORK_SIDE / max(height, width))
    small = cv2.resize(picture, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=cv2.INTER_AREA)
    contrast = _contrast(small)
    sky = _sky(small, contrast)
    _, eye = cv2.saliency.StaticSaliencySpectralResidual_create().computeSaliency(small)
    land = np.clip(_standing(small, sky, contrast, _to_one(eye)), 0.0, 1.0)
    rough = np.where(sky, 0.0, GROUND + (1.0 - GROUND) * land).astype(np.float32)
    nearness = depth_map.at_edges(depth_map.resampled(rough, width, height), picture, min(16, int(np.ceil(2.0 / scale))))
    low, high = float(nearness.min()), float(nearness.max())
    seen = "a sky and a ground were looked for" if sky.any() else "no sky was found, and what is lower was taken to be nearer"
    note = f"The depth is a rough guess from the picture ({seen}): a depth map or painted masks give better layers"
    return Depth(np.clip((nearness - low) / max(high - low, 1e-6), 0.0, 1.0).astype(np.float32), float(depth_range), (note,))


def _to_one(plane: np.ndarray) -> np.ndarray:
    """float32 from 0 to 1, at which its strongest fiftieth is."""
    return np.clip(plane / max(float(np.percentile(plane, 98)), 1e-6), 0.0, 1.0).astype(np.float32)


def _contrast(small: np.ndarray) -> np.ndarray:
    """(H, W) float32 from 0 to 1: how much pixels differ from those around them, in proportion to the light there."""
    cv2 = opencv.needed(*FOR)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.2))
    return _to_one(cv2.GaussianBlur(fine, (0, 0), 3.0) / (cv2.GaussianBlur(grey, (0, 0), 4.0) + 16.0))


def _sky(small: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """(H, W) bool: what has the colours of the smooth parts at the top and hangs together with the upper edge.

    Empty where that is hardly smoother than the rest of the picture. After C. Rother et al.: "GrabCut: Interactive Foreground
    Extraction using Iterated Graph Cuts", SIGGRAPH 2004, with the sky as the background.
    """
    cv2 = opencv.needed(*FOR)
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
    _, parts = opencv.needed(*FOR).connectedComponents(mask.astype(np.uint8), connectivity=4)
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
    return opencv.needed(*FOR).ximgproc.guidedFilter(small, near.astype(np.float32), 8, 12.0**2)


def _horizon(sky: np.ndarray) -> float:
    """The row at which the ground begins: where hardly any sky is left; above the picture where there is no sky."""
    rows = np.flatnonzero(sky.mean(axis=1) > 0.1)
    return float(rows[-1] + 1) if len(rows) else -0.3 * len(sky)


def _regions(small: np.ndarray, sky: np.ndarray, contrast: np.ndarray, horizon: float) -> list[np.ndarray]:
    """Masks (H, W) bool of what may be one thing each: regions of like colour, and large lumps of strong contrast, such as a tree's crown.

    After P. Felzenszwalb, D. Huttenlocher: "Efficient Graph-Based Image Segmentation", IJCV 59, 2004.
    """
    cv2 = opencv.needed(*FOR)
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
