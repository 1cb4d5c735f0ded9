"""Water and hot air: a node group before the picture in the layers' own materials moves where it is looked up.

The waves are sums of sines that bend each other. They repeat with the layer, and turn whole times in a film, so that both go on without
a seam; where tiles meet they come to rest across the border.
"""

from __future__ import annotations

import json
import math

import bpy

from ...engine.film.assets import Asset
from ...engine.film.effects import Effect
from ...engine.job import Layer, Tile
from .. import marks, nodes, stamps
from ..keys import SCALE
from ..shot import Shot
from . import sheets
from .wires import Wires, wave

ROLE, UV = "shimmer ", "shimmer uv"
LAID = "infinite_parallax_shimmer"  # on a material: roles of the waves that were put into it, and by which settings
WAVES = {"WATER": (150.0, 26.0, 2.8), "HEAT": (46.0, 64.0, 1.3)}  # wavelength to the side and up, and reach: pixels at strength 1
TURN = {"WATER": 3.4, "HEAT": 1.5}  # seconds of the slowest wave
INPUTS = ("Waves X", "Waves Y", "Pixel U", "Pixel V", "Pad U", "Pad V", "Top", "Height", "Nearer")


def assets(_shot: Shot, _effect: Effect) -> list[Asset]:
    return []


def lay(shot: Shot, effect: Effect, key: str, _share: float) -> list:
    """Puts the waves into the materials of one layer or all, or updates them. Gives the node group."""
    wanted = f"{ROLE}{key} {effect.medium.lower()}"
    name = effect.name or "Shimmer"
    group = nodes.group(wanted, name, lambda tree: _write(tree, effect.medium))
    marks.wish(group, "name", name)
    reach = WAVES[effect.medium][2] * sheets.unit(shot) * 2.0 * effect.strength
    hidden = effect.hide or not effect.strength
    for role, value in (("reach", 0.0 if hidden else reach), ("start", 0.618 * (effect.seed % 1009))):
        node = marks.find(group.nodes, role)
        if node:
            marks.wish(node, "outputs[0].default_value", value)
    turns = sheets.turns_of(TURN[effect.medium] / effect.speed, shot) if effect.speed else 0
    sheets.turn(group, "phase", turns, shot.frames)
    for layer in shot.layers:
        plane = shot.plane(layer)
        if plane is None:
            continue
        wavy = not effect.layer or effect.layer - 1 in (layer.index, layer.base)
        for number, material in enumerate(plane.data.materials):
            if material and material.node_tree and number < len(layer.tiles):
                _fit(shot, effect, layer, layer.tiles[number], material, group, wanted if wavy else "")
    return [group]


def remove_others(shot: Shot, kept: set[str]) -> None:
    """Takes waves that are not kept, by their roles, out of the materials of a parallax, and out of the file where no other has them."""
    materials = {material for one in shot.collection.all_objects if one.type == "MESH" for material in one.data.materials if material}
    for material in materials:
        if not material.node_tree or not marks.role(material):
            continue
        for node in [*material.node_tree.nodes]:
            if marks.role(node).startswith(ROLE) and marks.role(node) != UV and marks.role(node) not in kept:
                _take_out(material.node_tree, node)
        _remember(material, {role: stamp for role, stamp in _laid(material).items() if role in kept})
    for group in [*bpy.data.node_groups]:
        if marks.role(group).startswith(ROLE) and marks.role(group) not in kept and group.users == 0:
            bpy.data.node_groups.remove(group)


def _laid(material) -> dict[str, str]:
    return json.loads(material.get(LAID, "{}"))


def _remember(material, laid: dict[str, str]) -> None:
    if laid:
        material[LAID] = json.dumps(laid)
    else:
        material.pop(LAID, None)


def _take_out(tree, node) -> None:
    group = node.node_tree
    action = group.animation_data.action if group and group.animation_data else None
    nodes.take_out(tree, node)
    uv = nodes.find(tree, UV)
    if uv and not any(marks.role(link.to_node).startswith(ROLE) for link in uv.outputs[2].links):
        tree.nodes.remove(uv)
    sheets.drop([action])


def _fit(shot: Shot, effect: Effect, layer: Layer, tile: Tile, material, group, wanted: str) -> None:
    """Has a material of one tile come through the waves, and gives these the tile's measures; without `wanted`, takes them out.

    Where the artist took them out, they stay out until the effect is changed.
    """
    tree, role, laid = material.node_tree, marks.role(group), _laid(material)
    node = next((one for one in tree.nodes if one.type == "GROUP" and one.node_tree == group), None)
    if not wanted:
        if node:
            _take_out(tree, node)
        laid.pop(role, None)
        _remember(material, laid)
        return
    if node is None and stamps.is_of(laid.get(role, ""), effect):
        return
    if node is None:
        picture = nodes.find(tree, "picture")
        if picture is None:
            return
        if not picture.inputs[0].is_linked:
            uv = nodes.find(tree, UV) or marks.mark(tree.nodes.new("ShaderNodeTexCoord"), UV)
            uv.location = picture.location[0] - 440, picture.location[1] - 260
            tree.links.new(uv.outputs[2], picture.inputs[0])
        node = nodes.insert_before(tree, picture.inputs[0], group, wanted)
    _remember(material, {**laid, role: stamps.of(effect)})
    for name, value in zip(INPUTS, _measures(shot, effect, layer, tile)):
        marks.wish(node, f'inputs["{name}"].default_value', value)


def _measures(shot: Shot, effect: Effect, layer: Layer, tile: Tile) -> tuple[float, ...]:
    """The group's inputs for one tile, in the order of INPUTS."""
    motion, unit = shot.result.motion, sheets.unit(shot)
    across, along, _ = (length * unit * effect.size for length in WAVES[effect.medium])
    period = motion.periods[layer.index]
    waves = [max(1, round(whole / length)) / whole if whole else 1.0 / length for whole, length in zip(period, (across, along))]
    width, height = tile.width + 2 * tile.pad, tile.height + 2 * tile.pad
    top = min(max(min(one.y for one in layer.tiles), 0), motion.height * 0.8)
    nearer = effect.medium == "WATER" and not period[1]
    return (*waves, 1.0 / width, 1.0 / height, tile.pad / width, tile.pad / height,
            motion.height / 2 - top, motion.height - top, float(nearer))


def _write(tree, medium: str) -> None:
    """From the coordinates of a picture to those at which it is looked up."""
    tree.interface.new_socket("Vector", in_out="INPUT", socket_type="NodeSocketVector")
    for name in INPUTS:
        tree.interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketFloat")
    tree.interface.new_socket("Vector", in_out="OUTPUT", socket_type="NodeSocketVector")
    wires = Wires(tree)
    given = tree.nodes.new("NodeGroupInput")
    given.location = -220, 0
    vector, fx, fy, pixel_u, pixel_v, pad_u, pad_v, top, height, nearer = (wires.output(given, place) for place in range(len(INPUTS) + 1))
    x, y, _ = wires.parts(wires.output(wires.node("TexCoord"), 3))
    x, y = x / SCALE, y / SCALE
    down = wires.math("MAXIMUM", (top - y) / height, 0.0)  # 0 at the top of the layer, 1 at the bottom of the frame
    # Waves on water lie closer together the farther they are: cycles grow as a logarithm downwards
    far = wires.math("LOGARITHM", 1.0 + 5.0 * down, math.e) * height * -0.40
    place_y = y * (1.0 - nearer) + far * nearer
    u, v = x * fx + wires.value("start"), place_y * fy
    phase = wires.value("phase")
    side, up = (_water if medium == "WATER" else _heat)(u, v, phase)
    reach = wires.value("reach") * (1.0 - nearer * (0.80 - 0.95 * down))
    own_u, own_v, depth = wires.parts(vector)
    still_u, still_v = (_still(wires, own, pad, pixel, wires.value("reach")) for own, pad, pixel in
                        ((own_u, pad_u, pixel_u), (own_v, pad_v, pixel_v)))
    moved = wires.vector(own_u + side * reach * pixel_u * still_u, own_v + up * reach * pixel_v * still_v, depth)
    out = tree.nodes.new("NodeGroupOutput")
    out.location = 2300, 0
    wires.feed(out.inputs[0], moved)


def _still(wires, own, pad, pixel, reach):
    """0 at the border of a tile, 1 farther inside than the waves reach."""
    inside = wires.math("MINIMUM", own - pad, (1.0 - pad) - own)
    return wires.ramp(inside, 0.0, (reach * 4.0 + 1.0) * pixel)


def _water(u, v, phase):
    """To the side and up; each sum is about 1 at most."""
    side = 0.50 * wave(v + 0.31 * wave(u - phase) + phase) + 0.28 * wave(2.0 * v - u + 2.0 * phase + 0.22 * wave(2.0 * u + v)) \
        + 0.16 * wave(5.0 * v + 2.0 * u - 3.0 * phase + 0.15 * wave(3.0 * u))
    return side, 0.16 * wave(2.0 * v + u + phase + 0.25 * wave(2.0 * u - phase)) + 0.08 * wave(4.0 * v - 3.0 * u + 2.0 * phase)


def _heat(u, v, phase):
    """The same for air, which rises."""
    side = 0.48 * wave(v - phase + 0.30 * wave(u + 0.2)) + 0.32 * wave(2.0 * v + u - 2.0 * phase + 0.2 * wave(2.0 * u)) \
        + 0.18 * wave(3.0 * v - 2.0 * u - 3.0 * phase)
    return side, 0.30 * wave(v + u - phase + 0.3 * wave(u)) + 0.2 * wave(2.0 * v - u - 2.0 * phase)
