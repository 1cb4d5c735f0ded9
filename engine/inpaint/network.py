"""Fill by a small network, such as MI-GAN or LaMa: it says how shapes and colors go on, and the picture itself gives the texture.

The networks look at squares of 512 pixels, so a hole is shown to them in windows at the picture's own scale where it fits into one, and
reduced where it does not. What they paint is soft; so PatchMatch paints the hole as well, led by the colors of the network, and what is
finer than STEP pixels of the window comes from there, where the colors agree. After the frequency split of P. J. Burt, E. H. Adelson: "A
Multiresolution Spline with Application to Image Mosaics", ACM Transactions on Graphics 2, 1983.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from PIL import Image

from .. import masks, opencv
from . import Hole, Inpainter

SIDE = 512  # pixels of a window, as the networks look at it
MARGIN = 96  # pixels around a hole that its window shows at least
AROUND = 0.35  # of the hole's longer side, that its window shows around it at least
LONG = 288  # pixels of a long, narrow hole that one window fills
STEP = 3  # pixels of the window: what is finer comes from the picture
ALIKE = 10.0  # levels by which texture and network may differ in color before the texture is left out
LED = 2.0  # how strongly places to copy from are sought by the network's colors


class Network(Protocol):
    name: str

    def fill(self, picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """A picture (SIDE, SIDE, 3) uint8 with its hole, mask (SIDE, SIDE) bool, filled."""


@dataclass(frozen=True)
class _Window:
    """What the network looks at: the square of `side` pixels at (x, y), of which it fills the part from (x0, y0) to (x1, y1)."""

    x: int
    y: int
    side: int
    part: tuple[int, int, int, int]

    @property
    def scale(self) -> float:
        """Pixels of the network's for one of the picture's, at most 1."""
        return SIDE / self.side


class NetworkFill:
    """An `Inpainter` with a network, which is loaded when it is first asked. name: of the network, for the artist."""

    def __init__(self, name: str, load: Callable[[], Network], texture: Inpainter):
        """texture: paints the hole from the picture's own pixels; led by colors where it can be."""
        self.name, self._load, self._texture = name, load, texture
        self._network: Network | None = None
        self._lock = threading.Lock()  # neither networks nor PatchMatch work for several threads at once

    def paint(self, hole: Hole) -> np.ndarray:
        """The picture with the hole painted; all other pixels as they were. (H, W, 3) uint8."""
        with self._lock:
            return self._painted(hole)

    def _painted(self, hole: Hole) -> np.ndarray:
        if hole.outline or not hole.mask.any() or min(hole.mask.shape) < STEP:
            return self._texture.paint(hole)
        if self._network is None:
            self._network = self._load()
        coarse, step = self._coarse(hole)
        textured = self._textured(hole, coarse, step).astype(np.float32)
        painted = np.clip(np.rint(_mixed(coarse.astype(np.float32), textured, step)), 0, 255).astype(np.uint8)
        return np.where(hole.mask[..., None], painted, hole.picture)

    def _coarse(self, hole: Hole) -> tuple[np.ndarray, int]:
        """The network's fill (H, W, 3) uint8, and the pixels below which it shows nothing."""
        picture = hole.picture.copy()
        unknown = hole.mask.copy() if hole.exclude is None else hole.mask | hole.exclude
        windows = _windows(hole.mask)
        for window in windows:
            seen, holes = _cut(picture, unknown, window)
            filled = _grown(self._network.fill(seen, holes), window.side)
            x0, y0, x1, y1 = window.part
            part = np.s_[y0:y1, x0:x1]
            inside = filled[y0 - window.y : y1 - window.y, x0 - window.x : x1 - window.x]
            new = hole.mask[part] & unknown[part]
            picture[part][new] = inside[new]
            unknown[part] &= ~hole.mask[part]
        return picture, max(2, round(STEP / min(window.scale for window in windows)))

    def _textured(self, hole: Hole, coarse: np.ndarray, step: int) -> np.ndarray:
        """The hole painted from the picture's own pixels, where the network sees those colors."""
        leading = getattr(self._texture, "led", None)
        if leading is None:
            return self._texture.paint(replace(hole, guide=0.0))
        return leading(hole, _reduced(coarse.astype(np.float32), step) / 255.0, LED)


def _mixed(coarse: np.ndarray, textured: np.ndarray, step: int) -> np.ndarray:
    """The network's picture with the finer detail of a texture, where the two are of one color; elsewhere the network's own. (H, W, 3)."""
    low, low_textured = _reduced(coarse, step), _reduced(textured, step)
    off = np.abs(low - low_textured).mean(axis=2, keepdims=True)
    share = np.exp(-((off / ALIKE) ** 2))
    return low + share * (textured - low_textured) + (1.0 - share) * (coarse - low)


def _windows(mask: np.ndarray) -> list[_Window]:
    """Windows that together hold a whole hole (H, W) bool, each with its surroundings."""
    found = []
    for box in _boxes(mask):
        for part in _parts(box):
            x0, y0, x1, y1 = part
            longer = max(x1 - x0, y1 - y0)
            side = max(SIDE, longer + 2 * max(MARGIN, round(AROUND * longer)))
            found.append(_Window(_placed(x0, x1, side, mask.shape[1]), _placed(y0, y1, side, mask.shape[0]), side, part))
    return found


def _boxes(mask: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Left, top, right, bottom of the holes; those that would see each other are one."""
    if not opencv.available():
        return [masks.bounds(mask)]
    import cv2

    near = cv2.dilate(mask.astype(np.uint8), np.ones((2 * MARGIN // 3 + 1,) * 2, np.uint8))
    count, parts = cv2.connectedComponents(near)
    boxes = [masks.bounds((parts == i) & mask) for i in range(1, count)]
    return [box for box in boxes if box is not None]


def _parts(box: tuple[int, int, int, int]) -> list[tuple[int, int, int, int]]:
    """A box, or the stretches of one that is much longer than wide, each of which fits into a window at the picture's own scale."""
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    if max(width, height) <= LONG or min(width, height) > LONG:
        return [box]
    count = -(-max(width, height) // LONG)
    if width > height:
        edges = np.linspace(x0, x1, count + 1).astype(int)
        return [(int(a), y0, int(b), y1) for a, b in zip(edges, edges[1:])]
    edges = np.linspace(y0, y1, count + 1).astype(int)
    return [(x0, int(a), x1, int(b)) for a, b in zip(edges, edges[1:])]


def _placed(first: int, last: int, side: int, length: int) -> int:
    """Where a window begins that has a part in its middle, within the picture as far as it fits."""
    middle = (first + last - side) // 2
    return min(max(middle, 0), length - side) if side <= length else (length - side) // 2


def _cut(picture: np.ndarray, unknown: np.ndarray, window: _Window) -> tuple[np.ndarray, np.ndarray]:
    """What the network sees of a window: (SIDE, SIDE, 3) uint8, continued by reflection beyond the picture, and its hole.

    In the reduced picture a hole's color must not reach into what is known, so each known pixel is the mean of known ones.
    """
    height, width = unknown.shape
    rows, columns = (_reflected(np.arange(window.side) + start, length) for start, length in ((window.y, height), (window.x, width)))
    seen, holes = picture[np.ix_(rows, columns)], unknown[np.ix_(rows, columns)]
    if window.side == SIDE:
        return seen, holes
    share = _shrunk((~holes).astype(np.float32))
    known = np.stack([_shrunk(np.where(holes, 0.0, seen[..., i]).astype(np.float32)) for i in range(3)], axis=-1)
    small = np.rint(known / np.maximum(share, 1e-3)[..., None])
    return np.clip(small, 0, 255).astype(np.uint8), share < 0.5


def _reflected(places: np.ndarray, length: int) -> np.ndarray:
    """Places along an axis, those beyond its ends reflected into it."""
    around = places % (2 * length)
    return np.where(around < length, around, 2 * length - 1 - around)


def _shrunk(plane: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(plane).resize((SIDE, SIDE), Image.Resampling.BOX))


def _grown(filled: np.ndarray, side: int) -> np.ndarray:
    return filled if side == SIDE else np.asarray(Image.fromarray(filled).resize((side, side), Image.Resampling.BICUBIC))


def _reduced(values: np.ndarray, step: int) -> np.ndarray:
    """What of values (H, W, 3) float32 is coarser than so many pixels."""
    height, width = values.shape[:2]
    small = max(2, -(-width // step)), max(2, -(-height // step))
    planes = [Image.fromarray(np.ascontiguousarray(values[..., i])).resize(small, Image.Resampling.BOX) for i in range(3)]
    return np.stack([np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC)) for plane in planes], axis=-1)
