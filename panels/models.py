"""The list of models in the preferences: what each is for, how large, under which licence, where from, and whether it is here."""

import functools
import time

import bpy
from bpy.props import BoolProperty, PointerProperty
from bpy.types import PropertyGroup

from ..engine import machine
from ..engine.amounts import amount
from ..engine.neural import catalogue, store
from ..engine.neural.store import Store
from ..engine.setup import runtime
from ..operators import models as operators
from ..operators import neural_python, standing, tasks
from ..operators.process import DONE
from . import availability, common

ICONS = {store.FETCHED: "CHECKMARK", store.IS_CHOSEN: "CHECKMARK", store.CACHED: "CHECKMARK", store.PARTLY: "SORTTIME",
         store.LOST: "ERROR", store.ABSENT: "BLANK1"}


def _opened(key):
    """The name of the property that says whether a model's details are shown."""
    return key.replace("-", "_")


def draw_bundles(layout, context):
    """What light models are good for, each with its button, for the preferences of the extension."""
    for one in catalogue.BUNDLES:
        row = layout.column(align=True)
        row.label(text=one.label)
        common.sentence(row, context, one.benefit)
        if availability.bundle(row, context, one.key):
            label = availability.light_model(catalogue.model(one.models[0]).role)
            row.label(text=f"{label} is ready", icon="CHECKMARK")
    task = tasks.of(operators.RUNTIME)
    if operators.needs_runtime():
        common.sentence(layout, context, "There is no OpenCV for this computer, so light models need ONNX Runtime", "INFO")
    if operators.has_runtime():
        layout.label(text="ONNX Runtime is ready", icon="CHECKMARK")
    elif not (task and task.running):
        layout.operator("infinite_parallax.fetch_runtime", text=f"Download ONNX Runtime, {amount(runtime.SIZE)}", icon="IMPORT")
    if task and task.state != DONE:
        common.task(layout, context, task)


def _is_recommended(one):
    """Whether it is the one to fetch first for its purpose; the list of words comes by itself."""
    return one.role != "words" and one is catalogue.of_role(one.role)[0]


def _about(one):
    first = ". The one to fetch first" if _is_recommended(one) else ""
    return f"{one.purpose}{first}. Licence: {one.licence}"


INFINITE_PARALLAX_PG_opened_models = type("INFINITE_PARALLAX_PG_opened_models", (PropertyGroup,), {
    "__doc__": "Which models show their details.",
    "__annotations__": {_opened(one.key): BoolProperty(name=one.label, description=_about(one)) for one in catalogue.MODELS}})


def draw(layout, context):
    """The whole list, for the preferences of the extension."""
    layout = layout.column()
    layout.use_property_split = False
    folder = neural_python.models_folder()
    standings, free = _asked(str(folder), operators.stamp(), int(time.monotonic()))
    if standing.now().why_not:
        common.sentence(layout, context, "Models that need the neural engine are fetched once that is set up; "
                                         "files and folders of yours can be chosen at once", "INFO")
    for role, title in catalogue.ROLES.items():
        box = layout.box().column(align=True)
        box.label(text=title)
        for one in catalogue.of_role(role):
            _model(box, context, one, *standings[one.key])
    common.sentence(layout, context, f"Fetched models are in {folder}, where {amount(free)} are free")


@functools.lru_cache(maxsize=2)
def _asked(folder, _stamp, _second):
    """How each model stands, what of it is missing and its bytes on the disk, by key, and the bytes free.

    The disk is asked at most once a second, and where something was done meanwhile.
    """
    models = Store(folder)
    standings = {}
    for one in catalogue.MODELS:
        stands = models.standing(one)
        size = store.on_disk(stands.path) if stands.path and stands.state != store.LOST else 0
        standings[one.key] = stands, models.missing(one), size
    return standings, machine.free_disk(models.folder)


def _model(layout, context, one, stands, missing, size):
    opened = context.window_manager.infinite_parallax_opened_models
    is_open = getattr(opened, _opened(one.key))
    task = operators.task_of(one.key)
    split = layout.split(factor=0.62, align=True)
    left = split.row(align=True)
    left.alignment = "LEFT"
    name = f"{one.label} (recommended)" if _is_recommended(one) else one.label
    left.prop(opened, _opened(one.key), text="", emboss=False, icon="DOWNARROW_HLT" if is_open else "RIGHTARROW")
    left.prop(opened, _opened(one.key), text=name, emboss=False, icon=ICONS[stands.state])  # a label had no tooltip
    right = split.row(align=True)
    right.label(text=_standing(one, stands, size))
    if not (task and task.running):
        _buttons(right, one, stands, missing)
    if task and task.state != DONE:
        common.task(layout, context, task)
    if is_open:
        _details(layout.box().column(align=True), context, one, stands, missing)


def _standing(one, stands, size):
    """In a few words: how large it is, and whether it is here."""
    if stands.state == store.PARTLY:
        return f"{amount(size)} of {amount(one.size)}"
    if stands.state == store.LOST:
        return "chosen, but gone"
    words = {store.IS_CHOSEN: ", chosen", store.CACHED: ", in the hub's cache"}.get(stands.state, "")
    return f"{amount(size if stands.here else one.size)}{words}"


def _buttons(row, one, stands, missing):
    if missing:
        text = "Resume" if stands.state == store.PARTLY else "Fetch"
        button = row.row(align=True)
        button.enabled = not operators.why_not(one)
        button.operator("infinite_parallax.fetch_model", text=text, icon="IMPORT").key = one.key
    if stands.state in (store.FETCHED, store.PARTLY):
        row.operator("infinite_parallax.remove_model", text="", icon="TRASH").key = one.key
    if stands.state in (store.IS_CHOSEN, store.LOST):
        row.operator("infinite_parallax.forget_model", text="", icon="X").key = one.key
    row.operator("infinite_parallax.choose_model", text="", icon="FILE_FOLDER").key = one.key


def _details(layout, context, one, stands, missing):
    common.sentence(layout, context, one.purpose)
    layout.label(text=f"Name in settings: {one.key}")
    layout.label(text=f"Licence: {one.licence}")
    layout.label(text=f"From {operators.source(one)}")
    if one.note:
        common.sentence(layout, context, one.note, "INFO")
    beside = [other.label for other in missing if other is not one]
    if beside:
        common.sentence(layout, context, f"Needs {', '.join(beside)}, which Fetch brings with it", "INFO")
    if stands.path:
        common.sentence(layout, context, f"{'Was' if stands.state == store.LOST else 'Is'} in {stands.path}")
    layout.operator("wm.url_open", text="Open Its Page", icon="URL").url = operators.page(one)


classes = (INFINITE_PARALLAX_PG_opened_models,)


def register():
    bpy.types.WindowManager.infinite_parallax_opened_models = PointerProperty(type=INFINITE_PARALLAX_PG_opened_models)


def unregister():
    del bpy.types.WindowManager.infinite_parallax_opened_models
