"""How far each layer moves, how long it takes, and how a loop closes. Pure arithmetic on settings and a size.

Array coordinates: x to the right, y down, pixels. At time t (in steps) layer i is displaced on screen by
`velocities[i] * t`, or where the way turns by `velocities[i] * way(t)`, axis by axis (`Motion.at`); the pixel of its canvas seen at
screen position p is p less that. The clock says which t a frame shows: it holds, eases in and out, and may begin later (`Motion.time`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from .errors import ParallaxError
from .settings import Settings
from .way import Way, unit

__all__ = ["unit"]  # of the way, for those who know only this module

STEP_TRAVEL = 1000.0  # pixels per step at smoothness 1, for a picture of the reference width
JOIN_SHARE, JOIN_LEAST, JOIN_MOST = 0.07, 16, 192  # a bridge: share of the frame, and its bounds in pixels
MOST_FRAMES = 1_048_573  # Blender's timeline ends a frame later, and the loop's last keyframe is one after the last frame
LONGEST_JOIN = 1.6  # joins; a longer stretch gets pieces of the layer in its middle
EXACT = 0.25  # pixels that the straight lines of a path may be away from its turns
FITTED = "To close the loop on the layers as they are"  # how a note begins
MOST_PIXELS = 2e8  # of a canvas that is held whole: a longer open film at a slant is painted step by step
SPARE = 2  # pixels of a margin that are never seen, for filtering
LONGEST_SEARCH = 2.2  # a loop may be this much longer than needed, where that makes the bridges shorter
SOONER = 0.85  # of the shortest loop with bridges, in which layers without them may close


@dataclass(frozen=True)
class Motion:
    """A finished plan: frame `width` x `height` in pixels, `frames` frames at `fps`.

    velocities: (x, y) of each layer, then of each object, pixels per step; where the way turns, multiples of the unit way on each axis.
    periods: (x, y) of each layer's canvas in pixels, 0 on an axis on which it does not repeat.
    notes: sentences about what was changed from what was asked, for the artist.
    margins: pixels beyond the frame's left, top, right and bottom to which each layer's canvas is painted where it does not repeat.
    hold, ease: frames at the beginning and the end in which nothing moves, and in which it gets up to speed and slows down.
    returns: whether it sways: to one side, to the other and back, each half as far as its steps reach.
    start: in steps, where along the way the film begins. turns: share of the way and direction in degrees of each; none if straight.
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
    hold: tuple[int, int] = (0, 0)
    ease: tuple[int, int] = (0, 0)
    start: float = 0.0
    turns: tuple[tuple[float, float], ...] = ()
    returns: bool = False
    margins: tuple[tuple[int, int, int, int], ...] = ()

    @property
    def frames_per_step(self) -> float:
        return self.fps * self.seconds_per_step

    @property
    def steps(self) -> float:
        """How far the motion goes, in steps; the last one may be cut short. One that sways: from one side to the other."""
        if self.returns:
            return (self.frames - sum(self.hold)) / 2.0 / self.frames_per_step
        return (self.frames - sum(self.hold) - sum(self.ease) / 2.0) / self.frames_per_step

    @property
    def begin(self) -> float:
        """Where along the way the film's first end lies, in steps: where it begins, or how far a sway swings back."""
        return self.start - self.steps / 2.0 if self.returns else self.start

    @property
    def end(self) -> float:
        """Where along the way the film's other end lies, in steps."""
        return self.begin + self.steps

    @property
    def seconds(self) -> float:
        return self.frames / self.fps

    def time(self, frame: float) -> float:
        """Where along the way a frame is, in steps; frame 1 is the beginning."""
        if not any((*self.hold, *self.ease)) and not self.returns:
            return self.start + (frame - 1) / self.frames_per_step
        return self.start + self.steps * _run(self.clock(), frame)

    def clock(self) -> tuple[tuple[float, float, str], ...]:
        """Frame, share of what is traveled, and how it continues: HOLD, IN (faster, evenly), EVEN, OUT (slower, evenly), or by parts of
        a sine: SINE (from rest to rest), SINE_IN (from rest), SINE_OUT (to rest)."""
        (before, after), (faster, slower) = self.hold, self.ease
        if self.returns:
            begin, last = 1 + before, self.frames + 1 - after
            quarter = (last - begin) / 4.0
            first, final = ("SINE", "SINE") if before or after else ("SINE_OUT", "SINE_IN")  # nothing starts with a jerk after a hold
            marks = ((1, 0.0, "HOLD"), (begin, 0.0, first), (begin + quarter, 0.5, "SINE"), (last - quarter, -0.5, final),
                     (last, 0.0, "HOLD"), (self.frames + 1, 0.0, "HOLD"))
            return _without_empty(marks)
        if not any((before, after, faster, slower)):
            return (1, 0.0, "EVEN"), (self.frames + 1, 1.0, "HOLD")
        last = self.frames + 1 - after
        whole = self.frames - before - after - (faster + slower) / 2.0  # frames that it would take at full speed
        marks = ((1, 0.0, "HOLD"), (1 + before, 0.0, "IN"), (1 + before + faster, faster / 2.0 / whole, "EVEN"),
                 (last - slower, 1.0 - slower / 2.0 / whole, "OUT"), (last, 1.0, "HOLD"), (self.frames + 1, 1.0, "HOLD"))
        return _without_empty(marks)

    def at(self, layer: int, t: float) -> tuple[float, float]:
        """Displacement on screen of a layer in pixels at `t` steps along the way."""
        x, y = self.velocities[layer]
        along = self.along(t)
        return x * along[0], y * along[1]

    def path(self, layer: int) -> tuple[tuple[float, float], ...]:
        """Displacements of a layer in whose straight lines its way lies to within a pixel, the picture's own place among them."""
        first = min(self.begin, 0.0)
        if not self.turns:
            return self.at(layer, first), self.at(layer, self.end)
        longest, steps = max(max(abs(x), abs(y)) for x, y in self.velocities) * self.steps, self.steps
        shares = self._way.shares(longest, EXACT)[:-1]
        rounds = range(math.floor(first / steps), math.ceil(self.end / steps))
        times = [(number + share) * steps for number in rounds for share in shares]
        return tuple(self.at(layer, t) for t in (first, *(t for t in times if first < t < self.end), self.end))

    def along(self, t: float) -> tuple[float, float]:
        """What velocities are multiplied with at `t`: the unit way, and where that is straight `t` itself."""
        if not self.turns:
            return t, t
        steps = self.steps
        x, y = self._way.place(t / steps)
        return x * steps, y * steps

    def heading(self, t: float) -> tuple[float, float]:
        """Unit vector of the direction at `t`."""
        return self._way.heading(t / self.steps) if self.turns else unit(self.direction)

    @cached_property
    def _way(self) -> Way:
        return Way(self.turns)

    def offset(self, layer: int, frame: float) -> tuple[float, float]:
        """Displacement on screen of a layer in pixels at a frame; without a start offset, frame 1 is the picture itself."""
        return self.at(layer, self.time(frame))

    def pixels_per_second(self, layer: int) -> float:
        """At full speed."""
        x, y = self.velocities[layer]
        return (max(abs(x), abs(y)) if self.turns else math.hypot(x, y)) / self.seconds_per_step

    def without_fit_note(self) -> Motion:
        """The same without the note on how much speeds differ from those set, for where that was intended."""
        return replace(self, notes=tuple(note for note in self.notes if not note.startswith(FITTED)))

    def to_dict(self) -> dict:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict) -> Motion:
        pairs = {name: tuple(tuple(pair) for pair in values.get(name, ())) for name in ("velocities", "periods", "turns", "margins")}
        ends = {name: tuple(values.get(name, (0, 0))) for name in ("hold", "ease")}
        return Motion(**{**values, **pairs, **ends, "notes": tuple(values["notes"])})


def _without_empty(marks) -> tuple[tuple[float, float, str], ...]:
    """The marks of a clock but for those that last no time."""
    return tuple(mark for mark, other in zip(marks, (*marks[1:], None)) if other is None or other[0] > mark[0])


def _run(clock, frame: float) -> float:
    """The share that a clock shows at a frame."""
    for (begin, low, how), (end, high, _) in zip(clock, clock[1:]):
        if frame <= end:
            part = (frame - begin) / (end - begin)
            eased = {"HOLD": 0.0, "IN": part * part, "OUT": part * (2.0 - part), "SINE": (1.0 - math.cos(math.pi * part)) / 2.0,
                     "SINE_IN": 1.0 - math.cos(math.pi * part / 2.0), "SINE_OUT": math.sin(math.pi * part / 2.0)}.get(how, part)
            return low + (high - low) * eased
    return clock[-1][1]


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
    shares = _limited(shares, settings.speed_range)
    typed, factors = settings.speeds or (None,) * len(d), settings.factors or (1.0,) * len(d)
    own = (travel * share if t is None else t * settings.seconds_per_step for share, t in zip(shares, typed))
    return tuple(speed * factor for speed, factor in zip(own, factors))


def _limited(shares: list[float], most: float) -> list[float]:
    """The shares drawn together, their mean kept, so that the largest is at most `most` times the smallest; 0 is no limit."""
    low, high = min(shares), max(shares)
    if most < 1.0 or low <= 0.0 or high <= most * low:
        return shares
    exponent = math.log(most) / math.log(high / low)
    drawn = [share**exponent for share in shares]
    return [share * sum(shares) / sum(drawn) for share in drawn]


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


@dataclass(frozen=True)
class _Course:
    """What the planning needs of the way. mean: what a layer of speed 1 travels in a step, in the mean, on each axis.

    base: what velocities are for a speed of 1; 0 on an axis on which nothing ever moves.
    """

    mean: tuple[float, float]
    base: tuple[float, float]
    turns: tuple[tuple[float, float], ...] = ()

    @staticmethod
    def of(settings: Settings) -> _Course:
        turns = tuple((share / 100.0, direction) for share, direction in zip(settings.turns[::2], settings.turns[1::2]))
        if not turns:
            return _Course(unit(settings.direction), unit(settings.direction))
        way = Way(turns)
        mean = tuple(c if abs(c) > 1e-6 else 0.0 for c in way.end)
        return _Course(mean, tuple(float(moves) for moves in way.moves()), turns)

    def speed(self, velocity: tuple[float, float]) -> float:
        """The speed along the way, with its sign, that gives a velocity."""
        if not self.turns:
            return sum(v * c for v, c in zip(velocity, self.base))
        return max(velocity, key=abs)

    def misses(self, velocity: tuple[float, float], speed: float) -> float:
        """By which share of it a velocity differs from a speed, on the axis on which it differs most."""
        if not self.turns:
            return abs(self.speed(velocity) / speed - 1.0)
        return max((abs(v / speed - 1.0) for v, base in zip(velocity, self.base) if base), default=0.0)


def plan(settings: Settings, width: int, height: int, periods: tuple[tuple[int, int], ...] | None = None,
         attached: tuple[Attached, ...] = (), extend: bool = False, margins: tuple[tuple[int, int, int, int], ...] = ()) -> Motion:
    """The motion of a picture of `width` x `height` pixels.

    attached: the objects, whose velocities and periods follow after those of the layers.
    periods: of canvases that exist already; the layers' motion is fitted to them instead of the other way round. Those of
    objects may follow and do not matter. margins: of these canvases, as in `Motion`. extend: they will be painted anew, so axes get a
    period or lose it as the motion has it.
    Raises ParallaxError when nothing moves but the length depends on it, when a layer would move on an axis on which its
    canvas does not repeat, when easing and holding leave no time, and when there would be more frames than a timeline holds.
    """
    course = _Course.of(settings)
    if _within_margins(settings):
        bounded = _bounded(settings, course, (width, height), attached, () if extend else periods or (), margins)
        if settings.content == "REPEAT" or _largest(bounded) <= MOST_PIXELS:
            return bounded
    s = speeds(settings, width)
    repeat = settings.content == "REPEAT"
    periods = periods[: len(s)] if periods and len(periods) >= len(s) and (repeat or not extend) else None
    if periods and extend:  # what is painted anew repeats where anything moves, and nowhere else
        periods = tuple(tuple(p if c and any(s) else 0 for p, c in zip(pair, course.base)) for pair in periods)
    per_step = settings.fps * settings.seconds_per_step
    if repeat and periods and not extend and any(x * c and not p for x, pair in zip(s, periods) for c, p in zip(course.base, pair)):
        raise ParallaxError("The layers were not painted for this motion: click Generate Parallax")
    closing = settings.loop and repeat
    hold, ease = ((round(a * settings.fps), round(b * settings.fps)) for a, b in (
        (settings.hold_in, settings.hold_out), (settings.ease_in, settings.ease_out)))
    extra = sum(hold) + sum(ease) / 2.0  # frames beside those that the way takes at full speed
    frames, s, notes = _length(settings, s, course, (width, height), per_step, extra, closing)
    if closing and settings.length == "CROSS":
        frames = _best_length(frames, s, course, (width, height), per_step, extra, periods)
    frames = min(frames, MOST_FRAMES) if closing else frames
    if frames - sum(hold) < sum(ease):
        raise ParallaxError("Easing and holding take longer than the motion itself: make them shorter, or the motion longer")
    direction = (course.turns[0][1] if course.turns else settings.direction) % 360.0
    made = Motion(width, height, direction, settings.fps, settings.seconds_per_step, frames, closing, (), (), (), hold, ease,
                  settings.start / settings.seconds_per_step, course.turns)
    if not closing:
        velocities = tuple((x * course.base[0], x * course.base[1]) for x in s)
        free = tuple(_open_period(v, (width, height)) if repeat else (0, 0) for v in velocities)
        kept = tuple(tuple(p or o for p, o in zip(pair, other)) for pair, other in zip(periods, free)) if periods else free
        return _with_objects(replace(made, velocities=velocities, periods=kept, notes=tuple(notes)), attached, repeat, course)
    pairs = [_closed(x, course, (width, height), made.steps, periods[i] if periods else None) for i, x in enumerate(s)]
    velocities = tuple(pair[0] for pair in pairs)
    worst = max((course.misses(v, x) for v, x in zip(velocities, s) if x), default=0.0)
    if worst > 0.01:
        notes.append(f"{FITTED}, speeds differ by up to {worst:.0%} from those set")
    closed = replace(made, velocities=velocities, periods=tuple(pair[1] for pair in pairs), notes=tuple(notes))
    return _with_objects(closed, attached, repeat, course)


def _within_margins(settings: Settings) -> bool:
    """Whether layers go on beyond the frame in their own texture as far as the motion shows: not endlessly, nor painted step by step."""
    if settings.content == "FRESH":
        return settings.seams != "PAINT" and settings.fill != "DIFFUSION"
    return settings.path == "SWAY" or settings.travel > 0.0 and not settings.loop


def _largest(plan: Motion) -> int:
    """Pixels of the largest canvas of a motion within margins."""
    return max((plan.width + left + right) * (plan.height + top + bottom) for left, top, right, bottom in plan.margins)


def _bounded(settings: Settings, course: _Course, size, attached, periods, margins) -> Motion:
    """The plan of a motion within margins. periods, margins: of canvases that exist, to stay within; none where they will be painted."""
    (width, height), fps = size, settings.fps
    hold = round(settings.hold_in * fps), round(settings.hold_out * fps)
    ease = (0, 0) if settings.path == "SWAY" else (round(settings.ease_in * fps), round(settings.ease_out * fps))
    per_step, s = fps * settings.seconds_per_step, speeds(settings, width)
    frames, s, notes = _length(settings, s, course, size, per_step, sum(hold) + sum(ease) / 2.0, False)
    frames = 2 * frames if settings.path == "SWAY" and settings.length == "CROSS" else frames
    if frames - sum(hold) <= sum(ease):
        raise ParallaxError("Easing and holding take longer than the motion itself: make them shorter, or the motion longer")
    direction = (course.turns[0][1] if course.turns else settings.direction) % 360.0
    made = Motion(width, height, direction, fps, settings.seconds_per_step, frames, settings.loop, (), (), tuple(notes), hold, ease,
                  settings.start / settings.seconds_per_step, course.turns, settings.path == "SWAY")
    s = _reaching(settings, s, width, made.steps)
    made = replace(made, velocities=tuple((x * course.base[0], x * course.base[1]) for x in s))
    beyond = round(settings.margin / 100.0 * width)
    wanted = tuple(_margins(made.path(layer), beyond) for layer in range(len(s)))
    made = _on_canvases(made, wanted, periods[: len(s)], margins) if periods else replace(made, periods=((0, 0),) * len(s), margins=wanted)
    return _beside(made, attached, beyond)


def _reaching(settings: Settings, s, width: int, steps: float) -> tuple[float, ...]:
    """The speeds with which the nearest layer travels as far as is set; typed ones stay."""
    free = [abs(speed) for speed, typed in zip(s, settings.speeds or (None,) * len(s)) if typed is None]
    if not settings.travel or not any(free):
        return tuple(s)
    factor = settings.travel / 100.0 * width / (max(free) * steps)
    return tuple(speed * factor if typed is None else speed for speed, typed in zip(s, settings.speeds or (None,) * len(s)))


def _margins(path, beyond: int) -> tuple[int, int, int, int]:
    """Pixels that a canvas needs beyond the frame's left, top, right and bottom for displacements along a path, and a camera's margin."""
    xs, ys = zip(*path)
    needed = (max(xs), max(ys), -min(xs), -min(ys))
    moves = (max(xs) > min(xs), max(ys) > min(ys)) * 2
    return tuple(math.ceil(max(far, 0.0) - 1e-6) + beyond + SPARE if moving or beyond else 0 for far, moving in zip(needed, moves))


def _on_canvases(plan: Motion, wanted, periods, margins) -> Motion:
    """The plan on canvases that exist. Raises ParallaxError where they were not painted that far."""
    kept = []
    for layer, (need, period) in enumerate(zip(wanted, periods)):
        have = margins[layer] if layer < len(margins) else (0, 0, 0, 0)
        for axis in (0, 1):
            if not period[axis] and (need[axis] > have[axis] or need[axis + 2] > have[axis + 2]):
                raise ParallaxError("The layers were not painted for this motion: click Generate Parallax")
        kept.append(have)
    return replace(plan, periods=tuple(periods), margins=tuple(kept))


def _beside(plan: Motion, attached, beyond: int) -> Motion:
    """The plan with the objects after the layers. One that the frame cuts goes on beyond it, as far as its own motion shows."""
    count = len(plan.velocities)
    plan = replace(plan, velocities=(*plan.velocities, *(tuple(v * one.share for v in plan.velocities[one.base]) for one in attached)))
    own = tuple(_margins(plan.path(count + number), beyond) for number in range(len(attached)))
    return replace(plan, periods=(*plan.periods, *((0, 0),) * len(attached)), margins=(*plan.margins, *own))


def _length(settings: Settings, s, course: _Course, size, per_step: float, extra: float, closing: bool):
    """Number of frames, the speeds (faster where a loop is too short for them), and sentences about that."""
    needed = _crossing(s, course.mean, size, settings.content == "REPEAT") * per_step  # frames, a real number
    notes = []
    if settings.length == "CROSS":
        if not needed and any(s) and course.turns:
            raise ParallaxError("The way comes back to where it began, so no layer ever crosses: set a length in steps or seconds")
        if not needed:
            raise ParallaxError("No layer moves, so none ever crosses: set a length in steps or seconds, or give a layer a speed")
        frames = math.ceil(needed + extra - 1e-9)
    else:
        steps = settings.steps if settings.length == "STEPS" else settings.duration / settings.seconds_per_step
        frames = max(1, round(steps * per_step + (extra if settings.length == "STEPS" else 0.0)))
        moving = frames - extra
        if moving <= 0.0:
            raise ParallaxError("Easing and holding take longer than the whole film: make them shorter, or the film longer")
        if closing and moving < needed:
            s = tuple(x * needed / moving for x in s)
            notes.append(f"A seamless loop of {frames / settings.fps:.1f} s needs all layers {needed / moving:.2g} times faster than set; "
                         f"at the set speeds it takes {(needed + extra) / settings.fps:.1f} s")
    if frames > MOST_FRAMES:
        raise ParallaxError(f"This makes {frames:,} frames and Blender holds {MOST_FRAMES:,}: "
                            "set a shorter length, a lower frame rate or faster layers")
    return frames, s, notes


def _with_objects(plan: Motion, attached: tuple[Attached, ...], repeat: bool, course: _Course) -> Motion:
    """The plan with the objects after the layers. They are finite, so they repeat at any period and never change the length."""
    velocities, periods, notes = list(plan.velocities), list(plan.periods), list(plan.notes)
    size = plan.width, plan.height
    for number, one in enumerate(attached, 1):
        base = plan.velocities[one.base]
        velocity, period = tuple(v * one.share for v in base), plan.periods[one.base]
        if one.motion == "STILL" or not any(velocity):
            velocity, period = (0.0, 0.0), (0, 0)
        elif one.motion == "FACTOR" and repeat:
            period = _open_period(velocity, size)
            if plan.loop:
                speed = course.speed(velocity)
                velocity, period = _closed(_once_around(speed, course.mean, size, plan.steps), course, size, plan.steps)
                changed = course.speed(velocity) / speed
                if abs(changed - 1.0) > 0.01:
                    notes.append(f"To close the loop, object {number} moves at {one.factor * changed:.2g} times its layer's speed "
                                 f"instead of {one.factor:.2g}")
        velocities.append(velocity)
        periods.append(period if repeat else (0, 0))
    return replace(plan, velocities=tuple(velocities), periods=tuple(periods), notes=tuple(notes))


def _once_around(speed: float, mean, size, steps) -> float:
    """The speed, or a higher one at which an object is seen at most once: it travels the frame and a join in the loop."""
    least = max(((n + join(n)) / (abs(c) * steps) for c, n in zip(mean, size) if c), default=0.0)
    return math.copysign(max(abs(speed), least), speed)


def _crossing(s, u, size, repeat) -> float:
    """Steps that the slowest moving layer needs to cross the frame (and its bridge) on every axis that moves."""
    lengths = [n + (join(n) if repeat else 0) for n in size]
    return max((length / abs(x * c) for x in s if x for c, length in zip(u, lengths) if c), default=0.0)


def _open_period(velocity, size) -> tuple[int, int]:
    return tuple(n + join(n) if v else 0 for v, n in zip(velocity, size))


def _closed(s, course: _Course, size, steps, period=None):
    """Velocity and period of one layer that travels whole periods in `steps` steps.

    The period is rounded to whole pixels and the velocity follows it: less than half a pixel per period. On an axis on which the way
    comes back to where it began, any period closes.
    """
    velocity, periods = [], []
    for axis, (mean, base, n) in enumerate(zip(course.mean, course.base, size)):
        travel = abs(s * mean) * steps
        if not travel:
            velocity.append(s * base)
            periods.append(period[axis] if period and period[axis] else n + join(n) if s * base else 0)
            continue
        if period and period[axis]:
            p, times = period[axis], max(1, round(travel / period[axis]))
        else:
            times = max(1, math.floor(travel / (n + join(n)) + 1e-6))
            p = round(travel / times)
        velocity.append(math.copysign(p * times / (steps * abs(mean / base)), s * base))
        periods.append(p)
    return tuple(velocity), tuple(periods)


def _best_length(least, s, course: _Course, size, per_step, extra, periods) -> int:
    """The number of frames from `least` on whose loop has the shortest bridges, or fits given periods best.

    A longer loop costs one unit of badness for each further `least` frames; a bridge costs its excess over a
    plain join in frame widths; a fitted speed costs its relative error. extra: frames in which nothing is travelled.
    Layers that close without a bridge cross sooner, so with given periods a shorter loop may do.
    """

    def badness(frames):
        steps, total = (frames - extra) / per_step, frames / least
        for i, x in enumerate(s):
            if not x:
                continue
            v, p = _closed(x, course, size, steps, periods[i] if periods else None)
            if periods:
                total += 4.0 * course.misses(v, x)
            else:
                total += sum((length - n - join(n)) / n for length, n in zip(p, size) if length)
        return total

    fixed = periods and all(p for x, pair in zip(s, periods) if x for p, base in zip(pair, course.base) if base)
    stride, first = max(1, least // 400), math.ceil(least * SOONER) if fixed else least
    return min(range(first, math.ceil(least * LONGEST_SEARCH) + 1, stride), key=badness)
