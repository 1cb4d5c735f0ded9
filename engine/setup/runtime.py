"""`python -m engine.setup.runtime FOLDER`: fetches ONNX Runtime, one package, into a folder of its own.

Exit code 0 done, 1 error, 3 cancelled. For computers that have no OpenCV (Windows on ARM), and for model files that OpenCV refuses.
How it goes is in events.jsonl in the folder, where it is also cancelled.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .. import parent
from ..channel import Event
from ..errors import ParallaxError
from ..files import put_in_place, refusing_to_write
from ..progress import Progress
from . import install, uv
from .environment import Environment, removed
from .lists import FOLDER, Lists
from .uv import Failed, Uv

PACKAGE = "onnxruntime"
SIZE = 30_000_000  # bytes to fetch, at most; by system, 12 to 28 million
PLACE, BEGUN = "onnxruntime", "onnxruntime.begun"  # folders of the package within ours: whole, and while it is fetched


def place(folder: Path) -> Path:
    """The folder that a worker is told, whether the package is there or not."""
    return folder / PLACE


def is_here(folder: Path) -> bool:
    return (place(folder) / PACKAGE / "__init__.py").is_file()


def fetch(environment: Environment, python: str = sys.executable, opened=lambda program: None) -> Event:
    """Fetches the package. Returns how it ended, which is also its last event.

    environment: its folder is ours, its lists name the version. python: which it is for. opened: told what to end with this process.
    """
    return install.guarded(environment, "Cancelled", lambda progress: _fetched(environment, progress, python, opened))


def _fetched(environment: Environment, progress: Progress, python: str, opened) -> str:
    program = Uv(environment, progress.check)
    opened(program)
    folder, begun = environment.folder, environment.folder / BEGUN
    version = environment.lists.pins()[PACKAGE]
    progress.expect(SIZE / 10e6)
    progress.say("Downloading ONNX Runtime")
    removed(begun)
    try:
        program.run("pip", "install", "--no-deps", "--only-binary", ":all:", "--python", python, "--target", begun, f"{PACKAGE}=={version}")
    except Failed as error:
        raise ParallaxError(uv.sentence(str(error))) from None
    removed(place(folder))
    with refusing_to_write(folder):
        put_in_place(begun, place(folder))
    removed(environment.cache)
    return "ONNX Runtime is ready"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine.setup.runtime", description="Download ONNX Runtime for light models.")
    parser.add_argument("folder", type=Path, help="where it is to be")
    parser.add_argument("--lists", type=Path, default=FOLDER, metavar="FOLDER", help="where the locked lists are")
    parent.add_flag(parser)
    arguments = parser.parse_args()
    running: list[Uv] = []
    if arguments.watch_stdin:
        parent.watch(lambda: [one.kill() for one in running])
    ending = fetch(Environment(arguments.folder.absolute(), Lists(arguments.lists)), opened=running.append)
    print(ending.text, file=sys.stderr)
    return {"done": 0, "cancelled": 3}.get(ending.kind, 1)


if __name__ == "__main__":
    sys.exit(main())
