"""The locked lists of packages that the neural engine is made of."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "neural"
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*==\s*([^\s;]+)", re.MULTILINE)


@dataclass(frozen=True)
class Lists:
    """The lists in a folder.

    torch: installed first, with their dependencies, in the build that fits the computer. rest: installed as they stand.
    build: versions of what packages without a built wheel are built with.
    """

    folder: Path = FOLDER

    @property
    def torch(self) -> Path:
        return self.folder / "requirements-torch.txt"

    @property
    def rest(self) -> Path:
        return self.folder / "requirements.txt"

    @property
    def build(self) -> Path:
        return self.folder / "requirements-build.txt"

    def fingerprint(self) -> str:
        """Changes with any version in the lists."""
        return _fingerprint(self.folder)

    def pins(self) -> dict[str, str]:
        """Version by name of every package that is named, whatever the computer."""
        return _pinned(self.torch) | _pinned(self.rest)


@functools.lru_cache(maxsize=4)
def _fingerprint(folder: Path) -> str:
    """Asked at every drawing of a panel; the lists do not change while Blender runs."""
    lists = Lists(folder)
    content = b"".join(file.read_bytes().replace(b"\r\n", b"\n") for file in (lists.torch, lists.rest, lists.build))
    return hashlib.sha256(content).hexdigest()


def _pinned(file: Path) -> dict[str, str]:
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(file.read_text(encoding="utf-8"))}
