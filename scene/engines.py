"""Which render engine shows the planes, and how it is set so that it neither blurs nor wastes time."""

from dataclasses import dataclass

import bpy

from . import marks, versions

CHOICES = (
    ("AUTO", "Automatic", "EEVEE where there is a graphics card, else Cycles at one sample"),
    ("EEVEE", "EEVEE", "Fast with a graphics card, very slow without one"),
    ("CYCLES", "Cycles", "Runs on every computer; one sample is all that flat pictures need"),
)
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
    """Sets a scene's engine and what both engines need: one sample in the middle of each pixel, nothing bounced."""
    if scene.render.engine != choice.engine:
        scene.render.engine = choice.engine
    marks.wish_all(scene, {
        "render.filter_size": 0.0,
        "render.use_persistent_data": True,
        "render.use_motion_blur": False,
        "eevee.taa_render_samples": 1,
    })
    if hasattr(scene, "cycles"):
        marks.wish_all(scene, {
            "cycles.samples": 1,
            "cycles.use_adaptive_sampling": False,
            "cycles.use_denoising": False,
            "cycles.pixel_filter_type": "BOX",
            "cycles.filter_width": 0.01,
            "cycles.max_bounces": 0,
            "cycles.transparent_max_bounces": layers + 8,
            "cycles.min_transparent_bounces": layers + 8,  # fewer end light at random: dots on soft edges
        })
