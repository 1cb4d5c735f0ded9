"""Fills a hole with a network in an ONNX file: MI-GAN (as its authors' pipeline) or LaMa.

A. Sargsyan et al.: "MI-GAN: A Simple Baseline for Image Inpainting on Mobile Devices", ICCV 2023; R. Suvorov et al.: "Resolution-robust
Large Mask Inpainting with Fourier Convolutions", WACV 2022.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import ParallaxError
from . import acceptance
from .runner import Network

SIDE = 512  # pixels of what the networks look at: what a file leaves open is asked at this size


def load(file: Path, label: str, folder: Path) -> FillNetwork:
    """The network, checked. folder: of the store. Raises ParallaxError where the file is damaged, or another network."""
    def ask(network: Network, picture: np.ndarray) -> np.ndarray:
        return FillNetwork(network).fill(*_padded(picture, acceptance.hole()))[: picture.shape[0], : picture.shape[1]]

    return FillNetwork(acceptance.accepted("fill", file, label, ask, folder))


class FillNetwork:
    """Fills squares of SIDE pixels. name: of the model, for the artist."""

    def __init__(self, network: Network):
        self._network, self.name = network, network.label

    def close(self) -> None:
        self._network.close()

    def fill(self, picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """A picture (SIDE, SIDE, 3) uint8 with its hole filled, mask (SIDE, SIDE) bool: (SIDE, SIDE, 3) uint8.

        Other pixels may differ a little from what they were.
        """
        image, hole = self._inputs()
        bytewise = image.kind is np.uint8
        seen = picture.transpose(2, 0, 1)[None]
        if bytewise:  # MI-GAN's pipeline: 255 is known, 0 is the hole
            asked = {image.name: seen, hole.name: np.where(mask, 0, 255).astype(np.uint8)[None, None]}
        else:  # LaMa: 1 is the hole
            asked = {image.name: seen.astype(np.float32) / 255.0, hole.name: mask.astype(np.float32)[None, None]}
        told = np.asarray(self._network(**{name: np.ascontiguousarray(value) for name, value in asked.items()}))
        if told.shape != (1, 3, SIDE, SIDE):
            raise acceptance.other(self._network, "fill")
        told = told[0].transpose(1, 2, 0).astype(np.float32)
        if not np.isfinite(told).all():
            raise ParallaxError(f"{self.name} failed on this picture: choose another model or set Fill to PatchMatch")
        scale = 255.0 if not bytewise and float(told.max()) <= 2.0 else 1.0  # some exports tell shares of white
        return np.clip(np.rint(told * scale), 0, 255).astype(np.uint8)

    def _inputs(self):
        """The picture's input and the mask's."""
        by_depth = {one.shape[1]: one for one in self._network.inputs if len(one.shape) == 4}
        if len(self._network.inputs) != 2 or 3 not in by_depth or 1 not in by_depth:
            raise acceptance.other(self._network, "fill")
        image, hole = by_depth[3], by_depth[1]
        fits = all(side in (SIDE, None) for one in (image, hole) for side in one.shape[2:])
        if not fits or image.kind is not hole.kind or image.kind not in (np.uint8, np.float32):
            raise acceptance.other(self._network, "fill")
        return image, hole


def _padded(picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A smaller picture and its mask, continued by reflection to SIDE x SIDE."""
    rows, columns = SIDE - picture.shape[0], SIDE - picture.shape[1]
    whole = np.pad(picture, ((0, rows), (0, columns), (0, 0)), mode="symmetric")
    return whole, np.pad(mask, ((0, rows), (0, columns)))
