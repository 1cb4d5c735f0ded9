"""Layers painted side by side in processes: the same pixels as one after another, whatever ends meanwhile."""

import threading

import numpy as np
import pytest

from engine import worker
from engine.errors import Cancelled
from engine.inpaint import Hole, best
from engine.inpaint.processes import Processes
from engine.job import Job
from tests.engine import scenes
from tests.support.settings import plain
from tests.truth import scenes as known

CHOICE = "QUILT"  # runs everywhere


def hole(seed):
    random = np.random.default_rng(seed)
    mask = np.zeros((60, 90), bool)
    mask[20:40, 30 + seed : 60] = True
    return Hole(random.integers(0, 255, (60, 90, 3), np.uint8), mask, seed=seed)


@pytest.fixture
def processes():
    made = Processes(CHOICE, 2)
    yield made
    made.close()


def test_threads_get_what_one_would_paint(processes):
    painted = {}

    def paint(seed):
        painted[seed] = processes.paint(hole(seed))

    threads = [threading.Thread(target=paint, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(6):
        assert np.array_equal(painted[seed], best(CHOICE).paint(hole(seed)))


def test_a_process_that_was_killed_is_replaced(processes):
    before = processes.paint(hole(1))
    for process in list(processes._running):
        process.kill()
    assert np.array_equal(processes.paint(hole(1)), before)


def test_after_closing_nothing_is_painted(processes):
    processes.paint(hole(1))
    processes.close()
    with pytest.raises(Cancelled):
        processes.paint(hole(2))
    assert not processes._running


def test_what_a_fill_cannot_do_is_its_own_error(processes):
    broken = Hole(np.zeros((10, 10, 3), np.uint8), np.zeros((4, 4), bool))
    with pytest.raises(Exception) as here:
        best(CHOICE).paint(Hole(broken.picture, np.ones((4, 4), bool)))
    with pytest.raises(type(here.value)):
        processes.paint(Hole(broken.picture, np.ones((4, 4), bool)))


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    folder = tmp_path_factory.mktemp("skyline")
    scene = known.scene("skyline")
    return scenes.save(scene.source, folder / "picture.png"), {
        "separator": "DEPTH", "depth_map": str(scene.save_depth(folder / "depth.png")), "near": "WHITE", "fps": 4.0, "matte": 40.0}


def run(folder, split, count=1, monkeypatch=None):
    if monkeypatch:
        monkeypatch.setattr(worker, "SMALL", 0)
        monkeypatch.setattr(worker.os, "cpu_count", lambda: count)
    job = Job(folder) if (folder / "job.json").is_file() else Job.create(folder, split[0], plain(split[1]))
    ending = worker.run(job)
    assert ending.kind == "done", ending.text
    return job


def layers(job):
    return {path.name: path.read_bytes() for path in sorted(job.layers.iterdir())}


def fills(job):
    """When each fill was painted, by what was asked."""
    return {path.joinpath("result.png").read_bytes(): path.joinpath("result.png").stat().st_mtime_ns for path in job.steps.glob("[0-9]*")}


def test_a_job_has_the_same_bytes_and_resumes_without_painting_again(tmp_path, split, monkeypatch):
    alone = layers(run(tmp_path / "alone", split))
    job = run(tmp_path / "beside", split, 3, monkeypatch)
    assert layers(job) == alone
    before = fills(job)
    assert len(before) >= 3
    for _ in range(3):
        (job.layers / "layers.json").unlink()
        run(tmp_path / "beside", split, 3, monkeypatch)
        assert fills(job) == before and layers(job) == alone
