"""Infinite Parallax: one still picture becomes a scene of layers that slides for as long as you like.

Nothing is imported before `register()`, so that the engine and its tests run where there is no Blender.
"""


def _parts():
    from . import operators, panels, scene

    return scene, operators, panels  # in this order: panels draw operators, operators use the scene's settings


def register():
    for part in _parts():
        part.register()


def unregister():
    for part in reversed(_parts()):
        part.unregister()
