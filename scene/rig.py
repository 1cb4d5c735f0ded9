"""The camera instead of the layers: a perspective camera with keyframes of its own, and planes that stand at their distances.

Planes stand below the origin along -z, the picture's middle on the axis; the film's size and crop are the camera's sensor and shift, so
that distances and keyframes do not depend on them.
"""

from __future__ import annotations

import json
import math

import bpy
import numpy as np
from mathutils import Euler, Matrix

from ..engine.film.camera import Camera
from . import film_settings, keys, marks, perspective, planes, stage, versions
from .keys import SCALE
from .perspective import FILM, Mover

STANDS = "infinite_parallax_stands"  # on a plane: how many times larger it is than before the camera that stands still
ASIDE = "infinite_parallax_aside"  # on a plane: the action it was given while the camera travelled
PRINT = "infinite_parallax_way"  # on the travelling camera: its keyframes as we made them
PIVOT = "infinite_parallax_pivot"  # on the travelling camera: the distance of what stays in place in an orbit, or 0
GRID = 48, 27  # points of the frame at which is looked whether anything shows
LOOKS = 9  # moments of the film at which that is done


def wanted(scene) -> bool:
    """Whether the camera is to move instead of the layers."""
    return film_settings.camera_of(scene.infinite_parallax).mover == "CAMERA"


def of(collection):
    """The travelling camera, or None."""
    return marks.find(collection.all_objects, stage.TRAVELLER)


def stands(plane) -> bool:
    """Whether a plane is placed for the travelling camera."""
    return STANDS in plane


def depth(plane) -> tuple[float, float]:
    """A plane's height above the origin, and how many times larger it is than before the camera that stands still.

    Where it goes along with the travelling camera, that is so where the camera begins.
    """
    return plane.matrix_parent_inverse.translation.z + plane.location[2], plane.get(STANDS, plane.scale[0])


def is_set_up(collection) -> bool:
    """Whether planes stand before the travelling camera, and it is there."""
    return of(collection) is not None and any(stands(one) for one in collection.all_objects)


def stamp(collection) -> str:
    """Differs where the travelling camera would see the planes otherwise."""
    camera = of(collection)
    moved = [(one.name, keys.stamp(one), one.location[2], one[STANDS]) for one in collection.all_objects if stands(one)]
    return f"{_print(camera)} {camera.data.lens} {moved}"


def edited(collection) -> bool:
    """Whether somebody changed the travelling camera's keyframes, or moved or turned it."""
    camera = of(collection)
    return camera is not None and PRINT in camera and camera[PRINT] != _print(camera)


def leave(scene, collection, wanted) -> None:
    """Has the planes be as before the camera that stands still. What was keyed by hand for the other camera is put aside, to come back.

    wanted: the planes, far to near.
    """
    camera = of(collection)
    for order, plane in enumerate(wanted):
        if not stands(plane):
            continue
        if not _rides(plane, camera):  # what rides moves over the screen as before any camera
            if keys.edited(plane) and plane.animation_data:
                plane[ASIDE] = plane.animation_data.action
            plane.animation_data_clear()
            plane.pop(keys.FINGERPRINT, None)
        _detach(plane)
        marks.wish_all(plane, {"location": (0.0, 0.0, order * planes.SPACING), "scale": (1.0, 1.0, 1.0)})
        del plane[STANDS]
    still = marks.find(collection.all_objects, stage.CAMERA)
    if camera is not None and scene.camera == camera:
        scene.camera = still
    if camera is not None and not edited(collection) and not camera.children:
        data = camera.data
        bpy.data.objects.remove(camera)
        if data.users == 0:
            bpy.data.cameras.remove(data)


def place(scene, collection, pairs, way, kept, replace) -> tuple[str, ...]:
    """Has the camera travel: places all planes, and keys it. Gives notes.

    pairs: plane and layer, far to near. kept: planes, and perhaps the camera, whose keyframes stay as they are. replace: whether what was
    put aside is forgotten.
    """
    setting = film_settings.camera_of(scene.infinite_parallax)
    travels = setting.move == "TRAVEL"
    width, _ = stage.picture_size(scene)
    camera = _camera(scene, collection)
    found = perspective.stands(_movers(scene, pairs, way), scene.infinite_parallax.law == "PERSPECTIVE", travels)
    unit = perspective.unit_distance(width * SCALE, setting.lens)
    notes, alone, back = (), [], []
    for (plane, layer), stand in zip(pairs, found.stands):
        if replace:
            plane.pop(ASIDE, None)
        if plane.get(ASIDE) and plane not in kept:
            back.append(plane.name)
        if _stand(plane, layer, stand, unit, camera, way, travels, plane in kept):
            alone.append(plane.name)
    if back:
        notes += (f"Brought back the keyframes you gave {', '.join(back)} before this camera: Update Motion can replace them",)
    if alone:
        notes += (f"{', '.join(alone)} cannot be slid by the camera alone, as no distance gives such a speed in this place: "
                  f"keyframes of {'its' if len(alone) == 1 else 'their'} own do the rest",)
    nearest, farthest = (f(stand.distance for stand in found.stands) for f in (min, max))
    marks.wish_all(camera.data, {"lens": setting.lens, "clip_start": nearest * 0.01, "clip_end": farthest * 4.0})
    if camera not in kept:
        _key(camera, setting, found, unit, nearest, math.sqrt(nearest * farthest), way)
    fit(scene, collection)
    if scene.camera is None or marks.role(scene.camera) in stage.CAMERAS:
        scene.camera = camera
    return notes


def fit(scene, collection) -> None:
    """Has the travelling camera see what the film shows of the picture: a cut-out of the film that a whole picture fills."""
    camera = of(collection)
    if camera is None:
        return
    frame, (width, height) = stage.frame_of(scene), stage.picture_size(scene)
    seen = frame.right - frame.left
    shift = ((frame.left + frame.right - width) / 2 / seen, (height - frame.top - frame.bottom) / 2 / seen)
    marks.wish_all(camera.data, {"type": "PERSP", "sensor_fit": "HORIZONTAL", "sensor_width": FILM * seen / width,
                                 "display_size": 0.5, "passepartout_alpha": 1.0, "show_passepartout": True})
    pivot = camera.get(PIVOT, 0.0)
    for axis, name in enumerate(("shift_x", "shift_y")):
        camera.data.driver_remove(name)
        marks.wish(camera.data, name, shift[axis])
        if pivot:
            _follow(camera, name, axis, shift[axis], -camera.data.lens / camera.data.sensor_width / pivot)


def path(collection, plane, frames: int, size) -> list[perspective.Point]:
    """A plane's displacement on the screen in pixels of the picture at every frame, before the travelling camera."""
    left, top, right, bottom = windows(collection, plane, frames, size)
    return [(-(a + b - size[0]) / 2, -(c + d - size[1]) / 2) for a, b, c, d in zip(left, right, top, bottom)]


def way(collection, plane, frames: int, size):
    """The same as `quads.seen` wants it: displacements, and the size of the largest window that the camera ever sees of the plane."""
    left, top, right, bottom = windows(collection, plane, frames, size)
    return list(zip(-left, -top)), (float((right - left).max()), float((bottom - top).max()))


def windows(collection, plane, frames: int, size):
    """What the camera would see of a plane, were the film the whole picture: left, top, right and bottom (each (frames + 1,) float64).

    In pixels of the layer's canvas. size: of the picture in pixels.
    """
    width, height = size
    if _rides(plane, of(collection)):
        x, y = np.transpose(keys.path(plane, frames))
        return -x, -y, width - x, height - y
    points = np.stack([_seen(collection, plane, frames, size, (x, y)) for x in (0.0, width) for y in (0.0, height)])
    low, high = points.min(axis=0), points.max(axis=0)
    return low[:, 0], low[:, 1], high[:, 0], high[:, 1]


def _seen(collection, plane, frames, size, point) -> np.ndarray:
    """Where the ray through a point of the picture's frame meets a plane, in pixels of its canvas, at every frame: (frames + 1, 2)."""
    camera = of(collection)
    data = camera.data
    across = data.sensor_width / data.lens
    pixel = FILM / data.lens / size[0]
    pivot = camera.get(PIVOT, 0.0)
    at, turn, own = (_values(one, name, frames) for one, name in ((camera, "location"), (camera, "rotation_euler"), (plane, "location")))
    slope = np.empty((frames + 1, 2))
    rest = _rest(camera)
    for axis in (0, 1):
        pixels = (point[axis] - size[axis] / 2) * (1.0, -1.0)[axis]
        slope[:, axis] = pixels * pixel + (rest[axis] * across if rest else 0.0) - (at[:, axis] / pivot if pivot else 0.0)
    rays = np.column_stack([slope, np.full(frames + 1, -1.0)])
    if turn.any():
        rays = np.stack([np.array(Euler(angles, camera.rotation_mode if len(camera.rotation_mode) == 3 else "XYZ").to_matrix()) @ ray
                         for angles, ray in zip(turn, rays)])
    far = (own[:, 2] - at[:, 2]) / np.minimum(rays[:, 2], -1e-3)
    met = (at + rays * far[:, None] - own)[:, :2] / (plane[STANDS] * SCALE)
    return met * (1.0, -1.0) + (size[0] / 2, size[1] / 2)


def _rest(camera):
    """What the artist has shifted the lens by, beyond what shows the crop; None where that is nothing or an orbit shifts it."""
    wishes = json.loads(camera.data.get(marks.WISHES, "{}"))
    if camera.get(PIVOT, 0.0):
        return None
    return [getattr(camera.data, name) - wishes.get(name, 0.0) for name in ("shift_x", "shift_y")]


def bare(collection, pairs, result, frames: int) -> tuple[str, ...]:
    """Names of layers beside which nothing shows at some moment, as it was never painted."""
    size = result.motion.width, result.motion.height
    moments = np.unique(np.linspace(0, frames, LOOKS).round().astype(int))
    x, y = (axis.ravel() for axis in np.meshgrid(*((np.arange(n) + 0.5) / n for n in GRID)))
    far = np.full((len(pairs), len(moments), len(x)), np.inf)
    for number, (plane, layer) in enumerate(pairs):
        left, top, right, bottom = (edge[moments, None] for edge in windows(collection, plane, frames, size))
        u, v = left + (right - left) * x, top + (bottom - top) * y
        period = result.motion.periods[layer.index]
        for tile in layer.tiles:
            out = np.hypot(_outside(u, tile.x, tile.width, period[0]), _outside(v, tile.y, tile.height, period[1]))
            far[number] = np.minimum(far[number], out)
    holes = far.min(axis=0) > 1.0
    solid = [number for number, (_, layer) in enumerate(pairs) if layer.base is None]
    beside = np.unique(np.array(solid)[far[solid].argmin(axis=0)][holes]) if solid else ()
    return tuple(pairs[number][0].name for number in beside)


def _outside(places, start, length, period) -> np.ndarray:
    """How far places on an axis lie outside a tile or its copies, in pixels."""
    offset = places - start
    if period:
        offset = offset % period
        return np.maximum(0.0, np.minimum(offset - length, period - offset))
    return np.maximum(0.0, np.maximum(-offset, offset - length))


def _movers(scene, pairs, course) -> list[Mover]:
    items = scene.infinite_parallax.layer_items
    return [Mover(items[layer.index].distance if layer.base is None and layer.index < len(items) else layer.distance,
                  course.travel(layer.index), layer.base is None, _is_still(scene, layer)) for _, layer in pairs]


def _is_still(scene, layer) -> bool:
    """Whether an object is to stay where it is in the frame."""
    item = next((item for item in scene.infinite_parallax.objects if layer.base is not None and layer.key in (item.key, item.name)), None)
    return item is not None and item.motion == "STILL"


def _camera(scene, collection):
    camera = of(collection)
    if camera is None:
        data = marks.mark(bpy.data.cameras.new("Travelling Camera"), stage.TRAVELLER)
        camera = marks.mark(bpy.data.objects.new("Travelling Camera", data), stage.TRAVELLER)
        collection.objects.link(camera)
    return camera


def _stand(plane, layer, stand, unit, camera, course, travels, kept) -> bool:
    """Places one plane. Whether it has to move by itself."""
    times = stand.distance / unit
    if kept and (not stands(plane) or _rides(plane, camera)) or stand.rides:  # moves over the screen as before the other camera
        marks.wish_all(plane, {"location": (0.0, 0.0, 0.0), "scale": (1.0, 1.0, 1.0)})
        if not kept:
            keys.key_way(plane, course.points(layer.index), course.motion.loop)
        plane.parent = camera
        plane.matrix_parent_inverse = Matrix.Translation((0, 0, -stand.distance)) @ Matrix.Diagonal((times, times, 1.0, 1.0))
        plane[STANDS] = times
        return False
    _detach(plane)
    start = course.ends(layer.index)[0] if travels else (0.0, 0.0)
    marks.wish_all(plane, {"location": (0.0, 0.0, -stand.distance), "scale": (times, times, 1.0)})
    plane[STANDS] = times
    if plane.get(ASIDE) and not kept:
        _bring_back(plane)
        return False
    if kept:
        return False
    plane.animation_data_clear()
    begin = start[0] * times, start[1] * times
    plane.location = *keys.to_scene(*begin), -stand.distance
    if any(stand.own):
        end = begin[0] + stand.own[0] * times, begin[1] + stand.own[1] * times
        keys.key_way(plane, course.between(begin, end), course.motion.loop)
    else:
        keys.remember(plane)
    return math.hypot(*stand.own) > 8.0  # less is what closes a loop to whole pixels


def _bring_back(plane) -> None:
    """Gives a plane again what was keyed by hand for this camera; it counts as changed."""
    action = plane[ASIDE]
    del plane[ASIDE]
    plane.animation_data_create().action = action
    if hasattr(plane.animation_data, "action_slot") and plane.animation_data.action_slot is None and len(action.slots):
        plane.animation_data.action_slot = action.slots[0]
    plane[keys.FINGERPRINT] = ""


def _rides(plane, camera) -> bool:
    return camera is not None and plane.parent == camera


def _detach(plane) -> None:
    if marks.role(plane.parent) == stage.TRAVELLER:
        plane.parent = None
        plane.matrix_parent_inverse.identity()


def _key(camera, setting: Camera, found, unit, nearest, middle, course) -> None:
    """Keys the camera's way: what the artist edits then."""
    frames, loop = course.motion.frames, course.motion.loop
    camera.animation_data_clear()
    camera.location = camera.rotation_euler = 0.0, 0.0, 0.0
    camera[PIVOT] = middle if setting.move == "ORBIT" else 0.0
    reach = setting.amount * nearest
    if setting.move == "TRAVEL":
        times = -found.distance / unit
        keys.key_way(camera, course.between((0.0, 0.0), tuple(x * times for x in found.travel)), loop)
    elif setting.move == "DOLLY":
        if loop:  # there and back, so that the frame after the last is the first
            points = [(1, 0.0, "EASE_IN_OUT"), (1 + frames / 2, -reach, "EASE_IN_OUT"), (1 + frames, 0.0, "EASE_IN_OUT")]
        else:
            points = [(1, 0.0, "EASE_IN_OUT"), (1 + frames, -reach, "EASE_IN_OUT")]
        _curve(camera, 2, points, loop)
    else:
        length = math.hypot(*found.travel) or 1.0
        along = (-found.travel[0] / length, found.travel[1] / length) if any(found.travel) else (1.0, 0.0)
        for axis in (0, 1):
            if abs(along[axis]) > 1e-6:
                far = reach * along[axis]
                turns = ((0.0, "EASE_OUT"), (far, "EASE_IN"), (0.0, "EASE_OUT"), (-far, "EASE_IN"), (0.0, "EASE_OUT"))
                _curve(camera, axis, [(1 + frames * n / 4, value, easing) for n, (value, easing) in enumerate(turns)], True)
    camera[PRINT] = _print(camera)


def _curve(camera, axis, points, cyclic) -> None:
    """Keys one axis of the camera's place by parts of sines. points: frame, value, and how the curve leaves it."""
    camera.keyframe_insert("location", index=axis, frame=1)
    curve = next(c for c in versions.fcurves(camera) if c.data_path == "location" and c.array_index == axis)
    curve.keyframe_points.clear()
    curve.keyframe_points.add(len(points))
    for key, (frame, value, easing) in zip(curve.keyframe_points, points):
        key.co = frame, value
        key.interpolation, key.easing = "SINE", easing
    if cyclic:
        curve.modifiers.new("CYCLES")
    curve.update()


def _follow(camera, name, axis, rest, slope) -> None:
    """Has the lens shift against the camera's place, so that what stands at the pivot stays where it is on the screen."""
    driver = camera.data.driver_add(name).driver
    driver.type = "SCRIPTED"
    variable = driver.variables.new()
    variable.name, variable.type = "place", "SINGLE_PROP"
    variable.targets[0].id = camera
    variable.targets[0].data_path = f"location[{axis}]"
    driver.expression = f"{rest:.9f} + place * {slope:.9f}"


def _values(owner, name, frames) -> np.ndarray:
    """A property of three numbers at every frame and the one after the last, by the F-curves as they are: (frames + 1, 3) float64."""
    values = np.tile(np.array(getattr(owner, name), np.float64), (frames + 1, 1))
    for curve in versions.fcurves(owner):
        if curve.data_path == name and not curve.mute:
            values[:, curve.array_index] = [curve.evaluate(frame) for frame in range(1, frames + 2)]
    return values


def _print(camera) -> str:
    """Of the keyframes that move the camera, and of where it stands on the axes that have none."""
    curves = sorted(versions.fcurves(camera), key=lambda curve: (curve.data_path, curve.array_index))
    keyed = {(curve.data_path, curve.array_index) for curve in curves}
    rest = [[round(number, 5) for axis, number in enumerate(getattr(camera, name)) if (name, axis) not in keyed]
            for name in ("location", "rotation_euler")]
    return json.dumps([rest, [
        [curve.data_path, curve.array_index, curve.mute, curve.extrapolation, [modifier.type for modifier in curve.modifiers],
         [(round(key.co.x, 4), round(key.co.y, 5), key.interpolation, key.easing) for key in curve.keyframe_points]]
        for curve in curves]])
