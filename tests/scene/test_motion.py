"""Easing, holds, a later start and turns: the keyframes are the engine's motion, and nothing is open at any moment."""

import bpy
import numpy as np
import pytest

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
    "turning fresh": {**TURNING, "ease_in": 0.5, "hold_out": 0.5, "content": "FRESH", "loop": False, "length": "STEPS", "steps": 3},
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
