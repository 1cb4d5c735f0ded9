"""The list of layers: which one is in front of which."""

from bpy.props import EnumProperty
from bpy.types import Operator

from ..scene import properties
from . import notices, view

DIRECTIONS = (
    ("NEARER", "Nearer", "In front of the layer that is in front of it now"),
    ("FARTHER", "Farther", "Behind the layer that is behind it now"),
)


class INFINITE_PARALLAX_OT_move_layer(Operator):
    bl_idname = "infinite_parallax.move_layer"
    bl_label = "Move Layer"
    bl_options = {"REGISTER", "UNDO"}

    direction: EnumProperty(name="Direction", description="Where the layer goes", items=DIRECTIONS)

    @classmethod
    def description(cls, _context, values):
        nearer = values.direction == "NEARER"
        return f"Exchange distance and typed speed with the next {'nearer' if nearer else 'farther'} layer"

    @classmethod
    def poll(cls, context):
        props = view.subject(context).infinite_parallax
        return len(props.layer_items) > 1 and 0 <= props.active_layer < len(props.layer_items)

    @notices.refusing
    def execute(self, context):
        props = view.subject(context).infinite_parallax
        properties.exchange(props, props.active_layer, self.direction == "NEARER")
        return {"FINISHED"}


classes = (INFINITE_PARALLAX_OT_move_layer,)
