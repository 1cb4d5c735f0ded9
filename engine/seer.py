"""What models see in a picture, as the engine asks for it. `neural.studio` answers; without it the built-in methods serve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Finding:
    """One thing that was found by words.

    phrase: the tag it was found by. score: how sure, 0 to 1. box: left, top, right, bottom in pixels. mask: (H, W) uint8, 255 on it.
    """

    phrase: str
    score: float
    box: tuple[float, float, float, float]
    mask: np.ndarray


class Seer(Protocol):
    """Each question may raise ParallaxError that says what is missing and what to click, and Cancelled."""

    def find(self, picture: np.ndarray, tags: tuple[str, ...]) -> tuple[Finding, ...]:
        """All that the tags find in a picture (H, W, 3) uint8, the surest first."""

    def subject(self, picture: np.ndarray) -> np.ndarray:
        """The main subject's share of each pixel, (H, W) uint8."""

    def nearness(self, picture: np.ndarray) -> np.ndarray:
        """How near everything is, (H, W) float32 from 0 (far) to 1 (near), linear in 1 / distance."""

    @property
    def name(self) -> str:
        """Of the models that would answer, so that what was seen by others is not used again."""

    @property
    def measures(self) -> bool:
        """Whether `nearness` can be asked where no model is named. A seer may leave this out: then it cannot."""
