"""Reading any still picture as upright 8-bit sRGB, and small image files in and out."""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from .errors import ParallaxError

LARGEST = 600_000_000  # pixels; more than this is a mistake or an attack
SMALLEST = 16  # pixels on a side
MATTE = (255, 255, 255)  # what shows through transparent parts


def size(path: Path) -> tuple[int, int]:
    """Width and height in pixels of the upright picture, from its header. Raises ParallaxError as `read` does."""
    with _open(path) as image, _refusing_damage(path):
        width, height = image.size
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    return (height, width) if turned else (width, height)


def read(path: Path) -> tuple[np.ndarray, list[str]]:
    """The picture as (H, W, 3) uint8 sRGB, upright, and sentences about what was changed on the way.

    Takes grey, 16-bit, palette, CMYK and transparent pictures, with or without a colour profile.
    Raises ParallaxError for a file that is missing, empty, cut short or no picture.
    """
    notes = []
    with _open(path) as image:
        with _refusing_damage(path):
            image.load()
            upright = ImageOps.exif_transpose(image)
        if upright.has_transparency_data:
            notes.append("The picture's transparent parts are shown on white")
        return np.ascontiguousarray(_srgb(upright)), notes


def read_mask(path: Path, width: int, height: int) -> np.ndarray:
    """An image file as a mask (height, width) uint8: its alpha where it is see-through anywhere, else its grey.

    Raises ParallaxError as `read` does, without its lower limit on the size.
    """
    with _open(path, 1, "mask") as image, _refusing_damage(path, "mask"):
        image.load()
        upright = ImageOps.exif_transpose(image)
        alpha = upright.convert("RGBA").getchannel("A") if upright.has_transparency_data else None
        if alpha is not None and alpha.getextrema()[0] < 255:
            grey = alpha
        else:
            grey = Image.fromarray(_eight_bit(np.asarray(upright))) if upright.mode.startswith(("I", "F")) else upright.convert("L")
        return np.asarray(grey.resize((width, height), Image.Resampling.BILINEAR))


def read_card(path: Path, width: int, height: int) -> np.ndarray:
    """An image file as (height, width, 4) uint8 sRGB with straight alpha. Raises ParallaxError as `read` does."""
    with _open(path, smallest=1) as image, _refusing_damage(path):
        image.load()
        upright = ImageOps.exif_transpose(image).convert("RGBA")
        if upright.size == (width, height):
            return np.asarray(upright)
        premultiplied = upright.convert("RGBa").resize((width, height), Image.Resampling.LANCZOS)
        return np.asarray(premultiplied.convert("RGBA"))


def scaled(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """The picture resampled to `width` x `height` pixels."""
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def save_png(path: Path, array: np.ndarray, level: int = 3) -> None:
    """Writes (H, W), (H, W, 3) or (H, W, 4) uint8; level 3 is a third larger and five times faster than 9."""
    Image.fromarray(array).save(path, "PNG", compress_level=level)


def load_png(path: Path) -> np.ndarray:
    """An image file that we wrote ourselves, as its plain array. Raises what Pillow raises over a damaged one."""
    with _any_size(), Image.open(path) as image:
        return np.array(image)


def border(picture: np.ndarray, most: int = 6) -> tuple[int, int, int, int]:
    """Width in pixels of a line along the left, right, top and bottom edge, as scans and crops often have; mostly 0.

    A line ends where neighbouring columns near the edge differ far more than columns further in do, in most of their rows: what
    stands in the picture there does so in few. It begins at the edge, so columns before that are alike.
    """
    grey = picture.mean(axis=2, dtype=np.float32)
    widths = []
    for plane in (grey, grey[:, ::-1], grey.T, grey[::-1].T):
        differences = np.abs(np.diff(plane[:, : 6 * most], axis=1))
        steps, common = differences.mean(axis=0), np.median(differences, axis=0)
        if len(steps) < 2 * most:
            widths.append(0)
            continue
        usual = float(np.median(steps[most:]))
        throughout = common[:most] > 2.5 * max(float(np.median(common[most:])), 1.0)
        marked = np.flatnonzero((steps[:most] > max(2.5 * usual, 5.0)) & throughout)
        line = len(marked) and (steps[: marked[0]] <= 0.5 * usual).all()
        widths.append(int(marked[-1]) + 2 if line else 0)  # and the column beside it, which scaling and JPEG let it colour
    return tuple(widths)


def _open(path: Path, smallest: int = SMALLEST, what: str = "picture") -> Image.Image:
    path = Path(path)
    if not path.is_file():
        raise ParallaxError(f"There is no {what} at {path}: choose another file")
    with _refusing_damage(path, what):
        if path.stat().st_size == 0:
            raise ParallaxError(f"The {what} {path} is empty (0 bytes): choose another file")
        image = Image.open(path)
    width, height = image.size
    if width * height > LARGEST:
        raise ParallaxError(f"The {what} {path} has {width} x {height} pixels: scale it below {LARGEST // 1_000_000} megapixels")
    if min(width, height) < smallest:
        raise ParallaxError(f"The {what} {path} has only {width} x {height} pixels: it needs at least {smallest} on each side")
    return image


@contextmanager
def _refusing_damage(path: Path, what: str = "picture"):
    """Turns whatever a decoder of Pillow raises over a bad file, which may be any exception, into a sentence."""
    try:
        with _any_size(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (ParallaxError, MemoryError):
        raise
    except UnidentifiedImageError:
        raise ParallaxError(f"{path} is not a picture that can be read: save it as PNG, JPEG or TIFF") from None
    except PermissionError:
        raise ParallaxError(f"The {what} {path} cannot be opened: allow reading it, or choose another file") from None
    except Exception:
        raise ParallaxError(f"The {what} {path} is damaged or cut short: open it in an image editor and save it again") from None


@contextmanager
def _any_size():
    """Lifts Pillow's own limit on a picture's size: LARGEST is the one that counts."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _srgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith(("I", "F")):
        grey = _eight_bit(np.asarray(image))
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (*MATTE, 255))
        image = _to_srgb(Image.alpha_composite(ground, image).convert("RGB"), image.info.get("icc_profile"))
    else:
        image = _to_srgb(image, image.info.get("icc_profile"))
    return np.asarray(image)


def _eight_bit(grey: np.ndarray) -> np.ndarray:
    """Grey of 16 or 32 bit or float (0 to 1) as uint8."""
    if grey.dtype.kind == "f":
        top = 1.0 if np.nanmax(grey) <= 1.0 else 255.0
        return np.rint(np.clip(np.nan_to_num(grey) / top, 0.0, 1.0) * 255.0).astype(np.uint8)
    top = 65535.0 if grey.dtype.itemsize == 2 or grey.max() > 255 else 255.0
    return np.rint(np.clip(grey / top, 0.0, 1.0) * 255.0).astype(np.uint8)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB. A profile that is sRGB already, or that does not fit the picture, is left alone."""
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(source).lower():
                return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile: the plain conversion below is what other programs show too
    return image.convert("RGB")
