"""Fills in processes of their own, so that the layers of a picture are painted side by side.

The library that paints keeps its random numbers in one place, so threads of one process would disturb each other's. A process reads
requests from its standard input and ends when that closes, as it does when the program that started it ends.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from contextlib import suppress

import numpy as np

from ..errors import Cancelled, ParallaxError
from . import Hole, best

NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows opens a console for a program otherwise
TRIES = 2  # times that a fill is begun before a process that keeps ending is an error


class Processes:
    """An inpainter for several threads at once. Ends with `close`, after which what is in hand raises Cancelled.

    choice: a value of the setting `fill`. count: processes at most; each is started when it is first needed.
    """

    def __init__(self, choice: str, count: int):
        self.name, self.count = best(choice).name, count
        self._choice, self._closed, self._lock = choice, False, threading.Lock()
        self._free: queue.LifoQueue[subprocess.Popen | None] = queue.LifoQueue()
        self._running: set[subprocess.Popen] = set()
        for _ in range(count):
            self._free.put(None)

    def paint(self, hole: Hole) -> np.ndarray:
        """As of `Inpainter`. Waits for a free process. Raises Cancelled when it was closed, and what the fill itself raises."""
        process = self._free.get()
        try:
            for _ in range(TRIES):
                process = process if process and process.poll() is None else self._restarted(process)
                try:
                    answer = self._asked(process, hole)
                except (EOFError, OSError, ValueError, pickle.UnpicklingError):
                    self._end(process)
                    if self._closed:
                        raise Cancelled from None
                    continue
                if isinstance(answer, Exception):
                    raise answer
                return answer
            raise ParallaxError("The process that paints keeps ending, most likely for want of memory: close other programs or set a "
                                "smaller Work Width, then click Resume")
        finally:
            self._free.put(process)

    def close(self) -> None:
        """Ends all processes at once."""
        with self._lock:
            self._closed = True
        for process in list(self._running):
            self._end(process)

    @staticmethod
    def _asked(process: subprocess.Popen, hole: Hole) -> np.ndarray | Exception:
        pickle.dump(hole, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        process.stdin.flush()
        return pickle.load(process.stdout)  # from our own child, which has it from us

    def _restarted(self, process: subprocess.Popen | None) -> subprocess.Popen:
        if process:
            self._end(process)
        with self._lock:
            if self._closed:
                raise Cancelled
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            process = subprocess.Popen([sys.executable, "-s", "-m", __name__, self._choice], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, env=environment, creationflags=NO_WINDOW)
            self._running.add(process)
            return process

    def _end(self, process: subprocess.Popen) -> None:
        process.kill()
        process.wait()
        self._running.discard(process)
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not sent is not needed any more
                stream.close()


def serve(choice: str) -> None:
    """Answers requests until standard input closes."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    inpainter = best(choice)
    while True:
        try:
            hole = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer = inpainter.paint(hole)
        except Exception as error:  # for the program that asked
            answer = error
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
