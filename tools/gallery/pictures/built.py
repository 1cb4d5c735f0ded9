"""What people built: a street in perspective, a room, a village at night, a tower."""

from __future__ import annotations

import cv2
import numpy as np

from .easel import Array, Easel, clouds, field, mix, ramp, rgb, step


class View:
    """A camera that looks along z from (0, eye, 0): x right, y up, in meters. `focal` in units of the easel."""

    def __init__(self, easel: Easel, eye: float, focal: float, horizon: float, center: float | None = None):
        self.easel, self.eye, self.focal, self.horizon = easel, eye, focal, horizon
        self.center = easel.wide / 2 if center is None else center

    def at(self, x: float, y: float, z: float) -> tuple[float, float]:
        return self.center + self.focal * x / z, self.horizon - self.focal * (y - self.eye) / z

    def quad(self, picture: Array, corners, haze: float = 0.0, air=None) -> None:
        """Lays a picture (h, w, 3 or 4) on a rectangle in space: its corners are upper left, upper right, lower right, lower left."""
        easel, k = self.easel, 2
        points = np.array([self.at(*corner) for corner in corners]) * easel.scale
        low = np.clip(np.floor(points.min(axis=0)), 0, (easel.W, easel.H)).astype(int)
        high = np.clip(np.ceil(points.max(axis=0)), 0, (easel.W, easel.H)).astype(int)
        size = high - low
        if (size <= 0).any():
            return
        h, w = picture.shape[:2]
        matrix = cv2.getPerspectiveTransform(np.float32([(0, 0), (w, 0), (w, h), (0, h)]), np.float32((points - low) * k))
        rgba = picture if picture.shape[2] == 4 else np.dstack([picture, np.ones((h, w), np.float32)])
        rgba = np.dstack([rgba[..., :3] * rgba[..., 3:], rgba[..., 3]]).astype(np.float32)
        large = cv2.warpPerspective(rgba, matrix, tuple(int(n) * k for n in size), flags=cv2.INTER_LINEAR)
        small = cv2.resize(large, tuple(int(n) for n in size), interpolation=cv2.INTER_AREA)
        if air is not None:
            small[..., :3] = mix(small[..., :3], air * small[..., 3:], haze)
        spot = easel.image[low[1] : high[1], low[0] : high[0]]
        spot[:] = spot * (1 - small[..., 3:]) + small[..., :3]


# ---------------------------------------------------------------- street


def _facade(rng, wide: float, tall: float, wall: Array, floors: int, shop: str, fine: float) -> Array:
    """The front of a house, `fine` pixels a meter: plaster, windows with frames and sills, a cornice, and a shop below."""
    easel = Easel(int(wide * fine), int(rng.integers(1000)), int(wide * 100), int(tall * 100))  # units are centimeters
    sheet, w, h = easel.sheet(), wide * 100, tall * 100
    easel.cover(wall * (1 + 0.025 * easel.noise(120, 6, 0.6) + 0.03 * easel.noise(14, 3, 0.6))[..., None])
    easel.cover(rgb("4a3f38"), 0.35 * step(0.5, 1.6, easel.noise(160, 4, 0.6, 0.3)) * step(h, h * 0.2, easel.Y))
    each, columns = (h - 380) / floors, max(2, round(wide / 2.1))
    trim = mix(wall, rgb("f5efe2"), 0.6)
    for f in range(floors):
        y = 50 + f * each
        sheet.box(0, y + each - 8, w, y + each + 4, mix(wall, trim, 0.5))
        for c in range(columns):
            x = (c + 0.5) * w / columns
            sheet.box(x - 56, y + 22, x + 56, y + each - 42, trim)
            lit = rng.random() < 0.12
            glass = rgb("ffd98f") if lit else mix(rgb("2d3844"), rgb("7e93a6"), rng.uniform(0.1, 0.7))
            sheet.box(x - 44, y + 34, x + 44, y + each - 54, glass)
            sheet.shape([(x - 44, y + 34), (x + 44, y + 34), (x - 44, y + each * 0.6)], mix(glass, rgb("b9cad6"), 0.25))
            sheet.line([(x, y + 34), (x, y + each - 54)], trim, 6)
            sheet.line([(x - 44, y + 34 + each * 0.2), (x + 44, y + 34 + each * 0.2)], trim, 6)
            sheet.box(x - 64, y + each - 46, x + 64, y + each - 34, trim * 0.85)
            sheet.box(x - 56, y + each - 34, x + 56, y + each - 29, wall * 0.6)
            if rng.random() < 0.25:
                for _ in range(40):
                    sheet.disc(
                        x + rng.normal(0, 30),
                        y + each - 56 + rng.normal(0, 7),
                        6,
                        6,
                        rgb(rng.choice(["3f6b35", "5c8a3c", "c2453f", "d8779a"])),
                    )
    top = h - 310
    sheet.box(0, top - 26, w, top, trim * 0.9)
    sheet.box(20, top, w - 20, h - 40, rgb(shop) * 0.75)
    for c in range(columns):
        x0, x1 = 50 + c * (w - 90) / columns, 40 + (c + 1) * (w - 90) / columns - 20
        sheet.box(x0, top + 60, x1, h - 55, mix(rgb("ffcf87"), rgb("3a3c40"), rng.uniform(0.1, 0.75)))
        sheet.line([((x0 + x1) / 2, top + 60), ((x0 + x1) / 2, h - 55)], rgb(shop) * 0.6, 7)
    for k in range(int(w / 40)):
        sheet.shape(
            [(k * 40, top + 8), (k * 40 + 40, top + 8), (k * 40 + 40, top + 70), (k * 40, top + 70)], rgb(shop) if k % 2 else rgb("efe6d4")
        )
    sheet.box(0, h - 40, w, h, wall * 0.45)
    sheet.box(0, 0, w, 22, trim)
    sheet.box(0, 22, w, 34, wall * 0.5)
    easel.put(sheet, stain=0.05)
    return easel.image


WALLS = ("d9b98a", "c98f6b", "e3d3b5", "b8c0b0", "d6a78f", "a9b6c4", "e0c07c", "c7b7a6")
SHOPS = ("7a2e2a", "2f4d3c", "2e3f5a", "6a4a2a", "4a3350")


def street(width: int) -> Array:
    """A street of old houses toward a church tower, in late sun: lamp posts, cobbles, people."""
    easel, rng = Easel(width, 7), np.random.default_rng(7)
    horizon, air = 505, rgb("f3d9b4")
    sky = ramp(easel.Y / horizon, (0, "6f9ac8"), (0.6, "cfd6d6"), (1, "ffe4b8"))
    easel.cover(clouds(easel, sky, (700, 300), horizon, -0.1, "fff6e6", "a8aec0", seed=71))
    view = View(easel, 1.7, 820, horizon)
    _church(easel, view, air)
    _paving(easel, view, air)
    houses = []
    for side in (-1, 1):
        z = 3.0
        while z < 80:
            wide = rng.uniform(6.5, 11)
            houses.append((z, side, wide, rng.uniform(10.5, 15.5)))
            z += wide
    for z, side, wide, tall in sorted(houses, reverse=True):
        _house(rng, view, z, side, wide, tall, air)
    for z in (58, 44, 33, 24, 17, 11.5):
        for side in (-1, 1):
            _walkers(rng, easel, view, z, side, air)
            _lamp(easel, view, side * 3.35, z + (side > 0) * 2.5, air)
    easel.light(rgb("ffcf8a"), 0.55 * np.exp(-(((easel.X - 650) / 260) ** 2) - ((easel.Y - 430) / 200) ** 2))
    return easel.finish(contrast=0.3)


def _house(rng, view: View, z: float, side: int, wide: float, tall: float, air: Array) -> None:
    floors = int((tall - 3.8) / 2.9)
    wall = rgb(rng.choice(WALLS))
    front = _facade(rng, wide, tall, wall, floors, str(rng.choice(SHOPS)), float(np.clip(1.3 * view.focal * view.easel.scale / z, 12, 64)))
    front = front * (mix(rgb("6d7396"), rgb("8f86a0"), 0.5) * 1.15 if side > 0 else rgb("ffe9c6") * 1.05)
    if side > 0:
        front = front[:, ::-1]
    x, haze = side * 5.2, 1 - np.exp(-(z + wide / 2) / 105)
    near, far = (x, z), (x, z + wide)
    first, second = (near, far) if side < 0 else (far, near)
    # the roof leans back from the eaves; drawn first, as the front hides its foot
    tile = np.random.default_rng(int(z * 10)).uniform(0.75, 1.1, (24, 60, 1)).astype(np.float32)
    roof = cv2.resize(tile, (480, 192), interpolation=cv2.INTER_NEAREST)[..., None] * rgb("7d4a3a") * (1.1 if side < 0 else 0.65)
    back = x + side * 2.6
    upper = [(back, tall + 2.6, first[1]), (back, tall + 2.6, second[1])]
    view.quad(roof.astype(np.float32), [*upper, (x, tall, second[1]), (x, tall, first[1])], haze, air)
    end = np.full((64, 64, 3), 1, np.float32) * wall * (0.62 if side < 0 else 1.15)
    view.quad(end, [(x, tall, z), (x + side * 9, tall, z), (x + side * 9, 0, z), (x, 0, z)], haze, air)
    corners = [(first[0], tall, first[1]), (second[0], tall, second[1]), (second[0], 0, second[1]), (first[0], 0, first[1])]
    seen = min(1.0, 2 * view.focal * view.easel.scale * tall / z / front.shape[0])
    small = cv2.resize(front, None, fx=max(0.05, seen * 0.7), fy=seen, interpolation=cv2.INTER_AREA) if seen < 1 else front
    view.quad(np.ascontiguousarray(small), corners, haze, air)


def _church(easel: Easel, view: View, air: Array) -> None:
    sheet, z = easel.sheet(), 110

    def box(x0, y0, x1, y1, color):
        (a, b), (c, d) = view.at(x0, y1, z), view.at(x1, y0, z)
        sheet.box(a, b, c, d, mix(color, air, 0.62))

    box(-9, 0, 9, 18, rgb("9a8672"))
    box(-4.5, 0, 4.5, 36, rgb("a8947c"))
    box(1.5, 0, 4.5, 36, rgb("77685c"))
    for y in (14, 22, 30):
        box(-1, y, 1, y + 3.5, rgb("40383a"))
    for points, tone in (([(-5, 36, z), (5, 36, z), (0, 58, z)], "5e7468"), ([(1, 36, z), (5, 36, z), (0, 58, z)], "44584f")):
        sheet.shape([view.at(*p) for p in points], mix(rgb(tone), air, 0.55))
    sheet.line([view.at(0, 57, z), view.at(0, 61, z)], mix(rgb("40383a"), air, 0.4), 2)
    easel.put(sheet, blur=0.8)


def _paving(easel: Easel, view: View, air: Array) -> None:
    """Cobbles between two curbs, with long shadows of the right side's houses across them."""
    z = view.focal * view.eye / np.clip(easel.Y - view.horizon, 0.8, None)
    x = (easel.X - view.center) * z / view.focal
    u, v = x / 0.16, z / 0.2
    row = np.floor(v)
    cell = np.floor(u + 0.5 * (row % 2))
    tone = field(cell * 0.37, row * 0.41, 1, 0.5, 72)
    gap = np.maximum(np.abs((u + 0.5 * (row % 2)) % 1 - 0.5), np.abs(v % 1 - 0.5))  # 0.5 between stones
    detail = np.exp(-z / 9)
    road = mix(rgb("7e746a"), rgb("a89c8a"), step(-1.5, 1.5, tone))
    road = mix(road, rgb("4a443f"), 0.75 * step(0.36, 0.47, gap) * detail) * (1 + 0.07 * field(x * 2, z * 2, 5, 0.6, 73))[..., None]
    walk = mix(rgb("b3a797"), rgb("c6bba9"), step(-1, 1, field(np.floor(x / 0.6), np.floor(z / 0.6), 1, 0.5, 74)))
    pavement = np.abs(x) > 3.2
    color = np.where(pavement[..., None], walk, road)
    color = mix(color, rgb("5a534c"), ((np.abs(np.abs(x) - 3.2) < 0.09) * 0.8).astype(np.float32))
    shadow = step(-1.9, -1.5, x - 0.5 * field(z / 7, z * 0, 2, 0.4, 75))
    color = color * mix(rgb("fff0d2") * 1.15, rgb("74799a"), 0.85 * shadow)
    easel.cover(mix(color, air, 0.9 * (1 - np.exp(-z / 105))), (view.horizon < easel.Y).astype(np.float32))


def _lamp(easel: Easel, view: View, x: float, z: float, air: Array) -> None:
    sheet, haze, k = easel.sheet(), 1 - np.exp(-z / 105), view.focal / z
    iron = mix(rgb("23262b"), air, haze)
    sheet.line([view.at(x, 0, z), view.at(x, 3.4, z)], iron, 0.09 * k)
    sheet.line([view.at(x, 0, z), view.at(x, 0.7, z)], iron, 0.2 * k)
    sheet.line([view.at(x - 0.3, 3.05, z), view.at(x + 0.3, 3.05, z)], iron, 0.05 * k)
    outline = [(-0.14, 3.4), (0.14, 3.4), (0.25, 3.95), (-0.25, 3.95)]
    sheet.shape([view.at(x + a, y, z) for a, y in outline], mix(rgb("ffe6b0"), air, haze))
    for a, b in zip(outline, outline[1:] + outline[:1]):
        sheet.line([view.at(x + a[0], a[1], z), view.at(x + b[0], b[1], z)], iron, 0.04 * k)
    sheet.shape([view.at(x + a, y, z) for a, y in ((-0.3, 3.95), (0.3, 3.95), (0, 4.3))], iron)
    easel.put(sheet)
    cx, cy = view.at(x, 3.65, z)
    easel.lamp(rgb("ffca7a"), cx, cy, 0.7 * k, 0.7 * k, 0.35)


def _walkers(rng, easel: Easel, view: View, z: float, side: int, air: Array) -> None:
    """Somebody on the pavement, with a shadow."""
    z, x = z + rng.uniform(-2, 4), side * rng.uniform(3.6, 4.7)
    sheet, haze, k = easel.sheet(), 1 - np.exp(-z / 105), view.focal / z
    coat = mix(rgb(rng.choice(["3a4250", "6a3f36", "59604a", "8a6a4a", "2e2a33"])), air, haze)
    stride, tall = rng.uniform(0.1, 0.28), rng.uniform(1.6, 1.85)
    sheet.shape(
        [view.at(x, 0, z), view.at(x - 1.6, 0, z + 0.5), view.at(x - 1.6, 0, z + 0.9), view.at(x, 0, z + 0.25)],
        mix(rgb("6a6068"), air, haze),
    )
    for s in (-1, 1):
        sheet.line([view.at(x + s * stride, 0, z), view.at(x, 0.85, z)], coat * 0.7, 0.15 * k)
        sheet.line([view.at(x + s * 0.2, 1.4 * tall / 1.75, z), view.at(x + s * 0.27, 0.8, z)], coat * 0.9, 0.11 * k)
    sheet.shape([view.at(x + a, y * tall, z) for a, y in ((-0.2, 0.84), (0.2, 0.84), (0.24, 0.4), (-0.24, 0.4))], coat)
    cx, cy = view.at(x, tall * 0.93, z)
    sheet.disc(cx, cy, 0.1 * k, 0.13 * k, mix(rgb("c99a7c"), air, haze))
    sheet.disc(cx, cy - 0.06 * k, 0.11 * k, 0.09 * k, mix(rgb("3a2c24"), air, haze))
    easel.put(sheet)


# ---------------------------------------------------------------- room


def _wood(width: int, height: int, seed: int, code: str, planks: int) -> Array:
    """Boards along x, with grain."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    plank = np.floor(y / height * planks)
    grain = field(x / 260 + plank * 7, y / 7 + plank * 3, 5, 0.6, seed)
    knots = field(x / 90 + plank * 5, y / 30, 3, 0.5, seed + 1)
    tone = 1 + 0.1 * grain + 0.06 * knots + 0.16 * field(plank * 0.63, plank * 0.3, 1, 0.5, seed + 2)
    gap = np.abs((y / height * planks) % 1 - 0.5) > 0.485
    return np.clip(rgb(code) * tone[..., None] * np.where(gap, 0.45, 1)[..., None], 0, 1).astype(np.float32)


def interior(width: int) -> Array:
    """A room in the afternoon: a window with a garden, a table with books and a lamp, a picture, a rug."""
    easel = Easel(width, 8)
    view = View(easel, 1.45, 760, 380)
    left, right, top, back = -2.6, 2.6, 2.75, 5.4
    plaster = np.ones((200, 300, 3), np.float32) * rgb("cdbfa6")
    floor = _wood(900, 900, 81, "9a6a42", 18)
    view.quad(floor, [(left, 0, back), (right, 0, back), (right, 0, 1.0), (left, 0, 1.0)])
    view.quad(plaster * 0.82, [(left, top, 1.0), (right, top, 1.0), (right, top, back), (left, top, back)])
    view.quad(plaster * 0.95, [(left, top, back), (right, top, back), (right, 0, back), (left, 0, back)])
    view.quad(plaster * 0.6, [(left, top, 1.0), (left, top, back), (left, 0, back), (left, 0, 1.0)])
    view.quad(plaster * 1.02, [(right, top, back), (right, top, 1.0), (right, 0, 1.0), (right, 0, back)])
    easel.image *= (1 + 0.01 * easel.noise(70, 5, 0.6))[..., None]
    easel.cover(rgb("5a4632"), 0.2 * step(250, 640, np.abs(easel.X - 640)) * step(300, 0, easel.Y))
    _garden(easel, view, back)
    board = np.ones((20, 400, 3), np.float32) * rgb("efe6d6")
    for corners in (
        [(left, 0.14, back), (right, 0.14, back), (right, 0, back), (left, 0, back)],
        [(left, 0.14, 1.0), (left, 0.14, back), (left, 0, back), (left, 0, 1.0)],
        [(right, 0.14, back), (right, 0.14, 1.0), (right, 0, 1.0), (right, 0, back)],
    ):
        view.quad(board * (0.55 if corners[0][0] == left and corners[1][0] == left else 0.85), corners)
    _sunlight(easel, view)
    _rug(easel, view)
    _furniture(easel, view, back)
    _table(easel, view)
    easel.light(rgb("fff0cc"), 0.3 * np.exp(-(((easel.X - 560) / 330) ** 2) - ((easel.Y - 330) / 240) ** 2))
    return easel.finish(contrast=0.25, vignette=0.3)


def _garden(easel: Easel, view: View, back: float) -> None:
    """What the window shows, and its frame, curtains and sill."""
    x0, y0, x1, y1 = -1.35, 0.95, 0.55, 2.3
    (ax, ay), (bx, by) = view.at(x0, y1, back), view.at(x1, y0, back)
    inside = easel.edge(np.minimum(np.minimum(easel.X - ax, bx - easel.X), np.minimum(easel.Y - ay, by - easel.Y)))
    t = (easel.Y - ay) / (by - ay)
    scene = ramp(t, (0, "cfe2f2"), (0.45, "f4f3e4"), (0.5, "d6dfb0"), (1, "a9c47a"))
    for level, size, tone, seed in ((0.52, 26, "a8c0a0", 82), (0.66, 40, "7fa25c", 84)):
        line = level - 0.16 * field(easel.X / size, easel.X * 0, 5, 0.5, seed)
        leaves = field(easel.X / 9, easel.Y / 8, 4, 0.6, seed + 1)
        scene = mix(scene, rgb(tone) * (1 + 0.2 * leaves)[..., None], step(-0.01, 0.02, t - line))
    easel.cover(easel.blur(scene, 1.2), inside)
    sheet, paint = easel.sheet(), rgb("f3ecdf")
    for x in (x0, (x0 + x1) / 2, x1):
        sheet.line([view.at(x, y0, back), view.at(x, y1, back)], paint * 0.92, 9 if x in (x0, x1) else 7)
    for y in (y0, y0 + 0.62 * (y1 - y0), y1):
        sheet.line([view.at(x0 - 0.03, y, back), view.at(x1 + 0.03, y, back)], paint * 0.85, 9 if y in (y0, y1) else 5)
    sheet.shape(
        [
            view.at(x0 - 0.12, y0, back - 0.22),
            view.at(x1 + 0.12, y0, back - 0.22),
            view.at(x1 + 0.08, y0, back),
            view.at(x0 - 0.08, y0, back),
        ],
        paint,
    )
    (px, py) = view.at(0.2, y0 + 0.02, back - 0.1)
    sheet.shape([(px - 15, py - 26), (px + 15, py - 26), (px + 11, py), (px - 11, py)], rgb("b5613c"))
    for _ in range(70):
        a, r = easel.rng.uniform(0.1, 3.04), easel.rng.uniform(8, 46)
        x, y = px + r * np.cos(a), py - 26 - r * np.sin(a)
        sheet.line([(px, py - 26), (x, y)], rgb("4d6b35"), 1)
        sheet.disc(x, y, 5, 3.4, mix(rgb("3e5f2c"), rgb("9cba5a"), easel.rng.uniform(0, 1)))
    easel.put(sheet)
    for start, end in ((x0 - 0.45, x0 + 0.16), (x1 - 0.16, x1 + 0.45)):
        (ax, ay), (bx, by) = view.at(start, 2.45, back - 0.1), view.at(end, 0.25, back - 0.1)
        inside = easel.edge(np.minimum(np.minimum(easel.X - ax, bx - easel.X), np.minimum(easel.Y - ay, by - easel.Y)))
        fold = np.sin((easel.X - ax) * 0.42 + 0.8 * field(easel.X / 50, easel.Y / 200, 2, 0.5, 86))
        easel.cover(rgb("c8a98a") * (0.82 + 0.24 * fold)[..., None], 0.94 * inside)
    sheet = easel.sheet()
    sheet.line([view.at(x0 - 0.6, 2.47, back - 0.12), view.at(x1 + 0.6, 2.47, back - 0.12)], rgb("4a3626"), 7)
    easel.put(sheet)


def _sunlight(easel: Easel, view: View) -> None:
    """Four panes of sun on the floor."""
    sheet = easel.sheet()
    for x in (0.15, 1.08):
        for z in (2.75, 3.55):
            sheet.shape(
                [
                    view.at(x - 0.35 * (4.4 - z), 0, z),
                    view.at(x + 0.85 - 0.35 * (4.4 - z), 0, z),
                    view.at(x + 0.85 - 0.35 * (3.68 - z), 0, z + 0.72),
                    view.at(x - 0.35 * (3.68 - z), 0, z + 0.72),
                ],
                rgb("ffffff"),
            )
    _, alpha = sheet.layer(blur=2.5)
    easel.cover(np.clip(easel.image * np.array([1.9, 1.7, 1.35], np.float32), 0, 1), alpha)


def _rug(easel: Easel, view: View) -> None:
    y, x = np.mgrid[0:300, 0:500].astype(np.float32)
    ring = np.minimum(np.minimum(x, 499 - x), np.minimum(y, 299 - y))
    color = mix(rgb("7d2f2a"), rgb("9c4a38"), step(-1, 1, field(x / 30, y / 30, 3, 0.5, 87)))
    color = mix(color, rgb("d8b98a"), ((ring > 18) & (ring < 26) | (ring > 44) & (ring < 48)).astype(np.float32))
    figure = np.sin(x / 16) * np.sin(y / 16) + np.sin(np.hypot(x - 250, (y - 150) * 1.4) / 11)
    color = mix(color, rgb("27384c"), (step(0.7, 0.9, figure) * (ring > 52)).astype(np.float32))
    color = color * (0.7 + 0.05 * field(x / 3, y / 3, 2, 0.6, 88))[..., None]
    view.quad(color.astype(np.float32), [(-1.9, 0.01, 4.2), (1.0, 0.01, 4.2), (1.0, 0.01, 2.3), (-1.9, 0.01, 2.3)])


def _furniture(easel: Easel, view: View, back: float) -> None:
    """A bookcase at the back wall, a picture above it, and an armchair."""
    sheet, rng, wood = easel.sheet(), easel.rng, rgb("5f3d26")
    (ax, ay), (bx, by) = view.at(1.05, 1.75, back - 0.3), view.at(2.35, 0, back - 0.3)
    sheet.box(ax, ay, bx, by, wood * 0.5)
    for k in range(4):
        y0, y1 = ay + (by - ay) * k / 4 + 8, ay + (by - ay) * (k + 1) / 4
        x = ax + 8
        while x < bx - 14:
            w, h = rng.uniform(5, 12), (y1 - y0) * rng.uniform(0.6, 0.92)
            sheet.box(
                x,
                y1 - h,
                x + w,
                y1 - 4,
                rgb(rng.choice(["7a3b2e", "3a4f5e", "8a7a4a", "4a5a3c", "a08a6a", "5a3a4a", "c2b08a"])) * rng.uniform(0.6, 0.95),
            )
            x += w + 0.7
        sheet.box(ax, y1 - 4, bx, y1 + 4, wood)
    for x in (ax, bx):
        sheet.box(x - 5, ay - 4, x + 5, by, wood * 1.1)
    sheet.box(ax - 6, ay - 6, bx + 6, ay + 5, wood * 1.25)
    (ax, ay), (bx, by) = view.at(1.2, 2.5, back), view.at(2.2, 1.88, back)
    sheet.box(ax - 7, ay - 7, bx + 7, by + 7, rgb("a07c3c"))
    sheet.box(ax, ay, bx, by, rgb("c9d3cc"))
    hill = [(ax + (bx - ax) * t, by - (by - ay) * (0.35 + 0.18 * np.sin(5 * t) + 0.08 * np.sin(13 * t))) for t in np.linspace(0, 1, 40)]
    sheet.shape([*hill, (bx, by), (ax, by)], rgb("6d8270"))
    sheet.shape([(x, y + 22) for x, y in hill] + [(bx, by), (ax, by)], rgb("8a8a4e"))
    easel.put(sheet, stain=0.03)


def _table(easel: Easel, view: View) -> None:
    """A table near us, with a lamp, an open book, a cup and fruit; its chair behind."""
    sheet, oak = easel.sheet(), rgb("8a5a34")
    for x in (-1.75, -1.2):
        sheet.line([view.at(x, 0, 2.9), view.at(x, 1.0, 2.95)], oak * 0.45, 11)
    for y in (0.62, 0.78, 0.96):
        sheet.line([view.at(-1.75, y, 2.95), view.at(-1.2, y, 2.95)], oak * 0.55, 10)
    for x, z in ((-1.55, 1.75), (0.25, 1.75), (-1.5, 2.6), (0.22, 2.6)):
        sheet.line([view.at(x, 0, z), view.at(x, 0.74, z)], oak * (0.4 if x < 0 else 0.62), 58 / z)
    easel.put(sheet)
    top = _wood(700, 350, 89, "a3703f", 5) * np.linspace(0.75, 1.15, 700, dtype=np.float32)[None, :, None]
    view.quad(np.clip(top, 0, 1), [(-1.65, 0.76, 2.7), (0.35, 0.76, 2.7), (0.35, 0.76, 1.7), (-1.65, 0.76, 1.7)])
    view.quad(top[:40] * 0.5, [(-1.65, 0.76, 1.7), (0.35, 0.76, 1.7), (0.35, 0.69, 1.7), (-1.65, 0.69, 1.7)])
    shade, things = easel.sheet(), easel.sheet()
    for x, z, r in ((-1.25, 2.25, 0.2), (-0.45, 2.05, 0.36), (0.08, 2.3, 0.12)):
        px, py = view.at(x - 0.08, 0.76, z)
        shade.disc(px, py, r * 400, r * 95, rgb("2a180c"))
    easel.put(shade, blur=9, alpha=0.6)
    x, y = view.at(-1.25, 0.76, 2.25)
    for k in range(24):
        a = k / 23
        things.shape(
            [(x - 44 + 88 * a, y), (x - 40 + 88 * a, y), (x - 4 + 10 * a, y - 70), (x - 5 + 10 * a, y - 70)],
            mix(rgb("24404a"), rgb("7fa6ac"), np.sin(np.pi * a) ** 2),
        )
    things.disc(x, y, 46, 10, rgb("2c4a52"))
    things.line([(x, y), (x, y - 130)], rgb("9a7a3c"), 8)
    for k in range(30):
        a, b = k / 30, (k + 1) / 30
        color = mix(rgb("e8b566"), rgb("fff1c8"), np.sin(np.pi * (a + b) / 2) ** 1.5)
        things.shape(
            [(x - 92 + 184 * a, y - 118), (x - 92 + 184 * b, y - 118), (x - 50 + 100 * b, y - 232), (x - 50 + 100 * a, y - 232)], color
        )
    x, y = view.at(-0.45, 0.77, 2.05)
    for side in (-1, 1):
        for k in range(10):
            a, b = k / 10, (k + 1) / 10
            bow = [14 * np.sin(np.pi * t**0.7) for t in (a, b)]
            points = [
                (x + side * 105 * a, y + 36 - bow[0]),
                (x + side * 105 * b, y + 36 - bow[1]),
                (x + side * 88 * b + 8, y - 30 - bow[1]),
                (x + side * 88 * a + 8, y - 30 - bow[0]),
            ]
            things.shape(points, rgb("efe3c8") * (0.8 + 0.2 * np.sin(np.pi * (0.2 + 0.8 * a))))
        for k in range(9):
            t = k / 9
            things.line(
                [(x + side * (14 + 3 * t) + 8 * (1 - t), y - 36 + 62 * t), (x + side * (84 + 12 * t) + 8 * (1 - t), y - 34 + 62 * t)],
                rgb("a09078"),
                1.2,
            )
    x, y = view.at(0.08, 0.76, 2.3)
    for k in range(20):
        a = k / 20
        things.shape(
            [(x - 26 + 52 * a, y - 44), (x - 23 + 52 * a, y - 44), (x - 18 + 39 * a, y), (x - 20 + 39 * a, y)],
            mix(rgb("5a7a9a"), rgb("d5e2ec"), np.sin(np.pi * (0.25 + 0.75 * a)) ** 2),
        )
    things.disc(x, y - 44, 27, 6, rgb("dfe9f0"))
    things.disc(x, y - 43, 23, 4.4, rgb("4a2c18"))
    easel.put(things)
    x, y = view.at(-1.25, 0.76, 2.25)
    easel.light(rgb("ffc873"), 0.4 * np.exp(-((easel.X - x) ** 2 + (easel.Y - y + 150) ** 2) / 190**2))


PICTURES = {"street": street, "interior": interior}
