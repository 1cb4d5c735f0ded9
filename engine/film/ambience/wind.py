"""Wind: gusts of slowly moving noise, branches that whistle, leaves.

The pitch of a whistle goes with the wind's speed, as vortices leave a wire or twig at a frequency of 0.2 v / d (Strouhal 1878); that
noise bands moved by gusts are heard as wind is from Farnell 2010, Designing Sound, chapter 41.
"""

from __future__ import annotations

import numpy as np

from ..pcm import RATE
from .circle import FREQUENCIES, band, frames, painted, sides, wander

WHISTLES = 4
f = np.maximum(FREQUENCIES, 1.0)


def loop(random, samples: int, check) -> np.ndarray:
    count, seconds = frames(samples), samples / RATE
    gusts = wander(random, count, seconds, 0.04, 0.35)
    speed = _speed(gusts + 0.22 * wander(random, count, seconds, 0.5, 3.0))
    body = speed[:, None] ** 1.4 * band(70.0, 1.0, 1.3) * _low_pass(speed)
    gains = np.stack([body * (1.0 + 0.25 * side * wander(random, count, seconds, 0.1, 0.6, 0.7)[:, None]) for side in (-1.0, 1.0)])
    leaves = speed**3 * np.exp(0.35 * wander(random, count, seconds, 2.0, 9.0, 0.2))
    gains += 0.030 * leaves[:, None] * band(2200.0, 7000.0, 1.5)
    for _ in range(WHISTLES):
        local = _speed(0.8 * gusts + 0.6 * wander(random, count, seconds, 0.08, 0.8))
        gains += _whistle(random, local)
    return painted(random, samples, np.maximum(gains, 0.0), alike=0.35, check=check)


def _speed(curve: np.ndarray) -> np.ndarray:
    """0.12 (a lull) to about 1.6 (a gust), 0.6 in the middle."""
    return np.clip(0.6 * np.exp(0.33 * curve), 0.12, 1.6)


def _low_pass(speed: np.ndarray) -> np.ndarray:
    """The faster the wind, the higher its roar reaches: (frames, bins)."""
    corner = 140.0 + 420.0 * speed[:, None] ** 1.5
    return 170.0 * (1.0 + (f / corner) ** 2) ** -0.9


def _whistle(random, speed: np.ndarray) -> np.ndarray:
    """A resonance that rises and grows with the wind: (2, frames, bins)."""
    pitch = random.uniform(380.0, 1150.0) * (0.55 + 0.7 * speed[:, None])
    width = pitch * random.uniform(0.02, 0.05) + 12.0
    level = random.uniform(0.5, 1.0) * np.maximum(speed[:, None] - 0.42, 0.0) ** 1.4
    shape = 0.7 * level * np.exp(-0.5 * ((f - pitch) / width) ** 2)
    return np.stack([side * shape for side in sides(random.uniform(-0.8, 0.8))])
