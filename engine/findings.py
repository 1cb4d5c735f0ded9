"""What a seer found by words, made into the shape of one object, or into layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import cutout, cuts, masks
from .cutout import NothingFound
from .errors import ParallaxError
from .seer import Finding, Seer
from .settings import SalientObject, split_tags

WIDE = 0.5  # of the picture: what covers more is rather what things stand in
ALIKE = 0.05  # scores that are nearer to each other say the same
CRUMB, PINHOLE = 0.002, 0.0005  # shares of a finding below which a loose piece, a hole is a network's slip; lattices have larger ones
REST = 0.005  # of the picture: when this much belongs to nothing that was found, it is a layer
DRAW = "draw a box or a lasso around it"
REMAINDER = "rest"  # what that layer is called
NONE = -1  # the label of what belongs to nothing that was found


@dataclass(frozen=True)
class Claims:
    """Which tag each pixel belongs to. labels: (H, W) int16, an index of `names`, or NONE. missing: tags that have no pixel."""

    labels: np.ndarray
    names: tuple[str, ...]
    missing: tuple[str, ...]


def of_object(picture: np.ndarray, wanted: SalientObject, seer: Seer | None) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """Where an object is that is given by no shape, (H, W) bool, a note, and the words by which it was found.

    Of tags that were typed for it, all that they find is one object: a rider with the horse. The general tags find all sorts of things, of
    which the most salient is the object; the next object with these tags gets the next, as the first is gone by then.
    Raises NothingFound, also where there is no seer or it refuses.
    """
    if seer is None:
        raise NothingFound(f"finding it needs the neural engine, so set that up in Preferences > Add-ons > Infinite Parallax, or {DRAW}")
    try:
        return _subject(picture, seer) if wanted.subject else _tagged(picture, wanted, seer)
    except NothingFound:
        raise
    except ParallaxError as refused:
        raise NothingFound(str(refused)) from None


def _subject(picture: np.ndarray, seer: Seer) -> tuple[np.ndarray, str, tuple[str, ...]]:
    mask = seer.subject(picture) >= 128
    if not mask.any():
        raise NothingFound(f"nothing stands out as the picture's main subject, so {DRAW}")
    return _tidied(mask), "", ()


def _tagged(picture: np.ndarray, wanted: SalientObject, seer: Seer) -> tuple[np.ndarray, str, tuple[str, ...]]:
    typed, tags = wanted.typed_tags(), split_tags(wanted.tags)
    if not tags:
        raise NothingFound(f"it has neither a shape nor tags, so type some, or {DRAW}")
    found = [one for one in seer.find(picture, tags) if (one.mask >= 128).any()]
    if not found:
        raise NothingFound(f"{f'nothing was found for {_listed(typed)}' if typed else 'nothing salient was found'}, "
                           f"so use other tags, lower the Box Threshold, or {DRAW}")
    if not typed:
        one = max(found, key=salience)
        return _tidied(one.mask >= 128), f"what is taken was found as '{one.phrase}'", (one.phrase,)
    notes = [f"{len(found)} things were found by its tags and are one object"] if len(found) > 1 else []
    missing = [tag for tag in typed if tag not in {one.phrase for one in found}]
    notes += [f"nothing was found for {_listed(missing)}"] if missing else []
    return np.logical_or.reduce([_tidied(one.mask >= 128) for one in found]), ", ".join(notes), typed


def salience(one: Finding) -> tuple[bool, float]:
    """By what the most salient of several findings is chosen: sure and large, but hardly ever what most of the picture is.

    A thing twice as long counts as much as one that is 1.4 times as sure.
    """
    share = float((one.mask >= 128).mean())
    return share <= WIDE, one.score * share**0.25


def claimed(found: Sequence[Finding], tags: Sequence[str], shape: tuple[int, int]) -> Claims:
    """Gives each pixel of a picture of that shape to the tag that claims it.

    Where findings overlap the surer one has it, and the smaller one where they are equally sure.
    """
    areas = [int((one.mask >= 128).sum()) for one in found]
    order = sorted((i for i in range(len(found)) if areas[i]), key=lambda i: (round(found[i].score / ALIKE), -areas[i], -i))
    labels = np.full(shape, NONE, np.int16)
    for i in order:
        labels[_tidied(found[i].mask >= 128)] = tags.index(found[i].phrase)
    kept = [number for number in range(len(tags)) if (labels == number).any()]
    ranks = np.full(len(tags) + 1, NONE, np.int16)  # the last one is what NONE finds
    ranks[kept] = np.arange(len(kept))
    return Claims(ranks[labels], tuple(tags[number] for number in kept), tuple(tag for i, tag in enumerate(tags) if i not in kept))


def closed(claims: Claims, seam: int) -> Claims:
    """The claims with a label for every pixel: what no tag claims is one more, or goes to its neighbours where it is little.

    seam: pixels of width below which what lies between findings is only where their outlines miss each other.
    """
    free = claims.labels == NONE
    reach = seam // 2
    core = masks.grow_all(masks.shrink_all(free, reach), reach) & free
    labels = claims.labels.astype(np.uint8)
    if core.mean() <= REST and claims.names:
        return Claims(cuts.completed(labels, free), claims.names, claims.missing)
    labels[core] = len(claims.names)
    return Claims(cuts.completed(labels, free & ~core), (*claims.names, REMAINDER), claims.missing)


def far_to_near(claims: Claims, nearness: np.ndarray, most: int) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """The claims as layers: labels (H, W) uint8 of which 0 is the farthest by the median of its nearness, their names, and notes.

    nearness: (H, W) from 0 (far) to 1 (near). most: how many there may be; neighbours in depth share one until they are as few.
    """
    medians = [float(np.median(nearness[claims.labels == i])) for i in range(len(claims.names))]
    order = sorted(range(len(medians)), key=lambda i: medians[i])
    groups, notes = [[i] for i in order], []
    while len(groups) > most:
        gaps = [medians[b[0]] - medians[a[-1]] for a, b in zip(groups, groups[1:])]
        first = int(np.argmin(gaps))
        groups[first : first + 2] = [groups[first] + groups[first + 1]]
    names = tuple(" and ".join(claims.names[i] for i in group) for group in groups)
    if len(groups) < len(medians):
        shared = "; ".join(name for name, group in zip(names, groups) if len(group) > 1)
        notes.append(f"There are {len(medians)} things for {most} layers, so some share one: {shared}")
    if claims.missing:
        notes.append(f"Nothing was found for: {_listed(claims.missing)}")
    ranks = np.zeros(len(medians), np.uint8)
    for rank, group in enumerate(groups):
        ranks[group] = rank
    return ranks[claims.labels], names, tuple(notes)


def _tidied(mask: np.ndarray) -> np.ndarray:
    return cutout.tidied(mask, CRUMB, PINHOLE)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
