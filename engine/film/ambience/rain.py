"""Rain: the hush of many drops far off, single ones near by on leaves and stone, and some that fall into a puddle.

Drops that fall evenly over a plane are heard with amplitudes of a power law: twice as far, four times as many, each half as loud.
"""

from __future__ import annotations

import numpy as np

from ..pcm import RATE
from .circle import FREQUENCIES, Loop, band, frames, painted, times, wander

KINDS = 64  # of impacts
f = np.maximum(FREQUENCIES, 1.0)


def loop(random, samples: int, check) -> np.ndarray:
    count, seconds = frames(samples), samples / RATE
    swell = 1.0 + 0.16 * wander(random, count, seconds, 0.04, 0.4)
    hush = band(700.0, 5200.0, 1.0) + 0.25 * band(120.0, 420.0, 1.2)
    noise = painted(random, samples, swell[:, None] * hush, alike=0.15, check=lambda share: check(0.4 * share))
    drops = Loop(samples)
    _impacts(random, drops, samples, lambda share: check(0.4 + 0.4 * share))
    _plops(random, drops, samples)
    return 0.55 * drops.sound.std() * noise / noise.std() + drops.sound


def _impacts(random, drops: Loop, samples: int, check) -> None:
    kinds = [_impact(random) for _ in range(KINDS)]
    when = times(random, samples, 420.0)
    loud = np.minimum(0.5 * random.uniform(size=len(when)) ** -0.5, 4.0)  # a power law of exponent -2 in rank
    for number, start in enumerate(when):
        if number % 1000 == 0:
            check(number / len(when))
        drops.lay(start, kinds[random.integers(KINDS)], random.uniform(-1.0, 1.0), loud[number])


def _impact(random) -> np.ndarray:
    """The click of a drop and what it hits, which rings for a few milliseconds."""
    length = int(random.uniform(0.004, 0.016) * RATE)
    time = np.arange(length) / RATE
    decay = length / RATE / random.uniform(4.0, 6.0)
    click = random.standard_normal(length) * np.exp(-time / (0.25 * decay))
    ring = sum(random.uniform(0.3, 1.0) * np.sin(2.0 * np.pi * 700.0 * 13.0 ** random.uniform() * time + random.uniform(0.0, 6.3))
               for _ in range(3)) * np.exp(-time / decay)
    return _soft((0.45 * click + 0.5 * ring) * np.minimum(time / 0.0003, 1.0))


def _plops(random, drops: Loop, samples: int) -> None:
    """Drops in water leave a bubble that rings, higher as it closes in on the surface (see water.py)."""
    for start in times(random, samples, 7.0):
        pitch = random.uniform(1000.0, 4200.0)
        decay = 9.0 / pitch * random.uniform(2.0, 4.5)
        time = np.arange(int(5.0 * decay * RATE)) / RATE
        turns = pitch * (time + random.uniform(0.05, 0.25) / decay * time**2 / 2.0)
        grain = np.sin(2.0 * np.pi * turns) * np.exp(-time / decay) * np.minimum(time / 0.001, 1.0)
        drops.lay(start, _soft(grain), random.uniform(-0.9, 0.9), 1.5 * random.uniform(0.25, 1.0) ** 2)


def _soft(grain: np.ndarray) -> np.ndarray:
    """Its last tenth fades away."""
    fade = max(1, len(grain) // 10)
    grain[-fade:] *= np.linspace(1.0, 0.0, fade)
    return grain
