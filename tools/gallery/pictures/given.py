"""Pictures that are there already: the tests' own, and photographs that come inside scikit-image's wheel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

OURS = Path(__file__).resolve().parents[3] / "tests" / "pictures"


def _ours(name: str, width: int) -> np.ndarray:
    return _fitted(Image.open(OURS / f"{name}.jpg").convert("RGB"), width)


def _photograph(name: str, width: int) -> np.ndarray:
    """One of scikit-image's, never enlarged; gray ones in three equal channels."""
    from skimage import data  # only with this picture, as the others do without

    found = getattr(data, name)()
    return _fitted(Image.fromarray(found[0] if isinstance(found, tuple) else found).convert("RGB"), width)


def _fitted(image: Image.Image, width: int) -> np.ndarray:
    if image.width > width:
        image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    return np.array(image)


PHOTOGRAPHS = {
    "astronaut": "astronaut",
    "cat": "chelsea",
    "coffee": "coffee",
    "rocket": "rocket",
    "cameraman": "camera",
    "workshop": "stereo_motorcycle",
    "galaxies": "hubble_deep_field",
}
PICTURES: dict[str, Callable[[int], np.ndarray]] = {
    **{name: partial(_ours, name) for name in ("dresden", "harbour")},
    **{name: partial(_photograph, source) for name, source in PHOTOGRAPHS.items()},
}
