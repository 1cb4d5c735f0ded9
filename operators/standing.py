"""How the neural engine stands, for buttons and panels: the disk is asked at most once a second."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from pathlib import Path

from . import neural_python, tasks


@dataclass(frozen=True)
class Standing:
    """environment: how ours stands, one of the keys of `environment.SAID`; size: its bytes on the disk when it was set up.

    own: the artist's own Python, or None where none was chosen. why_not: why no Python runs models, or ''.
    found: what the last test of the Python that runs models found; empty where it was not tested.
    """

    environment: str
    size: int
    own: Path | None
    why_not: str
    found: dict


def now() -> Standing:
    return _asked(neural_python.preferences().own_python, tasks.stamp(), int(time.monotonic()))


@functools.lru_cache(maxsize=2)
def _asked(_own_python, _stamp, _second) -> Standing:
    """Asked anew where another Python was chosen or a task began or ended meanwhile."""
    environment, python = neural_python.environment(), neural_python.python()
    found = environment.tested()
    return Standing(environment.standing(), environment.sealed_size(), neural_python.own(), neural_python.why_not(),
                    found if found.get("executable") == str(python) else {})
