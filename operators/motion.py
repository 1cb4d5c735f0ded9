"""Update Motion: new keyframes from changed settings; paints only what is missing, if that is wished. And settings from a classic file."""

import textwrap
from pathlib import Path

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty
from bpy.types import Operator

from ..engine import classic
from ..engine.errors import ParallaxError
from ..engine.settings import Settings
from ..scene import build, picture, properties, style
from . import background, film, generate, notices, view

LINE = 70  # letters that fit into the width of the dialog


class INFINITE_PARALLAX_OT_update_motion(Operator):
    bl_idname = "infinite_parallax.update_motion"
    bl_label = "Update Motion"
    bl_description = "Key the layers anew for changed distances, speeds, directions or times; asks before it paints what is missing"
    bl_options = {"REGISTER", "UNDO"}

    edited: generate.EDITED
    paint: BoolProperty(
        name="Paint", description="Paint what this motion shows for the first time; all else stays as painted", options={"SKIP_SAVE"})
    missing, asked = None, False  # while a person is asked

    @classmethod
    def poll(cls, context):
        if view.built(context) is None:
            cls.poll_message_set("Generate a parallax first")
            return False
        if background.current and background.current.running:
            cls.poll_message_set("A parallax is being generated: wait for it or cancel it")
            return False
        return True

    @notices.refusing
    def invoke(self, context, _event):
        scene = view.built(context)
        if bpy.app.background:
            return self.execute(context)
        self.missing = build.missing(scene, properties.job_of(scene))
        if self.missing:
            self.paint = self.asked = True
            return context.window_manager.invoke_props_dialog(self, width=480, title="Paint What Is Missing?", confirm_text="Update Motion")
        if build.edited_planes(scene):
            return context.window_manager.invoke_props_dialog(self, width=420, title="Some Keyframes Were Edited by Hand")
        return self.execute(context)

    def draw(self, context):
        if self.missing:
            for line in textwrap.wrap(f"{self.missing}.", LINE):
                self.layout.label(text=line)
            self.layout.label(text="All else stays as it was painted.")
            if view.built(context).infinite_parallax.content == "FRESH":  # which goes as far as it was painted
                self.layout.prop(self, "paint")
            return
        names = ", ".join(plane.name for plane in build.edited_planes(view.built(context)))
        self.layout.label(text=f"You changed the motion of {names}.")
        self.layout.prop(self, "edited", expand=True)

    @notices.refusing
    def execute(self, context):
        scene = view.built(context)
        job = properties.job_of(scene)
        missing = build.missing(scene, job)
        if missing and self.paint:
            return self._paint(scene, job)
        if missing and job.read()[1].content == "REPEAT":  # what is fresh is shown as far as it goes, or refused
            raise ParallaxError(f"{missing}; set Paint to have them painted")
        built = build.update_motion(scene, job, self.edited)
        notices.report(self, scene, (*built.notes, *film.again(scene)))
        return {"FINISHED"}

    def _paint(self, scene, job):
        """A new job that takes over all that this one painted and keeps its layers' periods. In a window it runs on its own."""
        periods = job.result().motion.periods
        work = background.start(generate.submit(scene, periods=periods if job.read()[1].content == "REPEAT" else ()), scene)
        if self.asked:
            generate.watch(work)
            view.redraw()
            return {"FINISHED"}
        work.wait()
        work.built = True
        return bpy.ops.infinite_parallax.build(edited=self.edited)


class INFINITE_PARALLAX_OT_import_classic(Operator):
    bl_idname = "infinite_parallax.import_classic"
    bl_label = "Import Classic Settings"
    bl_description = "Take direction, speeds, layers and words from a config.json"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="File", description="The config.json", subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @notices.refusing
    def execute(self, context):
        scene = view.subject(context)
        props = scene.infinite_parallax
        width, height = picture.size(props.picture) or (None, None)
        found = classic.read(Path(bpy.path.abspath(self.filepath)), width and min(width, props.max_width or width), height)
        properties.take_over(props, Settings.from_dict(found.values), found.values)
        notices.report(self, scene, found.notes)
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_add_turn(Operator):
    bl_idname = "infinite_parallax.add_turn"
    bl_label = "Add Turn"
    bl_description = "Add a direction that the motion turns to along its way"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        props = view.subject(context).infinite_parallax
        if not props.turns:
            first = props.turns.add()
            first.share, first.direction = 0.0, props.direction
        last = max(props.turns, key=lambda turn: turn.share)
        share, direction = min(100.0, last.share + 50.0), last.direction
        turn = props.turns.add()
        turn.share, turn.direction = share, direction
        style.edited(props, style.TURNS)
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_remove_turn(Operator):
    bl_idname = "infinite_parallax.remove_turn"
    bl_label = "Remove Turn"
    bl_description = "Take a direction out; with none left, the motion is straight"
    bl_options = {"REGISTER", "UNDO"}

    number: IntProperty(name="Number", description="Which one, 0 for the first in the list", default=-1, min=-1, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context):
        return len(view.subject(context).infinite_parallax.turns) > 0

    def execute(self, context):
        props = view.subject(context).infinite_parallax
        if self.number < len(props.turns):
            props.turns.remove(self.number if self.number >= 0 else len(props.turns) - 1)
            style.edited(props, style.TURNS)
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_suggest_heights(Operator):
    bl_idname = "infinite_parallax.suggest_heights"
    bl_label = "Suggest Heights"
    bl_description = "Set the heights to where the picture's rows change"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        return view.subject(context).infinite_parallax.picture is not None

    @notices.refusing
    def execute(self, context):
        scene = view.subject(context)
        properties.show_heights(scene.infinite_parallax, generate.suggested_heights(scene))
        scene.infinite_parallax.auto_heights = False
        return {"FINISHED"}


classes = (
    INFINITE_PARALLAX_OT_update_motion, INFINITE_PARALLAX_OT_import_classic, INFINITE_PARALLAX_OT_add_turn,
    INFINITE_PARALLAX_OT_remove_turn, INFINITE_PARALLAX_OT_suggest_heights)
