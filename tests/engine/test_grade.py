"""The numbers behind the film's colour: white balance, tone curve, air; and what its presets say."""

import dataclasses
import json
import math

import numpy as np
import pytest
from PIL import Image

from engine.errors import ParallaxError
from engine.film import assets, grade, haze
from engine.film.grade import PRESETS, Grade
from engine.options import described, options


def balanced(values, of):
    """What white balance and tone curve make of a colour (3,), as Blender reckons them."""
    return [np.interp(1.0 - (1.0 - x) ** (1.0 / white), *zip(*grade.tone(of))) for x, white in zip(values, grade.white(of))]


@pytest.mark.parametrize("amount", [-1.0, -0.3, 0.3, 1.0])
def test_temperature_moves_red_and_blue_apart_and_keeps_white_black_and_grey_as_light(amount):
    red, green, blue = balanced((0.5,) * 3, Grade(temperature=amount))
    assert (red > green > blue) == (amount > 0) and red != blue
    assert green == pytest.approx(0.5, abs=0.01)
    for end in (0.0, 1.0):
        assert balanced((end,) * 3, Grade(temperature=amount)) == pytest.approx((end,) * 3)


@pytest.mark.parametrize("amount", [-1.0, 0.4])
def test_tint_moves_green_against_red_and_blue(amount):
    red, green, blue = balanced((0.5,) * 3, Grade(tint=amount))
    assert red == pytest.approx(blue) and (green < red) == (amount > 0)


@pytest.mark.parametrize("temperature, tint", [(0.0, 0.0), (1.0, -1.0), (-0.4, 0.9)])
def test_white_is_at_most_one_as_the_modifier_must_have_it(temperature, tint):
    values = grade.white(Grade(temperature=temperature, tint=tint))
    assert max(values) == 1.0 and min(values) > 0.0


@pytest.mark.parametrize("amount", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_contrast_is_the_slope_of_the_curve_at_the_middle_grey(amount):
    step = 1e-4
    slope = (grade.contrasted(0.5 + step, amount) - grade.contrasted(0.5 - step, amount)) / (2 * step)
    assert slope == pytest.approx(2.0**amount, rel=1e-3)
    assert grade.contrasted(0.5, amount) == pytest.approx(0.5)
    heights = [y for _, y in grade.tone(Grade(contrast=amount))]
    assert heights == sorted(heights) and heights[0] >= 0.0 and heights[-1] <= 1.0


def test_a_neutral_grade_is_known_as_one():
    assert not Grade().colours
    assert grade.white(Grade()) == (1.0, 1.0, 1.0) and all(x == pytest.approx(y) for x, y in grade.tone(Grade()))
    for name in ("temperature", "tint", "contrast", "saturation"):
        assert Grade(**{name: 0.5}).colours
    for name in ("lift", "gamma", "gain"):
        assert Grade(**{name: (1.0, 1.0, 1.1)}).colours
    assert not Grade(haze=0.5).colours  # that is the layers' own


def test_the_air_takes_its_share_of_the_farthest_layer_and_less_of_nearer_ones():
    distances = (5.0, 3.0, 1.0)
    dense = grade.density(0.6, distances)
    shares = [grade.hazed(dense, distance, 1.0) for distance in distances]
    assert shares == pytest.approx([0.6, 1.0 - math.sqrt(0.4), 0.0])  # half the way leaves the root of what the whole leaves
    assert grade.density(0.6, (2.0, 2.0)) == 0.0
    assert grade.hazed(grade.density(1.0, distances), 5.0, 1.0) == pytest.approx(grade.MOST)


def test_presets_are_looks_of_their_own_within_what_may_be_set():
    assert len({one.key for one in PRESETS}) == len({repr(one.grade) for one in PRESETS}) == len(PRESETS)
    assert {"moonlight", "golden_hour", "faded_print", "noir"} <= {one.key for one in PRESETS}
    for one in PRESETS:
        assert Grade.from_dict(dataclasses.asdict(one.grade)) == one.grade and one.grade.colours


def test_a_grade_is_read_from_text():
    read = Grade.from_text({"lift": "1, 0.9, 1.1", "temperature": "0.5", "haze_auto": "off", "haze_colour": "0.1,0.2,0.3"})
    assert read == Grade(lift=(1.0, 0.9, 1.1), temperature=0.5, haze_auto=False, haze_colour=(0.1, 0.2, 0.3))


def test_a_look_is_read_from_text_with_changes_to_it():
    noir = next(one.grade for one in PRESETS if one.key == "noir")
    assert Grade.from_text({"look": "Noir"}) == noir
    assert Grade.from_text({"look": "noir", "contrast": "0.1"}) == dataclasses.replace(noir, contrast=0.1)


@pytest.mark.parametrize("pairs, words", [
    ({"look": "sepia"}, "the looks are moonlight"),
    ({"gain": "1,2"}, "red, green and blue"), ({"gain": "1,3,1"}, "Gain's green must be from 0 to 2"),
    ({"gain": "a,1,1"}, "must be a number"),
    ({"temperature": "2"}, "Temperature must be from -1 to 1"), ({"warmth": "1"}, "no setting named"),
])
def test_what_cannot_be_is_refused_in_a_sentence(pairs, words):
    with pytest.raises(ParallaxError, match=words):
        Grade.from_text(pairs)


def test_every_setting_is_described():
    for name in options(Grade):
        assert options(Grade)[name].tip in described(name, Grade)
    assert "1,1,1" in described("lift", Grade)


def test_the_colour_of_the_air_is_that_of_what_is_seen_low_down_in_the_farthest_layer(tmp_path):
    tile = np.zeros((40, 20, 4), np.uint8)
    tile[:20] = 255, 255, 255, 255  # above the horizon's half: it does not count
    tile[20:, :10] = 200, 100, 50, 255
    tile[20:, 10:] = 0, 255, 0, 0  # see-through: nor does this
    Image.fromarray(tile).save(tmp_path / "tile.png")
    asset = assets.Asset.of("haze", ".json", "", tile=str(tmp_path / "tile.png"), written=1)
    assets.make(asset, tmp_path, lambda share: None)
    colour = json.loads((tmp_path / asset.file).read_text())["colour"]
    assert colour == pytest.approx(haze.linear(np.array([200, 100, 50]) / 255.0), abs=0.01)


def test_a_layer_that_is_gone_is_said_in_a_sentence(tmp_path):
    asset = assets.Asset.of("haze", ".json", "", tile=str(tmp_path / "none.png"), written=0)
    with pytest.raises(ParallaxError, match="cannot be read"):
        assets.make(asset, tmp_path, lambda share: None)
    assert not (tmp_path / asset.file).exists()
