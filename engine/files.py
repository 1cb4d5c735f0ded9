"""Files that appear whole or not at all, and failures to write them said in a sentence."""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from .errors import ParallaxError


@contextmanager
def refusing_to_write(path: Path):
    """Turns a failure to write into a sentence."""
    try:
        yield
    except PermissionError as error:
        raise ParallaxError(f"Cannot write to {path} ({error.strerror}): close what holds it open, or choose another folder") from error
    except OSError as error:
        raise ParallaxError(f"Cannot write to {path} ({error.strerror or error}): free some room or choose another folder") from error


def write_json(path: Path, values: dict) -> None:
    write_atomically(path, lambda temporary: temporary.write_text(json.dumps(values, indent=1), encoding="utf-8"))


def write_atomically(path: Path, write) -> None:
    """Calls `write(temporary_path)`, then puts the file in place in one step, so that nobody ever sees half of it."""
    temporary = path.with_name(f".{path.name}.{threading.get_ident()}.tmp")  # threads may write the same file
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write(temporary)
        put_in_place(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def put_in_place(temporary: Path, path: Path) -> None:
    """Renames in one step. On Windows a virus scanner may hold a new file for a moment, so a refusal is not the last word."""
    for _ in range(10):
        try:
            return os.replace(temporary, path)
        except PermissionError:
            time.sleep(0.1)
    os.replace(temporary, path)
