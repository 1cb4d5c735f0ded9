"""Painting anew from a step on, with another seed or other words; what was painted before it stays."""

import math

import bpy
from bpy.props import IntProperty, StringProperty
from bpy.types import Operator

from ..engine import motion
from ..engine.errors import ParallaxError
from ..engine.settings import Redo, options
from ..scene import picture, properties
from . import background, notices, view


class INFINITE_PARALLAX_OT_redo_from(Operator):
    bl_idname = "infinite_parallax.redo_from"
    bl_label = "Redo from Step"
    bl_description = "Paint anew from a step or layer on with another seed or prompt; those before it stay as they are"
    bl_options = {"REGISTER"}

    step: IntProperty(name="Step", description="The first step or layer that is painted anew", min=1, default=1)
    seed: IntProperty(name="Seed", description="Another seed paints another variation", min=0)
    prompt: StringProperty(name="Prompt", description="What is painted from here on; nothing leaves the prompt as it is")

    @classmethod
    def poll(cls, context):
        if background.current and background.current.running:
            cls.poll_message_set("A parallax is being generated: wait for it or cancel it")
            return False
        if not properties.job_folder(view.subject(context)).is_dir():
            cls.poll_message_set("Generate a parallax first")
            return False
        return True

    def invoke(self, context, _event):
        redos = view.subject(context).infinite_parallax.redos
        self.seed = max([view.subject(context).infinite_parallax.seed, *(redo.seed for redo in redos)]) + 1
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "step", text="Layer" if properties.redoes_layers(view.subject(context).infinite_parallax) else "Step")
        layout.prop(self, "seed")
        layout.prop(self, "prompt")

    @notices.refusing
    def execute(self, context):
        scene = view.subject(context)
        props = scene.infinite_parallax
        self._check_step(scene, props)
        before = [{name: getattr(item, name) for name in options(Redo)} for item in props.redos]
        _fill(props, [one for one in before if one["step"] < self.step] + [{"step": self.step, "seed": self.seed, "prompt": self.prompt}])
        try:
            return bpy.ops.infinite_parallax.generate("EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT")
        except RuntimeError as refused:  # how Blender hands on what an operator has reported
            _fill(props, before)
            raise ParallaxError(str(refused).strip().removeprefix("Error: ")) from None

    def _check_step(self, scene, props):
        """Raises ParallaxError where there is no such step or layer."""
        if properties.redoes_layers(props):
            steps, what = len(properties.job_of(scene).result().layers), "layer"
        else:
            steps, what = math.ceil(motion.plan(properties.to_settings(props), *picture.size(props.picture)).end - 1e-9), "step"
        if self.step > steps:
            raise ParallaxError(f"There {'is' if steps == 1 else 'are'} {steps} {what}{'' if steps == 1 else 's'}: redo from one of these")


def _fill(props, redos):
    props.redos.clear()
    for values in redos:
        item = props.redos.add()
        for name, value in values.items():
            setattr(item, name, value)


class INFINITE_PARALLAX_OT_forget_redos(Operator):
    bl_idname = "infinite_parallax.forget_redos"
    bl_label = "Forget Redos"
    bl_description = "Paint all steps with the one seed and prompt again"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        view.subject(context).infinite_parallax.redos.clear()
        return {"FINISHED"}


classes = (INFINITE_PARALLAX_OT_redo_from, INFINITE_PARALLAX_OT_forget_redos)
