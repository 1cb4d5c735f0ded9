"""Mounts, Polaroid frames and letterbox bars around a picture: where they end, and settings for the picture within them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import ParallaxError
from ..files import refusing_to_write, write_atomically
from ..settings import Settings

WIDEST = 0.15  # of the picture's length: how wide a border may be on a side
WIDEST_LAST = 0.25  # and on one side where the other three have one: the foot of a Polaroid
NARROWEST = 0.004  # below that it is a line, which `picture.border` is for
LEAST = 3  # pixels
BLOCKS = 96  # along a side, over which pixels are averaged: paper and film grain go, what stands in the picture stays
PROBE = 4  # rows beyond an edge that say what stands there
ROUNDS = 3  # a mount may have a second one within it, and a thin line around the picture
ALIKE = 26.0  # levels by which the color of two sides may differ
ROUGH, ROUGHEST = 4.5, 16.0  # levels by which a border may differ from a smooth color: root mean square, and 99 of 100 places
STRONG, WEAK = 0.7, 0.2  # shares of a side along which the edge must show: by itself, and where other sides have told of a mount
FAIR, ROUND = 0.4, 0.6  # and of two opposite sides, and of all four on average, where all four have a border
SHARP = 0.65  # share of these places at which the edge is in line and no wider than a few pixels

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Crop:
    """What was kept of a picture. width, height: of the whole picture; box: left, top, right, bottom of what was kept, all in pixels."""

    width: int
    height: int
    box: Box

    def percent(self) -> tuple[float, float, float, float]:
        """The box in percent of the whole picture."""
        left, top, right, bottom = self.box
        return 100.0 * left / self.width, 100.0 * top / self.height, 100.0 * right / self.width, 100.0 * bottom / self.height

    def note(self) -> str:
        """What to tell the artist."""
        left, top, right, bottom = self.percent()
        sides = zip(("left", "top", "right", "bottom"), (left, top, 100.0 - right, 100.0 - bottom))
        cut = ", ".join(f"{side} {wide:.2g} %" for side, wide in sides if wide)
        return f"A mount around the picture was cropped ({cut}): to keep it, turn on Keep Mount under Fill"

    def heights_within(self, heights: tuple[float, ...], layers: int) -> tuple[float, ...]:
        """Heights of bands in percent of the whole picture, as percent of what was kept; 0 for those that lie in the mount."""
        _, top, _, bottom = self.percent()
        edges = np.clip((np.cumsum((0.0, *heights[: layers - 1], 100.0)) - top) / (bottom - top), 0.0, 1.0) * 100.0
        edges[0], edges[-1] = 0.0, 100.0
        return tuple(float(high) for high in np.diff(edges))

    def heights_of_whole(self, heights: tuple[float, ...]) -> tuple[float, ...]:
        """The other way: the first and the last band have the mount with them."""
        if not heights:
            return heights
        _, top, _, bottom = self.percent()
        edges = top + np.cumsum(heights[:-1]) * (bottom - top) / 100.0
        return tuple(float(high) for high in np.diff([0.0, *edges, 100.0]))

    def settings(self, settings: Settings, folder: Path) -> Settings:
        """Settings for what was kept: places in percent are of it, and masks and the depth map are cropped copies in `folder`.

        An image that has the shape of the whole picture is cropped as that was; one of another shape is taken for what was kept.
        """
        objects = tuple(replace(one, box=self._box(one.box), lasso=self._points(one.lasso),
                                mask=self._file(one.mask, folder / f"object {number + 1}.tif"))
                        for number, one in enumerate(settings.objects))
        return replace(
            settings, objects=objects,
            masks=tuple(self._file(file, folder / f"layer {number + 1}.tif") for number, file in enumerate(settings.masks)),
            depth_map=self._file(settings.depth_map, folder / "depth.tif"),
            heights=self.heights_within(settings.heights, settings.layers) if settings.heights else ())

    def _box(self, box: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(float(np.clip(value, 0.0, 100.0)) for value in self._points(box))

    def _points(self, numbers: tuple[float, ...]) -> tuple[float, ...]:
        left, top, right, bottom = self.percent()
        low, span = (left, top), (right - left, bottom - top)
        return tuple(100.0 * (value - low[number % 2]) / span[number % 2] for number, value in enumerate(numbers))

    def _file(self, file: str, target: Path) -> str:
        """The path of an image that shows what was kept. One that cannot be read stays, for its reader to say so."""
        from PIL import Image, ImageOps  # here, as Blender imports this module when it starts

        if not file:
            return file
        with suppress(OSError, ValueError, SyntaxError, ParallaxError, Image.DecompressionBombError), Image.open(file) as image:
            upright = ImageOps.exif_transpose(image)
            if not self._is_whole(*upright.size):
                return file
            left, top, right, bottom = self.percent()
            wide, high = upright.width / 100.0, upright.height / 100.0
            part = upright.crop((round(left * wide), round(top * high), round(right * wide), round(bottom * high)))
            with refusing_to_write(target):
                write_atomically(target, lambda path: part.save(path, "TIFF"))
            return str(target)
        return file

    def _is_whole(self, width: int, height: int) -> bool:
        """Whether an image of this size shows the whole picture rather than what was kept of it."""
        left, top, right, bottom = self.box
        if (width, height) in ((self.width, self.height), (right - left, bottom - top)):
            return (width, height) == (self.width, self.height)
        slack = 1.0 / min(width, height) + 0.002  # sizes are whole pixels
        off = [abs(np.log(width / height * b / a)) for a, b in ((self.width, self.height), (right - left, bottom - top))]
        return off[0] <= 2.0 * slack or off[0] < off[1]


@dataclass(frozen=True)
class _Side:
    """A border along a side. width: pixels; color: of it, (3,); shows: share of the side along which its inner edge does."""

    width: int
    color: np.ndarray
    shows: float


def found(picture: np.ndarray) -> Box | None:
    """Left, top, right, bottom in pixels of what lies within a mount, a frame or letterbox bars; None where there are none.

    picture: (H, W, 3) uint8. A border is a strip of nearly one color (with a slight gradient, noise, paper or JPEG artifacts) at
    most WIDEST wide, whose inner edge is sharp, straight and parallel to the side along nearly all of it. Two opposite sides must have
    one of the same color; the others follow where theirs agrees. So plain skies, walls, snow and vignettes are left alone.
    """
    height, width = picture.shape[:2]
    left, top, right, bottom = 0, 0, width, height
    for _ in range(ROUNDS):
        cut = _around(picture[top:bottom, left:right])
        if not any(cut):
            break
        room = [most - used for most, used in zip(
            (WIDEST_LAST * width, WIDEST_LAST * height) * 2, (left, top, width - right, height - bottom))]
        if any(wide > most + 2 for wide, most in zip(cut, room)):
            break
        left, top, right, bottom = left + cut[0], top + cut[1], right - cut[2], bottom - cut[3]
    return None if (left, top, right, bottom) == (0, 0, width, height) else (left, top, right, bottom)


def _around(picture: np.ndarray) -> tuple[int, int, int, int]:
    """Widths in pixels of one border, left, top, right, bottom; all 0 where there is none."""
    if min(picture.shape[:2]) < 32:
        return 0, 0, 0, 0
    across = picture.transpose(1, 0, 2)
    strips = [_strip(plane) for plane in (across, picture, across[::-1], picture[::-1])]
    lengths = [picture.shape[1], picture.shape[0]] * 2
    candidates = [_candidates(strip, length) for strip, length in zip(strips, lengths)]
    best = (0, 0, 0, 0)
    for first in (0, 1):  # left and right, or top and bottom
        for one in candidates[first]:
            for other in candidates[first + 2]:
                widths = _completed(candidates, lengths, {first: one, first + 2: other})
                if sum(map(bool, widths)) > sum(map(bool, best)) and _encloses(picture, strips, widths):
                    best = widths
    return best


def _encloses(picture: np.ndarray, strips: list[np.ndarray], widths: tuple[int, int, int, int]) -> bool:
    """Whether borders go around a picture, not a thing on a plain ground: their edges show from end to end, and so do its corners."""
    height, width = picture.shape[:2]
    lengths = (height, width) * 2
    for number, wide in enumerate(widths):
        if wide:
            blocks, length = strips[number].shape[1], lengths[number]
            low, high = (-(-cut * blocks // length) for cut in (widths[1 - number % 2], length - widths[3 - number % 2]))
            shows = _differs(strips[number], wide)[low:high]
            end = max(1, len(shows) // 8)
            if min(shows[:end].mean(), shows[-end:].mean()) < 0.2 and sum(map(bool, widths)) < 4:
                return False
    return sum(map(bool, widths)) < 4 or not _is_rounded(picture, widths)


def _differs(strip: np.ndarray, wide: int) -> np.ndarray:
    """(blocks,) bool: where what is beyond a border of that width is not of its color."""
    step = strip[wide : wide + PROBE].mean(axis=0) - strip[max(0, wide - 14) : max(1, wide - 2)].mean(axis=0)
    return np.abs(step).max(axis=1) > 4.0


def _is_rounded(picture: np.ndarray, widths: tuple[int, int, int, int]) -> bool:
    """Whether all corners of what is within are of the border's color, as of a thing with round corners."""
    inner = cut(picture, (widths[0], widths[1], picture.shape[1] - widths[2], picture.shape[0] - widths[3])).astype(np.float32)
    outer = np.median(picture[: max(1, widths[1] - 2)].reshape(-1, 3), axis=0)
    size = max(3, round(0.012 * min(inner.shape[:2])))
    near = np.add.outer(np.arange(size), np.arange(size)) < size
    return all(np.abs(np.median(turned[:size, :size][near], axis=0) - outer).max() <= 4.0
               for turned in (inner, inner[::-1], inner[:, ::-1], inner[::-1, ::-1]))


def _completed(candidates, lengths, pair: dict[int, _Side]) -> tuple[int, int, int, int]:
    """Widths of a border of which two opposite sides are thought to be known; all 0 where these do not make one."""
    (a, one), (b, other) = pair.items()
    if min(one.shows, other.shows) < FAIR or max(one.width, other.width) > WIDEST_LAST * lengths[a] or not _alike(one, other):
        return 0, 0, 0, 0
    sides = dict(pair)
    for number in {0, 1, 2, 3} - set(pair):
        fitting = [side for side in candidates[number] if _alike(side, one) and _alike(side, other)]
        if fitting:
            sides[number] = max(fitting, key=lambda side: side.shows)
    wide = [number for number, side in sides.items() if side.width > WIDEST * lengths[number] + 2]
    if wide and (len(wide) > 1 or len(sides) < 4):
        sides = {number: side for number, side in sides.items() if number not in wide}
    is_frame = len(sides) == 4 and sum(side.shows for side in sides.values()) >= 4 * ROUND
    if not (a in sides and b in sides) or min(one.shows, other.shows) < STRONG and not is_frame:
        return 0, 0, 0, 0
    return tuple(sides[number].width if number in sides else 0 for number in range(4))


def _alike(one: _Side, other: _Side) -> bool:
    return float(np.abs(one.color - other.color).max()) <= ALIKE


def _strip(plane: np.ndarray) -> np.ndarray:
    """(rows, blocks, 4) float32: the part of a picture along its upper side in which a border can end, averaged along the side.

    The fourth is how much the pixels of a block differ, by which gravel differs from gray.
    """
    rows = plane[: int(WIDEST_LAST * plane.shape[0]) + 2 * PROBE]
    edges = np.unique(np.linspace(0, rows.shape[1], max(8, min(BLOCKS, rows.shape[1] // 4)) + 1).astype(int))
    green = rows[..., 1].astype(np.float32)
    values = np.concatenate([rows.astype(np.float32), (green**2)[..., None]], axis=2)
    strip = np.add.reduceat(values, edges[:-1], axis=1) / np.diff(edges).astype(np.float32)[None, :, None]
    strip[..., 3] = np.sqrt(np.maximum(strip[..., 3] - strip[..., 1] ** 2, 0.0))
    return strip


def _candidates(strip: np.ndarray, length: int) -> list[_Side]:
    """What may be a border along the upper side, most likely first. length: rows of the picture."""
    rows, blocks = strip.shape[:2]
    least = max(LEAST, round(NARROWEST * length))
    middle = strip[:, int(0.16 * blocks) : blocks - int(0.16 * blocks)]  # where borders at the ends of the side are not
    steps = np.abs(middle[1:] - middle[:-1]).max(axis=2)
    change = np.percentile(steps, 60, axis=1) + 0.3 * steps.mean(axis=1)  # between row y and y + 1
    ends = np.arange(least, rows - PROBE)
    if not len(ends):
        return []
    usual = np.cumsum(change) / np.arange(1, len(change) + 1)  # of the rows so far: in a border it is low
    order = ends[np.argsort(-change[ends - 1] / (usual[np.maximum(ends - 3, 0)] + 0.7), kind="stable")][:10]
    made = [side for end in order if (side := _judged(strip, middle, int(end))) is not None]
    unique: dict[int, _Side] = {}
    for side in sorted(made, key=lambda side: -side.shows):
        if all(abs(side.width - width) > 3 for width in unique):
            unique[side.width] = side
    return list(unique.values())[:3]


def _judged(strip: np.ndarray, middle: np.ndarray, end: int) -> _Side | None:
    """A border that ends before row `end`, give or take a row; None where the strip is not smooth, or its edge not sharp."""
    smooth = _smooth(strip[:end], middle[:end])
    if smooth is None:
        return None
    color, noise = smooth
    before = middle[max(0, end - 14) : max(1, end - 2)].mean(axis=0)
    beyond = middle[end + 1 : end + 1 + PROBE].mean(axis=0)
    step = beyond - before
    axis = np.abs(step).argmax(axis=1)[:, None]
    tall = np.take_along_axis(step, axis, axis=1)[:, 0]
    shows = np.abs(tall) > max(4.0, 4.0 * noise + 2.0)
    if shows.mean() < WEAK:
        return None
    near = middle[max(0, end - 6) : end + PROBE][:, shows]
    share = np.take_along_axis(near - before[shows], axis[shows][None], axis=2)[..., 0] / tall[shows]
    reached = np.where((share >= 0.5).any(axis=0), (share >= 0.5).argmax(axis=0), len(share))  # the row from which on it is not the border
    at = int(np.median(reached))
    if at >= len(share):
        return None
    clean = np.abs(share[max(0, at - 3)]) < 0.4
    if (clean & (reached >= at - 1) & (reached <= at + 2)).mean() < SHARP:
        return None
    mixed = int(np.median(share[at]) < 0.75)  # such a row goes with the border
    return _Side(max(0, end - 6) + at + mixed, color, float(shows.mean()))


def _smooth(strip: np.ndarray, middle: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Color and noise of a strip that is a smooth color all over; None for one that is not. Its last rows may be of a soft edge."""
    strip = strip[: max(1, len(strip) - 2)]
    if len(strip) > 24:
        strip = strip[np.linspace(0, len(strip) - 1, 24).astype(int)]
    rows, blocks = strip.shape[:2]
    y, x = np.meshgrid(np.linspace(-1.0, 1.0, rows) if rows > 4 else np.zeros(rows), np.linspace(-1.0, 1.0, blocks), indexing="ij")
    base = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=-1).reshape(-1, 6)
    values = strip.reshape(-1, 4)
    fit = np.linalg.pinv(base.T @ base) @ (base.T @ values)
    off = np.abs(values - base @ fit)
    rms = float(np.sqrt((off**2).mean(axis=0).max()))
    if rms > ROUGH or np.percentile(off, 99) > ROUGHEST or np.abs(fit[1:]).sum(axis=0).max() > 40.0:
        return None
    return np.median(values[:, :3], axis=0), rms


def cut(picture: np.ndarray, box: Box) -> np.ndarray:
    """A copy of what lies within the box."""
    left, top, right, bottom = box
    return np.ascontiguousarray(picture[top:bottom, left:right])
