"""What a click does: check, call the engine or the scene, report."""

import bpy

from . import background, command, generate, motion, output

classes = generate.classes + motion.classes + output.classes
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register():
    _register_classes()
    output.register()
    command.register()


def unregister():
    command.unregister()
    output.unregister()
    generate.forget()
    if background.current and background.current.running:
        background.current.stop()
    _unregister_classes()
