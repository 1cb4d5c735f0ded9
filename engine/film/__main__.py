"""`python -m engine.film FOLDER`: makes the files that FOLDER/request.json asks for. Exit code 0 done, 1 error, 3 cancelled."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .. import parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine.film", description="Make sounds and textures for an edit of Infinite Parallax.")
    parser.add_argument("folder", type=Path, help="the folder that holds request.json")
    parent.add_flag(parser)
    arguments = parser.parse_args()
    if arguments.watch_stdin:
        parent.watch()
    from .assets import run  # the heavy imports come after the watch has begun

    ending = run(arguments.folder)
    if ending.kind != "done":
        print(ending.text, file=sys.stderr)
    return {"done": 0, "cancelled": 3}.get(ending.kind, 1)


if __name__ == "__main__":
    sys.exit(main())
