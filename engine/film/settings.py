"""All that the artist sets for the film, together."""

from __future__ import annotations

from dataclasses import dataclass, field

from .camera import Camera
from .effects import Effect
from .export import Export
from .grade import Grade
from .sounds import Sound


@dataclass(frozen=True)
class Film:
    """The film's settings; sounds and effects in the order of their lists."""

    sounds: tuple[Sound, ...] = ()
    effects: tuple[Effect, ...] = ()
    grade: Grade = field(default_factory=Grade)
    camera: Camera = field(default_factory=Camera)
    export: Export = field(default_factory=Export)


GROUPS = {"grade": Grade, "camera": Camera, "export": Export}  # of which a film has one each
LISTS = {"sounds": Sound, "effects": Effect}  # and of which it has any number
