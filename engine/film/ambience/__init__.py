"""Ambiences made by computing alone, so that nobody else has rights in them; each loops without a seam.

All work on a circle: what rings on past the end goes on at the start, and noise is drawn in the frequency domain, where it is
periodic by itself. One module makes each, as `loop(random, samples, check)`: (2, samples) float64, at any level.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...errors import ParallaxError
from .. import pcm
from ..pcm import RATE
from .level import levelled

SOURCES = ("WIND", "RAIN", "WATER", "SURF", "CRICKETS", "FIRE", "BIRDS", "ROOM")
LONGEST = 75 * RATE  # samples of a loop that is made as such; a longer one repeats a part of it
JOIN = RATE // 12  # samples over which one repetition goes over into the next, where they are a sample apart
Check = Callable[[float], None]


def make(values: dict, path: Path, check: Check) -> None:
    """Writes an ambience. values: source (one of SOURCES), samples (length at 48 kHz), seed, mono; delay, as of a bed.

    Raises ParallaxError.
    """
    made = sound(values["source"], int(values["samples"]), int(values["seed"]), bool(values["mono"]), check)
    pcm.write(path, np.roll(made, int(values.get("delay", 0)), axis=1))


def sound(source: str, samples: int, seed: int, mono: bool, check: Check = lambda share: None) -> np.ndarray:
    """An ambience (1 or 2 channels, samples), -1 to 1, which loops, at the loudness of `level.LOUDNESS`. Raises ParallaxError."""
    if source not in SOURCES:
        raise ParallaxError(f"There is no ambience named '{source}': choose one of {', '.join(name.lower() for name in SOURCES)}")
    if samples < RATE // 10:
        raise ParallaxError("An ambience must last 0.1 s at least: make the film longer")
    parts = -(-samples // LONGEST)
    random = np.random.default_rng([seed, SOURCES.index(source)])
    maker = importlib.import_module(f".{source.lower()}", __package__)
    made = maker.loop(random, samples // parts, lambda share: check(0.85 * share))
    made = made.mean(axis=0, keepdims=True) if mono else made
    made = levelled(made - made.mean(axis=1, keepdims=True))
    check(0.95)
    return repeated(made, samples, parts)


def repeated(loop: np.ndarray, samples: int, parts: int) -> np.ndarray:
    """A loop (channels, length) repeated `parts` times, to `samples`, which are up to one sample more for each part.

    Where a part is a sample longer, the loop goes over into itself a sample later, within `JOIN`: nothing is heard of that.
    """
    length, pieces = loop.shape[1], []
    share = np.minimum(np.arange(length + 1) / JOIN, 1.0)
    later = np.concatenate([loop, loop[:, :1]], axis=1) * (1.0 - share) + np.concatenate([loop[:, -1:], loop], axis=1) * share
    for number in range(parts):
        is_longer = (number + 1) * samples // parts - number * samples // parts > length
        pieces.append(later if is_longer else loop)
    return np.concatenate(pieces, axis=1) if parts > 1 else loop

