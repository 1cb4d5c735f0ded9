"""Grounding DINO, tiny: one model in two forms, a folder of transformers' and a file with the names that the authors' own files have.

`random_model` has random weights. `seeing_model` has weights that make it see: it finds patches of the colours that its words stand for.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch
from transformers import (
    BertConfig,
    BertTokenizer,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessor,
    GroundingDinoProcessor,
    SwinConfig,
)

SPECIAL = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103, ".": 1012, "?": 1029}  # transformers counts on these
FIRST = 1030  # number of the first word
COLOURS = {"red": (230, 60, 50), "green": (50, 190, 70), "blue": (50, 80, 220)}
PLAIN = [",", "##s", "##er", "a", "the", "thing", "box", "boat", "tree", "sky"]  # words without a colour
GREY = (124, 116, 104)  # the mean of the pictures that such networks learn from: none of the colours
CELL = 64  # pixels of the scaled picture on a side of what the seeing model tells apart
WIDE, STAGE, TEXT = 256, 16, 32  # channels: of the transformer, of the backbone's first stage, of BERT
SIDES = {"shortest_edge": 256, "longest_edge": 427}


def random_model(seed: int = 0) -> GroundingDinoForObjectDetection:
    """Each weight large enough to have a say."""
    torch.manual_seed(seed)
    model = GroundingDinoForObjectDetection(_config(list(COLOURS))).eval()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if not name.endswith("norm.weight") and weights.dim() > 1:
                weights.normal_(0.0, 0.5 / weights[0].numel() ** 0.5)
    return model


def seeing_model(words: dict[str, tuple[int, int, int]] = COLOURS, size=(0.4, 0.4)) -> GroundingDinoForObjectDetection:
    """Finds each cell of the picture that has a word's colour, and says that a thing of that size (shares of the picture) is around it.

    Colours are brought through all layers as amounts of codes that are orthogonal; what layers add to them is set to nothing.
    """
    model = GroundingDinoForObjectDetection(_config(list(words))).eval()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            weights.fill_(1.0 if re.search(r"norm\w*\.weight|norms\.stage\d\.weight|input_proj_vision\.\d\.1\.weight", name, re.I) else 0.0)
        _see(model)
        _read(model, words)
        _answer(model, size)
    return model


def save_folder(model: GroundingDinoForObjectDetection, folder: Path, words: list[str] | None = None) -> Path:
    """As a folder of the hub's."""
    model.save_pretrained(folder)
    pictures = GroundingDinoImageProcessor(size=SIDES)
    GroundingDinoProcessor(pictures, BertTokenizer(vocab=_vocabulary(words or list(COLOURS)))).save_pretrained(folder)
    return folder


def save_file(model: GroundingDinoForObjectDetection, file: Path) -> Path:
    """As the authors' .pth files."""
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": {f"module.{name}": one for name, one in official(model).items()}}, file)
    return file


def save_words(model: GroundingDinoForObjectDetection, folder: Path, words: list[str] | None = None) -> Path:
    """As what is fetched of BERT: its configuration and its vocabulary."""
    model.config.text_config.save_pretrained(folder)
    BertTokenizer(vocab=_vocabulary(words or list(COLOURS))).save_pretrained(folder)
    named = {number: word for word, number in _vocabulary(words or list(COLOURS)).items()}
    lines = [named.get(number, f"[unused{number}]") for number in range(max(named) + 1)]
    (folder / "vocab.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def official(model: GroundingDinoForObjectDetection) -> dict[str, torch.Tensor]:
    """The weights by the names that they have in the authors' files, with all else that those hold."""
    weights = {**model.state_dict()}
    named = {}
    for name in list(weights):
        if re.search(r"\.(query|q_proj)\.(weight|bias)$", name) and "text_backbone" not in name:
            thirds = [re.sub(r"(query|q)(_proj)?\.(?=\w+$)", part, name) for part in _thirds(name)]
            named[_official_name(name)] = torch.cat([weights.pop(third) for third in thirds])
    for name, one in weights.items():
        if "swin.layernorm" not in name:  # which is not used
            named[_official_name(name)] = one
    window = model.config.backbone_config.window_size
    for name in [name for name in named if name.endswith("relative_position_bias_table")]:
        named[name.replace("bias_table", "index")] = _window_index(window)
    named["bert.pooler.dense.weight"], named["bert.pooler.dense.bias"] = torch.randn(TEXT, TEXT), torch.randn(TEXT)
    named["bert.embeddings.position_ids"] = torch.arange(model.config.text_config.max_position_embeddings)[None]
    named["label_enc.weight"] = torch.randn(9, WIDE)
    return named


RENAMED = (
    (r"^model\.backbone\.conv_encoder\.model\.hidden_states_norms\.stage(\d)", lambda found: f"backbone.0.norm{int(found[1]) - 1}"),
    (r"^model\.backbone\.conv_encoder\.model\.swin\.embeddings\.patch_embeddings\.projection", "backbone.0.patch_embed.proj"),
    (r"^model\.backbone\.conv_encoder\.model\.swin\.embeddings\.norm", "backbone.0.patch_embed.norm"),
    (r"^model\.backbone\.conv_encoder\.model\.swin\.encoder", "backbone.0"),
    (r"(blocks\.\d+)\.layernorm_before", r"\1.norm1"), (r"(blocks\.\d+)\.layernorm_after", r"\1.norm2"),
    (r"(blocks\.\d+)\.attention\.q_proj", r"\1.attn.qkv"), (r"(blocks\.\d+)\.attention\.o_proj", r"\1.attn.proj"),
    (r"(blocks\.\d+)\.attention\.relative_position_bias\.", r"\1.attn."),
    (r"^model\.text_backbone", "bert"), (r"^model\.input_proj_vision", "input_proj"), (r"^model\.text_projection", "feat_map"),
    (r"^model\.level_embed", "transformer.level_embed"), (r"^model\.query_position_embeddings", "transformer.tgt_embed"),
    (r"^model\.enc_output", "transformer.enc_output"), (r"^model\.encoder_output_bbox_embed", "transformer.enc_out_bbox_embed"),
    (r"^model\.encoder\.layers\.(\d+)\.text_enhancer_layer", r"transformer.encoder.text_layers.\1"),
    (r"^model\.encoder\.layers\.(\d+)\.fusion_layer", r"transformer.encoder.fusion_layers.\1"),
    (r"^model\.encoder\.layers\.(\d+)\.deformable_layer", r"transformer.encoder.layers.\1"),
    (r"^model\.decoder\.reference_points_head", "transformer.decoder.ref_point_head"),
    (r"^model\.decoder\.layer_norm", "transformer.decoder.norm"), (r"^model\.decoder", "transformer.decoder"),
    (r"(text_layers\.\d+)\.layer_norm_before", r"\1.norm1"), (r"(text_layers\.\d+)\.layer_norm_after", r"\1.norm2"),
    (r"(fusion_layers\.\d+)\.vision_param", r"\1.gamma_v"), (r"(fusion_layers\.\d+)\.text_param", r"\1.gamma_l"),
    (r"layer_norm_vision", "layer_norm_v"), (r"layer_norm_text", "layer_norm_l"),
    (r"attn\.(values_|out_)?vision_proj", r"attn.\1v_proj"), (r"attn\.(values_|out_)?text_proj", r"attn.\1l_proj"),
    (r"(transformer\.encoder\.layers\.\d+)\.self_attn_layer_norm", r"\1.norm1"),
    (r"(transformer\.encoder\.layers\.\d+)\.final_layer_norm", r"\1.norm2"),
    (r"(decoder\.layers\.\d+)\.encoder_attn_text_layer_norm", r"\1.catext_norm"),
    (r"(decoder\.layers\.\d+)\.encoder_attn_layer_norm", r"\1.norm1"), (r"(decoder\.layers\.\d+)\.self_attn_layer_norm", r"\1.norm2"),
    (r"(decoder\.layers\.\d+)\.final_layer_norm", r"\1.norm3"), (r"encoder_attn_text", "ca_text"), (r"encoder_attn", "cross_attn"),
    (r"(transformer\.(?:en|de)coder\.(?:text_)?layers\.\d+)\.fc(\d)", r"\1.linear\2"),
    (r"(self_attn|ca_text)\.query\.(weight|bias)", r"\1.in_proj_\2"),
)


def _official_name(name: str) -> str:
    for pattern, other in RENAMED:
        name = re.sub(pattern, other, name)
    return name


def _thirds(name: str) -> tuple[str, str, str]:
    return ("q_proj.", "k_proj.", "v_proj.") if "q_proj" in name else ("query.", "key.", "value.")


def _window_index(window: int) -> torch.Tensor:
    """(window^2, window^2): which row of the table of biases is for each pair of places in a window."""
    places = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
    apart = (places[:, :, None] - places[:, None, :]).permute(1, 2, 0) + window - 1
    return apart[..., 0] * (2 * window - 1) + apart[..., 1]


def _config(words: list[str]) -> GroundingDinoConfig:
    swin = SwinConfig(image_size=32, embed_dim=STAGE, depths=[1, 1, 2, 1], num_heads=[1, 1, 2, 4], window_size=4, out_indices=[2, 3, 4])
    bert = BertConfig(vocab_size=max(_vocabulary(words).values()) + 1, hidden_size=TEXT, num_hidden_layers=1, num_attention_heads=2,
                      intermediate_size=TEXT, max_position_embeddings=512)
    return GroundingDinoConfig(backbone_config=swin, text_config=bert, num_queries=60, encoder_layers=1, decoder_layers=2,
                               encoder_ffn_dim=64, decoder_ffn_dim=64)


def _vocabulary(words: list[str]) -> dict[str, int]:
    return {**SPECIAL, **{word: number for number, word in enumerate([*PLAIN, *words], FIRST)}}


def _codes(channels: int) -> torch.Tensor:
    """(4, channels): for red, green, blue and for whatever is there; orthogonal, of no mean in any eight channels."""
    signs = torch.tensor([[(-1.0) ** bin(row & column).count("1") for column in range(8)] for row in range(1, 5)])
    return signs.repeat(1, channels // 8)


def _carry(into: int, out_of: int, only=(1.0, 1.0, 1.0, 1.0)) -> torch.Tensor:
    """(into, out_of): takes the amounts of codes over into other channels, each as much as `only` says."""
    return (_codes(into).T * torch.tensor(only)) @ _codes(out_of) / out_of


def _see(model: GroundingDinoForObjectDetection) -> None:
    """Amounts of red, green and blue, of the mean of each patch and later of each cell."""
    swin = model.model.backbone.conv_encoder.model.swin
    patch = swin.embeddings.patch_embeddings.projection
    codes = _codes(STAGE)
    patch.weight.copy_(codes[:3].T[:, :, None, None].expand(-1, -1, 4, 4) / 16.0)
    patch.bias.copy_(codes[3])
    for stage, layer in enumerate(swin.encoder.layers):
        if layer.downsample is not None:
            own = STAGE * 2**stage
            layer.downsample.reduction.weight.copy_(_carry(2 * own, own).repeat(1, 4) / 4.0)
    *fine, coarse = model.model.input_proj_vision
    blind = (0.0, 0.0, 0.0, 1.0)  # only the last level tells colours apart
    for level, proj in enumerate(fine):
        proj[0].weight.copy_(_carry(WIDE, STAGE * 2 ** (level + 1), blind)[:, :, None, None])
    coarse[0].weight[:, :, 1, 1] = _carry(WIDE, STAGE * 8)


def _read(model: GroundingDinoForObjectDetection, words: dict[str, tuple[int, int, int]]) -> None:
    """A word wants its colour, and more of it than there is in grey; all others want what there is nowhere."""
    inner, codes = model.model, _codes(TEXT)
    for word, number in _vocabulary(list(words)).items():
        wanted = torch.zeros(3)
        if word in words:
            seen = (torch.tensor(words[word]) / 255.0 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
            wanted = seen / seen.norm()
        inner.text_backbone.embeddings.word_embeddings.weight[number] = wanted @ codes[:3] - codes[3]
    inner.text_projection.weight.copy_(_carry(WIDE, TEXT))
    inner.encoder.layers[0].text_enhancer_layer.layer_norm_after.weight.fill_(1.0 / 16.0)  # logits up to 16


def _answer(model: GroundingDinoForObjectDetection, size: tuple[float, float]) -> None:
    """Places where a word is met are proposed, and the decoder looks at each as it is."""
    inner = model.model
    inner.enc_output.weight.copy_(torch.eye(WIDE))
    for layer in inner.decoder.layers:
        for proj in (layer.encoder_attn.value_proj, layer.encoder_attn.output_proj):
            proj.weight.copy_(torch.eye(WIDE))
        layer.encoder_attn.attention_weights.bias.view(-1, 4, 4)[:, 3] = 30.0
    plain, between, last = inner.encoder_output_bbox_embed.layers
    plain.weight[0], plain.bias[0], between.weight[0, 0] = _codes(WIDE)[3] / WIDE, -0.97, 1.0
    last.weight[2:, 0] = -1000.0  # where there is no colour, a box of no size
    last.bias[2:] = torch.tensor([_logit(share) - _logit(0.05 * 2**3) for share in size])


def _logit(share: float) -> float:
    return float(np.log(share / (1.0 - share)))
