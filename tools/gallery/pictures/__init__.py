"""The gallery's pictures by name. Each takes a width in pixels and returns (H, W, 3) uint8: the same width gives the same picture."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from . import built, drawn, given, living, nature, woods

Picture = Callable[[int], np.ndarray]
PICTURES: dict[str, Picture] = {
    **living.PICTURES,
    **built.PICTURES,
    **nature.PICTURES,
    **woods.PICTURES,
    **drawn.PICTURES,
    **given.PICTURES,
}


def fingerprint(name: str, width: int) -> str:
    """Changes with the code that draws, so that a picture drawn before is drawn again only then."""
    code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(f"{name} {width} ".encode() + code).hexdigest()
