"""From the scene to a video: what is written, how, and where it is."""

import bpy
from bpy.types import Panel

from ..engine.errors import ParallaxError
from ..engine.film import codecs
from ..operators import export, tasks, view
from ..operators.export import MENU
from ..scene import edit, engines, film_settings, properties
from . import common


class INFINITE_PARALLAX_PT_output(common.Section):
    bl_idname = "INFINITE_PARALLAX_PT_output"
    bl_label = "Export"

    def settings(self, context, layout, props):
        _presets(layout)
        scene = view.built(context)
        cut = edit.edit_of(scene) if scene else None
        _size(layout, context, props.export)
        _editions(layout, props.export)
        if cut:
            row = layout.row(align=True)
            row.prop(cut.render, "filepath", text="Video")
            row.operator("infinite_parallax.open_film", text="", icon="PLAY")
        layout.operator("infinite_parallax.export", icon="EXPORT")
        layout.prop(props, "engine")
        common.sentence(layout, context, f"Renders with {engines.choose(props.engine).why}", "INFO")
        layout.prop(props, "folder")
        if properties.uses_own_folder(view.subject(context)):
            common.sentence(layout, context, "The .blend is not saved yet, so the extension's own folder is used", "INFO")
        layout.operator("infinite_parallax.open_folder", icon="FILE_FOLDER")


class INFINITE_PARALLAX_PT_codec(common.Sidebar, Panel):
    bl_label = "Codec"
    bl_parent_id = "INFINITE_PARALLAX_PT_output"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout = self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        group = view.subject(context).infinite_parallax.export
        codec = codecs.TABLE[group.codec or "H264"]
        layout.prop(group, "codec")
        if group.codec != "PNG":
            layout.prop(group, "container")
        if group.codec == "PRORES":
            layout.prop(group, "profile")
        if len(codec.depths) > 1:
            layout.prop(group, "depth")
        if codec.rated:
            _rate(layout, group)
        if group.codec != "PNG":
            layout.prop(group, "sound")
            if group.sound != "NONE":
                layout.prop(group, "sound_bitrate", text="Sound (kb/s)")
        _wrong(layout, context)


class INFINITE_PARALLAX_PT_motion_blur(common.Sidebar, Panel):
    bl_label = "Motion Blur"
    bl_parent_id = "INFINITE_PARALLAX_PT_output"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header(self, context):
        self.layout.prop(view.subject(context).infinite_parallax.export, "blur", text="")

    def draw(self, context):
        layout = self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        group = view.subject(context).infinite_parallax.export
        layout.active = group.blur
        layout.prop(group, "shutter")
        layout.prop(group, "blur_samples")


def buttons(layout, context):
    """Export, Open Edit, how an export goes or how the last one ended, and Render Video here."""
    row = layout.row(align=True)
    row.scale_y = 1.3
    row.operator("infinite_parallax.export", icon="EXPORT")
    row.operator("infinite_parallax.open_edit", icon="SEQ_SEQUENCER")
    common.task(layout, context, tasks.of(export.TASK))
    layout.operator("infinite_parallax.render_video", icon="RENDER_ANIMATION")


def _presets(layout):
    """Ours first, then those that the artist has saved."""
    row = layout.row(align=True)
    row.menu(MENU, text=getattr(bpy.types, MENU).bl_label)
    row.operator("infinite_parallax.export_preset_add", text="", icon="ADD")
    row.operator("infinite_parallax.export_preset_add", text="", icon="REMOVE").remove_active = True


def _size(layout, context, group):
    layout.prop(group, "size")
    if group.size == "CUSTOM":
        column = layout.column(align=True)
        column.prop(group, "width")
        column.prop(group, "height")
    if group.size != "PICTURE":
        column = layout.column(align=True)
        column.prop(group, "crop_x", slider=True)
        column.prop(group, "crop_y", slider=True)


def _editions(layout, group):
    column = layout.column(heading="Editions")
    for name in ("forward", "pingpong", "reversed"):
        column.prop(group, name)


def _rate(layout, group):
    layout.prop(group, "rate")
    if group.rate == "BITRATE":
        column = layout.column(align=True)
        column.prop(group, "bitrate", text="Bitrate (kb/s)")
        column.prop(group, "most_bitrate")
    else:
        layout.prop(group, "quality")
    layout.prop(group, "effort")
    layout.prop(group, "gop", text="Key Interval")


def _wrong(layout, context):
    try:
        film_settings.export_of(view.subject(context).infinite_parallax)
    except ParallaxError as error:
        common.sentence(layout, context, str(error), "ERROR")


classes = (INFINITE_PARALLAX_PT_output, INFINITE_PARALLAX_PT_codec, INFINITE_PARALLAX_PT_motion_blur)
