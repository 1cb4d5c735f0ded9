"""Regions of like color, whose borders are the outlines of what a picture shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import opencv

FOR = ("Layers by outlines", "set Layers From to Bands instead")
LIKE = 5.0  # difference in CIE Lab up to which two surfaces may be the same
SOFT = 3.0  # difference in CIE Lab across five pixels up to which a border of regions is a gradient
ALIKE = 1.0  # difference of two textures' means, as a share of how rough they are, up to which they are one
UNLIKE = 20.0  # difference in CIE Lab from which two surfaces are never one
LEAST = 24  # pixels that a region has at least


@dataclass(frozen=True)
class Regions:
    """ids: (h, w) int32. The rest has a value for each region: pixels, first and last row and column, mean Lab color."""

    ids: np.ndarray
    size: np.ndarray
    top: np.ndarray
    bottom: np.ndarray
    left: np.ndarray
    right: np.ndarray
    color: np.ndarray

    @property
    def count(self) -> int:
        return len(self.size)


def smoothed(small: np.ndarray) -> np.ndarray:
    """(h, w, 3) float32 CIE Lab with grain and paint evened out, edges kept."""
    cv2 = opencv.needed(*FOR)
    low, high = np.percentile(small, (0.5, 99.5))
    even = np.sqrt(np.clip((small.astype(np.float32) - low) / max(float(high - low), 1.0), 0.0, 1.0)).astype(np.float32)
    soft = cv2.bilateralFilter(even, 7, 0.10, 2.5)
    soft = cv2.bilateralFilter(soft, 7, 0.07, 2.5)
    return cv2.cvtColor(soft, cv2.COLOR_RGB2LAB)


def segmented(lab: np.ndarray) -> Regions:
    """Regions of like color (P. Felzenszwalb, D. Huttenlocher: "Efficient Graph-Based Image Segmentation", IJCV 59, 2004).

    Regions that a gradient has parted are joined.
    """
    cv2 = opencv.needed(*FOR)
    scaled = np.clip(lab * np.float32((2.55, 1.6, 1.6)) + np.float32((0, 128, 128)), 0, 255).astype(np.uint8)
    ids = cv2.ximgproc.segmentation.createGraphSegmentation(0.5, 130.0, 24).processImage(scaled)
    regions = described(ids, lab)
    for _ in range(2):
        regions = _without_specks(regions, lab)
    return _without_gradients(regions, lab)


def _without_gradients(regions: Regions, lab: np.ndarray) -> Regions:
    """Large regions joined where their colors run into each other."""
    one, two, step = neighbors(regions.ids, lab, 2)
    count, size = regions.count, regions.size
    pairs, inverse, contact = np.unique(np.minimum(one, two) * count + np.maximum(one, two), return_inverse=True, return_counts=True)
    step = np.bincount(inverse, step) / contact
    first, second = pairs // count, pairs % count
    smaller = np.minimum(size[first], size[second])
    soft = (step < SOFT) & (contact >= 0.6 * np.sqrt(smaller)) & (smaller > 0.002 * regions.ids.size)
    return described(joined(count, first[soft], second[soft])[regions.ids], lab)


def _without_specks(regions: Regions, lab: np.ndarray) -> Regions:
    """Small lumps of texture joined to the region around them, which is as rough as they differ from it."""
    cv2 = opencv.needed(*FOR)
    ids, count, size = regions.ids, regions.count, regions.size
    texture = np.bincount(ids.ravel(), np.linalg.norm(lab - cv2.blur(lab, (7, 7)), axis=2).ravel(), count) / size
    one, two, _ = neighbors(ids, lab)
    one, two = np.concatenate([one, two]), np.concatenate([two, one])
    pairs, contact = np.unique(one * count + two, return_counts=True)
    first, second = pairs // count, pairs % count
    outline = np.bincount(first, contact, count)
    off = np.linalg.norm(regions.color[first] - regions.color[second], axis=1)
    long = np.maximum(regions.right - regions.left, regions.bottom - regions.top) + 1
    small = (size < 0.004 * ids.size) & (long < 0.12 * max(ids.shape))
    good = small[first] & (size[first] < size[second]) & (contact >= 0.25 * outline[first]) & (off < 2.2 * texture[second] + 1.0)
    good |= (size < 0.9 * outline)[first] & (size[first] < size[second]) & (contact >= 0.2 * outline[first]) & (off < 0.2 * LIKE)
    order = np.argsort(contact[good], kind="stable")
    target = np.arange(count)
    target[first[good][order]] = second[good][order]
    rough = np.minimum(texture[first], texture[second])
    alike = (off < ALIKE * rough) & (rough > 3.0) & (contact >= 0.08 * np.minimum(outline[first], outline[second]))
    group = joined(count, np.concatenate([np.arange(count), first[alike]]), np.concatenate([target, second[alike]]))
    return described(_without_strangers(regions, group)[ids], lab)


def _without_strangers(regions: Regions, group: np.ndarray) -> np.ndarray:
    """Groups of regions without those that look unlike the rest of theirs: slivers along an outline have chained its two sides together."""
    weight = np.bincount(group, regions.size)
    mean = np.stack([np.bincount(group, regions.size * regions.color[:, k]) for k in range(3)], axis=1) / weight[:, None]
    off = np.linalg.norm(regions.color - mean[group], axis=1)
    strange = (off > UNLIKE) & (regions.size > 0.0015 * regions.ids.size)
    return np.unique(np.where(strange, len(group) + np.arange(len(group)), group), return_inverse=True)[1]


def neighbors(ids: np.ndarray, lab: np.ndarray, reach: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The regions of all neighboring pixels of two regions, and how much colors differ `reach` pixels farther to either side."""
    found = []
    for axis in (0, 1):
        first, second = (np.moveaxis(ids, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        turned = np.moveaxis(lab, axis, 0)
        at = np.arange(len(first))
        step = np.linalg.norm(turned[np.minimum(at + 1 + reach, len(at))] - turned[np.maximum(at - reach, 0)], axis=2)
        apart = first != second
        found.append((first[apart].astype(np.int64), second[apart].astype(np.int64), step[apart]))
    one, two, step = (np.concatenate(parts) for parts in zip(*found))
    return one, two, step


def joined(count: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """For each region the number of the group that these pairs make it part of."""
    group = np.arange(count)
    while True:
        before = group.copy()
        low = np.minimum(group[first], group[second])
        np.minimum.at(group, first, low)
        np.minimum.at(group, second, low)
        group = group[group]
        if (group == before).all():
            return np.unique(group, return_inverse=True)[1]


def split(regions: Regions, mask: np.ndarray, lab: np.ndarray) -> Regions:
    """Regions that do not cross the border of a mask (h, w) bool, each in one piece; slivers go to the neighbor they look most like."""
    cv2 = opencv.needed(*FOR)
    ids = regions.ids * 2 + mask
    height, width = ids.shape
    links = np.zeros((2 * height - 1, 2 * width - 1), np.uint8)
    links[::2, ::2] = 1
    links[1::2, ::2] = ids[1:] == ids[:-1]
    links[::2, 1::2] = ids[:, 1:] == ids[:, :-1]
    pieces = described(cv2.connectedComponents(links, connectivity=4)[1][::2, ::2] - 1, lab)
    one, two, _ = neighbors(pieces.ids, lab)
    one, two = np.concatenate([one, two]), np.concatenate([two, one])
    sliver = (pieces.size < LEAST)[one] & (pieces.size >= LEAST)[two]
    pairs = np.unique(one[sliver] * pieces.count + two[sliver])
    first, second = pairs // pieces.count, pairs % pieces.count
    off = np.linalg.norm(pieces.color[first] - pieces.color[second], axis=1)
    order = np.argsort(-off, kind="stable")
    target = np.arange(pieces.count)
    target[first[order]] = second[order]  # the last one written is the nearest in color
    return described(np.unique(target[pieces.ids], return_inverse=True)[1].reshape(ids.shape), lab)


def described(ids: np.ndarray, lab: np.ndarray) -> Regions:
    height, width = ids.shape
    flat, count = ids.ravel(), int(ids.max()) + 1
    ys, xs = np.divmod(np.arange(flat.size), width)
    size = np.bincount(flat, minlength=count)
    ends = []
    for values, worst in ((ys, height), (xs, width)):
        low, high = np.full(count, worst), np.full(count, -1)
        np.minimum.at(low, flat, values)
        np.maximum.at(high, flat, values)
        ends += [low, high]
    color = np.stack([np.bincount(flat, lab[..., k].ravel(), count) for k in range(3)], axis=1) / np.maximum(size, 1)[:, None]
    return Regions(ids.astype(np.int32), size, *ends, color)
