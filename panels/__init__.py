"""What a person sees: the Parallax tab of the 3D viewport's sidebar."""

import bpy

from . import camera, colour, effects, finding, layers, main, mask, models, motion, objects, output, painting, preferences, sound, styles

modules = main, mask, layers, objects, finding, painting, motion, camera, sound, effects, colour, output, models, preferences
classes = tuple(cls for module in modules for cls in module.classes)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register():
    _register_classes()
    mask.register()
    models.register()
    colour.register()
    styles.register()


def unregister():
    styles.unregister()
    colour.unregister()
    models.unregister()
    mask.unregister()
    _unregister_classes()
