"""Walks over a strip's own columns laid out in pixels: runs are copied exactly, jumps are cut along the cheapest seam.

Nothing of the strip itself changes. What is new lies beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..image import alpha
from ..settings import Settings
from . import coherence, continuation, overscan, sky
from . import walk as walks
from .ends import Ends
from .walk import Walk, folded

SOFT = 1 / 800  # of the strip's width: how far from a seam both sides are mixed
SPREAD = 1 / 7  # of the strip's width: how far from a jump what is left of a difference in brightness is spread
SMOOTH = 1 / 24  # of the height: rows over which that difference is averaged
MOST = 96.0  # levels of 255 by which it may change a color
RISE = 1 / 10  # of the height by which a ground's outline may be raised or lowered, so that both sides meet
NEAR, LEAST = 0.5, 8  # of a strip's length, and pixels: how much of it goes on beyond an end
JOINED = 0.16  # of a strip's width: so little between its ends may be filled by both of them
LED = 0.2  # of it: how much of a continuation may be seen before a walk jumps, with its overlap
MEETING = 0.5  # share of it in which they overlap
SOLID = 0.97  # share of a row that is opaque where it has no holes
COVERED = 0.9  # share of the columns in which something has to be
COMPARED = 480  # columns of the copy on which it is compared with a walk
UNLIKE = 0.1  # of what the end covers that may differ in it
OPAQUE = 128  # alpha from which on a color counts


def wanted(settings: Settings) -> bool:
    """Whether layers are closed by walks; where they are not, bridges are painted."""
    return settings.seams == "REFLECT" or (settings.seams == "AUTO" and settings.fill != "DIFFUSION")


def laid(strip: np.ndarray, walk: Walk, planes: Sequence[np.ndarray] = (), wraps: bool = False) -> tuple[np.ndarray, list[np.ndarray]]:
    """The walk's columns, (H, length, 4) uint8, and the same of other planes (H, W) of any type, which are chosen and never mixed.

    strip: (H, W, 4) uint8. wraps: whether the rows go round a torus, so that seams have to meet at the first and the last.
    """
    if walk.ground and not wraps:
        ends = Ends(strip)
        out, others = laid(ends.ground(), replace(walk, ground=False), planes)
        return _solid(strip, ends.over(out)), others
    if walk.joined and not wraps and walk.length <= JOINED * walk.size:
        return _solid(strip, _joined(strip, walk.length)), [_reflected(plane, walk.length) for plane in planes]
    own, runs = strip, list(walk.runs())
    if walk.joined and not wraps:
        strip, planes, runs = _led(strip, planes, walk, runs)
    height = strip.shape[0]
    out = np.zeros((height, walk.length, 4), np.uint8)
    others = [np.zeros((height, walk.length), plane.dtype) for plane in planes]
    if not walk.overlap:  # nothing is cut by the ends: nothing goes on
        return out, others
    columns = np.concatenate([folded(phase + np.arange(stop - at), strip.shape[1]) for at, stop, phase in runs])
    out[:] = strip[:, columns]
    for other, plane in zip(others, planes):
        other[:] = plane[:, columns]
    for i in range(1, len(runs)):
        _Crossing(strip, walk, runs[i - 1 : i + 1], (i == 1, i == len(runs) - 1)).lay(out, list(zip(others, planes)), wraps)
    if walk.sky and not wraps:
        rows = np.flatnonzero(strip[..., 3].any(axis=1))
        inside = np.s_[rows[0] : rows[-1] + 1]
        out[inside, :, :3] = sky.between(strip[inside], walk.length)
    return _solid(own, out) if walk.joined and not wraps else out, others


def closed(strip: np.ndarray, period: int, planes: Sequence[np.ndarray] = (), wraps: bool = False) -> tuple[np.ndarray, list[np.ndarray]]:
    """What follows a strip (H, W, 4) uint8 until it begins again after `period` columns; other arguments and result as of `laid`."""
    return laid(strip, closing(strip, period), planes, wraps)


def closing(strip: np.ndarray, period: int) -> Walk:
    """The way to close a strip (H, W, 4) uint8 to a loop of `period` columns: the cheapest walk, or both ends continued until they meet.

    Whichever looks more like the strip is taken.
    """
    way = walks.closing(strip, period)
    size, scale = strip.shape[1], max(1.0, strip.shape[1] / COMPARED)
    if way.sky or not way.jumps or size < 64 or not (2 <= way.length <= JOINED * size or _leads(way)):
        return way
    if (strip[..., 3] >= OPAQUE).any(axis=0).mean() < COVERED:  # single things, which their reflections make whole
        return way
    small = alpha.small(strip, round(size / scale), max(1, round(len(strip) / scale)))
    walked = walks.closing(small, small.shape[1] + max(2, round(way.length / scale)))
    if way.length > JOINED * size and not _leads(walked):
        return way
    ways = [walked, replace(walked, joined=True)]
    unlike = [coherence.unlikeness(small, laid(small, one)[0]) for one in ways]
    return replace(way, joined=True, mirrored=0.0) if unlike[1] < unlike[0] else way


def _joined(strip: np.ndarray, length: int) -> np.ndarray:
    """(H, length, 4) uint8: both ends continue until they meet at the cheapest seam."""
    overlap, middle = max(1, round(MEETING * length)), length // 2
    each = (length + overlap + 1) // 2
    both = [continuation.beyond(strip, each), continuation.beyond(strip[:, ::-1], each)[:, ::-1]]
    out = np.zeros((strip.shape[0], length, 4), np.uint8)
    out[:, :middle], out[:, middle:] = both[0][:, :middle], both[1][:, each - (length - middle) :]
    runs = (0, middle, 0), (middle, length, 2 * each - (length - middle))
    _Crossing(np.concatenate(both, axis=1), Walk(2 * each, length, (), overlap), runs, (True, True)).lay(out, [], False)
    return out


def _solid(strip: np.ndarray, new: np.ndarray) -> np.ndarray:
    """What lies beyond, (H, n, 4) uint8, without holes in rows in which the strip has none: nothing may be there behind it."""
    rows = (strip[..., 3] == 255).mean(axis=1) >= SOLID
    holes = rows[:, None] & (new[..., 3] < 255)
    if not holes.any():
        return new
    size, place = strip.shape[1], np.arange(new.shape[1])
    behind = strip[:, folded(size + np.minimum(place, size - 1), size)]
    full = _filled(behind, rows)
    share = new[..., 3:].astype(np.float32) / 255.0
    color = np.rint(new[..., :3] * share + full * (1.0 - share)).astype(np.uint8)
    out = new.copy()
    out[holes, :3], out[holes, 3] = color[holes], 255
    return out


def _filled(columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Colors of pixels (H, n, 4), where one is open in one of the rows told that of the next opaque one below it."""
    height = len(columns)
    below = np.where(columns[..., 3] == 255, np.arange(height)[:, None], height - 1)
    below = np.minimum.accumulate(below[::-1], axis=0)[::-1]
    return np.where(rows[:, None, None], np.take_along_axis(columns, below[..., None], 0), columns)[..., :3]


def _leads(walk: Walk) -> bool:
    """Whether a walk jumps away from both ends so soon that they can be continued rather than reflected."""
    runs = list(walk.runs())
    return max(runs[0][1], walk.length - runs[-1][0]) + walk.overlap <= LED * walk.size


def _led(strip: np.ndarray, planes: Sequence[np.ndarray], walk: Walk, runs: list[tuple[int, int, int]]):
    """The strip, other planes and a walk's runs, with the continuations of both ends as parts of the strip."""
    size, before, after = walk.size, walk.length - runs[-1][0] + walk.overlap, runs[0][1] + walk.overlap
    wide = np.concatenate([continuation.beyond(strip[:, ::-1], before)[:, ::-1], strip, continuation.beyond(strip, after)], axis=1)
    others = [np.pad(plane, ((0, 0), (before, after)), mode="symmetric") for plane in planes]
    phases = [before + phase if phase < size else 2 * after + before + phase for _, _, phase in runs[1:-1]]
    phases = [before + size, *phases, before - (walk.length - runs[-1][0])]
    return wide, others, [(at, stop, phase) for (at, stop, _), phase in zip(runs, phases)]


def _reflected(plane: np.ndarray, length: int) -> np.ndarray:
    """A plane (H, W) beyond both ends, (H, length), each half reflected."""
    half = (length + 1) // 2
    return np.concatenate([plane[:, ::-1][:, :half], plane[:, ::-1][:, plane.shape[1] - (length - half) :]], axis=1)


def extend(strip: np.ndarray, before: int, after: int, axis: int = 1, wraps: bool = False) -> np.ndarray:
    """The strip (H, W, 4) uint8 with `before` and `after` pixels more at its ends; axis 1 is along x, 0 along y.

    Narrow margins continue what lies at the end (`overscan`). Wider ones are a walk of any length, even many widths, in which no period
    is seen. Along y only what is near that edge is used: ground stays ground, and sky stays sky.
    """
    if axis == 0:
        strip = strip.swapaxes(0, 1)
    parts = [strip]
    if before:
        parts.insert(0, _margin(strip[:, ::-1], before, wraps, axis == 0)[:, ::-1])
    if after:
        parts.append(_margin(strip, after, wraps, axis == 0))
    whole = np.concatenate(parts, axis=1)
    return whole.swapaxes(0, 1) if axis == 0 else whole


def _margin(strip: np.ndarray, length: int, wraps: bool, near: bool) -> np.ndarray:
    if not wraps and overscan.narrow(length, strip.shape[1]):
        return overscan.beyond(strip, length)
    return beyond(strip, length, (), wraps, near)[0]


def beyond(strip: np.ndarray, length: int, planes: Sequence[np.ndarray] = (), wraps: bool = False,
           near: bool = False) -> tuple[np.ndarray, list[np.ndarray]]:
    """What follows a strip (H, W, 4) uint8 past its right end, `length` pixels; other arguments and result as of `laid`.

    near: whether only what is close to that end, and covers what the end covers, is used.
    """
    begin = strip.shape[1] - _alike(strip) if near else 0
    part = strip[:, begin:]
    return laid(part, walks.extending(part, length), [plane[:, begin:] for plane in planes], wraps)


def _alike(strip: np.ndarray) -> int:
    """How many columns at a strip's right end cover about the same rows as the last one, NEAR of the strip at most."""
    solid = strip[..., 3] >= OPAQUE
    differs = (solid != solid[:, -1:]).mean(axis=0) > UNLIKE * max(float(solid[:, -1].mean()), 0.1)
    size = strip.shape[1]
    found = np.flatnonzero(differs)
    alike = size - 1 - int(found[-1]) if len(found) else size
    return max(min(alike, round(NEAR * size)), min(LEAST, size))


class _Crossing:
    """A jump from one run to the next, and what lies around it: [begin, end) columns, of which both runs are seen in the overlap.

    ends: whether the run before it begins at the strip's own end, and whether the one after it ends there.
    """

    def __init__(self, strip: np.ndarray, walk: Walk, runs: Sequence[tuple[int, int, int]], ends: tuple[bool, bool]):
        (start, at, before), (_, stop, after) = runs
        self._strip, self._soft, half, size = strip, max(1.0, SOFT * walk.size), walk.overlap // 2, strip.shape[1]
        self._at = at
        self._first, self._last = max(at - half, 0), min(at - half + walk.overlap, walk.length)
        wide = max(SPREAD * walk.size, walk.overlap)
        reach = min(wide, (at - start) / (1 if ends[0] else 2)), min(wide, (stop - at) / (1 if ends[1] else 2))
        self._begin, self._end = min(self._first, at - int(reach[0])), max(self._last, at + int(reach[1]))
        self._columns = (folded(before - start + np.arange(self._begin, self._last), size),
                         folded(after - at + np.arange(self._first, self._end), size))

    def lay(self, out: np.ndarray, planes: Sequence[tuple[np.ndarray, np.ndarray]], wraps: bool) -> None:
        """Writes the crossing into the walk's columns, and into other planes, (laid out, source)."""
        both = [self._strip[:, columns].astype(np.float32) for columns in self._columns]
        rise = 0 if wraps else self._rise(both)
        if rise:
            self._level(both, rise)
        self._match(both, out, wraps)
        inside = self._first - self._begin
        pair = [alpha.premultiplied(both[0][:, inside:]), alpha.premultiplied(both[1][:, : self._last - self._first])]
        seam = cheapest_seam(_apart(*pair), wraps)
        places = np.arange(self._last - self._first)
        share = np.clip((places[None] - seam[:, None] + 0.5) / (2.0 * self._soft) + 0.5, 0.0, 1.0)[..., None].astype(np.float32)
        mixed = pair[0] * (1.0 - share) + pair[1] * share
        window = np.s_[:, self._first : self._last]
        out[window] = alpha.straight(mixed)
        for laid_out, source in planes:
            sides = source[:, self._columns[0][inside:]], source[:, self._columns[1][: len(places)]]
            laid_out[window] = np.where(share[..., 0] < 0.5, *sides)

    def _match(self, both: list[np.ndarray], out: np.ndarray, wraps: bool) -> None:
        """Spreads what both sides differ by at large, row by row, over both of them."""
        shared = self._last - self._first
        ends = both[0][:, -shared:], both[1][:, :shared]
        solid = ((ends[0][..., 3] >= OPAQUE) & (ends[1][..., 3] >= OPAQUE))[..., None]
        rows = max(1, round(SMOOTH * out.shape[0]))
        total = _smoothed(((ends[1] - ends[0])[..., :3] * solid).sum(axis=1), rows, wraps)
        count = _smoothed(solid.sum(axis=1).astype(np.float32), rows, wraps)
        step = np.clip(total / np.maximum(count, 1e-3), -MOST, MOST)[:, None]
        for side, share in enumerate(self._shares()):
            both[side][..., :3] += step * share[None, :, None].astype(np.float32)
            np.clip(both[side], 0.0, 255.0, out=both[side])
        out[:, self._begin : self._first] = np.rint(both[0][:, : self._first - self._begin]).astype(np.uint8)
        out[:, self._last : self._end] = np.rint(both[1][:, shared:]).astype(np.uint8)


    def _shares(self) -> tuple[np.ndarray, np.ndarray]:
        """For each column of both sides, the share of what they differ by that is added to it; more where there is more room."""
        room, shares = (max(self._at - self._begin, 1), max(self._end - self._at, 1)), []
        for side, begin, stop in ((0, self._begin, self._last), (1, self._first, self._end)):
            apart = self._at - np.arange(begin, stop) if side == 0 else np.arange(begin, stop) - self._at + 1
            t = np.clip(1.0 - apart / room[side], 0.0, 1.0)
            shares.append((1.0, -1.0)[side] * room[side] / sum(room) * (t * t * (3.0 - 2.0 * t)))
        return shares[0], shares[1]

    def _rise(self, both: list[np.ndarray]) -> int:
        """By how many rows the outline of the ground is lower after the jump than before; 0 where there is no plain ground."""
        shared, tops = self._last - self._first, []
        for part in (both[0][:, -shared:], both[1][:, :shared]):
            solid = part[..., 3] >= OPAQUE
            top = solid.argmax(axis=0)
            if not solid[-1].all() or not (solid.sum(axis=0) >= 0.95 * (solid.shape[0] - top)).all():
                return 0
            tops.append(top)
        rise = int(round(float(np.median(tops[1] - tops[0]))))
        return rise if abs(rise) <= RISE * both[0].shape[0] else 0

    def _level(self, both: list[np.ndarray], rise: int) -> None:
        """Moves the columns of both sides up or down, ever less away from the jump, so that their outlines meet."""
        rows = np.arange(both[0].shape[0])[:, None]
        for side, share in enumerate(self._shares()):
            moved = folded(rows - np.rint(rise * share).astype(int)[None], len(rows))
            both[side] = np.take_along_axis(both[side], moved[..., None], 0)


def cheapest_seam(cost: np.ndarray, wraps: bool = False) -> np.ndarray:
    """For each row of a cost (H, w) the column at which a seam from top to bottom crosses it, moving by at most one from row to row.

    wraps: whether it ends in the column in which it begins.
    """
    height, width = cost.shape
    if wraps and height > 2:
        middle = cheapest_seam(np.roll(cost, height // 2, axis=0))[height // 2]
        cost = cost.copy()
        fixed = np.arange(width) != middle
        cost[0, fixed] = cost[-1, fixed] = 1e6
    total = np.empty((height, width + 2), np.float32)
    total[:, 0] = total[:, -1] = np.inf
    total[0, 1:-1] = cost[0]
    for row in range(1, height):
        above = total[row - 1]
        total[row, 1:-1] = cost[row] + np.minimum(np.minimum(above[:-2], above[2:]), above[1:-1])
    seam = np.empty(height, int)
    seam[-1] = int(total[-1].argmin())
    for row in range(height - 2, -1, -1):
        near = total[row, seam[row + 1] - 1 : seam[row + 1] + 2]
        seam[row] = seam[row + 1] - 1 + int(near.argmin())
    return seam - 1


def _apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(H, w) how much two premultiplied pictures differ, in their changes along x and y as well; the middle a little cheaper."""
    change = one - other
    apart = np.abs(change).sum(axis=2)
    for axis in (0, 1):
        if change.shape[axis] > 1:
            edge = np.abs(np.diff(change, axis=axis)).sum(axis=2)
            pad = [(0, 0), (0, 0)]
            pad[axis] = (0, 1)
            apart = apart + np.pad(edge, pad)
    width = apart.shape[1]
    return apart + 2.0 * np.abs(np.linspace(-1.0, 1.0, width))[None] ** 4 if width > 2 else apart


def _smoothed(rows: np.ndarray, reach: int, wraps: bool) -> np.ndarray:
    """Rows (H, ...) averaged twice over `2 * reach + 1`."""
    rows = rows.reshape(len(rows), -1)
    reach = min(reach, len(rows) - 1)
    for _ in range(2 if reach else 0):
        padded = np.pad(rows, ((reach + 1, reach), (0, 0)), mode="wrap" if wraps else "symmetric")
        total = np.cumsum(padded, axis=0, dtype=np.float64)
        rows = ((total[2 * reach + 1 :] - total[: -2 * reach - 1]) / (2 * reach + 1)).astype(np.float32)
    return rows
