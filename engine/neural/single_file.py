"""Stable Diffusion and SDXL in a single file, as they are traded: what is in it is told from its names and shapes alone.

diffusers asks the hub for the configuration of such a file, even when it is told not to. Here it is written from the file itself, and
CLIP's list of words comes with the environment, so that no network is needed.
"""

from __future__ import annotations

import gzip
import importlib.util
import itertools
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import ParallaxError
from . import family
from .family import Shapes
from .store import Found

UNET, VAE = "model.diffusion_model.", "first_stage_model."
CLIP = {"sd": "cond_stage_model.transformer.text_model.", "sdxl": "conditioner.embedders.0.transformer.text_model."}
LARGE = "conditioner.embedders.1.model."  # SDXL's second text encoder, in the names of OpenCLIP
CLASSES = {"sd": "StableDiffusionInpaintPipeline", "sdxl": "StableDiffusionXLInpaintPipeline"}
WORDS = "bpe_simple_vocab_16e6.txt.gz"  # CLIP's, by its authors (MIT): it lies in the package open_clip
MERGES = 49152 - 256 - 2  # as many of its lines are used
BEGIN, END = "<|startoftext|>", "<|endoftext|>"
LONGEST = 77  # tokens of a prompt


def load(found: Found, dtype):
    """The pipeline in a .safetensors file with everything that it takes.

    Raises ParallaxError where it is no whole model of a family that we know, or the environment lacks the list of words.
    """
    import diffusers

    shapes = family.shapes(found.path)
    kind = family.about(found.path).family
    if kind not in CLASSES or not all(any(name.startswith(part) for name in shapes) for part in (UNET, VAE, CLIP[kind])):
        raise ParallaxError(f"{found.path.name} is not a whole Stable Diffusion 1.5 or SDXL model in one file: choose the folder of the "
                            "model in diffusers' form, with model_index.json in it")
    with tempfile.TemporaryDirectory(prefix="parallax-model-") as folder:
        write_configuration(Path(folder), kind, shapes)
        return getattr(diffusers, CLASSES[kind]).from_single_file(
            str(found.path), config=folder, local_files_only=True, dtype=dtype, **_tokenizers(kind, shapes))


def write_configuration(folder: Path, kind: str, shapes: Shapes) -> None:
    """What diffusers reads beside the weights, for a file with arrays of these shapes. kind: 'sd' or 'sdxl'."""
    parts = {"unet": ("diffusers", "UNet2DConditionModel", _unet(shapes, kind)), "vae": ("diffusers", "AutoencoderKL", _vae(shapes, kind)),
             "scheduler": ("diffusers", *_scheduler(shapes, kind)), "tokenizer": ("transformers", "CLIPTokenizer", None),
             "text_encoder": ("transformers", "CLIPTextModel", _clip(shapes, CLIP[kind]))}
    about = {"_class_name": CLASSES[kind]}
    if kind == "sdxl":
        parts |= {"text_encoder_2": ("transformers", "CLIPTextModelWithProjection", _open_clip(shapes)),
                  "tokenizer_2": ("transformers", "CLIPTokenizer", None)}
        about |= {"force_zeros_for_empty_prompt": True, "requires_aesthetics_score": False}
    else:
        about |= {"safety_checker": [None, None], "feature_extractor": [None, None], "requires_safety_checker": False}
    for name, (library, of, config) in parts.items():
        about[name] = [library, of]
        if config is not None:
            file = folder / name / ("scheduler_config.json" if name == "scheduler" else "config.json")
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps({"_class_name": of, **config}), encoding="utf-8")
    (folder / "model_index.json").write_text(json.dumps(about), encoding="utf-8")


def tokenizer(pad: str = END, words: Path | None = None):
    """CLIP's tokenizer. words: the authors' list of merges; by default the one in the environment. Raises ParallaxError without one."""
    from transformers import CLIPTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    merges = _merges(words or _words())
    letters = list(bytes_to_unicode().values())
    tokens = (*letters, *(f"{letter}</w>" for letter in letters), *("".join(merge) for merge in merges), BEGIN, END)
    numbers = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=numbers, merges=merges, pad_token=pad, model_max_length=LONGEST)


def _tokenizers(kind: str, shapes: Shapes) -> dict:
    if kind == "sd":
        return {"tokenizer": tokenizer()}
    return {"tokenizer": tokenizer(), "tokenizer_2": tokenizer(pad="!")}


def _words() -> Path:
    package = importlib.util.find_spec("open_clip")
    file = Path(package.origin).with_name(WORDS) if package and package.origin else None
    if file is None or not file.is_file():
        raise ParallaxError("A model in a single file needs CLIP's list of words, which is not in this Python: set up the neural engine "
                            "again in Preferences > Add-ons > Infinite Parallax, or choose the folder of a model in diffusers' form")
    return file


def _merges(words: Path) -> list[tuple[str, str]]:
    with gzip.open(words, "rt", encoding="utf-8") as file:
        return [tuple(line.split()) for line in itertools.islice(file, 1, MERGES + 1)]


def _unet(shapes: Shapes, kind: str) -> dict:
    levels = list(_levels(shapes))
    wide, depths = [width for width, _, _ in levels], [depth for _, _, depth in levels]
    listens = next(shape[1] for name, shape in shapes.items() if name.startswith(UNET) and name.endswith("attn2.to_k.weight"))
    config = {
        "in_channels": shapes[f"{UNET}input_blocks.0.0.weight"][1], "out_channels": shapes[f"{UNET}out.2.weight"][0],
        "sample_size": 128 if kind == "sdxl" else 64, "block_out_channels": wide, "layers_per_block": levels[0][1],
        "cross_attention_dim": listens, "transformer_layers_per_block": [max(depth, 1) for depth in depths],
        "down_block_types": ["CrossAttnDownBlock2D" if depth else "DownBlock2D" for depth in depths],
        "up_block_types": ["CrossAttnUpBlock2D" if depth else "UpBlock2D" for depth in reversed(depths)],
    }
    if kind == "sd":
        return config | {"attention_head_dim": 8}  # which is their number
    added = shapes[f"{UNET}label_emb.0.0.weight"][1]
    pooled = shapes[f"{LARGE}text_projection"][1]
    return config | {"attention_head_dim": [max(width // 64, 1) for width in wide], "use_linear_projection": True,
                     "addition_embed_type": "text_time", "addition_time_embed_dim": (added - pooled) // 6,
                     "projection_class_embeddings_input_dim": added}


def _levels(shapes: Shapes) -> Iterator[tuple[int, int, int]]:
    """Of each resolution of the network, from fine to coarse: channels, blocks, and layers of attention in each."""
    width, blocks, depth, number = 0, 0, 0, 1
    while any(name.startswith(f"{UNET}input_blocks.{number}.") for name in shapes):
        block = f"{UNET}input_blocks.{number}."
        if f"{block}0.op.weight" in shapes:
            yield width, blocks, depth
            blocks = depth = 0
        else:
            width, blocks = shapes[f"{block}0.out_layers.3.weight"][0], blocks + 1
            depth = _count(shapes, f"{block}1.transformer_blocks.")
        number += 1
    yield width, blocks, depth


def _vae(shapes: Shapes, kind: str) -> dict:
    count = _count(shapes, f"{VAE}encoder.down.")
    large = {"scaling_factor": 0.13025, "sample_size": 1024, "force_upcast": True}
    return {
        "block_out_channels": [shapes[f"{VAE}encoder.down.{level}.block.0.conv2.weight"][0] for level in range(count)],
        "layers_per_block": _count(shapes, f"{VAE}encoder.down.0.block."), "latent_channels": shapes[f"{VAE}post_quant_conv.weight"][0],
        "down_block_types": ["DownEncoderBlock2D"] * count, "up_block_types": ["UpDecoderBlock2D"] * count,
        **(large if kind == "sdxl" else {"scaling_factor": 0.18215, "sample_size": 512}),
    }


def _clip(shapes: Shapes, prefix: str) -> dict:
    return _text(shapes[f"{prefix}embeddings.token_embedding.weight"], shapes[f"{prefix}embeddings.position_embedding.weight"],
                 _count(shapes, f"{prefix}encoder.layers."), shapes[f"{prefix}encoder.layers.0.mlp.fc1.weight"], "quick_gelu")


def _open_clip(shapes: Shapes) -> dict:
    config = _text(shapes[f"{LARGE}token_embedding.weight"], shapes[f"{LARGE}positional_embedding"],
                   _count(shapes, f"{LARGE}transformer.resblocks."), shapes[f"{LARGE}transformer.resblocks.0.mlp.c_fc.weight"], "gelu")
    return config | {"projection_dim": shapes[f"{LARGE}text_projection"][1]}


def _text(words, places, layers: int, inner, act: str) -> dict:
    """Of a text encoder, from the shapes of what it has for words and places, and of the first layer within its layers."""
    return {"vocab_size": words[0], "hidden_size": words[1], "max_position_embeddings": places[0], "num_hidden_layers": layers,
            "num_attention_heads": max(words[1] // 64, 1), "intermediate_size": inner[0], "projection_dim": words[1], "hidden_act": act,
            "eos_token_id": 2}  # which means: the highest


def _scheduler(shapes: Shapes, kind: str) -> tuple[str, dict]:
    """SDXL's and Stable Diffusion's own; a file with the key 'v_pred' was trained to predict another thing."""
    noise = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000, "steps_offset": 1,
             "prediction_type": "v_prediction" if "v_pred" in shapes else "epsilon"}
    if kind == "sdxl":
        return "EulerDiscreteScheduler", noise | {"timestep_spacing": "leading"}
    return "PNDMScheduler", noise | {"skip_prk_steps": True, "set_alpha_to_one": False}


def _count(shapes: Shapes, prefix: str) -> int:
    """How many numbered parts there are whose names begin so."""
    numbers = {int(found[1]) for name in shapes if (found := re.match(rf"{re.escape(prefix)}(\d+)\.", name))}
    return max(numbers, default=-1) + 1
