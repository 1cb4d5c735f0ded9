"""The film's colour: looks to begin with, the whole film's colour, the air between the layers."""

from pathlib import Path

import bpy.utils.previews

from ..engine.film.grade import PRESETS
from ..operators.colour import MENU, NONE, is_chosen
from . import common

PICTURES = Path(__file__).resolve().parents[1] / "presets"

_loaded = None  # the presets' pictures; Blender reads each when it is first shown


class INFINITE_PARALLAX_PT_colour(common.Section):
    bl_idname = "INFINITE_PARALLAX_PT_colour"
    bl_label = "Colour"

    def settings(self, context, layout, props):
        grade = props.grade
        _own(layout)
        _looks(layout, grade)
        common.sentence(layout, context, "Seen in the edit and the video, not here in the viewport", "INFO")
        column = layout.column()
        for name in ("temperature", "tint", "contrast", "saturation"):
            column.prop(grade, name, slider=True)
        column = layout.column()
        for name in ("lift", "gamma", "gain"):
            column.prop(grade, name)
        layout.label(text="Aerial Perspective")
        column = layout.column()
        column.prop(grade, "haze", slider=True)
        if grade.haze:
            column.prop(grade, "haze_auto")
        if grade.haze and not grade.haze_auto:
            column.prop(grade, "haze_colour")
        common.update_edit(layout, context)


def _own(layout):
    """The looks that the artist has saved."""
    row = layout.row(align=True)
    row.menu(MENU, text=getattr(bpy.types, MENU).bl_label)
    row.operator("infinite_parallax.grade_preset_add", text="", icon="ADD")
    row.operator("infinite_parallax.grade_preset_add", text="", icon="REMOVE").remove_active = True


def _looks(layout, grade):
    """Ours, each with its picture: before on the left, after on the right. The one that is chosen is pressed."""
    grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    for preset in PRESETS:
        column = grid.column(align=True)
        column.template_icon(icon_value=_icon(preset.key), scale=5.5)
        column.operator("infinite_parallax.grade_look", text=preset.label, depress=is_chosen(grade, preset)).look = preset.key
    layout.operator("infinite_parallax.grade_look", text="No Look", icon="X", depress=is_chosen(grade, None)).look = NONE


def _icon(key):
    return _loaded[key].icon_id if _loaded and key in _loaded else 0


def register():
    global _loaded
    _loaded = bpy.utils.previews.new()
    for preset in PRESETS:
        picture = PICTURES / f"{preset.key}.jpg"
        if picture.is_file():
            _loaded.load(preset.key, str(picture), "IMAGE")


def unregister():
    global _loaded
    if _loaded is not None:
        bpy.utils.previews.remove(_loaded)
    _loaded = None


classes = (INFINITE_PARALLAX_PT_colour,)
