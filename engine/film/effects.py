"""An effect of the film: a plane among the layers, a change to the layers themselves, or a strip of the edit."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Group, items, option

KINDS = items(
    ("RAIN", "Rain", "Rain that falls between the layers"),
    ("SNOW", "Snow", "Flakes that drift down between the layers"),
    ("DUST", "Dust", "Specks that float in the light"),
    ("FOG", "Fog", "Banks of fog between the layers, thicker with the distance"),
    ("RAYS", "Light Rays", "Rays from a point, such as the moon"),
    ("GLOW", "Glow", "Bright parts glow, as through a lens"),
    ("VIGNETTE", "Vignette", "Darker towards the corners"),
    ("GRAIN", "Film Grain", "The grain of film"),
    ("SHIMMER", "Shimmer", "Water or hot air: the picture sways"),
    ("MEDIA", "Movie or Image", "A movie or image of your own, laid over the film"),
)
MEDIUMS = items(
    ("WATER", "Water", "Ripples from side to side, larger towards the bottom"),
    ("HEAT", "Hot Air", "Fine trembling that rises, the same everywhere"),
)
BLENDS = items(
    ("ALPHA_OVER", "Alpha Over", "Covers by its transparency"),
    ("ADD", "Add", "Adds its light"),
    ("SCREEN", "Screen", "Adds its light, softly"),
    ("MULTIPLY", "Multiply", "Darkens"),
    ("OVERLAY", "Overlay", "Makes light parts lighter and dark ones darker"),
    ("SOFT_LIGHT", "Soft Light", "The same, softly"),
)
USES = {  # the settings that each kind looks at, beside its name, its strength and whether it is hidden
    "RAIN": ("speed", "direction", "wind", "size", "brightness", "colour", "layer", "seed"),
    "SNOW": ("speed", "direction", "wind", "size", "brightness", "colour", "layer", "seed"),
    "DUST": ("speed", "direction", "wind", "size", "brightness", "colour", "x", "y", "layer", "seed"),
    "FOG": ("speed", "direction", "wind", "size", "brightness", "colour", "layer", "seed"),
    "RAYS": ("x", "y", "direction", "spread", "speed", "size", "brightness", "colour", "layer", "seed"),
    "GLOW": ("size",),
    "VIGNETTE": ("size",),
    "GRAIN": ("speed", "size", "seed"),
    "SHIMMER": ("medium", "speed", "size", "layer", "seed"),
    "MEDIA": ("file", "blend"),
}
PLANES, LAYERS, STRIPS = ("RAIN", "SNOW", "DUST", "FOG", "RAYS"), ("SHIMMER",), ("GLOW", "VIGNETTE", "GRAIN", "MEDIA")  # where they lie


@dataclass(frozen=True)
class Effect(Group):
    """One effect. Settings that a kind has no use for (`USES`) are ignored."""

    name: str = option("", "Name", "What the effect is called", kind="text")
    key: str = option("", "Key", "What the effect is known by when it is renamed; by default its name", kind="text")
    kind: str = option("RAIN", "Kind", "What it is", items=KINDS)
    strength: float = option(0.5, "Strength", "How much of it there is", low=0.0, high=4.0, soft=(0.0, 1.0))
    speed: float = option(1.0, "Speed", "Multiple of its natural speed", low=0.0, high=100.0, soft=(0.0, 4.0))
    direction: float = option(270.0, "Direction", "Where it goes: 0 right, 90 up, 180 left, 270 down", low=-1e6, high=1e6,
                              soft=(0.0, 360.0), unit="deg")
    spread: float = option(200.0, "Spread", "The angle that rays fill around their direction", low=1.0, high=360.0, unit="deg")
    wind: bool = option(False, "Follows the Parallax", "It is carried along with the layers beside it")
    size: float = option(1.0, "Size", "Multiple of its natural size", low=0.01, high=100.0, soft=(0.25, 4.0))
    brightness: float = option(1.0, "Brightness", "Multiple of its natural brightness", low=0.0, high=10.0, soft=(0.0, 2.0))
    colour: tuple = option((1.0, 1.0, 1.0), "Colour", "What colours its light", low=0.0, high=1.0, kind="colour")
    layer: int = option(0, "Layer", "The layer that it lies in front of, or that it changes, counted as in the list; 0 is all of them",
                        low=0, high=32)
    x: float = option(50.0, "X", "Where light comes from, in percent of the width", low=-1000.0, high=1000.0, soft=(0.0, 100.0), unit="%")
    y: float = option(10.0, "Y", "Where light comes from, in percent of the height from the top", low=-1000.0, high=1000.0,
                      soft=(0.0, 100.0), unit="%")
    medium: str = option("WATER", "Medium", "What makes the picture sway", items=MEDIUMS)
    file: str = option("", "File", "Movie or image", kind="file")
    blend: str = option("ALPHA_OVER", "Blend", "How it is laid over the film", items=BLENDS)
    seed: int = option(0, "Seed", "Another seed looks another way", low=0, high=2**31 - 1)
    hide: bool = option(False, "Hide", "Leave it out of view and video")
