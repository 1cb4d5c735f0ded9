"""OpenCV, which is not built for every computer (there is none for Windows on ARM)."""

from __future__ import annotations

from .errors import ParallaxError


def available() -> bool:
    try:
        import cv2  # noqa: F401
    except ImportError:
        return False
    return True


def needed(what: str, instead: str):
    """The library. Raises ParallaxError that says what cannot be had without it, and what to do instead."""
    if not available():
        raise ParallaxError(f"{what} need OpenCV, which is not made for this computer: {instead}")
    import cv2

    return cv2
