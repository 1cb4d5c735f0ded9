"""Painting by a diffusion model: where it looks, what it is told, and its paint brought back into the picture.

R. Rombach et al.: "High-Resolution Image Synthesis with Latent Diffusion Models", CVPR 2022.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .. import gap as gaps
from .. import inpaint, masks
from ..inpaint import Hole
from ..settings import Settings
from . import device as devices
from . import pipelines, presets, windows
from .pipelines import Painter, Style
from .residents import Residents, TooLarge
from .store import Found, identity, size
from .windows import Window

SMALLEST = 8  # of a model's steps that are its smallest width
RIM = 16  # part of the model's size in which its colours are compared with what was there
BESIDE = 500_000_000  # bytes that torch's own libraries take on a card
WORK = 2500  # bytes that are needed for each pixel of a picture while it is coded, which takes most
SHOWN = 200  # letters of words that are not read
WORDS = {2: "half", 4: "full"}  # precisions by bytes of a number


class Measure(NamedTuple):
    """What is done to make do with the memory there is. share: of the size that the model paints at."""

    offload: str
    saving: bool = False
    share: float = 1.0


def measures(offload: str, on_card: bool) -> tuple[Measure, ...]:
    """What to try one after another while memory runs out. offload: the setting. on_card: whether there is a card to take parts off."""
    kinds = ("NONE",) if not on_card else ("NONE", "PARTS", "LAYERS") if offload == "AUTO" else (offload,)
    return (Measure(kinds[0]), *(Measure(kind, True) for kind in kinds), Measure(kinds[-1], True, 0.5))


class Diffusion:
    """An `Inpainter`.

    found: the model. check: called at every step, may raise Cancelled; the model paints again after that. lora: of the artist.
    control: a ControlNet for depth. fast_lora: for few steps, used where the quality asks for it. tick: told what share of a fill is done.
    notes: sentences that an artist must know. warn: told such sentences while it paints, each once.
    """

    def __init__(self, settings: Settings, found: Found, residents: Residents, check: Callable[[], None], lora: Found | None = None,
                 control: Found | None = None, fast_lora: Found | None = None, tick: Callable[[float], None] | None = None,
                 warn: Callable[[str], None] | None = None):
        self._settings, self._found, self._residents = settings, found, residents
        self._check, self._tick, self._warn = check, tick, warn
        self._warned: set[str] = set()
        self._preset = presets.preset(settings, fast_lora is not None, found.family)
        self._styles = tuple(Style(one, scale) for one, scale, used in ((fast_lora, 1.0, self._preset.fast),
                                                                        (lora, settings.lora_scale, True)) if one and used)
        self._control = control if control and pipelines.can_be_controlled(found) else None
        self.notes = () if self._control is control else (
            f"{found.label} cannot be told how near things are, so Depth Control is not used: choose a Stable Diffusion or SDXL model",)
        self._measures = measures(settings.offload, residents.device.kind != "cpu")
        self._tried = 0  # of the measures, that are not enough
        self._dtype = None  # of torch, where that which fits model and device gives no picture
        self.name = self._named()
        self._weights = sum(size(one.path) for one in (found, self._control) if one)

    def paint(self, hole: Hole) -> np.ndarray:
        """As `Inpainter.paint`. Raises ParallaxError where the model cannot be read or memory is not enough."""
        if not hole.mask.any():
            return hole.picture.copy()
        if hole.outline:
            return inpaint.best("AUTO").paint(hole)
        while True:
            measure = self._measures[self._tried]
            try:
                filled = self._residents.work(self.name, self._weights, self._load, lambda painter: self._filled(painter, hole))
            except pipelines.NotFinite as error:
                self._widen(error)
            except TooLarge:
                if self._tried + 1 == len(self._measures):
                    raise self._too_large() from None
                self._tried += 1
                if self._measures[self._tried].offload != measure.offload:
                    self._residents.forget(self.name)
            else:
                if measure.share < 1.0:  # of which the name tells nothing: more memory, and it would be another picture
                    self._tell(f"{self._found.label} painted at half size, as memory was short: what it painted is softer")
                return filled

    def _widen(self, error: pipelines.NotFinite) -> None:
        """Has the model loaded again in a precision that holds larger numbers, once; raises the error where there is none."""
        wider = None if self._dtype else devices.wider(self._residents.device, error.dtype)
        if wider is None:
            raise error
        self._dtype = wider
        self._residents.forget(self.name)
        self._tell(f"{self._found.label} gives no picture in {WORDS[error.dtype.itemsize]} precision on this device, so it paints in "
                   f"{WORDS[wider.itemsize]} precision{' of another kind' if wider.itemsize == 2 else ', which is slower'}")

    def _tell_unread(self, painter: Painter, hole: Hole) -> None:
        for name, prompt in (("Prompt", hole.prompt), ("Negative Prompt", hole.negative)):
            if unread := painter.unread(prompt):
                self._tell(f"Only the beginning of the {name} counts, as {self._found.label} reads {painter.reads} tokens (short words and "
                           f"parts of longer ones): make it shorter, for nothing is painted by \"{textwrap.shorten(unread, SHOWN)}\"",
                           about=name)

    def _tell(self, text: str, about: str = "") -> None:
        """Warns once, of each text or of each thing that it is about."""
        if self._warn and (about or text) not in self._warned:
            self._warned.add(about or text)
            self._warn(text)

    def _load(self) -> Painter:
        painter = pipelines.load(self._found, self._residents.device, self._preset.scheduler, self._styles, self._control,
                                 self._dtype)
        if self._residents.device.kind != "cpu":
            needed = {"NONE": painter.weights, "PARTS": painter.largest, "LAYERS": 0}
            room = self._room(painter)  # no need to try what cannot fit
            self._tried = max(self._tried, next((number for number, one in enumerate(self._measures) if needed[one.offload] <= room), 0))
        painter.offload = self._measures[self._tried].offload
        return painter

    def _room(self, painter: Painter) -> int:
        """Bytes of the device that its weights may take: what is free, with what other models will leave, and without what work takes."""
        device = self._residents.device
        free = (devices.free_memory(device) or 0) + sum(self._residents.held().values())
        return max(0, min(device.memory or free, free) - BESIDE - WORK * self._size(painter) ** 2)

    def _filled(self, painter: Painter, hole: Hole) -> np.ndarray:
        """The picture with all of the hole painted, window after window."""
        self._tell_unread(painter, hole)
        picture, left = hole.picture.copy(), hole.mask.copy()
        asked = windows.cover(hole.mask, hole.exclude, self._size(painter), painter.step)
        for number, window in enumerate(asked):
            self._check()
            picture[window.cut] = self._seen_through(window, painter, hole, picture, left, (number, len(asked)))
            left[window.done] = False
        return np.where(hole.mask[..., None], picture, hole.picture)

    def _seen_through(self, window: Window, painter: Painter, hole: Hole, picture: np.ndarray, left: np.ndarray, turn) -> np.ndarray:
        """The window's part of the picture with what is left of the hole in it painted. turn: the window's number, and of how many."""
        here, wanted = picture[window.cut], left[window.cut]
        known = ~wanted if hole.exclude is None else ~(wanted | hole.exclude[window.cut])
        shown = window.shown(masks.flooded(here, known))
        mask = _in_blocks(window.shown(~known), painter.block)
        nearness = None if hole.nearness is None else window.shown(hole.nearness[window.cut].astype(np.float32, copy=False))
        painted = painter.paint(
            shown, mask, self._preset, hole.seed + turn[0], hole.prompt, hole.negative, nearness, self._settings.control_scale,
            self._measures[self._tried].saving, lambda share: self._stepped((turn[0] + share) / turn[1]))
        reach = max(4, round(self._size(painter) / RIM / window.zoom))
        return toned(here, window.taken(painted), wanted, known, reach)

    def _stepped(self, share: float) -> None:
        self._check()
        if self._tick:
            self._tick(share)

    def _size(self, painter: Painter) -> int:
        """Width and height that the model paints at."""
        wanted = (self._settings.paint_size or painter.size) * self._measures[self._tried].share
        return max(round(wanted / painter.step), SMALLEST) * painter.step

    def _named(self) -> str:
        """All that changes pixels beside the hole itself."""
        s, p = self._settings, self._preset
        parts = [f"Diffusion {identity(self._found.path)}", f"{p.steps} steps {p.scheduler}",
                 f"guidance {p.guidance} strength {p.strength:g}", f"size {s.paint_size}",
                 *(f"LoRA {identity(one.found.path)} {one.scale:g}" for one in self._styles)]
        if self._control:
            parts.append(f"control {identity(self._control.path)} {s.control_scale:g}")
        return ", ".join(parts)

    def _too_large(self) -> TooLarge:
        s = self._settings
        ways = ["choose a smaller model", "a smaller Paint Size"]
        if s.offload not in ("AUTO", "LAYERS") and self._residents.device.kind != "cpu":
            ways.append("Automatic for Offload")
        return TooLarge(f"{self._residents.device.titled()} has too little free memory for {self._found.label}, even at half size: "
                        f"{', '.join(ways)}, or close other programs that use it")


def toned(picture: np.ndarray, painted: np.ndarray, hole: np.ndarray, known: np.ndarray, reach: int) -> np.ndarray:
    """The picture with the hole's paint in the colours of what is around it.

    picture, painted: (h, w, 3) uint8; what the model did to the colours shows where both show the same: on the known pixels within
    `reach` of the hole. As a whole it is put right everywhere, and where it differs from place to place also near the hole's border.
    hole, known: (h, w) bool.
    """
    rim = known & ~hole & masks.grow_all(hole, reach)
    if rim.any():
        off = (picture[rim].astype(np.float32) - painted[rim]).mean(axis=0)
        painted = np.clip(painted + off, 0.0, 255.0)
    return gaps.matched(picture, painted, hole, rim.astype(np.float32), float(reach))


def _in_blocks(mask: np.ndarray, block: int) -> np.ndarray:
    """The mask grown to whole blocks, which a model masks or does not: it looks at one pixel of each."""
    height, width = mask.shape
    blocks = mask.reshape(height // block, block, width // block, block).any(axis=(1, 3))
    return blocks.repeat(block, axis=0).repeat(block, axis=1)
