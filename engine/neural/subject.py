"""The main subject of a picture, as a network for salient objects sees it.

X. Qin et al.: "Highly Accurate Dichotomous Image Segmentation" (IS-Net), ECCV 2022, and "U2-Net", Pattern Recognition 2020, as ONNX files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import ParallaxError
from . import store
from .light import acceptance, best, is_light, runner
from .light.runner import Network
from .store import Found

SIDE = 1024  # pixels of what IS-Net looks at, where a file leaves it open
COARSE = 320  # pixels of what U2-Net looks at
SURE = 0.5  # what the network must reach somewhere for there to be a subject; what it says is spread over the whole range then
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
NOTHING, ALL = 0.1, 0.9  # shares between which a pixel is soft: the network cannot tell whether it belongs to the subject
MOST_SOFT = 0.5  # of what is more than nothing: with more there is no subject, but something spread out
LEAST_WHOLE = 0.9  # of the subject, that hangs together
GRID = 256  # pixels of a side at which parts are counted


@dataclass(frozen=True)
class Gate:
    """By what a subject is told from a landscape. peak: the most that the network says, raw. soft: share of soft pixels among those that
    are more than nothing. whole: share of the subject in its largest part."""

    peak: float
    soft: float
    whole: float

    @property
    def is_open(self) -> bool:
        return self.peak >= SURE and self.soft <= MOST_SOFT and self.whole >= LEAST_WHOLE


class Subject:
    """Finds the main subject with a network in an ONNX file: on OpenCV, or on ONNX Runtime where that has a way to the graphics card."""

    def __init__(self, file: Path, label: str, folder: Path | None = None):
        """folder: of the store, where what was checked is remembered; without one nothing is checked."""
        self._file, self._label, self._folder = file, label, folder
        self.size = file.stat().st_size
        self._network = self._opened("cpu")

    @property
    def on(self) -> str:
        """The kind of device that it runs on."""
        return self._network.device

    def to(self, kind: str) -> Subject:
        """Brings the network to a device: cpu, cuda, xpu or mps; to the processor where ONNX Runtime is not made for it."""
        wanted = kind if runner.provider(kind) else "cpu"
        if wanted != self.on:
            self._network.close()
            self._network = self._opened(wanted)
        return self

    def close(self) -> None:
        self._network.close()

    def mask(self, picture: np.ndarray) -> np.ndarray:
        """The subject's share of each pixel of a picture (H, W, 3) uint8: (H, W) uint8, all 0 where the network sees none.

        Raises ParallaxError where the file is not of such a network.
        """
        return _spread(shares(self._network, picture), picture)

    def gated(self, picture: np.ndarray) -> np.ndarray | None:
        """The same, or None where what the network sees is no single, whole subject: on landscapes nothing is to be lifted."""
        told = shares(self._network, picture)
        return _spread(told, picture) if gate(told).is_open else None

    def _opened(self, kind: str) -> Network:
        if self._folder is None:
            return Network(self._file, self._label, kind)
        return acceptance.accepted("subject", self._file, self._label, shares, self._folder, kind)


def load(found: Found, folder: Path | None = None) -> Subject:
    """The network in a file, or in the one .onnx file of a folder. Raises ParallaxError where it is damaged or there is none.

    folder: of the store, where what was checked is remembered; without one nothing is checked.
    """
    file = found.path
    if file.is_dir():
        files = sorted(file.glob("*.onnx"))
        if len(files) != 1:
            raise ParallaxError(f"There are {len(files)} .onnx files in {file}: choose one file as Subject Model")
        file = files[0]
    return Subject(file, found.label, folder)


def light_model(named: str) -> Found | None:
    """The light model that a setting names, or the first that is on this computer; None where there is none."""
    try:
        found = best(named, "subject", store.here())
    except ParallaxError:
        return None
    return found if is_light(found) else None


def gated(picture: np.ndarray, found: Found) -> np.ndarray | None:
    """The main subject of a picture (H, W, 3) uint8 by a light model: (H, W) uint8, or None where there is no single, whole subject.

    Raises ParallaxError where the model's file is damaged.
    """
    model = load(found, store.here().folder)
    try:
        return model.gated(picture)
    finally:
        model.close()


def shares(network: Network, picture: np.ndarray) -> np.ndarray:
    """What a network says of a picture (H, W, 3) uint8, at the size that it looks at: (side, side) float32 from 0 to 1.

    Raises ParallaxError where the file is not of a network for subjects.
    """
    asked, side = _asked(network)
    small = np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR), np.float32)
    seen = (small / 255.0 - MEAN) / DEVIATION if side == COARSE else (small - 128.0) / 256.0
    told = np.asarray(network(**{asked: np.ascontiguousarray(seen.transpose(2, 0, 1)[None])}), np.float32)
    if told.ndim != 4 or told.shape[:2] != (1, 1) or not np.isfinite(told).all():
        raise acceptance.other(network, "subject")
    return told[0, 0]


def gate(told: np.ndarray) -> Gate:
    """How sure a network's raw answer (side, side) float32 is of one whole subject."""
    low, high = float(told.min()), float(told.max())
    share = (told - low) / max(high - low, 1e-6)
    something = share > NOTHING
    soft = float((something & (share < ALL)).sum() / max(int(something.sum()), 1))
    small = np.asarray(Image.fromarray(share.astype(np.float32)).resize((GRID, GRID), Image.Resampling.BOX)) >= 0.5
    return Gate(high, soft, _largest(small) / max(int(small.sum()), 1))


def _largest(mask: np.ndarray) -> int:
    """Pixels of the largest connected part of a mask (h, w) bool."""
    left, most = {(int(y), int(x)) for y, x in np.argwhere(mask)}, 0
    while left:
        part, waiting = 0, [left.pop()]
        while waiting:
            y, x = waiting.pop()
            part += 1
            for place in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if place in left:
                    left.remove(place)
                    waiting.append(place)
        most = max(most, part)
    return most


def _spread(told: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """A raw answer as a mask of the picture's size: (H, W) uint8, all 0 where there is no subject."""
    height, width = picture.shape[:2]
    low, high = float(told.min()), float(told.max())
    if high < SURE:
        return np.zeros((height, width), np.uint8)
    if low == high:
        return np.full((height, width), 255, np.uint8)
    share = Image.fromarray(np.rint((told - low) / (high - low) * 255.0).astype(np.uint8))
    return np.asarray(share.resize((width, height), Image.Resampling.BILINEAR))


def _asked(network: Network) -> tuple[str, int]:
    """Name and side of the network's input."""
    asked = network.inputs[0]
    shape = asked.shape if len(network.inputs) == 1 else ()
    if len(shape) != 4 or shape[1] not in (3, None) or asked.kind is not np.float32 or shape[2] != shape[3]:
        raise acceptance.other(network, "subject")
    return asked.name, shape[2] or SIDE
