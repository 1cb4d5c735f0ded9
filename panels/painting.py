"""How what comes into view is painted."""

from ..operators import view
from ..scene import build, properties
from . import availability, common


class INFINITE_PARALLAX_PT_fill(common.Section):
    bl_idname = "INFINITE_PARALLAX_PT_fill"
    bl_label = "Fill"

    def settings(self, context, layout, props):
        availability.choices(layout, context, props, "fill")
        if props.fill in ("AUTO", "NETWORK") and availability.bundle(layout, context, "clean-fills"):
            common.sentence(layout, context, f"Fill: {availability.light_model('fill')}", "INFO")
        if props.fill == "AUTO" and props.painter and build.is_built(view.subject(context)):
            common.sentence(layout, context, f"Filled by {props.painter}", "INFO")
        for name in ("seed", "max_width", "keep_mount"):
            layout.prop(props, name)
        if props.content == "FRESH":
            layout.prop(props, "fill_behind")


class INFINITE_PARALLAX_PT_diffusion(common.Section):
    bl_parent_id = "INFINITE_PARALLAX_PT_fill"
    bl_label = "Diffusion"

    @classmethod
    def poll(cls, context):
        return view.subject(context).infinite_parallax.fill == "DIFFUSION"

    def settings(self, context, layout, props):
        availability.model(layout, context, props, "inpaint_model")
        for name in ("prompt", "negative_prompt"):
            layout.prop(props, name)
        availability.model(layout, context, props, "describe_model")
        layout.prop(props, "quality")
        if props.quality == "CUSTOM":
            column = layout.column(align=True)
            for name in ("inference_steps", "guidance", "strength", "scheduler"):
                column.prop(props, name)
        for name, scale in (("lora", "lora_scale"), ("control", "control_scale")):
            availability.model(layout, context, props, name)
            if getattr(props, name):
                layout.prop(props, scale)
        if props.control and props.separator not in ("DEPTH", "TAGS"):  # which show it among what they need themselves
            availability.model(layout, context, props, "depth_model")
        for name in ("paint_size", "offload"):
            layout.prop(props, name)
        if props.objects:
            column = layout.column(align=True)
            for name in ("removal_prompt", "removal_passes"):
                column.prop(props, name)


class INFINITE_PARALLAX_PT_redo(common.Section):
    bl_parent_id = "INFINITE_PARALLAX_PT_fill"
    bl_label = "Redo"

    def settings(self, context, layout, props):
        what = "Layer" if properties.redoes_layers(props) else "Step"
        layout.operator("infinite_parallax.redo_from", text=f"Redo from {what}", icon="FILE_REFRESH")
        for redo in props.redos:
            words = f", {redo.prompt}" if redo.prompt else ""
            common.sentence(layout, context, f"From {what.lower()} {redo.step}: seed {redo.seed}{words}")
        if props.redos:
            layout.operator("infinite_parallax.forget_redos", icon="X")
        if what == "Layer":
            common.sentence(layout, context, "Layers are counted from the farthest, with what is lifted out among them", "INFO")


class INFINITE_PARALLAX_PT_mask(common.Section):
    bl_parent_id = "INFINITE_PARALLAX_PT_fill"
    bl_label = "Mask"

    def settings(self, context, layout, props):
        layout.active = props.content == "FRESH"
        if not layout.active:
            common.sentence(layout, context, "Used where Content is Fresh", "INFO")
        for name in ("grow", "taper", "blur", "lerp_alpha", "falloff", "feather"):
            layout.prop(props, name)


classes = (INFINITE_PARALLAX_PT_fill, INFINITE_PARALLAX_PT_diffusion, INFINITE_PARALLAX_PT_redo, INFINITE_PARALLAX_PT_mask)
