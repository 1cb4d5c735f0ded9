"""What an artist does in the preferences, in a real Blender window: blender --python this.py -- PICTURE FOLDER REPORT.json

FOLDER holds the locked lists, and in index.txt the address of the package index to use.
"""

import os
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))

import sessions  # noqa: E402  (beside this script, which Blender runs by its path)
from sessions import PACKAGE, part, pause, until  # noqa: E402

_, FOLDER, REPORT = sys.argv[sys.argv.index("--") + 1 :]
report = {"done": []}


def task():
    return part("operators.neural_setup").task()


def click(operator, how="EXEC_DEFAULT", **values):
    """What pressing a button in the preferences does."""
    window = bpy.context.window_manager.windows[-1]
    area = next(area for area in window.screen.areas if area.type == "PREFERENCES")
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        module, name = operator.split(".")
        return getattr(getattr(bpy.ops, module), name)(how, **values)


def open_preferences():
    bpy.ops.screen.userpref_show()
    yield from pause()
    click("preferences.addon_show", module=PACKAGE)
    yield from pause()


def offline():
    try:
        click("infinite_parallax.set_up_engine", "INVOKE_DEFAULT")
    except RuntimeError as error:
        report["offline"] = str(error)
    yield from pause()


def ask():
    """From here on online, with an index of our own."""
    bpy.context.preferences.system.use_online_access = True
    part("engine.setup.lists").FOLDER = Path(FOLDER) / "lists"
    os.environ.update(UV_DEFAULT_INDEX=(Path(FOLDER) / "index.txt").read_text(), HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="127.0.0.1",
                      UV_HTTP_RETRIES="0")
    click("infinite_parallax.set_up_engine", "INVOKE_DEFAULT")  # a dialog; the next click takes its place
    yield from pause()


def set_up_and_cancel():
    click("infinite_parallax.set_up_engine")
    seen = set()
    while not (Path(FOLDER) / "held").exists() and task().running:
        seen.add(task().status())
        yield
    report["statuses"] = sorted(seen)
    click("infinite_parallax.cancel_task", name=task().name)
    yield from until(lambda: not task().running, 10)
    report["cancelled"] = task().state, part("operators.neural_python").environment().standing()
    yield from pause()


def resume():
    (Path(FOLDER) / "go on").touch()
    click("infinite_parallax.set_up_engine")
    yield from until(lambda: not task().running)
    report["set_up"] = task().state, task().text
    environment = part("operators.neural_python").environment()
    report["standing"], report["python"] = environment.standing(), str(part("operators.neural_python").python())
    report["uv"] = str(part("engine.setup.uv").find(environment))
    report["folder"] = str(environment.folder)
    yield from pause()


def test():
    click("infinite_parallax.test_engine")
    yield from until(lambda: not task().running)
    report["tested"] = part("operators.neural_python").environment().tested()
    yield from pause()


def remove():
    click("infinite_parallax.remove_engine")
    yield from until(lambda: not task().running)
    report["removed"] = task().text, part("operators.neural_python").environment().size()
    yield from pause()


sessions.begin((open_preferences, offline, ask, set_up_and_cancel, resume, test, remove), report, REPORT)
