"""Frames of a finished job, composed from its files without Blender: a displacement and a scale for every layer.

Layers are read at the size they are looked at, so a contact sheet costs little. Alpha is premultiplied throughout.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from engine.film.camera import Camera
from engine.job import Job, Layer
from engine.motion import Motion

Placement = tuple[float, float, float]  # of a layer: dx and dy in pixels of the job's frame, scale about the frame's center
FILM = 36.0  # mm, the width of the film that a camera's focal length is for
MARGIN = 8  # pixels of the next period beside a canvas, so that filtering goes on across its end
OUTSIDE = -1e4  # a position at which no canvas has a pixel
SOLID = 1.0 - 1.0 / 255.0  # coverage from which on nothing shows through


@dataclass(frozen=True)
class Canvas:
    """One layer at the size it is looked at.

    image: (h, w, 4) float32 from 0 to 1, premultiplied. origin: position of its top left in pixels of the job's frame.
    factor: (x, y) pixels of the image per pixel of the frame. period: (x, y) in pixels of the frame, 0 where it does not repeat.
    margin: pixels of the frame that the image has beyond the layer on every side.
    """

    image: np.ndarray
    origin: tuple[float, float]
    factor: tuple[float, float]
    period: tuple[int, int]
    margin: int


class Finished:
    """A finished job, to be looked at `width` pixels wide. Raises ParallaxError where the job has no layers."""

    def __init__(self, folder: Path, width: int | None = None):
        self.folder = Path(folder)
        self.about: dict = json.loads((self.folder / "layers" / "layers.json").read_text(encoding="utf-8"))
        result = Job(self.folder).result()
        self.motion: Motion = result.motion
        self.frames, self.fps = self.motion.frames, self.motion.fps
        self.width = min(width or self.motion.width, self.motion.width)
        self.height = max(1, round(self.motion.height * self.width / self.motion.width))
        self.order = [layer.index for layer in result.layers]
        self.names = {layer.index: layer.name for layer in result.layers}
        self._canvases = {layer.index: self._canvas(layer) for layer in result.layers}

    def offset(self, index: int, frame: float) -> tuple[float, float]:
        """Displacement of a layer on screen at a frame, in pixels of the job's frame."""
        return self.motion.offset(index, frame)

    def see(self, frame: float, view: Callable[[Finished, float], dict[int, Placement]] | None = None) -> tuple[np.ndarray, float]:
        """(height, width, 3) uint8 at a frame from 1 to `frames`, and the share of it in which something shows through."""
        return self.place((view or layers_in_view)(self, frame))

    def place(self, placements: dict[int, Placement]) -> tuple[np.ndarray, float]:
        """As `see`, with each layer (by index) where it is told."""
        seen = np.zeros((self.height, self.width, 4), np.float32)
        for index in self.order:
            layer = self._placed(self._canvases[index], placements[index])
            seen = seen * (1.0 - layer[..., 3:]) + layer
        return np.clip(seen[..., :3] * 255.0 + 0.5, 0, 255).astype(np.uint8), float((seen[..., 3] < SOLID).mean())

    def _placed(self, canvas: Canvas, placement: Placement) -> np.ndarray:
        dx, dy, scale = placement
        x = _positions(canvas, 0, self.width, self.motion.width, dx, scale)
        y = _positions(canvas, 1, self.height, self.motion.height, dy, scale)
        at_x, at_y = np.broadcast_to(x, (self.height, self.width)), np.broadcast_to(y[:, None], (self.height, self.width))
        return cv2.remap(canvas.image, np.ascontiguousarray(at_x), np.ascontiguousarray(at_y), cv2.INTER_LINEAR,
                         borderMode=cv2.BORDER_CONSTANT, borderValue=0)

    def _canvas(self, layer: Layer) -> Canvas:
        period = self.motion.periods[layer.index]
        x0, y0 = min(t.x for t in layer.tiles), min(t.y for t in layer.tiles)
        x1, y1 = max(t.x + t.width for t in layer.tiles), max(t.y + t.height for t in layer.tiles)
        # The margin keeps filtering from fading the ends: what repeats goes on, and what ends is cut off only when it is placed
        whole = np.zeros(((period[1] or y1 - y0), (period[0] or x1 - x0), 4), np.float32)
        for tile in layer.tiles:
            image = np.asarray(Image.open(self.folder / tile.file).convert("RGBA"), np.float32) / 255.0
            image = image[tile.pad : tile.pad + tile.height, tile.pad : tile.pad + tile.width]
            image = np.concatenate([image[..., :3] * image[..., 3:], image[..., 3:]], axis=-1)
            whole[tile.y - y0 : tile.y - y0 + tile.height, tile.x - x0 : tile.x - x0 + tile.width] = image
        factor = self.width / self.motion.width
        margin = math.ceil(MARGIN / factor)
        for axis, length in enumerate((period[1], period[0])):
            pads = [(margin, margin) if k == axis else (0, 0) for k in range(3)]
            whole = np.pad(whole, pads, mode="wrap" if length else "edge")
        if factor == 1.0:
            return Canvas(whole, (x0 - margin, y0 - margin), (1.0, 1.0), period, margin)
        size = max(1, round(whole.shape[1] * factor)), max(1, round(whole.shape[0] * factor))
        small = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
        return Canvas(small, (x0 - margin, y0 - margin), (size[0] / whole.shape[1], size[1] / whole.shape[0]), period, margin)


def layers_in_view(finished: Finished, frame: float) -> dict[int, Placement]:
    """Where each layer is at a frame, by index: displaced as the job's motion says, or as the style's camera sees it."""
    camera = finished.about.get("camera") or {}
    if camera.get("mover") == "CAMERA" and camera.get("move") in ("ORBIT", "DOLLY"):
        return before_camera(finished, camera, frame)
    return {index: (*finished.offset(index, frame), 1.0) for index in finished.order}


def before_camera(finished: Finished, camera: Mapping[str, object], frame: float) -> dict[int, Placement]:
    """Where a moving camera sees each layer, by index. Layers stand at distances in inverse proportion to their speeds.

    camera: "move", "amount" (the share of the nearest layer's distance that it goes) and "lens", as in `engine.film.camera.Camera`.
    An orbit goes to both sides, and turns about the middle of the layers; a dolly goes in and, in a loop, back.
    """
    share, motion = (frame - 1) / finished.frames, finished.motion
    amount, near = float(camera.get("amount", Camera.amount)), nearness(finished)
    if camera["move"] == "DOLLY":
        gone = amount * (0.5 - 0.5 * math.cos((2 if motion.loop else 1) * math.pi * share))
        return {index: (0.0, 0.0, 1.0 / (1.0 - gone * near[index])) for index in finished.order}
    focal = motion.width * float(camera.get("lens", Camera.lens)) / FILM
    pivot = math.sqrt(min(near.values()) * max(near.values()))
    gone = focal * amount * math.sin(2 * math.pi * share)
    (x, y), length = _lead(finished), math.hypot(*_lead(finished)) or 1.0
    return {index: (gone * (near[index] - pivot) * x / length, gone * (near[index] - pivot) * y / length, 1.0) for index in finished.order}


def nearness(finished: Finished) -> dict[int, float]:
    """The nearest layer's distance over each layer's, by index: never falling from far to near."""
    lead = _lead(finished)
    length, near, last = lead[0] ** 2 + lead[1] ** 2, {}, 0.02
    for index in finished.order:
        x, y = finished.motion.velocities[index]
        last = near[index] = max(last, (x * lead[0] + y * lead[1]) / length if length else 1.0)
    return near


def _lead(finished: Finished) -> tuple[float, float]:
    """The velocity of the fastest layer; (1, 0) where nothing moves."""
    fastest = max((finished.motion.velocities[index] for index in finished.order), key=lambda v: math.hypot(*v))
    return fastest if any(fastest) else (1.0, 0.0)


def moments(frames: int, count: int) -> list[float]:
    """The frames at 0, 1 / count, ... of the film; the first is 1."""
    return [1.0 + frames * k / count for k in range(count)]


def _positions(canvas: Canvas, axis: int, seen: int, full: int, offset: float, scale: float) -> np.ndarray:
    """(seen,) float32: the pixel of a canvas' image that each pixel of what is seen shows, along one axis."""
    center = full / 2.0
    screen = (np.arange(seen) + 0.5) * full / seen
    at = (screen - offset - center) / scale + center - canvas.origin[axis]
    if canvas.period[axis]:
        at = (at - canvas.margin) % canvas.period[axis] + canvas.margin
    else:
        length = canvas.image.shape[1 - axis] / canvas.factor[axis] - 2 * canvas.margin
        at = np.where((at < canvas.margin) | (at > canvas.margin + length), OUTSIDE, at)
    return (at * canvas.factor[axis] - 0.5).astype(np.float32)


def samples(finished: Finished, frames: Sequence[float]) -> tuple[list[np.ndarray], float]:
    """Frames beside their worst share of what shows through."""
    pictures = [finished.see(frame) for frame in frames]
    return [picture for picture, _ in pictures], max(holes for _, holes in pictures)
