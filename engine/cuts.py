"""What the picture shows of each layer: its own colours and its soft shape, which goes on behind nearer layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import masks, matting
from .layers import clean_plate

SQUASH = 24  # columns that count as one when a hidden shape is completed: it goes on sideways rather than up or down
GUESSED = 0.75  # pixels by which the outline of a completed shape is blurred


@dataclass(frozen=True)
class Cut:
    """One layer of the picture.

    rgb: (H, W, 3) uint8, its own colours. alpha: (H, W) uint8, its shape, behind nearer layers as well.
    known: (H, W) bool, where rgb is from the picture; what is in the shape and not known has to be painted.
    shaped: whether it has a shape of its own. One that has not (a band) is as long as whatever it lies in.
    nearness: (H, W) float32 from 0 (far) to 1 (near), of its hidden parts as well; None where nobody asks for it.
    """

    rgb: np.ndarray
    alpha: np.ndarray
    known: np.ndarray
    shaped: bool = True
    nearness: np.ndarray | None = None


def banded(source: np.ndarray, labels: np.ndarray, rank: int, overlap: float) -> Cut:
    """The layer `rank` of a picture cut through without regard to what is in it: both sides keep the picture's colours.

    overlap: width in pixels of the soft edge by which it lies over farther layers.
    """
    return Cut(source, matte(labels, rank, overlap), reach(labels, rank, overlap), False)


def shaped(source: np.ndarray, labels: np.ndarray, layers: int, width: float, rim: float = 0.0) -> list[Cut]:
    """The layers of a picture, far to near, each lifted off what is behind it, from the nearest on.

    source: (H, W, 3) uint8. labels: (H, W) uint8, 0 is the farthest. width: pixels of the border in which a soft edge is
    looked for. Behind a lifted layer the others go on: their shapes at once, their colours where they were seen.
    rim: pixels beyond that soft edge within which more of a layer may lie than its labels say, as `clean_plate.cleaned` finds it.
    """
    behind, known, cuts = source, np.ones(labels.shape, bool), []
    for rank in range(layers - 1, 0, -1):
        inside = labels == rank
        if not inside.any():
            cuts.insert(0, Cut(source, np.zeros(labels.shape, np.uint8), np.zeros(labels.shape, bool)))
            continue
        picture = behind if known.all() else masks.flooded(behind, known)
        alpha = matting.alpha(picture, inside, width)
        if not known.all():  # a completed outline is a guess of ours, in which no colour has a say
            alpha = np.where(known, alpha, masks.blurred(np.where(inside, np.uint8(255), np.uint8(0)), GUESSED))
        own, others = matting.exact(picture, alpha, *matting.colours(picture, alpha))
        seen = known & (alpha < 255)
        if rim > 0.0:
            lifted = clean_plate.cleaned(picture, clean_plate.Lifted(alpha, own, others), known, rim)
            alpha, own, others = lifted.alpha, lifted.front, lifted.back
        cuts.insert(0, Cut(own, alpha, known & (alpha > 0)))
        behind = np.where((alpha > 0)[..., None], others, behind)
        known = seen
        labels = completed(labels, inside)
    return [Cut(behind, np.full(labels.shape, 255, np.uint8), known), *cuts]


def completed(labels: np.ndarray, hole: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
    """The labels with those in the hole (H, W) bool taken from what lies around it, rather from the sides than from above.

    among: (H, W) bool, the pixels whose labels may go on; by default all that are not in the hole.
    """
    among = ~hole if among is None else among & ~hole
    found = np.unique(labels[among])
    if len(found) == 0:
        return np.where(hole, np.uint8(0), labels)
    if len(found) == 1 or not hole.any():
        return np.where(hole, found[0], labels)
    height, width = labels.shape
    small = (max(1, width // SQUASH), height)
    weight = _resized(among.astype(np.float32), small)
    votes = np.dstack([_resized(((labels == label) & among).astype(np.float32), small) for label in found])
    seen = weight > 0.0
    votes = masks.flooded(np.where(seen[..., None], votes / np.maximum(weight, 1e-6)[..., None], 0.0), seen)
    votes = np.dstack([_resized(votes[..., i], (width, height)) for i in range(len(found))])
    return np.where(hole, found[votes.argmax(axis=2)], labels).astype(np.uint8)


def matte(labels: np.ndarray, rank: int, overlap: float) -> np.ndarray:
    """Soft alpha (H, W) uint8 of a layer together with all nearer ones: a ramp `overlap` pixels wide on its far edge."""
    return masks.blurred(np.where(labels >= rank, np.uint8(255), np.uint8(0)), overlap / 4.0)


def reach(labels: np.ndarray, rank: int, overlap: float) -> np.ndarray:
    """Where a layer's colour is known from the frame: all but what nearer layers hide, and a margin under their soft edges."""
    return masks.grow_all(labels <= rank, int(np.ceil(overlap / 2.0)) + 2)  # a matte's ramp reaches half the overlap


def _resized(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    smaller = size[0] < plane.shape[1]
    return np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX if smaller else Image.Resampling.BILINEAR))
