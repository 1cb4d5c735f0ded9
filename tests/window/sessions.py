"""What every session in a window does, for the scripts that Blender runs by their paths."""

import importlib
import json
import time
import traceback
from pathlib import Path

import bpy

PACKAGE = "bl_ext.user_default.infinite_parallax"


def part(name):
    """A module of the installed extension."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def window():
    return bpy.context.window_manager.windows[0]


def area(kind="VIEW_3D"):
    return next((found for found in window().screen.areas if found.type == kind), None)


def region(of, kind="WINDOW"):
    return next(found for found in of.regions if found.type == kind)


def click(operator, of=None, **values):
    """What pressing a button of ours does: the operator is invoked in the window, from an area's sidebar."""
    of = of or area()
    with bpy.context.temp_override(window=window(), area=of, region=region(of, "UI")):
        return getattr(bpy.ops.infinite_parallax, operator)("INVOKE_DEFAULT", **values)


def pause(moments=8):
    for _ in range(moments):
        yield


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(condition.__code__.co_names)
        yield


def begin(acts, report: dict, file: str, moment: float = 0.1) -> None:
    """Has the window do one act after another; each yields to its event loop. What they report is written when all is done.

    moment: seconds between two steps of an act.
    """
    running = _running(acts, report)

    def step():
        try:
            next(running)
            return moment
        except StopIteration:
            pass
        except Exception:  # for whoever reads the report
            report["error"] = traceback.format_exc()
        Path(file).write_text(json.dumps(report))
        bpy.ops.wm.quit_blender()

    bpy.app.timers.register(step, first_interval=2.0, persistent=True)


def _running(acts, report):
    for act in acts:
        yield from act()
        report["done"].append(act.__name__)
