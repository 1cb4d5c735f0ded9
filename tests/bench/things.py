"""How many things stay whole when a picture without a depth map is taken apart: bands, the guessed depth, and outlines.

    python -m tests.bench.things [pictures of each set, 0 for all]

Prints a table for the pictures that the outlines were tuned on and for those held out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from tests.truth import landscapes
from tests.truth.landscapes import GROUND, SKY, WALL, Landscape, Thing

WHOLE = 0.95  # share of a thing, without its rim, that must lie in one layer
SLACK = 0.08  # share of the height by which a layer may reach beyond the row where it begins without being dragged along
FAR = 12.0  # pixels; an outline that the layers miss counts as this far off


@dataclass(frozen=True)
class Score:
    """things, whole: of those that stand out. faint, faint_whole: of those that do not. off: of the outlines' pixels, as shares of
    the width. dragged: share of what is free of things that moves with a nearer layer than its own."""

    things: int
    whole: int
    faint: int
    faint_whole: int
    off: float
    dragged: float


def whole(thing: Thing, labels: np.ndarray, free: np.ndarray) -> bool:
    """Whether a thing lies in one layer, and that is not farther than the ground at its base."""
    core = cv2.erode(np.pad(thing.mask.astype(np.uint8), 1, mode="edge"), np.ones((3, 3), np.uint8))[1:-1, 1:-1] > 0
    core = core if core.sum() >= 0.4 * thing.mask.sum() else thing.mask  # a mast is nothing but rim
    counts = np.bincount(labels[core], minlength=256)
    return counts.max() >= WHOLE * core.sum() and int(counts.argmax()) >= _ground_rank(thing, labels, free)


def _ground_rank(thing: Thing, labels: np.ndarray, free: np.ndarray) -> int:
    """The rank of the ground just around a thing's base; of rows that differ, the farthest."""
    columns = np.flatnonzero(thing.mask[max(0, thing.base - 4) : thing.base + 1].any(axis=0))
    if thing.base >= labels.shape[0] - 2 or len(columns) == 0:
        return 0
    part = (slice(max(0, thing.base - 2), thing.base + 4), slice(max(0, columns[0] - 6), columns[-1] + 7))
    seen = labels[part][free[part]]
    return int(np.percentile(seen, 20)) if len(seen) else 0


def off(thing: Thing, labels: np.ndarray) -> float:
    """Mean distance in pixels from a thing's outline to the border of layers, where the two sides are in different layers; NaN if none."""
    border = np.zeros(labels.shape, np.uint8)
    border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    border[1:] |= labels[1:] != labels[:-1]
    distance = cv2.distanceTransform(1 - border, cv2.DIST_L2, 3)
    rank = int(np.bincount(labels[thing.mask]).argmax())
    inside = thing.mask.astype(np.uint8)
    edge = (cv2.dilate(inside, np.ones((3, 3), np.uint8)) > 0) & ~thing.mask
    beside = cv2.dilate((labels != rank).astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    edge &= beside & (np.arange(len(labels))[:, None] < thing.base - 4)
    return float(np.minimum(distance[edge], FAR).mean()) if edge.sum() > 10 else float("nan")


def dragged(scene: Landscape, labels: np.ndarray) -> float:
    """The share of what is free of things that lies in a nearer layer than its own: for the ground the one that most pixels of
    its row have, a little lower; for all that rises behind it the one that most of it has."""
    free = scene.free & ~cv2.dilate((~scene.free).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    wrong, slack = np.zeros(free.shape, bool), round(SLACK * free.shape[0])
    ground = free & (scene.kinds == GROUND)
    rows = np.array([np.median(labels[y][ground[y]]) if ground[y].any() else 0 for y in range(len(labels))])
    allowed = np.maximum.accumulate(rows)[np.minimum(np.arange(len(rows)) + slack, len(rows) - 1)]
    wrong |= ground & (labels > allowed[:, None])
    for kind in (SKY, WALL, landscapes.RISE):
        part = free & (scene.kinds == kind)
        if part.any():
            wrong |= part & (labels > np.bincount(labels[part]).argmax())
    return float(wrong.sum() / max(free.sum(), 1))


def score(scene: Landscape, labels: np.ndarray) -> Score:
    clear = [thing for thing in scene.things if thing.stands_out]
    faint = [thing for thing in scene.things if not thing.stands_out]
    kept = [thing for thing in clear if whole(thing, labels, scene.free)]
    offs = [off(thing, labels) for thing in kept]
    offs = [value for value in offs if np.isfinite(value)]
    return Score(
        len(clear),
        len(kept),
        len(faint),
        sum(whole(thing, labels, scene.free) for thing in faint),
        float(np.mean(offs)) / landscapes.WIDTH if offs else float("nan"),
        dragged(scene, labels),
    )


def by_bands(picture: np.ndarray, layers: int = 5) -> np.ndarray:
    from engine import separators
    from engine.settings import Settings

    return separators.bands(picture, Settings(layers=layers)).labels(picture.shape[:2])


def by_depth(picture: np.ndarray) -> np.ndarray:
    from engine import depth, depth_guess

    nearness = depth_guess.estimate(picture).nearness
    return depth.labels(nearness, depth.cuts(nearness, 0))


def by_outlines(picture: np.ndarray) -> np.ndarray:
    from engine.layers import outlines

    return outlines.separate(picture).labels


WAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"bands": by_bands, "depth guess": by_depth, "outlines": by_outlines}


def table(seeds: tuple[int, ...], names: tuple[str, ...] = tuple(WAYS)) -> list[str]:
    lines = [f"{'':14}{'whole':>14}{'faint whole':>14}{'off % of width':>16}{'dragged %':>11}{'layers':>8}{'seconds':>9}"]
    for name in names:
        scores, count, spent = [], [], 0.0
        for seed in seeds:
            scene = landscapes.landscape(seed)
            began = time.process_time()
            labels = WAYS[name](scene.picture)
            spent += time.process_time() - began
            scores.append(score(scene, labels))
            count.append(len(np.unique(labels)))
        things, kept = sum(s.things for s in scores), sum(s.whole for s in scores)
        faint, faint_kept = sum(s.faint for s in scores), sum(s.faint_whole for s in scores)
        lines.append(
            f"{name:14}{f'{kept}/{things} {100 * kept / max(things, 1):.1f}%':>14}{f'{faint_kept}/{faint}':>14}"
            f"{100 * np.nanmean([s.off for s in scores]):16.2f}{100 * np.mean([s.dragged for s in scores]):11.2f}"
            f"{np.mean(count):8.1f}{spent / len(seeds):9.2f}"
        )
    return lines


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    for title, seeds in (("tuning", landscapes.TUNING), ("held out", landscapes.HELD_OUT)):
        chosen = tuple(seeds[i * 9 % len(seeds)] for i in range(most or len(seeds)))  # every place and style comes in turn
        print(title, *table(chosen), sep="\n")


if __name__ == "__main__":
    main()
