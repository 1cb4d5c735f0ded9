"""Landscapes: mountains with a lake, a panorama all around, a sea with waves, and a tiny one."""

from __future__ import annotations

import numpy as np

from .easel import Array, Easel, Ground, clouds, field, mix, ramp, rgb, step, terrain


def mountains(width: int) -> Array:
    """Snowy mountains behind a lake in morning haze, with firs on the near shore."""
    easel, horizon = Easel(width, 3), 430
    sky = ramp(easel.Y / horizon, (0, "5d8ec4"), (0.6, "a9c4de"), (1, "efe3d2"))
    easel.cover(clouds(easel, sky, (980, 150), horizon, -0.55, "fffaf0", "b4bfd2", seed=31))

    def height(x, z):
        back = step(9, 34, z)
        peaks = field(x / 9, z / 9, 8, 0.46, 32, ridged=True) + 0.5
        valley = 1 - 0.75 * np.exp(-(((x - 1.5) / (2.5 + 0.11 * z)) ** 2))
        hills = 0.55 * field(x / 5, z / 5, 6, 0.5, 33) * step(5, 10, z) + 0.9 * step(6, 13, np.abs(x - 0.6) * 5.4 - 0.1 * z)
        return back * valley * np.maximum(peaks, 0) ** 0.8 * 3.9 + hills * step(4, 9, z) - 0.28 + 0.12 * back

    ground = terrain(easel, height, 0.9, horizon, 1150, 2.0, 62, steps=700)
    _mountain_colors(easel, ground)
    _lake(easel, 562)
    _shore(easel)
    return easel.finish(contrast=0.25)


def _mountain_colors(easel: Easel, ground: Ground, sun=(0.75, 0.5, -0.35)) -> None:
    """Snow where it is high and not steep, rock where it is steep, woods and meadows below; blue air in front of what is far."""
    light = ground.lit(sun)
    steep = np.hypot(*ground.slope)
    grain = field(ground.x * 1.3, ground.z * 1.3, 7, 0.62, 34)
    rock = mix(rgb("54504e"), rgb("8d8178"), step(-1, 1.2, grain))
    woods = mix(rgb("20331f"), rgb("47592d"), step(-1, 1, grain))
    meadow = mix(rgb("6c7a36"), rgb("9a9a52"), step(-1, 1, field(ground.x * 0.9, ground.z * 0.9, 4, 0.5, 35)))
    color = mix(meadow, woods, step(-0.3, 0.4, grain + 0.5 * field(ground.x / 2, ground.z / 2, 3, 0.5, 36)))
    color = mix(color, rock, step(0.9, 1.5, ground.height + 0.35 * grain))
    snow = step(1.9, 2.6, ground.height + 0.45 * grain - 0.35 * np.clip(steep - 0.9, 0, 3))
    color = mix(color, rgb("f4f6fa"), snow)
    shade = mix(rgb("5d6f96"), rgb("fff1dc") * 1.12, (0.1 + 0.95 * light)[..., None] if light.ndim == 3 else 0.1 + 0.95 * light)
    color = color * shade
    haze = 1 - np.exp(-np.clip(ground.far - 4, 0, None) / 46)
    low = np.exp(-np.clip(ground.height + 0.2, 0, 9) / 0.8) * step(9, 30, ground.far)
    color = mix(color, rgb("b9cbe0"), np.clip(haze + 0.45 * low, 0, 0.93))
    easel.cover(color, ground.seen.astype(np.float32))


def _lake(easel: Easel, shore: float) -> None:
    """Water below a row: what stands above it mirrored and broken by ripples."""
    depth = np.clip(easel.Y - shore, 0, None)
    ripple = field(easel.X / 60 / (0.4 + depth / 120), np.log1p(depth / 9) * 9, 4, 0.55, 37)
    line = shore + 3.5 * field(easel.X / 90, easel.X * 0, 4, 0.5, 38)
    mirrored = easel.warped(easel.image, ripple * depth * 0.05, 2 * (line - easel.Y) + ripple * depth * 0.11 - 4)
    deep = ramp(depth / 290, (0, "8aa5b8"), (0.5, "4b6f86"), (1, "23404f"))
    color = mix(mirrored * 0.93, deep, np.clip(0.18 + depth / 520, 0, 0.75)) * (1 + 0.05 * ripple[..., None])
    color = mix(color, rgb("e9eef0"), 0.35 * step(0.9, 1.6, ripple) * np.exp(-depth / 120))
    easel.cover(color, easel.edge(easel.Y - line))


def fir(easel: Easel, sheet, x: float, base: float, tall: float, dark, bright) -> None:
    """A fir of drooping branches, lit from the right."""
    rng = easel.rng
    sheet.line([(x, base), (x, base - tall)], dark * 0.8, tall * 0.018)
    rows = int(18 + tall / 7)
    for k in range(rows):
        t = k / rows
        y, reach = base - tall * (0.06 + 0.9 * t), tall * 0.2 * (1 - t) ** 0.9 + 2
        for _ in range(16):
            r = reach * rng.uniform(0.15, 1.1) * rng.choice([-1, 1])
            drop = abs(r) * rng.uniform(0.15, 0.6)
            color = mix(dark, bright, np.clip(0.3 + 0.45 * r / reach + rng.normal(0, 0.22), 0, 1))
            sheet.shape([(x + 0.35 * r, y - 1), (x + r, y + drop), (x + 0.6 * r, y + drop + tall * 0.018)], color)


def _shore(easel: Easel) -> None:
    """The near bank with grass and firs on both sides."""
    sheet, rng = easel.sheet(), easel.rng
    bank = [
        (x, 800 - 120 * np.exp(-((x / 330) ** 2)) - 130 * np.exp(-(((x - 1280) / 250) ** 2)) + 10 * np.sin(x / 37))
        for x in range(0, 1284, 4)
    ]
    sheet.shape([*bank, (1284, 860), (0, 860)], rgb("2c3320"))
    for _ in range(5200):
        x, y = bank[rng.integers(len(bank))]
        y = y + rng.uniform(0, 1) ** 0.7 * (853 - y + 8)
        tall = rng.uniform(6, 17)
        color = mix(rgb("283018"), rgb("a5a04c"), rng.uniform(0, 1) ** 1.5)
        sheet.line([(x, y), (x + rng.normal(2, 4), y - tall)], color, 1.0)
    firs = sorted((rng.uniform(0, 1), rng.choice([-1, 1])) for _ in range(17))
    for t, side in firs:
        x = (10 + 300 * t**1.6) if side < 0 else (1270 - 240 * t**1.6)
        base = bank[min(320, int(x / 4))][1] + 14
        fir(easel, sheet, x, base, rng.uniform(150, 330) * (1.15 - 0.75 * t), rgb("14221b"), rgb("4c5f36"))
    easel.put(sheet, stain=0.08)


def panorama(width: int) -> Array:
    """Rolling country all around at evening: its left end goes on at its right end."""
    easel, horizon = Easel(width, 4, 1280, 427), 178
    turn = easel.X / easel.wide * 2 * np.pi
    toward = 0.5 + 0.5 * np.cos(turn - 3.6)  # 1 where the sun is
    sky = mix(
        ramp(easel.Y / horizon, (0, "3f69a6"), (0.7, "93aecb"), (1, "c9cfd6")),
        ramp(easel.Y / horizon, (0, "6f86b4"), (0.6, "e6b78e"), (1, "ffd9a0")),
        toward**2,
    )
    easel.cover(clouds(easel, sky, (730, 120), horizon, -0.2, "ffe9cf", "8c8fae", seed=41, size=0.8, around=True))

    def height(x, z):
        far = np.hypot(x, z)
        roll = 0.42 * field(x / 5, z / 5, 5, 0.42, 42)
        ranges = np.maximum(field(x / 26, z / 26, 7, 0.5, 43, ridged=True) + 0.35, 0) * 4.2 * step(18, 60, far)
        return roll * step(0.5, 6, far) + ranges

    ground = terrain(easel, height, 0.85, horizon, 1280 / (2 * np.pi), 0.7, 90, around=True, steps=700)
    _country_colors(easel, ground, toward)
    _stubble(easel)
    _scattered_trees(easel, height, horizon)
    return easel.finish(contrast=0.25, vignette=0.0)


def _country_colors(easel: Easel, ground: Ground, toward: Array) -> None:
    light = ground.lit((np.sin(3.6), 0.42, np.cos(3.6)))
    patch = field(ground.x / 3.2, ground.z / 3.2, 2, 0.4, 44)
    fine = field(ground.x * 4, ground.z * 4, 8, 0.74, 45)
    color = mix(rgb("5f7433"), rgb("b59a4c"), step(0.1, 0.35, patch))
    color = mix(color, rgb("7d5b3d"), step(0.95, 1.1, patch))
    rows = 0.5 + 0.5 * np.sin((ground.x + 0.5 * ground.z) * 40)
    color = color * (0.86 + 0.16 * rows * step(9, 2, ground.far) + 0.12 * fine)[..., None]
    wooded = step(0.5, 0.8, field(ground.x / 2.4, ground.z / 2.4, 5, 0.55, 46))
    color = mix(color, rgb("2b3d24") * (1 + 0.35 * fine)[..., None], wooded)
    color = color * mix(rgb("5e6a92"), rgb("ffe2b4") * 1.25, 0.12 + 0.95 * light)
    air = mix(rgb("a3b4cc"), rgb("f0c59a"), toward**2)
    easel.cover(mix(color, air, 0.94 * (1 - np.exp(-ground.far / 30))), ground.seen.astype(np.float32))


def _stubble(easel: Easel) -> None:
    """Blades in the color of the field they stand in, longer toward us; one that crosses an end is drawn at both."""
    sheet, rng, ground = easel.sheet(), easel.rng, easel.blur(easel.image, 3)
    for y in np.sort(rng.uniform(0, 1, 9000) ** 0.8) * 225 + 205:
        x, near = rng.uniform(0, easel.wide), (y - 190) / 240
        here = ground[min(easel.H - 1, int(y * easel.scale)), min(easel.W - 1, int(x * easel.scale))]
        color, lean, long = np.clip(here * rng.uniform(0.55, 1.6) + 0.03, 0, 1), rng.normal(0, 3) * near, 11 * near * rng.uniform(0.5, 1.5)
        for at in (x - easel.wide, x, x + easel.wide):
            if -9 < at < easel.wide + 9:
                sheet.shape([(at - 0.9 * near, y), (at + 0.9 * near, y), (at + lean, y - long)], color)
    easel.put(sheet)


def _scattered_trees(easel: Easel, height, horizon: float) -> None:
    """Round trees where they stand on the ground; one that crosses an end of the picture is drawn at both."""
    sheet, rng, focal = easel.sheet(), easel.rng, easel.wide / (2 * np.pi)
    places = sorted(((rng.uniform(2.2, 16), rng.uniform(0, 2 * np.pi)) for _ in range(90)), reverse=True)
    for far, turn in places:
        x, z = np.array([[far * np.sin(turn)]], np.float32), np.array([[far * np.cos(turn)]], np.float32)
        base = horizon - focal * (float(height(x, z)[0, 0]) - 0.85) / far
        size = focal * rng.uniform(0.22, 0.42) / far
        haze = 1 - np.exp(-far / 30)
        dots = [(rng.normal(0, 0.34), 0.9 + rng.normal(0, 0.27), rng.uniform(0.05, 0.16)) for _ in range(330)]
        for at in (turn / (2 * np.pi) * easel.wide + k * easel.wide for k in (-1, 0, 1)):
            if not -2 * size < at < easel.wide + 2 * size:
                continue
            side = np.sign(3.6 - turn)
            sheet.line([(at, base), (at, base - size)], mix(rgb("33291f"), rgb("b8b0a8"), haze), size * 0.12)
            for dx, dy, r in dots:
                lit = np.clip(0.35 + 0.6 * (dx * side + dy - 0.9) + rng.normal(0, 0.1), 0, 1)
                color = mix(mix(rgb("1d2c1a"), rgb("8d8a3c"), lit), rgb("c0b8a8"), haze)
                sheet.disc(at + dx * size, base - dy * size, r * size, r * size * 0.85, color)
    easel.put(sheet)


def seascape(width: int) -> Array:
    """Waves that roll in under a broken sky, with a rocky point and a small sail."""
    easel, horizon = Easel(width, 5), 372
    sky = ramp(easel.Y / horizon, (0, "4f6f8f"), (0.55, "9fb0bb"), (1, "f0d9b4"))
    sky = mix(sky, rgb("fff0c8"), 0.8 * np.exp(-(((easel.X - 860) / 260) ** 2) - ((easel.Y - 330) / 120) ** 2))
    easel.cover(clouds(easel, sky, (860, 330), horizon, 0.25, "f7e6cc", "5f6c7e", seed=51))
    _headland(easel, horizon)

    def height(x, z):
        bend = 0.7 * field(x / 9, z / 9, 3, 0.5, 52)
        swell = np.sin(1.25 * z + 0.35 * x + 2.2 * bend)
        swell = 0.34 * (0.5 + 0.5 * swell) ** 2.2 * (0.75 + 0.4 * field(x / 5, z / 5, 2, 0.5, 53))
        return swell + 0.085 * field(x / 1.1, z / 0.7, 6, 0.55, 54, ridged=True)

    ground = terrain(easel, height, 1.75, horizon, 1000, 1.6, 160, steps=900, fine=0.004)
    _water_colors(easel, ground)
    _sail(easel, 420, horizon + 22)
    return easel.finish(contrast=0.3)


def _water_colors(easel: Easel, ground: Ground) -> None:
    """Sky in what lies flat, green where light comes through a crest, foam on crests and in streaks, glitter before the sun."""
    tilt = np.clip(-ground.slope[1], -1.5, 1.5)
    grazing = np.clip(1.75 / ground.far, 0.02, 1)
    mirror = np.clip(0.25 + 0.75 * (1 - grazing) - 0.9 * np.clip(-tilt, 0, 1) + 0.25 * tilt, 0, 1)
    body = mix(rgb("0f3440"), rgb("3f8276"), step(0.12, 0.62, ground.height) * step(-0.2, -0.7, tilt * 1.0 - 0.1))
    color = mix(body, mix(rgb("8fa5b4"), rgb("d9cdb6"), step(4, 60, ground.far)), mirror**1.6 * 0.85)
    churn = field(ground.x * 1.8, ground.z * 1.2, 7, 0.68, 55)
    foam = step(0.47, 0.66, ground.height + 0.09 * churn)
    streak = step(0.75, 1.5, field(ground.x * 0.8, ground.z * 2.4, 6, 0.62, 56, ridged=True) - 0.3 + 0.6 * ground.height)
    foam = np.clip(foam + 0.55 * streak * step(40, 6, ground.far), 0, 1)
    color = mix(color, rgb("f3f3ee") * (0.82 + 0.12 * np.clip(churn, -1, 1.2))[..., None], foam * step(-1.3, 0.2, churn + 1.2 * foam - 0.6))
    glint = np.exp(-(((easel.X - 860) / 170) ** 2)) * step(0.35, 0.8, ground.slope[1] + 0.3 * field(ground.x * 5, ground.z * 3, 4, 0.6, 59))
    color = mix(color, rgb("ffeebf"), 0.6 * glint * step(2, 12, ground.far))
    color = mix(color, rgb("d8cdb8"), 0.6 * (1 - np.exp(-ground.far / 110)))
    easel.cover(color, ground.seen.astype(np.float32))


def _headland(easel: Easel, horizon: float) -> None:
    """Two points of rock at the right, the nearer one darker, with surf at its foot."""
    for top, start, tone, haze, seed in ((120, 700, "5d6470", 0.55, 57), (205, 930, "3d3a38", 0.18, 58)):
        line = (
            horizon
            + 6
            - top * step(start, start + 420, easel.X) ** 0.8
            - 16 * field(easel.X / 70, easel.X * 0, 6, 0.55, seed) * step(start, start + 90, easel.X)
        )
        crack = field(easel.X / 20, easel.Y / 30, 7, 0.66, seed + 2, ridged=True)
        face = field(easel.X / 80, easel.Y / 60, 6, 0.6, seed + 4)
        light = step(-1.0, 1.1, 1.6 * (face - easel.warped(face, -9, -6)) + 0.5 * crack)
        color = mix(rgb(tone) * 0.6, rgb(tone) * 1.5 + rgb("2a1c08"), light)
        grass = step(26, 6, easel.Y - line) * step(-0.4, 0.5, face)
        color = mix(color, rgb("6d7340"), 0.8 * grass)
        easel.cover(
            mix(color, rgb("d2c6b4"), haze + 0.25 * step(horizon - 50, horizon, easel.Y)),
            easel.edge(easel.Y - line) * (start - 12 < easel.X),
        )


def _sail(easel: Easel, x: float, y: float) -> None:
    sheet = easel.sheet()
    sheet.shape([(x - 34, y - 9), (x + 30, y - 9), (x + 22, y), (x - 26, y)], rgb("33302f"))
    sheet.line([(x, y - 8), (x + 3, y - 96)], rgb("40352c"), 1.6)
    sheet.shape([(x + 3, y - 94), (x + 5, y - 14), (x + 38, y - 17), (x + 22, y - 50)], rgb("e6d9c4"))
    sheet.shape([(x + 3, y - 94), (x + 14, y - 46), (x + 18, y - 15), (x + 5, y - 14)], rgb("b9ab97"))
    sheet.shape([(x, y - 86), (x - 1, y - 14), (x - 27, y - 13)], rgb("f1e7d3"))
    easel.put(sheet)


def tiny(width: int) -> Array:
    """A balloon over hills, as small as a thumbnail: 160 pixels wide however wide others are."""
    easel = Easel(min(160, width), 6)
    sky = ramp(easel.Y / 560, (0, "3d7fc0"), (0.7, "a8cfe8"), (1, "f6e6c8"))
    easel.cover(clouds(easel, sky, (300, 200), 560, -0.2, "ffffff", "a9b7cc", seed=61))
    ground = terrain(
        easel,
        lambda x, z: 0.5 * field(x / 4, z / 4, 4, 0.45, 62) + 1.6 * step(14, 40, z) * field(x / 9, z / 9, 5, 0.5, 63, True),
        1.3,
        500,
        1000,
        1.5,
        50,
        steps=300,
    )
    light = ground.lit((-0.6, 0.5, -0.4))
    color = mix(rgb("49682f"), rgb("a9a850"), step(-0.6, 0.8, field(ground.x, ground.z, 4, 0.6, 64)))
    color = color * mix(rgb("66789a"), rgb("fff0cc") * 1.2, light)
    easel.cover(mix(color, rgb("b8cfe0"), 1 - np.exp(-ground.far / 22)), ground.seen.astype(np.float32))
    u, v = (easel.X - 820) / 150, (easel.Y - 270) / 175
    v = np.where(v > 0, v * (1 - 0.0 * v), v)
    round_ = 1 - np.sqrt(u * u * (1 + 0.9 * np.clip(v, 0, 1) ** 2) + v * v)
    stripe = np.sin(7.5 * np.arcsin(np.clip(u / np.sqrt(np.clip(1 - v * v, 0.05, 1)), -1, 1)))
    cloth = mix(rgb("d8452f"), rgb("f6d05a"), step(-0.15, 0.15, stripe)) * (1.05 - 0.55 * step(-0.7, 0.9, u + 0.3 * v))[..., None]
    easel.cover(cloth, easel.edge(round_ * 150))
    sheet = easel.sheet()
    for k in (-28, 0, 28):
        sheet.line([(820 + k * 1.6, 430), (820 + k, 490)], rgb("4a3a2c"), 3)
    sheet.box(788, 488, 852, 532, rgb("6d4a2c"))
    easel.put(sheet)
    return easel.finish(contrast=0.2)


PICTURES = {"mountains": mountains, "panorama": panorama, "seascape": seascape, "tiny": tiny}
