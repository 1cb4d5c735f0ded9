"""Where the layers go, how fast and for how long."""

from . import common


class INFINITE_PARALLAX_PT_motion(common.Section):
    bl_label = "Motion"

    def settings(self, _context, layout, props):
        layout.prop(props, "direction", text="Direction °")
        layout.prop(props, "law")
        layout.prop(props, "smoothness")
        layout.prop(props, "seconds_per_step")
        layout.separator()
        layout.prop(props, "length")
        if props.length == "STEPS":
            layout.prop(props, "steps")
        elif props.length == "DURATION":
            layout.prop(props, "duration")
        layout.prop(props, "fps")
        layout.separator()
        layout.prop(props, "content")
        loop = layout.row()
        loop.enabled = props.content == "REPEAT"
        loop.prop(props, "loop")
        layout.separator()
        layout.operator("infinite_parallax.import_classic", icon="IMPORT")


classes = (INFINITE_PARALLAX_PT_motion,)
