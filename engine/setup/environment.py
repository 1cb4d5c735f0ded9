"""The folder of the neural engine's own Python: whole or not at all. Cheap to ask, for panels; no torch.

    environment/    what uv made of the locked lists; `.whole` in it says that all is there, was tested, and by which lists
    cache/          what uv has fetched; the environment's files are links to it, so both together take their room once
    python/         a Python that uv fetched, where the environment cannot be made from the one that runs
    tools/          uv itself, where Blender unpacked it without leave to run
    bytecode/       what Python compiles of all that
    test.json       what the last test found
    events.jsonl, cancel, lock: see `channel`
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from ..channel import Channel
from ..errors import ParallaxError
from ..files import refusing_to_write, write_json
from .lists import Lists

ROOT = Path(__file__).resolve().parents[2]  # of the extension
ABSENT, PARTLY, OUTDATED, HOMELESS, WHOLE = "absent", "partly", "outdated", "homeless", "whole"
SAID = {
    ABSENT: "Not set up",
    PARTLY: "Setting up was not finished: what was fetched is kept, and setting up goes on with it",
    OUTDATED: "Made for another version of Infinite Parallax: set it up again, which fetches what has changed",
    HOMELESS: "The Python that it was made from is gone, as when Blender is moved or updated: set it up again, which fetches nothing twice",
    WHOLE: "Set up",
}


@dataclass(frozen=True)
class Environment:
    """folder: of the whole neural engine, but for models. lists: what it is to be made of."""

    folder: Path
    lists: Lists = Lists()

    @property
    def place(self) -> Path:
        return self.folder / "environment"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def pythons(self) -> Path:
        return self.folder / "python"

    @property
    def tools(self) -> Path:
        return self.folder / "tools"

    @property
    def bytecode(self) -> Path:
        return self.folder / "bytecode"

    @property
    def channel(self) -> Channel:
        return Channel(self.folder)

    @property
    def python(self) -> Path:
        """Its Python, whether it is there or not."""
        return self.place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def standing(self) -> str:
        """How it stands: one of the keys of SAID."""
        seal = read_json(self._seal)
        if not seal:
            return PARTLY if self.place.exists() or self.cache.exists() else ABSENT
        if seal.get("lists") != self.lists.fingerprint():
            return OUTDATED
        return WHOLE if self.python.exists() and self._home_is_there() else HOMELESS

    def seal(self) -> None:
        """Says, in one step, that it is whole. Written last."""
        with refusing_to_write(self._seal):
            write_json(self._seal, {"lists": self.lists.fingerprint(), "size": self.size()})

    def sealed_size(self) -> int:
        """Bytes on the disk when it was set up: counting them takes too long for a panel."""
        size = read_json(self._seal).get("size", 0)
        return size if isinstance(size, int) else 0

    def unseal(self) -> None:
        with refusing_to_write(self.folder):
            self._seal.unlink(missing_ok=True)

    def tested(self) -> dict:
        """What the last test found; see `trial`. Empty where there was none."""
        return read_json(self.folder / "test.json")

    def keep_test(self, found: dict) -> None:
        with refusing_to_write(self.folder):
            write_json(self.folder / "test.json", found)

    def variables(self) -> dict[str, str]:
        """What a Python other than Blender's runs the engine with: nothing of Blender's own is for it."""
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("PYTHON", "VIRTUAL_ENV"))}
        return {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(self.bytecode), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}

    def size(self) -> int:
        """Bytes on the disk; files that are linked count once."""
        return sum(_sizes(place) for place in ((self.place, self.cache), (self.pythons,), (self.tools,), (self.bytecode,)))

    def remove(self) -> None:
        """Takes all of it off the disk, first of all what says that it is whole. Models stay. Raises ParallaxError where it cannot."""
        self.unseal()
        for place in (self.place, self.cache, self.pythons, self.tools, self.bytecode):
            removed(place)
        with refusing_to_write(self.folder):
            (self.folder / "test.json").unlink(missing_ok=True)

    @property
    def _seal(self) -> Path:
        return self.place / ".whole"

    def _home_is_there(self) -> bool:
        """Whether the Python is there that the environment is built on: on Windows its own is only a door to that."""
        try:
            lines = (self.place / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        home = next((line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == "home"), "")
        return bool(home) and Path(home).is_dir()


def read_json(path: Path) -> dict:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def long(path: Path) -> str:
    """A path as Windows takes it however long: torch alone has paths of 130 letters."""
    return f"\\\\?\\{path.absolute()}" if sys.platform == "win32" else str(path)


def _sizes(places: tuple[Path, ...]) -> int:
    """Bytes of all files in some folders; a file with several names counts once."""
    total, seen = 0, set()
    for place in places:
        for folder, _, names in os.walk(long(place)):
            for name in names:
                try:
                    found = os.lstat(os.path.join(folder, name))
                except OSError:  # it went away meanwhile
                    continue
                if found.st_nlink > 1:
                    if (found.st_dev, found.st_ino) in seen:
                        continue
                    seen.add((found.st_dev, found.st_ino))
                total += found.st_size
    return total


def removed(place: Path) -> None:
    """Deletes a folder with all that is in it, write-protected or not."""
    if place.is_symlink():
        place.unlink()
        return

    def again(function, path, _why):
        os.chmod(path, stat.S_IWRITE | stat.S_IREAD | stat.S_IEXEC)
        function(path)

    if place.is_dir():
        try:
            shutil.rmtree(long(place), **{"onexc" if sys.version_info >= (3, 12) else "onerror": again})
        except OSError as error:
            raise ParallaxError(f"{place} cannot be removed ({error.strerror or error}): end what uses it, or start the computer anew, "
                                "and remove it again") from None
