"""Generate, Resume, Cancel and Build: from the panel's settings to a scene, by way of the worker."""

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Operator

from ..engine import estimate, machine
from ..engine.amounts import amount
from ..engine.errors import ParallaxError
from ..engine.job import Job
from ..scene import build, given, picture, properties
from . import background, film, neural_python, notices, view

INTERVAL = 0.25  # seconds between looks at the worker

EDITED = EnumProperty(
    name="Edited Keyframes", description="What becomes of keyframes that were changed by hand", default=build.KEEP,
    items=((build.KEEP, "Keep", "Leave the layers that you edited as they are"), (build.REPLACE, "Replace", "Key all layers anew")))


def submit(scene, folder=None, only="", periods=()) -> Job:
    """Checks everything that can go wrong before the first pixel, and writes the job. Raises ParallaxError.

    folder: of the job; an older job in it is replaced. By default one that holds no finished job.
    only: "split" for a job that ends when the layers are cut out. periods: of the scene's latest job, for one that only adds to it.
    """
    props = scene.infinite_parallax
    picture.check(props.picture)
    given.check(props)
    folder = folder or properties.free_folder(scene)
    settings = properties.to_settings(props, folder)
    neural_python.check(settings, only)
    earlier = properties.job_folder(scene)
    needed = estimate.estimate(settings, *picture.size(props.picture)).disk
    free = machine.free_disk(folder)
    if needed > free:
        raise ParallaxError(f"{folder} needs about {amount(needed)} and has {amount(free)} free: choose another folder")
    known = earlier if (earlier / "job.json").is_file() else None
    job = Job.create(folder, picture.place(props.picture, folder), settings, only, known, periods)
    picture.hand_over(props.picture, folder)
    given.hand_over(props, folder)
    properties.remember_job(props, job.folder)
    return job


def suggested_heights(scene) -> tuple[float, ...]:
    """Heights in percent that the scene's picture suggests. Raises ParallaxError when it cannot be read."""
    from ..engine.image import mount
    from ..engine.separators import suggest_heights

    props = scene.infinite_parallax
    shown = picture.glance(props.picture)
    box = None if props.keep_mount else mount.found(shown)
    if box is None:
        return suggest_heights(shown, props.layers)
    crop = mount.Crop(shown.shape[1], shown.shape[0], box)
    return crop.heights_of_whole(suggest_heights(mount.cut(shown, box), props.layers))


def watch(work: background.Work) -> None:
    """Has a timer move the run on in a window; it survives loading another file."""
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=INTERVAL, persistent=True)


def forget() -> None:
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)


def _look():
    work = background.current
    if background.tick():
        view.redraw()
    if work is None or work.running:
        return INTERVAL if work else None
    if work.state == background.DONE and not work.built and bpy.app.is_job_running("RENDER"):
        return 1.0
    try:
        if work.state == background.DONE and not work.built:
            _build_for(work)
    finally:
        view.redraw()
    return None


def _build_for(work):
    """One undoable step that makes the scene, where the scene that asked for it is still open."""
    work.built = True
    scene = _asking(work)
    if scene is None:
        work.text = "Done: open its file again and click Build Scene"
        return
    notices.clear(scene)
    window = next((w for w in bpy.context.window_manager.windows if w.scene == scene), bpy.context.window_manager.windows[0])
    try:
        with bpy.context.temp_override(window=window):
            bpy.ops.infinite_parallax.build("EXEC_DEFAULT", True, scene=scene.name)
    except RuntimeError as error:  # how Blender hands on what an operator has reported
        if not notices.of(scene):
            notices.tell(scene, "ERROR", str(error).strip())


def _asking(work):
    """The scene that a run is for, or None when its file is not open any more."""
    scene = view.scene_of(work.scene_uid)
    if scene:
        properties.remember_job(scene.infinite_parallax, work.job.folder)  # undo while painting takes it back
        return scene
    scene = bpy.data.scenes.get(work.scene_name)
    return scene if scene and properties.same_folder(properties.job_folder(scene), work.job.folder) else None


def _warnings(job):
    """What the worker has said about a job, where it has run since Blender began."""
    work = background.current
    return work.warnings if work and properties.same_folder(work.job.folder, job.folder) else ()


def _begin(operator, context):
    scene = view.subject(context)
    notices.clear(scene)
    return background.start(operator.job(scene), scene)


class _Worker:
    """What Generate and Resume share: in a window the worker runs on its own, elsewhere it is waited for."""

    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context):
        if background.current and background.current.running:
            cls.poll_message_set("A parallax is being generated: wait for it or cancel it")
            return False
        return True

    @notices.refusing
    def execute(self, context):
        work = _begin(self, context)
        work.wait()
        work.built = True
        return bpy.ops.infinite_parallax.build()

    @notices.refusing
    def invoke(self, context, _event):
        if bpy.app.background:
            return self.execute(context)
        watch(_begin(self, context))
        view.redraw()
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_generate(_Worker, Operator):
    bl_idname = "infinite_parallax.generate"
    bl_label = "Generate Parallax"
    bl_description = "Cut the picture into layers, paint what they hide, and build the scene"

    def job(self, scene):
        return submit(scene)


class INFINITE_PARALLAX_OT_split(_Worker, Operator):
    bl_idname = "infinite_parallax.split"
    bl_label = "Split Layers"
    bl_description = "Cut the picture into layers and objects and show them, before anything is painted"

    def job(self, scene):
        return submit(scene, only="split")


class INFINITE_PARALLAX_OT_resume(_Worker, Operator):
    bl_idname = "infinite_parallax.resume"
    bl_label = "Resume"
    bl_description = "Go on from the last finished step"

    def job(self, scene):
        job = properties.job_of(scene)
        source, settings = job.read()
        props = scene.infinite_parallax
        changed = properties.take(props, settings)
        properties.remember_job(props, job.folder)
        if picture.choose(props, source, job.folder) or changed:
            text = "Resumes with the picture and settings that it was begun with: the panel shows them again"
            notices.tell(scene, "INFO", text)
            self.report({"INFO"}, text)
        return job


class INFINITE_PARALLAX_OT_cancel(Operator):
    bl_idname = "infinite_parallax.cancel"
    bl_label = "Cancel"
    bl_description = "Stop generating; finished steps are kept and can be resumed"

    @classmethod
    def poll(cls, _context):
        return bool(background.current and background.current.running)

    def execute(self, _context):
        background.current.cancel()
        view.redraw()
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_build(Operator):
    bl_idname = "infinite_parallax.build"
    bl_label = "Build Scene"
    bl_description = "Make layers, camera, keyframes and edit from what was painted, or update them in place"
    bl_options = {"REGISTER", "UNDO"}

    edited: EDITED
    scene: StringProperty(name="Scene", description="Whose parallax to build; by default the window's", options={"HIDDEN", "SKIP_SAVE"})

    @notices.refusing
    def execute(self, context):
        scene = bpy.data.scenes[self.scene] if self.scene else view.subject(context)
        job = properties.job_of(scene)
        built = build.preview(scene, job) if job.only else build.build(scene, job, self.edited)
        fitted = () if job.only else film.again(built.scene)
        notices.report(self, built.scene, tuple(dict.fromkeys((*_warnings(job), *built.notes, *fitted))))
        view.show(context, scene, built.scene)
        context.window_manager.infinite_parallax_overlay = "LAYERS" if job.only else "NONE"  # the cut-outs alone look like the picture
        return {"FINISHED"}


classes = (
    INFINITE_PARALLAX_OT_generate, INFINITE_PARALLAX_OT_split, INFINITE_PARALLAX_OT_resume, INFINITE_PARALLAX_OT_cancel,
    INFINITE_PARALLAX_OT_build)
