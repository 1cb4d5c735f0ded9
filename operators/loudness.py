"""Set Loudness: the mix of the edit is measured by a second Blender, and the edit's volume set so that it has the wanted loudness.

The artist's strips stay as they are: what is set is the volume of the edit, an ordinary property of the scene.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import bpy
from bpy.types import Operator

from ..engine.errors import ParallaxError
from ..engine.files import write_json
from ..engine.film.loudness import Loudness, gain_to
from ..scene import edit, export, film_settings, sound, versions
from . import elsewhere, meanwhile, notices, process, view

TASK = "loudness"
QUIET = 0.125  # the volume at which the edit is mixed
LAST = "infinite_parallax_loudness"  # on an edit: what was measured last
LOUDEST = 100.0  # what Blender's volume of a scene goes up to


@dataclass(frozen=True)
class Last:
    """The last measurement. integrated: LUFS, range: LU, peak: dBTP, with the volume that was set then.

    volume: of the edit. mix: of what its sound is made. note: what fell short.
    current: whether the edit still has that volume and that sound.
    """

    integrated: float
    range: float
    peak: float
    volume: float
    mix: str
    note: str
    current: bool


def last(scene) -> Last | None:
    """What was measured last of a parallax scene's edit; None where nothing was."""
    cut = edit.edit_of(scene)
    with suppress(ValueError, TypeError, KeyError):
        values = json.loads(cut[LAST]) if cut else None
        if values:
            as_loud = abs(cut.audio_volume - values["volume"]) < 1e-4 * max(1.0, values["volume"])
            return Last(**values, current=as_loud and values["mix"] == sound.mix(cut))
    return None


def measure(progress, scene: str, result: str) -> str:
    """Runs in the second Blender: mixes the edit and writes how loud it is at volume 1 to the file `result`. Raises ParallaxError."""
    cut = bpy.data.scenes[scene]
    progress.expect(2.0)
    progress.say("Mixing the sound")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mix.mkv"
        mix(cut, path)
        progress.advance(1.0)
        progress.say("Measuring the loudness")
        write_json(Path(result), at_full(measured(path)))
    progress.advance(1.0)
    return "Measured"


def mix(cut, path: Path) -> None:
    """Writes the sound of an edit, at the volume QUIET, so that nothing is cut off. Raises ParallaxError.

    It is written as that of any video, of black frames: Blender's own mixdown takes the sound of the window's scene and no other, and
    in 5.2 it goes on when the operator has ended.
    """
    cut.audio_volume = QUIET
    cut.view_layers[0].update()
    cover = export.cover(cut)
    try:
        export.write_sound(cut, path)
        bpy.ops.render.render(animation=True, scene=cut.name)
    except RuntimeError as error:
        raise ParallaxError(f"The sound of the edit could not be mixed ({str(error).strip()}): look at its sound strips") from None
    finally:
        versions.strips(cut).remove(cover)


def at_full(measured: dict) -> dict:
    """What was measured at the volume QUIET as it is at volume 1."""
    more = -20.0 * math.log10(QUIET)
    return {name: value if name == "range" or value is None else value + more for name, value in measured.items()}


def measured(path: Path) -> dict:
    """How loud a file is, measured in a process of its own: PyAV is never loaded into Blender. Raises ParallaxError."""
    done = subprocess.run([sys.executable, "-s", "-m", "engine.film.loudness", str(path)], cwd=process.ROOT, env=process.environment(),
                          capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise ParallaxError(f"The loudness could not be measured ({done.stderr.strip()[-200:]}): try again") from None


def _start(scene):
    """Begins measuring. Returns the task, and the file in which it tells. Raises ParallaxError."""
    cut = _check(scene)
    result = _result()
    elsewhere.remove(result)
    return elsewhere.start(TASK, "operators.loudness:measure", {"scene": cut.name, "result": str(result)})


def _result() -> Path:
    return Path(bpy.app.tempdir or tempfile.gettempdir()) / "infinite_parallax_loudness.json"


def _check(scene):
    """The edit, where its loudness can be set. Raises ParallaxError."""
    cut = edit.edit_of(scene)
    if cut is None:
        raise ParallaxError("The edit was deleted: click Update Motion to make it again")
    if "container" not in bpy.ops.sound.mixdown.get_rna_type().properties:
        raise ParallaxError("This Blender was built without sound: use the one from blender.org")
    if any(curve.data_path == "audio_volume" for curve in versions.fcurves(cut)):
        raise ParallaxError("The volume of the edit has keyframes of its own: remove them, then set the loudness")
    return cut


def settle(scene) -> str:
    """Sets the edit's volume by what was measured. Gives a sentence for the artist. Raises ParallaxError."""
    cut = _check(scene)
    try:
        loudness = Loudness(**json.loads(_result().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise ParallaxError("The loudness was not measured: click Set Loudness again") from None
    if loudness.integrated is None or loudness.peak is None:
        raise ParallaxError("The edit is silent, so its loudness cannot be set: add a sound first")
    gain = gain_to(loudness, film_settings.export_of(scene.infinite_parallax).loudness)
    cut.audio_volume = min(10.0 ** (gain.decibels / 20.0), LOUDEST)
    values = Last(loudness.integrated + gain.decibels, loudness.range, loudness.peak + gain.decibels, cut.audio_volume, sound.mix(cut),
                  gain.note, True)
    cut[LAST] = json.dumps({name: value for name, value in asdict(values).items() if name != "current"})
    return gain.note


def set_loudness(scene) -> str:
    """Measures and sets; waits for it. Gives a sentence where the target is not reached, else nothing. Raises ParallaxError."""
    _start(scene).wait()
    return settle(scene)


def _tell(operator, scene, note: str) -> None:
    notices.report(operator, scene, (note,) if note else ())
    now = last(scene)
    if now and not note:
        operator.report({"INFO"}, f"The sound is at {now.integrated:.1f} LUFS, its peaks at {now.peak:.1f} dB")


class INFINITE_PARALLAX_OT_set_loudness(meanwhile.Work, Operator):
    bl_idname = "infinite_parallax.set_loudness"
    bl_label = "Set Loudness"
    bl_description = "Measure the mix of the edit and set its volume to the wanted loudness, without clipping; strips stay as they are"
    bl_options = {"REGISTER"}  # what can be undone is done when it has been measured

    @classmethod
    def poll(cls, context):
        scene = view.built(context)
        if scene is None or edit.edit_of(scene) is None:
            cls.poll_message_set("Generate a parallax first")
            return False
        return meanwhile.is_free(cls, TASK, "The loudness is being measured: wait for it or cancel")

    def now(self, scene):
        _tell(self, scene, set_loudness(scene))

    def soon(self, scene):
        _start(scene)
        meanwhile.follow(TASK, scene, bpy.ops.infinite_parallax.settle_loudness)


class INFINITE_PARALLAX_OT_settle_loudness(meanwhile.Step, Operator):
    bl_idname = "infinite_parallax.settle_loudness"
    bl_label = "Set Loudness"
    bl_description = "Set the edit's volume by what was measured"

    def finish(self, scene):
        _tell(self, scene, settle(scene))


classes = (INFINITE_PARALLAX_OT_set_loudness, INFINITE_PARALLAX_OT_settle_loudness)
