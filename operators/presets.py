"""The artist's own presets, which Blender keeps as files: drawn into a menu where there are any."""

from pathlib import Path

import bpy
from bpy.types import Menu


def saved(folder: str) -> bool:
    """Whether the artist has saved any in a folder of presets; the folder itself stays when the last one is removed."""
    return any(path for place in bpy.utils.preset_paths(folder) for path in Path(place).glob("*.py"))


def draw_saved(menu, context) -> None:
    """Blender's own list of them, which says "Missing Paths" where there is none."""
    if saved(menu.preset_subdir):
        Menu.draw_preset(menu, context)
    else:
        menu.layout.label(text="+ saves one of your own")
