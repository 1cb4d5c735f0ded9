"""Whole films on ways that turn: nothing open, what is known stays, and an axis that is added is all that is painted."""

import json
import math

import numpy as np
import pytest

from engine import estimate, inpaint, masks, motion, separators, worker
from engine.fresh import COARSE, StepLoop
from engine.job import Job
from tests.engine import journals, scenes
from tests.engine.scenes import Finished, moments
from tests.support.settings import plain

SCENE = scenes.scene(120, 80, layers=2)
BASE = {"layers": 2, "heights": SCENE.heights, "fps": 6.0, "fill": "QUILT", "seams": "PAINT"}
FRESH = {**BASE, "content": "FRESH", "loop": False, "length": "DURATION", "duration": 3.5, "smoothness": 4.0}
WAYS = {
    "bend": {"turns": [0, 180, 100, 250]},
    "corner": {"turns": [50, 0, 50, 90]},
    "circle": {"turns": [0, 0, 100, 360], "factors": [-1.0, 1.0]},
    "later": {"turns": [0, 200, 100, 150], "start": 1.3, "ease_in": 1.0, "hold_out": 0.5},
}
LOOPS = {
    "loop": {"turns": [0, 180, 100, 240], "ease_in": 0.5, "start": 2.0, "length": "DURATION", "duration": 20.0},
    "circle": {"turns": [0, 0, 100, 360], "length": "DURATION", "duration": 6.0},
    "open": {"turns": [0, 180, 60, 90], "loop": False, "length": "STEPS", "steps": 5, "factors": [-1.0, 0.6]},
}


def offsets(finished, frame):
    """Of every layer, as the engine's motion has them."""
    plan = motion.Motion.from_dict(finished.motion)
    return [plan.offset(layer, frame) for layer in range(len(plan.velocities))]


@pytest.mark.parametrize("name", WAYS)
def test_nothing_is_ever_open_on_a_fresh_way(painted, name):
    finished = Finished(painted(SCENE, **{**FRESH, **WAYS[name]}))
    for frame in (*range(1, finished.frames + 1), *moments(finished.frames, 20)):
        for nearest in (False, True):
            assert not finished.place(offsets(finished, frame), nearest)[1].any(), frame


@pytest.mark.parametrize("name", LOOPS)
def test_nothing_is_ever_open_on_a_way_that_repeats(painted, name):
    """The layers repeat on both axes, and what was seen first is there again a whole period later."""
    finished = Finished(painted(SCENE, **{**BASE, **LOOPS[name]}))
    assert all(x and y for x, y in finished.motion["periods"])
    for frame in moments(finished.frames, 40):
        assert not finished.place(offsets(finished, frame))[1].any(), frame
    if finished.motion["loop"]:
        first, again = (finished.place(offsets(finished, frame))[0] for frame in (1, finished.frames + 1))
        middle = finished.place(offsets(finished, 1 + finished.frames / 2))[0]
        assert np.abs(first - again).max() < 0.01 and np.abs(first - middle).mean() > 4.0


@pytest.mark.parametrize("name", WAYS)
def test_what_is_known_once_never_changes_on_a_way_that_turns(tmp_path, name):
    settings = plain({**FRESH, **WAYS[name]})
    plan = motion.plan(settings, SCENE.width, SCENE.height)
    loop = StepLoop(separators.split(SCENE.source, settings), plan, journals.journal(tmp_path, inpaint.best("QUILT")))
    reach = math.ceil(plan.end * max(math.hypot(*v) for v in plan.velocities)) + 20
    rectangle = (-reach, -reach, SCENE.width + 2 * reach, SCENE.height + 2 * reach)
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
    check(0, 0)
    assert steps == [*range(1, math.ceil(plan.end) + 1), 0]
    left = [loop.holes(plan.end * i / 97) for i in range(98)]
    assert max(one.mean() for one in left) < 0.005  # all but specks was painted: as on straight ways through so small a picture
    assert not any(masks.shrink_all(one, COARSE // 2).any() for one in left)  # and bled over, not flooded


def test_no_step_is_painted_beyond_the_end_of_a_way_that_turns(tmp_path):
    """There the way begins again, and leads to where the film never is."""
    settings = plain({**FRESH, "turns": [50, 0, 50, 90], "duration": 2.5})  # to the right, then up
    plan = motion.plan(settings, SCENE.width, SCENE.height)
    loop = StepLoop(separators.split(SCENE.source, settings), plan, journals.journal(tmp_path, inpaint.best("QUILT")))
    loop.run(lambda k, steps: None)
    furthest = max(abs(v[0]) for v in plan.velocities) * plan.steps / 2
    seen = [canvas.read(-200, -200, 500, 500)[..., 4].any(axis=0) for canvas in loop.canvases]
    leftmost = 200 - min(int(np.flatnonzero(columns)[0]) for columns in seen)
    assert furthest <= leftmost + 1 and leftmost <= furthest + 4


@pytest.mark.parametrize("settings", [{**FRESH, **WAYS["later"]}, {**BASE, **LOOPS["loop"]}, {**FRESH, **WAYS["circle"]}],
                         ids=["fresh", "loop", "circle"])
def test_the_estimate_is_what_the_job_takes(painted, settings):
    folder = painted(SCENE, **settings)
    foretold = estimate.estimate(plain(settings), SCENE.width, SCENE.height)
    plan = motion.Motion.from_dict(Finished(folder).motion)
    assert (foretold.frames, foretold.steps, list(foretold.notes)) == (plan.frames, plan.steps, list(plan.notes))
    painted_fills = len(list((folder / "steps").glob("[0-9]*")))
    assert painted_fills / 3 <= foretold.fills <= painted_fills * 3
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert disk / 4 <= foretold.disk <= disk * 4


def run(folder, picture, earlier=None, periods=(), **values):
    job = Job.create(folder, picture, plain({**BASE, **values}), earlier=earlier, periods=periods)
    ending = worker.run(job)
    assert ending.kind == "done", ending.text
    return job


def fills(job):
    """What was asked, and when it was painted."""
    return {json.loads(file.read_text())["asked"]: file.stat().st_mtime_ns for file in job.steps.glob("[0-9]*/step.json")}


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("change", [{"direction": 135.0}, {"turns": [0, 180, 100, 120]}], ids=["slanted", "turning"])
def test_a_job_that_keeps_its_periods_paints_only_the_new_axis(tmp_path, change, layers):
    picture = scenes.save(SCENE.source, tmp_path / "picture.png")
    change = {**change, "layers": layers, "heights": SCENE.heights if layers == 2 else (), "seams": "PAINT"}
    first = run(tmp_path / "first", picture, **{**change, "direction": 180.0, "turns": ()})
    before, periods = fills(first), first.result().motion.periods
    assert all(x and not y for x, y in periods)
    second = run(tmp_path / "second", picture, earlier=first.folder, periods=periods, **change)
    made, after = second.result().motion, fills(second)
    assert [x for x, _ in made.periods] == [x for x, _ in periods] and all(y for _, y in made.periods)
    replayed = {asked for asked in before if after.get(asked) == before[asked]}
    assert replayed and len(after) > len(replayed)
    finished = Finished(second.folder)
    if layers == 1:  # of several, more is seen and needed on both axes, and some of them are painted anew
        assert replayed == set(before)
        (old, at), (new, begin) = Finished(first.folder).canvas(0), finished.canvas(0)
        assert at == begin == (0, 0) and np.array_equal(old, new[: SCENE.height])
    for frame in moments(finished.frames, 20):
        assert not finished.place(offsets(finished, frame))[1].any()


@pytest.mark.parametrize("direction", [90.0, 270.0])
def test_a_job_that_moves_across_what_was_painted_repeats_only_there(tmp_path, direction):
    """The nearest layer hides whole columns for good then, and nothing is seen of the joins between left and right."""
    picture = scenes.save(SCENE.source, tmp_path / "picture.png")
    first = run(tmp_path / "first", picture, layers=2, heights=SCENE.heights, direction=180.0)
    periods = first.result().motion.periods
    second = run(tmp_path / "second", picture, earlier=first.folder, periods=periods, layers=2, heights=SCENE.heights, direction=direction)
    assert all(y and not x for x, y in second.result().motion.periods)
    finished = Finished(second.folder)
    for frame in moments(finished.frames, 20):
        assert not finished.place(offsets(finished, frame))[1].any()
