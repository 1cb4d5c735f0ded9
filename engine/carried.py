"""How near things are, carried along with the layers: what a model paints is to be as near as what it continues.

A map is (H, W) float32 from 0 (far) to 1 (near), linear in 1 / distance, and NaN where nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from . import masks
from .cuts import SQUASH, Cut
from .image.sparse import SparseMap
from .settings import Settings


def wanted(settings: Settings) -> bool:
    """Whether what paints asks how near things are. Where it does not, nothing of this is done."""
    return settings.fill == "DIFFUSION" and bool(settings.control)


def continued(nearness: np.ndarray) -> np.ndarray:
    """The map with what is not known continued from what is, rather from the sides than from above; as it is where nothing is known."""
    known = np.isfinite(nearness)
    if known.all() or not known.any():
        return nearness
    height, width = nearness.shape
    small = max(1, width // SQUASH), height
    weight = _resized(known.astype(np.float32), small, Image.Resampling.BOX)
    total = _resized(np.where(known, nearness, np.float32(0.0)), small, Image.Resampling.BOX)
    spread = masks.flooded((total / np.maximum(weight, 1e-6))[..., None], weight > 0.0)[..., 0]
    return np.where(known, nearness, _resized(np.ascontiguousarray(spread), (width, height), Image.Resampling.BILINEAR))


def attached(cuts: Iterable[Cut], nearness: np.ndarray, labels: np.ndarray, known: Sequence[np.ndarray] | None = None) -> tuple[Cut, ...]:
    """The layers of a picture, far to near, with the map of each.

    labels: (H, W) uint8, the rank of the layer that is seen at each pixel, which the map tells about. known: maps of the layers
    from before, for what is not seen of them.
    """
    return tuple(replace(cut, nearness=_of_layer(nearness, labels, rank, cut.alpha > 0, known[rank] if known else np.float32(np.nan)))
                 for rank, cut in enumerate(cuts))


def _of_layer(nearness: np.ndarray, labels: np.ndarray, rank: int, inside: np.ndarray, known: np.ndarray | np.float32) -> np.ndarray:
    """The map of one layer, with no gaps: what is seen of it, and that continued, no nearer than what hides it and no farther than
    what it covers. A layer of which nothing is known is like the next farther one that is seen, or the next nearer one."""
    found = np.where(labels == rank, nearness, known)
    if not np.isfinite(found).any():
        ranks = np.unique(labels[np.isfinite(nearness)])
        like = ranks[ranks < rank].max() if (ranks < rank).any() else ranks.min()
        found = np.where(labels == like, nearness, np.float32(np.nan))
    found = continued(found)
    found = np.where(labels > rank, np.fmin(found, nearness), found)
    return np.where(inside & (labels < rank), np.fmax(found, nearness), found)


class Canvases:
    """The maps of layers whose canvases grow, far to near."""

    def __init__(self, layers: int):
        self._layers = [SparseMap() for _ in range(layers)]

    def deposit(self, rank: int, x: int, y: int, cut: Cut, mask: np.ndarray) -> None:
        """Keeps what a layer shows in the mask, and of a shaped one what is expected of it besides. x, y: of the cut's top left."""
        self._layers[rank].write(x, y, cut.nearness, (cut.alpha > 0) & (cut.shaped | (mask & cut.known)))

    def read(self, rank: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        """A part of a layer's map, with no gaps where anything of it is known there."""
        return continued(self._layers[rank].read(x, y, width, height))

    def seen(self, places: Sequence[tuple[int, int, int, int]], owner: np.ndarray, labels: np.ndarray, gap: np.ndarray) -> np.ndarray:
        """The map of a frame in which the gap is given to layers.

        places: the rectangle of each layer's canvas that the frame shows. owner: (H, W) uint8, the rank of the layer that is seen.
        labels: (H, W) uint8, the rank that each pixel of `gap` (H, W) bool is given to: it is as near as this layer beside it, no
        farther than what is seen behind it and no nearer than what is seen before it.
        """
        parts = [layer.read(*place) for layer, place in zip(self._layers, places)]
        found = np.full(owner.shape, np.nan, np.float32)
        for rank, part in enumerate(parts):
            np.copyto(found, part, where=owner == rank)
        now = found.copy()
        for rank in np.unique(labels[gap]):
            part = parts[rank] if np.isfinite(parts[rank]).any() else found
            np.copyto(now, continued(part), where=gap & (labels == rank))
        now = np.where(gap & (owner < labels), np.fmax(now, found), now)
        now = np.where(gap & (owner > labels), np.fmin(now, found), now)
        return continued(now)


def _resized(plane: np.ndarray, size: tuple[int, int], by: Image.Resampling) -> np.ndarray:
    return np.asarray(Image.fromarray(plane).resize(size, by))
