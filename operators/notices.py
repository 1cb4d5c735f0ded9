"""The last thing each scene's artist was told, for the panel to show until something is changed or done."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..engine.errors import ParallaxError
from ..scene import properties
from . import view


@dataclass(frozen=True)
class Notice:
    level: str  # ERROR, WARNING or INFO
    text: str
    about: int  # the settings that it was said of


_shown: dict[int, Notice] = {}  # by the scene's session_uid


def tell(scene, level: str, text: str) -> None:
    _shown[scene.session_uid] = Notice(level, text, properties.fingerprint(scene.infinite_parallax))


def clear(scene) -> None:
    _shown.pop(scene.session_uid, None)


def of(scene) -> Notice | None:
    notice = _shown.get(scene.session_uid)
    return notice if notice and notice.about == properties.fingerprint(scene.infinite_parallax) else None


def report(operator, scene, notes) -> None:
    """Tells sentences about what was made otherwise than asked; without any, what was said before is over."""
    clear(scene)
    for sentence in notes:
        operator.report({"WARNING"}, sentence)
    if notes:
        tell(scene, "WARNING", " ".join(f"{note}." for note in notes))


def refusing(method):
    """For an operator's execute or invoke: a ParallaxError becomes its report and the panel's notice."""

    def reported(self, context, *event):
        try:
            return method(self, context, *event)
        except ParallaxError as error:
            asked = bpy.data.scenes.get(getattr(self, "scene", ""))  # by a timer, for a scene that no window may show
            tell(asked or view.subject(context), "ERROR", str(error))
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    if method.__name__ == "invoke":  # Blender counts the arguments of what it calls
        return lambda self, context, event: reported(self, context, event)
    return lambda self, context: reported(self, context)
