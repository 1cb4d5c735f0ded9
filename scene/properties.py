"""The artist's settings of a scene as the engine knows them, the lists of layers and objects, and where the scene's job is."""

import os
import uuid
from dataclasses import replace
from pathlib import Path

import bpy

from ..engine import motion
from ..engine.errors import ParallaxError
from ..engine.film.settings import GROUPS, LISTS
from ..engine.job import Job
from ..engine.layers import automatic
from ..engine.settings import Redo, Settings, options
from ..engine.style import presets
from . import film_settings, given, groups, style
from .groups import count, finds_layers, fit_layers, has_masks, lists_built, names_of, plain_name, redoes_layers

__all__ = ["count", "finds_layers", "fit_layers", "has_masks", "lists_built", "redoes_layers"]  # of the groups, for other modules

MODELS = tuple(name for name, option in options().items() if option.kind == "model")
BASE = __package__.rpartition(".")[0]  # the extension's own name, for its user folder


def to_settings(props, folder: Path | None = None) -> Settings:
    """The engine's settings. Raises ParallaxError that names the first wrong one.

    folder: of the job that they are for, where masks and depth maps are handed over; without one, paths are the artist's own.
    """
    values = {name: getattr(props, name) for name in options() if name not in groups.LISTS}
    values["loop"] = props.loop and props.content == "REPEAT"  # the panel greys it out where it cannot be
    values["depth_map"] = given.depth(props.depth_map, folder)
    values["cards"] = "" if props.separator == "AUTO" else given.absolute(props.cards)  # chosen while another separator was
    items = list(props.layer_items)[: props.layers]
    if len(items) == props.layers and not finds_layers(props):
        values.update(_of_layers(props, items, folder))
    if len(items) == props.layers and any(item.hide for item in items):
        values["hidden"] = [float(item.hide) for item in items]
    values["turns"] = [x for item in sorted(props.turns, key=lambda item: item.share) for x in (item.share, item.direction)]
    values["objects"] = [_of_object(item, number, folder) for number, item in enumerate(props.objects)]
    values["redos"] = [{name: getattr(item, name) for name in options(Redo)} for item in props.redos]
    for name in MODELS:
        values[name] = given.model(getattr(props, name))
    return Settings.from_dict(values)


def expected(props, split: bool) -> Settings:
    """The settings by which to say what a job will take: once the picture was split, with the layers and the style that were found."""
    settings = to_settings(props)
    if split and settings.style == presets.AUTO and props.suggested in presets.STYLES:
        settings = replace(settings, style=props.suggested)
    if not (split and finds_layers(props) and lists_built(props)):
        return settings
    items = list(props.layer_items)
    return replace(settings, layers=len(items), distances=tuple(item.distance for item in items))


def _of_layers(props, items, folder) -> dict:
    """The settings that have one value for each layer, where they are not the defaults."""
    values = {"distances": [item.distance for item in items]}
    if any(item.use_speed for item in items):
        values["speeds"] = [item.speed if item.use_speed else None for item in items]
    if any(item.factor != 1.0 for item in items):
        values["factors"] = [item.factor for item in items]
    if has_masks(props):
        values["masks"] = [given.mask(item.mask, given.LAYER, number, folder) for number, item in enumerate(items)]
    if any(item.name != plain_name(number) for number, item in enumerate(items)):
        values["names"] = [item.name for item in items]
    if props.separator == "BANDS" and not props.auto_heights:
        values["heights"] = [item.height for item in items[:-1]]
    return values


def _of_object(item, number, folder) -> dict:
    values = {"key": item.key or _plain_key(number), **{name: getattr(item, name) for name in ("name", *groups.OF_OBJECT)}}
    if item.shape == "BOX":
        values["box"] = list(item.box)
        if not any(values["box"]):
            raise ParallaxError(f"The object '{item.name}' has no box yet: click Draw Box, or choose another shape")
    elif item.shape == "LASSO":
        values["lasso"] = _numbers(item)
    elif item.shape == "SUBJECT":
        values["subject"] = True
    elif item.shape == "MASK":
        values["mask"] = given.mask(item.mask, given.OBJECT, number, folder)
        if not values["mask"]:
            raise ParallaxError(f"The object '{item.name}' has no mask yet: paint one, open an image, or choose another shape")
    return values


def _numbers(item) -> list[float]:
    try:
        return [float(number) for number in item.lasso.split(",")]
    except ValueError:
        raise ParallaxError(f"The object '{item.name}' has no lasso yet: click Draw Lasso, or choose another shape") from None


def from_settings(props, settings: Settings) -> None:
    """Sets a scene's settings to the engine's. Files that are there become images; what was handed over stays the artist's own.

    A style that was not chosen before brings its camera along.
    """
    with style.applying():
        if settings.style != props.style:
            style.apply_camera(props, settings.style)
        _from_settings(props, settings)
        props.styled = settings.style if settings.style in presets.STYLES else ""


def _from_settings(props, settings: Settings) -> None:
    if settings.cards or settings.heights:  # these decide where the separator is automatic
        settings = automatic.resolved(settings, False)
    for name in options():
        if name not in groups.LISTS and name != "depth_map":
            setattr(props, name, getattr(settings, name))
    props.depth_map = given.taken_path(props.depth_map, settings.depth_map)
    if settings.distances or settings.speeds or settings.factors or settings.masks or settings.names:
        props.auto_layers = settings.auto_layers and settings.separator == "BANDS"  # what is given for each layer is not looked for
    fit_layers(props)
    props.auto_heights = not settings.heights
    for number, item in enumerate(props.layer_items):
        item.distance = motion.distances(settings)[number]
        speed = settings.speeds[number] if settings.speeds else None
        item.use_speed, item.speed = speed is not None, speed or 0.0
        item.factor = settings.factors[number] if settings.factors else 1.0
        item.name = settings.names[number] if settings.names else item.name if finds_layers(props) else plain_name(number)
        item.mask = given.taken_mask(item.mask, settings.masks[number] if settings.masks else "")
        item.hide = bool(settings.hidden and settings.hidden[number] >= 0.5)
    if settings.heights:
        show_heights(props, settings.heights)
    _objects_from(props, settings.objects)
    _turns_from(props, settings.turns)
    props.redos.clear()
    for redo in settings.redos:
        item = props.redos.add()
        for name in options(Redo):
            setattr(item, name, getattr(redo, name))


def _turns_from(props, turns) -> None:
    props.turns.clear()
    for share, direction in zip(turns[::2], turns[1::2]):
        item = props.turns.add()
        item.share, item.direction = share, direction


def _objects_from(props, objects) -> None:
    while len(props.objects) > len(objects):
        props.objects.remove(len(props.objects) - 1)
    keys = [wanted.key for wanted in objects]
    for number, wanted in enumerate(objects):
        item = props.objects[number] if number < len(props.objects) else props.objects.add()
        for name in groups.OF_OBJECT:
            setattr(item, name, getattr(wanted, name))
        item.key = wanted.key if keys.count(wanted.key) == 1 and wanted.key else _plain_key(number)
        item.name = wanted.name or f"Object {number + 1}"
        item.shape = next((shape for shape in ("MASK", "LASSO", "BOX", "SUBJECT") if getattr(wanted, shape.lower())), "TAGS")
        if wanted.box:
            item.box = wanted.box
        if wanted.lasso:
            item.lasso = lasso_text(wanted.lasso)
        if wanted.mask:
            item.mask = given.taken_mask(item.mask, wanted.mask)
    props.active_object = max(0, min(props.active_object, len(props.objects) - 1))


def _plain_key(number) -> str:
    """What an object is known by that was given none: the same whenever it is given again."""
    return f"{number + 1}"


def lasso_text(numbers) -> str:
    """Corners of a lasso as the item holds them: x and y by turns, in percent."""
    return ",".join(f"{number:.3f}".rstrip("0").rstrip(".") for number in numbers)


def add_object(props):
    """A new object, chosen in the list, with a name that no other has and a key that none ever had."""
    names = {item.name for item in props.objects}
    item = props.objects.add()
    item.key = uuid.uuid4().hex[:8]
    item.name = next(name for name in (f"Object {n}" for n in range(1, len(names) + 2)) if name not in names)
    props.active_object = len(props.objects) - 1
    return item


def masks(props):
    """All images that are masks, also of layers that are not in the list now."""
    lists = (props.layer_items, props.objects, *(getattr(props, name) for name in groups.KEPT.values()))
    return [item.mask for items in lists for item in items if item.mask]


def take(props, settings: Settings) -> bool:
    """Sets a scene's settings to the engine's. True when that changed any."""
    try:
        before = to_settings(props)
    except ParallaxError:
        before = None
    from_settings(props, settings)
    return before != to_settings(props)


def take_over(props, settings: Settings, names) -> None:
    """Sets only some of a scene's settings to the engine's. names: of these; objects are added to those that are there."""
    for name in names:
        if name not in groups.LISTS:
            setattr(props, name, getattr(settings, name))
    if "layers" in names:
        fit_layers(props)
        for item, distance, speed in zip(props.layer_items, motion.distances(settings), settings.speeds or (None,) * settings.layers):
            item.distance, item.use_speed, item.speed = distance, speed is not None, speed or 0.0
    if "heights" in names:
        props.auto_heights = False
        show_heights(props, settings.heights)
    for wanted in settings.objects:
        item = add_object(props)
        for name in groups.OF_OBJECT:
            setattr(item, name, getattr(wanted, name))
        item.shape, item.name = "MASK" if wanted.mask else "TAGS", wanted.name or item.name
        item.mask = given.taken_mask(item.mask, wanted.mask)


def fingerprint(props) -> int:
    """A number that changes with any setting that the artist sees, beside what the viewport shows."""
    lists = (getattr(props, name) for name in ("layer_items", "objects", "redos", "turns", *LISTS))
    items = (item for items in lists for item in items)
    return hash((_seen(props), *(_seen(getattr(props, name)) for name in GROUPS), *(_seen(item) for item in items)))


def _seen(group) -> tuple:
    names = (name for name in names_of(group) if name not in groups.SHOWING and not group.bl_rna.properties[name].is_hidden)
    values = (getattr(group, name) for name in names)
    return tuple(tuple(value) if hasattr(value, "__len__") and not isinstance(value, str | set) else value for value in values)


def copy(props, other) -> None:
    """Gives one scene another one's settings."""
    with style.applying():
        for name in names_of(props):
            if name != "name":
                setattr(other, name, getattr(props, name))
        for name in (*groups.KEPT.values(), "layer_items", "objects", "redos", "turns"):  # last: others change the list
            groups.copy_items(getattr(props, name), getattr(other, name))
        film_settings.copy(props, other)


def fit_soon(scene) -> None:
    """Makes a scene's layer items as soon as Blender allows: drawing a panel may not change the file."""
    name = scene.name

    def fit():
        found = bpy.data.scenes.get(name)
        if found and len(found.infinite_parallax.layer_items) != found.infinite_parallax.layers:
            fit_layers(found.infinite_parallax)

    bpy.app.timers.register(fit, first_interval=0.0)


def exchange(props, number: int, nearer: bool) -> None:
    """Has a layer and the next nearer or farther one change places. Raises ParallaxError where there is none to change with."""
    items = props.layer_items
    order = motion.far_to_near(Settings(layers=len(items), distances=tuple(item.distance for item in items), law=props.law))
    place = order.index(number) + (1 if nearer else -1)
    if not 0 <= place < len(order):
        raise ParallaxError(f"'{items[number].name}' is the {'nearest' if nearer else 'farthest'} layer already")
    one, other = items[number], items[order[place]]
    if one.distance == other.distance:
        raise ParallaxError(f"'{one.name}' and '{other.name}' are at the same distance: give one of them another")
    for name in ("distance", "use_speed", "speed", "factor"):
        mine, theirs = getattr(one, name), getattr(other, name)
        setattr(one, name, theirs)
        setattr(other, name, mine)
    if finds_layers(props):
        props.auto_layers = False  # what was found stays, to be edited


def last_height(props) -> float:
    """What the other layers leave for the last one, in percent."""
    return 100.0 - sum(item.height for item in list(props.layer_items)[: props.layers - 1])


def show_found(props, settings: Settings, result) -> tuple[str, ...]:
    """Makes the list of layers that of a job: as many, with heights of bands, or names and distances of shapes. Gives notes.

    settings: the job's. What was changed while it ran goes back, so that rows and planes are the same layers.
    """
    found = sorted((layer for layer in result.layers if layer.base is None), key=lambda layer: layer.index)
    notes = _set_back(props, settings, len(found))
    props.built, props.made_from = props.separator, result.separator
    props.painter, props.within_margins = result.painter, bool(result.motion.margins)
    _show_lifted(props, settings, result)
    if finds_layers(props):
        for item, layer in zip(props.layer_items, found):
            item.name, item.distance, item.use_speed = layer.name, layer.distance, False
    elif result.heights:
        show_heights(props, result.heights)
    return notes


def _show_lifted(props, settings: Settings, result) -> None:
    """Adds the objects that were lifted out unasked to the list, with their motion, where the artist can change them."""
    asked = {one.key or one.name for one in settings.objects}
    listed = {item.key or _plain_key(number) for number, item in enumerate(props.objects)}
    distances = {layer.index: layer.distance for layer in result.layers}
    for layer in result.layers:
        if layer.base is not None and layer.key not in asked | listed:
            item = props.objects.add()
            item.key, item.name, item.shape = layer.key, layer.name, "SUBJECT"
            if layer.distance < distances[layer.base]:
                item.motion, item.factor = "FACTOR", distances[layer.base] / layer.distance


def _set_back(props, settings: Settings, layers: int) -> tuple[str, ...]:
    """Has separator and number of layers be those of what was made. Gives sentences about what the artist had chosen otherwise."""
    if props.separator != settings.separator:
        props.separator, props.layers = settings.separator, layers
        label = next(label for name, label, _ in options()["separator"].items if name == settings.separator)
        return (f"These layers are made from {label}, and so Layers From is {label} again",)
    changed = props.layers != layers and not finds_layers(props)
    props.layers = layers
    return (f"There are {layers} layers in the scene, and so Layers is {layers} again",) if changed else ()


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


def ended(job) -> bool:
    """Whether the last run in a job's folder came to its end."""
    events, _ = job.read_events()
    return bool(events) and events[-1].kind == "done"


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
