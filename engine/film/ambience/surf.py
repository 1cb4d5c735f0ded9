"""Surf: each wave swells, breaks along the shore, and leaves foam that hisses and runs out."""

from __future__ import annotations

import numpy as np

from ..pcm import RATE
from .circle import FREQUENCIES, SIZE, band, frames, painted, sides, wander

PERIOD = 7.5  # seconds between two waves, in the middle
f = np.maximum(FREQUENCIES, 1.0)
RUMBLE, BREAK, WASH = 0.9 * band(35.0, 170.0, 1.3), 0.55 * band(130.0, 1500.0, 1.0), 0.32 * band(900.0, 5200.0, 1.1)


def loop(random, samples: int, check) -> np.ndarray:
    count, seconds = frames(samples), samples / RATE
    gains = np.zeros((2, count, len(f)), np.float32)
    waves = max(1, round(seconds / PERIOD))
    starts = (np.arange(waves) + random.uniform(-0.27, 0.27, waves)) / waves * seconds
    for number, start in enumerate(starts):
        check(0.4 * number / waves)
        _add_wave(random, gains, start * count / seconds, random.uniform(0.55, 1.0) * (1.25 if number % 3 == 0 else 0.9))
    far = 0.085 * (1.0 + 0.25 * wander(random, count, seconds, 0.05, 0.3))[:, None] * (band(60.0, 700.0, 1.0) + 0.12 * band(800.0, 3000.0))
    grit = np.exp(0.22 * random.standard_normal((2, count, 1)))  # foam sputters
    high = 1.0 / (1.0 + (1800.0 / f) ** 2)
    return painted(random, samples, gains * (1.0 + (grit - 1.0) * high) + far, alike=0.2, check=lambda share: check(0.4 + 0.6 * share))


def _add_wave(random, gains: np.ndarray, start: float, size: float) -> None:
    """Adds a wave's spectrogram to `gains` (2, frames, bins), from frame `start` on, around the circle."""
    swell, fall, foam = random.uniform(2.2, 3.2), random.uniform(1.1, 1.7) * size, random.uniform(2.6, 3.6) * size
    time = np.arange(int((swell + 4.5 * foam) * RATE / (SIZE // 2))) * (SIZE // 2) / RATE - swell
    away = random.choice((-1.0, 1.0)) * np.clip(0.45 * time / 1.5, -0.7, 0.7)  # it breaks from one side to the other
    before = np.exp(-np.maximum(-time, 0.0) / (0.42 * swell)) * (time < 0.0)
    after = np.exp(-np.maximum(time, 0.0) / fall) * (time >= 0.0)
    rumble = (before + after) * np.minimum((time + swell) / 0.6, 1.0)
    crash = 0.30 * before**1.8 + after * (0.35 + 0.65 * np.minimum(np.maximum(time, 0.0) / 0.25, 1.0))
    late = np.maximum(time - 0.25, 0.0)
    hiss = np.where(time < 0.25, 0.0, np.minimum(late / 0.7, 1.0)) * np.exp(-late / foam) + 0.5 * crash**2
    pitch = 1.0 + 1.3 * np.exp(-late / (0.8 * foam))  # the foam grows duller as it drains
    drained = WASH / (1.0 + (f / (3300.0 * pitch[:, None])) ** 3)
    shape = rumble[:, None] * RUMBLE + crash[:, None] * BREAK + hiss[:, None] * drained
    shape *= size * np.clip((time[-1] - time) / 1.5, 0.0, 1.0)[:, None]
    rows = (np.arange(len(time)) + round(start)) % gains.shape[1]
    for side, level in enumerate(sides(away)):
        np.add.at(gains[side], rows, (1.41 * level[:, None] * shape).astype(np.float32))
