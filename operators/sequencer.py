"""Open Edit: the edit in a Sequencer, in a window of its own."""

import functools

import bpy
from bpy.types import Operator

from ..engine.errors import ParallaxError
from ..scene import edit, versions
from . import notices, view


def open_edit(cut) -> None:
    """Opens a window whose only area is a Sequencer that shows an edit, strips and preview."""
    window = versions.sequencer_window(cut)
    area = max(window.screen.areas, key=lambda one: one.width * one.height)
    area.type = "SEQUENCE_EDITOR"
    area.spaces.active.view_type = "SEQUENCER_PREVIEW"
    if len(window.screen.areas) > 1:
        with bpy.context.temp_override(window=window, area=area):
            bpy.ops.screen.screen_full_area()
    bpy.app.timers.register(functools.partial(_show_all, window.as_pointer()), first_interval=0.0)


def _show_all(pointer) -> None:
    """Has a window show all strips, once Blender has laid out its regions; it may be closed by then."""
    for window in bpy.context.window_manager.windows:
        area = window.screen.areas[0]
        if window.as_pointer() == pointer and area.type == "SEQUENCE_EDITOR":
            region = next(region for region in area.regions if region.type == "WINDOW")
            with bpy.context.temp_override(window=window, area=area, region=region):
                bpy.ops.sequencer.view_all()


class INFINITE_PARALLAX_OT_open_edit(Operator):
    bl_idname = "infinite_parallax.open_edit"
    bl_label = "Open Edit"
    bl_description = "Show the edit in a Sequencer, in a window of its own: the parallax, and what lies over it as strips"

    @classmethod
    def poll(cls, context):
        scene = view.built(context)
        if scene is None:
            cls.poll_message_set("Generate a parallax first")
            return False
        if edit.edit_of(scene) is None:
            cls.poll_message_set("The edit was deleted: Update Motion makes it anew")
            return False
        return True

    @notices.refusing
    def execute(self, context):
        if bpy.app.background:
            raise ParallaxError("Blender runs without a window, so there is none to show the edit in")
        open_edit(edit.edit_of(view.built(context)))
        return {"FINISHED"}


classes = (INFINITE_PARALLAX_OT_open_edit,)
