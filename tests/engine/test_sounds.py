"""The laws of distance against what is known of sound in air."""

import math

import pytest

from engine.errors import ParallaxError
from engine.film import hearing
from engine.film.sounds import Sound


def decibels(factor):
    return 20.0 * math.log10(factor)


@pytest.mark.parametrize("law, lost", [("INVERSE", 6.02), ("SQUARE", 12.04), ("NONE", 0.0)])
def test_twice_the_distance(law, lost):
    assert decibels(hearing.volume(law, 1.0, 0.0) / hearing.volume(law, 2.0, 0.0)) == pytest.approx(lost, abs=0.01)
    assert hearing.volume(law, 1.0, -6.0206) == pytest.approx(0.5, abs=1e-4)


def test_sound_goes_343_metres_a_second():
    assert hearing.delay(3.43, 100.0) == pytest.approx(1.0)


@pytest.mark.parametrize("hertz, decibels_a_kilometre", [
    (125, 0.3), (250, 1.1), (500, 2.8), (1000, 5.0), (2000, 9.0), (4000, 22.9), (8000, 76.6)])
def test_air_damps_as_the_table_of_iso_9613_2_says_for_20_degrees_and_70_percent(hertz, decibels_a_kilometre):
    assert 1000.0 * hearing.air(hertz) == pytest.approx(decibels_a_kilometre, rel=0.04, abs=0.05)


def test_what_is_farther_is_duller():
    near, far = dict(hearing.damping(1.0, 100.0, 1.0)), dict(hearing.damping(4.0, 100.0, 1.0))
    assert far[8000.0] == pytest.approx(4.0 * near[8000.0]) and far[8000.0] < -30.0
    assert far[250.0] > -1.0
    assert min(dict(hearing.damping(1e6, 100.0, 1.0)).values()) == hearing.DEEPEST
    assert hearing.damping(4.0, 100.0, 0.0) == ()


def test_pan_follows_the_place_and_stops_at_the_borders():
    assert [hearing.pan(x, 200.0) for x in (-50.0, 0.0, 100.0, 150.0, 200.0, 300.0)] == [-1.0, -1.0, 0.0, 0.5, 1.0, 1.0]


def test_what_repeats_is_heard_where_its_nearest_copy_is():
    assert hearing.pan(-250.0, 200.0, 300.0) == pytest.approx(-0.5)
    assert hearing.pan(650.0, 200.0, 300.0) == pytest.approx(-0.5)


def test_swell_is_in_proportion_to_the_speed():
    path = [(0.0, 0.0), (3.0, 4.0), (13.0, 4.0), (13.0, 4.0), (13.0, 4.0)]
    assert hearing.swell(path, 1.0) == [0.5, 1.0, 0.0, 0.0, 0.0]
    assert hearing.swell(path, 0.5) == [0.75, 1.0, 0.5, 0.5, 0.5]
    assert hearing.swell([(2.0 * x, 0.0) for x in range(5)], 1.0) == [1.0] * 5
    assert hearing.swell([(7.0, 7.0)] * 3, 1.0) == [1.0] * 3


def test_fades_reach_no_further_than_the_middle():
    assert [hearing.fade(frame, 1, 41, 10) for frame in (1, 6, 11, 36, 41)] == [0.0, 0.5, 1.0, 0.5, 0.0]
    assert hearing.fade(21, 1, 41, 100) == 1.0
    assert hearing.fade(1, 1, 41, 0) == 1.0


def test_as_few_keys_as_keep_within_the_tolerance():
    wave = [(frame, math.sin(frame / 15.0)) for frame in range(200)]
    kept = hearing.lines(wave, 0.02)
    assert 5 < len(kept) < 40 and kept[0] == wave[0] and kept[-1] == wave[-1]
    for (x, y), (x2, y2) in zip(kept, kept[1:]):
        assert all(abs(value - y - (y2 - y) * (frame - x) / (x2 - x)) <= 0.02 for frame, value in wave[x : x2 + 1])
    assert hearing.lines([(frame, 2.0 * frame) for frame in range(50)], 0.02) == ((0, 0.0), (49, 98.0))
    assert hearing.lines([(frame, 0.5) for frame in range(50)], 0.02) == ((0, 0.5),)


def test_a_sound_is_read_from_text_and_refused_with_a_sentence():
    sound = Sound.from_text({"source": "rain", "layer": "2", "gain": "-6", "pan": "off", "damping": "2"})
    assert (sound.source, sound.layer, sound.gain, sound.pan, sound.damping) == ("RAIN", 2, -6.0, False, 2.0)
    with pytest.raises(ParallaxError, match="Source must be one of WIND, RAIN"):
        Sound.from_text({"source": "thunder"})
