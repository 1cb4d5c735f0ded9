"""The film's colour."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Group, option


@dataclass(frozen=True)
class Grade(Group):
    """Colour of the whole film, and how the air colours what is far."""

    temperature: float = option(0.0, "Temperature", "Colder (blue) to warmer (orange)", low=-1.0, high=1.0)
    tint: float = option(0.0, "Tint", "Greener to more magenta", low=-1.0, high=1.0)
    contrast: float = option(0.0, "Contrast", "Bends the curve: flatter or steeper in the middle", low=-1.0, high=1.0)
    saturation: float = option(1.0, "Saturation", "0 is without colour", low=0.0, high=2.0)
    haze: float = option(0.0, "Aerial Perspective", "How much the air takes from contrast and hue of what is far", low=0.0, high=1.0)
