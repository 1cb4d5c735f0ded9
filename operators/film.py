"""Update Edit: sound, effects and colour as set, once the files that they need are made in the background."""

import bpy
from bpy.types import Operator

from ..engine.errors import ParallaxError
from ..engine.film import assets
from ..scene import build, film, shot
from . import meanwhile, notices, process, tasks, view

TASK = "film"


def update(scene) -> tuple[str, ...]:
    """Makes what is missing and lays the film; waits for both. Gives sentences for the artist. Raises ParallaxError."""
    task = _started(scene)
    if task:
        task.wait()
    return film.lay(scene)


def update_soon(scene) -> None:
    """The same in a window: the film is laid when its files are there. Raises ParallaxError."""
    if _started(scene):
        meanwhile.follow(TASK, scene, bpy.ops.infinite_parallax.lay_film)
    else:
        meanwhile.call(bpy.ops.infinite_parallax.lay_film, scene)


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
    meanwhile.follow(TASK, scene, bpy.ops.infinite_parallax.lay_film)
    return ()


def _started(scene):
    """The task that makes the missing files; None where none are missing."""
    missing = film.wanted(scene)
    if not missing:
        return None
    folder = shot.of(scene).folder
    return tasks.start(TASK, assets.request(missing, folder), process.python("engine.film", str(folder)))


class INFINITE_PARALLAX_OT_update_edit(meanwhile.Work, Operator):
    bl_idname = "infinite_parallax.update_edit"
    bl_label = "Update Edit"
    bl_description = "Lay sound, effects and colour into the edit as they are set; strips and keyframes that you changed stay"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context):
        if view.built(context) is None:
            cls.poll_message_set("Generate a parallax first")
            return False
        return meanwhile.is_free(cls, TASK, "Sounds and textures are being made: wait for them or cancel")

    def now(self, scene):
        notices.report(self, scene, update(scene))

    def soon(self, scene):
        update_soon(scene)


class INFINITE_PARALLAX_OT_lay_film(meanwhile.Step, Operator):
    bl_idname = "infinite_parallax.lay_film"
    bl_label = "Update Edit"
    bl_description = "Lay sound, effects and colour into the edit, with the files that are there"

    def finish(self, scene):
        if not build.is_built(scene):
            raise ParallaxError("Generate a parallax first")
        notices.report(self, scene, film.lay(scene))


classes = (INFINITE_PARALLAX_OT_update_edit, INFINITE_PARALLAX_OT_lay_film)
