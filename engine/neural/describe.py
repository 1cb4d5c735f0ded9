"""A picture in words, to be put behind the artist's prompt at every step."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from .. import masks
from ..errors import ParallaxError
from ..inpaint import Hole, Inpainter
from .device import is_out_of_memory
from .store import Found, size

LONGEST = 40  # tokens of a description
ARTICLE = r"(?:\b(?:a|an|the|some|two|three|many|several)\s+)?"
JOINING = r"\b(?:with|and|of|in|on|near|by|next to|in front of|behind|at)"


class Captioner:
    """BLIP, GIT or any other model of transformers that tells in words what a picture shows.

    J. Li et al.: "BLIP: Bootstrapping Language-Image Pre-training", ICML 2022.
    """

    def __init__(self, model, processor, weights: int):
        self._model, self._processor, self.size = model, processor, weights

    def to(self, kind: str) -> Captioner:
        self._model.to(kind)
        return self

    def words(self, picture: np.ndarray) -> str:
        """One phrase about a picture (H, W, 3) uint8; the same picture has the same phrase."""
        import torch

        asked = self._processor(images=picture, return_tensors="pt").to(self._model.device, self._model.dtype)
        with torch.inference_mode():
            told = self._model.generate(**asked, max_new_tokens=LONGEST, num_beams=1, do_sample=False)
        text = self._processor.batch_decode(told, skip_special_tokens=True)[0]
        return " ".join(text.split()).strip(" .")


def load(found: Found) -> Captioner:
    """The model in a folder. Raises ParallaxError where it is none that describes pictures, or is damaged."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    asked = {"local_files_only": True, "trust_remote_code": False}
    try:
        model = AutoModelForImageTextToText.from_pretrained(found.path, use_safetensors=True, **asked)
        processor = AutoProcessor.from_pretrained(found.path, **asked)
    except Exception as error:  # the library raises many kinds over a folder that is not as it should be
        if is_out_of_memory(error):
            raise
        raise ParallaxError(f"{found.label} in {found.path} is not a model that describes pictures, or it is damaged: "
                            "fetch it again, or choose another") from None
    return Captioner(model.eval(), processor, size(found.path))


def without(text: str, words: Sequence[str]) -> str:
    """A description without some words, their articles, and what is left of the grammar around them.

    words: as they are typed; a plural or a capital makes no difference.
    """
    for word in sorted(words, key=len, reverse=True):
        stem = re.escape(word.rstrip("s") if len(word) > 3 else word)
        text = re.sub(rf"{ARTICLE}\b{stem}(?:e?s)?\b", "", text, flags=re.IGNORECASE)
    before = None
    while text != before:  # what joins a word that is gone to the rest goes, too
        before, text = text, re.sub(rf"{JOINING}\s*(?=$|[,.;]|{JOINING}\b)", "", text, flags=re.IGNORECASE)
    return re.sub(r"\s+(?=[,.;])", "", " ".join(text.split())).strip(" ,.;")


class Described:
    """An inpainter that is told what the picture shows: the prompt, and behind it a description without what was lifted out.

    tell: the description of a picture (H, W, 3) uint8. model: which one tells. left_out: words of what was lifted out.
    """

    def __init__(self, inpainter: Inpainter, tell: Callable[[np.ndarray], str], model: str, left_out: Sequence[str] = ()):
        self._inpainter, self._tell, self._model = inpainter, tell, model
        self.left_out = tuple(left_out)

    @property
    def name(self) -> str:
        return f"{self._inpainter.name}, described by {self._model} without {', '.join(self.left_out) or 'nothing'}"

    def paint(self, hole: Hole) -> np.ndarray:
        if hole.outline:
            return self._inpainter.paint(hole)
        part = hole.scene is not None and hole.scene is not hole.picture
        shown = hole.scene if part else masks.flooded(hole.picture, ~hole.mask)  # the hole itself may hold anything
        told = without(self._tell(shown), self.left_out)
        return self._inpainter.paint(replace(hole, prompt=", ".join(filter(None, (hole.prompt, told)))))
