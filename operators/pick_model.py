"""Choosing a model by its file or folder, for the settings that name one."""

import os

import bpy
from bpy.props import StringProperty
from bpy.types import Operator

from ..scene import properties
from . import view


class INFINITE_PARALLAX_OT_pick_model(Operator):
    bl_idname = "infinite_parallax.pick_model"
    bl_label = "Choose Model"
    bl_description = "Choose a model of your own: a folder, or a single .safetensors file"
    bl_options = {"REGISTER", "UNDO"}

    setting: StringProperty(name="Setting", description="What names the model", options={"HIDDEN"})
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN"})
    filename: StringProperty(subtype="FILE_NAME", options={"HIDDEN"})

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        if self.setting not in properties.MODELS:
            return {"CANCELLED"}
        path = os.path.normpath(os.path.join(bpy.path.abspath(self.directory), self.filename))
        if not os.path.exists(path):
            self.report({"ERROR"}, f"There is nothing at {path}: choose a file or folder that is there")
            return {"CANCELLED"}
        setattr(view.subject(context).infinite_parallax, self.setting, path)
        return {"FINISHED"}


classes = (INFINITE_PARALLAX_OT_pick_model,)
