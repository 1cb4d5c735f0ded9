"""Living things and what lies on a table: a portrait, sheep in grass, a still life."""

from __future__ import annotations

import numpy as np

from .easel import Array, Easel, clouds, field, mix, ramp, rgb, step, terrain

LAMP = np.array([-0.55, -0.55, 0.63])  # toward the light: x right, y down, z toward us


def _normals(height: Array, scale: float) -> Array:
    """(3, H, W) unit normals of a relief given in units."""
    gy, gx = np.gradient(height, 1 / scale)
    normal = np.stack([-gx, -gy, np.ones_like(height)])
    return normal / np.linalg.norm(normal, axis=0)


def _shaded(normal: Array, light=LAMP, wrap: float = 0.25) -> tuple[Array, Array]:
    """Diffuse light, which reaches a little around as in skin and fruit, and highlights."""
    toward = light / np.linalg.norm(light)
    diffuse = np.clip((np.tensordot(toward, normal, 1) + wrap) / (1 + wrap), 0, 1)
    half = toward + np.array([0, 0, 1.0])
    shine = np.clip(np.tensordot(half / np.linalg.norm(half), normal, 1), 0, 1)
    return diffuse.astype(np.float32), shine.astype(np.float32)


def _blob(easel: Easel, x: float, y: float, rx: float, ry: float) -> Array:
    return np.exp(-(((easel.X - x) / rx) ** 2) - ((easel.Y - y) / ry) ** 2).astype(np.float32)


# ---------------------------------------------------------------- portrait


def portrait(width: int) -> Array:
    """A young woman, head and shoulders, before a garden out of focus."""
    easel = Easel(width, 9, 1000, 1200)
    _garden(easel)
    _hair_behind(easel)
    _body(easel)
    _face(easel)
    _hair_before(easel)
    return easel.finish(contrast=0.2, vignette=0.3)


def _garden(easel: Easel) -> None:
    t = easel.Y / 1200
    color = ramp(t + 0.05 * easel.noise(300, 2), (0, "5c7a66"), (0.35, "8ea07a"), (0.6, "6f7a52"), (1, "2f3a2c"))
    color = mix(color, rgb("e8d49a"), 0.6 * np.clip(easel.blur(easel.noise(260, 2), 30), 0, 1) * (1 - t))
    easel.cover(color)
    rng = easel.rng
    for blur, count, size in ((22, 40, 90), (10, 45, 48)):
        sheet = easel.sheet()
        for _ in range(count):
            x, y, r = rng.uniform(-50, 1050), rng.uniform(-50, 900), size * rng.uniform(0.5, 1.1)
            sheet.disc(x, y, r, r, rgb(rng.choice(["c9c98a", "9db37a", "4c6446", "e9dcae", "7f9a86", "3c5040"])))
        easel.put(sheet, blur=blur, alpha=0.38)


def _oval(easel: Easel, x: float, y: float, rx: float, ry: float, power: float = 2.0) -> Array:
    """Above 0 inside of an oval, in units from its edge, roughly."""
    r = (np.abs((easel.X - x) / rx) ** power + np.abs((easel.Y - y) / ry) ** power) ** (1 / power)
    return (1 - r) * min(rx, ry)


def _strands(easel: Easel, paths: list, dark: str, bright: str, thick: float, spread: float) -> None:
    """Hair: many fine lines between the points of each path, brighter where it bends toward the light."""
    sheet, rng = easel.sheet(), easel.rng
    for points, count in paths:
        points = np.array(points, float)
        t = np.linspace(0, len(points) - 1, 61)
        base = np.stack([np.interp(t, range(len(points)), points[:, k]) for k in (0, 1)], axis=1)
        for _ in range(40):
            base[1:-1] = (base[:-2] + 2 * base[1:-1] + base[2:]) / 4
        along = np.gradient(base, axis=0)
        across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
        for _ in range(int(count * min(1.0, 0.25 + easel.scale))):
            off = rng.normal(0, spread)
            wave = off * (0.65 + 0.5 * t / t[-1]) + 3 * np.sin(t * rng.uniform(0.4, 0.8) + rng.uniform(0, 6))
            line = base + across * wave[:, None]
            tone = np.clip(0.32 + 0.22 * rng.standard_normal() + 0.25 * np.sin(off / spread * 2.2), 0, 1)
            cut, middle = rng.integers(40, 61), rng.normal(17, 3)
            for a in range(0, cut - 2, 2):
                glow = np.exp(-(((a - middle) / 9) ** 2)) * 0.4 - 0.35 * max(0, a - 34) / 26
                taper = thick * (1 if a < cut - 12 else 0.6)
                sheet.line([tuple(p) for p in line[a : a + 3]], mix(rgb(dark), rgb(bright), np.clip(tone + glow - 0.1, 0, 1)), taper)
    easel.put(sheet)


def _locks(count: int, lock, strands: int) -> list:
    """Paths of hair for both sides of a head, for `_strands`. lock: from side (-1, 1) and number to a lock's points."""
    return [(lock(side, k), strands) for side in (-1, 1) for k in range(count)]


def _hair_behind(easel: Easel) -> None:
    shape = np.maximum(_oval(easel, 500, 412, 226, 246), _oval(easel, 500, 690, 246, 310, 2.6))
    easel.cover(rgb("21150f"), easel.blur(easel.edge(shape + 2.5 * easel.noise(40, 2)), 3))

    def lock(side: int, k: int) -> list:
        x = 150 + 13 * k
        return [
            (500 + side * 2, 184 + 4 * k),
            (500 + side * 0.55 * x, 194 + 8 * k),
            (500 + side * (x + 18), 340),
            (500 + side * (x + 42 - 4 * k), 560),
            (500 + side * (x + 10), 780),
            (500 + side * (x + 40), 1000),
        ]

    _strands(easel, _locks(7, lock, 80), "1c110c", "7c5233", 1.7, 15)


def _body(easel: Easel) -> None:
    """Neck and shoulders in a knitted sweater."""
    x, y = easel.X, easel.Y
    neck = easel.edge(112 + 26 * step(760, 900, y) + 40 * step(860, 960, y) - np.abs(x - 500 + 6)) * (y > 600)
    normal = _normals(np.sqrt(np.clip(150**2 - (x - 494) ** 2, 1, None)).astype(np.float32), easel.scale)
    diffuse, _ = _shaded(normal)
    skin = mix(rgb("5e3426"), rgb("e2ae8c"), diffuse * (1 - 0.62 * _blob(easel, 520, 760, 190, 95)))
    skin = mix(skin, rgb("7e4a36"), 0.35 * _blob(easel, 500, 965, 22, 60))
    easel.cover(skin, neck)
    line = (
        912
        + 130 * (np.abs(x - 500) / 420) ** 1.7
        + 230 * step(330, 560, np.abs(x - 500))
        - 50 * np.exp(-(((np.abs(x - 500) - 150) / 70) ** 2))
    )
    relief = 150 * np.sqrt(np.clip((y - line) / 330, 0, 1)) - 0.0006 * (x - 500) ** 2 + 9 * easel.noise(150, 3, stretch=0.7)
    knit = 1.7 * np.sin(x / 4.2 + 1.2 * np.sin(y / 5)) + 1.2 * np.sin(y / 5)
    diffuse, _ = _shaded(_normals((easel.blur(relief, 4) + knit).astype(np.float32), easel.scale))
    wool = mix(rgb("1d2f3c"), rgb("7d9aa6"), diffuse**1.2)
    wool = mix(wool, rgb("d9cfb8") * (0.35 + 0.7 * diffuse)[..., None], step(1, 0, np.abs(y - line - 22) / 22))
    easel.cover(wool, easel.edge(y - line))


def _face(easel: Easel) -> None:
    x, y = easel.X, easel.Y
    wide = 178 - 26 * step(520, 640, y) * ((y - 520) / 150) - 10 * step(360, 250, y)
    r = np.sqrt(((x - 500) / wide) ** 2 + ((y - 500) / np.where(y < 500, 262, 258)) ** 2)
    inside = (1 - r) * 170
    height = 190 * np.sqrt(np.clip(1 - r**2.3, 0, 1))
    nose = 33 * np.exp(-(((x - 500) / 21) ** 2)) * step(430, 575, y) * step(604, 584, y) * (0.4 + 0.6 * step(440, 590, y))
    nose += 23 * _blob(easel, 500, 580, 27, 20) + 11 * _blob(easel, 470, 588, 15, 13) + 11 * _blob(easel, 530, 588, 15, 13)
    height = height + nose
    for side in (-1, 1):
        height += -22 * _blob(easel, 500 + side * 78, 470, 48, 26) + 9 * _blob(easel, 500 + side * 75, 425, 60, 15)
        height += 15 * _blob(easel, 500 + side * 100, 560, 50, 44) - 5 * _blob(easel, 500 + side * 62, 640, 16, 40)
        height += 11 * _blob(easel, 500 + side * 78, 474, 34, 16)  # the ball of the eye
    height += 12 * _blob(easel, 500, 648, 46, 11) + 15 * _blob(easel, 500, 672, 40, 13) - 7 * _blob(easel, 500, 659, 56, 5)
    height += 14 * _blob(easel, 500, 725, 46, 26) - 5 * _blob(easel, 500, 622, 9, 16) - 8 * _blob(easel, 500, 695, 44, 10)
    normal = _normals(easel.blur(height.astype(np.float32), 3.2), easel.scale)
    diffuse, shine = _shaded(normal, wrap=0.35)
    pores = 0.014 * easel.noise(7, 3, 0.7)
    skin = ramp(diffuse * 1.02 + pores, (0, "6a3a2b"), (0.3, "b0755a"), (0.62, "d89f7c"), (0.85, "efc3a2"), (1, "fbe0c8"))
    for side in (-1, 1):
        skin = mix(skin, rgb("cf6f5c") * (0.4 + 0.7 * diffuse)[..., None], 0.33 * _blob(easel, 500 + side * 100, 585, 55, 42))
    skin = mix(skin, rgb("c4614f") * (0.4 + 0.7 * diffuse)[..., None], 0.3 * _blob(easel, 500, 585, 32, 22))
    skin = skin + (0.2 * shine**22)[..., None] * rgb("fff0e0") * 0.8
    easel.cover(skin, easel.edge(inside))
    _lips(easel, diffuse, shine)
    for side in (-1, 1):
        _eye(easel, 500 + side * 78, 472, side)
    sheet = easel.sheet()
    for side in (-1, 1):
        sheet.disc(500 + side * 15, 597, 8.5, 4, rgb("5a2a20"))
    easel.put(sheet, blur=2.5, alpha=0.75)


def _lips(easel: Easel, diffuse: Array, shine: Array) -> None:
    x = easel.X - 500
    upper = 645 + 0.0036 * x**2 + 5 * np.exp(-((x / 9) ** 2))
    middle = 661 - 0.0011 * x**2 - 1.5 * np.exp(-((x / 14) ** 2))
    lower = 688 - 0.0085 * x**2
    inside = np.minimum(easel.Y - upper, lower - easel.Y)
    color = mix(rgb("6f2a2c"), rgb("d77f76"), diffuse) * np.where(middle > easel.Y, 0.82, 1.0)[..., None]
    color = color * (1 + 0.05 * easel.noise(16, 3, 0.6, 0.3))[..., None] + (0.28 * shine**26)[..., None]
    easel.cover(color, easel.blur(easel.edge(inside / 1.3), 1.6) * 0.9)
    easel.cover(rgb("3c1416"), 0.8 * np.exp(-(((easel.Y - middle) / 2.1) ** 2)) * step(58, 38, np.abs(x)))


def _eye(easel: Easel, cx: float, cy: float, side: int) -> None:
    x, y = easel.X - cx, easel.Y - cy
    t = np.clip(np.abs(x) / 36, 0, 1)
    top, bottom = -17.5 * (1 - t**2.1) - 0.06 * x * side, 12 * (1 - t**2.4) - 0.06 * x * side
    inside = easel.edge(np.minimum(y - top, bottom - y)) * (t < 1)
    ball = rgb("ece4dc") * (0.9 - 0.42 * np.exp(-(((y - top) / 7) ** 2)) - 0.25 * t**3)[..., None]
    r = np.hypot(x + 1, y + 2)
    angle = np.arctan2(y + 2, x + 1)
    iris = mix(rgb("6d7c52"), rgb("a58a55"), 0.5 + 0.5 * np.sin(angle * 19 + 2 * np.sin(angle * 7)))
    iris = mix(iris, rgb("2c2d22"), step(11, 16, r)) * (0.75 + 0.35 * step(-8, 8, y))[..., None]
    ball = mix(ball, iris, easel.edge(15.8 - r))
    ball = mix(ball, rgb("0d0a09"), easel.edge(7.2 - r))
    ball = mix(ball, rgb("ffffff"), easel.edge(3.6 - np.hypot(x + 6, y + 8)))
    easel.cover(ball, inside)
    easel.cover(rgb("7a4636"), 0.5 * np.exp(-(((y - top + 10) / 3.5) ** 2)) * step(1, 0.7, t))
    easel.cover(rgb("1c100c"), 0.92 * np.exp(-(((y - top) / 2.3) ** 2)) * step(1.08, 0.95, np.abs(x) / 36))
    easel.cover(rgb("6a3b2e"), 0.45 * np.exp(-(((y - bottom) / 2.0) ** 2)) * step(1.0, 0.8, t))
    sheet, rng = easel.sheet(), easel.rng
    for _ in range(46):
        u = rng.uniform(-34, 36)
        at = -17.5 * (1 - (abs(u) / 36) ** 2.1) - 0.06 * u * side
        sheet.line([(cx + u, cy + at), (cx + u * 1.12 + side * 2, cy + at - 4 - 5 * (0.5 + u * side / 72))], rgb("1a0f0c"), 1.1)
    for _ in range(230):
        u = rng.uniform(0, 1)
        bx = cx - side * 46 + side * 98 * u
        by = cy - 44 - 15 * np.sin(np.pi * (0.15 + 0.7 * u)) + rng.normal(0, 3.4 * (1 - 0.6 * u))
        sheet.line([(bx, by), (bx + side * rng.uniform(7, 13), by - 3 + 7 * u)], mix(rgb("24150e"), rgb("5c3b28"), rng.uniform(0, 1)), 1.3)
    easel.put(sheet, alpha=0.85)


def _hair_before(easel: Easel) -> None:
    """A middle parting, and hair that falls over both temples."""

    def lock(side: int, k: int) -> list:
        reach = 150 + 7.5 * k
        return [
            (500 + side * 3, 208 + 4 * k),
            (500 + side * (0.5 * reach), 222 + 11 * k),
            (500 + side * (reach + 8), 372 + 6 * k),
            (500 + side * (reach + 26), 560),
            (500 + side * (reach + 6), 720),
            (500 + side * (reach + 34), 900 + 20 * (k % 3)),
        ]

    sheet = easel.sheet()
    for side in (-1, 1):
        sheet.shape(
            [
                (500, 196),
                (500 + side * 120, 205),
                (500 + side * 205, 330),
                (500 + side * 222, 600),
                (500 + side * 176, 600),
                (500 + side * 158, 400),
                (500 + side * 80, 300),
                (500, 246),
            ],
            rgb("24160f"),
        )
    easel.put(sheet, blur=5)
    _strands(easel, _locks(9, lock, 95), "20130d", "94683f", 1.6, 13)


# ---------------------------------------------------------------- sheep


def sheep(width: int) -> Array:
    """A sheep in high grass, others behind it on the hill."""
    easel, horizon = Easel(width, 10), 330
    sky = ramp(easel.Y / horizon, (0, "6fa3d8"), (1, "dcebf2"))
    easel.cover(clouds(easel, sky, (200, 120), horizon, 0.0, "ffffff", "b4c2d4", seed=101))
    ground = terrain(
        easel, lambda x, z: 0.5 * field(x / 6, z / 6, 4, 0.4, 102) * step(2, 9, z) + 1.5 * step(14, 40, z), 1.5, horizon, 1100, 2, 60
    )
    light, fine = ground.lit((-0.5, 0.55, 0.2)), field(ground.x * 3, ground.z * 3, 7, 0.7, 103)
    color = mix(rgb("4c7030"), rgb("a3b258"), step(-1, 1, field(ground.x / 2, ground.z / 2, 3, 0.5, 104))) * (0.95 + 0.14 * fine)[..., None]
    color = mix(color, rgb("2f4a26"), step(0.75, 1.0, field(ground.x / 3, ground.z / 3, 5, 0.55, 105)) * step(8, 14, ground.far))
    color = color * mix(rgb("7384a4"), rgb("fff2cf") * 1.15, 0.15 + 0.9 * light)
    easel.cover(mix(color, rgb("c3d6e2"), 0.85 * (1 - np.exp(-ground.far / 45))), ground.seen.astype(np.float32))
    for x, y, size, face in ((300, 432, 0.17, 1), (930, 418, 0.14, -1), (1085, 455, 0.2, -1), (150, 402, 0.11, 1)):
        _one_sheep(easel, x, y, size, face, 0.25)
    easel.image[:] = easel.blur(easel.image, 1.6)
    _grass(easel, 520, 700, 2600, 34)
    _one_sheep(easel, 640, 690, 1.0, 1, 0.0)
    _grass(easel, 650, 940, 9000, 62)
    return easel.finish(contrast=0.25)


def _one_sheep(easel: Easel, x: float, y: float, size: float, face: int, haze: float) -> None:
    """Its feet at y; `face` 1 looks to the right."""
    sheet, rng, air = easel.sheet(), easel.rng, rgb("b8cad0")
    k = size

    def disc(dx, dy, rx, ry, color):
        sheet.disc(x + face * dx * k, y + dy * k, rx * k, ry * k, mix(color, air, haze))

    def shape(points, color):
        sheet.shape([(x + face * dx * k, y + dy * k) for dx, dy in points], mix(color, air, haze))

    for dx in (-120, -75, 95, 135):
        shape([(dx - 13, -120), (dx + 15, -120), (dx + 10, 5), (dx - 9, 5)], rgb("2e2724") * (0.8 if dx in (-75, 95) else 1.25))
    lumps = []
    for _ in range(int(2600 * min(1, 0.25 + k))):
        a, r = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1))
        dx, dy = 205 * r * np.cos(a), -205 + 118 * r * np.sin(a) * (1 - 0.12 * np.cos(a))
        lumps.append((r * rng.uniform(0.8, 1.1), dx, dy))
    for _, dx, dy in sorted(lumps, reverse=True):
        light = np.clip(0.5 - 0.0016 * dx * face - 0.0038 * (dy + 205) + rng.normal(0, 0.1), 0, 1)
        r = rng.uniform(6, 13)
        color = ramp(np.array([light]), (0, "6e6459"), (0.4, "b5a995"), (0.75, "e9e0cd"), (1, "fdf8ea"))[0]
        disc(dx, dy, r, r * 0.85, color * 0.9)
        disc(dx - 2 * face, dy - 2.5, r * 0.62, r * 0.5, color)
    for _ in range(int(520 * min(1, 0.3 + k))):
        t = rng.uniform(0, 1)
        dx, dy = 150 + 82 * t + rng.normal(0, 20), -232 - 48 * t + rng.normal(0, 25)
        light = np.clip(0.62 - 0.006 * (dy + 250) + rng.normal(0, 0.12), 0, 1)
        disc(dx, dy, rng.uniform(6, 11), rng.uniform(5, 9), mix(rgb("8a7e6f"), rgb("fbf5e6"), light) * 0.95)
    for side in (-1, 1):  # ears, then the head
        shape(
            [(232, -322), (232 + side * 62, -338 + 4 * side), (232 + side * 66, -318), (236 + side * 20, -298)],
            rgb("3d322d") if side < 0 else rgb("564740"),
        )
    t = np.linspace(0, 2 * np.pi, 60)
    for k2 in range(14):
        grow = 1 - k2 / 16
        head = [
            (
                238 + 12 * np.sin(a) * grow - 5 * (1 - grow) + (48 - 12 * np.sin(a)) * np.cos(a) * grow,
                -268 + 76 * np.sin(a) * grow - 12 * (1 - grow),
            )
            for a in t
        ]
        shape(head, mix(rgb("241d1a"), rgb("6d5b50"), (k2 / 13) ** 1.4))
    for _ in range(130):
        dx, dy = rng.normal(234, 19), rng.normal(-332, 9)
        disc(dx, dy, rng.uniform(5, 10), rng.uniform(4, 8), mix(rgb("b5a995"), rgb("fdf8ea"), rng.uniform(0.1, 1)))
    for side in (-1, 1):
        disc(240 + side * 30, -292, 7.5, 6, rgb("c9a94e"))
        disc(240 + side * 30, -292, 5.5, 2.6, rgb("0c0907"))
        disc(238 + side * 28, -295, 1.8, 1.6, rgb("ffffff"))
        disc(246 + side * 10, -205, 3.4, 4.6, rgb("120d0b"))
    sheet.line(
        [(x + face * 233 * k, y - 190 * k), (x + face * 246 * k, y - 196 * k), (x + face * 260 * k, y - 190 * k)],
        mix(rgb("120d0b"), air, haze),
        2.2 * k,
    )
    shadow = np.exp(-(((easel.X - x) / (230 * k)) ** 2) - ((easel.Y - y + 6 * k) / (26 * k)) ** 2)
    easel.cover(easel.image * 0.4, 0.8 * shadow)
    easel.put(sheet)


def _grass(easel: Easel, top: float, bottom: float, count: int, tall: float) -> None:
    """Blades from back to front, some ears and flowers among them."""
    sheet, rng = easel.sheet(), easel.rng
    for y in np.sort(rng.uniform(0, 1, count) ** 0.9) * (bottom - top) + top:
        x, near = rng.uniform(-20, 1300), 0.35 + 0.65 * (y - top) / (bottom - top)
        long, lean = tall * near * rng.uniform(0.6, 1.4), rng.normal(8, 16) * near
        color = mix(mix(rgb("2c4a1e"), rgb("5f8434"), rng.uniform(0, 1)), rgb("c9c878"), rng.uniform(0, 1) ** 3)
        w = 2.6 * near
        sheet.shape(
            [
                (x - w, y),
                (x + w, y),
                (x + lean * 0.45 + w * 0.6, y - long * 0.6),
                (x + lean, y - long),
                (x + lean * 0.45 - w * 0.6, y - long * 0.6),
            ],
            color,
        )
        if rng.random() < 0.02:
            petal = rgb(rng.choice(["f4f1e6", "f0cf4a", "c25a6a", "8f7fc4"]))
            for a in np.linspace(0, 2 * np.pi, 7)[:-1]:
                sheet.disc(x + lean + 4.5 * near * np.cos(a), y - long + 3.5 * near * np.sin(a), 3.2 * near, 2.6 * near, petal)
            sheet.disc(x + lean, y - long, 2.4 * near, 2 * near, rgb("d99a2c"))
    easel.put(sheet)


# ---------------------------------------------------------------- still life


def still_life(width: int) -> Array:
    """A bowl of fruit, a jug and a lemon on a cloth before a dark wall, as Dutch painters lit them."""
    easel = Easel(width, 11)
    wall = mix(rgb("2a2420"), rgb("6f604c"), _blob(easel, 330, 200, 560, 420) + 0.08 * easel.noise(180, 6, 0.6))
    easel.cover(wall)
    _cloth(easel)
    _jug(easel)
    _bowl(easel, 660, 560)
    fruits = (  # x, y, radius, color, kind
        (560, 440, 74, "b8322a", "apple"),
        (745, 432, 80, "c7992e", "apple"),
        (655, 400, 72, "d9782a", "orange"),
        (822, 470, 52, "6e2f4e", "plum"),
        (484, 478, 50, "7a3350", "plum"),
        (660, 478, 74, "a83a2c", "apple"),
        (760, 492, 60, "dd8432", "orange"),
        (575, 500, 56, "8f9a3a", "apple"),
    )
    for fruit in fruits:
        _fruit(easel, *fruit)
    _grapes(easel)
    _bowl(easel, 660, 560, front=True)
    for fruit in ((980, 676, 62, "e3c23c", "lemon"), (330, 700, 66, "b5452f", "apple"), (1085, 716, 40, "6a2c4a", "plum")):
        _contact(easel, fruit[0] + 24, fruit[1] + fruit[2] * 0.86, fruit[2] * 1.25, 17)
        _fruit(easel, *fruit)
    return easel.finish(contrast=0.3, vignette=0.4)


def _contact(easel: Easel, x: float, y: float, rx: float, ry: float) -> None:
    easel.cover(easel.image * np.array([0.24, 0.2, 0.2], np.float32), 0.85 * np.clip(1.3 * _blob(easel, x, y, rx, ry), 0, 1))


def _cloth(easel: Easel) -> None:
    """A linen cloth over the table, with folds, hanging over its edge."""
    edge = 748 + 5 * field(easel.X / 150, easel.X * 0, 3, 0.5, 111)
    folds = 15 * field(easel.X / 190 + easel.Y / 400, easel.Y / 130, 3, 0.42, 112, ridged=True)
    hang = 18 * np.sin(easel.X / 36 + 1.4 * field(easel.X / 200, easel.Y * 0, 2, 0.5, 113)) * step(-4, 40, easel.Y - edge)
    relief = folds * step(50, -20, easel.Y - edge) + hang - 24 * step(-26, 30, easel.Y - edge)
    weave = 0.16 * easel.noise(4, 2, 0.7, 3) + 0.16 * easel.noise(4, 2, 0.7, 0.33)
    diffuse, _ = _shaded(_normals((easel.blur(relief, 2.5) + weave).astype(np.float32), easel.scale), wrap=0.1)
    color = ramp(diffuse, (0, "3d3834"), (0.4, "8a8074"), (0.7, "d6cbb8"), (1, "f6efe0"))
    color = mix(color, rgb("39537a") * (0.25 + 0.8 * diffuse)[..., None], step(10, 7, np.abs(easel.Y - 640 - 0.06 * (easel.X - 640))) * 0.6)
    far = step(560, 600, easel.Y)
    color = color * (0.62 + 0.38 * _blob(easel, 420, 660, 700, 300))[..., None]
    easel.cover(color, easel.edge(easel.Y - 586 - 3 * field(easel.X / 90, easel.X * 0, 3, 0.5, 114)) * far)


def _turned(easel: Easel, x: float, rows: Array, radius: Array) -> tuple[Array, Array, Array]:
    """Something turned on a wheel: alpha, diffuse light, highlights. radius: by row, in units; 0 where it is not."""
    r = np.interp(easel.Y[:, 0], rows, radius, left=0, right=0)
    inside, kernel = r > 0, np.hanning(max(3, int(44 * easel.scale)))
    padded = np.pad(np.interp(easel.Y[:, 0], rows, radius), len(kernel), mode="edge")
    soft = np.convolve(padded, kernel / kernel.sum(), "same")[len(kernel) : -len(kernel)]
    r = np.where(inside, soft, 0).astype(np.float32)[:, None]
    u = np.clip((easel.X - x) / np.maximum(r, 1), -1, 1)
    slope = np.gradient(r[:, 0], 1 / easel.scale)[:, None]
    normal = np.stack([u + 0 * r, -slope + 0 * u, np.sqrt(1 - u * u) + 0 * r])
    normal /= np.linalg.norm(normal, axis=0)
    diffuse, shine = _shaded(normal, wrap=0.12)
    return easel.edge(r - np.abs(easel.X - x)) * (r > 1), diffuse, shine


def _jug(easel: Easel) -> None:
    _contact(easel, 330, 618, 170, 20)
    rows = np.array([232, 240, 262, 330, 400, 470, 540, 600, 616, 620])
    alpha, diffuse, shine = _turned(easel, 290, rows, np.array([62, 66, 54, 46, 74, 112, 118, 88, 80, 72]))
    sheet = easel.sheet()
    handle = [(220 - 62 * np.sin(t), 300 + 70 - 75 * np.cos(t)) for t in np.linspace(0, np.pi, 40)]
    sheet.line([(x + 12, y) for x, y in handle], rgb("3a4a56"), 24)
    sheet.line([(x + 8, y - 3) for x, y in handle], rgb("8fa2ac"), 8)
    easel.put(sheet, blur=1)
    figure = field((easel.X - 290) / 40, easel.Y / 40, 3, 0.5, 115)
    glaze = mix(rgb("aebcc4"), rgb("2f4f86"), step(0.5, 0.8, figure) * step(420, 440, easel.Y) * step(575, 555, easel.Y))
    glaze = mix(glaze, rgb("2f4f86"), step(3, 2, np.abs(easel.Y - 415)) + step(3, 2, np.abs(easel.Y - 580)))
    color = glaze * (0.1 + 0.95 * diffuse)[..., None] + (0.75 * shine**60)[..., None]
    easel.cover(color, alpha)
    sheet = easel.sheet()
    sheet.disc(290, 234, 63, 12, rgb("9fb0ba"))
    sheet.disc(291, 235, 55, 9, rgb("16181c"))
    easel.put(sheet)


def _bowl(easel: Easel, x: float, y: float, front: bool = False) -> None:
    """A wide bowl on a foot: its inside behind the fruit, or its front before them."""
    if not front:
        _contact(easel, x + 40, y + 122, 250, 24)
        sheet = easel.sheet()
        sheet.disc(x, y - 40, 250, 46, rgb("5c4128"))
        sheet.disc(x, y - 36, 240, 40, rgb("2a1c10"))
        easel.put(sheet)
        return
    t = np.linspace(0, 1, 24)
    rows = np.concatenate([y - 40 + 118 * t, [y + 84, y + 96, y + 116, y + 122]])
    radius = np.concatenate([250 * np.sqrt(1 - (0.93 * t) ** 2.2), [70, 66, 104, 108]])
    alpha, diffuse, shine = _turned(easel, x, rows, radius)
    alpha = alpha * easel.edge((easel.Y - (y - 40)) - 46 * np.sqrt(np.clip(1 - ((easel.X - x) / 250) ** 2, 0, 1)) * (y + 10 > easel.Y) + 0)
    color = mix(rgb("24150c"), rgb("b98650"), diffuse) * (1 + 0.06 * field(easel.X / 40, easel.Y / 5, 4, 0.6, 116))[..., None]
    easel.cover(color + (0.5 * shine**40)[..., None] * rgb("ffe9c4"), alpha)
    rim = np.abs(np.hypot((easel.X - x) / 250, (easel.Y - y + 40) / 46) - 1) * 60
    easel.cover(mix(rgb("6a4a2a"), rgb("e0b67c"), step(150, -200, easel.X - x)), step(6, 3, rim) * (y - 38 < easel.Y))


def _fruit(easel: Easel, x: float, y: float, r: float, code: str, kind: str) -> None:
    tall, wide = {"apple": (0.93, 1.0), "orange": (1, 1), "plum": (1.05, 0.95), "lemon": (0.78, 1.25)}[kind]
    u, v = (easel.X - x) / (r * wide), (easel.Y - y) / (r * tall)
    if kind == "lemon":
        v = v * (1 + 0.5 * np.clip(np.abs(u) - 0.75, 0, 1))
    d = u * u + v * v
    z = np.sqrt(np.clip(1 - d, 0, 1))
    dimple = np.exp(-((u / 0.3) ** 2) - ((v + 0.78) / 0.16) ** 2) if kind == "apple" else 0 * u
    bumps = 0.035 * easel.noise(5, 2) if kind in ("orange", "lemon") else 0 * u
    normal = np.stack([u + bumps, v + 0.9 * dimple + bumps, z + 0.02])
    normal /= np.linalg.norm(normal, axis=0)
    diffuse, shine = _shaded(normal, wrap=0.15)
    base = np.ones_like(normal).transpose(1, 2, 0).astype(np.float32) * rgb(code)
    if kind == "apple":
        streaks = field(np.arctan2(u, v + 1.6) * 9, easel.Y / 160, 4, 0.6, int(x))
        base = mix(base, mix(rgb("d8b24a"), rgb(code), 0.25), np.clip(0.35 + 0.5 * streaks, 0, 1) * step(-0.6, 0.7, u + 0.3 * v))
    if kind == "plum":
        base = mix(base, rgb("9d90b4"), 0.4 * step(0, 1.4, easel.noise(30, 3)))
    below = step(0.3, 1.0, v) * 0.35
    color = (
        base * (0.1 + 1.05 * diffuse * (1 - below))[..., None]
        + (0.7 * shine ** (34 if kind == "apple" else 16) * (1 if kind == "apple" else 0.35))[..., None]
    )
    color = color + (0.1 * step(0.4, 1, u) * z)[..., None] * rgb("a07850")
    halo = np.exp(-np.clip(np.sqrt(d) - 1, 0, None) * 9) * (d > 1)
    easel.cover(easel.image * 0.5, 0.55 * halo * step(-1.0, 0.6, u + v))
    easel.cover(color, easel.edge((1 - np.sqrt(d)) * r * min(tall, wide)))
    if kind == "apple":
        sheet = easel.sheet()
        sheet.line([(x, y - r * 0.76), (x + r * 0.05, y - r * 1.0), (x + r * 0.16, y - r * 1.16)], rgb("3a2818"), 4.5)
        easel.put(sheet)


def _grapes(easel: Easel) -> None:
    """A bunch that hangs over the bowl's rim."""
    rng = easel.rng
    places = sorted((rng.uniform(0, 1), rng.normal(0, 1)) for _ in range(34))
    for t, s in places:
        x, y = 800 + 105 * t + 34 * s * (1 - 0.5 * t), 500 + 130 * t**1.4 + 12 * s
        _fruit(easel, x, y, 21, "5c6e2e", "plum")


PICTURES = {"portrait": portrait, "sheep": sheep, "still_life": still_life}
