"""Which render engine shows the planes, and how it is set so that it neither blurs nor wastes time."""

import math
from dataclasses import dataclass

import bpy

from . import marks, versions

CHOICES = (
    ("AUTO", "Automatic", "EEVEE where there is a graphics card, else Cycles at one sample"),
    ("EEVEE", "EEVEE", "Fast with a graphics card, very slow without one"),
    ("CYCLES", "Cycles", "Runs on every computer; one sample is all that flat pictures need"),
)
SCALE = "infinite_parallax_scale"  # on a scene: pixels of its film for one of the picture
MOST_SAMPLES = 8  # along each side of a pixel
SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software", "basic render")  # renderers that only pretend to be a graphics card


@dataclass(frozen=True)
class Choice:
    """engine: Blender's name of it. why: a sentence for the artist."""

    engine: str
    why: str


def choose(wanted):
    """The engine for one of CHOICES on this computer."""
    if wanted == "CYCLES":
        return Choice("CYCLES", "Cycles, as chosen")
    if wanted == "EEVEE":
        return Choice(versions.EEVEE, "EEVEE, as chosen")
    card = graphics_card()
    if card:
        return Choice(versions.EEVEE, f"EEVEE, on {card}")
    why = "no window" if bpy.app.background else "no graphics card"
    return Choice("CYCLES", f"Cycles at one sample, as there is {why}")


def graphics_card():
    """The name of the graphics card, or '' without one. Not asked for in the background: some drivers end Blender there."""
    if bpy.app.background:
        return ""
    import gpu

    name = gpu.platform.renderer_get()
    return "" if any(word in name.lower() for word in SOFTWARE) else name.split("/")[0]


def forget_pictures(scene):
    """Has the next render load its pictures again: one that keeps its data does not see that a file has changed."""
    if scene.render.use_persistent_data:
        scene.render.use_persistent_data = False  # this frees what was kept
        scene.render.use_persistent_data = True


def apply(scene, choice, layers):
    """Sets a scene's engine and what both engines need: samples as `smooth` says, nothing bounced."""
    if scene.render.engine != choice.engine:
        scene.render.engine = choice.engine
    marks.wish(scene, "render.use_persistent_data", True)
    smooth(scene, scene.get(SCALE, 1.0))
    if hasattr(scene, "cycles"):
        marks.wish_all(scene, {
            "cycles.use_adaptive_sampling": False,
            "cycles.use_denoising": False,
            "cycles.pixel_filter_type": "BOX",
            "cycles.max_bounces": 0,
        })
    see_through(scene, layers)


def see_through(scene, layers):
    """Has Cycles look through all planes of a scene, those of effects as well: what is beyond would be black."""
    if hasattr(scene, "cycles"):
        surfaces = layers + sum(marks.role(one).startswith("effect ") for one in scene.objects) + 8
        marks.wish_all(scene, {
            "cycles.transparent_max_bounces": surfaces,
            "cycles.min_transparent_bounces": surfaces,  # fewer end light at random: dots on soft edges
        })


def smooth(scene, scale):
    """One sample in the middle of each pixel, which is exact; a film smaller than the picture gets several, spread over its pixel;
    motion blur takes several moments.

    scale: pixels of the film for one of the picture.
    """
    scene[SCALE] = scale
    side = min(MOST_SAMPLES, math.ceil(2.0 / scale)) if scale < 0.999 else 1
    film = scene.infinite_parallax.export
    samples = max(side**2, film.blur_samples) if film.blur else side**2  # each is of a moment of its own
    marks.wish_all(scene, {
        "render.filter_size": 1.0 if side > 1 else 0.0,
        "render.use_motion_blur": film.blur, "render.motion_blur_shutter": film.shutter,
        "eevee.taa_render_samples": samples, "eevee.motion_blur_steps": film.blur_samples if film.blur else 1,
    })
    if hasattr(scene, "cycles"):
        marks.wish_all(scene, {"cycles.samples": samples, "cycles.filter_width": 1.0 if side > 1 else 0.01})
