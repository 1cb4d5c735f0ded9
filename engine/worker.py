"""Runs a job folder from the picture to the finished layers, and says in events.jsonl how it goes."""

from __future__ import annotations

import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from . import estimate, inpaint, machine, motion, output, picture, separators
from .errors import Cancelled, ParallaxError
from .fresh import StepLoop
from .job import Event, Job, Layer, Result, refusing_to_write, write_atomically, write_json
from .journal import Journal
from .motion import Motion
from .repeat import close, hidden_lines
from .settings import Settings

HEARTBEAT = 3.0  # seconds between signs of life


class Progress:
    """What is being done and how far it is: events for whoever watches, and a sign of life from a thread of its own."""

    def __init__(self, job: Job):
        self._job, self._lock = job, threading.Lock()
        self._text, self._total, self._done, self._replayed = "", 1.0, 0.0, 0.0
        self._begun = self._active = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def start(self) -> None:
        self._job.append(Event("started", "Starting"))
        self._thread.start()

    def end(self, kind: str, text: str) -> Event:
        """The last event; nothing is written after it."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        if kind == "done":
            self._done = self._total
        self._emit(kind, text)
        return Event(kind, text)

    def expect(self, work: float) -> None:
        """`work`: seconds that the rest is thought to take; only its proportions to `advance` matter."""
        self._total, self._done, self._replayed = max(work, 1e-6), 0.0, 0.0
        self._begun = time.monotonic()

    def say(self, text: str) -> None:
        """What is being done now. Raises Cancelled when the artist has asked to stop."""
        self.check()
        self._text, self._active = text, time.monotonic()
        self._emit("progress", text)

    def advance(self, work: float, replayed: bool = False) -> None:
        """replayed: the work was done in an earlier run, so it says nothing about how fast this one is."""
        self._active = time.monotonic()
        if replayed:
            self._replayed += work
        else:
            self._done += work

    def warn(self, text: str) -> None:
        self._emit("warning", text)

    def check(self) -> None:
        if self._job.cancel_requested():
            raise Cancelled

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT):
            self._emit("progress", self._text, idle=time.monotonic() - self._active)

    def _emit(self, kind: str, text: str, idle: float = 0.0) -> None:
        share = min((self._done + self._replayed) / self._total, 1.0)
        rest, spent = self._total * (1.0 - share), time.monotonic() - self._begun
        left = rest * spent / self._done if self._done > 0.02 * self._total else rest
        with self._lock, suppress(OSError):  # a full disk: the next file that is written says so
            self._job.append(Event(kind, text, round(share, 4), round(left, 1), round(idle, 1)))


def run(job: Job) -> Event:
    """Runs or resumes a job. Returns how it ended, which is also its last event: done, cancelled or error."""
    try:
        with job.locked():
            return _run(job, Progress(job))
    except ParallaxError as error:  # the folder is another process's, or cannot be written: its events are not ours to add to
        return Event("error", str(error))


def _run(job: Job, progress: Progress) -> Event:
    try:
        with refusing_to_write(job.folder):
            job.cancel_file.unlink(missing_ok=True)
            progress.start()
        result = _layers(job, progress)
        with refusing_to_write(job.layers):
            write_json(job.layers / "layers.json", result.to_dict())
        return progress.end("done", "Done")
    except Cancelled:
        return progress.end("cancelled", "Cancelled; Resume goes on from here")
    except ParallaxError as error:
        return progress.end("error", str(error))
    except MemoryError:
        return progress.end("error", "This computer has too little free memory for the picture: set a Work Width, or close other programs")
    except Exception as error:
        traceback.print_exc()  # for the log; the artist gets a sentence
        return progress.end("error", f"Something went wrong that should not ({type(error).__name__}: {error}): report it with worker.log")


@dataclass(frozen=True)
class _Task:
    """What both ways of filling the layers work with. labels: (H, W) uint8, the rank of each pixel's layer."""

    job: Job
    settings: Settings
    source: np.ndarray
    separator: separators.Bands
    labels: np.ndarray
    plan: Motion
    inpainter: inpaint.Inpainter
    progress: Progress


def _layers(job: Job, progress: Progress) -> Result:
    path, settings = job.read()
    progress.expect(1.0)
    progress.say("Reading the picture")
    source = _source(job, path, settings, progress)
    height, width = source.shape[:2]
    separator = separators.bands(source, settings)
    plan = motion.plan(settings, width, height)
    for note in plan.notes:
        progress.warn(note)
    expected = estimate.estimate(settings, width, height)
    progress.expect(expected.seconds - estimate.START)
    labels = separator.labels(source)
    with refusing_to_write(job.labels):
        write_atomically(job.labels, lambda path: picture.save_png(path, labels))
    task = _Task(job, settings, source, separator, labels, plan, _journal(job, settings, expected, progress), progress)
    layers = _fresh(task) if settings.content == "FRESH" else _repeating(task)
    return Result(plan, layers, separator.heights(height))


def _source(job: Job, path, settings: Settings, progress: Progress) -> np.ndarray:
    """The picture at the size that is worked on; from source.png when an earlier run wrote it."""
    with suppress(OSError, SyntaxError, ValueError):  # there is none yet, or it is damaged
        return picture.load_png(job.source)
    source, notes = picture.read(path)
    height, width = source.shape[:2]
    wide, high = machine.fitting(settings, width, height)
    if (wide, high) != (width, height):
        source = picture.scaled(source, wide, high)
        notes.append(f"The picture is worked on at {wide} x {high} pixels instead of {width} x {height}")
    for note in notes:
        progress.warn(note)
    with refusing_to_write(job.source):
        write_atomically(job.source, lambda temporary: picture.save_png(temporary, source))
    return source


def _journal(job: Job, settings: Settings, expected: estimate.Estimate, progress: Progress) -> Journal:
    inpainter = inpaint.best(settings.fill)

    def before(number: int) -> None:
        progress.say(f"Painting, fill {number} of {max(number, expected.fills)}")

    return Journal(job.steps, inpainter, before, lambda pixels, replayed: progress.advance(pixels / estimate.PAINT_RATE, replayed))


def _repeating(task: _Task) -> tuple[Layer, ...]:
    order = motion.far_to_near(task.settings)
    hidden = hidden_lines(task.labels, len(order), task.settings, task.plan)
    layers = []
    for rank, index in enumerate(order):
        task.progress.say(f"Layer {rank + 1} of {len(order)}")
        period = task.plan.periods[index]
        canvas = close(task.source, task.labels, rank, period, hidden[rank], task.settings, task.inpainter)
        layers.append(_write(task, rank, index, output.TorusStrip(canvas, period)))
    return tuple(layers)


def _fresh(task: _Task) -> tuple[Layer, ...]:
    order, plan = motion.far_to_near(task.settings), task.plan
    loop = StepLoop(task.source, task.separator, order, task.settings, plan, task.inpainter)
    loop.run(lambda k, steps: task.progress.say(f"Step {k} of {steps}"))
    slanted = all(motion.unit(plan.direction))
    layers = []
    for rank, index in enumerate(order):
        ground = None if rank else output.Sweep(plan.velocities[index], (plan.width, plan.height), plan.steps)
        layers.append(_write(task, rank, index, output.SparseStrip(loop.canvases[rank], slanted, ground)))
    return tuple(layers)


def _write(task: _Task, rank: int, index: int, strip: output.Strip) -> Layer:
    task.progress.say(f"Writing layer {rank + 1} of {task.settings.layers}")
    tiles = output.write(task.job.folder, f"{index + 1:02d}", strip)
    task.progress.advance(sum(tile.width * tile.height for tile in tiles) / estimate.OTHER_RATE)
    return Layer(f"Layer {index + 1}", index, motion.distances(task.settings)[index], tiles)
