"""The preferences of the extension: the neural engine and its models. Settings of a person and a machine, not of a file."""

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import AddonPreferences

from ..engine.amounts import amount
from ..engine.neural.device import KINDS, NAMES
from ..engine.setup import environment as places
from ..engine.setup import report
from ..operators import neural_python, neural_setup, standing, tasks
from ..operators.process import FAILED
from ..scene import properties
from . import common, models

DEVICES = (("auto", "Automatic", "The best there is"),
           *((kind, NAMES[kind][0].upper() + NAMES[kind][1:], f"Run models on the {NAMES[kind]}") for kind in KINDS))
FIELD = "Use My Own Python"
BUTTONS = {places.ABSENT: "Set Up Neural Engine", places.PARTLY: "Resume Setting Up"}


class INFINITE_PARALLAX_preferences(AddonPreferences):
    bl_idname = properties.BASE

    own_python: StringProperty(
        name=FIELD, subtype="FILE_PATH", update=lambda _self, _context: tasks.forget_all(),  # they were about another one
        description="A Python that has PyTorch, or the folder of its environment, instead of the one that is set up here")
    device: EnumProperty(name="Device", description="What models run on", items=DEVICES, default="auto")

    def draw(self, context):
        layout = self.layout
        if not bpy.app.online_access:
            _offline(layout, context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        box = layout.box()
        box.label(text="Light Models (No Setup)", icon="OUTLINER_DATA_LATTICE")
        models.draw_bundles(box.column(), context)
        box = layout.box()
        box.label(text="Neural Engine", icon="NODETREE")
        stands = standing.now()
        _standing(box, context, stands)
        _buttons(box, stands)
        _tested(box, context, stands.found)
        _task(box, context, stands.found)
        box.prop(self, "device")
        box.prop(self, "own_python")
        box = layout.box()
        box.label(text="Models", icon="OUTLINER_DATA_LATTICE")
        models.draw(box, context)


def _offline(layout, context):
    common.sentence(layout, context, "Blender may not go online, so nothing can be fetched: turn on Allow Online Access, under Network in "
                                     "the System preferences", "INFO")
    section = layout.operator("wm.context_set_enum", text="Open System Preferences", icon="PREFERENCES")
    section.data_path, section.value = "preferences.active_section", "SYSTEM"


def _standing(layout, context, stands):
    if stands.own:
        _own(layout, context, stands)
    elif stands.environment == places.WHOLE:
        where = neural_python.environment().folder
        common.sentence(layout, context, f"Set up in {where}, {amount(stands.size)} on the disk", "CHECKMARK")
    elif not _is_running():
        wrong = stands.environment not in (places.ABSENT, places.PARTLY)
        common.sentence(layout, context, places.SAID[stands.environment], "ERROR" if wrong else "INFO")
        expected = neural_setup.expected()
        if isinstance(expected, str):
            common.sentence(layout, context, expected, "ERROR")
        else:
            common.sentence(layout, context, neural_setup.forecast(expected), "INFO")


def _own(layout, context, stands):
    """Whether the artist's own Python serves, as far as that is known."""
    if stands.why_not:
        common.sentence(layout, context, f"There is no Python at {stands.own}: choose another one, or empty the field {FIELD}", "ERROR")
    elif stands.found.get("problems"):
        common.sentence(layout, context, f"The Python at {stands.own} cannot run models: Test says why. "
                                         f"Empty the field {FIELD} to use the one that is set up here", "ERROR")
    elif stands.found:
        common.sentence(layout, context, f"Models run in {stands.own}", "CHECKMARK")
    else:
        common.sentence(layout, context, f"Models are to run in {stands.own}: Test says whether they can", "INFO")


def _buttons(layout, stands):
    row = layout.row(align=True)
    row.operator("infinite_parallax.set_up_engine", text=BUTTONS.get(stands.environment, "Set Up Again"), icon="IMPORT")
    row.operator("infinite_parallax.test_engine", icon="CHECKMARK")
    row.operator("infinite_parallax.remove_engine", icon="TRASH")


def _is_running():
    return bool(neural_setup.task() and neural_setup.task().running)


def _tested(layout, context, found):
    for text in report.sentences(found) if found else ():
        wrong = text in found["problems"]
        common.sentence(layout, context, text, "ERROR" if wrong else "INFO" if text in found["notes"] else "NONE")


def _task(layout, context, found):
    """How what is being done goes, or how it ended; what a test found is shown for itself."""
    task = neural_setup.task()
    if not task or task.running:
        common.task(layout, context, task)
    elif neural_setup.is_about_used():
        said = (report.headline(found), *found["problems"], *found["notes"]) if found else ()
        if task.text not in said:
            common.sentence(layout, context, task.text, "ERROR" if task.state == FAILED else "INFO")
        for text in task.warnings:
            if text not in said:
                common.sentence(layout, context, text, "INFO")


classes = (INFINITE_PARALLAX_preferences,)
