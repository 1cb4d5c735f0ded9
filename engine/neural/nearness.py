"""Models that estimate how near everything in a picture is: MiDaS, DPT and Depth Anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .. import depth_map
from ..errors import ParallaxError
from .device import is_out_of_memory
from .store import Found

LONGEST = 4.0  # times the side that a network was made for: what it looks at is no longer
ENLARGED = 8.0  # times that a tiny picture is enlarged at most
SOFT = 4.0  # pixels within which the edges that a network sees are off: its last layers enlarge
HALF = ("cuda", "xpu")  # kinds of devices on which these networks run in half precision
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CENTRED = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
UNUSED = "fusion_stage.layers.0.residual_layer1."  # of a decoder's coarsest level, to which nothing is added: files may lack it
CHOOSE = "fetch it again, or choose another Depth Model"


class Estimator:
    """One network, with what it wants of a picture.

    network: a torch module. seen: makes a picture (H, W, 3) uint8 of a size (width, height) into the network's input.
    asked: has the network look at that; gives (1, h, w). side: pixels of the shorter side that it was made for. multiple: of which
    both sides must be. square: whether it can look at squares only. metric: whether it tells distances, rather than 1 / distance.
    """

    def __init__(self, network, seen: Callable[[np.ndarray, int, int], Any], asked: Callable[[Any], Any], side: int, multiple: int,
                 square: bool = False, metric: bool = False):
        from . import weights

        self._network, self._seen, self._asked = network.eval(), seen, asked
        self._side, self._multiple, self._square, self._metric = side, multiple, square, metric
        self._kind = "cpu"
        self.size = weights.size(network)  # bytes

    def to(self, kind: str) -> Estimator:
        self._network.to(kind)
        self._kind = kind
        return self

    def nearness(self, picture: np.ndarray) -> np.ndarray:
        """How near everything in a picture (H, W, 3) uint8 is: (H, W) float32 from 0 (far) to 1 (near), linear in 1 / distance.

        All 0 where the network sees no differences. Raises ParallaxError where it gives no numbers.
        """
        height, width = picture.shape[:2]
        size = (self._side, self._side) if self._square else fitting(width, height, self._side, self._multiple)
        values = self._values(self._seen(picture, *size))
        known = np.isfinite(values)
        if not known.any():
            raise ParallaxError(f"The Depth Model gives no depth for this picture: {CHOOSE}")
        if values[known].min() == values[known].max():
            return np.zeros((height, width), np.float32)
        found = depth_map.from_distances(values, known & (values > 0.0))[0] if self._metric else depth_map.spread(values, known)
        return depth_map.fitted(found, width, height, picture, SOFT)

    def _values(self, seen) -> np.ndarray:
        """What the network says, (h, w) float32; in full precision where half of it is too little."""
        import torch

        with torch.inference_mode():
            for half in (self._kind in HALF, False):
                with torch.autocast(self._kind, torch.float16, enabled=half):
                    found = self._asked(seen.to(self._kind))[0].float().cpu().numpy()
                if np.isfinite(found).all():
                    break
        return found


def load(found: Found) -> Estimator:
    """The model in a file or folder; what it is, its weights say.

    Raises ParallaxError where it is none that we know, is damaged, or holds more than weights.
    """
    return _from_folder(found.path) if found.path.is_dir() else _from_file(found.path)


def fitting(width: int, height: int, side: int, multiple: int) -> tuple[int, int]:
    """Width and height at which a network looks at a picture: in its shape as far as multiples allow, the shorter side `side` long."""
    scale = min(side / min(width, height), LONGEST * side / max(width, height), ENLARGED)
    return max(1, round(width * scale / multiple)) * multiple, max(1, round(height * scale / multiple)) * multiple


def _from_file(path: Path) -> Estimator:
    """MiDaS 2.1 Small or DPT-hybrid as their authors publish them."""
    from . import midas, weights

    tensors = weights.read(path)
    for fits, build, side, colours in ((midas.is_small, midas.small, 256, IMAGENET), (midas.is_hybrid, midas.hybrid, 384, CENTRED)):
        if fits(tensors):
            try:
                network = build(tensors)
            except (KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:  # all that shapes which do not fit lead to
                if is_out_of_memory(error):
                    raise
                break
            return Estimator(network, partial(_normalised, colours=colours), network, side, 32)
    raise ParallaxError(f"{path} is no depth model that is known here: choose midas_v21_small_256.pt, dpt_hybrid_384.pt, "
                        "or a folder of Depth Anything or DPT")


def _normalised(picture: np.ndarray, width: int, height: int, colours: tuple[tuple[float, ...], ...]):
    """(1, 3, height, width) float32. colours: mean and deviation of what the network was made with."""
    import torch

    small = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC), np.float32) / 255.0
    return torch.from_numpy(((small - np.float32(colours[0])) / np.float32(colours[1])).transpose(2, 0, 1)[None].copy())


def _from_folder(path: Path) -> Estimator:
    """Depth Anything or DPT as transformers saves them."""
    import torch
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    from . import weights

    try:
        network, told = AutoModelForDepthEstimation.from_pretrained(path, local_files_only=True, use_safetensors=True, dtype=torch.float32,
                                                                    output_loading_info=True, trust_remote_code=False)
    except Exception as error:  # the library raises many kinds over a folder that is not as it should be
        if is_out_of_memory(error):
            raise
        raise ParallaxError(f"{path} is damaged or no depth model: {CHOOSE}") from None
    processor = weights.processor(AutoImageProcessor, path, "a depth model")
    config = network.config
    if config.model_type not in ("dpt", "depth_anything"):
        raise ParallaxError(f"{path} is a {config.model_type} model, which cannot be used here: choose Depth Anything, DPT or MiDaS")
    if any(UNUSED not in name for name in told["missing_keys"]):
        raise ParallaxError(f"The depth model in {path} lacks some of its weights: {CHOOSE}")
    square = config.model_type == "dpt"  # the library has positions for the places of a square only
    side = config.image_size if square and isinstance(config.image_size, int) else min(processor.size["height"], processor.size["width"])

    def seen(picture: np.ndarray, width: int, height: int):
        size = {"width": width, "height": height}
        shown = Image.fromarray(picture)
        return processor(images=shown, return_tensors="pt", size=size, keep_aspect_ratio=False, ensure_multiple_of=1)["pixel_values"]

    metric = getattr(config, "depth_estimation_type", "relative") == "metric"
    return Estimator(network, seen, lambda picture: network(picture).predicted_depth, side, config.patch_size, square, metric)
