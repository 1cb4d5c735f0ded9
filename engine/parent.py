"""A process in the background ends when the program that started it does."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable
from contextlib import suppress

FLAG = "--watch-stdin"


def add_flag(parser: argparse.ArgumentParser) -> None:
    """The argument by which a program asks for that."""
    parser.add_argument(FLAG, action="store_true",
                        help="end when standard input closes, as when the program that started this one ends")


def watch(leaving: Callable[[], object] = lambda: None) -> None:
    """From now on this process ends when its standard input closes. leaving: called before, to end what it has started.

    What is finished is on disk and everything is written whole, so ending at once loses nothing but what is in hand.
    """
    threading.Thread(target=_end_with_parent, args=(leaving,), daemon=True).start()


def _end_with_parent(leaving: Callable[[], object]) -> None:
    while os.read(0, 1):  # not sys.stdin: its lock would be held when the interpreter shuts down
        pass
    with suppress(Exception):
        leaving()
    os._exit(4)
