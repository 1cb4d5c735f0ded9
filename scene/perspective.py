"""Where planes stand before a camera that travels, so that each slides over the screen as it would by itself. Pure arithmetic.

A pinhole camera that goes sideways by v moves what stands at distance Z by f * v / Z on the screen. So layers stand at distances that are
inversely proportional to their travel, and each is scaled by its distance, so that the first frame is the picture.
Lengths are in Blender units where nothing else is said, travels in pixels of the picture on the screen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

Point = tuple[float, float]
FILM = 36.0  # mm, the film's width for a whole picture
GAP = 1e-5  # share of its distance by which a plane stands before the next farther one
CLOSE = 0.25  # pixels on screen over the whole way that nobody sees
NEAREST = 0.1, 1000.0  # distances between which the nearest plane stands


@dataclass(frozen=True)
class Mover:
    """A layer or object that is to be placed. distance: as in the settings. travel: over the whole film. solid: not an object."""

    distance: float
    travel: Point
    solid: bool = True
    still: bool = False


@dataclass(frozen=True)
class Stand:
    """distance: from the camera. rides: goes along with the camera. own: what it has to move by itself, on the screen."""

    distance: float
    rides: bool
    own: Point


@dataclass(frozen=True)
class Stands:
    """Each mover's stand, and the camera's way as a multiple, in Blender units per unit on the screen plane, of `travel`."""

    stands: tuple[Stand, ...]
    travel: Point
    distance: float  # of what slides by `travel`


def unit_distance(width: float, lens: float) -> float:
    """The distance at which a picture `width` units wide fills the view of a lens in mm."""
    return width * lens / FILM


def stands(movers: Sequence[Mover], perspective: bool, travels: bool) -> Stands:
    """Places movers, given far to near.

    perspective: whether their distances are distances; else the nearest stands 1 unit away. travels: whether the camera travels; if not,
    nothing moves by itself.
    """
    lead = _lead(movers)
    ratios = [_ratio(one.travel, lead) for one in movers]
    moving = [(one, ratio) for one, ratio in zip(movers, ratios) if one.solid and ratio > 1e-6]
    base = median(one.distance * ratio for one, ratio in moving) if perspective and moving else 1.0
    base = min(max(base, NEAREST[0]), NEAREST[1])
    found = _stacked([base / ratio if ratio > 1e-6 else None for ratio in ratios], [one.solid for one in movers], base)
    made = []
    for one, distance in zip(movers, found):
        by_camera = tuple(x * base / distance for x in lead)
        own = tuple(x - y for x, y in zip(one.travel, by_camera))
        rides = one.still or travels and not math.hypot(*one.travel) and any(lead)
        made.append(Stand(distance, rides, own if travels and not rides and math.hypot(*own) > CLOSE else (0.0, 0.0)))
    return Stands(tuple(made), lead, base)


def _lead(movers) -> Point:
    """The longest travel of a layer; of an object where no layer moves."""
    for some in ([one for one in movers if one.solid], movers):
        longest = max((one.travel for one in some), key=lambda travel: math.hypot(*travel), default=(0.0, 0.0))
        if any(longest):
            return longest
    return 0.0, 0.0


def _ratio(travel: Point, lead: Point) -> float:
    length = lead[0] ** 2 + lead[1] ** 2
    return (travel[0] * lead[0] + travel[1] * lead[1]) / length if length else 0.0


def _stacked(wanted: Sequence[float | None], solid: Sequence[bool], base: float) -> list[float]:
    """Distances that fall from far to near: the wanted ones where these do, layers before objects; the others stand between."""
    fixed: dict[int, float] = {}
    for place in sorted(range(len(wanted)), key=lambda place: (not solid[place], place)):
        distance = wanted[place]
        before = min((z for other, z in fixed.items() if other < place), default=math.inf)
        behind = max((z for other, z in fixed.items() if other > place), default=0.0)
        if distance is not None and behind * (1 - GAP) <= distance <= before * (1 + GAP):
            fixed[place] = distance
    found: list[float] = []
    for place in range(len(wanted)):
        before = found[-1] if found else None
        after = next((fixed[other] for other in range(place + 1, len(wanted)) if other in fixed), None)
        if place in fixed:
            distance = fixed[place]
        elif before is None:
            distance = 1.5 * (after or base)
        else:
            distance = before * (1 - GAP) if after is None else max(after, min(before * (1 - GAP), math.sqrt(before * after)))
        found.append(distance if before is None else min(distance, before * (1 - GAP)))
    return found
