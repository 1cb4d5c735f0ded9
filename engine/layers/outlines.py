"""Layers from the picture alone, whose borders follow the outlines of what stands in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import opencv
from ..errors import ParallaxError
from . import subject
from .pieces import gathered
from .regions import FOR, LIKE, Regions, joined, neighbors, segmented, smoothed, split

WORK_SIDE = 560  # pixels on the longer side of the picture in which things are looked for; lengths below are meant for it
RATIO = 3.0  # how many times farther the backdrop is than the nearest layer
STEP = 1.6  # largest ratio of the distances of two neighbors
WIDE, BROAD = 0.5, 0.28  # shares of the width from which a region may be ground; the second where it touches a side of the frame
CLOUD, VEIL, FAINT = 6.0, 2.5, 16.0  # mean steps in CIE Lab: across borders of clouds, of soft ones, and around what lies flat
MAINLY = 0.6  # of the width of what a thing mainly rests upon, from which it rests upon something else, too
GAP = 3  # pixels that may lie between a figure and the pole it hangs on
FLAT = 0.6  # share of pixels like the one below from which a picture is flat artwork
PLASTER = 0.3  # differences in CIE Lab from their surroundings that many pixels of a plain wall stay below
RUGGED = 4.0  # differences in CIE Lab from their surroundings from which leaves or stones fill the upper edge, and no sky
TOSS = 2.5  # how much the share of undecided pieces lowers how sure the layers are
BARE = 0.15  # of what lies below the horizon: a picture that shows less plain ground is a close-up
EDGED = 0.6  # share of a border that must lie on edges for a close-up to be parted there
CLEAR = 0.8  # share of the outline of a body before a landscape that must do so
CLINGS = 0.3  # share of the outline of what does not stand from which it belongs to what it touches
HOPS = 3  # how far nearness is handed on from one thing to the next
LEG = 0.55  # of the height of a body, up to which legs may reach into it
SAIL = 0.06  # of the picture, up to which something hangs on a pole
BACKDROP, GROUND, FIGURE = 0, 1, 2


@dataclass(frozen=True)
class Outlines:
    """labels: (H, W) uint8, ranks of layers, 0 is the farthest. distances: far to near. notes: sentences for the artist.

    sure: 0..1, how likely the borders follow outlines and cut nothing: the share of them that lies on edges or in plain ground, less for
    pieces that stand on nothing and are parted from a neighbor they hang together with. 0 where there is one layer.
    """

    labels: np.ndarray
    distances: tuple[float, ...]
    notes: tuple[str, ...] = ()
    sure: float = 0.0


def separate(picture: np.ndarray, layers: int = 0) -> Outlines:
    """Takes a picture (H, W, 3) uint8 apart into layers, so that nothing that stands is cut.

    The backdrop, a sky or a wall, is found by its colors; the ground by being wide; all else is a figure, which belongs where its base
    stands. layers: how many; 0 lets the picture decide. Raises ParallaxError without OpenCV, or when the picture has too few rows.
    """
    cv2 = opencv.needed(*FOR)
    height, width = picture.shape[:2]
    if layers > height:
        raise ParallaxError(f"The picture has {height} rows: use at most {height} layers")
    if layers == 1 or (layers == 0 and min(height, width) < 8):
        return Outlines(np.zeros((height, width), np.uint8), (1.0,))
    scale = min(1.0, WORK_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    scene = _scene(small)
    labels = _close_up(scene, layers) if scene.is_close_up else _landscape(scene, layers)
    count = layers or int(labels.max()) + 1
    return Outlines(_all_present(_refined(picture, labels), layers), _distances(count), (), _sure(scene, labels))


@dataclass(frozen=True)
class _Scene:
    """lab: (h, w, 3) float32. backdrop: (h, w) bool. kinds: for each region. horizon: a row."""

    lab: np.ndarray
    regions: Regions
    backdrop: np.ndarray
    kinds: np.ndarray
    horizon: int

    @property
    def is_close_up(self) -> bool:
        """Whether the picture shows no backdrop with plain ground below."""
        below = self.kinds[self.regions.ids[self.horizon :]] == GROUND
        return not self.backdrop.any() or below.size == 0 or below.mean() < BARE


def _scene(small: np.ndarray) -> _Scene:
    lab = smoothed(small)
    regions = segmented(lab)
    backdrop = _backdrop(regions, lab, _is_drawn(small))
    horizon = _horizon(backdrop)
    regions = split(regions, backdrop, lab)
    return _Scene(lab, regions, backdrop, _kinds(regions, lab, backdrop, horizon), horizon)


def _close_up(scene: _Scene, layers: int) -> np.ndarray:
    """(h, w) uint8: the subject, or all that is not backdrop, in one layer; one layer in all where neither has a clear outline."""
    found = subject.find(scene.regions, scene.lab)
    candidates = [(found.edged, found.mask)] if found else []
    if scene.backdrop.any():
        rest = _tidied((~scene.backdrop).astype(np.uint8)) > 0
        candidates.append((subject.edged(rest.astype(np.int32), scene.lab), rest))
    good, mask = max(candidates, key=lambda one: one[0], default=(0.0, scene.backdrop))
    if good < EDGED and not layers:
        return np.zeros(mask.shape, np.uint8)
    return _filled(mask.astype(np.uint8), _bases(scene), layers)


def _landscape(scene: _Scene, layers: int) -> np.ndarray:
    """(h, w) uint8: the backdrop, and all else by the row on which it stands."""
    bases = _bases(scene)
    body = _body(scene)
    if body is not None:
        bases = np.where(body, np.float32(len(bases) - 1), bases)
    ranks = _together(scene, _ranked(bases, _rows(bases, scene.horizon, layers)))
    figures = (scene.kinds == FIGURE) & ~_hills(scene.regions, scene.kinds)
    return _filled(_tidied(gathered(ranks, figures[scene.regions.ids])), bases, layers)


def _body(scene: _Scene) -> np.ndarray | None:
    """(h, w) bool: a large body that the lower edge of the frame cuts, before a landscape; None where there is none."""
    found = subject.find(scene.regions, scene.lab)
    if found is None or found.edged < CLEAR:
        return None
    at_edge = found.mask[-1]
    return found.mask if 0.1 < at_edge.mean() < 0.8 and not (at_edge[0] and at_edge[-1]) else None


# ---------------------------------------------------------------- backdrop and ground


def _roughness(lab: np.ndarray) -> np.ndarray:
    """(h, w) float32: how much each pixel differs in CIE Lab from what is around it."""
    cv2 = opencv.needed(*FOR)
    even = cv2.blur(lab, (3, 3))
    return np.linalg.norm(even - cv2.blur(even, (15, 15)), axis=2)


def _is_drawn(small: np.ndarray) -> bool:
    """Whether most of a picture is even to the bit, as flat artwork is and no photograph."""
    return float((small[1:] == small[:-1]).all(axis=2).mean()) > FLAT


def _backdrop(regions: Regions, lab: np.ndarray, drawn: bool) -> np.ndarray:
    """(h, w) bool: what has the colors of the wide regions at the upper edge and hangs together with it: a sky, or a wall.

    After C. Rother et al.: "GrabCut: Interactive Foreground Extraction using Iterated Graph Cuts", SIGGRAPH 2004.
    """
    cv2 = opencv.needed(*FOR)
    height, width = lab.shape[:2]
    empty = np.zeros((height, width), bool)
    seeds = [regions.ids == i for i in np.flatnonzero(_at_top(regions, lab))]
    if not seeds:
        return empty
    sure = np.logical_or.reduce(seeds)
    sure |= _room(regions, lab, sure)
    like = _like_rows(regions, lab, seeds, reach=height // 5) | _grown(regions, lab, sure, drawn)
    marks = np.full((height, width), cv2.GC_PR_FGD, np.uint8)
    marks[like[regions.ids] | sure] = cv2.GC_PR_BGD
    marks[cv2.erode(sure.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = cv2.GC_BGD
    marks[int(0.85 * height) :] = cv2.GC_FGD
    if (marks == cv2.GC_BGD).sum() < 20 or (marks % 2 == 1).sum() < 20:
        return sure
    even = np.clip(lab * np.float32((2.55, 1.5, 1.5)) + np.float32((0, 128, 128)), 0, 255).astype(np.uint8)
    cv2.setRNGSeed(0)  # the same picture gives the same backdrop
    cv2.grabCut(even, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    found = (marks % 2 == 0) & (like[regions.ids] & drawn | ~_thin(regions, lab, sure))
    found &= ~_capping(regions, lab, found, like)[regions.ids]
    wide = _reaching(cv2.erode(found.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, slice(0, max(2, height // 30)))
    found &= cv2.dilate(wide.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0  # nothing that only a leak joins to it
    found |= _seen_through(regions, lab, sure)
    return found if found.mean() > 0.03 else empty


def _grown(regions: Regions, lab: np.ndarray, sure: np.ndarray, drawn: bool) -> np.ndarray:
    """Which regions hang together with the sure ones by soft borders, as clouds do; what stands before a sky has sharp ones.

    In flat artwork the stripes of a sky hang together, too.
    """
    count, height = regions.count, len(regions.ids)
    one, two, step = neighbors(regions.ids, lab, 1)
    one, two, step = np.concatenate([one, two]), np.concatenate([two, one]), np.concatenate([step, step])
    pairs, inverse, contact = np.unique(one * count + two, return_inverse=True, return_counts=True)
    step = np.bincount(inverse, step) / contact
    first, second = pairs // count, pairs % count
    outline = np.bincount(first, contact, count)
    joined = np.bincount(regions.ids[sure], minlength=count) > 0.5 * regions.size
    texture = float(np.median(_roughness(lab)[sure]))
    limit = np.where(regions.bottom[second] < 0.4 * height, 2.0, 1.0) * min(CLOUD, max(VEIL, 4.5 * texture))
    soft = (step < limit) & (contact >= 0.2 * outline[second]) & (regions.bottom[second] < 0.75 * height)
    first, second = first[soft], second[soft]
    if drawn:
        upper, lower = _stripes(regions)
        first, second = np.append(first, upper), np.append(second, lower)
    while True:
        fresh = second[joined[first] & ~joined[second]]
        if len(fresh) == 0:
            return joined
        joined[fresh] = True


def _room(regions: Regions, lab: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """(h, w) bool: the walls of a plain room, which go on from the sure regions in the same hue and another light."""
    texture = _roughness(lab)
    plain = np.zeros(regions.count, bool)
    for region in np.flatnonzero((regions.size > 0.005 * regions.ids.size) & (regions.bottom < 0.97 * len(regions.ids))):
        plain[region] = np.percentile(texture[regions.ids == region], 25) < PLASTER
    ids, gap = regions.ids.astype(np.int64), 2 * GAP  # a molding may lie in between
    across = np.concatenate([(ids[:-gap] * regions.count + ids[gap:]).ravel(), (ids[:, :-gap] * regions.count + ids[:, gap:]).ravel()])
    pairs, contact = np.unique(across, return_counts=True)
    first, second = pairs // regions.count, pairs % regions.count
    off = np.abs(regions.color[first] - regions.color[second])
    one_hue = (off[:, 0] < 3.0 * LIKE) & (np.hypot(off[:, 1], off[:, 2]) < 0.6 * LIKE)
    both = plain[first] & plain[second] & one_hue & (contact >= 10 * gap)
    room = joined(regions.count, first[both], second[both])
    return np.isin(room, room[np.unique(regions.ids[sure])])[regions.ids] & ~sure


def _stripes(regions: Regions) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of regions of like color of which the first lies above the second and meets it in one row: the stripes of a drawn sky."""
    ids, count = regions.ids, regions.count
    row, column = np.nonzero(ids[:-1] != ids[1:])
    one, two = ids[row, column].astype(np.int64), ids[row + 1, column]
    pairs, inverse, contact = np.unique(one * count + two, return_inverse=True, return_counts=True)
    upper, lower = pairs // count, pairs % count
    low, high = np.full(len(pairs), len(ids)), np.zeros(len(pairs), int)
    np.minimum.at(low, inverse, row)
    np.maximum.at(high, inverse, row)
    wide = (regions.right - regions.left + 1)[lower]
    off = np.linalg.norm(regions.color[upper] - regions.color[lower], axis=1)
    level = (high - low < GAP) & (contact >= 0.3 * wide) & (low - regions.top[lower] < GAP) & (wide > 0.03 * ids.shape[1])
    level &= (off < 3.0 * LIKE) & (regions.bottom[lower] < 0.75 * len(ids))
    return upper[level], lower[level]


def _seen_through(regions: Regions, lab: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """(h, w) bool: wide regions as smooth and at least as bright as the lower part of the backdrop, from which only something before it,
    such as a crown of leaves, parts them."""
    height, width = lab.shape[:2]
    rough = _roughness(lab)
    reach = np.flatnonzero(sure.any(axis=1))[-1]
    low = sure & (np.arange(height)[:, None] >= reach - height // 8)
    off = regions.color - lab[low].mean(axis=0)
    wide = regions.right - regions.left + 1
    fits = (regions.top < reach + 0.2 * height) & (regions.bottom < 0.85 * height) & (wide > 0.35 * width)
    fits &= ((regions.left == 0) | (regions.right == width - 1)) & (regions.size > 0.03 * regions.ids.size)
    fits &= (off[:, 0] > -0.5 * LIKE) & (np.linalg.norm(off, axis=1) < 4.0 * LIKE)
    limit = 1.6 * float(np.median(rough[low])) + 0.6
    for region in np.flatnonzero(fits):
        fits[region] = np.median(rough[regions.ids == region]) <= limit
    return fits[regions.ids]


def _capping(regions: Regions, lab: np.ndarray, found: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Which regions a graph cut took for backdrop though they stand out from it and sit on something else, such as roofs."""
    count = regions.count
    share = np.bincount(regions.ids.ravel(), found.ravel().astype(float), count) / regions.size
    one, two, step = neighbors(regions.ids, lab, 2)
    one, two, step = np.concatenate([one, two]), np.concatenate([two, one]), np.concatenate([step, step])
    outline = np.bincount(one, minlength=count)
    sky = share[two] > 0.5
    sharp = np.bincount(one, step * sky, count) >= FAINT * np.bincount(one, sky, count)
    return (share > 0.5) & ~like & sharp & (np.bincount(one, ~sky, count) >= 0.12 * outline)


def _at_top(regions: Regions, lab: np.ndarray) -> np.ndarray:
    """Which regions may be the backdrop: wide ones at the upper edge, as smooth as the smoothest there."""
    height, width = regions.ids.shape
    texture = _roughness(lab)
    wide, high = regions.right - regions.left + 1, regions.bottom - regions.top + 1
    share = np.bincount(regions.ids[0], minlength=regions.count) / width
    some = (share > 0.03) & (regions.size > 0.003 * regions.ids.size) & (regions.bottom < 0.97 * height)
    if not some.any():
        return some
    rough = np.array([np.median(texture[regions.ids == i]) for i in np.flatnonzero(some)])
    if rough.min() > RUGGED:
        return np.zeros(regions.count, bool)
    some[np.flatnonzero(some)] = rough <= 1.6 * rough.min() + 0.6
    chosen = some & ((share > 0.25) | ((share > 0.1) & (wide > 1.8 * high)) | ((share > 0.04) & (wide > WIDE * width)))
    if not chosen.any():
        return some
    off = np.linalg.norm(regions.color[:, None] - regions.color[None, chosen], axis=2).min(axis=1)
    return chosen | some & (off < 3.0 * LIKE)


def _thin(regions: Regions, lab: np.ndarray, surface: np.ndarray) -> np.ndarray:
    """(h, w) bool: thin regions that stand out from the surface around them, such as masts, which a graph cut shaves off."""
    cv2 = opencv.needed(*FOR)
    box = (2 * round(0.04 * max(surface.shape)) + 1,) * 2
    weight = cv2.blur(surface.astype(np.float32), box)
    mean = cv2.blur(lab * surface[..., None], box) / np.maximum(weight, 1e-6)[..., None]
    off = np.where(weight > 0.02, np.linalg.norm(lab - mean, axis=2), 0.0)
    flat = regions.ids.ravel()
    off = np.bincount(flat, off.ravel(), regions.count) / regions.size
    one, two, _ = neighbors(regions.ids, lab)
    outline = np.bincount(one, minlength=regions.count) + np.bincount(two, minlength=regions.count)
    return ((regions.size < 5.0 * outline) & (off > 1.4 * LIKE))[regions.ids]


def _reaching(mask: np.ndarray, rows: slice) -> np.ndarray:
    """The connected parts of a mask (h, w) bool that reach into these rows."""
    _, parts = opencv.needed(*FOR).connectedComponents(mask.astype(np.uint8), connectivity=4)
    kept = np.unique(parts[rows])
    return np.isin(parts, kept[kept > 0])


def _horizon(backdrop: np.ndarray) -> int:
    """The row below which hardly any backdrop is left."""
    share = backdrop.mean(axis=1)
    rows = np.flatnonzero(share > 0.35 * max(float(share.max()), 1e-6))
    return int(rows[-1]) + 1 if len(rows) and share.max() > 0 else round(0.3 * len(backdrop))


def _kinds(regions: Regions, lab: np.ndarray, backdrop: np.ndarray, horizon: int) -> np.ndarray:
    """For each region BACKDROP, GROUND or FIGURE."""
    height, width = regions.ids.shape
    kinds = np.full(regions.count, FIGURE)
    share = np.bincount(regions.ids.ravel(), backdrop.ravel().astype(float), regions.count) / np.maximum(regions.size, 1)
    kinds[share > 0.5] = BACKDROP
    wide, high = regions.right - regions.left + 1, regions.bottom - regions.top + 1
    touches = (regions.left == 0).astype(int) + (regions.right == width - 1)
    low = regions.bottom > horizon + 0.03 * height
    over = np.bincount(regions.ids[: max(0, horizon - round(0.02 * height))].ravel(), minlength=regions.count) / regions.size
    deep = regions.bottom == height - 1
    seed = (wide >= 0.8 * width) | ((touches > 0) & ((wide >= WIDE * width) | deep & (wide >= BROAD * width) & (high < 1.2 * wide)))
    seed &= (kinds == FIGURE) & low & (regions.size > 0.01 * width * height) & (regions.size > 0.15 * wide * high) & (over < 0.05)
    seed &= ~_shouldering(regions, seed & (wide < 0.8 * width))
    kinds[seed] = GROUND
    like = _like_rows(regions, lab, [regions.ids == i for i in np.flatnonzero(seed)])
    rising = regions.top < horizon - 0.02 * height
    kinds[(kinds == FIGURE) & like & ~rising] = GROUND
    one, two, step = neighbors(regions.ids, lab, 2)
    outline = np.bincount(one, minlength=regions.count) + np.bincount(two, minlength=regions.count)
    weak = np.bincount(one, step, regions.count) + np.bincount(two, step, regions.count) < FAINT * outline
    flat = (high < 0.7 * wide) & (over < 0.3)
    below = kinds[regions.ids[horizon:]] == GROUND
    if below.size and below.mean() < 0.35:  # no plain ground: water with reflections, a bank, a crowd
        kinds[(kinds == FIGURE) & flat & weak] = GROUND
    return kinds


def _shouldering(regions: Regions, seed: np.ndarray) -> np.ndarray:
    """Which of these regions carry a head: shoulders, as wide as ground, that begin where something large and narrower ends."""
    height = len(regions.ids)
    above, below = regions.ids[:-GAP].ravel().astype(np.int64), regions.ids[GAP:].ravel()
    apart = (above != below) & seed[below]
    pairs, contact = np.unique(above[apart] * regions.count + below[apart], return_counts=True)
    head, body = pairs // regions.count, pairs % regions.count
    wide = regions.right - regions.left + 1
    good = (regions.size[head] > 0.03 * regions.ids.size) & (wide[head] < 0.7 * wide[body]) & (contact > 0.2 * GAP * wide[head])
    good &= (regions.left[head] >= regions.left[body]) & (regions.right[head] <= regions.right[body])
    good &= regions.top[head] < regions.top[body] - 0.1 * height
    good &= (regions.bottom[head] - regions.top[body] < 0.12 * height) & (regions.bottom[body] == height - 1)
    return np.bincount(body[good], minlength=regions.count) > 0


def _like_rows(regions: Regions, lab: np.ndarray, surfaces: list[np.ndarray], reach: int = 12) -> np.ndarray:
    """Whether each region looks like one of the surfaces, (h, w) bool each, looks in the same rows, or at most `reach` rows away."""
    cv2 = opencv.needed(*FOR)
    flat, like = regions.ids.ravel(), np.zeros(regions.count, bool)
    for surface in surfaces:
        weight = surface.sum(axis=1).astype(np.float32)
        sums = np.stack([(lab[..., k] * surface).sum(axis=1) for k in range(3)], axis=1)
        blurred = cv2.GaussianBlur(np.column_stack([weight, sums]).astype(np.float32), (1, 0), 0.0, sigmaY=3.0)
        rows = np.flatnonzero(blurred[:, 0] > 3.0)
        if len(rows) == 0:
            continue
        at = np.clip(np.arange(len(lab)), rows[0], rows[-1])
        mean = blurred[at, 1:4] / np.maximum(blurred[at, :1], 1e-3)
        off = lab - mean[:, None]
        off = np.stack([np.bincount(flat, off[..., k].ravel(), regions.count) for k in range(3)], axis=1) / regions.size[:, None]
        near = (regions.top >= rows[0] - reach) & (regions.bottom <= rows[-1] + reach)
        like |= near & (np.linalg.norm(off, axis=1) < LIKE)
    return like


# ---------------------------------------------------------------- standing


def _bases(scene: _Scene) -> np.ndarray:
    """(h, w) float32: the row on which each pixel's thing stands, its own row on the ground, -1 in the backdrop."""
    regions, kinds = scene.regions, scene.kinds
    base = _standing(regions, kinds)
    rows = np.repeat(np.arange(regions.ids.shape[0], dtype=np.float32)[:, None], regions.ids.shape[1], axis=1)
    per = base[regions.ids].astype(np.float32)
    return np.where(kinds[regions.ids] == GROUND, rows, np.maximum(per, np.where(per < 0, -1, rows * 0)))


def _standing(regions: Regions, kinds: np.ndarray) -> np.ndarray:
    """The row on which each region stands: where it touches the ground, or where what carries it does; -1 for what stands nowhere."""
    ids, count = regions.ids, regions.count
    height = len(ids)
    above, below = ids[:-1].ravel(), ids[1:].ravel()
    row = np.repeat(np.arange(height - 1), ids.shape[1])
    apart = above != below
    above, below, row = above[apart], below[apart], row[apart]
    base = np.full(count, -1.0)
    down = np.bincount(above, minlength=count) + np.bincount(ids[-1], minlength=count)
    on_ground = kinds[below] == GROUND
    for region in range(count):
        if kinds[region] == BACKDROP:
            continue
        if (ids[-1] == region).any():
            base[region] = height - 1
            continue
        rows = row[(above == region) & on_ground]
        if len(rows) >= max(2, 0.04 * down[region]):
            base[region] = np.sort(rows)[-min(3, len(rows))]  # the lowest, such as a leg, be it ever so thin
    return _carried(base, regions, kinds)


def _carried(base: np.ndarray, regions: Regions, kinds: np.ndarray) -> np.ndarray:
    """Bases with those of what each region rests upon, where that stands nearer."""
    upper, lower = _resting(regions, kinds)
    inside = _enclosed(regions, kinds)
    for _ in range(2):
        base = _hung(_rested(base, upper, lower, inside), regions, kinds)
    return _rested(base, upper, lower, inside)


def _resting(regions: Regions, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of figures of which the first rests upon the second: a roof on its wall, a crown on its trunk, a body on its legs."""
    count = regions.count
    above, below = regions.ids[:-GAP].ravel(), regions.ids[GAP:].ravel()  # a gap, since soft outlines are regions of their own
    row = np.repeat(np.arange(len(regions.ids) - GAP) + GAP // 2, regions.ids.shape[1])
    figures = (above != below) & (kinds[above] == FIGURE) & (kinds[below] == FIGURE)
    pairs, inverse, contact = np.unique(above[figures].astype(np.int64) * count + below[figures], return_inverse=True, return_counts=True)
    upper, lower = pairs // count, pairs % count
    tall = (regions.bottom - regions.top + 1)[upper]
    low = np.bincount(inverse, row[figures] >= (regions.bottom[upper] - 2 - 0.1 * tall)[inverse])
    most = np.zeros(count)
    np.maximum.at(most, upper, low)
    wide, high = regions.right - regions.left + 1, regions.bottom - regions.top + 1
    below = (regions.left[lower] >= regions.left[upper] - GAP) & (regions.right[lower] <= regions.right[upper] + GAP)
    below &= wide[lower] < 0.6 * wide[upper]
    rests = (low >= np.maximum(np.minimum(2, wide[upper]) * GAP, 0.35 * contact)) & (below | (low >= MAINLY * most[upper]))
    legs = below & (contact >= 0.6 * GAP * wide[lower]) & (high[lower] > wide[lower])
    legs &= (regions.top[lower] > regions.bottom[upper] - LEG * tall) & (regions.bottom[lower] > regions.bottom[upper] - 2)
    rests |= legs
    rests &= ~(_hills(regions, kinds)[upper] & (wide[lower] < 0.6 * wide[upper]))  # hills lie behind what stands before them
    return upper[rests], lower[rests]


def _hills(regions: Regions, kinds: np.ndarray) -> np.ndarray:
    """Which regions are low and wide and have no air below: hills, far rows of houses, banks."""
    across = regions.ids.shape[1]
    wide, high = regions.right - regions.left + 1, regions.bottom - regions.top + 1
    sides = (regions.left == 0) | (regions.right == across - 1)
    rise = (wide >= WIDE * across) | sides & (wide >= BROAD * across)
    over = regions.ids[:-1][kinds[regions.ids[1:]] == BACKDROP]
    rise &= np.bincount(over, minlength=regions.count) < 0.2 * wide  # a crown of leaves has air below
    return rise & (high < 0.4 * wide)


def _rested(base: np.ndarray, upper: np.ndarray, lower: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Bases with those of the lower of each pair, and of what encloses a region."""
    base = base.copy()
    upper = np.concatenate([upper, np.flatnonzero(inside >= 0)])
    lower = np.concatenate([lower, inside[inside >= 0]])
    for _ in range(30):
        before = base.copy()
        np.maximum.at(base, upper, base[lower])
        if (before == base).all():
            break
    return base


def _hung(base: np.ndarray, regions: Regions, kinds: np.ndarray) -> np.ndarray:
    """Bases of figures in the air that hang on one that stands: a lamp on its arm, a flag or a sail on its pole."""
    ids, count = regions.ids, regions.count
    one, two, _ = neighbors(ids, np.zeros((*ids.shape, 1), np.float32))
    one, two = np.concatenate([one, two]), np.concatenate([two, one])
    outline = np.bincount(one, minlength=count)
    thin = regions.size < 3.5 * outline
    high = regions.bottom - regions.top + 1
    beside = [(ids[:, : -2 * GAP], ids[:, 2 * GAP :]), (ids[:-GAP], ids[GAP:])]
    first = np.concatenate([part.ravel() for pair in beside for part in pair]).astype(np.int64)
    second = np.concatenate([part.ravel() for pair in beside for part in pair[::-1]])
    sides = np.arange(len(first)) < 2 * beside[0][0].size
    figures = (first != second) & (kinds[first] == FIGURE) & (kinds[second] == FIGURE)
    pairs, inverse = np.unique(first[figures] * count + second[figures], return_inverse=True)
    contact, along = np.bincount(inverse), np.bincount(inverse, sides[figures])
    first, second = pairs // count, pairs % count
    wide = regions.right - regions.left + 1
    on_pole = thin[second] & ~thin[first] & (along >= 0.5 * GAP * high[first]) & (high > 1.2 * wide)[first]
    on_pole &= (regions.bottom[second] > regions.bottom[first]) & (regions.top[second] <= regions.top[first] + GAP)
    on_pole &= (base[first] < base[second] - 0.1 * len(ids)) & (regions.size[first] < SAIL * ids.size)
    open_air = np.bincount(one, kinds[two] == BACKDROP, count)
    near = (
        (contact >= 0.35 * outline[first])
        | (open_air < 0.65 * outline)[first]
        | thin[second] & (contact >= 3) & (regions.size[first] < 0.012 * ids.size) & (wide < 1.6 * high)[first]
    )
    for _ in range(4):
        good = (base[second] >= 0) & ((base[first] < 0) & near | on_pole)
        order = np.flatnonzero(good)[np.argsort(contact[good], kind="stable")]
        before = base.copy()
        base[first[order]] = np.maximum(base[first[order]], before[second[order]])
        if (base == before).all():
            break
    return base


def _enclosed(regions: Regions, kinds: np.ndarray) -> np.ndarray:
    """For each figure the one figure that encloses it nearly all around, or -1."""
    ids, count = regions.ids, regions.count
    one = np.concatenate([ids[:-1].ravel(), ids[1:].ravel(), ids[:, :-1].ravel(), ids[:, 1:].ravel()]).astype(np.int64)
    two = np.concatenate([ids[1:].ravel(), ids[:-1].ravel(), ids[:, 1:].ravel(), ids[:, :-1].ravel()])
    apart = one != two
    pairs, counts = np.unique(one[apart] * count + two[apart], return_counts=True)
    total = np.bincount(pairs // count, counts, count)
    found = np.full(count, -1)
    chosen = (counts >= 0.8 * total[pairs // count]) & (kinds[pairs // count] == FIGURE) & (kinds[pairs % count] == FIGURE)
    found[pairs[chosen] // count] = pairs[chosen] % count
    return found


# ---------------------------------------------------------------- holding together


def _together(scene: _Scene, labels: np.ndarray) -> np.ndarray:
    """The ranks with what hangs together in one layer, the nearest of its own: better a thing that is too near than one that is cut.

    What carries something nearer goes with it, such as the trunk below a crown that another tree has, too; so does what does not stand
    and shares much of its outline with something nearer.
    """
    regions, kinds = scene.regions, scene.kinds
    held = np.bincount(regions.ids.ravel() * 256 + labels.ravel(), minlength=256 * regions.count).reshape(-1, 256)
    figure = (kinds == FIGURE) & ~_hills(regions, kinds)
    before = np.where(figure, held.argmax(axis=1), 0)
    rank = before.copy()
    upper, lower = _resting(regions, kinds)
    inside = _enclosed(regions, kinds)
    upper, lower = np.append(upper, np.flatnonzero(inside >= 0)), np.append(lower, inside[inside >= 0])
    first, second, share, loose = _touching(scene)
    clings = loose[first] & (share >= CLINGS)
    for _ in range(HOPS):
        was = rank.copy()
        np.maximum.at(rank, lower, was[upper])
        np.maximum.at(rank, first[clings], was[second[clings]])
        np.maximum.at(rank, upper, rank[lower])
        rank[~figure] = 0
    moved = figure & (rank > before)
    return np.where(moved[regions.ids], rank[regions.ids], labels).astype(np.uint8)


def _touching(scene: _Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of touching figures, both ways; how much of the outline of the first lies on the second; and which regions do not stand."""
    regions, ids, kinds = scene.regions, scene.regions.ids, scene.kinds
    count, figure = regions.count, scene.kinds == FIGURE
    one, two, _ = neighbors(ids, scene.lab)
    one, two = np.concatenate([one, two]), np.concatenate([two, one])
    outline = np.bincount(one, minlength=count)
    pairs, contact = np.unique(one * count + two, return_counts=True)
    first, second = pairs // count, pairs % count
    above, below = ids[:-1].ravel(), ids[1:].ravel()
    stands = np.bincount(above[kinds[below] == GROUND], minlength=count) + np.bincount(ids[-1], minlength=count)
    both = figure[first] & figure[second]
    loose = stands < 0.3 * (regions.right - regions.left + 1)
    return first[both], second[both], (contact / np.maximum(outline[first], 1))[both], loose


# ---------------------------------------------------------------- how sure


def _sure(scene: _Scene, labels: np.ndarray) -> float:
    """How sure the layers are, 0..1: see `Outlines`."""
    if labels.max() == 0:
        return 0.0
    ground, good, length = scene.kinds[scene.regions.ids] == GROUND, 0, 0
    for axis in (0, 1):
        rank, plain, lab = (np.moveaxis(part, axis, 0) for part in (labels, ground, scene.lab))
        at = np.arange(len(rank) - 1)
        step = np.linalg.norm(lab[np.minimum(at + 3, len(rank) - 1)] - lab[np.maximum(at - 2, 0)], axis=2)
        border = rank[1:] != rank[:-1]
        good += int((border & ((step >= subject.EDGE) | (plain[1:] & plain[:-1]))).sum())
        length += int(border.sum())
    undecided = 0.0 if scene.is_close_up else _undecided(scene, labels)  # a subject is one piece, whatever it stands on
    return good / max(length, 1) * max(0.0, 1.0 - TOSS * undecided)


def _undecided(scene: _Scene, labels: np.ndarray) -> float:
    """The share of the figures' pixels in regions that do not stand, and share much outline with a figure in another layer."""
    regions, figure = scene.regions, scene.kinds == FIGURE
    flat = regions.ids.ravel() * 256 + labels.ravel()
    rank = np.bincount(flat, minlength=256 * regions.count).reshape(-1, 256).argmax(axis=1)
    first, second, share, loose = _touching(scene)
    apart = (rank[first] != rank[second]) & (share >= 0.2) & loose[first]
    return float(regions.size[np.unique(first[apart])].sum() / max(regions.size[figure].sum(), 1))


# ---------------------------------------------------------------- layers


def _rows(bases: np.ndarray, horizon: int, layers: int) -> tuple[int, ...]:
    """The rows of the ground at which nearer layers begin: apart from each other, and where few things have their base."""
    height = len(bases)
    cv2 = opencv.needed(*FOR)
    ground = height - horizon
    wanted = layers - 2 if layers else int(np.clip(round(ground / height * 5.0), 1, 3))
    if wanted <= 0 or ground < 4 * wanted:
        return tuple(int(x) for x in np.linspace(horizon, height, max(wanted, 0) + 2)[1:-1])
    own = np.arange(height)[:, None]
    standing = bases[(bases >= 0) & (np.abs(bases - own) > 2)]
    busy = np.bincount(np.clip(np.rint(standing), 0, height - 1).astype(int), minlength=height).astype(np.float32)
    busy = cv2.GaussianBlur(np.minimum(busy, 0.02 * bases.size)[:, None], (1, 0), 0.0, sigmaY=max(1.0, 0.012 * height))[:, 0]
    busy = busy / (0.002 * bases.size)
    rows = []
    ideal = horizon + ground * (np.arange(1, wanted + 1) / (wanted + 1)) ** 1.25
    reach = 0.4 * ground / (wanted + 1)
    for target in ideal:
        low, high = int(max(target - reach, (rows[-1] if rows else horizon) + 2)), int(min(target + reach, height - 2))
        span = np.arange(low, max(high, low + 1))
        rows.append(int(span[np.argmin(busy[np.minimum(span, height - 1)] + 0.6 * ((span - target) / reach) ** 2)]))
    return tuple(rows)


def _ranked(bases: np.ndarray, rows: tuple[int, ...]) -> np.ndarray:
    """(h, w) uint8 ranks by base: the backdrop, then the ground between the rows."""
    return np.where(bases < 0, 0, 1 + np.searchsorted(rows, bases, side="right")).astype(np.uint8)


def _tidied(labels: np.ndarray, least: float = 0.0006) -> np.ndarray:
    """Without islands: small pieces of a layer go to the layer that most of their border has."""
    cv2 = opencv.needed(*FOR)
    for rank in np.unique(labels):
        count, parts, stats, _ = cv2.connectedComponentsWithStats((labels == rank).astype(np.uint8), connectivity=8)
        for part in range(1, count):
            if stats[part, 4] < least * labels.size:
                x, y, w, h = stats[part, :4]
                box = (slice(max(0, y - 1), y + h + 1), slice(max(0, x - 1), x + w + 1))
                piece = parts[box] == part
                ring = cv2.dilate(piece.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~piece
                if ring.any():
                    labels[box][piece] = np.bincount(labels[box][ring]).argmax()
    return labels


def _refined(picture: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The labels at the picture's size, their borders drawn to its edges (K. He, J. Sun, X. Tang: "Guided Image Filtering", ECCV 2010)."""
    cv2 = opencv.needed(*FOR)
    height, width = picture.shape[:2]
    if labels.shape == (height, width):
        return labels
    radius = int(np.ceil(1.5 * width / labels.shape[1])) + 1
    result = np.zeros((height, width), np.uint8)
    for rank in range(1, int(labels.max()) + 1):
        share = cv2.resize((labels >= rank).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        result += cv2.ximgproc.guidedFilter(picture, share, radius, 6.5) >= 0.5
    return result


def _filled(labels: np.ndarray, bases: np.ndarray, layers: int) -> np.ndarray:
    """The labels without empty layers; the largest is parted by bases, then by rows, while there are fewer than asked for."""
    labels = np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.uint8)
    rows = np.repeat(np.arange(len(labels))[:, None], labels.shape[1], axis=1)
    while labels.max() + 1 < layers:
        for rank in np.argsort(-np.bincount(labels.ravel()), kind="stable"):
            inside = labels == rank
            near = inside & (bases > np.median(bases[inside]))
            if not 0.1 * inside.sum() < near.sum() < 0.9 * inside.sum():
                near = inside & (rows > np.median(rows[inside]))
            if near.any():
                break
        else:
            break
        labels = labels + (labels > rank) + near
    return labels.astype(np.uint8)


def _all_present(labels: np.ndarray, layers: int) -> np.ndarray:
    """Labels in which each layer has at least one pixel: what a picture is too small for is a pixel at its lower edge."""
    count = layers or int(labels.max()) + 1
    for rank in range(count):
        if not (labels == rank).any():
            spare = np.flatnonzero(np.bincount(labels.ravel(), minlength=count)[labels.ravel()] > 1)
            labels.ravel()[spare[-1]] = rank
    return labels


def _distances(count: int) -> tuple[float, ...]:
    ratio = min(RATIO, STEP ** (count - 1))
    return tuple(float(x) for x in ratio ** (1.0 - np.arange(count) / max(count - 1, 1)))
