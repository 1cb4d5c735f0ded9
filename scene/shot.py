"""A parallax and its edit, for what is laid over it: sound, effects, colour."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..engine.errors import ParallaxError
from ..engine.film.settings import Film
from ..engine.job import Layer, Result
from . import course, edit, film_settings, keys, marks, planes, properties, rig, stage


@dataclass(frozen=True)
class Shot:
    """What a film is made of.

    scene, cut: the parallax scene and its edit. collection: that holds the planes. result: the finished job's.
    film: the settings. folder: of the assets. frames: of the parallax, from frame 1 (the edit may be longer). fps: frames per second.
    loop: whether the frame after the last is the first.
    """

    scene: object
    cut: object
    collection: object
    result: Result
    film: Film
    folder: Path
    frames: int
    fps: float
    loop: bool

    @property
    def layers(self) -> list[Layer]:
        """The layers and objects, far to near."""
        return list(self.result.layers)

    def plane(self, layer: Layer):
        """The Blender object of a layer or object; None where the artist has deleted it."""
        return marks.find(self.collection.all_objects, planes.role_of(layer))

    def path(self, layer: Layer) -> list[course.Point]:
        """A layer's displacement on screen in pixels of the picture at every frame, and at the one after the last."""
        plane = self.plane(layer)
        if plane is None:
            return [(0.0, 0.0)] * (self.frames + 1)
        if rig.stands(plane) and rig.is_set_up(self.collection):
            return rig.path(self.collection, plane, self.frames, (self.result.motion.width, self.result.motion.height))
        return keys.path(plane, self.frames)

    def layer(self, number: int) -> Layer | None:
        """A layer by its number in the panel's list, from 1."""
        return next((one for one in self.result.layers if one.base is None and one.index == number - 1), None)

    def object(self, name: str) -> Layer | None:
        """An object by its name in the panel's list, or by its key."""
        items = {item.name: item.key for item in self.scene.infinite_parallax.objects}
        key = items.get(name, name)
        return next((one for one in self.result.layers if one.base is not None and key in (one.key, one.name)), None)


def of(scene) -> Shot:
    """The shot of a built scene. Raises ParallaxError where it has no edit or job any more, or something is set wrong."""
    cut = edit.edit_of(scene)
    if cut is None:
        raise ParallaxError("The edit was deleted: click Update Motion to make it again")
    job = properties.job_of(scene)
    props = scene.infinite_parallax
    fps = cut.render.fps / cut.render.fps_base
    collection = marks.find(scene.collection.children_recursive, stage.COLLECTION)
    return Shot(scene, cut, collection, job.result(), film_settings.to_film(props), job.folder / "film", scene.frame_end, fps,
                props.loop and props.content == "REPEAT")
