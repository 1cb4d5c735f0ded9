"""All that a job asks of models, in one place: what they see, what they paint, and which of them are on the device."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import inpaint
from ..errors import ParallaxError
from ..seer import Finding
from ..settings import Settings
from . import catalogue, device, needs, store
from .device import Device
from .residents import Residents
from .store import Found, Store

DEVICE = "INFINITE_PARALLAX_DEVICE"  # environment variable by which a worker is told what to run on
SEEING = ("detect", "segment", "subject", "depth")  # the roles that are done when the layers are found
SET_UP = "set it up in Preferences > Add-ons > Infinite Parallax"
SLOW = ("The models run on the processor, which is slow: PyTorch finds no graphics card that it can use "
        "(Test in the preferences says more)")


def available() -> bool:
    """Whether this Python can run models at all."""
    return importlib.util.find_spec("torch") is not None


def opened(settings: Settings, check: Callable[[], None], tick: Callable[[float], None], warn: Callable[[str], None],
           wanted: str = "auto") -> Studio | None:
    """What a job works with, or None where the built-in methods serve.

    check: called within all long work; may raise Cancelled. tick: told what share of a fill is done. warn: told what an
    artist must know. wanted: a kind of device, or auto.
    Raises ParallaxError where the job cannot do without models and they cannot run here.
    """
    if not needs.wished(settings):
        return None
    if not available():
        if needs.needed(settings):
            raise ParallaxError(f"This needs the neural engine, which is not in the Python that runs it: {SET_UP}, "
                                "or choose Fill, Layers From and Depth Model that need no models")
        return None
    models = store.here()
    needs.check(settings, models)
    return Studio(settings, models, device.choose(wanted), check, tick, warn)


class Studio:
    """A `Seer`, and what hands out the inpainter; models are loaded when they are first asked, and one at a time is on the device."""

    def __init__(self, settings: Settings, models: Store, on: Device, check: Callable[[], None], tick: Callable[[float], None],
                 warn: Callable[[str], None] = lambda text: None):
        self._settings, self._store, self._check, self._tick, self._warn = settings, models, check, tick, warn
        self.device, self._residents = on, Residents(on)
        self._seen: dict[str, tuple[np.ndarray, Any]] = {}  # the last answer about a picture, by question
        if on.kind == "cpu":
            warn(SLOW)

    @property
    def name(self) -> str:
        """Of the models that find things: what was found by others is not used again."""
        s = self._settings
        asked = [f"{role}:{found.path}" for role, named in (("detect", s.detector), ("segment", s.segmenter), ("subject", s.subject_model))
                 if (found := self._found(named, role))]
        return f"{' '.join(asked)} {s.box_threshold:g} {s.text_threshold:g}"

    def find(self, picture: np.ndarray, tags: tuple[str, ...]) -> tuple[Finding, ...]:
        """As `Seer.find`: boxes by the detector, the shape in each by the segmenter."""
        from . import detect, segment

        s = self._settings

        def found() -> tuple[Finding, ...]:
            boxes = self._ask("detect", s.detector, lambda one: detect.load(one, self._store),
                              lambda model: model.boxes(picture, tags, s.box_threshold, s.text_threshold))
            return self._ask("segment", s.segmenter, segment.load, lambda model: self._shapes(model, picture, boxes)) if boxes else ()

        return self._once(f"find {tags}", picture, found)

    def _shapes(self, model, picture: np.ndarray, boxes) -> tuple[Finding, ...]:
        model.embed(picture)
        shapes = []
        for box in boxes:
            self._check()
            shapes.append(Finding(box.phrase, box.score, (box.x0, box.y0, box.x1, box.y1), model.mask(box)))
        return tuple(shapes)

    def subject(self, picture: np.ndarray) -> np.ndarray:
        """As `Seer.subject`."""
        from . import subject

        def found(model) -> np.ndarray:
            if model.on != self.device.kind:
                self._warn("The subject is looked for on the processor: the ONNX runtime that is installed knows no graphics card of yours")
            return model.mask(picture)

        return self._once("subject", picture, lambda: self._ask("subject", self._settings.subject_model, subject.load, found))

    def nearness(self, picture: np.ndarray) -> np.ndarray:
        """As `Seer.nearness`."""
        from . import nearness

        return self._once("depth", picture, lambda: self._ask("depth", self._settings.depth_model, nearness.load,
                                                              lambda model: model.nearness(picture)))

    def describe(self, picture: np.ndarray) -> str:
        """What a picture shows, in words."""
        from . import describe

        return self._once("describe", picture, lambda: self._ask("describe", self._settings.describe_model, describe.load,
                                                                 lambda model: model.words(picture)))

    def inpainter(self) -> inpaint.Inpainter:
        """What paints, by the settings: a diffusion model, told what the picture shows where that is asked for, or a built-in one."""
        s = self._settings
        if s.fill != "DIFFUSION":
            return inpaint.best(s.fill)
        from . import describe, diffusion

        lora, control = (self._store.find(named, role) if named else None for role, named in (("lora", s.lora), ("control", s.control)))
        model = self._store.find(s.inpaint_model, "inpaint")
        painter = diffusion.Diffusion(s, model, self._residents, self._check, lora, control, self._fast_lora(model), self._tick)
        for note in painter.notes:
            self._warn(note)
        if not s.describe_model:
            return painter
        words = [word for one in s.objects for word in one.words()]
        return describe.Described(painter, self.describe, str(self._store.find(s.describe_model, "describe").path), words)

    def seen(self) -> None:
        """Frees what only finding things needs: the layers are known."""
        self._seen.clear()
        for role in SEEING:
            self._residents.forget(role)

    def leave(self) -> None:
        """Takes all models off the device, for whoever else needs it."""
        self._residents.leave()

    def _fast_lora(self, model: Found) -> Found | None:
        """A few-step LoRA of the model's own family, where there is one on this computer."""
        from . import family

        kind = model.model.family if model.model else family.family(model.path)
        fitting = (one for one in catalogue.of_role("lora") if one.family == kind and self._store.located(one))
        return next((self._store.find(one.key, "lora") for one in fitting), None)

    def _found(self, named: str, role: str) -> Found | None:
        return self._store.find(named, role) if self._store.has(named, role) else None

    def _ask(self, role: str, named: str, load: Callable[[Found], Any], task: Callable[[Any], Any]) -> Any:
        """What a task makes of the model of a role."""
        self._check()
        found = self._store.find(named, role)
        return self._residents.work(role, store.size(found.path), lambda: load(found), task)

    def _once(self, question: str, picture: np.ndarray, answer: Callable[[], Any]) -> Any:
        """The answer to a question about a picture, from before where it was the last picture that this was asked about."""
        before = self._seen.get(question)
        if before is None or not np.array_equal(before[0], picture):
            self._seen[question] = picture, answer()
        return self._seen[question][1]
