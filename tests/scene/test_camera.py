"""The film's size and crop, and the camera that travels instead of the layers."""

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio

SHORT = {"length": "STEPS", "steps": 2, "fps": 4.0, "loop": False}


def crop(job, left, top, right, bottom, size):
    """A part of the job's picture at another size, as Pillow resamples it."""
    picture = Image.open(job.source).convert("RGB")
    by = Image.Resampling.BOX if size[0] < right - left else Image.Resampling.BILINEAR
    return np.array(picture.resize(size, by, (left, top, right, bottom)))


@pytest.mark.parametrize(("width", "height", "x", "rectangle"), [
    (192, 192, 25.0, (32, 0, 224, 192)), (96, 192, 100.0, (224, 0, 320, 192)), (160, 96, 50.0, (0, 0, 320, 192)),
    (640, 192, 50.0, (0, 48, 320, 144)),
])
def test_the_film_shows_the_crop_at_its_size(blank, width, height, x, rectangle):
    job = studio.painted(**SHORT)
    built = studio.build(job)
    export = built.scene.infinite_parallax.export
    export.size, export.width, export.height, export.crop_x = "CUSTOM", width, height, x
    for scene in (built.scene, built.edit):
        assert (scene.render.resolution_x, scene.render.resolution_y) == (width, height)
    seen = studio.render(built.scene, 1)
    assert seen.shape[:2] == (height, width) and seen[..., 3].min() == 255
    assert studio.difference(seen, crop(job, *rectangle, (width, height))) < 1.0


def test_presets_and_the_way_back(blank):
    job = studio.painted(**SHORT)
    built = studio.build(job)
    export = built.scene.infinite_parallax.export
    for size, wanted in (("HD", (1920, 1080)), ("UHD", (3840, 2160)), ("SQUARE", (1080, 1080)), ("PORTRAIT", (1080, 1920))):
        export.size = size
        assert all((s.render.resolution_x, s.render.resolution_y) == wanted for s in (built.scene, built.edit))
    export.size = "PICTURE"
    assert studio.difference(studio.render(built.scene, 1), studio.source(job)) < 1.0


def instead(scene, **options):
    """Has the camera move instead of the layers, or otherwise than before; gives what was built."""
    for name, value in {"mover": "CAMERA", **options}.items():
        setattr(scene.infinite_parallax.camera, name, value)
    return harness.part("scene.build").update_motion(scene, harness.part("engine.job").Job(scene.infinite_parallax.job))


@pytest.mark.parametrize("settings", [
    {"direction": 180.0}, {"direction": 213.0, **SHORT},
    {"direction": 0.0, "content": "FRESH", **SHORT}, {"direction": 180.0, "speeds": (-15.0, 0.0, 30.0), **SHORT},
], ids=str)
def test_a_travelling_camera_shows_what_sliding_layers_show(blank, settings):
    job = studio.painted(**settings)
    scene = studio.build(job).scene
    frames = [1, 2, scene.frame_end // 2, scene.frame_end]
    before = [studio.render(scene, frame) for frame in frames]
    built = instead(scene)
    after = [studio.render(scene, frame) for frame in frames]
    assert studio.difference(after[0], studio.source(job)) < 1.0
    for frame, one, other in zip(frames, before, after):
        assert other[..., 3].min() == 255
        assert studio.difference(one, other) < 1.0, frame
    assert any("cannot be slid" in note for note in built.notes) == ("speeds" in settings)
    instead(scene, mover="LAYERS")
    assert [plane.location[2] for plane in studio.planes(scene)] == pytest.approx([0.0, 0.1, 0.2])
    assert studio.difference(studio.render(scene, frames[-1]), before[-1]) < 0.5


def test_camera_and_layers_take_turns_and_both_keep_what_was_edited(blank):
    job = studio.painted(**SHORT, direction=213.0)
    scene = studio.build(job).scene
    versions, rig = harness.part("scene.versions"), harness.part("scene.rig")
    near = studio.planes(scene)[2]
    shown = [studio.render(scene, frame) for frame in (1, 8)]
    instead(scene)
    camera = scene.camera
    assert camera.data.type == "PERSP" and not [plane for plane in studio.planes(scene) if versions.fcurves(plane)]
    for curve in versions.fcurves(camera):
        curve.keyframe_points[-1].co.y *= 0.5
    near.keyframe_insert("location", index=1, frame=1)
    near.location[1] += 0.3
    near.keyframe_insert("location", index=1, frame=8)
    assert set(harness.part("scene.build").edited_planes(scene)) == {camera, near}
    edited = studio.render(scene, 8)
    assert studio.difference(edited, shown[1]) > 2.0
    again = instead(scene)
    assert any(camera.name in note and near.name in note for note in again.notes)
    assert studio.difference(studio.render(scene, 8), edited) < 0.5
    instead(scene, mover="LAYERS")
    assert scene.camera.data.type == "ORTHO" and rig.of(scene.collection.children[0]) == camera
    assert [studio.difference(studio.render(scene, frame), one) < 0.5 for frame, one in zip((1, 8), shown)] == [True, True]
    instead(scene)
    assert scene.camera == camera and studio.difference(studio.render(scene, 8), edited) < 0.5
    build = harness.part("scene.build")
    build.update_motion(scene, job, build.REPLACE)
    assert studio.difference(studio.render(scene, 8), shown[1]) < 1.0
    instead(scene, mover="LAYERS")
    assert [one.data.type for one in scene.objects if one.type == "CAMERA"] == ["ORTHO"]


def test_layers_edited_by_hand_look_the_same_before_the_camera(blank):
    job = studio.painted(**SHORT, direction=213.0)
    scene = studio.build(job).scene
    near = studio.planes(scene)[2]
    harness.part("scene.versions").fcurves(near)[0].keyframe_points[-1].co.y *= 0.3
    before = studio.render(scene, 8)
    assert any(near.name in note for note in instead(scene).notes)
    assert studio.difference(studio.render(scene, 8), before) < 1.0


@pytest.mark.parametrize("move", ["DOLLY", "ORBIT"])
def test_other_moves_change_the_picture_and_come_back_in_a_loop(blank, move):
    job = studio.painted(direction=180.0)
    scene = studio.build(job).scene
    notes = instead(scene, move=move, amount=0.02).notes
    first, quarter, end = (studio.render(scene, frame) for frame in (1, 1 + scene.frame_end // 4, scene.frame_end + 1))
    assert studio.difference(first, studio.source(job)) < 1.0
    assert studio.difference(quarter, first) > 1.0
    assert studio.difference(end, first) < 0.5
    if move == "ORBIT":
        assert quarter[..., 3].min() == 255 and not notes
    assert any("never painted" in note and "Layer" in note for note in instead(scene, move="DOLLY", amount=-0.3).notes)


def test_the_crop_is_the_same_through_the_travelling_camera(blank):
    job = studio.painted(**SHORT, direction=213.0)
    scene = studio.build(job).scene
    export = scene.infinite_parallax.export
    export.size, export.width, export.height, export.crop_x = "CUSTOM", 120, 160, 20.0
    before = [studio.render(scene, frame) for frame in (1, 8)]
    instead(scene, lens=80.0)
    assert all(studio.difference(studio.render(scene, frame), one) < 1.0 for frame, one in zip((1, 8), before))


def test_a_classic_file_sets_the_panel_and_a_broken_one_nothing(blank, tmp_path):
    props = bpy.context.scene.infinite_parallax
    properties = harness.part("scene.properties")
    properties.add_object(props)
    config = tmp_path / "config.json"
    config.write_text('{"direction": "right", "smoothness": 50, "fps": 12, "shade": 1, "salient_objects": ["boat"],'
                      '"layers": [{"height": 0.25, "distance": 1}, {"height": 0.75, "distance": 3, "velocity": 40}]}')
    assert bpy.ops.infinite_parallax.import_classic(filepath=str(config)) == {"FINISHED"}
    assert (props.direction, props.smoothness, props.fps, props.law, props.layers) == (0.0, 20.0, 12.0, "DIRECT", 2)
    found = [(item.height, item.distance, item.use_speed, item.speed) for item in props.layer_items]
    assert found == [(25, 1, False, 0), (75, 3, True, 40)]
    assert len(props.objects) == 2 and props.objects[1].tags == "boat" and props.objects[1].shape == "TAGS"
    assert "shade" in harness.part("operators.notices").of(bpy.context.scene).text
    before = properties.fingerprint(props)
    config.write_text('{"direction": "left", "layers": [{"height": 0.5}, {"height": "high"}]}')
    with pytest.raises(RuntimeError, match="height of layer 2"):
        bpy.ops.infinite_parallax.import_classic(filepath=str(config))
    assert properties.fingerprint(props) == before


def test_the_command_line_takes_a_classic_file_and_what_is_set_wins(blank, tmp_path, capfd):
    config = tmp_path / "config.json"
    config.write_text('{"direction": "right", "fps": 12, "shade": 1,'
                      '"layers": [{"height": 0.25, "distance": 1}, {"height": 0.75, "distance": 3}]}')
    argv = [studio.picture(), "--blend", tmp_path / "s.blend", "--config", config, "--set", "fps=6", "length=steps", "steps=1", "loop=off"]
    assert harness.part("operators.command").main([str(a) for a in argv]) == 0
    assert "shade" in capfd.readouterr().err
    settings = harness.part("engine.job").Job(tmp_path / "s_parallax").read()[1]
    assert (settings.direction, settings.fps, settings.layers, settings.heights) == (0.0, 6.0, 2, (25.0,))


def test_planes_reach_as_far_as_a_camera_keyed_by_hand_and_sounds_know_their_place(blank):
    job = studio.painted(direction=180.0)
    scene = studio.build(job).scene
    shot = harness.part("scene.shot")
    before = [shot.of(scene).path(layer) for layer in job.result().layers]
    instead(scene)
    after = [shot.of(scene).path(layer) for layer in job.result().layers]
    assert np.abs(np.subtract(before, after)).max() < 0.2
    for curve in harness.part("scene.versions").fcurves(scene.camera):
        curve.keyframe_points[-1].co.y *= -1.5
    assert harness.part("operators.output").prepare(scene)[1] == ()
    for frame in (1, scene.frame_end // 2, scene.frame_end):
        assert studio.render(scene, frame)[..., 3].min() == 255
    scene.camera.location[2] = 1.0
    assert any("never painted" in note for note in harness.part("operators.output").prepare(scene)[1])


def test_fog_stays_between_layers_of_which_one_goes_along(blank):
    """A layer that stands still on the screen is the travelling camera's child."""
    built = studio.build(studio.painted(direction=180.0, speeds=(0.0, 15.0, 30.0), **SHORT))
    instead(built.scene)
    effects, film_settings, shot = (harness.part(name) for name in ("scene.effects", "scene.film_settings", "scene.shot"))
    film_settings.add(built.scene.infinite_parallax.effects, "Fog").kind = "FOG"
    effects.lay(shot.of(built.scene))
    built.scene.frame_set(1)
    marks = harness.part("scene.marks")
    stacked = sorted((one for one in built.scene.objects if one.type == "MESH"), key=lambda one: one.matrix_world.translation.z)
    assert ["effect" if marks.role(one).startswith("effect ") else marks.role(one) for one in stacked] == [
        "layer 0", "effect", "layer 1", "effect", "layer 2"]
    assert [one.parent is not None for one in stacked][::2] == [True, False, False]
