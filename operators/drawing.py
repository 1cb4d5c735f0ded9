"""What is drawn over the editors: pictures, shapes, lines, words. Colours are (r, g, b, a) as they are seen (sRGB).

An editor's overlay is decoded as sRGB and shown with a plain exponent of 1 / 2.2 (Blender's gpu_shader_display_transform, 4.2 to
5.2), which lightens the darks: our textures hold numbers that come out as the picture's own. Some editors have what is written
encoded as well; Blender tells its own shaders which by a constant named srgbTarget, and so ours.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from ..scene import picture

SIDE = 1536  # pixels on a side that a picture is reduced towards: no screen shows many more
WHITE, SHADE = (1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.55)
ACCENT = (1.0, 0.62, 0.15, 1.0)


def scale() -> float:
    """How many pixels a hair of the interface has."""
    return bpy.context.preferences.system.ui_scale or 1.0  # 0 where there is no window


def upload(pixels: np.ndarray):
    """A texture of (H, W, 3 or 4) uint8 sRGB pixels, top row first."""
    height, width = pixels.shape[:2]
    seen = np.ones((height, width, 4), np.float32)
    seen[..., :3] = _written()[pixels[::-1, :, :3]]
    if pixels.shape[2] == 4:
        seen[..., 3] = pixels[::-1, :, 3] / np.float32(255.0)
    return gpu.types.GPUTexture((width, height), format="RGBA8", data=gpu.types.Buffer("FLOAT", seen.size, seen.ravel()))


def picture_texture(image):
    """The artist's picture as the worker sees it: upright, its colour profile heeded. Raises ParallaxError when it cannot be read."""
    file = picture.file_of(image)
    changed = file.stat().st_mtime_ns if file and file.is_file() else 0
    return _picture_texture(image.session_uid, image.name, changed, tuple(image.size))


def file_texture(path: Path):
    """A picture file's texture, or None when there is none (yet)."""
    try:
        return _file_texture(path, path.stat().st_mtime_ns)
    except (OSError, SyntaxError, ValueError, ImportError):  # also what Pillow raises over a damaged one
        return None


def forget() -> None:
    """Lets go of all textures, while there still is a graphics library to give them back to."""
    for made in (_picture_texture, _file_texture, _shader, _picture_shader, _masked_shader):
        made.cache_clear()


@functools.lru_cache(maxsize=2)
def _picture_texture(_uid, name, _changed, _size):
    return upload(_reduced(picture.glance(bpy.data.images[name], SIDE)))


@functools.lru_cache(maxsize=2)
def _file_texture(path, _changed):
    from ..engine.picture import load_png

    return upload(_reduced(load_png(path)))


def _reduced(pixels):
    step = max(1, max(pixels.shape[:2]) // (2 * SIDE))
    return pixels[::step, ::step]


@functools.cache
def _written() -> np.ndarray:
    """What to write for each 8 bit number, so that it is what is seen: sRGB (IEC 61966-2-1) of a power of 2.2."""
    light = (np.arange(256) / 255.0) ** 2.2
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


@functools.cache
def _shader(name):
    return gpu.shader.from_builtin(name)


def fill(box, color) -> None:
    """A filled rectangle; box: left, bottom, right, top in the region's pixels."""
    shader = _shader("UNIFORM_COLOR")
    gpu.state.blend_set("ALPHA")
    shader.uniform_float("color", color)
    batch_for_shader(shader, "TRI_STRIP", {"pos": _strip(box)}).draw(shader)


def shade_around(outer, inner, color=SHADE) -> None:
    """Darkens a rectangle but for the one within it."""
    left, bottom, right, top = inner
    for box in ((outer[0], outer[1], outer[2], bottom), (outer[0], top, outer[2], outer[3]),
                (outer[0], bottom, left, top), (right, bottom, outer[2], top)):
        fill(box, color)


def texture(made, box, opacity=1.0) -> None:
    """A texture laid into a rectangle of the region."""
    corners(made, ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])), opacity)


def corners(made, places, opacity=1.0) -> None:
    """A texture laid between four points: bottom left, bottom right, top right, top left."""
    shader = _picture_shader()
    gpu.state.blend_set("ALPHA")
    shader.uniform_sampler("picture", made)
    shader.uniform_float("opacity", opacity)
    _between(shader, places)


def masked(made, mask, places) -> None:
    """A picture under a mask, laid between four points: dimmed where the mask is black, tinted where it is white."""
    shader = _masked_shader()
    gpu.state.blend_set("NONE")
    shader.uniform_sampler("picture", made)
    shader.uniform_sampler("mask", mask)
    _between(shader, places)


def _between(shader, places):
    shader.uniform_float("toScreen", gpu.matrix.get_projection_matrix() @ gpu.matrix.get_model_view_matrix())
    a, b, c, d = places
    batch_for_shader(shader, "TRI_STRIP", {"pos": (a, b, d, c), "uv": ((0, 0), (1, 0), (0, 1), (1, 1))}).draw(shader)


@functools.cache
def _picture_shader():
    return _compiled(("picture",), "vec4 seen = texture(picture, at); seen.a *= opacity;", opacity="FLOAT")


@functools.cache
def _masked_shader():
    return _compiled(("picture", "mask"), """
        vec3 inside = mix(texture(picture, at).rgb, vec3(1.0, 0.45, 0.1), 0.35);
        vec4 seen = vec4(mix(0.75 * texture(picture, at).rgb, inside, texture(mask, at).r), 1.0);""")


def _compiled(samplers, body, **constants):
    """A shader of textures that are looked up `at` a place, whose body says which colour is `seen` there."""
    between = gpu.types.GPUStageInterfaceInfo("infinite_parallax_" + "_".join(samplers))
    between.smooth("VEC2", "at")
    info = gpu.types.GPUShaderCreateInfo()
    for name, kind in {"toScreen": "MAT4", "srgbTarget": "BOOL", **constants}.items():
        info.push_constant(kind, name)
    for slot, name in enumerate(samplers):
        info.sampler(slot, "FLOAT_2D", name)
    info.vertex_in(0, "VEC2", "pos")
    info.vertex_in(1, "VEC2", "uv")
    info.vertex_out(between)
    info.fragment_out(0, "VEC4", "color")
    info.vertex_source("void main() { at = uv; gl_Position = toScreen * vec4(pos, 0.0, 1.0); }")
    info.fragment_source("void main() {" + body + """
        vec3 light = mix(seen.rgb / 12.92, pow((seen.rgb + 0.055) / 1.055, vec3(2.4)), step(vec3(0.04045), seen.rgb));
        color = vec4(srgbTarget ? light : seen.rgb, seen.a); }""")
    return gpu.shader.create_from_info(info)


def line(points, color=WHITE, width=1.5, closed=False, casing=True) -> None:
    """A line through points of the region, with a dark casing, so that it shows on every picture."""
    shader = _shader("POLYLINE_UNIFORM_COLOR")
    points = [(x, y, 0.0) for x, y in points]
    batch = batch_for_shader(shader, "LINE_STRIP", {"pos": points + points[:1] if closed else points})
    gpu.state.blend_set("ALPHA")
    shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
    for tone, more in ((SHADE, 2.0), (color, 0.0)) if casing else ((color, 0.0),):
        shader.uniform_float("lineWidth", (width + more) * scale())
        shader.uniform_float("color", tone)
        batch.draw(shader)


def outline(box, **more) -> None:
    left, bottom, right, top = box
    line(((left, bottom), (right, bottom), (right, top), (left, top)), closed=True, **more)


def words(text, x, y, color=WHITE, size=12.0, centre=False) -> None:
    """A line of text, its base at (x, y), with a soft shadow."""
    blf.size(0, size * scale())
    if centre:
        x -= blf.dimensions(0, text)[0] / 2
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 5, 0.0, 0.0, 0.0, 0.9)
    blf.color(0, *color)
    blf.position(0, math.floor(x), math.floor(y), 0)
    blf.draw(0, text)
    blf.disable(0, blf.SHADOW)


def _strip(box):
    left, bottom, right, top = box
    return (left, bottom), (right, bottom), (left, top), (right, top)
