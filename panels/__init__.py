"""What a person sees: the Parallax tab of the 3D viewport's sidebar."""

import bpy

from . import layers, main, mask, motion, objects, output, painting

classes = main.classes + mask.classes + layers.classes + objects.classes + motion.classes + painting.classes + output.classes
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register():
    _register_classes()
    mask.register()


def unregister():
    mask.unregister()
    _unregister_classes()
