"""The root panel: the picture, the main action, how it goes, and what it will take."""

import functools
import time

from bpy.types import Panel

from ..engine import estimate
from ..engine.amounts import amount
from ..engine.errors import ParallaxError
from ..engine.job import Job
from ..operators import background, notices, previews, process, tasks, view
from ..operators import film as film_operators
from ..scene import build, picture, properties, style
from . import common, output, styles

ICONS = {"ERROR": "ERROR", "WARNING": "INFO", "INFO": "INFO"}


class INFINITE_PARALLAX_PT_main(common.Sidebar, Panel):
    bl_idname = "INFINITE_PARALLAX_PT_main"
    bl_label = "Infinite Parallax"

    def draw(self, context):
        scene = view.subject(context)
        props = scene.infinite_parallax
        if len(props.layer_items) != props.layers:
            properties.fit_soon(scene)
        _picture(self.layout, props)
        styles.draw(self.layout, context, scene)
        _action(self.layout)
        _progress(self.layout, context)
        _render(self.layout, context)
        _notice(self.layout, context, scene)
        _unfinished(self.layout, scene)
        _forecast(self.layout, context, scene)


def _picture(layout, props):
    layout.template_ID(props, "picture", open="image.open")
    if props.picture:
        layout.template_icon(icon_value=layout.icon(props.picture), scale=8.0)


def _action(layout):
    row = layout.row()
    row.scale_y = 1.6
    row.operator("infinite_parallax.generate", icon="PLAY")


def _progress(layout, context):
    work = background.current
    if work and work.running:
        common.progress(layout, context, work, "infinite_parallax.cancel")
        if work.device:
            common.sentence(layout, context, f"Runs on: {work.device}", "INFO")
        icon = previews.icon(work.job.preview)
        if icon:
            layout.template_icon(icon_value=icon, scale=8.0)


def _render(layout, context):
    """What comes next once there is a scene."""
    if build.is_preview(view.subject(context)) and not (background.current and background.current.running):
        common.sentence(layout, context, "Cut-outs, with nothing painted behind them yet", "INFO")
    if view.built(context) and not (background.current and background.current.running):
        if news := style.to_key(view.subject(context).infinite_parallax):
            common.sentence(layout, context, f"Click Update Motion to see {news}", "INFO")
        layout.operator("infinite_parallax.update_motion", icon="FILE_REFRESH")
        _film(layout, context)
        output.buttons(layout, context)
        if context.area.type == "VIEW_3D" and context.space_data.shading.type == "SOLID":  # it shows soft edges as hard ones
            common.sentence(layout, context, "Edges look rough in Solid shading; videos show them soft", "INFO")


def _film(layout, context):
    """Update Edit, and how the making of its files goes."""
    task = tasks.of(film_operators.TASK)
    if task and (task.running or task.state == process.FAILED):
        common.task(layout, context, task)
    common.update_edit(layout, context)


def _notice(layout, context, scene):
    """The last thing the artist was told, and how the last run ended."""
    notice = notices.of(scene)
    if notice:
        common.sentence(layout, context, notice.text, ICONS[notice.level])
    work = background.current
    if not work or not _is_of(work, scene):
        return
    if not work.running and (work.state != background.DONE or not build.has_planes(scene)) and not (notice and notice.level == "ERROR"):
        common.sentence(layout, context, work.text, "INFO" if work.state in (background.CANCELLED, background.DONE) else "ERROR")
    if not (work.built and build.has_planes(scene)):  # what was built tells them as its notice
        for text in work.warnings:
            common.sentence(layout, context, text, "INFO")


def _is_of(work, scene):
    """Whether a run is this scene's; a loaded file gives its scenes other numbers."""
    return work.scene_uid == scene.session_uid or properties.same_folder(properties.job_folder(scene), work.job.folder)


def _unfinished(layout, scene):
    """Resume and Build, where the job folder holds something to go on with."""
    work = background.current
    if work and work.running:
        return
    begun, ended, is_split = _job_state(str(properties.job_folder(scene)), int(time.monotonic()))
    if begun and not ended:
        layout.operator("infinite_parallax.resume", icon="FILE_REFRESH")
    elif ended and not (build.is_preview(scene) if is_split else build.is_built(scene)):
        layout.operator("infinite_parallax.build", icon="SCENE_DATA")


@functools.lru_cache(maxsize=4)
def _job_state(folder, _second):
    """Whether a folder holds a job, whether it came to its end, and whether that is the split; the disk is asked at most once a second."""
    job = Job(folder)
    try:
        is_split = job.only == "split"
    except ParallaxError:  # there is none, or it is damaged
        return (job.folder / "job.json").is_file(), job.finished(), False
    return True, job.finished() or is_split and properties.ended(job), is_split


def _forecast(layout, context, scene):
    """What generating will take, before it starts."""
    props = scene.infinite_parallax
    size = picture.size(props.picture)
    if size is None:
        return
    box = layout.box()
    try:
        expected = _estimate(properties.expected(props, build.has_planes(scene)), *size)
    except ParallaxError as error:
        common.sentence(box, context, str(error), "ERROR")
        return
    beside, card = (" beside the model", " on a graphics card") if props.fill == "DIFFUSION" else ("", "")
    column = box.column(align=True)
    column.scale_y = 0.8
    column.label(text=f"{expected.video:.1f} s of video, {_count(expected.frames, 'frame')}")
    if not (background.current and background.current.running):  # which says itself how long it still takes
        column.label(text=f"About {common.duration(expected.seconds)} to generate{card}")
    column.label(text=f"{amount(expected.disk)} on disk, {amount(expected.memory)} of memory{beside}")
    if props.content == "FRESH" or props.fill == "DIFFUSION":
        column.label(text=f"{_count(round(expected.steps, 1), 'step')}, {_count(expected.fills, 'fill')}")
    notice = notices.of(scene)
    for note in expected.notes:
        if not (notice and note in notice.text):  # which says it just above
            common.sentence(box, context, note, "INFO")


_estimate = functools.lru_cache(maxsize=16)(estimate.estimate)


def _count(number, what):
    return f"{number:g} {what}{'' if number == 1 else 's'}"


classes = (INFINITE_PARALLAX_PT_main,)
