"""A fire: a low roar that flickers, hissing sap, and crackles of all sizes, few of them large (a power law), in runs.

The parts are those of Farnell 2010, Designing Sound, chapter 38: lapping, crackling, hissing.
"""

from __future__ import annotations

import numpy as np

from ..pcm import RATE
from .circle import FREQUENCIES, Loop, band, filtered, frames, painted, times, wander

KINDS = 48  # of crackles
CRACKLES = 17.0  # a second
f = np.maximum(FREQUENCIES, 1.0)


def loop(random, samples: int, check) -> np.ndarray:
    noise = _flames(random, samples, lambda share: check(0.5 * share))
    crackles = Loop(samples)
    _crackle(random, crackles, lambda share: check(0.5 + 0.3 * share))
    _pops(random, crackles)
    return 0.8 * noise / noise.std() + 0.95 * filtered(crackles.sound, lambda hz: band(90.0, 11000.0, 1.0, hz))


def _flames(random, samples: int, check) -> np.ndarray:
    count, seconds = frames(samples), samples / RATE
    flicker = np.exp(0.32 * wander(random, count, seconds, 1.0, 9.0, 0.3) + 0.25 * wander(random, count, seconds, 0.05, 0.6))
    roar = flicker[:, None] * (band(38.0, 190.0, 1.2) + 0.10 * band(300.0, 900.0, 1.0))
    spit = np.exp(0.8 * wander(random, count, seconds, 0.1, 4.0, 0.3))
    return painted(random, samples, roar + 0.010 * spit[:, None] * band(2500.0, 8500.0, 1.5), alike=0.4, check=check)


def _crackle(random, made: Loop, check) -> None:
    count, seconds = frames(made.samples), made.samples / RATE
    runs = np.exp(1.1 * wander(random, count, seconds, 0.2, 5.0, 0.25))
    kinds = [_snap(random) for _ in range(KINDS)]
    when = times(random, made.samples, CRACKLES, runs)
    loud = np.minimum(0.55 * random.uniform(size=len(when)) ** (-1.0 / 1.5), 11.0)
    for number, start in enumerate(when):
        if number % 500 == 0:
            check(number / len(when))
        made.lay(start, kinds[random.integers(KINDS)], np.clip(random.normal(0.0, 0.4), -1.0, 1.0), loud[number])


def _snap(random) -> np.ndarray:
    """A break in the wood: a very short burst, and the piece that rings."""
    time = np.arange(int(random.uniform(0.006, 0.022) * RATE)) / RATE
    burst = random.standard_normal(len(time)) * np.exp(-time / random.uniform(0.0003, 0.0016))
    pitch, decay = random.uniform(900.0, 5200.0), random.uniform(0.0012, 0.0040)
    ring = np.sin(2.0 * np.pi * pitch * time + random.uniform(0.0, 6.3)) * np.exp(-time / decay)
    return (0.8 * burst + 0.9 * ring) * np.minimum(time / 0.0001, 1.0) * np.clip((time[-1] - time) / 0.002, 0.0, 1.0)


def _pops(random, made: Loop) -> None:
    """Now and then something larger falls or bursts: a thump with a crack."""
    for start in times(random, made.samples, 0.35):
        time = np.arange(int(0.12 * RATE)) / RATE
        thump = np.sin(2.0 * np.pi * random.uniform(120.0, 260.0) * time * (1.0 - time)) * np.exp(-time / random.uniform(0.012, 0.03))
        crack = random.standard_normal(len(time)) * np.exp(-time / 0.003)
        made.lay(start, (thump + 0.9 * crack) * np.minimum(time / 0.0003, 1.0), random.normal(0.0, 0.3), random.uniform(2.0, 5.0))
