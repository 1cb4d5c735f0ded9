"""The film's colour: an adjustment strip over the edit, and air between the layers as nodes of their materials.

All of it is ordinary: modifiers of a strip, a node group that all layers share. What the artist changed there stays, until the
setting that it comes from is changed.
"""

import json
import math

import bpy

from ..engine.errors import ParallaxError
from ..engine.film import grade as law
from ..engine.film.assets import Asset
from ..engine.film.grade import Grade
from ..engine.job import Job
from . import edit, film_settings, marks, nodes, properties, versions
from . import shot as shots
from .shot import Shot

STRIP, HAZE, DENSITY, AIR = "grade", "haze", "density", "air"
GRADED = "infinite_parallax_graded"  # on a parallax scene: the grade that its film was last laid with
BY = "infinite_parallax_grade"  # on an edit: the grade that its strip was last laid by
LAID, EDITED = "infinite_parallax_laid", "infinite_parallax_edited"  # on the strip: as it was laid, and that the artist has changed it
AIRED = "infinite_parallax_aired"  # on a material: the air was put into it
BALANCE, TONE, WHEELS, SATURATION = "White Balance", "Tone", "Lift Gamma Gain", "Saturation"
MODIFIERS = {BALANCE: "WHITE_BALANCE", TONE: "CURVES", WHEELS: "COLOR_BALANCE", SATURATION: "HUE_CORRECT"}  # in this order
FARTHEST = 1e6  # a layer that stands still is as far as that, in distances of the nearest


def assets(shot: Shot) -> list[Asset]:
    """The files that it needs: the colour of the air, where that comes from the picture."""
    return [_air_of(shot)] if shot.film.grade.haze and shot.film.grade.haze_auto else []


def lay(shot: Shot) -> tuple[str, ...]:
    """Lays it into the edit and the scene, or updates it there; what the artist changed stays. Gives sentences for the artist."""
    grade = shot.film.grade
    notes = (*_lay_strip(shot.cut, grade), *_lay_air(shot))
    shot.scene[GRADED] = repr(grade)
    return notes


def follow(scene) -> None:
    """Lays the colour anew as it is changed, if the film is laid already and nothing has to be made for it first; cheap."""
    if edit.edit_of(scene) is None or bpy.app.is_job_running("RENDER"):
        return
    try:
        shot = shots.of(scene)
        if shot.collection and all((shot.folder / asset.file).is_file() for asset in assets(shot)):
            lay(shot)
        else:  # Update Edit lays the air, when its colour is known
            _lay_strip(shot.cut, shot.film.grade)
    except ParallaxError:  # it is said where the artist asks for more than a colour
        return


def is_stale(scene) -> bool:
    """Whether colour is set otherwise than it lies in the edit. Raises ParallaxError that names the first wrong setting."""
    grade = film_settings.grade_of(scene.infinite_parallax)
    plain = not grade.colours and not grade.haze
    return repr(grade) != scene.get(GRADED) and not (plain and GRADED not in scene)


def _lay_strip(cut, grade: Grade) -> tuple[str, ...]:
    """The adjustment strip over all that is seen; without a grade there is none. One that the artist deleted stays away until the
    grade is changed."""
    strip, before = edit.find(cut, STRIP), cut.get(BY)
    cut[BY] = repr(grade)
    if strip and _state(strip) != strip.get(LAID):
        strip[EDITED] = True
    if not grade.colours:
        return _put_away(cut, strip) if strip else ()
    if strip is None and before == cut[BY]:
        return ()
    strip = strip or _new_strip(cut)
    marks.wish(strip, "mute", False)
    marks.wish_by(strip, "end", cut.frame_end, lambda: versions.set_strip_end(strip, cut.frame_end + 1))
    _modify(strip, grade)
    strip[LAID] = _state(strip)
    return ()


def _new_strip(cut):
    above = max((strip.channel for strip in versions.strips(cut) if strip.type != "SOUND"), default=0) + 1
    channel = edit.free_channel(cut, (edit.GRADE, *edit.FINISH, *range(above, 129)), 1, cut.frame_end + 1)
    strip = marks.mark(versions.new_effect(cut, "Colour", "ADJUSTMENT", channel, 1, cut.frame_end), STRIP)
    strip.blend_type = "ALPHA_OVER"
    with versions.sequencing(cut):
        for name, kind in MODIFIERS.items():
            strip.modifiers.new(name=name, type=kind)
    edit.name_channel(cut, channel, edit.CHANNELS[edit.GRADE])
    return strip


def _put_away(cut, strip) -> tuple[str, ...]:
    """Removes the strip; one that the artist has changed is muted."""
    if not strip.get(EDITED):
        versions.strips(cut).remove(strip)
        return ()
    marks.wish(strip, "mute", True)
    strip[LAID] = _state(strip)
    return (f"You have changed the strip '{strip.name}', so it is muted, not removed",)


def _modify(strip, grade: Grade) -> None:
    """Sets the modifiers that are still there; one that the artist took away stays away."""
    there = strip.modifiers.keys()
    if BALANCE in there:
        marks.wish(strip, f'modifiers["{BALANCE}"].white_value', law.white(grade))
    if TONE in there:
        points = law.tone(grade)
        marks.wish_by(strip, TONE, points, lambda: _bend(strip.modifiers[TONE], points))
    if WHEELS in there:
        for name in ("lift", "gamma", "gain"):
            marks.wish(strip, f'modifiers["{WHEELS}"].color_balance.{name}', getattr(grade, name))
    if SATURATION in there:
        marks.wish_by(strip, SATURATION, grade.saturation, lambda: _saturate(strip.modifiers[SATURATION], grade.saturation))


def _bend(modifier, points) -> None:
    """Gives the curve of all colours these points."""
    curve = modifier.curve_mapping.curves[3].points
    while len(curve) > len(points):
        curve.remove(curve[1])
    while len(curve) < len(points):
        curve.new(0.5, 0.5)
    for point, place in zip(curve, points):
        point.location = place
    _changed(modifier)


def _saturate(modifier, saturation) -> None:
    """Gives all hues the same saturation; the middle of the curve, 0.5, changes nothing."""
    for point in modifier.curve_mapping.curves[1].points:
        point.location = (point.location[0], saturation / 2.0)
    _changed(modifier)


def _changed(modifier) -> None:
    """Has a changed curve be seen: setting any property throws away what the sequencer has rendered."""
    modifier.curve_mapping.update()
    modifier.mute = modifier.mute


def _state(strip) -> str:
    """Differs where the artist has changed the strip."""
    return json.dumps([strip.blend_type, strip.blend_alpha, *(_values(modifier) for modifier in strip.modifiers)])


def _values(modifier) -> list:
    values = [modifier.name, modifier.type, modifier.mute]
    if modifier.type == "WHITE_BALANCE":
        values += list(modifier.white_value)
    if modifier.type == "COLOR_BALANCE":
        balance = modifier.color_balance
        values += [modifier.color_multiply, balance.correction_method, *balance.lift, *balance.gamma, *balance.gain]
    if modifier.type in ("CURVES", "HUE_CORRECT"):
        values += [tuple(point.location) for curve in modifier.curve_mapping.curves for point in curve.points]
    return values


def _lay_air(shot: Shot) -> tuple[str, ...]:
    """The node group of the air in each layer's materials, with the layer's distance behind the nearest one."""
    grade, materials = shot.film.grade, _materials(shot)
    group = next((node.node_tree for material in materials if (node := nodes.find(material.node_tree, HAZE)) and node.node_tree), None)
    if not grade.haze:
        return _clear(materials, group)
    colour = _colour(shot)
    if colour is None:  # Update Edit finds it
        return ()
    depths = _depths(shot)
    group = group or nodes.new_group(HAZE, "Aerial Perspective", _make_air)
    marks.wish(nodes.find(group, DENSITY), "outputs[0].default_value", law.density(grade.haze, list(depths.values())))
    marks.wish(nodes.find(group, AIR), "outputs[0].default_value", (*colour, 1.0))
    for material, depth in depths.items():
        _hang(material, group, depth)
    return ()


def _materials(shot: Shot) -> list:
    """The materials of all layers and objects that show pictures of ours."""
    found = (material for layer in shot.layers if (plane := shot.plane(layer)) for material in plane.data.materials)
    return [material for material in found if material and material.node_tree and nodes.find(material.node_tree, "picture")]


def _depths(shot: Shot) -> dict:
    """How far behind the nearest layer each material's is, in distances of the nearest; an object is as far as its layer."""
    far = {layer.index: _distance(shot, layer.distance) for layer in shot.layers if layer.base is None}
    nearest = min(far.values())
    depths = {}
    for layer in shot.layers:
        plane = shot.plane(layer)
        for material in plane.data.materials if plane else ():
            if material and material.node_tree and nodes.find(material.node_tree, "picture"):
                index = layer.index if layer.base is None else layer.base
                depths[material] = far.get(index, nearest) / nearest - 1.0
    return depths


def _distance(shot: Shot, number: float) -> float:
    """How far a layer is; where the numbers are shares of the speed, what is slow is far."""
    return number if shot.scene.infinite_parallax.law == "PERSPECTIVE" else 1.0 / max(number, 1.0 / FARTHEST)


def _hang(material, group, depth) -> None:
    """Puts the air before a material's picture. Where the artist took it out, it stays out."""
    tree = material.node_tree
    node = nodes.find(tree, HAZE)
    if node is None and not material.get(AIRED):
        node = nodes.insert_after(tree, nodes.find(tree, "picture").outputs[0], group, HAZE)
        material[AIRED] = True
    if node:
        marks.wish_all(node, {"mute": False, "inputs[1].default_value": depth})


def _clear(materials, group) -> tuple[str, ...]:
    """Takes the air out of the materials; air that the artist has changed is muted."""
    kept = [material.name for material in materials if (node := nodes.find(material.node_tree, HAZE)) and _edited(node)]
    mine = group is not None and any(_edited(node) for node in group.nodes if marks.role(node))
    for material in materials:
        node = nodes.find(material.node_tree, HAZE)
        if node and (mine or material.name in kept):
            marks.wish(node, "mute", True)
            continue
        if node:
            nodes.take_out(material.node_tree, node)
        material.pop(AIRED, None)
    return ("You have changed the aerial perspective, so its nodes are muted, not removed",) if mine or kept else ()


def _edited(node) -> bool:
    """Whether the artist has set a node otherwise than we did."""
    return any(not same(node.path_resolve(path), value) for path, value in marks.wished(node).items())


def same(now, wished) -> bool:
    """Whether two values are the same as far as Blender keeps them."""
    one, other = ([value] if isinstance(value, bool | int | float) else list(value) for value in (now, wished))
    return len(one) == len(other) and all(math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-6) for a, b in zip(one, other))


def _air_of(shot: Shot) -> Asset:
    farthest = next(layer for layer in shot.layers if layer.base is None)
    tile = Job(properties.job_folder(shot.scene)).tile_path(farthest.tiles[0])
    written = tile.stat().st_mtime_ns if tile.is_file() else 0
    return Asset.of("haze", ".json", "the colour of the air", tile=str(tile), written=written)


def _colour(shot: Shot) -> tuple[float, ...] | None:
    """The air's colour, linear; None while it is not known yet."""
    if not shot.film.grade.haze_auto:
        return shot.film.grade.haze_colour
    try:
        return tuple(json.loads((shot.folder / _air_of(shot).file).read_text(encoding="utf-8"))["colour"])
    except (OSError, ValueError, KeyError):
        return None


def _make_air(tree) -> None:
    """mix(colour, air, 1 - exp(-density * depth)): `law.hazed` as nodes, with density and air for the artist to change."""
    tree.interface.new_socket("Color", in_out="INPUT", socket_type="NodeSocketColor")
    tree.interface.new_socket("Depth", in_out="INPUT", socket_type="NodeSocketFloat")
    tree.interface.new_socket("Color", in_out="OUTPUT", socket_type="NodeSocketColor")
    made = {}
    for number, (name, kind) in enumerate((("in", "NodeGroupInput"), (DENSITY, "ShaderNodeValue"), ("times", "ShaderNodeMath"),
                                           ("minus", "ShaderNodeMath"), ("exp", "ShaderNodeMath"), ("share", "ShaderNodeMath"),
                                           (AIR, "ShaderNodeRGB"), ("mix", "ShaderNodeMix"), ("out", "NodeGroupOutput"))):
        made[name] = tree.nodes.new(kind)
        made[name].location = (180 * number, -120 * (number % 2))
    for name, label in ((DENSITY, "Density"), (AIR, "Air")):
        marks.mark(made[name], name).label = label
    for name, operation in (("times", "MULTIPLY"), ("minus", "MULTIPLY"), ("exp", "EXPONENT"), ("share", "SUBTRACT")):
        made[name].operation = operation
    made["minus"].inputs[1].default_value, made["share"].inputs[0].default_value = -1.0, 1.0
    made["mix"].data_type = "RGBA"
    factor, one, other, mixed = *(made["mix"].inputs[number] for number in (0, 6, 7)), made["mix"].outputs[2]  # those of a colour
    for source, target in ((made["in"].outputs[1], made["times"].inputs[0]), (made[DENSITY].outputs[0], made["times"].inputs[1]),
                           (made["times"].outputs[0], made["minus"].inputs[0]), (made["minus"].outputs[0], made["exp"].inputs[0]),
                           (made["exp"].outputs[0], made["share"].inputs[1]), (made["share"].outputs[0], factor),
                           (made["in"].outputs[0], one), (made[AIR].outputs[0], other), (mixed, made["out"].inputs[0])):
        tree.links.new(source, target)
