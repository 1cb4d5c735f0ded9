"""The unit way: where something that moves 1 pixel a step is along a motion that may turn.

Directions in degrees: 0 right, 90 up; array coordinates, y down. Shares run from 0, the beginning of the way, to 1, its end; after that
the way begins again where it ended.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
STILL = 1e-9  # components of a direction below this are rounding


def unit(direction: float) -> Point:
    """Unit vector in array coordinates (y down) of a direction in degrees, exact on the axes."""
    angle = math.radians(direction % 360.0)
    x, y = math.cos(angle), -math.sin(angle)
    return (0.0 if abs(x) < STILL else x), (0.0 if abs(y) < STILL else y)


class Way:
    """A way that turns evenly from each direction to the next.

    turns: share and direction in degrees of each, shares rising. Directions are numbers as typed: from 350 to 370 is a small turn.
    """

    def __init__(self, turns: Sequence[tuple[float, float]]):
        first, last = turns[0], turns[-1]
        points = [*([(0.0, first[1])] if first[0] > 0.0 else []), *turns, *([(1.0, last[1])] if last[0] < 1.0 else [])]
        self._parts = list(zip(points, points[1:]))
        self.end = self._within(1.0)

    def place(self, share: float) -> Point:
        """The place at a share of the way, for a way of length 1."""
        rounds = math.floor(share)
        x, y = self._within(share - rounds)
        return x + rounds * self.end[0], y + rounds * self.end[1]

    def heading(self, share: float) -> Point:
        """Unit vector of the direction at a share of the way."""
        share = share - math.floor(share) if share > 1.0 else share
        for (begin, a), (end, b) in self._parts:
            if share <= end:
                return unit(a + (b - a) * (share - begin) / (end - begin) if end > begin else b)
        return unit(self._parts[-1][1][1])

    def moves(self) -> tuple[bool, bool]:
        """Whether the way ever goes along each axis; what turns goes along both."""
        lines = [(a, b) for (begin, a), (end, b) in self._parts if end > begin]
        return tuple(any(a != b or unit(a)[axis] for a, b in lines) for axis in (0, 1))

    def shares(self, length: float, exact: float) -> list[float]:
        """Shares from 0 to 1 between which straight lines stay within `exact` of a way that is `length` long."""
        found = []
        for (begin, a), (end, b) in self._parts:
            # a chord over an angle h of an arc of radius r is up to r * h^2 / 8 away from it
            count = max(1, math.ceil(math.sqrt(length * (end - begin) * abs(math.radians(b - a)) / (8.0 * exact))))
            found += [begin + (end - begin) * i / count for i in range(count)] if end > begin else []
        return [*found, 1.0]

    def _within(self, share: float) -> Point:
        x = y = 0.0
        for (begin, a), (end, b) in self._parts:
            if share <= begin:
                break
            part = min(share, end) - begin
            turned = math.radians(b - a) * (part / (end - begin)) if end > begin else 0.0
            # the chord of a circle's arc: as long as the arc times sin(h) / h, in the direction halfway
            half = turned / 2.0
            length = part * (math.sin(half) / half if abs(half) > 1e-9 else 1.0)
            angle = math.radians(a) + half
            x, y = x + length * math.cos(angle), y - length * math.sin(angle)
        return (0.0 if abs(x) < STILL else x), (0.0 if abs(y) < STILL else y)
