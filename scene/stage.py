"""What stands around the planes: the scene itself, its collection, its camera, its render settings."""

import math
from fractions import Fraction

import bpy

from ..engine.film.export import Frame
from . import engines, film_settings, marks, versions
from .keys import SCALE
from .planes import SPACING

STAGE, EDIT, COLLECTION, CAMERA, TRAVELLER, WORLD = "stage", "edit", "parallax", "camera", "travelling camera", "world"
CAMERAS = CAMERA, TRAVELLER  # the one before which layers slide, and the one that travels itself
PLAIN_SHADING = {"light": "FLAT", "color_type": "TEXTURE", "show_object_outline": False}  # pictures as they are, without a graphics card
SIZE = "infinite_parallax_size"  # on a parallax scene: width and height of its picture in pixels
MOST_FPS = 32767  # what render.fps can hold


def remember_size(scene, motion):
    """Notes how large a scene's picture is, so that the film's size can be set without its job folder."""
    scene[SIZE] = [motion.width, motion.height]


def picture_size(scene):
    """Width and height in pixels of a built scene's picture; None where an older version has built it."""
    return tuple(scene[SIZE]) if SIZE in scene else None


def frame_of(scene) -> Frame:
    """What of its picture a scene's film shows, and at what size. Raises ParallaxError where that is set wrong."""
    return film_settings.export_of(scene.infinite_parallax).frame(*picture_size(scene))


def frame_rate(fps):
    """Blender's frame rate and its base. Only some bases reach the video as they are: 1.001, and whole numbers."""
    whole = math.ceil(fps)
    if abs(whole / 1.001 / fps - 1.0) < 2e-4:  # 23.98 means 23.976
        return whole, 1.001
    exact = Fraction(fps).limit_denominator(max(1, min(1000, int(MOST_FPS / fps))))
    return exact.numerator, float(exact.denominator)


def choose_scene(scene, folder_of, folder):
    """The scene to build in: this one when it is ours or holds neither objects nor strips, else the one of the same job, else a new one."""
    if marks.role(scene) == STAGE or not (scene.objects or versions.has_strips(scene)):
        return scene
    for other in bpy.data.scenes:
        if marks.role(other) == STAGE and folder_of(other) == folder:
            return other
    return bpy.data.scenes.new(f"{scene.name} Parallax")


def prepare(scene, motion, name):
    """Makes a scene ours and gives it size, range and colours that leave the picture as it is. Returns its collection."""
    if marks.role(scene) != STAGE:
        marks.mark(scene, STAGE)
        scene.world = _black_world(name)
    remember_size(scene, motion)
    set_output(scene, motion, frame_of(scene))
    marks.wish_all(scene, {"render.film_transparent": False, "render.use_compositing": False})
    collection = marks.find(scene.collection.children_recursive, COLLECTION)
    if collection is None:
        collection = marks.mark(bpy.data.collections.new(name), COLLECTION)
        scene.collection.children.link(collection)
    return collection


def set_size(scene, frame):
    """Width and height of what a scene renders: the same for the parallax and for its edit, as scene strips do not fit themselves."""
    marks.wish_all(scene, {
        "render.resolution_x": frame.width, "render.resolution_y": frame.height, "render.resolution_percentage": 100,
        "render.pixel_aspect_x": 1.0, "render.pixel_aspect_y": 1.0,
    })


def set_output(scene, motion, frame):
    """Size, range, rate and colours: the same for the parallax and for its edit."""
    set_size(scene, frame)
    scene[engines.SCALE] = frame.scale
    fps, base = frame_rate(motion.fps)
    marks.wish_all(scene, {
        "render.fps": fps, "render.fps_base": base,
        "frame_start": 1, "frame_end": motion.frames, "frame_step": 1,
        "view_settings.view_transform": "Standard", "view_settings.look": "None",
        "view_settings.exposure": 0.0, "view_settings.gamma": 1.0, "view_settings.use_curve_mapping": False,
        "sync_mode": "FRAME_DROP",
        **{f"display.shading.{name}": value for name, value in PLAIN_SHADING.items()},
    })


def camera(scene, collection, layers):
    """The camera that sees exactly what the film shows of the picture, made when it is not there."""
    found = marks.find(collection.all_objects, CAMERA)
    if found is None:
        data = marks.mark(bpy.data.cameras.new("Parallax Camera"), CAMERA)
        found = marks.mark(bpy.data.objects.new("Parallax Camera", data), CAMERA)
        collection.objects.link(found)
    above = layers * SPACING + 10.0
    marks.wish_all(found.data, {
        "type": "ORTHO", "sensor_fit": "HORIZONTAL", "clip_start": 0.1, "clip_end": above + 10.0,
        "display_size": 0.5, "passepartout_alpha": 1.0, "show_passepartout": True,
    })
    aim(found, frame_of(scene), picture_size(scene), above)
    marks.wish(found, "rotation_euler", (0.0, 0.0, 0.0))
    if scene.camera is None:
        scene.camera = found
    return found


def aim(found, frame, size, above):
    """Has the camera see the frame's rectangle of a picture of that size, from `above` the farthest layer."""
    marks.wish(found.data, "ortho_scale", (frame.right - frame.left) * SCALE)
    marks.wish(found, "location", (*middle(frame, size), above))


def middle(frame, size):
    """The frame's middle in Blender units; the origin is the picture's."""
    return ((frame.left + frame.right) - size[0]) / 2 * SCALE, (size[1] - (frame.top + frame.bottom)) / 2 * SCALE


def _black_world(name):
    world = marks.mark(bpy.data.worlds.new(name), WORLD)
    world.color = (0.0, 0.0, 0.0)
    for node in versions.use_nodes(world).nodes:
        if node.type == "BACKGROUND":
            node.inputs[0].default_value = (0.0, 0.0, 0.0, 1.0)
    return world
