"""Which graphics cards there seem to be, asked of the system alone: before anything is set up, and when torch finds none."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MAKERS = {"10de": "NVIDIA", "1002": "AMD", "8086": "Intel"}  # by their numbers on the PCI bus
DISPLAY = "0x03"  # how the class of a graphics card begins there


@dataclass(frozen=True)
class Card:
    """maker: NVIDIA, AMD, Intel or Apple. name: for a person; the maker's alone where the system tells no more."""

    maker: str
    name: str


def cards(system: Path = Path("/")) -> tuple[Card, ...]:
    """The graphics cards that models might run on. system: where Linux's own folders are."""
    if sys.platform == "win32":
        found = [_named(name) for name in _windows_names()]
    elif sys.platform == "darwin":
        found = [Card("Apple", "Apple graphics")] if platform.machine() == "arm64" else []
    else:
        found = _linux(system)
    return tuple(dict.fromkeys(card for card in found if card and _is_able(card)))


def _is_able(card: Card) -> bool:
    """Graphics within Intel's processors are too slow to be missed, and most are none that PyTorch knows."""
    return card.maker != "Intel" or "Arc" in card.name


def _linux(system: Path) -> list[Card]:
    found = []
    for device in sorted((system / "sys/bus/pci/devices").glob("*")):
        with suppress(OSError):
            maker = MAKERS.get((device / "vendor").read_text().strip().removeprefix("0x"))
            if maker and (device / "class").read_text().startswith(DISPLAY):
                found.append(Card(maker, f"{maker} graphics card"))
    named = []
    for about in sorted((system / "proc/driver/nvidia/gpus").glob("*/information")):
        with suppress(OSError):
            models = [line.partition(":")[2].strip() for line in about.read_text().splitlines() if line.startswith("Model:")]
            named += [Card("NVIDIA", model) for model in models]
    return named + [card for card in found if not (named and card.maker == "NVIDIA")]


def _windows_names() -> list[str]:
    """What Windows calls the display adapters that it has drivers of."""
    import winreg

    place, names = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}", []
    with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as adapters:
        for number in range(winreg.QueryInfoKey(adapters)[0]):
            with suppress(OSError), winreg.OpenKey(adapters, winreg.EnumKey(adapters, number)) as adapter:
                names.append(str(winreg.QueryValueEx(adapter, "DriverDesc")[0]))
    return names


def _named(name: str) -> Card | None:
    for word, maker in (("NVIDIA", "NVIDIA"), ("AMD", "AMD"), ("Radeon", "AMD"), ("Intel", "Intel")):
        if word.lower() in name.lower():
            return Card(maker, name)
    return None


def described(found: tuple[Card, ...]) -> str:
    return " and ".join(card.name for card in found)


def has_driver(maker: str) -> bool:
    """Whether the driver is there that PyTorch needs for a maker's cards."""
    if sys.platform == "win32":
        library = {"NVIDIA": "nvcuda.dll", "AMD": "amdhip64.dll"}.get(maker)
        return library is None or os.path.isfile(os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", library))
    return {"NVIDIA": os.path.exists("/proc/driver/nvidia/version"), "AMD": os.path.exists("/dev/kfd")}.get(maker, True)
