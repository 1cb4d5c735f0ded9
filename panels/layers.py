"""The layers, top to bottom: heights, distances, typed speeds."""

from bpy.types import UIList

from ..scene import build, properties
from . import common


class INFINITE_PARALLAX_UL_layers(UIList):
    bl_idname = "INFINITE_PARALLAX_UL_layers"

    def draw_item(self, _context, layout, props, item, _icon, _active_data, _active_property, index):
        row = layout.row(align=True)
        row.prop(item, "name", text="", emboss=False)
        _height(row.row(align=True), props, item, index)
        row.prop(item, "distance", text="")


def _height(row, props, item, index):
    """A number to set, or in grey one that is found: in the picture, or by what the other layers leave for the last."""
    last = index == props.layers - 1
    row.enabled = not (props.auto_heights or last)
    if props.auto_heights and not build.is_built(props.id_data):
        row.label(text="auto")
    elif last and not props.auto_heights:
        row.label(text=f"{properties.last_height(props):.1f} %")
    else:
        row.prop(item, "height", text="")


class INFINITE_PARALLAX_PT_layers(common.Section):
    bl_label = "Layers"

    def settings(self, _context, layout, props):
        layout.prop(props, "layers")
        layout.prop(props, "auto_heights")
        head = layout.row(align=True)
        for text in ("Name", "Height %", "Distance"):
            head.label(text=text)
        rows = min(max(props.layers, 2), 8)
        layout.template_list("INFINITE_PARALLAX_UL_layers", "", props, "layer_items", props, "active_layer", rows=rows, sort_lock=True)
        layout.operator("infinite_parallax.suggest_heights")
        if 0 <= props.active_layer < len(props.layer_items):
            item = props.layer_items[props.active_layer]
            row = layout.row(heading="Typed Speed")
            row.prop(item, "use_speed", text="")
            speed = row.row()
            speed.enabled = item.use_speed
            speed.prop(item, "speed", text="px/s")
        layout.prop(props, "overlap")


classes = (INFINITE_PARALLAX_UL_layers, INFINITE_PARALLAX_PT_layers)
