"""Whole jobs on scenes of which everything is known: shapes, own colours, exact motion, and what comes into view."""

from functools import cache

import numpy as np
import pytest

from tests.truth import jobs, scenes

# Scene, what decides the layers, and what must be reached: the least soft IoU of the alphas, the most error in levels of own colours in
# mixed pixels, the least decibels of the first frame, of what was shown before and of what comes into view behind something.
FLOORS = [
    ("blobs", "depth", 0.996, 4.5, 52.0, 48.0, 19.5),
    ("poles", "depth", 0.92, 16.0, 50.0, 45.0, 31.0),
    ("holed", "depth", 0.998, 4.0, 50.0, 48.0, 16.5),
    ("fence", "depth", 0.99, 5.0, 50.0, 42.0, 22.0),
    ("soft", "depth", 0.93, 8.5, 45.0, 36.0, 23.5),
    ("hair", "depth", 0.96, 15.5, 50.0, 39.0, 25.0),
    ("touching", "depth", 0.995, 11.0, 46.0, 44.0, 24.0),
    ("skyline", "depth", 0.995, 6.5, 40.0, 43.0, 24.0),
    ("nested", "depth", 0.995, 4.5, 50.0, 47.0, 21.0),
    ("ground", "masks", 0.97, 3.5, 46.0, 41.0, 24.5),
    ("hair", "masks", 0.985, 9.0, 50.0, 41.0, 25.0),
]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """done(name, by): a scene, its finished job, and how near that is to the truth."""
    @cache
    def run(name, by):
        scene = scenes.scene(name)
        finished = jobs.run(scene, tmp_path_factory.mktemp(name), by)
        return scene, finished, jobs.measured(scene, finished)

    return run


@pytest.fixture(scope="module", params=FLOORS, ids=lambda floors: "-".join(floors[:2]))
def job(request, done):
    """The scene, its finished job, how near that is to the truth, and what it must be."""
    name, by, *floors = request.param
    return *done(name, by), floors


def test_layers_are_near_the_truth(job):
    _, _, found, (iou, colour, first, shown, hidden) = job
    assert found.iou >= iou and found.colour <= colour
    assert found.first >= first and found.shown >= shown and found.hidden["ours"].psnr >= hidden


def test_what_comes_into_view_is_nearer_to_the_truth_than_plain_methods_come(job):
    hidden = job[2].hidden
    for method in ("edge", "telea", "warp"):
        assert hidden["ours"].psnr > hidden[method].psnr + 3.0
        assert hidden["ours"].ssim > hidden[method].ssim - 0.03


def test_it_is_at_least_as_near_as_the_best_of_them(job):
    """After small shifts, which a texture that is right but lies a little beside the true one is not punished for."""
    scene, _, found, _ = job
    if scene.name == "soft":  # what comes into view there is a thin crescent, both of whose true sides the plain methods are given
        assert found.hidden["ours"].shifted > 26.0
        return
    assert found.hidden["ours"].shifted >= best(found.hidden, "shifted") + 1.0
    assert found.hidden["ours"].ssim >= best(found.hidden, "ssim") - 0.01


def test_on_the_mean_of_all_scenes_it_is_nearer_than_the_best_of_them(done):
    found = [done(name, by)[2].hidden for name, by, *_ in FLOORS if by == "depth"]
    assert len(found) >= 9
    for figure, lead in (("psnr", 4.0), ("shifted", 3.0), ("ssim", 0.08)):
        ours = np.mean([getattr(hidden["ours"], figure) for hidden in found])
        assert ours >= np.mean([best(hidden, figure) for hidden in found]) + lead, figure


def best(hidden, figure):
    """The best that a plain method comes to on a scene: of several the mean may be of different ones."""
    return max(getattr(hidden[method], figure) for method in jobs.PLAIN)


def test_nothing_is_uncovered_at_any_moment(job):
    assert job[2].uncovered == 0


def test_speed_is_in_proportion_to_nearness(job):
    scene, finished, *_ = job
    moves = np.array([np.multiply(at, layer.distance) for at, layer in zip(jobs.offsets(scene, finished, 25.0), scene.layers)])
    assert np.abs(moves[:, 0]).min() > 10.0
    assert np.abs(moves[:, 0] / moves[:, 0].mean() - 1.0).max() < 0.24  # a loop closes by whole periods, which have to suit the layers
    nearest_last = sorted(zip(scene.layers, jobs.offsets(scene, finished, 25.0)), key=lambda pair: -pair[0].distance)
    assert (np.diff([abs(at[0]) for _, at in nearest_last]) > 0.0).all()
