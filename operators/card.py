"""The graphics card while Blender renders: models that are on it leave it, wait, and come back."""

from contextlib import suppress

import bpy
from bpy.app.handlers import persistent

from . import background

INTERVAL = 0.5  # seconds between looks at whether the render is over


@persistent
def _leave(*_):
    """Asks the worker for the card. Blender says of every frame of a scene strip that it begins, so the end is looked for."""
    work = background.current
    if work and work.running and work.device and not work.channel.pause_requested():
        with suppress(OSError):
            work.channel.pause_file.touch()
        if not bpy.app.timers.is_registered(_return):
            bpy.app.timers.register(_return, first_interval=INTERVAL, persistent=True)


def _return():
    if bpy.app.is_job_running("RENDER"):
        return INTERVAL
    give_back()
    return None


def give_back() -> None:
    """Lets the worker go on."""
    if background.current:
        with suppress(OSError):
            background.current.channel.pause_file.unlink(missing_ok=True)


def register():
    bpy.app.handlers.render_init.append(_leave)


def unregister():
    bpy.app.handlers.render_init.remove(_leave)
    if bpy.app.timers.is_registered(_return):
        bpy.app.timers.unregister(_return)
    give_back()
