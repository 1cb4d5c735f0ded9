"""From a job to a scene: layers that move, or a preview of cut-outs that stand still; and from changed settings to new keyframes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..engine.errors import ParallaxError
from ..engine.job import Job, Result
from . import course, edit, effects, engines, keys, marks, planes, properties, quads, rig, showing, stage, style

KEEP, REPLACE = "KEEP", "REPLACE"
COVERED = "infinite_parallax_covered"  # on a plane: the way that it is large enough for
PREVIEW = "infinite_parallax_preview"  # on a scene: its planes are cut-outs, with nothing painted behind them


@dataclass(frozen=True)
class Built:
    """scene: the parallax; edit: the scene that renders it, None of a preview; notes: sentences for the artist."""

    scene: object
    edit: object
    notes: tuple[str, ...]


def build(scene, job: Job, edited: str = KEEP) -> Built:
    """Builds a finished job's scene, or updates it in place. edited: what becomes of keyframes changed by hand."""
    result = job.result()
    target, collection, notes = _dressed(scene, job, result)
    target.pop(PREVIEW, None)
    style.remember(target.infinite_parallax, result.style)
    return _finish(target, collection, result, course.as_painted(result), edited, notes)


def preview(scene, job: Job) -> Built:
    """Shows the cut-outs of a job that ends at the split. Keyframes of ours are taken off, as nothing is painted to move over."""
    result = job.split_result()
    target, collection, notes = _dressed(scene, job, result)
    target[PREVIEW] = True
    effects.put_aside(collection)
    rig.leave(target, collection, [plane for plane, _ in _pairs(collection, result)])
    for plane, layer in _pairs(collection, result):
        if not _locked(target, layer):
            keys.clear(plane)
        _cover(plane, layer, result, ((0.0, 0.0),), (0, 0))
    engines.apply(target, engines.choose(target.infinite_parallax.engine), len(result.layers))
    return Built(target, None, notes)


def _dressed(scene, job: Job, result: Result):
    """A scene with camera and planes for a job's pictures, and what was found in the panel's list.

    Returns it, its collection, and sentences about what was put aside.
    """
    target = stage.choose_scene(scene, properties.job_folder, properties.job_folder(scene))
    if target != scene:
        properties.copy(scene.infinite_parallax, target.infinite_parallax)
    collection = stage.prepare(target, result.motion, f"Parallax {job.read()[0].stem}")
    stage.camera(target, collection, len(result.layers))
    settings = job.read()[1]
    notes = _planes(collection, job, result)
    engines.forget_pictures(target)
    properties.remember_job(target.infinite_parallax, job.folder)
    style.follow(target.infinite_parallax, settings, result.style, result.reason)
    notes += properties.show_found(target.infinite_parallax, settings, result)
    showing.remember(collection, settings, result)
    showing.show(target)
    return target, collection, notes


def update_motion(scene, job: Job, edited: str = KEEP) -> Built:
    """Keys a built scene anew for its settings as they are now; nothing is painted."""
    result = job.result()
    way = course.plan_again(properties.to_settings(scene.infinite_parallax), job.read()[1], result)
    collection = marks.find(scene.collection.children_recursive, stage.COLLECTION)
    stage.remember_size(scene, way.motion)
    stage.set_output(scene, way.motion, stage.frame_of(scene))
    stage.camera(scene, collection, len(result.layers))
    style.remember(scene.infinite_parallax, style.named(scene.infinite_parallax))
    return _finish(scene, collection, result, way, edited)


def missing(scene, job: Job) -> course.Missing | None:
    """What has to be painted before a built scene's settings as they are now can be shown; None where nothing has."""
    return course.missing(properties.to_settings(scene.infinite_parallax), job.read()[1], job.result())


def is_built(scene) -> bool:
    return has_planes(scene) and not is_preview(scene)


def is_preview(scene) -> bool:
    """Whether a scene shows cut-outs, before anything is painted."""
    return bool(scene.get(PREVIEW)) and has_planes(scene)


def has_planes(scene) -> bool:
    """Whether a scene shows layers: finished ones, or a preview."""
    return marks.role(scene) == stage.STAGE and marks.find(scene.collection.children_recursive, stage.COLLECTION) is not None


def edited_planes(scene) -> list:
    """The layers whose keyframes somebody changed by hand, and the camera that travels where it is so."""
    collection = marks.find(scene.collection.children_recursive, stage.COLLECTION)
    if collection is None:
        return []
    found = [plane for plane in collection.all_objects if planes.is_plane(plane) and keys.edited(plane)]
    return [*found, rig.of(collection)] if rig.wanted(scene) and rig.edited(collection) else found


def video_path(job_folder: Path, picture: Path) -> str:
    """Where the video goes: beside the job folder, named for the picture and the folder, so that each job has its own."""
    return str(job_folder.parent / f"{picture.stem}_{job_folder.name}.mp4")


def _planes(collection, job, result):
    """Makes or updates the planes of layers and objects, and takes away those of others, but for what was keyed by hand."""
    wanted, aside = {role for role, _ in _roles(result)}, []
    for plane in list(collection.all_objects):
        if planes.is_plane(plane) and marks.role(plane) not in wanted:
            if keys.edited(plane):
                aside.append(plane.name)
                planes.put_aside(plane)
            else:
                planes.remove(plane)
    for order, (role, layer) in enumerate(_roles(result)):
        planes.dress(planes.plane(collection, layer, role, order), job, layer)
    return (f"Hid {', '.join(aside)} with the keyframes you changed: there is no such layer or object now",) if aside else ()


def _roles(result):
    """The role of each plane, and its layer or object, from far to near."""
    for layer in result.layers:
        yield planes.role_of(layer), layer


def _finish(scene, collection, result: Result, way, edited, notes=()) -> Built:
    """Keys the planes, makes them as large as their ways ask for, and fits the edit."""
    kept, locked, more = _key(scene, collection, result, way, edited)
    engines.apply(scene, engines.choose(scene.infinite_parallax.engine), len(result.layers))
    job = Job(properties.job_folder(scene))
    cut = edit.make(scene, way.motion, video_path(job.folder, job.read()[0]))
    notes = (*notes, *way.motion.notes)
    if kept:
        notes += (f"Kept the keyframes you changed on {', '.join(kept)}: Update Motion can replace them",)
    if locked:
        notes += (f"Kept the keyframes of {', '.join(locked)}, as locked",)
    return Built(scene, cut, (*notes, *more))


def _key(scene, collection, result, way, edited):
    """Names of the planes whose hand-made, and whose locked keyframes were kept; sentences about what else is otherwise than asked."""
    pairs = list(_pairs(collection, result))
    if rig.wanted(scene):
        return _place(scene, collection, result, way, edited, pairs)
    rig.leave(scene, collection, [plane for plane, _ in pairs])
    kept, locked, astray = [], [], []
    for plane, layer in pairs:
        is_locked = _locked(scene, layer) and keys.keyed(plane)
        if is_locked or edited == KEEP and keys.edited(plane):
            (locked if is_locked else kept).append(plane.name)
            path = keys.path(plane, way.motion.frames)
            if course.beyond(result, layer, path):
                astray.append(plane.name)
        else:
            points = way.points(layer.index)
            path = tuple(place for _, place, _ in points)
            keys.key_way(plane, points, way.motion.loop)
        _cover(plane, layer, result, path, way.motion.periods[layer.index])
    return kept, locked, _lost(astray)


def _place(scene, collection, result, way, edited, pairs):
    """The same where the camera travels."""
    if way.motion.turns:
        raise ParallaxError("The camera travels along a straight way: remove the turns, or have the layers move")
    locked = [plane for plane, layer in pairs if _locked(scene, layer) and keys.keyed(plane)]
    kept = [one for one in edited_planes(scene) if edited == KEEP and one not in locked]
    notes = rig.place(scene, collection, pairs, way, (*locked, *kept), edited == REPLACE)
    _cover_before(collection, pairs, result, way.motion.frames)
    return [one.name for one in kept], [one.name for one in locked], (*notes, *_bare(collection, pairs, result, way.motion.frames))


def _cover_before(collection, pairs, result, frames) -> None:
    """Makes planes as large as the travelling camera will see them."""
    for plane, layer in pairs:
        path, window = rig.way(collection, plane, frames, (result.motion.width, result.motion.height))
        if plane.get(COVERED) != _stamp((*path, window)):
            _cover(plane, layer, result, path, result.motion.periods[layer.index], window)


_covered = "", ()  # for which keyframes planes were made large enough last, and what was said of that


def _cover_once(scene, collection, pairs, result) -> tuple[str, ...]:
    """The same for keyframes changed by hand; asked again for every frame of a scene strip."""
    global _covered
    stamp = f"{scene.session_uid} {scene.frame_end} {rig.stamp(collection)}"
    if _covered[0] != stamp:
        _cover_before(collection, pairs, result, scene.frame_end)
        _covered = stamp, _bare(collection, pairs, result, scene.frame_end)
    return _covered[1]


def _bare(collection, pairs, result, frames) -> tuple[str, ...]:
    names = ", ".join(rig.bare(collection, pairs, result, frames))
    return (f"The camera shows what was never painted beside {names}: let it go less far, or along the direction",) if names else ()


def _locked(scene, layer) -> bool:
    return layer.base is None and showing.locked(scene, layer.index)


def cover_again(scene) -> tuple[str, ...]:
    """Makes planes as large as keyframes changed by hand ask for: called before anybody renders or plays. Gives notes."""
    collection = marks.find(scene.collection.children_recursive, stage.COLLECTION)
    changed, travels = edited_planes(scene), rig.is_set_up(collection)
    if not (changed or travels and rig.edited(collection)):
        return ()
    try:
        result = Job(properties.job_folder(scene)).result()
    except ParallaxError as error:
        return (str(error),)
    pairs = list(_pairs(collection, result))
    if travels:
        return _cover_once(scene, collection, pairs, result)
    astray = []
    for plane, layer in pairs:
        if plane in changed:
            path = keys.path(plane, scene.frame_end)
            if plane.get(COVERED) != _stamp(path):  # asked again for every frame of a scene strip
                _cover(plane, layer, result, path, result.motion.periods[layer.index])
            if course.beyond(result, layer, path):
                astray.append(plane.name)
    return _lost(astray)


def _lost(astray) -> tuple[str, ...]:
    if not astray:
        return ()
    return (f"The keyframes of {', '.join(astray)} lead beyond what was painted, where nothing shows: "
            "take them back, or let Update Motion replace them",)


def _pairs(collection, result):
    for role, layer in _roles(result):
        plane = marks.find(collection.all_objects, role)
        if plane is not None:
            yield plane, layer


def _stamp(path) -> str:
    return str(hash(tuple(path)))


def _cover(plane, layer, result, path, period, window=None) -> None:
    """window: how much of the plane is seen at most, in pixels; by default as much as the picture."""
    size = result.motion.width, result.motion.height
    planes.cover(plane, layer.tiles, quads.seen(layer.tiles, period, path, window or size), size)
    plane[COVERED] = _stamp((*path, window) if window else path)
