"""The film's colour: what it may be, its presets, and the numbers that Blender's modifiers and nodes are given for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import ParallaxError
from ..options import Group, option

NEUTRAL = (1.0, 1.0, 1.0)
WARMTH = 0.8  # at temperature 1, red and blue are this many powers of two apart from the green between them
TINT = 0.6  # at tint 1, green is this many powers of two from red and blue
SPOTS = (0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)  # of the tone curve
LIGHT_SPOTS = (0.9375, 0.96875, 0.984375, 0.9921875)  # further ones where it has to take back the white balance: it ends upright
MOST = 0.995  # share that the air takes of the farthest layer, as nothing can be infinitely far


@dataclass(frozen=True)
class Grade(Group):
    """Colour of the whole film, and how the air colours what is far. Lift, gamma and gain are Blender's: 1 changes nothing."""

    temperature: float = option(0.0, "Temperature", "Colder (blue) to warmer (orange)", low=-1.0, high=1.0)
    tint: float = option(0.0, "Tint", "Greener to more magenta", low=-1.0, high=1.0)
    contrast: float = option(0.0, "Contrast", "Flatter or steeper in the middle", low=-1.0, high=1.0)
    saturation: float = option(1.0, "Saturation", "0 is without colour", low=0.0, high=2.0)
    lift: tuple[float, ...] = option(NEUTRAL, "Lift", "Colour and lightness of the shadows", low=0.0, high=2.0, kind="colour")
    gamma: tuple[float, ...] = option(NEUTRAL, "Gamma", "Colour and lightness of the middle", low=0.0, high=2.0, kind="colour")
    gain: tuple[float, ...] = option(NEUTRAL, "Gain", "Colour and lightness of the lights", low=0.0, high=2.0, kind="colour")
    haze: float = option(0.0, "Haze", "How much the air takes of the farthest layer's contrast and hue, of nearer ones less",
                         low=0.0, high=1.0)
    haze_auto: bool = option(True, "From the Picture", "The air has the colour of the farthest layer")
    haze_colour: tuple[float, ...] = option((0.5, 0.625, 0.75), "Haze Colour", "Colour of the air", low=0.0, high=1.0, kind="colour")

    @classmethod
    def from_text(cls, pairs: dict[str, str]) -> Grade:
        """As every group, and "look" names a preset to begin with."""
        looks = {one.key: one.grade for one in PRESETS}
        look = pairs.get("look", "").strip().lower().replace(" ", "_")
        if look and look not in looks:
            raise ParallaxError(f"There is no look named '{pairs['look']}': the looks are {', '.join(looks)}")
        given = super().from_text({name: text for name, text in pairs.items() if name != "look"})
        return replace(looks[look], **{name: getattr(given, name) for name in pairs if name != "look"}) if look else given

    @property
    def colours(self) -> bool:
        """Whether it changes the whole film's colour."""
        return (self.temperature, self.tint, self.contrast, self.saturation, self.lift, self.gamma, self.gain) != (
            0.0, 0.0, 0.0, 1.0, NEUTRAL, NEUTRAL, NEUTRAL)


def exponents(grade: Grade) -> tuple[float, float, float]:
    """By which the darkness (1 - value) of red, green and blue is raised, so that white stays white; their geometric mean is 1."""
    warm, green = grade.temperature * WARMTH, -grade.tint * TINT
    logs = (warm - green / 3.0, green * 2.0 / 3.0, -warm - green / 3.0)
    return tuple(2.0**log for log in logs)


def white(grade: Grade) -> tuple[float, float, float]:
    """The white value of a white balance modifier, each at most 1 as it must be.

    The modifier gives 1 - (1 - value) ** (1 / white): it can only lighten. `tone` takes back how much lighter all is by that.
    """
    least = min(exponents(grade))
    return tuple(least / exponent for exponent in exponents(grade))


def tone(grade: Grade) -> list[tuple[float, float]]:
    """Points of the tone curve after the white balance, from 0 to 1 on both axes.

    More contrast is an S-curve of two powers that meet at the middle grey, where its slope is 2 ** contrast; less is a straight line.
    """
    power = min(exponents(grade))
    spots = sorted((*SPOTS, *LIGHT_SPOTS)) if power < 1.0 else SPOTS
    return [(x, contrasted(1.0 - (1.0 - x) ** power, grade.contrast)) for x in spots]


def contrasted(x: float, amount: float) -> float:
    """A value with more or less contrast, both 0 to 1."""
    slope = 2.0**amount
    if amount <= 0.0:
        return 0.5 + (x - 0.5) * slope
    return 0.5 * (2.0 * x) ** slope if x < 0.5 else 1.0 - 0.5 * (2.0 - 2.0 * x) ** slope


def density(haze: float, distances: Sequence[float]) -> float:
    """How dense the air is for one unit of distance, where it takes the share `haze` of the farthest."""
    depth = max(distances) - min(distances)
    return -math.log(1.0 - min(haze, MOST)) / depth if depth > 0.0 else 0.0


def hazed(dense: float, distance: float, nearest: float) -> float:
    """The share of the air's colour in what is seen of a layer, 0 to 1.

    Koschmieder's law (H. Koschmieder, Theorie der horizontalen Sichtweite, 1924): along the line of sight an object's light falls
    as exp(-density * distance), and the air's own takes its place. Distances count from the nearest layer, which stays as it is.
    """
    return 1.0 - math.exp(-dense * (distance - nearest))


@dataclass(frozen=True)
class Preset:
    """A look to begin with. key: also the name of its picture."""

    key: str
    label: str
    tip: str
    grade: Grade


PRESETS = (
    Preset("moonlight", "Moonlight", "Night: dark, blue, little colour", Grade(
        temperature=-0.5, tint=-0.2, contrast=0.2, saturation=0.5, lift=(0.94, 0.97, 1.0), gamma=(0.6, 0.72, 0.86),
        gain=(0.5, 0.66, 0.86))),
    Preset("golden_hour", "Golden Hour", "The low sun's warm light", Grade(
        temperature=0.45, tint=0.08, contrast=0.15, saturation=1.15, lift=(1.0, 0.97, 0.95), gamma=(1.05, 0.98, 0.88),
        gain=(1.08, 0.97, 0.78))),
    Preset("dawn_mist", "Dawn Mist", "Cool, pale and soft, the distance lost in haze", Grade(
        temperature=-0.25, tint=-0.15, contrast=-0.15, saturation=0.6, lift=(1.08, 1.1, 1.12), gamma=(1.1, 1.12, 1.14),
        gain=(0.98, 1.0, 1.0), haze=0.55)),
    Preset("tropical", "Tropical", "Bright and full of colour", Grade(
        temperature=0.08, contrast=0.3, saturation=1.5, gamma=(1.06, 1.08, 1.06), gain=(1.04, 1.04, 1.02))),
    Preset("faded_print", "Faded Print", "An old photograph: pale blacks, little contrast, yellowed", Grade(
        temperature=0.12, tint=0.1, contrast=-0.35, saturation=0.65, lift=(1.14, 1.06, 1.08), gamma=(1.05, 1.0, 0.96),
        gain=(1.0, 0.96, 0.84))),
    Preset("noir", "Noir", "Black and white, hard contrast", Grade(
        contrast=0.7, saturation=0.0, lift=(0.94, 0.94, 0.94), gamma=(0.66, 0.66, 0.66))),
)
