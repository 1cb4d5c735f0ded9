"""Synthetic scenes of shaped layers with known alpha, colours, hidden pixels and depth.

Nothing here uses the engine. A scene is drawn on planes wider than the frame, so that motion reveals true content.
All scenes are seeded, and small enough that one is drawn in a fraction of a second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.engine.scenes import noise

WIDTH, HEIGHT = 240, 160
BEYOND = 120  # columns and rows of every plane that the first frame does not show, on each side
FINE = 4  # subpixels a side that shapes are drawn with
PLANE = (HEIGHT + 2 * BEYOND, WIDTH + 2 * BEYOND)


@dataclass(frozen=True)
class Layer:
    """texture: (h, w, 3) uint8 and alpha: (h, w) float32 from 0 to 1, both over the whole plane. distance: from the eye.

    nearness: (h, w) float32, 1 / distance of every pixel, for a surface that runs into the depth; moves as a whole nonetheless.
    """

    name: str
    distance: float
    texture: np.ndarray
    alpha: np.ndarray
    nearness: np.ndarray | None = None


@dataclass(frozen=True)
class Scene:
    """Layers from far to near; the farthest is opaque everywhere."""

    name: str
    layers: tuple[Layer, ...]

    @cached_property
    def source(self) -> np.ndarray:
        """(H, W, 3) uint8: the first frame."""
        return self.frame(self.still)[0]

    @property
    def still(self) -> list[tuple[float, float]]:
        return [(0.0, 0.0)] * len(self.layers)

    @cached_property
    def visible(self) -> np.ndarray:
        """(n, H, W) float32: the share of each layer in each pixel of the first frame; the shares sum to 1."""
        return _shares([_framed(layer.alpha) for layer in self.layers])

    @cached_property
    def labels(self) -> np.ndarray:
        """(H, W) uint8: the layer with most share in each pixel, 0 is the farthest."""
        return self.visible.argmax(axis=0).astype(np.uint8)

    def alpha(self, index: int) -> np.ndarray:
        """(H, W) float32: the share of a layer together with all nearer ones; what a matte of `labels >= index` should be."""
        return self.visible[index:].sum(axis=0).clip(0.0, 1.0)

    def colours(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8: the layer's true colours in the frame, hidden ones too."""
        return _framed(self.layers[index].texture)

    def foreground(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Colour (H, W, 3) uint8 and alpha of a layer together with all nearer ones, without what is behind them."""
        return _over([(_framed(layer.texture), _framed(layer.alpha)) for layer in self.layers[index:]])

    def background(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8: what all farther layers than this show without it."""
        return _over([(_framed(layer.texture), _framed(layer.alpha)) for layer in self.layers[:index]])[0]

    @cached_property
    def nearness(self) -> np.ndarray:
        """(H, W) float32: 1 / distance of what is seen."""
        out = np.zeros((HEIGHT, WIDTH), np.float32)
        for index, layer in enumerate(self.layers):
            near = 1.0 / layer.distance if layer.nearness is None else _framed(layer.nearness)
            out = np.where(self.labels == index, np.float32(near), out)
        return out

    def save_depth(self, path: Path) -> Path:
        """The depth map as a 16-bit PNG: linear in 1 / distance, near is white."""
        low, high = float(self.nearness.min()), float(self.nearness.max())
        levels = np.rint((self.nearness - low) / max(high - low, 1e-9) * 65535.0).astype(np.uint16)
        Image.fromarray(levels).save(path)
        return path

    def frame(self, offsets) -> tuple[np.ndarray, np.ndarray]:
        """The true picture (H, W, 3) uint8 with each layer displaced by (x, y) pixels, and (H, W) bool: what the first frame showed.

        Offsets are real numbers within BEYOND. A pixel was shown when the layer with most share in it was the one seen
        in the first frame at all the places that the pixel is sampled from.
        """
        front = self._front(offsets)
        shown = np.zeros((HEIGHT, WIDTH), bool)
        for index, at in enumerate(offsets):
            plane = np.zeros(PLANE, np.float32)
            plane[BEYOND:-BEYOND, BEYOND:-BEYOND] = self.labels == index
            shown |= (front == index) & (_framed(plane, *at) > 0.999)
        return _over([(_framed(layer.texture, *at), _framed(layer.alpha, *at)) for layer, at in zip(self.layers, offsets)])[0], shown

    def entered(self, offsets) -> np.ndarray:
        """(H, W) bool: where what lay beyond the first frame is seen, or might be, of the layer with most share or a nearer one."""
        front, out = self._front(offsets), np.zeros((HEIGHT, WIDTH), bool)
        inside = np.zeros(PLANE, np.float32)
        inside[BEYOND:-BEYOND, BEYOND:-BEYOND] = 1.0
        for index, at in enumerate(offsets):
            out |= (front <= index) & (_framed(inside, *at) < 0.999)
        return out

    def _front(self, offsets) -> np.ndarray:
        return _shares([_framed(layer.alpha, *at) for layer, at in zip(self.layers, offsets)]).argmax(axis=0)


def _framed(plane: np.ndarray, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    """What the frame shows of a plane displaced by (x, y): float32 by bilinear sampling, or exactly where the offset is whole."""
    left, top = math.floor(-x), math.floor(-y)
    wx, wy = -x - left, -y - top
    if not wx and not wy:
        return _cut(plane, left, top)
    parts = [((1 - wx) * (1 - wy), 0, 0), (wx * (1 - wy), 1, 0), ((1 - wx) * wy, 0, 1), (wx * wy, 1, 1)]
    return sum(np.float32(w) * _cut(plane, left + dx, top + dy) for w, dx, dy in parts if w)


def _cut(plane: np.ndarray, left: int, top: int) -> np.ndarray:
    return plane[BEYOND + top : BEYOND + top + HEIGHT, BEYOND + left : BEYOND + left + WIDTH]


def _shares(alphas: list[np.ndarray]) -> np.ndarray:
    free, shares = np.ones_like(alphas[0]), []
    for alpha in reversed(alphas):
        shares.append(free * alpha)
        free = free * (1.0 - alpha)
    return np.stack(shares[::-1])


def _over(layers: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Layers from far to near, laid over each other: straight colour uint8 and alpha float32."""
    colour = np.zeros((*layers[0][1].shape, 3), np.float32)
    total = np.zeros(layers[0][1].shape, np.float32)
    for texture, alpha in layers:
        colour = colour * (1.0 - alpha[..., None]) + texture * alpha[..., None]
        total = total * (1.0 - alpha) + alpha
    return np.rint(colour / np.maximum(total, 1e-6)[..., None]).clip(0, 255).astype(np.uint8), total


# -- textures --------------------------------------------------------------------------------------------------------


def rough(rgb, seed: int, contrast: float = 40.0, finest: int = 3) -> np.ndarray:
    """(h, w, 3) uint8: a colour with smooth noise, and the grain of a photograph."""
    bumps = contrast * noise(*PLANE, seed, finest)[..., None]
    grain = np.random.default_rng(seed).normal(0.0, 2.0, (*PLANE, 3))
    return np.clip(np.array(rgb) + bumps + grain, 0, 255).astype(np.uint8)


def striped(rgb, other, seed: int, period: float = 11.0, angle: float = 20.0) -> np.ndarray:
    """Two colours by turns, in soft waving stripes."""
    ys, xs = np.mgrid[: PLANE[0], : PLANE[1]]
    u = xs * math.cos(math.radians(angle)) + ys * math.sin(math.radians(angle)) + 6.0 * noise(*PLANE, seed)
    share = 0.5 + 0.5 * np.tanh(2.0 * np.sin(u * (2.0 * math.pi / period)))[..., None]
    return np.clip(share * rough(rgb, seed, 18.0) + (1.0 - share) * rough(other, seed + 1, 18.0), 0, 255).astype(np.uint8)


def bricks(rgb, mortar, seed: int, size=(14, 8)) -> np.ndarray:
    ys, xs = np.mgrid[: PLANE[0], : PLANE[1]]
    row = ys // size[1]
    joint = (ys % size[1] < 1) | ((xs + row % 2 * (size[0] // 2)) % size[0] < 1)
    return np.where(joint[..., None], rough(mortar, seed, 10.0), rough(rgb, seed + 1, 35.0))


def sky(top, bottom, seed: int) -> np.ndarray:
    ramp = np.linspace(0.0, 1.0, PLANE[0])[:, None, None]
    clouds = 25.0 * noise(*PLANE, seed, 12)[..., None]
    return np.clip(np.array(top) * (1 - ramp) + np.array(bottom) * ramp + clouds, 0, 255).astype(np.uint8)


# -- shapes, in the frame's coordinates ------------------------------------------------------------------------------


class Pen:
    """Draws one shape with soft edges of a pixel. Coordinates are the frame's, and may lie beyond it."""

    def __init__(self):
        self._image = Image.new("L", (PLANE[1] * FINE, PLANE[0] * FINE))
        self._draw = ImageDraw.Draw(self._image)

    def box(self, x0, y0, x1, y1, level=255) -> Pen:
        (left, top), (right, bottom) = self._at((x0, y0)), self._at((x1, y1))
        self._draw.rectangle((left, top, right - 1, bottom - 1), fill=level)
        return self

    def oval(self, x, y, rx, ry, level=255) -> Pen:
        self._draw.ellipse((*self._at((x - rx, y - ry)), *self._at((x + rx, y + ry))), fill=level)
        return self

    def area(self, *points, level=255) -> Pen:
        self._draw.polygon([self._at(p) for p in points], fill=level)
        return self

    def line(self, width, *points, level=255) -> Pen:
        self._draw.line([self._at(p) for p in points], fill=level, width=max(1, round(width * FINE)), joint="curve")
        return self

    def alpha(self, blur: float = 0.0) -> np.ndarray:
        image = self._image.reduce(FINE)
        if blur:
            image = image.filter(ImageFilter.GaussianBlur(blur))
        return np.asarray(image, np.float32) / np.float32(255.0)

    @staticmethod
    def _at(point) -> tuple[int, int]:
        return round((point[0] + BEYOND) * FINE), round((point[1] + BEYOND) * FINE)


FULL = np.ones(PLANE, np.float32)


def _wavy(x, y, radius, seed, corners=60) -> list[tuple[float, float]]:
    """Corners of a round shape whose radius waves."""
    random = np.random.default_rng(seed)
    waves = [(k, random.uniform(0.0, 0.28) / k, random.uniform(0.0, 2.0 * math.pi)) for k in range(2, 8)]
    turns = np.linspace(0.0, 2.0 * math.pi, corners, endpoint=False)
    r = radius * (1.0 + sum(a * np.sin(k * turns + p) for k, a, p in waves))
    return [(x + q * math.cos(t), y + q * math.sin(t)) for q, t in zip(r, turns)]


# -- scenes ----------------------------------------------------------------------------------------------------------


def blobs() -> Scene:
    """A box, an oval and a waving blob, at two distances."""
    middle = Pen().box(20, 60, 95, 125).oval(180, 55, 32, 24).alpha()
    near = Pen().area(*_wavy(130, 100, 36, 1)).alpha()
    return Scene("blobs", (Layer("far", 8.0, rough((80, 125, 200), 1), FULL),
                           Layer("middle", 4.0, rough((200, 150, 80), 2), middle),
                           Layer("near", 2.0, striped((60, 140, 70), (100, 175, 90), 3), near)))


def poles() -> Scene:
    """Poles one to three pixels wide, upright and leaning, and a wire."""
    pen = Pen().line(1, (30, -100), (30, 260)).line(2, (70, -100), (82, 260)).line(3, (120, 20), (120, 260))
    pen.line(2, (170.5, 35), (160, 260)).line(3, (208, -100), (200, 260)).line(1.5, (-100, 50), (120, 22), (340, 60))
    return Scene("poles", (Layer("far", 6.0, sky((110, 160, 225), (215, 220, 225), 11), FULL),
                           Layer("poles", 2.0, rough((60, 48, 42), 12, 20.0), pen.alpha())))


def holed() -> Scene:
    """A plate with round, square and narrow holes."""
    pen = Pen().box(35, 20, 205, 140).oval(75, 60, 20, 20, level=0).box(110, 35, 150, 75, level=0)
    pen.box(170, 30, 172, 130, level=0).oval(120, 110, 3, 3, level=0).area((60, 95), (95, 125), (50, 128), level=0)
    return Scene("holed", (Layer("far", 5.0, striped((70, 120, 190), (130, 165, 210), 21, 17.0, 75.0), FULL),
                           Layer("plate", 2.0, rough((185, 85, 60), 22), pen.alpha())))


def fence() -> Scene:
    """A picket fence across the whole width before a field and a sky."""
    pen = Pen().box(-130, 92, 370, 97).box(-130, 132, 370, 137)
    for x in range(-120, 360, 12):
        pen.area((x, 80), (x + 3, 74), (x + 6, 80), (x + 6, 150), (x, 150))
    hill = Pen().area((-130, 95), (40, 70), (150, 84), (370, 60), (370, 290), (-130, 290)).alpha()
    return Scene("fence", (Layer("far", 9.0, sky((95, 150, 220), (200, 215, 230), 31), FULL),
                           Layer("field", 5.0, rough((105, 140, 60), 32, 45.0), hill),
                           Layer("fence", 2.0, rough((232, 228, 215), 33, 14.0), pen.alpha())))


def soft() -> Scene:
    """A blob whose edge is blurred by six pixels."""
    return Scene("soft", (Layer("far", 5.0, rough((60, 95, 150), 41), FULL),
                          Layer("blob", 2.0, rough((225, 170, 120), 42, 30.0), Pen().area(*_wavy(120, 82, 46, 4)).alpha(6.0))))


def hair() -> Scene:
    """A head with strands about a pixel wide all around it."""
    random = np.random.default_rng(5)
    pen = Pen().oval(120, 92, 38, 44).box(96, 125, 144, 290)
    for turn in random.uniform(-math.pi, 0.35, 230):
        x, y, bend, length = 120 + 36 * math.cos(turn), 88 + 40 * math.sin(turn), random.normal(0.0, 0.5), random.uniform(6.0, 17.0)
        points = [(x + s * length * math.cos(turn + bend * s), y + s * length * math.sin(turn + bend * s)) for s in np.linspace(0, 1, 6)]
        pen.line(random.uniform(0.4, 1.1), *points)
    return Scene("hair", (Layer("far", 6.0, rough((120, 165, 190), 51, 30.0, 6), FULL),
                          Layer("head", 2.0, rough((70, 42, 25), 52, 16.0), pen.alpha())))


def touching() -> Scene:
    """Shapes that touch each other and cross every side of the frame."""
    middle = Pen().box(-60, -40, 62, 70).oval(245, 80, 50, 50).alpha()
    near = Pen().area((62, 70), (130, 70), (110, 260), (-30, 260)).oval(150, -8, 40, 34).alpha()
    return Scene("touching", (Layer("far", 8.0, rough((175, 190, 205), 61, 30.0), FULL),
                              Layer("middle", 4.0, bricks((165, 85, 65), (205, 195, 180), 62), middle),
                              Layer("near", 2.0, rough((55, 110, 75), 64), near)))


def skyline() -> Scene:
    """Towers, a dome and chimneys before a sky, a river bank before them."""
    pen = Pen().box(-130, 100, 370, 290).box(150, 45, 172, 110).area((150, 45), (161, 18), (172, 45)).line(1.2, (161, 2), (161, 20))
    pen.oval(80, 74, 26, 26).box(60, 74, 100, 110).box(76, 40, 84, 52).line(1.5, (80, 28), (80, 42))
    random = np.random.default_rng(7)
    for x in range(-120, 360, 17):
        pen.box(x, 100 - random.uniform(2, 22), x + random.uniform(8, 17), 110)
        pen.line(2, (x + 4, 72), (x + 4, 100))
    bank = Pen().area((-130, 138), (90, 128), (180, 135), (370, 122), (370, 290), (-130, 290)).alpha()
    return Scene("skyline", (Layer("sky", 10.0, sky((100, 150, 215), (235, 220, 190), 71), FULL),
                             Layer("town", 5.0, bricks((150, 120, 100), (110, 90, 80), 72, (9, 7)), pen.alpha()),
                             Layer("bank", 2.5, rough((75, 100, 60), 74, 45.0), bank)))


def nested() -> Scene:
    """One shape before another before another."""
    shapes = [Pen().area(*_wavy(120, 80, r, s)).alpha() for r, s in ((66, 81), (42, 82), (20, 83))]
    textures = [rough((185, 165, 90), 84), striped((150, 70, 80), (190, 110, 105), 85, 9.0, 60.0), rough((60, 110, 160), 86)]
    return Scene("nested", (Layer("far", 9.0, rough((95, 130, 105), 87), FULL),
                            *(Layer(f"ring {i}", d, t, s) for i, (d, t, s) in enumerate(zip((6.0, 4.0, 2.0), textures, shapes)))))


def ground() -> Scene:
    """A ground that runs into the depth, cut in two by it without an edge, with a box and a tree standing on it."""
    row = np.clip((np.arange(PLANE[0]) - BEYOND - 60) / 100.0, 0.0, 1.2)[:, None]
    nearness = np.repeat((1 / 12.0 + row * (1 / 2.0 - 1 / 12.0)).astype(np.float32), PLANE[1], axis=1)
    turf = rough((120, 125, 70), 91, 45.0)
    tree = Pen().line(5, (186, 75), (186, 118)).area(*_wavy(186, 60, 26, 9)).alpha()
    return Scene("ground", (Layer("sky", 14.0, sky((105, 150, 220), (210, 215, 220), 92), FULL),
                            Layer("far ground", 7.0, turf, Pen().box(-130, 60, 370, 290).alpha(), nearness),
                            Layer("tree", 3.5, rough((50, 85, 45), 93, 35.0), tree),
                            Layer("near ground", 2.8, turf, Pen().box(-130, 110, 370, 290).alpha(), nearness),
                            Layer("box", 2.4, bricks((175, 90, 60), (210, 195, 175), 94), Pen().box(45, 70, 95, 135).alpha())))


MAKERS = {make.__name__: make for make in (blobs, poles, holed, fence, soft, hair, touching, skyline, nested, ground)}


@cache
def scene(name: str) -> Scene:
    """The scene of that name, drawn once."""
    return MAKERS[name]()
