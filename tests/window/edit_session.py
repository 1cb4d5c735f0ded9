"""What an artist does with the film, in a real Blender window:

blender --enable-event-simulate --python this.py -- PICTURE FOLDER REPORT.json

Every `yield` gives the window back its event loop for a moment, as a person's pauses do.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))

import sessions  # noqa: E402  (beside this script, which Blender runs by its path)
from sessions import area, click, part, pause, region, until, window  # noqa: E402

PICTURE, FOLDER, REPORT = sys.argv[sys.argv.index("--") + 1 :]
PANELS = "motion", "camera", "sound", "effects", "colour", "output", "codec", "motion_blur"
report = {"done": []}


def props():
    return window().scene.infinite_parallax


def cut():
    return part("scene.edit").edit_of(window().scene)


def strips():
    return {strip.name: strip for strip in cut().sequence_editor.strips_all}


def ended(name):
    """Waits for a task, and gives how it ended."""
    tasks = part("operators.tasks")
    yield from until(lambda: tasks.of(name) and not tasks.of(name).running)
    yield from pause()
    return tasks.of(name).state, tasks.of(name).text


def generate():
    bpy.context.preferences.view.show_splash = False
    area().spaces.active.show_region_ui = True
    yield from pause()
    region(area(), "UI").active_panel_category = "Parallax"
    props().picture = bpy.data.images.load(PICTURE)
    props().folder = str(Path(FOLDER) / "parallax")
    props().layers, props().length, props().steps, props().fps = 3, "STEPS", 2, 6.0
    click("generate")
    yield from until(lambda: part("scene.build").is_built(window().scene))
    yield from pause()


def preview():
    """Plays a sound; where there is no audio device, that is said."""
    click("add_sound", source="WIND")
    click("preview_sound")
    yield from ended("preview")
    yield from until(lambda: part("operators.sound").playing() or part("operators.notices").of(window().scene))
    notice = part("operators.notices").of(window().scene)
    report["preview"] = part("operators.sound").playing(), notice.text if notice else ""
    if report["preview"][0]:
        click("stop_sound")


def lay():
    props().sounds[0].layer = 1
    for kind in ("RAIN", "FOG", "VIGNETTE"):
        click("add_effect", kind=kind)
    click("grade_look", look="moonlight")
    yield from pause()
    click("update_edit")
    report["made"] = yield from ended("film")
    yield from until(lambda: not part("scene.film").is_stale(window().scene))
    report["strips"] = sorted((strip.name, strip.type) for strip in strips().values())
    for name in ("undo", "redo"):
        with bpy.context.temp_override(window=window()):
            getattr(bpy.ops.ed, name)()
        yield from pause()
        report[name] = sorted(strips())


def show_panels():
    """Has the sections drawn with all that they can hold; what goes wrong there stands in the terminal."""
    click("add_turn")
    props().camera.mover, props().camera.move = "CAMERA", "ORBIT"
    props().grade.haze, props().grade.haze_auto = 0.5, False
    props().export.blur, props().sounds[0].delay = True, True
    for kind in ("RAYS", "SHIMMER", "MEDIA", "RAIN"):
        props().effects[0].kind = kind
        for name in PANELS:
            with bpy.context.temp_override(window=window(), area=area(), region=region(area(), "UI")):
                bpy.ops.wm.call_panel(name=f"INFINITE_PARALLAX_PT_{name}", keep_open=False)
            yield from pause(2)
    click("remove_turn")
    click("remove_turn")
    props().camera.mover, props().export.blur, props().sounds[0].delay = "LAYERS", False, False
    yield from pause()


def keep_by_hand():
    """What the artist changed on a strip and what they laid themselves stay; what they set is followed."""
    own = cut().sequence_editor.strips.new_effect(name="My Title", type="TEXT", channel=40, frame_start=2, length=4)
    own.text = "Infinite"
    vignette = next(strip for name, strip in strips().items() if "Vignette" in name)
    vignette.blend_alpha = 0.25
    props().effects[1].strength = 1.0
    click("update_edit")
    yield from until(lambda: not part("scene.film").is_stale(window().scene))
    report["by hand"] = "My Title" in strips(), strips()[vignette.name].blend_alpha


def centre_on_another_frame():
    """Another size of the film is seen whole, however the artist has zoomed and moved the camera's view."""
    view = area().spaces.active.region_3d
    view.view_camera_zoom, view.view_camera_offset = 25.0, (0.25, 0.0)
    props().export.size = "PORTRAIT"
    yield from pause()
    report["centred"] = view.view_camera_zoom < 25.0, tuple(view.view_camera_offset)
    props().export.size = "PICTURE"
    yield from pause()


def open_edit():
    """A window of its own shows the edit, and the other one what it has shown."""
    windows, shown = bpy.context.window_manager.windows, window().scene
    click("open_edit")
    yield from until(lambda: len(windows) > 1)
    yield from pause()
    (opened,) = windows[-1].screen.areas
    report["opened"] = opened.type, opened.spaces.active.view_type
    report["pinned"] = windows[-1].workspace.sequencer_scene == cut(), window().scene == shown
    with bpy.context.temp_override(window=windows[-1]):
        bpy.ops.wm.window_close()
    yield from pause()


def set_loudness():
    before = cut().audio_volume
    click("set_loudness")
    report["loudness"] = (yield from ended("loudness"))[0]
    yield from until(lambda: cut().audio_volume != before)
    last = part("operators.loudness").last(window().scene)
    report["LUFS"], report["peak"] = last.integrated, last.peak


def update_motion():
    """Another direction shows what was never painted: it is asked, and Return has it painted."""
    background = part("operators.background")
    props().direction = 90.0
    yield from pause()
    work = background.current
    window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=800, y=500)
    yield
    click("update_motion")
    yield from pause()
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type="RET", value=value, x=800, y=500)
        yield
    yield from until(lambda: background.current is not work)
    yield from until(lambda: not background.current.running and background.current.built)
    yield from until(lambda: not part("scene.film").is_stale(window().scene))
    report["turned"] = background.current.state, sorted(strips())


def export():
    group = props().export
    group.pingpong = True
    cut().render.filepath = str(Path(FOLDER) / "film.mp4")
    click("export")
    seen = set()
    tasks = part("operators.tasks")
    while tasks.of("export").running:
        seen.add(tasks.of("export").status())
        yield
    report["statuses"] = sorted(seen)
    report["exported"] = tasks.of("export").state, tasks.of("export").text
    report["files"] = sorted(path.name for path in Path(FOLDER).iterdir())
    report["lengths"] = [bpy.data.movieclips.load(str(Path(FOLDER) / name)).frame_duration
                         for name in report["files"] if name.endswith(".mp4")]
    report["frames"] = cut().frame_end


def cancel_export():
    tasks = part("operators.tasks")
    cut().render.filepath = str(Path(FOLDER) / "cancelled.mp4")
    click("export")
    yield from until(lambda: tasks.of("export").done > 0)
    click("cancel_task", name="export")
    yield from pause()
    report["cancelled"] = tasks.of("export").state, [path.name for path in Path(FOLDER).iterdir() if "cancelled" in path.name]


def reload():
    path = str(Path(FOLDER) / "film.blend")
    with bpy.context.temp_override(window=window()):
        bpy.ops.wm.save_as_mainfile(filepath=path)
        yield from pause()
        bpy.ops.wm.open_mainfile(filepath=path)
    yield from pause()
    scene = next(scene for scene in bpy.data.scenes if part("scene.build").is_built(scene))
    window().scene = scene
    yield from pause()
    report["reloaded"] = part("scene.film").is_stale(scene), sorted(strips())


sessions.begin((generate, preview, lay, show_panels, keep_by_hand, centre_on_another_frame, open_edit, set_loudness,
                update_motion, export, cancel_export, reload), report, REPORT)
