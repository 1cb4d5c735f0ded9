"""The film's effects: a list, and of the chosen one the settings that its kind looks at."""

from bpy.types import UIList

from ..engine.film.effects import LAYERS, PLANES, USES
from ..operators import effects
from . import common

SLIDERS = ("strength", "x", "y")
LABELS = {"direction": "Direction °", "spread": "Spread °", "x": "X (%)", "y": "Y (%)"}


class INFINITE_PARALLAX_UL_effects(UIList):
    bl_idname = "INFINITE_PARALLAX_UL_effects"

    def draw_item(self, _context, layout, props, item, _icon, _active_data, _active_property, _index):
        row = layout.row(align=True)
        row.prop(item, "name", text="", emboss=False, icon=effects.ICONS.get(item.kind, "QUESTION"))
        row.prop(item, "hide", text="", emboss=False, icon="HIDE_ON" if item.hide else "HIDE_OFF")


class INFINITE_PARALLAX_PT_effects(common.Section):
    bl_idname = "INFINITE_PARALLAX_PT_effects"
    bl_label = "Effects"

    def settings(self, context, layout, props):
        row = layout.row()
        rows = 5 if props.effects else 2
        row.template_list("INFINITE_PARALLAX_UL_effects", "", props, "effects", props, "active_effect", rows=rows, sort_lock=True)
        side = row.column(align=True)
        side.menu("INFINITE_PARALLAX_MT_add_effect", text="", icon="ADD")
        side.operator("infinite_parallax.remove_effect", text="", icon="REMOVE")
        if props.effects:
            side.separator()
            for direction in ("UP", "DOWN"):
                side.operator("infinite_parallax.move_effect", text="", icon=f"TRIA_{direction}").direction = direction
        item = effects.active(props)
        if item:
            _settings(layout, context, props, item)
        common.update_edit(layout, context)


def _settings(layout, context, props, item):
    column = layout.column()
    column.prop(item, "kind")
    column.prop(item, "strength", slider=True)
    for name in USES.get(item.kind, ()):
        column.prop(item, name, text=LABELS.get(name), slider=name in SLIDERS)
    common.sentence(layout, context, where(props, item), "INFO")
    if item.kind in (*PLANES, *LAYERS) and context.space_data.shading.type != "RENDERED":
        common.sentence(layout, context, "Seen in the edit and the video; here in Rendered shading only", "INFO")


def where(props, item) -> str:
    """Where an effect lies, for the artist."""
    names = [one.name for one in props.layer_items]
    layer = names[item.layer - 1] if 0 < item.layer <= len(names) else ""
    if item.layer and not layer and item.kind in (*PLANES, *LAYERS):
        return f"There is no layer {item.layer}: it lies as with 0"
    if item.kind in LAYERS:
        return f"In the material of {layer}" if layer else "In the materials of all layers"
    if item.kind not in PLANES:
        return "A strip of the edit, over the whole film"
    if layer:
        return f"A plane in front of {layer}"
    return {"FOG": "A plane between each two layers", "RAYS": "A plane in front of all layers"}.get(
        item.kind, "Planes among the layers, the last in front of all")


classes = (INFINITE_PARALLAX_UL_effects, INFINITE_PARALLAX_PT_effects)
