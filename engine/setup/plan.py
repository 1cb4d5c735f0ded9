"""What setting up will fetch and how large that is, before anything is asked of the network."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from .. import machine
from ..amounts import amount
from ..errors import ParallaxError
from .cards import Card, cards, has_driver

OWN = "choose a Python of your own that has PyTorch, or use the methods that need no models"
SPARE = 500_000_000  # bytes that stay free beside what is set up


@dataclass(frozen=True)
class Plan:
    """build: of PyTorch, for a person. fetch, disk: bytes from the network and on the disk, about. most: if only the registry can be
    reached, which has one build for all, as many are fetched and as many take room; None where that is no more.
    """

    build: str
    fetch: int
    disk: int
    most: tuple[int, int] | None = None


# In bytes. Measured on Linux, and added up from the package registry's own numbers for the other systems, for the versions that are
# locked; those of Windows with CUDA, of ROCm and of Intel's are PyTorch's own index's, and estimates.
CUDA_LINUX = 3_200_000_000, 6_200_000_000
CUDA_WINDOWS = 3_200_000_000, 6_500_000_000
ROCM = 5_000_000_000, 16_000_000_000
XPU = 2_500_000_000, 6_500_000_000
PLAIN = 360_000_000, 1_700_000_000
APPLE = 300_000_000, 1_300_000_000


def expected(found: tuple[Card, ...] | None = None, system: str = sys.platform, processor: str = "") -> Plan:
    """What will be fetched for this computer. Raises ParallaxError where PyTorch is not built for it.

    found: its graphics cards. system, processor: as `sys.platform` and `platform.machine()` call them.
    """
    processor = (processor or platform.machine()).lower()
    makers = {card.maker for card in (cards() if found is None else found)}
    check_system(system, processor)
    if system == "darwin":
        return Plan("for Apple graphics", *APPLE)
    if "NVIDIA" in makers and has_driver("NVIDIA"):
        return Plan("with CUDA, for NVIDIA graphics cards", *(CUDA_WINDOWS if system == "win32" else CUDA_LINUX))
    if "AMD" in makers and has_driver("AMD") and system != "win32":
        return Plan("with ROCm, for AMD graphics cards", *ROCM)
    if "Intel" in makers:
        return Plan("for Intel graphics cards", *XPU)
    return Plan("for the processor alone", *PLAIN, most=CUDA_LINUX if system == "linux" else None)


def check_system(system: str = sys.platform, processor: str = "") -> None:
    """Raises ParallaxError where the packages are not built for a system, as their authors' lists of files say."""
    processor = (processor or platform.machine()).lower()
    if system == "darwin" and processor != "arm64":
        raise ParallaxError(f"PyTorch is not built for Macs with Intel processors any more: {OWN}")
    if system == "darwin" and platform.mac_ver()[0] and int(platform.mac_ver()[0].split(".")[0]) < 14:
        raise ParallaxError(f"PyTorch needs macOS 14 or later: {OWN}")
    if system == "win32" and processor not in ("amd64", "x86_64"):
        raise ParallaxError(f"OpenCV and PyTorch are not built for Windows on ARM: {OWN}")


def check_room(folder: Path, needed: int) -> None:
    """Raises ParallaxError where the disk has no room. needed: bytes, beside what is in the folder already."""
    free = machine.free_disk(folder)
    if free < needed + SPARE:
        raise ParallaxError(f"The neural engine needs about {amount(needed + SPARE)} more and {folder} has {amount(free)} free: "
                            "free some room and set it up again")
