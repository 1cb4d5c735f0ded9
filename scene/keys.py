"""The layers' keyframes: made, recognised as edited, measured."""

import json

from . import versions

# How a segment goes; all others are straight lines
EASING = {"IN": ("QUAD", "EASE_IN"), "OUT": ("QUAD", "EASE_OUT"), "SINE": ("SINE", "EASE_IN_OUT"),
          "SINE_IN": ("SINE", "EASE_IN"), "SINE_OUT": ("SINE", "EASE_OUT")}
SCALE = 0.01  # Blender units per pixel
FINGERPRINT = "infinite_parallax_keys"


def to_scene(x, y):
    """A displacement in pixels (y down) as one in Blender units (y up)."""
    return x * SCALE, -y * SCALE


def key(plane, start, end, frames, cyclic):
    """Keys a straight motion from `start` at frame 1 to `end` at the frame after the last; in a loop it goes on for ever."""
    key_way(plane, ((1, start, "EVEN"), (frames + 1, end, "EVEN")), cyclic)


def key_way(plane, points, cyclic):
    """Keys a way. points: frame, displacement in pixels, and how it goes on from there as `Motion.clock` says it."""
    values = [to_scene(*place) for _, place, _ in points]
    for axis in (0, 1):
        curve = _empty_curve(plane, axis)
        curve.keyframe_points.add(len(points))
        for point, (frame, _, how), value in zip(curve.keyframe_points, points, values):
            point.co = frame, value[axis]
            point.interpolation, easing = EASING.get(how, ("LINEAR", "AUTO"))
            point.easing = easing
        if cyclic:
            curve.modifiers.new("CYCLES")
        curve.update()
    plane[FINGERPRINT] = _fingerprint(plane)


def remember(plane):
    """Notes that a plane's keyframes, or that it has none, is our doing."""
    plane[FINGERPRINT] = _fingerprint(plane)


def stamp(plane):
    """Differs where a plane's keyframes do."""
    return _fingerprint(plane)


def clear(plane):
    """Takes our keyframes off a plane, which stands still then; those that somebody changed stay."""
    if keyed(plane) and not edited(plane):
        plane.animation_data_clear()
        del plane[FINGERPRINT]
        plane.location[0] = plane.location[1] = 0.0


def keyed(plane):
    """Whether we have keyed a plane."""
    return FINGERPRINT in plane


def edited(plane):
    """Whether somebody changed the motion since we keyed it."""
    return FINGERPRINT in plane and plane[FINGERPRINT] != _fingerprint(plane)


def path(plane, frames):
    """The displacement in pixels at every frame, by the F-curves as they are."""
    curves = _curves(plane)
    places = []
    for frame in range(1, frames + 2):
        x, y = (curves[axis].evaluate(frame) if axis in curves else plane.location[axis] for axis in (0, 1))
        places.append((x / SCALE, -y / SCALE))
    return places


def _curves(plane):
    return {curve.array_index: curve for curve in versions.fcurves(plane) if curve.data_path == "location" and curve.array_index < 2}


def _empty_curve(plane, axis):
    if axis not in _curves(plane):
        plane.keyframe_insert("location", index=axis, frame=1)  # makes action, slot and curve as each version wants them
    curve = _curves(plane)[axis]
    curve.keyframe_points.clear()
    while curve.modifiers:
        curve.modifiers.remove(curve.modifiers[0])
    curve.mute = False
    return curve


def _fingerprint(plane):
    curves = _curves(plane)
    return json.dumps([
        [axis, curve.mute, curve.extrapolation, [modifier.type for modifier in curve.modifiers],
         [(round(p.co.x, 4), round(p.co.y, 5), p.interpolation, *((p.easing,) if p.easing != "AUTO" else ()))
          for p in curve.keyframe_points]]
        for axis, curve in sorted(curves.items())
    ])
