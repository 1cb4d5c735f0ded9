"""How many bytes have come: what uv says of each package, and between that how its cache grows."""

from __future__ import annotations

import os
import re
import time
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..amounts import amount
from ..files import write_json
from ..progress import Progress
from .environment import Environment, long, read_json

BEGUN = re.compile(r"^\s*(?:Downloading|Building) ([\w.-]+)(?:==\S+)? \(([\d.]+)\s*([KMG]?)i?B\)")
ENDED = re.compile(r"^\s*(?:Downloaded|Built) ([\w.-]+)")
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}
UNPACKED = 1.9  # bytes that a byte from the network becomes in the cache, where uv unpacks as it fetches
LOOK = 0.5  # seconds between looks at the cache
RATE = 10e6  # bytes a second that are expected before the first have come
RECORD = "fetched.json"  # in the cache: packages that came whole in earlier runs, so that the bar begins where they ended


@dataclass
class Fetching:
    """Tells how the packages of a lock come.

    sizes: bytes of each package by name and version; 0 where the index does not say. total: bytes of all, at least.
    """

    environment: Environment
    progress: Progress
    sizes: dict[str, int]
    total: int
    _coming: dict[str, int] = field(default_factory=dict)  # bytes by name of what comes now
    _whole: int = 0  # bytes of what has come
    _told: int = 0  # of these, what progress knows of
    _looked: float = 0.0

    def begin(self) -> None:
        """Takes over what came in earlier runs."""
        self.total = max(self.total, sum(self.sizes.values()))
        before = self._record()
        self._whole = self._told = sum(size for name, size in self.sizes.items() if name in before)
        self.progress.expect(self.total / RATE)
        self.progress.advance(self._told / RATE, replayed=True)

    def hear(self, line: str) -> None:
        """A line of uv's."""
        if begun := BEGUN.match(line):
            name, number, unit = begun.groups()
            self._coming[name] = self._known(name) or int(float(number) * UNITS[unit])
        elif ended := ENDED.match(line):
            size = self._coming.pop(ended[1], 0) or self._known(ended[1])
            self._whole += size
            self._remember(ended[1])
            self._tell(self._whole)

    def look(self) -> None:
        """Guesses from the cache how much of what comes now is there."""
        if self._coming and time.monotonic() - self._looked > LOOK:
            self._looked = time.monotonic()
            self._tell(self._whole + min(int(_partial(self.environment.cache) / UNPACKED), int(0.99 * sum(self._coming.values()))))

    def end(self) -> None:
        """All is here; small packages come without a word."""
        self.progress.advance(max(self.total - self._told, 0) / RATE, replayed=True)

    def _tell(self, come: int) -> None:
        come = min(come, self.total)
        if come > self._told:
            self.progress.advance((come - self._told) / RATE)
            self._told = come
            self.progress.within(f"{amount(come)} of {amount(self.total)}")

    def _known(self, name: str) -> int:
        return next((size for key, size in self.sizes.items() if key.partition("==")[0] == name), 0)

    def _record(self) -> set[str]:
        values = read_json(self.environment.cache / RECORD).get("packages", ())
        return {value for value in values if isinstance(value, str)}

    def _remember(self, name: str) -> None:
        found = next((key for key in self.sizes if key.partition("==")[0] == name), None)
        if found:
            with suppress(OSError):  # only the bar would be wrong
                write_json(self.environment.cache / RECORD, {"packages": sorted(self._record() | {found})})


def sizes_in(lock: Path) -> dict[str, int]:
    """Bytes to fetch by `name==version` for every package of a lock (https://packaging.python.org/en/latest/specifications/pylock-toml)."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8")).get("packages", [])
    return {f"{one['name']}=={one.get('version', '')}": _size(one) for one in packages}


def _size(package: dict) -> int:
    files = package.get("wheels") or [package.get("sdist") or package.get("archive") or {}]
    return max(int(file.get("size") or 0) for file in files)


def _partial(cache: Path) -> int:
    """Bytes of what uv is unpacking now: folders of its cache that begin with a dot and have no lasting name yet."""
    total = 0
    for place in cache.glob(".tmp*"):
        for folder, _, names in os.walk(long(place)):
            for name in names:
                with suppress(OSError):
                    total += os.lstat(os.path.join(folder, name)).st_size
    return total
