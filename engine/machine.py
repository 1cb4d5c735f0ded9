"""What this computer has: free memory and disk."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

from . import estimate
from .amounts import amount
from .errors import ParallaxError
from .settings import Settings

SHARE = 0.8  # of the free memory that a job may take
LEAST = 0.25  # of the width asked for: below this a picture is not worth shrinking to fit


def free_memory() -> int | None:
    """Bytes of memory that programs can still take; None where the system does not tell."""
    try:
        if sys.platform.startswith("linux"):
            with open("/proc/meminfo") as file:
                return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable"))
        if sys.platform == "win32":
            status = _WindowsMemory()
            status.length = ctypes.sizeof(status)
            return int(status.available) if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else None
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, ValueError, StopIteration, AttributeError):
        return None


class _WindowsMemory(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API."""

    _fields_ = [("length", ctypes.c_uint32), ("load", ctypes.c_uint32)] + [(name, ctypes.c_uint64) for name in (
        "total", "available", "total_page", "available_page", "total_virtual", "available_virtual", "extended")]


def free_disk(folder: Path) -> int:
    """Bytes free where `folder` is, or is to be made."""
    folder = Path(folder).absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def fitting(settings: Settings, width: int, height: int) -> tuple[int, int]:
    """The size to work at: as asked, and scaled down further only where the memory would not hold the job.

    Raises ParallaxError when not even a much smaller picture would fit.
    """
    width, height = estimate.work_size(settings, width, height)
    free = free_memory()
    if free is None:
        return width, height
    needed = estimate.estimate(settings, width, height).memory
    if needed <= SHARE * free:
        return width, height
    shrink = (SHARE * free / needed) ** 0.5
    if shrink < LEAST:
        raise ParallaxError(f"This needs about {amount(needed)} of memory and {amount(free)} are free: "
                            "ask for fewer steps, or set a smaller Work Width")
    return max(16, int(width * shrink)), max(16, int(height * shrink))
