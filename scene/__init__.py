"""What is in the .blend: settings, planes, camera, keyframes, the edit. The only place that knows Blender's versions."""

from . import properties, upkeep


def register():
    properties.register()
    upkeep.register()


def unregister():
    upkeep.unregister()
    properties.unregister()
