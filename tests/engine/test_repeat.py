"""Layers that scroll for ever through their own pixels: the first frame is the picture, real pixels move exactly, nothing is ever open."""

import numpy as np
import pytest

from engine import picture
from tests.engine import scenes
from tests.engine.conftest import run_job
from tests.engine.scenes import ANGLES, Finished, moments

SOFT = {"overlap": 40.0}  # 6 pixels at this width
HARD = {"overlap": 0.0}
PAINT = {**HARD, "seams": "PAINT"}


def no_hole(finished, count=24):
    for frame in moments(finished.frames, count):
        for nearest in (False, True):
            open_ = finished.see(frame, nearest)[1]
            assert not open_.any(), f"{open_.sum()} pixels at frame {frame}"


def own_pixels(finished, scene):
    """Asserts that where a layer is opaque and was seen in the source, it has the source's own pixels. Gives their share."""
    ends = (*scene.tops[1:], scene.height)
    seen = 0
    for index, (top, end) in enumerate(zip(scene.tops, ends)):
        canvas, (x, y) = finished.canvas(index)
        rows = slice(max(top, y), min(end, y + canvas.shape[0]))
        part = canvas[rows.start - y : rows.stop - y, -x : scene.width - x]
        opaque = part[..., 3] == 255
        assert np.array_equal(part[opaque][:, :3], scene.source[rows][:, : part.shape[1]][opaque])
        seen += opaque.sum()
    return seen / (scene.width * scene.height)


@pytest.mark.parametrize("angle", ANGLES)
def test_the_first_frame_is_the_picture(painted, landscape, angle):
    exact = Finished(painted(landscape, direction=angle, **HARD)).see(1.0)[0]
    assert np.array_equal(np.rint(exact), landscape.source)
    soft = Finished(painted(landscape, direction=angle, **SOFT)).see(1.0)[0]
    assert np.abs(soft - landscape.source).max() <= 1.0


@pytest.mark.parametrize("angle", ANGLES)
def test_nothing_is_ever_open(painted, landscape, angle):
    for edge in (SOFT, HARD):
        no_hole(Finished(painted(landscape, direction=angle, **edge)))


@pytest.mark.parametrize("angle", ANGLES)
def test_the_frame_after_the_last_is_the_first(painted, landscape, angle):
    finished = Finished(painted(landscape, direction=angle, **SOFT))
    for nearest in (True, False):
        first, again = finished.see(1.0, nearest)[0], finished.see(finished.frames + 1.0, nearest)[0]
        assert np.abs(first - again).max() < 0.01
    middle = finished.see(1 + finished.frames / 2)[0]
    assert np.abs(first - middle).mean() > 4.0  # and it has moved in between


@pytest.mark.parametrize("angle", [0, 180])
def test_what_the_first_frame_showed_moves_exactly(painted, landscape, angle):
    """Against the true picture, for displacements by whole pixels, until only the bridge is left in view."""
    finished = Finished(painted(landscape, direction=angle, **HARD))
    sign = 1 if angle == 0 else -1
    for distances in ((1, 2, 3), (11, 40, 80), (130, 130, 130)):
        offsets = [(sign * x, 0) for x in distances]
        true, shown = landscape.render(offsets)
        seen = finished.place(offsets)[0]
        assert shown.mean() > 0.15
        assert np.array_equal(np.rint(seen[shown]), true[shown])


@pytest.mark.parametrize("angle", ANGLES)
def test_layers_hold_the_source_s_own_pixels(painted, landscape, angle):
    assert own_pixels(Finished(painted(landscape, direction=angle, **HARD)), landscape) == 1.0
    assert own_pixels(Finished(painted(landscape, direction=angle, **SOFT)), landscape) > 0.9


@pytest.mark.parametrize("angle", ANGLES)
def test_a_layer_s_real_pixels_are_seen_where_its_motion_puts_them(painted, landscape, angle):
    """At any moment, to the nearest pixel, of a layer alone: what is opaque and was in the first frame is its own picture, moved."""
    finished = Finished(painted(landscape, direction=angle, **HARD))
    ends = (*landscape.tops[1:], landscape.height)
    for frame in moments(finished.frames, 8):
        for index, (top, end) in enumerate(zip(landscape.tops, ends)):
            x, y = (round(v) for v in finished.offset(index, frame))
            px, py = finished.motion["periods"][index]
            columns = (np.arange(finished.width) - x) % px if px else np.arange(finished.width) - x
            rows = (np.arange(finished.height) - y) % py if py else np.arange(finished.height) - y
            was = ((rows >= top) & (rows < end))[:, None] & ((columns >= 0) & (columns < finished.width))[None]
            seen = finished.layer(index, (x, y), nearest=True)
            ys, xs = np.nonzero(was)
            assert (seen[ys, xs, 3] == 1.0).all()
            assert np.array_equal(np.rint(seen[ys, xs, :3] * 255), landscape.source[rows[ys], columns[xs]])


@pytest.mark.parametrize("angle", [180, 90, 37])
def test_no_seam_shows_where_the_ends_of_a_layer_meet(painted, landscape, angle):
    """The steps from column to column (or row to row) around both ends of the bridge are like those inside of the layer."""
    finished = Finished(painted(landscape, direction=angle, **HARD))
    ends = (*landscape.tops[1:], landscape.height)
    for index, (top, end) in enumerate(zip(landscape.tops, ends)):
        canvas, (_, y) = finished.canvas(index)
        along_x = bool(finished.motion["periods"][index][0])
        real = landscape.source[top:end].astype(float)
        if along_x:
            ring = np.concatenate([canvas, canvas[:, :1]], axis=1)[top - y : end - y, :, :3].astype(float)
            steps, usual = np.abs(np.diff(ring, axis=1)).mean(axis=(0, 2)), np.abs(np.diff(real, axis=1))
            joins = [landscape.width - 1, steps.size - 1]
        elif index == 0:
            ring = np.concatenate([canvas, canvas[:1]], axis=0)[..., :3].astype(float)
            steps, usual = np.abs(np.diff(ring, axis=0)).mean(axis=(1, 2)), np.abs(np.diff(real, axis=0))
            joins = [steps.size - 1]
        else:
            continue
        limit = np.percentile(usual, 99.5)
        assert max(steps[join] for join in joins) <= limit


@pytest.mark.parametrize("angle", [0.0, 37.0, 90.0])
def test_the_padding_of_an_image_goes_round_the_ends_of_its_layer(painted, landscape, angle):
    """So that filtering at one end sees the other, and no line shows there."""
    finished = Finished(painted(landscape, direction=angle, **HARD))
    for index, tiles in finished.tiles.items():
        (tile,) = tiles
        pad, px, py = tile.pad, *finished.motion["periods"][index]
        assert pad >= 1
        for period, image in ((px, tile.image[pad:-pad].swapaxes(0, 1)), (py, tile.image[:, pad:-pad])):
            if period:
                assert np.array_equal(image[:pad], image[-2 * pad : -pad])
                assert np.array_equal(image[-pad:], image[pad : 2 * pad])


def test_without_a_loop_layers_repeat_all_the_same(painted, landscape):
    finished = Finished(painted(landscape, loop=False, length="STEPS", steps=40, direction=37.0, **SOFT))
    assert finished.motion["loop"] is False
    assert np.abs(finished.see(1.0)[0] - landscape.source).max() <= 1.0
    no_hole(finished)
    assert abs(finished.offset(2, finished.frames)[0]) > 2 * landscape.width


def test_a_layer_that_stands_still_stands_still(painted, landscape):
    finished = Finished(painted(landscape, speeds=[0, None, None], **HARD))
    assert finished.motion["velocities"][0] == [0, 0] and finished.motion["periods"][0] == [0, 0]
    for frame in moments(finished.frames, 5):
        seen, _ = finished.see(frame)
        assert np.array_equal(np.rint(seen[: landscape.tops[1]]), landscape.source[: landscape.tops[1]])
    no_hole(finished)


@pytest.mark.parametrize("angle", [90.0, 213.7])
def test_a_still_layer_behind_moving_ones_has_no_hole(painted, landscape, angle):
    no_hole(Finished(painted(landscape, speeds=[0, None, None], direction=angle, **SOFT)))


def test_all_layers_still(painted, landscape):
    finished = Finished(painted(landscape, speeds=[0, 0, 0], length="DURATION", duration=1.0))
    for frame in (1.0, 12.5):
        assert np.abs(finished.see(frame)[0] - landscape.source).max() <= 1.0


@pytest.mark.parametrize("angle", [180.0, 37.0])
def test_layers_may_go_against_each_other(painted, landscape, angle):
    finished = Finished(painted(landscape, speeds=[-9.0, None, 21.0], direction=angle, **SOFT))
    assert np.abs(finished.see(1.0)[0] - landscape.source).max() <= 1.0
    no_hole(finished)


@pytest.mark.parametrize("angle", [0.0, 270.0, 135.0])
def test_one_single_layer(painted, angle):
    scene = ONE
    finished = Finished(painted(scene, direction=angle))
    assert np.array_equal(np.rint(finished.see(1.0)[0]), scene.source)
    no_hole(finished)


@pytest.mark.parametrize("angle", [0.0, 90.0, 213.7])
def test_odd_sizes(painted, angle):
    for scene in ODD:
        finished = Finished(painted(scene, direction=angle, **SOFT))
        assert (finished.width, finished.height) == (scene.width, scene.height)
        assert np.abs(finished.see(1.0)[0] - scene.source).max() <= 1.0
        no_hole(finished, 12)


@pytest.mark.parametrize("angle", [180.0, 37.0])
def test_painted_bridges_close_layers_too(painted, landscape, angle):
    finished = Finished(painted(landscape, direction=angle, **PAINT))
    assert np.array_equal(np.rint(finished.see(1.0)[0]), landscape.source)
    no_hole(finished, 10)
    assert np.abs(finished.see(1.0)[0] - finished.see(finished.frames + 1.0)[0]).max() < 0.01


ONE = scenes.scene(150, 90, layers=1)
ODD = scenes.scene(201, 121), scenes.scene(97, 163)


@pytest.mark.parametrize("angle", [0.0, 37.0, 90.0])
@pytest.mark.parametrize("distances", [[1, 2, 3], [2, 3, 1], [1, 1, 1]], ids=str)
def test_any_order_of_distances(painted, landscape, angle, distances):
    finished = Finished(painted(landscape, direction=angle, distances=distances, **SOFT))
    assert np.abs(finished.see(1.0)[0] - landscape.source).max() <= 1.0
    no_hole(finished, 14)


def test_many_thin_layers(painted, landscape):
    finished = Finished(painted(landscape, layers=24, heights=[100 / 24] * 24, **SOFT))
    assert np.abs(finished.see(1.0)[0] - landscape.source).max() <= 1.0
    no_hole(finished, 10)


@pytest.mark.parametrize("fill", ["QUILT", "PATCHMATCH"])
@pytest.mark.parametrize("angle", [180.0, 37.0])
def test_each_fill_leaves_nothing_black(painted, fill, angle):
    """No colour of the scene is dark, so paint that was never laid would show."""
    if fill == "PATCHMATCH":
        pytest.importorskip("patchmatch")
    finished = Finished(painted(BRIGHT, fill=fill, direction=angle, **PAINT))
    for frame in moments(finished.frames, 12):
        seen, open_ = finished.see(frame)
        assert not open_.any() and seen.max(axis=2).min() > 100


BRIGHT = scenes.scene(200, 120, layers=2, seed=4)


def test_another_seed_paints_another_bridge_and_the_same_seed_the_same(painted, landscape, tmp_path):
    one = Finished(painted(landscape, **PAINT)).canvas(0)[0]
    other = Finished(painted(landscape, seed=1, **PAINT)).canvas(0)[0]
    source = scenes.save(landscape.source, tmp_path / "p.png")
    again = Finished(run_job(tmp_path / "again", source, layers=3, heights=landscape.heights, **PAINT)).canvas(0)[0]
    assert np.array_equal(one, again) and not np.array_equal(one, other)


@pytest.mark.parametrize("angle", [0.0, 270.0])
def test_a_dark_line_along_the_edge_is_not_carried_into_the_scroll(tmp_path, landscape, angle):
    """It stays in the first frame's place only as far as it was; where the ends of a layer meet there is none."""
    framed = landscape.source.copy()
    framed[:, -2:] = framed[-2:] = framed[:2] = 0
    assert max(picture.border(framed)) >= 2
    path = scenes.save(framed, tmp_path / "framed.png")
    finished = Finished(run_job(tmp_path / "job", path, layers=3, heights=landscape.heights, direction=angle, **HARD))
    no_hole(finished, 10)
    canvas, _ = finished.canvas(0)
    lines = canvas[5 : landscape.tops[1] - 8, :, :3] if angle == 0.0 else canvas[:, 5:-5, :3].swapaxes(0, 1)
    assert lines.mean(axis=(0, 2)).min() > 40


def test_a_strip_wider_than_a_texture_becomes_tiles(tmp_path):
    wide = np.dstack([128 + 60 * scenes.noise(32, 8400, 6)] * 3).astype(np.uint8)
    path = scenes.save(wide, tmp_path / "wide.png")
    finished = Finished(run_job(tmp_path / "job", path, layers=2, heights=[50], fill="QUILT"))
    assert all(len(tiles) == 2 for tiles in finished.tiles.values())
    for tiles in finished.tiles.values():
        assert all(max(tile.image.shape) <= 8192 for tile in tiles)
    assert np.abs(finished.see(1.0)[0] - wide).max() <= 1.0
    no_hole(finished, 4)
