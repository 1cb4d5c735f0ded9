"""Painting anew from a step on: what comes before stays to the byte, and each step is told its own seed and words."""

import json
import shutil

import numpy as np
import pytest

from engine import inpaint, worker
from engine.errors import ParallaxError
from engine.inpaint import Hole
from engine.job import Job
from engine.settings import Redo, Settings
from tests.engine import scenes
from tests.engine.journals import journal
from tests.support.settings import plain

SCENE = scenes.scene(160, 96, layers=2)
FRESH = {"layers": 2, "heights": SCENE.heights, "content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": 4,
         "smoothness": 5.0}


class Told:
    """A real inpainter that keeps what it was told."""

    name = "told"

    def __init__(self):
        self.holes = []

    def paint(self, hole):
        self.holes.append(hole)
        return inpaint.best("QUILT").paint(hole)


def run(folder, picture, earlier=None, **settings):
    job = Job.create(folder, picture, plain({**FRESH, **settings}), earlier=earlier)
    ending = worker.run(job)
    assert ending.kind == "done", ending.text
    return job


def fills(job):
    """What was painted, by the fill's number."""
    return {path.name: (path / "result.png").read_bytes() for path in job.steps.glob("[0-9]*")}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    return run(folder / "job", scenes.save(SCENE.source, folder / "picture.png"))


def test_fills_before_the_step_stay_and_all_after_it_are_new(first, tmp_path):
    again = run(tmp_path / "again", first.read()[0], earlier=first.folder, redos=[{"step": 3, "seed": 5}])
    before, after = fills(first), fills(again)
    assert sorted(before) == sorted(after) == ["0001", "0002", "0003", "0004"]
    assert [before[name] == after[name] for name in sorted(before)] == [True, True, False, False]
    times = [(path / "step.json").stat().st_mtime_ns for job in (first, again) for path in sorted(job.steps.glob("[0-9]*"))]
    assert times[:2] == times[4:6], "they were not painted again"


def test_redoing_twice_keeps_what_the_first_redo_made_before_the_second(first, tmp_path):
    once = run(tmp_path / "once", first.read()[0], earlier=first.folder, redos=[{"step": 2, "seed": 5}])
    twice = run(tmp_path / "twice", first.read()[0], earlier=once.folder, redos=[{"step": 2, "seed": 5}, {"step": 4, "seed": 6}])
    a, b = fills(once), fills(twice)
    assert [a[name] == b[name] for name in sorted(a)] == [True, True, True, False]


def test_the_same_seed_again_gives_the_same_film(first, tmp_path):
    same = run(tmp_path / "same", first.read()[0], redos=[{"step": 3, "seed": first.read()[1].seed}])
    assert fills(same) == fills(first)


def test_the_last_redo_before_a_step_counts_and_words_stay_until_others_come():
    settings = plain({"seed": 1, "prompt": "a town", "redos": [
        {"step": 7, "seed": 4}, {"step": 3, "seed": 2, "prompt": "a wood"}]})
    told = [(now.seed, now.prompt) for now in map(settings.at_step, (0, 2, 3, 6, 7, 99))]
    assert told == [(1, "a town"), (1, "a town"), (2, "a wood"), (2, "a wood"), (4, "a wood"), (4, "a wood")]


def holes_of(tmp_path, step, hole=None, **settings):
    """What reaches the inpainter of a hole that is painted in a step."""
    mask = np.zeros(SCENE.source.shape[:2], bool)
    mask[20:30, 20:30] = True
    told = Told()
    fills = journal(tmp_path, told, plain(settings))
    fills.step = step
    fills.paint(hole(mask) if hole else Hole(SCENE.source, mask))
    return told.holes[0]


REDO = {"fill": "DIFFUSION", "prompt": "a town", "negative_prompt": "text", "redos": [{"step": 2, "seed": 9, "prompt": "a wood"}]}


def test_a_fill_is_told_the_words_of_its_step_and_the_scene(tmp_path):
    early, late = (holes_of(tmp_path / str(step), step, **REDO) for step in (1, 2))
    assert (early.prompt, early.negative) == ("a town", "text") and (late.prompt, late.negative) == ("a wood", "text")
    assert early.seed != late.seed
    assert early.scene is not None and early.scene.shape == (1, 1, 3), "the picture that the journal was given"


def test_what_a_hole_says_itself_is_not_overruled(tmp_path):
    own = holes_of(tmp_path, 5, lambda mask: Hole(SCENE.source, mask, prompt="background", negative="church", scene=SCENE.source), **REDO)
    assert (own.prompt, own.negative) == ("background", "church") and np.array_equal(own.scene, SCENE.source)


def test_a_fill_that_reads_no_words_is_not_painted_again_for_other_ones(tmp_path):
    plain = {**REDO, "fill": "QUILT", "redos": []}
    one = holes_of(tmp_path / "a", 1, **plain)
    other = holes_of(tmp_path / "b", 1, **{**plain, "prompt": "a castle"})
    asked = [json.loads((tmp_path / name / "0001" / "step.json").read_text())["asked"] for name in "ab"]
    assert asked[0] == asked[1] and one.prompt == other.prompt == ""


def test_the_panel_sees_what_was_painted_last(first, tmp_path):
    from PIL import Image

    with Image.open(first.preview) as shown:
        assert max(shown.size) <= worker.PREVIEW and shown.size[0] / shown.size[1] == pytest.approx(160 / 96, rel=0.05)
    shutil.copytree(first.folder, tmp_path / "job")
    job = Job.create(tmp_path / "job", first.read()[0], Settings())
    assert not job.preview.exists(), "a new job begins with none"


@pytest.mark.parametrize(("values", "sentence"), [
    ({"step": 0}, "Step must be from 1"), ({"seed": "x"}, "Seed must be a number"), ({"stop": 3}, "did you mean step"),
    (3, "step=3 seed=7")])
def test_a_redo_that_cannot_be_is_refused(values, sentence):
    with pytest.raises(ParallaxError, match=sentence):
        Redo.from_dict(values)


def test_redos_survive_json_and_text():
    settings = plain({"redos": [{"step": 3, "seed": 9, "prompt": "a castle"}]})
    assert plain(json.loads(json.dumps(settings.to_dict()))) == settings
    assert Redo.from_text({"step": "3", "seed": "9", "prompt": "a castle"}) == settings.redos[0]
