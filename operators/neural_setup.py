"""Setting up the neural engine, testing it, and taking it off the disk."""

from __future__ import annotations

import functools

import bpy
from bpy.types import Operator

from ..engine import machine
from ..engine.amounts import amount
from ..engine.errors import ParallaxError
from ..engine.setup import environment as places
from ..engine.setup import plan
from . import models, neural_python, process, standing, tasks, view

TASK = "neural engine"
WIDTH = 460  # of a dialog, in pixels of an unscaled interface
MODULE = "engine.setup"


def task() -> tasks.Task | None:
    """What is being done to the neural engine, or how the last of it since Blender began ended."""
    return tasks.of(TASK)


@functools.cache
def expected() -> plan.Plan | str:
    """What setting up will fetch on this computer, or the sentence that says why it cannot be set up."""
    try:
        return plan.expected()
    except ParallaxError as error:
        return str(error)


def is_about_used() -> bool:
    """Whether the task says something about the Python that is used: not where another one was tested."""
    arguments = task().process.args
    return "--test" not in arguments or str(neural_python.python()) in arguments


def why_not() -> str:
    """Why it cannot be set up now, and what to do; '' where it can."""
    if not bpy.app.online_access:
        return models.OFFLINE
    return expected() if isinstance(expected(), str) else ""


def set_up() -> tasks.Task:
    """Starts setting up, or goes on with it. Raises ParallaxError where it cannot begin."""
    if why_not():
        raise ParallaxError(why_not())
    _check_idle()
    return _start("--device", _device_of_ours())


def test() -> tasks.Task:
    """Starts a test of the Python that runs models. Raises ParallaxError where there is none."""
    python = neural_python.python()
    if python is None:
        raise ParallaxError(neural_python.why_not())
    return _start("--test", str(python), "--device", neural_python.device())


def remove() -> tasks.Task:
    """Starts taking what was set up off the disk. Raises ParallaxError where it is at work."""
    _check_idle()
    return _start("--remove")


def _start(*arguments: str) -> tasks.Task:
    environment = neural_python.environment()
    command = process.python(MODULE, str(environment.folder), "--lists", str(environment.lists.folder), *arguments)
    return tasks.start(TASK, environment.channel, command)


def _device_of_ours() -> str:
    """What is set up is tested on the device that is asked for, where it is to be used at all."""
    return "auto" if neural_python.own() else neural_python.device()


def _check_idle() -> None:
    """Raises ParallaxError while the Python that is to be changed may be at work."""
    models.check_no_job()
    models.check_no_fetch()


class _OfEngine:
    """What the operators share: refusals as reports; in a window the process runs on its own, elsewhere it is waited for.

    do: starts the task. refusal: why it cannot be done now; '' where it can.
    """

    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context):
        if task() and task().running:
            cls.poll_message_set("The neural engine is being worked on: wait for it or cancel it")
            return False
        if cls.refusal():
            cls.poll_message_set(cls.refusal())
            return False
        return True

    def execute(self, _context):
        try:
            started = self.do()
            if bpy.app.background:
                started.wait()
        except ParallaxError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        finally:
            view.redraw()
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_set_up_engine(_OfEngine, Operator):
    bl_idname = "infinite_parallax.set_up_engine"
    bl_label = "Set Up Neural Engine"
    bl_description = "Fetch PyTorch and what models need into a folder of the extension's own, or go on with that"

    do, refusal = staticmethod(set_up), staticmethod(why_not)

    def invoke(self, context, _event):
        return context.window_manager.invoke_props_dialog(self, width=WIDTH, title="Set up the neural engine?", confirm_text="Set Up")

    def draw(self, _context):
        wanted, environment = expected(), neural_python.environment()
        column = self.layout.column(align=True)
        for line in models.lines(forecast(wanted)):
            column.label(text=line)
        column.separator()
        column.label(text="Nothing goes into Blender's own Python; all of it goes into")
        column.label(text=str(environment.folder))
        free, needed = machine.free_disk(environment.folder), wanted.disk + plan.SPARE
        column.label(text=f"where {amount(free)} are free", icon="ERROR" if free < needed else "NONE")


class INFINITE_PARALLAX_OT_test_engine(_OfEngine, Operator):
    bl_idname = "infinite_parallax.test_engine"
    bl_label = "Test"
    bl_description = "Say what models run on, with which versions, and what is missing"

    do, refusal = staticmethod(test), staticmethod(lambda: standing.now().why_not)


class INFINITE_PARALLAX_OT_remove_engine(_OfEngine, Operator):
    bl_idname = "infinite_parallax.remove_engine"
    bl_label = "Remove"
    bl_description = "Delete what was set up from this computer; models that were fetched stay"

    do = staticmethod(remove)
    refusal = staticmethod(lambda: "There is nothing to remove" if standing.now().environment == places.ABSENT else "")

    def invoke(self, context, event):
        size = amount(neural_python.environment().size())
        return context.window_manager.invoke_confirm(
            self, event, title="Remove the neural engine?", message=f"That frees {size}; models that were fetched stay",
            confirm_text="Remove", icon="WARNING")


def forecast(wanted: plan.Plan) -> str:
    """What setting up will take, in a sentence."""
    said = f"Fetches PyTorch {wanted.build}, and what models need beside it: "
    said += f"about {amount(wanted.fetch)} ({amount(wanted.disk)} on the disk)"
    if wanted.most:
        fetch, disk = map(amount, wanted.most)
        said += f"; up to {fetch} ({disk} on the disk) if PyTorch's own site cannot be reached"
    return said


classes = (INFINITE_PARALLAX_OT_set_up_engine, INFINITE_PARALLAX_OT_test_engine, INFINITE_PARALLAX_OT_remove_engine)
