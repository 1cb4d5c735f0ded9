"""The list of the film's effects."""

from bpy.props import EnumProperty
from bpy.types import Menu, Operator

from ..engine.film.effects import KINDS, LAYERS, PLANES, STRIPS
from ..scene import film_settings
from . import lists, view

ICONS = {"RAIN": "MOD_FLUIDSIM", "SNOW": "FREEZE", "DUST": "PARTICLES", "FOG": "VOLUME_DATA", "RAYS": "LIGHT_SPOT", "GLOW": "LIGHT_SUN",
         "VIGNETTE": "MESH_CIRCLE", "GRAIN": "TEXTURE", "SHIMMER": "MOD_WAVE", "MEDIA": "FILE_MOVIE"}
DIRECTIONS = (("UP", "Up", "Lay it behind the one before"), ("DOWN", "Down", "Lay it in front of the one after"))
BEGINNINGS = {"FOG": {"direction": 0.0}, "DUST": {"direction": 20.0}}  # what is natural for a kind where that is not the default


def _props(context):
    return view.subject(context).infinite_parallax


def active(props):
    """The effect that is chosen in the list, or None."""
    return lists.chosen(props, "effect")


def add(props, kind):
    """A new effect at the end of the list, which is chosen then."""
    item = film_settings.add(props.effects, next(label for name, label, _ in KINDS if name == kind))
    item.kind = kind
    for name, value in BEGINNINGS.get(kind, {}).items():
        setattr(item, name, value)
    props.active_effect = len(props.effects) - 1
    return item


class INFINITE_PARALLAX_OT_add_effect(Operator):
    bl_idname = "infinite_parallax.add_effect"
    bl_label = "Add Effect"
    bl_description = "Add an effect to the film"
    bl_options = {"REGISTER", "UNDO"}

    kind: EnumProperty(name="Kind", description="What it is", items=KINDS)

    @classmethod
    def description(cls, _context, properties):
        return next(tip for name, _, tip in KINDS if name == properties.kind)

    def execute(self, context):
        add(_props(context), self.kind)
        return {"FINISHED"}


class INFINITE_PARALLAX_MT_add_effect(Menu):
    bl_idname = "INFINITE_PARALLAX_MT_add_effect"
    bl_label = "Add Effect"

    def draw(self, _context):
        labels = {name: label for name, label, _ in KINDS}
        for title, kinds in (("Among the Layers", PLANES), ("In the Layers", LAYERS), ("Over the Film", STRIPS)):
            self.layout.label(text=title)
            for kind in kinds:
                self.layout.operator("infinite_parallax.add_effect", text=labels[kind], icon=ICONS[kind]).kind = kind


class _OfActive(lists.OfChosen):
    of, missing = "effect", "Add an effect first"


class INFINITE_PARALLAX_OT_remove_effect(_OfActive, lists.Remove, Operator):
    bl_idname = "infinite_parallax.remove_effect"
    bl_label = "Remove Effect"
    bl_description = "Take the effect out of the film; Update Edit removes what was laid of it"


class INFINITE_PARALLAX_OT_move_effect(_OfActive, lists.Move, Operator):
    bl_idname = "infinite_parallax.move_effect"
    bl_label = "Move Effect"
    bl_description = "Change the order of the effects; of two between the same layers, the first lies behind"

    direction: EnumProperty(name="Direction", description="Where in the list the effect goes", items=DIRECTIONS)


classes = (
    INFINITE_PARALLAX_OT_add_effect, INFINITE_PARALLAX_MT_add_effect, INFINITE_PARALLAX_OT_remove_effect, INFINITE_PARALLAX_OT_move_effect,
)
