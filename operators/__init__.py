"""What a click does: check, call the engine or the scene, report."""

import bpy

from . import background, bands, canvas, command, draw, drawing, generate, layers, motion, objects, output, overlay, paint, tasks

modules = generate, layers, objects, motion, output, draw, bands, paint, overlay, tasks
classes = tuple(cls for module in modules for cls in module.classes)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register():
    _register_classes()
    output.register()
    paint.register()
    overlay.register()
    command.register()


def unregister():
    command.unregister()
    canvas.close_all()
    overlay.unregister()
    paint.unregister()
    drawing.forget()
    output.unregister()
    tasks.stop_all()
    generate.forget()
    if background.current and background.current.running:
        background.current.stop()
    _unregister_classes()
