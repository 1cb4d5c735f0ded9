"""Easing, holds, a later start and turns: the keyframes are the engine's motion, and nothing is open at any moment."""

import json

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio

pytestmark = pytest.mark.usefixtures("blank")
SMALL = 160, 96
EASED = {"ease_in": 0.7, "ease_out": 1.1, "hold_in": 0.5, "hold_out": 0.25}
TURNING = {"turns": (0.0, 180.0, 40.0, 180.0, 100.0, 240.0)}
FILMS = {
    "eased": {"direction": 180.0, **EASED},
    "later": {"direction": 157.0, "start": 0.8, **EASED},
    "turning loop": {**TURNING, **EASED, "start": 0.4},
    "round": {"turns": (0.0, 0.0, 100.0, 360.0), "loop": False, "length": "DURATION", "duration": 3.0},
    "turning fresh": {**TURNING, "ease_in": 0.5, "hold_out": 0.5, "content": "FRESH", "seams": "PAINT", "loop": False,
                      "length": "STEPS", "steps": 3},
}


def made(name):
    return studio.painted(SMALL, smoothness=3.0, fps=12.0, factors=(1.0, 0.5, 1.0), **FILMS[name])


@pytest.mark.parametrize("name", FILMS)
def test_keyframes_are_the_engine_s_motion(name):
    job = made(name)
    built = studio.build(job)
    plan = job.result().motion
    keys = harness.part("scene.keys")
    frames = [1 + n / 3 for n in range(3 * plan.frames + 1)]
    for layer, plane in enumerate(studio.planes(built.scene)):
        curves = keys._curves(plane)
        seen = np.array([[curves[0].evaluate(frame) / keys.SCALE, -curves[1].evaluate(frame) / keys.SCALE] for frame in frames])
        assert np.abs(seen - [plan.offset(layer, frame) for frame in frames]).max() < 0.1
        assert [len(curve.modifiers) for curve in curves.values()] == [int(plan.loop)] * 2
        if plan.loop:
            travelled = np.subtract(plan.offset(layer, plan.frames + 1), plan.offset(layer, 1))
            for way, period in zip(travelled, plan.periods[layer]):
                assert abs(way) < 1e-6 or period and abs(way / period - round(way / period)) < 1e-6


@pytest.mark.parametrize("name", ["turning loop", "round", "turning fresh"])
def test_a_turning_way_shows_no_hole(name):
    job = made(name)
    built = studio.build(job)
    last = job.result().motion.frames
    for frame in (1, 1 + last / 3, 1 + last / 2, 0.9 * last, last):
        assert (studio.render(built.scene, frame)[..., 3] == 255).all(), frame


def test_settings_with_a_turn_come_back_from_the_panel():
    props = bpy.context.scene.infinite_parallax
    bpy.ops.infinite_parallax.add_turn()
    assert [(turn.share, turn.direction) for turn in props.turns] == [(0.0, 180.0), (50.0, 180.0)]
    props.turns[1].direction = 90.0
    assert harness.part("scene.properties").to_settings(props).turns == (0.0, 180.0, 50.0, 90.0)
    bpy.ops.infinite_parallax.remove_turn(number=0)
    assert [(turn.share, turn.direction) for turn in props.turns] == [(50.0, 90.0)]


@pytest.fixture
def scene(blank, tmp_path):
    """A small picture, ready to generate from in a folder of its own."""
    scene = bpy.context.scene
    props = scene.infinite_parallax
    cut_off = studio.noise(SMALL[0] + 40, SMALL[1])[:, : SMALL[0]]  # the whole noise goes on from its last column to its first
    Image.fromarray(np.ascontiguousarray(cut_off)).save(tmp_path / "picture.png")
    props.picture = bpy.data.images.load(str(tmp_path / "picture.png"))
    props.folder = str(tmp_path / "parallax")
    props.layers, props.length, props.steps, props.loop, props.fps, props.smoothness = 2, "STEPS", 2, False, 6.0, 8.0
    props.auto_heights, props.layer_items[0].height = False, 50.0
    return scene


def fills(scene):
    """What was asked of the inpainter in the scene's job."""
    steps = harness.part("scene.properties").job_of(scene).steps
    return {json.loads(file.read_text())["asked"] for file in steps.glob("[0-9]*/step.json")}


def test_another_speed_paints_nothing(scene):
    bpy.ops.infinite_parallax.generate()
    folder, props = scene.infinite_parallax.job, scene.infinite_parallax
    props.seconds_per_step, props.direction, props.ease_in = 2.0, 0.0, 1.0
    bpy.ops.infinite_parallax.update_motion(paint=True)
    assert props.job == folder


def test_another_axis_is_painted_only_when_asked_and_keeps_the_period_of_the_other(scene):
    scene.infinite_parallax.seams = "PAINT"
    bpy.ops.infinite_parallax.generate()
    job = harness.part("scene.properties").job_of
    before, old = fills(scene), job(scene).result().motion.periods
    scene.infinite_parallax.direction = 135.0
    said = harness.part("scene.build").missing(scene, job(scene))
    with pytest.raises(RuntimeError, match="not painted yet: .* fills?; set Paint"):
        bpy.ops.infinite_parallax.update_motion()
    assert job(scene).result().motion.periods == old
    bpy.ops.infinite_parallax.update_motion(paint=True)
    new = job(scene).result().motion.periods
    assert [x for x, _ in new] == [x for x, _ in old] and all(y for _, y in new)
    assert abs(len(fills(scene) - before) - said.fills) <= 1 and before & fills(scene)


def test_a_longer_fresh_film_paints_only_the_further_steps(scene):
    props = scene.infinite_parallax
    props.content, props.seams = "FRESH", "PAINT"
    bpy.ops.infinite_parallax.generate()
    before = fills(scene)
    props.steps = 4
    found = harness.part("scene.build").missing(scene, harness.part("scene.properties").job_of(scene))
    assert found.fills == 2
    bpy.ops.infinite_parallax.update_motion(paint=True)
    assert before < fills(scene) and len(fills(scene) - before) == 2
    assert harness.part("scene.properties").job_of(scene).result().motion.steps == 4.0
