"""Contact sheets: one row per picture, one page of all rows with a column to score them in."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GAP = 8
FRAME = 400  # width of a frame on a sheet
TALL = 420  # and its greatest height
PAPER, INK, FAINT, RED = (24, 25, 28), (232, 232, 228), (150, 152, 158), (255, 120, 105)


@dataclass(frozen=True)
class Row:
    """What the gallery knows of one picture. An `error` takes the place of frames."""

    name: str
    frames: tuple[np.ndarray, ...] = ()  # (H, W, 3) uint8 each
    facts: tuple[str, ...] = ()  # short, for one line
    notes: tuple[str, ...] = ()  # whole sentences
    error: str = ""
    files: dict[str, str] = field(default_factory=dict)  # label and path, relative to the page

    def caption(self) -> str:
        return " · ".join(self.facts)


def sheet(row: Row, columns: int) -> Image.Image:
    """A row as a picture: its caption, its notes, and its frames side by side."""
    width = columns * FRAME + (columns + 1) * GAP
    frames = [_fitted(frame) for frame in row.frames]
    title, small = ImageFont.load_default(22), ImageFont.load_default(15)
    lines = [(row.caption(), FAINT)] + [(note, FAINT) for note in row.notes] + ([(row.error, RED)] if row.error else [])
    lines = [(part, ink) for text, ink in lines for part in textwrap.wrap(text, width // 8)]
    head = 40 + 20 * len(lines) + GAP
    image = Image.new("RGB", (width, head + max((frame.height for frame in frames), default=0) + GAP), PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((GAP, 8), row.name, INK, title)
    for number, (text, ink) in enumerate(lines):
        pen.text((GAP, 40 + 20 * number), text, ink, small)
    for number, frame in enumerate(frames):
        image.paste(frame, (GAP + number * (FRAME + GAP), head))
    return image


def combined(sheets: Sequence[Image.Image]) -> Image.Image:
    """All rows below one another."""
    image = Image.new("RGB", (max(s.width for s in sheets), sum(s.height for s in sheets)), PAPER)
    top = 0
    for one in sheets:
        image.paste(one, (0, top))
        top += one.height
    return image


def write_page(path: Path, rows: Sequence[Row], about: str) -> None:
    """index.html: every row with its sheet, what else was written for it, and an empty column for the score."""
    body = "\n".join(_html_row(row) for row in rows)
    path.write_text(f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Gallery</title>
<style>
body {{ background: #18191c; color: #e8e8e4; font: 15px/1.5 system-ui, sans-serif; margin: 1.5em }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border-top: 1px solid #3a3c42; padding: .6em; vertical-align: top; text-align: left }}
td.score {{ width: 8em; outline: none }} img {{ max-width: 100%; display: block }} .error {{ color: #ff7869 }} a {{ color: #8db8ff }}
</style>
<h1>Gallery</h1><p>{html.escape(about)}</p>
<table><tr><th>Frames at 0, 1/5, 2/5, 3/5 and 4/5 of the film</th><th>Score, 0 to 10</th></tr>
{body}
</table></html>
""", encoding="utf-8")


def _html_row(row: Row) -> str:
    links = " · ".join(f'<a href="{html.escape(path)}">{html.escape(label)}</a>' for label, path in row.files.items())
    error = f'<p class="error">{html.escape(row.error)}</p>' if row.error else ""
    image = f'<img src="{row.name}.jpg" alt="{html.escape(row.caption() or row.error)}" loading="lazy">'
    return f'<tr><td><h2 id="{row.name}">{row.name}</h2>{error}{image}<p>{links}</p></td><td class="score" contenteditable></td></tr>'


def _fitted(frame: np.ndarray) -> Image.Image:
    image = Image.fromarray(frame)
    share = min(FRAME / image.width, TALL / image.height, 1.0)
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    return image if share == 1.0 else image.resize(size, Image.Resampling.LANCZOS)
