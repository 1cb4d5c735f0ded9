"""Work for a second Blender, in the background on a copy of the open file: this one stays usable.

    task = elsewhere.start("export", "operators.export:render", {"scene": "Edit"}, leftovers=(partial,))

The function gets a `Progress` and the values, and gives the text to end with: see errand.py, which runs there.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import bpy

from ..engine.channel import Channel
from ..engine.errors import ParallaxError
from ..engine.files import write_json
from ..scene import build, properties
from . import process, tasks
from .terminal import quiet

PACKAGE = __package__.rpartition(".")[0]
ERRAND = Path(__file__).with_name("errand.py")
COPY = "copy.blend"


@dataclass(kw_only=True)
class Elsewhere(tasks.Task):
    """One run of a second Blender. leftovers: files and folders that are removed when it ends, however it does."""

    WHO: ClassVar[str] = "The second Blender"
    AGAIN: ClassVar[str] = "try again"
    STOPPED: ClassVar[str] = "Cancelled"

    leftovers: tuple[Path, ...] = ()
    ended: list = field(default_factory=list)  # functions to call once it has ended and all is tidy, with the task

    def cancel(self) -> None:
        """At once: nothing that it has in hand is of use."""
        if self.running:
            self._kill()
            self._end(process.CANCELLED, self.STOPPED)

    def _end(self, state: str, text: str) -> None:
        super()._end(state, text)
        with suppress(Exception):
            self.process.wait(process.GRACE)
        self._kill()
        for path in self.leftovers:
            remove(path)
        remove(self.channel.folder / COPY)
        if state != process.FAILED:  # else its log may say more
            remove(self.channel.folder)
        for tell in self.ended:
            tell(self)


def start(name: str, call: str, values: dict, leftovers: tuple[Path, ...] = ()) -> Elsewhere:
    """Has a second Blender run a function of the extension on a copy of the open file as it is now.

    name: of the task, of which one runs at a time. call: "module:function" within the extension. values: its arguments, plain.
    Raises ParallaxError where it cannot begin.
    """
    running = tasks.of(name)
    if running and running.running:
        raise ParallaxError("This is being done already: wait for it or cancel it first")
    folder = Path(tempfile.mkdtemp(prefix="infinite_parallax_", dir=bpy.app.tempdir or None))
    try:
        _copy(folder / COPY)
        write_json(folder / "errand.json", {
            "package": PACKAGE, "root": str(process.ROOT), "folder": str(folder), "copy": str(folder / COPY),
            "call": call, "values": values, "leftovers": [str(path) for path in leftovers],
            "scripts": bpy.context.preferences.filepaths.use_scripts_auto_execute and not bpy.app.autoexec_fail,
            "jobs": {scene.name: str(properties.job_folder(scene)) for scene in bpy.data.scenes
                     if scene.library is None and build.has_planes(scene)},
        })
        return tasks.start(name, Channel(folder), _command(folder), _environment(folder), Elsewhere, leftovers=leftovers)
    except BaseException:
        remove(folder)
        raise


def remove(path: Path) -> None:
    """Removes a file or a folder, where it is there and can be."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _copy(path: Path) -> None:
    """Saves the open file as it is now under another name: its own name, and whether it has changes, stay."""
    try:
        with quiet():
            bpy.ops.wm.save_as_mainfile("EXEC_DEFAULT", filepath=str(path), copy=True, relative_remap=True, compress=False)
    except RuntimeError as error:
        raise ParallaxError(f"The file could not be copied to {path.parent} ({str(error).strip()}): free some room there") from None


def _command(folder: Path) -> list[str]:
    if not bpy.app.binary_path:  # the bpy wheel
        return [sys.executable, "-s", str(ERRAND), "--", str(folder)]
    return [bpy.app.binary_path, "--background", "--python-exit-code", "1", "--python", str(ERRAND), "--", str(folder)]


def _environment(folder: Path) -> dict[str, str]:
    """What it leaves behind when it is killed lies in the folder, too."""
    return {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
