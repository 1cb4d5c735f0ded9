"""How a session in a window goes on and ends, for the scripts that Blender runs by their paths."""

import json
import traceback
from pathlib import Path

import bpy


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
