"""What is being done and how far it is, for whoever watches a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from .channel import Channel, Event
from .errors import Cancelled, Paused

HEARTBEAT = 1.0  # seconds between signs of life
UNDERWAY = 0.9  # of a piece of work that is thought to be done when its time is over, before it is
MOST = 0.99  # what is said to be done before all is: work may turn out to be more than was thought
WAIT = 0.1  # seconds between looks at whether a pause is over


class Progress:
    """Events for whoever watches, and a sign of life from a thread of its own.

    device: what the models run on, for a person; '' where there are none.
    pausing: called when a pause is asked for, before waiting: it leaves the graphics card to others. None where there is none to leave.
    """

    def __init__(self, channel: Channel, pausing: Callable[[], None] | None = None):
        self._channel, self._lock, self.pausing = channel, threading.Lock(), pausing
        self.device = ""
        self._text, self._detail, self._total, self._done, self._replayed, self._is_known = "", "", 1.0, 0.0, 0.0, True
        self._least = 0.0  # share that was said to be done
        self._begun = self._active = time.monotonic()
        self._underway: dict[int, tuple[float, float]] = {}  # work, and since when, of what is being done
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def start(self) -> None:
        self._channel.append(Event("started", "Starting"))
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

    def expect(self, work: float, is_known: bool = True) -> None:
        """`work`: seconds that the rest is thought to take; only its proportions to `advance` matter.

        is_known: whether these are seconds that mean something; else no time is said before some of the work is done.
        """
        self._total, self._done, self._replayed, self._is_known, self._least = max(work, 1e-6), 0.0, 0.0, is_known, 0.0
        self._begun = time.monotonic()

    def revise(self, work: float) -> None:
        """`work`: seconds that all that is still to do is thought to take, now that more is known. What was said to be done stays done."""
        with self._lock:
            self._total = max(self._done + self._replayed + work, 1e-6)

    def say(self, text: str) -> None:
        """What is being done next. Waits while a pause is asked for. Raises Cancelled when the artist has asked to stop."""
        self.check()
        if self._must_pause():
            self._pause()
        self._text, self._detail, self._active = text, "", time.monotonic()
        self._emit("progress", text)

    def advance(self, work: float, replayed: bool = False) -> None:
        """replayed: the work was done in an earlier run, so it says nothing about how fast this one is."""
        self._active = time.monotonic()
        with self._lock:  # layers are painted side by side
            if replayed:
                self._replayed += work
            else:
                self._done += work

    @contextmanager
    def working(self, work: float) -> Iterator[None]:
        """What is done within is thought to take `work` seconds: it moves on with the time, and is done when it ends."""
        key = object()
        self._underway[id(key)] = work, time.monotonic()
        try:
            yield
        finally:
            del self._underway[id(key)]
        self.advance(work)

    def within(self, text: str) -> None:
        """What is being done within the work that was announced last: a sign of life that counts as progress.

        Raises Cancelled, or Paused: the work is to be put down, and announced again.
        """
        self.check()
        if self._must_pause():
            raise Paused
        self._detail, self._active = f", {text}", time.monotonic()
        self._emit("progress", self._text + self._detail)

    def warn(self, text: str) -> None:
        self._emit("warning", text)

    def check(self) -> None:
        """Raises Cancelled when the artist has asked to stop."""
        if self._channel.cancel_requested():
            raise Cancelled

    def _must_pause(self) -> bool:
        return self.pausing is not None and self._channel.pause_requested()

    def _pause(self) -> None:
        self.pausing()
        self._detail = ", waiting while Blender renders"
        self._emit("progress", self._text + self._detail)
        while self._channel.pause_requested():
            self._active = time.monotonic()
            self.check()
            time.sleep(WAIT)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT):
            self._emit("progress", self._text + self._detail, idle=time.monotonic() - self._active)

    def _emit(self, kind: str, text: str, idle: float = 0.0) -> None:
        now = time.monotonic()
        done = self._done + sum(min(UNDERWAY * work, now - since) for work, since in list(self._underway.values()))
        share = 1.0 if kind == "done" else min((done + self._replayed) / self._total, MOST)
        shown = self._least = max(share, self._least)
        rest, spent = self._total * (1.0 - share), now - self._begun
        if done > (0.02 * self._total if self._is_known else 0.0):
            left = round(rest * spent / done, 1)
        else:
            left = round(rest, 1) if self._is_known else None
        with self._lock, suppress(OSError):  # a full disk: the next file that is written says so
            self._channel.append(Event(kind, text, round(shown, 4), left, round(idle, 1), self.device))
