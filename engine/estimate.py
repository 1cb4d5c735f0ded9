"""What a job will take, before it starts: from the settings and the picture's size alone."""

from __future__ import annotations

from dataclasses import dataclass

from . import motion
from .settings import Settings

# Measured on two cores without a GPU (`make bench`): painted pixels per second, and picture pixels handled per second beside that.
START = 1.0  # seconds until the picture is read
PAINT_RATE = 30e3
OTHER_RATE = 3e6
BYTES_PER_PIXEL = 1.6  # of a layer's PNG
PYTHON = 100e6  # bytes of memory before there is a picture
WORKING_COPIES = 40  # bytes held per pixel of the largest canvas, where layers are closed one after another
STEP_COPIES = 120  # bytes held per pixel of the frame while a step is painted
SPARSE = 5  # bytes held per pixel of every layer's canvas, which the step loop keeps all


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
    """Raises ParallaxError as `motion.plan` does."""
    width, height = work_size(settings, width, height)
    plan = motion.plan(settings, width, height)
    if settings.content == "FRESH":
        fills, painted, canvas = _fresh(plan)
        held = STEP_COPIES * width * height + SPARSE * canvas * settings.layers
    else:
        fills, painted, canvas = _repeating(plan)
        held = WORKING_COPIES * max(width * height, canvas / settings.layers)
    return Estimate(
        plan.steps, fills, plan.seconds, plan.frames,
        disk=int(canvas * BYTES_PER_PIXEL + width * height * 3),
        memory=int(PYTHON + held),
        seconds=START + painted / PAINT_RATE + canvas / OTHER_RATE,
        notes=plan.notes,
    )


def work_size(settings: Settings, width: int, height: int) -> tuple[int, int]:
    """The size that is worked on: the picture's, or scaled down to the width asked for."""
    if settings.max_width and width > settings.max_width:
        return settings.max_width, max(1, round(height * settings.max_width / width))
    return width, height


def _fresh(plan: motion.Motion) -> tuple[int, float, float]:
    """Fills, painted pixels, and pixels of a layer's canvas in the mean."""
    reach = [abs(x) * plan.height + abs(y) * plan.width for x, y in plan.velocities]
    area = plan.width * plan.height
    return int(-(-plan.steps // 1)), plan.steps * sum(reach) / len(reach), area + sum(r * plan.steps for r in reach) / len(reach)


def _repeating(plan: motion.Motion) -> tuple[int, float, float]:
    """Fills, painted pixels and canvas pixels, taking the layers as bands of one height."""
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
    return fills, painted, canvas


def _joins(size: int, gap: float, content: float, extent: float) -> tuple[int, float]:
    """Number and pixels of the joins that close a stretch of `gap` pixels along one axis."""
    width = motion.fitted_join(size, extent)
    pieces = motion.pieces(gap, content, width)
    return pieces + 1, extent * ((pieces + 1) * width if pieces else gap)
