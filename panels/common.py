"""What the panels share: their place, wrapped text, amounts as people say them."""

import blf
from bpy.types import Panel

from ..operators import view
from ..operators.process import FAILED
from ..scene import film


class Sidebar:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Parallax"


class Section(Sidebar, Panel):
    """A closed sub-panel of settings."""

    bl_parent_id = "INFINITE_PARALLAX_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self.settings(context, layout, view.subject(context).infinite_parallax)


def sentence(layout, context, text, icon="NONE"):
    """Draws a text in as many lines as the sidebar's width makes of it."""
    scale = context.preferences.system.ui_scale
    column = layout.column(align=True)
    column.scale_y = 0.75
    room = context.region.width - (60 if icon == "NONE" else 85) * scale
    for number, line in enumerate(wrapped(text, room, 11 * scale)):
        column.label(text=line, icon=icon if number == 0 else "NONE" if icon == "NONE" else "BLANK1")


def progress(layout, context, process, cancel):
    """How far a running process is, with a cross that calls the operator `cancel`, whose properties are given back."""
    row = layout.row(align=True)
    row.progress(factor=process.done, text=f"{process.done:.0%}")
    asked = row.operator(cancel, text="", icon="X")
    sentence(layout, context, process.status())
    return asked


def task(layout, context, one):
    """A task of `operators.tasks` (None draws nothing): how it goes, then how it ended, and what it has warned of."""
    if one is None:
        return
    if one.running:
        progress(layout, context, one, "infinite_parallax.cancel_task").name = one.name
    else:
        sentence(layout, context, one.text, "ERROR" if one.state == FAILED else "INFO")
    for text in one.warnings:
        sentence(layout, context, text, "INFO")


def update_edit(layout, context):
    """Update Edit, where there is a parallax: greyed out while the film lies as it is set, so that nothing moves when it does not."""
    scene = view.built(context)
    if scene:
        row = layout.row()
        row.enabled = film.is_stale(scene)
        row.operator("infinite_parallax.update_edit", icon="SEQUENCE")


def wrapped(text, room, size):
    """Lines of words that fit into `room` pixels at a font size; a longer word, such as a path, goes on in the next line."""
    blf.size(0, size)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and blf.dimensions(0, longer)[0] > room:
            lines.append(word)
        else:
            lines[-1] = longer
        while (width := blf.dimensions(0, lines[-1])[0]) > room > 0:
            end = max(1, int(len(lines[-1]) * room / width))
            lines[-1:] = lines[-1][:end], lines[-1][end:]
    return lines


def duration(seconds):
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
