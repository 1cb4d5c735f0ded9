"""Generates pictures of many kinds with the default settings, and writes contact sheets of what they become.

    python -m tools.gallery --out out/gallery [--only portrait street] [--set separator=DEPTH] [--jobs 2]

Pictures are drawn by code, or come with scikit-image or the tests, so nothing is fetched. `make gallery` runs all of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, PngImagePlugin

from engine.errors import ParallaxError
from engine.job import Job
from engine.settings import Settings

from . import page
from .frames import Finished, moments, samples
from .pictures import PICTURES, fingerprint

ROOT = Path(__file__).resolve().parents[2]
MODELS = "INFINITE_PARALLAX_MODELS"  # environment variable by which a worker is told the folder of models
SHOWN = 5  # frames on a sheet
STRIP = 10  # frames written by --strip
DRAWN = "Fingerprint"  # text in a picture's file that says what drew it
FILM = 480  # width of the animated pictures


@dataclass(frozen=True)
class Order:
    """What every row is made with. frames: of the animated picture, 0 for none. strip: whether single frames are written."""

    out: Path
    width: int
    values: dict[str, str]
    models: Path | None = None
    frames: int = 0
    strip: bool = False
    python: str = sys.executable


def main(words: list[str] | None = None) -> int:
    given = _arguments(words)
    names = given.only or list(PICTURES)
    if unknown := [name for name in names if name not in PICTURES]:
        print(f"There is no picture called {', '.join(unknown)}: choose from {', '.join(PICTURES)}", file=sys.stderr)
        return 2
    try:
        values = dict(pair.split("=", 1) for pair in given.set)
        Settings.from_text(values)
    except ValueError:
        print("Settings are given as name=value, such as separator=DEPTH", file=sys.stderr)
        return 2
    except ParallaxError as error:
        print(error, file=sys.stderr)
        return 2
    order = Order(given.out.resolve(), given.width, values, given.models, given.frames, given.strip, given.python)
    order.out.mkdir(parents=True, exist_ok=True)
    rows = _rows(names, order, given.jobs)
    page.combined([page.sheet(row, SHOWN) for row in rows]).save(order.out / "sheet.png")
    settings = ", ".join(given.set) or "all settings at their defaults"
    page.write_page(order.out / "index.html", rows, f"{len(rows)} pictures, {settings}")
    failed = [row.name for row in rows if row.error]
    print(f"{order.out / 'index.html'}" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.gallery", description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=Path("out/gallery"), help="folder for the sheets and the jobs")
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"some of {', '.join(PICTURES)}")
    parser.add_argument("--width", type=int, default=1280, help="of the pictures that are drawn, in pixels")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="NAME=VALUE", help="settings other than the defaults")
    parser.add_argument("--jobs", type=int, default=1, help="how many are generated at the same time")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="where models are, each in a folder by its name")
    parser.add_argument("--python", default=sys.executable, help="the Python that generates, such as one in which models run")
    parser.add_argument("--frames", type=int, default=0, help="also write an animated WebP of so many frames for each picture")
    parser.add_argument("--strip", action="store_true", help=f"also write {STRIP} frames of each picture at full size")
    return parser.parse_args(words)


def _rows(names: list[str], order: Order, jobs: int) -> list[page.Row]:
    """A row for each name, in their order; says on the terminal how it goes and how long it will take."""
    begun, rows = time.monotonic(), {}
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        running = {pool.submit(_row, name, order): name for name in names}
        for done in as_completed(running):
            row = rows[running[done]] = done.result()
            _write_sheet(row, order.out)  # at once: a long gallery can be looked at while it grows
            spent = time.monotonic() - begun
            left = spent / len(rows) * (len(names) - len(rows))
            print(f"[{len(rows)}/{len(names)}] {row.name}: {row.error or row.caption()} · {_clock(left)} left", flush=True)
    return [rows[name] for name in names]


def _row(name: str, order: Order) -> page.Row:
    """Draws, generates and looks at one picture. What goes wrong becomes the row's sentence."""
    folder = order.out / "jobs" / name
    try:
        shutil.rmtree(folder, ignore_errors=True)
        picture = _drawn(name, order)
        seconds = _generate(folder, picture, order)
        return _seen(name, folder, seconds, order)
    except ParallaxError as error:
        return page.Row(name, error=str(error))
    except Exception as error:  # one row must not take the others down
        traceback.print_exc()
        return page.Row(name, error=f"{type(error).__name__}: {error}")


def _drawn(name: str, order: Order) -> Path:
    """The picture's file; one that an earlier run has drawn is taken where the code that draws is the same."""
    path, wanted = order.out / "pictures" / f"{name}.png", fingerprint(name, order.width)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with Image.open(path) as earlier:
            if earlier.info.get(DRAWN) == wanted:
                return path
    except OSError:
        pass  # there is none, or it was cut short
    about = PngImagePlugin.PngInfo()
    about.add_text(DRAWN, wanted)
    Image.fromarray(PICTURES[name](order.width)).save(path, pnginfo=about)
    return path


def _generate(folder: Path, picture: Path, order: Order) -> float:
    """Runs the worker as Blender does. Returns how many seconds it took; raises ParallaxError with its last words."""
    Job.create(folder, picture, Settings.from_text(order.values))
    environment = {**os.environ, **({MODELS: str(order.models.resolve())} if order.models else {})}
    begun = time.monotonic()
    done = subprocess.run([order.python, "-m", "engine", str(folder)], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise ParallaxError(lines[-1] if lines else f"The worker ended with code {done.returncode}")
    return time.monotonic() - begun


def _seen(name: str, folder: Path, seconds: float, order: Order) -> page.Row:
    files = {"picture": f"pictures/{name}.png"}
    frames, holes = samples(finished := Finished(folder, page.FRAME), moments(_frames(folder), SHOWN))
    if order.frames:
        _write_film(folder, order.out / f"{name}.webp", order.frames)
        files["animation"] = f"{name}.webp"
    if order.strip:
        _write_strip(folder, order.out / "strips" / name)
        files["frames"] = f"strips/{name}/"
    return page.Row(name, tuple(frames), _facts(finished, folder, seconds, holes), tuple(finished.motion.notes), files=files)


def _frames(folder: Path) -> int:
    return Job(folder).result().motion.frames


def _facts(finished: Finished, folder: Path, seconds: float, holes: float) -> tuple[str, ...]:
    """What a caption says: style and why, separator, layers, size, length, time, and how much shows through."""
    about, settings = finished.about, Job(folder).read()[1]
    style, reason = about.get("style"), about.get("style_reason")
    facts = [f"style {style}" + (f" ({reason})" if reason else "")] if style else []
    facts += [f"separator {about.get('separator') or settings.separator}", f"{len(finished.order)} layers"]
    facts += [f"{finished.motion.width} x {finished.motion.height}", f"{finished.frames / finished.fps:.0f} s film"]
    facts += [f"{seconds:.1f} s to generate"]
    return (*facts, f"{100 * holes:.2f} % shows through") if holes > 0.0001 else tuple(facts)


def _write_film(folder: Path, path: Path, count: int) -> None:
    """The whole film in `count` frames as an animated WebP, at its own speed."""
    finished = Finished(folder, FILM)
    pictures = [Image.fromarray(finished.see(frame)[0]) for frame in moments(finished.frames, count)]
    each = max(20, round(1000 * finished.frames / finished.fps / count))
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=each, loop=0, quality=70)


def _write_strip(folder: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    finished = Finished(folder)
    for number, frame in enumerate(moments(finished.frames, STRIP)):
        Image.fromarray(finished.see(frame)[0]).save(target / f"{number:02d}.png")


def _write_sheet(row: page.Row, out: Path) -> None:
    image = page.sheet(row, SHOWN)
    image.save(out / f"{row.name}.png")
    image.save(out / f"{row.name}.jpg", quality=88)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


if __name__ == "__main__":
    sys.exit(main())
