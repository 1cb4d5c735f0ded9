"""The shape of the thing in a box.

A. Kirillov et al.: "Segment Anything", ICCV 2023; N. Ravi et al.: "SAM 2: Segment Anything in Images and Videos", ICLR 2025.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..errors import ParallaxError
from . import family
from .detect import Box
from .store import Found

BEYOND = 0.1  # of a box's size: how far a thing may reach out of the box that was found for it
HALF = ("cuda", "xpu", "mps")  # kinds of devices on which pictures are embedded in half precision; masks are always decoded in full
TYPES = ("sam", "sam2", "sam2_video")  # of transformers' models
WHAT = "a Segment Anything model"


class Network(Protocol):
    """A segmenter of some library."""

    size: int  # bytes of its weights

    def to(self, kind: str) -> None: ...

    def embedded(self, picture: np.ndarray) -> Any:
        """What the network makes of a picture (H, W, 3) uint8 before it knows any box."""

    def logits(self, embedding: Any, box: tuple[float, float, float, float]) -> np.ndarray:
        """(H, W) float32, above 0 on what a box (left, top, right, bottom in pixels) is around."""


class Segmenter:
    """Finds shapes in boxes. A picture is embedded once, which takes long, and kept while boxes are asked for."""

    def __init__(self, network: Network):
        self._network, self._embedding, self._picture = network, None, np.empty((0, 0, 3), np.uint8)
        self.size = network.size

    def to(self, kind: str) -> Segmenter:
        """Moves the weights to a device: cpu, cuda, xpu or mps. What was embedded is forgotten."""
        self._embedding = None
        self._network.to(kind)
        return self

    def embed(self, picture: np.ndarray) -> None:
        """Looks at a picture (H, W, 3) uint8, to be asked about with `mask`; at once where it is the one that it looked at last."""
        if self._embedding is not None and np.array_equal(picture, self._picture):
            return
        self._embedding, self._picture = None, picture.copy()
        self._embedding = self._network.embedded(picture)

    def mask(self, box: Box) -> np.ndarray:
        """(H, W) uint8: 255 on the thing in a box, 0 off it and far outside of the box, between them as sure as the network is."""
        if self._embedding is None:
            raise RuntimeError("embed a picture first")
        logits = self._network.logits(self._embedding, (box.x0, box.y0, box.x1, box.y1))
        shape = self._picture.shape[:2]
        whole = np.zeros(shape, np.uint8)
        part = _around(box, shape)
        whole[part] = np.rint(255.0 / (1.0 + np.exp(-np.clip(logits[part], -30.0, 30.0))))
        return whole


def load(found: Found) -> Segmenter:
    """A segmenter from a folder of transformers' or a file of the authors'. Raises ParallaxError where it is none, or damaged."""
    backend = found.model.backend if found.model else ""
    if backend == "segment-anything" or not (found.path / "config.json").is_file():
        file = found.path if found.path.is_file() else next(iter(sorted(found.path.glob("*.pth"))), found.path)
        return Segmenter(_Original(file))
    return Segmenter(_Transformers(found.path))


class _Original:
    """The authors' own, of whatever size a file holds weights for."""

    def __init__(self, file: Path):
        from segment_anything import SamPredictor

        from . import weights

        tensors = weights.read(file)
        try:
            built = _built(tensors)
        except (KeyError, IndexError, ValueError, ZeroDivisionError):
            raise ParallaxError(f"{file} is not {WHAT}: choose another file") from None
        self._predictor = SamPredictor(weights.poured(built, tensors, file, WHAT))
        self.size = weights.size(built)

    def to(self, kind: str) -> None:
        self._predictor.reset_image()
        self._predictor.model.to(kind)

    def embedded(self, picture: np.ndarray) -> Any:
        def look():
            self._predictor.set_image(np.array(picture))
            return [self._predictor.features]

        (self._predictor.features,) = _in_half(self._predictor.device.type, look)
        return self._predictor.features

    def logits(self, embedding: Any, box: tuple[float, float, float, float]) -> np.ndarray:
        return self._predictor.predict(box=np.array(box), multimask_output=False, return_logits=True)[0][0]


class _Transformers:
    """Of the library transformers, from a folder: SAM and SAM 2."""

    def __init__(self, folder: Path):
        from transformers import AutoImageProcessor, AutoModelForMaskGeneration

        from . import weights

        if family.settings(folder).get("model_type") not in TYPES:
            raise ParallaxError(f"{folder} is not {WHAT}: choose another folder")
        self._module = weights.pretrained(AutoModelForMaskGeneration, folder, WHAT)
        self._pictures = weights.processor(AutoImageProcessor, folder, WHAT)
        self.size = weights.size(self._module)

    def to(self, kind: str) -> None:
        self._module.to(kind)

    def embedded(self, picture: np.ndarray) -> Any:
        seen, device = self._pictures(np.array(picture), return_tensors="pt"), self._module.device
        told = _in_half(device.type, lambda: _listed(self._module.get_image_embeddings(seen["pixel_values"].to(device))))
        scaled = seen["reshaped_input_sizes"][0].tolist() if "reshaped_input_sizes" in seen else list(seen["pixel_values"].shape[-2:])
        return told, picture.shape[:2], scaled

    def logits(self, embedding: Any, box: tuple[float, float, float, float]) -> np.ndarray:
        import torch

        features, (height, width), (rows, columns) = embedding
        asked = torch.tensor(box, dtype=torch.float32) * torch.tensor([columns / width, rows / height] * 2)
        with torch.inference_mode():
            told = self._module(image_embeddings=features if len(features) > 1 else features[0], multimask_output=False,
                                input_boxes=asked[None, None].to(self._module.device)).pred_masks[0].cpu()
        sizes = ([(height, width)],) if len(features) > 1 else ([(height, width)], [(rows, columns)])
        return self._pictures.post_process_masks([told], *sizes, binarize=False)[0][0, 0].numpy()


def _listed(told: Any) -> list:
    return list(told) if isinstance(told, list | tuple) else [told]


def _in_half(kind: str, look: Callable[[], list]) -> list:
    """The embedding in full precision, found in half where the device is made for that and half is enough for the network's numbers."""
    import torch

    with torch.inference_mode():
        for half in (kind in HALF, False):
            with torch.autocast(kind, torch.float16, enabled=half):
                told = [one.float() for one in look()]
            if all(bool(one.isfinite().all()) for one in told):
                break
    return told


def _around(box: Box, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a box and of what may reach out of it."""
    far_x, far_y = BEYOND * (box.x1 - box.x0) + 2.0, BEYOND * (box.y1 - box.y0) + 2.0
    return (slice(max(0, int(box.y0 - far_y)), min(shape[0], int(np.ceil(box.y1 + far_y)))),
            slice(max(0, int(box.x0 - far_x)), min(shape[1], int(np.ceil(box.x1 + far_x)))))


def _built(tensors: dict):
    """The authors' model with random weights, of the sizes that a file's weights have."""
    from functools import partial

    import torch
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    width, _, patch, _ = tensors["image_encoder.patch_embed.proj.weight"].shape
    grid, channels = tensors["image_encoder.pos_embed"].shape[1], tensors["image_encoder.neck.0.weight"].shape[0]
    blocks = _count(tensors, "image_encoder.blocks.")
    reaches = [tensors[f"image_encoder.blocks.{i}.attn.rel_pos_h"].shape[0] for i in range(blocks)]
    wide = [i for i, reach in enumerate(reaches) if reach == 2 * grid - 1]  # the others see windows only
    encoder = ImageEncoderViT(
        img_size=grid * patch, patch_size=patch, embed_dim=width, depth=blocks, out_chans=channels, qkv_bias=True, use_rel_pos=True,
        num_heads=width // tensors["image_encoder.blocks.0.attn.rel_pos_h"].shape[1], norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        mlp_ratio=tensors["image_encoder.blocks.0.mlp.lin1.weight"].shape[0] / width, global_attn_indexes=wide,
        window_size=(min(reaches) + 1) // 2)
    prompts = PromptEncoder(embed_dim=channels, image_embedding_size=(grid, grid), input_image_size=(grid * patch, grid * patch),
                            mask_in_chans=tensors["prompt_encoder.mask_downscaling.3.weight"].shape[0])
    layers = "mask_decoder.transformer.layers."
    transformer = TwoWayTransformer(depth=_count(tensors, layers), embedding_dim=channels, num_heads=8,
                                    mlp_dim=tensors[f"{layers}0.mlp.lin1.weight"].shape[0])
    quality = "mask_decoder.iou_prediction_head.layers."
    decoder = MaskDecoder(transformer_dim=channels, transformer=transformer, iou_head_depth=_count(tensors, quality),
                          num_multimask_outputs=tensors["mask_decoder.mask_tokens.weight"].shape[0] - 1,
                          iou_head_hidden_dim=tensors[f"{quality}0.weight"].shape[0])
    return Sam(encoder, prompts, decoder)


def _count(tensors: dict, before: str) -> int:
    """How many of a numbered part there are."""
    return len({name[len(before) :].partition(".")[0] for name in tensors if name.startswith(before)})
