"""The artist's picture: is it there, can it be read, and which file holds it."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from ..engine.errors import ParallaxError
from ..engine.job import refusing_to_write

# What the worker reads by itself; Blender reads more (OpenEXR, Radiance, DPX), and so writes these as a PNG for it.
READABLE = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".tga", ".jp2", ".gif", ".ppm", ".pgm"}


def size(image) -> tuple[int, int] | None:
    """Width and height in pixels, or None when there is nothing to read."""
    if image is None or not image.size[0]:
        return None
    return image.size[0], image.size[1]


def check(image) -> None:
    """Raises ParallaxError when this image cannot become a parallax."""
    if image is None:
        raise ParallaxError("Choose a picture first")
    if image.source in ("MOVIE", "SEQUENCE", "TILED"):
        raise ParallaxError(f"'{image.name}' is not a single still picture: choose one")
    path = file_of(image)
    if path and not path.is_file():
        raise ParallaxError(f"The picture {path} is not there any more: choose it again")
    if path and not path.stat().st_size:
        raise ParallaxError(f"The picture {path} is empty (0 bytes): choose another")
    if size(image) is None:
        raise ParallaxError(f"'{image.name}' cannot be read as a picture: choose another")


def file_of(image) -> Path | None:
    """The image's file, or None where its pixels are only in the .blend or in memory."""
    if image.source != "FILE" or image.packed_file or image.is_dirty or not image.filepath:
        return None
    return Path(bpy.path.abspath(image.filepath, library=image.library)).absolute()


def hand_over(image, folder: Path) -> Path:
    """A file that the worker can read; pixels without one are written as a PNG beside the job's folder."""
    check(image)
    path = file_of(image)
    if path and path.suffix.lower() in READABLE:
        return path
    stem = "".join(c if c.isalnum() or c in "-_ " else "_" for c in Path(image.name).stem)
    target = folder.parent / f"{stem}_picture.png"
    with refusing_to_write(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_png(image, target)
    return target


def _write_png(image, target) -> None:
    from PIL import Image

    width, height = image.size
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(height, width, image.channels)[::-1]
    if image.is_float:  # Blender keeps these linear
        pixels = np.concatenate([_to_srgb(pixels[..., :3]), pixels[..., 3:]], axis=2)
    plain = np.round(np.clip(pixels, 0.0, 1.0) * 255.0).astype(np.uint8)
    Image.fromarray(plain[..., 0] if image.channels == 1 else plain).save(target)


def _to_srgb(linear):
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
