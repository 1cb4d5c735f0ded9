"""All that a job asks of models, in one place: what they see, what they paint, and which of them are on the device."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import inpaint
from ..errors import ParallaxError
from ..seer import Finding
from ..settings import Settings
from . import catalogue, describe, device, light, needs, store
from .answers import Answer, Answers
from .device import Device
from .residents import Residents
from .store import Found, Store

SEEING = ("detect", "segment", "subject", "depth")  # the roles that are done when the layers are found
SET_UP = "set it up in Preferences > Add-ons > Infinite Parallax"
WITHOUT = (f"This needs the neural engine, which is not in the Python that runs it: {SET_UP}, "
           "or choose Fill, Layers From and Depth Model that need no models")
PROCESSOR = Device("cpu", "processor")
SLOW = ("The models run on the processor, which is slow: PyTorch finds no graphics card that it can use "
        "(Test in the preferences says more)")


def available() -> bool:
    """Whether this Python can run models at all."""
    return importlib.util.find_spec("torch") is not None


def opened(settings: Settings, check: Callable[[], None], tick: Callable[[float], None], warn: Callable[[str], None],
           wanted: str = "auto", kept: Path | None = None) -> Studio | None:
    """What a job works with, or None where the built-in methods serve.

    check: called within all long work; may raise Cancelled. tick: told what share of a fill is done. warn: told what an
    artist must know. wanted: a kind of device, or auto. kept: folder in which what was seen is kept.
    Raises ParallaxError where the job cannot do without models and they cannot run here.
    """
    models = store.here()
    wished, measured = needs.wished(settings), needs.measured_lightly(settings, models)
    heavy = needs.heavy(wished, models)
    if heavy and not available():
        if needs.heavy(needs.needed(settings), models):
            raise ParallaxError(WITHOUT)
        wished = {role: named for role, named in wished.items() if role not in heavy}
    if not (wished.keys() - {"fill"} or measured):
        return None
    needs.check(settings, models)
    if not (heavy and available()):
        return Studio(settings, models, PROCESSOR, check, tick, warn, kept)
    on = device.choose(wanted)
    if wanted == "auto" and on.kind == "cpu":
        warn(SLOW)
    return Studio(settings, models, on, check, tick, warn, kept)


def resolved(settings: Settings, wanted: str = "auto") -> Settings:
    """The settings with Diffusion for a fill that is left open, where there is a model for it and a graphics card that runs it.

    wanted: a kind of device, or auto.
    """
    if available() and needs.could_diffuse(settings, store.here()) and device.choose(wanted).kind != "cpu":
        return replace(settings, fill="DIFFUSION")
    return settings


class Studio:
    """A `Seer`, and what hands out the inpainter; models are loaded when they are first asked, and one at a time is on the device."""

    def __init__(self, settings: Settings, models: Store, on: Device, check: Callable[[], None], tick: Callable[[float], None],
                 warn: Callable[[str], None] = lambda text: None, kept: Path | None = None):
        self._settings, self._store, self._check, self._tick, self._warn = settings, models, check, tick, warn
        self.device, self._residents = on, Residents(on)
        self._answers = Answers(kept)
        self._describing: describe.Described | None = None

    @property
    def name(self) -> str:
        """Of the models that find things: what was found by others is not used again."""
        s = self._settings
        asked = (("detect", s.detector), ("segment", s.segmenter), ("subject", s.subject_model))
        return f"{' '.join(self._identity(named, role) for role, named in asked)} {s.box_threshold:g} {s.text_threshold:g}"

    @property
    def measures(self) -> bool:
        """Whether it can be asked for nearness where no model is named."""
        return needs.measured_lightly(self._settings, self._store)

    def find(self, picture: np.ndarray, tags: tuple[str, ...]) -> tuple[Finding, ...]:
        """As `Seer.find`: boxes by the detector, the shape in each by the segmenter."""
        from . import detect, segment

        s = self._settings

        def found() -> Answer:
            boxes = self._ask("detect", s.detector, lambda one: detect.load(one, self._store),
                              lambda model: model.boxes(picture, tags, s.box_threshold, s.text_threshold))
            things = self._ask("segment", s.segmenter, segment.load, lambda model: self._shapes(model, picture, boxes)) if boxes else ()
            return {"phrase": np.array([one.phrase for one in things], dtype=np.str_), "score": np.array([one.score for one in things]),
                    "box": np.array([one.box for one in things]), "mask": np.array([one.mask for one in things], dtype=np.uint8)}

        kept = self._answers.of(f"find {tags} {self.name}", picture, found)
        return tuple(Finding(str(phrase), float(score), tuple(map(float, box)), mask) for phrase, score, box, mask in zip(*(
            kept[name] for name in ("phrase", "score", "box", "mask"))))

    def _shapes(self, model, picture: np.ndarray, boxes) -> tuple[Finding, ...]:
        model.embed(picture)
        shapes = []
        for box in boxes:
            self._check()
            shapes.append(Finding(box.phrase, box.score, (box.x0, box.y0, box.x1, box.y1), model.mask(box)))
        return tuple(shapes)

    def subject(self, picture: np.ndarray) -> np.ndarray:
        """As `Seer.subject`."""
        named = self._settings.subject_model
        return self._once("subject", named, picture, lambda: self._ask("subject", named, self._subject, lambda model: model.mask(picture)))

    def nearness(self, picture: np.ndarray) -> np.ndarray:
        """As `Seer.nearness`."""
        named = self._settings.depth_model
        return self._once("depth", named, picture, lambda: self._ask("depth", named, self._depth, lambda model: model.nearness(picture)))

    def _depth(self, found: Found):
        if light.is_light(found):
            from .light import depth

            return depth.load(light.file(found), found.label, self._store.folder)
        from . import nearness

        return nearness.load(found)

    def _subject(self, found: Found):
        from . import subject

        return subject.load(found, self._store.folder)

    def describe(self, picture: np.ndarray) -> str:
        """What a picture shows, in words."""
        named = self._settings.describe_model
        return str(self._once("describe", named, picture, lambda: np.array(
            self._ask("describe", named, describe.load, lambda model: model.words(picture)))))

    def inpainter(self) -> inpaint.Inpainter:
        """What paints, by the settings: a diffusion model, told what the picture shows where that is asked for, or a built-in one."""
        s = self._settings
        if s.fill != "DIFFUSION":
            return inpaint.best(s.fill)
        from . import diffusion

        lora, control = (self._store.find(named, role) if named else None for role, named in (("lora", s.lora), ("control", s.control)))
        model = self._store.find(s.inpaint_model, "inpaint")
        painter = diffusion.Diffusion(s, model, self._residents, self._check, lora, control, self._fast_lora(model), self._tick, self._warn)
        for note in painter.notes:
            self._warn(note)
        if not s.describe_model:
            return painter
        self._describing = describe.Described(painter, self.describe, self._identity(s.describe_model, "describe"))
        return self._describing

    def lifted(self, words: tuple[str, ...]) -> None:
        """Has descriptions leave out words of what was lifted out of the picture."""
        if self._describing:
            self._describing.left_out = words

    def seen(self) -> None:
        """Frees what only finding things needs: the layers are known."""
        self._answers.forget()
        for role in SEEING:
            self._residents.forget(role)

    def leave(self) -> None:
        """Takes all models off the device, for whoever else needs it."""
        self._residents.leave()

    def _fast_lora(self, model: Found) -> Found | None:
        """A few-step LoRA of the model's own family, where there is one on this computer."""
        fitting = (one for one in catalogue.of_role("lora") if one.family == model.family and self._store.located(one))
        return next((self._store.find(one.key, "lora") for one in fitting), None)

    def _identity(self, named: str, role: str) -> str:
        """Which model a setting names, by what is in its files; '' where it is not there."""
        return store.identity(light.best(named, role, self._store).path) if self._store.has(named, role) else ""

    def _ask(self, role: str, named: str, load: Callable[[Found], Any], task: Callable[[Any], Any]) -> Any:
        """What a task makes of the model of a role. A light one is put away at once: loading it again takes a second."""
        self._check()
        found = light.best(named, role, self._store)
        if light.is_light(found):
            model = load(found).to(self.device.kind)
            try:
                return task(model)
            finally:
                model.close()
        if not available():
            raise ParallaxError(WITHOUT)
        return self._residents.work(role, store.size(found.path), lambda: load(found), task, found.label)

    def _once(self, role: str, named: str, picture: np.ndarray, answer: Callable[[], np.ndarray]) -> np.ndarray:
        """One array that a model of a role answers about a picture."""
        asked = f"{role} {self._identity(named, role)}"
        return self._answers.of(asked, picture, lambda: {"answer": answer()})["answer"]
