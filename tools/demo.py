"""Makes a parallax from one picture without a window: the video and the scene. `make demo` runs this in the bpy wheel."""

import argparse
from pathlib import Path

from tests import harness


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog="All other arguments go to `blender --command infinite_parallax`.")
    parser.add_argument("picture", type=Path)  # not optional: argparse would take the values of unknown arguments for it
    parser.add_argument("--out", default=Path("out/demo"), type=Path, help="folder for video.mp4 and scene.blend")
    given, others = parser.parse_known_args()
    out = given.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    harness.prepare()
    harness.enable()
    return harness.part("operators.command").main(
        [str(given.picture.resolve()), "--output", str(out / "video.mp4"), "--blend", str(out / "scene.blend"), *others]
    )


if __name__ == "__main__":
    harness.leave(main())
