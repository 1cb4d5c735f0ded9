"""Whether models can do what a setting offers, here and now, and if not, why."""

import functools
import time

import bpy

from ..engine.amounts import amount
from ..engine.errors import ParallaxError
from ..engine.neural import catalogue, choice, light
from ..engine.neural.store import Store
from ..operators import models, neural_python, standing
from ..operators.process import DONE
from ..scene import properties
from . import common

ROLES = {"DIFFUSION": ("inpaint",), "NETWORK": ("fill",), "TAGS": ("detect", "segment"), "SUBJECT": ("subject",)}  # what the choices need
SETTINGS = {"inpaint": "inpaint_model", "detect": "detector", "segment": "segmenter", "subject": "subject_model", "depth": "depth_model",
            "describe": "describe_model", "lora": "lora", "control": "control"}
LIGHT = ("subject", "fill")  # roles that light models have, which need no neural engine
DEFAULTED = ("inpaint", "detect", "segment", "subject")  # for which one that is on this computer serves where none is named
SHORT = "the neural engine, which you set up in the preferences"  # beside the button that leads there


def why_not(props, *roles) -> str:
    """One sentence that says what to do before models can serve for these roles; '' where they can. props: hold what names them."""
    return next((reason for role in roles if (reason := _standing(props, role)[0])), "")


def _standing(props, role) -> tuple[str, str]:
    """Why the model that is set for a role cannot serve, or '', and what the one that will is called."""
    named = properties.given.model(getattr(props, SETTINGS[role])) if role in SETTINGS else ""
    reason, label, is_light = _asked(role, named, models.stamp(), int(time.monotonic()))
    return reason if is_light else standing.now().why_not or reason, label


@functools.lru_cache(maxsize=32)
def _asked(role, reference, _stamp, _second):
    """The disk is asked at most once a second, and where something was chosen, fetched or removed meanwhile."""
    try:
        found = light.best(reference, role, Store(neural_python.models_folder()))
        if found.model is None:
            choice.check_role(role, found.path)
        return "", found.label, light.is_light(found)
    except ParallaxError as error:
        known = catalogue.model(reference)
        return str(error), "", known.light if known else role in LIGHT and not reference


@functools.lru_cache(maxsize=8)
def _light(role, _stamp, _second) -> str:
    """What the light model of a role is called that is on this computer, or ''. The disk is asked as seldom."""
    found = light.first(role, Store(neural_python.models_folder()))
    return found.label if found else ""


def light_model(role) -> str:
    """What the light model of a role (depth, subject or fill) is called that serves here; '' where there is none."""
    return _light(role, models.stamp(), int(time.monotonic()))


def bundle(layout, context, key, lacking=""):
    """The button that downloads a bundle, where no light model of its kind is here: what is lacking without, and how it goes.

    lacking: a sentence for the artist, without a full stop. True where there is a model.
    """
    wanted = catalogue.bundle(key)
    role = catalogue.model(wanted.models[0]).role
    if light_model(role):
        return True
    if lacking:
        common.sentence(layout, context, lacking, "INFO")
    tasks = [task for one in wanted.models if (task := models.task_of(one))]
    if not any(task.running for task in tasks):
        text = f"Download {wanted.what}, {amount(wanted.size)}"
        layout.operator("infinite_parallax.fetch_bundle", text=text, icon="IMPORT").key = key
        if not bpy.app.online_access:
            common.sentence(layout, context, "To download, turn on Allow Online Access in the preferences", "INFO")
    for task in tasks:
        if task.state != DONE:
            common.task(layout, context, task)
    return False


def choices(layout, context, props, name, of=None):
    """A setting's values as buttons; those that need models are offered only where these are there, and it says why not.

    of: what holds the setting, where that is not `props`.
    """
    holder = of or props
    items = holder.bl_rna.properties[name].enum_items
    layout.label(text=f"{holder.bl_rna.properties[name].name}:")
    flow = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    flow.use_property_split = False  # a button is its own label
    for item in items:
        row = flow.row(align=True)
        row.enabled = item.identifier not in ROLES or not why_not(props, *ROLES[item.identifier])
        row.prop_enum(holder, name, item.identifier)
    chosen = getattr(holder, name)
    lacking = {}  # labels, by why they cannot be chosen
    for item in items:
        if item.identifier in ROLES and (reason := why_not(props, *ROLES[item.identifier])):
            lacking.setdefault(reason, []).append(item.name)
    for reason, labels in lacking.items():
        wrong = items[chosen].name in labels
        is_short = reason == standing.now().why_not and not standing.now().own
        who = " and ".join(labels)
        said = f"{who} {'needs' if len(labels) == 1 else 'need'} {SHORT}" if is_short else f"{who}: {reason}"
        common.sentence(layout, context, said, "ERROR" if wrong else "INFO")
    if lacking:
        preferences(layout)


def model(layout, context, props, name):
    """The setting that names a model: its field, a button for a path, what of it is missing, or which one serves where none is named."""
    role = next(role for role, setting in SETTINGS.items() if setting == name)
    row = layout.row(align=True)
    row.prop(props, name)
    row.operator("infinite_parallax.pick_model", text="", icon="FILE_FOLDER").setting = name
    reason, label = _standing(props, role)
    if getattr(props, name) and reason:
        common.sentence(layout, context, reason, "ERROR")
        preferences(layout)
    elif not getattr(props, name) and role in DEFAULTED and not reason:
        common.sentence(layout, context, f"Uses {label}", "INFO")


def preferences(layout):
    """The button that leads to where the neural engine is set up and models are fetched."""
    layout.operator("preferences.addon_show", text="Open Preferences", icon="PREFERENCES").module = properties.BASE
