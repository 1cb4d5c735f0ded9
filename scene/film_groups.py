"""What Blender stores of the film's settings, made from the engine's own lists of options."""

import contextlib

from bpy.props import CollectionProperty, IntProperty, PointerProperty
from bpy.types import PropertyGroup

from ..engine.errors import ParallaxError
from ..engine.film.settings import GROUPS, LISTS
from ..engine.options import options
from . import style
from .rna import property_of


class SoundItem(PropertyGroup):
    """One of the film's sounds, known by its key."""


class EffectItem(PropertyGroup):
    """One of the film's effects, known by its key."""


class GradeGroup(PropertyGroup):
    """The film's colour."""


class CameraGroup(PropertyGroup):
    """Who moves, and how."""


class ExportGroup(PropertyGroup):
    """How the film is written."""


def _grade_changed(group, _context):
    from . import colour

    colour.follow(group.id_data)


def _size_changed(group, _context):
    """Size and crop show at once. What is set wrong is said by what uses it next."""
    from . import framing

    with contextlib.suppress(ParallaxError):
        framing.fit(group.id_data)


def _camera_changed(group, _context):
    style.edited(group.id_data.infinite_parallax, style.CAMERA)


def _export_changed(group, _context):
    """What is set shows in the edit's render settings at once."""
    from . import edit, export, film_settings, framing

    export.fit(group)
    cut = edit.edit_of(group.id_data)
    with contextlib.suppress(ParallaxError):
        if cut:
            edit.set_video(cut, film_settings.export_of(group.id_data.infinite_parallax))
        framing.fit(group.id_data)


def _offered(name):
    def choices(group, _context):
        from . import export

        return export.offered(name, group)

    return choices


CHOICES = {"export": {name: _offered(name) for name in ("codec", "container", "sound", "depth")}}
UPDATES = {  # of a group: what happens when one of its settings is changed
    "grade": dict.fromkeys(options(GROUPS["grade"]), _grade_changed),
    "camera": dict.fromkeys(style.CAMERA_SETTINGS, _camera_changed),
    "export": {**dict.fromkeys(options(GROUPS["export"]), _export_changed),
               **dict.fromkeys(("size", "width", "height", "crop_x", "crop_y"), _size_changed)},
}
CLASSES = {"sounds": SoundItem, "effects": EffectItem, "grade": GradeGroup, "camera": CameraGroup, "export": ExportGroup}
for _name, _of in {**GROUPS, **LISTS}.items():
    CLASSES[_name].__annotations__ = {
        name: property_of(name, _of, UPDATES.get(_name, {}).get(name), CHOICES.get(_name, {}).get(name)) for name in options(_of)}

classes = tuple(CLASSES.values())
PROPERTIES = {  # of a scene's settings
    **{name: (PointerProperty if name in GROUPS else CollectionProperty)(type=cls) for name, cls in CLASSES.items()},
    "active_sound": IntProperty(name="Sound", options={"HIDDEN"}), "active_effect": IntProperty(name="Effect", options={"HIDDEN"}),
}
