"""The layers: what they are cut from, and a list with distances, typed speeds, masks, and what of it the viewport shows."""

from bpy.types import UIList

from ..engine.settings import options
from ..operators import view
from ..scene import build, properties, showing
from . import availability, common

SHOWING = (("hide", "HIDE_ON", "HIDE_OFF"), ("solo", "SOLO_ON", "SOLO_OFF"), ("lock", "LOCKED", "UNLOCKED"))


class INFINITE_PARALLAX_UL_layers(UIList):
    bl_idname = "INFINITE_PARALLAX_UL_layers"

    def draw_item(self, _context, layout, props, item, _icon, _active_data, _active_property, index):
        split = layout.split(factor=0.28 if props.separator == "BANDS" else 0.48, align=True)
        name = split.row(align=True)
        name.enabled = not properties.finds_layers(props)
        name.prop(item, "name", text="", emboss=False)
        row = split.row(align=True)
        if props.separator == "BANDS":
            _height(row.row(align=True), props, item, index)
        _distance(row.row(align=True), props, item)
        for what, on, off in SHOWING:
            row.prop(item, what, text="", icon=on if getattr(item, what) else off, emboss=False)


def _height(row, props, item, index):
    """A number to set, or in grey one that is found: in the picture, or by what the other layers leave for the last."""
    last = index == props.layers - 1
    row.enabled = not (props.auto_heights or last)
    if props.auto_heights and not build.has_planes(props.id_data):
        row.label(text="auto")
    elif last and not props.auto_heights:
        row.label(text=f"{properties.last_height(props):.1f} %")
    else:
        row.prop(item, "height", text="")


def _distance(row, props, item):
    """A number to set, or in grey one that is found in the depth map or the cards."""
    row.enabled = not properties.finds_layers(props)
    row.prop(item, "distance", text="")


class INFINITE_PARALLAX_PT_layers(common.Section):
    bl_label = "Layers"

    def settings(self, context, layout, props):
        availability.choices(layout, context, props, "separator")
        {"AUTO": _automatic, "OUTLINES": _outlines, "BANDS": _bands, "DEPTH": _depth, "TAGS": _tags, "CARDS": _cards}[props.separator](
            layout, context, props)
        layout.operator("infinite_parallax.split", icon="RENDERLAYERS")
        is_split = build.has_planes(view.subject(context))
        if is_split:
            layout.row().prop(context.window_manager, "infinite_parallax_overlay", expand=True)
        if is_split and properties.lists_built(props) or not properties.finds_layers(props):
            _list(layout, props)
            _bare(layout, context, props)
            if 0 <= props.active_layer < len(props.layer_items):
                _layer(layout, props, props.layer_items[props.active_layer])
        layout.prop(props, "overlap" if props.separator == "BANDS" and not properties.has_masks(props) else "matte")


def _automatic(layout, context, props):
    """The depth map, what made the layers that are there, and what will make the next ones where that is something else."""
    layout.prop(props, "depth_map")
    if props.depth_map:
        layout.prop(props, "near")
    is_measured = props.depth_map or props.depth_model or availability.light_model("depth")
    made = next((label for name, label, _ in options()["separator"].items if name == props.made_from), "")
    is_made = made and props.built == "AUTO" and build.has_planes(view.subject(context))
    if is_made:
        common.sentence(layout, context, f"Automatic used {made}", "INFO")
    if not (is_made and is_measured and props.made_from == "DEPTH"):
        _next_automatic(layout, context, props)
    _number(layout, props)


def _next_automatic(layout, context, props):
    if props.depth_map:
        common.sentence(layout, context, "Uses the depth map", "INFO")
    elif props.depth_model:
        common.sentence(layout, context, f"Uses the depth model {props.depth_model}", "INFO")
    elif availability.light_model("depth"):
        common.sentence(layout, context, f"Uses {availability.light_model('depth')}", "INFO")
    else:
        availability.bundle(layout, context, "better-layers", "Layers follow outlines. A depth model gives better layers")


def _outlines(layout, _context, props):
    _number(layout, props)


def _bands(layout, _context, props):
    layout.prop(props, "layers")
    layout.prop(props, "auto_heights")
    row = layout.row(align=True)
    row.operator("infinite_parallax.suggest_heights")
    row.operator("infinite_parallax.drag_bands")


def _depth(layout, context, props):
    layout.prop(props, "depth_map")
    if props.depth_map:
        layout.prop(props, "near")
    else:
        availability.model(layout, context, props, "depth_model")
    guessed = "Depth is a rough guess: a depth model, a depth map or masks do better"
    if not (props.depth_map or props.depth_model) and availability.bundle(layout, context, "better-layers", guessed):
        common.sentence(layout, context, f"Uses {availability.light_model('depth')}", "INFO")
    layout.prop(props, "depth_range")
    _number(layout, props)


def _tags(layout, context, props):
    layout.prop(props, "layer_tags")
    _depth(layout, context, props)


def _cards(layout, _context, props):
    layout.prop(props, "cards")
    _number(layout, props)


def _number(layout, props):
    layout.prop(props, "auto_layers")
    if not props.auto_layers:
        layout.prop(props, "layers")


def _list(layout, props):
    head = layout.row(align=True)
    for text in ("Name", "Height %", "Distance", "") if props.separator == "BANDS" else ("Name", "Distance", ""):
        head.label(text=text)
    column = layout.column(align=True)
    rows = min(max(props.layers, 2), 8)
    column.template_list("INFINITE_PARALLAX_UL_layers", "", props, "layer_items", props, "active_layer", rows=rows, sort_lock=True)
    row = column.row(align=True)
    row.operator("infinite_parallax.move_layer", text="Farther", icon="TRIA_UP").direction = "FARTHER"
    row.operator("infinite_parallax.move_layer", text="Nearer", icon="TRIA_DOWN").direction = "NEARER"


def _bare(layout, context, props):
    """What is missing where a layer was hidden after all was painted."""
    scene = view.subject(context)
    names = ", ".join(showing.bare(scene)) if build.is_built(scene) else ""
    if names:
        how = "Generate Parallax paints it" if props.content == "REPEAT" else "only Content set to Repeat has it painted"
        common.sentence(layout, context, f"What {names} hides was not painted: {how}", "INFO")


def _layer(layout, props, item):
    """What the active layer has of its own."""
    row = layout.row(heading="Typed Speed")
    row.enabled = not properties.finds_layers(props)
    row.prop(item, "use_speed", text="")
    speed = row.row()
    speed.enabled = item.use_speed
    speed.prop(item, "speed", text="px/s")
    factor = layout.row()
    factor.enabled = row.enabled
    factor.prop(item, "factor")
    if props.separator != "CARDS":  # which have their own transparency
        column = layout.column(align=True)
        column.template_ID(item, "mask", open="image.open", text="Mask")
        column.operator("infinite_parallax.paint_mask", icon="BRUSH_DATA").target = "LAYER"


classes = (INFINITE_PARALLAX_UL_layers, INFINITE_PARALLAX_PT_layers)
