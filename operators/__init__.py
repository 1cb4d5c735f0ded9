"""What a click does: check, call the engine or the scene, report."""

import bpy

from . import (
    background,
    bands,
    canvas,
    card,
    colour,
    command,
    draw,
    drawing,
    effects,
    export,
    film,
    generate,
    layers,
    loudness,
    meanwhile,
    models,
    motion,
    neural_setup,
    objects,
    output,
    overlay,
    paint,
    pick_model,
    previews,
    redo,
    sequencer,
    sound,
    style,
    tasks,
    view,
)

modules = (
    generate, style, redo, layers, objects, motion, film, sound, loudness, effects, colour, output, export, sequencer, draw,
    bands, paint, overlay, pick_model, models, neural_setup, tasks,
)
classes = tuple(cls for module in modules for cls in module.classes)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register():
    _register_classes()
    view.register()
    output.register()
    card.register()
    paint.register()
    overlay.register()
    command.register()


def unregister():
    command.unregister()
    canvas.close_all()
    overlay.unregister()
    paint.unregister()
    drawing.forget()
    card.unregister()
    previews.forget()
    output.unregister()
    view.unregister()
    meanwhile.forget()
    sound.forget()
    tasks.stop_all()
    generate.forget()
    if background.current and background.current.running:
        background.current.stop()
    _unregister_classes()
