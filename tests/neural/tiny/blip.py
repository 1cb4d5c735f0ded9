"""A caption model of the real kind with random weights."""

from pathlib import Path

from transformers import BertTokenizer, BlipConfig, BlipForConditionalGeneration, BlipImageProcessor, BlipProcessor
from transformers import logging as told

WORDS = ("a", "church", "by", "the", "river", "with", "trees", "and", "boats")


def blip(folder: Path, seed: int = 0) -> Path:
    """Writes a model that describes pictures with some of WORDS."""
    import torch

    told.set_verbosity_error()
    torch.manual_seed(seed)
    vocabulary = {word: i for i, word in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", *WORDS))}
    small = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = BlipConfig(
        vision_config={**small, "image_size": 32, "patch_size": 8},
        text_config={**small, "vocab_size": len(vocabulary), "encoder_hidden_size": 32, "max_position_embeddings": 64, "bos_token_id": 5,
                     "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0})
    BlipForConditionalGeneration(config).save_pretrained(folder)
    size = {"height": 32, "width": 32}
    BlipProcessor(BlipImageProcessor(size=size), BertTokenizer(vocab=vocabulary, bos_token="[DEC]")).save_pretrained(folder)
    return folder
