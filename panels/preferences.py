"""The preferences of the extension: the neural engine and its models. Settings of a person and a machine, not of a file."""

import functools
import time

from bpy.props import EnumProperty, StringProperty
from bpy.types import AddonPreferences

from ..engine.neural import report
from ..engine.neural.device import KINDS, NAMES
from ..engine.setup import environment as places
from ..operators import neural_python, neural_setup
from ..operators.process import FAILED
from ..scene import properties
from . import common, models

DEVICES = (("auto", "Automatic", "The best there is"),
           *((kind, NAMES[kind][0].upper() + NAMES[kind][1:], f"Run models on the {NAMES[kind]}") for kind in KINDS))
BUTTONS = {places.ABSENT: "Set Up Neural Engine", places.PARTLY: "Resume Setting Up"}


class INFINITE_PARALLAX_preferences(AddonPreferences):
    bl_idname = properties.BASE

    own_python: StringProperty(
        name="Use My Own Python", subtype="FILE_PATH",
        description="A Python that has PyTorch, or the folder of its environment, instead of the one that is set up here")
    device: EnumProperty(name="Device", description="What models run on", items=DEVICES, default="auto")

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        box = layout.box()
        box.label(text="Neural Engine", icon="NODETREE")
        _standing(box, context)
        _buttons(box)
        _tested(box, context)
        _task(box, context)
        box.prop(self, "device")
        box.prop(self, "own_python")
        box = layout.box()
        box.label(text="Models", icon="OUTLINER_DATA_LATTICE")
        models.draw(box, context, self)


def _standing(layout, context):
    own, (standing, size, _) = neural_python.own(), _asked(str(neural_python.environment().folder), int(time.monotonic()))
    if own:
        there = neural_python.python() is not None
        common.sentence(layout, context, f"Models run in {own}" if there else neural_python.why_not(), "CHECKMARK" if there else "ERROR")
    elif standing == places.WHOLE:
        common.sentence(layout, context, f"Set up in {neural_python.environment().folder}, {common.amount(size)} on the disk", "CHECKMARK")
    elif not _is_running():
        common.sentence(layout, context, places.SAID[standing], "INFO" if standing in (places.ABSENT, places.PARTLY) else "ERROR")
    if standing != places.WHOLE and not own and not _is_running():
        if neural_setup.why_not():
            common.sentence(layout, context, neural_setup.why_not(), "ERROR")
        if not isinstance(neural_setup.expected(), str):
            for line in neural_setup.forecast(neural_setup.expected()):
                common.sentence(layout, context, line, "INFO")


def _buttons(layout):
    standing = neural_python.environment().standing()
    row = layout.row(align=True)
    row.operator("infinite_parallax.set_up_engine", text=BUTTONS.get(standing, "Set Up Again"), icon="IMPORT")
    row.operator("infinite_parallax.test_engine", icon="CHECKMARK")
    row.operator("infinite_parallax.remove_engine", icon="TRASH")


def _is_running():
    return bool(neural_setup.task() and neural_setup.task().running)


def _task(layout, context):
    """How what is being done goes, or how it ended; what a test found is shown for itself."""
    task, found = neural_setup.task(), _found()
    if task and (task.running or not found):
        common.task(layout, context, task)
    elif task:
        if task.text not in (report.headline(found), *found["problems"]):
            common.sentence(layout, context, task.text, "ERROR" if task.state == FAILED else "INFO")
        for text in task.warnings:
            if text not in found["notes"]:
                common.sentence(layout, context, text, "INFO")


def _found():
    """What the last test of the Python that is used found; empty where it was not tested."""
    _, _, found = _asked(str(neural_python.environment().folder), int(time.monotonic()))
    return found if found.get("executable") == str(neural_python.python()) else {}


def _tested(layout, context):
    found = _found()
    for text in report.sentences(found) if found else ():
        wrong = text in found["problems"]
        common.sentence(layout, context, text, "ERROR" if wrong else "INFO" if text in found["notes"] else "NONE")


@functools.lru_cache(maxsize=2)
def _asked(_folder, _second):
    """How the environment stands, its bytes on the disk, and what the last test found; asked at most once a second."""
    environment = neural_python.environment()
    return environment.standing(), environment.sealed_size(), environment.tested()


classes = (INFINITE_PARALLAX_preferences,)
