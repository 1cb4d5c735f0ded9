"""Periods that suit layers: skies get room for their clouds, panoramas their own width, and speeds stay about as they are set."""

import numpy as np
import pytest

from engine import motion
from engine.canvas import periods
from engine.settings import Settings
from tests.engine.test_seams import panorama, textured
from tests.engine.test_sky import clouded

WIDTH, HEIGHT = 960, 640


def scroll(**values):
    return Settings.from_dict({"layers": 3, "direction": 180.0, "loop": True, "content": "REPEAT", **values})


def grounds():
    return [textured(96, 200, seed) for seed in (1, 2)]


def test_clouds_get_room_to_end():
    found = periods.suited(scroll(), WIDTH, HEIGHT, [clouded(), *grounds()])
    assert found[0][0] >= 1.14 * WIDTH
    assert all(x >= WIDTH + motion.join(WIDTH) and y == 0 for x, y in found)


def test_a_sky_that_goes_round_is_as_wide_as_the_frame():
    found = periods.suited(scroll(), WIDTH, HEIGHT, [panorama(), *grounds()])
    assert found[0] == (WIDTH, 0)


@pytest.mark.parametrize("distances", [(3, 2, 1), (9, 4, 1), (5, 5, 2), (1.2, 1.1, 1)])
@pytest.mark.parametrize("first", [clouded, panorama])
def test_layers_move_about_as_fast_as_set_in_a_film_little_longer(distances, first):
    settings = scroll(distances=distances)
    found = periods.suited(settings, WIDTH, HEIGHT, [first(), *grounds()])
    plan = motion.plan(settings, WIDTH, HEIGHT, found, extend=True)
    assert plan.periods == found
    for velocity, wanted in zip(plan.velocities, motion.speeds(settings, WIDTH)):
        assert abs(velocity[0]) == pytest.approx(wanted, rel=0.26)
    speeds = np.abs([x for x, _ in plan.velocities])
    assert (np.diff(speeds) > -0.01 * speeds[:-1]).all()  # and nearer ones never slower
    assert plan.frames <= 1.5 * motion.plan(settings, WIDTH, HEIGHT).frames


@pytest.mark.parametrize("values", [{"direction": 90.0}, {"direction": 30.0}, {"loop": False}, {"seams": "PAINT"},
                                    {"length": "DURATION", "duration": 20.0}])
def test_other_motions_find_their_periods_alone(values):
    assert periods.suited(scroll(**values), WIDTH, HEIGHT, [clouded(), *grounds()]) is None
