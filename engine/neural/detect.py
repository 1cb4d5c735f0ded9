"""Boxes of things that are looked for by words."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from ..errors import ParallaxError
from . import family
from .store import Found, Store

SAME = 0.7  # of the area that two boxes cover together: when they share this much, they are of one thing
SHORT, LONG = 800, 1333  # pixels that a picture's sides are brought to, for which Grounding DINO was made
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of the pictures it has learnt from
LEAST = 1.0  # pixel on a side
STOPS = str.maketrans(".?", "  ")  # they end a phrase
WORDS = "bert-base-uncased"
TYPES = ("grounding-dino", "mm-grounding-dino")  # of transformers' models
WHAT = "a Grounding DINO"


@dataclass(frozen=True)
class Box:
    """One thing. phrase: the tag by which it was found. score: how sure, 0 to 1. x0, y0, x1, y1: pixels, within the picture."""

    phrase: str
    score: float
    x0: float
    y0: float
    x1: float
    y1: float


class Network(Protocol):
    """A Grounding DINO of some library.

    The weights stay float32 on every device: they are no more than a gigabyte and run once a picture, and in half precision the authors'
    code mixes its numbers with float32 ones and stops.
    """

    size: int  # bytes of its weights
    limit: int  # tokens that it reads at once

    def to(self, kind: str) -> None: ...

    def tokens(self, text: str) -> list[int]:
        """The numbers of a text's tokens, from the one that begins it to the one that ends it."""

    def answer(self, pixels, text: str) -> tuple[np.ndarray, np.ndarray]:
        """How well each query fits each token (Q, N), as logits, and its box (Q, 4): middle x and y, width and height from 0 to 1.

        pixels: of `prepared`.
        """

    def prepared(self, picture: np.ndarray):
        """A picture (H, W, 3) uint8 as the network wants it, without padding."""


class Detector:
    """Finds boxes by tags with a network."""

    def __init__(self, network: Network):
        self._network = network
        self.size = network.size

    def to(self, kind: str) -> Detector:
        """Moves the weights to a device: cpu, cuda, xpu or mps."""
        self._network.to(kind)
        return self

    def boxes(self, picture: np.ndarray, tags: Sequence[str], box_threshold: float, text_threshold: float) -> list[Box]:
        """All things in a picture (H, W, 3) uint8 that the tags find, the surest first; each thing once, by the tag that fits it best.

        box_threshold: how sure a box must be. text_threshold: how sure the network must be of one word of a tag to call a box by it.
        The order of the tags makes no difference; as many as one likes are looked for, in several rounds where they are too long for one.
        """
        pixels, found = self._network.prepared(picture), []
        for asked in self._rounds(tags):
            found += self._found(pixels, picture.shape, asked, box_threshold, text_threshold)
        return merged(found)

    def _rounds(self, tags: Sequence[str]) -> list[dict[str, str]]:
        """The tags by what is asked for them, in parts that are short enough. Raises ParallaxError for a tag that is too long by itself."""
        rounds, room = [], 0
        for asked, tag in sorted({_asked(tag): tag for tag in sorted(tags, reverse=True)}.items()):
            long = len(self._network.tokens(f"{asked}.")) - 2  # without those that begin and end a text
            if long < 2:
                continue  # nothing that the network can read
            if long > self._network.limit - 2:
                raise ParallaxError(f"The tag '{tag[:40]}...' is too long: use a few words")
            if long > room:
                rounds.append({})
                room = self._network.limit - 2
            rounds[-1][asked] = tag
            room -= long
        return rounds

    def _found(self, pixels, shape: tuple[int, ...], asked: dict[str, str], box_threshold: float, text_threshold: float) -> list[Box]:
        text = " ".join(f"{words}." for words in asked)
        logits, places = self._network.answer(pixels, text)
        ids, stop = self._network.tokens(text), self._network.tokens(".")[1]
        spans = _spans(ids, stop)
        sure = 1.0 / (1.0 + np.exp(-logits[:, : len(ids)].astype(np.float64)))
        best = np.stack([sure[:, span].max(axis=1) for span in spans], axis=1)
        fit = np.stack([sure[:, span].mean(axis=1) for span in spans], axis=1)  # all words count: a red car is no blue one
        fit = np.where(best > text_threshold, fit, -1.0)
        which, corners = fit.argmax(axis=1), _corners(places, shape)
        tags, found = list(asked.values()), []
        for query, (tag, (x0, y0, x1, y1)) in enumerate(zip(which, corners)):
            score = float(best[query, tag])
            if score > box_threshold and fit[query, tag] >= 0.0 and min(x1 - x0, y1 - y0) >= LEAST:
                found.append(Box(tags[tag], score, float(x0), float(y0), float(x1), float(y1)))
        return found


def load(found: Found, store: Store) -> Detector:
    """A detector from a folder of transformers' or a file of the authors'. store: where BERT's words are, for the latter.

    Raises ParallaxError where it is damaged or no detector, or BERT's words are not on this computer.
    """
    backend = found.model.backend if found.model else _told(found.path)
    if backend == "groundingdino":
        from . import original_dino

        file = found.path if found.path.is_file() else next(iter(sorted(found.path.glob("*.pth"))), found.path)
        return Detector(_Original(original_dino.load(file, store.find(WORDS, "words").path)))
    return Detector(_Transformers(found.path))


def merged(boxes: Sequence[Box]) -> list[Box]:
    """The surest of those that are of one thing, the surest first (non-maximum suppression, across tags)."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda one: (-one.score, one.phrase, one.x0, one.y0, one.x1, one.y1)):
        if all(overlap(box, other) < SAME for other in kept):
            kept.append(box)
    return kept


def overlap(a: Box, b: Box) -> float:
    """What two boxes share, of what they cover together."""
    shared = max(0.0, min(a.x1, b.x1) - max(a.x0, b.x0)) * max(0.0, min(a.y1, b.y1) - max(a.y0, b.y0))
    return shared / ((a.x1 - a.x0) * (a.y1 - a.y0) + (b.x1 - b.x0) * (b.y1 - b.y0) - shared)


class _Original:
    """The authors' own."""

    def __init__(self, module):
        from . import weights

        self._module, self.size, self.limit = module, weights.size(module), module.max_text_len

    def to(self, kind: str) -> None:
        self._module.to(kind)

    def tokens(self, text: str) -> list[int]:
        return list(self._module.tokenizer(text).input_ids)

    def prepared(self, picture: np.ndarray):
        from torchvision.transforms import functional

        size = _brought_to(*picture.shape[:2])
        small = functional.resize(functional.to_pil_image(picture), size)
        return functional.normalize(functional.to_tensor(small), MEAN, DEVIATION)[None]

    def answer(self, pixels, text: str) -> tuple[np.ndarray, np.ndarray]:
        import torch

        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch's older ways, once a picture
            told = self._module(pixels.to(next(self._module.parameters()).device), captions=[text])
        return told["pred_logits"][0].cpu().numpy(), told["pred_boxes"][0].cpu().numpy()


class _Transformers:
    """Of the library transformers, from a folder."""

    def __init__(self, folder: Path):
        from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

        from . import weights

        if family.settings(folder).get("model_type") not in TYPES:
            raise ParallaxError(f"{folder} is not {WHAT}: choose another folder")
        self._module = weights.pretrained(AutoModelForZeroShotObjectDetection, folder, WHAT)
        self._processor = weights.processor(AutoProcessor, folder, WHAT)
        self.size, self.limit = weights.size(self._module), self._module.config.max_text_len

    def to(self, kind: str) -> None:
        self._module.to(kind)

    def tokens(self, text: str) -> list[int]:
        return list(self._processor.tokenizer(text).input_ids)

    def prepared(self, picture: np.ndarray):
        return self._processor.image_processor(picture.copy(), return_tensors="pt")["pixel_values"]

    def answer(self, pixels, text: str) -> tuple[np.ndarray, np.ndarray]:
        import torch

        asked = self._processor.tokenizer(text, return_tensors="pt").to(self._module.device)
        with torch.inference_mode():
            told = self._module(pixel_values=pixels.to(self._module.device), **asked)
        return told.logits[0].cpu().numpy(), told.pred_boxes[0].cpu().numpy()


def _told(path: Path) -> str:
    """The backend for a file or folder of the artist's."""
    return "groundingdino" if path.is_file() or not (path / "config.json").is_file() else "transformers-dino"


def _asked(tag: str) -> str:
    """What the network is asked for a tag."""
    return " ".join(tag.translate(STOPS).lower().split())


def _spans(ids: Sequence[int], stop: int) -> list[slice]:
    """The tokens of each phrase: those between the full stops, the first token left out."""
    stops = [place for place, token in enumerate(ids) if token == stop]
    return [slice(before + 1, place) for before, place in zip([0, *stops], stops)]


def _corners(places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(Q, 4) left, top, right, bottom in pixels, cut to a picture of that shape."""
    size = np.array([shape[1], shape[0]], np.float64)
    middle, half = places[:, :2].astype(np.float64) * size, places[:, 2:].astype(np.float64) * size / 2.0
    return np.concatenate([np.clip(middle - half, 0.0, size), np.clip(middle + half, 0.0, size)], axis=1)


def _brought_to(height: int, width: int) -> tuple[int, int]:
    """Rows and columns that the authors' own picture reader scales to."""
    short, long = min(height, width), max(height, width)
    small = SHORT if long / short * SHORT <= LONG else round(LONG * short / long)
    return (int(small * height / width), small) if width < height else (small, int(small * width / height))
