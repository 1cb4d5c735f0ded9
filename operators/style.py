"""Choosing a style: how the picture comes to life."""

from bpy.props import EnumProperty
from bpy.types import Operator

from ..engine.settings import STYLES
from . import view


class INFINITE_PARALLAX_OT_style(Operator):
    bl_idname = "infinite_parallax.style"
    bl_label = "Style"
    bl_description = "Set the motion, the camera and the length to those of a style"
    bl_options = {"REGISTER", "UNDO"}

    style: EnumProperty(name="Style", description="How the picture comes to life", items=STYLES, options={"SKIP_SAVE"})

    @classmethod
    def description(cls, _context, properties):
        return next(tip for name, _, tip in STYLES if name == properties.style)

    def execute(self, context):
        view.subject(context).infinite_parallax.style = self.style
        view.redraw()
        return {"FINISHED"}


classes = (INFINITE_PARALLAX_OT_style,)
