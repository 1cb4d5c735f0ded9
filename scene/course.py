"""Where each layer goes on the canvases that exist. Pure arithmetic: no Blender."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..engine import motion
from ..engine.errors import ParallaxError
from ..engine.job import Layer, Result
from ..engine.motion import Motion
from ..engine.settings import SalientObject, Settings

Point = tuple[float, float]
SLACK = 1.0  # pixels beyond its way in which nobody misses paint


@dataclass(frozen=True)
class Course:
    """A motion, and each layer's displacement at frame 1 (not zero where it goes back over what was painted)."""

    motion: Motion
    starts: tuple[Point, ...]

    def ends(self, layer: int) -> tuple[Point, Point]:
        """A layer's displacement on screen in pixels at frame 1 and at the frame after the last."""
        x, y = self.starts[layer]
        dx, dy = self.motion.offset(layer, self.motion.frames + 1)
        return (x, y), (x + dx, y + dy)


def as_painted(result: Result) -> Course:
    """The motion that the layers were made for."""
    return Course(result.motion, ((0.0, 0.0),) * len(result.motion.velocities))


def plan_again(settings: Settings, painted: Settings, result: Result) -> Course:
    """A course for other settings on the layers as they are. Raises ParallaxError when these cannot show it."""
    old = result.motion
    settings, painted = _with_found(settings, result), _with_found(painted, result)
    if settings.layers != painted.layers:
        raise ParallaxError(f"The picture was cut into {painted.layers} layers, not {settings.layers}: click Generate Parallax")
    endless = painted.content == "REPEAT"
    settings = replace(settings, content=painted.content, loop=settings.loop and endless)
    attached = _attached((*settings.objects, *painted.objects), result)
    new = motion.plan(settings, old.width, old.height, periods=old.periods, attached=attached)
    if motion.far_to_near(settings) != motion.far_to_near(painted):
        new = replace(new, notes=(*new.notes, "Another layer is in front at these distances: Generate Parallax stacks the layers anew"))
    return Course(new, ((0.0, 0.0),) * len(new.velocities)) if endless else _within_painted(new, old, attached)


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
    end = _fixed(painted.offset(layer.index, painted.frames + 1), free)
    return any(_distance(_fixed(point, free), end) > SLACK for point in path)


def _fixed(point: Point, free) -> Point:
    return tuple(0.0 if period else x for x, period in zip(point, free))


def _distance(point: Point, end: Point) -> float:
    """From a point to the line from the origin to `end`."""
    length = math.hypot(*end) ** 2
    along = min(max((point[0] * end[0] + point[1] * end[1]) / length, 0.0), 1.0) if length else 0.0
    return math.hypot(point[0] - along * end[0], point[1] - along * end[1])


def _within_painted(new: Motion, old: Motion, attached: Sequence[motion.Attached]) -> Course:
    """Fresh content ends where it was painted: backwards starts at that end, and the length stays within. Objects go with their layers."""
    starts, longest = [], math.inf
    for layer, (x, y) in enumerate(new.velocities[: len(new.velocities) - len(attached)]):
        end = old.offset(layer, old.frames + 1)
        speed, way = math.hypot(x, y), math.hypot(*end)
        if speed and (not way or abs(x * end[1] - y * end[0]) > 1e-6 * speed * way):
            raise ParallaxError("The layers were not painted for this motion: click Generate Parallax")
        starts.append(end if x * end[0] + y * end[1] < 0 else (0.0, 0.0))
        longest = min(longest, way / speed if speed else math.inf)
    frames = min(new.frames, longest * new.frames_per_step + 1e-6)
    if frames < 1:
        raise ParallaxError("What was painted is too short for these speeds: make them slower, or click Generate Parallax")
    notes = new.notes
    if frames < new.frames:
        notes += (f"What was painted lasts {frames / new.fps:.1f} s at these speeds: Generate Parallax paints more",)
    starts += [tuple(one.share * x for x in starts[one.base]) for one in attached]
    return Course(replace(new, frames=int(frames), notes=notes, periods=old.periods), tuple(starts))
