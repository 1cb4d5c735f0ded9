"""Render Video and Open Folder."""

from pathlib import Path

import bpy
from bpy.types import Operator

from ..scene import build, edit, engines, properties
from . import notices, view


def prepare(scene):
    """Makes a built scene ready to render: planes as large as they are needed now, the engine as chosen. Returns its edit, and notes."""
    notes = build.cover_again(scene)
    engines.apply(scene, engines.choose(scene.infinite_parallax.engine), len(scene.infinite_parallax.layer_items))
    cut = edit.edit_of(scene)
    cut.view_layers[0].update()  # Blender 5.2 ends when it writes the sound of a scene that redo made and nobody has looked at
    return cut, notes


def video_of(cut) -> Path:
    """The file that an edit renders to."""
    return Path(bpy.path.abspath(cut.render.frame_path(frame=cut.frame_start))).absolute()


class INFINITE_PARALLAX_OT_render_video(Operator):
    bl_idname = "infinite_parallax.render_video"
    bl_label = "Render Video"
    bl_description = "Render the edit, with its sound and effects, to a video file"

    @classmethod
    def poll(cls, context):
        scene = view.built(context)
        if scene is None or edit.edit_of(scene) is None:
            cls.poll_message_set("Generate a parallax first")
            return False
        if bpy.app.is_job_running("RENDER"):
            cls.poll_message_set("A render is running")
            return False
        return True

    @notices.refusing
    def execute(self, context):
        scene = view.built(context)
        cut, notes = prepare(scene)
        notices.report(self, scene, notes)
        return bpy.ops.render.render(animation=True, scene=cut.name)

    @notices.refusing
    def invoke(self, context, _event):
        if bpy.app.background:
            return self.execute(context)
        scene = view.built(context)
        cut, notes = prepare(scene)
        notices.report(self, scene, notes)
        notices.tell(scene, "INFO", f"The video goes to {video_of(cut)}")
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene=cut.name)
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_open_folder(Operator):
    bl_idname = "infinite_parallax.open_folder"
    bl_label = "Open Folder"
    bl_description = "Show the folder with the painted layers"

    @classmethod
    def poll(cls, context):
        return properties.job_folder(view.subject(context)).is_dir()

    def execute(self, context):
        return bpy.ops.wm.path_open(filepath=str(properties.job_folder(view.subject(context))))


classes = (INFINITE_PARALLAX_OT_render_video, INFINITE_PARALLAX_OT_open_folder)
