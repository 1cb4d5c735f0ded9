"""New content at every step: nothing open at any angle, and what is known once never changes."""

import math

import numpy as np
import pytest

from engine import inpaint, motion, separators
from engine.fresh import StepLoop
from tests.engine import journals, scenes
from tests.engine.scenes import ANGLES, Finished, moments
from tests.support.settings import plain

FRESH = {"content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": 4, "fps": 6.0}
SOFT, HARD = {"overlap": 40.0}, {"overlap": 0.0}


def no_hole(finished, count=40):
    for frame in moments(finished.frames, count):
        for nearest in (False, True):
            open_ = finished.see(frame, nearest)[1]
            assert not open_.any(), f"{open_.sum()} pixels at frame {frame}, the first {np.argwhere(open_)[0]}"


@pytest.mark.parametrize("angle", ANGLES)
def test_the_first_frame_is_the_picture(painted, landscape, angle):
    exact = Finished(painted(landscape, direction=angle, **FRESH, **HARD)).see(1.0)[0]
    assert np.array_equal(np.rint(exact), landscape.source)
    soft = Finished(painted(landscape, direction=angle, **FRESH, **SOFT)).see(1.0)[0]
    assert np.abs(soft - landscape.source).max() <= 1.0


@pytest.mark.parametrize("angle", ANGLES)
def test_nothing_is_ever_open(painted, landscape, angle):
    for edge in (SOFT, HARD):
        no_hole(Finished(painted(landscape, direction=angle, **FRESH, **edge)))


@pytest.mark.parametrize("angle", [0, 180])
def test_what_the_first_frame_showed_moves_exactly(painted, landscape, angle):
    """Against the true picture, as far as the first frame showed it; what was hidden need not be guessed."""
    finished = Finished(painted(landscape, direction=angle, **FRESH, **HARD))
    sign = 1 if angle == 0 else -1
    for distances in ((1, 2, 3), (12, 18, 37)):
        offsets = [(sign * x, 0) for x in distances]
        true, shown = landscape.render(offsets)
        assert shown.mean() > 0.5
        assert np.array_equal(np.rint(finished.place(offsets)[0][shown]), true[shown])


@pytest.mark.parametrize("angle", ANGLES)
def test_layers_hold_the_source_s_own_pixels(painted, landscape, angle):
    finished = Finished(painted(landscape, direction=angle, **FRESH, **HARD))
    for index, (top, end) in enumerate(zip(landscape.tops, (*landscape.tops[1:], landscape.height))):
        alone = finished.layer(index, (0, 0), nearest=True)[top:end]
        assert (alone[..., 3] == 1.0).all()
        assert np.array_equal(np.rint(alone[..., :3] * 255), landscape.source[top:end])


@pytest.mark.parametrize("distances", [[1, 2, 3], [2, 3, 1]], ids=str)
@pytest.mark.parametrize("angle", [180.0, 270.0, 37.0])
def test_any_order_of_distances(painted, landscape, distances, angle):
    finished = Finished(painted(landscape, direction=angle, distances=distances, **FRESH, **SOFT))
    assert np.abs(finished.see(1.0)[0] - landscape.source).max() <= 1.0
    no_hole(finished, 20)


@pytest.mark.parametrize("angle", [180.0, 90.0, 213.7])
def test_a_still_layer_and_layers_against_each_other(painted, landscape, angle):
    for speeds in ([0, None, None], [None, 0, -20.0]):
        finished = Finished(painted(landscape, speeds=speeds, direction=angle, **FRESH, **SOFT))
        assert np.abs(finished.see(1.0)[0] - landscape.source).max() <= 1.0
        no_hole(finished, 20)


def test_one_layer_an_odd_size_and_a_step_longer_than_the_frame(painted):
    finished = Finished(painted(SMALL, direction=213.7, smoothness=0.4, **FRESH))
    assert np.array_equal(np.rint(finished.see(1.0)[0]), SMALL.source)
    assert abs(finished.offset(0, 1 + 6)[0]) > SMALL.width
    no_hole(finished, 30)


SMALL = scenes.scene(101, 67, layers=1)


def test_a_part_of_a_step_at_the_end_is_painted(painted, landscape):
    values = {**FRESH, "length": "DURATION", "duration": 2.5, "direction": 355.0}
    finished = Finished(painted(landscape, **values, **SOFT))
    assert finished.frames == 15
    no_hole(finished, 30)


@pytest.mark.parametrize("fill", ["QUILT", "PATCHMATCH"])
def test_what_is_known_once_never_changes(tmp_path, fill):
    """Every canvas before and after every step, at an angle at which all sides of the frame are painted."""
    landscape = scenes.scene()
    if fill == "PATCHMATCH":
        pytest.importorskip("patchmatch")
    settings = plain({"layers": 3, "heights": landscape.heights, "direction": 37.0, "fill": fill, **FRESH, **SOFT})
    plan = motion.plan(settings, landscape.width, landscape.height)
    journal = journals.journal(tmp_path, inpaint.best(fill))
    loop = StepLoop(separators.split(landscape.source, settings), plan, journal)
    reach = math.ceil(plan.steps * max(math.hypot(*v) for v in plan.velocities)) + 20
    rectangle = (-reach, -reach, landscape.width + 2 * reach, landscape.height + 2 * reach)
    kept, steps = [], []

    def check(k, count):
        steps.append(k)
        now = [canvas.read(*rectangle) for canvas in loop.canvases]
        for before, after in zip(kept, now):
            known = before[..., 4] == 1
            assert np.array_equal(before[known], after[known])
        assert not kept or any((b[..., 4] != a[..., 4]).any() for b, a in zip(kept, now))
        kept[:] = now

    loop.run(check)
    check(len(steps) + 1, len(steps))
    assert steps == [1, 2, 3, 4, 5]
    left = [loop.holes(plan.steps * i / 97).mean() for i in range(98)]
    assert max(left) < 0.001  # all but specks was painted, and not just flooded with colour at the end


def test_a_journal_of_fills_answers_again_without_painting(tmp_path, landscape):
    """A second run of the same loop asks for the same fills; with other settings it does not take the old paint."""

    class Counting:
        name = "Quilt"
        calls = 0

        def paint(self, hole):
            Counting.calls += 1
            return inpaint.best("QUILT").paint(hole)

    def run(**values):
        settings = plain({"layers": 3, "heights": landscape.heights, **FRESH, **values})
        plan = motion.plan(settings, landscape.width, landscape.height)
        journal = journals.journal(tmp_path, Counting())
        loop = StepLoop(separators.split(landscape.source, settings), plan, journal)
        loop.run(lambda k, steps: None)
        return [canvas.read(-200, 0, 700, landscape.height) for canvas in loop.canvases]

    first, painted = run(), Counting.calls
    assert painted > 0
    again = run()
    assert Counting.calls == painted
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    other = run(seed=1)
    assert Counting.calls == 2 * painted
    assert not all(np.array_equal(a, b) for a, b in zip(first, other))
