"""Painting what the picture does not show. `Inpainter` is the protocol; `best` picks the one that runs here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..errors import ParallaxError

BUILT_IN = ("PatchMatch", "Quilt")  # names of those that need no model


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
    """The inpainter for a value of the setting `fill`: AUTO is a light network that is on this computer, else PatchMatch, else Quilt.

    Raises ParallaxError when the one asked for cannot run here.
    """
    from . import patchmatch, quilt

    builtin = patchmatch.PatchMatch() if patchmatch.available() else quilt.Quilt()
    if choice in ("AUTO", "NETWORK") and (painter := _network(builtin, choice == "NETWORK")):
        return painter
    if choice == "QUILT":
        return quilt.Quilt()
    if choice == "PATCHMATCH" and not patchmatch.available():
        raise ParallaxError("PatchMatch does not run on this computer: set Fill to Automatic or Quilt")
    return builtin


def _network(texture: Inpainter, needed: bool) -> Inpainter | None:
    """An inpainter with the first light network that is on this computer. Raises ParallaxError where it is needed and there is none."""
    from ..neural import light, store
    from . import network

    models = store.here()
    found = models.find("", "fill") if needed else light.first("fill", models)
    if found is None:
        return None

    def load():
        from ..neural.light import fill

        return fill.load(found.path, found.label, models.folder)

    return network.NetworkFill(found.label, load, texture)
