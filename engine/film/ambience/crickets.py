"""A summer night: crickets near by that chirp, each with its own pitch, rate and place, far ones that trill, and still air.

A chirp is a few strokes of the wings, each a nearly pure tone (Bennet-Clark 1998, Size and scale effects as constraints in insect
sound communication).
"""

from __future__ import annotations

import numpy as np

from ..pcm import RATE
from .circle import Loop, band, echoed, filtered, frames, painted, wander

NEAR, FAR = 6, 7  # animals
AIR = 0.020


def loop(random, samples: int, check) -> np.ndarray:
    near, far = Loop(samples), Loop(samples)
    for number in range(NEAR):
        check(0.3 * number / NEAR)
        _chirper(random, near, -0.9 + 1.8 * (number + random.uniform(0.2, 0.8)) / NEAR, random.uniform(0.12, 1.0))
    for number in range(FAR):
        check(0.3 + 0.2 * number / FAR)
        _triller(random, far, random.uniform(-1.0, 1.0), random.uniform(0.04, 0.11))
    distant = filtered(far.sound, lambda hz: 1.0 / (1.0 + (hz / 5200.0) ** 4))
    check(0.6)
    wet = echoed(random, distant + 0.18 * near.sound, 0.9, 5200.0)
    check(0.8)
    count = frames(samples)
    air = painted(random, samples, (1.0 + 0.2 * wander(random, count, samples / RATE, 0.05, 0.4))[:, None] * band(120.0, 900.0, 0.8), 0.3)
    return near.sound + 0.5 * distant + 0.9 * wet + AIR * air / air.std()


def _chirper(random, made: Loop, place: float, level: float) -> None:
    """Chirps of three or four strokes; now and then it rests."""
    seconds = made.samples / RATE
    pitch, rate = random.uniform(4050.0, 4950.0), random.uniform(1.5, 2.9)
    strokes, stroke_rate = random.integers(3, 5), random.uniform(26.0, 36.0)
    chirps = max(1, round(rate * seconds))
    rests = wander(random, max(chirps, 6), seconds, 0.03, 0.12) > 0.9
    for number in range(chirps):
        if rests[number] and seconds > 8.0:
            continue
        start = (number + random.normal(0.0, 0.018)) / chirps * made.samples
        for stroke in range(strokes):
            tone = _stroke(random, pitch * random.normal(1.0, 0.0015), 0.66 / stroke_rate)
            made.lay(int(start + stroke / stroke_rate * RATE), tone, place, level * (0.6 + 0.4 * stroke / (strokes - 1)))


def _triller(random, made: Loop, place: float, level: float) -> None:
    """Strokes without an end, as far tree crickets have."""
    seconds = made.samples / RATE
    pitch = random.uniform(4200.0, 5000.0)
    count = max(1, round(random.uniform(38.0, 52.0) * seconds))
    swell = np.maximum(1.0 + 0.45 * wander(random, max(count, 6), seconds, 0.05, 0.5), 0.0)
    tones = [_stroke(random, pitch * random.normal(1.0, 0.002), 0.014) for _ in range(4)]
    for number in range(count):
        made.lay(int(number / count * made.samples), tones[number % 4], place, level * swell[number])


def _stroke(random, pitch: float, seconds: float) -> np.ndarray:
    """A tone that comes fast, goes a little slower, and falls by a few percent."""
    time = np.arange(int(seconds * RATE)) / RATE
    share = time / seconds
    turns = pitch * (time - 0.02 * time * share)
    return np.sin(np.pi * share**0.7) ** 1.3 * (np.sin(2.0 * np.pi * turns) + 0.05 * np.sin(4.0 * np.pi * turns))
