"""Depth carried along with the layers: what is known is as near as the map says, what is painted in as near as the layer it is part of.

Pictures are grey by how near their scene is, and an inpainter paints what it is told of that: so a finished layer shows, pixel by pixel,
whether its paint is as near as the layer truly is there.
"""

import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest

from engine import carried, depths, inpaint, motion, objects, repeat, separators
from engine.errors import ParallaxError
from engine.fresh import StepLoop
from engine.image.sparse import KNOWN, SparseMap
from engine.inpaint import Hole
from tests.engine import scenes
from tests.engine.journals import journal
from tests.support.settings import plain
from tests.truth import scenes as truth
from tests.truth.jobs import MATTE
from tests.truth.scenes import BEYOND, HEIGHT, WIDTH

FLAT = ("blobs", "touching", "nested")  # scenes whose layers are each at one distance
ANGLES = (180.0, 90.0, 37.0)
# Most of a ground's pixels that may be off, by whether it grows step by step: under soft edges of new paint colors are estimated
ESTIMATED = {True: 0.012, False: 0.003}
CONTROL = {"fill": "DIFFUSION", "control": "one", "depth_model": "another"}  # the names of models that nothing here runs
FRESH = {"content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": 3, "fps": 6.0}


class Telling:
    """An inpainter that paints how near it is told that things are, and keeps what it was asked."""

    name = "told"

    def __init__(self):
        self.holes = []

    def paint(self, hole):
        if hole.outline:  # a shape, which is as near as nothing
            assert hole.nearness is None
            return inpaint.best("AUTO").paint(hole)
        self.holes.append(hole)
        assert hole.nearness.dtype == np.float32 and hole.nearness.shape == hole.mask.shape
        assert hole.nearness.min() >= 0.0 and hole.nearness.max() <= 1.0  # not so where there is no number
        return np.where(hole.mask[..., None], grey(hole.nearness), hole.picture)


@dataclass
class Knowing:
    """A seer that knows how near everything is in the picture that it is asked about."""

    map: np.ndarray
    name: str = "knowing"

    def nearness(self, picture):
        assert picture.shape[:2] == self.map.shape
        return self.map


def grey(nearness):
    return np.repeat(np.rint(255.0 * nearness).astype(np.uint8)[..., None], 3, axis=2)


def near(scene, values=None):
    """Nearness from 0 to 1 as a map of the scene has it: of what is seen, or of values in 1 / distance."""
    low, high = scene.nearness.min(), scene.nearness.max()
    return np.clip(((scene.nearness if values is None else values) - low) / (high - low), 0.0, 1.0).astype(np.float32)


def settings(scene, folder, labels=None, **values):
    """Settings by which the layers are the scene's own, or those that labels tell of."""
    labels = scene.labels if labels is None else labels
    layers = scene.layers[: int(labels.max()) + 1]
    files = [str(scenes.save(np.where(labels == index, np.uint8(255), np.uint8(0)), folder / f"{index}.png"))
             for index in range(len(layers))]
    return plain({"layers": len(layers), "distances": [layer.distance for layer in layers], "masks": files, "matte": MATTE,
                               **CONTROL, **values})


def taken_apart(scene, folder, **values):
    return separators.split(grey(near(scene)), settings(scene, folder, **values), (), Knowing(near(scene)))


def finished(split, inpainter):
    """Each layer's finished canvas, far to near: row of its top, colours and opacity."""
    plan = motion.plan(split.settings, *split.labels.shape[::-1])
    if split.settings.content == "FRESH":
        loop = StepLoop(split, plan, inpainter)
        loop.run(lambda step, steps: None)
        return [grown(canvas) for canvas in loop.canvases]
    hidden = repeat.hidden_lines([cut.alpha for cut in split.cuts], plan)
    order = motion.far_to_near(split.settings)
    closed = [repeat.close(cut, split.source, plan.periods[order[rank]], hidden[rank], split.settings, inpainter)
              for rank, cut in enumerate(split.cuts)]
    return [(0, canvas.rgb, canvas.alpha) for canvas in closed]


def grown(canvas):
    x0, y0, x1, y1 = canvas.bounds()
    seen = canvas.read(x0, y0, x1 - x0, y1 - y0)
    return y0, seen[..., :3], np.where(seen[..., 4] == KNOWN, seen[..., 3], 0)


def off(scene, index, canvas):
    """How far what a finished layer shows is from how near it truly is, in all opaque pixels."""
    top, rgb, alpha = canvas
    layer, opaque = scene.layers[index], alpha == 255
    true = np.full(alpha.shape, near(scene, np.float32(1.0 / layer.distance)))
    if layer.nearness is not None:  # a ground: by row, and what lies below the picture is as near as its last row at least
        true = near(scene, layer.nearness)[np.clip(np.arange(top, top + len(alpha)), 0, HEIGHT - 1) + BEYOND, :1] + np.zeros(alpha.shape)
        opaque &= seen_rows(scene, index, top, len(alpha))[:, None]
    return np.abs(rgb[..., 0] / 255.0 - true)[opaque]


def seen_rows(scene, index, top, count):
    """Rows of a canvas in which the picture shows something of the layer, and what is beyond the picture beside them."""
    shown = np.flatnonzero((scene.labels == index).any(axis=1))
    rows = np.arange(top, top + count)
    return (rows >= shown[0]) & ((rows <= shown[-1]) | (shown[-1] == HEIGHT - 1))


# -- what is known ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*FLAT, "ground"])
def test_known_pixels_are_as_near_as_the_map_says(name, tmp_path):
    scene = truth.scene(name)
    split = taken_apart(scene, tmp_path)
    for rank, cut in enumerate(split.cuts):
        here = split.labels == rank
        assert cut.nearness.dtype == np.float32
        assert np.array_equal(cut.nearness[here], near(scene)[here])


@pytest.mark.parametrize("name", [*FLAT, "ground"])
def test_nothing_is_nearer_than_what_hides_it(name, tmp_path):
    scene = truth.scene(name)
    split = taken_apart(scene, tmp_path)
    for rank, cut in enumerate(split.cuts):
        hidden, over = split.labels > rank, (split.labels < rank) & (cut.alpha > 0)
        assert hidden.any() or rank == len(split.cuts) - 1
        assert (cut.nearness <= near(scene))[hidden].all() and (cut.nearness >= near(scene))[over].all()


def test_layers_from_depth_carry_the_map_that_made_them(tmp_path):
    scene = truth.scene("ground")
    file = str(scene.save_depth(tmp_path / "depth.png"))
    asked = plain({"separator": "DEPTH", "depth_map": file, "near": "WHITE", "layers": 4, "matte": MATTE, **CONTROL})
    split = separators.split(grey(near(scene)), asked)
    for rank, cut in enumerate(split.cuts):
        here = split.labels == rank
        assert here.any() and np.array_equal(cut.nearness[here], split.depth.nearness[here])


def test_what_moved_by_whole_pixels_is_exactly_as_near_as_it_was(tmp_path):
    """In the hole of a step, wherever a layer's own pixels are in front."""
    scene, inpainter = truth.scene("blobs"), Telling()
    split = taken_apart(scene, tmp_path, speeds=[-3.0, -6.0, -12.0], direction=0.0, **FRESH | {"steps": 1})
    finished(split, inpainter)
    hole = next(hole for hole in inpainter.holes if hole.scene is not None)
    wanted = np.full((HEIGHT, WIDTH), np.nan, np.float32)
    for rank, moved in enumerate((3, 6, 12)):
        seen = np.zeros((HEIGHT, WIDTH), bool)
        seen[:, : WIDTH - moved] = (split.labels == rank)[:, moved:]
        wanted[seen] = near(scene)[split.labels == rank].max()
    rows, columns = slice(None), slice(1, 1 + WIDTH)  # a column more is painted on each side
    known = ~hole.mask[rows, columns] & np.isfinite(wanted)
    assert known.mean() > 0.8
    wrong = hole.nearness[rows, columns][known] != wanted[known]
    assert wrong.mean() < 0.02  # where a soft edge decides who is in front


# -- what is painted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("how", [FRESH, {}], ids=["fresh", "repeat"])
@pytest.mark.parametrize("name", FLAT)
def test_paint_is_as_near_as_its_layer(name, how, angle, tmp_path):
    scene, inpainter = truth.scene(name), Telling()
    layers = finished(taken_apart(scene, tmp_path, direction=angle, **how), inpainter)
    assert len(inpainter.holes) >= 3
    for index, canvas in enumerate(layers):
        wrong = off(scene, index, canvas)
        assert len(wrong) and wrong.mean() < 0.003 and (wrong > 0.06).mean() < 0.004, scene.layers[index].name


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("how", [FRESH, {}], ids=["fresh", "repeat"])
def test_paint_follows_a_ground_into_the_depth(how, angle, tmp_path):
    scene = truth.scene("ground")
    for index, canvas in enumerate(finished(taken_apart(scene, tmp_path, direction=angle, **how), Telling())):
        wrong = off(scene, index, canvas)
        assert len(wrong) and wrong.mean() < 0.03 and (wrong > 0.13).mean() < ESTIMATED[bool(how)], scene.layers[index].name


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("how", [FRESH, {}], ids=["fresh", "repeat"])
def test_a_hole_s_map_lies_over_its_picture(how, angle, tmp_path):
    """Turned as the picture is, and cut to the same rectangle: what is known in it is as grey as it is near."""
    inpainter = Telling()
    finished(taken_apart(truth.scene("ground"), tmp_path, direction=angle, **how), inpainter)
    for hole in inpainter.holes:
        known = ~hole.mask if hole.exclude is None else ~(hole.mask | hole.exclude)
        wrong = np.abs(hole.picture[..., 0][known] / 255.0 - hole.nearness[known])
        assert known.any() and np.median(wrong) < 0.005 and wrong.mean() < 0.03


@pytest.mark.parametrize("angle", [180.0, 0.0])
def test_bands_that_grow_are_as_near_as_their_rows(angle):
    scene = scenes.scene(240, 144, layers=3)
    ramp = np.repeat(np.linspace(0.0, 1.0, 144, dtype=np.float32)[:, None], 240, axis=1)
    asked = plain({"layers": 3, "heights": scene.heights, "direction": angle, **CONTROL, **FRESH})
    inpainter = Telling()
    finished(separators.split(scene.source, asked, (), Knowing(ramp)), inpainter)
    assert len(inpainter.holes) == 3
    for hole in inpainter.holes:
        assert np.abs(hole.nearness - np.linspace(0.0, 1.0, 144)[:, None]).max() < 0.04


@pytest.mark.parametrize("shaped", [False, True], ids=["band", "shape"])
def test_a_layer_keeps_how_near_its_paint_was_said_to_be(shaped, tmp_path):
    rows, columns = np.mgrid[:96, :160].astype(np.float32)
    seer = Knowing((rows / 96.0 * 0.7 + columns / 160.0 * 0.3).astype(np.float32))
    masks = [str(scenes.save(np.full((96, 160), 255, np.uint8), tmp_path / "all.png"))] if shaped else []
    asked = plain({"layers": 1, "speeds": [16.0], "direction": 180.0, "masks": masks, **CONTROL, **FRESH})
    inpainter = Telling()
    finished(separators.split(scenes.scene(160, 96, layers=1).source, asked, (), seer), inpainter)
    assert len(inpainter.holes) == 3
    for before, after in zip(inpainter.holes, inpainter.holes[1:]):
        assert before.mask[:, -16:].any() and np.array_equal(after.nearness[:, :-16], before.nearness[:, 16:])


# -- objects ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def box(tmp_path):
    """The scene with a box on a ground, the labels of what is behind that, and the settings that lift it out."""
    scene = truth.scene("ground")
    behind = scene.visible[:4]  # what hides nothing of the ground but the box is ahead of it
    labels = np.where(scene.labels == 4, np.where(np.arange(HEIGHT)[:, None] < 110, np.uint8(1), np.uint8(3)), behind.argmax(axis=0))
    mask = scenes.save(np.where(scene.labels == 4, np.uint8(255), np.uint8(0)), tmp_path / "box.png")
    return scene, labels.astype(np.uint8), {"objects": [{"name": "Box", "mask": str(mask), "grow": 20.0, "feather": 20.0}]}


def lifted(box, folder, inpainter, **how):
    scene, labels, wanted = box
    seer, asked = Knowing(near(scene)), settings(scene, folder, labels, **wanted, **how)
    return objects.lift(grey(near(scene)), asked, inpainter, lambda text: None, None, seer), asked, seer


def test_what_was_behind_an_object_is_as_near_as_what_is_around_it(box, tmp_path):
    inpainter = Telling()
    lifting, _, _ = lifted(box, tmp_path, inpainter)
    (hole,) = inpainter.holes
    ground = near(box[0], box[0].layers[1].nearness[BEYOND:-BEYOND, BEYOND:-BEYOND])
    true = np.where(np.arange(HEIGHT)[:, None] < 60, np.float32(0.0), ground)
    gone = box[0].labels == 4
    assert np.abs(lifting.picture[..., 0] / 255.0 - true)[gone].max() < 0.08
    shown = near(box[0])
    shape = hole.picture.shape[:2]
    places = [(y, x) for y in range(HEIGHT - shape[0] + 1) for x in range(WIDTH - shape[1] + 1)
              if np.array_equal(hole.nearness[~hole.mask], shown[y : y + shape[0], x : x + shape[1]][~hole.mask])]
    assert len(places) == 1  # elsewhere the map is the picture's, exactly


def test_an_object_is_as_near_as_the_map_says(box, tmp_path):
    lifting, _, _ = lifted(box, tmp_path, Telling())
    (one,) = lifting.lifted
    gone = box[0].labels == 4
    assert one.nearness.shape == (HEIGHT, WIDTH) and np.isfinite(one.nearness).all()
    assert np.abs(one.nearness - near(box[0])[gone].max()).max() < 0.01
    solid = np.zeros((HEIGHT, WIDTH), bool)
    solid[one.y : one.y + one.alpha.shape[0], one.x : one.x + one.alpha.shape[1]] = one.alpha >= 200
    assert np.array_equal(one.nearness[solid & gone], near(box[0])[solid & gone])


@pytest.mark.parametrize("angle", [180.0, 37.0])
@pytest.mark.parametrize("how", [FRESH, {}], ids=["fresh", "repeat"])
def test_layers_know_nothing_of_an_object_that_is_gone(box, how, angle, tmp_path):
    """Though the map that they are told of still shows it."""
    scene, labels, _ = box
    lifting, asked, seer = lifted(box, tmp_path, Telling(), direction=angle, **how)
    (one,) = lifting.lifted
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[one.y : one.y + one.alpha.shape[0], one.x : one.x + one.alpha.shape[1]] = one.alpha
    split = separators.split(lifting.picture, asked, [separators.Removed(alpha > 0, one.foot)], seer)
    ground = near(scene, scene.layers[1].nearness[BEYOND:-BEYOND, BEYOND:-BEYOND])
    for rank in (1, 3):
        here = (split.labels == rank) & (scene.labels == 4)
        assert here.any() and np.abs(split.cuts[rank].nearness - ground)[here].max() < 0.1
    without = replace(scene, layers=scene.layers[:4])
    for index, canvas in enumerate(finished(split, Telling())):
        wrong = off_behind(scene, without, index, canvas)
        assert len(wrong) and wrong.mean() < 0.03 and (wrong > 0.13).mean() < ESTIMATED[bool(how)], scene.layers[index].name


def off_behind(scene, without, index, canvas):
    """As `off`, with the scale of the scene and the rows of what it shows without its object."""
    top, rgb, alpha = canvas
    layer = without.layers[index]
    true = np.full(alpha.shape, near(scene, np.float32(1.0 / layer.distance)))
    opaque = alpha == 255
    if layer.nearness is not None:
        true = near(scene, layer.nearness)[np.clip(np.arange(top, top + len(alpha)), 0, HEIGHT - 1) + BEYOND, :1] + np.zeros(alpha.shape)
        opaque &= seen_rows(without, index, top, len(alpha))[:, None]
    return np.abs(rgb[..., 0] / 255.0 - true)[opaque]


# -- where nobody asks -----------------------------------------------------------------------------------------------


class Keeping:
    """The built-in inpainter, which takes no notice of depth; keeps what it was asked."""

    def __init__(self):
        self.inpainter, self.holes = inpaint.best("AUTO"), []
        self.name = self.inpainter.name

    def paint(self, hole):
        self.holes.append(hole)
        return self.inpainter.paint(hole)


@pytest.mark.parametrize("how", [{"direction": 37.0, **FRESH}, {"direction": 180.0}], ids=["fresh", "repeat"])
def test_pixels_do_not_depend_on_whether_depth_is_carried(how, tmp_path):
    scene, made = truth.scene("blobs"), []
    for control in ("", "one"):
        inpainter = Keeping()
        split = separators.split(scene.source, settings(scene, tmp_path, **{**how, "control": control}), (), Knowing(near(scene)))
        made.append(finished(split, inpainter))
        assert inpainter.holes and all((hole.nearness is not None) == bool(control) for hole in inpainter.holes)
        assert all((cut.nearness is not None) == bool(control) for cut in split.cuts)
    for (top, rgb, alpha), (top_too, rgb_too, alpha_too) in zip(*made):
        assert top == top_too and np.array_equal(rgb, rgb_too) and np.array_equal(alpha, alpha_too)


def test_a_fill_that_is_no_model_asks_for_no_depth():
    assert carried.wanted(plain({"fill": "DIFFUSION", "control": "one"}))
    assert not carried.wanted(plain({"fill": "DIFFUSION"}))
    assert not carried.wanted(plain({"fill": "AUTO", "control": "one"}))


def test_an_object_s_map_is_not_made_where_nobody_asks(box, tmp_path):
    inpainter = Keeping()
    lifting, _, _ = lifted(box, tmp_path, inpainter, control="", removal_passes=1)
    assert lifting.lifted[0].nearness is None and inpainter.holes[0].nearness is None


def test_paint_that_was_told_another_depth_is_another(tmp_path):
    inpainter = Keeping()
    picture, mask = scenes.scene(64, 48).source, np.zeros((48, 64), bool)
    mask[20:30, 20:30] = True
    for level, asked in ((0.25, 1), (0.25, 1), (0.5, 2)):
        journal(tmp_path / "steps", inpainter).paint(Hole(picture, mask, nearness=np.full((48, 64), level, np.float32)))
        assert len(inpainter.holes) == asked


# -- where from ------------------------------------------------------------------------------------------------------


def banded(seer=None, **values):
    picture = scenes.scene(120, 90, layers=3).source
    return separators.split(picture, plain({"layers": 3, **CONTROL, **values}), (), seer)


def test_bands_ask_the_model_that_is_set():
    ramp = np.repeat(np.linspace(1.0, 0.0, 90, dtype=np.float32)[:, None], 120, axis=1)
    split = banded(Knowing(ramp))
    for rank, cut in enumerate(split.cuts):
        assert np.array_equal(cut.nearness[split.labels == rank], ramp[split.labels == rank])
    assert split.depth is None and not split.notes


def test_a_model_that_nothing_runs_is_said():
    with pytest.raises(ParallaxError, match="needs the neural engine"):
        banded(None)


@pytest.mark.parametrize("left_over", ["", "/nowhere/depth.png"])
def test_bands_without_a_model_are_guessed_at(left_over):
    pytest.importorskip("cv2")
    split = banded(None, depth_model="", depth_map=left_over)
    assert all(np.isfinite(cut.nearness).all() for cut in split.cuts)
    assert len(np.unique(split.cuts[-1].nearness[split.labels == 2])) > 10
    assert split.notes == ("Depth Control goes by a rough guess of the depth: choose a Depth Model for a better map",)


def test_without_opencv_bands_are_as_flat_as_their_distances(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    split = banded(None, depth_model="", distances=[4.0, 2.0, 1.0])
    wanted = (0.0, 1.0 / 3.0, 1.0)  # linear in 1 / distance
    for rank, cut in enumerate(split.cuts):
        assert np.allclose(cut.nearness[split.labels == rank], wanted[rank])
    assert split.notes == ("Depth Control goes by the distances of the layers: choose a Depth Model for a better map",)


def test_flat_layers_of_one_distance_are_equally_far():
    assert np.array_equal(depths.of_layers(np.array([[0, 1]], np.uint8), (3.0, 3.0)), np.zeros((1, 2), np.float32))


# -- the parts -------------------------------------------------------------------------------------------------------


def test_what_is_known_goes_on_sideways():
    ramp = np.repeat(np.linspace(0.0, 1.0, 120, dtype=np.float32)[:, None], 300, axis=1)
    known = ramp.copy()
    known[:, 160:] = np.nan
    known[30:60, 40:90] = np.nan
    found = carried.continued(known)
    assert np.array_equal(found[~np.isnan(known)], ramp[~np.isnan(known)])
    assert np.abs(found - ramp)[:, :260].max() < 0.06 and np.abs(found - ramp).max() < 0.1


def test_a_map_without_gaps_or_without_anything_stays_as_it_is():
    whole, nothing = np.full((5, 7), 0.25, np.float32), np.full((5, 7), np.nan, np.float32)
    assert carried.continued(whole) is whole and carried.continued(nothing) is nothing


def test_numbers_of_a_canvas_without_edges_are_kept_exactly_and_once():
    random, kept = np.random.default_rng(0), SparseMap()
    first, second = (random.random((700, 900)).astype(np.float32) for _ in range(2))
    mask = random.random((700, 900)) < 0.5
    kept.write(-300, 400, first, mask)
    kept.write(-300, 400, second, np.ones((700, 900), bool))
    found = kept.read(-310, 395, 920, 710)
    assert np.array_equal(found[5:705, 10:910], np.where(mask, first, second))
    assert np.isnan(found[:5]).all() and np.isnan(found[:, 910:]).all()
