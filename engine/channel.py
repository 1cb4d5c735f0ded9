"""How a process in the background and whoever watches it speak: plain files in a folder.

    events.jsonl        what happened, appended line by line; the last line says how it ended
    cancel              its presence asks the process to stop
    pause               its presence asks it to leave the graphics card to others, and to wait
    lock                held by the process that works in the folder
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import ParallaxError
from .files import refusing_to_write


@dataclass(frozen=True)
class Event:
    """One line of events.jsonl. kind: started, progress, warning, then one of done, cancelled, error.

    idle: seconds since the work itself last gave a sign; events that only say that the process lives have it.
    device: what models run on, for a person.
    """

    kind: str
    text: str = ""
    done: float = 0.0  # share of the work, 0 to 1
    seconds_left: float | None = None
    idle: float = 0.0
    device: str = ""

    @property
    def last(self) -> bool:
        return self.kind in ("done", "cancelled", "error")


class Channel:
    """The files by which a folder's process is watched and stopped."""

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)
        self.events = self.folder / "events.jsonl"
        self.cancel_file = self.folder / "cancel"
        self.pause_file = self.folder / "pause"

    @contextmanager
    def locked(self):
        """Keeps the folder to one process. Raises ParallaxError while another works in it; a process that ends lets go."""
        with refusing_to_write(self.folder):
            file = open(self.folder / "lock", "a+b")  # noqa: SIM115 - closed below, after the work
        with file:
            try:
                _lock(file)
            except OSError:
                raise ParallaxError(f"Another Blender is at work in {self.folder}: wait for it, or choose another folder") from None
            yield

    def request_cancel(self) -> None:
        self.cancel_file.touch()

    def cancel_requested(self) -> bool:
        return self.cancel_file.exists()

    def pause_requested(self) -> bool:
        return self.pause_file.exists()

    def append(self, event: Event) -> None:
        line = json.dumps({"time": round(time.time(), 3), **asdict(event)}) + "\n"
        with open(self.events, "a+b") as file:
            if file.tell():  # what was cut short by a crash must not swallow this line
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else "\n" + line
            file.write(line.encode())

    def read_events(self, offset: int = 0) -> tuple[list[Event], int]:
        """Whole lines written since byte `offset`, and the offset to go on from."""
        try:
            with open(self.events, "rb") as file:
                file.seek(offset)
                data = file.read()
        except OSError:
            return [], offset
        whole = data[: data.rfind(b"\n") + 1]
        return list(_events(whole)), offset + len(whole)


def _events(data: bytes) -> Iterator[Event]:
    for line in data.splitlines():
        try:
            values = json.loads(line)
            values.pop("time", None)
            yield Event(**values)
        except (ValueError, TypeError, AttributeError):
            continue  # a line cut short by a crash, or from a newer version


def _lock(file) -> None:
    """Locks an open file for this process, or raises OSError; the system lets go of it when the process ends."""
    if os.name == "nt":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
