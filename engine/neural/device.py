"""The hardware that models run on: which there is, its memory, and what its errors mean."""

from __future__ import annotations

import errno
import gc
import sys
from dataclasses import dataclass

from ..errors import ParallaxError

WANTED = "INFINITE_PARALLAX_DEVICE"  # environment variable by which a worker is told what to run on
KINDS = ("cuda", "xpu", "mps", "cpu")  # best first; cuda is also what ROCm calls itself
NAMES = {"cuda": "NVIDIA or AMD graphics card", "xpu": "Intel graphics card", "mps": "Apple graphics", "cpu": "processor"}
OURS = 0.95  # of what is free of a card's memory, where it must be bound
TOO_LITTLE = (  # in lower case, what torch, its libraries, onnxruntime and the systems say; Windows says it in the artist's language
    "out of memory", "out_of_memory", "out_of_device_memory", "out_of_host_memory", "not enough memory", "insufficient memory",
    "t allocate memory",
    "cannot allocate memory", "failed to allocate memory", "status_alloc_failed", "bad allocation", "bad_alloc", "paging file is too small",
    "(os error 1455)", "(os error 12)")
WINDOWS = (8, 14, 1455)  # its numbers for too little memory; the last is for its paging file


@dataclass(frozen=True)
class Device:
    """kind: one of KINDS, as torch calls it. name: for a person. memory: bytes in all, or None where it is not told."""

    kind: str
    name: str
    memory: int | None = None

    @property
    def dtype(self):
        """Half precision on a graphics card; on a processor that is hundreds of times slower."""
        import torch

        return torch.float32 if self.kind == "cpu" else torch.float16

    def titled(self) -> str:
        """As a sentence begins with it."""
        return "The processor" if self.kind == "cpu" else self.name

    def described(self) -> str:
        """One phrase for panel and log."""
        return f"{self.name}, {self.memory / 1e9:.0f} GB" if self.memory else self.name


def choose(wanted: str = "auto") -> Device:
    """The device asked for (one of KINDS), or the best there is. Raises ParallaxError where the one asked for is not there."""
    found = [kind for kind in KINDS if _there(kind)]
    if wanted == "auto":
        return _device(found[0])
    if wanted not in found:
        raise ParallaxError(f"There is no {NAMES.get(wanted, wanted)} that PyTorch can use on this computer: "
                            f"set Device to Automatic, or set up the neural engine again after installing its driver")
    return _device(wanted)


def _there(kind: str) -> bool:
    import torch

    if kind == "cpu":
        return True
    if kind == "mps":
        return torch.backends.mps.is_available()
    part = getattr(torch, kind, None)
    return part is not None and part.is_available()


def _device(kind: str) -> Device:
    import torch

    if kind in ("cuda", "xpu"):
        about = getattr(torch, kind).get_device_properties(0)
        if kind == "cuda" and sys.platform == "win32":
            _bound(int(about.total_memory))
        return Device(kind, about.name, int(about.total_memory))
    if kind == "mps":
        return Device(kind, "Apple graphics", int(torch.mps.recommended_max_memory()))
    threads = torch.get_num_threads()
    return Device(kind, f"processor, {threads} thread{'' if threads == 1 else 's'}")


def _bound(memory: int) -> None:
    """Keeps to what is free of a card's memory now.

    Drivers for Windows lend system memory to who asks for more, in which a model runs many times slower, for hours, and nobody is told;
    bound, it is out of memory, and something is done about it. Elsewhere drivers do not lend, and what others free can be taken.
    """
    import torch

    free = torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved()
    torch.cuda.set_per_process_memory_fraction(min(1.0, OURS * free / memory))


def free_memory(device: Device) -> int | None:
    """Bytes that models can still take on the device; None where it is not told."""
    from .. import machine

    if device.kind == "cpu":
        return machine.free_memory()
    import torch

    if device.kind in ("cuda", "xpu"):
        part = getattr(torch, device.kind)
        return int(part.mem_get_info()[0]) + int(part.memory_reserved() - part.memory_allocated())
    if device.kind == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory())
    return machine.free_memory()


def wider(device: Device, dtype):
    """A precision for a model whose numbers are too large for `dtype`; None where there is none.

    Some cards (GTX 16xx) compute wrongly in float16; bfloat16 holds numbers as large as full precision, where the card has it itself.
    """
    import torch

    if dtype == torch.float32:
        return None
    ways = {"cuda": lambda: torch.cuda.is_bf16_supported(including_emulation=False), "xpu": lambda: torch.xpu.is_bf16_supported()}
    return torch.bfloat16 if dtype == torch.float16 and ways.get(device.kind, bool)() else torch.float32


def release(device: Device) -> None:
    """Gives memory that no model holds any more back to the system."""
    gc.collect()
    if device.kind != "cpu":
        import torch

        getattr(torch, device.kind).empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or the one that it was raised over, says that the device or the computer had too little memory.

    Of what is meant for the artist none does.
    """
    torch = sys.modules.get("torch")  # where it is not loaded, it has raised nothing
    kinds = (MemoryError, torch.OutOfMemoryError) if torch else (MemoryError,)
    while error is not None and not isinstance(error, ParallaxError):
        text = str(error).lower()
        if (isinstance(error, kinds) or any(words in text for words in TOO_LITTLE)
                or isinstance(error, OSError) and (error.errno == errno.ENOMEM or getattr(error, "winerror", None) in WINDOWS)):
            return True
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return False
