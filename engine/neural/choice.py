"""Whether a file or folder that an artist chose can be the model it was chosen for, before anything heavy reads it."""

from __future__ import annotations

from pathlib import Path

from ..errors import ParallaxError
from . import family
from .catalogue import ROLES, Model, of_role

PICKLES = (".ckpt", ".bin", ".pkl", ".pickle")  # can carry programs, and nothing of ours reads them
WEIGHTS = (".safetensors", ".pth", ".pt", ".onnx")
OFFICIAL = (".pth", ".pt", ".safetensors")  # the first two are read without running what is in them
FILES = {  # what a backend reads as a single file; all others read folders
    "diffusers": (".safetensors",), "controlnet": (".safetensors",), "lora": (".safetensors",), "groundingdino": OFFICIAL,
    "segment-anything": OFFICIAL, "midas-small": OFFICIAL, "dpt-hybrid": OFFICIAL, "onnx-isnet": (".onnx",),
    "onnx-depth": (".onnx",), "onnx-fill": (".onnx",),
}
KINDS = {"diffusers": family.PIPELINE, "controlnet": family.CONTROL, "lora": family.LORA}
TYPES = {  # of transformers' models, by backend; a description may come from any
    "transformers-dino": ("grounding-dino",), "transformers-sam": ("sam",), "transformers-sam2": ("sam2", "sam2_video"),
    "transformers-depth": ("dpt", "depth_anything"), "bert": ("bert",),
}
UNUSED = ("safety_checker",)  # of a diffusers model's parts
WORDS = {family.PIPELINE: "a whole diffusion model", family.CONTROL: "a ControlNet", family.LORA: "a LoRA"}
FAMILIES = {"sd": "Stable Diffusion 1.5", "sdxl": "SDXL", "flux": "FLUX.1"}


def resolved(path: Path, model: Model | None = None) -> Path:
    """The folder or file that a loader is given for a path: the current snapshot in a folder of the hub's cache, the file in a folder."""
    path = Path(path)
    if not path.is_dir():
        return path
    path = _snapshot(path) or path
    if model is None or not _is_file(model):
        return path
    named = path / model.needs[0]
    fitting = [named] if named.is_file() else [one for one in path.iterdir() if one.suffix.lower() in FILES[model.backend]]
    return fitting[0] if len(fitting) == 1 else path


def check_choice(model: Model, path: Path) -> None:
    """Raises ParallaxError that says in one sentence why what was chosen cannot be the model, and what to choose."""
    path = resolved(path, model)
    check_readable(path)
    if path.is_dir():
        _check_folder(model, path)
    else:
        _check_file(model, path)
    found = family.about(path)
    if model.family and found.family and found.family != model.family:
        raise ParallaxError(f"{path} is for {FAMILIES[found.family]}, and {model.label} is for {FAMILIES[model.family]}: "
                            f"choose it for another {ROLES[model.role]} model of the list")


def check_role(role: str, path: Path) -> None:
    """Raises ParallaxError where what is at a path can be none of the models that a role takes."""
    refusals = []
    for model in of_role(role):
        try:
            return check_choice(model, path)
        except ParallaxError as refused:
            refusals.append(refused)
    raise refusals[0]


def check_readable(path: Path) -> None:
    """Raises ParallaxError where a path is not there, or holds what no loader of ours may read."""
    if not path.exists():
        raise ParallaxError(f"There is nothing at {path}: choose a file or folder that is there")
    if path.is_dir():
        return
    if path.suffix.lower() in PICKLES:
        raise ParallaxError(f"{path} can carry programs, so it is not read: choose a .safetensors file instead")
    try:
        with open(path, "rb") as file:
            begins = file.read(64)
    except OSError as error:
        raise ParallaxError(f"Cannot read {path} ({error.strerror or error}): choose a file that can be read") from None
    if not begins:
        raise ParallaxError(f"{path} is empty: fetch it again")
    if begins.startswith(b"version https://git-lfs"):
        raise ParallaxError(f"{path} only stands for the file, as git does without LFS: fetch the file itself")
    if begins.lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise ParallaxError(f"{path} is a web page, not a model: fetch the file itself")


def weights(folder: Path) -> list[Path]:
    """The files of weights in a folder that a loader takes: .safetensors in half precision, else in full, else whatever there is."""
    found = [one for one in folder.iterdir() if one.suffix.lower() in WEIGHTS and one.is_file()]
    safe = [one for one in found if one.suffix == ".safetensors"]
    half = [one for one in safe if ".fp16." in one.name]
    return half or [one for one in safe if ".non_ema." not in one.name] or found


def components(folder: Path) -> list[Path]:
    """The folders of a diffusers model that its index names and we use, or the folder itself where it has no index."""
    index = family.settings(folder, "model_index.json")
    if not index:
        return [folder]
    return [folder / name for name, value in index.items() if isinstance(value, list) and name not in UNUSED and (folder / name).is_dir()]


def _is_file(model: Model) -> bool:
    """Whether a model is one file."""
    return len(model.needs) == 1 and not model.needs[0].endswith(".json")


def _snapshot(folder: Path) -> Path | None:
    """The current snapshot of a folder of the hub's cache."""
    try:
        current = (folder / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    snapshot = folder / "snapshots" / Path(current).name
    return snapshot if current and snapshot.is_dir() else None


def _check_file(model: Model, path: Path) -> None:
    allowed = FILES.get(model.backend, ())
    if not allowed:
        raise ParallaxError(f"{model.label} is a folder with config.json and model.safetensors: choose the folder, not {path.name}")
    if path.suffix.lower() not in allowed:
        raise ParallaxError(f"{model.label} is a file that ends in {' or '.join(allowed)}, which {path.name} does not: choose another")
    found, wanted = family.about(path), KINDS.get(model.backend)
    wrong = wanted and found.kind != wanted
    if wrong and (found.kind or wanted != family.PIPELINE):  # a checkpoint without text encoders looks like nothing we know
        is_one = f"is {WORDS[found.kind]}" if found.kind else f"is not {WORDS[wanted]}"
        raise ParallaxError(f"{path} {is_one}, so it cannot be {model.label}: choose {WORDS[wanted]}")


def _check_folder(model: Model, path: Path) -> None:
    if model.backend == "diffusers":
        if not (path / "model_index.json").is_file():
            raise ParallaxError(f"{path} has no model_index.json, so it is no diffusers model: choose the folder that holds it, "
                                "or a single .safetensors file")
    elif model.backend in KINDS:
        found, wanted = family.about(path), KINDS[model.backend]
        if found.kind != wanted:
            raise ParallaxError(f"{path} does not hold {WORDS[wanted]}: choose the folder or the .safetensors file that does")
    elif model.backend in FILES:
        raise ParallaxError(f"{model.label} is a file that ends in {' or '.join(FILES[model.backend])}: choose the file, not {path}")
    else:
        _check_type(model, path)
    if not any(name.endswith(WEIGHTS) for name in model.needs):
        return
    parts = [one for one in components(path) if weights(one) or any(one.glob("*.bin"))]
    if model.role == "words":  # its weights are in the file that it goes with
        return
    if not parts:
        raise ParallaxError(f"{path} holds no weights: choose the folder of a model that was fetched whole")
    for part in parts:
        if not any(one.suffix == ".safetensors" for one in weights(part)):
            raise ParallaxError(f"The weights in {part} can carry programs, so they are not read: choose a model with .safetensors files")


def _check_type(model: Model, path: Path) -> None:
    """A folder as the transformers library saves one."""
    config = family.settings(path)
    if not config:
        raise ParallaxError(f"{path} has no config.json, so it is no model of the transformers library: choose the folder that holds it")
    kind, allowed = config.get("model_type", ""), TYPES.get(model.backend)
    if allowed and kind not in allowed:
        raise ParallaxError(f"{path} holds a model of the kind '{kind}', and {model.label} is '{allowed[0]}': choose another folder")
