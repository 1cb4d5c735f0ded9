"""The unit way is the integral of its directions, whatever they are."""

import math

import numpy as np
import pytest

from engine.way import Way, unit

WAYS = {
    "one direction": [(0.0, 180.0)],
    "one, named in the middle": [(0.5, 33.0)],
    "a bend": [(0.0, 180.0), (1.0, 240.0)],
    "a bend in the middle": [(0.3, 170.0), (0.7, 80.0)],
    "there and back by half a circle": [(0.2, 0.0), (0.8, 180.0)],
    "a circle": [(0.0, 0.0), (1.0, 360.0)],
    "three circles the other way": [(0.1, 90.0), (0.9, 90.0 - 3 * 360.0)],
    "a corner": [(0.0, 0.0), (0.5, 0.0), (0.5, 90.0), (1.0, 90.0)],
    "corners at both ends": [(0.0, 45.0), (0.0, 90.0), (1.0, 90.0), (1.0, 200.0)],
    "a narrow bend": [(0.5, 0.0), (0.501, 180.0)],
    "over the zero": [(0.0, 350.0), (1.0, 370.0)],
}


def integrated(turns, share, count=200_000):
    """The place by adding up `count` small steps, with directions from a plain interpolation."""
    at = (np.arange(count) + 0.5) * share / count
    shares, directions = np.transpose(turns)
    angles = np.radians(np.interp(at, shares, directions))
    return np.array([np.cos(angles).mean(), -np.sin(angles).mean()]) * share


@pytest.mark.parametrize("name", WAYS)
def test_places_are_the_integral_of_the_directions(name):
    way = Way(WAYS[name])
    for share in (0.07, 0.25, 0.5, 0.5004, 0.77, 1.0):
        assert np.abs(way.place(share) - integrated(WAYS[name], share)).max() < 1e-5


@pytest.mark.parametrize("name", WAYS)
def test_the_way_begins_again_where_it_ended(name):
    way = Way(WAYS[name])
    for share in (0.0, 0.4, 0.9):
        assert np.allclose(way.place(share + 3.0), np.add(way.place(share), np.multiply(3.0, way.end)), rtol=0, atol=1e-12)
    assert math.dist(way.place(1.0 - 1e-9), way.place(1.0 + 1e-9)) < 3e-9


@pytest.mark.parametrize("name", WAYS)
def test_it_goes_at_speed_one_along_its_heading(name):
    way, step = Way(WAYS[name]), 1e-6
    for share in (0.013, 0.1501, 0.41, 0.6003, 0.83, 0.99):
        moved = np.subtract(way.place(share + step), way.place(share)) / step
        assert np.abs(moved - way.heading(share + step / 2)).max() < 1e-5
        assert np.allclose(way.heading(share), way.heading(share + 5.0), rtol=0, atol=1e-9)


def test_the_axes_are_exact():
    assert Way([(0.0, 180.0)]).place(0.25) == (-0.25, 0.0)
    assert Way([(0.0, 90.0), (1.0, 90.0)]).end == (0.0, -1.0)
    assert Way(WAYS["a corner"]).end == (0.5, -0.5)
    assert Way(WAYS["a circle"]).end == (0.0, 0.0)
    assert Way([(0.0, 170.0), (1.0, 190.0)]).end[1] == 0.0


@pytest.mark.parametrize(("turns", "moves"), [
    ([(0.0, 180.0)], (True, False)), ([(0.3, 90.0)], (False, True)), ([(0.0, 37.0)], (True, True)),
    ([(0.0, 0.0), (1.0, 360.0)], (True, True)), ([(0.0, 0.0), (0.5, 0.0), (0.5, 180.0)], (True, False)),
    ([(0.5, 0.0), (0.501, 180.0)], (True, True)),  # between all that a few looks would see
    ([(0.0, 0.0), (0.0, 90.0)], (False, True)),  # a direction that it never takes
])
def test_which_axes_it_moves_on(turns, moves):
    assert Way(turns).moves() == moves


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("length", [50.0, 20_000.0])
def test_straight_lines_between_its_shares_are_close_to_it(name, length):
    way = Way(WAYS[name])
    shares = way.shares(length, 0.25)
    assert shares[0] == 0.0 and shares[-1] == 1.0 and all(a < b for a, b in zip(shares, shares[1:]))
    worst = 0.0
    for a, b in zip(shares, shares[1:]):
        begin, end = np.multiply(way.place(a), length), np.multiply(way.place(b), length)
        for part in (0.2, 0.5, 0.7):
            on = np.multiply(way.place(a + (b - a) * part), length)
            along = (end - begin) / max(math.dist(begin, end), 1e-12)
            worst = max(worst, abs(along[0] * (on - begin)[1] - along[1] * (on - begin)[0]))
    assert worst < 0.26


def test_a_direction_is_a_unit_vector():
    assert [unit(angle) for angle in (0, 90, 180, -90, 720)] == [(1, 0), (0, -1), (-1, 0), (0, 1), (1, 0)]
