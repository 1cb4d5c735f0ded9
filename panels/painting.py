"""How what comes into view is painted."""

from . import common


class INFINITE_PARALLAX_PT_fill(common.Section):
    bl_idname = "INFINITE_PARALLAX_PT_fill"
    bl_label = "Fill"

    def settings(self, _context, layout, props):
        for name in ("fill", "seed", "max_width"):
            layout.prop(props, name)
        if props.content == "FRESH":
            layout.prop(props, "fill_behind")


class INFINITE_PARALLAX_PT_mask(common.Section):
    bl_parent_id = "INFINITE_PARALLAX_PT_fill"
    bl_label = "Mask"

    def settings(self, context, layout, props):
        layout.active = props.content == "FRESH"
        if not layout.active:
            common.sentence(layout, context, "Used where Content is Fresh", "INFO")
        for name in ("grow", "taper", "blur", "lerp_alpha", "falloff", "feather"):
            layout.prop(props, name)


classes = (INFINITE_PARALLAX_PT_fill, INFINITE_PARALLAX_PT_mask)
