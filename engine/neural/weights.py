"""Weights from files, without running anything that is in a file. The modules that read models import this when they are used."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn import Module

from ..errors import ParallaxError
from .device import is_out_of_memory

MISSING = 0.05  # of a model's weights: where a folder lacks more, it holds another model
BOXES = ("model", "state_dict")  # what training scripts keep the weights in


def read(path: Path) -> dict[str, torch.Tensor]:
    """The tensors in a .pth, .pt or .safetensors file by name, without the `module.` that training on several cards puts before names.

    Raises ParallaxError for a file that is damaged, holds program code, or no weights; of too little memory, what the library raises.
    """
    try:
        held = _loaded(Path(path))
    except Exception as error:  # a damaged file raises whatever its bytes make the reader do
        if is_out_of_memory(error):
            raise
        if "global" in str(error).lower():
            raise ParallaxError(f"{path} holds program code beside its weights, so it is not opened: take the file from its authors, "
                                "or one that ends in .safetensors") from None
        raise _damaged(path) from None
    for box in BOXES:
        if isinstance(held, dict) and isinstance(held.get(box), dict):
            held = held[box]
    tensors = {name.removeprefix("module."): one for name, one in held.items() if isinstance(one, torch.Tensor)} if _by_name(held) else {}
    if not tensors:
        raise ParallaxError(f"{path} holds no weights of a model: choose another file")
    return tensors


def poured(module: Module, tensors: dict[str, torch.Tensor], path: Path, what: str, spare: tuple[str, ...] = ()) -> Module:
    """The module with these weights, ready to be used. spare: names that the file may have beyond those of the module.

    Raises ParallaxError where the file is not what (a phrase) was expected.
    """
    try:
        left = module.load_state_dict(tensors, strict=False)
    except RuntimeError as error:  # of other shapes
        if is_out_of_memory(error):
            raise
        raise _other(path, what) from None
    if left.missing_keys or set(left.unexpected_keys) - set(spare):
        raise _other(path, what)
    return module.eval().requires_grad_(False)


def pretrained(kind, folder: Path, what: str) -> Module:
    """A model of one of transformers' Auto classes from a folder with config.json and .safetensors, ready to be used.

    Raises ParallaxError where the folder is damaged or not what (a phrase) was expected: the library would go on with random numbers.
    """
    try:
        module, told = kind.from_pretrained(folder, local_files_only=True, use_safetensors=True, output_loading_info=True,
                                            trust_remote_code=False, dtype=torch.float32)
    except Exception as error:  # the library raises many kinds over a folder that is not as it should be
        if is_out_of_memory(error):
            raise
        raise _other(folder, what) from None
    if len(told["missing_keys"]) > MISSING * len(module.state_dict()) or told["mismatched_keys"]:
        raise _other(folder, what)
    return module.eval().requires_grad_(False)


def processor(kind, folder: Path, what: str):
    """What brings pictures and words into a model's form, by one of transformers' Auto classes. Raises as `pretrained` does."""
    try:
        return kind.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # as above
        if is_out_of_memory(error):
            raise
        raise _other(folder, what) from None


def size(module: Module) -> int:
    """Bytes of a module's weights."""
    return sum(one.numel() * one.element_size() for one in module.parameters())


def _loaded(path: Path):
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _by_name(held: object) -> bool:
    return isinstance(held, dict) and all(isinstance(name, str) for name in held)


def _damaged(path: Path) -> ParallaxError:
    return ParallaxError(f"{path} is damaged or no file of weights: fetch it again, or choose another")


def _other(path: Path, what: str) -> ParallaxError:
    return ParallaxError(f"{path} is damaged or not {what}: fetch it again, or choose another")
