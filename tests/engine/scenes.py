"""A layered scene of which everything is known, and an eye of our own for what a finished job shows.

Nothing here uses the engine: pictures come from noise, and a finished job is read as the plain files that it is.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ANGLES = [0.0, 37.0, 90.0, 135.0, 180.0, 213.7, 270.0, 355.0]
HUES = [(70, 120, 205), (200, 150, 80), (60, 150, 75), (165, 70, 120), (110, 110, 110)]
BEYOND = 400  # columns and rows of every texture that the first frame does not show, on each side


def noise(height: int, width: int, seed: int, finest: int = 3) -> np.ndarray:
    """(height, width) float32, smooth fractal noise from -1 to 1."""
    random = np.random.default_rng(seed)
    total, weight, cell = np.zeros((height, width), np.float32), 1.0, 48
    while cell >= finest:
        grid = random.uniform(-1.0, 1.0, (height // cell + 2, width // cell + 2)).astype(np.float32)
        total += weight * np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))
        weight, cell = weight * 0.6, cell // 2
    return total / np.abs(total).max()


@dataclass(frozen=True)
class Scene:
    """Layers from the top of the picture down, each a texture that goes on far beyond the frame.

    tops: the row at which each layer begins; the first is 0. Nearer layers, which are the lower ones, hide what is
    below their top of all farther ones.
    """

    width: int
    height: int
    tops: tuple[int, ...]
    textures: tuple[np.ndarray, ...]

    @property
    def source(self) -> np.ndarray:
        return self.render([(0, 0)] * len(self.tops))[0]

    @property
    def heights(self) -> list[float]:
        return [100.0 * (b - a) / self.height for a, b in zip(self.tops, (*self.tops[1:], self.height))]

    def render(self, offsets) -> tuple[np.ndarray, np.ndarray]:
        """The true picture with each layer displaced by whole pixels (x, y), and which of its pixels the first frame showed."""
        frame = np.zeros((self.height, self.width, 3), np.uint8)
        shown = np.zeros((self.height, self.width), bool)
        ends = (*self.tops[1:], self.height)
        for top, end, texture, (x, y) in zip(self.tops, ends, self.textures, offsets):
            rows, columns = np.arange(self.height) - y, np.arange(self.width) - x
            here = rows >= top if top else np.ones(self.height, bool)
            frame[here] = texture[np.ix_(rows[here] + BEYOND, columns + BEYOND)]
            shown[here] = ((rows >= top) & (rows < end))[here, None] & ((columns >= 0) & (columns < self.width))[None]
        return frame, shown


def scene(width: int = 240, height: int = 144, layers: int = 3, seed: int = 0, grain: float = 0.0) -> Scene:
    """A scene whose layers differ in hue and are not of equal height. grain: levels of noise, which a photograph has."""
    shares = np.cumsum([0.0, *(1.0 + 0.35 * (-1) ** i for i in range(layers))])
    tops = tuple(int(round(x)) for x in shares[:-1] / shares[-1] * height)
    textures = []
    for i in range(layers):
        bumps = noise(height + 2 * BEYOND, width + 2 * BEYOND, 101 * seed + i)
        rough = grain * np.random.default_rng(seed).standard_normal((*bumps.shape, 3)) if grain else 0.0
        textures.append(np.clip(np.array(HUES[i % len(HUES)]) + 45.0 * bumps[..., None] + rough, 0, 255).astype(np.uint8))
    return Scene(width, height, tops, tuple(textures))


def save(picture: np.ndarray, path: Path) -> Path:
    Image.fromarray(picture).save(path)
    return path


@dataclass(frozen=True)
class _Tile:
    x: int
    y: int
    width: int
    height: int
    pad: int
    image: np.ndarray  # (height + 2 pad, width + 2 pad, 4) float32, colour multiplied by alpha, all from 0 to 1


class Finished:
    """A finished job, read from its files alone, and seen as the camera will see it."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        values = json.loads((self.folder / "layers" / "layers.json").read_text())
        self.motion = values["motion"]
        self.width, self.height, self.frames = self.motion["width"], self.motion["height"], self.motion["frames"]
        self.order = [layer["index"] for layer in values["layers"]]
        self.tiles = {layer["index"]: [self._tile(tile) for tile in layer["tiles"]] for layer in values["layers"]}

    def offset(self, index: int, frame: float) -> tuple[float, float]:
        """Displacement on screen in pixels of a straight motion that holds nowhere: even, eased at its ends, or there and back."""
        x, y = self.motion["velocities"][index]
        steps = self._run(frame - 1) / (self.motion["fps"] * self.motion["seconds_per_step"])
        return x * steps, y * steps

    def _run(self, time: float) -> float:
        """Frames at full speed that a layer has gone after so many frames."""
        frames, (faster, slower) = self.frames, self.motion["ease"]
        if self.motion["returns"]:
            return frames / 4.0 * math.sin(2.0 * math.pi * time / frames)
        if time < faster:
            return time * time / (2.0 * faster)
        if time > frames - slower:
            return frames - faster / 2.0 - slower / 2.0 - (frames - time) ** 2 / (2.0 * slower)
        return time - faster / 2.0

    def see(self, frame: float, nearest: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """The picture (H, W, 3) in levels as float at a frame, any real number, and where something shows through."""
        return self.place([self.offset(index, frame) for index in range(len(self.tiles))], nearest)

    def place(self, offsets, nearest: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """As `see`, with each layer (by index) displaced by the offset given."""
        seen = np.zeros((self.height, self.width, 3), np.float32)
        through = np.ones((self.height, self.width), np.float32)
        for index in self.order:
            layer = self.layer(index, offsets[index], nearest)
            alpha = layer[..., 3]
            seen = seen * (1.0 - alpha[..., None]) + layer[..., :3]
            through *= 1.0 - alpha
        return seen * 255.0, through > 1.0 / 255.0

    def layer(self, index: int, offset: tuple[float, float], nearest: bool = False) -> np.ndarray:
        """(H, W, 4) float32 from 0 to 1, colour multiplied by alpha: one layer alone, displaced by `offset`."""
        out = np.zeros((self.height, self.width, 4), np.float32)
        periods = self.motion["periods"][index]
        for tile in self.tiles[index]:
            columns, at_x, share_x = _samples(self.width, offset[0], tile.x, tile.width, tile.pad, periods[0], nearest)
            rows, at_y, share_y = _samples(self.height, offset[1], tile.y, tile.height, tile.pad, periods[1], nearest)
            part = np.zeros((len(rows), len(columns), 4), np.float32)
            for dy, wy in ((0, 1.0 - share_y), (1, share_y)):
                for dx, wx in ((0, 1.0 - share_x), (1, share_x)):
                    weight = wy[:, None] * wx[None, :]
                    if weight.any():
                        high, wide = tile.image.shape[:2]
                        part += weight[..., None] * tile.image[np.ix_(np.minimum(at_y + dy, high - 1), np.minimum(at_x + dx, wide - 1))]
            out[np.ix_(rows, columns)] = part
        return out

    def canvas(self, index: int) -> tuple[np.ndarray, tuple[int, int]]:
        """(h, w, 4) uint8: a layer's tiles put together without their padding, and the canvas position of its top left."""
        layer = json.loads((self.folder / "layers" / "layers.json").read_text())["layers"][self.order.index(index)]
        x0, y0 = min(t["x"] for t in layer["tiles"]), min(t["y"] for t in layer["tiles"])
        x1, y1 = max(t["x"] + t["width"] for t in layer["tiles"]), max(t["y"] + t["height"] for t in layer["tiles"])
        out = np.zeros((y1 - y0, x1 - x0, 4), np.uint8)
        for tile in layer["tiles"]:
            x, y, pad = tile["x"] - x0, tile["y"] - y0, tile["pad"]
            image = np.array(Image.open(self.folder / tile["file"]))
            out[y : y + tile["height"], x : x + tile["width"]] = image[pad : pad + tile["height"], pad : pad + tile["width"]]
        return out, (x0, y0)

    def _tile(self, tile: dict) -> _Tile:
        image = np.array(Image.open(self.folder / tile["file"])).astype(np.float32) / 255.0
        image[..., :3] *= image[..., 3:]
        assert image.shape[:2] == (tile["height"] + 2 * tile["pad"], tile["width"] + 2 * tile["pad"])
        return _Tile(tile["x"], tile["y"], tile["width"], tile["height"], tile["pad"], image)


def _samples(count: int, offset: float, start: int, length: int, pad: int, period: int, nearest: bool):
    """Along one axis: the screen pixels that a tile covers, the image pixel before each, and the share of the one after."""
    wanted = np.arange(count) - offset
    pixel = np.floor(wanted + 0.5).astype(int)  # a tile's rectangle covers a screen pixel when it covers its centre
    turns = (pixel - start) // period * period if period else 0
    inside = (pixel - turns >= start) & (pixel - turns < start + length)
    at = (pixel if nearest else wanted) - turns - start + pad
    at = at[inside]
    before = np.floor(at).astype(int)
    return np.flatnonzero(inside), before, (at - before).astype(np.float32)


def moments(frames: int, count: int) -> list[float]:
    """`count` moments over all frames and between them: the first, the last, and others at odd fractions."""
    return [1.0, float(frames), *(1.0 + (frames - 1) * ((i * 0.6180339887) % 1.0) for i in range(1, count - 1))]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = float(((a.astype(np.float64) - b.astype(np.float64)) ** 2).mean())
    return math.inf if error == 0 else 10.0 * math.log10(255.0**2 / error)
