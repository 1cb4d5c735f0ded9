"""What a Python can do with models: asked of itself, in a process of its own, so that whatever is wrong with it is a sentence here."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ..errors import ParallaxError
from . import report
from .environment import ROOT, Environment

OLDEST = 3, 11  # that the engine runs in
LIMIT = 600.0  # seconds that loading all packages for the first time may take
PROBE = "import sys; sys.stdout.write('%d %d' % sys.version_info[:2])"
ANOTHER = "choose another one, or set up the neural engine"


def trial(python: Path, environment: Environment, device: str, check: Callable[[], None]) -> dict:
    """What `engine.setup.report` says of a Python. device: what it is to run on. check: called meanwhile; may raise Cancelled.

    Raises ParallaxError where the Python does not run, is too old, or does not come to the end of its report.
    """
    if not python.is_file():
        raise ParallaxError(f"There is no Python at {python}: {ANOTHER}")
    found = version(python, environment, check)
    if found < OLDEST:
        old, needed = (".".join(map(str, numbers)) for numbers in (found, OLDEST))
        raise ParallaxError(f"{python} is Python {old}, and the engine needs {needed} or later: {ANOTHER}")
    command = [str(python), "-m", "engine.setup.report", "--lists", str(environment.lists.folder), "--device", device]
    code, said = _run(command, environment, check)
    line = next((line for line in reversed(said.splitlines()) if line.startswith(report.MARK)), None)
    if line is None:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        raise ParallaxError(f"{python} {how} while it was tested: set up the neural engine again, or {ANOTHER}")
    return json.loads(line.removeprefix(report.MARK))


def version(python: Path, environment: Environment, check: Callable[[], None]) -> tuple[int, int]:
    """A Python's version. Raises ParallaxError where it does not run."""
    try:
        code, said = _run([str(python), "-s", "-c", PROBE], environment, check)
        numbers = tuple(int(part) for part in said.split()[-2:])
    except (OSError, ValueError):
        code, numbers = 1, ()
    if code or len(numbers) != 2:
        raise ParallaxError(f"{python} is not a Python that runs: {ANOTHER}")
    return numbers


def _run(command: list[str], environment: Environment, check: Callable[[], None]) -> tuple[int, str]:
    """Exit code and what a process wrote to its standard output; all else goes to the log. Raises OSError where it cannot start."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=sys.stderr, cwd=ROOT,
                               env=environment.variables(), creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
    until = time.monotonic() + LIMIT
    try:
        while True:
            check()
            try:
                said, _ = process.communicate(timeout=0.1)
                return process.returncode, said.decode("utf-8", "replace")
            except subprocess.TimeoutExpired:
                if time.monotonic() > until:
                    raise ParallaxError(f"{command[0]} did not answer for {LIMIT / 60:.0f} minutes: {ANOTHER}") from None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
