"""A flat illustration of few colors, and a village in a winter night."""

from __future__ import annotations

import numpy as np

from .easel import Array, Easel, Sheet, field, mix, ramp, rgb, step


def flat(width: int) -> Array:
    """Hills, a tree, a house and the sun in flat colors, as a vector illustration."""
    easel = Easel(width, 14)
    sheet = easel.sheet()
    for k, code in enumerate(("fde2b3", "fcd59a", "fac682", "f8b56c")):
        sheet.box(0, k * 130, 1280, 860, rgb(code))
    for r, code in ((150, "fce9c4"), (112, "fdf3da"), (78, "ffffff")):
        sheet.disc(900, 250, r, r, rgb(code))
    for x, y, s in ((220, 130, 1.0), (560, 90, 0.7), (1120, 120, 0.85)):
        for dx, dy, r in ((-70, 0, 28), (-30, -16, 38), (22, -20, 44), (70, 0, 30)):
            sheet.disc(x + dx * s, y + dy * s, r * s, r * s, rgb("fff6e4"))
        sheet.box(x - 72 * s, y, x + 72 * s, y + 29 * s, rgb("fff6e4"))
    x = np.arange(0, 1285, 4)
    peaks = [
        (0, 470),
        (110, 330),
        (200, 420),
        (330, 250),
        (470, 430),
        (590, 340),
        (720, 470),
        (860, 380),
        (980, 450),
        (1120, 300),
        (1280, 440),
    ]
    sheet.shape([*peaks, (1280, 860), (0, 860)], rgb("d98f78"))
    for px, py in ((110, 330), (330, 250), (1120, 300)):
        sheet.shape([(px, py), (px + 34, py + 48), (px + 8, py + 36), (px - 10, py + 54), (px - 30, py + 38)], rgb("fbe6d2"))
    for level, rise, wave, phase, code in ((470, 40, 210, 0.3, "b86f72"), (545, 46, 250, 2.1, "8d5a72"), (620, 34, 180, 4.4, "5f4a6c")):
        line = level - rise * np.sin(x / wave * 2 + phase) - 0.4 * rise * np.sin(x / wave * 4.7 + phase)
        sheet.shape([*zip(x, line), (1284, 860), (0, 860)], rgb(code))
        if code != "5f4a6c":
            for px in range(30, 1280, 47 if code == "8d5a72" else 61):
                y = line[px // 4] + 6
                tall = 34 + 17 * np.sin(px * 1.7)
                sheet.shape([(px - tall * 0.3, y), (px + tall * 0.3, y), (px, y - tall)], rgb("754b68" if code == "8d5a72" else "a05f6c"))
    line = 720 - 46 * np.sin(x / 240 + 0.5)
    sheet.shape([*zip(x, line), (1284, 860), (0, 860)], rgb("3c3a5c"))
    door = line[200] + 12
    t = np.linspace(0, 1, 40)
    middle, half = 799 + 60 * np.sin(4.6 * t) - 170 * t**2, 13 + 62 * t**1.6
    rows = door - 4 + (870 - door) * t
    sheet.shape([*zip(middle - half, rows), *zip((middle + half)[::-1], rows[::-1])], rgb("e3a87c"))
    _cottage(sheet, 800, door)
    _round_tree(sheet, 300, line[75] + 14)
    for px in (70, 130, 1010, 1080, 1150, 1225):
        y, tall = line[px // 4] + 14, 120 + 36 * np.sin(px)
        sheet.box(px - 5, y - 20, px + 5, y + 6, rgb("2a2744"))
        for k in range(3):
            w = tall * (0.34 - 0.08 * k)
            sheet.shape(
                [(px - w, y - 14 - tall * 0.26 * k), (px + w, y - 14 - tall * 0.26 * k), (px, y - 14 - tall * (0.46 + 0.27 * k))],
                rgb(("2f5560", "38666a", "447a74")[k]),
            )
    for px, py in ((480, 210), (520, 190), (548, 226), (600, 206)):
        sheet.line([(px - 13, py - 6), (px, py), (px + 13, py - 6)], rgb("5f4a6c"), 3)
    easel.put(sheet)
    return easel.finish(grain=0, vignette=0)


def _cottage(sheet: Sheet, x: float, y: float) -> None:
    sheet.box(x - 62, y - 74, x + 62, y, rgb("f6e3c8"))
    sheet.box(x + 20, y - 74, x + 62, y, rgb("e0c4a6"))
    sheet.box(x + 26, y - 150, x + 44, y - 100, rgb("8d5a72"))
    sheet.shape([(x - 78, y - 72), (x + 78, y - 72), (x, y - 138)], rgb("c4534c"))
    sheet.box(x - 16, y - 42, x + 14, y, rgb("754b3c"))
    for px in (-46, 32):
        sheet.box(x + px, y - 52, x + px + 20, y - 28, rgb("fcd15c"))


def _round_tree(sheet: Sheet, x: float, y: float) -> None:
    sheet.shape([(x - 20, y), (x + 22, y), (x + 11, y - 190), (x - 9, y - 190)], rgb("5a3b4a"))
    for side, top in ((-1, 210), (1, 240)):
        sheet.line([(x, y - 130), (x + side * 66, y - top)], rgb("5a3b4a"), 11)
    for dx, dy, r, code in (
        (-84, -240, 76, "2f5560"),
        (84, -250, 82, "2f5560"),
        (0, -300, 110, "38666a"),
        (-50, -330, 74, "447a74"),
        (40, -350, 66, "5b9682"),
    ):
        sheet.disc(x + dx, y + dy, r, r, rgb(code))
    for k in range(11):
        sheet.disc(x - 100 + 20 * k, y - 262 - 70 * abs(np.sin(k * 2.3)), 8, 8, rgb("f0875c"))


def night(width: int) -> Array:
    """A village under snow by moonlight: lit windows, smoke, firs, stars."""
    easel = Easel(width, 15)
    rng, moon = easel.rng, (985, 150)
    easel.cover(ramp(easel.Y / 560, (0, "0a1230"), (0.6, "1d2f5a"), (1, "43557e")))
    sheet = easel.sheet()
    for _ in range(420):
        y, size = 520 * rng.random() ** 1.3, 0.5 + 1.1 * rng.random() ** 4
        sheet.disc(rng.uniform(0, 1280), y, size, size, rgb("c9d6f4") * rng.uniform(0.35, 1))
    easel.put(sheet)
    r = np.hypot(easel.X - moon[0], easel.Y - moon[1])
    easel.light(rgb("9db4e0"), 0.55 * np.exp(-r / 95) + 0.22 * np.exp(-r / 330))
    seas = mix(rgb("fbf6e2"), rgb("c3c2b8"), step(0.2, 1.3, field(easel.X / 24, easel.Y / 24, 4, 0.5, 141)))
    easel.cover(seas, easel.edge(44 - r))
    veil = step(0.3, 1.8, field(easel.X / 240, easel.Y / 44, 6, 0.55, 142))
    easel.cover(mix(rgb("35456e"), rgb("a9b6d4"), np.exp(-r / 170)), 0.55 * veil * step(430, 60, easel.Y))
    for level, rise, cell, tone, seed in ((455, 62, 170, "5b6d98", 143), (520, 46, 210, "42527e", 144)):
        line = level - rise * field(easel.X / cell, easel.X * 0, 5, 0.45, seed)
        wood = step(0.0, 0.7, field(easel.X / 60, easel.Y / 26, 5, 0.6, seed + 5)) * step(0, 50, easel.Y - line)
        snow = rgb(tone) * (1 + 0.1 * field(easel.X / 30, easel.Y / 20, 5, 0.6, seed + 9))[..., None]
        easel.cover(mix(snow, rgb("1c2a46"), 0.75 * wood), easel.edge(easel.Y - line))
    rows = ((566, 0.5, 15), (622, 0.72, 10), (700, 1.05, 7))
    for y, size, count in rows:
        _snow(easel, y - 26 * size, size)
        places = [(k + rng.uniform(0.1, 0.75)) * 1280 / count for k in range(count)]
        for x in places:
            if rng.random() < 0.3 and size < 1:
                _fir(easel, x, y + rng.uniform(-8, 20), 120 * size * rng.uniform(0.8, 1.3))
            else:
                _house(easel, x, y + rng.uniform(-14, 18) * size, size * rng.uniform(0.85, 1.15))
        if size == 0.5:
            _chapel(easel, 610, 575)
    _snow(easel, 740, 1.4)
    for x, y, tall in ((60, 850, 330), (175, 862, 220), (1225, 858, 380), (1120, 872, 200)):
        _fir(easel, x, y, tall)
    _lane(easel)
    flakes = easel.sheet()
    for _ in range(260):
        s = rng.uniform(0.8, 2.2)
        flakes.disc(rng.uniform(0, 1280), rng.uniform(0, 853), s, s, rgb("dfe7f6"))
    easel.put(flakes, blur=0.7, alpha=0.55)
    return easel.finish(grain=0.012, vignette=0.25)


def _snow(easel: Easel, level: float, size: float) -> None:
    line = level - 16 * size * field(easel.X / 260, easel.X * 0 + size, 3, 0.4, 145)
    drift = field(easel.X / (90 * size), easel.Y / (14 * size), 5, 0.5, 146)
    color = mix(
        rgb("2f4272"), rgb("8ea3cf"), step(-2.2, 2.0, 0.55 * drift + 1.5 * np.exp(-np.clip(easel.Y - line, 0, None) / (16 * size)) - 0.3)
    )
    easel.cover(color, easel.edge(easel.Y - line))


def _house(easel: Easel, x: float, y: float, k: float) -> None:
    """A timbered house with snow on its roof; its windows light the snow before it."""
    sheet, rng = easel.sheet(), easel.rng
    w, h, rise = 62 * k * rng.uniform(0.8, 1.25), 62 * k, 62 * k
    wall = mix(rgb("33314a"), rgb("54485a"), rng.uniform(0, 1))
    sheet.box(x - w, y - h, x + w, y + 4, wall)
    sheet.shape([(x - w, y - h), (x + w, y - h), (x, y - h - rise)], wall * 0.9)
    for dx in (-w, -w / 3, w / 3, w):
        sheet.line([(x + dx, y), (x + dx, y - h)], rgb("1d1a26"), 3 * k)
    sheet.line([(x - w, y - h), (x + w, y - h)], rgb("1d1a26"), 3.4 * k)
    cx = x + w * rng.uniform(-0.5, 0.5)
    sheet.box(cx - 7 * k, y - h - rise * 1.05, cx + 7 * k, y - h - rise * 0.4, rgb("2c2632"))
    sheet.box(cx - 8 * k, y - h - rise * 1.1, cx + 8 * k, y - h - rise * 1.04, rgb("c4d2ee"))
    thick = 13 * k
    for side, tone in ((-1, "7688b8"), (1, "c6d4f0")):
        sheet.shape(
            [
                (x, y - h - rise - thick),
                (x + side * (w + 11 * k), y - h + 9 * k - thick * 0.6),
                (x + side * (w + 9 * k), y - h + 9 * k),
                (x, y - h - rise + 2),
            ],
            rgb(tone),
        )
    glows = []
    for row, places in ((0.62, (-0.66, 0.0, 0.66)), (1.32, (0.0,))):
        for dx in places:
            lit = rng.random() < 0.62
            px, py, a, b = x + dx * w, y - h * row, 8 * k, 11 * k
            color = rgb(rng.choice(["ffc964", "ffb648", "ffe09a"])) if lit else rgb("1a2036")
            sheet.box(px - a - 2 * k, py - b - 2 * k, px + a + 2 * k, py + b + 2 * k, rgb("1d1a26"))
            sheet.box(px - a, py - b, px + a, py + b, color)
            sheet.line([(px, py - b), (px, py + b)], rgb("1d1a26"), 1.6 * k)
            sheet.line([(px - a, py), (px + a, py)], rgb("1d1a26"), 1.6 * k)
            sheet.box(px - a - 3 * k, py + b + 1 * k, px + a + 3 * k, py + b + 4 * k, rgb("b7c6e8"))
            if lit:
                glows.append((px, py))
    easel.put(sheet)
    for px, py in glows:
        easel.lamp(rgb("ff9d3c"), px, py, 24 * k, 24 * k, 0.28)
        easel.lamp(rgb("ffab50"), px, y + 14 * k, 22 * k, 12 * k, 0.34)
    top, foot = (int(np.clip((y - h - rise - up * k) * easel.scale, 0, easel.H)) for up in (300, 0))
    left, right = (int(np.clip((cx + side * k) * easel.scale, 0, easel.W)) for side in (-60, 190))
    X, Y = easel.X[top:foot, left:right], easel.Y[top:foot, left:right]
    if X.size:
        t = np.clip((y - h - rise - Y) / (150 * k), 0, 2)
        plume = np.exp(-(((X - cx - 46 * k * t**1.4 - 9 * k * np.sin(4 * t + x)) / (7 * k + 24 * k * t)) ** 2))
        plume = 0.42 * plume * step(0, 0.06, t) * np.exp(-1.6 * t) * step(2, 1.6, t) * (0.8 + 0.2 * field(X / 22, Y / 22, 3, 0.5, 147))
        easel.image[top:foot, left:right] = mix(easel.image[top:foot, left:right], rgb("a5b3d2"), plume)


def _chapel(easel: Easel, x: float, y: float) -> None:
    sheet = easel.sheet()
    sheet.box(x - 17, y - 130, x + 17, y, rgb("3f4568"))
    sheet.box(x + 4, y - 130, x + 17, y, rgb("6b78a4"))
    sheet.shape([(x - 22, y - 128), (x + 22, y - 128), (x, y - 232)], rgb("39456e"))
    sheet.shape([(x + 3, y - 128), (x + 22, y - 128), (x, y - 232)], rgb("aebde0"))
    sheet.line([(x, y - 230), (x, y - 250)], rgb("1d1a26"), 2)
    sheet.box(x - 5, y - 112, x + 3, y - 92, rgb("ffc964"))
    easel.put(sheet)


def _fir(easel: Easel, x: float, base: float, tall: float) -> None:
    """A fir under snow, the moon at its right."""
    sheet, rng = easel.sheet(), easel.rng
    rows = int(9 + tall / 22)
    for k in range(rows):
        t = k / rows
        y, reach = base - tall * (0.05 + 0.92 * t), tall * 0.24 * (1 - t) + 2
        for _ in range(14):
            r = reach * rng.uniform(-1.05, 1.05)
            drop = abs(r) * 0.42 + tall * 0.02
            sheet.shape(
                [(x + 0.3 * r, y - 2), (x + r, y + drop), (x + 0.5 * r, y + drop + tall * 0.03)],
                mix(rgb("0c1526"), rgb("25385a"), rng.uniform(0, 1)),
            )
            if rng.random() < 0.55:
                snow = mix(rgb("4f629a"), rgb("d5e0f8"), np.clip(0.45 + 0.5 * r / reach, 0, 1))
                sheet.shape(
                    [(x + 0.35 * r, y), (x + r, y + drop), (x + 0.75 * r, y + drop + tall * 0.012), (x + 0.4 * r, y + drop * 0.5)], snow
                )
    easel.put(sheet)


def _lane(easel: Easel) -> None:
    """Footsteps that lead in, and a lantern on a post."""
    sheet = easel.sheet()
    for k in range(16):
        t = k / 16
        x, y = 560 + 130 * t**1.5 + (7 - 4 * t) * (-1) ** k, 846 - 118 * t**0.7
        sheet.disc(x, y, 8 * (1 - 0.7 * t), 3.6 * (1 - 0.7 * t), rgb("2a3a66"))
    easel.put(sheet, blur=0.8)
    sheet = easel.sheet()
    sheet.line([(390, 826), (390, 676)], rgb("15131c"), 6)
    sheet.line([(390, 690), (418, 690), (418, 700)], rgb("15131c"), 4)
    sheet.shape([(408, 704), (428, 704), (432, 736), (404, 736)], rgb("ffd477"))
    sheet.shape([(402, 706), (434, 706), (418, 692)], rgb("c6d4f0"))
    sheet.line([(404, 737), (432, 737)], rgb("15131c"), 3)
    easel.put(sheet)
    near = np.hypot(easel.X - 418, easel.Y - 722)
    easel.light(rgb("ffab50"), 0.5 * np.exp(-near / 34) + 0.4 * np.exp(-(((easel.X - 418) / 120) ** 2) - ((easel.Y - 826) / 24) ** 2))


PICTURES = {"flat": flat, "night": night}
