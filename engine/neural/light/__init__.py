"""Models that need no environment: ONNX files that OpenCV runs, in Blender's own Python.

`graph` reads what a file asks for, `runner` runs it, `acceptance` checks it once; `depth` and `fill` know what their networks want,
`neural.subject` what those for subjects do. Nothing here needs a model to be there.
"""

from __future__ import annotations

from pathlib import Path

from .. import catalogue, store
from ..store import Found, Store

ROLES = {"depth": "depth", "subject": "subject", "inpaint": "fill"}  # what `available` is asked for, and the catalogue's name of it


def available(role: str, models: Store | None = None) -> Path | None:
    """The file of the first light model for a role (depth, subject or inpaint) that is on this computer, or None.

    models: by default those of this process. Only names of files are looked at: cheap enough to decide by.
    """
    found = first(ROLES[role], models)
    return found.path if found else None


def first(role: str, models: Store | None = None) -> Found | None:
    """The first light model of a role of the catalogue that is on this computer."""
    models = models or store.here()
    for one in catalogue.of_role(role):
        if one.light and (path := models.located(one)):
            return Found(path, one)
    return None


def is_light(found: Found) -> bool:
    """Whether a model needs no PyTorch: one ONNX file, or a folder that holds one and is no other model."""
    if found.model is not None:
        return found.model.light
    if found.path.is_dir():
        return not (found.path / "config.json").is_file() and len(list(found.path.glob("*.onnx"))) == 1
    return found.path.suffix.lower() == ".onnx"


def file(found: Found) -> Path:
    """The ONNX file of a light model."""
    return next(iter(sorted(found.path.glob("*.onnx"))), found.path) if found.path.is_dir() else found.path


def best(named: str, role: str, models: Store) -> Found:
    """The model that a setting names, as `Store.find`; where it names none, first a light one.

    Raises ParallaxError as that does.
    """
    return (None if named else first(role, models)) or models.find(named, role)
