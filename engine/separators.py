"""Which layer each pixel belongs to. A separator answers with labels: 0 is the farthest layer."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from PIL import Image

from . import masks, motion
from .errors import ParallaxError
from .settings import Settings


class Separator(Protocol):
    """Asked about the picture, and again about every frame that something new was painted in."""

    def labels(self, frame: np.ndarray, top: int = 0) -> np.ndarray:
        """(H, W) uint8 labels, far to near from 0, for a frame of (H, W, 3) uint8.

        top: the row of the picture at which the frame begins, negative when it reaches beyond the picture.
        """


class Bands:
    """Horizontal bands: a pixel belongs to the band of its row.

    rows: the n - 1 rows at which the next band begins, top to bottom.
    order: the bands' indices from far to near.
    """

    def __init__(self, rows: tuple[int, ...], order: tuple[int, ...]):
        self.rows = rows
        self._rank = np.empty(len(order), np.uint8)
        self._rank[list(order)] = np.arange(len(order))

    def labels(self, frame: np.ndarray, top: int = 0) -> np.ndarray:
        """Rows beyond the picture go to the outer bands."""
        band = np.searchsorted(self.rows, np.arange(top, top + frame.shape[0]), side="right")
        return np.repeat(self._rank[band][:, None], frame.shape[1], axis=1)

    def heights(self, height: int) -> tuple[float, ...]:
        """Each band's share of the picture's height in percent."""
        return tuple(float(x) for x in np.diff([0, *self.rows, height]) * 100.0 / height)


def bands(picture: np.ndarray, settings: Settings) -> Bands:
    """Bands of the heights that are set, or of the heights the picture suggests; each has at least one row.

    Raises ParallaxError when there are more layers than rows.
    """
    height = picture.shape[0]
    if settings.layers > height:
        raise ParallaxError(f"A picture of {height} rows cannot have {settings.layers} layers: set Layers to {height} or fewer")
    shares = settings.heights or suggest_heights(picture, settings.layers)
    edges = np.rint(np.cumsum(shares[: settings.layers - 1]) * height / 100.0).astype(int)
    lowest = np.arange(1, settings.layers)
    edges = np.maximum.accumulate(np.maximum(edges - lowest, 0)) + lowest
    edges = np.minimum(edges, height - lowest[::-1])
    return Bands(tuple(int(x) for x in edges), motion.far_to_near(settings))


def suggest_heights(picture: np.ndarray, layers: int, least: float = 0.06) -> tuple[float, ...]:
    """Heights in percent, top to bottom, of bands that are as uniform within themselves as they can be.

    Rows are described by colour and contrast in 16 columns; the cut into `layers` runs of rows with the least
    squared deviation is found exactly by dynamic programming (W. D. Fisher, "On Grouping for Maximum
    Homogeneity", JASA 53, 1958). No band is lower than the share `least` of the picture, or half an equal share.
    """
    rows = _describe_rows(picture)
    n = len(rows)
    shortest = max(1, int(n * min(least, 0.5 / layers)))
    cost = _run_costs(rows, shortest)
    best, cuts = cost[0], []
    for _ in range(1, layers):
        total = best[:-1, None] + cost[1:]  # [end of the bands so far, end of the next]
        cuts.append(total.argmin(axis=0) + 1)
        best = np.concatenate(([np.inf], total.min(axis=0)[1:]))
    ends = [n]
    for cut in reversed(cuts):
        ends.insert(0, int(cut[ends[0] - 1]))
    return tuple(float(x) for x in np.diff([0, *ends]) * 100.0 / n)


def _describe_rows(picture: np.ndarray, rows: int = 192, columns: int = 16) -> np.ndarray:
    small = Image.fromarray(picture).resize((columns * 12, min(rows, picture.shape[0])), Image.Resampling.BOX).convert("LAB")
    lab = np.asarray(small, np.float32).reshape(small.height, columns, 12, 3)
    contrast = lab[..., 0].std(axis=2, keepdims=True)
    features = np.concatenate([lab.mean(axis=2), 2.0 * contrast], axis=2).reshape(small.height, -1)
    return features / (features.std() + 1e-6)


def _run_costs(rows: np.ndarray, shortest: int) -> np.ndarray:
    """cost[a, b - 1]: squared deviation of rows a to b from their mean; infinite for runs shorter than `shortest`."""
    n = len(rows)
    zero = np.zeros((1, rows.shape[1]))
    total = np.concatenate([zero, np.cumsum(rows, axis=0, dtype=np.float64)])
    squares = np.concatenate([[0.0], np.cumsum((rows.astype(np.float64) ** 2).sum(axis=1))])
    start, end = np.arange(n)[:, None], np.arange(1, n + 1)[None, :]
    length = end - start
    dot = total @ total.T
    sums = np.diag(dot)[end] + np.diag(dot)[start] - 2.0 * dot[start, end]
    cost = squares[end] - squares[start] - sums / np.maximum(length, 1)
    return np.where(length >= shortest, np.maximum(cost, 0.0), np.inf)


def matte(labels: np.ndarray, rank: int, overlap: float) -> np.ndarray:
    """Soft alpha (H, W) uint8 of a layer together with all nearer ones: a ramp `overlap` pixels wide on its far edge."""
    return masks.blurred(np.where(labels >= rank, np.uint8(255), np.uint8(0)), overlap / 4.0)


def reach(labels: np.ndarray, rank: int, overlap: float) -> np.ndarray:
    """Where a layer's colour is known from the frame: all but what nearer layers hide, and a margin under their soft edges."""
    return masks.grow_all(labels <= rank, int(np.ceil(overlap / 2.0)) + 2)  # a matte's ramp reaches half the overlap
