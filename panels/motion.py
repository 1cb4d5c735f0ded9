"""Where the layers go, how fast and for how long."""

import functools

from ..engine import estimate
from ..engine.canvas import periods
from ..engine.errors import ParallaxError
from ..engine.style.presets import AUTO
from ..operators import view
from ..scene import build, picture, properties
from . import common


class INFINITE_PARALLAX_PT_motion(common.Section):
    bl_label = "Motion"

    def settings(self, context, layout, props):
        if props.style == AUTO and not (props.suggested and build.has_planes(view.subject(context))):
            common.sentence(layout, context, "Automatic sets the motion when the picture is generated", "INFO")
        row = layout.row()
        row.enabled = not props.turns
        row.prop(props, "direction", text="Direction °")
        _turns(layout, props)
        repeats = props.content == "REPEAT"
        slides = props.camera.mover == "LAYERS" or props.camera.move == "TRAVEL"  # else the camera's own amount says how far
        column = layout.column()
        column.active = repeats and slides
        column.prop(props, "path")
        sways = repeats and props.path == "SWAY"
        if repeats and (sways or not props.loop):
            column.prop(props, "travel", text="Travel %")
        if not (repeats and props.travel and (sways or not props.loop)):  # which is how far, in whatever time
            layout.prop(props, "smoothness")
            layout.prop(props, "seconds_per_step", text="Step Time (s)")
        layout.prop(props, "law")
        layout.prop(props, "speed_range")
        layout.separator()
        layout.prop(props, "length")
        if props.length == "STEPS":
            layout.prop(props, "steps")
        elif props.length == "DURATION":
            layout.prop(props, "duration", text="Duration (s)")
        layout.prop(props, "fps")
        layout.prop(props, "start", text="Offset (s)")
        for what, label in (("hold", "Hold"), *(() if sways else (("ease", "Ease"),))):
            column = layout.column(align=True)
            column.prop(props, f"{what}_in", text=f"{label} In (s)")
            column.prop(props, f"{what}_out", text="Out (s)")
        layout.separator()
        layout.prop(props, "content")
        loop = layout.row()
        loop.enabled = repeats
        loop.prop(props, "loop")
        if slides:
            _speeds(layout, context, props)
        layout.separator()
        layout.operator("infinite_parallax.import_classic", icon="IMPORT")


def _turns(layout, props):
    """The directions along the way, each with a cross to take it out."""
    column = layout.column(align=True)
    for number, turn in enumerate(props.turns):
        row = column.row(align=True)
        row.use_property_split = False
        row.prop(turn, "share", text="At")
        row.prop(turn, "direction", text="°")
        row.operator("infinite_parallax.remove_turn", text="", icon="X").number = number
    column.operator("infinite_parallax.add_turn", icon="ADD")


def _speeds(layout, context, props):
    """How fast each layer goes; what hinders a plan is said by the forecast."""
    size = picture.size(props.picture)
    if size is None:
        return
    try:
        speeds = _found(properties.expected(props, build.has_planes(view.subject(context))), *size)
    except ParallaxError:
        return
    names = [item.name for item in props.layer_items]
    column = layout.column(align=True)
    column.scale_y = 0.8
    _row(column, "Speed", "px/s", "width/s")
    for number, (speed, share) in enumerate(speeds):
        name = "Mean of all" if number == 0 else names[number - 1] if number <= len(names) else f"Layer {number}"
        _row(column, name, f"{speed:.1f}", f"{share:.1%}")


def _row(layout, name, *numbers):
    """A name, and numbers below each other."""
    split = layout.split(factor=0.44)
    split.label(text=name)
    for number in numbers:
        cell = split.row()
        cell.alignment = "RIGHT"
        cell.label(text=number)


@functools.lru_cache(maxsize=16)
def _found(settings, width, height):
    """Pixels and shares of the width per second: the mean of all layers, then each one's own, at full speed."""
    width, height = estimate.work_size(settings, width, height)
    plan = periods.planned(settings, width, height)
    own = [plan.pixels_per_second(layer) for layer in range(len(plan.velocities))]
    return [(speed, speed / width) for speed in (sum(own) / len(own), *own)]


classes = (INFINITE_PARALLAX_PT_motion,)
