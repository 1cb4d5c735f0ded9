"""The scene that is made: found again, updated in place, the artist's changes kept, moved with its folder."""

import shutil

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio

LOOP = {"direction": 180.0}
FRESH = {"direction": 180.0, "content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": 2}


def blocks():
    """Every data-block of the file by its identity."""
    kinds = ("scenes", "collections", "objects", "meshes", "materials", "images", "cameras", "actions", "worlds")
    return {(kind, block.session_uid) for kind in kinds for block in getattr(bpy.data, kind) if block.name != "Render Result"}


def update(scene, **options):
    return harness.part("scene.build").update_motion(scene, harness.part("engine.job").Job(scene.infinite_parallax.job), **options)


def curves(plane):
    found = harness.part("scene.versions").fcurves(plane)
    return {curve.array_index: curve for curve in found if curve.data_path == "location"}


def travel(scene, frame):
    """Each layer's displacement from frame 1 in Blender units."""
    scene.frame_set(1)
    first = np.array([plane.location[:2] for plane in studio.planes(scene)])
    scene.frame_set(frame)
    return np.array([plane.location[:2] for plane in studio.planes(scene)]) - first


@pytest.fixture
def job(blank, tmp_path):
    """A job of this test's own, which it may change."""
    folder = tmp_path / "parallax"
    shutil.copytree(studio.painted(**LOOP).folder, folder)
    return harness.part("engine.job").Job(folder)


def test_building_again_changes_the_same_data(job):
    scene = studio.build(job).scene
    before, first = blocks(), studio.render(scene, 1)
    negative = np.array(Image.open(job.layers / "01-00.png"))
    negative[..., :3] = 255 - negative[..., :3]
    Image.fromarray(negative).save(job.layers / "01-00.png")
    studio.build(job)
    assert blocks() == before
    again = studio.render(scene, 1)
    assert studio.difference(again[:40], 255 - first[:40]) < 1.0
    assert studio.difference(again[-40:], first[-40:]) == 0.0


def test_renamed_and_moved_things_are_found_again(job):
    scene = studio.build(job).scene
    before = blocks()
    for number, block in enumerate([*scene.objects, *bpy.data.materials, *bpy.data.scenes, *bpy.data.images]):
        block.name = f"mine {number}"
    shelf = bpy.data.collections.new("shelf")
    scene.collection.children.link(shelf)
    ours = next(c for c in scene.collection.children if c != shelf)
    scene.collection.children.unlink(ours)
    shelf.children.link(ours)
    studio.build(job)
    assert blocks() == before | {("collections", shelf.session_uid)}


def test_settings_changed_by_the_artist_stay(job):
    built = studio.build(job)
    built.scene.render.resolution_percentage = 50
    built.scene.world.node_tree.nodes["Background"].inputs[0].default_value = (1, 0, 0, 1)
    built.edit.render.filepath = "//elsewhere.mp4"
    studio.planes(built.scene)[0].data.materials[0].node_tree.nodes[0].interpolation = "Cubic"
    again = studio.build(job)
    assert again.scene == built.scene and again.scene.render.resolution_percentage == 50
    assert tuple(again.scene.world.node_tree.nodes["Background"].inputs[0].default_value) == (1, 0, 0, 1)
    assert again.edit.render.filepath == "//elsewhere.mp4"
    assert studio.planes(again.scene)[0].data.materials[0].node_tree.nodes[0].interpolation == "Cubic"


def test_a_deleted_layer_comes_back(job):
    scene = studio.build(job).scene
    bpy.data.objects.remove(studio.planes(scene)[1])
    assert len(studio.planes(scene)) == 2
    studio.build(job)
    assert len(studio.planes(scene)) == 3
    assert studio.difference(studio.render(scene, 1), studio.source(job)) < 1.0


def test_the_artists_own_scene_is_left_alone(job):
    own = bpy.context.scene
    own.collection.objects.link(bpy.data.objects.new("Cube", bpy.data.meshes.new("Cube")))
    size, engine = own.render.resolution_x, own.render.engine
    built = studio.build(job, own)
    assert built.scene != own and len(own.objects) == 1
    assert (own.render.resolution_x, own.render.engine) == (size, engine)
    assert built.scene.infinite_parallax.layers == 3
    assert studio.build(job, own).scene == built.scene, "generating from it again must find the same parallax"


def test_a_scene_with_an_edit_of_the_artists_is_left_alone(job):
    own = bpy.context.scene
    harness.part("scene.versions").strips(own).new_effect("Title", "TEXT", 1, 1, **(
        {"length": 24} if bpy.app.version >= (5, 0) else {"frame_end": 25}))
    size = own.render.resolution_x
    assert studio.build(job, own).scene != own
    assert (own.render.resolution_x, len(harness.part("scene.versions").strips(own))) == (size, 1)


@pytest.mark.skipif(bpy.app.version < (5, 0), reason="sequencers show the window's scene")
def test_update_motion_leaves_the_sequencer_at_what_the_artist_opened(job):
    built, workspace = studio.build(job), bpy.context.window_manager.windows[0].workspace
    assert workspace.sequencer_scene == built.edit
    own = workspace.sequencer_scene = bpy.data.scenes.new("own")
    update(built.scene)
    assert workspace.sequencer_scene == own


def test_other_layers_take_the_place_of_old_ones(job):
    scene = studio.build(job).scene
    fewer = studio.painted(direction=180.0, layers=2, heights=(50.0,))
    studio.build(fewer)
    assert len(studio.planes(scene)) == 2
    assert len(bpy.data.meshes) == len(bpy.data.materials) == 2
    assert studio.difference(studio.render(scene, 1), studio.source(fewer)) < 1.0


@pytest.mark.parametrize("choice, kept", [("KEEP", True), ("REPLACE", False)])
def test_keyframes_changed_by_hand(job, choice, kept):
    scene = studio.build(job).scene
    plane = studio.planes(scene)[1]
    curves(plane)[0].keyframe_points[1].co.y += 1.5
    by_hand = curves(plane)[0].evaluate(100)
    assert harness.part("scene.build").edited_planes(scene) == [plane]
    scene.infinite_parallax.smoothness *= 2
    built = update(scene, edited=choice)
    assert (abs(curves(plane)[0].evaluate(100) - by_hand) < 1e-5) == kept
    assert any("Kept the keyframes" in note and plane.name in note for note in built.notes) == kept
    assert studio.render(scene, scene.frame_end)[..., 3].min() == 255


def test_planes_reach_as_far_as_keyframes_made_by_hand(job):
    scene = studio.build(job).scene
    for plane in studio.planes(scene):
        curves(plane)[0].keyframe_points[1].co.y *= -2.3
    for frame in np.linspace(1, scene.frame_end, 9).astype(int):
        assert studio.render(scene, frame)[..., 3].min() == 255


def test_playback_shows_keyframes_made_by_hand(job):
    scene = studio.build(job).scene
    plane = studio.planes(scene)[1]
    before = len(plane.data.polygons)
    curves(plane)[0].keyframe_points[1].co.y *= 4.0
    for covers in list(bpy.app.handlers.animation_playback_pre):  # without a window nothing plays
        covers(scene, None)
    assert len(plane.data.polygons) > before


def test_rendering_needs_no_job_folder(job):
    scene = studio.build(job).scene
    cover = harness.part("scene.build").cover_again
    before = len(studio.planes(scene)[1].data.polygons)
    job.folder.rename(job.folder.with_name("gone"))
    assert cover(scene) == ()
    curves(studio.planes(scene)[1])[0].keyframe_points[1].co.y *= 4.0
    assert bpy.ops.render.render(scene=scene.name) == {"FINISHED"}
    assert len(studio.planes(scene)[1].data.polygons) == before
    assert len(cover(scene)) == 1 and str(job.folder) in cover(scene)[0]


def test_keyframes_that_lead_beyond_fresh_paint_are_named(blank):
    scene = studio.build(studio.painted(**FRESH)).scene
    plane = studio.planes(scene)[2]
    point, cover = curves(plane)[0].keyframe_points[1], harness.part("scene.build").cover_again
    point.co.y *= 0.5
    assert cover(scene) == (), "within what was painted"
    point.co.y *= 3.0
    for notes in (cover(scene), update(scene).notes, studio.build(studio.painted(**FRESH)).notes):
        assert sum("beyond what was painted" in note and plane.name in note for note in notes) == 1
    assert not any("beyond" in note for note in update(scene, edited="REPLACE").notes)


def test_update_motion_keys_anew_without_painting(job):
    scene = studio.build(job).scene
    before, painted, way = blocks(), sorted(p.stat().st_mtime_ns for p in job.folder.rglob("*")), travel(scene, 25)
    props = scene.infinite_parallax
    props.direction, props.seconds_per_step = 0.0, 2.0
    props.layer_items[0].distance = 12.0
    update(scene)
    assert blocks() == before
    assert sorted(p.stat().st_mtime_ns for p in job.folder.rglob("*")) == painted
    now = travel(scene, 25)
    assert (np.sign(now[:, 0]) == -np.sign(way[:, 0])).all()
    assert abs(now[0, 0] / now[2, 0]) < abs(way[0, 0] / way[2, 0]) / 2, "a farther layer is slower beside the others"
    for frame in np.linspace(1, scene.frame_end, 7).astype(int):
        assert studio.render(scene, frame)[..., 3].min() == 255
    assert studio.difference(studio.render(scene, scene.frame_end + 1), studio.render(scene, 1)) < 1.0


@pytest.mark.parametrize("change, sentence", [
    ({"direction": 90.0}, "this motion"), ({"layers": 4, "auto_heights": True}, "cut into 3 layers"),
])
def test_update_motion_says_what_needs_painting(job, change, sentence):
    scene = studio.build(job).scene
    before = travel(scene, 25)
    for name, value in change.items():
        setattr(scene.infinite_parallax, name, value)
    with pytest.raises(harness.part("engine.errors").ParallaxError, match=sentence):
        update(scene)
    assert (travel(scene, 25) == before).all()


@pytest.mark.parametrize("change", [
    {"direction": 0.0}, {"smoothness": 5.0}, {"seconds_per_step": 0.5}, {"length": "DURATION", "duration": 9.0},
], ids=str)
def test_fresh_content_never_shows_its_end(blank, change):
    job = studio.painted(**FRESH)
    scene = studio.build(job).scene
    first, last = studio.render(scene, 1), studio.render(scene, job.result().motion.frames + 1)
    for name, value in change.items():
        setattr(scene.infinite_parallax, name, value)
    update(scene)
    for frame in np.linspace(1, scene.frame_end, 9).astype(int):
        assert studio.render(scene, frame)[..., 3].min() == 255
    if "direction" in change:
        assert studio.difference(studio.render(scene, 1), last) < 1.0, "backwards begins where the painting ended"
        assert studio.difference(studio.render(scene, scene.frame_end + 1), first) < 1.0


def test_fresh_content_cannot_turn(blank):
    scene = studio.build(studio.painted(**FRESH)).scene
    scene.infinite_parallax.direction = 90.0
    with pytest.raises(harness.part("engine.errors").ParallaxError, match="not painted for this motion"):
        update(scene)


def test_fresh_content_is_cut_to_what_is_painted_and_says_so(blank):
    scene = studio.build(studio.painted(**FRESH)).scene
    scene.infinite_parallax.steps = 40
    built = update(scene)
    assert scene.frame_end == studio.painted(**FRESH).result().motion.frames
    assert any("What was painted lasts" in note for note in built.notes)


def test_the_file_can_move_with_its_folder(job, tmp_path):
    scene = studio.build(job).scene
    seen = studio.render(scene, 1)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    moved = tmp_path.parent / f"{tmp_path.name} moved"
    tmp_path.rename(moved)
    bpy.ops.wm.open_mainfile(filepath=str(moved / "scene.blend"))
    scene = bpy.context.scene
    layers = [image for image in bpy.data.images if image.name != "Render Result" and image != scene.infinite_parallax.picture]
    assert len(layers) == 3 and all(image.filepath.startswith("//") for image in layers)
    assert (studio.render(scene, 1) == seen).all()
    assert harness.part("scene.properties").job_folder(scene) == moved / "parallax"


def test_the_edit_follows_the_parallax(job):
    built = studio.build(job)
    strips = harness.part("scene.versions").strips(built.edit)
    strip = strips[0]
    assert strip.scene == built.scene and strip.type == "SCENE"
    built.scene.infinite_parallax.smoothness *= 3
    update(built.scene)
    assert [s.name for s in strips] == [strip.name]
    assert harness.part("scene.versions").strip_length(strip) == built.scene.frame_end == built.edit.frame_end


@pytest.mark.parametrize("fps, rate", [(24.0, (24, 1.0)), (29.97, (30, 1.001)), (23.976, (24, 1.001)), (12.5, (25, 2.0))])
def test_fractional_frame_rates(blank, fps, rate):
    assert harness.part("scene.stage").frame_rate(fps) == rate


@pytest.mark.parametrize("fps", [1.0, 1.5, 7.77, 12.5, 23.976, 25.0, 29.97, 33.333, 59.94, 66.667, 99.999, 119.88, 239.999, 240.0])
def test_blender_holds_every_frame_rate(blank, fps):
    render = bpy.context.scene.render
    render.fps, render.fps_base = harness.part("scene.stage").frame_rate(fps)
    assert render.fps / render.fps_base == pytest.approx(fps, rel=1.1e-5), "within a tenth of a second in three hours"
    assert render.fps_base in (1.0, pytest.approx(1.001)) or render.fps_base.is_integer()
