"""Progress on one line of a terminal; whole lines, and fewer of them, where the output goes to a file."""

import contextlib
import os
import sys

WIDTH = 30


class Bar:
    def __init__(self, out=None):
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._last = ""
        self._percent = -100

    def show(self, share, text):
        percent = int(100 * min(max(share, 0.0), 1.0))
        done = WIDTH * percent // 100
        line = f"[{'#' * done}{'.' * (WIDTH - done)}] {percent:3d} % {text}"
        if self._live:
            self._out.write("\r" + line.ljust(len(self._last)))
        elif percent >= self._percent + 10 or percent == 100 != self._percent:
            self._out.write(line + "\n")
            self._percent = percent
        self._last = line
        self._out.flush()

    def end(self):
        if self._live and self._last:
            self._out.write("\n")
        self._last, self._percent = "", -100


@contextlib.contextmanager
def quiet():
    """Keeps what Blender itself prints for every frame off the terminal. Gives a file that still writes there."""
    sys.stdout.flush()
    terminal = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield terminal
    finally:
        sys.stdout.flush()
        os.dup2(terminal.fileno(), 1)
        os.close(nowhere)
        terminal.close()
