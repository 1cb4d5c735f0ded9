"""Too little memory: by whatever words it is told, it is not taken for a damaged model, and what cannot be done is said in a sentence."""

import errno
import sys
from types import SimpleNamespace

import cv2
import diffusers
import pytest
import safetensors
import torch
import transformers

from engine.errors import ParallaxError
from engine.neural import describe, nearness, pipelines, segment, subject
from engine.neural.device import Device, choose, is_out_of_memory
from engine.neural.residents import Residents, TooLarge
from engine.neural.store import Found
from tests.neural.tiny import onnx

CPU = Device("cpu", "processor")
ALLOCATOR = "[enforce fail at alloc_cpu.cpp:119] . DefaultCPUAllocator: not enough memory: you tried to allocate 9663676416 bytes."
PAGING = "The paging file is too small for this operation to complete. (os error 1455)"


class OfWindows(OSError):
    """As Windows raises it, in German."""

    winerror = 1455


def raised_over(error, cause):
    """An error that a library raised in place of another one."""
    error.__context__ = cause
    return error


@pytest.mark.parametrize("error", [
    MemoryError(), torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("MPS backend out of memory (MPS allocated: 9.0 GB)"), RuntimeError("UR error: 39 (UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY)"),
    RuntimeError(ALLOCATOR), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("unable to mmap 492265880 bytes from file <model.safetensors>: Cannot allocate memory (12)"),
    OSError(errno.ENOMEM, "Cannot allocate memory"), OSError(PAGING), safetensors.SafetensorError(f"Error while opening file: {PAGING}"),
    OfWindows(22, "Die Auslagerungsdatei ist zu klein, um diesen Vorgang durchzuführen"),
    safetensors.SafetensorError("Die Auslagerungsdatei ist zu klein (os error 1455)"),
    raised_over(OSError("Unable to load weights from checkpoint file for 'unet.safetensors'"), RuntimeError(ALLOCATOR)),
], ids=lambda error: f"{type(error).__name__} {error}"[:60])
def test_too_little_memory_is_known_by_what_is_said_of_it(error):
    assert is_out_of_memory(error)


@pytest.mark.parametrize("error", [
    OSError(errno.ENOENT, "No such file"), RuntimeError("size mismatch for proj.weight"), safetensors.SafetensorError("HeaderTooLarge"),
    ParallaxError("A path/out of memory/is damaged"), OSError("Permission denied (os error 5)"),
])
def test_what_is_wrong_with_a_file_is_not_taken_for_too_little_memory(error):
    assert not is_out_of_memory(error)


LOADERS = {
    "picture in words": (describe.load, "folder", transformers.AutoModelForImageTextToText, "from_pretrained", OSError(PAGING)),
    "words of it": (describe.load, "folder", transformers.AutoProcessor, "from_pretrained", OSError(errno.ENOMEM, "cannot")),
    "depth": (nearness.load, "folder", transformers.AutoModelForDepthEstimation, "from_pretrained", RuntimeError(ALLOCATOR)),
    "depth in a file": (nearness.load, "one.pt", torch, "load", RuntimeError(ALLOCATOR)),
    "shapes": (segment.load, "folder", transformers.AutoModelForMaskGeneration, "from_pretrained", OSError(PAGING)),
    "shapes in a file": (segment.load, "one.pth", torch, "load", RuntimeError(ALLOCATOR)),
    "subject": (subject.load, "one.onnx", cv2.dnn, "readNetFromONNX",
                cv2.error("error: (-4:Insufficient memory) Failed to allocate 4194304 bytes in function 'OutOfMemoryError'")),
    "painting": (pipelines.load, "folder", diffusers.AutoPipelineForInpainting, "from_pretrained",
                 safetensors.SafetensorError(f"Error while opening file: {PAGING}")),
}


@pytest.mark.parametrize("name", LOADERS)
def test_no_loader_takes_it_for_a_damaged_model(monkeypatch, tmp_path, name):
    load, path, library, method, error = LOADERS[name]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "config.json").write_text('{"model_type": "sam"}')
    (tmp_path / "folder" / "model_index.json").write_text("{}")
    if path.endswith(".onnx"):
        onnx.save(tmp_path / path, [[0.3] * 3], [0.5], side=64)
    else:
        (tmp_path / path).touch()
    if method == "from_pretrained" and library is transformers.AutoProcessor:
        monkeypatch.setattr(transformers.AutoModelForImageTextToText, method, lambda *given, **named: torch.nn.Linear(1, 1))

    def fail(*given, **named):
        raise error

    monkeypatch.setattr(library, method, fail)
    asked = (Found(tmp_path / path), CPU) if load is pipelines.load else (Found(tmp_path / path),)
    with pytest.raises(type(error)) as said:
        load(*asked)
    assert said.value is error
    with pytest.raises(TooLarge, match="too little free memory"):
        Residents(CPU).work("it", 1, lambda: load(*asked), lambda model: model)


@pytest.mark.parametrize(("device", "label", "sentence"), [
    (Device("cpu", "processor, 4 threads"), "BLIP", "The processor has too little free memory for BLIP: "),
    (Device("cpu", "processor, 1 thread"), "", "The processor has too little free memory for describe: "),
    (Device("mps", "Apple graphics"), "BLIP", "Apple graphics has too little free memory for BLIP: "),
])
def test_what_does_not_fit_is_said_by_its_label_with_advice_for_any_model(monkeypatch, device, label, sentence):
    monkeypatch.setattr(torch.mps, "empty_cache", lambda: None)

    def fail():
        raise MemoryError

    with pytest.raises(TooLarge) as said:
        Residents(device).work("describe", 1, fail, lambda model: model, label)
    assert str(said.value) == f"{sentence}choose a smaller model, or close other programs that use it"


@pytest.mark.parametrize(("system", "shares"), [("win32", [0.95 * 6 / 8]), ("linux", [])])
def test_windows_is_kept_from_lending_system_memory(monkeypatch, system, shares):
    told = []
    for name, what in (("is_available", lambda: True), ("mem_get_info", lambda: (5 << 30, 8 << 30)), ("memory_reserved", lambda: 1 << 30),
                       ("get_device_properties", lambda number: SimpleNamespace(name="a card", total_memory=8 << 30)),
                       ("set_per_process_memory_fraction", told.append)):
        monkeypatch.setattr(torch.cuda, name, what)
    monkeypatch.setattr(sys, "platform", system)
    assert choose("cuda") == Device("cuda", "a card", 8 << 30)
    assert told == pytest.approx(shares)
