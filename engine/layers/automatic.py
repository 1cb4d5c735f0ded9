"""What decides which layer a part of the picture belongs to, where the artist leaves that open."""

from __future__ import annotations

from dataclasses import replace

from ..settings import Settings


def resolved(settings: Settings, has_depth_model: bool) -> Settings:
    """The settings with the separator that an automatic one stands for.

    Cards, a depth map or heights that are given decide. Without them it is a depth model where there is one, or else the outlines.
    """
    if settings.separator != "AUTO":
        return settings
    if settings.cards:
        return replace(settings, separator="CARDS")
    if settings.heights:
        return replace(settings, separator="BANDS")
    if settings.depth_map or settings.depth_model or has_depth_model:
        return replace(settings, separator="DEPTH")
    return replace(settings, separator="OUTLINES")
