"""Where each layer goes on the canvases that exist. Pure arithmetic: no Blender."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..engine import motion
from ..engine.canvas import seams
from ..engine.errors import ParallaxError
from ..engine.job import Layer, Result
from ..engine.motion import Motion
from ..engine.settings import SalientObject, Settings
from ..engine.style import presets

Point = tuple[float, float]
EXACT = 0.06  # pixels by which keys of a turning way may miss it
LOOKS = 4  # per frame, at which that is measured
SLACK = 1.0  # pixels beyond its way in which nobody misses paint


@dataclass(frozen=True)
class Course:
    """A motion, and each layer's displacement at frame 1 (not zero where it goes back over what was painted)."""

    motion: Motion
    starts: tuple[Point, ...]

    def ends(self, layer: int) -> tuple[Point, Point]:
        """A layer's displacement on screen in pixels at frame 1 and at the frame after the last."""
        return self.at(layer, 1), self.at(layer, self.motion.frames + 1)

    def travel(self, layer: int) -> Point:
        """A layer's displacement in pixels from one end of its way to the other."""
        (x, y), (end_x, end_y) = (self.motion.at(layer, t) for t in (self.motion.begin, self.motion.end))
        return end_x - x, end_y - y

    def at(self, layer: int, frame: float) -> Point:
        """A layer's displacement on screen in pixels at a frame."""
        x, y = self.starts[layer]
        dx, dy = self.motion.offset(layer, frame)
        return x + dx, y + dy

    def between(self, begin: Point, end: Point) -> tuple[tuple[float, Point, str], ...]:
        """The same as `points` for what goes straight from one place to another, held and eased as the layers are."""
        return tuple((frame, tuple(a + (b - a) * share for a, b in zip(begin, end)), how) for frame, share, how in self.motion.clock())

    def points(self, layer: int) -> tuple[tuple[float, Point, str], ...]:
        """What to key: frame, displacement, and how it goes on from there (`Motion.clock`).

        A straight way takes a key wherever its speed changes. On one that turns, straight lines lead from key to key, none of them
        further than `EXACT` pixels from the way, and as few as that takes.
        """
        clock = self.motion.clock()
        if not self.motion.turns:
            return tuple((frame, self.at(layer, frame), how) for frame, _, how in clock)
        found = []
        for (begin, _, how), (end, _, _) in zip(clock, clock[1:]):  # between its changes of speed, so that what holds is flat
            looks = np.linspace(begin, end, 2 if how == "HOLD" else LOOKS * math.ceil(end - begin) + 1)
            places = np.array([self.at(layer, frame) for frame in looks])
            found += [(looks[n].item(), tuple(places[n].tolist()), "EVEN") for n in _few(looks, places, EXACT)[:-1]]
        return (*found, (clock[-1][0], self.at(layer, clock[-1][0]), "EVEN"))


def as_painted(result: Result) -> Course:
    """The motion that the layers were made for."""
    return Course(result.motion, ((0.0, 0.0),) * len(result.motion.velocities))


def plan_again(settings: Settings, painted: Settings, result: Result) -> Course:
    """A course for other settings on the layers as they are. Raises ParallaxError when these cannot show it."""
    old = result.motion
    settings, painted = _with_found(settings, result), _with_found(painted, result)
    if settings.layers != painted.layers:
        raise ParallaxError(f"The picture was cut into {painted.layers} layers, not {settings.layers}: click Generate Parallax")
    endless = painted.content == "REPEAT" or bool(old.margins)
    settings = replace(settings, content=painted.content, loop=settings.loop and painted.content == "REPEAT")
    attached = _attached((*settings.objects, *painted.objects), result)
    new = motion.plan(settings, old.width, old.height, periods=old.periods, attached=attached, margins=old.margins)
    if np.allclose(new.velocities, old.velocities):  # as it was painted: there is no news
        new = new.without_fit_note()
    if motion.far_to_near(settings) != motion.far_to_near(painted):
        new = replace(new, notes=(*new.notes, "Another layer is in front at these distances: Generate Parallax stacks the layers anew"))
    return Course(new, ((0.0, 0.0),) * len(new.velocities)) if endless else _within_painted(new, old, attached)


@dataclass(frozen=True)
class Missing:
    """What a motion would show that is not painted.

    layers: the names of those that it is missing in. fills: about how many it takes, 0 where layers are closed without any.
    """

    layers: tuple[str, ...]
    fills: int
    all_layers: int
    what: str = "motion"  # that shows it

    def __str__(self) -> str:
        first, last = ", ".join(self.layers[:-1]), self.layers[-1]
        some = f"{first} and {last}" if first else last
        where = f"all {self.all_layers} layers" if len(self.layers) == self.all_layers > 1 else some
        count = {0: "", 1: ": 1 fill"}.get(self.fills, f": about {self.fills} fills")
        return f"This {self.what} shows parts of {where} that are not painted yet{count}"


def missing(settings: Settings, painted: Settings, result: Result) -> Missing | None:
    """What has to be painted before other settings can be shown; None where `plan_again` can show all of them."""
    old, settings = result.motion, _with_found(settings, result)
    layers = sorted((layer for layer in result.layers if layer.base is None), key=lambda layer: layer.index)
    if settings.layers != len(layers):
        return None  # that takes other layers, as `plan_again` says
    names = tuple(layer.name for layer in layers)
    attached = _attached((*settings.objects, *painted.objects), result)
    what = "motion" if settings.style == presets.CUSTOM else "style"
    if painted.content == "REPEAT" or old.margins:
        settings = replace(settings, content=painted.content)
        new = motion.plan(settings, old.width, old.height, old.periods, attached, extend=True)
        wanting = [n for n in range(len(names)) if _wants(new, old, n)]
        fills = 0 if seams.wanted(settings) else sum(_joins(new, n) for n in wanting)
        return Missing(tuple(names[n] for n in wanting), fills, len(names), what) if wanting else None
    new = motion.plan(replace(settings, content="FRESH", loop=False), old.width, old.height, attached=attached)
    try:
        if _within_painted(new, old, attached).motion.frames == new.frames:
            return None
        further = math.ceil(new.end - 1e-9) - math.ceil(old.end - 1e-9)
        same = all(math.dist(a, b) < 1e-6 for a, b in zip(new.velocities, old.velocities))
    except ParallaxError:
        further, same = 0, False
    return Missing(names, further if same and further > 0 else math.ceil(new.end - 1e-9), len(names), what)


def _wants(new: Motion, old: Motion, layer: int) -> bool:
    """Whether a motion shows more of a layer than its canvas holds: it has to repeat where it does not, or its margins are too narrow."""
    need, have = (plan.margins[layer] if plan.margins else (0, 0, 0, 0) for plan in (new, old))
    lacks = [any(need[side] > have[side] for side in (axis, axis + 2)) for axis in (0, 1)]
    return any((p or lack) and not q for p, lack, q in zip(new.periods[layer], lacks, old.periods[layer]))


def _joins(new: Motion, layer: int) -> int:
    """About how many fills close a layer to which an axis is added: on both, as that shows rows and columns that were hidden for good.

    A layer that gets margins takes one on each axis.
    """
    if not any(new.periods[layer]):
        return sum(any(new.margins[layer][side] for side in (axis, axis + 2)) for axis in (0, 1)) if new.margins else 0
    x, y = ((motion.pieces(period - size, size, motion.join(size)) + 1) if period else 0
            for period, size in zip(new.periods[layer], (new.width, new.height)))
    return x + y * (2 if x else 1)  # a seam in each join where both cross


def _with_found(settings: Settings, result: Result) -> Settings:
    """The settings with number and distances of the layers as they were found, where nobody has set them."""
    if settings.separator == "BANDS" or not settings.auto_layers:
        return settings
    found = sorted((layer for layer in result.layers if layer.base is None), key=lambda layer: layer.index)
    return replace(settings, layers=len(found), distances=tuple(layer.distance for layer in found))


def _attached(objects: Sequence[SalientObject], result: Result) -> tuple[motion.Attached, ...]:
    """How the objects that were lifted out move, in the order of their indices: by the first of `objects` with that key."""
    lifted = sorted((layer for layer in result.layers if layer.base is not None), key=lambda layer: layer.index)
    wanted = [next(one for one in (*objects, SalientObject(key=layer.key)) if (one.key or one.name) == layer.key) for layer in lifted]
    return tuple(motion.Attached(layer.base, one.motion, one.factor) for layer, one in zip(lifted, wanted))


def beyond(result: Result, layer: Layer, path: Sequence[Point]) -> bool:
    """Whether a layer shows what was never painted: it may follow its painted way, and anything on an axis on which it repeats.

    An object is all there, wherever it goes.
    """
    if layer.base is not None:
        return False
    painted = result.motion
    free = painted.periods[layer.index]
    margins = painted.margins[layer.index] if painted.margins else (0, 0, 0, 0)
    way = [_fixed(point, free, margins) for point in painted.path(layer.index)]
    return any(min(_distance(_fixed(point, free, margins), a, b) for a, b in zip(way, way[1:])) > SLACK for point in path)


def _fixed(point: Point, free, margins) -> Point:
    """What of a displacement counts: nothing on an axis on which a layer repeats, and what goes beyond its margins where it has some."""
    found = []
    for axis, (x, period) in enumerate(zip(point, free)):
        low, high = -margins[axis + 2], margins[axis]
        found.append(0.0 if period else x - min(max(x, low), high) if low or high else x)
    return tuple(found)


def _distance(point: Point, begin: Point, end: Point) -> float:
    """From a point to the line from `begin` to `end`."""
    (x, y), (dx, dy) = (point[0] - begin[0], point[1] - begin[1]), (end[0] - begin[0], end[1] - begin[1])
    length = math.hypot(dx, dy) ** 2
    along = min(max((x * dx + y * dy) / length, 0.0), 1.0) if length else 0.0
    return math.hypot(x - along * dx, y - along * dy)


def _few(times: np.ndarray, places: np.ndarray, exact: float) -> list[int]:
    """Numbers of the places from which straight lines in time lead past all others within `exact`: each line as long as can be.

    times: (n,). places: (n, 2) in pixels.
    """
    def fits(a: int, b: int) -> bool:
        share = ((times[a : b + 1] - times[a]) / (times[b] - times[a]))[:, None]
        return bool(np.abs(places[a] + share * (places[b] - places[a]) - places[a : b + 1]).max() <= exact)

    found, last = [0], len(times) - 1
    while found[-1] < last:
        a, good, stride = found[-1], found[-1] + 1, 1
        while good < last and fits(a, min(good + stride, last)):
            good, stride = min(good + stride, last), stride * 2
        while stride > 1:
            stride //= 2
            if good + stride <= last and fits(a, good + stride):
                good += stride
        found.append(good)
    return found


def _within_painted(new: Motion, old: Motion, attached: Sequence[motion.Attached]) -> Course:
    """Fresh content ends where it was painted: backwards starts at that end, and the length stays within. Objects go with their layers."""
    if new.turns or old.turns:
        return _along_painted(new, old, attached)
    starts, longest = [], math.inf
    for layer, (x, y) in enumerate(new.velocities[: len(new.velocities) - len(attached)]):
        end = old.at(layer, old.end)
        speed, way = math.hypot(x, y), math.hypot(*end)
        if speed and (not way or abs(x * end[1] - y * end[0]) > 1e-6 * speed * way):
            raise ParallaxError("The layers were not painted for this motion: click Generate Parallax")
        starts.append(end if x * end[0] + y * end[1] < 0 else (0.0, 0.0))
        longest = min(longest, way / speed if speed else math.inf)
    extra = sum(new.hold) + sum(new.ease) / 2.0  # frames in which nothing is travelled
    frames = min(new.frames, (longest - new.start) * new.frames_per_step + extra + 1e-6)
    if frames < 1 + sum(new.hold) + sum(new.ease):
        raise ParallaxError("What was painted is too short for these speeds: make them slower, or click Generate Parallax")
    notes = new.notes
    if frames < new.frames:
        notes += (f"What was painted lasts {frames / new.fps:.1f} s at these speeds: Generate Parallax paints more",)
    starts += [tuple(one.share * x for x in starts[one.base]) for one in attached]
    return Course(replace(new, frames=int(frames), notes=notes, periods=old.periods), tuple(starts))


def _along_painted(new: Motion, old: Motion, attached: Sequence[motion.Attached]) -> Course:
    """Fresh content on a way that turns goes along the way that was painted, and no further; at what speed is free."""
    for layer in range(len(new.velocities) - len(attached)):
        way, painted = ([velocity * m.steps for velocity in m.velocities[layer]] for m in (new, old))
        if new.turns != old.turns or math.dist(way, painted) > SLACK or new.end * old.steps > old.end * new.steps * (1.0 + 1e-9):
            raise ParallaxError("The layers were not painted for this motion: click Generate Parallax")
    return Course(replace(new, periods=old.periods), ((0.0, 0.0),) * len(new.velocities))
