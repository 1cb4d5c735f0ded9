"""Blender's own `extension` command (build, validate, ...) without a Blender: the bpy wheel brings it as a plain script.

    python tools/extension.py validate .
    python tools/extension.py build --split-platforms --source-dir . --output-dir dist
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path


def script() -> Path:
    spec = find_spec("bpy")
    if spec is None or spec.origin is None:
        sys.exit("This Python has no bpy: use the one that `make package` uses")
    return next(Path(spec.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))


if __name__ == "__main__":
    sys.exit(subprocess.run([sys.executable, script(), *sys.argv[1:]]).returncode)
