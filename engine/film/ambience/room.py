"""Room tone: the air of a quiet room, between pink and brown, the hum of mains far off, and a ventilation's breath."""

from __future__ import annotations

import numpy as np

from ..pcm import RATE
from .circle import FREQUENCIES, band, frames, painted, wander

HUM = ((50.0, 1.0), (100.0, 0.55), (150.0, 0.3), (200.0, 0.18), (300.0, 0.1))  # Hz and amplitude of each partial
f = np.maximum(FREQUENCIES, 1.0)


def loop(random, samples: int, check) -> np.ndarray:
    count, seconds = frames(samples), samples / RATE
    air = band(45.0, 900.0, 1.0) * (f / 100.0) ** -0.75
    for _ in range(4):  # a room rings at a few low frequencies
        mode = random.uniform(45.0, 220.0)
        air = air * (1.0 + 0.9 * np.exp(-0.5 * ((f - mode) / 14.0) ** 2))
    breath = 1.0 + 0.10 * wander(random, count, seconds, 0.05, 0.4)
    gains = air * breath[:, None] + 0.05 * band(1500.0, 5000.0, 1.0)
    noise = painted(random, samples, gains, alike=0.55, check=check)
    return noise / noise.std() + _hum(random, samples)


def _hum(random, samples: int) -> np.ndarray:
    """Whole waves, so that they join: (2, samples)."""
    time = np.arange(samples) / samples
    made = np.zeros((2, samples))
    for pitch, level in HUM:
        turns, phase = max(1, round(pitch * samples / RATE)), random.uniform(0.0, 2.0 * np.pi)
        for side in (0, 1):
            made[side] += 0.10 * level * np.sin(2.0 * np.pi * turns * time + phase + 0.4 * side)
    return made
