"""Makes a parallax from one picture without a window: the video and the scene. `make demo` runs this in the bpy wheel.

Without a picture it shows our own example: layers shaped by its depth map, and objects lifted out of it.
"""

import argparse
from pathlib import Path

from tests import harness
from tools import film

EXAMPLE = harness.ROOT / "tests" / "pictures" / "harbour.jpg"
SHORT = ("length=DURATION", "duration=12", "loop=off")  # renders in minutes on any computer
SHAPED = ("separator=DEPTH", f"depth_map={EXAMPLE.with_name('harbour_depth.png')}", "smoothness=30")
OBJECTS = (
    ("name=lighthouse", "lasso=73.7,36.7,76.2,36.7,77,56.1,73,56.1"),
    ("name=boat", "lasso=34.8,52.2,35.4,52.2,37,63,36.2,71.1,34.1,71.1,32.8,63", "motion=FACTOR", "factor=0.3"),
)


def example() -> list[str]:
    """The command line's arguments for our example, as a person would type them."""
    return ["--set", *SHORT, *SHAPED, *(word for pairs in OBJECTS for word in ("--object", *pairs))]


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
        how = film.arguments(bool(given.picture)) if given.film else ["--set", *SHORT] if given.picture else example()
    outputs = ["--output", str(out / "video.mp4"), "--blend", str(out / "scene.blend")]
    return harness.part("operators.command").main([str(Path(picture).resolve()), *how, *outputs, *others])


if __name__ == "__main__":
    harness.leave(main())
