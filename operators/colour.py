"""The looks of the film's colour: ours, and those that the artist has saved by Blender's own presets."""

import bpy
from bl_operators.presets import AddPresetBase
from bpy.props import EnumProperty
from bpy.types import Menu, Operator

from ..engine.errors import ParallaxError
from ..engine.film.grade import PRESETS, Grade
from ..engine.options import options
from ..scene import colour, edit, film
from . import film as film_operators
from . import notices, presets, tasks, view

FOLDER = "infinite_parallax/grade"  # of the artist's own, in Blender's folder of presets
MENU = "INFINITE_PARALLAX_MT_grade_presets"
NONE = "none"  # the picture as it is


def choose(scene, preset) -> None:
    """Sets the film's colour to a preset's, and lays it where the edit is there. Its own haze colour is left as the artist has it."""
    for name, value in _values(preset):
        setattr(scene.infinite_parallax.grade, name, value)


def is_chosen(group, preset) -> bool:
    """Whether a film's colour is a preset's in all that choosing it sets."""
    return all(colour.same(getattr(group, name), value) for name, value in _values(preset))


def _values(preset):
    grade = preset.grade if preset else Grade()
    return [(name, getattr(grade, name)) for name in options(Grade) if not name.startswith("haze_")]


class INFINITE_PARALLAX_OT_grade_look(Operator):
    bl_idname = "infinite_parallax.grade_look"
    bl_label = "Choose Look"
    bl_description = "Set the film's colour to this look"
    bl_options = {"REGISTER", "UNDO"}

    look: EnumProperty(name="Look", options={"SKIP_SAVE"}, items=[
        (NONE, "None", "The picture's own colours"), *((one.key, one.label, one.tip) for one in PRESETS)])

    @classmethod
    def description(cls, _context, properties):
        return next((one.tip for one in PRESETS if one.key == properties.look), "The picture's own colours")

    @notices.refusing
    def execute(self, context):
        if bpy.app.is_job_running("RENDER"):
            raise ParallaxError("Blender is rendering: wait until it has finished, then choose a look")
        choose(view.subject(context), next((one for one in PRESETS if one.key == self.look), None))
        return {"FINISHED"}

    @notices.refusing
    def invoke(self, context, _event):
        """The same; where the look has air whose colour is not known yet, that is found in the background."""
        ending = self.execute(context)
        scene, task = view.built(context), tasks.of(film_operators.TASK)
        idle = scene and not bpy.app.background and not (task and task.running)
        if idle and colour.is_stale(scene) and not film.waits(scene):
            film_operators.update_soon(scene)
        return ending


class INFINITE_PARALLAX_MT_grade_presets(Menu):
    bl_idname = MENU
    bl_label = "Looks of Your Own"
    preset_subdir = FOLDER
    preset_operator = "script.execute_preset"
    draw = presets.draw_saved


class INFINITE_PARALLAX_OT_grade_preset_add(AddPresetBase, Operator):
    bl_idname = "infinite_parallax.grade_preset_add"
    bl_label = "Save Look"
    bl_description = "Save the film's colour under a name, or remove the chosen one"
    preset_menu = MENU
    preset_subdir = FOLDER
    preset_defines = [f"grade = (bpy.context.scene.get({edit.OF!r}) or bpy.context.scene).infinite_parallax.grade"]
    preset_values = [f"grade.{name}" for name in options(Grade)]


classes = (INFINITE_PARALLAX_OT_grade_look, INFINITE_PARALLAX_MT_grade_presets, INFINITE_PARALLAX_OT_grade_preset_add)
