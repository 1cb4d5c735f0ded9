"""The scenes that all else is measured by: what they say of themselves agrees, and the measures are right."""

import numpy as np
import pytest
from PIL import Image

from tests.truth import baselines, metrics, scenes

NAMES = list(scenes.MAKERS)
TRAVEL = (-60.0, 12.0)  # pixels by which something at distance 1 moves


def offsets(scene, travel=TRAVEL):
    return [(travel[0] / layer.distance, travel[1] / layer.distance) for layer in scene.layers]


@pytest.mark.parametrize("name", NAMES)
def test_shares_are_whole_and_blend_to_the_first_frame(name):
    scene = scenes.scene(name)
    assert np.allclose(scene.visible.sum(axis=0), 1.0, atol=1e-5)
    blend = sum(share[..., None] * scene.colours(i) for i, share in enumerate(scene.visible))
    assert np.abs(blend - scene.source).max() <= 1.0
    for index in range(1, len(scene.layers)):
        colour, alpha = scene.foreground(index)
        assert np.allclose(alpha, scene.alpha(index), atol=1e-5)
        both = alpha[..., None] * colour + (1.0 - alpha[..., None]) * scene.background(index)
        assert np.abs(both - scene.source).max() <= 2.0


@pytest.mark.parametrize("name", NAMES)
def test_motion_by_whole_pixels_moves_all_of_the_picture(name):
    scene = scenes.scene(name)
    frame, shown = scene.frame([(-7, 3)] * len(scene.layers))
    assert np.array_equal(frame[3:, :-7], scene.source[:-3, 7:])
    assert shown[3:, :-7].all() and not shown[:3].any() and not shown[:, -7:].any()


@pytest.mark.parametrize("name", NAMES)
def test_what_was_shown_has_the_first_frame_s_colours(name):
    scene = scenes.scene(name)
    moves = [(round(x), round(y)) for x, y in offsets(scene)]
    frame, shown = scene.frame(moves)
    assert 0.03 < (~shown).mean() < 0.5
    off = np.full(shown.shape, 255)
    for index, (x, y) in enumerate(moves):
        again, of_it = (np.roll(plane, (y, x), (0, 1)) for plane in (scene.source, scene.labels == index))
        off = np.minimum(off, np.where(of_it, np.abs(again.astype(int) - frame).max(axis=2), 255))
    assert (off[shown] == 0).mean() > 0.7 and (off[shown] < 40).mean() > 0.95  # soft edges mix with what is behind them now


def test_motion_between_pixels_lies_between_its_neighbours():
    scene = scenes.scene("blobs")
    still = [(0.0, 0.0)] * 2
    half, left, right = (scene.frame([*still, (x, 0.0)])[0].astype(int) for x in (2.5, 2.0, 3.0))
    assert np.abs(half - (left + right) / 2.0).mean() < 0.1
    assert not np.array_equal(left, right)


@pytest.mark.parametrize("name", NAMES)
def test_the_depth_map_is_linear_in_nearness(name, tmp_path):
    scene = scenes.scene(name)
    read = np.asarray(Image.open(scene.save_depth(tmp_path / "depth.png")))
    assert read.dtype == np.uint16 and read.shape == scene.labels.shape and (read.min(), read.max()) == (0, 65535)
    for index, layer in enumerate(scene.layers):
        here = scene.labels == index
        assert here.any()
        if layer.nearness is None:
            assert len(np.unique(read[here])) == 1 and np.allclose(scene.nearness[here], 1.0 / layer.distance)


def test_scenes_are_the_same_every_time():
    for name, make in scenes.MAKERS.items():
        assert np.array_equal(make().source, scenes.scene(name).source)


def test_measures_know_equal_from_unequal():
    scene = scenes.scene("soft")
    alpha, where = scene.alpha(1), np.ones(scene.labels.shape, bool)
    assert metrics.soft_iou(alpha, alpha) == 1.0 and metrics.soft_iou(alpha, 0 * alpha) == 0.0
    assert metrics.soft_iou(np.full((2, 2), 0.5), np.ones((2, 2))) == 0.5
    off = np.clip(scene.source.astype(int) + 10, 0, 255).astype(np.uint8)
    assert metrics.colour_error(scene.source, off, where) == pytest.approx(10.0, abs=0.2)
    assert metrics.psnr(scene.source, off, where) == pytest.approx(28.13, abs=0.1)
    assert metrics.psnr(scene.source, scene.source, where) == np.inf
    assert metrics.ssim(scene.source, scene.source, where) == pytest.approx(1.0)
    assert metrics.ssim(scene.source, scene.source[::-1], where) < 0.75


@pytest.mark.parametrize("name", NAMES)
def test_baselines_keep_what_was_shown_and_paint_the_rest(name):
    scene = scenes.scene(name)
    frame, shown = scene.frame(offsets(scene))
    for paint in (baselines.replicated, baselines.telea):
        painted = paint(np.where(shown[..., None], frame, np.uint8(0)), shown)
        assert np.array_equal(painted[shown], frame[shown])
        assert 5.0 < metrics.psnr(painted, frame, ~shown) < 40.0


def test_the_depth_warp_moves_what_is_near_and_stretches_what_was_hidden():
    scene = scenes.scene("nested")
    assert np.array_equal(baselines.warped(scene.source, scene.nearness, (0.0, 0.0)), scene.source)
    frame, shown = scene.frame(offsets(scene))
    warped = baselines.warped(scene.source, scene.nearness, TRAVEL)
    assert metrics.psnr(warped, frame, shown) > 30.0 > metrics.psnr(warped, frame, ~shown)
