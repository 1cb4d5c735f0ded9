"""Depth models of the real kinds: files with the official key names, folders as transformers saves them."""

import re
from pathlib import Path

import torch
from transformers import (
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    Dinov2Config,
    DPTConfig,
    DPTForDepthEstimation,
    DPTImageProcessor,
)
from transformers import logging as told

from engine.neural import midas

told.set_verbosity_error()
WIDTH, FEATURES, GRID = 64, 16, 4  # of the transformer, of its decoder, and places along a side: 768, 256 and 24 in the real one
RENAMED = (  # from what transformers calls a part of DPT-hybrid to what its authors do
    (r"dpt\.embeddings\.cls_token", "pretrained.model.cls_token"), (r"dpt\.embeddings\.position_embeddings", "pretrained.model.pos_embed"),
    (r"dpt\.embeddings\.backbone\.bit\.embedder\.convolution", "pretrained.model.patch_embed.backbone.stem.conv"),
    (r"dpt\.embeddings\.backbone\.bit\.embedder\.norm", "pretrained.model.patch_embed.backbone.stem.norm"),
    (r"dpt\.embeddings\.backbone\.bit\.encoder\.stages\.(\d+)\.layers\.", r"pretrained.model.patch_embed.backbone.stages.\1.blocks."),
    (r"dpt\.embeddings\.projection", "pretrained.model.patch_embed.proj"), (r"dpt\.layernorm", "pretrained.model.norm"),
    (r"dpt\.encoder\.layer\.(\d+)\.attention\.output\.dense", r"pretrained.model.blocks.\1.attn.proj"),
    (r"dpt\.encoder\.layer\.(\d+)\.intermediate\.dense", r"pretrained.model.blocks.\1.mlp.fc1"),
    (r"dpt\.encoder\.layer\.(\d+)\.output\.dense", r"pretrained.model.blocks.\1.mlp.fc2"),
    (r"dpt\.encoder\.layer\.(\d+)\.layernorm_before", r"pretrained.model.blocks.\1.norm1"),
    (r"dpt\.encoder\.layer\.(\d+)\.layernorm_after", r"pretrained.model.blocks.\1.norm2"),
    (r"neck\.reassemble_stage\.readout_projects\.2", "pretrained.act_postprocess3.0.project"),
    (r"neck\.reassemble_stage\.readout_projects\.3", "pretrained.act_postprocess4.0.project"),
    (r"neck\.reassemble_stage\.layers\.2\.projection", "pretrained.act_postprocess3.3"),
    (r"neck\.reassemble_stage\.layers\.3\.projection", "pretrained.act_postprocess4.3"),
    (r"neck\.reassemble_stage\.layers\.3\.resize", "pretrained.act_postprocess4.4"),
    (r"neck\.convs\.(\d)", lambda found: f"scratch.layer{int(found[1]) + 1}_rn"),
    (r"neck\.fusion_stage\.layers\.(\d)\.projection", lambda found: f"scratch.refinenet{4 - int(found[1])}.out_conv"),
    (r"neck\.fusion_stage\.layers\.(\d)\.residual_layer(\d)\.convolution(\d)",
     lambda found: f"scratch.refinenet{4 - int(found[1])}.resConfUnit{found[2]}.conv{found[3]}"),
    (r"head\.head", "scratch.output_conv"),
)


def small(folder: Path, seed: int = 0) -> Path:
    """MiDaS 2.1 Small with random weights and a narrow decoder."""
    torch.manual_seed(seed)
    return _saved(midas.Small(8).state_dict(), folder / "midas_v21_small_256.pt")


def brightness(folder: Path) -> Path:
    """MiDaS 2.1 Small with weights by which it sees as near what is bright: one channel carries that through to the end."""
    network = midas.Small(8)
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, torch.nn.Conv2d):
                part.weight.zero_()
                part.weight[0, 0, part.kernel_size[0] // 2, part.kernel_size[1] // 2] = 1.0
                if part.bias is not None:
                    part.bias.zero_()
        first, norm = network.pretrained.layer1[:2]
        first.weight[0, :, 1, 1] = 1.0 / 3.0
        norm.bias[0] = 2.5  # the activation after it begins at 0, and normalised colours do not
        for name, part in network.named_modules():
            if re.search(r"scratch\.layer[234]_rn|resConfUnit\d\.conv2$|[1-9]\.conv_pwl$", name):
                part.weight.zero_()  # of what is added to a level
    return _saved(network.state_dict(), folder / "midas_v21_small_256.pt")


def hybrid(folder: Path, reference: DPTForDepthEstimation) -> Path:
    """DPT-hybrid as its authors save it, with the weights that transformers' one has."""
    state = {}
    for name, value in reference.state_dict().items():
        if ".attention.attention." not in name:
            pattern, become = next(pair for pair in RENAMED if re.match(pair[0], name))
            state[re.sub(pattern, become, name)] = value
    for number in range(reference.config.num_hidden_layers):
        parts = [reference.dpt.encoder.layer[number].attention.attention.get_submodule(part) for part in ("query", "key", "value")]
        state[f"pretrained.model.blocks.{number}.attn.qkv.weight"] = torch.cat([part.weight.detach() for part in parts])
        state[f"pretrained.model.blocks.{number}.attn.qkv.bias"] = torch.cat([part.bias.detach() for part in parts])
    state["pretrained.model.head.weight"], state["pretrained.model.head.bias"] = torch.zeros(1000, WIDTH), torch.zeros(1000)
    return _saved(state, folder / "dpt_hybrid_384.pt")


def reference_hybrid(seed: int = 0) -> DPTForDepthEstimation:
    """Transformers' DPT-hybrid with a narrow transformer and decoder."""
    torch.manual_seed(seed)
    config = DPTConfig(
        is_hybrid=True, hidden_size=WIDTH, num_attention_heads=1, intermediate_size=4 * WIDTH, image_size=16 * GRID, layer_norm_eps=1e-6,
        backbone_out_indices=[0, 1, 8, 11], reassemble_factors=[1, 1, 1, 0.5], neck_hidden_sizes=[256, 512, WIDTH, WIDTH],
        fusion_hidden_size=FEATURES, backbone_featmap_shape=[1, 1024, GRID, GRID], initializer_range=0.2)
    model = DPTForDepthEstimation(config).eval()
    with torch.no_grad():
        for value in model.parameters():
            if value.ndim == 1:
                value.copy_(torch.rand(value.shape))
    return model


def dpt(folder: Path) -> Path:
    """A folder of transformers' DPT-hybrid."""
    reference_hybrid().save_pretrained(folder)
    DPTImageProcessor(size={"height": 16 * GRID, "width": 16 * GRID}).save_pretrained(folder)
    return folder


def depth_anything(folder: Path, metric: bool = False, seed: int = 0) -> Path:
    """A folder of Depth Anything V2; metric: one that tells distances."""
    torch.manual_seed(seed)
    eyes = Dinov2Config(hidden_size=32, num_attention_heads=2, num_hidden_layers=4, image_size=56, patch_size=14, out_indices=[1, 2, 3, 4],
                        reshape_hidden_states=False, apply_layernorm=True, initializer_range=0.2)
    config = DepthAnythingConfig(
        backbone_config=eyes, reassemble_hidden_size=32, neck_hidden_sizes=[8, 12, 16, 20], fusion_hidden_size=8, head_hidden_size=4,
        initializer_range=0.2, depth_estimation_type="metric" if metric else "relative", max_depth=20 if metric else 1)
    model = DepthAnythingForDepthEstimation(config)
    with torch.no_grad():
        model.head.conv3.weight.abs_()  # so that what it says is not cut off at 0
        model.head.conv3.bias.fill_(-2.0 if metric else 0.05)
    model.save_pretrained(folder)
    DPTImageProcessor(size={"height": 56, "width": 56}, keep_aspect_ratio=True, ensure_multiple_of=14).save_pretrained(folder)
    return folder


def _saved(state: dict, path: Path) -> Path:
    torch.save(state, path)
    return path
