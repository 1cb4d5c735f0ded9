"""A process in the background as Blender sees it: started, listened to, ended. Plain Python that outlives undo and loading files."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from ..engine import parent
from ..engine.channel import Channel, Event
from ..engine.errors import ParallaxError
from ..engine.files import refusing_to_write
from .terminal import Bar

ROOT = Path(__file__).resolve().parents[1]
LOG = "worker.log"  # in the channel's folder: whatever the process prints
SILENCE = 120.0  # seconds without a sign of life (a process gives one every few seconds) after which it hangs
PATIENCE = 60.0  # seconds that a living process may do without progress before that is said
STUCK = 900.0  # seconds after which it is stopped
GRACE = 1.0  # seconds that a cancelled process has to end by itself
RUNNING, DONE, CANCELLED, FAILED = "running", "done", "cancelled", "failed"


@dataclass(kw_only=True)
class Process:
    """One run of a process that speaks through a channel. `poll` is the one thing that moves it on.

    state: running, done, cancelled or failed. text: what is being done, or how it ended.
    idle: seconds without progress, by the process. idle_heard: when we first heard of that; a computer's sleep counts only there.
    device: what models run on, for a person.
    """

    WHO: ClassVar[str] = "The background process"
    AGAIN: ClassVar[str] = "start it again to go on from there"  # what to do after it failed
    STOPPED: ClassVar[str] = "Cancelled; start it again to go on from there"

    channel: Channel
    process: subprocess.Popen
    offset: int
    state: str = RUNNING
    text: str = "Starting"
    done: float = 0.0
    seconds_left: float | None = None
    warnings: list[str] = field(default_factory=list)
    heard: float = field(default_factory=time.monotonic)
    idle: float = 0.0
    idle_heard: float | None = None
    cancelled_at: float | None = None
    device: str = ""

    @classmethod
    def launch(cls, channel: Channel, command: list[str], environment: dict[str, str], **about):
        """Starts `command`, which works in the channel's folder and ends when its standard input closes.

        Raises ParallaxError where another process works there, or the program cannot be started.
        """
        with refusing_to_write(channel.folder):
            channel.folder.mkdir(parents=True, exist_ok=True)
            with channel.locked():  # refuses at once what the process could only say in its log
                for request in (channel.cancel_file, channel.pause_file):
                    request.unlink(missing_ok=True)
            offset = channel.events.stat().st_size if channel.events.is_file() else 0
            with open(channel.folder / LOG, "ab") as log:
                process = _launch(command, environment, log)
        return cls(channel=channel, process=process, offset=offset, **about)

    @property
    def running(self) -> bool:
        return self.state == RUNNING

    def poll(self) -> bool:
        """Reads what the process has said since. True when a person should see something new."""
        if not self.running:
            return False
        before = self._shown()
        ended = self.process.poll() is not None  # asked before reading, so that its last words are read
        events, self.offset = self.channel.read_events(self.offset)
        for event in events:
            self._hear(event)
        if self.running and ended:
            self._end(*self._sudden_end())
        elif self.running:
            self._watch()
        return self._shown() != before

    def wait(self) -> None:
        """Blocks until the process has ended, with progress in the terminal. Raises ParallaxError when it fails."""
        bar = Bar()
        try:
            while self.running:
                self.poll()
                bar.show(self.done, self.status())
                time.sleep(0.05)
        except KeyboardInterrupt:
            self.stop()
            raise
        finally:
            bar.end()
        if self.state != DONE:
            raise ParallaxError(self.text)

    def cancel(self) -> None:
        """Asks the process to stop; it is ended if it has not within a second. What is finished stays on disk."""
        if self.running and self.cancelled_at is None:
            self.cancelled_at = time.monotonic()
            try:
                self.channel.request_cancel()
            except OSError:
                self.process.terminate()

    def stop(self) -> None:
        """Ends the process at once: by itself when its standard input closes, else by force."""
        self.process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        self._kill()
        if self.running:
            self._end(CANCELLED, self.STOPPED)

    def status(self) -> str:
        """One line for the panel and the terminal."""
        if self.running and self.cancelled_at is not None:
            return "Cancelling"
        if self.running and self.idle > PATIENCE:
            return f"{self.text}, no progress for {self.idle / 60:.0f} min"
        return f"{self.text}, {left(self.seconds_left)}" if self.running and self.seconds_left is not None else self.text

    def _shown(self):
        return self.state, self.status(), round(self.done, 2), len(self.warnings)

    def _hear(self, event: Event) -> None:
        self.heard = time.monotonic()
        self.idle, self.device = event.idle, event.device or self.device
        self.idle_heard = (self.idle_heard or self.heard) if self.idle > PATIENCE else None
        if event.kind == "warning":
            self.warnings.append(event.text)
            return
        self.done, self.seconds_left, self.text = event.done, event.seconds_left, event.text or self.text
        if event.last:
            self.done = 1.0 if event.kind == "done" else self.done
            self._end({"done": DONE, "cancelled": CANCELLED}.get(event.kind, FAILED), event.text)

    def _watch(self) -> None:
        now = time.monotonic()
        if self.cancelled_at is not None and now - self.cancelled_at > GRACE:
            self.stop()
        elif now - self.heard > SILENCE:
            self._give_up(f"said nothing for {SILENCE:.0f} seconds")
        elif self.idle > STUCK and now - self.idle_heard > STUCK - PATIENCE:
            self._give_up(f"made no progress for {self.idle / 60:.0f} minutes")

    def _give_up(self, why: str) -> None:
        self._kill()
        self._end(FAILED, f"{self.WHO} {why} and was stopped: {self.AGAIN}")

    def _sudden_end(self) -> tuple[str, str]:
        self._kill()  # what it has started may live on
        if self.cancelled_at is not None:
            return CANCELLED, self.STOPPED
        code = self.process.returncode
        how = f"was ended by signal {-code} (is there enough memory?)" if code < 0 else f"ended with code {code}"
        return FAILED, f"{self.WHO} {how} before it was done: {self.AGAIN}, and {LOG} in {self._place()} may say more"

    def _place(self) -> str:
        return str(self.channel.folder)

    def _kill(self) -> None:
        """Ends the process, and on Linux and macOS whatever it has started."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):  # all have ended
                os.killpg(self.process.pid, signal.SIGKILL)  # it leads a group of its own: see _launch
        else:
            self.process.kill()
        self.process.wait()

    def _end(self, state: str, text: str) -> None:
        self.state, self.text, self.seconds_left = state, text, None
        if not self.process.stdin.closed:
            self.process.stdin.close()


def _launch(command: list[str], environment: dict[str, str], log) -> subprocess.Popen:
    try:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=ROOT, env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            start_new_session=True)  # so that Ctrl+C in a terminal reaches it only through us
    except OSError as error:
        raise ParallaxError(f"The Python {command[0]} could not be started ({error.strerror or error}): "
                            "have the virus scanner allow it, or install it anew") from None


def left(seconds: float) -> str:
    """A time left as people say it."""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 55:
        return f"about {round(seconds, -1):.0f} s left"
    if seconds < 5400:
        return f"about {max(1, round(seconds / 60))} min left"
    return f"about {seconds / 3600:.1f} h left"


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of the extension in Blender's own Python, and ends with Blender."""
    return [sys.executable, "-s", "-m", module, *arguments, parent.FLAG]


def environment() -> dict[str, str]:
    """What Blender's Python runs with: Blender's own numpy, the extension's wheels, and nothing is written into its folder."""
    folders = [str(ROOT)]
    for name in ("numpy", "PIL", "patchmatch", "cv2", "uv", "av"):
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            folders.append(str(Path(spec.origin).parents[1]))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(folders)), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
