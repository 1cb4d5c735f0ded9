"""The models of the catalogue: fetched on a click, chosen among the artist's own files, forgotten, removed."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence

import bpy
from bpy.props import StringProperty
from bpy.types import Operator

from ..engine import opencv, parent
from ..engine.amounts import amount
from ..engine.errors import ParallaxError
from ..engine.neural import catalogue
from ..engine.neural.catalogue import Bundle, Model
from ..engine.neural.light import runner
from ..engine.neural.store import Store
from ..engine.setup import runtime
from . import background, neural_python, process, standing, tasks, view

OFFLINE = "Blender may not go online: turn on Allow Online Access in Preferences > System > Network"
RUNTIME = "onnx runtime"  # the name of its task
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


def why_not(model: Model | None = None) -> str:
    """Why nothing, or a model, cannot be fetched, and what to do; '' where it can. Light models need no neural engine."""
    if not bpy.app.online_access:
        return OFFLINE
    return "" if model and model.light else standing.now().why_not


def fetch(model: Model, token: str = "") -> tasks.Task:
    """Starts a process that fetches a model and what it cannot do without. token: of the artist's account on the hub, for this once.

    Raises ParallaxError where it cannot begin.
    """
    if why_not(model):
        raise ParallaxError(why_not(model))
    folder = neural_python.models_folder()
    python = None if model.light else neural_python.python()
    if python is None and not model.light:
        raise ParallaxError(neural_python.why_not())
    arguments = "engine.neural.fetch", model.key, "--models", str(folder)
    command = [str(python), "-m", *arguments, parent.FLAG] if python else process.python(*arguments)
    environment = neural_python.environment().variables() if python else process.environment()
    environment |= {"HF_TOKEN": token} if token else {}
    return tasks.start(_name(model.key), Store(folder).fetching(model.key), command, environment)


def bundle_missing(bundle: Bundle) -> tuple[Model, ...]:
    """What of a bundle is not on this computer: nothing, where another light model serves as well."""
    wanted = [catalogue.model(key) for key in bundle.models]
    return tuple(one for one in wanted if models().located(one) is None)


def fetch_bundle(bundle: Bundle) -> list[tasks.Task]:
    """Starts fetching what of a bundle is not here. Raises ParallaxError where it cannot begin."""
    return [fetch(one) for one in bundle_missing(bundle)]


def needs_runtime() -> bool:
    """Whether light models cannot run here without ONNX Runtime, which is not there yet."""
    return not opencv.available() and not runner.has_runtime() and not has_runtime()


def has_runtime() -> bool:
    """Whether ONNX Runtime was fetched."""
    return runtime.is_here(neural_python.runtime_environment().folder)


def fetch_runtime() -> tasks.Task:
    """Starts fetching ONNX Runtime for Blender's own Python. Raises ParallaxError where it cannot begin."""
    if not bpy.app.online_access:
        raise ParallaxError(OFFLINE)
    check_no_job()
    environment = neural_python.runtime_environment()
    command = process.python("engine.setup.runtime", str(environment.folder), "--lists", str(environment.lists.folder))
    return tasks.start(RUNTIME, environment.channel, command)


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


class _Reporting:
    """What the operators share: refusals as reports, and that how models stand is looked up anew."""

    def execute(self, context):
        try:
            self.run(context)
        except ParallaxError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        finally:
            _count()
            view.redraw()
        return {"FINISHED"}


class _OfModel(_Reporting):
    """One about a model, by its key."""

    bl_options = {"INTERNAL"}  # no REGISTER: what was typed is not written into the list of what was done

    key: StringProperty(name="Model", description="The model's name in the catalogue", options={"HIDDEN", "SKIP_SAVE"})

    def run(self, context):
        self.do(self.model(), context)

    def model(self) -> Model:
        model = catalogue.model(self.key)
        if model is None:
            raise ParallaxError(f"There is no model named {self.key!r}: choose one of the list")
        return model


class _Fetching(_Reporting):
    """One that starts tasks in `begin`; without a window it waits for them."""

    def run(self, _context):
        for task in self.begin():
            if bpy.app.background:
                task.wait()


def _is_online(operator) -> bool:
    """For poll: whether Blender may go online."""
    if not bpy.app.online_access:
        operator.poll_message_set(OFFLINE)
        return False
    return True


def _list(column, wanted: Sequence[Model]) -> None:
    """What is to be fetched, how large it is, under which license and from where."""
    for one in wanted:
        column.label(text=f"{one.label}, {amount(one.size)}", icon="IMPORT")
        column.label(text=f"License: {one.licence}", icon="BLANK1")
        column.label(text=f"From {source(one)}", icon="BLANK1")
        if one.note:
            for line in lines(one.note):
                column.label(text=line, icon="BLANK1")


class INFINITE_PARALLAX_OT_fetch_model(_OfModel, Operator):
    bl_idname = "infinite_parallax.fetch_model"
    bl_label = "Fetch Model"
    bl_description = "Fetch this model from the network"

    token: StringProperty(
        name="Hub Token", description="Of your account on the hub, for reading, where a licence was accepted there; it is not kept",
        subtype="PASSWORD", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, _context):
        return _is_online(cls)

    def invoke(self, context, _event):
        return context.window_manager.invoke_props_dialog(self, width=WIDTH, title=f"Fetch {self.model().label}?", confirm_text="Fetch")

    def draw(self, _context):
        column = self.layout.column()
        _list(column, to_fetch(self.model()))
        if self.model().gated:
            column.operator("wm.url_open", text="Read and Accept the Licence", icon="URL").url = page(self.model())
            column.prop(self, "token")

    def do(self, model, _context):
        task = fetch(model, self.token)
        if bpy.app.background:
            task.wait()


class INFINITE_PARALLAX_OT_fetch_bundle(_Fetching, Operator):
    bl_idname = "infinite_parallax.fetch_bundle"
    bl_label = "Download Models"
    bl_description = "Download a model that runs inside Blender without setup"
    bl_options = {"INTERNAL"}

    key: StringProperty(name="Bundle", description="Which one", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def description(cls, _context, properties):
        bundle = catalogue.bundle(properties.key)
        return f"{bundle.benefit}. Runs inside Blender without setup" if bundle else cls.bl_description

    @classmethod
    def poll(cls, _context):
        return _is_online(cls)

    def invoke(self, context, _event):
        bundle = catalogue.bundle(self.key)
        if bundle is None:
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(
            self, width=WIDTH, title=f"{bundle.label}: download {amount(bundle.size)}?", confirm_text="Download")

    def draw(self, _context):
        column = self.layout.column()
        for line in lines(catalogue.bundle(self.key).benefit):
            column.label(text=line)
        _list(column, bundle_missing(catalogue.bundle(self.key)))

    def begin(self):
        bundle = catalogue.bundle(self.key)
        if bundle is None:
            raise ParallaxError(f"There is no bundle named {self.key!r}: choose one of the preferences")
        return fetch_bundle(bundle)


class INFINITE_PARALLAX_OT_fetch_runtime(_Fetching, Operator):
    bl_idname = "infinite_parallax.fetch_runtime"
    bl_label = "Download ONNX Runtime"
    bl_description = "Download the package that runs light models where OpenCV does not, into a folder of the extension's own"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context):
        return _is_online(cls)

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(
            self, event, title="Download ONNX Runtime?", message=f"Up to {amount(runtime.SIZE)} from the Python Package Index",
            confirm_text="Download")

    def begin(self):
        return [fetch_runtime()]


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
    INFINITE_PARALLAX_OT_fetch_model, INFINITE_PARALLAX_OT_fetch_bundle, INFINITE_PARALLAX_OT_fetch_runtime,
    INFINITE_PARALLAX_OT_choose_model, INFINITE_PARALLAX_OT_forget_model,
    INFINITE_PARALLAX_OT_remove_model)
