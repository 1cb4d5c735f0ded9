"""The camera instead of the layers."""

from . import common


class INFINITE_PARALLAX_PT_camera(common.Section):
    bl_label = "Camera"

    def settings(self, _context, layout, props):
        camera = props.camera
        layout.prop(camera, "mover")
        if camera.mover == "LAYERS":
            return
        layout.prop(camera, "move")
        if camera.move != "TRAVEL":
            layout.prop(camera, "amount")
        layout.prop(camera, "lens", text="Lens (mm)")
        row = layout.row()
        row.active = props.content == "REPEAT"
        row.prop(props, "margin", text="Margin %")


classes = (INFINITE_PARALLAX_PT_camera,)
