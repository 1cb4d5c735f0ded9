"""Layers cut out of the picture: shapes go on behind what hides them, and all layers laid over each other are the picture."""

import math

import numpy as np
import pytest

from engine import cuts, masks
from tests.truth import scenes as truth

NAMES = list(truth.MAKERS)
BORDER = 10.0  # pixels in which a soft edge is looked for


def band(labels, rows, value):
    labels[rows[0] : rows[1]] = value
    return labels


def test_a_horizon_goes_on_behind_a_wide_object():
    labels = band(np.zeros((120, 200), np.uint8), (70, 120), 1)
    hole = np.zeros(labels.shape, bool)
    hole[30:110, 40:170] = True
    assert np.array_equal(cuts.completed(np.where(hole, np.uint8(2), labels), hole), labels)


def test_a_slope_goes_on_behind_a_pole():
    ys, xs = np.mgrid[:120, :240]
    labels = (ys > 40 + xs * 0.2).astype(np.uint8)
    hole = np.zeros(labels.shape, bool)
    hole[:, 100:112] = True
    found = cuts.completed(np.where(hole, np.uint8(2), labels), hole)
    assert np.array_equal(found[~hole], labels[~hole])
    heights = (found == 1).sum(axis=0)[100:112]
    assert np.abs(heights - (labels == 1).sum(axis=0)[100:112]).max() <= 4
    assert (np.diff(found[:, 100:112].astype(int), axis=0) >= 0).all()  # sky above, hill below, nothing in between


def test_an_object_before_one_side_of_the_horizon_takes_from_beside_rather_than_from_above():
    labels = band(np.zeros((100, 240), np.uint8), (50, 100), 1)
    hole = np.zeros(labels.shape, bool)
    hole[20:100, :60] = True  # touches the frame's edge and its bottom
    found = cuts.completed(np.where(hole, np.uint8(3), labels), hole)
    assert (found == labels)[hole].mean() > 0.98


@pytest.mark.parametrize("hidden", [None, np.s_[20:60, 30:90], np.s_[:, :]], ids=["nothing", "a part", "all"])
def test_with_one_label_there_is_only_that(hidden):
    hole = np.zeros((80, 120), bool)
    if hidden:
        hole[hidden] = True
    found = cuts.completed(np.where(hole, np.uint8(5), np.uint8(3)), hole)
    assert found.shape == hole.shape and found.dtype == np.uint8
    assert (found == (0 if hole.all() else 3)).all()


def test_labels_that_are_seen_stay():
    labels = np.random.default_rng(1).integers(0, 5, (60, 90)).astype(np.uint8)
    hole = np.random.default_rng(2).random((60, 90)) < 0.3
    found = cuts.completed(labels, hole)
    assert np.array_equal(found[~hole], labels[~hole]) and found.max() <= 4


@pytest.fixture(scope="module")
def cut():
    """cut(name): the scene and its layers, cut by its true labels."""
    made = {}

    def of(name):
        if name not in made:
            scene = truth.scene(name)
            made[name] = scene, cuts.shaped(scene.source, scene.labels, len(scene.layers), BORDER)
        return made[name]

    return of


def composed(layers, blank=0):
    """The layers over each other, with `blank` where a colour is not known, and how much of each pixel that is."""
    seen, unsure = np.zeros(layers[0].rgb.shape, np.float64), np.zeros(layers[0].alpha.shape)
    for layer in layers:
        share = layer.alpha / 255.0
        colour = np.where(layer.known[..., None], layer.rgb, blank)
        seen = seen * (1.0 - share[..., None]) + colour * share[..., None]
        unsure = unsure * (1.0 - share) + ~layer.known * share
    return seen, unsure


@pytest.mark.parametrize("name", NAMES)
def test_layers_over_each_other_are_the_picture(cut, name):
    scene, layers = cut(name)
    seen, unsure = composed(layers)
    assert (unsure < 1e-6).mean() > 0.97  # what is unknown does not show, but where soft edges of several layers meet
    off = np.abs(seen - scene.source).max(axis=2)[unsure < 1e-6]
    assert off.mean() < 0.2 and np.percentile(off, 99.5) <= 1.5


@pytest.mark.parametrize("name", NAMES)
def test_what_is_known_of_a_layer_lies_in_its_shape_and_is_seen(cut, name):
    scene, layers = cut(name)
    assert (layers[0].alpha == 255).all()
    for rank, layer in enumerate(layers):
        assert layer.shaped and not (layer.known & (layer.alpha == 0)).any()
        own = scene.labels == rank
        deep = own & (scene.visible[rank] > 0.999)
        assert layer.known[deep].mean() > 0.96
        under = layer.known & (scene.labels > rank) & (scene.visible[rank] < 0.001)
        inner = ~masks.grow_all(scene.labels <= rank, math.ceil(BORDER / 2.0) + 1)
        assert not (under & inner).any()  # only under the soft edges of what is nearer
        if rank:
            assert layer.alpha[deep].mean() > 240


@pytest.mark.parametrize("name", NAMES)
def test_shapes_go_on_behind_nearer_layers_but_not_before_farther_ones(cut, name):
    scene, layers = cut(name)
    for rank in range(1, len(layers)):
        farther = (scene.labels < rank) & (scene.visible[:rank].sum(axis=0) > 0.999)
        assert layers[rank].alpha[farther].mean() < 4.0


def test_a_hidden_part_has_the_shape_of_what_hides_it_no_more(cut):
    """The field goes on as one piece behind the pickets of the fence, though no part of it is seen there."""
    scene, layers = cut("fence")
    hidden = scene.labels == 2
    true = scene.layers[1].alpha[truth.BEYOND : -truth.BEYOND, truth.BEYOND : -truth.BEYOND]
    found = layers[1].alpha / 255.0
    seen_through = layers[1].known & hidden
    assert layers[2].alpha[seen_through].max() < 255  # only under the soft edge
    assert seen_through[scene.visible[2] > 0.999].mean() < 0.005
    assert np.abs(found - true)[hidden].mean() < 0.06
    across = found[100:130]  # below the horizon all of it is field
    assert (across > 0.99).mean() > 0.98


def test_a_layer_that_has_nothing_in_the_picture_is_empty():
    scene = truth.scene("blobs")
    labels = np.where(scene.labels == 2, np.uint8(4), scene.labels)
    layers = cuts.shaped(scene.source, labels, 6, BORDER)
    assert len(layers) == 6
    for rank in (2, 3, 5):
        assert not layers[rank].alpha.any() and not layers[rank].known.any()
    assert layers[4].alpha.any()


@pytest.mark.parametrize("only", [0, 2])
def test_a_layer_that_is_all_of_the_picture(only):
    source = truth.scene("blobs").source
    layers = cuts.shaped(source, np.full(source.shape[:2], only, np.uint8), 3, BORDER)
    assert (layers[0].alpha == 255).all()
    assert (layers[only].alpha == 255).all() and layers[only].known.all() and np.array_equal(layers[only].rgb, source)
    assert only == 0 or not layers[0].known.any()


@pytest.mark.parametrize("width", [0.0, 0.5, 3.0, 40.0])
def test_any_width_of_the_border(width):
    scene = truth.scene("touching")
    layers = cuts.shaped(scene.source, scene.labels, 3, width)
    seen, unsure = composed(layers)
    sure = unsure < 1e-6
    assert np.abs(seen - scene.source)[sure].mean() < 0.6
    if width < 1.0:
        assert sure.all() and np.array_equal(seen, scene.source)
        assert all((layer.alpha[layer.known] == 255).all() for layer in layers)
