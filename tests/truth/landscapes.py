"""Seeded pictures of places with things whose masks and ground are known: landscapes, cities, harbors, forests, deserts, streets, rooms.

Nothing here uses the engine. A picture is a backdrop (sky or wall), a ground whose rows run into the distance, and things that
stand on the ground, drawn from far to near, with the size that their row asks for. A style changes paint, light, and air.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 480, 288
FINE = 3  # subpixels a side that shapes are drawn with
PLACES = ("meadow", "city", "harbor", "forest", "desert", "street", "room", "portrait")
STYLES = ("flat", "painted", "gradient", "grain", "dusk", "night", "fog", "backlit")
TUNING, HELD_OUT = tuple(range(64)), tuple(range(1000, 1064))
CLEAR = 10.0  # difference in CIE Lab from which a part of an outline is seen
SKY, WALL, RISE, GROUND = 0, 1, 2, 3  # kinds of what no thing covers; a rise is a hill, a mountain, or a far row of houses


@dataclass(frozen=True)
class Thing:
    """Something that stands. mask: (H, W) bool, where it is seen. base: the row it stands on. contrast: see `contrast`."""

    name: str
    mask: np.ndarray
    base: int
    contrast: float

    @property
    def stands_out(self) -> bool:
        return self.contrast >= 0.75


@dataclass(frozen=True)
class Landscape:
    """picture: (H, W, 3) uint8. things: from far to near. kinds: (H, W) uint8, SKY, WALL, RISE or GROUND, also behind things.

    floating: (H, W) bool, what belongs to the backdrop although it differs from it: clouds, a moon, pictures on a wall.
    """

    name: str
    picture: np.ndarray
    things: tuple[Thing, ...]
    kinds: np.ndarray
    floating: np.ndarray

    @property
    def free(self) -> np.ndarray:
        """(H, W) bool: where no thing is."""
        return ~np.logical_or.reduce([np.zeros(self.kinds.shape, bool), *(thing.mask for thing in self.things)])


class _Canvas:
    def __init__(self, rng: np.random.Generator, style: str):
        self.rng, self.style = rng, style
        self.picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        self.kinds = np.zeros((HEIGHT, WIDTH), np.uint8)
        self.floating = np.zeros((HEIGHT, WIDTH), bool)
        self.horizon = 120
        self.things: list[tuple[str, np.ndarray, int]] = []
        self._alpha: np.ndarray | None = None

    def shape(self, *parts) -> np.ndarray:
        """(H, W) float32 cover of polygons [(x, y), ...], ellipses (x0, y0, x1, y1) and lines (width, x0, y0, x1, y1)."""
        mask = Image.new("L", (WIDTH * FINE, HEIGHT * FINE))
        pen = ImageDraw.Draw(mask)
        for part in parts:
            if isinstance(part, list):
                pen.polygon([(x * FINE, y * FINE) for x, y in part], fill=255)
            elif len(part) == 4:
                x0, y0, x1, y1 = (v * FINE for v in part)
                pen.ellipse((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), fill=255)
            else:
                pen.line([v * FINE for v in part[1:]], fill=255, width=max(1, round(part[0] * FINE)))
        return np.asarray(mask.resize((WIDTH, HEIGHT), Image.Resampling.BOX), np.float32) / 255.0

    def paint(self, alpha: np.ndarray, color, rough: float = 0.0, cell: int = 6, distance: float = 0.0) -> None:
        """Lays a color (0..1 RGB, or (H, W, 3)) over the picture; distance 0..1 mixes in the air of the style."""
        paint = np.broadcast_to(np.asarray(color, np.float32), self.picture.shape).copy()
        if self.style != "flat" and rough:
            paint *= 1.0 + rough * self.noise(cell)[..., None]
        if self.style == "gradient":
            paint *= np.linspace(1.2, 0.75, WIDTH, dtype=np.float32)[None, :, None]
        if self.style == "fog":
            paint += (np.float32((0.78, 0.8, 0.82)) - paint) * np.float32(0.75 * distance)
        if self.style == "backlit":
            paint *= 0.35 + 0.5 * distance
        self.picture += alpha[..., None] * (np.clip(paint, 0.0, 1.0) - self.picture)

    def noise(self, cell: int, stretch: float = 1.0) -> np.ndarray:
        grid = self.rng.standard_normal((max(2, HEIGHT // cell), max(2, int(WIDTH / cell / stretch)))).astype(np.float32)
        fine = self.rng.standard_normal((max(2, 2 * HEIGHT // cell), max(2, int(2 * WIDTH / cell / stretch)))).astype(np.float32)
        return 0.7 * cv2.resize(grid, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) + 0.5 * cv2.resize(fine, (WIDTH, HEIGHT))

    def thing(self, name: str, base: float, *painted) -> None:
        """A thing of several (parts, color, roughness); its mask is their union."""
        distance = float(np.clip(1.0 - (base - self.horizon) / max(HEIGHT - self.horizon, 1), 0.0, 1.0))
        whole = np.zeros((HEIGHT, WIDTH), np.float32)
        for parts, color, rough in painted:
            alpha = self.shape(*parts)
            self.paint(alpha, color, rough, 4, distance)
            whole = np.maximum(whole, alpha)
        self.things.append((name, whole >= 0.5, round(min(base, HEIGHT - 1))))

    def color(self, *base: float, vary: float = 0.08) -> np.ndarray:
        return np.clip(np.float32(base) + self.rng.normal(0, vary, 3).astype(np.float32), 0.02, 0.98)

    # ---------------------------------------------------------------- grounds

    def sky(self, horizon: int, clouds: int = 3) -> None:
        self.horizon = horizon
        top, low = {
            "dusk": ((0.35, 0.25, 0.4), (0.95, 0.6, 0.35)),
            "backlit": ((0.75, 0.7, 0.6), (1.0, 0.93, 0.75)),
            "night": ((0.08, 0.1, 0.2), (0.2, 0.24, 0.36)),
            "fog": ((0.72, 0.75, 0.78), (0.8, 0.81, 0.82)),
        }.get(self.style, ((0.3, 0.5, 0.85), (0.75, 0.85, 0.95)))
        t = np.clip(np.arange(HEIGHT, dtype=np.float32) / horizon, 0, 1)[:, None, None]
        self.paint(np.ones((HEIGHT, WIDTH), np.float32), (1 - t) * np.float32(top) + t * np.float32(low), 0.02, 30)
        bright = 0.32 if self.style == "night" else 0.95
        for _ in range(clouds):
            x, y, r = self.rng.uniform(0, WIDTH), self.rng.uniform(0.05, 0.6) * horizon, self.rng.uniform(8, 22)
            puffs = [(x + i * r - r, y - r * 0.35 * (1 + i % 2), x + i * r + r, y + r * 0.35) for i in range(3)]
            alpha = cv2.GaussianBlur(self.shape(*puffs), (0, 0), self.rng.uniform(0.5, 4.0)) * 0.8
            self.paint(alpha, (bright, bright * 0.97, bright * 0.95), 0.03, 8, 1.0)
            self.floating |= alpha > 0.3
        if self.rng.random() < 0.4:
            x, y, r = self.rng.uniform(40, WIDTH - 40), self.rng.uniform(0.15, 0.5) * horizon, self.rng.uniform(5, 11)
            alpha = self.shape((x - r, y - r, x + r, y + r))
            self.paint(alpha, (0.98, 0.95, 0.8))
            self.floating |= alpha > 0.3

    def rise(self, height: float, color, cell: float = 60.0, rough: float = 0.1, jag: float = 0.0) -> None:
        """Hills or mountains on the horizon."""
        x = np.arange(0, WIDTH + 8, 4)
        knots = self.rng.uniform(0.25, 1.0, int(WIDTH / cell) + 3)
        y = np.interp(x, np.arange(len(knots)) * cell, knots)
        if not jag:
            y = cv2.GaussianBlur(y[None].astype(np.float32), (0, 0), 4)[0]
        line = list(zip(x.tolist(), (self.horizon - y * height).tolist()))
        alpha = self.shape([*line, (WIDTH + 8, self.horizon + 1), (0, self.horizon + 1)])
        self.paint(alpha, color, rough, 8, 0.9)
        self.kinds[alpha >= 0.5] = RISE

    def ground(self, far, near, rough: float = 0.12, cell: int = 6, stretch: float = 3.0) -> None:
        t = np.clip((np.arange(HEIGHT, dtype=np.float32) - self.horizon) / (HEIGHT - self.horizon), 0, 1)[:, None]
        alpha = np.repeat((np.arange(HEIGHT)[:, None] >= self.horizon).astype(np.float32), WIDTH, axis=1)
        color = (1 - t[..., None]) * np.float32(far) + t[..., None] * np.float32(near)
        if self.style != "flat":
            color = color * (1 + rough * self.noise(cell, stretch) * (0.4 + 0.8 * t))[..., None]
        if self.style == "fog":
            color = color + (np.float32((0.78, 0.8, 0.82)) - color) * 0.7 * (1 - t[..., None])
            self.picture += alpha[..., None] * (np.clip(color, 0, 1) - self.picture)
        else:
            self.paint(alpha, color, distance=0.5)
        self.kinds[alpha > 0.5] = GROUND

    # ---------------------------------------------------------------- things

    def scale(self, base: float) -> float:
        """Height in pixels of a person who stands on this row, for an eye a little higher than theirs."""
        return max(6.0, 0.85 * (base - self.horizon))

    def tree(self, x: float, base: float, tall: float) -> None:
        r = tall * self.rng.uniform(0.2, 0.3)
        trunk, leaf = self.color(0.3, 0.2, 0.12, vary=0.03), self.color(0.15, 0.35, 0.12, vary=0.05)
        if self.rng.random() < 0.3:
            crown = [[(x - r, base - 0.18 * tall), (x, base - tall), (x + r, base - 0.18 * tall)]]
        else:
            crown = [(x - r, base - tall, x + r, base - 0.35 * tall)]
            for _ in range(9):
                a, q = self.rng.uniform(0, 2 * np.pi), r * self.rng.uniform(0.25, 0.5)
                cx, cy = x + 0.8 * r * np.cos(a), base - 0.68 * tall + 0.28 * tall * np.sin(a)
                crown.append((cx - q, cy - q, cx + q, cy + q))
        w = max(2.0, 0.06 * tall)
        self.thing(
            "tree",
            base,
            ([[(x - w, base), (x - w / 2, base - 0.5 * tall), (x + w / 2, base - 0.5 * tall), (x + w, base)]], trunk, 0.15),
            (crown, leaf, 0.3),
        )

    def person(self, x: float, base: float, tall: float) -> None:
        u = tall / 8.0
        skirt, coat = self.color(0.2, 0.2, 0.35, vary=0.12), self.color(0.5, 0.25, 0.2, vary=0.2)
        legs = [
            [(x - 1.1 * u, base), (x - 1.1 * u, base - 3.6 * u), (x - 0.1 * u, base - 3.6 * u), (x - 0.3 * u, base)],
            [(x + 1.1 * u, base), (x + 1.1 * u, base - 3.6 * u), (x + 0.1 * u, base - 3.6 * u), (x + 0.3 * u, base)],
        ]
        body = [
            [(x - 1.1 * u, base - 3.4 * u), (x - 1.5 * u, base - 6.4 * u), (x + 1.5 * u, base - 6.4 * u), (x + 1.1 * u, base - 3.4 * u)],
            (0.7 * u, x - 1.4 * u, base - 6.2 * u, x - 1.9 * u, base - 3.2 * u),
            (0.7 * u, x + 1.4 * u, base - 6.2 * u, x + 1.9 * u, base - 3.2 * u),
        ]
        head = [(x - 0.75 * u, base - 8 * u, x + 0.75 * u, base - 6.1 * u)]
        self.thing("person", base, (legs, skirt, 0.1), (body, coat, 0.12), (head, self.color(0.8, 0.6, 0.48, vary=0.05), 0.05))

    def house(self, x: float, base: float, wide: float, tall: float, roof: bool = True) -> None:
        wall, dark = self.color(0.65, 0.55, 0.45, vary=0.12), self.color(0.2, 0.2, 0.25, vary=0.05)
        x0, x1, eave = x - wide / 2, x + wide / 2, base - (0.65 if roof else 1.0) * tall
        windows = [
            [(a, b), (a + wide / 12, b), (a + wide / 12, b + tall / 12), (a, b + tall / 12)]
            for a in np.linspace(x0 + wide / 8, x1 - wide / 5, 4)
            for b in np.arange(eave + tall / 12, base - tall / 6, tall / 6)
        ]
        top = (
            [([[(x0 - wide * 0.05, eave), (x, base - tall), (x1 + wide * 0.05, eave)]], self.color(0.5, 0.22, 0.15, vary=0.06), 0.12)]
            if roof
            else []
        )
        self.thing("house", base, ([[(x0, base), (x0, eave), (x1, eave), (x1, base)]], wall, 0.1), *top, (windows, dark, 0.0))

    def tower(self, x: float, base: float, wide: float, tall: float) -> None:
        stone = self.color(0.5, 0.47, 0.42, vary=0.08)
        self.thing(
            "tower",
            base,
            (
                [[(x - wide / 2, base), (x - wide / 2, base - 0.7 * tall), (x + wide / 2, base - 0.7 * tall), (x + wide / 2, base)]],
                stone,
                0.12,
            ),
            (
                [
                    [(x - wide * 0.6, base - 0.69 * tall), (x, base - 0.9 * tall), (x + wide * 0.6, base - 0.69 * tall)],
                    (max(1.5, wide / 10), x, base - 0.88 * tall, x, base - tall),
                ],
                self.color(0.3, 0.3, 0.32, vary=0.06),
                0.1,
            ),
        )

    def lamp(self, x: float, base: float, tall: float) -> None:
        w, iron = max(1.6, tall * 0.028), self.color(0.12, 0.13, 0.14, vary=0.03)
        self.thing(
            "lamp",
            base,
            (
                [
                    (w, x, base, x, base - 0.92 * tall),
                    [(x - 2 * w, base), (x, base - 4 * w), (x + 2 * w, base)],
                    (w, x, base - 0.9 * tall, x + 0.14 * tall, base - 0.95 * tall),
                ],
                iron,
                0.05,
            ),
            ([(x + 0.09 * tall, base - tall, x + 0.19 * tall, base - 0.9 * tall)], (0.95, 0.9, 0.7), 0.0),
        )

    def fence(self, x: float, base: float, posts: int, gap: float, tall: float) -> None:
        w, wood = max(1.5, tall * 0.1), self.color(0.45, 0.35, 0.25, vary=0.08)
        parts = [(w, x + i * gap, base, x + i * gap, base - tall) for i in range(posts)]
        rails = [(w, x, base - f * tall, x + (posts - 1) * gap, base - f * tall) for f in (0.4, 0.8)]
        self.thing("fence", base, (parts + rails, wood, 0.08))

    def boat(self, x: float, base: float, long: float) -> None:
        tall, w = long * self.rng.uniform(1.0, 1.4), max(1.6, long * 0.03)
        hull = [[(x - long / 2, base - 0.2 * long), (x + long / 2, base - 0.22 * long), (x + 0.36 * long, base), (x - 0.4 * long, base)]]
        sail = [[(x + 2 * w, base - 0.35 * long), (x + 2 * w, base - 0.92 * tall), (x + 0.42 * long, base - 0.38 * long)]]
        parts = [(hull, self.color(0.35, 0.2, 0.15, vary=0.1), 0.1), ([(w, x, base - 0.1 * long, x, base - tall)], (0.22, 0.16, 0.12), 0.0)]
        if self.rng.random() < 0.6:
            parts.append((sail, self.color(0.85, 0.8, 0.7, vary=0.08), 0.05))
        self.thing("boat", base, *parts)
        echo = self.shape(
            [(x - long / 2, base), (x + long / 2, base), (x + 0.4 * long, base + 0.25 * long), (x - 0.4 * long, base + 0.25 * long)]
        )
        self.paint(cv2.GaussianBlur(echo, (0, 0), 2.5) * 0.5 * (1 - self.things[-1][1]), (0.18, 0.16, 0.18), 0.1, 5, 0.5)

    def car(self, x: float, base: float, long: float) -> None:
        h, body = long * 0.32, self.color(0.6, 0.2, 0.2, vary=0.25)
        self.thing(
            "car",
            base,
            (
                [
                    [
                        (x - long / 2, base - 0.12 * h),
                        (x - long / 2, base - 0.55 * h),
                        (x + long / 2, base - 0.55 * h),
                        (x + long / 2, base - 0.12 * h),
                    ],
                    [
                        (x - 0.32 * long, base - 0.5 * h),
                        (x - 0.2 * long, base - h),
                        (x + 0.2 * long, base - h),
                        (x + 0.34 * long, base - 0.5 * h),
                    ],
                ],
                body,
                0.03,
            ),
            (
                [
                    [
                        (x - 0.24 * long, base - 0.55 * h),
                        (x - 0.16 * long, base - 0.9 * h),
                        (x + 0.16 * long, base - 0.9 * h),
                        (x + 0.25 * long, base - 0.55 * h),
                    ]
                ],
                (0.2, 0.25, 0.3),
                0.0,
            ),
            (
                [(x + s * 0.3 * long - 0.25 * h, base - 0.5 * h, x + s * 0.3 * long + 0.25 * h, base) for s in (-1, 1)],
                (0.06, 0.06, 0.07),
                0.0,
            ),
        )

    def cactus(self, x: float, base: float, tall: float) -> None:
        w = tall * 0.12
        self.thing(
            "cactus",
            base,
            (
                [
                    (w, x, base, x, base - tall),
                    (w * 0.8, x, base - 0.4 * tall, x - 0.25 * tall, base - 0.45 * tall),
                    (w * 0.8, x - 0.25 * tall, base - 0.42 * tall, x - 0.25 * tall, base - 0.75 * tall),
                ],
                self.color(0.2, 0.4, 0.2, vary=0.05),
                0.12,
            ),
        )

    def chair(self, x: float, base: float, tall: float) -> None:
        w, u = max(2.0, tall * 0.06), tall * 0.25
        wood = self.color(0.4, 0.25, 0.15, vary=0.1)
        self.thing(
            "chair",
            base,
            (
                [
                    (w, x - u, base, x - u, base - tall),
                    (w, x + u, base, x + u, base - 0.5 * tall),
                    [(x - u, base - 0.5 * tall), (x + u, base - 0.5 * tall), (x + u, base - 0.4 * tall), (x - u, base - 0.4 * tall)],
                    [(x - u, base - tall), (x - 0.6 * u, base - tall), (x - 0.6 * u, base - 0.6 * tall), (x - u, base - 0.6 * tall)],
                ],
                wood,
                0.08,
            ),
        )

    def table(self, x: float, base: float, wide: float, tall: float) -> None:
        w, wood = max(2.0, tall * 0.08), self.color(0.5, 0.33, 0.2, vary=0.1)
        legs = [(w, x + s * wide * 0.44, base, x + s * wide * 0.44, base - tall) for s in (-1, 1)]
        self.thing(
            "table",
            base,
            (
                [
                    *legs,
                    [
                        (x - wide / 2, base - tall),
                        (x + wide / 2, base - tall),
                        (x + wide / 2, base - 0.86 * tall),
                        (x - wide / 2, base - 0.86 * tall),
                    ],
                ],
                wood,
                0.1,
            ),
        )

    def cabinet(self, x: float, base: float, wide: float, tall: float) -> None:
        body = self.color(0.4, 0.28, 0.2, vary=0.12)
        doors = [
            [
                (x + a * wide, base - 0.9 * tall),
                (x + b * wide, base - 0.9 * tall),
                (x + b * wide, base - 0.1 * tall),
                (x + a * wide, base - 0.1 * tall),
            ]
            for a, b in ((-0.42, -0.04), (0.04, 0.42))
        ]
        self.thing(
            "cabinet",
            base,
            ([[(x - wide / 2, base), (x - wide / 2, base - tall), (x + wide / 2, base - tall), (x + wide / 2, base)]], body, 0.08),
            (doors, np.clip(body * 1.25, 0, 1), 0.08),
        )

    # ---------------------------------------------------------------- light

    def done(self, name: str) -> Landscape:
        picture = self.picture
        if self.style == "night":
            picture = picture**1.15 * np.float32((0.5, 0.55, 0.72))
        if self.style == "dusk":
            picture = picture * np.float32((0.85, 0.68, 0.62))
        if self.style == "painted":
            picture = np.clip(picture + 0.025 * self.noise(5, 2.0)[..., None] + 0.02 * self.noise(3)[..., None], 0, 1)
            picture = (
                cv2.edgePreservingFilter((picture * 255).astype(np.uint8), flags=1, sigma_s=6, sigma_r=0.15).astype(np.float32) / 255.0
            )
        if self.style == "grain":
            picture = picture + self.rng.normal(0, 0.035, picture.shape)
        picture = np.rint(np.clip(picture + self.rng.normal(0, 0.004, picture.shape), 0, 1) * 255.0).astype(np.uint8)
        lab = cv2.cvtColor(picture.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
        things, seen = [], np.zeros(self.kinds.shape, bool)
        for kind, mask, base in reversed(self.things):
            shown = mask & ~seen
            seen |= mask
            if shown.sum() > max(30, 0.35 * mask.sum()):
                things.append(Thing(kind, shown, base, contrast(lab, shown)))
        return Landscape(name, picture, tuple(reversed(things)), self.kinds, self.floating)


def contrast(lab: np.ndarray, mask: np.ndarray) -> float:
    """The share of a mask's outline that is seen: where the color just inside differs from that just outside by CLEAR or more.

    lab: (H, W, 3) float32, CIE Lab. The outline on the frame does not count.
    """
    inside, outside = mask.astype(np.float32), (~mask).astype(np.float32)
    own = cv2.blur(lab * inside[..., None], (5, 5)) / np.maximum(cv2.blur(inside, (5, 5)), 1e-6)[..., None]
    other = cv2.blur(lab * outside[..., None], (7, 7)) / np.maximum(cv2.blur(outside, (7, 7)), 1e-6)[..., None]
    edge = mask & (cv2.erode(np.pad(inside, 1, mode="edge"), np.ones((3, 3)))[1:-1, 1:-1] < 0.5)
    return float((np.linalg.norm(own - other, axis=2)[edge] >= CLEAR).mean()) if edge.any() else 0.0


def _meadow(c: _Canvas) -> None:
    r = c.rng
    c.sky(int(r.uniform(85, 150)))
    c.rise(r.uniform(20, 60), c.color(0.4, 0.5, 0.55))
    if r.random() < 0.6:
        c.rise(r.uniform(10, 25), c.color(0.3, 0.42, 0.3), 90)
    c.ground(c.color(0.5, 0.6, 0.35, vary=0.04), c.color(0.3, 0.45, 0.18, vary=0.04))
    for base in sorted(r.uniform(c.horizon + 8, HEIGHT - 8, r.integers(5, 9))):
        x, s = r.uniform(10, WIDTH - 10), c.scale(base)
        kind = r.choice(["tree", "tree", "person", "house", "fence", "tower"])
        if kind == "tree":
            c.tree(x, base, s * r.uniform(1.6, 2.6))
        elif kind == "person":
            c.person(x, base, s)
        elif kind == "house":
            c.house(x, base, s * r.uniform(1.5, 2.3), s * r.uniform(1.3, 1.8))
        elif kind == "tower":
            c.tower(x, base, s * 0.6, s * r.uniform(2.2, 3.2))
        else:
            c.fence(x, base, int(r.integers(3, 7)), s * 0.4, s * 0.5)


def _city(c: _Canvas) -> None:
    r = c.rng
    c.sky(int(r.uniform(140, 175)), 2)
    c.rise(r.uniform(25, 50), c.color(0.5, 0.5, 0.55), 22, 0.1, 1.0)
    c.ground(c.color(0.5, 0.5, 0.48, vary=0.03), c.color(0.38, 0.37, 0.36, vary=0.03), 0.08)
    x = -20.0
    base = c.horizon + r.uniform(6, 14)
    while x < WIDTH:
        wide = r.uniform(35, 80)
        if r.random() < 0.75:
            c.house(x + wide / 2, base + r.uniform(-3, 3), wide * 0.95, r.uniform(50, 110), bool(r.random() < 0.5))
        x += wide
    c.tower(r.uniform(60, WIDTH - 60), base + 8, r.uniform(18, 28), r.uniform(110, 160))
    for near in sorted(r.uniform(c.horizon + 25, HEIGHT - 6, r.integers(3, 6))):
        x, s = r.uniform(15, WIDTH - 15), c.scale(near)
        kind = r.choice(["person", "lamp", "car", "tree"])
        if kind == "car":
            c.car(x, near, s * 2.2)
        else:
            getattr(c, kind)(x, near, s * (1.0 if kind == "person" else r.uniform(1.8, 2.4)))


def _harbor(c: _Canvas) -> None:
    r = c.rng
    c.sky(int(r.uniform(105, 150)))
    c.rise(r.uniform(12, 40), c.color(0.4, 0.45, 0.5), 50)
    c.ground(c.color(0.45, 0.55, 0.62, vary=0.03), c.color(0.2, 0.33, 0.42, vary=0.03), 0.14, 4, 7.0)
    for base in sorted(r.uniform(c.horizon + 8, HEIGHT - 30, r.integers(4, 7))):
        c.boat(r.uniform(15, WIDTH - 15), base, c.scale(base) * r.uniform(1.3, 2.2))
    if r.random() < 0.5:
        quay = c.shape([(0, HEIGHT - 28), (WIDTH, HEIGHT - 22), (WIDTH, HEIGHT), (0, HEIGHT)])
        c.paint(quay, c.color(0.5, 0.46, 0.4, vary=0.05), 0.12, 5)
        for x in r.uniform(20, WIDTH - 20, 2):
            (c.person if r.random() < 0.6 else c.lamp)(x, HEIGHT - 8, r.uniform(80, 130))


def _forest(c: _Canvas) -> None:
    r = c.rng
    c.sky(int(r.uniform(100, 135)), 1)
    c.rise(r.uniform(40, 70), c.color(0.35, 0.48, 0.4, vary=0.04), 18, 0.2)
    c.ground(c.color(0.42, 0.42, 0.25, vary=0.04), c.color(0.3, 0.28, 0.15, vary=0.04), 0.2, 5)
    for base in sorted(r.uniform(c.horizon + 10, HEIGHT - 4, r.integers(6, 10))):
        c.tree(r.uniform(0, WIDTH), base, c.scale(base) * r.uniform(2.0, 3.4))
    base = r.uniform(c.horizon + 60, HEIGHT - 10)
    c.person(r.uniform(40, WIDTH - 40), base, c.scale(base))


def _desert(c: _Canvas) -> None:
    r = c.rng
    c.sky(int(r.uniform(90, 140)), 1)
    c.rise(r.uniform(30, 60), c.color(0.65, 0.42, 0.3), 40, 0.12, 1.0)
    c.ground(c.color(0.85, 0.7, 0.48, vary=0.03), c.color(0.8, 0.6, 0.36, vary=0.03), 0.07, 5, 5.0)
    for base in sorted(r.uniform(c.horizon + 8, HEIGHT - 6, r.integers(4, 8))):
        x, s = r.uniform(10, WIDTH - 10), c.scale(base)
        if r.random() < 0.6:
            c.cactus(x, base, s * r.uniform(1.2, 2.2))
        elif r.random() < 0.5:
            c.person(x, base, s)
        else:
            c.tower(x, base, s * 0.8, s * r.uniform(1.5, 2.5))


def _street(c: _Canvas) -> None:
    r = c.rng
    c.sky(int(r.uniform(125, 150)), 2)
    c.rise(r.uniform(20, 40), c.color(0.5, 0.55, 0.6), 25, 0.1, 1.0)
    c.ground(c.color(0.55, 0.54, 0.52, vary=0.02), c.color(0.4, 0.4, 0.4, vary=0.02), 0.07)
    for base in sorted(r.uniform(c.horizon + 10, HEIGHT - 30, 6)):
        s = c.scale(base)
        side = r.choice([-1, 1])
        x = WIDTH / 2 + side * (1.6 * s + 40 + r.uniform(0, 60))
        c.house(x, base, s * r.uniform(1.6, 2.4), s * r.uniform(2.0, 3.0), bool(r.random() < 0.5))
    for base in sorted(r.uniform(c.horizon + 20, HEIGHT - 6, r.integers(4, 7))):
        s = c.scale(base)
        kind = r.choice(["lamp", "car", "person"])
        x = WIDTH / 2 + r.uniform(-2.2, 2.2) * s
        if kind == "car":
            c.car(x, base, s * 2.4)
        else:
            getattr(c, kind)(float(np.clip(x, 8, WIDTH - 8)), base, s * (1.0 if kind == "person" else 2.3))


def _room(c: _Canvas) -> None:
    r = c.rng
    c.horizon = int(r.uniform(165, 200))
    wall = c.color(0.75, 0.7, 0.6, vary=0.12)
    light = 1 + 0.12 * np.cos((np.arange(WIDTH, dtype=np.float32) - r.uniform(0, WIDTH)) / 160)[None, :, None]
    c.paint(np.ones((HEIGHT, WIDTH), np.float32), wall * light, 0.03, 12)
    c.kinds[:] = WALL
    for _ in range(r.integers(1, 4)):
        x, y, w, h = r.uniform(30, WIDTH - 90), r.uniform(20, 60), r.uniform(30, 60), r.uniform(28, 50)
        frame = c.shape([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
        c.paint(frame, c.color(0.35, 0.25, 0.15))
        c.paint(
            c.shape([(x + 4, y + 4), (x + w - 4, y + 4), (x + w - 4, y + h - 4), (x + 4, y + h - 4)]),
            c.color(0.4, 0.5, 0.5, vary=0.15),
            0.2,
        )
        c.floating |= frame > 0.3
    c.ground(c.color(0.5, 0.36, 0.25, vary=0.06), c.color(0.42, 0.3, 0.2, vary=0.06), 0.1, 5, 8.0)
    for base in sorted(r.uniform(c.horizon + 4, HEIGHT - 8, r.integers(4, 7))):
        x, s = r.uniform(20, WIDTH - 20), 55 + 0.75 * (base - c.horizon)
        kind = r.choice(["chair", "table", "cabinet", "person", "lamp"])
        if kind == "table":
            c.table(x, base, s * 1.5, s * 0.75)
        elif kind == "cabinet":
            c.cabinet(x, base, s * r.uniform(0.8, 1.1), s * r.uniform(1.1, 1.6))
        else:
            getattr(c, kind)(x, base, s * {"chair": 1.0, "person": 1.8, "lamp": 1.6}[kind])


def _portrait(c: _Canvas) -> None:
    """A large person whom the lower edge of the frame cuts, before a landscape with a few things."""
    r = c.rng
    c.sky(int(r.uniform(110, 150)), 2)
    c.rise(r.uniform(20, 45), c.color(0.4, 0.5, 0.5))
    c.ground(c.color(0.5, 0.55, 0.35, vary=0.04), c.color(0.35, 0.42, 0.2, vary=0.04), 0.12)
    for base in sorted(r.uniform(c.horizon + 8, HEIGHT - 90, 3)):
        c.tree(r.uniform(10, WIDTH - 10), base, c.scale(base) * 2.2)
    x, tall = r.uniform(120, WIDTH - 120), r.uniform(380, 620)
    c.person(x, HEIGHT - r.uniform(25, 60) + 0.62 * tall, tall)


_MAKERS = dict(zip(PLACES, (_meadow, _city, _harbor, _forest, _desert, _street, _room, _portrait)))


@cache
def landscape(seed: int) -> Landscape:
    """The picture of this seed: its place and style go through all combinations as seeds go on; the same seed gives the same picture."""
    place, style = PLACES[seed % len(PLACES)], STYLES[(seed // len(PLACES)) % len(STYLES)]
    canvas = _Canvas(np.random.default_rng(seed), style)
    _MAKERS[place](canvas)
    return canvas.done(f"{place} {style} {seed}")
