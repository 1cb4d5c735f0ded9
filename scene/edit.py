"""The edit: a second scene whose sequencer shows the parallax, with room for sound below it and effects above."""

import json
import os

import bpy

from ..engine.film import codecs
from . import export as writing
from . import film_settings, marks, planes, stage, versions

STRIP = "parallax"
# Where strips are laid, where there is room: the first sounds below the parallax, effects above it, then colour and what comes last
SOUNDS, PARALLAX, EFFECTS, GRADE, FINISH, MORE_SOUNDS = range(1, 6), 6, range(7, 12), 12, range(13, 17), range(17, 65)
CHANNELS = {PARALLAX: "Parallax", GRADE: "Colour"}
OF = "infinite_parallax_of"  # on an edit: the parallax scene it shows
NAMED = "infinite_parallax_named"  # on an edit: the names that we gave its channels
VIDEO = "infinite_parallax_video"  # on an edit: the path that we gave its video


def edit_of(scene):
    """The edit that shows a parallax scene, or None."""
    return next((other for other in bpy.data.scenes if marks.role(other) == stage.EDIT and other.get(OF) == scene), None)


def make(scene, motion, video):
    """Makes or updates the edit of a parallax scene. video: path of the file it renders to."""
    edit = edit_of(scene)
    new = edit is None
    if new:
        edit = marks.mark(bpy.data.scenes.new(f"{scene.name} Edit"), stage.EDIT)
        edit[OF] = scene
        _lay_strip(edit, scene)
    stage.set_output(edit, motion, stage.frame_of(scene))
    _set_video(edit, scene, video)
    _fit_strip(edit, motion)
    if new:
        for window in bpy.context.window_manager.windows:
            versions.show_in_sequencer(window.workspace, edit)
    return edit


def find(edit, role):
    """The strip of ours with a role, or None."""
    return marks.find(versions.strips(edit), role) if edit.sequence_editor else None


def free_channel(edit, wanted, start, end, others=()):
    """The first of some channels in which no strip lies between two frames; the first free one above all where they are full.

    others: strips that do not count, as they will be moved.
    """
    taken = {strip.channel for strip in versions.strips(edit)
             if strip not in others and versions.strip_start(strip) < end and versions.strip_end(strip) > start}
    return next((channel for channel in (*wanted, *range(1, 129)) if channel not in taken), max(taken, default=0) + 1)


def name_channel(edit, number, name):
    """Names a channel, unless the artist has."""
    channel, given = edit.sequence_editor.channels[number], json.loads(edit.get(NAMED, "{}"))
    if channel.name in (f"Channel {number}", given.get(str(number))):
        channel.name = name
        edit[NAMED] = json.dumps({**given, str(number): channel.name})  # Blender has no two of one name


def _absolute(path):
    return os.path.abspath(bpy.path.abspath(path))


def _lay_strip(edit, scene):
    strip = versions.strips(edit).new_scene(scene.name, scene, PARALLAX, 1)
    marks.mark(strip, STRIP)
    for number, name in CHANNELS.items():
        name_channel(edit, number, name)


def _fit_strip(edit, motion):
    """A scene strip keeps the length that its scene had when it was made, until it is reloaded."""
    strip = marks.find(versions.strips(edit), STRIP)
    if strip is None or versions.strip_length(strip) == motion.frames:
        return
    for other in versions.strips(edit):
        other.select = other == strip
    with versions.sequencing(edit):
        bpy.ops.sequencer.reload(adjust_length=True)


def set_video(edit, export):
    """Has an edit be written as its film is set: what the artist has changed since in the render settings stays."""
    _name_video(edit, export.suffix)
    writing.show(edit, export)


def _set_video(edit, scene, video):
    """video: the path that we would give it; another path is the artist's own."""
    if not edit.render.filepath or _absolute(edit.render.filepath) == _absolute(edit.get(VIDEO, edit.render.filepath)):
        edit.render.filepath = edit[VIDEO] = planes.beside_blend(video)
    set_video(edit, film_settings.export_of(scene.infinite_parallax))


def _name_video(edit, suffix):
    """Ends the video's path as its container does; a sequence is a folder of that name. A path that ends otherwise is the artist's own."""
    ours, path = edit.render.filepath == edit.get(VIDEO), edit.render.filepath
    stem, before = (path.removesuffix(f"/{writing.FRAME}"), "") if path.endswith(f"/{writing.FRAME}") else os.path.splitext(path)
    if path != stem and before.lower() in codecs.SUFFIXES.values() and before.lower() != suffix:
        edit.render.filepath = f"{stem}{suffix}" if suffix else f"{stem}/{writing.FRAME}"
        if ours:
            edit[VIDEO] = edit.render.filepath
