"""Cards: a folder of pictures with transparency, one for each layer, far to near in the order of their names."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from . import masks, picture
from .cuts import Cut
from .errors import ParallaxError
from .settings import MAX_LAYERS

TYPES = (".png", ".tif", ".tiff", ".webp")
SOLID = 128  # alpha from which on a card counts as what is seen there


def files(folder: Path) -> tuple[Path, ...]:
    """The cards in a folder, far to near: card2 comes before card10. Raises ParallaxError when there are none, or too many."""
    if not folder.is_dir():
        raise ParallaxError(f"There is no folder of cards at {folder}: choose another one")
    found = [file for file in folder.iterdir() if file.suffix.lower() in TYPES and not file.name.startswith(".")]
    if not found:
        raise ParallaxError(f"The folder {folder} holds no cards: put PNG, TIFF or WebP images with transparency there")
    if len(found) > MAX_LAYERS:
        raise ParallaxError(f"The folder {folder} holds {len(found)} images: {MAX_LAYERS} cards are the most")
    return tuple(sorted(found, key=lambda file: [int(part) if part.isdigit() else part.lower() for part in re.split(r"(\d+)", file.name)]))


def read(files: tuple[Path, ...], source: np.ndarray) -> tuple[Cut, ...]:
    """The cards as layers, scaled to the size of `source` (H, W, 3). Raises ParallaxError for one that cannot be read or is empty."""
    height, width = source.shape[:2]
    made = []
    for file in files:
        card = picture.read_card(file, width, height)
        if not card[..., 3].any():
            raise ParallaxError(f"The card {file} is wholly transparent: take it out of the folder")
        made.append(Cut(card[..., :3], card[..., 3], card[..., 3] > 0))
    return tuple(made)


def closed(cuts: tuple[Cut, ...]) -> tuple[Cut, ...]:
    """The layers, far to near, with the farthest one going on wherever it was see-through: that is painted."""
    farthest = cuts[0]
    solid = farthest.alpha >= min(SOLID, farthest.alpha.max())
    return Cut(farthest.rgb, np.full_like(farthest.alpha, 255), solid), *cuts[1:]


def labels(cuts: tuple[Cut, ...]) -> np.ndarray:
    """(H, W) uint8: the rank of the layer that is seen at each pixel."""
    seen = np.zeros(cuts[0].alpha.shape, np.uint8)
    for rank, cut in enumerate(cuts):
        seen[cut.alpha >= SOLID] = rank
    return seen


def composed(cuts: tuple[Cut, ...]) -> np.ndarray:
    """(H, W, 3) uint8: the layers, far to near, laid over each other; holes of the farthest in the colours around them."""
    frame = masks.flooded(cuts[0].rgb, cuts[0].known).astype(np.float32)
    for cut in cuts:
        share = cut.alpha[..., None] / np.float32(255.0)
        frame += (cut.rgb - frame) * share
    return np.rint(frame).astype(np.uint8)
