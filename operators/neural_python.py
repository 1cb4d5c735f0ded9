"""Which Python runs models, where they are, and what they run on."""

from pathlib import Path

import bpy

from ..scene import properties


def python() -> Path | None:
    """The Python of the neural engine; None where there is none."""
    return None


def models_folder() -> Path:
    return Path(bpy.utils.extension_path_user(properties.BASE, path="models"))


def device() -> str:
    return "auto"
