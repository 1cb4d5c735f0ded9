"""How far each layer moves, how long it takes, and how a loop closes. Pure arithmetic on settings and a size.

Array coordinates: x to the right, y down, pixels. At time t (in steps) layer i is displaced on screen by
`velocities[i] * t`; the pixel of its canvas seen at screen position p is `p - velocities[i] * t`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace

from .errors import ParallaxError
from .settings import Settings

STEP_TRAVEL = 1000.0  # pixels per step at smoothness 1, for a picture of the reference width
JOIN_SHARE, JOIN_LEAST, JOIN_MOST = 0.07, 16, 192  # a bridge: share of the frame, and its bounds in pixels
MOST_FRAMES = 1_048_573  # Blender's timeline ends a frame later, and the loop's last keyframe is one after the last frame
LONGEST_JOIN = 1.6  # joins; a longer stretch gets pieces of the layer in its middle
LONGEST_SEARCH = 2.2  # a loop may be this much longer than needed, where that makes the bridges shorter


@dataclass(frozen=True)
class Motion:
    """A finished plan: frame `width` x `height` in pixels, `frames` frames at `fps`.

    velocities: (x, y) of each layer, then of each object, pixels per step.
    periods: (x, y) of each layer's canvas in pixels, 0 on an axis on which it does not repeat.
    notes: sentences about what was changed from what was asked, for the artist.
    """

    width: int
    height: int
    direction: float
    fps: float
    seconds_per_step: float
    frames: int
    loop: bool
    velocities: tuple[tuple[float, float], ...]
    periods: tuple[tuple[int, int], ...]
    notes: tuple[str, ...] = ()

    @property
    def frames_per_step(self) -> float:
        return self.fps * self.seconds_per_step

    @property
    def steps(self) -> float:
        """Length in steps; the last one may be cut short."""
        return self.frames / self.frames_per_step

    @property
    def seconds(self) -> float:
        return self.frames / self.fps

    def offset(self, layer: int, frame: float) -> tuple[float, float]:
        """Displacement on screen of a layer in pixels at a frame; frame 1 is the picture itself."""
        t = (frame - 1) / self.frames_per_step
        x, y = self.velocities[layer]
        return x * t, y * t

    def pixels_per_second(self, layer: int) -> float:
        return math.hypot(*self.velocities[layer]) / self.seconds_per_step

    def to_dict(self) -> dict:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict) -> Motion:
        pairs = {name: tuple(tuple(pair) for pair in values[name]) for name in ("velocities", "periods")}
        return Motion(**{**values, **pairs, "notes": tuple(values["notes"])})


@dataclass(frozen=True)
class Attached:
    """An object's motion: `base` is the index of the layer that it stands in; motion and factor as in `SalientObject`."""

    base: int
    motion: str
    factor: float = 1.0

    @property
    def share(self) -> float:
        """Multiple of its layer's speed."""
        return {"LAYER": 1.0, "STILL": 0.0}.get(self.motion, self.factor)


def unit(direction: float) -> tuple[float, float]:
    """Unit vector in array coordinates (y down) of a direction in degrees, exact on the axes."""
    angle = math.radians(direction % 360.0)
    x, y = math.cos(angle), -math.sin(angle)
    return (0.0 if abs(x) < 1e-9 else x), (0.0 if abs(y) < 1e-9 else y)


def distances(settings: Settings) -> tuple[float, ...]:
    """The layers' distances, top to bottom: as set, or counting down to 1 at the bottom (a landscape)."""
    return settings.distances or tuple(float(settings.layers - i) for i in range(settings.layers))


def far_to_near(settings: Settings) -> tuple[int, ...]:
    """Indices of the layers (0 is the top one) from the farthest to the nearest; equal ones from the top down."""
    d = distances(settings)
    sign = -1.0 if settings.law == "PERSPECTIVE" else 1.0
    return tuple(sorted(range(len(d)), key=lambda i: sign * d[i]))


def speeds(settings: Settings, width: int) -> tuple[float, ...]:
    """Each layer's speed along the direction in pixels per step."""
    travel = settings.scaled(STEP_TRAVEL, width) / settings.smoothness
    d = distances(settings)
    if settings.law == "PERSPECTIVE":
        weights = [1.0 / x for x in d]
        shares = [w * len(d) / sum(weights) for w in weights]
    else:
        shares = [x / sum(d) for x in d]
    typed = settings.speeds or (None,) * len(d)
    return tuple(travel * share if t is None else t * settings.seconds_per_step for share, t in zip(shares, typed))


def join(size: int) -> int:
    """Width in pixels of the bridge that closes a layer along an axis on which the frame is `size` pixels."""
    return round(min(max(JOIN_SHARE * size, JOIN_LEAST), JOIN_MOST))


def fitted_join(size: int, extent: float) -> int:
    """The same for a layer that is `extent` pixels wide across the axis: a thin one needs less to join."""
    return round(min(max(0.4 * extent, join(size) / 2), join(size)))


def pieces(gap: float, content: float, width: int) -> int:
    """How many pieces of a layer lie in a stretch of `gap` pixels, so that only joins of `width` pixels are painted.

    content: length in pixels of what pieces can be taken from. 0 where one bridge is enough.
    """
    return 0 if gap <= LONGEST_JOIN * width else math.ceil((gap - width) / (content + width))


def plan(settings: Settings, width: int, height: int, periods: tuple[tuple[int, int], ...] | None = None,
         attached: tuple[Attached, ...] = ()) -> Motion:
    """The motion of a picture of `width` x `height` pixels.

    attached: the objects, whose velocities and periods follow after those of the layers.
    periods: of canvases that exist already; the layers' motion is fitted to them instead of the other way round. Those of
    objects may follow and do not matter.
    Raises ParallaxError when nothing moves but the length depends on it, when a layer would move on an axis on which its
    canvas does not repeat, and when there would be more frames than a timeline holds.
    """
    u = unit(settings.direction)
    s = speeds(settings, width)
    periods = periods and periods[: len(s)]
    per_step = settings.fps * settings.seconds_per_step
    repeat = settings.content == "REPEAT"
    if repeat and periods and any(x * c and not p for x, pair in zip(s, periods) for c, p in zip(u, pair)):
        raise ParallaxError("The layers were not painted for this motion: click Generate Parallax")
    closing = settings.loop and repeat
    needed = _crossing(s, u, (width, height), repeat) * per_step  # frames, a real number
    notes = []
    if settings.length == "CROSS":
        if not needed:
            raise ParallaxError("No layer moves, so none ever crosses: set a length in steps or seconds, or give a layer a speed")
        frames = math.ceil(needed - 1e-9)
    else:
        asked = settings.steps if settings.length == "STEPS" else settings.duration / settings.seconds_per_step
        frames = max(1, round(asked * per_step))
        if closing and frames < needed:
            s = tuple(x * needed / frames for x in s)
            notes.append(f"A seamless loop of {frames / settings.fps:.1f} s needs all layers {needed / frames:.2g} times faster than set; "
                         f"at the set speeds it takes {needed / settings.fps:.1f} s")
    if frames > MOST_FRAMES:
        raise ParallaxError(f"This makes {frames:,} frames and Blender holds {MOST_FRAMES:,}: "
                            "set a shorter length, a lower frame rate or faster layers")
    fixed = (width, height, settings.direction % 360.0, settings.fps, settings.seconds_per_step)
    if not closing:
        velocities = tuple((x * u[0], x * u[1]) for x in s)
        free = periods or tuple(_open_period(v, (width, height)) if repeat else (0, 0) for v in velocities)
        return _with_objects(Motion(*fixed, frames, False, velocities, free, tuple(notes)), attached, repeat)
    if settings.length == "CROSS":
        frames = min(_best_length(frames, s, u, (width, height), per_step, periods), MOST_FRAMES)
    pairs = [_closed(x, u, (width, height), frames / per_step, periods[i] if periods else None) for i, x in enumerate(s)]
    velocities = tuple(pair[0] for pair in pairs)
    worst = max((abs(math.hypot(*v) / abs(x) - 1.0) for v, x in zip(velocities, s) if x), default=0.0)
    if worst > 0.01:
        notes.append(f"To close the loop on the layers as they are, speeds differ by up to {worst:.0%} from those set")
    closed = Motion(*fixed, frames, True, velocities, tuple(pair[1] for pair in pairs), tuple(notes))
    return _with_objects(closed, attached, repeat)


def _with_objects(plan: Motion, attached: tuple[Attached, ...], repeat: bool) -> Motion:
    """The plan with the objects after the layers. They are finite, so they repeat at any period and never change the length."""
    velocities, periods, notes = list(plan.velocities), list(plan.periods), list(plan.notes)
    size, u = (plan.width, plan.height), unit(plan.direction)
    for number, one in enumerate(attached, 1):
        base = plan.velocities[one.base]
        velocity, period = tuple(v * one.share for v in base), plan.periods[one.base]
        if one.motion == "STILL" or not any(velocity):
            velocity, period = (0.0, 0.0), (0, 0)
        elif one.motion == "FACTOR" and repeat:
            period = _open_period(velocity, size)
            if plan.loop:
                speed = sum(v * c for v, c in zip(velocity, u))
                velocity, period = _closed(_once_around(speed, u, size, plan.steps), u, size, plan.steps)
                changed = math.hypot(*velocity) / abs(speed)
                if abs(changed - 1.0) > 0.01:
                    notes.append(f"To close the loop, object {number} moves at {one.factor * changed:.2g} times its layer's speed "
                                 f"instead of {one.factor:.2g}")
        velocities.append(velocity)
        periods.append(period if repeat else (0, 0))
    return replace(plan, velocities=tuple(velocities), periods=tuple(periods), notes=tuple(notes))


def _once_around(speed: float, u, size, steps) -> float:
    """The speed, or a higher one at which an object is seen at most once: it travels the frame and a join in the loop."""
    least = max((n + join(n)) / (abs(c) * steps) for c, n in zip(u, size) if c)
    return math.copysign(max(abs(speed), least), speed)


def _crossing(s, u, size, repeat) -> float:
    """Steps that the slowest moving layer needs to cross the frame (and its bridge) on every axis that moves."""
    lengths = [n + (join(n) if repeat else 0) for n in size]
    return max((length / abs(x * c) for x in s if x for c, length in zip(u, lengths) if c), default=0.0)


def _open_period(velocity, size) -> tuple[int, int]:
    return tuple(n + join(n) if v else 0 for v, n in zip(velocity, size))


def _closed(s, u, size, steps, period=None):
    """Velocity and period of one layer that travels whole periods in `steps` steps.

    The period is rounded to whole pixels and the velocity follows it: less than half a pixel per period.
    """
    velocity, periods = [], []
    for axis, (c, n) in enumerate(zip(u, size)):
        travel = abs(s * c) * steps
        if not travel:
            velocity.append(0.0)
            periods.append(period[axis] if period else 0)
            continue
        if period and period[axis]:
            p, times = period[axis], max(1, round(travel / period[axis]))
        else:
            times = max(1, math.floor(travel / (n + join(n)) + 1e-6))
            p = round(travel / times)
        velocity.append(math.copysign(p * times / steps, s * c))
        periods.append(p)
    return tuple(velocity), tuple(periods)


def _best_length(least, s, u, size, per_step, periods) -> int:
    """The number of frames from `least` on whose loop has the shortest bridges, or fits given periods best.

    A longer loop costs one unit of badness for each further `least` frames; a bridge costs its excess over a
    plain join in frame widths; a fitted speed costs its relative error.
    """

    def badness(frames):
        steps, total = frames / per_step, frames / least
        for i, x in enumerate(s):
            if not x:
                continue
            v, p = _closed(x, u, size, steps, periods[i] if periods else None)
            if periods:
                total += 4.0 * abs(math.hypot(*v) / abs(x) - 1.0)
            else:
                total += sum((length - n - join(n)) / n for length, n in zip(p, size) if length)
        return total

    stride = max(1, least // 400)
    return min(range(least, math.ceil(least * LONGEST_SEARCH) + 1, stride), key=badness)
