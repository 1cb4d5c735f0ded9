"""What Blender stores of the artist's settings, `scene.infinite_parallax`: made from the engine's own list of options."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import Image, PropertyGroup, Scene

from ..engine import motion
from ..engine.settings import Redo, SalientObject, Settings, options
from . import engines, film_groups, style, versions
from .rna import property_of

LISTS = {name for name in options() if isinstance(getattr(Settings(), name), tuple)}  # kept as items: one for each layer or object
OF_OBJECT = ("tags", "grow", "feather", "motion", "factor")  # what an object's item and the engine's object both have, beside its shape
KEPT = {separator: f"kept_{separator.lower()}" for separator, _, _ in options()["separator"].items}  # each one's list of layers
FOUND = ("AUTO", "OUTLINES", "DEPTH", "TAGS")  # separators that find layers, over which masks may be painted
DEPTH_READING = ("AUTO", "DEPTH", "TAGS")  # and those that read a depth map
SHOWING = ("hide", "solo", "lock")  # of a layer's item
SHAPES = (
    ("TAGS", "Tags", "What a detector finds by words"),
    ("SUBJECT", "Subject", "The picture's main subject, as a network sees it"),
    ("BOX", "Box", "Cut out by its colours within a box"),
    ("LASSO", "Lasso", "Cut out by its colours within a line drawn around it"),
    ("MASK", "Mask", "White where the object is: painted, or an image file"),
)


def _layer_number(name, label, default, **more):
    option = options()[name]
    return FloatProperty(name=label, description=option.tip, default=default, min=option.low, max=option.high, options=set(), **more)


def _layers_changed(props, _context):
    fit_layers(props)


def _separator_changed(props, _context):
    """Each separator has a list of its own, which comes back with it. At first that is the other's, but for what will be found."""
    from . import showing

    before, props.listed = props.listed, ""  # the planes wait until the list is whole
    if before != props.separator:
        fit_layers(props)
        copy_items(props.layer_items, getattr(props, KEPT[before]))
        own = getattr(props, KEPT[props.separator])
        unknown = props.separator not in ("BANDS", props.built) and props.auto_layers  # there is nothing of the artist's in it
        if len(own) and not unknown:
            copy_items(own, props.layer_items)
            props.layers = len(own)
        elif finds_layers(props):
            props.layer_items.clear()
            fit_layers(props)
        if props.separator in FOUND and has_masks(props):
            props.auto_layers = False
    props.listed = props.separator
    showing.show(props.id_data)


UPDATES = {name: style.listener(name) for name in style.LISTENING}
UPDATES |= {"style": style.chosen, "layers": _layers_changed, "separator": _separator_changed}
UNSEEN = ("style_overrides",)  # settings of the command line


def _engine_changed(props, _context):
    from . import build

    if build.has_planes(props.id_data):
        engines.apply(props.id_data, engines.choose(props.engine), count(props))


def _shown_changed(item, _context):
    from . import showing

    showing.show(item.id_data)


def _mask_changed(item, _context):
    """A layer with a mask of its own is no longer all as it was found."""
    props = item.id_data.infinite_parallax
    if item.mask and props.separator in FOUND and item in list(props.layer_items):
        props.auto_layers = False


class LayerItem(PropertyGroup):
    """What can be set for one layer; the first one is the top of the picture."""

    name: StringProperty(name="Name", description=options()["names"].tip, update=_shown_changed, options=set())
    height: _layer_number("heights", "Height", 20.0, precision=1, subtype="PERCENTAGE")
    distance: _layer_number("distances", "Distance", 1.0, precision=2, soft_min=0.1, soft_max=20.0)
    use_speed: BoolProperty(name="Typed Speed", description="Give this layer a speed of its own", options=set())
    speed: _layer_number("speeds", "Speed", 0.0, precision=1, soft_min=-500.0, soft_max=500.0)
    factor: _layer_number("factors", "Speed Factor", 1.0, precision=2, soft_min=0.0, soft_max=2.0)
    mask: PointerProperty(name="Mask", description="White where the layer is; wins over what is found", type=Image, update=_mask_changed)
    hide: BoolProperty(name="Hide", description="Leave the layer out of view and video", update=_shown_changed, options=set())
    solo: BoolProperty(name="Solo", description="Show only this layer in the viewport", update=_shown_changed, options=set())
    lock: BoolProperty(
        name="Lock", description="Keep the layer from being selected, and its keyframes as they are", update=_shown_changed, options=set())


class ObjectItem(PropertyGroup):
    """One salient object, known by its key. Only the chosen shape reaches the engine, so that all of them can be tried."""

    name: StringProperty(name="Name", description=options(SalientObject)["name"].tip, update=_shown_changed, options=set())
    key: StringProperty(options={"HIDDEN"})  # stays when the name changes
    shape: EnumProperty(name="Shape", description="What shows where the object is", items=SHAPES, default="BOX", options=set())
    box: FloatVectorProperty(
        name="Box", description=options(SalientObject)["box"].tip, size=4, default=(0.0, 0.0, 0.0, 0.0), min=0.0, max=100.0,
        precision=1, options=set())
    lasso: StringProperty(name="Lasso", description=options(SalientObject)["lasso"].tip, options=set())
    mask: PointerProperty(name="Mask", description=options(SalientObject)["mask"].tip, type=Image)


ObjectItem.__annotations__.update({name: property_of(name, SalientObject) for name in OF_OBJECT})


def _turn_changed(item, _context):
    style.edited(item.id_data.infinite_parallax, style.TURNS)


class TurnItem(PropertyGroup):
    """A direction at a place along the way. From each to the next the way turns evenly."""

    share: FloatProperty(
        name="Way", description="How far along the way the layers go in this direction", default=0.0, min=0.0, max=100.0, precision=1,
        subtype="PERCENTAGE", options=set(), update=_turn_changed)
    direction: property_of("direction", Settings, _turn_changed)


class RedoItem(PropertyGroup):
    """From which step on another seed and other words count."""


RedoItem.__annotations__ = {name: property_of(name, Redo) for name in options(Redo)}


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
    listed: StringProperty(default=Settings().separator, options={"HIDDEN"})  # the separator of the layers in the list
    built: StringProperty(options={"HIDDEN"})  # and of those in the scene
    made_from: StringProperty(options={"HIDDEN"})  # what these were made from, never AUTO
    painter: StringProperty(options={"HIDDEN"})  # what painted the fills of the layers in the scene, such as PatchMatch
    within_margins: BoolProperty(options={"HIDDEN"})  # whether these go on beyond the frame only as far as they move
    suggested: StringProperty(options={"HIDDEN"})  # the style that was chosen for an automatic one, and why
    style_reason: StringProperty(options={"HIDDEN"})
    styled: StringProperty(options={"HIDDEN"})  # the style that was applied last
    keyed_style: StringProperty(options={"HIDDEN"})  # the style of the keyframes in the scene
    keyed_motion: StringProperty(options={"HIDDEN"})  # and the settings that they were made from
    kept_direction: FloatProperty(default=Settings().direction, options={"HIDDEN"})  # the artist's, while a style is a direction
    active_layer: IntProperty(name="Layer", options={"HIDDEN"})
    objects: CollectionProperty(name=options()["objects"].label, description=options()["objects"].tip, type=ObjectItem)
    active_object: IntProperty(name="Object", options={"HIDDEN"})
    turns: CollectionProperty(name=options()["turns"].label, description=options()["turns"].tip, type=TurnItem)
    redos: CollectionProperty(name=options()["redos"].label, description=options()["redos"].tip, type=RedoItem)
    engine: EnumProperty(
        name="Render Engine", description="What renders the layers", items=engines.CHOICES, update=_engine_changed, options=set())


ParallaxSettings.__annotations__.update({name: CollectionProperty(type=LayerItem) for name in KEPT.values()})
ParallaxSettings.__annotations__.update({
    name: property_of(name, Settings, UPDATES.get(name), hidden=name in UNSEEN) for name in options() if name not in LISTS})
ParallaxSettings.__annotations__.update(film_groups.PROPERTIES)


def finds_layers(props) -> bool:
    """Whether number, distances and names of the layers are found, and only shown."""
    return props.auto_layers and props.separator != "BANDS" and not has_masks(props)


def has_masks(props) -> bool:
    """Whether any layer has a mask that counts: cards have their own transparency."""
    return props.separator != "CARDS" and any(item.mask for item in list(props.layer_items)[: props.layers])


def redoes_layers(props) -> bool:
    """Whether a redo counts layers, not steps: in loops, and where the scene's layers have margins."""
    return props.content == "REPEAT" or props.within_margins


def lists_built(props) -> bool:
    """Whether the list is of the layers that stand in the scene."""
    return props.built == props.listed


def count(props) -> int:
    """Number of planes that a scene has, or will have."""
    return len(props.layer_items) + len(props.objects)


def fit_layers(props) -> None:
    """Makes as many layer items as there are layers; the others keep what they hold, unless nobody has touched them."""
    items, wanted = props.layer_items, props.layers
    before = len(items)
    untouched = all(abs(item.distance - default) < 1e-6 for item, default in zip(items, _landscape(before)))
    for number in range(before, wanted):
        item = items.add()
        item.name = plain_name(number)
        item.height = 100.0 / wanted
    while len(items) > wanted:
        items.remove(len(items) - 1)
    for number, distance in enumerate(_landscape(wanted)):
        if untouched or number >= before:
            items[number].distance = distance
    props.active_layer = min(props.active_layer, wanted - 1)


def copy_items(source, target) -> None:
    """Makes a list of the same items as another."""
    target.clear()
    for item in source:
        made = target.add()
        for name in names_of(item):
            setattr(made, name, getattr(item, name))


def names_of(group) -> list[str]:
    """The names of all that can be set in a group."""
    return [rna.identifier for rna in group.bl_rna.properties if not rna.is_readonly]


def plain_name(number):
    """What a layer is called that nobody has named."""
    return f"Layer {number + 1}"


def _landscape(count):
    return motion.distances(Settings(layers=count)) if count else ()


classes = (LayerItem, ObjectItem, TurnItem, RedoItem, *film_groups.classes, ParallaxSettings)


def register():
    for cls in classes:
        bpy.utils.register_class(cls)
    Scene.infinite_parallax = PointerProperty(type=ParallaxSettings)


def unregister():
    del Scene.infinite_parallax
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
