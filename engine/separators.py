"""Which layer each part of the picture belongs to. Labels are ranks: 0 is the farthest layer."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from . import cards, carried, cuts, depth, depths, findings, masks, motion, objects, picture
from .cuts import Cut
from .errors import ParallaxError
from .layers import automatic, outlines, rims
from .seer import Seer
from .settings import MAX_LAYERS, Settings, split_tags

RIM = 1.5, 10.0  # pixels, at least, and of the reference width: how far beyond an outline more of the layer is looked for
TRAVEL = 0.12  # share of the width that the nearest layer travels in the style that goes farthest: layers are cut for that


class Separator(Protocol):
    """Asked in the step loop about everything that comes into view."""

    def extend(self, frame: np.ndarray, labels: np.ndarray, new: np.ndarray, top: int = 0) -> np.ndarray:
        """(H, W) uint8 labels with those of the new pixels found.

        frame: (H, W, 3) uint8. labels: (H, W) uint8, right wherever `new` (H, W) bool is not.
        top: the row of the picture at which the frame begins, negative when it reaches beyond the picture.
        """


@dataclass(frozen=True)
class Removed:
    """Where an object stood that is gone from the picture. mask: (H, W) bool. foot: row, x0, x1 as in `objects.Lifted`."""

    mask: np.ndarray
    foot: tuple[int, int, int]


@dataclass(frozen=True)
class Split:
    """A picture taken apart, before anything is painted.

    source: (H, W, 3) uint8, the picture. labels: (H, W) uint8, the rank of each pixel's layer.
    settings: with number, distances, names and heights as found. cuts: the layers, far to near.
    depth: how near all is, where that decided. notes: sentences for the artist. bases: the rank of the layer that each
    object which was removed stands in. sure: how sure it is that no border between layers cuts a thing, from 0 to 1.
    """

    source: np.ndarray
    labels: np.ndarray
    settings: Settings
    separator: Separator
    cuts: tuple[Cut, ...]
    depth: depth.Depth | None = None
    notes: tuple[str, ...] = ()
    bases: tuple[int, ...] = ()
    sure: float = 1.0


class Bands:
    """Horizontal bands: a pixel belongs to the band of its row.

    rows: the n - 1 rows at which the next band begins, top to bottom.
    order: the bands' indices from far to near.
    """

    def __init__(self, rows: tuple[int, ...], order: tuple[int, ...]):
        self.rows = rows
        self._rank = _ranks(order)

    def labels(self, shape: tuple[int, int], top: int = 0) -> np.ndarray:
        """(H, W) uint8 for a frame of this shape. Rows beyond the picture go to the outer bands."""
        band = np.searchsorted(self.rows, np.arange(top, top + shape[0]), side="right")
        return np.repeat(self._rank[band][:, None], shape[1], axis=1)

    def extend(self, frame: np.ndarray, labels: np.ndarray, new: np.ndarray, top: int = 0) -> np.ndarray:
        return np.where(new, self.labels(labels.shape, top), labels)

    def heights(self, height: int) -> tuple[float, ...]:
        """Each band's share of the picture's height in percent."""
        return tuple(float(x) for x in np.diff([0, *self.rows, height]) * 100.0 / height)


class Shapes:
    """Layers of any shape: what is new continues the layers beside it, along the edges in the picture.

    margin: pixels around a border between layers within which the picture's edges decide where it runs.
    """

    def __init__(self, margin: int):
        self._margin = margin

    def extend(self, frame: np.ndarray, labels: np.ndarray, new: np.ndarray, top: int = 0) -> np.ndarray:
        """By the shapes alone first, then by watersheds of the picture (F. Meyer: "Color image segmentation", ICIP 1992)."""
        guess = cuts.completed(labels, new)
        unsure = new & _borders(guess, self._margin)
        return guess if not unsure.any() else _flooded(frame, guess, unsure)


def split(source: np.ndarray, settings: Settings, removed: Sequence[Removed] = (), seer: Seer | None = None) -> Split:
    """Takes a picture (H, W, 3) uint8 apart as the settings say. A mask that is given for a layer wins over what is found.

    removed: objects that a depth map or a mask does not know to be gone. What they hid is no nearer than what they stand in.
    seer: models that find layers by tags or estimate depth, where the settings ask for that.
    Raises ParallaxError as the readers of depth maps, cards and masks do, and when there are more layers than the picture can have.
    """
    settings = automatic.resolved(settings, False)
    gone = np.logical_or.reduce([np.zeros(source.shape[:2], bool), *(one.mask for one in removed)])
    made = _split(source, settings, removed, gone, seer)
    return _carrying(made, gone, seer) if carried.wanted(settings) else made


def _split(source: np.ndarray, settings: Settings, removed: Sequence[Removed], gone: np.ndarray, seer: Seer | None) -> Split:
    by_bands, sure = settings.separator == "BANDS", 1.0
    if by_bands and not any(settings.masks):
        made = _by_bands(source, settings)
        return replace(made, bases=_bases(made.labels, removed))
    if settings.separator == "CARDS":
        return _by_cards(source, settings)
    if settings.separator == "TAGS":
        labels, settings, found = _by_tags(source, settings, seer)
    elif settings.separator == "OUTLINES":
        labels, settings, sure = _by_outlines(source, settings)
        found = None
    else:
        labels, settings, found = _rows(source, settings) if by_bands else _by_depth(source, settings, seer)
    if not by_bands:
        labels = cuts.completed(labels, gone)
    labels, notes = _masked(labels, settings, gone)
    bases = _bases(labels, removed)
    for one, base in zip(removed, bases):
        labels = np.where(one.mask, np.minimum(labels, np.uint8(base)), labels)
    width = settings.scaled(settings.matte, source.shape[1])
    layers = _grounded(cuts.shaped(source, labels, settings.layers, width, _rim(source, settings)))
    return Split(source, labels, settings, _shapes(source, settings), layers, found, (*(found.notes if found else ()), *notes), bases, sure)


def _carrying(made: Split, gone: np.ndarray, seer: Seer | None) -> Split:
    """The same with layers that know how near they are, for a model that paints by it.

    Where no map decided the layers there is one by the model that is set, or a guess, or else they are as flat as cards.
    """
    found, notes = made.depth or depths.found_or_none(made.source, made.settings, seer), made.notes
    if made.depth is None and not made.settings.depth_model:
        notes += (f"Depth Control goes by {'a rough guess of the depth' if found else 'the distances of the layers'}: "
                  "choose a Depth Model for a better map",)
    by_rank = tuple(motion.distances(made.settings)[index] for index in motion.far_to_near(made.settings))
    near = found.nearness if found else depths.of_layers(made.labels, by_rank)
    if not gone.all():
        near = np.where(gone, np.float32(np.nan), near)  # a map may still show the objects
    return replace(made, cuts=carried.attached(made.cuts, near, made.labels), notes=notes)


def _bases(labels: np.ndarray, removed: Sequence[Removed]) -> tuple[int, ...]:
    return tuple(objects.layer_of(one.foot, labels) for one in removed)


def _grounded(layers: list[Cut]) -> tuple[Cut, ...]:
    """The layers, far to near. When nothing is seen of the farthest it is painted from the colours of the farthest that is seen."""
    if not layers[0].known.any():
        seen = next(cut for cut in layers if cut.known.any())
        layers = [replace(layers[0], rgb=seen.rgb, known=seen.known & (seen.alpha >= 128)), *layers[1:]]
    return tuple(layers)


def _by_bands(source: np.ndarray, settings: Settings) -> Split:
    height, width = source.shape[:2]
    separator = bands(source, settings)
    labels = separator.labels((height, width))
    overlap = settings.scaled(settings.overlap, width)
    layers = tuple(cuts.banded(source, labels, rank, overlap) for rank in range(settings.layers))
    return Split(source, labels, replace(settings, heights=separator.heights(height)), separator, layers)


def _rows(source: np.ndarray, settings: Settings) -> tuple[np.ndarray, Settings, None]:
    """Bands for masks to be laid over."""
    return bands(source, settings).labels(source.shape[:2]), replace(settings, heights=()), None


def _by_depth(source: np.ndarray, settings: Settings, seer: Seer | None) -> tuple[np.ndarray, Settings, depth.Depth]:
    found = depths.found(source, settings, seer)
    error = rims.map_error(found.nearness, source)
    found = replace(found, nearness=rims.settled(found.nearness, source, error))
    thresholds = depth.cuts(found.nearness, 0 if _free(settings) else settings.layers, travel=TRAVEL, range=found.range)
    index = rims.without_slivers(depth.labels(found.nearness, thresholds), 0.0 if error.sharp else error.ramp)
    count = len(thresholds) + 1 if _free(settings) else settings.layers
    if count > len(thresholds) + 1:
        found = replace(found, notes=(*found.notes, f"The depth map has only {len(thresholds) + 1} depths that can be told apart: "
                                                    f"{count - len(thresholds) - 1} of {count} layers stay empty"))
    near = (*depth.distances(found.nearness, index, found.range), *([1.0] * count))[:count]
    settings = replace(settings, layers=count, distances=settings.distances or near)
    return _ranks(motion.far_to_near(settings))[index], settings, found


def _by_outlines(source: np.ndarray, settings: Settings) -> tuple[np.ndarray, Settings, float]:
    """Layers whose borders follow what stands in the picture, as many as it suggests, or as are set; and how sure they are."""
    made = outlines.separate(source, 0 if _free(settings) else settings.layers)
    count = len(made.distances) if _free(settings) else settings.layers
    settings = replace(settings, layers=count, distances=settings.distances or made.distances, heights=())
    return _ranks(motion.far_to_near(settings))[made.labels], settings, made.sure


def _by_tags(source: np.ndarray, settings: Settings, seer: Seer | None) -> tuple[np.ndarray, Settings, depth.Depth]:
    """A layer for each tag that is found, and one for the rest; how far each is, is measured as for layers from depth."""
    tags = split_tags(settings.layer_tags)
    if not tags:
        raise ParallaxError("Type some Layer Tags, or set Layers From to something else")
    if seer is None:
        raise ParallaxError("Layers from tags need the neural engine: set it up in Preferences > Add-ons > Infinite Parallax, "
                            "or set Layers From to something else")
    claims = findings.claimed(seer.find(source, tags), tags, source.shape[:2])
    if not claims.names:
        raise ParallaxError(f"Nothing was found for {', '.join(tags)}: use other Layer Tags, lower the Box Threshold, "
                            "or set Layers From to something else")
    claims = findings.closed(claims, round(settings.scaled(settings.matte, source.shape[1])))
    found = depths.found(source, settings, seer)
    index, names, notes = findings.far_to_near(claims, found.nearness, MAX_LAYERS if _free(settings) else settings.layers)
    count = len(names) if _free(settings) else settings.layers
    if count > len(names):
        notes += (f"Only {len(names)} things were found: {count - len(names)} of {count} layers stay empty",)
    near = (*depth.distances(found.nearness, index, found.range), *([1.0] * count))[:count]
    names += tuple(f"Layer {number + 1}" for number in range(len(names), count))
    settings = replace(settings, layers=count, distances=settings.distances or near, names=settings.names or names)
    return _ranks(motion.far_to_near(settings))[index], settings, replace(found, notes=(*found.notes, *notes))


def _by_cards(source: np.ndarray, settings: Settings) -> Split:
    if not settings.cards:
        raise ParallaxError("Choose a folder of Cards, or set Layers From to something else")
    files = cards.files(Path(settings.cards))
    if not _free(settings) and settings.layers != len(files):
        raise ParallaxError(f"There are {len(files)} cards in {settings.cards}: set Layers to {len(files)} or turn Automatic Layers on")
    settings = replace(settings, layers=len(files), names=settings.names or tuple(file.stem for file in files))
    stacked = cards.read(files, source)
    order = motion.far_to_near(settings)
    layers = tuple(stacked[i] for i in order)
    source, layers = cards.composed(layers), cards.closed(layers)
    notes = ("Objects are not looked for in cards: make an object a card of its own",) if settings.objects else ()
    return Split(source, cards.labels(layers), replace(settings, heights=()), _shapes(source, settings), layers, None, notes)


def _masked(labels: np.ndarray, settings: Settings, removed: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Gives each mask's layer what the mask has, and to layers without one what it has not. A nearer layer's mask wins.

    Also gives sentences about masks that cannot be used.
    """
    height, width = labels.shape
    given, notes = {}, []
    for rank, index in enumerate(motion.far_to_near(settings)):
        file = settings.masks[index] if settings.masks else ""
        if file:
            given[rank] = (picture.read_mask(Path(file), width, height) >= 128) & ~removed
            if not given[rank].any():
                notes.append(f"The mask of layer {index + 1} is wholly black and is not used: paint white where the layer is")
                del given[rank]
    lost = np.logical_or.reduce([np.zeros(labels.shape, bool), *((labels == rank) & ~mask for rank, mask in given.items())])
    free = ~np.isin(labels, list(given))
    if free.any():
        labels = cuts.completed(labels, lost, free)
    for rank, mask in given.items():
        labels = np.where(mask, np.uint8(rank), labels)
    if not free.any():
        labels = cuts.completed(labels, ~np.logical_or.reduce(list(given.values())))
    return labels, tuple(notes)


def _rim(source: np.ndarray, settings: Settings) -> float:
    """Pixels beyond the outlines that are found in the picture within which they may miss something; 0 for those that are given."""
    width = source.shape[1]
    return max(RIM[0], settings.scaled(RIM[1], width)) if settings.separator == "OUTLINES" else 0.0


def _shapes(source: np.ndarray, settings: Settings) -> Shapes:
    return Shapes(max(4, round(settings.scaled(settings.matte, source.shape[1]))))


def tinted(source: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The picture (H, W, 3) uint8 in grey with each layer in a colour of its own, for the artist to look at."""
    grey = source.mean(axis=2, keepdims=True)
    colours = np.array([colorsys.hsv_to_rgb(i * 0.382 % 1.0, 0.8, 1.0) for i in range(int(labels.max()) + 1)]) * 255.0
    return np.rint(0.55 * grey + 0.45 * colours[labels]).astype(np.uint8)


def _free(settings: Settings) -> bool:
    """Whether the map or the cards decide how many layers there are."""
    return settings.auto_layers and not (settings.distances or settings.speeds or settings.factors or settings.masks or settings.names)


def _ranks(order: tuple[int, ...]) -> np.ndarray:
    """The rank of each layer index."""
    rank = np.empty(len(order), np.uint8)
    rank[list(order)] = np.arange(len(order))
    return rank


def _borders(labels: np.ndarray, margin: int) -> np.ndarray:
    """Pixels within `margin` of a border between labels."""
    edge = np.zeros(labels.shape, bool)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    return masks.grow_all(edge, margin)


def _flooded(frame: np.ndarray, labels: np.ndarray, unsure: np.ndarray) -> np.ndarray:
    try:
        import cv2
    except ImportError:  # where it is not built the shapes alone decide
        return labels
    markers = np.where(unsure, 0, labels.astype(np.int32) + 1)
    cv2.watershed(np.ascontiguousarray(frame), markers)  # -1 on the lines where two basins meet, and on the outer border
    return np.where(unsure & (markers > 0), markers - 1, labels).astype(np.uint8)


def bands(picture: np.ndarray, settings: Settings) -> Bands:
    """Bands of the heights that are set, or of the heights the picture suggests; each has at least one row.

    Raises ParallaxError when there are more layers than rows.
    """
    height = picture.shape[0]
    if settings.layers > height:
        raise ParallaxError(f"A picture of {height} rows cannot have {settings.layers} layers: set Layers to {height} or fewer")
    shares = settings.heights or suggest_heights(picture, settings.layers)
    edges = np.rint(np.cumsum(shares[: settings.layers - 1]) * height / 100.0).astype(int)
    lowest = np.arange(1, settings.layers)
    edges = np.maximum.accumulate(np.maximum(edges - lowest, 0)) + lowest
    edges = np.minimum(edges, height - lowest[::-1])
    return Bands(tuple(int(x) for x in edges), motion.far_to_near(settings))


def suggest_heights(picture: np.ndarray, layers: int, least: float = 0.06) -> tuple[float, ...]:
    """Heights in percent, top to bottom, of bands that are as uniform within themselves as they can be.

    Rows are described by colour and contrast in 16 columns; the cut into `layers` runs of rows with the least
    squared deviation is found exactly by dynamic programming (W. D. Fisher, "On Grouping for Maximum
    Homogeneity", JASA 53, 1958). No band is lower than the share `least` of the picture, or half an equal share.
    """
    rows = _describe_rows(picture)
    n = len(rows)
    shortest = max(1, int(n * min(least, 0.5 / layers)))
    cost = _run_costs(rows, shortest)
    best, cuts = cost[0], []
    for _ in range(1, layers):
        total = best[:-1, None] + cost[1:]  # [end of the bands so far, end of the next]
        cuts.append(total.argmin(axis=0) + 1)
        best = np.concatenate(([np.inf], total.min(axis=0)[1:]))
    ends = [n]
    for cut in reversed(cuts):
        ends.insert(0, int(cut[ends[0] - 1]))
    return tuple(float(x) for x in np.diff([0, *ends]) * 100.0 / n)


def _describe_rows(picture: np.ndarray, rows: int = 192, columns: int = 16) -> np.ndarray:
    small = Image.fromarray(picture).resize((columns * 12, min(rows, picture.shape[0])), Image.Resampling.BOX).convert("LAB")
    lab = np.asarray(small, np.float32).reshape(small.height, columns, 12, 3)
    contrast = lab[..., 0].std(axis=2, keepdims=True)
    features = np.concatenate([lab.mean(axis=2), 2.0 * contrast], axis=2).reshape(small.height, -1)
    return features / (features.std() + 1e-6)


def _run_costs(rows: np.ndarray, shortest: int) -> np.ndarray:
    """cost[a, b - 1]: squared deviation of rows a to b from their mean; infinite for runs shorter than `shortest`."""
    n = len(rows)
    zero = np.zeros((1, rows.shape[1]))
    total = np.concatenate([zero, np.cumsum(rows, axis=0, dtype=np.float64)])
    squares = np.concatenate([[0.0], np.cumsum((rows.astype(np.float64) ** 2).sum(axis=1))])
    start, end = np.arange(n)[:, None], np.arange(1, n + 1)[None, :]
    length = end - start
    dot = total @ total.T
    sums = np.diag(dot)[end] + np.diag(dot)[start] - 2.0 * dot[start, end]
    cost = squares[end] - squares[start] - sums / np.maximum(length, 1)
    return np.where(length >= shortest, np.maximum(cost, 0.0), np.inf)
