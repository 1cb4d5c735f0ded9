"""What the gallery's pictures are drawn with: noise, colors, shapes on transparent sheets, and terrain in true perspective.

Coordinates are design units, y down: a picture is `Easel.wide` units wide whatever its width in pixels. Colors are RGB from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw

Array = np.ndarray


def rgb(code: str) -> Array:
    """A color from six hexadecimal digits."""
    return np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], np.float32) / 255


def mix(a, b, t) -> Array:
    """From a to b; t is a number or a map, a and b are colors, pictures or maps."""
    t = np.asarray(t, np.float32)
    if t.ndim == 2 and (np.ndim(a) != 2 or np.ndim(b) != 2):
        t = t[..., None]
    return a + (b - a) * t


def ramp(t: Array, *stops: tuple[float, str]) -> Array:
    """Colors of a map: `stops` are (position, color) in rising order."""
    colors = np.array([rgb(code) for _, code in stops])
    return np.stack([np.interp(t, [at for at, _ in stops], colors[:, k]) for k in range(3)], axis=-1).astype(np.float32)


def step(low: float, high: float, t) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((t - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


@lru_cache(maxsize=4)
def _texture(seed: int) -> Array:
    """A periodic field of smooth noise, 64 cells to a side, 8 pixels to a cell; mean 0, deviation 1."""
    grid = np.random.default_rng(seed).standard_normal((64, 64)).astype(np.float32)
    large = cv2.resize(np.pad(grid, 4, mode="wrap"), (576, 576), interpolation=cv2.INTER_CUBIC)[32:-32, 32:-32]
    return np.ascontiguousarray((large - large.mean()) / large.std())


def field(x: Array, y: Array, octaves: int = 6, gain: float = 0.5, seed: int = 1, ridged: bool = False) -> Array:
    """Fractal noise at any places, one cell to a unit: mean about 0. Ridged noise has sharp crests and lies from about -1 to 1."""
    texture, total, weight, high = _texture(seed), np.zeros(np.shape(x), np.float32), 1.0, 1.0
    for k in range(octaves):
        u, v = (x * high + 17.3 * k) % 64 * 8, (y * high + 9.1 * k) % 64 * 8
        wave = cv2.remap(texture, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        total += weight * ((0.8 - np.abs(wave)) if ridged else wave)
        weight, high = weight * gain, high * 2.03
    return total


class Easel:
    """A picture in the making. image: (H, W, 3) float32, changed in place; X, Y: design units of every pixel's center."""

    def __init__(self, width: int, seed: int, wide: int = 1280, high: int = 853):
        self.wide, self.high, self.seed = wide, high, seed
        self.scale = width / wide  # pixels per unit
        self.W, self.H = width, max(1, round(high * self.scale))
        self.rng = np.random.default_rng(seed)
        self.Y, self.X = ((np.mgrid[0 : self.H, 0 : self.W] + 0.5) / self.scale).astype(np.float32)
        self.image = np.zeros((self.H, self.W, 3), np.float32)
        self._fields = 100 * seed

    def noise(self, cell: float, octaves: int = 5, gain: float = 0.5, stretch: float = 1.0, ridged: bool = False) -> Array:
        """Fractal noise over the picture, another one each time. cell: height of the widest blob, stretch: its width over its height."""
        self._fields += 1
        octaves = max(1, min(octaves, int(np.log2(max(1.0, cell * self.scale))) + 1))  # none finer than a pixel
        x = self.X / (cell * stretch)
        return field(x + 3.7 * self._fields, self.Y / cell, octaves, gain, self._fields, ridged)

    def blur(self, a: Array, radius: float) -> Array:
        sigma = radius * self.scale
        return cv2.GaussianBlur(np.asarray(a, np.float32), (0, 0), sigma) if sigma > 0.2 else a

    def cover(self, color, alpha=1.0) -> None:
        """Lays a color or picture over the image."""
        self.image[:] = mix(self.image, color, alpha)

    def light(self, color, amount) -> None:
        """Adds light, as a lamp's glow: the image never passes 1."""
        amount = np.asarray(amount, np.float32)
        self.image[:] = 1 - (1 - self.image) * (1 - np.clip(amount[..., None] * color, 0, 1))

    def lamp(self, color, x: float, y: float, rx: float, ry: float, amount: float) -> None:
        """Adds the glow of a lamp, which falls off within about 2.5 radii."""
        x0, x1 = (int(np.clip((x + k * 2.5 * rx) * self.scale, 0, self.W)) for k in (-1, 1))
        y0, y1 = (int(np.clip((y + k * 2.5 * ry) * self.scale, 0, self.H)) for k in (-1, 1))
        part = np.s_[y0:y1, x0:x1]
        fall = amount * np.exp(-(((self.X[part] - x) / rx) ** 2) - ((self.Y[part] - y) / ry) ** 2)
        self.image[part] = 1 - (1 - self.image[part]) * (1 - np.clip(fall[..., None] * color, 0, 1))

    def warped(self, a: Array, dx, dy) -> Array:
        """The map or picture seen at places displaced by so many units."""
        x, y = (self.X + dx) * self.scale - 0.5, (self.Y + dy) * self.scale - 0.5
        return cv2.remap(a, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def edge(self, signed) -> Array:
        """Alpha of where a signed distance in units is above 0."""
        return np.clip(np.asarray(signed) * self.scale + 0.5, 0, 1).astype(np.float32)

    def sheet(self) -> Sheet:
        return Sheet(self)

    def put(self, sheet: Sheet, blur: float = 0.0, alpha: float = 1.0, wobble: float = 0.0, stain: float = 0.0) -> None:
        """Lays a sheet's shapes over the image; see `Sheet.layer`."""
        box = sheet.image.getbbox()
        if not box:
            return
        if blur or wobble or stain:
            colors, cover = sheet.layer(blur, wobble, stain)
            self.cover(colors, cover * alpha)
            return
        x0, y0, x1, y1 = box[0] // 2, box[1] // 2, (box[2] + 1) // 2, (box[3] + 1) // 2
        part = np.asarray(sheet.image.crop((2 * x0, 2 * y0, 2 * x1, 2 * y1)), np.float32) / 255
        part[..., :3] *= part[..., 3:]
        small = cv2.resize(part, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA) * alpha
        spot = self.image[y0:y1, x0:x1]
        spot[:] = spot * (1 - small[..., 3:]) + small[..., :3]

    def finish(self, grain: float = 0.009, vignette: float = 0.12, contrast: float = 0.0) -> Array:
        """(H, W, 3) uint8, with what a camera adds."""
        picture = np.clip(self.image, 0, 1)
        picture = mix(picture, picture * picture * (3 - 2 * picture), contrast)
        far = ((self.X / self.wide - 0.5) ** 2 + (self.Y / self.high - 0.5) ** 2) * 2
        picture = picture * (1 - vignette * far)[..., None]
        picture = picture + grain * self.rng.standard_normal((self.H, self.W, 1)).astype(np.float32)
        return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


class Sheet:
    """A transparent sheet to draw shapes on, at twice the size."""

    def __init__(self, easel: Easel):
        self.easel, self.k = easel, 2 * easel.scale
        self.image = Image.new("RGBA", (2 * easel.W, 2 * easel.H))
        self.pen = ImageDraw.Draw(self.image)

    @staticmethod
    def ink(color, alpha: float = 1.0) -> tuple[int, ...]:
        return (*(int(c) for c in np.clip(np.asarray(color) * 255, 0, 255)), int(255 * alpha))

    def shape(self, points, color) -> None:
        self.pen.polygon([(self.k * x, self.k * y) for x, y in points], fill=self.ink(color))

    def line(self, points, color, width: float = 1.0) -> None:
        self.pen.line([(self.k * x, self.k * y) for x, y in points], self.ink(color), max(1, round(self.k * width)), joint="curve")

    def box(self, x0, y0, x1, y1, color) -> None:
        self.shape([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], color)

    def disc(self, x, y, rx, ry, color) -> None:
        k = self.k
        self.pen.ellipse([k * (x - rx), k * (y - ry), k * (x + rx), k * (y + ry)], fill=self.ink(color))

    def layer(self, blur: float = 0.0, wobble: float = 0.0, stain: float = 0.0) -> tuple[Array, Array]:
        """Colors and alpha. blur, wobble: in units, as a lens or a hand would; stain: how much weather varies the colors."""
        easel = self.easel
        large = np.asarray(self.image, np.float32) / 255
        large[..., :3] *= large[..., 3:]
        small = cv2.resize(large, (easel.W, easel.H), interpolation=cv2.INTER_AREA)
        if wobble:
            small = easel.warped(small, wobble * easel.noise(40, 2), wobble * easel.noise(40, 2))
        small = easel.blur(small, blur)
        alpha = small[..., 3]
        colors = small[..., :3] / np.maximum(alpha, 1e-4)[..., None]
        if stain:
            colors = colors * (1 + stain * easel.noise(34, 5, 0.65))[..., None]
        return np.clip(colors, 0, 1), np.clip(alpha, 0, 1)


@dataclass(frozen=True)
class Ground:
    """What is seen of a terrain. All are (H, W): where it is seen at all, distance, place (x, z), height, slope along x and z."""

    seen: Array
    far: Array
    x: Array
    z: Array
    height: Array
    slope: tuple[Array, Array]

    def lit(self, sun: tuple[float, float, float]) -> Array:
        """The cosine between the ground's normal and the sun's direction (x, up, z), from 0 to 1."""
        normal = np.stack([-self.slope[0], np.ones_like(self.far), -self.slope[1]])
        normal /= np.linalg.norm(normal, axis=0)
        toward = np.array(sun) / np.linalg.norm(sun)
        return np.clip(np.tensordot(toward, normal, 1), 0, 1).astype(np.float32)


def terrain(
    easel: Easel,
    height: Callable[[Array, Array], Array],
    eye: float,
    horizon: float,
    focal: float,
    near: float,
    reach: float,
    around: bool = False,
    steps: int = 500,
    fine: float = 0.002,
) -> Ground:
    """Looks along z over the ground whose height is a function of places x and z.

    eye: height of the camera. horizon: row, in units. focal: in units. around: all directions, so that the picture closes.
    near, reach: nearest and farthest distance. fine: over which share of the distance slopes are taken.
    """
    far = np.geomspace(near, reach, steps).astype(np.float32)
    x = easel.X[0]
    turn = (x / easel.wide * 2 * np.pi) if around else None
    dx, dz = (np.sin(turn), np.cos(turn)) if around else ((x - easel.wide / 2) / focal, np.ones_like(x))
    rows = horizon - focal * (height(far[:, None] * dx, far[:, None] * dz) - eye) / far[:, None]
    top = np.minimum.accumulate(rows, axis=0)
    index = np.stack([np.interp(-easel.Y[:, 0], -top[:, c], np.arange(steps), left=-1, right=np.nan) for c in range(easel.W)], axis=1)
    first = np.isnan(index)
    distance = np.interp(np.nan_to_num(index), np.arange(steps), far).astype(np.float32)
    px, pz = distance * dx, distance * dz
    e = np.maximum(distance * fine, 1e-4)
    h = height(px, pz)
    slope = (height(px + e, pz) - h) / e, (height(px, pz + e) - h) / e
    return Ground(~first, distance, px, pz, h, slope)


def clouds(
    easel: Easel,
    sky: Array,
    sun: tuple[float, float],
    horizon: float,
    amount: float,
    lit: str,
    shade: str,
    seed: int = 5,
    size: float = 1.0,
    around: bool = False,
) -> Array:
    """A sky with clouds seen from below, thin toward the horizon. sun: place in units; amount: from -1 (few) to 1 (many)."""
    up = np.clip((horizon - easel.Y) / horizon, 0, 1)
    far = 1 / (up + 0.16)
    if around:
        turn = easel.X / easel.wide * 2 * np.pi
        u, v = far * np.sin(turn) * 0.6 / size, far * np.cos(turn) * 0.6 / size
    else:
        u, v = (easel.X - easel.wide / 2) / easel.wide * far * 1.5 / size, far * 0.8 / size

    def cover(du=0.0, dv=0.0):
        a, b = u + du + 20, v + dv + 20
        return field(a, b, 7, 0.52, seed) + 0.7 * field(1.7 * a, 1.7 * b, 5, 0.5, seed + 1, ridged=True)

    body = cover()
    aside = (sun[0] - easel.X) / easel.wide
    toward = 0.05 * (np.sin(2 * np.pi * aside) if around else np.tanh(8 * aside))
    rise = body - cover(toward, 0.08)
    thick = step(0.2 - amount, 1.5 - amount, body)
    bright = step(-0.5, 0.7, rise + 0.25 * (1 - thick))
    colors = mix(rgb(shade), rgb(lit), bright)
    glow = np.exp(-(((easel.X - sun[0]) / 420) ** 2) - ((easel.Y - sun[1]) / 260) ** 2)
    colors = mix(colors, rgb("fff4dc"), 0.5 * glow * bright)
    return mix(sky, colors, thick * step(0.0, 0.12, up) * 0.95)
