"""Work that goes on in the background while a window stays usable, and is waited for where there is none."""

import bpy
from bpy.props import StringProperty

from ..engine.errors import ParallaxError
from . import notices, process, tasks, view

INTERVAL = 0.25  # seconds between looks at the tasks

_waiting = {}  # by a task's name: session_uid of the scene that it is for, and the operator that goes on when it is done


class Work:
    """An operator that begins such work. now(scene): does all of it. soon(scene): begins it. Both raise ParallaxError."""

    @notices.refusing
    def execute(self, context):
        self.now(view.built(context))
        return {"FINISHED"}

    @notices.refusing
    def invoke(self, context, _event):
        if bpy.app.background:
            return self.execute(context)
        self.soon(view.built(context))
        view.redraw()
        return {"FINISHED"}


class Step:
    """An operator that goes on for a scene, which no window may show: one undoable step. finish(scene): does it. Raises ParallaxError."""

    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    scene: StringProperty(name="Scene", description="What to do it for; by default the window's", options={"HIDDEN", "SKIP_SAVE"})

    @notices.refusing
    def execute(self, context):
        scene = bpy.data.scenes.get(self.scene) or view.built(context)
        if scene is None:
            raise ParallaxError("Generate a parallax first")
        self.finish(scene)
        return {"FINISHED"}


def is_free(operator, name: str, why_not: str) -> bool:
    """For poll: whether no task of a name runs."""
    task = tasks.of(name)
    if task and task.running:
        operator.poll_message_set(why_not)
        return False
    return True


def follow(name: str, scene, operator) -> None:
    """Has an operator called for a scene when a task is done and nothing renders."""
    _waiting[name] = scene.session_uid, operator
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=INTERVAL, persistent=True)


def call(operator, scene) -> None:
    """Calls an operator for a scene. What it reports is told, where it has not told itself."""
    try:
        operator("EXEC_DEFAULT", True, scene=scene.name)
    except RuntimeError as error:  # how Blender hands on what an operator has reported
        if not notices.of(scene):
            notices.tell(scene, "ERROR", str(error).strip())


def forget() -> None:
    _waiting.clear()
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)


def _look():
    for name in [*_waiting]:
        task = tasks.of(name)
        if task and task.running or bpy.app.is_job_running("RENDER"):
            continue
        uid, operator = _waiting.pop(name)
        scene = view.scene_of(uid)
        if task and task.state == process.DONE and scene:
            call(operator, scene)
        view.redraw()
    return INTERVAL if _waiting else None
