"""Draws the icons of the styles: a small landscape with arrows that show how it moves, readable on dark and light themes.

`.venv/bin/python -m tools.style_icons` writes them; `--sheet FILE.png` also shows them at the sizes of a panel, on both themes.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parents[1] / "icons"
SIZE, TIMES = 96, 8  # pixels of an icon, and how many times larger it is drawn
SKY, SUN, FAR, MIDDLE, NEAR = "#9cc3dd", "#f7e3a1", "#7296b5", "#4b7f6d", "#2b4f4a"
WHITE, EDGE = "#ffffff", "#14242a"
LINE, BORDER = 7.0, 3.5  # width of an arrow and of its dark edge
THEMES = "#303030", "#b3b3b3"

Point = tuple[float, float]


class _Icon:
    """A drawing in pixels of an icon, made larger."""

    def __init__(self):
        self.image = Image.new("RGBA", (SIZE * TIMES, SIZE * TIMES))
        self.draw = ImageDraw.Draw(self.image)

    def polygon(self, points: list[Point], color: str) -> None:
        self.draw.polygon([(x * TIMES, y * TIMES) for x, y in points], fill=color)

    def disc(self, middle: Point, radius: float, color: str) -> None:
        (x, y), r = middle, radius
        self.draw.ellipse([n * TIMES for n in (x - r, y - r, x + r, y + r)], fill=color)

    def stroke(self, points: list[Point], width: float, color: str) -> None:
        """A line with round ends and corners."""
        self.draw.line([(x * TIMES, y * TIMES) for x, y in points], fill=color, width=round(width * TIMES), joint="curve")
        for point in (points[0], points[-1]):
            self.disc(point, width / 2.0, color)

    def rounded(self, radius: float) -> None:
        """Cuts the corners off."""
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, *(n - 1 for n in mask.size)), radius * TIMES, fill=255)
        self.image.putalpha(mask)

    def finished(self) -> Image.Image:
        return self.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _landscape(icon: _Icon) -> None:
    icon.polygon([(0, 0), (SIZE, 0), (SIZE, SIZE), (0, SIZE)], SKY)
    icon.disc((71, 23), 11, SUN)
    icon.polygon([(0, 62), (22, 31), (38, 50), (53, 38), (96, 68), (96, 96), (0, 96)], FAR)
    for color, base, height, waves, shift in ((MIDDLE, 66, 7, 1.1, 0.4), (NEAR, 81, 5, 1.4, 2.6)):
        ridge = [(x, base - height * math.sin(waves * 2.0 * math.pi * x / SIZE + shift)) for x in range(0, SIZE + 1, 2)]
        icon.polygon([*ridge, (SIZE, SIZE), (0, SIZE)], color)


def _lines(icon: _Icon, lines: list[list[Point]], width: float = LINE) -> None:
    """White lines with a dark edge, which runs around all of them together."""
    for line in lines:
        icon.stroke(line, width + 2.0 * BORDER, EDGE)
    for line in lines:
        icon.stroke(line, width, WHITE)


def _head(tip: Point, angle: float, size: float = 13.0) -> list[Point]:
    """An arrow's head that points to `angle` (degrees, 0 right, 90 up)."""
    ends = [(tip[0] - size * math.cos(turned), tip[1] + size * math.sin(turned)) for turned in map(math.radians, (angle + 40, angle - 40))]
    return [ends[0], tip, ends[1]]


def _star(middle: Point, outer: float, inner: float) -> list[Point]:
    """A star of four points."""
    reach = [outer, inner] * 4
    return [(middle[0] + r * math.sin(n * math.pi / 4), middle[1] - r * math.cos(n * math.pi / 4)) for n, r in enumerate(reach)]


def _automatic(icon: _Icon) -> None:
    for middle, reach in (((40, 50), 31), ((75, 26), 15)):
        icon.polygon(_star(middle, reach + 2.0 * BORDER, 0.2 * reach + BORDER), EDGE)
        icon.polygon(_star(middle, reach, 0.2 * reach), WHITE)


def _scroll(icon: _Icon) -> None:
    _lines(icon, [[(84, 48), (16, 48)], _head((14, 48), 180, 16), _head((40, 48), 180, 16)])


def _sway(icon: _Icon) -> None:
    arc = [(48 + 36 * math.sin(a), 62 - 26 * math.cos(a)) for a in (n * 0.05 - 1.15 for n in range(47))]
    _lines(icon, [arc, _head(arc[0], 228, 15), _head(arc[-1], -48, 15)])


def _orbit(icon: _Icon) -> None:
    ring = [(48 + 35 * math.cos(a), 50 + 20 * math.sin(a)) for a in (n * 0.05 - 0.95 for n in range(103))]
    _lines(icon, [ring, _head(ring[-1], 38, 15)])
    for radius, color in ((10, EDGE), (6.5, WHITE)):
        icon.disc((48, 50), radius, color)


def _push_in(icon: _Icon) -> None:
    lines = []
    for x, y, angle in ((1, 1, 45), (-1, 1, 135), (-1, -1, 225), (1, -1, 315)):
        tip = 48 - 12 * x, 48 + 12 * y
        lines += [[(48 - 33 * x, 48 + 33 * y), tip], _head(tip, angle, 13)]
    _lines(icon, lines, 6.0)


def _pan(icon: _Icon) -> None:
    _lines(icon, [[(82, 48), (28, 48)], _head((28, 48), 180, 16), [(14, 31), (14, 65)]])


def _rise(icon: _Icon) -> None:
    _lines(icon, [[(48, 82), (48, 28)], _head((48, 28), 90, 16), [(31, 14), (65, 14)]])


def _custom(icon: _Icon) -> None:
    for y, x in ((28, 34), (48, 62), (68, 44)):
        _lines(icon, [[(16, y), (80, y)]], 5.0)
        for radius, color in ((10.5, EDGE), (7, WHITE)):
            icon.disc((x, y), radius, color)


MARKS: dict[str, Callable[[_Icon], None]] = {
    "AUTO": _automatic, "SCROLL": _scroll, "SWAY": _sway, "ORBIT": _orbit, "PUSH_IN": _push_in, "PAN": _pan, "RISE": _rise,
    "CUSTOM": _custom}


def drawn(style: str) -> Image.Image:
    """The icon of a style, RGBA."""
    icon = _Icon()
    _landscape(icon)
    MARKS[style](icon)
    icon.rounded(14)
    return icon.finished()


def _sheet(icons: dict[str, Image.Image]) -> Image.Image:
    sizes = 20, 32, 48, 64
    sheet = Image.new("RGB", (len(icons) * 76 + 12, len(THEMES) * (sum(sizes) + 12 * len(sizes)) + 12))
    y = 0
    for theme in THEMES:
        sheet.paste(theme, (0, y, sheet.width, sheet.height))
        for size in sizes:
            y += 12
            for number, icon in enumerate(icons.values()):
                small = icon.resize((size, size), Image.Resampling.LANCZOS)
                sheet.paste(small, (12 + 76 * number, y), small)
            y += size
    return sheet


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the icons")
    parser.add_argument("--sheet", type=Path, help="also show them at several sizes in one picture")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    icons = {style: drawn(style) for style in MARKS}
    for style, icon in icons.items():
        icon.save(given.out / f"style_{style.lower()}.png", optimize=True)
    if given.sheet:
        _sheet(icons).save(given.sheet)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
