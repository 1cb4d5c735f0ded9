"""A film in all its parts, for `make demo FILM=1`: Dresden by moonlight, with an object, sound, effects, colour and editions.

The picture is Johan Christian Dahl's View of Dresden by Moonlight (1839), which is in the public domain.
"""

from tests import harness

PICTURE = harness.ROOT / "tests" / "pictures" / "dresden.jpg"
DEPTH = PICTURE.with_name("dresden_depth.png")
# The sky stands still, and so does the tree before it. The rest goes by in whole rounds of 857 pixels, the frame and a join: nothing
# but the joins has to be painted
SETTINGS = ("style=CUSTOM", "separator=DEPTH", f"depth_map={DEPTH}", "near=WHITE", "layers=5",
            "speeds=0,42.85,42.85,85.7,128.55", "direction=180", "length=DURATION", "duration=20", "loop=on", "max_width=800")
OBJECTS = (
    ("name=woman", "lasso=56.8,78.2,58.4,78.2,60.6,84.4,60.4,86,55.6,85.8,55.4,84"),
    ("name=tree", "lasso=0,12,3,12,9,24,12.5,38,14.5,53,11,63,6,64,0,64", "motion=STILL"),
)
SOUNDS = (
    ("name=wind", "source=WIND", "layer=1", "gain=8"),
    ("name=river", "source=WATER", "layer=4", "gain=6"),
    ("name=crickets", "source=CRICKETS", "layer=5", "gain=-8"),
)
EFFECTS = (
    ("name=moonlight", "kind=RAYS", "x=65", "y=38", "strength=0.25"),
    ("name=rain", "kind=RAIN", "strength=0.25", "direction=260"),
)


def arguments(other: bool = False) -> list[str]:
    """The command line's arguments, as a person would type them. other: for another picture, in which the object is not."""
    many = {"--object": () if other else OBJECTS, "--sound": SOUNDS, "--effect": EFFECTS}
    return ["--set", *SETTINGS, *(word for option, each in many.items() for pairs in each for word in (option, *pairs)),
            "--export", "pingpong=on"]
