"""Birds far and near: singers of several kinds, each with its own place, distance and pauses, in an open wood.

A note is a line of pitch over time with soft ends and a weak octave, which is nearly all that a songbird's syrinx makes
(Greenewalt 1968, Bird song: acoustics and physiology).
"""

from __future__ import annotations

import numpy as np

from ..pcm import RATE
from .circle import Loop, band, echoed, filtered, frames, painted, wander

LEAVES = 0.020
STEPS = 96  # of a note's line of pitch


def loop(random, samples: int, check) -> np.ndarray:
    near, far = Loop(samples), Loop(samples)
    seconds = samples / RATE
    singers = random.permutation([(kind, is_far) for kind in range(len(KINDS)) for is_far in (False, True)])
    for number, (kind, is_far) in enumerate(singers[: min(len(singers), max(1, round(seconds / 2.0)))]):
        check(0.4 * number / len(singers))
        _singer(random, far if is_far else near, *KINDS[kind], random.uniform(0.25, 0.5) if is_far else random.uniform(0.5, 1.0))
    dull = filtered(far.sound, lambda hz: 1.0 / (1.0 + (hz / 4200.0) ** 2))
    check(0.55)
    wet = echoed(random, dull + 0.22 * near.sound, 1.5, 3600.0, early=0.05)
    check(0.75)
    count = frames(samples)
    breeze = (1.0 + 0.3 * wander(random, count, seconds, 0.05, 0.5))[:, None] * (band(150.0, 700.0, 0.8) + 0.05 * band(2500.0, 6000.0))
    air = painted(random, samples, breeze, alike=0.25, check=lambda share: check(0.75 + 0.25 * share))
    return 0.9 * near.sound + 0.35 * dull + 0.8 * wet + LEAVES * air / air.std()


def _singer(random, made: Loop, phrase, pause: float, level: float) -> None:
    """One bird's phrases, about every `pause` seconds, never twice the same."""
    seconds, place = made.samples / RATE, random.uniform(-0.95, 0.95)
    own = random.normal(1.0, 0.04)  # its own pitch
    count = max(1, round(seconds / (pause * random.uniform(0.85, 1.25))))
    first = random.uniform(0.0, 1.0)
    for number in range(count):
        start = (first + (number + random.normal(0.0, 0.14)) / count) * made.samples
        for at, tone in phrase(random, own):
            made.lay(int(start + at * RATE), tone, place, level)


def _note(seconds: float, *pitches: float, trill: float = 0.0, depth: float = 0.0, octave: float = 0.06) -> np.ndarray:
    """A tone through pitches in Hz, evenly apart in time and joined by smooth curves. trill: Hz of a vibrato; depth: its share of pitch."""
    time = np.arange(max(64, int(seconds * RATE))) / RATE
    line = np.exp(np.interp(np.linspace(0.0, 1.0, len(time)), np.linspace(0.0, 1.0, STEPS), _curve(pitches)))
    line = line * (1.0 + depth * np.sin(2.0 * np.pi * trill * time))
    turns = 2.0 * np.pi * np.cumsum(line) / RATE
    share = np.linspace(0.0, 1.0, len(time))
    shape = np.minimum(share / 0.14, 1.0) * np.minimum((1.0 - share) / 0.3, 1.0)
    shape = shape * shape * (3.0 - 2.0 * shape)
    return shape * (np.sin(turns) + octave * np.sin(2.0 * turns)) * (2600.0 / line) ** 0.25


def _curve(pitches) -> np.ndarray:
    """The logarithm of the pitch at STEPS points, its corners rounded."""
    width = STEPS // 6
    line = np.interp(np.linspace(0.0, len(pitches) - 1.0, STEPS), np.arange(len(pitches)), np.log(pitches))
    weights = np.hanning(width + 2)[1:-1]
    return np.convolve(np.pad(line, width, mode="edge"), weights / weights.sum(), "same")[width:-width]


def _tit(random, own):
    """Two notes in turn, high and lower, five times or so."""
    high, low, gap = 5900.0 * own, 4100.0 * own, random.uniform(0.13, 0.16)
    for number in range(random.integers(4, 8)):
        yield 2 * gap * number, 0.55 * _note(0.075, high * 0.97, high, high * 0.98)
        yield 2 * gap * number + gap, 0.7 * _note(0.11, low * 1.03, low, low * 0.99)


def _finch(random, own):
    """A trill that falls and quickens, with a flourish at its end."""
    at, pitch = 0.0, 5600.0 * own
    for number in range(random.integers(10, 14)):
        length = 0.095 - 0.004 * number
        yield at, (0.35 + 0.05 * number) * _note(length, pitch * 1.25, pitch * 0.85, pitch * 0.72)
        at, pitch = at + length + 0.035 - 0.001 * number, pitch * 0.948
    yield at, 0.9 * _note(0.10, 2600.0 * own, 3900.0 * own)
    yield at + 0.11, 0.9 * _note(0.22, 4200.0 * own, 5200.0 * own, 2700.0 * own, 3000.0 * own)


def _blackbird(random, own):
    """Slow fluted notes, then a soft twitter."""
    at = 0.0
    for _ in range(random.integers(4, 7)):
        pitch, length = random.uniform(1650.0, 2800.0) * own, random.uniform(0.12, 0.30)
        bend = random.choice((0.86, 1.0, 1.18))
        yield at, _note(length, pitch, pitch * bend, pitch * random.choice((0.93, 1.0, 1.1)), trill=random.uniform(12.0, 24.0),
                        depth=random.choice((0.0, 0.025)))
        at += length + random.uniform(0.03, 0.10)
    for _ in range(random.integers(3, 7)):
        pitch = random.uniform(4200.0, 6600.0) * own
        yield at, 0.22 * _note(random.uniform(0.03, 0.06), pitch, pitch * random.uniform(0.75, 1.3))
        at += random.uniform(0.045, 0.085)


def _wren(random, own):
    """A hard fast trill between two whistles."""
    yield 0.0, 0.6 * _note(0.09, 4700.0 * own, 6100.0 * own)
    yield 0.13, 0.6 * _note(0.12, 6300.0 * own, 4500.0 * own)
    for number in range(random.integers(12, 20)):
        yield 0.3 + 0.042 * number, 0.5 * _note(0.032, 5400.0 * own, 3900.0 * own)
    yield 1.15, 0.6 * _note(0.13, 4200.0 * own, 5800.0 * own, 5200.0 * own)


def _sparrow(random, own):
    """Short chirps, never quite in time."""
    at = 0.0
    for _ in range(random.integers(2, 5)):
        pitch = random.uniform(3300.0, 4200.0) * own
        yield at, 0.6 * _note(random.uniform(0.06, 0.11), pitch * 0.85, pitch * 1.2, pitch * 0.8, octave=0.2)
        at += random.uniform(0.22, 0.5)


def _cuckoo(random, own):
    """Two low notes, a third apart, again and again."""
    for number in range(random.integers(2, 4)):
        yield 1.15 * number, 0.9 * _note(0.20, 690.0 * own, 680.0 * own, 660.0 * own, octave=0.03)
        yield 1.15 * number + 0.34, 0.9 * _note(0.30, 560.0 * own, 550.0 * own, 545.0 * own, octave=0.03)


KINDS = ((_tit, 7.0), (_finch, 9.0), (_blackbird, 8.0), (_wren, 12.0), (_sparrow, 6.5), (_cuckoo, 21.0))  # and seconds between phrases
