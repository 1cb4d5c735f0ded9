"""Pieces of layers that belong to what stands around them."""

import numpy as np

from engine.layers.pieces import gathered

HEIGHT, WIDTH = 120, 160


def ranks() -> np.ndarray:
    """A sky, a ground, and something near that fills the lower half."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[40:60], labels[60:] = 1, 2
    return labels


def nothing() -> np.ndarray:
    return np.zeros((HEIGHT, WIDTH), bool)


def test_a_small_piece_of_ground_among_nearer_things_goes_with_them():
    labels = ranks()
    labels[80:90, 50:70] = 1
    assert (gathered(labels, nothing()) == ranks()).all()


def test_a_large_piece_of_ground_stays():
    labels = ranks()
    labels[70:110, 20:100] = 1
    assert (gathered(labels, nothing()) == labels).all()


def test_the_sky_is_seen_through_small_holes():
    labels = ranks()
    labels[80:90, 50:70] = 0
    assert (gathered(labels, nothing()) == labels).all()


def test_what_leans_on_something_nearer_goes_with_it():
    labels, fruit = ranks(), nothing()
    fruit[52:60, 60:100] = True  # on a bowl in the nearest layer, before the sky
    labels[40:60] = 0
    labels[fruit] = 1
    assert (gathered(labels, fruit)[fruit] == 1).all()  # more of its outline is before the sky
    labels[52:60, 56:60] = labels[52:60, 100:104] = 2
    assert (gathered(labels, fruit)[fruit] == 2).all()


def test_a_piece_goes_with_one_that_has_gone():
    labels = ranks() + (ranks() > 0)  # ranks 0, 2 and 3
    labels[80:90, 50:70], labels[83:87, 55:65] = 2, 1
    assert (gathered(labels, nothing())[75:95, 45:75] == 3).all()


def test_one_layer_and_one_pixel():
    for shape in ((1, 1), (1, 9), (30, 40)):
        labels = np.zeros(shape, np.uint8)
        assert (gathered(labels, np.zeros(shape, bool)) == labels).all()
