"""Where models are on this computer: fetched by us, chosen by the artist, or in the hub's own cache."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..amounts import amount
from ..channel import Channel
from ..errors import ParallaxError
from ..files import refusing_to_write, write_json
from . import catalogue, family
from .catalogue import ROLES, Model
from .choice import check_choice, check_readable, components, resolved, weights

FOLDER = "INFINITE_PARALLAX_MODELS"  # environment variable by which a worker is told the folder
WHOLE = ".whole"  # file that says that a fetched model is there in full and was checked, and what it is
PARTS = ".parts"  # folder in a model's folder: what is fetched so far of its files
CHOSEN = "chosen.json"  # in the folder: paths that the artist chose, by key
READ = (".safetensors", ".pth", ".pt", ".onnx", ".json", ".txt", ".model")  # files that a model is made of
ENDS = 1 << 16  # bytes at the beginning and at the end of a file by which it is known
FETCHED, IS_CHOSEN, CACHED, PARTLY, LOST, ABSENT = "fetched", "chosen", "cached", "partly", "lost", "absent"


@dataclass(frozen=True)
class Found:
    """A model on this computer. path: its folder or file. model: what we know of it, or None for one that we do not know."""

    path: Path
    model: Model | None = None

    @property
    def label(self) -> str:
        return self.model.label if self.model else self.path.stem

    @property
    def family(self) -> str:
        """'sd', 'sdxl', 'flux', or '' where it is none of them or cannot be told."""
        return self.model.family if self.model else family.family(self.path)


@dataclass(frozen=True)
class Standing:
    """How a model of the catalogue stands. state: FETCHED, IS_CHOSEN or CACHED, where it is whole and can be used; PARTLY, where a
    fetch was begun; LOST, where what was chosen is gone; ABSENT. path: where it is, or was chosen, or None."""

    state: str
    path: Path | None = None

    @property
    def here(self) -> bool:
        return self.state in (FETCHED, IS_CHOSEN, CACHED)


class Store:
    """A folder of models: one folder each, by key."""

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)

    def place(self, key: str) -> Path:
        """Where a model of the catalogue is fetched to."""
        return self.folder / key

    def fetching(self, key: str) -> Channel:
        """Where the process that fetches a model is heard and stopped."""
        return Channel(self.folder / "fetch" / key)

    def find(self, reference: str, role: str) -> Found:
        """The model that a setting names: by key, or by path; '' is the first of the role that is here.

        Raises ParallaxError that says what to click where it is not on this computer.
        """
        if not reference:
            here = next((one for one in catalogue.of_role(role) if self.located(one)), None)
            if here is None:
                first = catalogue.of_role(role)[0]
                raise ParallaxError(f"There is no model for {ROLES[role]} on this computer: {how_to_fetch(first)}")
            return Found(self.located(here), here)
        known = catalogue.model(reference)
        if known and known.role != role:
            raise ParallaxError(f"{known.label} is for {ROLES[known.role]}, not for {ROLES[role]}: {_choices(role)}")
        if known:
            path = self.located(known)
            if path is None:
                raise ParallaxError(f"{known.label} is not on this computer: {how_to_fetch(known)}")
            return Found(path, known)
        path = Path(reference)
        if not path.is_absolute():
            raise ParallaxError(f"There is no model named '{reference}': {_choices(role)}")
        if not path.exists():
            raise ParallaxError(f"There is no model at {reference}: choose a file or folder that is there, or one of the list")
        check_readable(path)
        return Found(resolved(path))

    def has(self, reference: str, role: str) -> bool:
        """Whether `find` would find it."""
        try:
            self.find(reference, role)
        except ParallaxError:
            return False
        return True

    def located(self, model: Model) -> Path | None:
        """The folder or file of a model of the catalogue, or None where it is not whole on this computer."""
        standing = self.standing(model)
        return standing.path if standing.here else None

    def standing(self, model: Model) -> Standing:
        """Whether a model of the catalogue is here, and where."""
        chosen = self.chosen().get(model.key)
        if chosen and Path(chosen).exists():
            return Standing(IS_CHOSEN, resolved(Path(chosen), model))
        own = self.place(model.key)
        for folder, state in ((own, FETCHED), *((one, CACHED) for one in _cached(model))):
            if _is_whole(folder, model, state):
                return Standing(state, resolved(folder, model))
        if chosen:
            return Standing(LOST, Path(chosen))
        return Standing(PARTLY, own) if own.is_dir() else Standing(ABSENT)

    def missing(self, model: Model) -> tuple[Model, ...]:
        """What has to be fetched for a model to work: what it cannot do without and is not here, then itself if it is not."""
        return tuple(one for one in (*(catalogue.model(key) for key in model.beside), model) if not self.located(one))

    def remove(self, key: str) -> None:
        """Deletes what was fetched of a model. Raises ParallaxError where it cannot be, or while it is being fetched."""
        if catalogue.model(key) is None:
            raise ParallaxError(f"There is no model named {key}: choose one of the list")
        channel, own = self.fetching(key), self.place(key)
        with refusing_to_write(channel.folder):
            channel.folder.mkdir(parents=True, exist_ok=True)
        with channel.locked(), refusing_to_write(own):
            (own / WHOLE).unlink(missing_ok=True)  # first: half a model is none
            if own.is_dir():
                shutil.rmtree(own)
        shutil.rmtree(channel.folder, ignore_errors=True)

    def chosen(self) -> dict[str, str]:
        """Paths that the artist chose, by key."""
        try:
            values = json.loads((self.folder / CHOSEN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {key: path for key, path in values.items() if isinstance(path, str)} if isinstance(values, dict) else {}

    def choose(self, key: str, path: str) -> None:
        """Remembers a file or folder of the artist's for a model; '' forgets it.

        Raises ParallaxError where it is not there, or cannot be that model.
        """
        model = catalogue.model(key)
        if model is None:
            raise ParallaxError(f"There is no model named {key}: choose one of the list")
        if path:
            check_choice(model, Path(path))
        chosen = {name: value for name, value in self.chosen().items() if name != key}
        if path:
            chosen[key] = str(Path(path).absolute())
        with refusing_to_write(self.folder):
            write_json(self.folder / CHOSEN, chosen)


def here() -> Store:
    """The store of this process: the folder that the environment names, or one in the user's home."""
    return Store(os.environ.get(FOLDER) or Path.home() / ".cache" / "infinite_parallax" / "models")


def _choices(role: str) -> str:
    return f"choose {', '.join(one.key for one in catalogue.of_role(role))}, or a file or folder of yours"


def how_to_fetch(model: Model) -> str:
    """What to click to have a model."""
    verb = "download" if model.light else "fetch"  # as its button says
    return f"{verb} {model.label} ({amount(model.size)}) in Preferences > Add-ons > Infinite Parallax, or choose a file of yours there"


def size(path: Path) -> int:
    """Bytes of the weights that a loader takes from a file or folder, as they are on the disk."""
    if path.is_file():
        return path.stat().st_size
    return sum(one.stat().st_size for folder in components(path) for one in weights(folder)) if path.is_dir() else 0


def identity(path: Path) -> str:
    """A model's name on the disk, and a fingerprint of its files: the same where a folder was moved or fetched again.

    Of each file its name, its size, and how it begins and ends.
    """
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.suffix in READ and one.is_file())
    digest = hashlib.blake2b(digest_size=8)
    for file in files:
        length = file.stat().st_size
        digest.update(f"{file.relative_to(path).as_posix()} {length}\n".encode())
        with open(file, "rb") as data:
            digest.update(data.read(ENDS))
            data.seek(max(0, length - ENDS))
            digest.update(data.read(ENDS))
    return f"{path.name} {digest.hexdigest()}"


def on_disk(path: Path) -> int:
    """Bytes of all files of a file or folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())


def _is_whole(folder: Path, model: Model, state: str) -> bool:
    if state == FETCHED and not (folder / WHOLE).is_file():
        return False
    if not all(any(one.is_file() for one in folder.glob(name)) for name in model.needs):
        return False
    return state == FETCHED or all(_has_all_shards(index) for index in folder.glob("**/*.safetensors.index.json"))


def _has_all_shards(index: Path) -> bool:
    """Whether all files that an index of weights names lie beside it; the hub's cache may hold some of them."""
    named = family.settings(index.parent, index.name).get("weight_map", {})
    return all((index.parent / name).is_file() for name in set(named.values()))


def _cached(model: Model) -> list[Path]:
    """The folder of the hub's cache that may hold the model, at its current revision."""
    if not model.repository:
        return []
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser() / f"models--{model.repository.replace('/', '--')}"
    current = resolved(cache)
    return [current] if current != cache else []
