"""The styles as a grid of buttons, each with its icon, and what an automatic one has chosen."""

from pathlib import Path

import bpy.utils.previews

from ..engine.settings import STYLES
from ..engine.style.presets import CUSTOM
from ..scene import build, style
from . import common

ICONS = Path(__file__).resolve().parents[1] / "icons"

_loaded = None  # Blender reads each icon when it is first shown


def draw(layout, context, scene) -> None:
    """The grid; Custom is in it only where that is what the settings are."""
    props = scene.infinite_parallax
    flow = layout.grid_flow(row_major=True, columns=2, even_columns=True)
    for name, label, _ in STYLES:
        if name != CUSTOM or props.style == CUSTOM:
            cell = flow.column(align=True)
            cell.template_icon(icon_value=_icon(name), scale=2.2)
            cell.operator("infinite_parallax.style", text=label, depress=props.style == name).style = name
    chosen = style.described(props)
    if chosen and build.has_planes(scene):
        common.sentence(layout, context, chosen, "INFO")


def _icon(name) -> int:
    return _loaded[name].icon_id if _loaded and name in _loaded else 0


def register():
    global _loaded
    _loaded = bpy.utils.previews.new()
    for name, _, _ in STYLES:
        _loaded.load(name, str(ICONS / f"style_{name.lower()}.png"), "IMAGE")


def unregister():
    global _loaded
    bpy.utils.previews.remove(_loaded)
    _loaded = None
