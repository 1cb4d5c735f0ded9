"""A mask painted over the picture: in an Image Editor that shows both, white where it belongs to the layer or the object."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import bpy
import gpu
import numpy as np
from bpy.app.handlers import persistent
from bpy.props import EnumProperty
from bpy.types import Operator, SpaceImageEditor

from ..engine.errors import ParallaxError
from ..scene import marks, picture, properties, versions
from . import bands, canvas, drawing, notices, view

MASK = "mask"  # the role of the images that we make
TARGETS = (("LAYER", "Layer", "The mask of the active layer"), ("OBJECT", "Object", "The mask of the active object"))
PLAIN_BRUSH = "brushes/essentials_brushes-mesh_texture.blend/Brush/Paint Hard"


class INFINITE_PARALLAX_OT_paint_mask(Operator):
    bl_idname = "infinite_parallax.paint_mask"
    bl_label = "Paint Mask"
    bl_description = "Paint over the picture what belongs to it, in white"
    bl_options = {"REGISTER", "UNDO"}

    target: EnumProperty(name="Target", description="Whose mask is painted", items=TARGETS, options=set())

    @classmethod
    def poll(cls, context):
        return canvas.has_picture(cls, context)

    @notices.refusing
    def execute(self, context):
        scene = view.subject(context)
        _give_mask(scene, self.target)
        notices.clear(scene)
        return {"FINISHED"}

    @notices.refusing
    def invoke(self, context, _event):
        scene = view.subject(context)
        area = canvas.viewport(context)
        item = _give_mask(scene, self.target)
        notices.clear(scene)
        _open_editor(context, area, item.mask)
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_paint_done(Operator):
    bl_idname = "infinite_parallax.paint_done"
    bl_label = "Done Painting"
    bl_description = "Keep the mask in the .blend and go back to the viewport"

    @classmethod
    def poll(cls, context):
        return bool(painted(context))

    def execute(self, context):
        keep_masks()
        for area in painted(context):
            if len(area.spaces) > 1 and area.spaces[1].type == "VIEW_3D":  # what the area showed before
                area.type = "VIEW_3D"
            else:
                area.spaces.active.ui_mode = "VIEW"
        return {"FINISHED"}


def owner(scene, image):
    """The name of the layer or object whose mask an image is, or None."""
    if image is None:
        return None
    props = scene.infinite_parallax
    return next((item.name for item in (*props.layer_items, *props.objects) if item.mask == image), None)


@persistent
def keep_masks(*_):
    """Packs what was painted since, so that it is saved with the .blend."""
    for scene in bpy.data.scenes:
        for mask in properties.masks(scene.infinite_parallax):
            if mask.is_dirty and not mask.library:
                mask.pack()


def painted(context):
    """The Image Editors in which a mask is painted: the one that was clicked in, or all of the window."""
    scene = view.subject(context)
    areas = context.window.screen.areas if context.window else ()
    if context.area and context.area.type == "IMAGE_EDITOR":
        areas = (context.area,)
    return [area for area in areas if area.type == "IMAGE_EDITOR" and _paints(area.spaces.active, scene)]


def _paints(space, scene):
    return space.ui_mode == "PAINT" and owner(scene, space.image) is not None


def _give_mask(scene, target):
    """The active layer or object, with a mask to paint on."""
    props = scene.infinite_parallax
    picture.check(props.picture)
    properties.fit_layers(props)
    items, number = (props.layer_items, props.active_layer) if target == "LAYER" else (props.objects, props.active_object)
    if not 0 <= number < len(items):
        raise ParallaxError("Choose a layer first" if target == "LAYER" else "Add an object to the list first")
    item = items[number]
    if item.mask is None:
        size = picture.size(props.picture)
        begun = _layer_now(scene, number, size) if target == "LAYER" else np.zeros(size[::-1], bool)
        item.mask = _new_image(f"{item.name or target.title()} Mask", begun)
    if target == "OBJECT":
        item.shape = "MASK"
    return item


def _layer_now(scene, number, size):
    """Where a layer is without a mask, (H, W) bool of the picture's size. Raises ParallaxError where only a split can tell."""
    separator = scene.infinite_parallax.separator
    if separator == "CARDS":
        raise ParallaxError("A card has its own transparency and takes no mask: change the card, or set Layers From to Depth")
    mask = _band(scene, number, size) if separator == "BANDS" else _split_mask(scene, number, size)
    if mask is None:
        raise ParallaxError("Click Split Layers first, so that the mask begins with what the layer is")
    return mask


def _band(scene, number, size):
    width, height = size
    edges = np.rint(np.array([0.0, *bands.borders(bands.heights(scene)), 100.0]) * height / 100.0).astype(int)
    mask = np.zeros((height, width), bool)
    mask[edges[number] : edges[number + 1]] = True
    return mask


def _split_mask(scene, number, size):
    """Where the last job has put a layer, or None where that says nothing about the layers as they are listed now."""
    from PIL import Image

    from ..engine.picture import load_png

    props = scene.infinite_parallax
    try:
        job = properties.job_of(scene)
        result = job.split_result() if job.only else job.result()
        labels = load_png(job.labels)
        asked, crop = job.read()[1], job.crop()
    except (ParallaxError, OSError, SyntaxError, ValueError):  # nothing was split yet
        return None
    far_to_near = [layer.index for layer in result.layers if layer.base is None]
    if not properties.ended(job) or asked.separator != props.separator or len(far_to_near) != len(props.layer_items):
        return None
    small, mask = Image.fromarray(labels == far_to_near.index(number)), np.zeros(size[::-1], bool)
    left, top, right, bottom = crop.box if crop and (crop.width, crop.height) == size else (0, 0, *size)
    mask[top:bottom, left:right] = np.asarray(small.resize((right - left, bottom - top), Image.Resampling.NEAREST))
    return mask


def _new_image(name, mask):
    """An image that is white where `mask` (H, W) is true, packed, without colour management."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mask.png"
        Image.fromarray(mask.astype(np.uint8) * 255).convert("RGB").save(path, compress_level=1)
        image = bpy.data.images.load(str(path))
        image.pack()
    image.name = name
    image.filepath_raw = f"//{bpy.path.clean_name(name)}.png"
    image.colorspace_settings.name = "Non-Color"
    return marks.mark(image, MASK)


def _open_editor(context, area, image):
    """Turns an area into an Image Editor that paints on the image."""
    area.type = "IMAGE_EDITOR"
    space = area.spaces.active
    space.mode = "PAINT"
    space.image = image
    space.show_region_tool_header = True
    _white_brush(context.tool_settings)
    pointer = area.as_pointer()
    bpy.app.timers.register(lambda: _settle(pointer), first_interval=0.2)


def _white_brush(tool_settings):
    """Paints white, and black after X."""
    brushes = versions.shared_by_brushes(tool_settings)
    brushes.use_unified_color = True
    brushes.color, brushes.secondary_color = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


def _settle(pointer):
    """Shows the whole image and sees to a brush, once the editor has been laid out."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.as_pointer() == pointer and area.type == "IMAGE_EDITOR":
                region = next(region for region in area.regions if region.type == "WINDOW")
                with bpy.context.temp_override(window=window, area=area, region=region):
                    _fit(area, region)
                    _see_to_a_brush(bpy.context.tool_settings)


def _fit(area, region):
    """Shows the whole image where no other region covers it."""
    left, bottom, right, top = canvas.room(area, region)
    width, height = area.spaces.active.image.size
    ratio = 0.95 * min((right - left) / width, (top - bottom) / height)
    aside = (region.width - left - right) / 2 / ratio, (region.height - bottom - top) / 2 / ratio
    bpy.ops.image.view_all(fit_view=True)
    bpy.ops.image.view_zoom_ratio(ratio=ratio)
    bpy.ops.image.view_pan(offset=aside)


def _see_to_a_brush(tool_settings):
    """From 4.3 brushes are assets; where none is active, or its asset is missing, the artist is shown Blender's own list."""
    if tool_settings.image_paint.brush is None and hasattr(bpy.ops.brush, "asset_activate"):
        with contextlib.suppress(RuntimeError):
            bpy.ops.brush.asset_activate(asset_library_type="ESSENTIALS", relative_asset_identifier=PLAIN_BRUSH)


def _draw():
    """The picture over its mask: dimmed where the mask is black, tinted where it is white."""
    context = bpy.context
    space, scene = context.space_data, view.subject(context)
    chosen = scene.infinite_parallax.picture
    if chosen is None or not _paints(space, scene):
        return
    place = context.region.view2d.view_to_region
    corners = [place(x, y, clip=False) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    try:
        drawing.masked(drawing.picture_texture(chosen), gpu.texture.from_image(space.image), corners)
    except ParallaxError:  # the picture is gone: the mask alone is shown
        return
    words = f"White belongs to {owner(scene, space.image)}. X swaps white and black"
    left, bottom, right, _ = canvas.room(context.area, context.region)
    drawing.words(words, (left + right) / 2, bottom + 14 * drawing.scale(), size=13.0, centre=True)


classes = (INFINITE_PARALLAX_OT_paint_mask, INFINITE_PARALLAX_OT_paint_done)
_handlers = []


def register():
    _handlers.append(SpaceImageEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL"))
    bpy.app.handlers.save_pre.append(keep_masks)


def unregister():
    bpy.app.handlers.save_pre.remove(keep_masks)
    SpaceImageEditor.draw_handler_remove(_handlers.pop(), "WINDOW")
