"""Layers that scroll for ever through their own pixels: each canvas is closed to a torus by painted bridges.

Along an axis on which it moves, a layer's canvas is longer than the frame by at least one join. What the frame
shows of the layer is laid there once; a stretch too long for one bridge is first covered with the plainest pieces of
the layer itself, so that only narrow joins between real pixels are painted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import masks, motion, picture, separators
from .inpaint import Hole, Inpainter
from .motion import Motion
from .settings import Settings

SLACK = 2  # pixels painted beyond what can be seen, for filtering


@dataclass
class Canvas:
    """One layer's canvas. rgb (H, W, 3) uint8, alpha (H, W) uint8, known and needed (H, W) bool."""

    rgb: np.ndarray
    alpha: np.ndarray
    known: np.ndarray
    needed: np.ndarray

    def turned(self) -> Canvas:
        """The same canvas with x and y exchanged, sharing memory."""
        return Canvas(self.rgb.swapaxes(0, 1), self.alpha.T, self.known.T, self.needed.T)


def hidden_lines(labels: np.ndarray, layers: int, settings: Settings, plan: Motion) -> list[np.ndarray]:
    """For each layer, far to near, what no displacement of the layers against each other ever shows of it.

    When all move along x, a row in which a nearer layer is opaque throughout hides that row for good; likewise columns.
    Returns (H, 1) bool where nothing moves along y, (1, W) where nothing moves along x, else (1, 1).
    """
    overlap = settings.scaled(settings.overlap, plan.width)
    moves_x, moves_y = (any(v[axis] for v in plan.velocities) for axis in (0, 1))
    axis = 1 if not moves_y else 0 if not moves_x else None
    covered, hidden = np.zeros((1, 1), bool), []
    for rank in reversed(range(layers)):
        hidden.insert(0, covered)
        lines = (separators.matte(labels, rank, overlap) == 255).all(axis=axis, keepdims=True)
        covered = covered | (lines if axis is None else masks.shrink_all(lines, SLACK))
    return hidden


def close(source: np.ndarray, labels: np.ndarray, rank: int, period: tuple[int, int], hidden: np.ndarray, settings: Settings,
          inpainter: Inpainter) -> Canvas:
    """The finished canvas of the layer `rank` (0 is the farthest); alpha is 0 where nothing is ever seen.

    period: of the canvas in pixels, 0 on an axis on which it is as long as the frame. hidden: of `hidden_lines`.
    """
    height, width = labels.shape
    px, py = period
    border = picture.border(source)
    canvas = _lay(source, labels, rank, settings.scaled(settings.overlap, width), (px or width, py or height))
    for moves, known, before, after in ((px, canvas.known[:, :width], *border[:2]), (py, canvas.known[:height].T, *border[2:])):
        if moves:  # a line along the edge is painted over where the ends meet
            known[:, :before] = False
            known[:, known.shape[1] - after :] = False
    canvas.needed[:] = (canvas.alpha > 0) & ~hidden
    if px:
        _fill_axis(canvas, width, border[0], False, settings, inpainter, across=(0.0, 1.0))
    if py:
        _fill_axis(canvas.turned(), height, border[2], bool(px), settings, inpainter, across=(1.0, 0.0))
    _fill_rest(canvas, settings, inpainter)
    canvas.alpha[~(canvas.known & canvas.needed)] = 0
    return canvas


def _lay(source, labels, rank, overlap, size) -> Canvas:
    """The picture's part of the layer on an empty canvas, the alpha carried on over the joins."""
    height, width = labels.shape
    shape = size[::-1]
    canvas = Canvas(np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8), np.zeros(shape, bool), np.zeros(shape, bool))
    canvas.rgb[:height, :width] = source
    canvas.known[:height, :width] = separators.reach(labels, rank, overlap)
    canvas.alpha[:height, :width] = separators.matte(labels, rank, overlap)
    if size[0] > width:
        _carry(canvas.alpha[:height].T, width, motion.join(width))
    if size[1] > height:
        _carry(canvas.alpha, height, motion.join(height))
    return canvas


def _carry(alpha: np.ndarray, length: int, join: int) -> None:
    """Fades the rows after `length` from the last row to the first over one join, then holds the first."""
    t = np.clip((np.arange(length, len(alpha)) - length + 1.0) / (join + 1.0), 0.0, 1.0)
    t = (t * t * (3.0 - 2.0 * t))[:, None]
    alpha[length:] = np.rint(alpha[length - 1] * (1.0 - t) + alpha[0] * t).astype(np.uint8)


def _fill_axis(canvas: Canvas, size: int, lead: int, wrap: bool, settings: Settings, inpainter: Inpainter, across) -> None:
    """Fills the needed columns from the end of what is known to the canvas's own end, which meets its beginning.

    size: of the frame on this axis. lead: unknown columns at the beginning, which the last bridge paints too.
    wrap: whether the columns, too, go round a torus at their ends.
    """
    content = np.flatnonzero((canvas.known & canvas.needed & (canvas.alpha == 255)).any(axis=0))
    if not len(content):
        return
    first, end, total = int(content[0]), int(content[-1]) + 1, canvas.alpha.shape[1] + lead
    rows = masks.bounds(canvas.needed)
    join = motion.fitted_join(size, rows[3] - rows[1])
    for start, stop in _lay_pieces(canvas, first, end, total, join):
        _bridge(canvas, start, stop, join, wrap, settings, inpainter, across)


def _lay_pieces(canvas: Canvas, first: int, end: int, total: int, join: int) -> list[tuple[int, int]]:
    """Covers a long stretch [end, total) with pieces of [first, end); returns the joins left open, as (start, stop)."""
    gap, content = total - end, end - first
    count = motion.pieces(gap, content, join)
    joins, at = [], end
    for i in range(count):
        size = max(1, (gap - (count + 1) * join) // count)
        source = _best_piece(canvas, first, end, size, i)
        target = slice(at + join, at + join + source.stop - source.start)
        usable = canvas.known[:, source] & canvas.needed[:, target] & ~canvas.known[:, target]
        np.copyto(canvas.rgb[:, target], canvas.rgb[:, source], where=usable[..., None])
        canvas.known[:, target] |= usable
        joins.append((at, target.start))
        at = target.stop
    return [*joins, (at, total)]


def _best_piece(canvas: Canvas, first: int, end: int, size: int, turn: int) -> slice:
    """The `turn`-th best stretch of `size` columns: plain, since what is seen twice should not be what is looked at,
    and alike at its ends to what it is joined to."""
    usable = canvas.known & canvas.needed
    rows = usable[:, first:end].any(axis=1)
    rgb, weight = canvas.rgb[rows, first:end].astype(np.float32), usable[rows, first:end, None]
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


def _bridge(canvas: Canvas, start: int, stop: int, join: int, wrap: bool, settings: Settings, inpainter: Inpainter, across) -> None:
    """Paints the needed columns [start, stop), seeing `3 * join` columns on both sides round the torus."""
    total, context = canvas.alpha.shape[1], 3 * join
    columns = np.arange(start - context, min(stop + context, start - context + total)) % total
    inside = slice(context, context + stop - start)
    hole = np.zeros((canvas.alpha.shape[0], len(columns)), bool)
    usable = canvas.needed & canvas.known
    hole[:, inside] = (canvas.needed & ~canvas.known)[:, columns[inside]] & usable[:, columns].any(axis=1)[:, None]
    if not wrap:
        _paint(canvas, hole, slice(None), columns, settings, inpainter, across)
        return
    seam = np.zeros(hole.shape[0], bool)  # where the canvas closes on the other axis: painted last, seen from both sides
    seam[: join // 2], seam[-(join // 2) :] = True, True
    _paint(canvas, hole & ~seam[:, None], slice(None), columns, settings, inpainter, across)
    rolled = np.roll(np.arange(hole.shape[0]), 2 * join)[: 4 * join]
    _paint(canvas, (hole & seam[:, None])[rolled], rolled, columns, settings, inpainter, across)


def _paint(canvas: Canvas, hole, rows, columns, settings: Settings, inpainter: Inpainter, across) -> None:
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
    turned = across[0] != 0.0  # the canvas is turned: give the inpainter the picture upright
    task = Hole(region, hole[cut], ~(usable | hole)[cut], (0.0, 1.0), _guide(region, usable[cut]), settings.seed)
    if turned:
        task = replace(task, picture=np.ascontiguousarray(region.swapaxes(0, 1)), mask=np.ascontiguousarray(task.mask.T),
                       exclude=np.ascontiguousarray(task.exclude.T), across=across)
    painted = inpainter.paint(task)
    painted = painted.swapaxes(0, 1) if turned else painted
    ys, xs = np.nonzero(hole)
    canvas.rgb[rows[ys], columns[xs]] = painted[ys - box[1], xs - box[0]]
    canvas.known[rows[ys], columns[xs]] = True


def _guide(region: np.ndarray, usable: np.ndarray) -> float:
    """1 for a layer that looks the same at every height, up to 16 where each row has its own look (a skyline)."""
    grey = region.mean(axis=2, dtype=np.float32)
    count = usable.sum(axis=1)
    rows = count > 0
    means = (grey * usable).sum(axis=1)[rows] / count[rows]
    whole = float(grey[usable].var())
    return round(1.0 + 15.0 * min(1.0, 2.0 * float(means.var()) / whole), 3) if whole > 1e-6 else 1.0


def _fill_rest(canvas: Canvas, settings: Settings, inpainter: Inpainter) -> None:
    """Paints what is seen but was hidden in the picture and lies in no join, such as the ground behind an object."""
    hole = canvas.needed & ~canvas.known
    if hole.any():
        _paint(canvas, hole, slice(None), np.arange(hole.shape[1]), settings, inpainter, (0.0, 1.0))
