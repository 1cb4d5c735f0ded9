"""Whoever renders or plays, by whatever button: planes are as large by then as keyframes changed by hand ask for."""

import bpy
from bpy.app.handlers import persistent

from . import build


@persistent
def _cover(*_):
    for scene in bpy.data.scenes:
        if scene.library is None and build.is_built(scene):
            build.cover_again(scene)


def _moments():
    return bpy.app.handlers.render_init, bpy.app.handlers.animation_playback_pre


def register():
    for moment in _moments():
        moment.append(_cover)


def unregister():
    for moment in _moments():
        moment.remove(_cover)
