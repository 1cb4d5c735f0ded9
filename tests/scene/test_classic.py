"""A whole project's classic settings: through the panel and through the command line."""

import json

import bpy
import pytest

from tests import harness
from tests.scene import studio

SIZE = (160, 96)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({
        "input_image_width": 160, "input_image_height": 96, "direction": 180.0, "velocity_vector": [-1, 0], "smoothness": 8,
        "seconds_per_step": 2, "fps": 6, "total_steps": 1, "max_steps": 40, "salient_objects": [["mill", "wheel"], ["bench"]],
        "project_name": "mill", "haste": 3, "prompt_prepend": "a watercolor",
        "layers": [{"height": 24, "distance": 90.0, "velocity": [-4.0, 0.0], "steps_x": 40, "steps_y": 0},
                   {"height": 48, "distance": 30.0, "velocity": [-12, 0.0], "steps_x": 14, "steps_y": 0},
                   {"height": 24, "distance": 10.0, "velocity": [-30.5, 0.0], "steps_x": 6, "steps_y": 0}]}))
    return path


def test_the_panel_takes_over_a_whole_project(blank, config):
    props = bpy.context.scene.infinite_parallax
    props.picture = bpy.data.images.load(str(studio.picture(*SIZE)))
    assert bpy.ops.infinite_parallax.import_classic(filepath=str(config)) == {"FINISHED"}
    assert (props.style, props.separator, props.content, props.law) == ("CUSTOM", "BANDS", "REPEAT", "PERSPECTIVE")
    assert (props.length, props.steps, props.loop, props.keep_mount) == ("STEPS", 1, False, True)
    assert [(item.height, item.use_speed, item.speed) for item in props.layer_items] == [(25, True, 2), (50, True, 6), (25, True, 15.25)]
    assert [(one.name, one.tags, one.shape) for one in props.objects] == [("Mill", "mill, wheel", "TAGS"), ("Bench", "bench", "TAGS")]
    told = harness.part("operators.notices").of(bpy.context.scene).text
    assert all(word in told for word in ("haste", "project_name", "pixels"))


def test_the_command_line_makes_what_it_says(blank, config, tmp_path, capfd):
    values = json.loads(config.read_text())
    del values["salient_objects"]  # which a model would have to find
    config.write_text(json.dumps(values))
    argv = [studio.picture(*SIZE), "--blend", tmp_path / "s.blend", "--config", config]
    assert harness.part("operators.command").main([str(a) for a in argv]) == 0
    said = capfd.readouterr().err
    assert all(word in said for word in ("haste", "Heights were taken as pixels, as they add up to 96", "1 step (total_steps)"))
    job = harness.part("engine.job").Job(tmp_path / "s_parallax")
    result = job.result()
    assert result.heights == pytest.approx((25.0, 50.0, 25.0))
    assert [result.motion.pixels_per_second(layer) for layer in range(3)] == pytest.approx([2.0, 6.0, 15.25])
    assert (result.motion.frames, result.motion.direction, result.motion.loop) == (12, 180.0, False)
    assert [layer.index for layer in result.layers] == [0, 1, 2]
