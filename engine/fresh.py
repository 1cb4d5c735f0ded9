"""The step loop: at every step the layers move on, and what no layer knows is painted with the whole frame in view.

A screen pixel is a gap when, going from near to far, an unknown canvas pixel is met before an opaque one, and the
layer that the separator gives the pixel to does not show there already. New paint is given to layers by the separator;
pixels once known never change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from . import behind, carried, cuts, masks, motion, picture
from . import gap as gaps
from .cuts import Cut
from .image.sparse import EXPECTED, KNOWN, SparseCanvas
from .inpaint import Hole, Inpainter
from .motion import Motion
from .separators import Split

UNOWNED = np.uint8(255)
SPARSE = 4  # pixels between those that are looked at for what comes into view
CELL = 16  # pixels on a side of what is painted when something in it comes into view
AHEAD = 3  # cells around it that are painted with it: they mostly come into view next
HEADINGS = 8  # looks in each step at where a way that turns goes
COARSE = 8  # pixels: what is unknown and narrower than this is closed by bleeding, not by painting


class StepLoop:
    """All canvases of a picture, far to near, and the loop that extends them."""

    def __init__(self, split: Split, plan: Motion, inpainter: Inpainter):
        self._settings, self._separator, self._plan, self._inpainter = split.settings, split.separator, plan, inpainter
        self._order = motion.far_to_near(split.settings)
        self._velocities = [plan.velocities[i] for i in self._order]
        self.canvases = [SparseCanvas() for _ in self._order]
        self._shaped = any(cut.shaped for cut in split.cuts)
        self._near = carried.Canvases(len(split.cuts)) if split.cuts[0].nearness is not None else None
        slack = [1 if any(v[axis] for v in self._velocities) else 0 for axis in (0, 1)]
        window = _Window(-slack[0], -slack[1], plan.width + 2 * slack[0], plan.height + 2 * slack[1])
        self._deposit(window, 0.0, [_padded(cut, slack) for cut in split.cuts], _without_border(split.source, slack))
        self._window = self._hull(slack)

    def run(self, before_step: Callable[[int, int], None]) -> None:
        """Every step, then every moment between steps that would still show something unknown."""
        steps = math.ceil(self._plan.end - 1e-9)
        last = self._plan.end if self._plan.turns else float(steps)  # beyond its end a way that turns leads elsewhere
        self._reveal(0.0, last if self._settings.fill_behind else min(1.0, last))
        if self.holes(0.0).any():
            self.step(0.0)
        for k in range(1, steps + 1):
            before_step(k, steps)
            self.step(min(float(k), last))
            self._reveal(k - 1.0, min(k + 1.0, last))  # what lies behind the new paint, and what the next step shows
        for _ in range(2):  # what is painted for one moment may show at another
            found = False
            for t in self._uncovered_times():
                self.step(t)
                found = True
            if not found:
                break

    def step(self, t: float) -> None:
        """Paints and deposits what is a gap at time `t` (in steps)."""
        window = self._window
        frame, owner, allowed, expected = self._compose(window, t)
        unknown = np.logical_or.reduce(allowed)
        if not unknown.any():
            return
        known = np.where(unknown, expected, owner)
        new = known == UNOWNED
        labels = self._separator.extend(frame, known, new, window.y)
        gap = unknown & ~_settled(labels, allowed, owner)
        near = None
        if gap.any():
            if self._near:
                near = self._near.seen(self._places(window, t), owner, _nearest_allowed(labels, allowed, gap), gap)
            frame = self._painted(frame, gap, near, self._plan.heading(t))
            labels = self._separator.extend(frame, labels, gap & new, window.y)
        labels = np.where(gap, _nearest_allowed(labels, allowed, gap), owner)
        around = masks.around(unknown, self._margin())
        layers = self._cut(frame[around], labels[around])
        if self._near:
            places = self._places(window, t)
            near = self._near.seen(places, owner, labels, gap)
            known = [self._near.read(rank, *place)[around] for rank, place in enumerate(places)]
            layers = carried.attached(layers, near[around], labels[around], known)
        self._deposit(window.part(around), t, layers, unknown[around])

    def _painted(self, frame: np.ndarray, gap: np.ndarray, nearness: np.ndarray | None, heading: tuple[float, float]) -> np.ndarray:
        """The frame with its gap painted through the prepared mask; all other pixels as they were. heading: of the motion."""
        cut = masks.around(gap, gaps.reach(self._settings, self._plan.width))
        soft = gaps.prepare(gap[cut], heading, self._settings, self._plan.width)
        mask = np.zeros_like(gap)
        mask[cut] = soft > 0.0
        across = (abs(heading[1]), abs(heading[0]))
        painted = self._inpainter.paint(Hole(frame, mask, None, across, 16.0, self._settings.seed, nearness=nearness, scene=frame))
        feather = self._settings.scaled(self._settings.feather, self._plan.width)
        painted[cut] = gaps.matched(frame[cut], painted[cut], gap[cut], soft, feather)
        return np.where(gap[..., None], painted, frame)

    def _reveal(self, begin: float, end: float) -> None:
        """Paints what nearer layers hid and what comes into view from one moment to another, each layer from its own pixels."""
        if not self._shaped:
            return
        for rank, boxes in enumerate(self._revealed(begin, end)):
            if boxes:
                self._paint_expected(rank, boxes)

    def _revealed(self, begin: float, end: float) -> list[set[tuple[int, int]]]:
        """For each layer, far to near, the cells of its canvas (column and row, `CELL` pixels wide) in which something expected shows."""
        found = [set() for _ in self.canvases]
        for t in self._moments(begin, end):
            open_ = None
            for rank in reversed(range(len(self.canvases))):
                place = self._places(_Window(0, 0, self._plan.width, self._plan.height), t)[rank]
                seen = self.canvases[rank].read(*place, SPARSE)
                open_ = np.ones(seen.shape[:2], bool) if open_ is None else open_
                ys, xs = np.nonzero(open_ & (seen[..., 4] == EXPECTED))
                found[rank].update(zip(*np.unique([(xs * SPARSE + place[0]) // CELL, (ys * SPARSE + place[1]) // CELL], axis=1).tolist()))
                open_ &= seen[..., 3] < 255  # what is expected will be there
        return found

    def _paint_expected(self, rank: int, cells: set[tuple[int, int]]) -> None:
        """Paints what is expected in some cells and close to them."""
        canvas = self.canvases[rank]
        columns, rows = (range(min(at) - AHEAD, max(at) + AHEAD + 1) for at in zip(*cells))
        wanted = np.zeros((len(rows), len(columns)), bool)
        for column, row in cells:
            wanted[row - rows.start, column - columns.start] = True
        wanted = masks.grow_all(wanted, AHEAD).repeat(CELL, axis=0).repeat(CELL, axis=1)
        room = self._plan.width // 4
        x, y = columns.start * CELL - room, rows.start * CELL - room
        wanted = np.pad(wanted, room)
        seen = canvas.read(x, y, wanted.shape[1], wanted.shape[0])
        wanted &= seen[..., 4] == EXPECTED
        part = masks.around(wanted | ((seen[..., 4] == KNOWN) & (seen[..., 3] > 0)), 0)  # the rest only costs time
        seen, wanted, x, y = seen[part], wanted[part], x + part[1].start, y + part[0].start
        near = self._near.read(rank, x, y, wanted.shape[1], wanted.shape[0]) if self._near else None
        own = Cut(np.ascontiguousarray(seen[..., :3]), seen[..., 3], seen[..., 4] == KNOWN, nearness=near)
        own = behind.painted(own, wanted, self._settings, self._inpainter)
        canvas.write(x, y, own.rgb, own.alpha, wanted)

    def holes(self, t: float, stride: int = 1) -> np.ndarray:
        """(H, W) bool: pixels of the frame at time `t` that no layer covers, of every `stride`-th row and column."""
        open_, gap = None, None
        places = self._places(_Window(0, 0, self._plan.width, self._plan.height), t)
        for canvas, place in zip(reversed(self.canvases), reversed(places)):
            seen = canvas.read(*place, stride)
            if open_ is None:
                open_, gap = np.ones(seen.shape[:2], bool), np.zeros(seen.shape[:2], bool)
            gap |= open_ & (seen[..., 4] != KNOWN)
            open_ &= (seen[..., 4] == KNOWN) & (seen[..., 3] < 255)
        return gap | open_

    def _hull(self, slack) -> _Window:
        """The frame, and what it swept since the last step on the side that moves out: the corners of slanting motion."""
        reach = [0, 0]
        if all(slack):
            reach = [math.ceil(max(abs(v[axis]) for v in self._velocities)) for axis in (0, 1)]
        looks = HEADINGS * math.ceil(self._plan.end) if self._plan.turns else 1
        headings = [self._plan.heading(self._plan.end * i / looks) for i in range(looks + 1)]
        left, right = (reach[0] * any(sign * x > 0 for x, _ in headings) for sign in (-1, 1))
        up, down = (reach[1] * any(sign * y > 0 for _, y in headings) for sign in (-1, 1))
        width, height = self._plan.width + left + right, self._plan.height + up + down
        return _Window(-left - slack[0], -up - slack[1], width + 2 * slack[0], height + 2 * slack[1])

    def _compose(self, window: _Window, t: float):
        """The frame of what is known at `t`, the rank that owns each pixel (UNOWNED where none does), for each rank
        the pixels that it does not know and nothing opaque hides, and the rank that is expected there (UNOWNED where none is)."""
        shape = (window.height, window.width)
        frame, owner, expected = np.zeros((*shape, 3), np.uint8), np.full(shape, UNOWNED), np.full(shape, UNOWNED)
        views = [canvas.read(*place) for canvas, place in zip(self.canvases, self._places(window, t))]
        for seen in views:
            seen[..., 3][seen[..., 4] != KNOWN] = 0
        open_, allowed = np.ones(shape, bool), []
        for rank, seen in reversed(list(enumerate(views))):
            unknown = seen[..., 4] != KNOWN
            allowed.insert(0, open_ & unknown)
            expected[open_ & (expected == UNOWNED) & (seen[..., 4] == EXPECTED)] = rank
            open_ &= unknown | (seen[..., 3] < 255)
        for rank, seen in enumerate(views):
            rows = np.flatnonzero(seen[..., 3].any(axis=1))
            if len(rows):
                part = np.s_[rows[0] : rows[-1] + 1]
                _lay_over(frame[part], seen[part])
                owner[part][seen[part][..., 3] >= 128] = rank
        return frame, owner, allowed, expected

    def _places(self, window: _Window, t: float) -> list[tuple[int, int, int, int]]:
        """The rectangle of each layer's canvas that a rectangle of the screen shows at `t`."""
        return [_place(window, self._plan.at(index, t)) for index in self._order]

    def _cut(self, frame: np.ndarray, labels: np.ndarray) -> list[Cut]:
        """The layers that new paint belongs to, with soft edges as in the picture."""
        settings, width = self._settings, self._plan.width
        if self._shaped:
            return cuts.shaped(frame, labels, len(self.canvases), settings.scaled(settings.matte, width))
        overlap = settings.scaled(settings.overlap, width)
        return [cuts.banded(frame, labels, rank, overlap) for rank in range(len(self.canvases))]

    def _margin(self) -> int:
        """Pixels around new paint that its soft edges depend on."""
        border = self._settings.matte if self._shaped else self._settings.overlap
        return 2 * math.ceil(self._settings.scaled(border, self._plan.width)) + 4

    def _deposit(self, window: _Window, t: float, layers: Sequence[Cut], mask: np.ndarray) -> None:
        """Gives the mask's pixels to the layers: colour to their own, transparency to the nearer ones."""
        for rank, (canvas, (x, y, _, _), cut) in enumerate(zip(self.canvases, self._places(window, t), layers)):
            beyond = cut.alpha == 0 if cut.shaped else mask & (cut.alpha == 0)
            canvas.write(x, y, cut.rgb, cut.alpha, (mask & cut.known) | beyond)
            if cut.shaped:
                canvas.expect(x, y, cut.alpha)
            if self._near:
                self._near.deposit(rank, x, y, cut, mask)

    def _uncovered_times(self) -> Iterator[float]:
        """Moments at which the frame shows something unknown."""
        return (t for t in self._moments(0.0, self._plan.end) if self.holes(t, COARSE).any())

    def _moments(self, begin: float, end: float) -> Iterator[float]:
        """Times so close together that no layer moves `COARSE` pixels between."""
        fastest = max(math.hypot(*v) for v in self._velocities)
        count = max(1, math.ceil((end - begin) * fastest / COARSE))
        return (begin + (end - begin) * i / count for i in range(count + 1))


class _Window(NamedTuple):
    """A rectangle on the screen; x, y is its top left pixel."""

    x: int
    y: int
    width: int
    height: int

    def part(self, cut) -> _Window:
        """The part of it that slices of rows and columns take."""
        rows, columns = (slice(*s.indices(n)) for s, n in zip(cut, (self.height, self.width)))
        return _Window(self.x + columns.start, self.y + rows.start, columns.stop - columns.start, rows.stop - rows.start)


def _padded(cut: Cut, slack: list[int]) -> Cut:
    """The layer with its outermost pixels repeated around it."""
    around = ((slack[1],) * 2, (slack[0],) * 2)
    rgb = np.pad(cut.rgb, (*around, (0, 0)), mode="edge")
    near = None if cut.nearness is None else np.pad(cut.nearness, around, mode="edge")
    return Cut(rgb, np.pad(cut.alpha, around, mode="edge"), np.pad(cut.known, around, mode="edge"), cut.shaped, near)


def _without_border(source: np.ndarray, slack: list[int]) -> np.ndarray:
    """Pixels of the picture, padded by `slack`, that are known from the start: not a line along an edge that moves."""
    left, right, top, bottom = picture.border(source)
    mask = np.ones((source.shape[0] + 2 * slack[1], source.shape[1] + 2 * slack[0]), bool)
    for moves, plane, before, after in ((slack[0], mask, left, right), (slack[1], mask.T, top, bottom)):
        if moves and before:
            plane[:, : before + 1] = False
        if moves and after:
            plane[:, -after - 1 :] = False
    return mask


def _lay_over(frame: np.ndarray, seen: np.ndarray) -> None:
    """Puts a layer over the frame in place."""
    alpha = seen[..., 3]
    soft = (alpha > 0) & (alpha < 255)
    opaque = alpha == 255
    for channel in range(3):  # four times as fast as all at once
        np.copyto(frame[..., channel], seen[..., channel], where=opaque)
    share = alpha[soft][:, None] / np.float32(255.0)
    frame[soft] = np.rint(frame[soft] * (1.0 - share) + seen[..., :3][soft] * share).astype(np.uint8)


def _place(window: _Window, moved: tuple[float, float]) -> tuple[int, int, int, int]:
    """The rectangle of a canvas that a rectangle of the screen shows when the layer has moved so far, to the nearest whole pixel."""
    return window.x - round(moved[0]), window.y - round(moved[1]), window.width, window.height


def _settled(labels: np.ndarray, allowed: list[np.ndarray], owner: np.ndarray) -> np.ndarray:
    """Pixels that need no paint: the layer they belong to is seen there already, and nearer ones do not know that yet."""
    settled = (owner != UNOWNED) & (owner >= labels)
    for rank, free in enumerate(allowed):
        settled &= ~(free & (labels == rank))
    return settled


def _nearest_allowed(labels: np.ndarray, allowed: list[np.ndarray], gap: np.ndarray) -> np.ndarray:
    """The separator's labels, moved to the closest rank that may take the pixel: one that does not know it yet."""
    ys, xs = np.nonzero(gap)
    wanted = labels[ys, xs].astype(int)
    free = np.stack([plane[ys, xs] for plane in allowed])
    away = np.where(free, np.abs(np.arange(len(allowed))[:, None] - wanted[None]), len(allowed))
    out = labels.copy()
    out[ys, xs] = away.argmin(axis=0)
    return out
