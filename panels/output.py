"""From the scene to a video."""

from ..operators import view
from ..scene import edit, engines, properties
from . import common


class INFINITE_PARALLAX_PT_output(common.Section):
    bl_label = "Output"

    def settings(self, context, layout, props):
        layout.prop(props, "folder")
        if properties.uses_own_folder(view.subject(context)):
            common.sentence(layout, context, "The .blend is not saved yet, so the extension's own folder is used", "INFO")
        layout.prop(props, "engine")
        common.sentence(layout, context, f"Renders with {engines.choose(props.engine).why}", "INFO")
        scene = view.built(context)
        cut = edit.edit_of(scene) if scene else None
        if cut:
            layout.prop(cut.render, "filepath", text="Video")
        layout.operator("infinite_parallax.open_folder", icon="FILE_FOLDER")


classes = (INFINITE_PARALLAX_PT_output,)
