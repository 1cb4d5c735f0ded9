"""The Blender property of one engine setting."""

from bpy.props import BoolProperty, EnumProperty, FloatProperty, FloatVectorProperty, IntProperty, StringProperty

from ..engine.neural import catalogue
from ..engine.options import options
from . import versions

PATHS = {"file": "FILE_PATH", "folder": "DIR_PATH"}


def property_of(name, of, update=None, choices=None, hidden=False):
    """The property of setting `name` of a data class of options. update: as in bpy.props. choices: items, as a function, of an enumeration.
    hidden: whether no panel shows it.

    The items of such a function have numbers, by their place in the option's own.
    """
    option, default = options(of)[name], getattr(of(), name)
    words = {"name": option.label, "description": option.tip, "default": default, "options": {"HIDDEN"} if hidden else set()}
    if update:
        words["update"] = update
    if isinstance(default, bool):
        return BoolProperty(**words)
    if option.items and choices:
        words["default"] = [item[0] for item in option.items].index(default)
        return EnumProperty(items=choices, **words)
    if option.items:
        return EnumProperty(items=option.items, **words)
    if option.kind == "model":
        return StringProperty(search=_models(option.role), search_options={"SUGGESTION"}, **words)
    if isinstance(default, str):
        if option.kind in PATHS:
            words.update(subtype=PATHS[option.kind], options=set() | versions.BLEND_RELATIVE)
        return StringProperty(**words)
    if option.kind == "colour":
        return FloatVectorProperty(subtype="COLOR", size=3, min=option.low, max=option.high, **words)
    low, high = option.soft or (option.low, option.high)
    limits = {"min": option.low, "max": option.high, "soft_min": low, "soft_max": high}
    words.update({limit: type(default)(number) for limit, number in limits.items()})
    if isinstance(default, int):
        return IntProperty(subtype="PIXEL" if option.unit == "px" else "NONE", **words)
    return FloatProperty(subtype="PIXEL" if option.unit == "px" else "NONE", precision=3 if option.high < 1.0 else 2, **words)


def _models(role):
    """What the field of a model suggests: those of the catalogue. A path may be typed as well."""

    def suggested(_self, _context, text):
        return [(one.key, one.label) for one in catalogue.of_role(role) if text.lower() in f"{one.key} {one.label}".lower()]

    return suggested
