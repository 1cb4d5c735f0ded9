"""The list of salient objects: they are lifted out one after another, from the top of the list down."""

from bpy.props import EnumProperty
from bpy.types import Operator

from ..scene import properties
from . import view

DIRECTIONS = (("UP", "Up", "Lift it out earlier"), ("DOWN", "Down", "Lift it out later"))


def _props(context):
    return view.subject(context).infinite_parallax


class INFINITE_PARALLAX_OT_add_object(Operator):
    bl_idname = "infinite_parallax.add_object"
    bl_label = "Add Object"
    bl_description = "Add an object that is lifted out of the picture whole"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        properties.add_object(_props(context))
        return {"FINISHED"}


class _OfActive:
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        props = _props(context)
        return 0 <= props.active_object < len(props.objects)


class INFINITE_PARALLAX_OT_remove_object(_OfActive, Operator):
    bl_idname = "infinite_parallax.remove_object"
    bl_label = "Remove Object"
    bl_description = "Leave the object in the picture"

    def execute(self, context):
        props = _props(context)
        props.objects.remove(props.active_object)
        props.active_object = max(0, min(props.active_object, len(props.objects) - 1))
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_move_object(_OfActive, Operator):
    bl_idname = "infinite_parallax.move_object"
    bl_label = "Move Object"
    bl_description = "Change the order in which objects are lifted out; of two that overlap, the first is in front"

    direction: EnumProperty(name="Direction", description="Where in the list the object goes", items=DIRECTIONS)

    def execute(self, context):
        props = _props(context)
        place = props.active_object + (-1 if self.direction == "UP" else 1)
        if not 0 <= place < len(props.objects):
            return {"CANCELLED"}
        props.objects.move(props.active_object, place)
        props.active_object = place
        return {"FINISHED"}


classes = (INFINITE_PARALLAX_OT_add_object, INFINITE_PARALLAX_OT_remove_object, INFINITE_PARALLAX_OT_move_object)
