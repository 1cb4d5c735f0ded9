"""Segment Anything, tiny: one model in two forms, a folder of transformers' and a file with the names that the authors' own files have.

`random_model` and `random_model_2` (SAM 2) have random weights. `seeing_model` has weights that make it see what is not grey.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from transformers import (
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2ImageProcessor,
    Sam2MaskDecoderConfig,
    Sam2Model,
    Sam2Processor,
    Sam2PromptEncoderConfig,
    Sam2VisionConfig,
    SamConfig,
    SamImageProcessor,
    SamMaskDecoderConfig,
    SamModel,
    SamProcessor,
    SamPromptEncoderConfig,
    SamVisionConfig,
)

SIDE, PATCH, WIDE = 256, 8, 32  # pixels of the scaled picture, pixels of what the seeing model tells apart, channels
SIDE_2 = 128


def random_model(seed: int = 0, layers: int = 3) -> SamModel:
    torch.manual_seed(seed)
    return _with_a_say(SamModel(_config(layers)))


def random_model_2(seed: int = 0) -> Sam2Model:
    torch.manual_seed(seed)
    hiera = Sam2HieraDetConfig(
        hidden_size=8, image_size=[SIDE_2, SIDE_2], blocks_per_stage=[1, 1, 3, 1], embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 1, 2, 4], window_size_per_stage=[4, 4, 4, 4], global_attention_blocks=[3],
        window_positional_embedding_background_size=[4, 4])
    vision = Sam2VisionConfig(backbone_config=hiera, backbone_channel_list=[64, 32, 16, 8], fpn_hidden_size=WIDE,
                              backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]])
    prompts = Sam2PromptEncoderConfig(hidden_size=WIDE, image_size=SIDE_2, patch_size=16, mask_input_channels=8)
    decoder = Sam2MaskDecoderConfig(hidden_size=WIDE, mlp_dim=64, iou_head_hidden_dim=WIDE)
    return _with_a_say(Sam2Model(Sam2Config(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)))


def seeing_model(sure: float = 10.0) -> SamModel:
    """Says that all is of the thing that is not grey, whatever the box. sure: half of its logits there, or so."""
    model = SamModel(_config(1)).eval()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            weights.fill_(1.0 if re.search(r"layer_norm\w*\.weight", name) else 0.0)
        codes = _codes()
        vision, decoder = model.vision_encoder, model.mask_decoder
        vision.patch_embed.projection.weight.copy_(codes[:3].T[:, :, None, None].expand(-1, -1, PATCH, PATCH) / PATCH**2)
        vision.patch_embed.projection.bias.copy_(codes[3])
        vision.neck.conv1.weight[..., 0, 0] = torch.eye(WIDE)
        vision.neck.conv2.weight[:, :, 1, 1] = torch.eye(WIDE)
        signed = torch.stack([sign * code for code in codes for sign in (1.0, -1.0)])  # of each amount what is more and what is less
        decoder.upscale_conv1.weight.copy_(signed.T[..., None, None].expand(-1, -1, 2, 2) / WIDE)
        decoder.upscale_conv2.weight[:6, 0], decoder.upscale_conv2.weight[6:, 1] = 1.0, 1.0  # colour, and whatever is there
        for head in decoder.output_hypernetworks_mlps:
            head.proj_out.bias[:2] = torch.tensor([sure, -sure])
    return model


def save_folder(model: SamModel | Sam2Model, folder: Path) -> Path:
    """As a folder of the hub's."""
    model.save_pretrained(folder)
    if isinstance(model, Sam2Model):
        pictures = Sam2ImageProcessor(size={"height": SIDE_2, "width": SIDE_2}, mask_size={"height": SIDE_2 // 4, "width": SIDE_2 // 4})
        Sam2Processor(pictures).save_pretrained(folder)
    else:
        pictures = SamImageProcessor(size={"longest_edge": SIDE}, pad_size={"height": SIDE, "width": SIDE},
                                     mask_size={"longest_edge": SIDE // 4}, mask_pad_size={"height": SIDE // 4, "width": SIDE // 4})
        SamProcessor(pictures).save_pretrained(folder)
    return folder


def save_file(model: SamModel, file: Path) -> Path:
    """As the authors' .pth files."""
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(official(model), file)
    return file


RENAMED = (
    (r"^vision_encoder\.patch_embed\.projection", "image_encoder.patch_embed.proj"), (r"^vision_encoder\.layers", "image_encoder.blocks"),
    (r"^vision_encoder", "image_encoder"), (r"(blocks\.\d+)\.layer_norm", r"\1.norm"),
    (r"neck\.conv1", "neck.0"), (r"neck\.layer_norm1", "neck.1"), (r"neck\.conv2", "neck.2"), (r"neck\.layer_norm2", "neck.3"),
    (r"^prompt_encoder\.shared_embedding\.positional_embedding", "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"),
    (r"\.point_embed\.", ".point_embeddings."), (r"mask_embed\.conv1", "mask_downscaling.0"),
    (r"mask_embed\.layer_norm1", "mask_downscaling.1"), (r"mask_embed\.conv2", "mask_downscaling.3"),
    (r"mask_embed\.layer_norm2", "mask_downscaling.4"), (r"mask_embed\.conv3", "mask_downscaling.6"),
    (r"upscale_conv1", "output_upscaling.0"), (r"upscale_layer_norm", "output_upscaling.1"), (r"upscale_conv2", "output_upscaling.3"),
    (r"(mlps\.\d+|prediction_head)\.layers\.0", r"\1.layers.1"), (r"(mlps\.\d+|prediction_head)\.proj_in", r"\1.layers.0"),
    (r"(mlps\.\d+|prediction_head)\.proj_out", r"\1.layers.2"), (r"(transformer\.layers\.\d+)\.layer_norm", r"\1.norm"),
    (r"transformer\.layer_norm_final_attn", "transformer.norm_final_attn"),
)


def official(model: SamModel) -> dict[str, torch.Tensor]:
    """The weights by the names that they have in the authors' files."""
    named = {}
    for name, weights in model.state_dict().items():
        for pattern, other in RENAMED:
            name = re.sub(pattern, other, name)
        if not name.startswith("shared_image_embedding"):
            named[name] = weights
    return named


def _with_a_say(model):
    """Each weight large enough to have a say."""
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "layer_norm" not in name and weights.dim() > 1:
                weights.normal_(0.0, 1.0 / weights[0].numel() ** 0.5)
    return model.eval()


def _config(layers: int) -> SamConfig:
    vision = SamVisionConfig(hidden_size=WIDE, output_channels=WIDE, num_hidden_layers=layers, num_attention_heads=2, image_size=SIDE,
                             patch_size=PATCH, window_size=5, global_attn_indexes=[layers - 2], num_pos_feats=WIDE // 2, mlp_dim=2 * WIDE)
    prompts = SamPromptEncoderConfig(hidden_size=WIDE, image_size=SIDE, patch_size=PATCH, mask_input_channels=8)
    decoder = SamMaskDecoderConfig(hidden_size=WIDE, mlp_dim=64, iou_head_hidden_dim=WIDE)
    return SamConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)


def _codes() -> torch.Tensor:
    """(4, channels): for red, green, blue and for whatever is there; orthogonal, of no mean."""
    signs = torch.tensor([[(-1.0) ** bin(row & column).count("1") for column in range(8)] for row in range(1, 5)])
    return signs.repeat(1, WIDE // 8)
