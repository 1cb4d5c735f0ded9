"""Where models are on this computer: fetched by us, chosen by the artist, or in the hub's own cache."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import ParallaxError
from ..files import refusing_to_write, write_json
from . import catalogue
from .catalogue import Model

FOLDER = "INFINITE_PARALLAX_MODELS"  # environment variable by which a worker is told the folder
WHOLE = ".whole"  # file that says that a fetched model is there in full and was checked
CHOSEN = "chosen.json"  # in the folder: paths that the artist chose, by key


@dataclass(frozen=True)
class Found:
    """A model on this computer. path: its folder or file. model: what we know of it, or None for one that we do not know."""

    path: Path
    model: Model | None = None

    @property
    def label(self) -> str:
        return self.model.label if self.model else self.path.stem


class Store:
    """A folder of models: one folder each, by key."""

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)

    def place(self, key: str) -> Path:
        """Where a model of the catalogue is fetched to."""
        return self.folder / key

    def find(self, reference: str, role: str) -> Found:
        """The model that a setting names: by key, or by path; '' is the first of the role that is here.

        Raises ParallaxError that says what to click where it is not on this computer.
        """
        if not reference:
            here = next((one for one in catalogue.of_role(role) if self.located(one)), None)
            if here is None:
                first = catalogue.of_role(role)[0]
                raise ParallaxError(f"There is no model for {catalogue.ROLES[role]} on this computer: {how_to_fetch(first)}")
            return Found(self.located(here), here)
        known = catalogue.model(reference)
        if known:
            path = self.located(known)
            if path is None:
                raise ParallaxError(f"{known.label} is not on this computer: {how_to_fetch(known)}")
            return Found(path, known)
        path = Path(reference)
        if not path.is_absolute() or not path.exists():
            raise ParallaxError(f"There is no model at {reference}: choose a file or folder that is there, or one of the list")
        return Found(path)

    def has(self, reference: str, role: str) -> bool:
        """Whether `find` would find it."""
        try:
            self.find(reference, role)
        except ParallaxError:
            return False
        return True

    def located(self, model: Model) -> Path | None:
        """The folder or file of a model of the catalogue, or None where it is not whole on this computer."""
        chosen = self.chosen().get(model.key)
        if chosen and Path(chosen).exists():
            return Path(chosen)
        own = self.place(model.key)
        for folder, whole in ((own, (own / WHOLE).is_file()), *((cached, True) for cached in _cached(model))):
            if whole and all((folder / name).is_file() for name in model.needs):
                return folder / model.needs[0] if len(model.needs) == 1 and not model.needs[0].endswith(".json") else folder
        return None

    def chosen(self) -> dict[str, str]:
        """Paths that the artist chose, by key."""
        try:
            values = json.loads((self.folder / CHOSEN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {key: path for key, path in values.items() if isinstance(path, str)} if isinstance(values, dict) else {}

    def choose(self, key: str, path: str) -> None:
        """Remembers a file or folder of the artist's for a model; '' forgets it. Raises ParallaxError where it is not there."""
        if path and not Path(path).exists():
            raise ParallaxError(f"There is nothing at {path}: choose a file or folder that is there")
        chosen = {name: value for name, value in self.chosen().items() if name != key}
        if path:
            chosen[key] = str(Path(path).absolute())
        with refusing_to_write(self.folder):
            write_json(self.folder / CHOSEN, chosen)


def here() -> Store:
    """The store of this process: the folder that the environment names, or one in the user's home."""
    return Store(os.environ.get(FOLDER) or Path.home() / ".cache" / "infinite_parallax" / "models")


def how_to_fetch(model: Model) -> str:
    """What to click to have a model."""
    return f"fetch {model.label} ({model.size / 1e9:.1f} GB) in Preferences > Add-ons > Infinite Parallax, or choose a file of yours there"


def _cached(model: Model) -> list[Path]:
    """Folders of the hub's cache that may hold the model: the current revision first."""
    if not model.repository:
        return []
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub") / f"models--{model.repository.replace('/', '--')}"
    try:
        current = (cache / "refs" / "main").read_text().strip()
    except OSError:
        return []
    snapshot = cache / "snapshots" / Path(current).name
    return [snapshot] if snapshot.is_dir() else []


WEIGHTS = (".safetensors", ".pth", ".pt", ".onnx")  # the files that hold weights


def size(path: Path) -> int:
    """Bytes of the weights in a folder, or of a file."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.suffix in WEIGHTS and file.is_file())
