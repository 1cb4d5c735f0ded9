"""What is heard of a thing from where the frame is seen: how loud, how late, how dull, and from which side."""

from __future__ import annotations

import math
from collections.abc import Sequence

SPEED = 343.0  # metres a second, of sound in air at 20 degrees
CELSIUS, HUMIDITY = 20.0, 70.0  # the air: degrees, percent
DEEPEST = -35.0  # dB: the lowest that Blender's equalizer goes
BANDS = 20.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 12000.0, 20000.0  # Hz, at which the damping is said
QUIETEST = 1e-6  # a distance of nothing would be infinitely loud
Key = tuple[float, float]  # frame, value; straight lines between them


def volume(law: str, distance: float, gain: float) -> float:
    """The factor of a sound's amplitude. law: one of `sounds.LAWS`. distance: 1 is where it has its own loudness. gain: dB."""
    fall = {"INVERSE": 1.0, "SQUARE": 2.0, "NONE": 0.0}[law]
    return 10.0 ** (gain / 20.0) / max(distance, QUIETEST) ** fall


def delay(distance: float, metres: float) -> float:
    """Seconds that a sound takes. metres: of distance 1."""
    return distance * metres / SPEED


def air(frequency: float) -> float:
    """dB that a pure tone (Hz) loses on a metre of still air, by ISO 9613-1 at sea level."""
    warm = (CELSIUS + 273.15) / 293.15
    water = HUMIDITY * 10.0 ** (4.6151 - 6.8346 * (273.16 / (CELSIUS + 273.15)) ** 1.261)  # percent of the molecules
    oxygen = 24.0 + 4.04e4 * water * (0.02 + water) / (0.391 + water)  # Hz at which it relaxes
    nitrogen = (9.0 + 280.0 * water * math.exp(-4.17 * (warm ** (-1 / 3) - 1.0))) / math.sqrt(warm)
    relaxing = (0.01275 * math.exp(-2239.1 / (warm * 293.15)) / (oxygen + frequency**2 / oxygen)
                + 0.1068 * math.exp(-3352.0 / (warm * 293.15)) / (nitrogen + frequency**2 / nitrogen))
    return 8.686 * frequency**2 * (1.84e-11 * math.sqrt(warm) + warm**-2.5 * relaxing)


def damping(distance: float, metres: float, times: float) -> tuple[Key, ...]:
    """(Hz, dB) of an equalizer, from low to high. times: how many times the air's own damping; nothing where it is 0."""
    return tuple((band, max(DEEPEST, -times * distance * metres * air(band))) for band in BANDS) if times else ()


def pan(x: float, width: float, period: float | None = None) -> float:
    """From -1, the left border of the frame and all beyond it, to 1, the right. x: pixels from the left border.

    period: pixels after which the thing is there again; the copy that is nearest to the middle counts.
    """
    off = x - width / 2.0
    off -= period * round(off / period) if period else 0.0
    return min(max(2.0 * off / width, -1.0), 1.0)


def swell(path: Sequence[tuple[float, float]], share: float) -> list[float]:
    """Factors of the volume, 0 to 1, for each point of a path (pixels, one a frame): the fastest frame is as loud as ever.

    share: 1 follows the speed in proportion, 0 not at all. What never moves, or never changes its speed, is as loud as ever.
    """
    speeds = [math.dist(a, b) for a, b in zip(path, path[1:])]
    speeds.append(speeds[-1] if speeds else 0.0)
    most = max(speeds)
    if most - min(speeds) <= 1e-3 * most:
        return [1.0] * len(speeds)
    return [1.0 - share + share * speed / most for speed in speeds]


def fade(frame: float, start: float, end: float, length: float) -> float:
    """The factor at a frame of a sound between two frames that comes and goes within `length` frames, at most half of it."""
    length = min(length, (end - start) / 2.0)
    return min(1.0, max(0.0, min(frame - start, end - frame) / length)) if length > 0 else 1.0


def lines(keys: Sequence[Key], tolerance: float) -> tuple[Key, ...]:
    """As few of the keys as keep straight lines between them within a tolerance (Ramer, Douglas and Peucker, upright distances).

    One key where all have its value.
    """
    if max(value for _, value in keys) - min(value for _, value in keys) <= tolerance / 10.0:
        return (keys[0],)
    kept, parts = {0, len(keys) - 1}, [(0, len(keys) - 1)]
    while parts:
        first, last = parts.pop()
        (x, y), (x2, y2) = keys[first], keys[last]
        off = {i: abs(keys[i][1] - y - (y2 - y) * (keys[i][0] - x) / (x2 - x)) for i in range(first + 1, last)}
        worst = max(off, key=off.get, default=None)
        if worst is not None and off[worst] > tolerance:
            kept.add(worst)
            parts += [(first, worst), (worst, last)]
    return tuple(keys[i] for i in sorted(kept))
