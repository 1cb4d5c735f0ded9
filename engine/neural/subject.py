"""The main subject of a picture, as a network for salient objects sees it.

X. Qin et al.: "Highly Accurate Dichotomous Image Segmentation" (IS-Net), ECCV 2022, and "U2-Net", Pattern Recognition 2020, as ONNX files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import ParallaxError
from .device import is_out_of_memory
from .store import Found

SIDE = 1024  # pixels of what IS-Net looks at, where a file leaves it open
COARSE = 320  # pixels of what U2-Net looks at
SURE = 0.5  # what the network must reach somewhere for there to be a subject; what it says is spread over the whole range then
PROVIDERS = {"cuda": ("CUDAExecutionProvider", "ROCMExecutionProvider", "MIGraphXExecutionProvider")}  # by kind of device
PROCESSOR = "CPUExecutionProvider"
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


class Subject:
    """Finds the main subject with a network in an ONNX file.

    It runs by onnxruntime, which has its own ways to a graphics card: where it has none, this runs on the processor, in a few seconds.
    """

    def __init__(self, file: Path, label: str):
        self._file, self._label = file, label
        self.size = file.stat().st_size
        self._providers: tuple[str, ...] = ()
        self.on = "cpu"  # the kind of device that it runs on
        self.to("cpu")

    def to(self, kind: str) -> Subject:
        """Brings the network to a device: cpu, cuda, xpu or mps; to the processor where onnxruntime is not made for it."""
        import onnxruntime

        there = onnxruntime.get_available_providers()
        providers = (*(name for name in PROVIDERS.get(kind, ()) if name in there), PROCESSOR)
        if providers != self._providers:
            self._session, self._providers = self._opened(providers), providers
        self.on = kind if len(providers) > 1 else "cpu"
        return self

    def mask(self, picture: np.ndarray) -> np.ndarray:
        """The subject's share of each pixel of a picture (H, W, 3) uint8: (H, W) uint8, all 0 where the network sees none.

        Raises ParallaxError where the file is not of such a network.
        """
        asked, side = self._asked()
        height, width = picture.shape[:2]
        small = np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR), np.float32)
        seen = (small / 255.0 - MEAN) / DEVIATION if side == COARSE else (small - 128.0) / 256.0
        told = self._session.run([self._session.get_outputs()[0].name], {asked: np.ascontiguousarray(seen.transpose(2, 0, 1)[None])})[0]
        if told.ndim != 4 or told.shape[:2] != (1, 1) or not np.isfinite(told).all():
            raise self._other()
        low, high = float(told.min()), float(told.max())
        if high < SURE:
            return np.zeros((height, width), np.uint8)
        if low == high:
            return np.full((height, width), 255, np.uint8)
        share = Image.fromarray(np.rint((told[0, 0] - low) / (high - low) * 255.0).astype(np.uint8))
        return np.asarray(share.resize((width, height), Image.Resampling.BILINEAR))

    def _asked(self) -> tuple[str, int]:
        """Name and side of the network's input."""
        inputs = self._session.get_inputs()
        shape = inputs[0].shape if len(inputs) == 1 else []
        if len(shape) != 4 or shape[1] not in (3, None) or inputs[0].type != "tensor(float)" or shape[2] != shape[3]:
            raise self._other()
        return inputs[0].name, shape[2] if isinstance(shape[2], int) else SIDE

    def _opened(self, providers: tuple[str, ...]):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        try:
            return onnxruntime.InferenceSession(str(self._file), options, providers=list(providers))
        except Exception as error:  # the runtime has kinds of its own for each way in which a file can be wrong
            if is_out_of_memory(error):
                raise
            raise ParallaxError(f"{self._file} is damaged or no ONNX file: fetch {self._label} again, or choose another") from None

    def _other(self) -> ParallaxError:
        return ParallaxError(f"{self._file} is no network for main subjects, such as IS-Net: choose another Subject Model")


def load(found: Found) -> Subject:
    """The network in a file, or in the one .onnx file of a folder. Raises ParallaxError where it is damaged or there is none."""
    file = found.path
    if file.is_dir():
        files = sorted(file.glob("*.onnx"))
        if len(files) != 1:
            raise ParallaxError(f"There are {len(files)} .onnx files in {file}: choose one file as Subject Model")
        file = files[0]
    return Subject(file, found.label)
