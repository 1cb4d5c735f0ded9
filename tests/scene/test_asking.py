"""The scene that asked for a parallax gets it, wherever its folder is and whatever was done meanwhile, and hears what went wrong."""

import shutil
import time

import bpy
import pytest

from tests import harness
from tests.scene import studio


@pytest.fixture
def scene(blank, tmp_path):
    """A scene of a saved file, with a finished job in a folder outside the file's own."""
    (tmp_path / "film").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film" / "a.blend"))
    scene = bpy.context.scene
    properties = harness.part("scene.properties")
    shutil.copytree(studio.painted(direction=180.0).folder, tmp_path / "painted")
    properties.from_settings(scene.infinite_parallax, studio.painted(direction=180.0).read()[1])
    properties.remember_job(scene.infinite_parallax, tmp_path / "painted")
    return scene


@pytest.fixture
def done(scene, tmp_path):
    """A run that has ended well, as the timer of a window finds it."""
    background = harness.part("operators.background")
    background.current = work = background.start(harness.part("engine.job").Job(tmp_path / "painted"), scene)
    end = time.monotonic() + 60
    while work.running and time.monotonic() < end:
        background.tick()
        time.sleep(0.02)
    assert work.state == background.DONE, work.text
    yield work
    background.current = None


def look():
    return harness.part("operators.generate")._look()


def notice(scene):
    return harness.part("operators.notices").of(scene)


def built(scene):
    return harness.part("scene.build").is_built(scene)


def test_a_folder_outside_the_files_own(scene, tmp_path):
    properties = harness.part("scene.properties")
    assert scene.infinite_parallax.job == "//../painted"
    assert properties.job_folder(scene) == tmp_path / "painted"
    scene.infinite_parallax.folder = "//../other"
    assert properties.chosen_folder(scene) == tmp_path / "other"
    assert properties.same_folder(tmp_path / "film" / ".." / "painted", tmp_path / "painted")
    assert not properties.same_folder(tmp_path / "film", tmp_path / "painted")


def test_what_undo_took_back_while_painting_is_remembered(scene, done, tmp_path):
    scene.infinite_parallax.job = scene.infinite_parallax.job_absolute = ""
    look()
    assert built(scene) and done.text != "Done: open its file again and click Build Scene"
    assert scene.infinite_parallax.job == "//../painted"


def test_another_file_is_left_alone(scene, done):
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    look()
    assert not any(built(scene) for scene in bpy.data.scenes)
    assert "click Build Scene" in done.text


def test_warnings_are_told_where_the_scene_was_built(scene, done):
    scene.collection.objects.link(bpy.data.objects.new("Cube", bpy.data.meshes.new("Cube")))
    done.warnings.append("The picture's transparent parts are shown on white")
    look()
    assert not built(scene)
    made = next(other for other in bpy.data.scenes if built(other))
    assert "transparent parts" in notice(made).text


def test_a_refusal_is_told_on_the_scene_that_asked(scene, done, tmp_path):
    (tmp_path / "painted" / "layers" / "layers.json").write_text("{}")
    bpy.context.window_manager.windows[0].scene = bpy.data.scenes.new("elsewhere")
    look()
    assert notice(scene).level == "ERROR" and "another version" in notice(scene).text
    assert notice(bpy.data.scenes["elsewhere"]) is None


def test_a_run_is_known_after_its_file_was_loaded_again(scene, done):
    main = harness.part("panels.main")
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    scene = bpy.context.scene
    assert scene.session_uid != done.scene_uid
    assert main._is_of(done, scene)
    assert not main._is_of(done, bpy.data.scenes.new("other"))


def test_save_as_leaves_the_job_where_it_is(scene, tmp_path):
    bpy.ops.infinite_parallax.build()
    (tmp_path / "far" / "away").mkdir(parents=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "far" / "away" / "b.blend"))
    assert harness.part("scene.properties").job_folder(scene) == tmp_path / "painted"
    scene.infinite_parallax.smoothness *= 2
    assert bpy.ops.infinite_parallax.update_motion() == {"FINISHED"}
    (tmp_path / "painted").rename(tmp_path / "far" / "painted")
    assert harness.part("scene.properties").job_folder(scene) == tmp_path / "far" / "painted", "beside the .blend comes first"
    shutil.rmtree(tmp_path / "far" / "painted")
    with pytest.raises(RuntimeError, match=f"{tmp_path / 'far' / 'painted'} are not there any more"):
        bpy.ops.infinite_parallax.update_motion()


def test_resume_shows_what_the_job_was_begun_with(scene, tmp_path):
    props = scene.infinite_parallax
    props.picture = bpy.data.images.load(str(studio.picture()))
    resume = harness.part("operators.generate").INFINITE_PARALLAX_OT_resume
    said = []

    class Asked:
        def report(self, level, text):
            said.append(text)

    resume.job(Asked(), scene)
    assert said == [] and notice(scene) is None
    before = harness.part("scene.properties").to_settings(props)
    props.smoothness *= 3
    props.layer_items[0].use_speed, props.layer_items[0].speed = True, 33.0
    assert resume.job(Asked(), scene).folder == tmp_path / "painted"
    assert harness.part("scene.properties").to_settings(props) == before
    assert len(said) == 1 and notice(scene).text == said[0]
    props.picture = bpy.data.images.load(str(studio.picture(64, 64)))
    resume.job(Asked(), scene)
    assert len(said) == 2 and props.picture.filepath == str(studio.picture())


def test_a_click_on_a_layer_leaves_the_notice(scene):
    notices, props = harness.part("operators.notices"), scene.infinite_parallax
    notices.tell(scene, "ERROR", "Something is wrong")
    props.active_layer = 2
    assert notice(scene).text == "Something is wrong"
    props.layer_items[1].distance += 1.0
    assert notice(scene) is None


def test_the_edit_is_opened_where_there_is_one_and_a_window(scene):
    open_edit = bpy.ops.infinite_parallax.open_edit
    assert not open_edit.poll()
    with pytest.raises(RuntimeError, match="Generate a parallax first"):
        open_edit()
    bpy.ops.infinite_parallax.build()
    assert open_edit.poll()
    with pytest.raises(RuntimeError, match="without a window"):
        open_edit()
    bpy.data.scenes.remove(harness.part("scene.edit").edit_of(scene))
    with pytest.raises(RuntimeError, match="Update Motion makes it anew"):
        open_edit()
    bpy.ops.infinite_parallax.update_motion()
    assert open_edit.poll()
