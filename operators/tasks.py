"""Processes in the background that are no job, by name: setting up the neural engine, fetching a model, a test.

A timer moves them on in a window, and survives loading another file; scripts wait for them with `Task.wait()`.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy
from bpy.props import StringProperty
from bpy.types import Operator

from ..engine.channel import Channel
from ..engine.errors import ParallaxError
from . import process, view
from .process import Process

INTERVAL = 0.25  # seconds between looks


@dataclass(kw_only=True)
class Task(Process):
    """One run of a process that is no job."""

    name: str


_started = 0  # how many there have been
_tasks: dict[str, Task] = {}  # by name: those that run, and how the last of each name ended


def start(name: str, channel: Channel, command: list[str], env: dict[str, str] | None = None, kind: type[Task] = Task, **about) -> Task:
    """Starts a command that speaks through `channel` and ends when its standard input closes (`process.python` makes one).

    name: what it is known by; one of a name runs at a time. env: by default what Blender's own Python runs with.
    kind, about: of the task, and what that has beside.
    Raises ParallaxError where it cannot begin.
    """
    global _started
    running = of(name)
    if running and running.running:
        raise ParallaxError("This is being done already: wait for it or cancel it first")
    _tasks[name] = task = kind.launch(channel, command, env or process.environment(), name=name, **about)
    _started += 1
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=INTERVAL, persistent=True)
    return task


def of(name: str) -> Task | None:
    """The task of that name that runs, or the last one that did since Blender began."""
    return _tasks.get(name)


def forget(name: str) -> None:
    """Has how the last one of a name ended be shown no more."""
    task = of(name)
    if task and not task.running:
        del _tasks[name]


def forget_all() -> None:
    """Has how they ended be shown no more, where that says nothing any more."""
    for name in list(_tasks):
        forget(name)


def stamp() -> tuple:
    """Differs where something may stand otherwise than before, as a task has begun or ended; for who remembers how it stands."""
    return _started, tuple(task.state for task in _tasks.values())


def tick() -> bool:
    """Moves all tasks on. True when a person should see something new."""
    return any([task.poll() for task in _tasks.values()])


def stop_all() -> None:
    """Ends all that runs, as Blender or the extension ends."""
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    for task in _tasks.values():
        if task.running:
            task.stop()
    _tasks.clear()


def _look():
    if tick():
        view.redraw()
    return INTERVAL if any(task.running for task in _tasks.values()) else None


class INFINITE_PARALLAX_OT_cancel_task(Operator):
    bl_idname = "infinite_parallax.cancel_task"
    bl_label = "Cancel"
    bl_description = "Stop this at once"
    bl_options = {"INTERNAL"}

    name: StringProperty(name="Name", description="Of the task")

    def execute(self, _context):
        task = of(self.name)
        if task is None or not task.running:
            self.report({"INFO"}, "It has ended already")
            return {"CANCELLED"}
        task.cancel()
        view.redraw()
        return {"FINISHED"}


classes = (INFINITE_PARALLAX_OT_cancel_task,)
