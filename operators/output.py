"""Render Video and Open Folder."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import bpy
from bpy.app.handlers import persistent
from bpy.types import Operator

from ..engine.errors import ParallaxError
from ..scene import build, edit, engines, framing, properties
from . import notices, view

INTERVAL = 0.5  # seconds between looks at a render in a window


def prepare(scene, engine=""):
    """Makes a built scene ready to render: planes as large as they are needed now, the engine as chosen. Returns its edit, and notes.

    engine: Blender's name of what renders; by default what is chosen for this computer.
    """
    framing.fit(scene)
    notes = build.cover_again(scene)
    chosen = engines.Choice(engine, "") if engine else engines.choose(scene.infinite_parallax.engine)
    engines.apply(scene, chosen, properties.count(scene.infinite_parallax))
    cut = edit.edit_of(scene)
    cut.view_layers[0].update()  # Blender 5.2 ends when it writes the sound of a scene that redo made and nobody has looked at
    return cut, notes


def video_of(cut) -> Path:
    """The file that an edit renders to."""
    return Path(bpy.path.abspath(cut.render.frame_path(frame=cut.frame_start))).absolute()


def check_writable(path: Path) -> None:
    """Makes a file's folder. Raises ParallaxError where the file cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ParallaxError(f"Cannot write to {path.parent} ({error.strerror or error}): choose another folder") from None
    if path.is_dir() or (path.exists() and not os.access(path, os.W_OK)):
        raise ParallaxError(f"Cannot write {path}: choose another place")


@dataclass
class _Film:
    """A video that is being rendered. whole: it was rendered to its end."""

    scene_uid: int
    cut_uid: int
    path: Path
    notes: tuple[str, ...]
    whole: bool = False

    def tell(self, level: str, text: str) -> None:
        scene = view.scene_of(self.scene_uid)
        if scene:
            notices.tell(scene, "WARNING" if self.notes else level, ". ".join((text, *self.notes)))
            view.redraw()

    def tell_ending(self) -> None:
        if self.whole:
            self.tell("INFO", f"The video is at {self.path}")
        else:
            self.tell("WARNING", f"Rendering stopped before its end: {self.path} may be incomplete")


_film: _Film | None = None  # the latest


def _begin(operator, scene) -> str:
    """All that comes before rendering. Returns the name of the scene to render."""
    global _film
    cut, notes = prepare(scene)
    path = video_of(cut)
    check_writable(path)
    notices.report(operator, scene, notes)
    _film = _Film(scene.session_uid, cut.session_uid, path, notes)
    return cut.name


@persistent
def _complete(rendered, *_):
    if _film and rendered.session_uid == _film.cut_uid:  # Blender says it of each frame of a scene strip, too
        _film.whole = True


def _look():
    """Tells how a render in a window has ended; Blender itself says nothing of one that fails at its first frame."""
    if bpy.app.is_job_running("RENDER"):
        return INTERVAL
    _film.tell_ending()
    return None


def register():
    bpy.app.handlers.render_complete.append(_complete)


def unregister():
    bpy.app.handlers.render_complete.remove(_complete)
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)


def ready(operator, context) -> bool:
    """For poll: whether there is something to render, and nothing renders already."""
    scene = view.built(context)
    if scene is None or edit.edit_of(scene) is None:
        operator.poll_message_set("Generate a parallax first")
        return False
    if bpy.app.is_job_running("RENDER"):
        operator.poll_message_set("A render is running")
        return False
    return True


class INFINITE_PARALLAX_OT_render_video(Operator):
    bl_idname = "infinite_parallax.render_video"
    bl_label = "Render Video"
    bl_description = "Render the edit, with its sound and effects, to a video file"

    @classmethod
    def poll(cls, context):
        return ready(cls, context)

    @notices.refusing
    def execute(self, context):
        name = _begin(self, view.built(context))
        try:
            bpy.ops.render.render(animation=True, scene=name)
        except RuntimeError as error:
            raise ParallaxError(f"The video could not be written to {_film.path}: {error}".strip()) from None
        _film.tell_ending()
        return {"FINISHED"} if _film.whole else {"CANCELLED"}

    @notices.refusing
    def invoke(self, context, _event):
        if bpy.app.background:
            return self.execute(context)
        name = _begin(self, view.built(context))
        _film.tell("INFO", f"The video goes to {_film.path}")
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene=name)
        if not bpy.app.timers.is_registered(_look):
            bpy.app.timers.register(_look, first_interval=INTERVAL, persistent=True)
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
