"""Styles: what choosing one sets, what makes it Custom, what an automatic one does to the scene, and how each moves."""

import dataclasses
import json
import math
import shutil

import bpy
import numpy as np
import pytest

from tests import harness
from tests.scene import studio

SMALL = 160, 96
LAYERS = {"fps": 6.0}  # beside three bands


def presets():
    return harness.part("engine.style.presets")


def style():
    return harness.part("scene.style")


@pytest.fixture
def props(untouched):
    return bpy.context.scene.infinite_parallax


def values(props, name):
    """A style's values, and what the scene has in their places."""
    wanted = {key: value for key, value in presets().applied(name).items() if key != "turns"}
    camera = presets().camera(name)
    return ({**wanted, **{f"camera.{key}": value for key, value in camera.items()}},
            {**{key: getattr(props, key) for key in wanted}, **{f"camera.{key}": getattr(props.camera, key) for key in camera}})


@pytest.mark.parametrize("name", ["SCROLL", "SWAY", "ORBIT", "PUSH_IN", "PAN", "RISE"])
def test_choosing_a_style_sets_its_motion_and_its_camera(props, name):
    bpy.ops.infinite_parallax.add_turn()
    bpy.ops.infinite_parallax.style(style=name)
    wanted, found = values(props, name)
    assert found == pytest.approx(wanted) and props.style == name and not props.turns
    settings = harness.part("scene.properties").to_settings(props).to_dict()
    assert settings["style"] == name and all(settings[key] == pytest.approx(value) for key, value in presets().applied(name).items())


@pytest.mark.parametrize("change", [
    lambda props: setattr(props, "duration", 5.0), lambda props: setattr(props, "path", "ONE_WAY"),
    lambda props: setattr(props, "loop", False), lambda props: setattr(props.camera, "mover", "CAMERA"),
    lambda props: bpy.ops.infinite_parallax.add_turn()])
def test_a_changed_setting_makes_it_custom(props, change):
    props.style = "SWAY"
    change(props)
    assert props.style == "CUSTOM"
    props.style = "SWAY"
    wanted, found = values(props, "SWAY")
    assert found == pytest.approx(wanted), "chosen again, it sets all anew"


def test_what_a_style_does_not_set_stays_the_artist_s(props):
    props.style = "SWAY"
    props.direction, props.fps, props.layers, props.seed, props.camera.lens, props.duration = 45.0, 12.0, 4, 3, 50.0, 8.0
    assert props.style == "SWAY"
    props.style = "SCROLL"
    assert (props.direction, props.fps, props.layers, props.camera.lens) == (45.0, 12.0, 4, 50.0)


def test_a_style_that_is_a_direction_gives_the_artist_s_back(props):
    props.direction = 30.0
    props.style = "RISE"
    assert props.direction == 270.0
    props.ease_in = 1.0
    props.style = "PAN"
    assert props.direction == 30.0
    props.style = "RISE"
    props.direction = 90.0
    assert props.style == "CUSTOM"
    props.style = "SWAY"
    assert props.direction == 90.0, "what was changed meanwhile stays"


@pytest.mark.parametrize("change, becomes", [
    (lambda props: setattr(props, "duration", 5.0), "CUSTOM"), (lambda props: setattr(props.camera, "move", "DOLLY"), "CUSTOM"),
    (lambda props: setattr(props, "direction", 0.0), "AUTO"), (lambda props: setattr(props, "prompt", "sea"), "AUTO")])
def test_automatic_gives_way_to_a_motion_that_is_set(props, change, becomes):
    props.style_overrides = "fps"
    change(props)
    assert (props.style, props.style_overrides) == (becomes, "" if becomes == "CUSTOM" else "fps")


def test_code_that_sets_settings_leaves_the_style(props):
    properties, Settings = harness.part("scene.properties"), harness.part("engine.settings").Settings
    wanted = Settings.from_dict({"style": "ORBIT", "duration": 5.0})
    properties.from_settings(props, wanted)
    assert (props.style, props.duration, props.camera.move) == ("ORBIT", 5.0, "ORBIT")
    other = bpy.data.scenes.new("Other").infinite_parallax
    properties.copy(props, other)
    assert (other.style, other.duration, other.camera.move) == ("ORBIT", 5.0, "ORBIT")
    assert properties.to_settings(other) == properties.to_settings(props)
    properties.from_settings(props, Settings.from_dict({"style": "AUTO", "duration": 3.0}))
    assert (props.style, props.style_overrides, properties.to_settings(props).style_overrides) == ("AUTO", "duration", "duration")


def test_automatic_heights_are_bands(props):
    properties, Settings = harness.part("scene.properties"), harness.part("engine.settings").Settings
    properties.from_settings(props, Settings.from_dict({"layers": 2, "heights": [60.0]}))
    assert properties.to_settings(props).heights == pytest.approx((60.0,)) and props.separator == "BANDS"


@pytest.fixture
def automatic(untouched):
    """A scene that was built from a job whose style was automatic."""
    return studio.build(studio.painted(SMALL, **LAYERS, style="AUTO", style_overrides="")).scene


def test_what_was_chosen_moves_the_scene_and_is_said(automatic):
    props, result = automatic.infinite_parallax, harness.part("scene.properties").job_of(automatic).result()
    wanted, found = values(props, result.style)
    assert found == pytest.approx(wanted) and props.style == "AUTO"
    label = style().LABELS[result.style]
    assert style().described(props) == f"Automatic chose {label}: {result.reason}"
    assert automatic.frame_end == result.motion.frames == round(wanted["duration"] * 6.0 if wanted["length"] == "DURATION"
                                                                  else result.motion.frames)
    bpy.ops.infinite_parallax.update_motion()
    assert props.style == "AUTO"
    assert harness.part("scene.build").missing(automatic, harness.part("scene.properties").job_of(automatic)) is None


def test_another_choice_and_back_again(automatic):
    props = automatic.infinite_parallax
    chosen = props.suggested
    other = next(name for name in ("PAN", "SWAY") if name != chosen)
    bpy.ops.infinite_parallax.style(style=other)
    assert props.style == other and style().described(props) == ""
    bpy.ops.infinite_parallax.style(style="AUTO")
    wanted, found = values(props, chosen)
    assert found == pytest.approx(wanted)
    props.travel += 1.0
    assert props.style == "CUSTOM"


def test_what_overrides_an_automatic_style_stays(untouched):
    built = studio.build(studio.painted(SMALL, **LAYERS, style="AUTO", style_overrides="duration,length,loop", length="DURATION",
                                        duration=3.0, loop=False))
    props = built.scene.infinite_parallax
    assert (props.style, props.duration, props.loop, built.scene.frame_end) == ("AUTO", 3.0, False, 18)


def curves(plane, frames):
    keys = harness.part("scene.keys")
    found = keys._curves(plane)
    return np.array([[found[0].evaluate(f) / keys.SCALE, -found[1].evaluate(f) / keys.SCALE] for f in frames])


SWAYS = {"plain": {}, "held": {"hold_in": 1.0, "hold_out": 0.5}, "turning": {"turns": (0.0, 180.0, 100.0, 270.0)}}


@pytest.mark.parametrize("more", SWAYS.values(), ids=SWAYS)
def test_a_sway_is_the_engine_s_at_every_moment_and_comes_back(blank, more):
    built = studio.build(studio.painted(SMALL, **LAYERS, style="SWAY", **more))
    plan = harness.part("scene.properties").job_of(built.scene).result().motion
    frames = [1 + n / 3 for n in range(3 * plan.frames + 1)]
    farthest = []
    for layer, plane in enumerate(studio.planes(built.scene)):
        seen = curves(plane, frames)
        assert np.abs(seen - [plan.offset(layer, frame) for frame in frames]).max() < 0.1
        assert np.abs(seen[0] - seen[-1]).max() < 1e-3 and not harness.part("scene.keys").edited(plane)
        animated = harness.part("scene.versions").fcurves(plane)
        assert all(len(curve.modifiers) == 1 for curve in animated)
        farthest.append(np.abs(seen).max())
    if "turns" not in more:  # along a bend it is nearer than it is far along
        assert max(farthest) == pytest.approx(0.02 * SMALL[0], rel=0.05)


def test_a_sway_shows_no_hole(blank):
    built = studio.build(studio.painted(SMALL, **LAYERS, style="SWAY"))
    last = built.scene.frame_end
    for frame in (1, 1 + last / 4, 1 + 3 * last / 4, last):
        assert (studio.render(built.scene, frame)[..., 3] == 255).all(), frame


@pytest.mark.parametrize("name", ["ORBIT", "PUSH_IN"])
def test_a_camera_style_places_layers_by_their_speeds_and_shows_no_hole(blank, name):
    built = studio.build(studio.painted(SMALL, **LAYERS, style=name))
    scene, rig = built.scene, harness.part("scene.rig")
    collection = next(c for c in scene.collection.children_recursive)
    camera = rig.of(collection)
    assert scene.camera == camera
    depths = [rig.depth(plane)[0] for plane in studio.planes(scene)]
    assert depths == sorted(depths) and depths[0] < 1.5 * depths[-1] < 0, "the top of a landscape is farthest"
    place = [curve for curve in harness.part("scene.versions").fcurves(camera) if curve.data_path == "location"]
    ends = [(curve.evaluate(1), curve.evaluate(1 + scene.frame_end / 4), curve.evaluate(1 + scene.frame_end)) for curve in place]
    moved = max(abs(middle - begin) for begin, middle, _ in ends)
    returns = all(math.isclose(begin, end, abs_tol=1e-4) for begin, _, end in ends)
    assert moved > 0.0 and returns == (name == "ORBIT")
    assert [len(curve.modifiers) for curve in place] == [1 if name == "ORBIT" else 0] * len(place)
    assert not any("never painted" in note for note in built.notes), built.notes
    for frame in (1, 1 + scene.frame_end / 4, 1 + 3 * scene.frame_end / 4, scene.frame_end):
        assert (studio.render(scene, frame)[..., 3] == 255).all(), frame


def test_from_a_scroll_to_a_sway_nothing_is_painted(blank):
    scene = studio.build(studio.painted(SMALL, **LAYERS, style="SCROLL")).scene
    props = scene.infinite_parallax
    before, style = props.job, harness.part("scene.style")
    assert style.to_key(props) == ""
    bpy.ops.infinite_parallax.style(style="SWAY")
    assert style.to_key(props) == "Gentle Sway"
    assert harness.part("scene.build").missing(scene, harness.part("scene.properties").job_of(scene)) is None
    bpy.ops.infinite_parallax.update_motion(paint=True)
    assert props.job == before and props.style == "SWAY" and scene.frame_end == 48 and style.to_key(props) == ""
    props.duration = 4.0
    assert style.to_key(props) == "the changed motion"
    bpy.ops.infinite_parallax.update_motion()
    assert style.to_key(props) == ""
    props.duration = 8.0
    bpy.ops.infinite_parallax.update_motion()
    seen = curves(studio.planes(scene)[2], [1, 13, 49])
    assert abs(seen[1, 0]) == pytest.approx(0.02 * SMALL[0], rel=0.05) and np.abs(seen[0] - seen[2]).max() < 1e-3


def test_from_a_sway_to_a_scroll_what_is_new_is_painted_when_asked(blank, tmp_path):
    scene = studio.build(studio.painted(SMALL, **LAYERS, style="SWAY")).scene
    props = scene.infinite_parallax
    props.picture, props.folder = bpy.data.images.load(str(studio.picture(*SMALL))), str(tmp_path / "parallax")
    before = props.job
    bpy.ops.infinite_parallax.style(style="SCROLL")
    with pytest.raises(RuntimeError, match="This style shows parts of all 3 layers that are not painted yet; set Paint"):
        bpy.ops.infinite_parallax.update_motion()
    bpy.ops.infinite_parallax.update_motion(paint=True)
    job = harness.part("scene.properties").job_of(scene)
    assert props.job != before and props.style == "SCROLL" and job.read()[1].style == "SCROLL"
    assert job.result().style == "SCROLL" and all(x for x, _ in job.result().motion.periods)


def test_what_was_lifted_unasked_comes_into_the_list(blank):
    knight = harness.part("engine.settings").SalientObject(name="Knight", key="subject", box=(40.0, 30.0, 60.0, 80.0))
    job = studio.painted(SMALL, **LAYERS, style="SWAY", objects=(knight,))
    result, settings = job.result(), dataclasses.replace(job.read()[1], objects=())
    folder = shutil.copytree(job.folder, job.folder.with_name("lifted"))
    Job = harness.part("engine.job").Job
    values = harness.part("engine.files")
    about = json.loads((folder / "job.json").read_text())
    values.write_json(folder / "job.json", {**about, "settings": settings.to_dict()})
    built = studio.build(Job(folder))
    props = built.scene.infinite_parallax
    assert [(item.key, item.name, item.shape) for item in props.objects] == [("subject", "Knight", "SUBJECT")]
    assert result.layers and harness.part("scene.properties").to_settings(props).objects[0].subject
    harness.part("scene.build").build(built.scene, Job(folder))
    assert len(props.objects) == 1
    props.objects[0].motion = "STILL"
    bpy.ops.infinite_parallax.update_motion()
    plane = next(o for o in built.scene.objects if o.get("infinite_parallax_role", "").startswith("object"))
    assert plane.name == "Knight" and np.abs(curves(plane, [1, 20, 40])).max() < 1e-6
