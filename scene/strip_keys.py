"""Keyframes on a strip: laid where a value changes, recognised as edited, taken away again."""

import json

from . import versions

LAID = "infinite_parallax_strip_keys"  # on a strip: of each keyed property what was wanted, and its keys as laid


def lay(cut, strip, name, keys):
    """Gives a property of a strip these keys (frame, value) with straight lines between, or where there is one only, its value.

    Nothing happens while the same is wanted as last time: what is there now is the artist's choice. Returns whether it is as
    wanted, False where keys that somebody changed were kept although others are wanted now.
    """
    plain = [list(key) for key in keys]
    last = _laid(strip).get(name)
    if last and last["wanted"] == plain:
        return True
    if last and edited(cut, strip, name):
        return False
    versions.forget_curves(cut, strip.path_from_id(name))
    if len(keys) == 1:
        setattr(strip, name, keys[0][1])
    else:
        _key(cut, strip, name, keys)
    strip[LAID] = json.dumps({**_laid(strip), name: {"wanted": plain, "laid": _state(cut, strip, name)}})
    return True


def edited(cut, strip, name):
    """Whether somebody changed the property or its keys since we laid them."""
    last = _laid(strip).get(name)
    return last is not None and last["laid"] != _state(cut, strip, name)


def any_edited(cut, strip):
    return any(edited(cut, strip, name) for name in _laid(strip))


def forget(cut, strip):
    """Takes a strip's F-curves out of the file, before the strip goes."""
    versions.forget_curves(cut, f"{strip.path_from_id()}.")


def _laid(strip):
    return json.loads(strip.get(LAID, "{}"))


def _curve(cut, strip, name):
    path = strip.path_from_id(name)
    return next((curve for curve in versions.fcurves(cut) if curve.data_path == path), None)


def _key(cut, strip, name, keys):
    strip.keyframe_insert(name, frame=keys[0][0])  # makes action, slot and curve as each version wants them
    curve = _curve(cut, strip, name)
    curve.keyframe_points.clear()
    curve.keyframe_points.add(len(keys))
    for point, key in zip(curve.keyframe_points, keys):
        point.co = key
        point.interpolation = "LINEAR"
    curve.update()


def _state(cut, strip, name):
    """The keys as they are; without any, the value."""
    curve = _curve(cut, strip, name)
    if curve is None:
        return round(getattr(strip, name), 5)
    return [curve.mute, curve.extrapolation, [modifier.type for modifier in curve.modifiers],
            [[round(point.co.x, 3), round(point.co.y, 4), point.interpolation] for point in curve.keyframe_points]]
