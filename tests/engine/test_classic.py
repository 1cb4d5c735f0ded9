"""The classic settings file: what it says, how that is understood, and how what is wrong is refused."""

import json

import pytest

from engine import classic, motion
from engine.errors import ParallaxError
from engine.settings import Settings

WHOLE = {
    "direction": "left", "smoothness": 40, "seconds_per_step": 2, "fps": 30, "prompt_prepend": "an oil painting of",
    "salient_objects": ["church", "boat"],
    "layers": [{"height": 0.3, "distance": 1}, {"height": 0.3, "distance": 3}, {"height": 0.4, "distance": 4, "velocity": -30}],
}


@pytest.fixture
def read(tmp_path):
    def read(content, **more):
        path = tmp_path / "config.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return classic.read(path, **more)

    return read


@pytest.mark.parametrize("width", [1600, 800])
def test_layers_move_as_the_classic_formula_says(read, width):
    found = read(WHOLE, width=width)
    settings = Settings.from_dict(found.values)
    assert (settings.direction, settings.fps, settings.seconds_per_step, settings.law) == (180.0, 30.0, 2.0, "DIRECT")
    assert (settings.separator, settings.layers, settings.prompt) == ("BANDS", 3, "an oil painting of")
    assert settings.heights == pytest.approx((30.0, 30.0))
    assert settings.objects[0].tags == "church, boat"
    assert motion.speeds(settings, width) == pytest.approx((40 * 1 / 8, 40 * 3 / 8, -30.0))  # pixels per step
    assert motion.far_to_near(settings) == (0, 1, 2)
    for word in ("shares", "pixels per step", "neural engine", "smoothness"):
        assert sum(word in note for note in found.notes) == 1


def test_what_is_not_said_stays_and_what_is_not_known_is_named(read):
    found = read({"fps": "25", "colour": "red", "layers": [{"distance": 2, "blur": 3}, {"distance": 1, "blur": 1}]})
    assert set(found.values) == {"fps", "separator", "layers", "law", "distances"}
    assert found.values["fps"] == 25.0 and len(found.notes) == 1
    assert "colour" in found.notes[0] and found.notes[0].count("blur of a layer") == 1


@pytest.mark.parametrize(("heights", "percent", "word"), [
    ([0.25, 0.75], [25.0], "shares"), ([25, 75], [25.0], "percent"), ([33, 33, 33], [100 / 3] * 2, "percent"),
    ([0.2, 0.3, None], [20.0, 30.0], "shares"), ([20, 30, None], [20.0, 30.0], "percent"),
])
def test_heights_are_shares_or_percent_by_their_sum(read, heights, percent, word):
    found = read({"layers": [{"height": height} for height in heights]})
    assert Settings.from_dict(found.values).heights == pytest.approx(percent)
    assert len(found.notes) == 1 and word in found.notes[0]


@pytest.mark.parametrize(("direction", "angle"), [
    ("right", 0), ("Up", 90), ("down", 270), ("up-left", 135), (37.5, 37.5), ("down right", 315)])
def test_directions(read, direction, angle):
    assert read({"direction": direction}).values["direction"] == pytest.approx(angle)


def test_velocities_alone_say_what_is_in_front(read):
    settings = Settings.from_dict(read({"layers": [{"velocity": 30}, {"velocity": 0}, {"velocity": 5}]}).values)
    assert motion.speeds(settings, 1600) == (30.0, 0.0, 5.0) and motion.far_to_near(settings) == (1, 2, 0)


@pytest.mark.parametrize(("content", "words"), [
    ("{", "line 1"), ("[]", "braces"), ('{"a": 1}', "none of"), ({"direction": "sideways"}, "sideways"),
    ({"direction": "left right"}, "one way"),
    ({"fps": None, "smoothness": 0}, "above 0"), ({"smoothness": True}, "number"), ('{"fps": NaN}', "number"), ({"fps": 1e9}, "Frame Rate"),
    ({"smoothness": 1e9}, "Smoothness"), ({"layers": 3}, "list"), ({"layers": []}, "list"), ({"layers": [{}] * 33}, "32"),
    ({"layers": [{"height": 0.5}, {}, {"height": 0.5}]}, "Layer 2 has no height"), ({"layers": [{"height": 300}, {"height": 240}]}, "540"),
    ({"layers": [{"height": 0.3}, {"height": 0.3}]}, "add up to 0.6"), ({"layers": [{"height": -1}, {"height": 2}]}, "layer 1"),
    ({"layers": [{"distance": 1}, {}]}, "Layer 2 has neither"), ({"layers": [{"distance": 1}, {"velocity": 3}]}, "Layer 2 has no distance"),
    ({"layers": [{"distance": 0}]}, "above 0"), ({"layers": [{"velocity": "fast"}]}, "velocity of layer 1"),
    ({"salient_objects": [3]}, "salient_objects"), ({"prompt_prepend": ["a"]}, "prompt_prepend"),
    ({"seconds_per_step": 0}, "Step Time"),
    ({"layers": [{"velocity": 3}], "seconds_per_step": 0}, "seconds_per_step"), ("[" * 100000, "JSON"),
], ids=str)
def test_what_is_wrong_is_said_in_one_sentence(read, content, words):
    with pytest.raises(ParallaxError) as caught:
        read(content)
    assert words in str(caught.value) and str(caught.value).startswith("config.json") and "\n" not in str(caught.value)


def test_no_file_and_no_text(tmp_path):
    with pytest.raises(ParallaxError, match="cannot be read"):
        classic.read(tmp_path / "none.json")
    (tmp_path / "picture.json").write_bytes(bytes(range(256)))
    with pytest.raises(ParallaxError, match="JSON"):
        classic.read(tmp_path / "picture.json")
