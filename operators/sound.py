"""The list of the film's sounds: added, given to a layer or object, heard at once."""

import functools
import tempfile
from pathlib import Path

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty
from bpy.types import Menu, Operator

from ..engine.errors import ParallaxError
from ..engine.film import assets
from ..engine.film.assets import Asset
from ..engine.film.pcm import RATE
from ..engine.film.sounds import SOURCES
from ..scene import edit, film_settings, sound
from . import film as film_operators
from . import lists, meanwhile, notices, process, tasks, view

ICONS = {"WIND": "FORCE_WIND", "RAIN": "MOD_FLUIDSIM", "WATER": "MOD_OCEAN", "SURF": "FORCE_HARMONIC", "CRICKETS": "LIGHT_HEMI",
         "FIRE": "LIGHT_POINT", "BIRDS": "OUTLINER_OB_CURVES", "ROOM": "HOME", "FILE": "FILE_SOUND"}
TASK = "preview"
SECONDS = 12  # of an ambience that is made to be heard at once
INTERVAL = 0.25  # seconds between looks

_handle = None  # of what plays; None of nothing
_device = None  # Blender's audio system closes with the last reference


@functools.cache
def _folder() -> Path:
    """Where previews are made: it goes when Blender ends."""
    holder = tempfile.TemporaryDirectory(prefix="infinite-parallax-sounds-")
    _folder.holder = holder
    return Path(holder.name)


def active(props):
    """The sound that is chosen in the list, or None."""
    return lists.chosen(props, "sound")


def owner(props, item) -> str:
    """Whose a sound is, for the artist."""
    if item.object:
        return item.object
    if not item.layer:
        return "Whole"
    return props.layer_items[item.layer - 1].name if item.layer <= len(props.layer_items) else f"Layer {item.layer}"


def add(props, source):
    """A new sound at the end of the list, which is chosen then."""
    item = film_settings.add(props.sounds, next(label for name, label, _ in SOURCES if name == source))
    item.source = source
    item.loop = source != "FILE"
    props.active_sound = len(props.sounds) - 1
    return item


def playing() -> bool:
    return bool(_handle and _handle.status)


def play(path: str, loops: bool, volume: float) -> None:
    """Plays a file; what played before ends. Raises ParallaxError where nothing can be heard."""
    global _handle, _device
    stop()
    try:
        import aud
    except ImportError:
        raise ParallaxError("This Blender is built without sound") from None
    try:
        _device = _device or aud.Device()
        handle = _device.play(aud.Sound(path))
        if not handle.status:  # Blender's stand-in for a missing device takes everything and plays nothing
            raise ParallaxError("There is no audio device here: see Preferences > System > Sound")
        handle.loop_count = -1 if loops else 0
        handle.volume = volume
    except aud.error as error:
        raise ParallaxError(f"The sound cannot be played here: {str(error).rstrip('.')}") from None
    _handle = handle


def stop() -> None:
    global _handle
    if playing():
        _handle.stop()
    _handle = None


def forget() -> None:
    """Ends all, as Blender or the extension ends."""
    global _device
    stop()
    _device = None
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)


def preview_asset(item) -> Asset | None:
    """The file that is heard as a preview; None of the artist's own."""
    if item.source == "FILE":
        return None
    return Asset.of("ambience", ".wav", item.name, source=item.source, seed=item.seed, samples=SECONDS * RATE, mono=False)


def _chosen(context):
    """The active sound's settings as the engine knows them, and how loud it is. Raises ParallaxError."""
    props = view.subject(context).infinite_parallax
    chosen = film_settings.to_film(props).sounds[props.active_sound]
    item = active(props)
    near = props.layer_items[item.layer - 1].distance if 0 < item.layer <= len(props.layer_items) else 1.0
    return chosen, sound.volume(chosen, near)


def _preview(context, soon: bool) -> None:
    """Plays the active sound; an ambience that is not there yet is made first, in the background or at once. Raises ParallaxError."""
    global _waiting
    chosen, volume = _chosen(context)
    problem = sound.trouble(chosen)
    if problem:
        raise ParallaxError(problem)
    asset = preview_asset(chosen)
    path = str(_folder() / asset.file) if asset else chosen.file
    task = None
    if asset and assets.missing([asset], _folder()):
        task = tasks.start(TASK, assets.request([asset], _folder()), process.python("engine.film", str(_folder())))
    if task and soon:
        _waiting = path, chosen.loop, volume
    else:
        if task:
            task.wait()
        play(path, chosen.loop, volume)
    if soon and not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=INTERVAL, persistent=True)


_waiting = None  # what plays as soon as it is made: path, whether it loops, volume


def _look():
    """Plays what has been made, and has the panel show when it has ended."""
    global _waiting
    task = tasks.of(TASK)
    if task and task.running:
        return INTERVAL
    if _waiting:
        if task and task.state == process.DONE:
            try:
                play(*_waiting)
            except ParallaxError as error:
                notices.tell(view.subject(bpy.context), "ERROR", str(error))
        _waiting = None
    view.redraw()
    return INTERVAL if playing() else None


class INFINITE_PARALLAX_OT_add_sound(Operator):
    bl_idname = "infinite_parallax.add_sound"
    bl_label = "Add Sound"
    bl_description = "Add a sound to the film"
    bl_options = {"REGISTER", "UNDO"}

    source: EnumProperty(name="Source", description="What is heard", items=SOURCES)

    @classmethod
    def description(cls, _context, properties):
        return next(tip for name, _, tip in SOURCES if name == properties.source)

    def execute(self, context):
        add(view.subject(context).infinite_parallax, self.source)
        return {"FINISHED"}


class INFINITE_PARALLAX_MT_add_sound(Menu):
    bl_idname = "INFINITE_PARALLAX_MT_add_sound"
    bl_label = "Add Sound"

    def draw(self, _context):
        for name, label, _ in SOURCES:
            if name == "FILE":
                self.layout.separator()
            self.layout.operator("infinite_parallax.add_sound", text=label, icon=ICONS[name]).source = name


class _OfActive(lists.OfChosen):
    of, missing = "sound", "Add a sound first"


class INFINITE_PARALLAX_OT_remove_sound(_OfActive, lists.Remove, Operator):
    bl_idname = "infinite_parallax.remove_sound"
    bl_label = "Remove Sound"
    bl_description = "Take the sound out of the film; Update Edit removes its strip"


class INFINITE_PARALLAX_OT_sound_owner(_OfActive, Operator):
    bl_idname = "infinite_parallax.sound_owner"
    bl_label = "Belongs To"
    bl_description = "What the sound comes from: its distance, place and speed are heard"

    layer: IntProperty(name="Layer", description="Number of the layer, 0 for none", min=0, options={"SKIP_SAVE"})
    object: StringProperty(name="Object", description="Name of the object", options={"SKIP_SAVE"})

    def execute(self, context):
        item = active(view.subject(context).infinite_parallax)
        item.layer, item.object = self.layer, self.object
        return {"FINISHED"}


class INFINITE_PARALLAX_MT_sound_owner(Menu):
    bl_idname = "INFINITE_PARALLAX_MT_sound_owner"
    bl_label = "Belongs To"

    def draw(self, context):
        props, layout = view.subject(context).infinite_parallax, self.layout
        layout.operator("infinite_parallax.sound_owner", text="Whole", icon="WORLD")
        layout.separator()
        for number, item in enumerate(list(props.layer_items)[: props.layers], 1):
            layout.operator("infinite_parallax.sound_owner", text=item.name, icon="RENDERLAYERS").layer = number
        if props.objects:
            layout.separator()
        for item in props.objects:
            layout.operator("infinite_parallax.sound_owner", text=item.name, icon="OBJECT_DATA").object = item.name


class INFINITE_PARALLAX_OT_preview_sound(_OfActive, Operator):
    bl_idname = "infinite_parallax.preview_sound"
    bl_label = "Preview"
    bl_description = "Hear the sound now, as loud as its distance makes it"
    bl_options = {"REGISTER"}

    @notices.refusing
    def execute(self, context):
        _preview(context, soon=False)
        return {"FINISHED"}

    @notices.refusing
    def invoke(self, context, _event):
        _preview(context, soon=not bpy.app.background)
        view.redraw()
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_stop_sound(Operator):
    bl_idname = "infinite_parallax.stop_sound"
    bl_label = "Stop"
    bl_description = "End the preview"

    def execute(self, _context):
        stop()
        view.redraw()
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_lay_sound_again(_OfActive, meanwhile.Work, Operator):
    bl_idname = "infinite_parallax.lay_sound_again"
    bl_label = "Lay Again"
    bl_description = "Put the sound's strip, which you deleted, into the edit again"
    bl_options = {"REGISTER"}

    def now(self, scene):
        _ask_again(scene)
        notices.report(self, scene, film_operators.update(scene))

    def soon(self, scene):
        _ask_again(scene)
        film_operators.update_soon(scene)


def _ask_again(scene) -> None:
    """Forgets that the artist has deleted the strips of the active sound. Raises ParallaxError where there is no edit."""
    cut = edit.edit_of(scene) if scene else None
    if cut is None:
        raise ParallaxError("Generate a parallax first")
    sound.ask_again(cut, active(scene.infinite_parallax).key)


classes = (
    INFINITE_PARALLAX_OT_add_sound, INFINITE_PARALLAX_MT_add_sound, INFINITE_PARALLAX_OT_remove_sound, INFINITE_PARALLAX_OT_sound_owner,
    INFINITE_PARALLAX_MT_sound_owner, INFINITE_PARALLAX_OT_preview_sound, INFINITE_PARALLAX_OT_stop_sound,
    INFINITE_PARALLAX_OT_lay_sound_again,
)
