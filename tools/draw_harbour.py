"""Draws the example picture, a harbour town at dusk, as a painter would: from the sky forward, every band in brush strokes.

    python tools/draw_harbour.py [tests/pictures/harbour.jpg]

Beside it goes a depth map, harbour_depth.png: a painter knows how far everything is. Needs numpy and Pillow only. The same seed
gives the same picture. Coordinates are pixels, y down; colours are RGB from 0 to 1.
"""

import sys
from dataclasses import dataclass
from math import cos, pi, sin
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

W, H = 1600, 900
SHORE = 512  # the far waterline: the town stands on it and is mirrored at it
HORIZON = 400  # where the plane of the water would end: the height of our eye
SUN = (1010, 322)
SEED = 11
Y, X = np.mgrid[0:H, 0:W].astype(np.float32)


# ---------------------------------------------------------------- numbers


def rgb(code):
    return np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], np.float32) / 255


def mix(a, b, t):
    """From a to b; t may be a number or a map, a and b colours, pictures or maps."""
    t = np.asarray(t, np.float32)
    if t.ndim == 2 and (np.ndim(a) != 2 or np.ndim(b) != 2):
        t = t[..., None]
    return a + (b - a) * t


def ramp(t, stops):
    """A colour map: `stops` are (position, colour code) in rising order."""
    places = [s[0] for s in stops]
    colours = np.array([rgb(s[1]) for s in stops])
    return np.stack([np.interp(t, places, colours[:, k]) for k in range(3)], axis=-1).astype(np.float32)


def step(low, high, t):
    t = np.clip((t - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def resize(grid, width, height, box=None):
    return np.asarray(Image.fromarray(np.asarray(grid, np.float32)).resize((width, height), Image.Resampling.BICUBIC, box=box))


def noise(rng, cell, octaves=5, gain=0.5, stretch=1.0, size=(W, H)):
    """Fractal noise, mean 0, deviation 1. `cell` is the height of the widest blob, `stretch` its width over its height."""
    width, height = size
    total = np.zeros((height, width), np.float32)
    for k in range(octaves):
        ny, nx = height * 2**k / cell, width * 2**k / (cell * stretch)
        grid = rng.standard_normal((int(ny) + 5, int(nx) + 5))
        total += gain**k * resize(grid, width, height, box=(1, 1, 1 + nx, 1 + ny))
    return (total - total.mean()) / total.std()


def blur(a, radius):
    """Close to a Gaussian: three box averages each way."""
    size = max(1, int(radius))
    for axis in (0, 1):
        for _ in range(3):
            pad = [(size + 1, size) if k == axis else (0, 0) for k in range(a.ndim)]
            total = np.cumsum(np.pad(a, pad, mode="edge"), axis=axis, dtype=np.float64)
            n = total.shape[axis]
            ends = np.take(total, range(2 * size + 1, n), axis) - np.take(total, range(n - 2 * size - 1), axis)
            a = (ends / (2 * size + 1)).astype(np.float32)
    return a


def sample(a, x, y):
    """The picture a at the places (x, y), bilinear, edges held."""
    h, w = a.shape[:2]
    x, y = np.clip(x, 0, w - 1.001), np.clip(y, 0, h - 1.001)
    i, j = x.astype(int), y.astype(int)
    u, v = (x - i).astype(np.float32), (y - j).astype(np.float32)
    if a.ndim == 3:
        u, v = u[..., None], v[..., None]
    return mix_rows(a[j, i], a[j, i + 1], a[j + 1, i], a[j + 1, i + 1], u, v)


def mix_rows(a, b, c, d, u, v):
    top, bottom = a + (b - a) * u, c + (d - c) * u
    return top + (bottom - top) * v


def grey(picture):
    return picture @ np.array([0.3, 0.55, 0.15], np.float32)


def glow(spread_x, spread_y):
    """1 at the sun, falling off."""
    return np.exp(-(((X - SUN[0]) / spread_x) ** 2) - ((Y - SUN[1]) / spread_y) ** 2)


# ---------------------------------------------------------------- brushes


def flow(picture, base, hold, radius=5):
    """The angle of the strokes: along the picture's edges, and along `base` where there are none."""
    gy, gx = np.gradient(blur(grey(picture), 2))
    c, s = blur(gy * gy - gx * gx, radius), blur(-2 * gx * gy, radius)
    return 0.5 * np.arctan2(s + hold * np.sin(2 * base), c + hold * np.cos(2 * base))


def brush_marks(rng, length, width, angles=36, kinds=3):
    """One mark for each kind and angle: bristles drawn along, a soft start and a ragged end. Holds (cover, height of the paint)."""
    reach = int(length * 0.5 + width) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    marks = []
    for _ in range(kinds):
        count = max(4, int(width * 0.55))
        across = np.linspace(0, count - 1, 256)
        hairs = np.interp(across, range(count), rng.standard_normal(count))
        ends = np.interp(across, range(count), rng.uniform(0.3, 0.5, count))
        bend = rng.uniform(-0.5, 0.5) / length
        for k in range(angles):
            a = pi * k / angles
            u, v = x * cos(a) + y * sin(a), -x * sin(a) + y * cos(a)
            v = v + bend * u * u
            at = np.clip((v / width + 0.5) * 255, 0, 255).astype(int)
            side = np.clip((0.5 - np.abs(v) / width) * 3.5 * min(1, width / 5), 0, 1)
            along = np.clip((ends[at] * length - u) / 4, 0, 1) * np.clip((0.46 * length + u) / 5, 0, 1)
            cover = side * along * np.clip(0.9 + 0.22 * hairs[at], 0.15, 1)
            marks.append((cover.astype(np.float32), (hairs[at] * 0.6 + 0.35 * side).astype(np.float32)))
    return marks


def lay_strokes(rng, canvas, relief, points, colours, angle, length, width, strength):
    """Stamps one mark at each point (x, y) on the canvas, and its paint on the relief; both are changed in place."""
    angles, kinds = 36, 3
    marks = brush_marks(rng, length, width, angles, kinds)
    kind = rng.integers(0, kinds, len(points))
    turn = np.round(angle / pi * angles).astype(int) % angles
    for (px, py), colour, which in zip(points.astype(int), colours, kind * angles + turn):
        cover, height = marks[which]
        r = cover.shape[0] // 2
        x0, y0, x1, y1 = max(px - r, 0), max(py - r, 0), min(px + r + 1, W), min(py + r + 1, H)
        part = (slice(y0 - py + r, y1 - py + r), slice(x0 - px + r, x1 - px + r))
        a = cover[part] * strength
        spot = canvas[y0:y1, x0:x1]
        spot += a[..., None] * (colour - spot)
        bump = relief[y0:y1, x0:x1]
        bump += a * (height[part] - bump)


@dataclass(frozen=True)
class Painting:
    """What is on the easel: its colours, the height of the paint, and how near what it shows is. All are changed in place."""

    canvas: np.ndarray  # (H, W, 3)
    relief: np.ndarray  # (H, W)
    near: np.ndarray  # (H, W), in proportion to 1 / distance: 0 for the sky, 1 at the lower edge


def afloat(row):
    """How near a thing is that stands in the water on this row: on a plane, 1 / distance grows evenly from the horizon down."""
    return 0.55 * np.clip((row - HORIZON) / (H - HORIZON), 0, 1)


def ashore(row):
    """The same for what stands on the near shore, which lies higher and rises towards the water."""
    return 1 - 0.4 * (H - row) / (H - HORIZON)


def paint(rng, painting, picture, alpha, near=None, base=0.0, sizes=((46, 15), (26, 8), (14, 4)), hold=1e-4, vary=0.035, keep=0.35):
    """Paints `picture` where `alpha` says, over the canvas: coarse strokes everywhere, finer ones where the coarse ones miss the picture.

    `near` is how near it is: a number, a map, or None for what lies on things without changing how near they are.
    `vary` is how much the colours wander from stroke to stroke, `keep` how much of the picture's own fine detail stays.
    """
    canvas, relief = painting.canvas, painting.relief
    target = mix(canvas, picture, alpha)
    work, bumps = target.copy(), relief.copy()
    angle = flow(target, base + np.zeros_like(X), hold)
    for round_, (length, width) in enumerate(sizes):
        soft = blur(target, max(1, width // 4))
        count = int(2.2 * W * H / (length * width))
        points = np.stack([rng.uniform(0, W, count), rng.uniform(0, H, count)], axis=1)
        j, i = points[:, 1].astype(int), points[:, 0].astype(int)
        wanted = alpha[j, i] > 0.3
        if round_:
            miss = blur(np.abs(work - target).sum(axis=2), max(1, width // 2))
            wanted &= miss[j, i] > 0.05
        points, j, i = points[wanted], j[wanted], i[wanted]
        drift = rng.standard_normal((len(points), 1)) * vary + rng.standard_normal((len(points), 3)) * vary * 0.45
        colours = np.clip(soft[j, i] * (1 + drift) + drift * 0.12, 0, 1).astype(np.float32)
        turns = angle[j, i] + rng.normal(0, 0.13, len(points))
        lay_strokes(rng, work, bumps, points, colours, turns, length, width, 0.88)
    work = mix(work, target, keep)
    canvas[:] = mix(canvas, work, alpha)
    relief[:] = mix(relief, bumps, alpha)
    if near is not None:
        covered = (alpha > 0.3) | (blur(alpha, 2) > 0.3)  # thin ropes, and what lies between leaves
        painting.near[:] = np.where(covered, near, painting.near)


def lamplight(painting, picture, alpha, strength):
    """Light that spills from the lamps of what was just painted."""
    canvas = painting.canvas
    canvas[:] = mix(canvas, rgb("ffc873"), np.clip(strength * lamp_glow(picture, alpha), 0, 0.6))


class Sheet:
    """A transparent sheet to draw shapes on, at twice the size; `layer` gives its colours and its alpha."""

    def __init__(self):
        self.image = Image.new("RGBA", (2 * W, 2 * H))
        self.pen = ImageDraw.Draw(self.image)

    @staticmethod
    def ink(colour):
        return tuple(int(c) for c in np.clip(np.asarray(colour) * 255, 0, 255)) + (255,)

    def shape(self, points, colour):
        self.pen.polygon([(2 * x, 2 * y) for x, y in points], fill=self.ink(colour))

    def line(self, points, colour, width=1.0):
        self.pen.line([(2 * x, 2 * y) for x, y in points], fill=self.ink(colour), width=max(1, round(2 * width)), joint="curve")

    def box(self, x0, y0, x1, y1, colour):
        self.shape([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour)

    def disc(self, x, y, rx, ry, colour):
        self.pen.ellipse([2 * (x - rx), 2 * (y - ry), 2 * (x + rx), 2 * (y + ry)], fill=self.ink(colour))

    def layer(self, rng=None, wobble=0.0, stain=0.0):
        """`wobble` bends the lines by so many pixels, as a hand would; `stain` varies the colours, as weather would."""
        small = np.asarray(self.image.resize((W, H), Image.Resampling.BOX), np.float32) / 255
        if wobble:
            small = sample(small, X + wobble * noise(rng, 44, 2), Y + wobble * noise(rng, 44, 2))
        colours = small[..., :3]
        if stain:
            tone = noise(rng, 34, 5, 0.7)[..., None] + 0.6 * noise(rng, 12, 3, 0.7, 0.35)[..., None]
            colours = np.clip(colours * (1 + stain * tone * np.array([1, 0.9, 0.7], np.float32)), 0, 1)
        return colours, small[..., 3]


# ---------------------------------------------------------------- sky


BANKS = (  # where clouds gather (or, below zero, part): x, y, half width and height, how much
    (380, 130, 360, 62, 1.5),
    (640, 50, 330, 50, 1.2),
    (1380, 130, 300, 55, 1.5),
    (1180, 285, 330, 24, 0.8),
    (760, 262, 240, 18, 0.7),
    (950, 150, 170, 70, -1.6),
    (120, 20, 260, 40, -0.8),
)
DAY = [(0, "203a70"), (0.22, "3f659c"), (0.42, "8296b6"), (0.58, "cfa7a4"), (0.74, "efb07e"), (0.9, "f2a566"), (1, "e2905c")]
NIGHT = [(0, "1a2d5c"), (0.35, "41588f"), (0.62, "8478a2"), (0.85, "c08a92"), (1, "c98e84")]


def cloud_cover(rng):
    """How thick the clouds are, seen from below in perspective: wide overhead, thin streaks near the horizon."""
    texture = noise(rng, 210, 7, 0.52, 1.7, size=(2600, 1500))
    billows = noise(rng, 120, 5, 0.55, 1.4, size=(2600, 1500))
    texture = texture + 0.75 * (0.7 - np.abs(billows))
    up = np.clip((480 - Y) / 480, 0, 1)
    far = 1 / (up + 0.2)
    warp = 22 * noise(rng, 120, 4)
    u = 1300 + (X - 900) * far * 0.5 + warp + 120 * far
    v = 290 * far - 130 + 0.7 * warp
    cover = sample(texture, u, v)
    for at_x, at_y, wide, high, more in BANKS:
        tilt = (X - at_x) * (0.1 if at_x < 900 else -0.16)
        cover = cover + more * np.exp(-(((X - at_x) / wide) ** 2) - ((Y - at_y - tilt) / high) ** 2)
    return cover - 0.55


def sky(rng):
    picture = mix(ramp(Y / 470, NIGHT), ramp(Y / 470, DAY), np.clip(0.2 + glow(640, 280), 0, 1))
    picture = mix(picture, rgb("ffd28c"), 0.8 * glow(250, 110))
    cover = cloud_cover(rng)
    body = step(-0.05, 0.75, cover)
    dx, dy = (SUN[0] - X), (SUN[1] + 40 - Y)
    far = np.sqrt(dx * dx + dy * dy) + 1
    soft, fine = blur(cover, 7), blur(cover, 2)
    rise = soft - sample(soft, X + 34 * dx / far, Y + 34 * dy / far)
    rise = rise + 0.7 * (fine - sample(fine, X + 11 * dx / far, Y + 11 * dy / far))
    lit = step(-0.55, 0.75, rise)
    near = np.clip(1.25 * glow(560, 300), 0, 1)
    shade = mix(mix(rgb("3a4474"), rgb("6a5a88"), step(0, 380, Y)), rgb("b06a70"), 0.75 * near)
    bright = mix(mix(rgb("e2a79c"), rgb("c9b2c4"), step(220, 0, Y) * 0.6), rgb("ffcb7e"), near)
    clouds = mix(shade, bright, lit)
    rim = np.exp(-(((cover - 0.16) / 0.16) ** 2)) * step(-0.2, 0.5, rise)
    clouds = mix(clouds, rgb("ffe0a4"), 0.75 * rim * np.clip(1.4 * glow(700, 330), 0, 1))
    picture = mix(picture, clouds, body * 0.95)
    picture = mix(picture, rgb("ffe3a6"), 0.8 * glow(90, 70))
    return mix(picture, rgb("fffbe8"), step(25, 20, np.hypot(X - SUN[0], Y - SUN[1])))


# ---------------------------------------------------------------- hills


def haze_colour():
    """The air in front of far things: violet away from the sun, golden before it."""
    return mix(rgb("8a88a8"), rgb("f2b883"), np.clip(1.1 * np.exp(-(((X - SUN[0]) / 380) ** 2)), 0, 1))


def ridge(rng, level, rise, cell, humps):
    """The height of a ridge along x: `humps` are (x, width, height), with noise of the given cell."""
    x = np.arange(W)
    line = level - rise * noise(rng, cell, 6, 0.48, size=(W, 64))[32]
    for at, width, height in humps:
        line = line - height * np.exp(-(((x - at) / width) ** 2))
    return line


HILLS = (  # level, rise, cell, humps, colour, haze
    (388, 9, 190, ((240, 200, 75), (560, 120, 35), (1330, 170, 62), (1560, 120, 40)), "5c6c95", 0.62),
    (420, 8, 140, ((60, 220, 78), (760, 160, 30), (1480, 190, 66)), "4a5c80", 0.42),
    (448, 6, 90, ((420, 260, 62), (1180, 130, 22), (1590, 150, 52)), "3f4f68", 0.24),
)


def hill(rng, level, rise, cell, humps, colour, haze):
    line = ridge(rng, level, rise, cell, humps)
    trees = (3.4 - 3.6 * haze) * np.abs(noise(rng, 9, 2, size=(W, 64))[20])
    alpha = step(-1, 1, Y - (line - trees)[None, :])
    spurs = noise(rng, 70, 4, 0.5, 1.1)
    spurs = sample(blur(-np.abs(spurs), 2), X + 0.9 * (Y - line[None, :]), Y)
    woods = noise(rng, 14, 3, 0.7, 1.6)
    light = step(-0.05, 0.06, np.gradient(spurs, axis=1) * np.sign(X - SUN[0]) + 0.008 * woods)
    body = rgb(colour) * (0.86 + (0.13 * woods * (1 - haze))[..., None])
    body = mix(body, mix(rgb("8a8274"), rgb("c08f70"), glow(600, 900)), 0.5 * light)
    body = mix(body, haze_colour(), haze)
    mist = step(12, 105, Y - line[None, :])
    return mix(body, mix(haze_colour(), rgb("c8a0a0"), 0.3), 0.68 * mist), alpha


# ---------------------------------------------------------------- town

WALLS = ("a98a78", "9c7468", "8e8690", "b39b82", "7d7a8c", "a8806a", "938a80", "b28a86", "75808e", "c0a48c")
ROOFS = ("7c4a42", "6a3f40", "854f3f", "5a4450", "4c4a5e", "70504a", "8a5844")
LAMP = ("ffd27a", "ffc05a", "ffe3a0", "f7a94a")


def pick(rng, codes):
    return rgb(codes[rng.integers(len(codes))])


class Builder:
    """Draws houses and towers in a slanted view. Walls that face the sun (`side` +1: on the right) glow, fronts lie in shade."""

    def __init__(self, rng, sheet, haze):
        self.rng, self.sheet, self.haze = rng, sheet, haze

    def tone(self, colour, x, light):
        """Shade (light 0) to sunlight (1), then the air between."""
        warm = np.exp(-(((x - SUN[0]) / 520) ** 2))
        shaded = colour * mix(rgb("6c6a92"), rgb("8a6f80"), warm) * 1.05
        sunny = colour * 0.75 + mix(rgb("5a3a30"), rgb("8a5220"), warm) * 0.8
        return mix(mix(shaded, sunny, light), haze_colour()[0, int(np.clip(x, 0, W - 1))], self.haze)

    def window(self, x, y, w, h, odds, side=False):
        rng = self.rng
        if rng.random() < odds:
            colour = pick(rng, LAMP) * rng.uniform(0.86, 1.05)
            self.sheet.box(x - 0.8, y - 0.8, x + w + 0.8, y + h + 0.8, mix(rgb("8a4f36"), colour, 0.25))
            self.sheet.box(x, y, x + w, y + h, colour)
        else:
            colour = mix(rgb("2b3050"), rgb("6a6a88"), rng.uniform(0, 0.5))
            self.sheet.box(x, y, x + w, y + h, mix(colour, rgb("8a88a8"), self.haze))
        if w > 4 and not side:
            self.sheet.line([(x + w / 2, y), (x + w / 2, y + h)], rgb("4a3a40"), 0.5)
            self.sheet.line([(x, y + h * 0.45), (x + w, y + h * 0.45)], rgb("4a3a40"), 0.5)

    def windows(self, x, top, w, bottom, odds):
        """Rows of windows on a front from x to x + w."""
        columns = max(1, int(w / self.rng.uniform(11, 16)))
        rows = max(1, int((bottom - top) / 19))
        gap_x, gap_y = w / columns, (bottom - top) / rows
        for r in range(rows):
            for c in range(columns):
                if self.rng.random() > 0.1:
                    left, high = x + (c + 0.5) * gap_x - 2.6, top + (r + 0.25) * gap_y
                    self.window(left, high, 5.2, min(8.5, gap_y * 0.5), odds)
                    self.sheet.line([(left - 1.5, high + 9.5), (left + 6.7, high + 9.5)], self.tone(rgb("c0a898"), x, 0.3), 0.9)

    def roof_lines(self, a, b, c, d, colour):
        """Rows of tiles on the roof a, b (eaves), c, d (ridge)."""
        a, b, c, d = (np.array(p, float) for p in (a, b, c, d))
        for t in np.arange(0.12, 1, 0.17):
            shade = colour * self.rng.uniform(0.82, 1.1)
            self.sheet.line([tuple(a + (d - a) * t), tuple(b + (c - b) * t)], shade, 0.8)

    def chimney(self, x, y, colour):
        w, h = self.rng.uniform(5, 8), self.rng.uniform(5, 11)
        self.sheet.box(x, y - h, x + w, y + 3, self.tone(colour, x, 0.1))
        self.sheet.box(x + w * 0.6, y - h, x + w, y + 3, self.tone(colour, x, 0.9))
        self.sheet.box(x - 1, y - h - 1.5, x + w + 1, y - h, self.tone(colour * 0.7, x, 0.3))

    def house(self, x, base, w, h, odds):
        """A house with its gable in front (half of them) or with its eaves in front, and its side to the sun."""
        side = 1 if x < SUN[0] else -1
        rng, sheet = self.rng, self.sheet
        wall, roof = pick(rng, WALLS) * rng.uniform(0.8, 1.08), pick(rng, ROOFS) * rng.uniform(0.85, 1.1)
        d = np.array([side * w * rng.uniform(0.25, 0.5), -w * 0.07])
        near, away = (x + w, x) if side > 0 else (x, x + w)
        rise = w * rng.uniform(0.42, 0.7)
        b, c = np.array([near, base]), np.array([near, base - h])
        sheet.shape([tuple(p) for p in (b, b + d, c + d, c)], self.tone(wall, x, 0.85))
        if rng.random() < 0.5:
            top = np.array([x + w / 2, base - h - rise])
            sheet.shape([tuple(p) for p in (c + (side * 2, 2), c + d + (side * 2, 2), top + d, top)], self.tone(roof, x, 0.9))
            self.roof_lines(c, c + d, top + d, top, self.tone(roof, x, 0.75))
            sheet.shape([(x, base), (x + w, base), (x + w, base - h), tuple(top), (x, base - h)], self.tone(wall, x, 0.12))
            sheet.line([(x - 2, base - h + 2), tuple(top), (x + w + 2, base - h + 2)], self.tone(roof, x, 0.35), 1.8)
            self.window(x + w / 2 - 2.5, base - h - rise * 0.45, 5, 7, odds)
            chimney = top + d * 0.6
        else:
            sheet.shape([tuple(c), tuple(c + d), tuple(c + d / 2 + (0, -rise * 0.75))], self.tone(wall, x, 0.85))
            left, right = (away - side * 2, base - h + 1), (near + side * 1, base - h + 1)
            top_right, top_left = (near + d[0] / 2, base - h - rise * 0.75), (away + d[0] / 2, base - h - rise * 0.75)
            sheet.box(x, base - h, x + w, base, self.tone(wall, x, 0.12))
            sheet.shape([left, right, top_right, top_left], self.tone(roof, x, 0.22))
            self.roof_lines(left, right, top_right, top_left, self.tone(roof, x, 0.3))
            sheet.line([left, right], self.tone(roof * 0.5, x, 0), 1.2)
            chimney = np.array(top_left) * 0.7 + np.array(top_right) * 0.3
        self.windows(x + 3, base - h + 4, w - 6, base - 14, odds)
        self.ground_floor(x, base, w, wall, odds)
        self.chimney(chimney[0], chimney[1], wall)

    def ground_floor(self, x, base, w, wall, odds):
        """A door, at times an awning or a shop's wide window, and a dark foot of the wall."""
        rng, sheet = self.rng, self.sheet
        sheet.box(x, base - 3, x + w, base, self.tone(wall * 0.6, x, 0.1))
        door = x + w * rng.uniform(0.15, 0.7)
        sheet.box(door, base - 12, door + 6, base, self.tone(pick(rng, ("4a3a44", "3c4a58", "5a3a38")), x, 0.1))
        if rng.random() < odds:
            shop = x + w * (0.55 if door < x + w * 0.4 else 0.1)
            end = shop + w * 0.3
            sheet.box(shop, base - 11, end, base - 3, pick(rng, LAMP) * 0.95)
            cloth = pick(rng, ("b8584a", "5a7a86", "c89a5c", "7a6a8e"))
            sheet.shape([(shop - 1, base - 12), (end + 1, base - 12), (end + 3, base - 7), (shop - 3, base - 7)], self.tone(cloth, x, 0.45))

    def block(self, x, base, w, h, wall):
        """A plain upright block of a tower: its shaded front, and a third of it turned to the sun."""
        side = 1 if x < SUN[0] else -1
        cut = x + w / 2 + side * w * 0.17
        self.sheet.box(x, base - h, x + w, base, self.tone(wall, x, 0.1))
        left, right = sorted((cut, x + w / 2 + side * w / 2))
        self.sheet.box(left, base - h, right, base, self.tone(wall, x, 0.95))
        for row in np.arange(base - h + 4, base, 5.5):
            at = self.rng.uniform(x, x + w * 0.6)
            self.sheet.line([(at, row), (at + w * self.rng.uniform(0.1, 0.35), row)], self.tone(wall * 0.82, x, 0.2), 0.8)

    def spire(self, x, base, w, h, colour, over=2):
        """A pointed roof with its sunny face."""
        side = 1 if x < SUN[0] else -1
        mid, cut = x + w / 2, x + w / 2 + side * w * 0.17
        edge = mid + side * (w / 2 + over)
        self.sheet.shape([(x - over, base), (x + w + over, base), (mid, base - h)], self.tone(colour, x, 0.12))
        self.sheet.shape([(cut, base), (edge, base), (mid, base - h)], self.tone(colour, x, 0.85))
        self.sheet.line([(mid, base - h + 4), (mid, base - h - 11)], self.tone(rgb("4a4048"), x, 0.2), 1.2)

    def church(self, x, base):
        wall, lead = rgb("a89384"), rgb("54607a")
        self.house(x - 74, base, 78, 46, 0.5)
        self.block(x, base, 34, 118, wall)
        self.sheet.box(x - 3, base - 121, x + 37, base - 116, self.tone(wall, x, 0.5))
        self.block(x + 3, base - 120, 28, 32, wall)
        for k in (6, 15):
            self.sheet.box(x + k, base - 145, x + k + 5, base - 128, self.tone(rgb("2a2a40"), x, 0))
        self.window(x + 9, base - 100, 7, 16, 1)
        self.window(x + 9, base - 62, 7, 14, 1)
        self.spire(x + 3, base - 152, 28, 92, lead)
        for k in (-1, 27):
            self.spire(x + k + 1, base - 119, 6, 20, lead, 0)

    def clock_tower(self, x, base):
        wall, copper = rgb("b09074"), rgb("5a8078")
        self.block(x, base, 30, 104, wall)
        self.sheet.box(x - 3, base - 107, x + 33, base - 102, self.tone(wall, x, 0.6))
        self.sheet.disc(x + 12, base - 88, 8, 8, self.tone(rgb("d8c8a0"), x, 0.5))
        self.sheet.disc(x + 12, base - 88, 6.4, 6.4, rgb("ffe2a0"))
        self.sheet.line([(x + 12, base - 93), (x + 12, base - 88), (x + 15, base - 86)], rgb("50382c"), 0.9)
        self.window(x + 10, base - 64, 6, 11, 1)
        self.window(x + 10, base - 38, 6, 11, 0)
        self.sheet.disc(x + 15, base - 108, 15, 17, self.tone(copper, x, 0.15))
        self.sheet.box(x, base - 107, x + 30, base - 102, self.tone(wall, x, 0.4))
        self.sheet.disc(x + 21, base - 111, 7, 11, self.tone(copper, x, 0.75))
        self.block(x + 10, base - 122, 10, 13, wall)
        self.spire(x + 10, base - 134, 10, 22, copper, 1)

    def round_tower(self, x, base, w, h, roof):
        wall = rgb("9a8c88")
        for k in range(12):
            light = np.clip(1.25 * (k / 11) ** 2.2, 0.05, 0.95) if x < SUN[0] else np.clip(1.25 * (1 - k / 11) ** 2.2, 0.05, 0.95)
            self.sheet.box(x + w * k / 12, base - h, x + w * (k + 1) / 12 + 0.5, base, self.tone(wall, x, light))
        self.sheet.box(x - 2, base - h - 5, x + w + 2, base - h, self.tone(wall, x, 0.45))
        self.window(x + w * 0.3, base - h * 0.75, 5, 9, 1)
        self.window(x + w * 0.42, base - h * 0.4, 5, 9, 0.4)
        self.spire(x, base - h - 5, w, w * 1.35, roof, 3)

    def lighthouse(self, x, base):
        for k in range(10):
            light = np.clip(1.2 * (1 - k / 9) ** 1.6, 0.08, 1)
            for band in range(5):
                colour = rgb(("d8cdc4", "a8483c")[band % 2])
                ring = []
                for edge, level in ((0, 0), (1.2, 0), (1.2, 1), (0, 1)):
                    ring.append((x + (17 - (band + level) * 1.6) * ((k + edge) / 4.5 - 1), base - (band + level) * 26))
                self.sheet.shape(ring, self.tone(colour, x, light))
        self.sheet.box(x - 14, base - 134, x + 15, base - 129, self.tone(rgb("4a4450"), x, 0.3))
        self.sheet.box(x - 7, base - 149, x + 8, base - 134, rgb("ffe9a8"))
        for k in (-7, 0, 7):
            self.sheet.line([(x + k, base - 149), (x + k, base - 134)], rgb("4a3a3c"), 1)
        self.sheet.disc(x + 0.5, base - 149, 9, 8, self.tone(rgb("7a3a38"), x, 0.5))
        self.sheet.box(x - 9, base - 150, x + 10, base - 147, self.tone(rgb("5a3034"), x, 0.3))


def slope(x):
    """How high the town's hill stands at x, above the quay."""
    return 96 * np.exp(-(((x - 430) / 270) ** 2)) + 30 * np.exp(-(((x - 60) / 130) ** 2))


def town_row(rng, sheet, share, haze, size, odds, spans):
    """A row of houses along the hill; `share` is how far up the hill, `spans` the stretches of x that it covers."""
    build = Builder(rng, sheet, haze)
    for x, end in spans:
        while x < end:
            w = size * rng.uniform(0.75, 1.45)
            base = SHORE - 4 - share * slope(x + w / 2) - (0 if share == 0 else rng.uniform(0, 5))
            build.house(x, base, w, size * rng.uniform(0.8, 1.75), odds)
            x += w * rng.uniform(0.96, 1.2)
    return build


def bushes(rng, sheet, share, count, spans):
    """Round trees between the houses."""
    for _ in range(count):
        start, end = spans[rng.integers(len(spans))]
        x = rng.uniform(start, end)
        y = SHORE - 6 - share * slope(x)
        r = rng.uniform(7, 14)
        for k in range(26):
            a, far = rng.uniform(0, 2 * pi), rng.uniform(0, r)
            dx, dy = far * cos(a), far * sin(a)
            light = np.clip((dx - dy) / r * 0.4 + 0.3 + k / 90, 0, 1)
            sheet.disc(x + dx, y - r * 0.7 + dy, r * 0.28, r * 0.24, mix(rgb("2f3c44"), rgb("8a7a4c"), light))


def quay(rng, sheet):
    """The stone wall at the water, with lamps, and the mole that carries the lighthouse."""
    stone = rgb("6f6672")
    sheet.shape([(-5, SHORE - 13), (1050, SHORE - 13), (1064, SHORE + 3), (-5, SHORE + 3)], stone)
    sheet.shape([(1146, SHORE + 3), (1162, SHORE - 12), (1610, SHORE - 17), (1610, SHORE + 3)], stone * 0.92)
    for _ in range(640):
        x = rng.uniform(0, 1050) if rng.random() < 0.68 else rng.uniform(1166, 1600)
        y = rng.uniform(SHORE - 10, SHORE + 1)
        sheet.line([(x, y), (x + rng.uniform(4, 14), y)], stone * rng.uniform(0.7, 1.35), 1.3)
    sheet.line([(-5, SHORE - 13), (1050, SHORE - 13)], rgb("b8937c"), 1.4)
    sheet.line([(1162, SHORE - 12), (1610, SHORE - 17)], rgb("c39a78"), 1.4)
    for x in (60, 205, 330, 505, 640, 780, 905, 1010, 1260, 1420, 1530):
        sheet.line([(x, SHORE - 12), (x, SHORE - 32)], rgb("352f3c"), 1.2)
        sheet.disc(x, SHORE - 34, 2.6, 3, rgb("ffe0a0"))


def moored(rng, sheet, places):
    """Small working boats along the quay: dark hulls and bare masts before the houses."""
    for x in places:
        y, long = SHORE + rng.uniform(5, 12), rng.uniform(34, 62) * rng.choice([-1, 1])
        hull(sheet, x, y, long, 10, pick(rng, ("3c4458", "5a3a3c", "44503f", "6a5248")), rgb("b08a70"))
        sheet.box(x - 7, y - 15, x + 6, y - 8, rgb("8a7468") * rng.uniform(0.7, 1.1))
        mast, tall = x + rng.uniform(-8, 8), rng.uniform(48, 88)
        sheet.line([(mast, y - 8), (mast + rng.uniform(-2, 2), y - tall)], rgb("3a2e34"), 1.4)
        sheet.line([(mast, y - tall + 3), (x - long * 0.45, y - 10)], rgb("4a3e44"), 0.6)
        sheet.line([(mast, y - tall + 3), (x + long * 0.45, y - 10)], rgb("4a3e44"), 0.6)
        sheet.line([(mast, y - 18), (mast + long * 0.4, y - 21)], rgb("a88a70"), 2.6)


def wharf(rng, sheet):
    """A stone landing before the town, with a crane, barrels and steps; its waterline is lower than the quay's."""
    stone, y = rgb("75686c"), SHORE + 34
    sheet.shape([(118, SHORE - 6), (286, SHORE - 6), (352, y - 18), (64, y - 18)], stone * 1.2)
    sheet.box(64, y - 18, 352, y, stone * 0.72)
    sheet.shape([(286, SHORE - 6), (352, y - 18), (352, y), (300, SHORE + 8)], mix(stone, rgb("d89a70"), 0.45))
    for _ in range(150):
        x, high = rng.uniform(66, 340), rng.uniform(y - 15, y - 1)
        sheet.line([(x, high), (x + rng.uniform(6, 16), high)], stone * rng.uniform(0.5, 1.0), 1.6)
    sheet.line([(64, y - 18), (352, y - 18)], rgb("c09a84"), 1.6)
    sheet.line([(112, y - 18), (112, y - 84)], rgb("3a3036"), 4)
    sheet.line([(108, y - 52), (168, y - 96)], rgb("4a3a3a"), 3.4)
    sheet.line([(112, y - 84), (168, y - 96), (168, y - 62)], rgb("3a3036"), 1.1)
    sheet.box(162, y - 62, 175, y - 50, rgb("8a6a50"))
    for x in (206, 220, 213, 300):
        top = y - 30 if x == 213 else y - 19
        sheet.box(x - 6, top - 13, x + 6, top, rgb("6a4a40"))
        sheet.box(x + 2, top - 13, x + 6, top, rgb("b8845f"))
    for x, tall, coat in ((252, 24, "4a4660"), (261, 23, "8a4a44"), (330, 25, "3c4a50")):
        person(sheet, x, y - 19, tall, rgb(coat))


def person(sheet, x, y, tall, coat):
    """Somebody standing, lit from the right."""
    w = tall * 0.15
    for k in (-0.5, 0.5):
        sheet.line([(x + k * w, y), (x + k * w * 0.7, y - tall * 0.45)], rgb("2c2630"), w * 0.75)
    sheet.shape([(x - w * 1.3, y - tall * 0.3), (x + w * 1.3, y - tall * 0.3), (x + w, y - tall * 0.82), (x - w, y - tall * 0.82)], coat)
    sheet.line([(x + w, y - tall * 0.34), (x + w * 0.8, y - tall * 0.8)], mix(coat, rgb("f0b880"), 0.65), max(0.8, w * 0.5))
    sheet.disc(x, y - tall * 0.9, w * 0.75, tall * 0.085, rgb("b8886c"))
    sheet.disc(x, y - tall * 0.96, w * 1.15, tall * 0.035, rgb("3a3036"))


def town(rng):
    """The rows of the town from the back to the quay, as (picture, alpha) layers."""
    back, middle, front = Sheet(), Sheet(), Sheet()
    build = town_row(rng, back, 1.0, 0.34, 32, 0.25, ((-20, 20), (150, 660)))
    bushes(rng, back, 1.05, 46, ((0, 740),))
    build.church(462, SHORE - 88)
    build.round_tower(268, SHORE - 62, 26, 84, rgb("5c5a70"))
    build = town_row(rng, middle, 0.5, 0.2, 41, 0.38, ((-30, 360), (400, 860)))
    bushes(rng, middle, 0.45, 40, ((0, 900),))
    build.clock_tower(716, SHORE - 26)
    build = town_row(rng, front, 0.0, 0.08, 50, 0.5, ((-34, 300), (322, 700), (744, 880)))
    bushes(rng, front, 0, 22, ((880, 935), (980, 1040), (1225, 1300), (1450, 1600)))
    build.round_tower(938, SHORE - 8, 38, 66, rgb("74484a"))
    build.house(986, SHORE - 10, 34, 24, 0.9)
    for x, w in ((1290, 46), (1352, 38), (1478, 40), (1534, 56)):
        build.house(x, SHORE - 14, w, w * 0.75, 0.7)
    build.lighthouse(1198, SHORE - 10)
    quay(rng, front)
    moored(rng, front, (30, 414, 482, 628, 694, 764, 868, 1256, 1560))
    return [sheet.layer(rng, 0.75, 0.06) for sheet in (back, middle, front)]


def lamp_glow(picture, alpha):
    """Light that spills around lit windows and lamps."""
    red, green, blue = np.moveaxis(picture, -1, 0)
    lamps = step(0.72, 0.94, red) * step(0.56, 0.7, green) * step(0.18, 0.34, red - blue) * (Y > 300) * alpha
    return blur(lamps, 4) * 0.9 + blur(lamps, 14) * 1.1


# ---------------------------------------------------------------- water


def water(rng, canvas):
    """The scene mirrored at the shore, broken by ripples that grow towards us, and the sun's path in glints."""
    depth = np.clip(Y - SHORE, 0.5, None)
    rows = 900 * np.log1p(depth / 26)
    texture = noise(rng, 26, 4, 0.6, 5.0, size=(W, 2600))
    ripple = sample(texture, X, np.clip(rows, 0, 2598))
    swell = noise(rng, 70, 3, 0.5, 6.0)
    sway = ripple * (1.0 + depth * 0.030) * 2.0
    lift = ripple * (1.0 + depth * 0.075) * 1.7 + swell * depth * 0.04
    tall = sum(sample(canvas, X + sway, SHORE - depth * 1.02 - 3 + lift + k * (3 + depth * 0.05)) for k in (-1.5, -0.5, 0.5, 1.5)) / 4
    deep = ramp(depth / 390, [(0, "6a6f86"), (0.3, "3c5570"), (0.65, "223c55"), (1, "14293d")])
    picture = mix(tall * np.array([0.92, 0.93, 0.97], np.float32), deep, np.clip(0.16 + depth / 800 + 0.07 * swell, 0, 0.8))
    picture = picture * (1 + 0.055 * ripple[..., None])
    wide = 26 + depth * 0.42
    path = np.exp(-(((X - SUN[0] - 0.03 * depth + 5 * swell) / wide) ** 2))
    picture = mix(picture, rgb("ffc477"), 0.34 * path * np.exp(-depth / 260))
    glints = step(0.75, 1.5, ripple + 0.9 * path - 0.25) * path
    return mix(picture, rgb("fff0c4"), np.clip(0.95 * glints * np.exp(-depth / 420), 0, 1))


def ripple_strokes(rng, canvas):
    """Single strokes of sky and of shadow lying on the water, longer towards us."""
    sheet = Sheet()
    for _ in range(2600):
        depth = 395 * rng.random() ** 1.5 + 3
        x, y = rng.uniform(-20, W), SHORE + depth
        long = rng.uniform(4, 12) * (0.6 + depth / 60)
        thick = 0.4 + depth / 190
        here = canvas[min(H - 1, int(y)), int(np.clip(x, 0, W - 1))]
        other = rgb("c8a9a4") if rng.random() < 0.5 else rgb("1c3148")
        tilt = rng.uniform(-0.4, 0.4) * thick
        points = [(x - long / 2, y), (x, y - thick / 2 + tilt), (x + long / 2, y + tilt / 2), (x, y + thick / 2 + tilt)]
        sheet.shape(points, mix(here, other, rng.uniform(0.12, 0.4)))
    return sheet.layer()


# ---------------------------------------------------------------- boats


def hull(sheet, x, y, long, high, colour, trim):
    """A boat's side seen from its beam; bow to the left when `long` is negative."""
    t = np.linspace(0, 1, 24)
    top = np.stack([x + (t - 0.5) * long, y - high * (0.7 + 1.0 * (t - 0.42) ** 2 * np.where(t > 0.42, 1.6, 0.9))], axis=1)
    keel = np.stack([x + (0.06 + 0.84 * t - 0.5) * long, np.full_like(t, y)], axis=1)
    for share, tone in ((0, 1), (0.3, 0.86), (0.55, 0.68), (0.8, 0.5)):
        upper = top + (keel - top) * share
        sheet.shape([tuple(p) for p in np.concatenate([upper, keel[::-1]])], colour * tone)
    plank = top + (keel - top) * 0.2
    sheet.line([tuple(p) for p in plank], mix(colour, trim, 0.45), max(0.6, high * 0.035))
    sheet.line([tuple(p) for p in top], trim, max(1.2, high * 0.08))


def rowing_boat(sheet, x, y, long, colour):
    high = abs(long) * 0.17
    hull(sheet, x, y, long, high, colour, rgb("d9a67c"))
    inside = ((-0.38, 0.82), (0.4, 0.86), (0.3, 0.6), (-0.3, 0.58))
    sheet.shape([(x + long * a, y - high * b) for a, b in inside], rgb("2c2430"))
    for k in (-0.15, 0.12):
        sheet.line([(x + k * long, y - high * 0.85), (x + (k + 0.05) * long, y - high * 0.6)], rgb("b0815e"), max(1, high * 0.1))


def smack(sheet, x, y, size, sail):
    """A small fishing boat under sail."""
    hull(sheet, x, y, 46 * size, 10 * size, rgb("3c3448"), rgb("c08a68"))
    sheet.line([(x - 3 * size, y - 8 * size), (x - 3 * size, y - 70 * size)], rgb("3a2c30"), 1.2 * size)
    main, fold = ((-1, 66), (6, 44), (22, 15), (-1, 12)), ((-1, 66), (1, 40), (2, 12), (-1, 12))
    jib = ((-5, 60), (-5, 14), (-23, 11))
    for outline, colour in ((main, sail), (fold, sail * 0.72), (jib, mix(sail, rgb("f0c090"), 0.35))):
        sheet.shape([(x + a * size, y - b * size) for a, b in outline], colour)


def mainsail(sheet, mast, y):
    """The tan sail that hangs to dry: cloths sewn together, folds, and the low sun behind it."""
    up, across = np.linspace(0, 1, 26), np.linspace(0, 1, 19)
    luff = np.stack([mast + 4 + 2 * np.sin(9 * up), y - 112 - 260 * up], axis=1)
    leech = np.stack([mast + 124 - 34 * up + 13 * np.sin(pi * up) + 2 * np.sin(17 * up), y - 120 - 330 * up], axis=1)
    for i in range(25):
        for k in range(18):
            corners = [luff[i + a] + (leech[i + a] - luff[i + a]) * across[k + b] for a, b in ((0, 0), (0, 1), (1, 1), (1, 0))]
            corners = [(px, py + 9 * sin(pi * (k + b) / 18) * (1 - up[i])) for (px, py), b in zip(corners, (0, 1, 1, 0))]
            fold = 0.5 + 0.3 * sin(across[k] * 19 + 3.5 * up[i]) + 0.25 * sin(across[k] * 7 - 5 * up[i])
            colour = mix(rgb("7a4038"), rgb("cc7f50"), np.clip(0.6 * fold + 0.3 * (1 - across[k]) - 0.12 + 0.2 * up[i], 0, 1))
            sheet.shape([tuple(c) for c in corners], colour * (0.84 if k % 5 == 4 else 1))
    for i in (5, 10):
        for k in range(1, 18, 2):
            x, high = luff[i] + (leech[i] - luff[i]) * across[k]
            sheet.line([(x, high), (x + 1.5, high + 9)], rgb("e8c090"), 1)


def spars(sheet, x, y, wood):
    """The ketch's two masts, the sail that hangs to dry, the furled one, and the bowsprit."""
    mast = x - 42
    mainsail(sheet, mast, y)
    sheet.line([(mast, y - 368), (mast + 96, y - 456)], wood, 4)
    for at, top, thick in ((mast, y - 560, 7), (x + 92, y - 400, 5.5)):
        sheet.shape([(at - thick / 2, y - 40), (at + thick / 2, y - 40), (at + thick / 4, top), (at - thick / 4, top)], wood)
        sheet.line([(at - thick / 4, y - 40), (at - thick / 6, top + 4)], rgb("a86e50"), 1.6)
    sheet.line([(mast, y - 106), (mast + 134, y - 100)], wood, 4.5)
    sheet.line([(x + 92, y - 92), (x + 166, y - 98)], wood, 4)
    for k in range(30):
        t = k / 29
        high = 3 + 8 * sin(pi * min(1, 0.15 + t * 0.85)) + 1.5 * sin(k * 1.7)
        sheet.disc(x + 96 + 66 * t, y - 95 - 6 * t - high * 0.5, 4, high * 0.6, mix(rgb("8a5a48"), rgb("d09a70"), 0.5 + 0.5 * sin(k * 2.3)))
    sheet.line([(x - 146, y - 58), (x - 212, y - 82)], wood, 4.5)


def ketch(sheet, x, y):
    """The big boat at the jetty: hull, lit cabin, spars and rigging."""
    wood, rope = rgb("4a3430"), rgb("3a3038")
    hull(sheet, x, y, -304, 54, rgb("3a5a74"), rgb("e0b58c"))
    sheet.shape([(x - 10, y - 40), (x + 66, y - 40), (x + 62, y - 66), (x - 4, y - 66)], rgb("8f7460"))
    sheet.shape([(x - 14, y - 66), (x + 70, y - 66), (x + 64, y - 73), (x - 6, y - 73)], rgb("b88a68"))
    for k in (4, 23, 42):
        sheet.box(x + k, y - 60, x + k + 11, y - 50, rgb("ffd588"))
    spars(sheet, x, y, wood)
    main, mizzen = (x - 42, y - 552), (x + 92, y - 395)
    stays = [(main, (x - 208, y - 80)), (main, mizzen), (mizzen, (x + 148, y - 54)), ((x - 42, y - 470), (x - 140, y - 58))]
    stays += [((x - 42, y - 420), (x + foot, y - 46)) for foot in (-8, -76)]
    stays += [((x + 92, y - 310), (x + foot, y - 46)) for foot in (116, 70)]
    for a, b in stays:
        sheet.line([a, b], rope, 1.1)
    for t in np.arange(0.1, 0.95, 0.07):
        sheet.line([(x - 42 - 32 * (1 - t), y - 52 - 368 * t), (x - 42, y - 52 - 368 * t)], rope, 0.8)
    sheet.shape([(x - 42, y - 560), (x - 20, y - 566), (x + 2, y - 556), (x - 20, y - 550), (x - 42, y - 546)], rgb("b8463c"))


def mirrored(rng, colours, alpha, waterline, length=1.0):
    """The picture of a floating thing upside down below its waterline, broken by ripples."""
    depth = np.clip(Y - waterline, 0, None)
    wave = noise(rng, 9, 3, 0.6, 6.0) * (1.2 + depth * 0.06)
    x, y = X + wave, waterline - depth / length + 0.4 * wave
    fade = 0.72 * np.exp(-depth / 210) * (waterline < Y)
    return sample(colours, x, y), sample(alpha, x, y) * fade


# ---------------------------------------------------------------- foreground


def bank_edge(x):
    """The near shore: a meadow high on the left, low in the middle, and rising again on the right."""
    left = 690 + 150 * step(120, 800, x)
    right = 92 * step(980, 1560, x)
    return left - right + 7 * np.sin(x / 67) + 4 * np.sin(x / 23 + 1)


def bank(rng):
    line = bank_edge(np.arange(W)) + 2.5 * noise(rng, 14, 3, size=(W, 64))[30]
    alpha = step(-1, 1.5, Y - line[None, :])
    patches, fine = noise(rng, 130, 5, 0.6, 2.5), noise(rng, 16, 3, 0.6, 2.0)
    low = (Y - line[None, :]) / (H - line[None, :] + 1)
    earth = ramp(low + 0.06 * patches, [(0, "6e5c48"), (0.06, "5c5a3c"), (0.35, "45502f"), (0.75, "324229"), (1, "223026")])
    earth = mix(earth, rgb("a08a4c"), np.clip(0.18 * patches + 0.12 * fine, 0, 0.5) * step(1, 0.2, low))
    middle = 640 + 880 * (1 - low) ** 1.25 + 40 * np.sin(low * 6) + 9 * fine
    path = np.exp(-(((X - middle) / (50 + 90 * low)) ** 4)) * step(0.0, 0.06, low) * step(0.6, 0.3, low)
    sand = mix(rgb("b08a66"), rgb("6a5850"), np.clip(low + 0.12 * fine, 0, 1))
    return mix(earth, sand * (1 + 0.08 * fine[..., None]), 0.9 * path), alpha, path


def rocks(rng, sheet, count=90):
    """Stones along the near shore, lit from the sun's side."""
    for _ in range(count):
        x = rng.uniform(0, W)
        r = rng.uniform(4, 15) * (1.3 if 650 < x < 1100 else 0.8)
        y = bank_edge(x) + rng.uniform(-4, 10)
        ring = []
        for a in np.arange(8) * pi / 4:
            ring.append((r * cos(a) * rng.uniform(0.85, 1.15), 0.6 * r * sin(a) * rng.uniform(0.8, 1.1)))
        tone = mix(rgb("4b4652"), rgb("6f6468"), rng.random())
        sheet.shape([(x + a, y + b) for a, b in ring], tone * 0.7)
        light = 0.14 * r if x < SUN[0] else -0.14 * r
        sheet.shape([(x + a * 0.72 + light, y + b * 0.6 - 0.14 * r) for a, b in ring], mix(tone, rgb("d8a078"), 0.42))


def blade(sheet, x, y, long, lean, thick, colour):
    bend, half, high = lean * long, thick / 2, y - long * 0.6
    left, right = (x + bend * 0.3 - thick / 3, high), (x + bend * 0.3 + thick / 3, high)
    sheet.shape([(x - half, y), left, (x + bend, y - long), right, (x + half, y)], colour)


def grass(rng, sheet, path, low, high, count):
    """Blades between the shares `low` and `high` of the way from the shore to the lower edge, from the back to the front."""
    clumps, lights = noise(rng, 80, 4, 0.6, 2.0), noise(rng, 120, 3, 0.5, 3.0)
    lights = lights - 1.7 * np.exp(-(((X - 70) / 190) ** 2) - ((Y - 815) / 42) ** 2)  # the old tree's shadow
    for share in np.sort(rng.uniform(low, high, count)):
        x = rng.uniform(-10, W + 10)
        i = int(np.clip(x, 0, W - 1))
        y = bank_edge(x) + share * (H + 24 - bank_edge(x))
        clump = clumps[min(H - 1, int(y)), i]
        if path[min(H - 1, int(y)), i] > rng.uniform(0.1, 0.6) or clump < rng.uniform(-2.8, -0.3):
            continue
        long = (7 + 44 * share) * rng.uniform(0.5, 1.2) * (1 + 0.18 * clump)
        green = mix(rgb("5f6a36"), rgb("1f3226"), np.clip(share * 0.9 + rng.normal(0, 0.12), 0, 1))
        light = lights[min(H - 1, int(y)), i]
        green = green * np.clip(1.05 + 0.16 * light, 0.72, 1.3)
        sunny = np.clip(rng.normal(0.22, 0.2) + 0.07 * clump + 0.2 * light, 0, 0.85) * (1 - 0.4 * share)
        blade(sheet, x, y, long, rng.normal(0.12, 0.28), 1.0 + 2.2 * share, mix(green, rgb("d9b45c"), sunny))
        if rng.random() < 0.05 * np.clip(clumps[-1 - min(H - 1, int(y)), i] - 0.3, 0, 1):
            flower = rgb(("e8d0c0", "d97a6a", "e6c25a", "b48ac0")[rng.integers(4)]) * (1 - 0.25 * share)
            sheet.disc(x, y - long, 1.2 + 2.0 * share, 1.1 + 1.7 * share, flower)


def tufts(rng, sheet):
    """Long grass at the feet of the trees."""
    for at, level in ((104, 786), (1590, 852)):
        for y in np.sort(rng.uniform(level - 2, level + 26, 420)):
            x = at + rng.normal(0, 46)
            colour = mix(rgb("33452a"), rgb("b99a4e"), np.clip(rng.normal(0.12, 0.16), 0, 1))
            blade(sheet, x, y, rng.uniform(12, 34), rng.normal(0.12, 0.3), 2, colour)


def post(rng, sheet, x, y, high, w):
    """A weathered post with its sunny edge."""
    light = 1 if x < SUN[0] else -1
    lean = rng.uniform(-0.03, 0.03) * high
    sheet.shape([(x - w / 2, y), (x + w / 2, y), (x + w / 2 + lean, y - high), (x - w / 2 + lean, y - high)], rgb("4a3a38"))
    for _ in range(int(w)):
        at = rng.uniform(-0.45, 0.45) * w
        sheet.line([(x + at, y), (x + at + lean, y - high)], rgb("4a3a38") * rng.uniform(0.65, 1.35), 0.9)
    edge = light * w * 0.36
    sheet.line([(x + edge, y), (x + edge + lean, y - high)], rgb("c88f66"), max(1.2, w * 0.2))
    sheet.disc(x + lean, y - high, w / 2, w * 0.2, rgb("a27d68"))
    return x + lean, y - high


def fence(rng, sheet):
    """Posts along the meadow's edge, with a slack rope."""
    tops = []
    for k, x in enumerate((330, 420, 505, 586, 662)):
        y = bank_edge(x) + 30 + 6 * k
        tops.append(post(rng, sheet, x, y, 62 + 2 * k, 9 + 0.6 * k))
    for (x0, y0), (x1, y1) in zip(tops, tops[1:]):
        sheet.line([(x0 + (x1 - x0) * t, y0 + 8 + (y1 - y0) * t + 40 * t * (1 - t)) for t in np.linspace(0, 1, 12)], rgb("a8835f"), 1.8)


def jetty(rng, sheet):
    """Planks on posts from the right bank out to the boat, with a lantern at the end."""
    for k in range(9):
        x = 962 + 84 * k
        post(rng, sheet, x, 800 + 3 * k, 54 + 4 * k, 12)
    for k in range(86):
        t = k / 85
        x = 940 + 680 * t
        tone = mix(rgb("8c6c58"), rgb("5a4844"), t) * rng.uniform(0.82, 1.15)
        sheet.shape([(x, 760 + 2 * t), (x + 7.2, 760 + 2 * t), (x + 15 + 3 * t, 776 + 13 * t), (x + 7 + 3 * t, 776 + 13 * t)], tone)
    sheet.shape([(947, 776), (1630, 789), (1630, 801), (947, 783)], rgb("3c302f"))
    sheet.line([(940, 760), (1630, 762)], rgb("d8a076"), 1.6)
    for x, y, high in ((966, 778, 50), (1128, 782, 52), (1290, 785, 54), (1462, 790, 58)):
        post(rng, sheet, x, y, high, 13)
    x, y = post(rng, sheet, 1046, 776, 118, 7)
    sheet.line([(x, y + 4), (x + 22, y - 2)], rgb("3a2c2c"), 3)
    sheet.box(x + 15, y + 2, x + 29, y + 22, rgb("3a2c2c"))
    sheet.box(x + 17, y + 4, x + 27, y + 20, rgb("ffe09a"))
    sheet.shape([(x + 13, y + 3), (x + 31, y + 3), (x + 22, y - 6)], rgb("2c2226"))


def cargo(sheet):
    """A barrel and two crates on the jetty."""
    for x, y, w, h, colour in ((1396, 786, 34, 30, "8a6448"), (1418, 758, 28, 25, "9a7450")):
        sheet.box(x, y - h, x + w, y, rgb(colour) * 0.8)
        sheet.box(x, y - h, x + w * 0.18, y, mix(rgb(colour), rgb("e0a878"), 0.4))
        for k in (0.1, 0.5, 0.9):
            sheet.line([(x, y - h * k), (x + w, y - h * k)], rgb(colour) * 0.55, 1.4)
    x, y = 1352, 784
    sheet.shape([(x - 11, y), (x + 11, y), (x + 14, y - 17), (x + 11, y - 34), (x - 11, y - 34), (x - 14, y - 17)], rgb("6a4a3c"))
    sheet.shape([(x - 11, y), (x - 5, y), (x - 6, y - 17), (x - 5, y - 34), (x - 11, y - 34), (x - 14, y - 17)], rgb("b98460"))
    for k in (6, 28):
        sheet.line([(x - 13, y - k), (x + 13, y - k)], rgb("3c3238"), 2.2)
    sheet.disc(x, y - 34, 11, 3, rgb("7a5c4a"))


def branch(rng, sheet, x, y, angle, long, thick, box, tips):
    """A branch that forks until it is thin or leaves the box; the thin parts are added to `tips`."""
    bark = rgb("3a2c2e")
    for k in range(6):
        angle += rng.normal(0, 0.1)
        x1, y1 = x + cos(angle) * long / 6, y - sin(angle) * long / 6
        if thick < 12 and not (box[0] < x1 < box[2] and box[1] < y1 < box[3]):
            return
        w = thick * (1 - 0.05 * k)
        sheet.line([(x, y), (x1, y1)], bark * rng.uniform(0.85, 1.15), w)
        sheet.disc(x1, y1, w / 2, w / 2, bark)
        for _ in range(int(w * 0.8)):
            at = rng.uniform(-0.46, 0.46)
            light = mix(bark * rng.uniform(0.6, 1.3), rgb("d08c5c"), np.clip(at * 1.5 + rng.normal(-0.05, 0.2), 0, 0.8))
            sheet.line([(x + at * w, y), (x1 + at * w + rng.normal(0, 1), y1)], light, max(0.7, w * 0.06))
        x, y = x1, y1
        if thick < 12:
            tips.append((x, y))
    if thick < 3:
        return
    turns = [rng.uniform(0.25, 0.6), -rng.uniform(0.2, 0.6)] + [rng.uniform(-0.2, 0.2)] * int(rng.random() < 0.5)
    for turn in turns:
        branch(rng, sheet, x, y, angle + turn, long * rng.uniform(0.66, 0.84), thick * rng.uniform(0.52, 0.68), box, tips)


def leaves(rng, sheet, tips, count, spread, size):
    """Leaves in clusters around the branches' ends: dark and blue first, then green, then those that the sun catches."""
    tips = np.array(tips)
    middle = tips.mean(axis=0)
    reach = np.abs(tips - middle).max(axis=0) + spread
    for k in range(count):
        late = k / count
        home = tips[int(len(tips) * rng.random())]
        turn, far = rng.uniform(0, 2 * pi), spread * rng.random() ** 0.6 * (1.15 - 0.3 * late)
        ax, ay = far * cos(turn), 0.72 * far * sin(turn)
        nx, ny = (home - middle) / reach
        side = (0.8 * ax - 0.6 * ay) / spread  # towards the sun within the cluster, or away from it
        if late > 0.35 and side < rng.normal(-0.5, 0.3) + late:
            continue
        sunny = np.clip(0.55 * nx + 0.2 * ny + 0.5 * side + 0.5 * late - 0.35 + rng.normal(0, 0.12), 0, 1)
        colour = mix(mix(rgb("17252c"), rgb("43542f"), min(1, 0.1 + 1.1 * late)), rgb("dfa048"), sunny * 0.8)
        a, r = rng.uniform(-0.9, 0.9), size * rng.uniform(0.6, 1.4) * (1.7 - 0.8 * min(1, late * 2.5))
        dx, dy = r * cos(a), r * sin(a)
        x, y = home[0] + ax, home[1] + ay
        sheet.shape([(x - dx, y - dy), (x - dy * 0.45, y + dx * 0.45), (x + dx, y + dy), (x + dy * 0.45, y - dx * 0.45)], colour)


TREES = (  # seed, x, y, length and thickness of the trunk, its angle, leaves, the clusters' size, and the box the crown stays in
    (12, 1590, 850, 118, 20, 1.5, 8000, 17, (1500, 430, 1720, 760)),
    (7, 104, 782, 196, 40, 1.66, 32000, 24, (-80, 40, 400, 385)),
)


def trees():
    """An old tree on the left that reaches into the sky, and a smaller one at the right edge."""
    sheet = Sheet()
    for seed, x, y, long, thick, angle, count, spread, box in TREES:
        rng, tips = np.random.default_rng(seed), []
        for k in range(9):
            root, tone = thick * (k / 4 - 1) * 0.75, 0.6 + 0.09 * k
            high, mid = y - thick * 1.5, x + root * 0.35
            foot = [(mid - 5, high), (mid + 5, high), (x + root + 4, y + 8), (x + root - 4, y + 8)]
            sheet.shape(foot, rgb("3a2c2e") * tone)
        branch(rng, sheet, x, y - thick * 0.3, angle, long, thick, box, tips)
        leaves(rng, sheet, tips, count, spread, 3.2)
    return sheet.layer()


def reeds(rng, sheet, spans):
    """Reeds at the near shore, in clumps, with their brown heads."""
    for start, end, count in spans:
        for _ in range(count):
            x = rng.normal((start + end) / 2, (end - start) / 4)
            y, long = bank_edge(x) + rng.uniform(0, 16), rng.uniform(34, 88)
            lean = rng.normal(0.08, 0.12)
            blade(sheet, x, y, long, lean, 2.2, mix(rgb("2f4030"), rgb("c09a54"), np.clip(rng.normal(0.3, 0.25), 0, 1)))
            if rng.random() < 0.16:
                sheet.line([(x, y), (x + lean * long * 0.6, y - long)], rgb("5a5a3a"), 1.2)
                sheet.line([(x + lean * long * 0.5, y - long * 0.86), (x + lean * long * 0.6, y - long)], rgb("5c3a2a"), 3.4)


def gulls(rng):
    sheet = Sheet()
    for x, y, r in ((742, 236, 11), (792, 214, 8), (706, 268, 7), (842, 262, 6), (1150, 208, 9), (1186, 232, 6)):
        for side in (-1, 1):
            lift = rng.uniform(0.25, 0.6)
            wing = ((0, 0), (0.5, -lift), (1, -lift * 0.45), (0.5, 0.1 - lift * 0.7), (0, 0.25))
            sheet.shape([(x + side * r * a, y + r * b) for a, b in wing], rgb("57506e"))
    return sheet.layer()


# ---------------------------------------------------------------- the picture


def draw(seed=SEED):
    """The picture (H, W, 3) and how near everything in it is (H, W), both from 0 to 1."""
    rng = np.random.default_rng(seed)
    painting = Painting(np.zeros((H, W, 3), np.float32), np.zeros((H, W), np.float32), np.zeros((H, W), np.float32))
    everywhere = np.ones((H, W), np.float32)
    paint(rng, painting, sky(rng), everywhere, 0, -0.12, ((80, 22), (48, 12), (26, 6)), 2e-4, 0.055, 0.2)
    for k, spec in enumerate(HILLS):
        paint(rng, painting, *hill(rng, *spec), afloat(SHORE - 80 + 15 * k), 0.15, ((34, 11), (20, 6)), 2e-4, 0.04, 0.25)
    for k, (picture, alpha) in enumerate(town(rng)):
        paint(rng, painting, picture, alpha, afloat(SHORE - 12 + 6 * k), pi / 2, ((18, 6), (10, 3)), 3e-4, 0.06, 0.5)
        lamplight(painting, picture, alpha, 0.55)
    paint_water(rng, painting)
    paint_near(rng, painting)
    return finish(rng, painting.canvas, painting.relief), painting.near


def paint_water(rng, painting):
    wet = step(SHORE - 1, SHORE + 2, Y)
    paint(rng, painting, water(rng, painting.canvas), wet, afloat(Y), 0.0, ((40, 7), (24, 4), (14, 3)), 3e-3, 0.045, 0.4)
    paint(rng, painting, *ripple_strokes(rng, painting.canvas), None, 0.0, ((16, 3),), 1e-2, 0.03, 0.7)
    fleet = (
        (SHORE + 34, lambda s: wharf(rng, s)),
        (566, lambda s: smack(s, 560, 566, 1.25, rgb("b8664c"))),
        (540, lambda s: smack(s, 836, 540, 0.8, rgb("d8b090"))),
        (550, lambda s: smack(s, 1108, 550, 0.95, rgb("8a5a5c"))),
        (628, lambda s: rowing_boat(s, 428, 628, 84, rgb("5a4450"))),
        (672, lambda s: rowing_boat(s, 770, 672, -124, rgb("74503f"))),
        (742, lambda s: ketch(s, 1370, 742)),
    )
    for waterline, draw_boat in fleet:
        sheet = Sheet()
        draw_boat(sheet)
        picture, alpha = sheet.layer(rng, 0.8, 0.06)
        paint(rng, painting, *mirrored(rng, picture, alpha, waterline), None, 0.0, ((20, 4), (12, 3)), 1e-2, 0.03, 0.4)
        paint(rng, painting, picture, alpha, afloat(waterline), 0.1, ((16, 5), (9, 3)), 1e-4, 0.04, 0.65)
        lamplight(painting, picture, alpha, 0.5 * (waterline > 700))


def paint_near(rng, painting):
    paint(rng, painting, *gulls(rng), None, 0.0, ((8, 2),), 1e-4, 0.0, 0.8)
    ground, alpha, path = bank(rng)
    pier = Sheet()
    jetty(rng, pier)
    cargo(pier)
    person(pier, 1206, 778, 52, rgb("6a4048"))
    picture, cover = pier.layer(rng, 0.9, 0.08)
    paint(rng, painting, *mirrored(rng, picture, cover, 806, 0.8), None, 0.0, ((20, 4), (12, 3)), 1e-2, 0.03, 0.4)
    paint(rng, painting, picture, cover, ashore(780), 0.05, ((16, 5), (9, 3)), 1e-4, 0.05, 0.6)
    lamplight(painting, picture, cover, 0.5)
    shore = ashore(np.maximum(Y, bank_edge(X)))  # what rises above the near shore stands on it
    paint(rng, painting, ground, alpha, shore, 0.2, ((34, 10), (20, 5)), 1e-4, 0.06, 0.25)
    for draw_part in (
        lambda s: rocks(rng, s),
        lambda s: grass(rng, s, path, 0, 0.4, 9000),
        lambda s: fence(rng, s),
        lambda s: reeds(rng, s, ((690, 800, 90), (860, 930, 50), (250, 330, 50))),
    ):
        sheet = Sheet()
        draw_part(sheet)
        paint(rng, painting, *sheet.layer(rng, 0.8), shore, pi / 2, ((14, 4), (8, 2)), 1e-4, 0.05, 0.6)
    paint(rng, painting, *trees(), ashore(np.where(X < W / 2, 782, 850)), 0.4, ((12, 5), (8, 3)), 1e-4, 0.06, 0.55)
    sheet = Sheet()
    tufts(rng, sheet)
    grass(rng, sheet, path, 0.3, 1.0, 11000)
    paint(rng, painting, *sheet.layer(), shore, pi / 2, ((14, 4), (8, 2)), 1e-4, 0.05, 0.6)


def finish(rng, canvas, relief):
    """Light on the paint's ridges, the canvas's weave, and a little more contrast towards the middle."""
    gy, gx = np.gradient(blur(relief, 1))
    weave = 0.5 * (np.sin(X * 2.1) + np.sin(Y * 2.1)) + 0.8 * noise(rng, 3, 1)
    shine = np.clip(-0.9 * gx - 1.1 * gy, -0.5, 0.5) * 0.17 + 0.006 * weave
    corner = np.hypot((X - W / 2) / W, (Y - H / 2) / H)
    picture = canvas * (1 + shine[..., None]) * (1 - 0.32 * step(0.42, 0.75, corner))[..., None]
    picture = np.clip(picture, 0, 1)
    return mix(picture, picture * picture * (3 - 2 * picture), 0.35)


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "tests" / "pictures" / "harbour.jpg"
    target.parent.mkdir(parents=True, exist_ok=True)
    picture, near = ((np.clip(plane, 0, 1) * 255 + 0.5).astype(np.uint8) for plane in draw())
    Image.fromarray(picture).save(target, quality=92, optimize=True, progressive=True)
    Image.fromarray(near).save(target.with_name(f"{target.stem}_depth.png"), optimize=True)


if __name__ == "__main__":
    main()
