"""The cheapest walk over a strip's own columns that closes it to a loop, or extends it beyond its end.

A strip of `size` columns that is reflected at its ends goes on without a seam for ever, with a period of twice its size. Each column
of that endless strip has a *phase*, 0 to 2 * size - 1: the first half runs forward through the picture, the second half backward. A walk
begins at phase `size`, just past the right end, and goes on column by column; now and then it jumps to another phase. Turning
round at an end costs nothing, running costs little, more where it shows again what a person would recognize, and a jump costs as
much as its seam can be seen. Dynamic programming over phase and length finds the cheapest walk of an exact length.

After A. Schödl et al.: "Video Textures", SIGGRAPH 2000, and V. Kwatra et al.: "Graphcut Textures", SIGGRAPH 2003, in one dimension.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..image import alpha
from . import sky
from .ends import Ends

COLUMNS, ROWS = 176, 64  # size at most of the small copy on which a walk is chosen
FINE_ROWS = 64  # rows of the copy on which jumps are moved to the pixel
OVERLAP = 1 / 16  # of the width: an overlap in which a seam is cut is no wider
ALPHA, TEXTURE = 0.7, 0.7  # weights of a difference of alpha and of texture beside one of color
WALL, MEAN = 0.8, 0.25  # weights of a difference of brightness at large, and of the whole overlap, beside that along the best seam
STRETCH, TALL = 0.6, 1 / 12  # weight of a seam's worst stretch, of that share of the rows, against the whole: part of a seam can be a wall
JUMP = 0.12  # price of any jump
SEEN = 1.4  # price of a seam that is as visible as the strip's own strongest typical changes
CUT = 1.0  # price of jumping in the middle of something recognizable
RUN = 0.15  # price of running once through the whole strip
AGAIN = 9.0  # price of running once through a whole strip of recognizable things, all shown again close by
BACKWARD = 1.5  # the same for showing them reflected, however far away
FIXED = 2.0  # levels of 255: changes smaller than this are never seen
CHUNK = 2.0  # sizes of the strip that an open walk is planned ahead
SKY = 0.4  # visibility of a sky that continues as an even gradient, into which its clouds dissolve
SYMMETRIC = 8.0  # price of running once through a strip reflected beside itself, whether anything is recognizable or not
BANDS, OUTLINE = 24, 0.99  # bands of rows on each of which ends have to meet; share of changes that no wall is steeper than
CLOSES = 0.3  # visibility of the seam from the last to the first column up to which a strip closes by itself


@dataclass(frozen=True)
class Jump:
    """The column `at` pixels past the strip's end is that of `phase` (0 to 2 * size - 1) rather than the next one."""

    at: int
    phase: int


@dataclass(frozen=True)
class Walk:
    """A walk of `length` columns from the end of a strip of `size` columns.

    overlap: width in pixels of what lies on both sides of each jump, together, in which a seam may be cut.
    visibility: of its worst jump; 0 is nothing to be seen, 1 as visible as the strip's own strongest typical changes.
    sky: whether the strip is a sky, whose colors continue as `sky.between` has them; the walk is of its opacity alone.
    ground: whether the walk is of the ground alone, on which things at the strip's ends come to an end, as of `ends.Ends`.
    joined: whether both ends are continued rather than reflected, until they meet or the walk jumps.
    mirrored: strip widths of what a person would recognize that it shows reflected; 0 where it reflects nothing but plain texture.
    """

    size: int
    length: int
    jumps: tuple[Jump, ...] = ()
    overlap: int = 0
    visibility: float = 0.0
    sky: bool = False
    ground: bool = False
    joined: bool = False
    mirrored: float = 0.0

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """First column, column after the last, and phase of the first, of each run; columns counted from the strip's end."""
        starts = [Jump(0, self.size % (2 * self.size)), *self.jumps]
        for run, after in zip(starts, [*(jump.at for jump in self.jumps), self.length]):
            yield run.at, after, run.phase

    def columns(self) -> np.ndarray:
        """(length,) int: which of the strip's columns each of the walk's is."""
        return np.concatenate([np.empty(0, int), *(folded(phase + np.arange(stop - at), self.size) for at, stop, phase in self.runs())])


def folded(phase: np.ndarray, size: int) -> np.ndarray:
    """The column of each phase, any integers."""
    phase = phase % (2 * size)
    return np.where(phase < size, phase, 2 * size - 1 - phase)


def closing(strip: np.ndarray, period: int) -> Walk:
    """The cheapest walk that closes a strip to a loop of `period` columns.

    strip: (H, W, 4) uint8, W <= period. Pixels with alpha 0 are alike whatever their color. The result is the same for the same strip.
    """
    size, length = strip.shape[1], period - strip.shape[1]
    if length <= 0 or _empty(strip[:, [0, -1]]):
        return Walk(size, max(length, 0), overlap=0)
    ends = Ends(strip)
    return replace(_closing(ends.ground(), length), ground=True) if ends.found else _closing(strip, length)


def _closing(strip: np.ndarray, length: int) -> Walk:
    size, whole, strip = strip.shape[1], strip, _covered(strip)
    tables = _Tables(strip, _overlap(size, length))
    wanted = round(length / tables.scale)
    rough = tables.closed(wanted) if wanted > 2 else None
    found = _fine(strip, length, tables, rough)
    found = replace(found, mirrored=_mirrored(found, tables))
    worth = found.visibility > SKY or any(phase >= size for _, _, phase in found.runs())
    return replace(found, sky=True, visibility=min(SKY, found.visibility), mirrored=0.0) if worth and sky.is_sky(whole) else found


def _mirrored(found: Walk, tables: _Tables) -> float:
    """As `Walk.mirrored`."""
    if not found.length or not found.overlap:
        return 0.0
    backward = np.concatenate([(phase + np.arange(stop - at)) % (2 * found.size) >= found.size for at, stop, phase in found.runs()])
    salient = tables.salient[np.minimum((found.columns() / tables.scale).astype(int), tables.n - 1)] ** 1.5
    return round(float(salient[backward].sum()) / found.size, 4)


def extending(strip: np.ndarray, length: int) -> Walk:
    """The cheapest walk of `length` columns past a strip's right end, which ends anywhere. strip: (H, W, 4) uint8.

    A long one is planned piece after piece, each of which rather shows what was not shown lately, so that no period is seen.
    """
    size = strip.shape[1]
    if length <= 0 or _empty(strip[:, -1:]):
        return Walk(size, max(length, 0))
    strip = _covered(strip)
    tables = _Tables(strip, _overlap(size, length))
    return _fine(strip, length, tables, tables.open(-(-length // max(1, int(tables.scale))) + 1), closes=False)


def already_closes(strip: np.ndarray) -> bool:
    """Whether a strip (H, W, 4) uint8 goes on from its last column to its first as it does anywhere else (a panorama, a texture)."""
    return _empty(strip[:, [0, -1]]) or _wrap_visibility(strip) <= CLOSES


def _covered(strip: np.ndarray) -> np.ndarray:
    """The rows of a strip in which anything is, from the first to the last."""
    rows = np.flatnonzero(strip[..., 3].any(axis=1))
    return strip[rows[0] : rows[-1] + 1] if len(rows) else strip[:1]


def _empty(columns: np.ndarray) -> bool:
    return not columns[..., 3].any()


def _wrap_visibility(strip: np.ndarray) -> float:
    """How much more the last and the first columns differ than neighbors do inside of the strip, over a few widths."""
    strip, size, worst = _covered(strip), strip.shape[1], 0.0
    fine = np.dstack(_planes(alpha.premultiplied(alpha.small(strip, size, min(FINE_ROWS, strip.shape[0])))))
    for width in (1, 4, 16):
        if 4 * width > size:
            break
        ring = np.concatenate([fine, fine[:, : 2 * width]], axis=1)
        means = np.cumsum(np.concatenate([np.zeros_like(ring[:, :1]), ring], axis=1), axis=1)
        means = (means[:, width:] - means[:, :-width]) / width
        change = np.sqrt((np.abs(means[:, width:] - means[:, :-width]).sum(axis=2) ** 2).mean(axis=0))
        inside, across = change[: size - 2 * width + 1], change[size - 2 * width + 1 : size]
        usual = max(float(np.percentile(inside, 90)), FIXED)
        worst = max(worst, (float(across.max()) - usual) / usual)
        if width > 1:
            worst = max(worst, _wall_visibility(means, width, size))
    return max(worst, 0.0)


def _wall_visibility(means: np.ndarray, width: int, size: int) -> float:
    """How much more the ends differ on any band of rows than what has an outline within it does. means: (rows, columns, planes)."""
    change = np.abs(means[:, width:] - means[:, :-width]).sum(axis=2)
    bands = np.stack([band.mean(axis=0) for band in np.array_split(change, min(BANDS, len(change)))])
    inside, across = bands[:, : size - 2 * width + 1], bands[:, size - 2 * width + 1 : size].max(axis=1)
    usual = np.maximum(np.quantile(inside, OUTLINE, axis=1), FIXED)
    return float(((across - usual) / usual).max())


def _overlap(size: int, length: int) -> int:
    """Width of an overlap: so that it fits into the extension and into the strip."""
    return int(max(1, min(OVERLAP * size, 0.7 * length)))


def _planes(small: np.ndarray) -> list[np.ndarray]:
    """What is compared of two columns: color, opacity, texture; so weighted that differences can be added."""
    grey = small[..., :3].mean(axis=2)
    rough = np.abs(np.diff(grey, axis=0, append=grey[-1:])) + np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    texture = TEXTURE * _box(_box(rough, 2, 0), 2, 1)
    return [*(small[..., channel] / 3.0 for channel in range(3)), ALPHA * small[..., 3], texture]


def _box(plane: np.ndarray, reach: int, axis: int) -> np.ndarray:
    """Mean over `2 * reach + 1` samples along an axis, reflected at the ends."""
    reach = min(reach, plane.shape[axis] - 1)
    if reach < 1:
        return plane
    pad = [(0, 0)] * plane.ndim
    pad[axis] = (reach + 1, reach)
    total = np.cumsum(np.pad(plane, pad, mode="symmetric"), axis=axis, dtype=np.float64)
    span, count = total.shape[axis], 2 * reach + 1
    return ((total.take(range(count, span), axis) - total.take(range(span - count), axis)) / count).astype(np.float32)


def _seen(rows: np.ndarray) -> np.ndarray:
    """(...) how much of seams is seen that differ by (rows, ...): all of it, or the worst stretch of rows where that is a wall."""
    stretch = _box(rows, max(1, round(TALL * len(rows) / 2)), 0)
    return np.maximum(np.sqrt((rows**2).mean(axis=0)), STRETCH * stretch.max(axis=0))


class _Tables:
    """What walks over a strip cost, on a small copy of `n` columns, each `scale` pixels wide.

    jump: (2n, 2n), price of jumping from where one phase would follow to another. visible: the same, of the seam alone.
    salient: (n,) from 0 to 1, how recognizable each column is. reach: columns on each side of a jump.
    """

    def __init__(self, strip: np.ndarray, overlap: int):
        size = strip.shape[1]
        self.n = n = min(COLUMNS, size)
        self.scale = size / n
        self.overlap = overlap
        self.reach = max(1, round(overlap / 2.0 / self.scale))
        small = alpha.premultiplied(alpha.small(strip, n, min(ROWS, strip.shape[0])))
        small = small[(small[..., 3] > 0).any(axis=1)]
        planes = _planes(small)
        differences = sum(np.abs(plane[:, :, None] - plane[:, None, :]) for plane in planes)
        differences = _box(differences, 1, 0)
        neighbors = np.arange(n - 1)
        changes = np.sqrt((differences[:, neighbors, neighbors + 1] ** 2).mean(axis=0)) if n > 1 else np.zeros(1)
        self.change = max(float(np.percentile(changes, 90)), FIXED)
        self.salient = _salience(differences, self.change)
        self._price(differences, planes)

    def _price(self, differences: np.ndarray, planes: list[np.ndarray]) -> None:
        n, reach = self.n, self.reach
        mean = differences.mean(axis=0)
        places = folded(np.arange(-reach, n + 1 + reach), n)
        padded = np.minimum(differences * 16.0, 65535.0).astype(np.uint16)[:, places][:, :, places]
        mean = mean[places][:, places]
        span = slice(0, n + 1)
        tables = []
        for sign in (1, -1):  # both run the same way, or one runs backward
            best, whole, steps = None, np.zeros((n + 1, n + 1)), range(-reach, reach, 2 if reach > 3 else 1)
            for k in steps:
                other = k if sign > 0 else -k
                window = np.s_[reach + k : reach + k + span.stop], np.s_[reach + other : reach + other + span.stop]
                part = padded[:, window[0], window[1]]
                best = part.copy() if best is None else np.minimum(best, part, out=best)
                whole += mean[window] / len(steps)
            rows = best.astype(np.float32) / 16.0
            tables.append(_seen(rows) + MEAN * whole)
        same, across = tables
        seen = np.empty((2 * n, 2 * n), np.float32)
        seen[:n, :n] = same[:n, :n]
        seen[n:, n:] = same[1:, 1:][::-1, ::-1]
        seen[:n, n:] = across[:n, :n][:, ::-1]
        seen[n:, :n] = across[:n, :n].T[::-1]
        columns = folded(np.arange(2 * n), n)
        wall = self._wall(planes)[columns][:, columns]
        self.visible = (seen + WALL * wall) / self.change
        cut = np.minimum(self.salient[columns], self.salient[folded(np.arange(2 * n) - 1, n)])
        self.jump = JUMP + SEEN * self.visible**1.5 + CUT * (cut[:, None] + cut[None]) / 2.0
        near = (np.arange(2 * n)[None] - np.arange(2 * n)[:, None]) % (2 * n)
        self.jump[np.minimum(near, 2 * n - near) < min(3, n)] = np.inf  # no jump at all

    def _wall(self, planes: list[np.ndarray]) -> np.ndarray:
        """(n, n), by how much columns differ in brightness at large."""
        rows = planes[0].shape[0]
        low = [_box(_box(plane, max(1, self.n // 24), 1), max(1, rows // 16), 0)[:: max(1, rows // 16)] for plane in planes[:3]]
        return np.sqrt((sum(np.abs(plane[:, :, None] - plane[:, None, :]) for plane in low) ** 2).mean(axis=0))

    def closed(self, length: int) -> list[tuple[int, int, int]] | None:
        """Jumps (at, from phase, to phase) of the cheapest walk that ends at the strip's left end after `length` columns."""
        n = self.n
        own = [(position, position) for position in range(n)]
        shown = own + [(position + n + length, phase) for position, phase in own]
        best, lowest, extra = None, np.inf, []
        for _ in range(3):  # what the walk itself shows twice is known when there is one
            jumps = self._search(self._running(length, 0, shown + extra), n % (2 * n), 0)
            if jumps is None:
                return best
            again = [(n + place, phase) for place, phase in enumerate(self._phases(jumps, length))]
            cost = self._cost(jumps, self._running(length, 0, shown + again), length)
            if cost < lowest:
                best, lowest = jumps, cost
            extra = extra + again
        return best

    def open(self, length: int) -> list[tuple[int, int, int]]:
        """As `closed`, of a walk that ends anywhere, planned some widths at a time."""
        n, done, jumps, phase = self.n, 0, [], self.n
        shown = [(position, position) for position in range(n)]
        while done < length:
            part = min(length - done, max(1, int(CHUNK * n)))
            found = self._search(self._running(part, done, shown), phase % (2 * n), None, first=self.reach if not jumps else 2 * self.reach)
            keep = part if done + part >= length else max(1, part // 2)
            found = [jump for jump in found if jump[0] < keep]
            phases = self._phases(found, keep, phase)
            shown += [(n + done + place, p) for place, p in enumerate(phases)]
            shown = shown[-4 * n :]
            jumps += [(done + at, before, to) for at, before, to in found]
            phase, done = int(phases[-1]) + 1, done + keep
            if jumps and done - jumps[-1][0] < 2 * self.reach and done < length:  # leave the seam room
                more = min(2 * self.reach - (done - jumps[-1][0]), length - done)
                shown += [(n + done + place, (phase + place) % (2 * n)) for place in range(more)]
                phase, done = phase + more, done + more
        return jumps

    def _phases(self, jumps, length: int, phase: int | None = None) -> np.ndarray:
        phase = self.n if phase is None else phase
        phases = phase + np.arange(length)
        for at, _, to in jumps:
            phases[at:] = to + np.arange(length - at)
        return phases % (2 * self.n)

    def _running(self, length: int, begin: int, shown: list[tuple[int, int]]) -> np.ndarray:
        """(length, 2n): price of showing each phase at each place past the strip's end, beside what is shown already, (place, phase)."""
        n = self.n
        place = n + begin + np.arange(length)[:, None]
        same = np.full((2 * n, length), 1e9, np.float32)
        for position, phase in shown:
            apart = np.abs(place[:, 0] - position)
            row = same[phase % (2 * n)]
            np.minimum(row, np.where(apart == 0, 1e9, apart), out=row)
        same = same.T / n
        mirrored = same[:, ::-1]
        # Two of a thing are seen at once within a frame's width; a short reflection at an end only makes it whole.
        close = np.maximum(_closeness(same), _closeness(mirrored) * np.clip((mirrored - 0.06) / 0.2, 0.0, 1.0))
        salient = self.salient[folded(np.arange(2 * n), n)] ** 1.5
        backward = np.arange(2 * n) >= n
        beside = backward * np.interp(mirrored, (0.0, 0.1, 0.5, 1.0), (0.0, 1.0, 0.6, 0.1))
        recognized = salient * (AGAIN * close + BACKWARD * backward * np.clip(mirrored / 0.16, 0.0, 1.0))
        return (RUN + SYMMETRIC * beside + recognized) / n

    def _cost(self, jumps, running: np.ndarray, length: int) -> float:
        walked = running[np.arange(length), self._phases(jumps, length)].sum()
        return float(walked + sum(self.jump[before, to] for _, before, to in jumps))

    def _search(self, running: np.ndarray, begin: int, end: int | None, first: int | None = None):
        """The cheapest jumps from phase `begin` to phase `end` (anywhere, where that is None) in as many columns as `running` has rows."""
        length, phases = running.shape
        first = self.reach if first is None else first
        least = 2 * self.reach
        diagonal = (np.arange(phases)[None] + np.arange(length)[:, None]) % phases
        total = np.concatenate([np.zeros((1, phases)), np.cumsum(np.take_along_axis(running, diagonal, 1), axis=0)])  # by run
        cost = np.full((length + 1, phases), np.inf, np.float32)
        came = np.full((length + 1, phases), -1, np.int64)  # place and phase before the jump that led here
        cost[0, begin] = 0.0
        prices = np.ascontiguousarray(self.jump.T)
        every = np.arange(phases)
        for place in range(length + 1):
            if place:
                ran = np.roll(cost[place - 1] + running[place - 1], 1)
                better = ran < cost[place]
                cost[place] = np.where(better, ran, cost[place])
                came[place][better] = -1
            tail = 0 if end is None else min(self.reach, length)
            if first <= place <= length - max(tail, 1) and np.isfinite(cost[place]).any():
                through = prices + cost[place][None]
                source = through.argmin(axis=1)
                stay = min(least, length - place)
                run = (every - place) % phases
                price = through[every, source] + (total[place + stay] - total[place])[run]
                landed = (every + stay) % phases
                better = price < cost[place + stay][landed]
                cost[place + stay][landed[better]] = price[better]
                came[place + stay][landed[better]] = place * phases + source[better]
        last = int(cost[length].argmin()) if end is None else end
        return self._traced(cost, came, last) if np.isfinite(cost[length, last]) else None

    def _traced(self, cost: np.ndarray, came: np.ndarray, phase: int) -> list[tuple[int, int, int]]:
        phases, place, jumps = cost.shape[1], len(cost) - 1, []
        while place:
            if came[place, phase] >= 0:
                at, before = divmod(int(came[place, phase]), phases)
                jumps.append((at, before, (phase - (place - at)) % phases))
                place, phase = at, before
            else:
                place, phase = place - 1, (phase - 1) % phases
        return jumps[::-1]


def _closeness(apart: np.ndarray) -> np.ndarray:
    """How much it matters that something is shown again, by how far apart in widths of the frame: 1 close by, little out of view."""
    return np.interp(apart, (0.4, 0.9, 1.15), (1.0, 0.5, 0.06)).astype(np.float32)


def _salience(differences: np.ndarray, change: float) -> np.ndarray:
    """(n,) from 0 to 1: how much of a column is like nothing else in its rows. differences: (rows, n, n) in levels."""
    n = differences.shape[1]
    reach = 2 if n > 8 else 0
    places = np.clip(np.arange(-reach, n + reach), 0, n - 1)
    padded = differences[:, places][:, :, places]
    alike = sum(padded[:, reach + k : reach + k + n, reach + k : reach + k + n] for k in range(-reach, reach + 1)) / (2 * reach + 1)
    apart = np.abs(np.arange(n)[:, None] - np.arange(n)[None])
    alike = np.where(apart <= max(1, 0.06 * n), np.inf, alike) if n > 2 else alike
    unique = alike.min(axis=2)
    ranked = np.sort(unique, axis=0)  # a thing may take all rows or few
    column = sum(ranked[-max(1, round(share * len(ranked))) :].mean(axis=0) for share in (0.15, 0.04)) / 2.0
    column = np.where(np.isfinite(column), column, 0.0)
    return np.clip(_box(column, max(1, n // 64), 0) / (2.5 * change), 0.0, 1.0).astype(np.float32)


def _fine(strip: np.ndarray, length: int, tables: _Tables, rough, closes: bool = True) -> Walk:
    """A walk on the small copy as one of exactly `length` pixels, its jumps moved to where the pixels agree best."""
    size, scale = strip.shape[1], tables.scale
    overlap = tables.overlap
    fine = np.dstack(_planes(alpha.premultiplied(alpha.small(strip, size, min(FINE_ROWS, strip.shape[0])))))
    if rough:
        places = [round(at * scale) for at, _, _ in rough]
        shifts = [round((to - before) * scale) % (2 * size) for _, before, to in rough]
    else:
        places, shifts = [], []
        if closes and (size + length) % (2 * size):
            places, shifts = [length // 2], [0]
    while not closes and places and places[-1] > length - 1:
        places.pop()
        shifts.pop()
    if not shifts:
        return Walk(size, length, (), overlap, 0.0)
    if closes:
        shifts[-1] = (-(size + length) - sum(shifts[:-1])) % (2 * size)
    jumps = _Jumps(fine, size, length, overlap, places, shifts)
    jumps.refine(max(1, round(scale)), closes)
    return jumps.walk()


class _Jumps:
    """Jumps of a walk in pixels. shifts: by how much each changes the phase. fine: (rows, size, planes) of `_planes`."""

    def __init__(self, fine: np.ndarray, size: int, length: int, overlap: int, places: list[int], shifts: list[int]):
        self._fine, self._size, self._length, self._overlap = fine, size, length, overlap
        self._places, self._shifts = places, shifts
        half = overlap // 2
        for i, place in enumerate(places):
            self._places[i] = int(min(max(place, half), max(half, length - (overlap - half))))

    def refine(self, reach: int, closes: bool) -> None:
        """Moves each jump by up to `reach` pixels; where the walk has to close, what one shift gains the last one loses."""
        count, moves = len(self._shifts), sorted(range(-reach, reach + 1), key=abs)
        if len(moves) > 17:
            moves = [round(m) for m in sorted(np.linspace(-reach, reach, 17), key=abs)]
        for i in range(count - 1 if closes else count):
            wanted = [self._shifts.copy() for _ in moves]
            for shifts, move in zip(wanted, moves):
                shifts[i] += move
                if closes:
                    shifts[-1] -= move
            touched = (i, count - 1) if closes else (i,)
            costs = [sum(self._seam(k, self._places, shifts) for k in touched) for shifts in wanted]
            self._shifts = wanted[int(np.argmin(costs))]
        for i in range(count):  # and where along the way it jumps
            least = self._places[i - 1] + self._overlap if i else self._overlap // 2
            most = self._places[i + 1] - self._overlap if i + 1 < count else self._length - (self._overlap - self._overlap // 2)
            wanted = [p for move in moves if least <= (p := self._places[i] + 2 * move) <= most] or [self._places[i]]
            costs = [self._seam(i, self._places[:i] + [p] + self._places[i + 1 :], self._shifts) for p in wanted]
            self._places[i] = wanted[int(np.argmin(costs))]

    def _seam(self, i: int, places: list[int], shifts: list[int]) -> float:
        """How much both sides of a jump differ along the best seam in its overlap."""
        apart = np.abs(self._sides(i, places, shifts)).sum(axis=2)
        return float(_seen(apart.min(axis=1))) + MEAN * float(apart.mean())

    def _sides(self, i: int, places: list[int], shifts: list[int]) -> np.ndarray:
        """(rows, overlap, planes), by how much both sides of a jump differ."""
        before = self._size + places[i] - self._overlap // 2 + sum(shifts[:i]) + np.arange(self._overlap)
        parts = [self._fine[:, folded(phase, self._size)] for phase in (before, before + shifts[i])]
        return parts[0] - parts[1]

    def walk(self) -> Walk:
        size, phase, jumps = self._size, 0, []
        for place, shift in zip(self._places, self._shifts):
            phase += shift
            jumps.append(Jump(place, (size + place + phase) % (2 * size)))
        worst = max(self._visible(i) for i in range(len(jumps)))
        return Walk(size, self._length, tuple(jumps), self._overlap, round(worst, 4))

    def _visible(self, i: int) -> float:
        """How visible a jump is when what both sides differ by at large has been spread over the runs beside it."""
        apart = self._sides(i, self._places, self._shifts)
        large = _box(apart.mean(axis=1, keepdims=True), max(1, len(apart) // 12), 0)
        large[..., 3:] = 0.0  # only color is spread
        seam = np.abs(apart - large).sum(axis=2)
        ends = [0, *self._places, self._length]
        room = min(ends[i + 1] - ends[i], ends[i + 2] - ends[i + 1])
        step = max(1, self._size // COLUMNS)
        slope = float(np.sqrt((np.abs(large).sum(axis=2) ** 2).mean())) * min(1.0, step / max(room, 1))
        change = np.sqrt((np.abs(self._fine[:, step:] - self._fine[:, :-step]).sum(axis=2) ** 2).mean(axis=0))
        usual = max(float(np.percentile(change, 90)), FIXED) if change.size else FIXED
        return (float(_seen(seam.min(axis=1))) + MEAN * float(seam.mean()) + slope) / usual
