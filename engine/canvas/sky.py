"""Skies beyond the frame: clouds that the frame cuts end in an outline of their own, before an even gradient.

A sky is a smooth gradient with soft things before it. A jump from one column to another cuts a cloud along a wall, and a reflection
makes a butterfly of it. So the gradient runs evenly from one end of the strip to the other, and the clouds in front of it are stretched
and dissolve: thin parts first, then dense ones, as ragged as clouds are.

The gradient is a polynomial fitted with iteratively reweighted least squares: P. J. Huber, "Robust Statistics", 1981.
"""

from __future__ import annotations

import numpy as np

from ..image import alpha

COLUMNS, ROWS = 160, 96  # size at most of the copy on which the gradient is fitted
OPAQUE = 128  # alpha from which on a color counts
ACROSS = 0.97  # share of the first rows that a sky covers
BELOW = 0.5  # share of the last rows that a sky covers at most: what covers them is a whole picture
TALL = 0.03  # of the height: these first and last rows
DEGREES = 1, 1  # of the polynomial along x and y
EVEN = 0.35  # share of a row that its clear sky takes at least
ROUNDS = 10  # of the reweighting
FLOOR = 3.0  # levels of 255: deviations below this are noise
CHANGES = 6.0  # levels of 255 between neighbors of that copy: a sky changes by less
CALM = 0.75  # in this share of its pixels
GLOW, TRUST = 1 / 12, 0.05  # of the copy's width: reach of what the polynomial misses; and how much of that counts where clouds are
FADE = 0.22  # of the strip's width within which clouds dissolve, at most
STRETCH = 0.6  # columns of a cloud that are shown per column
BENT = 0.03, 0.018  # of the strip's width: how far noise moves parts of a cloud along x and y where it ends
EASE = 0.3, 1.5  # how soft its outline is, at least and at most: share of the range of densities over which it fades
STEEP = 0.98  # share of a cloud's own changes that are no steeper than its new outline is to be
RAGGED = 0.6  # how much of that range noise decides, rather than the cloud's own density
OCTAVES = 4
FAINT = 6.0, 24.0  # levels of 255: what deviates less from the gradient has no outline and fades evenly, what does more is a cloud
GRAIN = 2.5  # standard deviations up to which a small deviation is grain rather than a cloud


def is_sky(strip: np.ndarray) -> bool:
    """Whether a strip (H, W, 4) uint8 is a sky: it covers its top from side to side, ends above its bottom, and changes little."""
    height, width = strip.shape[:2]
    tall = max(1, round(TALL * height))
    top, bottom = strip[:tall, :, 3] >= OPAQUE, strip[-tall:, :, 3] >= OPAQUE
    if width < 32 or height < 12 or top.mean() < ACROSS or bottom.mean() > BELOW:
        return False
    color, solid = _copy(strip)
    change = [np.abs(np.diff(color, axis=axis)).mean(axis=2) for axis in (0, 1)]
    inside = [solid[1:] & solid[:-1], solid[:, 1:] & solid[:, :-1]]
    changes = np.concatenate([c[i] for c, i in zip(change, inside)])
    return bool(changes.size) and float(np.quantile(changes, CALM)) <= CHANGES


def between(strip: np.ndarray, length: int) -> np.ndarray:
    """(H, length, 3) uint8, colors of a sky from a strip's right end round to its left one. strip: (H, W, 4) uint8.

    Where the strip is empty there is only the gradient. The same strip gives the same result.
    """
    height, width = strip.shape[:2]
    gradient = _Gradient(strip)
    place = np.arange(length)
    share = (place + 1.0) / (length + 1.0)
    share = (share * share * (3.0 - 2.0 * share))[None, :, None].astype(np.float32)
    right, left = gradient.at(np.array([width - 1]), width), gradient.at(np.array([0]), width)
    out = right * (1.0 - share) + left * share
    fade = max(1.0, min(FADE * width, float(length)))
    noise = np.stack([_noise(height, length, width, *kind) for kind in ((1, OCTAVES), (2, 2), (3, 2))])
    covered = np.zeros((height, length, 1), np.float32)
    half = place < length // 2
    for side, away in enumerate((place + 0.5, length - place - 0.5)):
        noises = noise if side == 0 else noise[:, ::-1]
        bends = [amount * width * np.minimum(away / fade, 1.0) * (2.0 * part - 1.0) for amount, part in zip(BENT, noises[1:])]
        cloud, grain, steep = _deviation(strip, gradient, away, bends, side == 0)
        keep = _kept(cloud, away / fade, noises[0], steep * fade)
        grain_here = (half if side == 0 else ~half)[None, :, None]
        out = out + cloud * keep * (1.0 - covered)
        out = out + np.where(grain_here, grain[0], 0.0) + grain[1] * keep * (1.0 - covered)
        covered = np.maximum(covered, keep * np.minimum(np.abs(cloud).mean(axis=2, keepdims=True) / 24.0, 1.0))
    return np.rint(np.clip(out, 0.0, 255.0)).astype(np.uint8)


class _Gradient:
    """A smooth sky behind its clouds."""

    def __init__(self, strip: np.ndarray):
        color, solid = _copy(strip)
        self._height = strip.shape[0]
        rows, columns = solid.shape
        self._rows = _row_colors(color, solid)
        basis = _basis(np.arange(columns) + 0.5, columns, np.arange(rows) + 0.5, rows).reshape(rows * columns, -1)
        self._weights = np.zeros((basis.shape[1], 3))
        apart = (color - self._rows[:, None]).reshape(-1, 3)
        used = solid.reshape(-1)
        weight = used.astype(float)
        for _ in range(ROUNDS if used.sum() > basis.shape[1] else 0):
            scaled = basis * weight[:, None]
            self._weights = np.linalg.solve(scaled.T @ basis + 1e-3 * np.eye(basis.shape[1]) * max(weight.sum(), 1.0) / 100.0,
                                            scaled.T @ apart)
            error = np.abs(apart - basis @ self._weights).mean(axis=1)
            usual = max(1.5 * float(np.median(error[used])), FLOOR)
            weight = used / (1.0 + (error / usual) ** 2) ** 2
        missed = ((apart - basis @ self._weights) * weight[:, None]).reshape(rows, columns, 3)
        planes = np.dstack([missed, weight.reshape(rows, columns)]).astype(np.float32)
        planes = _blurred(planes, max(1, round(GLOW * columns)))
        self._glow = planes[..., :3] / (planes[..., 3:] + TRUST)

    def at(self, columns: np.ndarray, width: int) -> np.ndarray:
        """(H, n, 3) float32, its colors in columns (real numbers) of a strip of `width` columns."""
        y = np.arange(self._height) + 0.5
        small = len(self._rows)
        base = np.stack([np.interp(y * small / self._height - 0.5, np.arange(small), self._rows[:, c]) for c in range(3)], axis=1)
        along = np.clip((columns + 0.5) * self._glow.shape[1] / width - 0.5, 0, self._glow.shape[1] - 1)
        glow = _sampled(_sampled(self._glow, along).swapaxes(0, 1), np.clip(y * small / self._height - 0.5, 0, small - 1)).swapaxes(0, 1)
        return (base[:, None] + _basis(columns + 0.5, width, y, self._height) @ self._weights + glow).astype(np.float32)


def _sampled(planes: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Columns of planes (H, W, n) at places (real numbers)."""
    low = np.minimum(at.astype(int), max(planes.shape[1] - 2, 0))
    t = (at - low)[None, :, None].astype(np.float32)
    return planes[:, low] * (1.0 - t) + planes[:, np.minimum(low + 1, planes.shape[1] - 1)] * t


def _copy(strip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A small copy: colors (rows, columns, 3) float32, and which pixels of it are opaque."""
    height, width = strip.shape[:2]
    size = min(COLUMNS, width), min(ROWS, height)
    small = alpha.small(strip, *size).astype(np.float32)
    return small[..., :3], small[..., 3] >= 250


def _row_colors(color: np.ndarray, solid: np.ndarray) -> np.ndarray:
    """(rows, 3), the most even color of each row, smoothed along y; rows with nothing have that of the nearest one."""
    filled = np.flatnonzero(solid.any(axis=1))
    if not len(filled):
        return color.mean(axis=1)
    found = np.stack([_evenest(color[row, solid[row]]) for row in filled])
    every = np.stack([np.interp(np.arange(len(color)), filled, found[:, c]) for c in range(3)], axis=1)
    reach = max(1, len(every) // 24)
    around = np.clip(np.arange(len(every))[:, None] + np.arange(-reach, reach + 1)[None], 0, len(every) - 1)
    return np.median(every[around], axis=1)[around].mean(axis=1)


def _evenest(colors: np.ndarray) -> np.ndarray:
    """(3,), the mean of those colors (n, 3) whose brightness lies in the shortest interval that holds EVEN of them (the shorth)."""
    bright = colors.mean(axis=1)
    order = np.argsort(bright, kind="stable")
    count = max(1, round(EVEN * len(order)))
    first = int(np.argmin(bright[order[count - 1 :]] - bright[order[: len(order) - count + 1]]))
    return colors[order[first : first + count]].mean(axis=0)


def _basis(x: np.ndarray, width: int, y: np.ndarray, height: int) -> np.ndarray:
    """(rows, columns, terms), products of Chebyshev polynomials."""
    along = np.polynomial.chebyshev.chebvander(2.0 * x / width - 1.0, DEGREES[0])
    down = np.polynomial.chebyshev.chebvander(2.0 * y / height - 1.0, DEGREES[1])
    return (down[:, None, :, None] * along[None, :, None, :]).reshape(len(y), len(x), -1)


def _deviation(strip: np.ndarray, gradient: _Gradient, away: np.ndarray, bends, right: bool):
    """What lies in front of the gradient, `away` pixels from an end.

    Returns clouds, their (grain, rest of the detail), and by how much they change from column to column where they are steep.
    """
    height, width = strip.shape[:2]
    deep = min(width, int(np.ceil(away.max())) + 2)
    columns = np.arange(width - 1, width - 1 - deep, -1) if right else np.arange(deep)
    part = strip[:, columns]
    apart = part[..., :3] - gradient.at(columns.astype(float), width)
    apart[part[..., 3] < OPAQUE] = 0.0
    soft = _blurred(apart, max(1, round(width / 700)))
    fine = apart - soft
    solid = part[..., 3] >= OPAQUE
    most = GRAIN * 1.4826 * float(np.median(np.abs(fine[solid]))) if solid.any() else 0.0
    at = np.clip(STRETCH * away[None] + bends[0], 0.0, deep - 1.0)
    low = np.minimum(at.astype(int), max(deep - 2, 0))
    rows = np.clip(np.arange(height)[:, None] + np.rint(bends[1]).astype(int), 0, height - 1)
    t = (at - low)[..., None].astype(np.float32)
    cloud = soft[rows, low] * (1.0 - t) + soft[rows, np.minimum(low + 1, deep - 1)] * t
    even = np.clip(fine, -most, most)
    grain = even[:, np.minimum(away.astype(int), deep - 1)]  # is everywhere as fine as in the picture
    near = np.minimum(np.rint(at).astype(int), deep - 1)
    detail = fine[rows, near] - even[rows, near]  # belongs to its cloud
    change = np.abs(np.diff(soft, axis=1)).mean(axis=2)
    change = change[change > 0.25 * change.max(initial=0.0)]
    return cloud, (grain, detail), float(np.quantile(change, STEEP)) if change.size else 0.0


def _kept(cloud: np.ndarray, far: np.ndarray, noise: np.ndarray, steep: float) -> np.ndarray:
    """(H, n, 1), the share of a cloud that is left `far` from its end: 0 at the end, 1 where all has dissolved.

    steep: by how much it may change on that way at most.
    """
    dense = np.abs(cloud).mean(axis=2)
    most = max(float(np.percentile(dense, 95)), 8.0)
    lasting = (1.0 - RAGGED) * np.minimum(dense / most, 1.0) + RAGGED * noise
    used = min(2.0 * most / max(steep, 1e-6), 0.6)
    ease = float(np.clip(used / (1.0 - used), *EASE))
    wanted = -ease + (1.0 + ease) * np.clip(far, 0.0, 1.0)[None]
    share = np.clip((lasting - wanted) / ease, 0.0, 1.0)
    ragged, even = (t * t * (3.0 - 2.0 * t) for t in (share, np.clip(1.0 - far, 0.0, 1.0)[None]))
    solid = np.clip((dense - FAINT[0]) / (FAINT[1] - FAINT[0]), 0.0, 1.0)
    return (even + (ragged - even) * solid)[..., None].astype(np.float32)


def _noise(height: int, length: int, width: int, seed: int, octaves: int) -> np.ndarray:
    """(height, length) from 0 to 1, cloudy: octaves of smooth noise, wider than tall."""
    from PIL import Image

    random, total, weight = np.random.default_rng(seed), np.zeros((height, length), np.float32), 1.0
    for octave in range(octaves):
        cell = max(2.0, width / 10.0 / 2.0**octave)
        shape = max(2, round(2.5 * height / cell) + 2), max(2, round(length / cell) + 2)
        grid = Image.fromarray(random.standard_normal(shape).astype(np.float32))
        total += weight * np.asarray(grid.resize((length, height), Image.Resampling.BICUBIC))
        weight *= 0.55
    spread = max(float(total.std()), 1e-6)
    return np.clip(0.5 + 0.28 * (total - total.mean()) / spread, 0.0, 1.0)


def _blurred(planes: np.ndarray, reach: int) -> np.ndarray:
    """Planes (H, W, n) averaged twice over squares."""
    for axis in (0, 1, 0, 1):
        near = min(reach, planes.shape[axis] - 1)
        if near < 1:
            continue
        pad = [(near + 1, near) if k == axis else (0, 0) for k in range(3)]
        total = np.cumsum(np.pad(planes, pad, mode="symmetric"), axis=axis, dtype=np.float64)
        count, size = 2 * near + 1, total.shape[axis]
        planes = ((total.take(range(count, size), axis) - total.take(range(size - count), axis)) / count).astype(np.float32)
    return planes
