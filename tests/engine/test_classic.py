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


PROJECT = {  # of the shape of a whole project's file
    "created_at": "Sun Jan  5 10:00:00 2025", "project_name": "mill", "project_dir_path": "/projects/mill", "version": [0, 2, 1],
    "input_image_path": "/projects/mill/mill.png", "input_image_width": 1200, "input_image_height": 800,
    "direction": 0.0, "direction_theta": 0.0, "velocity_vector": [1, 0],
    "smoothness": 20, "seconds_per_step": 4, "fps": 25, "max_steps": 60, "total_steps": 9,
    "prompt_prepend": "a watercolor of a mill, ", "salient_objects": [["mill", "wheel"], ["willow"], ["bench"]],
    "layers": [
        {"height": 320, "distance": 500.0, "distance_ratio": 0.5, "velocity": [20.0, 0.0], "steps_x": 60, "steps_y": 0},
        {"height": 280, "distance": 300.0, "distance_ratio": 0.3, "velocity": [36, 0.0], "steps_x": 34, "steps_y": 0},
        {"height": 200, "distance": 200.0, "distance_ratio": 0.2, "velocity": [50.5, 0.0], "steps_x": 24, "steps_y": 0}],
    "salient_object_layers": [
        {"index": 1, "name_prefix": "old_willow", "prompt_tags": "tree . willow", "parent_layer_index": 1,
         "alpha_layer_fullpath": "/projects/mill/willow_alpha.png", "base_layer_fullpath": "/projects/mill/base.png",
         "layer_height_breakpoints": [0, 310, 590],
         "layer_config": {"height": 150, "distance": 250.0, "distance_ratio": 0.25, "velocity": [45.0, 0.0], "steps_x": 20, "steps_y": 0}}],
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
    assert (settings.style, settings.content, settings.loop, settings.keep_mount) == ("CUSTOM", "REPEAT", True, True)
    assert settings.heights == pytest.approx((30.0, 30.0))
    assert settings.objects[0].tags == "church, boat"
    assert motion.speeds(settings, width) == pytest.approx((40 * 1 / 8, 40 * 3 / 8, -30.0))  # pixels per step
    assert motion.far_to_near(settings) == (0, 1, 2)
    for word in ("shares", "pixels per step", "neural engine", "smoothness"):
        assert sum(word in note for note in found.notes) == 1


def test_what_is_not_said_stays_and_what_is_not_known_is_named(read):
    found = read({"fps": "25", "colour": "red", "layers": [{"distance": 2, "blur": 3}, {"distance": 1, "blur": 1}]})
    assert set(found.values) == {"fps", "layers", "law", "distances", *classic.EXPLICIT}
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


def test_a_whole_project_is_taken_over(read):
    found = read(PROJECT)
    settings = Settings.from_dict(found.values)
    assert (settings.style, settings.separator, settings.content, settings.keep_mount) == ("CUSTOM", "BANDS", "REPEAT", True)
    assert (settings.direction, settings.fps, settings.seconds_per_step) == (0.0, 25.0, 4.0)
    assert (settings.length, settings.steps, settings.loop) == ("STEPS", 9, False)
    assert settings.prompt == "a watercolor of a mill"
    assert settings.heights == pytest.approx((40.0, 35.0))
    plan = motion.plan(settings, 1200, 800)
    assert [plan.pixels_per_second(layer) for layer in range(3)] == pytest.approx([20.0 / 4, 36.0 / 4, 50.5 / 4])
    assert plan.seconds == pytest.approx(36.0) and all(x > 0.0 and y == 0.0 for x, y in plan.velocities)
    assert motion.far_to_near(settings) == (0, 1, 2)  # the smallest distance is in front, as it is the fastest
    assert [(one.name, one.tags) for one in settings.objects] == [
        ("Mill", "mill, wheel"), ("Old Willow", "willow"), ("Bench", "bench")]
    assert [(one.motion, one.factor) for one in settings.objects] == [
        ("LAYER", 1.0), ("FACTOR", pytest.approx(45.0 / 36.0)), ("LAYER", 1.0)]


def test_every_key_of_a_project_counts_or_is_named_in_a_note(read):
    project = PROJECT | {"colour_depth": 8, "layers": [{**one, "blur": 1} for one in PROJECT["layers"]],
                         "salient_object_layers": [{**PROJECT["salient_object_layers"][0], "opacity": 1.0}]}
    notes = " ".join(read(project).notes)
    understood = {"direction", "direction_theta", "velocity_vector", "smoothness", "seconds_per_step", "fps", "prompt_prepend", "layers",
                  "salient_object_layers", "input_image_width", "input_image_height"}
    assert {name for name in project if name not in notes} <= understood
    for word in ("Unknown keys ignored: colour_depth", "blur of a layer", "opacity of an object", "alpha_layer_fullpath",
                 "layer_height_breakpoints", "pixels, as they add up to 800", "9 steps (total_steps)", "layer 2 there at 1.25 times",
                 "tree, willow"):
        assert word in notes, word


@pytest.mark.parametrize(("prefix", "tags", "name"), [
    ("salient_object_2", ["willow", "bench"], "Willow"), ("salient_object", ["old tree"], "Old Tree"),
    ("salient_tree_2", ["willow"], "Salient Tree 2"), (None, ["willow"], "Willow")])
def test_an_object_is_called_by_its_prefix_or_its_first_tag(read, prefix, tags, name):
    found = read({"salient_objects": [tags], "salient_object_layers": [{"index": 0, "name_prefix": prefix}]})
    assert [one["name"] for one in found.values["objects"]] == [name]


def test_an_object_without_tags_is_skipped_and_that_is_said(read):
    found = read({"salient_objects": [["mill"]], "salient_object_layers": [{"index": 4, "name_prefix": "boat"}]})
    assert [one["name"] for one in found.values["objects"]] == ["Mill"]
    assert "Object 5 of salient_object_layers has no entry in salient_objects and was skipped" in found.notes


@pytest.mark.parametrize(("direction", "vector", "velocities", "speeds", "angle"), [
    (180.0, [-1, 0], [[-12, 0], [-30, 0]], (12, 30), 180.0), (0, None, [[12, 0], [-30, 0]], (12, -30), 0.0),
    (90.0, [0, -1], [[0, -12], [0, -30]], (12, 30), 90.0), (90.0, [0, 1], [[0, 12], [0, 30]], (12, 30), 90.0),  # y counted down, and up
    (None, [0, 1], [[0, 12], [0, 30]], (12, 30), 270.0), (None, [-1, 0], [[-12, 0], [-30, 0]], (12, 30), 180.0),
    (45.0, [1, -1], [[3, -3], [6, -6]], (3 * 2**0.5, 6 * 2**0.5), 45.0),
])
def test_pairs_are_measured_along_the_direction(read, direction, vector, velocities, speeds, angle):
    found = read({"direction": direction, "velocity_vector": vector, "layers": [{"velocity": pair} for pair in velocities]})
    settings = Settings.from_dict(found.values)
    assert settings.speeds == pytest.approx(speeds) and settings.direction == pytest.approx(angle)
    assert not any("another way" in note for note in found.notes)


def test_a_velocity_across_the_direction_is_said(read):
    found = read({"direction": 0, "velocity_vector": [0, 1], "layers": [{"velocity": [3, 4]}]})
    assert found.values["speeds"] == pytest.approx([3.0])
    assert sum("another way" in note for note in found.notes) == 2


def test_speeds_are_of_the_picture_that_is_there(read):
    found = read(PROJECT, width=600)
    assert found.values["speeds"] == pytest.approx([2.5, 4.5, 6.3125])
    assert motion.speeds(Settings.from_dict({**found.values, "speeds": [None] * 3, "law": "DIRECT"}), 600) == pytest.approx(
        (0.5 * 10, 0.3 * 10, 0.2 * 10))  # the 20 pixels that layers share in a step are 10 here
    assert any("1200 pixels wide" in note for note in found.notes)


@pytest.mark.parametrize(("values", "steps"), [
    ({"total_steps": 7, "max_steps": 40}, 7), ({"max_steps": 40}, 40), ({"total_steps": 0, "max_steps": 12}, 12),
    ({"layers": [{"distance": 1, "steps_x": 11, "steps_y": 0}, {"distance": 2, "steps_x": 5, "steps_y": 13}]}, 13)])
def test_steps_are_what_was_asked_for_or_until_all_have_crossed(read, values, steps):
    settings = Settings.from_dict(read({"fps": 24, **values}).values)
    assert (settings.length, settings.steps, settings.loop) == ("STEPS", steps, False)


@pytest.mark.parametrize(("values", "height", "percent"), [
    ({"layers": [{"height": 450}, {"height": 150}]}, 600, [75.0]),  # of the picture
    ({"layers": [{"height": 450}, {}], "input_image_height": 600}, None, [75.0]),
    ({"layers": [{}, {}], "layer_height_breakpoints": [0, 150], "input_image_height": 600}, None, [25.0]),
    ({"layers": [{"height": 30}, {"height": 70}]}, 600, [30.0]), ({"layers": [{"height": 0.3}, {"height": 0.7}]}, 600, [30.0])])
def test_heights_in_pixels(read, values, height, percent):
    assert Settings.from_dict(read(values, height=height).values).heights == pytest.approx(percent)


def test_a_matte_beside_the_file_is_the_objects_mask(read, tmp_path):
    (tmp_path / "willow_alpha.png").write_bytes(b"")
    found = read(PROJECT)
    assert [one.get("mask", "") for one in found.values["objects"]] == ["", str(tmp_path / "willow_alpha.png"), ""]


@pytest.mark.parametrize(("values", "words"), [
    ({"velocity_vector": [1]}, "velocity_vector"), ({"layers": [{"velocity": [1, 2, 3]}]}, "velocity of layer 1"),
    ({"layers": [{"height": 700}, {"height": 240}], "input_image_height": 800}, "the picture's 800 for pixels"),
    ({"fps": 24, "total_steps": -3}, "total_steps"), ({"fps": 24, "salient_object_layers": 3}, "salient_object_layers"),
    ({"layer_height_breakpoints": [0, 1], "layers": [{}] * 3}, "layer_height_breakpoints"),
    ({"salient_objects": [["boat", 3]]}, "salient_objects"),
    ({"salient_objects": [["boat"]], "salient_object_layers": [{"index": 0, "layer_config": 3}]}, "layer_config"),
], ids=str)
def test_what_is_wrong_in_a_project_is_said_in_one_sentence(read, values, words):
    test_what_is_wrong_is_said_in_one_sentence(read, values, words)
