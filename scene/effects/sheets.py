"""A sheet: a see-through plane among the layers that carries rain, snow, dust, fog or light."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...engine.film.assets import Asset
from ...engine.film.effects import Effect
from ...engine.job import Layer
from .. import keys, marks, planes, rig, versions
from ..keys import SCALE
from ..shot import Shot
from .wires import Wires

SHEET, TEXTURE = "effect ", "overlay"  # how sheets (with their effect's key) and images of textures are marked
TURNS = "infinite_parallax_turns"  # on a node: the keys that we gave it
FLAKE = 1600.0  # the width of the picture at which sizes and speeds are as said
MARGIN = 8.0  # pixels that a sheet is larger than what is seen of it


@dataclass(frozen=True)
class Spot:
    """Where one of an effect's sheets stands. before: the layer that it lies in front of. share: 0 to 1, from that layer to the next."""

    before: Layer
    share: float


def unit(shot: Shot) -> float:
    """Pixels of this picture for one of a picture 1600 wide."""
    return shot.result.motion.width / FLAKE


def bases(shot: Shot) -> list[Layer]:
    """The layers without objects, far to near."""
    return [layer for layer in shot.layers if layer.base is None]


def spread(shot: Shot, effect: Effect, number: int) -> list[Layer]:
    """The layers that `number` sheets lie in front of, far to near: the one that is named, or spread over all but the farthest."""
    named = shot.layer(effect.layer) if effect.layer else None
    if named:
        return [named] * number
    layers = bases(shot)
    return [layers[round((place + 1) / number * (len(layers) - 1))] for place in range(number)]


def role(key: str, kind: str, number: int) -> str:
    return f"{SHEET}{key} {kind.lower()} {number}"


def sheet(shot: Shot, wanted: str, name: str, spot: Spot, wind: bool):
    """The object of a sheet with this role, made when it is not there, in its place.

    wind: whether it is carried along with its layer; other sheets stand still before the camera, and go along with one that travels.
    """
    found = marks.find(shot.collection.all_objects, wanted)
    if found is None:
        mesh = marks.mark(bpy.data.meshes.new(name), "mesh")
        found = marks.mark(bpy.data.objects.new(name, mesh), wanted)
        shot.collection.objects.link(found)
        mesh.materials.append(None)
    z, scale = _depth(shot, spot)
    parent = shot.plane(spot.before) if wind else rig.of(shot.collection) if rig.is_set_up(shot.collection) else None
    if parent and wind:
        base, larger = rig.depth(parent)
        z, scale = z - base, scale / larger
    if found.parent != parent and (found.parent is None or marks.role(found.parent)):  # another parent is the artist's own
        found.parent = parent
    marks.wish(found.data, "name", name)
    marks.wish_all(found, {"name": name, "location": (0.0, 0.0, z), "scale": (scale, scale, 1.0),
                           "display_type": "TEXTURED", "visible_shadow": False,
                           "visible_diffuse": False, "visible_glossy": False, "visible_transmission": False,
                           "visible_volume_scatter": False})
    return found


def _depth(shot: Shot, spot: Spot) -> tuple[float, float]:
    """The height of a spot above the farthest plane, and the scale at which the planes there look as large as they are.

    Both change evenly from plane to plane, for a camera with perspective as without.
    """
    stack = [(layer, shot.plane(layer)) for layer in shot.layers]
    stack = [(layer, plane) for layer, plane in stack if plane]
    behind = (place for place, (layer, _) in enumerate(stack) if spot.before.index in (layer.index, layer.base))
    place = max(behind, default=-1)
    if place < 0:
        return (len(shot.layers) + spot.share) * planes.SPACING, 1.0
    low, size = rig.depth(stack[place][1])
    if place + 1 < len(stack):
        z, scale = (a - b for a, b in zip(rig.depth(stack[place + 1][1]), (low, size)))
    else:
        far, largest = rig.depth(stack[0][1])
        z, rise = planes.SPACING * size, low - far
        scale = z * (size - largest) / rise if rise else 0.0
    return low + z * spot.share, size + scale * spot.share


def cover(plane, left: float, bottom: float, right: float, top: float) -> None:
    """Makes the mesh one rectangle, in pixels from the middle of the frame, y up; where it is that already, nothing changes."""
    mesh = plane.data
    corners = [(x * SCALE, y * SCALE, 0.0) for x, y in ((left, bottom), (right, bottom), (right, top), (left, top))]
    stamp = json.dumps([[round(number, 3) for number in corner] for corner in corners])
    if mesh.get(TURNS) == stamp and len(mesh.vertices):
        return
    mesh.clear_geometry()
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    mesh.update()
    mesh[TURNS] = stamp


def reach(shot: Shot) -> tuple[float, float]:
    """Half of the frame's width and height in pixels, with a margin."""
    motion = shot.result.motion
    return motion.width / 2 + MARGIN, motion.height / 2 + MARGIN


def is_carried(shot: Shot, plane) -> bool:
    """Whether a sheet moves with a layer that slides before a camera that stands still."""
    return plane.parent is not None and planes.is_plane(plane.parent) and not rig.is_set_up(shot.collection)


def carried(shot: Shot, spot: Spot) -> tuple[float, float]:
    """How far the layer beside a spot moves over the film, in pixels, y up."""
    path = shot.path(spot.before)
    return path[-1][0] - path[0][0], path[0][1] - path[-1][1]


def wander(shot: Shot, spot: Spot) -> tuple[float, float, float, float]:
    """How far the layer beside a spot goes from the middle to the left, down, right and up, in pixels."""
    path = shot.path(spot.before)
    xs, ys = [x for x, _ in path], [-y for _, y in path]
    return -min(0.0, *xs), -min(0.0, *ys), max(0.0, *xs), max(0.0, *ys)


def material(plane, write, add: bool = False):
    """The material of a sheet, made when it is not there.

    write: given Wires and the local coordinates in pixels (from the middle of the frame, y up), gives how much of the sheet is seen. It
    is a film of colour where it covers, or light that is added to what is behind.
    """
    name = marks.wished(plane)["name"]
    found = plane.data.materials[0] if plane.data.materials else None
    if found is None:
        found = marks.mark(bpy.data.materials.new(name), "effect")
        _write(found, write, add)
        plane.data.materials.clear()
        plane.data.materials.append(found)
    if marks.role(found):
        # Solid shading, which is what is shown without a graphics card, would hide the picture behind a plain sheet
        marks.wish_all(found, {"name": name, "diffuse_color": (1.0, 1.0, 1.0, 0.0)})
    return found


def _write(material, write, add: bool) -> None:
    tree = versions.use_nodes(material)
    tree.nodes.clear()
    wires = Wires(tree)
    x, y, _ = wires.parts(wires.output(wires.node("TexCoord"), 3))
    amount = write(wires, x / SCALE, y / SCALE)
    light, clear, out = wires.node("Emission"), wires.node("BsdfTransparent"), wires.node("OutputMaterial")
    tree.links.new(wires.colour("colour"), light.inputs[0])
    mix = wires.node("AddShader" if add else "MixShader")
    if add:
        wires.feed(light.inputs[1], amount * wires.value("brightness"))
        tree.links.new(clear.outputs[0], mix.inputs[0])
        tree.links.new(light.outputs[0], mix.inputs[1])
    else:
        wires.feed(light.inputs[1], wires.value("brightness"))
        wires.feed(mix.inputs[0], amount)
        tree.links.new(clear.outputs[0], mix.inputs[1])
        tree.links.new(light.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], out.inputs[0])
    material.surface_render_method = "BLENDED"
    material.use_transparency_overlap = True
    material.use_backface_culling = False
    if hasattr(material, "cycles"):
        material.cycles.emission_sampling = "NONE"


def give(material, values: dict, colour, effect: Effect) -> None:
    """Sets what is set from outside in a sheet's material: numbers by their roles, and its colour (linear, tinted by the effect's)."""
    tree = material.node_tree
    for name, value in {**values, "brightness": effect.brightness}.items():
        node = marks.find(tree.nodes, name)
        if node:
            marks.wish(node, "outputs[0].default_value", float(value))
    node = marks.find(tree.nodes, "colour")
    if node:
        marks.wish(node, "outputs[0].default_value", (*(a * b for a, b in zip(colour, effect.colour)), 1.0))


def show_texture(material, path: Path) -> None:
    """Shows a texture in a material; an image that the artist put in its place stays."""
    image = None
    for node in material.node_tree.nodes:
        if marks.role(node) != "texture" or node.image is not None and marks.role(node.image) != TEXTURE:
            continue
        image = image or _image(path)
        node.image = image


def _image(path: Path):
    """The image of a texture, loaded once however many show it."""
    found = next((image for image in bpy.data.images if image.get(TURNS) == path.name and marks.role(image) == TEXTURE), None)
    if found is None:
        found = marks.mark(bpy.data.images.load(str(path)), TEXTURE)
        found.colorspace_settings.name = "Non-Color"
        found[TURNS] = path.name
    found.filepath = planes.beside_blend(str(path))
    return found


def turn(tree, name: str, turns: float, frames: int) -> None:
    """Keys a number of a material or node group evenly from 0 to `turns` over the film, for ever; keys that were changed since stay."""
    node = marks.find(tree.nodes, name)
    if node is None:
        return
    path = f'nodes["{bpy.utils.escape_identifier(node.name)}"].outputs[0].default_value'
    curve = next((one for one in versions.fcurves(tree) if one.data_path == path), None)
    if curve is not None and node.get(TURNS) != _stamp(curve):
        return
    if curve is None:
        if TURNS in node:
            return  # the artist has taken the keys away
        node.outputs[0].keyframe_insert("default_value", frame=1)
        curve = next(one for one in versions.fcurves(tree) if one.data_path == path)
        curve.modifiers.new("CYCLES")
    curve.keyframe_points.clear()
    curve.keyframe_points.add(2)
    for point, at in zip(curve.keyframe_points, ((1, 0.0), (frames + 1, turns))):
        point.co, point.interpolation = at, "LINEAR"
    curve.update()
    node[TURNS] = _stamp(curve)


def _stamp(curve) -> str:
    return json.dumps([curve.mute, [modifier.type for modifier in curve.modifiers],
                       [(round(p.co.x, 4), round(p.co.y, 5), p.interpolation) for p in curve.keyframe_points]])


def turned(tree, name: str) -> bool:
    """Whether somebody changed the keys of a number since we made them."""
    node = marks.find(tree.nodes, name)
    if node is None or TURNS not in node:
        return False
    path = f'nodes["{bpy.utils.escape_identifier(node.name)}"].outputs[0].default_value'
    curve = next((one for one in versions.fcurves(tree) if one.data_path == path), None)
    return curve is None or node[TURNS] != _stamp(curve)


def blocks(plane) -> list:
    """A sheet with what of ours it is made of."""
    return [plane, *(one for one in (plane.data, *plane.data.materials) if one and marks.role(one))]


def is_sheet(block) -> bool:
    return marks.role(block).startswith(SHEET)


def is_edited(plane) -> bool:
    """Whether the artist has changed keyframes or values of a sheet since we made it."""
    if keys.edited(plane) or marks_differ(plane):
        return True
    trees = [one.node_tree for one in plane.data.materials if one and marks.role(one) and one.node_tree]
    return any(marks_differ(node) or turned(tree, marks.role(node)) for tree in trees for node in tree.nodes if marks.role(node))


def marks_differ(block) -> bool:
    """Whether a value of a block is not what we set last."""
    for path, wished in marks.wished(block).items():
        if path in ("name", "files", "movie"):  # Blender makes names unlike others; the rest are no properties
            continue
        try:
            value = block.path_resolve(path)
        except ValueError:
            return True
        value = list(value) if hasattr(value, "__len__") and not isinstance(value, str) else value
        if path == "location":  # its other axes have keyframes
            value, wished = value[2:], wished[2:]
        if not _same(value, wished):
            return True
    return False


def _same(value, wished) -> bool:
    if isinstance(wished, list):
        return len(value) == len(wished) and all(_same(a, b) for a, b in zip(value, wished))
    if isinstance(wished, float):
        return math.isclose(value, wished, rel_tol=1e-4, abs_tol=1e-5)
    return value == wished


def remove(plane) -> None:
    """Takes a sheet out of the file, with what only it used."""
    mesh, actions = plane.data, [plane.animation_data.action] if plane.animation_data else []
    materials = [one for one in mesh.materials if one]
    bpy.data.objects.remove(plane)
    if mesh.users == 0:
        bpy.data.meshes.remove(mesh)
    for one in materials:
        if one.users == 0 and marks.role(one):
            actions += [one.node_tree.animation_data.action] if one.node_tree.animation_data else []
            bpy.data.materials.remove(one)
    drop(actions)


def drop(actions) -> None:
    """Takes actions out of the file that nothing uses any more."""
    for action in actions:
        if action and action.users == 0:
            bpy.data.actions.remove(action)


def sweep() -> None:
    """Takes textures out of the file that nothing shows any more."""
    for image in [*bpy.data.images]:
        if marks.role(image) == TEXTURE and image.users == 0:
            bpy.data.images.remove(image)


def turns_of(seconds: float, shot: Shot) -> int:
    """How often something that takes so long happens in the film: a whole number, at least once."""
    return max(1, round(shot.frames / shot.fps / seconds))


def asset(shot: Shot, label: str, width: float, height: float, **values) -> Asset:
    """A texture of so many pixels of the picture, at the size at which the film shows it."""
    scale = shot.film.export.frame(shot.result.motion.width, shot.result.motion.height).scale
    return Asset.of("overlay", ".png", label, width=_side(width * scale), height=_side(height * scale), **values)


def _side(pixels: float) -> int:
    return int(min(max(16, round(pixels)), 4096))
