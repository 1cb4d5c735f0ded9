"""Which models are on the device: one at a time, unless all fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import ParallaxError
from . import device as devices
from .device import Device

ROOM = 1.5  # times a model's weights that it takes while it works


class TooLarge(ParallaxError):
    """A model's work does not fit into memory, even alone."""


@dataclass
class Resident:
    """A loaded model."""

    model: Any  # has `to(device)`, as torch modules and diffusers pipelines have
    size: int  # bytes of its weights
    here: bool = False  # on the device


@dataclass
class Residents:
    """Loaded models by name. What has to make room waits in the computer's memory, so that it is back soon."""

    device: Device
    _models: dict[str, Resident] = field(default_factory=dict)

    def work(self, name: str, size: int, load: Callable[[], Any], task: Callable[[Any], Any], label: str = "") -> Any:
        """What `task` makes of the model, which is loaded once and brought to the device.

        name: of the model. size: bytes of its weights. label: for the artist, where it is another. Out of memory, all others leave
        the device and it is tried once more. Raises TooLarge when that does not help; the caller may ask for less.
        """
        for alone in (False, True):
            try:
                return task(self._bring(name, size, load, alone))
            except Exception as error:
                if not devices.is_out_of_memory(error):
                    raise
            devices.release(self.device)
            if not self.held().keys() - {name}:  # there is nobody who could make room
                break
        self.leave()
        raise TooLarge(f"{self.device.titled()} has too little free memory for {label or name}: choose a smaller model, "
                       "or close other programs that use it")

    def leave(self) -> None:
        """Takes all models off the device, for whoever else needs it."""
        for resident in self._models.values():
            self._send_away(resident)
        devices.release(self.device)

    def forget(self, name: str | None = None) -> None:
        """Drops one model, or all, from every memory: between stages that need them and stages that do not."""
        for known in [name] if name else list(self._models):
            self._models.pop(known, None)
        devices.release(self.device)

    def held(self) -> dict[str, int]:
        """Bytes of weights on the device, by the model's name."""
        return {name: resident.size for name, resident in self._models.items() if resident.here}

    def _bring(self, name: str, size: int, load: Callable[[], Any], alone: bool) -> Any:
        if name not in self._models:
            self._models[name] = Resident(load(), size)
        resident = self._models[name]
        others = [one for one in self._models.values() if one is not resident and one.here]
        free = devices.free_memory(self.device)
        if others and (alone or (not resident.here and free is not None and free < ROOM * size)):
            for one in others:
                self._send_away(one)
            devices.release(self.device)
        if not resident.here:
            try:
                resident.model.to(self.device.kind)
            except Exception:
                resident.model.to("cpu")  # a part of it found room before the rest did not
                raise
            resident.here = True
        return resident.model

    def _send_away(self, resident: Resident) -> None:
        if resident.here:
            resident.model.to("cpu")
            resident.here = False
