"""What is foretold before a job starts is what it then takes."""

import pytest

from engine import estimate
from engine.errors import ParallaxError
from engine.settings import Settings
from tests.engine import scenes
from tests.engine.conftest import run_job
from tests.support.settings import plain

JOBS = {
    "repeat": {},
    "repeat slanted": {"direction": 37.0},
    "repeat upwards, no loop": {"direction": 90.0, "loop": False, "length": "STEPS", "steps": 9},
    "repeat for a time": {"length": "DURATION", "duration": 33.3, "fps": 10.0},
    "fresh": {"content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": 5},
    "fresh slanted": {"content": "FRESH", "seams": "PAINT", "loop": False, "length": "DURATION", "duration": 3.5, "direction": 213.7},
    "scaled down": {"max_width": 161},
    "two layers, one still": {"layers": 2, "heights": [60.0], "speeds": [0, None]},
}


PHOTOGRAPH = scenes.scene(grain=4.0)  # noise decides how much room a picture takes


def values(scene, settings):
    return plain({"layers": 3, "heights": scene.heights, **settings})


@pytest.mark.parametrize("name", JOBS)
def test_the_estimate_is_what_the_job_takes(painted, name):
    settings = JOBS[name]
    foretold = estimate.estimate(values(PHOTOGRAPH, settings), PHOTOGRAPH.width, PHOTOGRAPH.height)
    folder = painted(PHOTOGRAPH, **settings)
    motion = scenes.Finished(folder).motion
    assert foretold.frames == motion["frames"]
    assert foretold.video == pytest.approx(motion["frames"] / motion["fps"])
    assert foretold.steps == pytest.approx(motion["frames"] / motion["fps"] / motion["seconds_per_step"])
    assert list(foretold.notes) == motion["notes"]
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert disk / 3 <= foretold.disk <= disk * 3


@pytest.mark.parametrize("name", JOBS)
def test_an_estimate_is_of_sane_size(landscape, name):
    foretold = estimate.estimate(values(landscape, JOBS[name]), 1600, 949)
    assert foretold.fills >= (1 if JOBS[name].get("content") == "FRESH" else 0) and foretold.seconds > 0
    assert 10e6 < foretold.memory < 1.5e9


def test_painted_seams_are_fills_and_walks_are_none(landscape):
    walked, painted = (estimate.estimate(values(landscape, {"seams": seams}), 1600, 949) for seams in ("REFLECT", "PAINT"))
    assert walked.fills == 0 and painted.fills >= 3 and painted.seconds > walked.seconds


def test_a_larger_picture_takes_more_of_everything_but_not_more_video():
    small, large = (estimate.estimate(Settings(), width, width * 9 // 16) for width in (800, 3200))
    assert large.disk > 10 * small.disk and large.memory > small.memory and large.seconds > small.seconds
    assert large.video == pytest.approx(small.video, rel=0.03)


def test_more_steps_take_more_fills_and_room():
    settings = [plain({"content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": n}) for n in (5, 50)]
    short, long = (estimate.estimate(each, 1600, 900) for each in settings)
    assert (short.fills, long.fills) == (5, 50)
    assert long.disk > 1.5 * short.disk and long.seconds > 2 * short.seconds


def test_what_can_never_end_is_refused():
    with pytest.raises(ParallaxError, match="move"):
        estimate.estimate(plain({"layers": 1, "speeds": [0]}), 640, 360)


@pytest.mark.parametrize("size", [(16, 16), (17, 3000), (12000, 40)])
def test_pictures_of_any_shape_are_estimated_and_done(tmp_path, size):
    scene = scenes.scene(*size, layers=1)
    settings = {"layers": 2, "length": "STEPS", "steps": 1, "fps": 2.0, "fill": "QUILT"}
    foretold = estimate.estimate(plain(settings), *size)
    finished = scenes.Finished(run_job(tmp_path / "job", scenes.save(scene.source, tmp_path / "p.png"), **settings))
    assert foretold.frames == finished.frames
    assert not finished.see(1.5)[1].any()
