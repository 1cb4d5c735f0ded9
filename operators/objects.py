"""The list of salient objects: they are lifted out one after another, from the top of the list down."""

from bpy.props import EnumProperty
from bpy.types import Operator

from ..scene import properties
from . import lists, view

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


class _OfActive(lists.OfChosen):
    of, missing = "object", "Add an object first"


class INFINITE_PARALLAX_OT_remove_object(_OfActive, lists.Remove, Operator):
    bl_idname = "infinite_parallax.remove_object"
    bl_label = "Remove Object"
    bl_description = "Leave the object in the picture"


class INFINITE_PARALLAX_OT_move_object(_OfActive, lists.Move, Operator):
    bl_idname = "infinite_parallax.move_object"
    bl_label = "Move Object"
    bl_description = "Change the order in which objects are lifted out; of two that overlap, the first is in front"

    direction: EnumProperty(name="Direction", description="Where in the list the object goes", items=DIRECTIONS)


classes = (INFINITE_PARALLAX_OT_add_object, INFINITE_PARALLAX_OT_remove_object, INFINITE_PARALLAX_OT_move_object)
