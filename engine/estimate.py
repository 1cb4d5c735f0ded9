"""What a job will take, before it starts: from the settings and the picture's size alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from . import motion
from .canvas import periods, seams
from .settings import Settings
from .style import presets

# Measured on two cores without a GPU (`make bench`): painted pixels per second, and picture pixels handled per second beside that.
START = 1.0  # seconds until the picture is read
PAINT_RATE = 30e3
MODEL_RATE = 10e3  # the same for a diffusion model on a graphics card: a guess until it has painted
OTHER_RATE = 3e6
WALK = 0.7  # seconds in which one layer is closed along one axis
BYTES_PER_PIXEL = 1.6  # of a layer's PNG
PYTHON = 100e6  # bytes of memory before there is a picture
WORKING_COPIES = 40  # bytes held per pixel of the largest canvas, where layers are closed one after another
STEP_COPIES = 120  # bytes held per pixel of the frame while a step is painted
SPARSE = 5  # bytes held per pixel of every layer's canvas, which the step loop keeps all
MATTE_RATE = 1.5e6  # picture pixels per second in which a shaped layer is cut out
SHAPED_COPIES = 150  # bytes held per pixel of the frame while what lies behind shaped layers is painted
CUT = 8  # bytes held per pixel of every shaped layer
HIDDEN = 0.25  # of the frame that each shaped layer hides of those behind it: a guess, as is their number when it is to be found
SMALL, SMALL_WITHIN = 0.2, 0.1  # of that, what built-in fills paint: large holes small, and in margins only what comes into view
FINDING = 2.0  # seconds in which the layers are found, on a copy that is as small for any picture
AT_ONCE = 0.4  # of what is hidden comes into view with the first step, or lies close to it
LIKELIEST = "SWAY"  # of the styles that an automatic one may become
OBJECT = 0.05  # of the frame that an object takes which is given by no box


@dataclass(frozen=True)
class Estimate:
    """steps: of motion; fills: calls of the inpainter; video: seconds; disk, memory: bytes; seconds: to generate."""

    steps: float
    fills: int
    video: float
    frames: int
    disk: int
    memory: int
    seconds: float
    notes: tuple[str, ...] = ()


def estimate(settings: Settings, width: int, height: int) -> Estimate:
    """Raises ParallaxError as `motion.plan` does. An automatic style is taken for the one that is chosen most."""
    open_notes = ()
    if settings.style == presets.AUTO:
        settings = settings.styled(LIKELIEST)
        open_notes = ("Automatic chooses the style when it sees the picture; an Endless Scroll would be longer than this",)
    width, height = work_size(settings, width, height)
    plan = periods.planned(settings, width, height)
    shaped = settings.separator != "BANDS" or any(settings.masks)
    if plan.margins:
        fills, painted, canvas = 0, 0.0, _within(plan)
        held = WORKING_COPIES * max(width * height, canvas / settings.layers)
    elif settings.content == "FRESH":
        fills, painted, canvas = _fresh(plan)
        held = STEP_COPIES * width * height + SPARSE * canvas * settings.layers
    else:
        fills, painted, canvas = _repeating(plan, seams.wanted(settings))
        held = WORKING_COPIES * max(width * height, canvas / settings.layers)
    if shaped:
        held += (SHAPED_COPIES + CUT * settings.layers) * width * height
        each = 1 + fills if settings.content == "FRESH" and not plan.margins else 1  # something new at every step
        fills += (settings.layers - 1) * each
        painted += _hidden(settings, plan)
    painted += _behind_objects(settings) * width * height
    return Estimate(
        plan.steps, fills + len(settings.objects), plan.seconds, plan.frames,
        disk=int(canvas * BYTES_PER_PIXEL + width * height * 3),
        memory=int(PYTHON + held),
        seconds=START + painted / paint_rate(settings) + canvas / OTHER_RATE + splitting(settings, width, height)
        + walking(settings, plan.periods) + extending(plan.margins),
        notes=(*plan.notes, *open_notes, *_about_models(settings)),
    )


def remaining(settings: Settings, width: int, height: int) -> float:
    """Seconds that are left once the objects are lifted out and the layers are found."""
    settings = replace(settings, objects=())
    return max(0.0, estimate(settings, width, height).seconds - START - splitting(settings, width, height))


def splitting(settings: Settings, width: int, height: int) -> float:
    """Seconds in which the layers are found and cut out, and the objects, each with a soft edge."""
    shaped = settings.separator != "BANDS" or any(settings.masks)
    cut = (settings.layers - 1 if shaped else 0) + len(settings.objects)
    found = FINDING if settings.separator in ("AUTO", "OUTLINES", "DEPTH") else 0.0
    return found + cut * width * height / MATTE_RATE


def extending(margins: Sequence[tuple[int, int, int, int]]) -> float:
    """Seconds in which layers go on beyond the frame as far as their margins."""
    return WALK * sum(bool(side) for sides in margins for side in sides) / 2.0


def walking(settings: Settings, lengths: Sequence[tuple[int, int]]) -> float:
    """Seconds in which layers of these periods are closed by walks."""
    return WALK * sum(bool(length) for pair in lengths for length in pair) if seams.wanted(settings) else 0.0


def paint_rate(settings: Settings) -> float:
    """Pixels that are painted in a second."""
    return MODEL_RATE if settings.fill == "DIFFUSION" else PAINT_RATE


def _about_models(settings: Settings) -> tuple[str, ...]:
    if settings.fill != "DIFFUSION":
        return ()
    return ("A diffusion model takes some seconds for each fill on a graphics card, and minutes on a processor: "
            "the time left is right once it has painted a few",)


def work_size(settings: Settings, width: int, height: int) -> tuple[int, int]:
    """The size that is worked on: the picture's, or scaled down to the width asked for."""
    if settings.max_width and width > settings.max_width:
        return settings.max_width, max(1, round(height * settings.max_width / width))
    return width, height


def _hidden(settings: Settings, plan: motion.Motion) -> float:
    """Pixels that shaped layers hide of each other and that are painted; cards bring theirs along."""
    if settings.separator == "CARDS":
        return 0.0
    share = 1.0
    if plan.margins or settings.content == "REPEAT":
        if settings.fill != "DIFFUSION":
            share = SMALL_WITHIN if plan.margins else SMALL
    elif not settings.fill_behind:
        fastest = max(abs(v[axis]) / size for v in plan.velocities for axis, size in enumerate((plan.width, plan.height)))
        share = min(1.0, AT_ONCE + plan.end * fastest)
    return share * HIDDEN * (settings.layers - 1) * plan.width * plan.height


def _behind_objects(settings: Settings) -> float:
    """Frames' worth of pixels that objects hide; about half of a box is the object."""
    boxes = [one.box for one in settings.objects if one.box and not (one.mask or one.lasso)]
    return OBJECT * (len(settings.objects) - len(boxes)) + sum(0.5 * (b[2] - b[0]) * (b[3] - b[1]) / 1e4 for b in boxes)


def _fresh(plan: motion.Motion) -> tuple[int, float, float]:
    """Fills, painted pixels, and pixels of a layer's canvas in the mean."""
    reach = [abs(x) * plan.height + abs(y) * plan.width for x, y in plan.velocities]
    area = plan.width * plan.height
    return math.ceil(plan.end - 1e-9), plan.end * sum(reach) / len(reach), area + sum(r * plan.end for r in reach) / len(reach)


def _within(plan: motion.Motion) -> float:
    """Pixels of all canvases within margins, taking the layers as bands of one height."""
    band = plan.height / len(plan.margins)
    return sum((plan.width + left + right) * (band + top + bottom) for left, top, right, bottom in plan.margins)


def _repeating(plan: motion.Motion, walked: bool) -> tuple[int, float, float]:
    """Fills, painted pixels and canvas pixels, taking the layers as bands of one height; walked: nothing is painted at their ends."""
    fills, painted, canvas = 0, 0.0, 0.0
    band = plan.height / len(plan.periods)
    for number, (x, y) in enumerate(plan.periods, 1):
        wide, high = x or plan.width, band
        if x:
            joins, pixels = _joins(plan.width, x - plan.width, plan.width, band)
            fills, painted = fills + joins, painted + pixels
        if y:
            high = y
            joins, pixels = _joins(plan.height, y - number * band, band, wide)
            fills, painted = fills + joins * (2 if x else 1), painted + pixels  # a torus has a seam in each join
        canvas += wide * high
    return (0, 0.0, canvas) if walked else (fills, painted, canvas)


def _joins(size: int, gap: float, content: float, extent: float) -> tuple[int, float]:
    """Number and pixels of the joins that close a stretch of `gap` pixels along one axis."""
    width = motion.fitted_join(size, extent)
    pieces = motion.pieces(gap, content, width)
    return pieces + 1, extent * ((pieces + 1) * width if pieces else gap)
