"""The worker process as Blender sees it: started, listened to, ended. Plain Python that outlives undo and loading files.

`tick()` is the one thing that moves it on: a timer calls it in a window, a loop calls it in scripts.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..engine.channel import Event
from ..engine.errors import ParallaxError
from ..engine.files import refusing_to_write
from ..engine.job import Job

ROOT = Path(__file__).resolve().parents[1]
SILENCE = 120.0  # seconds without a sign of life (the worker gives one every few seconds) after which it hangs
PATIENCE = 60.0  # seconds that a living worker may do without progress before that is said
STUCK = 900.0  # seconds after which it is stopped
GRACE = 1.0  # seconds that a cancelled worker has to end by itself
RUNNING, DONE, CANCELLED, FAILED = "running", "done", "cancelled", "failed"


@dataclass
class Work:
    """One run of the worker on a job folder, for one scene.

    state: running, done, cancelled or failed. text: what is being done, or how it ended. built: its scene is made.
    idle: seconds without progress, by the worker. idle_heard: when we first heard of that; a computer's sleep counts only there.
    """

    job: Job
    scene_uid: int
    scene_name: str
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
    built: bool = False

    @property
    def running(self) -> bool:
        return self.state == RUNNING

    def poll(self) -> bool:
        """Reads what the worker has said since. True when a person should see something new."""
        if not self.running:
            return False
        before = self._shown()
        ended = self.process.poll() is not None  # asked before reading, so that its last words are read
        events, self.offset = self.job.read_events(self.offset)
        for event in events:
            self._hear(event)
        if self.running and ended:
            self._end(*self._sudden_end())
        elif self.running:
            self._watch()
        return self._shown() != before

    def cancel(self) -> None:
        """Asks the worker to stop; it is ended if it has not within a second. What is finished stays on disk."""
        if self.running and self.cancelled_at is None:
            self.cancelled_at = time.monotonic()
            try:
                self.job.request_cancel()
            except OSError:
                self.process.terminate()

    def stop(self) -> None:
        """Ends the worker at once."""
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        if self.running:
            self._end(CANCELLED, "Cancelled; Resume goes on from here")

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
        self.idle = event.idle
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
        self.process.kill()
        self.process.wait()
        self._end(FAILED, f"The worker {why} and was stopped: Resume goes on from the last step")

    def _sudden_end(self) -> tuple[str, str]:
        if self.cancelled_at is not None:
            return CANCELLED, "Cancelled; Resume goes on from here"
        code = self.process.returncode
        how = f"was ended by signal {-code} (is there enough memory?)" if code < 0 else f"ended with code {code}"
        return FAILED, f"The worker {how} before it was done: Resume goes on from the last step, and worker.log in the folder may say more"

    def _end(self, state: str, text: str) -> None:
        self.state, self.text, self.seconds_left = state, text, None
        if not self.process.stdin.closed:
            self.process.stdin.close()


current: Work | None = None  # the run in progress, or the last one


def start(job: Job, scene) -> Work:
    """Starts, or resumes, the worker on a job folder."""
    global current
    if current and current.running:
        raise ParallaxError("A parallax is being generated already: wait for it or cancel it first")
    with refusing_to_write(job.folder):
        with job.locked():  # refuses at once what the worker could only say in its log
            job.cancel_file.unlink(missing_ok=True)
        offset = job.events.stat().st_size if job.events.is_file() else 0
        with open(job.folder / "worker.log", "ab") as log:
            process = _launch(job, log)
    current = Work(job, scene.session_uid, scene.name, process, offset)
    return current


def _launch(job: Job, log) -> subprocess.Popen:
    try:
        return subprocess.Popen(
            [sys.executable, "-s", "-m", "engine", str(job.folder), "--watch-stdin"],
            stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=ROOT, env=_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            start_new_session=True)  # so that Ctrl+C in a terminal reaches it only through us
    except OSError as error:
        raise ParallaxError(f"Blender's Python {sys.executable} could not be started ({error.strerror or error}): "
                            "have the virus scanner allow it, or install Blender anew") from None


def tick() -> bool:
    """Moves the current run on. True when a person should see something new."""
    return current.poll() if current else False


def left(seconds: float) -> str:
    """A time left as people say it."""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 55:
        return f"about {round(seconds, -1):.0f} s left"
    if seconds < 5400:
        return f"about {max(1, round(seconds / 60))} min left"
    return f"about {seconds / 3600:.1f} h left"


def _environment() -> dict[str, str]:
    """The worker runs in Blender's Python with Blender's own numpy and the extension's wheels, and writes nothing into its folder."""
    folders = [str(ROOT)]
    for name in ("numpy", "PIL", "patchmatch", "cv2"):
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            folders.append(str(Path(spec.origin).parents[1]))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(folders)), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
