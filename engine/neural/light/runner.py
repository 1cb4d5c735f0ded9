"""Runs an ONNX file without PyTorch: on OpenCV's own networks, or on ONNX Runtime where OpenCV is missing or refuses the file."""

from __future__ import annotations

import ctypes
import gc
import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from ... import opencv
from ...errors import ParallaxError
from ..device import is_out_of_memory
from . import graph

RUNTIME = "INFINITE_PARALLAX_RUNTIME"  # environment variable that names a folder with the onnxruntime package
FORCED = "OPENCV_FORCE_DNN_ENGINE"  # environment variable by which OpenCV would take another engine than the one asked for
OPENCV, ONNX_RUNTIME = "OpenCV", "ONNX Runtime"
PROVIDERS = {"cuda": ("CUDAExecutionProvider", "ROCMExecutionProvider", "MIGraphXExecutionProvider")}  # by kind of device
PROCESSOR = "CPUExecutionProvider"
INSTALL = "click Download ONNX Runtime in Preferences > Add-ons > Infinite Parallax"


class Refused(Exception):
    """A library does not take a file, or fails over it."""


class Network:
    """A loaded ONNX file.

    inputs, outputs: what the file says of them. runs_on: OPENCV or ONNX_RUNTIME. device: kind of device, "cpu" but for ONNX Runtime.
    digest: of the file's content.
    """

    def __init__(self, file: Path, label: str = "", kind: str = "cpu", only: str = ""):
        """label: the model's name for the artist. kind: of device, taken where ONNX Runtime has a way to it. only: OPENCV or ONNX_RUNTIME.

        Raises ParallaxError where the file is missing, damaged or cut short, or nothing here can run it.
        """
        self.file, self.label = Path(file), label or Path(file).stem
        data = _bytes(self.file, self.label)
        self.digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        try:
            about = graph.read(data)
            self.inputs, self.outputs = about.inputs, about.outputs
            self._ask, self.runs_on, self.device = self._opened(data, kind, only)
        except ValueError:
            raise damaged(self.file, self.label) from None

    def __call__(self, **inputs: np.ndarray) -> np.ndarray:
        """The file's first output for its inputs by name. Raises ParallaxError where the network cannot work on them,
        and MemoryError."""
        try:
            return self._ask(inputs)
        except Refused:
            raise ParallaxError(f"{self.label} cannot work on this picture: download the model again or choose another") from None
        except Exception as error:  # each library has a kind of its own for too little memory
            if is_out_of_memory(error):
                raise MemoryError(str(error)) from None
            raise

    def close(self) -> None:
        """Gives its memory back to the system."""
        self._ask = _closed
        _free()

    def _opened(self, data: bytes, kind: str, only: str):
        ways = [ONNX_RUNTIME, OPENCV] if provider(kind) else [OPENCV, ONNX_RUNTIME]
        for way in ways:
            if only not in ("", way):
                continue
            with suppress(Refused):
                if way == OPENCV:
                    return _on_opencv(data, self.inputs, self.outputs), OPENCV, "cpu"
                return _on_runtime(data, self.outputs, kind), ONNX_RUNTIME, kind if provider(kind) else "cpu"
        if not opencv.available() and not has_runtime():
            raise ParallaxError(f"{self.label} needs ONNX Runtime, as there is no OpenCV for this computer: {INSTALL}")
        if not has_runtime():
            raise ParallaxError(f"OpenCV cannot run {self.file.name}: download {self.label} again, or {INSTALL}")
        raise damaged(self.file, self.label)


@contextmanager
def opened(file: Path, label: str = "", kind: str = "cpu") -> Iterator[Network]:
    """A network whose memory is given back at the end."""
    network = Network(file, label, kind)
    try:
        yield network
    finally:
        network.close()


def has_runtime() -> bool:
    """Whether ONNX Runtime is at hand: in this Python, or in the folder that the environment names."""
    folder = os.environ.get(RUNTIME)
    if folder and Path(folder).is_dir() and folder not in sys.path:
        sys.path.append(folder)
    return importlib.util.find_spec("onnxruntime") is not None


def version(network: Network) -> str:
    """What runs a network, with its version: what it gives can differ with that."""
    if network.runs_on == OPENCV:
        import cv2

        return f"{OPENCV} {cv2.__version__}"
    import onnxruntime

    return f"{ONNX_RUNTIME} {onnxruntime.__version__}"


def damaged(file: Path, label: str) -> ParallaxError:
    return ParallaxError(f"{file} is damaged or no ONNX file: download {label} again or choose another")


def _bytes(file: Path, label: str) -> bytes:
    """The file's content: OpenCV itself opens no path with letters beyond ASCII on Windows."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise ParallaxError(f"There is no {label} at {file}: download it again or choose another") from None
    except OSError as error:
        raise ParallaxError(f"Cannot read {file} ({error.strerror or error}): download {label} again or choose another") from None


def _on_opencv(data: bytes, inputs: tuple[graph.Tensor, ...], outputs: tuple[graph.Tensor, ...]):
    """A function from inputs by name to the first output, run by OpenCV. Raises Refused."""
    if not opencv.available():
        raise Refused
    import cv2

    if not hasattr(cv2, "dnn") or not hasattr(cv2.dnn, "ENGINE_NEW"):
        raise Refused
    os.environ.pop(FORCED, None)
    try:
        with _quiet(cv2):
            net = cv2.dnn.readNetFromONNX(np.frombuffer(graph.in_order(data), np.uint8), engine=cv2.dnn.ENGINE_NEW)
            names = () if net.empty() else tuple(net.getUnconnectedOutLayersNames())
    except cv2.error as error:
        if is_out_of_memory(error):
            raise
        raise Refused from None
    if outputs[0].name not in names:  # a file that the new engine rejects comes back as an empty net of the old one, without an error
        raise Refused

    def ask(values: dict[str, np.ndarray]) -> np.ndarray:
        try:
            with _quiet(cv2), _all_threads(cv2):
                for one in inputs:
                    net.setInput(np.ascontiguousarray(values[one.name]), one.name)
                return np.array(net.forward(outputs[0].name))
        except cv2.error as error:
            if is_out_of_memory(error):
                raise
            raise Refused from None

    return ask


def _on_runtime(data: bytes, outputs: tuple[graph.Tensor, ...], kind: str):
    """A function from inputs by name to the first output, run by ONNX Runtime. Raises Refused."""
    if not has_runtime():
        raise Refused
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    try:
        session = onnxruntime.InferenceSession(data, options, providers=[*provider(kind), PROCESSOR])
    except Exception as error:  # the runtime has kinds of its own for each way in which a file can be wrong
        _check_memory(error)
        raise Refused from None

    def ask(values: dict[str, np.ndarray]) -> np.ndarray:
        try:
            return session.run([outputs[0].name], dict(values))[0]
        except Exception as error:  # as above
            _check_memory(error)
            raise Refused from None

    return ask


def provider(kind: str) -> tuple[str, ...]:
    """What ONNX Runtime calls its way to a kind of device, where it has one."""
    if kind not in PROVIDERS or not has_runtime():
        return ()
    import onnxruntime

    return tuple(name for name in PROVIDERS[kind] if name in onnxruntime.get_available_providers())


def _check_memory(error: Exception) -> None:
    """Raises an error of ONNX Runtime as it is where it is about that."""
    if is_out_of_memory(error):
        raise error


def _closed(_values):
    raise ParallaxError("This model is no longer loaded: generate again")


@contextmanager
def _quiet(cv2):
    """Without what OpenCV writes to the log over files that it refuses: what that means is said in a sentence."""
    logging = cv2.utils.logging
    before = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        logging.setLogLevel(before)


@contextmanager
def _all_threads(cv2):
    """With all processor cores, whatever other work was set to: the number is the whole library's."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _free() -> None:
    """Has the C library give back what it keeps: a network's hundreds of megabytes would stay with the process."""
    gc.collect()
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
