"""After how many pixels each layer of a scroll begins again, so that it closes well and moves about as fast as it should."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .. import motion
from ..settings import Settings
from . import seams, walk

LONGER = 0.3  # by how much of its length a film may become longer to get better seams
STEPS = 16  # lengths that are compared
FASTER = np.array([0, -4, 4, -8, 8, -12, 12, -16, 16, -20, 20, 24]) / 100.0  # by which shares a layer may be faster
CLOSE, JOINED = 0.2, 0.15  # the same for one whose ends meet already; and what it costs to put something between them
KEPT = 0.5  # power of the ratio of two layers' speeds that is left at least
TIMES = 8  # most periods that a layer travels in a film
FILM, SPEED = 4.0, 1.5  # cost of a film twice as long, and of a layer twice as fast as set
ROOM = (0.07, 0.12, 0.2, 0.3, 0.6, 1.2)  # what a period has beyond the frame, in frame widths; less is never enough
SKY = (1.2, 0.6, 0.15, 0.0, 0.1, 0.6)  # cost of that for a sky: clouds need room to end, and the same ones come back
GROUND = (0.0, 0.0, 0.35, 0.6, 1.0, 1.6)  # and for anything else
MOST = 4.0  # cost of a period that there cannot be


@dataclass(frozen=True)
class _Choice:
    """A period in pixels, how often a layer travels it in the film, and what that costs."""

    period: int
    times: int
    cost: float

    @property
    def gone(self) -> int:
        """Pixels that the layer travels in the film."""
        return self.period * self.times


def planned(settings: Settings, width: int, height: int, strips: Sequence[np.ndarray] = (),
            attached: tuple[motion.Attached, ...] = ()) -> motion.Motion:
    """The motion of layers that are painted for it, as of `motion.plan`: a scroll has the periods that suit it.

    How much speeds differ from those set for that is no news. strips: as of `suited`. Raises ParallaxError as `motion.plan` does.
    """
    return motion.plan(settings, width, height, suited(settings, width, height, strips), attached, extend=True).without_fit_note()


def suited(settings: Settings, width: int, height: int, strips: Sequence[np.ndarray] = ()) -> tuple[tuple[int, int], ...] | None:
    """Periods (x, y) in pixels of the layers, by index, for `motion.plan`; None where those that it finds alone are as good,
    or where a speed was typed, as that is meant as it is.

    strips: (h, w, 4) uint8, the layers far to near, as small as one likes, or none where they are not known yet. A layer whose ends meet
    already, as a panorama's do, may have the frame's own width. The farthest layer gets room for clouds to end, and the film becomes
    longer only where that is worth it. Nearer layers stay faster than farther ones.
    """
    loops = settings.loop and settings.path == "ONE_WAY" and settings.content == "REPEAT" and settings.length == "CROSS"
    across = not settings.turns and not motion.unit(settings.direction)[1]
    typed = any(speed is not None for speed in settings.speeds)
    if not loops or not across or typed or not seams.wanted(settings):
        return None
    speeds = [abs(speed) for speed in motion.speeds(settings, width)]
    order = motion.far_to_near(settings)
    moving = [index for index in order if speeds[index] > 0.0]
    if not moving:
        return None
    closing = {index: rank < len(strips) and walk.already_closes(strips[rank]) for rank, index in enumerate(order)}
    slowest = min(speeds[index] for index in moving)
    least = width * (1.0 if all(closing[i] for i in moving if speeds[i] == slowest) else 1.0 + ROOM[0]) / slowest
    best, lowest = None, math.inf
    for longer in np.linspace(0.0, LONGER, STEPS):
        found, gone, behind = {}, 0.0, 0.0
        for i in moving:
            faster = (speeds[i] / behind) ** KEPT if speeds[i] >= behind > 0.0 else 0.0  # than the layer behind it, at least
            found[i] = _period(speeds[i] * least * (1.0 + longer), width, closing[i], SKY if i == order[0] else GROUND, gone * faster)
            gone, behind = found[i].gone, speeds[i]
        cost = FILM * longer + sum(one.cost for one in found.values())
        if cost < lowest - 1e-9:
            best, lowest = found, cost
    return tuple((best[i].period, 0) if i in best else (0, 0) for i in range(len(speeds)))


def _period(travel: float, width: int, closes: bool, costs: Sequence[float], least: float) -> _Choice:
    """The best period of a layer that is to travel so far in the film, and at least `least` pixels."""
    shortest = width + motion.join(width)
    times, faster = (grid.ravel() for grid in np.meshgrid(np.arange(1, TIMES + 1), FASTER, indexing="ij"))
    period = np.rint(travel * (1.0 + faster) / times).astype(int)
    cost = np.interp(period / width - 1.0, ROOM, costs) + SPEED * np.abs(faster) + JOINED * closes
    possible = (period >= shortest) & (period * times >= 0.995 * least)
    found = [_Choice(max(shortest, round(travel)), 1, MOST)]
    if possible.any():
        best = int(np.where(possible, cost, np.inf).argmin())
        found.append(_Choice(int(period[best]), int(times[best]), float(cost[best])))
    rounds = round(travel / width)
    if closes and 1 <= rounds <= TIMES and width * rounds >= 0.995 * least and (miss := abs(width * rounds / travel - 1.0)) <= CLOSE:
        found.append(_Choice(width, rounds, SPEED * miss))
    return min(found, key=lambda one: one.cost)
