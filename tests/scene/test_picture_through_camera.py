"""What the camera sees: the picture at first, then layers at their own speeds, with no hole, and the picture again."""

import numpy as np
import pytest

from tests.scene import studio

ANGLES = [0.0, 37.0, 90.0, 135.0, 180.0, 213.7, 270.0, 355.0]


@pytest.mark.parametrize("size", [(320, 192), (321, 193), (200, 331)])
def test_first_frame_is_the_picture(blank, size):
    job = studio.painted(size)
    seen = studio.render(studio.build(job).scene, 1)
    assert seen.shape[:2] == (size[1] - size[1] % 2, size[0] - size[0] % 2)
    assert studio.difference(seen, studio.source(job)) < 1.0
    assert seen[..., 3].min() == 255


def test_a_wide_picture_is_whole_across_its_tiles(blank):
    job = studio.painted((8400, 64), layers=2, heights=(50.0,), length="STEPS", steps=1, loop=False)
    assert len(job.result().layers[0].tiles) > 1
    seen = studio.render(studio.build(job).scene, 1)
    assert studio.difference(seen, studio.source(job)) < 1.0
    wrong = np.abs(seen[..., :3].astype(float) - studio.source(job)).max(axis=(0, 2))
    assert wrong.max() < 24, f"column {wrong.argmax()}"


@pytest.mark.parametrize("angle", ANGLES)
def test_each_layer_moves_exactly_as_planned(blank, angle):
    job = studio.painted(direction=angle)
    motion = job.result().motion
    scene = studio.build(job).scene
    planes = studio.planes(scene)
    for index, plane in enumerate(planes):
        for other in planes:
            other.hide_render = other != plane
        speed = np.hypot(*motion.velocities[index]) / motion.frames_per_step
        first = 3
        last = first + max(1, round(9.7 / speed))
        expected = np.subtract(motion.offset(index, last), motion.offset(index, first))
        seen = studio.shift(studio.render(scene, first), studio.render(scene, last))
        assert np.abs(np.subtract(seen, expected)).max() < 0.1, (index, seen, expected)


@pytest.mark.parametrize("settings", [
    {"direction": 180.0}, {"direction": 90.0}, {"direction": 37.0}, {"direction": 213.7, "loop": False},
    {"direction": -20.0, "content": "FRESH", "seams": "PAINT", "loop": False, "steps": 5},
    {"direction": 270.0, "content": "FRESH", "loop": False},
], ids=str)
def test_no_frame_has_a_hole(blank, settings):
    job = studio.painted(fps=2.0, smoothness=5.0, length="STEPS", **{"steps": 12, **settings})
    scene = studio.build(job).scene
    for frame in range(1, scene.frame_end + 1):
        covered = studio.render(scene, frame)[..., 3]
        assert covered.min() == 255, f"{(covered < 255).sum()} pixels at frame {frame}"


@pytest.mark.parametrize("angle", [180.0, 90.0, 37.0])
def test_a_loop_closes_and_goes_on(blank, angle):
    job = studio.painted(direction=angle)
    scene = studio.build(job).scene
    first, end = studio.render(scene, 1), scene.frame_end
    assert studio.difference(studio.render(scene, end + 1), first) < 1.0
    assert studio.difference(studio.render(scene, end // 2), first) > 3.0
    assert studio.difference(studio.render(scene, 3 * end + 11), studio.render(scene, 11)) < 1.0
