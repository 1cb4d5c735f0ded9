"""The models that we know by name: what for, how large, under which licence, and where from.

Whatever else an artist has (a folder, a single file) serves as well, where a setting takes a path.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROLES = {  # in the order of the work, with what a person calls them
    "detect": "Detector", "segment": "Segmenter", "subject": "Subject", "depth": "Depth", "inpaint": "Inpainting",
    "fill": "Light inpainting", "control": "Depth control", "lora": "LoRA", "describe": "Description", "words": "Words",
}


@dataclass(frozen=True)
class Model:
    """One model.

    key: its name in settings, and of its folder. backend: which loader reads it. repository: on the model hub. files: patterns
    of the files fetched from there, part by part of their paths (a full one instead of .fp16. where there is no such file).
    needs: patterns that each a file fits, or it is not whole. size: bytes to fetch.
    family: models that belong together (a ControlNet or LoRA and what it was made for). beside: keys of models that it cannot do without.
    address: of a single file elsewhere, with `digest` its SHA-256 or how that begins. gated: its licence has to be accepted on its
    page first. note: a sentence that an artist must know before.
    """

    key: str
    role: str
    label: str
    purpose: str
    licence: str
    size: int
    backend: str
    needs: tuple[str, ...]
    repository: str = ""
    files: tuple[str, ...] = ()
    family: str = ""
    beside: tuple[str, ...] = ()
    address: str = ""
    digest: str = ""
    gated: bool = False
    note: str = ""

    @property
    def light(self) -> bool:
        """Whether it runs in Blender's own Python, on OpenCV."""
        return self.backend.startswith("onnx-")


@dataclass(frozen=True)
class Bundle:
    """What one click brings: some models by key, and what they are good for."""

    key: str
    label: str
    models: tuple[str, ...]
    what: str  # what is fetched, for a button
    benefit: str

    @property
    def size(self) -> int:
        """Bytes to fetch."""
        return sum(model(key).size for key in self.models)


BUNDLES = (
    Bundle("better-layers", "Better Layers", ("depth-anything-v2-small-onnx",), "Depth Model",
           "Layers follow what is near and what is far in the picture, instead of a rough guess"),
    Bundle("find-subject", "Find the Subject", ("isnet-general",), "Subject Model",
           "The main subject, such as a person, is cut out whole"),
    Bundle("clean-fills", "Clean Fills", ("migan",), "Fill Model",
           "Fills hidden areas with a small inpainting network"),
)


def _listed() -> tuple[Model, ...]:
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(Model(key, **{name: tuple(value) if isinstance(value, list) else value for name, value in table.items()})
                 for key, table in tables.items())


MODELS = _listed()


def model(name: str) -> Model | None:
    """The model of that key, or called that, if we know one."""
    return next((one for one in MODELS if name == one.key or name.lower() == one.label.lower()), None)


def bundle(key: str) -> Bundle | None:
    """The bundle of that key, if there is one."""
    return next((one for one in BUNDLES if one.key == key), None)


def of_role(role: str) -> tuple[Model, ...]:
    """All models for a purpose, the recommended first."""
    return tuple(one for one in MODELS if one.role == role)
