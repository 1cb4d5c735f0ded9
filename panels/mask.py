"""In the Image Editor, while a mask is painted over the picture: whose it is, and the way back."""

import bpy
from bpy.types import Panel

from ..operators import paint, view


class INFINITE_PARALLAX_PT_painting_mask(Panel):
    bl_label = "Paint Mask"
    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Parallax"

    @classmethod
    def poll(cls, context):
        return paint.owner(view.subject(context), context.space_data.image) is not None

    def draw(self, context):
        layout = self.layout
        layout.label(text=f"Mask of {paint.owner(view.subject(context), context.space_data.image)}")
        row = layout.row()
        row.scale_y = 1.6
        row.operator("infinite_parallax.paint_done", icon="CHECKMARK")


def _button(header, context):
    if paint.painted(context):
        header.layout.operator("infinite_parallax.paint_done", icon="CHECKMARK")


classes = (INFINITE_PARALLAX_PT_painting_mask,)


def register():
    bpy.types.IMAGE_HT_header.append(_button)


def unregister():
    bpy.types.IMAGE_HT_header.remove(_button)
