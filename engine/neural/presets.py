"""How long a fill is worked on, in a model's own numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..settings import Settings

NEAR_ONE = 0.9999  # strength at which SDXL still starts from what is there: from noise alone it paints less sharply, say its authors
GUIDANCE = {"sd": 7.5, "sdxl": 7.5, "flux": 30.0}  # by family; others have one of their own
STEPS = {"GOOD": 28, "BEST": 50}


@dataclass(frozen=True)
class Preset:
    """steps: of one fill, all of them. guidance: how closely the prompt is followed, or None for what the model itself has.

    strength: from 0 to 1, how much of what the gap is first filled with is painted over. scheduler: a value of the setting.
    fast: with the few-step LoRA.
    """

    steps: int
    guidance: float | None
    strength: float
    scheduler: str
    fast: bool = False


def preset(settings: Settings, has_fast_lora: bool, family: str = "sd") -> Preset:
    """The numbers of the quality that is set. family: of the model, '' where it is not told."""
    strength = min(settings.strength, NEAR_ONE) if family == "sdxl" else settings.strength
    guidance, flows = GUIDANCE.get(family), family not in ("sd", "sdxl")
    if settings.quality == "CUSTOM":
        steps, guidance, scheduler = settings.inference_steps, settings.guidance, settings.scheduler
    elif settings.quality != "DRAFT":
        steps, scheduler = STEPS[settings.quality], settings.scheduler
    elif has_fast_lora:
        return Preset(_at_least_one(6, strength), 1.5, strength, "LCM", fast=True)
    else:
        steps, scheduler = 12, "MODEL" if flows else "DPMPP"
    return Preset(_at_least_one(steps, strength), guidance, strength, scheduler)


def _at_least_one(steps: int, strength: float) -> int:
    """So many steps that one of them is left: with less strength, the first ones are left out."""
    while int(steps * strength) < 1:
        steps = max(steps + 1, math.ceil(1.0 / strength))
    return steps
