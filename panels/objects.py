"""What is lifted out of the picture whole."""

from bpy.types import UIList

from . import availability, common

ICONS = {"TAGS": "VIEWZOOM", "SUBJECT": "USER", "BOX": "SELECT_SET", "LASSO": "GREASEPENCIL", "MASK": "BRUSH_DATA"}
WORDS = {"LAYER": "with its layer", "STILL": "still"}


class INFINITE_PARALLAX_UL_objects(UIList):
    bl_idname = "INFINITE_PARALLAX_UL_objects"

    def draw_item(self, _context, layout, _props, item, _icon, _active_data, _active_property, _index):
        row = layout.row(align=True)
        row.prop(item, "name", text="", emboss=False, icon=ICONS.get(item.shape, "QUESTION"))
        row.label(text=WORDS.get(item.motion, f"{item.factor:.2g} times"))


class INFINITE_PARALLAX_PT_objects(common.Section):
    bl_idname = "INFINITE_PARALLAX_PT_objects"
    bl_label = "Objects"

    def settings(self, context, layout, props):
        _list(layout, props)
        if not props.objects:
            layout.prop(props, "find_subject")
            if props.find_subject and not props.subject_model:
                availability.bundle(layout, context, "find-subject")
        row = layout.row(align=True)
        row.operator("infinite_parallax.draw_box", text="New by Box", icon=ICONS["BOX"]).new = True
        row.operator("infinite_parallax.draw_lasso", text="New by Lasso", icon=ICONS["LASSO"]).new = True
        if 0 <= props.active_object < len(props.objects):
            _object(layout, context, props, props.objects[props.active_object])


def _list(layout, props):
    row = layout.row()
    rows = 5 if props.objects else 2
    row.template_list("INFINITE_PARALLAX_UL_objects", "", props, "objects", props, "active_object", rows=rows, sort_lock=True)
    side = row.column(align=True)
    side.operator("infinite_parallax.add_object", text="", icon="ADD")
    side.operator("infinite_parallax.remove_object", text="", icon="REMOVE")
    if props.objects:
        side.separator()
        for direction in ("UP", "DOWN"):
            side.operator("infinite_parallax.move_object", text="", icon=f"TRIA_{direction}").direction = direction


def _object(layout, context, props, item):
    availability.choices(layout, context, props, "shape", item)
    if item.shape == "TAGS":
        layout.prop(item, "tags")
        common.sentence(layout, context, "All that your own words find is one object; the general words find what is most salient", "INFO")
    elif item.shape == "SUBJECT":
        availability.model(layout, context, props, "subject_model")
        if not props.subject_model:
            availability.bundle(layout, context, "find-subject")
    elif item.shape == "BOX":
        column = layout.column(align=True)
        for number, side in enumerate(("Left", "Top", "Right", "Bottom")):
            column.prop(item, "box", index=number, text=f"{side} %")
        column.operator("infinite_parallax.draw_box", icon=ICONS["BOX"])
    elif item.shape == "LASSO":
        corners = (item.lasso.count(",") + 1) // 2 if item.lasso else 0
        layout.label(text=f"A line with {corners} corners" if corners else "No line yet", icon="INFO")
        layout.operator("infinite_parallax.draw_lasso", icon=ICONS["LASSO"])
    else:
        layout.template_ID(item, "mask", open="image.open", text="Mask")
        layout.operator("infinite_parallax.paint_mask", icon=ICONS["MASK"]).target = "OBJECT"
    column = layout.column(align=True)
    column.prop(item, "grow")
    column.prop(item, "feather")
    layout.prop(item, "motion")
    if item.motion == "FACTOR":
        layout.prop(item, "factor")


classes = (INFINITE_PARALLAX_UL_objects, INFINITE_PARALLAX_PT_objects)
