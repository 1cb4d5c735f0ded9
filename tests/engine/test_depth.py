"""Depth maps of every kind come out as the nearness they were made from; cuts, labels and distances follow known surfaces."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import depth, depth_guess, depth_map
from engine.errors import ParallaxError
from tests.engine import scenes

WIDTH, HEIGHT = 160, 100
HARBOUR = Path(__file__).parents[1] / "pictures" / "harbour.jpg"


@pytest.fixture(scope="module")
def truth():
    """(100, 160) nearness: a far wall, a ground that comes nearer from row 40 on, a near disc."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    nearness = np.where(rows < 40, 0.0, 0.2 + 0.4 * (rows - 40) / 60.0)
    nearness[(rows - 50) ** 2 + (columns - 60) ** 2 < 20**2] = 1.0
    return nearness.astype(np.float32)


def save(values, path):
    Image.fromarray(values).save(path)
    return path


def levels(nearness, most, kind):
    return np.rint(nearness * most).astype(kind)


def read(path, **more):
    found = depth_map.read(path, WIDTH, HEIGHT, **more)
    assert found.nearness.shape == (HEIGHT, WIDTH) and found.nearness.dtype == np.float32
    assert found.nearness.min() >= 0.0 and found.nearness.max() <= 1.0
    return found


def wrong(found, nearness, by=0.1):
    """The share of pixels that are wrong by more than `by`."""
    return float((np.abs(found - nearness) > by).mean())


# Maps from files


@pytest.mark.parametrize("most, kind, name, step", [
    (255, np.uint8, "map.png", 1 / 255), (255, np.uint8, "map.tif", 1 / 255), (65535, np.uint16, "map.png", 1e-4),
    (65535, np.uint16, "map.tif", 1e-4), (1.0, None, "map.tif", 1e-6)])
def test_a_map_is_read_as_it_was_written(truth, tmp_path, most, kind, name, step):
    values = truth if kind is None else levels(truth, most, kind)
    found = read(save(values, tmp_path / name), near="WHITE", depth_range=5.0)
    assert wrong(found.nearness, truth, step) < 0.001  # corners where three surfaces meet
    assert found.range == 5.0 and not found.notes


def test_a_grey_map_in_rgb_is_taken_as_grey(truth, tmp_path):
    grey = levels(truth, 255, np.uint8)
    for values in (np.dstack([grey] * 3), np.dstack([grey] * 3 + [np.full_like(grey, 255)])):
        assert wrong(read(save(values, tmp_path / "map.png"), near="WHITE").nearness, truth, 1 / 255) < 0.001


def test_a_dim_map_uses_the_whole_range(truth, tmp_path):
    found = read(save(levels(0.3 + 0.2 * truth, 65535, np.uint16), tmp_path / "map.png"), near="WHITE")
    assert wrong(found.nearness, truth, 1e-3) < 0.001


@pytest.mark.parametrize("inverted", [False, True])
def test_near_is_guessed_and_said(truth, tmp_path, inverted):
    path = save(levels(1.0 - truth if inverted else truth, 255, np.uint8), tmp_path / "map.png")
    found = read(path)
    assert wrong(found.nearness, truth, 2 / 255) < 0.001
    (note,) = found.notes
    assert f"Near is taken to be {'black' if inverted else 'white'}" in note and "set Near Is" in note


def test_near_as_told_wins_over_the_guess(truth, tmp_path):
    path = save(levels(truth, 255, np.uint8), tmp_path / "map.png")
    found = read(path, near="BLACK")
    assert wrong(found.nearness, 1.0 - truth, 2 / 255) < 0.001 and not found.notes


def test_where_rows_do_not_tell_the_middle_is_near(tmp_path):
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    blob = np.exp(-((rows - 49.5) ** 2 + (columns - 79.5) ** 2) / 800.0)
    for values, word in ((blob, "white"), (1.0 - blob, "black")):
        assert word in read(save(levels(values, 255, np.uint8), tmp_path / "map.png")).notes[0]


def test_distances_give_their_own_range(truth, tmp_path):
    metres = (3.0 * depth.distance(truth, 20.0)).astype(np.float32)
    found = read(save(metres, tmp_path / "map.tif"), depth_range=5.0)
    assert found.range == pytest.approx(20.0, rel=1e-3)
    assert wrong(found.nearness, truth, 1e-3) < 0.001
    assert "black" in found.notes[0] and "distances" in found.notes[0]


def test_distances_without_an_end_stop_at_a_hundred_times_the_nearest(tmp_path):
    metres = np.repeat(np.geomspace(1e5, 1.0, HEIGHT)[:, None], WIDTH, axis=1).astype(np.float32)
    found = read(save(metres, tmp_path / "map.tif"), near="BLACK")
    assert found.range == pytest.approx(depth_map.MOST_RANGE)
    assert (np.diff(found.nearness[:, 0]) >= 0).all()


@pytest.mark.parametrize("nothing", [np.nan, np.inf, -np.inf, 1e10])
def test_what_has_no_distance_is_farther_than_all_that_has_one(truth, tmp_path, nothing):
    metres = depth.distance(truth, 8.0).astype(np.float32)
    metres[:20] = nothing
    found = read(save(metres, tmp_path / "map.tif"))
    assert (found.nearness[:19] == 0.0).all() and found.nearness[21:].min() > 0.02
    assert found.range == pytest.approx(16.0, rel=1e-3)


@pytest.mark.parametrize("near", ["WHITE", "BLACK"])
def test_what_has_no_nearness_is_far(truth, tmp_path, near):
    values = truth.copy()
    values[:20] = np.nan
    assert (read(save(values, tmp_path / "map.tif"), near=near).nearness[:19] == 0.0).all()


def test_one_wild_pixel_does_not_squeeze_the_map(truth, tmp_path):
    values = 0.1 + 0.05 * truth
    values[3, 3] = 1.0
    assert wrong(read(save(values, tmp_path / "map.tif"), near="WHITE").nearness, truth, 0.02) < 0.001


@pytest.mark.parametrize("factor", [0.25, 0.5, 3])
def test_another_size_keeps_edges_sharp(truth, tmp_path, factor):
    size = (round(WIDTH * factor), round(HEIGHT * factor))
    other = np.asarray(Image.fromarray(truth).resize(size, Image.Resampling.BOX))
    found = read(save(levels(other, 65535, np.uint16), tmp_path / "map.png"), near="WHITE").nearness
    plain = np.asarray(Image.fromarray(other).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))
    assert ((found > 0.7) & (found < 0.9)).sum() == 0  # there is nothing between the disc and the ground
    assert wrong(found, truth) < (0.004 if factor > 1 else 0.015)
    if factor < 1:
        assert wrong(found, truth) < 0.5 * wrong(plain, truth)


def test_a_map_of_another_shape_fills_the_frame(truth, tmp_path):
    squeezed = np.asarray(Image.fromarray(truth).resize((60, 90), Image.Resampling.BOX))
    assert wrong(read(save(squeezed, tmp_path / "map.tif"), near="WHITE").nearness, truth) < 0.01


def test_soft_edges_of_a_coarse_map_move_to_those_of_the_picture(tmp_path):
    cv2 = pytest.importorskip("cv2")
    rows, columns = np.mgrid[:240, :400]
    inside = (rows - 120) ** 2 + (columns - 150) ** 2 < 60**2
    truth = np.where(inside, 1.0, 0.5 * rows / 240.0).astype(np.float32)
    rough = np.dstack([scenes.noise(240, 400, seed) for seed in range(3)])
    picture = np.clip(np.where(inside[..., None], (180, 90, 70), (90, 130, 80)) + 25.0 * rough, 0, 255).astype(np.uint8)
    coarse = cv2.GaussianBlur(cv2.resize(truth, (100, 60), interpolation=cv2.INTER_AREA), (0, 0), 1.2)
    path = save(levels(coarse, 65535, np.uint16), tmp_path / "map.png")
    alone = depth_map.read(path, 400, 240, "WHITE").nearness
    guided = depth_map.read(path, 400, 240, "WHITE", picture=picture).nearness
    assert wrong(guided, truth) < 0.25 * wrong(alone, truth)
    assert np.array_equal(depth_map.read(path, 400, 240, "WHITE", picture=picture).nearness, guided)


# Maps that are refused


def refused(path, *words):
    with pytest.raises(ParallaxError) as caught:
        depth_map.read(path, WIDTH, HEIGHT)
    sentence = str(caught.value)
    assert str(path) in sentence and "\n" not in sentence and ":" in sentence
    assert all(word in sentence for word in words), sentence


def test_a_missing_an_empty_and_a_damaged_file_are_refused(truth, tmp_path):
    refused(tmp_path / "none.png", "There is no depth map")
    refused(tmp_path, "There is no depth map")
    empty = tmp_path / "empty.png"
    empty.touch()
    refused(empty, "empty")
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    refused(text, "cannot be read")
    noise = np.random.default_rng(0).integers(0, 255, (200, 200)).astype(np.uint8)
    cut = save(noise, tmp_path / "cut.png")
    cut.write_bytes(cut.read_bytes()[:9000])
    refused(cut, "cannot be read")


def test_a_flat_map_is_refused(tmp_path):
    refused(save(np.full((40, 40), 128, np.uint8), tmp_path / "map.png"), "same everywhere")
    refused(save(np.full((40, 40), np.nan, np.float32), tmp_path / "map.tif"), "same everywhere")


def test_a_map_in_colour_is_refused(truth, tmp_path):
    hot = np.dstack([levels(truth, 255, np.uint8), levels(truth**2, 255, np.uint8), levels(1.0 - truth, 255, np.uint8)])
    refused(save(hot, tmp_path / "map.png"), "in colour", "grey")


def test_an_exr_is_left_to_blender(tmp_path):
    path = tmp_path / "map.exr"
    path.write_bytes(b"\x76\x2f\x31\x01\x02\x00\x00\x00")
    refused(path, "Blender")


# Distance


def test_distance_is_the_inverse_of_nearness():
    nearness = np.linspace(0.0, 1.0, 11)
    found = depth.distance(nearness, 8.0)
    assert found[0] == pytest.approx(8.0) and found[-1] == pytest.approx(1.0)
    assert np.allclose(np.diff(1.0 / found), np.diff(1.0 / found)[0])
    assert depth.distance(0.3, 1.0) == 1.0


# Cuts


def plateaus(values, noise=0.0, shares=None):
    """(120, 300) nearness in columns of these values; shares: the width of each."""
    ends = np.rint(np.cumsum([0.0, *(shares or [1.0] * len(values))]) / sum(shares or [1.0] * len(values)) * 300).astype(int)
    nearness = np.zeros((120, 300))
    for value, start, end in zip(values, ends, ends[1:]):
        nearness[:, start:end] = value
    rough = noise * np.random.default_rng(1).standard_normal(nearness.shape)
    return np.clip(nearness + rough, 0.0, 1.0).astype(np.float32)


STEPS = [(0.1, 0.9), (0.0, 0.4, 1.0), (0.0, 0.12, 0.5, 1.0), (0.0, 0.25, 0.5, 0.75, 1.0), (0.0, 0.15, 0.3, 0.6, 0.8, 1.0),
         tuple(np.linspace(0.0, 1.0, 7))]


@pytest.mark.parametrize("values", STEPS, ids=len)
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_every_gap_is_cut_once(values, noise):
    found = depth.cuts(plateaus(values, noise))
    assert len(found) == len(values) - 1
    assert all(low + 0.04 < cut < high - 0.04 for low, cut, high in zip(values, found, values[1:]))


def test_a_small_thing_gets_its_layer():
    found = depth.cuts(plateaus((0.0, 0.5, 1.0), 0.005, shares=(49, 48, 3)))
    assert len(found) == 2 and 0.52 < found[1] < 0.98


def test_a_slope_is_cut_evenly_and_not_into_slices():
    slope = np.repeat(np.linspace(0.0, 1.0, 200, dtype=np.float32)[:, None], 100, axis=1)
    own = depth.cuts(slope)
    assert 1 <= len(own) <= 4
    assert np.allclose(depth.cuts(slope, 4), (0.25, 0.5, 0.75), atol=0.02)


def test_a_cut_avoids_the_slope_beside_a_gap():
    """The ground rises from 0 to 0.5, a near thing is at 0.9: the cut that parts least continuous surface is in the gap."""
    ground = np.repeat(np.linspace(0.0, 0.5, 200, dtype=np.float32)[:, None], 200, axis=1)
    ground[40:160, 60:140] = 0.9 + 0.03 * np.random.default_rng(3).standard_normal((120, 80))
    ground = np.clip(ground, 0.0, 1.0)
    assert 0.5 < depth.cuts(ground, 2)[0] < 0.8
    assert sum(0.5 < cut < 0.8 for cut in depth.cuts(ground)) == 1


@pytest.mark.parametrize("layers", [1, 2, 3, 5, 9, 32])
def test_as_many_layers_as_asked_for(truth, layers):
    found = depth.cuts(truth, layers)
    assert len(found) == layers - 1 and list(found) == sorted(set(found))
    assert len(np.unique(np.searchsorted(found, truth, side="right"))) == layers


def test_no_more_layers_than_the_map_has_values():
    assert len(depth.cuts(plateaus((0.0, 0.5, 1.0)), 6)) == 2
    assert depth.cuts(np.full((20, 20), 0.5, np.float32)) == ()
    assert len(depth.cuts(plateaus(np.linspace(0.0, 1.0, 12)), most=4)) <= 3
    assert len(depth.cuts(plateaus((0.48, 0.52)))) == 1


# Labels and distances


def test_labels_follow_the_surfaces(truth):
    pytest.importorskip("cv2")
    found = depth.labels(truth, (0.1, 0.8))
    assert found.dtype == np.uint8
    assert (found == np.digitize(truth, (0.1, 0.8))).all()
    assert (depth.labels(truth, ()) == 0).all()


def test_specks_go_to_the_layer_around_them():
    cv2 = pytest.importorskip("cv2")
    nearness = plateaus((0.1, 0.5, 0.9))
    clean = depth.labels(nearness, (0.3, 0.7))
    random = np.random.default_rng(2)
    nearness[random.integers(0, 120, 150), random.integers(0, 300, 150)] = random.choice([0.1, 0.5, 0.9], 150)
    nearness[50:62, 20:32] = 0.9  # a thing, no speck
    clean[50:62, 20:32] = 2
    found = depth.labels(nearness, (0.3, 0.7), least=0.002)
    assert (found != clean).mean() < 0.002  # at the border of two layers a speck may go either way
    for label in range(3):
        _, _, stats, _ = cv2.connectedComponentsWithStats((found == label).astype(np.uint8), connectivity=4)
        assert stats[1:, cv2.CC_STAT_AREA].min() >= 0.002 * found.size


def test_a_map_of_specks_alone_is_left_as_it_is():
    pytest.importorskip("cv2")
    board = (np.indices((40, 40)).sum(axis=0) % 2).astype(np.float32)
    assert (depth.labels(board, (0.5,), least=0.01) == board).all()


def test_distances_are_those_of_the_surfaces():
    nearness = plateaus((0.0, 0.5, 1.0), 0.004)
    labels = np.digitize(nearness, (0.25, 0.75)).astype(np.uint8)
    assert depth.distances(nearness, labels, 9.0) == pytest.approx((9.0, 1.8, 1.0), rel=0.03)


def test_distances_grow_smaller_whatever_the_labels_are():
    nearness = plateaus((0.5, 0.5, 0.2, 0.9))
    labels = np.repeat(np.array([0, 1, 2, 4], np.uint8), 75)[None].repeat(120, axis=0)  # nothing has label 3
    found = depth.distances(nearness, labels, 8.0)
    assert len(found) == 5 and (np.diff(found) < 0).all()
    assert found[-1] == pytest.approx(depth.distance(0.9, 8.0))
    assert found[2] > found[3] > found[4]


def test_the_preview_shows_the_map_and_where_it_is_cut():
    nearness = plateaus((0.0, 0.5, 1.0))
    labels = np.digitize(nearness, (0.25, 0.75)).astype(np.uint8)
    shown = depth.preview(nearness, labels)
    coloured = np.ptp(shown.astype(int), axis=2) > 60
    assert shown.shape == (120, 300, 3) and shown.dtype == np.uint8
    assert sorted(np.flatnonzero(coloured.all(axis=0))) == [99, 100, 199, 200]
    assert coloured.sum() == 4 * 120 and tuple(shown[0, 99]) != tuple(shown[0, 199])
    assert [int(shown[60, x, 0]) for x in (50, 150, 250)] == [0, 128, 255]


# The estimate


@pytest.fixture(scope="module")
def harbour():
    pytest.importorskip("cv2")
    return depth_guess.estimate(np.asarray(Image.open(HARBOUR).convert("RGB")))


def landscape(seed):
    """A sky of a smooth ramp, a ground from row 150 of 300, and a dark tower whose base is at row 210; its mask."""
    rough = np.dstack([scenes.noise(300, 480, 10 * seed + i) for i in range(3)])
    rows = np.arange(300)[:, None, None]
    sky = np.array((110, 150, 215)) + (0.2 * rows) + 6.0 * rough
    ground = np.array((95, 120, 60)) + 40.0 * rough
    picture = np.where(rows < 150, sky, ground)
    tower = np.zeros((300, 480), bool)
    tower[60:210, 300:350] = True
    picture[tower] = (np.array((90, 40, 35)) + 10.0 * rough)[tower]
    return np.clip(picture, 0, 255).astype(np.uint8), tower


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_landscape_has_a_far_sky_a_ground_and_a_tower_that_stands(seed):
    pytest.importorskip("cv2")
    picture, tower = landscape(seed)
    nearness = depth_guess.estimate(picture).nearness
    assert nearness.shape == tower.shape and nearness.dtype == np.float32 and nearness.min() == 0.0 and nearness.max() == 1.0
    sky = np.zeros_like(tower)
    sky[:145] = ~tower[:145]
    assert (nearness[sky] < 0.05).mean() > 0.97
    rows = nearness[155:, :280].mean(axis=1)
    assert (np.diff(rows) > -0.01).all() and rows[-1] - rows[0] > 0.6  # the ground comes nearer
    assert (nearness[tower] > 0.1).mean() > 0.95  # all of it stands before the sky
    foot = nearness[205:210, 200:280].mean()
    assert abs(float(np.median(nearness[tower])) - foot) < 0.15  # where it stands


def test_an_estimate_is_repeatable_and_says_what_it_is():
    pytest.importorskip("cv2")
    picture, _ = landscape(4)
    first, second = depth_guess.estimate(picture, 12.0), depth_guess.estimate(picture, 12.0)
    assert (first.nearness == second.nearness).all() and first.range == 12.0
    assert "rough guess" in first.notes[0] and "depth map" in first.notes[0]


@pytest.mark.parametrize("shape", [(16, 16), (20, 900), (900, 20), (64, 48)])
@pytest.mark.parametrize("fill", [0, 128, None])
def test_any_picture_gets_an_estimate(shape, fill):
    """Without anything to see in it, the lower rows are the nearer ones."""
    pytest.importorskip("cv2")
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    nearness = depth_guess.estimate(noise if fill is None else np.full((*shape, 3), fill, np.uint8)).nearness
    assert nearness.shape == shape and np.isfinite(nearness).all()
    assert nearness[-shape[0] // 8 :].mean() > nearness[: shape[0] // 8].mean() + 0.2


def test_the_harbour_has_its_sky_its_town_its_water_and_its_bank(harbour):
    """Places of the picture, by hand, from far to near: sky, town, far water, near water, bank."""
    boxes = [(100, 300, 600, 900), (430, 480, 300, 900), (540, 570, 500, 1000), (680, 720, 500, 900), (850, 900, 100, 1500)]
    found = [float(np.median(harbour.nearness[top:bottom, left:right])) for top, bottom, left, right in boxes]
    assert (np.diff(found) > 0.05).all(), found
    crown = harbour.nearness[120:260, 60:300]
    assert np.median(crown) > found[1] + 0.1 and crown.std() < 0.1  # a near tree, in one piece


def test_without_a_sky_lower_is_nearer():
    pytest.importorskip("cv2")
    shore = np.asarray(Image.open(HARBOUR).convert("RGB"))[450:]
    found = depth_guess.estimate(shore)
    rows = found.nearness.mean(axis=1)
    assert "no sky" in found.notes[0]
    assert np.corrcoef(np.arange(len(rows)), rows)[0, 1] > 0.9 and (found.nearness < 0.01).mean() < 0.1


def test_the_harbour_is_cut_along_its_edges(harbour):
    """Where the first cut runs the picture has an edge far more often than elsewhere."""
    cv2 = pytest.importorskip("cv2")
    picture = np.asarray(Image.open(HARBOUR).convert("L")).astype(np.float32)
    steep = np.hypot(cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1))
    far = depth.labels(harbour.nearness, depth.cuts(harbour.nearness)) == 0
    line = cv2.morphologyEx(far.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    assert np.median(steep[line]) > 2.0 * np.median(steep)
