"""Split Layers: cut-outs that stand still, what was found in the list, and what Generate makes of it."""

import hashlib
import json

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio


@pytest.fixture
def depth_map(tmp_path):
    """Three depths for the studio's picture: a wall, a disc before it, and the ground."""
    y, x = np.mgrid[: studio.SIZE[1], : studio.SIZE[0]]
    nearness = np.where(np.hypot(x - 200, y - 70) < 40, 110, 30)
    nearness[y > 140] = 220
    Image.fromarray(nearness.astype(np.uint8)).save(tmp_path / "depth.png")
    return tmp_path / "depth.png"


@pytest.fixture
def scene(blank, tmp_path, depth_map):
    """A scene that is ready to split: shapes from depth, and an object."""
    scene = bpy.context.scene
    props = scene.infinite_parallax
    props.picture = bpy.data.images.load(str(studio.picture()))
    props.folder = str(tmp_path / "parallax")
    props.separator, props.depth_map, props.near = "DEPTH", str(depth_map), "WHITE"
    props.length, props.steps, props.loop, props.fps = "STEPS", 2, False, 6.0
    item = harness.part("scene.properties").add_object(props)
    item.name, item.box, item.grow, item.feather = "church", (10.0, 20.0, 30.0, 60.0), 0.0, 0.0
    return scene


def build():
    return harness.part("scene.build")


def planes(scene):
    """The planes by their roles."""
    part = harness.part("scene.planes")
    return {o["infinite_parallax_role"]: o for o in scene.objects if part.is_plane(o)}


def object_plane(scene):
    """The plane of the only object."""
    (found,) = (plane for role, plane in planes(scene).items() if role.startswith("object "))
    return found


def curves(plane):
    return harness.part("scene.versions").fcurves(plane)


def test_a_split_shows_what_generate_then_moves(scene):
    assert bpy.ops.infinite_parallax.split() == {"FINISHED"}
    props = scene.infinite_parallax
    assert (build().is_preview(scene), build().is_built(scene)) == (True, False)
    assert not bpy.ops.infinite_parallax.render_video.poll() and not bpy.ops.infinite_parallax.update_motion.poll()
    assert list(bpy.data.scenes) == [scene], "a preview has no edit"
    assert (props.layers, len(props.layer_items)) == (3, 3), "as many as the depth map has"
    distances = [item.distance for item in props.layer_items]
    assert distances == sorted(distances, reverse=True) and distances[0] / distances[-1] > 2.0
    shown = planes(scene)
    assert sorted(shown) == ["layer 0", "layer 1", "layer 2", f"object {props.objects[0].key}"]
    assert object_plane(scene).name == "church"
    assert not any(len(curves(plane)) for plane in shown.values())
    source = np.array(Image.open(studio.picture()))
    assert studio.difference(studio.render(scene, 1), source) < 2.0
    assert studio.difference(studio.render(scene, 9), source) < 2.0, "cut-outs stand still"

    assert bpy.ops.infinite_parallax.generate() == {"FINISHED"}
    assert (build().is_preview(scene), build().is_built(scene)) == (False, True)
    assert planes(scene) == shown, "the same planes"
    assert all(len(curves(plane)) == 2 for plane in shown.values())
    assert [item.distance for item in props.layer_items] == distances
    assert studio.difference(studio.render(scene, 1), source) < 1.0
    assert studio.difference(studio.render(scene, 9), source) > 3.0
    assert not [image for image in bpy.data.images if image.users == 0 and image.get("infinite_parallax_role")]


def test_splitting_a_built_scene_keeps_edited_keyframes(scene):
    bpy.ops.infinite_parallax.generate()
    church, wall = object_plane(scene), planes(scene)["layer 0"]
    curves(church)[0].keyframe_points[1].co.y += 1.0
    finished = scene.infinite_parallax.job
    bpy.ops.infinite_parallax.split()
    assert scene.infinite_parallax.job != finished, "what was painted stays"
    assert build().is_preview(scene)
    assert len(curves(church)) == 2 and not len(curves(wall)) and tuple(wall.location)[:2] == (0.0, 0.0)
    bpy.ops.infinite_parallax.generate()
    assert build().edited_planes(scene) == [church]


def test_effects_are_out_of_sight_over_cut_outs_and_come_back(scene):
    """What the artist has hidden stays hidden."""
    item = harness.part("operators.effects").add(scene.infinite_parallax, "FOG")
    assert bpy.ops.infinite_parallax.generate() == {"FINISHED"}
    banks = [one for one in scene.objects if harness.part("scene.effects.sheets").is_sheet(one)]
    banks[0].hide_render = True
    wanted = [(one.name, one.hide_render, one.hide_viewport) for one in banks]
    assert len(banks) > 1 and item.name in banks[0].name
    assert bpy.ops.infinite_parallax.split() == {"FINISHED"}
    assert all(one.hide_render and one.hide_viewport for one in banks)
    assert bpy.ops.infinite_parallax.generate() == {"FINISHED"}
    assert [(one.name, one.hide_render, one.hide_viewport) for one in banks] == wanted


def test_found_layers_and_objects_get_new_motion(scene):
    scene.infinite_parallax.objects[0].motion = "STILL"
    bpy.ops.infinite_parallax.generate()
    props, shown = scene.infinite_parallax, planes(scene)
    church = f"object {props.objects[0].key}"

    def ways():
        return {role: curves(plane)[0].keyframe_points[1].co.y for role, plane in shown.items()}

    before = ways()
    assert before[church] == 0.0 and 0 > before["layer 0"] > before["layer 2"]
    props.smoothness *= 2.0
    props.objects[0].motion, props.objects[0].factor = "FACTOR", 0.5
    assert bpy.ops.infinite_parallax.update_motion() == {"FINISHED"}
    after = ways()
    assert after["layer 1"] == pytest.approx(before["layer 1"] / 2)
    base = harness.part("scene.properties").job_of(scene).result()
    base = next(layer.base for layer in base.layers if layer.name == "church")
    assert after[church] == pytest.approx(after[f"layer {base}"] / 2)


def test_a_subject_found_unasked_is_listed_with_its_motion(blank, tmp_path):
    """It can be changed, and a new motion keeps it as it is."""
    rng = np.random.default_rng(5)  # noise: nothing that layers could be parted by
    picture = rng.integers(0, 256, (90, 140, 3), dtype=np.uint8)
    Image.fromarray(picture).save(tmp_path / "noise.png")
    scene, generate = bpy.context.scene, harness.part("operators.generate")
    props = scene.infinite_parallax
    props.picture, props.folder = bpy.data.images.load(str(tmp_path / "noise.png")), str(tmp_path / "parallax")
    props.separator, props.style = "OUTLINES", "SWAY"
    matte = np.zeros((90, 140), np.uint8)
    matte[30:, 50:90] = 255
    job = generate.submit(scene)
    job.seen.mkdir(parents=True, exist_ok=True)  # as if it had been found on a computer that has a model
    Image.fromarray(matte).save(job.seen / f"subject-{hashlib.blake2b(picture, digest_size=8).hexdigest()}-elsewhere.png")

    assert bpy.ops.infinite_parallax.resume() == {"FINISHED"}
    (item,) = props.objects
    assert (item.name, item.shape, item.motion, item.factor) == ("Subject", "SUBJECT", "FACTOR", pytest.approx(1.6))

    def widest(plane):
        return max(abs(point.co.y) for curve in curves(plane) for point in curve.keyframe_points)

    layer, subject = planes(scene)["layer 0"], object_plane(scene)
    before = widest(layer)
    assert widest(subject) == pytest.approx(1.6 * before, rel=0.01)
    props.travel /= 2.0
    assert bpy.ops.infinite_parallax.update_motion() == {"FINISHED"}
    assert widest(layer) == pytest.approx(before / 2, rel=0.01) and widest(subject) == pytest.approx(0.8 * before, rel=0.01)
    item.motion = "LAYER"
    assert bpy.ops.infinite_parallax.update_motion() == {"FINISHED"}
    assert widest(subject) == pytest.approx(widest(layer))


def test_an_unfinished_split_is_resumed_to_a_preview(scene):
    job = harness.part("operators.generate").submit(scene, only="split")
    assert json.loads((job.folder / "job.json").read_text())["only"] == "split"
    assert bpy.ops.infinite_parallax.resume() == {"FINISHED"}
    assert build().is_preview(scene) and object_plane(scene).name == "church"


def test_what_was_found_can_be_taken_over_and_changed(scene):
    bpy.ops.infinite_parallax.split()
    props = scene.infinite_parallax
    props.auto_layers = False
    before = [item.distance for item in props.layer_items]
    props.layer_items[1].name, props.active_layer = "Disc", 1
    assert planes(scene)["layer 1"].name == "Disc"
    assert bpy.ops.infinite_parallax.move_layer(direction="NEARER") == {"FINISHED"}
    bpy.ops.infinite_parallax.generate()
    result = harness.part("scene.properties").job_of(scene).result()
    assert [layer.index for layer in result.layers if layer.base is None] == [0, 2, 1]
    heights = {role: plane.location[2] for role, plane in planes(scene).items()}
    assert heights["layer 0"] < heights["layer 2"] < heights["layer 1"]
    assert [item.distance for item in props.layer_items] == pytest.approx([before[0], before[2], before[1]])
    assert next(layer.name for layer in result.layers if layer.index == 1) == "Disc"


def test_hide_and_solo_and_lock(blank):
    job = studio.painted()
    scene = studio.build(job).scene
    items, shown = scene.infinite_parallax.layer_items, studio.planes(scene)
    items[0].hide = True
    assert [(plane.hide_viewport, plane.hide_render) for plane in shown] == [(True, True), (False, False), (False, False)]
    assert studio.render(scene, 1)[5, :, 3].max() == 0 and studio.render(scene, 1)[-5, :, 3].min() == 255
    items[0].hide, items[1].solo = False, True
    assert [(plane.hide_viewport, plane.hide_render) for plane in shown] == [(True, False), (False, False), (True, False)]
    items[1].solo, items[2].lock = False, True
    assert [plane.hide_select for plane in shown] == [False, False, True]
    assert not any(plane.hide_viewport or plane.hide_render for plane in shown)


def test_a_locked_layer_keeps_its_keyframes(blank):
    scene = studio.build(studio.painted()).scene
    props, shown = scene.infinite_parallax, studio.planes(scene)
    ends = [curves(plane)[0].keyframe_points[1].co.y for plane in shown]
    props.layer_items[1].lock = True
    props.direction = 0.0
    built = build().update_motion(scene, harness.part("scene.properties").job_of(scene), build().REPLACE)
    now = [curves(plane)[0].keyframe_points[1].co.y for plane in shown]
    assert now == pytest.approx([-ends[0], ends[1], -ends[2]])
    assert "Kept the keyframes of Layer 2, as locked" in built.notes


def test_a_list_that_is_changed_by_hand_wins_over_names_and_views(blank):
    """What the artist does to a plane itself stays until the list says otherwise."""
    scene = studio.build(studio.painted()).scene
    plane, item = studio.planes(scene)[0], scene.infinite_parallax.layer_items[0]
    plane.name, plane.hide_viewport = "My Sky", True
    item.lock = True
    assert (plane.name, plane.hide_viewport) == ("My Sky", True)
    item.name = "Sky"
    assert plane.name == "Sky"


@pytest.mark.parametrize("law, nearest", [("PERSPECTIVE", 2), ("DIRECT", 0)])
def test_layers_change_places(blank, law, nearest):
    props = bpy.context.scene.infinite_parallax
    props.law, props.layers = law, 3
    harness.part("scene.properties").fit_layers(props)
    props.layer_items[1].use_speed, props.layer_items[1].speed, props.active_layer = True, 5.0, 1
    bpy.ops.infinite_parallax.move_layer(direction="NEARER")
    assert props.layer_items[1].distance == (1.0 if nearest == 2 else 3.0)
    assert [(item.use_speed, item.speed) for item in props.layer_items][nearest] == (True, 5.0)
    assert not props.layer_items[1].use_speed
    with pytest.raises(RuntimeError, match="is the nearest layer already"):
        bpy.ops.infinite_parallax.move_layer(direction="NEARER")
    props.layer_items[0].distance = props.layer_items[2].distance = props.layer_items[1].distance
    with pytest.raises(RuntimeError, match="at the same distance"):
        bpy.ops.infinite_parallax.move_layer(direction="FARTHER" if nearest == 2 else "NEARER")


def test_the_list_of_objects(blank):
    props, ops = bpy.context.scene.infinite_parallax, bpy.ops.infinite_parallax
    assert not ops.remove_object.poll() and not ops.move_object.poll()
    for _ in range(3):
        ops.add_object()
    assert ([item.name for item in props.objects], props.active_object) == (["Object 1", "Object 2", "Object 3"], 2)
    ops.move_object(direction="UP")
    assert ([item.name for item in props.objects], props.active_object) == (["Object 1", "Object 3", "Object 2"], 1)
    ops.remove_object()
    assert ([item.name for item in props.objects], props.active_object) == (["Object 1", "Object 2"], 1)
    assert ops.move_object(direction="DOWN") == {"CANCELLED"}


def test_cards_become_layers_with_their_names(scene, tmp_path):
    picture = np.dstack([studio.noise(*studio.SIZE), np.full(studio.SIZE[::-1], 255, np.uint8)])
    (tmp_path / "cards").mkdir()
    for name, hole in (("10 house", np.s_[:, :200]), ("2 hills", np.s_[:100]), ("1 sky", np.s_[:0])):
        card = picture.copy()
        card[hole] = 0
        Image.fromarray(card).save(tmp_path / "cards" / f"{name}.png")
    props = scene.infinite_parallax
    props.separator, props.cards = "CARDS", str(tmp_path / "cards")
    props.objects.clear()
    bpy.ops.infinite_parallax.split()
    assert [item.name for item in props.layer_items] == ["1 sky", "2 hills", "10 house"]
    assert [planes(scene)[f"layer {number}"].name for number in range(3)] == ["1 sky", "2 hills", "10 house"]
    assert studio.difference(studio.render(scene, 1), picture) < 1.0


def test_a_painted_mask_is_the_layer(scene):
    props = scene.infinite_parallax
    props.auto_layers, props.layers, props.matte = False, 2, 0.0
    props.objects.clear()
    white = np.zeros((*studio.SIZE[::-1], 4), np.float32)
    white[..., 3] = 1.0
    white[100:150, 200:300, :3] = 1.0  # rows from the bottom
    mask = props.layer_items[1].mask = bpy.data.images.new("Mask", *studio.SIZE)
    mask.pixels.foreach_set(white.ravel())
    bpy.ops.infinite_parallax.split()
    props.layer_items[0].hide = True
    shown = studio.render(scene, 1)[..., 3] > 128
    assert shown[192 - 150 : 192 - 100, 200:300].mean() > 0.97


def edit(plane):
    """What an artist does to a keyframe by hand."""
    curves(plane)[0].keyframe_points[1].co.y = 9.0


def way(plane):
    return curves(plane)[0].keyframe_points[1].co.y


def test_a_renamed_object_keeps_its_plane_and_keyframes(scene):
    bpy.ops.infinite_parallax.generate()
    item, church = scene.infinite_parallax.objects[0], object_plane(scene)
    edit(church)
    item.name = "dome"
    assert church.name == "dome"
    bpy.ops.infinite_parallax.generate()
    assert object_plane(scene) == church and way(church) == 9.0
    item.motion = "STILL"
    bpy.ops.infinite_parallax.update_motion(edited="REPLACE")
    assert way(church) == 0.0


def test_objects_of_one_name_are_told_apart(scene):
    properties = harness.part("scene.properties")
    other = properties.add_object(scene.infinite_parallax)
    other.box, other.grow, other.feather, other.motion = (40.0, 20.0, 55.0, 60.0), 0.0, 0.0, "STILL"
    scene.infinite_parallax.objects[0].name = other.name = ""
    bpy.ops.infinite_parallax.generate()
    first, second = (planes(scene)[f"object {item.key}"] for item in scene.infinite_parallax.objects)
    assert way(first) != 0.0 and way(second) == 0.0
    scene.infinite_parallax.active_object = 0
    bpy.ops.infinite_parallax.remove_object()
    other = scene.infinite_parallax.objects[0]
    other.motion = "LAYER"
    bpy.ops.infinite_parallax.update_motion()
    assert way(second) != 0.0
    bpy.ops.infinite_parallax.generate()
    assert object_plane(scene) == second


def test_settings_without_keys_give_each_object_one(blank):
    props, properties = bpy.context.scene.infinite_parallax, harness.part("scene.properties")
    given = [{"box": [1, 2, 3, 4]}, {"box": [1, 2, 3, 4], "key": "a"}, {"box": [1, 2, 3, 4], "key": "a"}, {"box": [1, 2, 3, 4], "key": "b"}]
    settings = harness.part("engine.settings").Settings.from_dict({"objects": given})
    properties.from_settings(props, settings)
    keys = [item.key for item in props.objects]
    assert all(keys) and len(set(keys)) == 4 and keys[3] == "b"
    properties.from_settings(props, settings)
    assert [item.key for item in props.objects] == keys
    assert [one.key for one in properties.to_settings(props).objects] == keys
    properties.add_object(props)
    assert props.objects[-1].key not in keys


def test_a_plane_keyed_by_hand_is_hidden_rather_than_removed(scene):
    bpy.ops.infinite_parallax.generate()
    props, before = scene.infinite_parallax, planes(scene)
    far, church = before["layer 2"], object_plane(scene)
    edit(far)
    edit(church)
    gone = before["layer 1"].name
    props.auto_layers, props.layers = False, 1
    item = {name: getattr(props.objects[0], name) for name in ("key", "name")} | {"box": tuple(props.objects[0].box)}
    props.objects.remove(0)
    bpy.ops.infinite_parallax.generate()
    assert sorted(planes(scene)) == ["layer 0"] and gone not in scene.objects
    assert all(plane.hide_viewport and plane.hide_render and way(plane) == 9.0 for plane in (far, church))
    assert build().edited_planes(scene) == []
    said = harness.part("operators.notices").of(scene).text
    assert said.startswith("Hid ") and far.name in said and church.name in said
    back = props.objects.add()
    for name, value in item.items():
        setattr(back, name, value)
    props.layers = 3
    bpy.ops.infinite_parallax.generate()
    assert planes(scene)["layer 2"] == far and object_plane(scene) == church
    assert not any(plane.hide_viewport or plane.hide_render or way(plane) != 9.0 for plane in (far, church))


def test_a_lock_holds_over_a_split(scene):
    bpy.ops.infinite_parallax.generate()
    props, shown = scene.infinite_parallax, planes(scene)
    before = {role: way(plane) for role, plane in shown.items()}
    props.layer_items[1].lock, props.smoothness = True, 2.0 * props.smoothness
    bpy.ops.infinite_parallax.split()
    assert [role for role, plane in shown.items() if len(curves(plane))] == ["layer 1"]
    bpy.ops.infinite_parallax.generate()
    after = {role: way(plane) for role, plane in shown.items()}
    assert after["layer 1"] == before["layer 1"] and after["layer 2"] == pytest.approx(before["layer 2"] / 2)


@pytest.mark.parametrize("asked, chosen", [("DEPTH", "BANDS"), ("BANDS", "DEPTH")])
def test_rows_are_those_of_the_job_that_was_run(scene, asked, chosen):
    """Layers From was changed while the worker ran."""
    props = scene.infinite_parallax
    props.separator = "BANDS"
    props.layers = 4
    props.separator = asked
    job = harness.part("operators.generate").submit(scene)
    assert harness.part("engine.worker").run(job).kind == "done"
    props.separator = chosen
    assert bpy.ops.infinite_parallax.build() == {"FINISHED"}
    count = 4 if asked == "BANDS" else 3
    assert (props.separator, props.layers, len(props.layer_items)) == (asked, count, count)
    assert len([role for role in planes(scene) if role.startswith("layer ")]) == count
    assert "Layers From is" in harness.part("operators.notices").of(scene).text
    props.separator = "BANDS"
    assert props.layers == 4
    props.separator = asked
    assert bpy.ops.infinite_parallax.generate() == {"FINISHED"}
    props.smoothness *= 2
    assert bpy.ops.infinite_parallax.update_motion() == {"FINISHED"}


def test_another_list_leaves_the_planes(scene):
    bpy.ops.infinite_parallax.generate()
    props, shown = scene.infinite_parallax, planes(scene)
    props.separator = "BANDS"
    props.layer_items[0].name, props.layer_items[1].hide = "Sky", True
    assert shown["layer 0"].name == "Layer 1" and not shown["layer 1"].hide_render
    props.separator = "DEPTH"
    assert bpy.ops.infinite_parallax.build() == {"FINISHED"}
    props.layer_items[1].hide = True
    assert shown["layer 1"].hide_render


def test_a_hole_behind_a_layer_that_is_hidden_late_is_said_until_it_is_painted(scene):
    showing = harness.part("scene.showing")
    bpy.ops.infinite_parallax.generate()
    props = scene.infinite_parallax
    props.layer_items[0].hide = True
    assert showing.bare(scene) == [], "there is nothing behind the farthest"
    props.layer_items[0].hide, props.layer_items[2].hide = False, True
    assert showing.bare(scene) == [props.layer_items[2].name]
    assert studio.render(scene, 4)[..., 3].min() < 255
    bpy.ops.infinite_parallax.generate()
    assert planes(scene)["layer 2"].hide_render and showing.bare(scene) == []
    assert studio.render(scene, 4)[..., 3].min() == 255
