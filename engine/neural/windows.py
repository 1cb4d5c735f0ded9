"""Where a model looks: windows of about its own size that cover what is to be painted, with what is known around it.

A model paints best at the size that it was made for, and what a whole frame costs is mostly spent on pixels that nobody asked for.
What is larger than one window is painted in several, one after another, each seeing what was painted before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .. import masks

ASPECTS = (1.0, 3 / 4, 4 / 3, 1 / 2, 2.0)  # of windows, all of the same area; the picture's own is tried as well
FLATTEST = 4.0  # width to height of a window, or height to width
LEAST = 0.75  # of the model's size that a window is wide and high, where the picture is so large
THINNEST = 0.5  # and where it is not
LARGEST_ZOOM = 4.0
CONTEXT = 0.25  # of the model's size that is seen beside what is painted
OVERLAP = 0.125  # of the model's size in which a window's paint is painted again by the next one
ENOUGH = 0.5  # known pixels in a window for each that is painted; with fewer, more of the picture is looked at
WHOLE = 1.5  # times as many pixels as it was made for a model paints at once, where windows would cost more
WIDER = (1.0, 1.25, 1.6, 2.0, 2.5)  # times as much at most: paint that is scaled up further is too soft


@dataclass(frozen=True)
class Window:
    """What a model is shown at once.

    x, y, width, height: a rectangle of the picture, always within it. columns, rows: of the model's picture, in multiples of what the
    model asks for: the rectangle times `zoom`, and to the right and below a reflection of it.
    core: x0, y0, x1, y1 in the picture: paint within it is final, what is beyond is painted again by a later window.
    wished: columns and rows that it would have with the context that it should have.
    """

    x: int
    y: int
    width: int
    height: int
    columns: int
    rows: int
    zoom: float
    core: tuple[int, int, int, int]
    wished: tuple[int, int] = (0, 0)

    @property
    def cut(self) -> tuple[slice, slice]:
        """Rows and columns of the picture."""
        return np.s_[self.y : self.y + self.height, self.x : self.x + self.width]

    @property
    def done(self) -> tuple[slice, slice]:
        """Rows and columns of the picture in which nothing is left to paint after this window."""
        x0, y0, x1, y1 = self.core
        return np.s_[y0:y1, x0:x1]

    def turned(self) -> Window:
        """The same window with x and y exchanged."""
        return Window(self.y, self.x, self.height, self.width, self.rows, self.columns, self.zoom,
                      (self.core[1], self.core[0], self.core[3], self.core[2]), self.wished[::-1])

    @property
    def pixels(self) -> int:
        """That the model paints."""
        return self.columns * self.rows

    @property
    def worth(self) -> int:
        """Pixels that it would have with all its context."""
        return max(self.columns, self.wished[0]) * max(self.rows, self.wished[1])

    def shown(self, plane: np.ndarray) -> np.ndarray:
        """What the model sees of a picture (height, width, 3) uint8 or a plane (height, width) float32 or bool: (rows, columns, ...).

        A mask covers every pixel of which any part is masked.
        """
        if plane.dtype == bool:
            scaled = self._scaled(plane.astype(np.float32), *self._inside, Image.Resampling.BOX) > 0.0
        else:
            scaled = self._scaled(plane, *self._inside, Image.Resampling.LANCZOS if plane.ndim == 3 else Image.Resampling.BILINEAR)
        width, height = self._inside
        around = ((0, self.rows - height), (0, self.columns - width), (0, 0))
        return np.pad(scaled, around[: plane.ndim], mode="reflect")

    def taken(self, painted: np.ndarray) -> np.ndarray:
        """The rectangle of the picture, (height, width, 3) uint8, from what the model painted, (rows, columns, 3) uint8."""
        width, height = self._inside
        return self._scaled(painted[:height, :width], self.width, self.height, Image.Resampling.LANCZOS)

    @property
    def _inside(self) -> tuple[int, int]:
        """Width and height of the rectangle in the model's pixels."""
        return min(self.columns, max(1, round(self.width * self.zoom))), min(self.rows, max(1, round(self.height * self.zoom)))

    @staticmethod
    def _scaled(plane: np.ndarray, width: int, height: int, how: Image.Resampling) -> np.ndarray:
        if plane.shape[:2] == (height, width):
            return plane
        return np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize((width, height), how))


def cover(mask: np.ndarray, exclude: np.ndarray | None, size: int, step: int = 8) -> list[Window]:
    """Windows in the order of painting, none for an empty mask: those that come closest to the picture, and then see what is asked for in
    the fewest pixels; the whole picture as one window where that costs less.

    mask: (H, W) bool, what is to be painted. exclude: (H, W) bool, what is not known either, or None. size: width and height that the
    model was made for. step: what sizes have to be multiples of. After the last window every pixel of the mask has been in a core.
    """
    exclude = np.zeros_like(mask) if exclude is None else exclude & ~mask
    own = mask.shape[1] / mask.shape[0]
    aspects = dict.fromkeys((*ASPECTS, min(max(own, 1.0 / FLATTEST), FLATTEST)))
    frames = [_Frame(mask.shape[1], mask.shape[0], size, step, aspect) for aspect in aspects]
    best = min(_covers(mask, exclude, frames), key=lambda windows: _cost(windows, size))
    whole = frames[0].whole()
    cheaper = whole.pixels < sum(window.pixels for window in best) and whole.pixels <= WHOLE * size * size
    return [whole] if cheaper and frames[0].closest == 1.0 and _enough(mask, exclude) else best  # small pictures are scaled up


def _covers(mask: np.ndarray, exclude: np.ndarray, frames: Sequence[_Frame]):
    """Ways to cover a mask: row by row and column by column, in windows of one shape and of several."""
    for turned in (False, True):
        planes = (mask.T, exclude.T) if turned else (mask, exclude)
        shapes = [frame.turned() for frame in frames] if turned else frames
        for first in shapes:
            windows = list(_covering(*planes, first, [first]))
            yield [window.turned() for window in windows] if turned else windows
            if len(windows) > 1:
                windows = list(_covering(*planes, first, shapes))
                yield [window.turned() for window in windows] if turned else windows


def _cost(windows: list[Window], size: int):
    """What makes one cover better than another: small windows and those that cut off what should be in view only look cheap."""
    farthest = min((window.zoom for window in windows), default=1.0)
    small = any(window.pixels < 0.9 * (LEAST * size) ** 2 for window in windows)
    return -farthest, small, sum(window.worth for window in windows)


def _covering(mask: np.ndarray, exclude: np.ndarray, first: _Frame, then: Sequence[_Frame]):
    """Windows: one of the first shape, and then each of that of some shapes which finishes most for what it sees."""
    left, frames = mask.copy(), (first,)
    while (box := masks.bounds(left)) is not None:
        windows = [_next(left, exclude, box, frame) for frame in frames]
        window = max(windows, key=lambda one: (one.zoom, int(left[one.done].sum()) / one.worth))
        yield window
        left[window.done] = False
        frames = then


def _next(left: np.ndarray, exclude: np.ndarray, box, frame: _Frame) -> Window:
    """The window for what is left at the top, as close as it can be with enough that is known in view."""
    for wider in WIDER:
        for tight in (True, False):
            window = frame.window(left, box, frame.closest / wider, tight)
            if _enough(left[window.cut], exclude[window.cut]):
                return window
        if window.width == left.shape[1] and window.height == left.shape[0]:
            return window
    return window


def _enough(hole: np.ndarray, unknown: np.ndarray) -> bool:
    """Whether so much is known in view of a hole that a model can go on from there."""
    wanted = int(hole.sum())
    return hole.size - wanted - int(unknown.sum()) >= ENOUGH * wanted


@dataclass(frozen=True)
class _Frame:
    """The size of the picture, and of windows of one shape."""

    width: int
    height: int
    size: int
    step: int
    aspect: float

    def turned(self) -> _Frame:
        return _Frame(self.height, self.width, self.size, self.step, 1.0 / self.aspect)

    def whole(self) -> Window:
        """All of the picture, at its own scale."""
        columns, rows = (self._multiple(side, up=True) for side in (self.width, self.height))
        return Window(0, 0, self.width, self.height, columns, rows, 1.0, (0, 0, self.width, self.height))

    @property
    def closest(self) -> float:
        """How much a picture is scaled up that is smaller than what the model paints well."""
        area, side = (self.width * self.height) ** 0.5, min(self.width, self.height)
        return min(max(1.0, LEAST * self.size / area, THINNEST * self.size / side), LARGEST_ZOOM)

    def window(self, left: np.ndarray, box, zoom: float, tight: bool) -> Window:
        """The window for the first rows and columns of what is left, around what fits into it. box: the bounds of what is left.

        tight: no larger than its context asks for.
        """
        widest = min(self._multiple(self.size * self.aspect**0.5), self._multiple(self.width * zoom, up=True))
        highest = min(self._multiple(self.size / self.aspect**0.5), self._multiple(self.height * zoom, up=True))
        wide, high = min(self.width, int(widest / zoom)), min(self.height, int(highest / zoom))
        target = self._target(left, box, wide, high, OVERLAP * self.size / zoom)
        if tight:
            wide, high = self._tightened(target, wide, high, zoom)
        x, y = _placed(target[0], target[2], wide, self.width), _placed(target[1], target[3], high, self.height)
        columns, rows = (max(self._multiple(side * zoom, up=True), self._multiple(THINNEST * self.size)) for side in (wide, high))
        core = self._core((x, y, x + wide, y + high), target, zoom)
        return Window(x, y, wide, high, columns, rows, zoom, core, tuple(round(side * zoom) for side in self._wished(target, zoom)))

    def _target(self, left: np.ndarray, box, wide: int, high: int, overlap: float):
        """Bounds of what this window is for: what is left in as much as it can take of the first rows, and there of the first columns."""
        y0 = box[1]
        y1 = y0 + _room(y0, box[3], high, self.height, overlap)
        columns = np.flatnonzero(left[y0:y1].any(axis=0))
        x0 = int(columns[0])
        x1 = x0 + _room(x0, int(columns[-1]) + 1, wide, self.width, overlap)
        inside = masks.bounds(left[y0:y1, x0:x1])
        return x0 + inside[0], y0 + inside[1], x0 + inside[2], y0 + inside[3]

    def _tightened(self, target, wide: int, high: int, zoom: float) -> tuple[int, int]:
        """Width and height in the picture that its context asks for, and the model's own size."""
        least = LEAST * self.size / zoom
        sides = [min(max(side, least), most) for side, most in zip(self._wished(target, zoom), (wide, high))]
        for a, b, most in ((0, 1, wide), (1, 0, high)):
            sides[a] = min(max(sides[a], least * least / sides[b]), most)  # what a thin picture lacks on one side it has on the other
        return tuple(min(int(self._multiple(side * zoom, up=True) / zoom), most) for side, most in zip(sides, (wide, high)))

    def _wished(self, target, zoom: float) -> tuple[float, float]:
        """Width and height in the picture of a target with all its context."""
        context = CONTEXT * self.size / zoom
        return tuple(min(target[2 + axis] + context, whole) - max(target[axis] - context, 0.0)
                     for axis, whole in ((0, self.width), (1, self.height)))

    def _core(self, rectangle, target, zoom: float):
        """What is final after this window: all but a strip along each side behind which more is to be painted."""
        strip = round(OVERLAP * self.size / zoom)
        x0, y0, x1, y1 = rectangle
        inner = (x0 + strip if x0 > 0 else 0, y0 + strip if y0 > 0 else 0,
                 x1 - strip if x1 < self.width else x1, y1 - strip if y1 < self.height else y1)
        return min(inner[0], target[0]), min(inner[1], target[1]), max(inner[2], target[2]), max(inner[3], target[3])

    def _multiple(self, pixels: float, up: bool = False) -> int:
        steps = pixels / self.step
        return max(1, int(-(-round(steps, 6) // 1)) if up else int(round(steps, 6))) * self.step


def _room(start: int, stop: int, length: int, whole: int, overlap: float) -> int:
    """How much of [start, stop) a window of a length takes, with an overlap before and after it unless the picture ends there."""
    if stop - start <= length - (overlap if start > 0 else 0.0) - (overlap if stop < whole else 0.0):
        return stop - start
    return max(1, int(length - overlap - (overlap if start > 0 else 0.0)))


def _placed(start: int, stop: int, length: int, whole: int) -> int:
    """Where a window of a length begins that has [start, stop) in its middle, as far as it lies in the picture."""
    return min(max((start + stop - length) // 2, 0), whole - length)
