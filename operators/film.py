"""Update Edit: sound, effects and colour as set, once the files that they need are made in the background."""

import bpy
from bpy.props import StringProperty
from bpy.types import Operator

from ..engine.errors import ParallaxError
from ..engine.film import assets
from ..scene import build, film, shot
from . import notices, process, tasks, view

TASK = "film"
INTERVAL = 0.25  # seconds between looks at the task

_waiting = 0  # session_uid of the scene whose film is laid when its files are there


def update(scene) -> tuple[str, ...]:
    """Makes what is missing and lays the film; waits for both. Gives sentences for the artist. Raises ParallaxError."""
    task = _started(scene)
    if task:
        task.wait()
    return film.lay(scene)


def update_soon(scene) -> None:
    """The same in a window: the film is laid when its files are there. Raises ParallaxError."""
    if _started(scene):
        _wait_for(scene)
    else:
        _lay(scene)


def again(scene) -> tuple[str, ...]:
    """After the parallax was built or keyed anew: fits to it what lies in the edit. Gives sentences for the artist."""
    if not (film.is_laid(scene) or film.is_stale(scene)):
        return ()
    try:
        if bpy.app.background:
            return update(scene)
        if not _started(scene):
            return film.lay(scene)
    except ParallaxError as error:  # the parallax itself is there
        return (str(error),)
    _wait_for(scene)
    return ()


def _wait_for(scene) -> None:
    global _waiting
    _waiting = scene.session_uid
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=INTERVAL, persistent=True)


def forget() -> None:
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)


def _started(scene):
    """The task that makes the missing files; None where none are missing."""
    missing = film.wanted(scene)
    if not missing:
        return None
    folder = shot.of(scene).folder
    return tasks.start(TASK, assets.request(missing, folder), process.python("engine.film", str(folder)))


def _look():
    task = tasks.of(TASK)
    if task and task.running or bpy.app.is_job_running("RENDER"):
        return INTERVAL
    scene = view.scene_of(_waiting)
    if task and task.state == process.DONE and scene and build.is_built(scene):
        _lay(scene)
    view.redraw()
    return None


def _lay(scene) -> None:
    """One undoable step that lays the film."""
    try:
        bpy.ops.infinite_parallax.lay_film("EXEC_DEFAULT", True, scene=scene.name)
    except RuntimeError as error:  # how Blender hands on what an operator has reported
        if not notices.of(scene):
            notices.tell(scene, "ERROR", str(error).strip())


class INFINITE_PARALLAX_OT_update_edit(Operator):
    bl_idname = "infinite_parallax.update_edit"
    bl_label = "Update Edit"
    bl_description = "Lay sound, effects and colour into the edit as they are set; strips and keyframes that you changed stay"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context):
        if view.built(context) is None:
            cls.poll_message_set("Generate a parallax first")
            return False
        task = tasks.of(TASK)
        if task and task.running:
            cls.poll_message_set("Sounds and textures are being made: wait for them or cancel")
            return False
        return True

    @notices.refusing
    def execute(self, context):
        scene = view.built(context)
        notices.report(self, scene, update(scene))
        return {"FINISHED"}

    @notices.refusing
    def invoke(self, context, _event):
        if bpy.app.background:
            return self.execute(context)
        update_soon(view.built(context))
        view.redraw()
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_lay_film(Operator):
    bl_idname = "infinite_parallax.lay_film"
    bl_label = "Update Edit"
    bl_description = "Lay sound, effects and colour into the edit, with the files that are there"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    scene: StringProperty(name="Scene", description="Whose film to lay", options={"HIDDEN", "SKIP_SAVE"})

    @notices.refusing
    def execute(self, context):
        scene = bpy.data.scenes.get(self.scene) or view.built(context)
        if scene is None:
            raise ParallaxError("Generate a parallax first")
        notices.report(self, scene, film.lay(scene))
        return {"FINISHED"}


classes = (INFINITE_PARALLAX_OT_update_edit, INFINITE_PARALLAX_OT_lay_film)
