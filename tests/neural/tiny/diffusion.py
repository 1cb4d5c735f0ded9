"""Diffusion models of the real kinds with random weights, in folders and files as they are published."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    ControlNetModel,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    FluxFillPipeline,
    FluxTransformer2DModel,
    PNDMScheduler,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLInpaintPipeline,
    UNet2DConditionModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
)
from transformers import logging as told
from transformers.convert_slow_tokenizer import bytes_to_unicode

SIZE = 64  # pixels that these models are made for
WIDE = 64  # width of SDXL's second text encoder; the other ones are half as wide
LISTENS = {"sd": 32, "sdxl": 32 + WIDE}  # width of the text that their networks listen to


def tokenizer() -> CLIPTokenizer:
    """CLIP's, with letters for words."""
    letters = list(bytes_to_unicode().values())
    tokens = (*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>")
    return CLIPTokenizer(vocab={token: number for number, token in enumerate(tokens)}, merges=[], model_max_length=77)


def text_encoder(kind=CLIPTextModel, words: int = 514, width: int = 32, act: str = "quick_gelu"):
    return kind(CLIPTextConfig(vocab_size=words, hidden_size=width, intermediate_size=37, num_hidden_layers=2, num_attention_heads=1,
                               projection_dim=width, max_position_embeddings=77, hidden_act=act, eos_token_id=2)).eval()


FLUX_VAE = {"scaling_factor": 0.3611, "shift_factor": 0.1159}


def vae(channels: int = 4, **more) -> AutoencoderKL:
    """Reduces by 8, as theirs do. more: of its configuration."""
    return AutoencoderKL(block_out_channels=(32, 32, 64, 64), down_block_types=("DownEncoderBlock2D",) * 4,
                         up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1, latent_channels=channels,
                         sample_size=SIZE, **{"scaling_factor": 0.18215, **more}).eval()


def unet(family: str, channels: int) -> UNet2DConditionModel:
    shape = {"in_channels": channels, "out_channels": 4, "sample_size": SIZE // 8, "layers_per_block": 2,
             "cross_attention_dim": LISTENS[family]}
    if family == "sd":
        return UNet2DConditionModel(**shape, block_out_channels=(32, 64), down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
                                    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), attention_head_dim=8).eval()
    return UNet2DConditionModel(**shape, block_out_channels=(32, 64), down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
                                up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=(1, 1), use_linear_projection=True,
                                transformer_layers_per_block=(1, 2), addition_embed_type="text_time", addition_time_embed_dim=8,
                                projection_class_embeddings_input_dim=6 * 8 + WIDE).eval()


def sd(folder: Path, channels: int = 9, seed: int = 0, words: int = 514, **saved) -> Path:
    """Stable Diffusion: with 9 channels made for inpainting, with 4 for text alone.

    words: that its text encoder knows; CLIP's own has 49408. saved: as `save_pretrained` takes it.
    """
    torch.manual_seed(seed)
    told.set_verbosity_error()
    parts = {"vae": vae(), "text_encoder": text_encoder(words=words), "tokenizer": tokenizer(), "unet": unet("sd", channels),
             "scheduler": PNDMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True,
                                        set_alpha_to_one=False, steps_offset=1)}
    kind = StableDiffusionInpaintPipeline if channels == 9 else StableDiffusionPipeline
    kind(**parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False).save_pretrained(folder, **saved)
    return folder


def sdxl(folder: Path, channels: int = 9, seed: int = 0, words: int = 514) -> Path:
    torch.manual_seed(seed)
    told.set_verbosity_error()
    StableDiffusionXLInpaintPipeline(
        vae=vae(scaling_factor=0.13025), text_encoder=text_encoder(words=words), tokenizer=tokenizer(),
        text_encoder_2=text_encoder(CLIPTextModelWithProjection, words, WIDE, "gelu"), tokenizer_2=tokenizer(),
        unet=unet("sdxl", channels), requires_aesthetics_score=False,
        scheduler=EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1,
                                         timestep_spacing="leading")).save_pretrained(folder)
    return folder


def flux_fill(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    told.set_verbosity_error()
    latents = 16
    FluxFillPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae(latents, **FLUX_VAE),
        text_encoder=text_encoder(), tokenizer=tokenizer(),
        text_encoder_2=T5EncoderModel(T5Config(vocab_size=514, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=2)).eval(),
        tokenizer_2=tokenizer(),
        transformer=FluxTransformer2DModel(
            in_channels=4 * latents + 4 * latents + 256, out_channels=4 * latents, num_layers=1, num_single_layers=1, attention_head_dim=16,
            num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=(4, 4, 8), guidance_embeds=True).eval(),
    ).save_pretrained(folder)
    return folder


def z_image(folder: Path, seed: int = 0) -> Path:
    """As it is published: for text alone."""
    torch.manual_seed(seed)
    told.set_verbosity_error()
    ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae(16, **FLUX_VAE), text_encoder=_qwen(Qwen3Model, 2),
        tokenizer=_chat_tokenizer(),
        transformer=ZImageTransformer2DModel(in_channels=16, dim=32, n_layers=1, n_refiner_layers=1, n_heads=2, n_kv_heads=2,
                                             cap_feat_dim=16, axes_dims=[4, 4, 8], axes_lens=[600, 64, 64]).eval(),
    ).save_pretrained(folder)
    return folder


def klein(folder: Path, seed: int = 0) -> Path:
    """Flux 2 Klein, as it is published: for text alone."""
    torch.manual_seed(seed)
    told.set_verbosity_error()
    Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), text_encoder=_qwen(Qwen3ForCausalLM, 28), tokenizer=_chat_tokenizer(),
        vae=AutoencoderKLFlux2(block_out_channels=(32, 32, 64, 64), layers_per_block=1, latent_channels=8, sample_size=SIZE).eval(),
        transformer=Flux2Transformer2DModel(in_channels=32, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
                                            joint_attention_dim=48, timestep_guidance_channels=32, axes_dims_rope=(4, 4, 4, 4)).eval(),
    ).save_pretrained(folder)
    return folder


def _qwen(kind, layers: int):
    return kind(Qwen3Config(vocab_size=260, hidden_size=16, intermediate_size=16, num_hidden_layers=layers, num_attention_heads=2,
                            num_key_value_heads=1, head_dim=8)).eval()


def _chat_tokenizer() -> Qwen2Tokenizer:
    tokens = (*bytes_to_unicode().values(), "<|endoftext|>", "<|im_end|>")
    made = Qwen2Tokenizer(vocab={token: number for number, token in enumerate(tokens)}, merges=[])
    made.chat_template = "{{ messages[0]['content'] }}"
    return made


def control(folder: Path, family: str = "sd", seed: int = 1) -> Path:
    """A ControlNet that changes something, as none does before it is trained."""
    torch.manual_seed(seed)
    net = ControlNetModel.from_unet(unet(family, 4), conditioning_embedding_out_channels=(16, 32, 96, 256))
    for name, weight in net.named_parameters():
        if name.startswith(("controlnet_down_blocks", "controlnet_mid_block", "controlnet_cond_embedding.conv_out")):
            torch.nn.init.normal_(weight, std=0.05)
    net.save_pretrained(folder)
    return folder


def lora(file: Path, family: str = "sd", seed: int = 2, strength: float = 0.1) -> Path:
    """A LoRA in the names that diffusers writes, on the attention of the network."""
    torch.manual_seed(seed)
    held = {}
    for name, weight in unet(family, 4).named_parameters():
        if re.search(r"attn\d\.to_[qkv]\.weight", name):
            stem = f"unet.{name.removesuffix('.weight')}"
            held[f"{stem}.lora_A.weight"] = torch.randn(2, weight.shape[1]) * strength
            held[f"{stem}.lora_B.weight"] = torch.randn(weight.shape[0], 2) * strength
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(held, file)
    return file


def single(file: Path, folder: Path) -> Path:
    """The model of a folder in one file as it is traded, with the names of its authors' own code and what else is in such files."""
    file.parent.mkdir(parents=True, exist_ok=True)
    names = [name for name in ("unet", "vae", "text_encoder", "text_encoder_2") if (folder / name).is_dir()]
    held = official({name: load_file(next((folder / name).glob("*.safetensors"))) for name in names})
    spare = {"model_ema.decay": torch.zeros(1), "betas": torch.zeros(1000), "alphas_cumprod": torch.zeros(1000)}
    if "text_encoder_2" in names:
        spare = {"conditioner.embedders.1.model.logit_scale": torch.zeros(1), "denoiser.sigmas": torch.zeros(1000)}
    prefix = next(name for name in held if name.endswith("embeddings.position_embedding.weight")).removesuffix("position_embedding.weight")
    spare[f"{prefix}position_ids"] = torch.arange(77)[None]
    save_file({name: one.contiguous() for name, one in (held | spare).items()}, file)
    return file


def official(parts: dict[str, dict]) -> dict:
    """The arrays of a model by the names of its authors' own code. parts: unet, vae, text_encoder and perhaps text_encoder_2."""
    prefix = "conditioner.embedders.0.transformer." if "text_encoder_2" in parts else "cond_stage_model.transformer."
    attend = {int(found[1]) for name in parts["unet"] if (found := re.match(r"up_blocks\.(\d)\.attentions", name))}
    held = {f"model.diffusion_model.{_unet_name(name, attend)}": one for name, one in parts["unet"].items()}
    for name, one in parts["vae"].items():
        matrix = re.search(r"attentions\.0\.to_\w+(\.0)?\.weight", name)
        held[f"first_stage_model.{_vae_name(name)}"] = one[:, :, None, None] if matrix else one
    for name, one in parts["text_encoder"].items():
        held[f"{prefix}text_model.{name.removeprefix('text_model.')}"] = one
    return held | _open_clip(parts.get("text_encoder_2", {}))


def constant(folder: Path, colour: tuple[float, float, float]) -> Path:
    """Makes a model in a folder paint nothing but one colour (0 to 255), wherever it looks."""
    def poured(held: dict) -> None:
        held["decoder.conv_out.weight"].zero_()
        held["decoder.conv_out.bias"].copy_(torch.tensor(colour) / 127.5 - 1.0)

    return changed(folder / "vae", poured).parent


def muted(folder: Path, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Path:
    """Makes a model's pictures faint, so that nothing is cut off, and shifts all their colours by some levels."""
    def poured(held: dict) -> None:
        held["decoder.conv_out.weight"].mul_(0.3)
        held["decoder.conv_out.bias"].copy_(torch.tensor(shift) / 127.5)

    return changed(folder / "vae", poured).parent


def changed(part: Path, how) -> Path:
    """Changes the weights of one part of a model, in place."""
    file = next(part.glob("*.safetensors"))
    held = load_file(file)
    how(held)
    save_file(held, file, metadata={"format": "pt"})
    return part


def _unet_name(name: str, attend: set[int]) -> str:
    """A name in a network with two blocks in each level, as the authors call it. attend: the levels on the way up that do."""
    fixed = {"conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
             "conv_norm_out": "out.0", "conv_out": "out.2",
             "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2"}
    stem, _, end = name.rpartition(".")
    if stem in fixed:
        return f"{fixed[stem]}.{end}"
    if found := re.match(r"down_blocks\.(\d)\.downsamplers\.0\.conv", name):
        return f"input_blocks.{3 * int(found[1]) + 3}.0.op.{end}"
    if found := re.match(r"up_blocks\.(\d)\.upsamplers\.0\.conv", name):
        return f"output_blocks.{3 * int(found[1]) + 2}.{2 if int(found[1]) in attend else 1}.conv.{end}"
    kind, level, what, number, rest = re.match(r"(down|up|mid)_blocks?\.(?:(\d)\.)?(resnets|attentions)\.(\d)\.(.*)", name).groups()
    if kind == "mid":
        place = f"middle_block.{1 if what == 'attentions' else 2 * int(number)}"
    else:
        block = f"input_blocks.{1 + 3 * int(level) + int(number)}" if kind == "down" else f"output_blocks.{3 * int(level) + int(number)}"
        place = f"{block}.{int(what == 'attentions')}"
    return f"{place}.{_renamed(rest, RESNET) if what == 'resnets' else rest}"


RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
          "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
CODER = {"mid_block.resnets.0": "mid.block_1", "mid_block.resnets.1": "mid.block_2", "mid_block.attentions.0": "mid.attn_1",
         "group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out", "conv_shortcut": "nin_shortcut",
         "conv_norm_out": "norm_out", "downsamplers.0": "downsample", "upsamplers.0": "upsample", "resnets": "block"}
OPEN_CLIP = {"text_model.encoder.layers": "transformer.resblocks", "layer_norm1": "ln_1", "layer_norm2": "ln_2", ".fc1": ".c_fc",
             ".fc2": ".c_proj", "self_attn": "attn", "text_model.embeddings.position_embedding.weight": "positional_embedding",
             "text_model.embeddings.token_embedding": "token_embedding", "text_model.final_layer_norm": "ln_final"}


def _vae_name(name: str) -> str:
    name = re.sub(r"down_blocks\.(\d)", r"down.\1", name)
    name = re.sub(r"up_blocks\.(\d)", lambda found: f"up.{3 - int(found[1])}", name)
    return _renamed(name, CODER)


def _open_clip(held: dict) -> dict:
    """SDXL's second text encoder: queries, keys and values are one array there, and the projection is turned."""
    prefix, out = "conditioner.embedders.1.model.", {}
    for name, one in held.items():
        if name == "text_projection.weight":
            out[f"{prefix}text_projection"] = one.T
        elif found := re.match(r"(.*self_attn)\.q_proj\.(weight|bias)", name):
            joined = torch.cat([held[f"{found[1]}.{part}_proj.{found[2]}"] for part in "qkv"])
            out[f"{prefix}{_renamed(found[1], OPEN_CLIP)}.in_proj_{found[2]}"] = joined
        elif not re.search(r"self_attn\.[kv]_proj", name):
            out[f"{prefix}{_renamed(name, OPEN_CLIP)}"] = one
    return out


def _renamed(name: str, names: dict[str, str]) -> str:
    for ours, theirs in names.items():
        name = name.replace(ours, theirs)
    return name
