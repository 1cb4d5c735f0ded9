"""Fills that are remembered: each is a folder under steps/ that appears whole, so that a job goes on where it stopped.

A replayed job asks for the same fills in the same order and gets the same pixels without painting them again. Each
fill carries a fingerprint of what was asked, so that paint made for another question is never used. Fills of an earlier job
lie in a folder of their own by their fingerprints, and are used wherever they are asked for again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import masks, picture
from .errors import Paused
from .files import put_in_place, refusing_to_write
from .inpaint import Hole, Inpainter
from .settings import Settings

EARLIER = "earlier"  # folder beside the steps


class Journal:
    """An inpainter with a memory.

    settings: say what is painted in each step, where a hole itself does not. source: (H, W, 3) uint8, the picture, which is the
    scene of what does not say its own; it is replaced when objects are lifted out of it.
    before: called with the number of each fill before it begins; may raise Cancelled.
    landed: called after each fill with what it is part of now, its number of pixels, and whether they were painted before.
    step: the step of the motion that fills belong to: from which on `settings.redos` count. Layers that are painted side by side have
    one each (`at`).
    """

    def __init__(self, folder: Path, inpainter: Inpainter, settings: Settings, source: np.ndarray, before: Callable[[int], None],
                 landed: Callable[[np.ndarray, int, bool], None]):
        self._folder = folder
        self._inpainter = inpainter
        self._settings = settings
        self.scene = source
        self.step = 0
        self._before = before
        self._landed = landed
        self.number = 0
        self._lock = threading.Lock()
        self._landing = threading.Lock()

    @property
    def name(self) -> str:
        return self._inpainter.name

    def at(self, step: int) -> Inpainter:
        """The same for fills of one step or layer, also while others are painted in other threads."""
        return _Step(self, step)

    def paint(self, hole: Hole) -> np.ndarray:
        """As `Inpainter.paint`, with a seed of its own for every question."""
        return self.painted(hole, self.step)

    def painted(self, hole: Hole, at: int) -> np.ndarray:
        """The same for a fill that belongs to the step or layer `at`."""
        with self._lock:
            self.number += 1
            number = self.number
        self._before(number)
        box = masks.bounds(hole.mask)
        if box is None:
            return hole.picture
        hole = self._told(hole, at)
        step = self._folder / f"{number:04d}"
        asked = _fingerprint(self.name, hole)
        hole = replace(hole, seed=(hole.seed + int(asked[:8], 16)) % 2**32)
        with self._landing:  # two layers may ask the same
            patch = _load(step, asked)
            if patch is None and (patch := _load(self._folder / EARLIER / asked, asked)) is not None:
                with refusing_to_write(step):
                    shutil.rmtree(step, ignore_errors=True)
                    put_in_place(self._folder / EARLIER / asked, step)
        replayed = patch is not None and patch.shape == _crop(hole.picture, box).shape
        if not replayed:
            begun = time.perf_counter()
            patch = _crop(self._painted(hole, number), box) * _crop(hole.mask, box)[..., None]  # what is not painted takes no room
            about = {"asked": asked, "box": box, "seconds": round(time.perf_counter() - begun, 3)}
            with refusing_to_write(step):
                _save(step, about, _crop(hole.mask, box), patch)
        painted = hole.picture.copy()
        np.copyto(_crop(painted, box), patch, where=_crop(hole.mask, box)[..., None])
        with self._landing:
            self._landed(painted, int(hole.mask.sum()), replayed)
        return painted

    def _painted(self, hole: Hole, number: int) -> np.ndarray:
        """As the inpainter paints it, begun anew after every pause that came between."""
        while True:
            try:
                return self._inpainter.paint(hole)
            except Paused:
                self._before(number)

    def _told(self, hole: Hole, at: int) -> Hole:
        """The hole with the words and the seed of a step, and the picture that it is part of."""
        now = self._settings.at_step(at)
        scene = self.scene if hole.scene is None else hole.scene
        seed = hole.seed + now.seed - self._settings.seed  # a second pass has a seed of its own
        if self._settings.fill != "DIFFUSION":  # a fill that reads no words is not made anew for other ones
            return replace(hole, seed=seed, prompt="", negative="", scene=scene)
        return replace(hole, seed=seed, prompt=hole.prompt or now.prompt, negative=hole.negative or now.negative_prompt, scene=scene)

    def forget_others(self) -> None:
        """Removes fills that this run has not asked for."""
        for step in self._folder.iterdir() if self._folder.is_dir() else ():
            if step.name == EARLIER or (step.name.isdigit() and int(step.name) > self.number):
                shutil.rmtree(step, ignore_errors=True)


class _Step:
    """A journal for the fills of one step or layer."""

    def __init__(self, journal: Journal, step: int):
        self._journal, self._step, self.name = journal, step, journal.name

    def paint(self, hole: Hole) -> np.ndarray:
        return self._journal.painted(hole, self._step)


def take_over(folder: Path, earlier: Path) -> None:
    """Brings the fills in the folder `earlier`, which may be the same, to where a journal in `folder` finds them again."""
    for step in [*earlier.glob("[0-9]*"), *(earlier / EARLIER).glob("*")]:
        try:
            asked = json.loads((step / "step.json").read_text())["asked"]
            target = folder / EARLIER / f"{int(asked, 16):032x}"  # nothing but a fingerprint becomes a path
            if target.exists():
                if step.parent == folder:
                    shutil.rmtree(step)
            elif step.parent == folder:
                target.parent.mkdir(exist_ok=True)
                put_in_place(step, target)  # in one step: a process that ends here loses nothing
            else:
                shutil.copytree(step, target, copy_function=linked)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # damaged: it is painted again


def linked(source: str, target: str) -> None:
    """The same file in a second place, without its bytes where the disk can do that: files of ours are replaced, never changed."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _crop(array: np.ndarray, box) -> np.ndarray:
    x0, y0, x1, y1 = box
    return array[y0:y1, x0:x1]


def _fingerprint(name: str, hole: Hole) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps([name, hole.picture.shape, hole.across, hole.guide, hole.seed, hole.prompt, hole.negative]).encode())
    for array in (hole.picture, hole.mask, hole.exclude, hole.nearness):
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _load(step: Path, asked: str) -> np.ndarray | None:
    """The paint of a finished step, or None where there is none, or it answers another question or is damaged."""
    try:
        if json.loads((step / "step.json").read_text())["asked"] == asked:
            return picture.load_png(step / "result.png")
    except (OSError, ValueError, KeyError, TypeError, SyntaxError):
        pass
    return None


def _save(step: Path, about: dict, mask: np.ndarray, patch: np.ndarray) -> None:
    temporary = step.with_name(f".{step.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        picture.save_png(temporary / "gap.png", mask.astype(np.uint8) * 255, level=1)
        picture.save_png(temporary / "result.png", np.ascontiguousarray(patch), level=1)
        (temporary / "step.json").write_text(json.dumps(about))
        shutil.rmtree(step, ignore_errors=True)
        put_in_place(temporary, step)
    finally:  # a full disk keeps room for the last event
        shutil.rmtree(temporary, ignore_errors=True)
