"""What is in the .blend: settings, planes, camera, keyframes, the edit. The only place that knows Blender's versions."""

from . import groups, upkeep


def register():
    groups.register()
    upkeep.register()


def unregister():
    upkeep.unregister()
    groups.unregister()
