"""`python -m engine.setup FOLDER`: sets up the neural engine in a folder, or goes on with it. Exit code 0 done, 1 error, 3 cancelled.

How it goes is in events.jsonl in the folder, where it is also cancelled.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .. import parent
from ..neural.device import KINDS
from . import install
from .environment import Environment
from .lists import FOLDER, Lists
from .uv import Uv


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine.setup", description="Set up the neural engine of Infinite Parallax.")
    parser.add_argument("folder", type=Path, help="where it is, or is to be")
    parser.add_argument("--test", type=Path, metavar="PYTHON", help="set up nothing: test what this Python can do")
    parser.add_argument("--remove", action="store_true", help="take what was set up off the disk; models stay")
    parser.add_argument("--device", choices=("auto", *KINDS), default="auto", help="what models are to run on")
    parser.add_argument("--lists", type=Path, default=FOLDER, metavar="FOLDER", help="where the locked lists are")
    parser.add_argument("--base", default=sys.executable, metavar="PYTHON", help="the Python to build on; by default the one that runs")
    parent.add_flag(parser)
    arguments = parser.parse_args()
    running: list[Uv] = []
    if arguments.watch_stdin:
        parent.watch(lambda: [one.kill() for one in running])
    environment = Environment(arguments.folder.absolute(), Lists(arguments.lists))
    if arguments.remove:
        ending = install.remove(environment)
    elif arguments.test:
        ending = install.test(environment, arguments.test, arguments.device)
    else:
        ending = install.set_up(environment, arguments.device, arguments.base, running.append)
    print(ending.text, file=sys.stderr)
    return {"done": 0, "cancelled": 3}.get(ending.kind, 1)


if __name__ == "__main__":
    sys.exit(main())
