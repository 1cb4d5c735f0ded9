"""The film's sounds: a list, and of the chosen one what it is, whose it is, and how its distance is heard."""

from bpy.types import UIList

from ..operators import loudness, process, tasks, view
from ..operators import sound as sounds
from ..scene import edit, sound
from . import common


class INFINITE_PARALLAX_UL_sounds(UIList):
    bl_idname = "INFINITE_PARALLAX_UL_sounds"

    def draw_item(self, _context, layout, props, item, _icon, _active_data, _active_property, _index):
        row = layout.row(align=True)
        row.prop(item, "name", text="", emboss=False, icon=sounds.ICONS.get(item.source, "QUESTION"))
        row.label(text=sounds.owner(props, item))


class INFINITE_PARALLAX_PT_sound(common.Section):
    bl_idname = "INFINITE_PARALLAX_PT_sound"
    bl_label = "Sound"

    def settings(self, context, layout, props):
        row = layout.row()
        rows = 4 if props.sounds else 2
        row.template_list("INFINITE_PARALLAX_UL_sounds", "", props, "sounds", props, "active_sound", rows=rows, sort_lock=True)
        side = row.column(align=True)
        side.menu("INFINITE_PARALLAX_MT_add_sound", text="", icon="ADD")
        side.operator("infinite_parallax.remove_sound", text="", icon="REMOVE")
        item = sounds.active(props)
        if item:
            _hear(layout, context)
            _what(layout, props, item)
            _distance(layout, item)
            _when(layout, item)
        _lay(layout, context, item)
        _mix(layout, context, props)


def _hear(layout, context):
    """The preview."""
    if sounds.playing():
        layout.operator("infinite_parallax.stop_sound", icon="PAUSE", depress=True)
    else:
        layout.operator("infinite_parallax.preview_sound", icon="PLAY_SOUND")
    one = tasks.of(sounds.TASK)
    if one and (one.running or one.state == process.FAILED):
        common.task(layout, context, one)


def _what(layout, props, item):
    column = layout.column()
    column.prop(item, "source")
    if item.source == "FILE":
        column.prop(item, "file")
    else:
        column.prop(item, "seed")
    split = column.split(factor=0.4)
    label = split.row()
    label.alignment = "RIGHT"
    label.label(text="Belongs To")
    split.menu("INFINITE_PARALLAX_MT_sound_owner", text=sounds.owner(props, item))
    column.prop(item, "gain", text="Gain (dB)")


def _distance(layout, item):
    """How distance, place and speed are heard: only of what belongs to a layer or object."""
    if item.layer or item.object:
        column = layout.column()
        column.prop(item, "law")
        column.prop(item, "delay")
        column.prop(item, "damping")
        if item.delay or item.damping:
            column.prop(item, "metres")
        if item.object:
            column.prop(item, "pan")
        column.prop(item, "swell", slider=True)


def _when(layout, item):
    column = layout.column()
    column.prop(item, "loop")
    if not item.loop:
        column.prop(item, "start", text="Start (s)")
    column.prop(item, "fade", text="Fade (s)")


def _lay(layout, context, item):
    """Update Edit, and Lay Again for a sound whose strip was deleted."""
    common.update_edit(layout, context)
    built = view.built(context)
    cut = edit.edit_of(built) if built else None
    if cut and item:
        row = layout.row()
        row.enabled = sound.is_away(cut, item.key)
        row.operator("infinite_parallax.lay_sound_again", icon="FILE_REFRESH")


def _mix(layout, context, props):
    """How loud all is together, where the file holds an edit."""
    if not props.sounds or not view.built(context):
        return
    column = layout.column()
    column.prop(props.export, "loudness", text="Target (LUFS)")
    column.operator("infinite_parallax.set_loudness", icon="SPEAKER")
    last, task = loudness.last(view.built(context)), tasks.of(loudness.TASK)
    if task and (task.running or task.state == process.FAILED):
        common.task(layout, context, task)
    elif last:
        common.sentence(layout, context, f"{last.integrated:.1f} LUFS, peaks at {last.peak:.1f} dB"
                        + ("" if last.current else ", before the sound was changed: click Set Loudness again"), "INFO")
        if last.note:
            common.sentence(layout, context, last.note, "INFO")


classes = (INFINITE_PARALLAX_UL_sounds, INFINITE_PARALLAX_PT_sound)
