"""Settings that leave nothing to be chosen from the picture: five bands that scroll, unless a test says otherwise."""

from __future__ import annotations

from engine.settings import Settings

PLAIN = {"style": "CUSTOM", "separator": "BANDS"}


def plain(values: dict) -> Settings:
    """The settings of a test's values."""
    return Settings.from_dict(PLAIN | values)
