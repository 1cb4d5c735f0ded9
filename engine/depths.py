"""How near everything in a picture is, from wherever the settings say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from . import depth_guess, depth_map
from .depth import Depth
from .errors import ParallaxError
from .seer import Seer
from .settings import Settings


def found(picture: np.ndarray, settings: Settings, seer: Seer | None) -> Depth:
    """Of a picture (H, W, 3) uint8: from the file that is set, else by the model that is set or, where none is, a light one that is
    on this computer, else a guess.

    Raises ParallaxError as these do, and where a model is set that nothing runs.
    """
    if settings.depth_map:
        return depth_map.read(Path(settings.depth_map), picture.shape[1], picture.shape[0], settings.near, settings.depth_range, picture)
    if not settings.depth_model and getattr(seer, "measures", False):
        return Depth(seer.nearness(picture), settings.depth_range)
    if not settings.depth_model:
        return depth_guess.estimate(picture, settings.depth_range)
    if seer is None:
        raise ParallaxError("Estimating depth with a model needs the neural engine: set it up in Preferences > Add-ons > "
                            "Infinite Parallax, or choose a depth map")
    return Depth(seer.nearness(picture), settings.depth_range)


def found_or_none(picture: np.ndarray, settings: Settings, seer: Seer | None) -> Depth | None:
    """The same, for what is painted; None where nothing was chosen and the guess cannot be made here, as there is no OpenCV.

    A depth map belongs to layers that are made from it, or measured by it.
    """
    settings = settings if settings.separator in ("DEPTH", "TAGS") else replace(settings, depth_map="")
    try:
        return found(picture, settings, seer)
    except ParallaxError:
        if settings.depth_map or settings.depth_model:
            raise
        return None


def of_layers(labels: np.ndarray, distances: tuple[float, ...]) -> np.ndarray:
    """Nearness (H, W) float32 of layers that are as flat as cards. labels: (H, W), ranks from far to near; distances: by rank."""
    near = 1.0 / np.asarray(distances)
    low, high = near.min(), near.max()
    return ((near - low) / max(high - low, 1e-9)).astype(np.float32)[labels]
