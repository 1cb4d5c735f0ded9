"""The artist's picture: is it there, can it be read, and which file holds it."""

from __future__ import annotations

import functools
import io
import tempfile
from pathlib import Path

import bpy
import numpy as np

from ..engine.errors import ParallaxError
from ..engine.files import refusing_to_write, write_atomically

# What the worker mostly reads by itself; Blender reads more (OpenEXR, Radiance, DPX, colours of 32 bit), and so writes these for it.
READABLE = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".tga", ".jp2", ".gif", ".ppm", ".pgm"}
SMALL = 512  # pixels on a side, about, of the copy whose rows are looked at


def size(image) -> tuple[int, int] | None:
    """Width and height in pixels of the upright picture, or None when there is nothing to read."""
    if image is None:
        return None
    path = file_of(image)
    return (path and _file_size(path)) or (tuple(image.size) if image.size[0] else None)


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
    sides = size(image)
    if sides is None:
        raise ParallaxError(f"'{image.name}' cannot be read as a picture: choose another")
    _check_sides(image.name, *sides)


def file_of(image) -> Path | None:
    """The image's file, or None where its pixels are only in the .blend or in memory."""
    if image.source != "FILE" or image.packed_file or image.is_dirty or not image.filepath:
        return None
    return Path(bpy.path.abspath(image.filepath, library=image.library)).absolute()


def place(image, folder: Path) -> Path:
    """Where the worker finds this image: its own file, or one in the job's folder when that does not exist or cannot be read."""
    path = file_of(image)
    if path and _file_size(path):
        return path
    stem = "".join(c if c.isalnum() or c in "-_ " else "_" for c in Path(image.name).stem)
    return folder / "picture" / f"{stem}{_packed(image)[1]}"


def hand_over(image, folder: Path) -> Path:
    """Makes sure that there is a file that the worker can read, in the job's folder if need be, which must be there then."""
    check(image)
    target = place(image, folder)
    if target != file_of(image):
        data, _ = _packed(image)
        with refusing_to_write(target):
            write_atomically(target, (lambda path: path.write_bytes(data)) if data else (lambda path: _write_pixels(image, path)))
    return target


def choose(props, source: Path, folder: Path) -> bool:
    """Chooses the picture that a job in `folder` was begun with, where it is still there. True when it was not chosen."""
    if props.picture and place(props.picture, folder).resolve() == source:
        return False
    if source.is_file():
        props.picture = bpy.data.images.load(str(source), check_existing=True)
    return True


def glance(image, side: int = SMALL) -> np.ndarray:
    """The picture made small, (H, W, 3) uint8: enough to see how its rows differ.

    side: about how many pixels it keeps on a side, where a file can be made small while it is read.
    """
    from ..engine.picture import read

    with tempfile.TemporaryDirectory() as folder:
        return read(_reduced(hand_over(image, Path(folder)), Path(folder), side))[0]


def _file_size(path: Path) -> tuple[int, int] | None:
    """Size of a file's upright picture, or None when the worker cannot read it."""
    try:
        return _header(path, path.stat().st_mtime_ns)
    except (OSError, ImportError):  # no file, or an extension without its wheels
        return None


@functools.lru_cache(maxsize=16)
def _header(path, _changed):
    from ..engine.picture import size

    try:
        return size(path)
    except ParallaxError:
        return None


def _check_sides(name, width, height) -> None:
    from ..engine.picture import LARGEST, SMALLEST

    if min(width, height) < SMALLEST or width * height > LARGEST:
        raise ParallaxError(f"'{name}' has {width} x {height} pixels: it needs at least {SMALLEST} on each side, "
                            f"and at most {LARGEST // 1_000_000} megapixels")


def _packed(image) -> tuple[bytes | None, str]:
    """The file packed in the .blend as it was, and its suffix; no bytes and '.tif' where pixels have to be written."""
    from PIL import Image

    if image.source == "FILE" and image.packed_file and not image.is_dirty:
        data = image.packed_file.data
        try:
            with Image.open(io.BytesIO(data)) as opened:
                return data, Path(image.filepath).suffix.lower() or f".{opened.format.lower()}"
        except Exception:  # a format that only Blender reads; a decoder may raise anything
            pass
    return None, ".tif"


def _reduced(path: Path, folder: Path, side: int) -> Path:
    """A small copy of a picture file, or the file itself where Pillow cannot reduce such pixels."""
    from PIL import Image, ImageOps

    small = folder / "small.tif"
    try:
        with Image.open(path) as image:
            image.draft(None, (side, side))  # a JPEG is decoded small
            reduced = ImageOps.exif_transpose(image.reduce(tuple(max(1, length // side) for length in image.size)))
            reduced.save(small, icc_profile=image.info.get("icc_profile"))
    except Exception:  # whatever it is, reading the whole file says it in a sentence
        return path
    return small


def _write_pixels(image, target) -> None:
    """Writes what Blender shows as a TIFF, which is six times as fast as a PNG of any compression."""
    from PIL import Image

    width, height = image.size
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(height, width, image.channels)[::-1]
    np.clip(pixels, 0.0, 1.0, out=pixels)
    if image.is_float:  # Blender keeps these linear
        colours = _srgb_of_linear()[(pixels[..., :3] * 65535.0 + 0.5).astype(np.uint16)]
        plain = np.concatenate([colours, (pixels[..., 3:] * 255.0 + 0.5).astype(np.uint8)], axis=2)
    else:
        plain = (pixels * 255.0 + 0.5).astype(np.uint8)
    Image.fromarray(plain[..., 0] if image.channels == 1 else plain).save(target, "TIFF")


@functools.cache
def _srgb_of_linear() -> np.ndarray:
    """What each linear number of 16 bit is in 8 bit sRGB."""
    linear = np.arange(65536) / 65535.0
    return np.rint(255.0 * np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)).astype(np.uint8)
