"""The clean plate beside a thing: what is behind it, without the rim, the halo and the stray strands that a matte misses.

A matte is found close to the outline of a mask. What of the thing lies beyond it, such as a soft rim or a hair, would stay behind as a
ghost when the thing moves. So near the outline the picture counts as background only where it looks like the background farther out.
Elsewhere the background is filled from there, and the thing's own layer gets what it takes to have the picture again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import masks, opencv

STRANDS = 4.0, 7.0  # times the reach: how close to a thing its stray strands must begin, and how far they may go
THIN = 0.35  # times the reach: half the width that a strand has at most
THICK = 3.0  # pixels, at least, or the reach: half the width from which what stands out is no strand
LEANS = 0.3  # how far a color may lie from the background's to the thing's and be the background's still
OURS = 0.4  # how far a strand's color lies from the background's to the thing's
FINE = 2.5  # pixels of reach from which on colors are averaged in a smaller copy
WINDOWS = 8.0, 1.5  # times the reach: half the boxes in which the background's colors are averaged
MOST = 30.0  # levels by which even a rough background may not differ
NOISE = 3.0  # standard deviations of the background around it within which a pixel is background
FLOOR = 4.0  # levels by which any background may differ from its mean
LASTING = 2.0, 1.5  # levels, and standard deviations, by which the mean of 3 x 3 pixels may differ from it: less than a single one
STRAY = 2.0  # times that tolerance by which a strand stands out
OFF = 40.0  # levels by which a color of the thing may lie off the line between both sides' colors
ROUGH = 16.0  # levels of slack from which on only what leans to the thing's colors is a rim
ALIKE = 12.0  # levels: sides whose colors differ by less cannot be told apart by projection
OPAQUE = 200  # alpha from which on a color is surely the thing's own


@dataclass(frozen=True)
class Lifted:
    """A thing and what is behind it: alpha (H, W) uint8; front and back (H, W, 3) uint8, whose blend is the picture."""

    alpha: np.ndarray
    front: np.ndarray
    back: np.ndarray


def cleaned(picture: np.ndarray, lifted: Lifted, known: np.ndarray, reach: float) -> Lifted:
    """The same with a clean plate behind it; the blend of both is still the picture, to within a level.

    picture: (H, W, 3) uint8. known: (H, W) bool, where the picture is one; nothing else changes. reach: pixels beyond the thing within
    which its rim may lie, at least 1. What the matte has as opaque stays as it is. Without OpenCV nothing changes.
    """
    thing = lifted.alpha >= 128
    if reach < 1.0 or not opencv.available() or not thing.any():
        return lifted
    part = masks.around(lifted.alpha > 0, round((STRANDS[1] + 3.0) * reach) + 2)
    here = Lifted(lifted.alpha[part], lifted.front[part], lifted.back[part])
    found = _cleaned(picture[part], here, known[part], reach)
    out = Lifted(lifted.alpha.copy(), lifted.front.copy(), lifted.back.copy())
    out.alpha[part], out.front[part], out.back[part] = found.alpha, found.front, found.back
    return out


@dataclass(frozen=True)
class _Look:
    """A picture (H, W, 3) uint8 with the means of 3 x 3 pixels and, (H, W) float32, the sums of its squares."""

    picture: np.ndarray
    smooth: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, picture: np.ndarray) -> _Look:
        import cv2

        picture = np.ascontiguousarray(picture)
        squares = cv2.multiply(picture, picture, dtype=cv2.CV_32F)
        return cls(picture, cv2.blur(picture, (3, 3)), cv2.transform(squares, np.ones((1, 3), np.float32)))


@dataclass(frozen=True)
class _Model:
    """What the background around each pixel looks like: mean (H, W, 3), and slack (H, W), levels by which it may differ; both uint8."""

    mean: np.ndarray
    slack: np.ndarray


def _cleaned(picture: np.ndarray, lifted: Lifted, known: np.ndarray, reach: float) -> Lifted:
    alpha, look = lifted.alpha, _Look.of(picture)
    distance = _distance(alpha >= 128)
    seen = known & (alpha < 255)
    band = seen & ((distance <= reach) | (alpha > 0))
    beyond = seen & ~band
    if not beyond.any():
        return lifted
    own = _model(_Look.of(lifted.front), alpha >= OPAQUE, reach).mean
    far = beyond & _within(look.picture, _model(look, beyond, 2.0 * reach))  # what stands out would count as noise
    wide = _model(look, far, 2.0 * reach)
    behind = _things_behind(beyond & ~far, reach)
    strands = _strands(look, own, wide, band, beyond & ~_grown(behind, reach), distance, reach)
    band, far = band | strands, far & _within(look.picture, wide) & ~strands
    asked = band & (alpha < 128) & ~strands
    agrees = _agreeing(look, own, asked, far, _model(look, far, reach))
    if behind.any():
        agrees |= _agreeing(look, own, asked & _grown(behind, 2.0 * reach), far | behind, _model(look, behind, reach))
        far = far | behind
    return _blended(look, lifted, own, band, agrees, far, _model(look, far | agrees, reach))


def _blended(look: _Look, lifted: Lifted, own: np.ndarray, band: np.ndarray, agrees: np.ndarray, far: np.ndarray, model: _Model) -> Lifted:
    """Both sides anew within the band: the background as it was where it agrees with what is around it, else filled."""
    ys, xs = np.nonzero(band)
    slack, mean, share = model.slack[ys, xs].astype(np.float32), model.mean[ys, xs].astype(np.float32), lifted.alpha[ys, xs]
    told_apart = np.abs(own[ys, xs] - mean).max(axis=1) > slack + FLOOR
    leans = _share(own[ys, xs] - mean, look.picture[ys, xs] - mean) > LEANS
    leans |= np.abs(look.picture[ys, xs] - mean).max(axis=1) > STRAY * slack
    doubtful = ~told_apart | ((slack > ROUGH) & ~leans)  # a surface that is cut through, or a rough one: no rim can be told from it
    clear = (agrees[ys, xs] & (told_apart | (share == 0))) | ((share == 0) & doubtful)
    kept = ~clear & (share > 0) & ~told_apart & (np.abs(lifted.back[ys, xs] - mean).max(axis=1) <= slack)
    alpha, front, back = lifted.alpha.copy(), lifted.front.copy(), lifted.back.copy()
    alpha[ys[clear], xs[clear]] = 0
    back[ys[clear], xs[clear]] = look.picture[ys[clear], xs[clear]]
    ys, xs = (places[~clear & ~kept] for places in (ys, xs))
    back[ys, xs] = _filled(look.picture, model.mean, far, ys, xs)
    alpha[ys, xs], front[ys, xs] = _solved(look.picture[ys, xs], own[ys, xs], back[ys, xs])
    return Lifted(alpha, front, back)


def _solved(picture: np.ndarray, own: np.ndarray, back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Alpha (n,) and the thing's colors (n, 3), uint8, whose blend with the background is the picture.

    Alpha is where the picture lies between both colors, and as much more as it takes for a color near the thing's own.
    """
    wanted, behind = picture.astype(np.float32), back.astype(np.float32)
    axis, step = own.astype(np.float32) - behind, wanted - behind
    share = np.clip((axis * step).sum(axis=1) / ((axis**2).sum(axis=1) + ALIKE**2), 0.0, 1.0)
    missed = _most(np.abs(step - share[:, None] * axis))
    room = np.where(step > 0.0, 255.0 - behind, behind)
    least = _most(np.abs(step) / np.maximum(room, 1.0))
    share = np.clip(np.maximum(np.maximum(share, least), missed / OFF), 0.0, 1.0)
    alpha = np.ceil(share * 255.0)
    front = behind + step * 255.0 / np.maximum(alpha, 1.0)[:, None]
    return alpha.astype(np.uint8), np.rint(np.clip(front, 0.0, 255.0)).astype(np.uint8)


def _things_behind(odd: np.ndarray, reach: float) -> np.ndarray:
    """(H, W) bool: of what stands out from the background, (H, W) bool, what is too thick to be a strand and so is part of it."""
    half = max(THICK, reach)
    return odd & _grown(_distance(~odd) > half, half)


def _strands(look: _Look, own: np.ndarray, model: _Model, band: np.ndarray, beyond: np.ndarray, distance: np.ndarray,
             reach: float) -> np.ndarray:
    """(H, W) bool: thin things that stand out from the background, end beside the thing, and grow out of it or are close and in its colors.

    own: (H, W, 3) uint8, the thing's colors. beyond: what is seen beyond the band. distance: (H, W) pixels from the thing.
    """
    import cv2

    zone = beyond & (distance <= STRANDS[1] * reach)
    odd = (zone & ~_within(look.picture, model, STRAY)).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(THIN * reach)) + 1,) * 2)
    thick = cv2.dilate(cv2.morphologyEx(odd, cv2.MORPH_OPEN, kernel), np.ones((3, 3), np.uint8))
    count, number = cv2.connectedComponents(odd & ~thick & 1, connectivity=8)
    ys, xs = np.nonzero(number)
    if not len(ys):
        return zone & False
    found = number[ys, xs]
    begins = np.bincount(found, distance[ys, xs] <= STRANDS[0] * reach, count) > 0
    ends = np.bincount(found, _dilated(beyond & ~zone)[ys, xs], count) == 0
    mean = model.mean[ys, xs].astype(np.float32)
    share = _share(own[ys, xs] - mean, look.picture[ys, xs] - mean)
    grows = np.bincount(found, _dilated(band)[ys, xs], count) > 0  # what grows out of the thing, such as the tip of a spire, has any color
    taken = begins & ends & (grows | (np.bincount(found, share - OURS, count) > 0.0))
    return _dilated(taken[number]) & zone


def _model(look: _Look, known: np.ndarray, reach: float) -> _Model:
    """Of what is known, (H, W) bool, around each pixel; from farther off where there is none close by."""
    import cv2

    scale = max(1.0, reach / FINE)
    size, mask = tuple(max(1, round(n / scale)) for n in known.shape[::-1]), known.astype(np.uint8)
    planes = mask.astype(np.float32), cv2.copyTo(look.picture, mask).astype(np.float32), cv2.copyTo(look.squares, mask)
    small = np.dstack([cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in planes])
    total = np.zeros_like(small)
    for times in WINDOWS:
        box = (2 * round(times * reach / scale) + 1,) * 2
        total = 1e-3 * total + cv2.blur(cv2.blur(small, box, borderType=cv2.BORDER_REPLICATE), box, borderType=cv2.BORDER_REPLICATE)
    count = np.maximum(total[..., :1], 1e-9)
    mean = total[..., 1:4] / count
    spread = np.maximum(total[..., 4] / count[..., 0] - (mean**2).sum(axis=2), 0.0) / 3.0
    slack = FLOOR + np.minimum(NOISE * np.sqrt(spread), MOST)
    return _Model(*(cv2.resize(np.rint(np.clip(plane, 0.0, 255.0)).astype(np.uint8), known.shape[::-1]) for plane in (mean, slack)))


def _filled(picture: np.ndarray, mean: np.ndarray, sources: np.ndarray, ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
    """(n, 3) uint8: the background's mean at some pixels, with the grain that is mirrored at the border of what is known of it."""
    import cv2

    _, ids = cv2.distanceTransformWithLabels((~sources).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    known = np.flatnonzero(sources)
    at = np.zeros(int(ids.max()) + 1, np.int64)
    at[ids.ravel()[known]] = known
    height, width = sources.shape
    nearest = at[ids[ys, xs]]
    y, x = np.clip(2 * (nearest // width) - ys, 0, height - 1), np.clip(2 * (nearest % width) - xs, 0, width - 1)
    grain = np.where(sources[y, x][:, None], picture[y, x].astype(np.float32) - mean[y, x], 0.0)
    return np.rint(np.clip(mean[ys, xs] + grain, 0.0, 255.0)).astype(np.uint8)


def _agreeing(look: _Look, own: np.ndarray, where: np.ndarray, far: np.ndarray, model: _Model) -> np.ndarray:
    """(H, W) bool: what looks like the background, as single pixels and together with those around them, and not like the thing.

    own: (H, W, 3) uint8, the thing's colors. where: what is asked about. far: what is taken for background anyway.
    """
    agrees = where & _agrees(look, model)
    ys, xs = np.nonzero(agrees)
    mean = model.mean[ys, xs].astype(np.float32)
    agrees[ys, xs] = _share(own[ys, xs] - mean, look.picture[ys, xs] - mean) <= LEANS
    return agrees & ~_dilated(where & ~agrees & ~far)  # single pixels that agree with a rough background would stay as dots


def _share(axis: np.ndarray, step: np.ndarray) -> np.ndarray:
    """(n,) from 0 to 1: how far colors lie on the way from the background's to the thing's, both (n, 3) float32 from the background's."""
    return np.clip((axis * step).sum(axis=1) / np.maximum((axis**2).sum(axis=1), ALIKE**2), 0.0, 1.0)


def _agrees(look: _Look, model: _Model) -> np.ndarray:
    """(H, W) bool: what is within the slack of a model, and the mean of 3 x 3 pixels within less of it."""
    levels = np.arange(256, dtype=np.float32)
    lasting = np.rint(LASTING[0] + LASTING[1] / NOISE * np.maximum(levels - FLOOR, 0.0)).astype(np.uint8)
    return _within(look.picture, model) & (_apart(look.smooth, model.mean) <= lasting[model.slack])


def _within(picture: np.ndarray, model: _Model, times: float = 1.0) -> np.ndarray:
    """(H, W) bool: where the picture differs from the background by no more than that may, or some times as much."""
    return _apart(picture, model.mean) <= (model.slack if times == 1.0 else times * model.slack.astype(np.float32))


def _apart(picture: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """(H, W) uint8: levels between two pictures, in the channel in which they differ most."""
    import cv2

    red, green, blue = cv2.split(cv2.absdiff(picture, mean))
    return cv2.max(cv2.max(red, green), blue)


def _grown(mask: np.ndarray, radius: float) -> np.ndarray:
    """(H, W) bool: what is no more than `radius` pixels from a mask."""
    return _distance(mask) <= radius


def _dilated(mask: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


def _most(values: np.ndarray) -> np.ndarray:
    return np.maximum(np.maximum(values[..., 0], values[..., 1]), values[..., 2])


def _distance(mask: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
