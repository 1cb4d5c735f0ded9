"""The original Grounding DINO from one of its authors' files. Imported only where such a file is used.

S. Liu et al.: "Grounding DINO: Marrying DINO with Grounded Pre-Training for Open-Set Object Detection", ECCV 2024, as the package
groundingdino-py has it.
"""

from __future__ import annotations

import re
import sys
import types
import warnings
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertConfig, BertModel

from ..errors import ParallaxError
from . import weights
from .device import is_out_of_memory

DRAWING = "groundingdino.util.visualizer"  # asks for matplotlib and pycocotools, and draws what nobody asks for
SPARE = ("label_enc.weight", "bert.embeddings.position_ids")  # in the authors' files and not of the model
HEADS = 8
WHAT = "an original Grounding DINO"


class _Words(torch.nn.Module):
    """BERT, run part by part: the library's own way calls methods that transformers 5 has no more. Its weights' names are the library's."""

    def __init__(self, bert_model: BertModel):
        super().__init__()
        self.config, self.embeddings = bert_model.config, bert_model.embeddings
        self.encoder, self.pooler = bert_model.encoder, bert_model.pooler

    def forward(self, input_ids, token_type_ids, attention_mask, position_ids):
        """attention_mask: (B, N, N) bool, which tokens each token sees: those of its own phrase."""
        hidden = self.embeddings(input_ids=input_ids, token_type_ids=token_type_ids, position_ids=position_ids)
        unseen = torch.zeros(attention_mask.shape, dtype=hidden.dtype, device=hidden.device)
        unseen = unseen.masked_fill(~attention_mask, torch.finfo(hidden.dtype).min)[:, None]
        return {"last_hidden_state": self.encoder(hidden, attention_mask=unseen).last_hidden_state}


def load(file: Path, words: Path) -> torch.nn.Module:
    """The model of a .pth file, whatever its size. words: a folder with BERT's config.json and vocabulary; its weights are in the file.

    Raises ParallaxError for a file that is damaged or another model's, and for a folder that is not BERT's.
    """
    tensors = weights.read(file)
    try:
        form = _form(tensors)
    except (KeyError, IndexError, ValueError):
        raise ParallaxError(f"{file} is not {WHAT}: choose another file") from None
    try:
        model = _built(form, words)
    except Exception as error:  # the tokenizers raise many kinds over a folder that is not as it should be
        if is_out_of_memory(error):
            raise
        raise ParallaxError(f"{words} is damaged or not BERT's folder: fetch BERT base again") from None
    return weights.poured(model, tensors, file, WHAT, SPARE)


def _form(tensors: dict[str, torch.Tensor]) -> dict:
    """Sizes of all that a file holds weights for: what the library takes from a configuration, told by the weights."""
    stages = [name for i in range(4) if (name := f"backbone.0.layers.{i}.blocks.0.attn.relative_position_bias_table") in tensors]
    tables = [tensors[name].shape for name in stages]
    levels, hidden = tensors["transformer.level_embed"].shape
    sampled = tensors["transformer.encoder.layers.0.self_attn.attention_weights.weight"].shape[0]
    return {
        "swin": {
            "embed_dim": tensors["backbone.0.patch_embed.proj.weight"].shape[0],
            "depths": [_count(tensors, rf"backbone\.0\.layers\.{i}\.blocks\.(\d+)\.") for i in range(len(stages))],
            "num_heads": [table[1] for table in tables], "window_size": (round(tables[0][0] ** 0.5) + 1) // 2,
        },
        "hidden_dim": hidden, "num_feature_levels": levels, "num_queries": tensors["transformer.tgt_embed.weight"].shape[0],
        "enc_layers": _count(tensors, r"transformer\.encoder\.layers\.(\d+)\."),
        "dec_layers": _count(tensors, r"transformer\.decoder\.layers\.(\d+)\."),
        "dim_feedforward": tensors["transformer.encoder.layers.0.linear1.weight"].shape[0],
        "nheads": HEADS, "enc_n_points": sampled // (HEADS * levels), "dec_n_points": sampled // (HEADS * levels),
    }


def _count(tensors: dict[str, torch.Tensor], pattern: str) -> int:
    """How many of a numbered part there are."""
    return max(int(found[1]) for name in tensors if (found := re.match(pattern, name))) + 1


def _built(form: dict, words: Path) -> torch.nn.Module:
    """The model with random weights."""
    library = _library()
    from groundingdino.config import GroundingDINO_SwinT_OGC as published
    from groundingdino.models.GroundingDINO.backbone.backbone import Joiner
    from groundingdino.models.GroundingDINO.backbone.position_encoding import build_position_encoding
    from groundingdino.models.GroundingDINO.backbone.swin_transformer import SwinTransformer

    swin = form.pop("swin")
    told = types.SimpleNamespace(**{**vars(published), **form, "use_checkpoint": False, "use_transformer_ckpt": False})
    backbone = SwinTransformer(**swin, out_indices=tuple(told.return_interm_indices))
    joined = Joiner(backbone, build_position_encoding(told))
    joined.num_channels = backbone.num_features[-len(told.return_interm_indices) :]
    return library.GroundingDINO(
        joined, library.build_transformer(told), num_queries=told.num_queries, aux_loss=True, iter_update=True, query_dim=told.query_dim,
        num_feature_levels=told.num_feature_levels, nheads=told.nheads, two_stage_type=told.two_stage_type,
        dec_pred_bbox_embed_share=told.dec_pred_bbox_embed_share, two_stage_class_embed_share=told.two_stage_class_embed_share,
        two_stage_bbox_embed_share=told.two_stage_bbox_embed_share, dn_number=0, text_encoder_type=str(words),
        sub_sentence_present=told.sub_sentence_present, max_text_len=told.max_text_len)


def _library() -> types.ModuleType:
    """The package's module of the model, with what it needs to run here: words from a local folder by `_Words`, nothing to draw with."""
    drawing = types.ModuleType(DRAWING)
    drawing.COCOVisualizer = None
    sys.modules[DRAWING] = drawing
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old names in its dependencies
            from groundingdino.models.GroundingDINO import groundingdino as library
    finally:
        del sys.modules[DRAWING]
    library.BertModelWarper = _Words
    library.get_tokenlizer = types.SimpleNamespace(
        get_tokenlizer=lambda folder: AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False),
        get_pretrained_language_model=lambda folder: BertModel(BertConfig.from_pretrained(folder, local_files_only=True)))
    return library
