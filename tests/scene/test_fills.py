"""What painted the fills is said, and redoing counts what was painted: layers, or steps."""

import bpy
import pytest

from tests import harness
from tests.scene import studio
from tests.scene.drawing import buttons, drawn

SMALL = 160, 96
FRESH = {"fps": 6.0, "content": "FRESH", "loop": False, "length": "STEPS", "steps": 2, "smoothness": 8.0}


def built(**settings):
    scene = studio.build(studio.painted(SMALL, **settings)).scene
    scene.infinite_parallax.picture = bpy.data.images.load(str(studio.picture(*SMALL)))
    return scene


def panel(name):
    kind, props = getattr(harness.part("panels.painting"), f"INFINITE_PARALLAX_PT_{name}"), bpy.context.scene.infinite_parallax
    return drawn(lambda layout, context: kind.settings(None, context, layout, props))


@pytest.mark.parametrize(("more", "margins", "what", "refusal"), [
    ({}, True, "Layer", "There are 3 layers"), ({"seams": "PAINT"}, False, "Step", "There are 2 steps")])
def test_a_redo_counts_layers_where_these_have_margins(blank, more, margins, what, refusal):
    scene = built(**FRESH, **more)
    assert bool(harness.part("scene.properties").job_of(scene).result().motion.margins) == margins
    found = panel("redo")
    assert buttons(found)[0] == f"Redo from {what}"
    assert any("counted from the farthest" in text for text in found if isinstance(text, str)) == margins
    with pytest.raises(RuntimeError, match=refusal):
        bpy.ops.infinite_parallax.redo_from(step=9, seed=5)
    assert not scene.infinite_parallax.redos


def test_what_filled_a_built_scene_is_said_where_that_was_left_open(blank):
    assert not any("Filled by" in text for text in panel("fill") if isinstance(text, str))
    scene = built(fps=6.0, fill="AUTO")
    painter = harness.part("scene.properties").job_of(scene).result().painter
    assert painter in ("PatchMatch", "Quilt") and f"Filled by {painter}" in panel("fill")
    scene.infinite_parallax.fill = "QUILT"
    assert not any("Filled by" in text for text in panel("fill") if isinstance(text, str))
