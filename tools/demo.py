"""Makes a parallax from one picture without a window: the video and the scene. `make demo` runs this in the bpy wheel.

Without a picture it shows our own example with all defaults, as a first click on Generate Parallax does.
"""

import argparse
from pathlib import Path

from tests import harness
from tools import film

EXAMPLE = harness.ROOT / "tests" / "pictures" / "harbour.jpg"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False,
                                     epilog="All other arguments go to `blender --command infinite_parallax`.")
    parser.add_argument("--picture", default="", help="by default our own example")  # an option: else the values of unknown ones were it
    parser.add_argument("--out", default=Path("out/demo"), type=Path, help="folder for video.mp4 and scene.blend")
    parser.add_argument("--film", action="store_true", help="a film with all that the edit can do; of Dresden, where no picture is named")
    given, others = parser.parse_known_args()
    out = given.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    harness.prepare()
    harness.enable()
    resumes = "--resume" in others  # a job goes on with its own settings
    picture = given.picture or (film.PICTURE if given.film else EXAMPLE)
    how = []
    if not resumes:
        how = film.arguments(bool(given.picture)) if given.film else []
    outputs = ["--output", str(out / "video.mp4"), "--blend", str(out / "scene.blend")]
    return harness.part("operators.command").main([str(Path(picture).resolve()), *how, *outputs, *others])


if __name__ == "__main__":
    harness.leave(main())
