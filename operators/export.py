"""Export: the film and its editions, rendered in a second Blender while this one stays usable."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bpy
from bl_operators.presets import AddPresetBase
from bpy.props import EnumProperty
from bpy.types import Menu, Operator

from ..engine.amounts import amount
from ..engine.errors import ParallaxError
from ..engine.film.export import EDITIONS, PRESETS, Export, Preset
from ..engine.options import options
from ..scene import edit, engines, film_settings, versions
from ..scene import export as writing
from . import elsewhere, loudness, meanwhile, notices, output, view
from .presets import draw_saved

TASK = "export"
FOLDER = "infinite_parallax/export"  # of the artist's own presets, in Blender's folder of presets
MENU = "INFINITE_PARALLAX_MT_export_presets"
KEPT = {*EDITIONS, "crop_x", "crop_y", "width", "height", "blur", "shutter", "blur_samples", "loudness"}  # by presets of ours
ENCODING = 0.15  # seconds that a frame of an edition takes to be laid out and written, where one of the scene takes a second
SLACK = 20_000_000  # bytes that are to be free when rendering has ended, else the disk was full


@dataclass(frozen=True)
class Target:
    """Where films go. path: the file of the film itself, or the folder of a sequence."""

    path: Path
    export: Export

    def of(self, edition: str) -> Path:
        """Where an edition goes."""
        return self.path.with_name(f"{self._stem}{EDITIONS[edition]}{self.export.suffix}")

    def partial(self, edition: str) -> Path:
        """Where it is written until it is whole."""
        return self.path.with_name(f".{self._stem}{EDITIONS[edition]}.partial{self.export.suffix}")

    @property
    def work(self) -> Path:
        """The folder for frames from which editions are made."""
        return self.path.with_name(f".{self._stem}.frames")

    @property
    def leftovers(self) -> tuple[Path, ...]:
        return (self.work, *map(self.partial, self.export.editions))

    @property
    def _stem(self) -> str:
        name, suffix = self.path.name, self.export.suffix
        return name[: -len(suffix)] if suffix and name.lower().endswith(suffix) else name


def target(scene) -> Target:
    """Where a built scene's films go. Raises ParallaxError where something is set wrong."""
    export, first = film_settings.export_of(scene.infinite_parallax), output.video_of(edit.edit_of(scene))
    return Target(first if export.suffix else first.parent, export)


Watch = Callable[[float, float, str], None]  # work that is done, all of it, and what it is, for each frame


def work(editions: tuple[str, ...], frames: int) -> float:
    """Seconds that writing a film of so many frames takes, where rendering one of them takes a second."""
    if editions == ("forward",):
        return float(frames)
    return frames + ENCODING * sum(writing.length(name, frames) for name in editions)


def write(scene, to: Target, watch: Watch) -> list[Path]:
    """Renders a prepared scene's film and editions here.

    Files appear under their names when they are whole. Raises ParallaxError where they cannot be written.
    """
    cut = edit.edit_of(scene)
    frames = cut.frame_end - cut.frame_start + 1
    editions = to.export.editions
    try:
        if editions == ("forward",):
            _render(cut, to, "forward", frames, watch)
        else:
            _render_editions(cut, to, editions, frames, watch)
        return [_put_in_place(to.partial(name), to.of(name)) for name in editions]
    finally:
        for path in to.leftovers:
            elsewhere.remove(path)


def _render_editions(cut, to: Target, editions, frames, watch):
    """The film is rendered once, without loss; all editions are strips made of its frames."""
    lengths = {name: writing.length(name, frames) for name in editions}
    total = work(editions, frames)
    with _restored(cut):
        writing.write_frames(cut, to.work, to.export.bits != "8")
        to.work.mkdir(parents=True, exist_ok=True)
        pictures = [cut.render.frame_path(frame=frame) for frame in range(cut.frame_start, cut.frame_end + 1)]
        _animate(cut, frames, lambda n: watch(n, total, f"frame {n} of {frames}"), Path(pictures[-1]))
    mix = _mixed(cut, to)
    done = float(frames)
    for name in editions:
        scene = writing.edition(cut, name, pictures, mix)
        try:
            label = options(Export)[name].label
            _render(scene, to, name, lengths[name], lambda n, _of, what, before=done, label=label: watch(
                before + ENCODING * n, total, f"{label}, {what}"))
        finally:
            bpy.data.scenes.remove(scene)
        done += ENCODING * lengths[name]


def _render(cut, to: Target, name: str, frames: int, watch) -> None:
    partial = to.partial(name)
    with _restored(cut):
        cut.render.filepath = str(partial if to.export.suffix else partial / writing.FRAME)
        last = partial if to.export.suffix else Path(cut.render.frame_path(frame=cut.frame_end))
        _animate(cut, frames, lambda n: watch(n, frames, f"frame {n} of {frames}"), last)


def _animate(cut, frames, watch, last: Path) -> None:
    """Renders a scene; `last` is the file that is there when all went well."""
    done = 0

    def written(*_):
        nonlocal done
        done += 1
        watch(done)

    output.check_writable(last)
    bpy.app.handlers.render_write.append(written)
    try:
        bpy.ops.render.render(animation=True, scene=cut.name)
    except RuntimeError as error:
        raise ParallaxError(f"The film could not be rendered: {error}".strip()) from None
    finally:
        bpy.app.handlers.render_write.remove(written)
    if done < frames or not last.is_file():
        free = shutil.disk_usage(last.parent).free
        why = f"{amount(free)} are free there: make room" if free < SLACK else "try another codec, container or folder"
        raise ParallaxError(f"The film could not be written to {last.parent} ({done} of {frames} frames were): {why}")


def _mixed(cut, to: Target) -> str:
    """The sound of an edit in a file; '' without sound.

    It is written as that of any video, of black frames: Blender's own mixdown takes the sound of the window's scene and no other.
    """
    if to.export.audio == "NONE" or not any(strip.type == "SOUND" for strip in versions.strips(cut)):
        return ""
    path = to.work / "mix.mkv"
    cover = writing.cover(cut)
    try:
        with _restored(cut):
            writing.write_sound(cut, path)
            _animate(cut, cut.frame_end - cut.frame_start + 1, lambda _done: None, path)
    finally:
        versions.strips(cut).remove(cover)
    return str(path)


@contextlib.contextmanager
def _restored(cut):
    """Gives back where and how a scene is written."""
    parts = cut.render, cut.render.image_settings, cut.render.ffmpeg
    before = [writing.values(part) for part in parts]
    try:
        yield
    finally:
        for part, values in zip(parts, before):
            writing.take(part, values)


def _put_in_place(partial: Path, path: Path) -> Path:
    """Gives a whole film its name. Of a sequence that was longer, the frames beyond the end go."""
    try:
        if partial.is_dir():
            path.mkdir(exist_ok=True)
            written = {picture.name for picture in partial.iterdir()}
            for name in sorted(written):
                os.replace(partial / name, path / name)
            for old in path.glob(f"{writing.FRAME}[0-9]*.png"):
                if old.name not in written:
                    old.unlink()
        else:
            os.replace(partial, path)
    except OSError as error:
        raise ParallaxError(f"The film could not be put at {path} ({error.strerror or error}): close what shows it, or choose another place"
                            ) from None
    return path


def render(progress, scene: str, engine: str, path: str) -> str:
    """What the second Blender does: see elsewhere.py."""
    built = bpy.data.scenes[scene]
    output.prepare(built, engine)
    to, cut, before = Target(Path(path), film_settings.export_of(built.infinite_parallax)), edit.edit_of(built), 0.0

    def watch(done, _total, what):
        nonlocal before
        progress.advance(done - before)
        before = done
        progress.within(what)

    progress.expect(work(to.export.editions, cut.frame_end - cut.frame_start + 1), is_known=False)
    progress.say("Rendering")
    paths = write(built, to, watch)
    return f"The film is at {', '.join(map(str, paths))}"


def start(scene) -> elsewhere.Elsewhere:
    """Has a second Blender write a built scene's film. Raises ParallaxError where it cannot begin."""
    to = target(scene)
    for name in to.export.editions:
        output.check_writable(to.of(name) if to.export.suffix else to.of(name) / f"{writing.FRAME}0001.png")
    last = loudness.last(scene)
    if last and not last.current:
        notices.tell(scene, "WARNING", "The sound was changed after its loudness was set and may clip: click Set Loudness, then Export")
    return elsewhere.start(TASK, "operators.export:render", {
        "scene": scene.name, "engine": engines.choose(scene.infinite_parallax.engine).engine, "path": str(to.path),
    }, to.leftovers)


def choose(group, preset: Preset) -> None:
    """Sets how the film is written to a preset's. What it shows stays: editions, crop, blur, loudness, and the size where none is named."""
    wanted = preset.export
    named = dict(preset.values)
    for name in options(Export):
        if name not in KEPT and (name != "size" or name in named):
            setattr(group, name, getattr(wanted, name))


def presets(group) -> list[Preset]:
    """Ours that this Blender can write."""
    built = [item[0] for item in writing.offered("codec", group)]
    return [one for one in PRESETS if one.export.codec in built]


class INFINITE_PARALLAX_OT_export(meanwhile.Work, Operator):
    bl_idname = "infinite_parallax.export"
    bl_label = "Export"
    bl_description = "Write the film and its editions in the background; Blender stays usable, and what you change meanwhile is not in it"

    @classmethod
    def poll(cls, context):
        return output.ready(cls, context) and meanwhile.is_free(cls, TASK, "A film is being written: wait for it or cancel")

    def now(self, scene):
        task = self.soon(scene)
        task.wait()
        self.report({"INFO"}, task.text)

    def soon(self, scene):
        notices.clear(scene)
        return start(scene)


class INFINITE_PARALLAX_OT_open_film(Operator):
    bl_idname = "infinite_parallax.open_film"
    bl_label = "Open Film"
    bl_description = "Show the film in the program that plays such files"

    @classmethod
    def poll(cls, context):
        scene = view.built(context)
        if scene is None or edit.edit_of(scene) is None:
            cls.poll_message_set("Generate a parallax first")
            return False
        return True

    @notices.refusing
    def execute(self, context):
        to = target(view.built(context))
        path = next((path for path in map(to.of, to.export.editions) if path.exists()), None)
        if path is None:
            raise ParallaxError("There is no film yet: click Export")
        return bpy.ops.wm.path_open(filepath=str(path))


class INFINITE_PARALLAX_OT_export_preset(Operator):
    bl_idname = "infinite_parallax.export_preset"
    bl_label = "Choose Export Preset"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    preset: EnumProperty(name="Preset", options={"SKIP_SAVE"}, items=[(one.key, one.label, one.tip) for one in PRESETS])

    @classmethod
    def description(cls, _context, properties):
        return next(one.tip for one in PRESETS if one.key == properties.preset)

    @notices.refusing
    def execute(self, context):
        group = view.subject(context).infinite_parallax.export
        preset = next(one for one in PRESETS if one.key == self.preset)
        if preset not in presets(group):
            raise ParallaxError(f"This Blender cannot write {preset.label}: choose another preset")
        choose(group, preset)
        return {"FINISHED"}


class INFINITE_PARALLAX_MT_export_presets(Menu):
    bl_idname = MENU
    bl_label = "Export Presets"
    preset_subdir = FOLDER
    preset_operator = "script.execute_preset"

    def draw(self, context):
        for one in presets(view.subject(context).infinite_parallax.export):
            self.layout.operator("infinite_parallax.export_preset", text=one.label).preset = one.key
        self.layout.separator()
        draw_saved(self, context)


class INFINITE_PARALLAX_OT_export_preset_add(AddPresetBase, Operator):
    bl_idname = "infinite_parallax.export_preset_add"
    bl_label = "Save Export Preset"
    bl_description = "Save how the film is written under a name, or remove the chosen one"
    preset_menu = MENU
    preset_subdir = FOLDER
    preset_defines = [f"export = (bpy.context.scene.get({edit.OF!r}) or bpy.context.scene).infinite_parallax.export"]
    preset_values = [f"export.{name}" for name in options(Export)]


classes = (INFINITE_PARALLAX_OT_export, INFINITE_PARALLAX_OT_open_film, INFINITE_PARALLAX_OT_export_preset,
           INFINITE_PARALLAX_MT_export_presets, INFINITE_PARALLAX_OT_export_preset_add)
