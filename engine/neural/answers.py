"""What models have answered about pictures, kept in the job folder: a job that goes on, or paints again, sees the same to the bit.

Models need not give the same numbers on another device or with another driver, and all that is painted hangs on what was seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..files import refusing_to_write, write_atomically

Answer = dict[str, np.ndarray]  # arrays by name, none of them of objects


class Answers:
    """A folder of answers. Without one, only the last answer to each question is kept."""

    def __init__(self, folder: Path | None):
        self._folder = folder
        self._last: dict[str, tuple[str, Answer]] = {}  # by question: of which picture, and the answer

    def of(self, question: str, picture: np.ndarray, answer: Callable[[], Answer]) -> Answer:
        """The answer to a question about a picture, from before where it was asked before. question: names the models as well."""
        asked = _fingerprint(question, picture)
        if self._last.get(question, ("",))[0] != asked:
            file = self._folder and self._folder / f"{asked}.npz"
            found = file and _load(file)
            if not found:
                found = answer()
                if file:
                    with refusing_to_write(file):
                        write_atomically(file, lambda path: _save(path, found))
            self._last[question] = asked, found
        return self._last[question][1]

    def forget(self) -> None:
        """Frees the memory; what is on disk stays."""
        self._last.clear()


def _fingerprint(question: str, picture: np.ndarray) -> str:
    digest = hashlib.blake2b(f"{question} {picture.shape}".encode(), digest_size=16)
    digest.update(np.ascontiguousarray(picture).data)
    return digest.hexdigest()


def _save(path: Path, answer: Answer) -> None:
    with open(path, "wb") as file:
        np.savez_compressed(file, **answer)


def _load(file: Path) -> Answer | None:
    """An answer of before, or None where there is none or it is damaged. Nothing in the file is run."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except Exception:  # the reader may raise anything over a damaged file
        return None
