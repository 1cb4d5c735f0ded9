"""What an artist does in the Parallax tab, done inside a real Blender window: blender --python this.py -- PICTURE FOLDER REPORT.json

Every `yield` gives the window back its event loop for a moment, as a person's pauses do.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))

import sessions  # noqa: E402  (beside this script, which Blender runs by its path)
from sessions import area, click, part, pause, region, until, window  # noqa: E402

PICTURE, FOLDER, REPORT = sys.argv[sys.argv.index("--") + 1 :]
report = {"done": []}


def open_tab():
    area().spaces.active.show_region_ui = True
    yield from pause()
    sidebar = region(area(), "UI")
    sidebar.active_panel_category = "Parallax"
    yield from pause()
    report["tab"] = sidebar.active_panel_category


def without_a_picture():
    try:
        click("generate")
    except RuntimeError as error:  # an error report, when the caller is a script
        report["refusal"] = str(error)
    yield from pause()


def generate():
    background = part("operators.background")
    props = window().scene.infinite_parallax
    props.picture = bpy.data.images.load(PICTURE)
    props.folder = str(Path(FOLDER) / "parallax")
    props.separator = "BANDS"
    props.length, props.steps, props.loop, props.fps = "STEPS", 2, False, 6.0
    yield from pause()
    click("generate")
    seen = set()
    while background.current.running:
        seen.add(background.current.status())
        yield
    report["statuses"], report["state"] = sorted(seen), background.current.state
    yield from until(lambda: part("scene.build").is_built(window().scene))
    yield from pause()
    space = area().spaces.active
    report["view"] = space.region_3d.view_perspective, window().scene.frame_current
    report["planes"] = len([o for o in window().scene.objects if o.type == "MESH"])


def play():
    with bpy.context.temp_override(window=window(), area=area()):
        bpy.ops.screen.animation_play()
    yield from until(lambda: window().scene.frame_current > 3)
    with bpy.context.temp_override(window=window(), area=area()):
        bpy.ops.screen.animation_cancel(restore_frame=True)
    report["played"] = True


def undo_and_redo():
    for name in ("undo", "redo"):
        with bpy.context.temp_override(window=window()):
            getattr(bpy.ops.ed, name)()
        yield from pause()
        report[name] = part("scene.build").is_built(window().scene)


def render():
    video = Path(FOLDER) / "film.mp4"
    part("scene.edit").edit_of(window().scene).render.filepath = str(video)
    click("render_video")
    yield from until(lambda: bpy.app.is_job_running("RENDER"))
    yield from until(lambda: not bpy.app.is_job_running("RENDER"))
    report["video"] = bpy.data.movieclips.load(str(video)).frame_duration


def cancel_and_resume():
    background = part("operators.background")
    props = window().scene.infinite_parallax
    props.content, props.seams, props.steps, props.smoothness = "FRESH", "PAINT", 12, 40.0
    click("generate")
    yield from until(lambda: list(background.current.job.steps.glob("0*")))
    click("cancel")
    yield from until(lambda: not background.current.running)
    report["cancelled"] = background.current.state
    yield from pause()
    click("resume")
    yield from until(lambda: not background.current.running and background.current.built)
    report["resumed"] = background.current.state


def split_and_generate():
    """Shapes from depth and an object: first as cut-outs, then painted."""
    background, build = part("operators.background"), part("scene.build")
    props = window().scene.infinite_parallax
    props.separator, props.content, props.steps = "DEPTH", "REPEAT", 2
    part("scene.properties").add_object(props).box = (25.0, 25.0, 75.0, 75.0)
    click("split")
    yield from until(lambda: not background.current.running and background.current.built)
    report["split"] = build.is_preview(window().scene), build.is_built(window().scene), len(props.layer_items)
    yield from show_sections()
    click("generate")
    yield from until(lambda: not background.current.running and background.current.built)
    report["painted"] = build.is_preview(window().scene), build.is_built(window().scene), len(props.layer_items)
    report["lifted"] = [o.name for o in window().scene.objects if part("scene.planes").is_object(o)]


def show_sections():
    """Has the sections drawn with all that they can hold; what goes wrong there stands in the terminal."""
    props = window().scene.infinite_parallax
    sidebar = region(area(), "UI")  # lists cannot be drawn without one
    layers, objects = ("BANDS", "CARDS", "TAGS", "DEPTH"), ("TAGS", "SUBJECT", "LASSO", "MASK", "BOX")
    for name, owner, choice, wanted in (("layers", props, "separator", layers), ("objects", props.objects[0], "shape", objects)):
        for value in wanted:
            setattr(owner, choice, value)
            with bpy.context.temp_override(window=window(), area=area(), region=sidebar):
                bpy.ops.wm.call_panel(name=f"INFINITE_PARALLAX_PT_{name}", keep_open=False)
            yield from pause(3)


sessions.begin((open_tab, without_a_picture, generate, play, undo_and_redo, render, cancel_and_resume, split_and_generate), report, REPORT)
