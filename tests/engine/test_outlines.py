"""Layers by outlines: on drawn pictures with known things, and on pictures of any size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.errors import ParallaxError
from engine.layers import outlines, subject
from engine.layers.regions import described, smoothed
from tests.bench import things
from tests.truth.landscapes import landscape

SEEDS = (1, 2, 4, 10, 16, 29, 1000, 1012, 1013, 1021)  # every place, most styles; the last ones were not tuned on


@pytest.fixture(scope="module")
def scores() -> list[things.Score]:
    return [things.score(landscape(seed), outlines.separate(landscape(seed).picture).labels) for seed in SEEDS]


def test_what_stands_stays_whole(scores):
    assert sum(score.whole for score in scores) > 0.85 * sum(score.things for score in scores)


def test_borders_follow_the_outlines(scores):
    assert np.nanmean([score.off for score in scores]) < 0.004


def test_little_of_what_is_behind_things_moves_with_them(scores):
    assert np.mean([score.dragged for score in scores]) < 0.045  # bands: 0.08


def test_bands_cut_the_same_things(scores):
    bands = [things.score(landscape(seed), things.by_bands(landscape(seed).picture)) for seed in SEEDS]
    assert sum(score.whole for score in bands) < 0.5 * sum(score.whole for score in scores)


def test_clouds_and_the_moon_stay_with_the_sky():
    scene = landscape(4)
    labels = outlines.separate(scene.picture).labels
    assert (labels[scene.floating & scene.free] == 0).mean() > 0.9


def test_the_same_picture_has_the_same_layers():
    picture = landscape(2).picture
    first, second = outlines.separate(picture), outlines.separate(picture)
    assert np.array_equal(first.labels, second.labels) and first.distances == second.distances


@pytest.mark.parametrize("layers", (2, 3, 5, 8))
def test_as_many_layers_as_asked_for(layers):
    made = outlines.separate(landscape(1).picture, layers)
    assert len(made.distances) == layers
    assert np.array_equal(np.unique(made.labels), np.arange(layers))


def test_distances_fall_and_neighbors_are_not_far_apart():
    for seed in (0, 1, 6):
        distances = np.array(outlines.separate(landscape(seed).picture).distances)
        assert len(distances) >= 3 and (np.diff(distances) < 0).all()
        assert (distances[:-1] / distances[1:]).max() <= 1.65 and 2.0 <= distances[0] / distances[-1] <= 3.5


def test_a_large_picture_has_borders_at_its_own_edges():
    picture = np.full((600, 1200, 3), (120, 170, 230), np.uint8)
    picture[400:] = (90, 140, 60)
    picture[150:560, 600:613] = (60, 30, 20)
    labels = outlines.separate(picture).labels
    pole = np.median(labels[540, 602:611])
    assert pole > 0
    assert (labels[160:550, 602:611] == pole).mean() > 0.98
    assert (labels[160:390, 560:597] == 0).mean() > 0.98 and (labels[160:390, 616:650] == 0).mean() > 0.98


@pytest.mark.parametrize("size", ((16, 16), (100, 100), (1, 1), (2, 90), (90, 2), (400, 60), (60, 700), (7, 300)))
def test_any_size(size):
    picture = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    made = outlines.separate(picture)
    assert made.labels.shape == size and made.labels.dtype == np.uint8
    assert np.array_equal(np.unique(made.labels), np.arange(len(made.distances)))


@pytest.mark.parametrize(
    "picture",
    (
        np.full((120, 160, 3), 90, np.uint8),
        np.zeros((50, 50, 3), np.uint8),
        np.repeat(np.arange(200, dtype=np.uint8)[:, None, None], 300, axis=1).repeat(3, axis=2),
    ),
)
def test_pictures_without_things(picture):
    made = outlines.separate(picture)
    assert 1 <= len(made.distances) <= 6 and int(made.labels.max()) == len(made.distances) - 1
    four = outlines.separate(picture, 4)
    assert np.array_equal(np.unique(four.labels), np.arange(4))


def test_more_layers_than_rows_are_refused():
    with pytest.raises(ParallaxError, match="at most 5 layers"):
        outlines.separate(np.zeros((5, 40, 3), np.uint8), 6)


def _bust(ground: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A head with hair and shoulders that the lower edge cuts, before a mottled wall; and its mask."""
    rng = np.random.default_rng(3)
    mottle = cv2.GaussianBlur(rng.normal(0, 60, (400, 320)).astype(np.float32), (0, 0), 12)[..., None]
    picture = np.clip(np.float32(ground) + mottle, 0, 255)
    mask = np.zeros((400, 320), np.uint8)
    for center, axes, color in (
        ((160, 400), (120, 130), (60, 110, 170)),
        ((160, 170), (80, 105), (90, 60, 40)),
        ((160, 185), (55, 78), (225, 175, 145)),
    ):
        cv2.ellipse(picture, center, axes, 0, 0, 360, color, -1, cv2.LINE_AA)
        cv2.ellipse(mask, center, axes, 0, 0, 360, 1, -1)
    return picture.astype(np.uint8), mask > 0


@pytest.mark.parametrize("ground", ((70, 95, 70), (190, 190, 200)))
def test_a_portrait_is_one_piece_before_its_background(ground):
    picture, mask = _bust(ground)
    made = outlines.separate(picture)
    near = made.labels[mask]
    assert len(made.distances) == 2
    assert (near == 1).mean() > 0.98 and (made.labels[~mask] == 0).mean() > 0.92  # what is below the hair goes with it
    assert made.sure > 0.6  # the edge of what goes with it lies on no outline


@pytest.mark.parametrize("seed", (23, 47, 1007, 1039))
def test_a_body_before_a_landscape_is_one_piece(seed):
    scene = landscape(seed)
    labels = outlines.separate(scene.picture).labels
    person = max(scene.things, key=lambda thing: thing.mask.sum())
    assert person.name == "person" and things.whole(person, labels, scene.free)


def test_what_cannot_be_told_apart_stays_together_unless_layers_are_asked_for():
    rng, picture = np.random.default_rng(5), np.full((200, 300, 3), 12, np.uint8)
    for x, y, radius in zip(rng.integers(0, 300, 90), rng.integers(0, 200, 90), rng.integers(1, 4, 90)):
        cv2.circle(picture, (int(x), int(y)), int(radius), (230, 220, 200), -1, cv2.LINE_AA)
    made = outlines.separate(picture)
    assert len(made.distances) == 1 and made.sure == 0.0
    assert len(outlines.separate(picture, 3).distances) == 3


def test_sky_between_branches_stays_with_the_sky():
    picture = np.full((400, 300, 3), (150, 190, 235), np.uint8)
    picture[330:] = (90, 130, 60)
    picture[110:180] = (40, 80, 30)  # a crown that reaches from side to side
    picture[180:350, 140:160] = (70, 50, 35)
    labels = outlines.separate(picture).labels
    assert (labels[200:310, 10:120] == 0).mean() > 0.95 and (labels[200:310, 180:290] == 0).mean() > 0.95
    assert (labels[115:175] > 0).mean() > 0.95 and (labels[190:320, 143:157] > 0).mean() > 0.95


def test_how_sure_the_layers_are():
    sure = np.array([outlines.separate(landscape(seed).picture).sure for seed in SEEDS])
    assert ((sure >= 0) & (sure <= 1)).all() and sure.mean() > 0.6
    assert outlines.separate(np.full((60, 80, 3), 90, np.uint8)).sure == 0.0


@pytest.mark.parametrize(("seed", "name"), ((28, "tower"), (52, "tower"), (11, "tree"), (56, "person")))
def test_roofs_crowns_and_bodies_stay_with_what_carries_them(seed, name):
    scene = landscape(seed)
    labels = outlines.separate(scene.picture).labels
    assert all(things.whole(thing, labels, scene.free) for thing in scene.things if thing.name == name and thing.stands_out)


def test_the_stripes_of_a_drawn_sky_are_one_sky():
    picture = np.empty((360, 540, 3), np.uint8)
    for row, color in ((0, (253, 226, 180)), (60, (252, 213, 150)), (120, (250, 198, 125)), (180, (210, 140, 120)), (260, (70, 55, 95))):
        picture[row:] = color  # the fourth are hills, the fifth is the ground
    cv2.circle(picture, (380, 110), 60, (255, 246, 225), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (140, 150), (50, 60), 0, 0, 360, (45, 95, 100), -1, cv2.LINE_AA)
    picture[200:300, 132:148] = (85, 60, 70)
    labels = outlines.separate(picture).labels
    assert (labels[:175, 215:] == 0).mean() > 0.98 and (labels[:175, :85] == 0).mean() > 0.98
    assert (labels[110:190, 115:165] > 0).mean() > 0.99 and (labels[265:] > 0).all()


def test_walls_in_another_light_are_one_room():
    rng, picture = np.random.default_rng(2), np.empty((360, 540, 3), np.float32)
    picture[:] = (188, 178, 160)  # the ceiling
    picture[90:260, 120:420] = (222, 212, 193)
    cv2.fillPoly(picture, [np.array([(0, 20), (120, 90), (120, 260), (0, 330)])], (165, 155, 137))
    cv2.fillPoly(picture, [np.array([(539, 20), (420, 90), (420, 260), (539, 330)])], (205, 195, 177))
    cv2.fillPoly(picture, [np.array([(0, 330), (120, 260), (420, 260), (539, 330), (539, 359), (0, 359)])], (120, 80, 45))
    cv2.rectangle(picture, (340, 140), (410, 275), (75, 45, 25), -1)
    labels = outlines.separate(np.clip(picture + rng.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)).labels
    assert (labels[100:250, 130:330] == 0).mean() > 0.98 and (labels[60:240, :100] == 0).mean() > 0.95
    assert (labels[60:240, 440:] == 0).mean() > 0.95
    case = labels[145:270, 345:405]
    assert (case == case[0, 0]).mean() > 0.98 and case[0, 0] > 0


def test_a_line_among_leaves_lies_on_no_outline():
    rng, picture = np.random.default_rng(8), np.full((300, 400, 3), (60, 90, 40), np.uint8)
    for x, y in zip(rng.integers(0, 400, 6000), rng.integers(0, 300, 6000)):
        cv2.circle(picture, (int(x), int(y)), 3, tuple(int(c) for c in rng.integers(20, 200, 3)), -1, cv2.LINE_AA)
    lab = smoothed(picture)
    line = np.zeros((300, 400), np.int32)
    line[150:] = 1
    assert subject.edged(line, lab) < 0.4
    assert subject.edged(line, np.where(line[..., None] == 1, np.float32(80), np.float32(20)) * np.ones(3, np.float32)) == 1.0


@pytest.mark.parametrize(("light", "goes"), ((62.0, True), (30.0, False)))
def test_a_lit_rim_along_a_subject_goes_with_it(light, goes):
    ids = np.zeros((200, 200), np.int32)
    ids[60:, 60:140] = 1
    ids[60:110, 140:143] = 2  # a sliver between the subject and its background
    lab = np.zeros((200, 200, 3), np.float32)
    lab[..., 0] = np.array([20.0, 50.0, light])[ids]
    inside = subject._with_rim(ids == 1, described(ids, lab), lab)
    assert (inside == ((ids == 1) | (ids == 2) & goes)).all()
