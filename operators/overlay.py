"""What a split has found, laid over the 3D viewport: the layers in colours, or the depth map."""

from __future__ import annotations

import bpy
from bpy.props import EnumProperty
from bpy.types import Operator, SpaceView3D, WindowManager
from bpy_extras.view3d_utils import location_3d_to_region_2d

from ..engine.errors import ParallaxError
from ..scene import build, marks, properties, stage
from . import canvas, drawing, view

SHOWN = (
    ("NONE", "None", "The viewport as it is"),
    ("LAYERS", "Layers", "Which layer each part of the picture belongs to, as it was split last"),
    ("DEPTH", "Depth", "How near each part of the picture is, as it was split last"),
)
FILES = {"LAYERS": "layers.png", "DEPTH": "depth.png"}
OPACITY = 0.9
WORDS = "As it was split last"


class INFINITE_PARALLAX_OT_overlay(Operator):
    bl_idname = "infinite_parallax.overlay"
    bl_label = "Show Split"
    bl_description = "Lay over the viewport what the last split has found; once more takes it away"

    show: EnumProperty(name="Show", items=SHOWN, default="LAYERS", options={"SKIP_SAVE"})

    def execute(self, context):
        manager = context.window_manager
        manager.infinite_parallax_overlay = "NONE" if manager.infinite_parallax_overlay == self.show else self.show
        return {"FINISHED"}


def file_of(scene, shown):
    """The picture that a split of this scene has left for what is to be shown; it need not be there."""
    return properties.job_of(scene).split / FILES[shown]


def _draw():
    """Over the frame of our camera; where nothing is built yet, the picture is laid into the viewport first."""
    context = bpy.context
    shown = context.window_manager.infinite_parallax_overlay
    if shown == "NONE":
        return
    scene = view.subject(context)
    try:
        made = drawing.file_texture(file_of(scene, shown))
        if made is None:
            return
        if marks.role(context.scene.camera) in stage.CAMERAS and context.region_data.view_perspective == "CAMERA":
            _over_camera(context, made)
        elif scene.infinite_parallax.picture and not build.is_built(scene):
            _over_picture(context, scene.infinite_parallax.picture, made, properties.job_of(scene).crop())
    except ParallaxError:  # the picture or the job's folder is gone
        return
    except Exception:
        context.window_manager.infinite_parallax_overlay = "NONE"  # rather than failing again at every redraw
        raise


def _over_camera(context, made):
    camera = context.scene.camera
    frame = [camera.matrix_world @ corner for corner in camera.data.view_frame(scene=context.scene)]
    places = [location_3d_to_region_2d(context.region, context.region_data, corner) for corner in frame]
    top_right, bottom_right, bottom_left, top_left = places
    if stage.picture_size(context.scene) is None:  # of an older version, whose film shows the whole picture
        drawing.corners(made, (bottom_left, bottom_right, top_right, top_left), OPACITY)
        return
    (width, height), frame = stage.picture_size(context.scene), stage.frame_of(context.scene)
    right = (top_right - top_left) / (frame.right - frame.left)
    down = (bottom_left - top_left) / (frame.bottom - frame.top)
    whole = [top_left + right * (x - frame.left) + down * (y - frame.top) for x, y in ((0, height), (width, height), (width, 0), (0, 0))]
    drawing.corners(made, whole, OPACITY)


def _over_picture(context, image, made, crop):
    under = drawing.picture_texture(image)
    sheet = canvas.Sheet(under.width, under.height)
    sheet.room = canvas.room(context.area, context.region)
    drawing.fill((0, 0, context.region.width, context.region.height), canvas.GROUND)
    drawing.texture(under, sheet.box())
    drawing.texture(made, sheet.places(*crop.percent()) if crop else sheet.box(), OPACITY)
    left, bottom, right, _ = sheet.room
    drawing.words(WORDS, (left + right) / 2, bottom + 14 * drawing.scale(), size=13.0, centre=True)


def _changed(_manager, context):
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


classes = (INFINITE_PARALLAX_OT_overlay,)
_handlers = []


def register():
    WindowManager.infinite_parallax_overlay = EnumProperty(
        name="Overlay", description="What is laid over the viewport", items=SHOWN, update=_changed, options=set())
    _handlers.append(SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL"))


def unregister():
    SpaceView3D.draw_handler_remove(_handlers.pop(), "WINDOW")
    del WindowManager.infinite_parallax_overlay
