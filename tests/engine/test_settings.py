"""Every setting has a default that works, and every bad value is refused by a sentence that names the setting."""

import json
import math

import pytest

from engine.errors import ParallaxError
from engine.settings import Settings, options

LISTS = ["heights", "distances", "speeds", "factors", "turns", "hidden"]
NUMBERS = [name for name, option in options().items() if option.low is not None and name not in LISTS]
TEXTS = [name for name, option in options().items() if option.kind in ("text", "file", "folder", "model")]
SWITCHES = [name for name, value in Settings().to_dict().items() if isinstance(value, bool)]
CHOICES = [name for name, option in options().items() if option.items]


def refused(values, *words):
    """The sentence by which values are refused; it must hold these words."""
    with pytest.raises(ParallaxError) as caught:
        Settings.from_dict(values)
    sentence = str(caught.value)
    for word in words:
        assert word in sentence
    assert "\n" not in sentence and len(sentence) < 900
    return sentence


def test_every_kind_of_setting_is_covered_by_these_tests():
    assert set(NUMBERS) | set(SWITCHES) | set(CHOICES) | set(TEXTS) | {*LISTS, "objects", "redos"} == set(options())


def test_defaults_are_valid_and_survive_json():
    assert Settings.from_dict(json.loads(json.dumps(Settings().to_dict()))) == Settings()
    assert Settings.from_dict({}) == Settings()


def test_settings_survive_json():
    values = {"direction": -37.25, "layers": 3, "heights": [20, 30], "distances": [9.5, 4, 1], "speeds": [None, -3.5, 0]}
    values |= {"law": "DIRECT", "length": "DURATION", "duration": 12.5, "loop": False, "content": "FRESH", "fill": "QUILT", "seed": 7}
    settings = Settings.from_dict(values)
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
    assert settings.speeds == (None, -3.5, 0.0)


def test_every_default_lies_in_its_range_and_every_setting_is_explained():
    for name, option in options().items():
        value = Settings().to_dict()[name]
        assert option.label and option.tip and not option.tip.endswith(".")
        if name in NUMBERS:
            low, high = option.soft or (option.low, option.high)
            assert option.low <= low < high <= option.high
            assert option.low <= value <= option.high


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "12", True, None, [1], {}], ids=repr)
def test_a_number_must_be_a_finite_number(name, value):
    refused({name: value}, options()[name].label)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_must_lie_in_its_range(name):
    option = options()[name]
    kind = type(Settings().to_dict()[name])
    for value in (option.low - 1, option.high + 1, option.high * 1e30):
        refused({name: value}, option.label)
    for value in (option.low, option.high):
        accepted = Settings.from_dict({name: kind(value)})
        assert getattr(accepted, name) == value and type(getattr(accepted, name)) is kind


@pytest.mark.parametrize("name", ["layers", "steps", "seed", "max_width"])
def test_a_count_must_be_whole(name):
    refused({name: 2.5}, options()[name].label, "whole")
    assert getattr(Settings.from_dict({name: 2.0}), name) == 2


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("value", [0, 1, "on", None, []], ids=repr)
def test_a_switch_must_be_on_or_off(name, value):
    refused({name: value}, options()[name].label)


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("value", ["", "perspective", "NOTHING", 1, None, True, [], {}], ids=repr)
def test_a_choice_must_be_one_of_its_items(name, value):
    refused({name: value}, options()[name].label, options()[name].items[0][0])


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, -math.inf, "near", "", True, None, [1]], ids=repr)
def test_a_distance_must_be_a_number_above_zero(value):
    refused({"layers": 2, "distances": [value, 1.0]}, "Distances", "layer 1")
    refused({"layers": 2, "distances": [1.0, value]}, "Distances", "layer 2")


@pytest.mark.parametrize("value", [math.nan, math.inf, "fast", True, 1e7], ids=repr)
def test_a_speed_must_be_a_finite_number_or_none(value):
    refused({"layers": 2, "speeds": [None, value]}, "Speeds", "layer 2")


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("value", ["30,70", 5, None, {"0": 1}, True], ids=repr)
def test_a_list_must_be_a_list(name, value):
    refused({name: value}, options()[name].label)


def test_heights_must_add_up():
    refused({"layers": 3, "heights": [30, 30, 30]}, "eights", "90")
    refused({"layers": 3, "heights": [50, 50, 50]}, "eights", "150")
    refused({"layers": 3, "heights": [60, 40]}, "eights", "100")
    refused({"layers": 3, "heights": [60, 60]}, "eights", "120")
    refused({"layers": 3, "heights": [0, 40]}, "height")
    refused({"layers": 3, "heights": [100, 0, 0]}, "height")
    refused({"layers": 2, "heights": [-10]}, "eights", "layer 1")
    refused({"layers": 2, "heights": [101]}, "eights", "layer 1")
    refused({"layers": 2, "heights": [math.nan]}, "eights")


def test_heights_may_leave_out_the_last_and_need_not_be_exact_to_the_last_digit():
    assert Settings.from_dict({"layers": 3, "heights": [30, 30]}).heights == (30.0, 30.0)
    thirds = [100 / 3, 100 / 3, 100 / 3]
    assert Settings.from_dict({"layers": 3, "heights": thirds}).heights == tuple(thirds)
    assert Settings.from_dict({"layers": 3, "heights": [33.333, 33.333, 33.334]}).layers == 3


@pytest.mark.parametrize(("name", "counts"), [("heights", (1, 4)), ("distances", (1, 2, 4)), ("speeds", (1, 2, 4))])
def test_a_list_must_have_as_many_values_as_there_are_layers(name, counts):
    for count in counts:
        sentence = refused({"layers": 3, name: [5.0] * count}, name)
        assert "3" in sentence and str(count) in sentence


def test_an_unknown_name_is_refused_with_the_one_that_was_meant_or_all_there_are():
    refused({"distance": 3}, "'distance'", "did you mean distances")
    refused({"zzz": 3}, "'zzz'", *options())


def test_fresh_content_cannot_loop():
    refused({"content": "FRESH", "seams": "PAINT"}, "loop", "Content")
    assert Settings.from_dict({"content": "FRESH", "seams": "PAINT", "loop": False}).content == "FRESH"


@pytest.mark.parametrize("angle", [-90, 450, 1e5, -1e5, 0.001, 360])
def test_any_angle_is_welcome(angle):
    assert Settings.from_dict({"direction": angle}).direction == angle


def test_settings_are_read_from_text():
    typed = {"direction": "-90", "layers": " 3 ", "heights": "30, 20,50", "distances": "1e1,5,1", "speeds": "none,,-4.5"}
    typed |= {"law": "direct", "length": "Steps", "steps": "7", "loop": "off", "grow": "Yes", "fill": "quilt", "fps": "29.97"}
    meant = {"direction": -90.0, "layers": 3, "heights": [30, 20, 50], "distances": [10, 5, 1], "speeds": [None, None, -4.5]}
    meant |= {"law": "DIRECT", "length": "STEPS", "steps": 7, "loop": False, "grow": True, "fill": "QUILT", "fps": 29.97}
    assert Settings.from_text(typed) == Settings.from_dict(meant)


@pytest.mark.parametrize("value", [True, False])
def test_switches_are_read_from_text(value):
    for text in ("on", "TRUE", "1", "yes") if value else ("off", "False", "0", "no"):
        assert Settings.from_text({"loop": text}).loop is value


def test_an_empty_text_means_the_default_of_a_list():
    assert Settings.from_text({"heights": "", "speeds": " "}) == Settings()


NONSENSE = [
    ("layers", "many"), ("layers", "2.5"), ("layers", ""), ("fps", "nan"), ("fps", "inf"), ("heights", "30;70"),
    ("distances", "1,,3,4,5"), ("distances", "0,1,1,1,1"), ("loop", "maybe"), ("law", "newton"), ("speeeds", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), NONSENSE)
def test_text_that_means_nothing_is_refused_by_name(name, text):
    with pytest.raises(ParallaxError) as caught:
        Settings.from_text({name: text})
    label = options()[name].label if name in options() else name
    assert label in str(caught.value)


def test_lengths_scale_with_the_width():
    assert Settings().scaled(16.0, 1600) == 16.0
    assert Settings().scaled(16.0, 800) == 8.0
