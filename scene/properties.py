"""The artist's settings of a scene: `scene.infinite_parallax`, made from the engine's own list of options."""

import os
from pathlib import Path

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import Image, PropertyGroup, Scene

from ..engine import motion
from ..engine.errors import ParallaxError
from ..engine.job import Job
from ..engine.settings import Settings, options
from . import engines, versions

BASE = __package__.rpartition(".")[0]  # the extension's own name, for its user folder
DEFAULTS = Settings()
PER_LAYER = {name for name in options() if isinstance(getattr(DEFAULTS, name), tuple)}


def _property(name):
    """The Blender property of one engine setting."""
    option, default = options()[name], getattr(DEFAULTS, name)
    words = {"name": option.label, "description": option.tip, "default": default, "options": set()}
    if isinstance(default, bool):
        return BoolProperty(**words)
    if option.items:
        return EnumProperty(items=option.items, **words)
    if isinstance(default, str):
        return StringProperty(subtype={"file": "FILE_PATH", "folder": "DIR_PATH"}.get(option.kind, "NONE"), **words)
    low, high = option.soft or (option.low, option.high)
    limits = {"min": option.low, "max": option.high, "soft_min": low, "soft_max": high}
    words.update({limit: type(default)(number) for limit, number in limits.items()})
    if name == "layers":
        words["update"] = _layers_changed
    if isinstance(default, int):
        return IntProperty(subtype="PIXEL" if option.unit == "px" else "NONE", **words)
    return FloatProperty(subtype="PIXEL" if option.unit == "px" else "NONE", precision=2, **words)


def _layer_number(name, label, default, **more):
    option = options()[name]
    return FloatProperty(name=label, description=option.tip, default=default, min=option.low, max=option.high, options=set(), **more)


def _layers_changed(props, _context):
    fit_layers(props)


def _engine_changed(props, _context):
    from . import build

    if build.is_built(props.id_data):
        engines.apply(props.id_data, engines.choose(props.engine), len(props.layer_items))


class LayerItem(PropertyGroup):
    """What can be set for one layer; the first one is the top of the picture."""

    height: _layer_number("heights", "Height", 20.0, precision=1, subtype="PERCENTAGE")
    distance: _layer_number("distances", "Distance", 1.0, precision=2, soft_min=0.1, soft_max=20.0)
    use_speed: BoolProperty(name="Typed Speed", description="Give this layer a speed of its own", options=set())
    speed: _layer_number("speeds", "Speed", 0.0, precision=1, soft_min=-500.0, soft_max=500.0)


class ParallaxSettings(PropertyGroup):
    """Engine settings by their engine names, and what only Blender has."""

    picture: PointerProperty(name="Picture", description="The still picture to set in motion", type=Image)
    folder: StringProperty(
        name="Folder", description="Where the parallax is painted: layers, and what is needed to resume", subtype="DIR_PATH",
        default="//parallax/", options=set() | versions.BLEND_RELATIVE)
    job: StringProperty(options={"HIDDEN"})  # beside the .blend, so that both can move together
    job_absolute: StringProperty(options={"HIDDEN"})  # where it was made: Save As into another folder leaves it there
    auto_heights: BoolProperty(
        name="Heights from Picture", description="Cut the picture where its rows change", default=True, options=set())
    layer_items: CollectionProperty(type=LayerItem)
    active_layer: IntProperty(name="Layer", options={"HIDDEN"})
    engine: EnumProperty(
        name="Render Engine", description="What renders the layers", items=engines.CHOICES, update=_engine_changed, options=set())


ParallaxSettings.__annotations__.update({name: _property(name) for name in options() if name not in PER_LAYER})


def to_settings(props) -> Settings:
    """The engine's settings. Raises ParallaxError that names the first wrong one."""
    values = {name: getattr(props, name) for name in options() if name not in PER_LAYER}
    values["loop"] = props.loop and props.content == "REPEAT"  # the panel greys it out where it cannot be
    items = list(props.layer_items)[: props.layers]
    if len(items) == props.layers:
        values["distances"] = [item.distance for item in items]
        if any(item.use_speed for item in items):
            values["speeds"] = [item.speed if item.use_speed else None for item in items]
        if not props.auto_heights:
            values["heights"] = [item.height for item in items[:-1]]
    return Settings.from_dict(values)


def from_settings(props, settings: Settings) -> None:
    """Sets a scene's settings to the engine's."""
    for name in options():
        if name not in PER_LAYER:
            setattr(props, name, getattr(settings, name))
    fit_layers(props)
    props.auto_heights = not settings.heights
    for item, distance in zip(props.layer_items, motion.distances(settings)):
        item.distance = distance
    for item, speed in zip(props.layer_items, settings.speeds or [None] * settings.layers):
        item.use_speed = speed is not None
        item.speed = speed or 0.0
    if settings.heights:
        show_heights(props, settings.heights)


def take(props, settings: Settings) -> bool:
    """Sets a scene's settings to the engine's. True when that changed any."""
    try:
        before = to_settings(props)
    except ParallaxError:
        before = None
    from_settings(props, settings)
    return before != to_settings(props)


def fingerprint(props) -> int:
    """A number that changes with any setting that the artist sees."""
    values = [getattr(props, rna.identifier) for rna in props.bl_rna.properties if not (rna.is_readonly or rna.is_hidden)]
    return hash((*values, *((item.height, item.distance, item.use_speed, item.speed) for item in props.layer_items)))


def copy(props, other) -> None:
    """Gives one scene another one's settings."""
    for rna in props.bl_rna.properties:
        if not rna.is_readonly and rna.identifier != "name":
            setattr(other, rna.identifier, getattr(props, rna.identifier))
    other.layer_items.clear()
    for item in props.layer_items:
        made = other.layer_items.add()
        for name in ("name", "height", "distance", "use_speed", "speed"):
            setattr(made, name, getattr(item, name))


def fit_layers(props) -> None:
    """Makes as many layer items as there are layers; the others keep what they hold, unless nobody has touched them."""
    items, count = props.layer_items, props.layers
    before = len(items)
    untouched = all(abs(item.distance - default) < 1e-6 for item, default in zip(items, _landscape(before)))
    for number in range(before, count):
        item = items.add()
        item.name = f"Layer {number + 1}"
        item.height = 100.0 / count
    while len(items) > count:
        items.remove(len(items) - 1)
    for number, distance in enumerate(_landscape(count)):
        if untouched or number >= before:
            items[number].distance = distance
    props.active_layer = min(props.active_layer, count - 1)


def _landscape(count):
    return motion.distances(Settings(layers=count)) if count else ()


def fit_soon(scene) -> None:
    """Makes a scene's layer items as soon as Blender allows: drawing a panel may not change the file."""
    name = scene.name

    def fit():
        found = bpy.data.scenes.get(name)
        if found and len(found.infinite_parallax.layer_items) != found.infinite_parallax.layers:
            fit_layers(found.infinite_parallax)

    bpy.app.timers.register(fit, first_interval=0.0)


def last_height(props) -> float:
    """What the other layers leave for the last one, in percent."""
    return 100.0 - sum(item.height for item in list(props.layer_items)[: props.layers - 1])


def show_heights(props, heights) -> None:
    """Writes heights into the layers; the last one may be left out."""
    fit_layers(props)
    for item, height in zip(props.layer_items, heights):
        item.height = height
    if len(props.layer_items) > 1:
        props.layer_items[-1].height = max(0.0, last_height(props))


def uses_own_folder(scene) -> bool:
    """Whether the job goes to the extension's own folder, as the .blend has no place on disk yet."""
    return scene.infinite_parallax.folder.startswith("//") and not bpy.data.filepath


def chosen_folder(scene) -> Path:
    """Where the jobs of this scene go, by its settings."""
    props = scene.infinite_parallax
    if uses_own_folder(scene):
        stem = Path(props.picture.name).stem if props.picture else "picture"
        safe = "".join(c if c.isalnum() or c in "-_ " else "_" for c in stem)
        return Path(bpy.utils.extension_path_user(BASE, path=f"jobs/{safe}")) / "parallax"
    return _absolute(props.folder or "//parallax/")


def free_folder(scene) -> Path:
    """Where a new job of this scene goes: beside finished ones, which scenes and undo steps may still show."""
    base = folder = chosen_folder(scene)
    number = 1
    while Job(folder).finished():
        number += 1
        folder = base.with_name(f"{base.name}-{number}")
    return folder


def job_folder(scene) -> Path:
    """Where this scene's latest job is: it stays where it was made when the .blend is saved or the setting changed."""
    places = [*_remembered(scene.infinite_parallax), chosen_folder(scene)]
    return next((place for place in places if (place / "job.json").is_file()), places[0])


def job_of(scene) -> Job:
    """This scene's latest job. Raises ParallaxError when its folder is gone."""
    folder = job_folder(scene)
    if scene.infinite_parallax.job and not (folder / "job.json").is_file():
        raise ParallaxError(f"The painted layers in {folder} are not there any more: put the folder back, or generate the parallax again")
    return Job(folder)


def remember_job(props, folder) -> None:
    from .planes import beside_blend

    props.job_absolute = str(_absolute(str(folder)))
    props.job = beside_blend(props.job_absolute)


def same_folder(one, other) -> bool:
    """Whether two paths lead to the same folder, however they are written."""
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them is not there
        return os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))


def _remembered(props):
    """Where the latest job may be: beside the .blend, else where it was made."""
    relative_to_nothing = props.job.startswith("//") and not bpy.data.filepath
    paths = [] if relative_to_nothing else [props.job]
    return [_absolute(path) for path in (*paths, props.job_absolute) if path]


def _absolute(path) -> Path:
    return Path(os.path.abspath(bpy.path.abspath(path)))  # Blender's own keeps the '..' of '//../folder'


classes = (LayerItem, ParallaxSettings)


def register():
    for cls in classes:
        bpy.utils.register_class(cls)
    Scene.infinite_parallax = PointerProperty(type=ParallaxSettings)


def unregister():
    del Scene.infinite_parallax
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
