"""The models of the catalogue: fetched on a click, chosen among the artist's own files, forgotten, removed."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence

import bpy
from bpy.props import StringProperty
from bpy.types import Operator

from ..engine import parent
from ..engine.amounts import amount
from ..engine.errors import ParallaxError
from ..engine.neural import catalogue
from ..engine.neural.catalogue import Model
from ..engine.neural.store import Store
from . import background, neural_python, standing, tasks, view

OFFLINE = "Blender may not go online: turn on Allow Online Access in Preferences > System > Network"
WIDTH = 420  # of a dialog, in pixels of an unscaled interface


def models() -> Store:
    """Where models are on this computer."""
    return Store(neural_python.models_folder())


def task_of(key: str) -> tasks.Task | None:
    """The fetch of a model that runs, or how the last one since Blender began ended."""
    return tasks.of(_name(key))


def stamp() -> tuple:
    """Differs where models may stand otherwise than before, by anything that was done here; for who remembers how they stand."""
    return _done, tasks.stamp()


def why_not() -> str:
    """Why nothing can be fetched, and what to do; '' where it can."""
    if not bpy.app.online_access:
        return OFFLINE
    return standing.now().why_not


def fetch(model: Model, token: str = "") -> tasks.Task:
    """Starts a process that fetches a model and what it cannot do without. token: of the artist's account on the hub, for this once.

    Raises ParallaxError where it cannot begin.
    """
    if why_not():
        raise ParallaxError(why_not())
    python = neural_python.python()
    if python is None:
        raise ParallaxError(neural_python.why_not())
    folder = neural_python.models_folder()
    command = [str(python), "-m", "engine.neural.fetch", model.key, "--models", str(folder), parent.FLAG]
    environment = {**neural_python.environment().variables(), **({"HF_TOKEN": token} if token else {})}
    return tasks.start(_name(model.key), Store(folder).fetching(model.key), command, environment)


def check_no_job() -> None:
    """Raises ParallaxError while a parallax is being generated, which may use what is to be deleted."""
    if background.current and background.current.running:
        raise ParallaxError("A parallax is being generated: wait for it or cancel it first")


def check_no_fetch(of: Sequence[Model] = catalogue.MODELS) -> None:
    """Raises ParallaxError while one of some models is being fetched."""
    for one in of:
        if (task := task_of(one.key)) and task.running:
            raise ParallaxError(f"{one.label} is being fetched: wait for it or cancel it first")


def to_fetch(model: Model) -> tuple[Model, ...]:
    """What a fetch brings: the model, and first what it cannot do without and is not here."""
    return models().missing(model) or (model,)


def _name(key: str) -> str:
    return f"fetch {key}"


_done = 0  # how often an operator has run


def _count() -> None:
    global _done
    _done += 1


class _OfModel:
    """What the operators share: the model's key, and refusals as reports."""

    bl_options = {"INTERNAL"}  # no REGISTER: what was typed is not written into the list of what was done

    key: StringProperty(name="Model", description="The model's name in the catalogue", options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context):
        try:
            self.do(self.model(), context)
        except ParallaxError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        finally:
            _count()
            view.redraw()
        return {"FINISHED"}

    def model(self) -> Model:
        model = catalogue.model(self.key)
        if model is None:
            raise ParallaxError(f"There is no model named {self.key!r}: choose one of the list")
        return model


class INFINITE_PARALLAX_OT_fetch_model(_OfModel, Operator):
    bl_idname = "infinite_parallax.fetch_model"
    bl_label = "Fetch Model"
    bl_description = "Fetch this model from the network"

    token: StringProperty(
        name="Hub Token", description="Of your account on the hub, for reading, where a licence was accepted there; it is not kept",
        subtype="PASSWORD", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, _context):
        if why_not():
            cls.poll_message_set(why_not())
            return False
        return True

    def invoke(self, context, _event):
        return context.window_manager.invoke_props_dialog(self, width=WIDTH, title=f"Fetch {self.model().label}?", confirm_text="Fetch")

    def draw(self, _context):
        column = self.layout.column()
        for one in to_fetch(self.model()):
            column.label(text=f"{one.label}, {amount(one.size)}", icon="IMPORT")
            column.label(text=f"Licence: {one.licence}", icon="BLANK1")
            column.label(text=f"From {source(one)}", icon="BLANK1")
            if one.note:
                for line in lines(one.note):
                    column.label(text=line, icon="BLANK1")
        if self.model().gated:
            column.operator("wm.url_open", text="Read and Accept the Licence", icon="URL").url = page(self.model())
            column.prop(self, "token")

    def do(self, model, _context):
        task = fetch(model, self.token)
        if bpy.app.background:
            task.wait()


class INFINITE_PARALLAX_OT_choose_model(_OfModel, Operator):
    bl_idname = "infinite_parallax.choose_model"
    bl_label = "Choose Model"
    bl_description = "Use a file or folder of your own for this model; for a folder, open it and accept"

    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filename: StringProperty(subtype="FILE_NAME", options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: StringProperty(default="*.safetensors;*.pth;*.pt;*.onnx", options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def do(self, model, _context):
        if not self.directory:
            raise ParallaxError(f"Choose a file or folder for {model.label}")
        models().choose(model.key, os.path.normpath(os.path.join(bpy.path.abspath(self.directory), self.filename)))


class _Asking(_OfModel):
    """One that asks first. asked: question, what will be, the button's text, and an icon."""

    def invoke(self, context, event):
        question, message, button, icon = self.asked
        return context.window_manager.invoke_confirm(
            self, event, title=question.format(self.model().label), message=message, confirm_text=button, icon=icon)


class INFINITE_PARALLAX_OT_forget_model(_Asking, Operator):
    bl_idname = "infinite_parallax.forget_model"
    bl_label = "Forget Choice"
    bl_description = "Do not use the chosen file or folder any more; it stays where it is"

    asked = "Forget what was chosen for {}?", "The file or folder stays where it is", "Forget", "NONE"

    def do(self, model, _context):
        models().choose(model.key, "")


class INFINITE_PARALLAX_OT_remove_model(_Asking, Operator):
    bl_idname = "infinite_parallax.remove_model"
    bl_label = "Remove Model"
    bl_description = "Delete what was fetched of this model from this computer"

    asked = "Remove {}?", "What was fetched is deleted from this computer", "Remove", "WARNING"

    def do(self, model, _context):
        check_no_job()
        check_no_fetch([one for one in catalogue.MODELS if model.key in (one.key, *one.beside)])  # also with what it is brought for
        models().remove(model.key)
        tasks.forget(_name(model.key))


def source(model: Model) -> str:
    """Where a model comes from, for a person."""
    return model.address or f"{model.repository} on the Hugging Face hub"


def page(model: Model) -> str:
    """A page about a model, with its licence."""
    return model.address.rpartition("/")[0] if model.address else f"https://huggingface.co/{model.repository}"


def lines(text: str, most: int = 60) -> list[str]:
    """A sentence in lines for a dialog."""
    return textwrap.wrap(text, most)


classes = (
    INFINITE_PARALLAX_OT_fetch_model, INFINITE_PARALLAX_OT_choose_model, INFINITE_PARALLAX_OT_forget_model,
    INFINITE_PARALLAX_OT_remove_model)
