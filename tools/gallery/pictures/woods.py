"""Trees: a forest whose trunks cross the frame's edges, and a tall tree in portrait format."""

from __future__ import annotations

import numpy as np

from .easel import Array, Easel, clouds, field, mix, ramp, rgb, step, terrain


def forest(width: int) -> Array:
    """Beeches and pines in morning mist, with light that falls between them and ferns on the ground."""
    easel = Easel(width, 12)
    glow = np.exp(-(((easel.X - 800) / 420) ** 2) - ((easel.Y - 300) / 330) ** 2)
    easel.cover(mix(ramp(easel.Y / 853, (0, "7f9a86"), (0.55, "c3cfae"), (1, "8f9a6c")), rgb("fbf3cf"), 0.85 * glow))
    easel.cover(rgb("6f8a66"), 0.55 * step(0.0, 1.3, easel.noise(90, 6, 0.62)) * step(430, 80, easel.Y))
    rng = easel.rng
    for depth in range(6):
        near = depth / 5
        haze = 0.8 * (1 - near) ** 1.15
        ground = 520 + 170 * near**1.5
        _floor(easel, ground, near, haze, glow)
        for _ in range((22, 17, 12, 8, 5, 0)[depth]):
            _trunk(
                easel,
                rng.uniform(-30, 1310),
                ground + rng.uniform(0, 22 + 30 * near),
                (9, 14, 23, 38, 60, 0)[depth] * rng.uniform(0.75, 1.25),
                haze,
                glow,
            )
        if depth == 5:
            for x, base, w in ((-6, 900, 150), (398, 838, 96), (1216, 930, 178)):
                _trunk(easel, x, base, w, 0.0, glow)
        _leaves(easel, near, haze)
    _rays(easel)
    _ferns(easel)
    return easel.finish(contrast=0.3, vignette=0.3)


def _floor(easel: Easel, top: float, near: float, haze: float, glow: Array) -> None:
    line = top + 14 * (0.3 + near) * field(easel.X / 170, easel.X * 0, 4, 0.5, int(120 + 7 * near * 10))
    litter = field(easel.X / (9 + 15 * near), easel.Y / (4 + 7 * near), 5, 0.7, int(130 + 10 * near))
    patch = field(easel.X / 150, easel.Y / 30, 4, 0.5, int(150 + 10 * near))
    color = mix(rgb("3c3a1f"), rgb("8b7a3f"), step(-1.4, 1.4, litter))
    color = mix(color, rgb("5d7a34") * (1 + 0.25 * litter)[..., None], step(-0.1, 0.8, patch))
    sun = step(0.35, 1.0, field(easel.X / 120 + easel.Y / 90, easel.Y / 16, 4, 0.55, int(160 + 10 * near))) * (0.3 + 0.7 * glow)
    color = mix(color, color * 1.8 + rgb("302408"), 0.7 * sun)
    easel.cover(mix(color, mix(rgb("b9c6a4"), rgb("f2ebc6"), glow), haze), easel.edge(easel.Y - line))


def _trunk(easel: Easel, x: float, base: float, w: float, haze: float, glow: Array) -> None:
    """One trunk from above the frame down to `base`, with bark, moss on its shaded side, roots, and broken twigs."""
    rng, seed = easel.rng, int(easel.rng.integers(1000))
    pad = w * 1.6 + 40
    low, high = (int(np.clip((x + side * pad) * easel.scale, 0, easel.W)) for side in (-1, 1))
    if high - low < 2:
        return
    part = np.s_[:, low:high]
    X, Y = easel.X[part], easel.Y[part]
    rows = Y[:, 0] / 853
    lean = rng.normal(0, 0.035)
    center = x + (lean * (base - Y[:, :1]) + w * 0.16 * field(rows[:, None] * 2.2, rows[:, None] * 0 + seed, 3, 0.5, 121))
    half = 0.5 * w * (0.82 + 0.24 * rows[:, None]) * (1 + 0.07 * field(Y[:, :1] / (w * 1.4), Y[:, :1] * 0 + seed, 3, 0.5, 122))
    half = half + 0.42 * w * np.exp(-np.clip(base - Y[:, :1], 0, None) / (0.62 * w)) * (
        1 + 0.4 * field(X / (0.3 * w), Y * 0, 2, 0.5, seed % 7)
    )
    u = (X - center) / half
    bark = field(X / (w * 0.16) + seed, Y / (w * 0.75), 6, 0.62, 123, ridged=True)
    fine = field(X / (w * 0.06) + seed, Y / (w * 0.12), 4, 0.65, 124)
    side = np.sign(800 - x) or 1
    light = step(-1.0, 1.0, u * side) ** 1.3
    color = mix(
        rgb("2a2119"), rgb("8d7a5f"), np.clip(0.42 * step(-1.2, 1.1, bark + 0.4 * fine) + 0.62 * light * step(1.25, 0.6, np.abs(u)), 0, 1)
    )
    moss = step(0.0, 0.9, field(X / w + seed, Y / (1.5 * w), 4, 0.6, 125) - 0.7 * u * side + 1.3 * step(base - 3 * w, base, Y) - 0.5)
    color = mix(color, rgb("55692f") * (0.75 + 0.35 * light + 0.2 * fine)[..., None], 0.75 * moss)
    rim = np.exp(-(((u * side - 0.88) / 0.16) ** 2))
    color = mix(color, rgb("f4dfa0"), 0.55 * rim * (0.35 + glow[part]))
    color = mix(color, mix(rgb("aebd9c"), rgb("f5eecb"), glow[part]), haze)
    foot = base + 0.1 * w * field(X / (0.4 * w), X * 0 + seed, 2, 0.5, 126)
    alpha = np.clip((1 - np.abs(u)) * half * easel.scale + 0.5, 0, 1) * np.clip((foot - Y) * easel.scale + 0.5, 0, 1)
    spot = easel.image[part]
    shadow = np.exp(-np.abs(Y - base) / (0.16 * w)) * np.exp(-(((X - x) / (1.2 * w)) ** 2)) * (1 - haze) * 0.6
    spot[:] = spot * (1 - shadow[..., None])
    spot[:] = mix(spot, color, alpha)


def _leaves(easel: Easel, near: float, haze: float) -> None:
    """Leaves that hang in from above, in sprays."""
    sheet, rng = easel.sheet(), easel.rng
    for _ in range(int(15 + 16 * near)):
        x, y, size = rng.uniform(-60, 1340), rng.uniform(-60, 60 + 190 * (1 - near) + 110 * near * rng.random()), 26 + 80 * near
        droop, turn = rng.uniform(0.2, 0.9), rng.choice([-1, 1])
        for _ in range(46):
            t = rng.uniform(0, 1)
            px, py = x + turn * size * 2.4 * t + rng.normal(0, size * 0.32), y + size * droop * t * t + rng.normal(0, size * 0.24)
            r, a = size * rng.uniform(0.05, 0.12), rng.uniform(0, 2 * np.pi)
            light = np.clip(rng.uniform(0, 1) + 0.3 * np.exp(-(((px - 800) / 300) ** 2)), 0, 1)
            color = mix(mix(rgb("23401e"), rgb("a4b848"), light), rgb("d3dcb2"), haze)
            dx, dy = r * np.cos(a), r * np.sin(a)
            sheet.shape([(px - dx, py - dy), (px - dy * 0.5, py + dx * 0.5), (px + dx, py + dy), (px + dy * 0.5, py - dx * 0.5)], color)
    easel.put(sheet)


def _rays(easel: Easel) -> None:
    """Light in the mist, from the upper right."""
    angle = np.arctan2(easel.Y + 320, easel.X - 930)
    beams = step(0.0, 1.2, field(angle * 9, angle * 0, 4, 0.55, 127)) * np.exp(-(((easel.X - 760) / 400) ** 2))
    easel.light(rgb("fff1c0"), 0.33 * beams * step(853, 250, easel.Y) * step(-50, 160, easel.Y))


def _ferns(easel: Easel) -> None:
    sheet, rng = easel.sheet(), easel.rng
    places = sorted((rng.uniform(700, 900), rng.uniform(-30, 1310)) for _ in range(46))
    for y, x in places:
        size = 45 + 0.5 * (y - 690)
        for _ in range(9):
            a, bend = rng.uniform(-1.25, 1.25), rng.uniform(0.3, 0.8)
            for t in np.linspace(0.1, 1, 20):
                px, py = x + size * np.sin(a) * t, y - size * np.cos(a) * t + size * bend * t * t * 0.6
                wide = size * 0.24 * (1 - t) + 2
                color = mix(rgb("203817"), rgb("93ab48"), np.clip(t * 0.7 + rng.normal(0.1, 0.13), 0, 1))
                for side in (-1, 1):
                    sheet.line(
                        [(px, py), (px + side * wide * np.cos(a) + 3 * np.sin(a), py + side * wide * np.sin(a) * 0.6 + wide * 0.25)],
                        color,
                        2.0,
                    )
    easel.put(sheet)


# ---------------------------------------------------------------- tree


def tree(width: int) -> Array:
    """A tall tree in a meadow in summer, in portrait format, 2:3; its crown crosses the frame's sides."""
    easel, horizon = Easel(max(16, round(width * 0.7)), 13, 800, 1200), 900
    sky = ramp(easel.Y / horizon, (0, "3f7cc0"), (0.6, "9cc3e4"), (1, "eef0e2"))
    easel.cover(clouds(easel, sky, (150, 300), horizon, 0.1, "ffffff", "a7b6cc", seed=134, size=1.2))
    ground = terrain(
        easel,
        lambda x, z: (
            0.5 * field(x / 7, z / 7, 4, 0.4, 132) * step(5, 14, z) + 1.2 * step(16, 45, z) * (1 + 0.4 * field(x / 9, z / 9, 4, 0.5, 133))
        ),
        1.7,
        horizon,
        1000,
        2.5,
        60,
    )
    light, fine = ground.lit((-0.7, 0.5, 0.1)), field(ground.x * 3, ground.z * 3, 7, 0.7, 134)
    color = (
        mix(rgb("56782f"), rgb("b9b558"), step(-0.8, 1, field(ground.x / 3, ground.z / 3, 3, 0.5, 135))) * (0.95 + 0.15 * fine)[..., None]
    )
    color = mix(color, rgb("35502a"), step(0.5, 0.8, field(ground.x / 3, ground.z / 3, 5, 0.55, 136)) * step(12, 20, ground.far))
    color = color * mix(rgb("7183a3"), rgb("fff1cc") * 1.15, 0.15 + 0.9 * light)
    easel.cover(mix(color, rgb("bcd2e4"), 0.85 * (1 - np.exp(-ground.far / 45))), ground.seen.astype(np.float32))
    easel.cover(
        easel.image * np.array([0.42, 0.48, 0.5], np.float32), 0.9 * np.exp(-(((easel.X - 450) / 270) ** 2) - ((easel.Y - 1052) / 34) ** 2)
    )
    _tree(easel, 400, 1050)
    _meadow(easel)
    return easel.finish(contrast=0.25)


def _tree(easel: Easel, x: float, base: float) -> None:
    rng, wood, tips = easel.rng, easel.sheet(), []

    def branch(px, py, angle, long, thick, level):
        for _ in range(4):
            angle += rng.normal(0, 0.12)
            qx, qy = px + long / 4 * np.sin(angle), py - long / 4 * np.cos(angle)
            wood.line([(px, py), (qx, qy)], rgb("35291f"), thick)
            wood.disc(qx, qy, thick / 2, thick / 2, rgb("35291f"))
            wood.line([(px - thick * 0.27, py), (qx - thick * 0.27, qy)], rgb("826a50"), thick * 0.3)
            wood.line([(px - thick * 0.05, py), (qx - thick * 0.05, qy)], rgb("55432f"), thick * 0.22)
            px, py, thick = qx, qy, thick * 0.93
        if level == 0:
            tips.append((px, py))
            return
        for turn in (rng.uniform(-0.72, -0.3), rng.uniform(-0.15, 0.15), rng.uniform(0.3, 0.72)):
            branch(px, py, angle * 0.72 + turn, long * rng.uniform(0.66, 0.84), thick * rng.uniform(0.52, 0.68), level - 1)

    wood.shape([(x - 74, base + 8), (x - 38, base - 60), (x + 40, base - 60), (x + 82, base + 8)], rgb("35291f"))
    wood.shape([(x - 62, base + 6), (x - 36, base - 60), (x - 14, base - 60), (x - 26, base + 6)], rgb("75604a"))
    branch(x, base - 45, 0.0, 250, 76, 4)
    _foliage(easel, tips, 0.0, 0.45)
    easel.put(wood, stain=0.12)
    _foliage(easel, tips, 0.42, 1.0)


def _foliage(easel: Easel, tips: list, start: float, end: float) -> None:
    """Clumps of leaves at the ends of branches, dark below and behind, bright toward the light at the upper left."""
    sheet, rng = easel.sheet(), easel.rng
    cx, cy = np.mean(tips, axis=0)
    for t in np.linspace(start, end, 5):
        for k in rng.permutation(len(tips)):
            px, py = tips[k]
            for _ in range(60):
                dx, dy = rng.normal(0, 25), rng.normal(0, 20)
                light = 0.1 + 0.42 * t - 0.0006 * (px + dx - cx) - 0.0009 * (py + dy - cy) - 0.006 * dy + rng.normal(0, 0.11)
                r = rng.uniform(1.8, 4.2) * (1.25 - 0.35 * t)
                color = ramp(np.array([np.clip(light, 0, 1)]), (0, "16260f"), (0.35, "365423"), (0.7, "7a9638"), (1, "d3d37c"))[0]
                sheet.disc(px + dx - 6 * t, py + dy - 8 * t, r, r * 0.7, color)
    easel.put(sheet)


def _meadow(easel: Easel) -> None:
    sheet, rng = easel.sheet(), easel.rng
    for y in np.sort(rng.uniform(0, 1, 6500)) * 190 + 1040:
        x, near = rng.uniform(-10, 810), 0.3 + (y - 1040) / 210
        long, lean, w = 32 * near * rng.uniform(0.5, 1.4), rng.normal(4, 10) * near, 1.7 * near
        color = mix(mix(rgb("3a5722"), rgb("7a9a3c"), rng.uniform(0, 1)), rgb("d8cf82"), rng.uniform(0, 1) ** 3)
        sheet.shape([(x - w, y), (x + w, y), (x + lean, y - long)], color)
        if rng.random() < 0.018:
            sheet.disc(x + lean, y - long, 3.2 * near, 2.8 * near, rgb(rng.choice(["f6f2e4", "e8c23c", "c8403a"])))
    easel.put(sheet)


PICTURES = {"forest": forest, "tree": tree}
