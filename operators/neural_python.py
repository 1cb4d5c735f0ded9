"""Which Python runs models, where they are, and what they run on, by the extension's preferences."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import bpy

from ..engine.errors import ParallaxError
from ..engine.layers import automatic
from ..engine.neural import device as devices
from ..engine.neural import light, needs, store
from ..engine.neural.light import runner
from ..engine.settings import Settings
from ..engine.setup import environment as places
from ..engine.setup import lists, runtime
from ..engine.setup.environment import Environment
from ..scene import properties

SET_UP = "click Set Up Neural Engine in Preferences > Add-ons > Infinite Parallax, or choose a Python of your own there"


def preferences():
    """The extension's own preferences."""
    return bpy.context.preferences.addons[properties.BASE].preferences


def environment() -> Environment:
    """The environment that the extension sets up, whole or not."""
    return Environment(Path(bpy.utils.extension_path_user(properties.BASE, path="neural")), lists.Lists(lists.FOLDER))


def own() -> Path | None:
    """The artist's own Python, whether it is there or not; None where none was chosen. A folder stands for the Python in it."""
    chosen = preferences().own_python
    if not chosen:
        return None
    path = Path(bpy.path.abspath(chosen))
    inside = ("python.exe", "Scripts/python.exe") if sys.platform == "win32" else ("bin/python3", "bin/python")
    return next((path / name for name in inside if (path / name).is_file()), path) if path.is_dir() else path


def python() -> Path | None:
    """The Python of the neural engine: the artist's own, else the one that was set up, where it is whole; None where there is none."""
    chosen = own()
    if chosen:
        return chosen if chosen.is_file() else None
    ours = environment()
    return ours.python if ours.standing() == places.WHOLE else None


def why_not() -> str:
    """Why there is no neural engine, and what to do; '' where there is one."""
    if python():
        return ""
    chosen = own()
    if chosen:
        return f"The Python chosen in the preferences is not at {chosen}: choose another one, or none, and set up the neural engine"
    standing = environment().standing()
    return f"There is no neural engine yet: {SET_UP}" if standing == places.ABSENT else f"{places.SAID[standing]}; {SET_UP}"


def check(settings: Settings, only: str = "") -> None:
    """Raises ParallaxError that says what to click where a job cannot do without models, and they cannot run here.

    only: of the job.
    """
    settings, models = _resolved(settings, only)
    if needs.heavy(needs.needed(settings), models) and python() is None:
        raise ParallaxError(why_not())
    needs.check(settings, models)


def wanted(settings: Settings, only: str = "") -> bool:
    """Whether a job is to run in the neural engine's Python, where there is one: light models run in Blender's own.

    A fill that is left open goes there where a diffusion model is here and the last test found a graphics card. only: of the job.
    """
    settings, models = _resolved(settings, only)
    if needs.heavy(needs.wished(settings), models):
        return True
    return needs.could_diffuse(settings, models) and environment().tested().get("kind", "cpu") not in ("", "cpu")


def _resolved(settings: Settings, only: str) -> tuple[Settings, store.Store]:
    """The settings as the worker takes them, and the models on this computer."""
    models = store.Store(models_folder())
    return needs.asked(automatic.resolved(settings, light.available("depth", models) is not None), only), models


def runtime_environment() -> Environment:
    """Where ONNX Runtime is fetched to, for light models that OpenCV does not run."""
    return Environment(Path(bpy.utils.extension_path_user(properties.BASE, path="runtime")), lists.Lists(lists.FOLDER))


def light_variables() -> dict[str, str]:
    """What a process in Blender's own Python is told about light models."""
    return {store.FOLDER: str(models_folder()), runner.RUNTIME: str(runtime.place(runtime_environment().folder))}


def models_folder() -> Path:
    """Where models are: the folder that the environment names, or one of the extension's own."""
    return Path(os.environ.get(store.FOLDER) or bpy.utils.extension_path_user(properties.BASE, path="models"))


def device() -> str:
    """What models are to run on: one of `device.KINDS`, or auto."""
    return preferences().device


def variables() -> dict[str, str]:
    """What a process with models runs with: nothing of Blender's own Python, and it never asks the network."""
    return {**environment().variables(), store.FOLDER: str(models_folder()), devices.WANTED: device(),
            "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
