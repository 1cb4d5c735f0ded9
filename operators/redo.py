"""Painting anew from a step on, with another seed or other words; what was painted before it stays."""

import bpy
from bpy.props import IntProperty, StringProperty
from bpy.types import Operator

from ..engine.errors import ParallaxError
from ..scene import properties
from . import background, notices, view


class INFINITE_PARALLAX_OT_redo_from(Operator):
    bl_idname = "infinite_parallax.redo_from"
    bl_label = "Redo from Step"
    bl_description = "Paint anew from a step on with another seed or prompt; the steps before it stay as they are"
    bl_options = {"REGISTER"}

    step: IntProperty(name="Step", description="The first step that is painted anew", min=1, default=1)
    seed: IntProperty(name="Seed", description="Another seed paints another variation", min=0)
    prompt: StringProperty(name="Prompt", description="What is painted from here on; nothing leaves the prompt as it is")

    @classmethod
    def poll(cls, context):
        if background.current and background.current.running:
            cls.poll_message_set("A parallax is being generated: wait for it or cancel it")
            return False
        return properties.job_folder(view.subject(context)).is_dir()

    def invoke(self, context, _event):
        redos = view.subject(context).infinite_parallax.redos
        self.seed = max([view.subject(context).infinite_parallax.seed, *(redo.seed for redo in redos)]) + 1
        return context.window_manager.invoke_props_dialog(self)

    @notices.refusing
    def execute(self, context):
        scene = view.subject(context)
        props = scene.infinite_parallax
        if props.content == "FRESH" and props.length == "STEPS" and self.step > props.steps:
            raise ParallaxError(f"There are {props.steps} steps: redo from one of these, or ask for more of them")
        for number in reversed(range(len(props.redos))):
            if props.redos[number].step >= self.step:
                props.redos.remove(number)
        item = props.redos.add()
        item.step, item.seed, item.prompt = self.step, self.seed, self.prompt
        return bpy.ops.infinite_parallax.generate("EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT")


class INFINITE_PARALLAX_OT_forget_redos(Operator):
    bl_idname = "infinite_parallax.forget_redos"
    bl_label = "Forget Redos"
    bl_description = "Paint all steps with the one seed and prompt again"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        view.subject(context).infinite_parallax.redos.clear()
        return {"FINISHED"}


classes = (INFINITE_PARALLAX_OT_redo_from, INFINITE_PARALLAX_OT_forget_redos)
