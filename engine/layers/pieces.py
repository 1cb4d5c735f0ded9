"""Pieces of layers that belong to what stands around them."""

from __future__ import annotations

import numpy as np

from .. import opencv
from .regions import FOR, neighbors

AROUND = 0.7  # share of a piece's outline on nearer layers from which it goes with them
LEANS = 0.5  # the same for what stands, such as the fruit in a bowl
SMALL = 0.08, 0.04  # shares of the picture that such a piece has at most: what stands, and the rest
PASSES = 3  # a piece that has gone with its surroundings may be what the next one lies in


def gathered(labels: np.ndarray, figures: np.ndarray) -> np.ndarray:
    """Ranks (h, w) uint8 without small pieces of farther layers among nearer things, such as ground seen between legs or hedges.

    Such a piece would tear all around as it moves. The farthest layer stays: a sky is seen through many holes. figures: (h, w) bool,
    what stands.
    """
    labels = labels.copy()
    for _ in range(PASSES):
        ids, ranks = _pieces(labels)
        one, two, _ = neighbors(ids, np.zeros((*ids.shape, 1), np.float32))
        one, two = np.concatenate([one, two]), np.concatenate([two, one])
        beside = np.zeros((len(ranks), int(labels.max()) + 1))
        np.add.at(beside, (one, ranks[two]), 1.0)
        nearer = beside * (np.arange(beside.shape[1]) > ranks[:, None])
        size = np.bincount(ids.ravel())
        stands = np.bincount(ids.ravel(), figures.ravel()) > 0.8 * size
        least, most = np.where(stands, LEANS, AROUND), np.where(stands, SMALL[0], SMALL[1])
        moves = (ranks > 0) & (nearer.sum(axis=1) >= least * beside.sum(axis=1)) & (size < most * ids.size)
        if not moves.any():
            break
        labels = np.where(moves, nearer.argmax(axis=1), ranks)[ids].astype(np.uint8)
    return labels


def _pieces(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The connected piece of each pixel, (h, w) int32, and the rank of each piece."""
    cv2 = opencv.needed(*FOR)
    ids, ranks = np.zeros(labels.shape, np.int32), []
    for rank in np.unique(labels):
        count, parts = cv2.connectedComponents((labels == rank).astype(np.uint8), connectivity=4)
        ids[parts > 0] = parts[parts > 0] - 1 + len(ranks)
        ranks += [int(rank)] * (count - 1)
    return ids, np.array(ranks)
