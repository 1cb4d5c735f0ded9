"""What a person sees: the Parallax tab of the 3D viewport's sidebar."""

import bpy

from . import layers, main, motion, output, painting

classes = main.classes + layers.classes + motion.classes + painting.classes + output.classes
register, unregister = bpy.utils.register_classes_factory(classes)
