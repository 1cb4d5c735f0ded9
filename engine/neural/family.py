"""What a file or folder of weights is, from the names and shapes in it: no weights are read, and no torch is needed.

The names are those by which diffusers tells single files apart (its loaders/single_file_utils.py), and its own classes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import ParallaxError

LONGEST_HEADER = 100_000_000  # bytes; the format's own limit
PIPELINE, CONTROL, LORA, OTHER = "pipeline", "control", "lora", ""
ADDED = re.compile(r"lora_(down|up|A|B)\b|lora\.(down|up)\b|lora_linear_layer|\b(hada|lokr)_w\d")
WORDS = {768: "sd", 2048: "sdxl"}  # by the width of the text that a network listens to

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class About:
    """kind: PIPELINE, CONTROL, LORA or OTHER. family: 'sd', 'sdxl', 'flux', or '' where it is none of them or cannot be told."""

    kind: str = OTHER
    family: str = ""


def family(path: Path) -> str:
    """The family of a file or folder: 'sd', 'sdxl', 'flux', or '' where it is none of them or cannot be told."""
    try:
        return about(path).family
    except ParallaxError:  # damaged: whoever loads it says so
        return ""


def about(path: Path) -> About:
    """What a .safetensors file, or a folder as the libraries save it, holds. Raises ParallaxError where it is damaged."""
    path = Path(path)
    if path.is_dir():
        return _of_folder(path)
    return _of_shapes(shapes(path)) if path.suffix.lower() == ".safetensors" else About()


def shapes(path: Path) -> Shapes:
    """The names and shapes of the arrays in a .safetensors file. Raises ParallaxError where it is none."""
    try:
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 0 < length <= min(LONGEST_HEADER, path.stat().st_size - 8):
                raise ValueError
            header = json.loads(file.read(length))
        return {name: tuple(one["shape"]) for name, one in header.items() if name != "__metadata__"}
    except OSError as error:
        raise ParallaxError(f"Cannot read {path} ({error.strerror or error}): choose a file that can be read") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ParallaxError(f"{path} is not a safetensors file, or it is damaged: fetch it again") from None


def settings(folder: Path, name: str = "config.json") -> dict:
    """What a library wrote about a model beside it; empty where there is nothing, or it is damaged."""
    try:
        values = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _of_folder(folder: Path) -> About:
    pipeline = str(settings(folder, "model_index.json").get("_class_name", ""))
    if pipeline:
        return About(PIPELINE, _of_pipeline(pipeline, settings(folder / "unet")))
    config = settings(folder)
    name = str(config.get("_class_name", ""))
    if "ControlNet" in name:
        return About(CONTROL, _of_control(name, config))
    files = [] if config else sorted(folder.glob("*.safetensors"))
    return about(files[0]) if len(files) == 1 else About()


def _of_pipeline(name: str, unet: dict) -> str:
    if re.match(r"Flux(?!\d)", name):
        return "flux"
    if name.startswith("StableDiffusionXL"):
        return "sdxl"
    return "sd" if re.match(r"StableDiffusion(?!\d)", name) and not _of_two(unet) else ""


def _of_control(name: str, config: dict) -> str:
    if name.startswith("Flux"):
        return "flux" if re.match(r"Flux(?!\d)", name) else ""
    if config.get("addition_embed_type") == "text_time":
        return "sdxl"
    return "sd" if name == "ControlNetModel" and not _of_two(config) else ""


def _of_two(config: dict) -> bool:
    """Whether a network is of Stable Diffusion 2, which nothing for 1.5 fits."""
    return config.get("cross_attention_dim") == 1024


def _of_shapes(found: Shapes) -> About:
    if any(ADDED.search(name) for name in found):
        return About(LORA, _of_lora(found))
    if any(name.startswith(("control_model.", "controlnet_cond_embedding.", "controlnet_x_embedder.")) for name in found):
        if _any(found, "controlnet_x_embedder"):
            return About(CONTROL, "flux")
        large = _any(found, "add_embedding.linear_1.weight") or _any(found, "label_emb.0.0.weight")
        return About(CONTROL, "sdxl" if large else _of_words(found) or ("" if _hears(found, 1024) else "sd"))
    whole = any(name.startswith("model.diffusion_model.") for name in found)
    return About(PIPELINE if whole else OTHER, _of_checkpoint(found))


def _of_checkpoint(found: Shapes) -> str:
    if _any(found, "double_blocks.0.img_attn.norm.key_norm.scale"):
        others = ("single_stream_modulation.", "early_stream_modulations.", "distilled_guidance_layer.")  # Flux 2, Flux 3, Chroma
        return "" if any(_any(found, name) for name in others) else "flux"
    if _any(found, "conditioner.embedders.1.model."):
        return "sdxl"
    if _any(found, "cond_stage_model.transformer.text_model."):
        return "sd"
    return _of_words(found)


def _of_lora(found: Shapes) -> str:
    if re.search(r"single_(transformer_)?blocks", " ".join(found)):
        return "" if _any(found, "to_qkv_mlp_proj") else "flux"  # which is how Flux 2 calls it
    if any(name.startswith(("lora_te2_", "text_encoder_2.")) for name in found):
        return "sdxl"
    return _of_words(found)


def _of_words(found: Shapes) -> str:
    """By the width of the text that its layers listen to."""
    return next((family for width, family in WORDS.items() if _hears(found, width)), "")


def _hears(found: Shapes, width: int) -> bool:
    """Whether layers that listen to a text expect it that wide; the upper halves of a LoRA do not see it."""
    return any(re.search(r"attn2[._](processor[._])?to_k", name) and not re.search(r"lora[_.](up|B)", name) and shape and shape[-1] == width
               for name, shape in found.items())


def _any(found: Shapes, part: str) -> bool:
    return any(part in name for name in found)
