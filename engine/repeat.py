"""Layers that scroll for ever through their own pixels: each canvas is closed to a torus.

Along an axis on which it moves, a layer's canvas is longer than the frame by at least one join. What the frame
shows of the layer is laid there once; the rest is a walk of reflections and jumps over the layer's own columns or rows, or a
painted bridge. A stretch too long for one bridge is first covered with the plainest pieces of the layer itself, so that only narrow
joins between real pixels are painted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from . import behind, carried, masks, motion, picture
from .canvas import seams
from .cuts import Cut
from .inpaint import Hole, Inpainter
from .motion import Motion
from .settings import Settings

SLACK = 2  # pixels painted beyond what can be seen, for filtering
ROUGH = 2.5  # visibility of a walk's worst jump from which on a bridge is painted rather, where both are allowed
SOFT = 1.5  # pixels on each side of an outline that is carried on over a join, where it is soft


@dataclass
class Canvas:
    """One layer's canvas. rgb (H, W, 3) uint8, alpha (H, W) uint8, known and needed (H, W) bool.

    nearness: (H, W) float32, NaN where it is not settled yet; None where nobody asks for it.
    """

    rgb: np.ndarray
    alpha: np.ndarray
    known: np.ndarray
    needed: np.ndarray
    nearness: np.ndarray | None = None

    def turned(self) -> Canvas:
        """The same canvas with x and y exchanged, sharing memory."""
        near = None if self.nearness is None else self.nearness.T
        return Canvas(self.rgb.swapaxes(0, 1), self.alpha.T, self.known.T, self.needed.T, near)

    def near(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray | None:
        """The nearness of the rectangle rows x columns (indices), what is not settled continued from the rest."""
        return None if self.nearness is None else carried.continued(self.nearness[np.ix_(rows, columns)])


def hidden_lines(alphas: Sequence[np.ndarray], plan: Motion) -> list[np.ndarray]:
    """For each layer, far to near, what no displacement of the layers against each other ever shows of it.

    When all move along x, a row in which a nearer layer is opaque throughout hides that row for good; likewise columns.
    Returns (H, 1) bool where nothing moves along y, (1, W) where nothing moves along x, else (1, 1).
    """
    moves_x, moves_y = (any(v[axis] for v in plan.velocities) for axis in (0, 1))
    axis = 1 if not moves_y else 0 if not moves_x else None
    covered, hidden = np.zeros((1, 1), bool), []
    for alpha in reversed(alphas):
        hidden.insert(0, covered)
        lines = (alpha == 255).all(axis=axis, keepdims=True)
        covered = covered | (lines if axis is None else masks.shrink_all(lines, SLACK))
    return hidden


def close(cut: Cut, source: np.ndarray, period: tuple[int, int], hidden: np.ndarray, settings: Settings, inpainter: Inpainter) -> Canvas:
    """The finished canvas of a layer; alpha is 0 where nothing is ever seen.

    source: (H, W, 3) uint8, the picture that the layer was cut from. period: of the canvas in pixels, 0 on an axis on which it
    is as long as the frame. hidden: of `hidden_lines`.
    """
    height, width = cut.alpha.shape
    border = picture.border(source)
    lines = _border_lines(cut.alpha.shape, border, period)
    walks = seams.wanted(settings)
    if not walks:
        cut = replace(cut, known=cut.known & ~lines)
    if cut.shaped:
        cut = behind.painted(cut, ~hidden & ~(lines & walks), settings, inpainter)
    cut = replace(cut, known=cut.known & ~lines)
    canvas = _lay(cut, (period[0] or width, period[1] or height))
    canvas.needed[:] = (canvas.alpha > 0) & ~hidden
    for turned, length in enumerate(period):
        if not length:
            continue
        part, lines_hidden, wrap = (canvas.turned(), hidden.T, bool(period[0])) if turned else (canvas, hidden, False)
        size, ends, across = cut.alpha.shape[1 - turned], border[2 * turned : 2 * turned + 2], ((0.0, 1.0), (1.0, 0.0))[turned]
        if not (walks and _walked(part, lines_hidden, cut.shaped, size, ends, bool(turned), wrap, settings)):
            _Axis(part, lines_hidden, cut.shaped, size, ends[0], wrap, across, settings, inpainter).fill()
    _fill_rest(canvas, settings, inpainter)
    canvas.alpha[~(canvas.known & canvas.needed)] = 0
    return canvas


def _border_lines(shape: tuple[int, int], border: tuple[int, int, int, int], period: tuple[int, int]) -> np.ndarray:
    """(H, W) bool, the lines along the edges of the picture that meet where the canvas closes: they are left out of it."""
    lines = np.zeros(shape, bool)
    for moves, plane, before, after in ((period[0], lines, *border[:2]), (period[1], lines.T, *border[2:])):
        if moves:
            plane[:, :before] = True
            plane[:, plane.shape[1] - after :] = True
    return lines


def _walked(canvas: Canvas, hidden: np.ndarray, shaped: bool, size: int, border: tuple[int, int], turned: bool, wrap: bool,
            settings: Settings) -> bool:
    """Closes the columns of a canvas by a walk over those that it has. False, with nothing done, where that would be too rough.

    size: of the frame. border: columns left out at its beginning and its end. turned: whether the columns are the rows of the
    picture. wrap: whether the rows go round a torus.
    """
    usable, total = canvas.known & canvas.needed, canvas.alpha.shape[1]
    content = np.flatnonzero(usable.any(axis=0))
    if not len(content):
        return True
    first, end = (border[0], size - border[1]) if shaped else (int(content[0]), int(content[-1]) + 1)
    strip = np.dstack([canvas.rgb, np.where(usable, canvas.alpha, np.uint8(0))])[:, first:end]
    planes = [] if canvas.nearness is None else [canvas.nearness[:, first:end]]
    length = total - (end - first)
    stands = turned and shaped and _stands(strip)
    if stands:
        new, near = _grounded(strip, length, planes, wrap, stands, motion.join(size))
    elif shaped or canvas.needed[:, -1].any():
        way = seams.closing(strip, total)
        if settings.seams == "AUTO" and way.visibility > ROUGH:
            return False
        new, near = seams.laid(strip, way, planes, wrap)
    else:  # a band that ends again beyond the frame
        wanted = np.flatnonzero((canvas.needed & ~canvas.known)[:, end:].any(axis=0))
        length = int(wanted[-1]) + 1 if len(wanted) else 0
        new, near = seams.beyond(strip, length, planes, wrap, turned)
    _keep(canvas, new, near, (end + np.arange(length)) % total, hidden, shaped)
    return True


def _stands(strip: np.ndarray) -> int:
    """1 for a shape that stands at the strip's right end and is not at its left one, -1 for the reverse, 0 for neither."""
    solid = strip[..., 3] >= 128
    if solid.all(axis=1).any():
        return 0
    left, right = float(solid[:, 0].mean()), float(solid[:, -1].mean())
    return 1 if left < 0.25 * right else -1 if right < 0.25 * left else 0


def _grounded(strip: np.ndarray, length: int, planes: Sequence[np.ndarray], wrap: bool, end: int, join: int):
    """What goes on beyond the end at which a shape stands (1 right, -1 left), and fades before its other end. As `seams.laid`."""
    strip, planes = strip[:, ::end], [plane[:, ::end] for plane in planes]
    new, near = seams.beyond(strip, length, planes, wrap, True)
    fades = min(join, length)
    t = (np.arange(fades) + 1.0) / (fades + 1.0)
    new[:, length - fades :, 3] = np.rint(new[:, length - fades :, 3] * (1.0 - t * t * (3.0 - 2.0 * t)))
    return new[:, ::end], [plane[:, ::end] for plane in near]


def _keep(canvas: Canvas, new: np.ndarray, near: list[np.ndarray], columns: np.ndarray, hidden: np.ndarray, shaped: bool) -> None:
    """Lays a walk's (H, n, 4) colors and opacity, and nearness, into columns of a canvas."""
    if shaped:
        canvas.alpha[:, columns] = new[..., 3]
        canvas.needed[:, columns] = (new[..., 3] > 0) & ~hidden
    shown = (new[..., 3] > 0) & canvas.needed[:, columns] & ~canvas.known[:, columns]
    for plane, values in ((canvas.rgb, new[..., :3]), *(((canvas.nearness, near[0]),) if near else ())):
        part = plane[:, columns]
        part[shown] = values[shown]
        plane[:, columns] = part
    canvas.known[:, columns] |= shown


def _lay(cut: Cut, size: tuple[int, int]) -> Canvas:
    """The picture's part of the layer on an empty canvas of `size` (width, height); a band's alpha is carried on over the joins."""
    height, width = cut.alpha.shape
    shape = size[::-1]
    canvas = Canvas(np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8), np.zeros(shape, bool), np.zeros(shape, bool))
    canvas.rgb[:height, :width] = cut.rgb
    canvas.known[:height, :width] = cut.known
    canvas.alpha[:height, :width] = cut.alpha
    if cut.nearness is not None:
        canvas.nearness = np.full(shape, np.nan, np.float32)
        canvas.nearness[:height, :width] = cut.nearness
    if not cut.shaped:
        if size[0] > width:
            _carry(canvas.alpha[:height].T, width, motion.join(width))
        if size[1] > height:
            _carry(canvas.alpha, height, motion.join(height))
    return canvas


def _carry(alpha: np.ndarray, length: int, join: int) -> None:
    """Fades the rows after `length` from the last row to the first over one join, then holds the first."""
    alpha[length:] = _faded(alpha[length - 1], alpha[0], np.arange(length, len(alpha)) - length, join)


def _faded(last: np.ndarray, first: np.ndarray, at: np.ndarray, join: int) -> np.ndarray:
    """Profiles from the last to the first, one for each place in a join."""
    return np.rint(_mixed(last, first, at, join)).astype(np.uint8)


def _mixed(last, first, at, join) -> np.ndarray:
    t = np.clip((at + 1.0) / (join + 1.0), 0.0, 1.0)
    t = (t * t * (3.0 - 2.0 * t))[:, None]
    return last * (1.0 - t) + first * t


def _outlined(last: np.ndarray, first: np.ndarray, join: int) -> np.ndarray | None:
    """Alpha profiles over a join, (join, n) uint8, where it is plain how the shape goes on; None where it has to be drawn."""
    at, ends = np.arange(join), (last >= 128, first >= 128)
    if (np.abs(last.astype(int) - first) < 64).all() or all(end.all() or not end.any() for end in ends):
        return _faded(last, first, at, join)
    if not (ends[0] & ends[1]).any() and (ends[0][-1] or ends[1][-1]):  # ground that nothing meets comes to an end
        inside = np.maximum(_rounded(ends[0], at, join), _rounded(ends[1], at, join)[::-1])
    elif all(end[-1] and (end[1:] != end[:-1]).sum() <= 1 for end in ends):  # ground rises or falls
        inside = _mixed(_depth(ends[0]), _depth(ends[1]), at, join)
    else:
        return None
    return np.rint(np.clip(0.5 + inside / (2.0 * SOFT), 0.0, 1.0) * 255.0).astype(np.uint8)


def _rounded(inside: np.ndarray, at: np.ndarray, join: int) -> np.ndarray:
    """How a profile comes to a round end within a join. As `_depth`, one row for each place."""
    depth, t = _depth(inside), (at[:, None] + 1.0) / (join + 1.0)
    return depth - max(float(depth.max()), 0.0) * (1.0 - np.sqrt(1.0 - t * t))


def _depth(inside: np.ndarray) -> np.ndarray:
    """Signed distance of each place of a line to the nearest change between inside (above 0) and outside."""
    n, place = len(inside), np.arange(len(inside), dtype=np.float32)
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 0.5
    if not len(edges):
        return np.where(inside, n, -n).astype(np.float32)
    after = np.searchsorted(edges, place).clip(0, len(edges) - 1)
    distance = np.minimum(np.abs(place - edges[after]), np.abs(place - edges[np.maximum(after - 1, 0)]))
    return np.where(inside, distance, -distance)


class _Axis:
    """A canvas along one axis on which it repeats, turned so that this axis is the columns.

    size: of the frame on this axis. lead: unknown columns at the beginning, which the last bridge paints too.
    wrap: whether the rows go round a torus at their ends. across: as in `Hole`, of the picture upright.
    """

    def __init__(self, canvas: Canvas, hidden: np.ndarray, shaped: bool, size: int, lead: int, wrap: bool, across, settings: Settings,
                 inpainter: Inpainter):
        self._canvas, self._hidden, self._shaped = canvas, hidden, shaped
        self._size, self._lead, self._wrap, self._across = size, lead, wrap, across
        self._settings, self._inpainter = settings, inpainter

    def fill(self) -> None:
        """Fills the needed columns from the end of what is known to the canvas's own end, which meets its beginning."""
        canvas = self._canvas
        content = np.flatnonzero((canvas.known & canvas.needed & (canvas.alpha == 255)).any(axis=0))
        if not len(content):
            return
        first, end, total = int(content[0]), int(content[-1]) + 1, canvas.alpha.shape[1] + self._lead
        if self._shaped:  # where it has nothing it is see-through rather than to be painted
            first, end = 0, self._size
        rows = masks.bounds(canvas.needed)
        join = motion.fitted_join(self._size, rows[3] - rows[1])
        joins = self._lay_pieces(first, end, total, join)
        if self._shaped:
            self._outline(joins, join)
        for start, stop in joins:
            self._bridge(start, stop, join)

    def _lay_pieces(self, first: int, end: int, total: int, join: int) -> list[tuple[int, int]]:
        """Covers a long stretch [end, total) with pieces of [first, end); returns the joins left open, as (start, stop)."""
        canvas, gap = self._canvas, total - end
        count = motion.pieces(gap, end - first, join)
        joins, at = [], end
        for i in range(count):
            size = max(1, (gap - (count + 1) * join) // count)
            source = self._best_piece(first, end, size, i)
            target = slice(at + join, at + join + source.stop - source.start)
            if self._shaped:
                canvas.alpha[:, target] = canvas.alpha[:, source]
                canvas.needed[:, target] = canvas.needed[:, source]
            usable = canvas.known[:, source] & canvas.needed[:, target] & ~canvas.known[:, target]
            np.copyto(canvas.rgb[:, target], canvas.rgb[:, source], where=usable[..., None])
            canvas.known[:, target] |= usable
            if canvas.nearness is not None:
                np.copyto(canvas.nearness[:, target], canvas.nearness[:, source], where=np.isnan(canvas.nearness[:, target]))
            joins.append((at, target.start))
            at = target.stop
        return [*joins, (at, total)]

    def _outline(self, joins: list[tuple[int, int]], join: int) -> None:
        """Carries the shape on over the joins."""
        alpha, length = self._canvas.alpha, self._canvas.alpha.shape[1]
        full = (alpha[:, : self._size] == 255).all(axis=1)  # these hide what is behind them for good
        for start, stop in joins:
            stop = min(stop, length)
            if stop > start:
                seen = [np.where(self._hidden[:, 0], np.uint8(0), alpha[:, column]) for column in (start - 1, stop % length)]
                shape = _outlined(*seen, stop - start)
                alpha[:, start:stop] = self._drawn(start, stop, join) if shape is None else shape.T
                alpha[full, start:stop] = 255
                self._canvas.needed[:, start:stop] = (alpha[:, start:stop] > 0) & ~self._hidden

    def _drawn(self, start: int, stop: int, join: int) -> np.ndarray:
        """The alpha of the columns [start, stop) painted as a picture would be: outlines end and begin as they do elsewhere."""
        canvas, length = self._canvas, self._canvas.alpha.shape[1]
        context = min(3 * join, length - (stop - start))
        columns = np.arange(start - context, min(stop + context, start - context + length)) % length
        rows = slice(*np.flatnonzero((canvas.alpha[:, columns] > 0).any(axis=1))[[0, -1]] + (0, 1))
        alpha, grey = canvas.alpha[rows][:, columns], canvas.rgb[rows][:, columns].mean(axis=2)
        hole = np.zeros(alpha.shape, bool)
        hole[:, context : context + stop - start] = True
        shape = np.dstack([alpha, alpha, np.rint(grey * (alpha / 255.0))]).astype(np.uint8)
        drawn = _upright(self._inpainter, Hole(shape, hole, None, self._across, 16.0, self._settings.seed, outline=True))[..., 0]
        out = np.zeros((canvas.alpha.shape[0], stop - start), np.uint8)
        out[rows] = np.clip((drawn[:, context : context + stop - start].astype(int) - 128) * 2 + 128, 0, 255)
        return out

    def _best_piece(self, first: int, end: int, size: int, turn: int) -> slice:
        """The `turn`-th best stretch of `size` columns: plain, since what is seen twice should not be what is looked at,
        and alike at its ends to what it is joined to."""
        canvas = self._canvas
        usable = canvas.known & canvas.needed
        rows = usable[:, first:end].any(axis=1)
        rgb, weight = canvas.rgb[rows, first:end].astype(np.float32), usable[rows, first:end, None]
        if self._shaped:  # its outline is looked at as well
            rgb = np.dstack([rgb * weight, canvas.alpha[rows, first:end].astype(np.float32)])
            weight = np.ones_like(weight)
        mean = (rgb * weight).sum(axis=1, keepdims=True) / np.maximum(weight.sum(axis=1, keepdims=True), 1)
        columns = np.abs((rgb - mean) * weight).mean(axis=(0, 2), dtype=np.float64)
        total = np.concatenate([[0.0], np.cumsum(columns)])
        contrast = (total[size:] - total[:-size]) / size
        edge = min(16, end - first)
        before, after = rgb[:, -edge:].mean(axis=1, keepdims=True), rgb[:, :edge].mean(axis=1, keepdims=True)
        starts = np.abs(rgb - before).mean(axis=(0, 2), dtype=np.float64)[: len(contrast)]
        ends = np.abs(rgb - after).mean(axis=(0, 2), dtype=np.float64)[size - 1 :]
        order = np.argsort(contrast + 0.2 * (starts + ends), kind="stable")
        start = first + int(order[turn % 3 * (len(order) // 8)])
        return slice(start, start + size)

    def _bridge(self, start: int, stop: int, join: int) -> None:
        """Paints the needed columns [start, stop), seeing `3 * join` columns on both sides round the torus."""
        canvas, total = self._canvas, self._canvas.alpha.shape[1]
        context = min(3 * join, total - (stop - start))
        columns = np.arange(start - context, min(stop + context, start - context + total)) % total
        inside = slice(context, context + stop - start)
        hole = np.zeros((canvas.alpha.shape[0], len(columns)), bool)
        usable = canvas.needed & canvas.known
        hole[:, inside] = (canvas.needed & ~canvas.known)[:, columns[inside]] & usable[:, columns].any(axis=1)[:, None]
        if not self._wrap:
            self._paint(hole, slice(None), columns)
            return
        seam = np.zeros(hole.shape[0], bool)  # where the canvas closes on the other axis: painted last, seen from both sides
        seam[: join // 2], seam[-(join // 2) :] = True, True
        self._paint(hole & ~seam[:, None], slice(None), columns)
        rolled = np.roll(np.arange(hole.shape[0]), 2 * join)[: 4 * join]
        self._paint((hole & seam[:, None])[rolled], rolled, columns)

    def _paint(self, hole: np.ndarray, rows, columns) -> None:
        _paint(self._canvas, hole, rows, columns, self._settings, self._inpainter, self._across)


def _paint(canvas: Canvas, hole: np.ndarray, rows, columns, settings: Settings, inpainter: Inpainter, across=(0.0, 1.0)) -> None:
    """Paints `hole`, given in the rectangle rows x columns (indices into the canvas), and writes it back."""
    box = masks.bounds(hole)
    if box is None:
        return
    rows = np.arange(canvas.alpha.shape[0])[rows]
    known, needed, alpha = (plane[np.ix_(rows, columns)] for plane in (canvas.known, canvas.needed, canvas.alpha))
    usable = known & needed & (alpha > 0)
    if not usable.any():
        return
    box = masks.bounds(hole | usable)
    cut = np.s_[box[1] : box[3], box[0] : box[2]]
    region = canvas.rgb[np.ix_(rows, columns)][cut]
    near = canvas.near(rows[cut[0]], columns[cut[1]])
    task = Hole(region, hole[cut], ~(usable | hole)[cut], across, behind.guide(region, usable[cut]), settings.seed, nearness=near)
    painted = _upright(inpainter, task)
    ys, xs = np.nonzero(hole)
    if near is not None:
        canvas.nearness[rows[ys], columns[xs]] = near[ys - box[1], xs - box[0]]
    canvas.rgb[rows[ys], columns[xs]] = painted[ys - box[1], xs - box[0]]
    canvas.known[rows[ys], columns[xs]] = True


def _upright(inpainter: Inpainter, task: Hole) -> np.ndarray:
    """Has a hole painted whose `across` says whether its canvas is turned: the inpainter sees the picture upright."""
    if task.across[0] == 0.0:
        return inpainter.paint(task)
    planes = {name: np.ascontiguousarray(plane.swapaxes(0, 1)) for name in ("picture", "mask", "exclude", "nearness")
              if (plane := getattr(task, name)) is not None}
    return inpainter.paint(replace(task, **planes)).swapaxes(0, 1)


def _fill_rest(canvas: Canvas, settings: Settings, inpainter: Inpainter) -> None:
    """Paints what is seen but was hidden in the picture and lies in no join, such as the ground behind an object."""
    hole = canvas.needed & ~canvas.known
    if hole.any():
        _paint(canvas, hole, slice(None), np.arange(hole.shape[1]), settings, inpainter)
