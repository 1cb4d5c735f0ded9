"""Run by a second Blender, as a script: opens a copy of the artist's file and runs one function of the extension on it.

    blender --background --python errand.py -- FOLDER        or, in the bpy wheel,        python errand.py -- FOLDER

FOLDER/errand.json says which. The extension is enabled in the preferences or, where it is enabled by script, enabled here by its name.
Exit code 0 done, 1 error, 3 cancelled, 4 the first Blender has ended.
"""

import contextlib
import importlib
import importlib.util
import json
import os
import shutil
import sys
import threading
import time
import traceback
from pathlib import Path

import bpy

# isort: split
import addon_utils  # found only once bpy is there

ALONE = "infinite_parallax_elsewhere"  # the package's name where it is not enabled
LOOK = 0.1  # seconds between looks at whether to cancel


def main():
    errand = json.loads((Path(sys.argv[-1]) / "errand.json").read_text(encoding="utf-8"))
    package = _package(errand)
    parent = importlib.import_module(f"{package}.engine.parent")
    parent.watch(lambda: _tidy(*errand["leftovers"], errand["folder"]))
    channel = importlib.import_module(f"{package}.engine.channel").Channel(errand["folder"])
    progress = importlib.import_module(f"{package}.engine.progress").Progress(channel)
    progress.start()
    threading.Thread(target=_end_when_asked, args=(channel, progress), daemon=True).start()
    _leave({"done": 0, "cancelled": 3}.get(_run(package, errand, progress).kind, 1))


def _run(package, errand, progress):
    errors = importlib.import_module(f"{package}.engine.errors")
    try:
        progress.say("Opening a copy of the file")
        bpy.ops.wm.open_mainfile(filepath=errand["copy"], load_ui=False, use_scripts=errand["scripts"])
        for name, folder in errand["jobs"].items():
            bpy.data.scenes[name].infinite_parallax.job = folder
        module, _, function = errand["call"].partition(":")
        text = getattr(importlib.import_module(f"{package}.{module}"), function)(progress, **errand["values"])
        if bpy.app.autoexec_fail:
            progress.warn("The file's own Python, as in drivers, did not run in the background: allow Auto Run Python Scripts in the "
                          "preferences, or use Render Video")
        return progress.end("done", text or "Done")
    except errors.Cancelled:
        return progress.end("cancelled", "Cancelled")
    except errors.ParallaxError as error:
        return progress.end("error", str(error))
    except Exception as error:
        traceback.print_exc()
        return progress.end("error", f"The second Blender failed ({error}): {errand['folder']} has its log")


def _package(errand):
    """The name of the extension's package here, which is enabled."""
    _, enabled = addon_utils.check(errand["package"])
    if not enabled:
        addon_utils.enable(errand["package"])
    if errand["package"] not in sys.modules:  # known by that name in the first Blender only: from its folder
        root = Path(errand["root"])
        spec = importlib.util.spec_from_file_location(ALONE, root / "__init__.py", submodule_search_locations=[str(root)])
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.register()
        return spec.name
    return errand["package"]


def _end_when_asked(channel, progress):
    """Blender gives scripts no way to stop a render, so the process ends; what is unfinished is removed by the first Blender."""
    while not channel.cancel_requested():
        time.sleep(LOOK)
    progress.end("cancelled", "Cancelled")
    _leave(3)


def _tidy(*leftovers):
    """leftovers: what the first Blender would remove, if it were there."""
    for path in leftovers:
        shutil.rmtree(path, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.unlink(path)
    if Path(bpy.app.tempdir).name.startswith("blender_"):  # of this session; without one Blender names the system's own
        shutil.rmtree(bpy.app.tempdir, ignore_errors=True)


def _leave(code):
    """Ends without Blender's own shutdown, which in the wheel crashes where Python callbacks are left."""
    _tidy()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    try:
        main()
    except Exception:
        traceback.print_exc()
        _leave(1)
