"""How near everything in a picture is, by a network in an ONNX file: Depth Anything V2 Small or MiDaS 2.1 Small.

L. Yang et al.: "Depth Anything V2", NeurIPS 2024; R. Ranftl et al.: "Towards Robust Monocular Depth Estimation", PAMI 44, 2022.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ... import depth_map
from ...errors import ParallaxError
from . import acceptance
from .runner import Network

SIDE, MULTIPLE = 518, 14  # pixels of what Depth Anything looks at, and of which both sides are multiples, where a file leaves them open
AREA = 365_000  # pixels at most: a wide picture is looked at smaller, as the work grows with their square
SOFT = 4.0  # pixels within which the edges that a network sees are off
MEAN, DEVIATION = np.float32((0.485, 0.456, 0.406)), np.float32((0.229, 0.224, 0.225))


def load(file: Path, label: str, folder: Path) -> DepthNetwork:
    """The network, checked. folder: of the store. Raises ParallaxError where the file is damaged, or another network."""
    return DepthNetwork(acceptance.accepted("depth", file, label, disparity, folder))


class DepthNetwork:
    def __init__(self, network: Network):
        self._network = network

    def to(self, _kind: str) -> DepthNetwork:
        return self

    def close(self) -> None:
        self._network.close()

    def nearness(self, picture: np.ndarray) -> np.ndarray:
        """How near everything in a picture (H, W, 3) uint8 is: (H, W) float32 from 0 (far) to 1 (near), linear in 1 / distance.

        All 0 where the network sees no differences. Raises ParallaxError where it gives no numbers.
        """
        height, width = picture.shape[:2]
        values = disparity(self._network, picture)
        known = np.isfinite(values)
        if not known.any():
            raise ParallaxError("The Depth Model failed on this picture: download it again or choose another Depth Model")
        if values[known].min() == values[known].max():
            return np.zeros((height, width), np.float32)
        return depth_map.fitted(depth_map.spread(values, known), width, height, picture, SOFT)


def disparity(network: Network, picture: np.ndarray) -> np.ndarray:
    """What a network says of a picture (H, W, 3) uint8, at the size that it looks at: (h, w) float32, larger is nearer."""
    wanted = network.inputs[0]
    if len(network.inputs) != 1 or len(wanted.shape) != 4 or wanted.shape[1] not in (3, None) or wanted.kind is not np.float32:
        raise acceptance.other(network, "depth")
    width, height = size(wanted.shape, picture.shape[1], picture.shape[0])
    small = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC), np.float32) / 255.0
    seen = ((small - MEAN) / DEVIATION).transpose(2, 0, 1)[None]
    values = np.squeeze(np.asarray(network(**{wanted.name: np.ascontiguousarray(seen)}), np.float32))
    if values.ndim != 2:
        raise acceptance.other(network, "depth")
    return values


def size(shape: tuple[int | None, ...], width: int, height: int) -> tuple[int, int]:
    """Width and height at which a picture of a size is looked at: what the file fixes, else the picture's shape in multiples."""
    if shape[2] and shape[3]:
        return shape[3], shape[2]
    scale = min(SIDE / min(width, height), (AREA / (width * height)) ** 0.5)
    return max(2, round(width * scale / MULTIPLE)) * MULTIPLE, max(2, round(height * scale / MULTIPLE)) * MULTIPLE
