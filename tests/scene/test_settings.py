"""The panel's settings are the engine's settings."""

import bpy
import pytest

from tests import harness


@pytest.fixture
def props(blank):
    return bpy.context.scene.infinite_parallax


def engine():
    return harness.part("engine.settings")


def test_every_engine_setting_can_be_set_and_read_back(props):
    properties = harness.part("scene.properties")
    values = {"direction": -405.5, "layers": 3, "heights": [20.0, 30.0, 50.0], "distances": [9.0, 2.5, 1.0], "speeds": [None, -12.5, None],
              "law": "DIRECT", "smoothness": 2.5, "seconds_per_step": 0.5, "length": "DURATION", "steps": 7, "duration": 3.0, "fps": 12.5,
              "loop": False, "content": "FRESH", "fill": "QUILT", "seed": 123456789, "overlap": 3.0, "grow": False, "taper": 1.0,
              "blur": 2.0, "lerp_alpha": 0.5, "falloff": 2.0, "feather": 5.0, "max_width": 640}
    assert set(values) == set(engine().options())
    wanted = engine().Settings.from_dict(values)
    properties.from_settings(props, wanted)
    read = properties.to_settings(props).to_dict()
    assert read.pop("heights") == pytest.approx(values["heights"][:2])
    for name, value in read.items():
        assert value == pytest.approx(wanted.to_dict()[name]), name


def test_a_new_scene_has_the_engines_defaults(props):
    read = harness.part("scene.properties").to_settings(props).to_dict()
    for name, value in engine().Settings().to_dict().items():
        assert read[name] == pytest.approx(value), name


def test_labels_and_tips_are_the_engines(props):
    for name, option in engine().options().items():
        rna = props.bl_rna.properties.get(name)
        if rna:
            assert (rna.name, rna.description) == (option.label, option.tip)
            assert not rna.description.endswith(".")


def test_a_new_number_of_layers_keeps_what_was_set(props):
    props.layers = 4
    assert [item.distance for item in props.layer_items] == [4.0, 3.0, 2.0, 1.0]
    props.layers = 5
    assert [item.distance for item in props.layer_items] == [5.0, 4.0, 3.0, 2.0, 1.0], "untouched distances are the landscape's"
    props.layer_items[0].distance = 40.0
    props.layers = 6
    assert [item.distance for item in props.layer_items][:5] == [40.0, 4.0, 3.0, 2.0, 1.0]
    props.layers = 2
    assert [item.distance for item in props.layer_items] == [40.0, 4.0]


def test_the_last_height_is_what_is_left(props):
    properties = harness.part("scene.properties")
    props.layers, props.auto_heights = 3, False
    props.layer_items[0].height, props.layer_items[1].height = 25.0, 35.0
    assert properties.last_height(props) == pytest.approx(40.0)
    assert properties.to_settings(props).heights == (25.0, 35.0)
    props.layer_items[1].height = 80.0
    with pytest.raises(harness.part("engine.errors").ParallaxError, match="leave nothing for the last layer"):
        properties.to_settings(props)


@pytest.mark.parametrize("angle", [-90.0, 725.25, 1e5])
def test_any_angle_is_welcome(props, angle):
    props.direction = angle
    assert props.direction == angle
