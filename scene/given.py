"""What an artist gives beside the picture, as files that the worker can read: masks and a depth map.

Painted masks are images of the .blend, and a depth map may be in a format that only Blender reads. These are written into the
job's folder when a job is submitted (`hand_over`); until then the settings only say where that will be.
"""

from __future__ import annotations

import os
from pathlib import Path

import bpy
import numpy as np

from ..engine.errors import ParallaxError
from ..engine.files import refusing_to_write, write_atomically
from .groups import DEPTH_READING, has_masks

PLACE = "given"  # folder in the job's
LAYER, OBJECT = "layer", "object"


def absolute(path: str) -> str:
    """A path of the artist's without '//'; nothing stays nothing."""
    return os.path.abspath(bpy.path.abspath(path)) if path else ""


def mask(image, kind: str, number: int, folder: Path | None) -> str:
    """Where the mask of a layer or object (from 0) is, or will be once it is handed over. '' without an image."""
    if image is None:
        return ""
    if folder is None:
        return absolute(image.filepath) or image.name
    return str(folder / PLACE / f"{kind} {number + 1}.png")


def depth(path: str, folder: Path | None) -> str:
    """Where a depth map is, or will be once it is handed over, which only one that the worker cannot read is."""
    path = absolute(path)
    return str(folder / PLACE / "depth.tif") if path and folder and not _readable(Path(path)) else path


def model(typed: str) -> str:
    """What a setting that names a model says: a name of the catalogue as it is, a path whole."""
    return absolute(typed) if typed.startswith("//") or os.path.isabs(typed) else typed.strip()


def taken_mask(image, path: str):
    """The image for a job's mask: the artist's own where it was handed over from that, else the file, where it is there."""
    if not path or _handed_over(path) and image:
        return image if path else None
    if not Path(path).is_file():
        return None
    try:
        return bpy.data.images.load(path, check_existing=True)
    except RuntimeError:
        raise ParallaxError(f"The mask {path} is not a picture that can be read: save it as PNG") from None


def taken_path(own: str, path: str) -> str:
    """The path for a job's depth map: the artist's own where it was handed over from that."""
    return own if own and (_handed_over(path) or absolute(own) == path) else path


def hand_over(props, folder: Path) -> None:
    """Writes what `mask` and `depth` have promised for a job's folder. Raises ParallaxError where something is not there."""
    if props.depth_map and depth(props.depth_map, folder) != absolute(props.depth_map) and props.separator in DEPTH_READING:
        _write(Path(depth(props.depth_map, folder)), _depth_writer(absolute(props.depth_map)))
    for kind, number, image in _masks(props):
        _write(Path(mask(image, kind, number, folder)), _mask_writer(image))


def check(props) -> None:
    """Raises ParallaxError when something that the settings name is not there."""
    if props.separator in DEPTH_READING and props.depth_map:
        _check_path("depth map", props.depth_map)
    elif props.separator == "CARDS":
        if not props.cards:
            raise ParallaxError("Choose a folder of cards first")
        _check_path("folder of cards", props.cards)
    for _, _, image in _masks(props):
        if not image.size[0]:
            raise ParallaxError(f"The mask '{image.name}' cannot be read: choose another image, or paint one")


def _check_path(what: str, path: str) -> None:
    if not os.path.exists(absolute(path)):
        raise ParallaxError(f"The {what} {absolute(path)} is not there any more: choose it again")


def _masks(props):
    """Kind, number and image of each mask that reaches the worker."""
    for kind, items in ((LAYER, list(props.layer_items)[: props.layers] if has_masks(props) else ()), (OBJECT, props.objects)):
        for number, item in enumerate(items):
            if item.mask and (kind == LAYER or item.shape == "MASK"):
                yield kind, number, item.mask


def pixels(image) -> np.ndarray:
    """What Blender has of an image, (H, W, channels) float32, the top row first."""
    width, height = image.size
    values = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(height, width, image.channels)[::-1]


def _handed_over(path: str) -> bool:
    return Path(path).parent.name == PLACE


def _readable(path: Path) -> bool:
    from . import picture

    return path.suffix.lower() in picture.READABLE


def _write(path: Path, writer) -> None:
    with refusing_to_write(path):
        write_atomically(path, writer)


def _mask_writer(image):
    """A mask as grey PNG of 8 bit: how light it is where it is opaque."""
    from PIL import Image

    values = pixels(image)
    grey = values[..., : min(3, values.shape[2])].mean(axis=2)
    if values.shape[2] in (2, 4):
        grey = (values[..., 0] if values.shape[2] == 2 else grey) * values[..., -1]
    plain = (np.clip(grey, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    return lambda path: Image.fromarray(plain).save(path, "PNG", compress_level=1)


def _depth_writer(path: str):
    """A depth map as Blender reads it, as TIFF of floats: its numbers stay what they are."""
    from PIL import Image

    try:
        image = bpy.data.images.load(path)
    except RuntimeError:
        raise ParallaxError(f"{path} is not a depth map that can be read: save it as PNG, TIFF or EXR") from None
    try:
        if not image.size[0]:
            raise ParallaxError(f"{path} is not a depth map that can be read: save it as PNG, TIFF or EXR")
        if image.type == "MULTILAYER":
            raise ParallaxError(f"{path} holds several render layers: save the depth alone, as an EXR of one layer, a PNG or a TIFF")
        image.colorspace_settings.name = "Non-Color"
        values = pixels(image)[..., 0].copy()
    finally:
        bpy.data.images.remove(image)
    return lambda target: Image.fromarray(values).save(target, "TIFF")
