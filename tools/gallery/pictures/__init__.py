"""The gallery's pictures by name. Each takes a width in pixels and returns (H, W, 3) uint8: the same width gives the same picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import built, drawn, given, living, nature, woods

Picture = Callable[[int], np.ndarray]
PICTURES: dict[str, Picture] = {**living.PICTURES, **built.PICTURES, **nature.PICTURES, **woods.PICTURES, **drawn.PICTURES, **given.PICTURES}
