"""Painting what the picture does not show. `Inpainter` is the protocol; `best` picks the one that runs here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..errors import ParallaxError


@dataclass(frozen=True)
class Hole:
    """What is to be painted.

    picture: (H, W, 3) uint8. mask: (H, W) bool, True where paint is wanted.
    exclude: (H, W) bool, pixels that are neither painted nor to be copied from, or None.
    across: unit vector in array coordinates across the motion: paint continues what is at the same place along it.
    guide: how strongly that is meant, from 0 (a surface) to 16 (a skyline).
    seed: the same hole with the same seed is painted the same.
    prompt, negative: what is to be painted and what must not be, for models that read words.
    nearness: (H, W) float32 from 0 (far) to 1 (near) of what is there and of what is to be painted, or None.
    outline: whether it is no picture but a shape drawn as one, which only what copies from it can go on with.
    scene: (h, w, 3) uint8, the whole picture that the hole is part of, to be described; or None: `picture` is that.
    """

    picture: np.ndarray
    mask: np.ndarray
    exclude: np.ndarray | None = None
    across: tuple[float, float] = (0.0, 1.0)
    guide: float = 0.0
    seed: int = 0
    prompt: str = ""
    negative: str = ""
    nearness: np.ndarray | None = None
    scene: np.ndarray | None = None
    outline: bool = False


class Inpainter(Protocol):
    name: str

    def paint(self, hole: Hole) -> np.ndarray:
        """The picture with the mask's pixels painted; all others as they were. (H, W, 3) uint8."""


def best(choice: str) -> Inpainter:
    """The inpainter for a value of the setting `fill`. Raises ParallaxError when the one asked for cannot run here."""
    from . import patchmatch, quilt

    if choice == "QUILT" or (choice == "AUTO" and not patchmatch.available()):
        return quilt.Quilt()
    if not patchmatch.available():
        raise ParallaxError("PatchMatch does not run on this computer: set Fill to Automatic or Quilt")
    return patchmatch.PatchMatch()
