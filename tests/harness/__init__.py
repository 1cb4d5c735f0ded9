"""Runs the extension in the bpy wheel, enabled the way Blender enables extensions, with a user folder of its own.

`prepare()` must come before anything imports bpy: Blender reads where its user's files are only once.
"""

import atexit
import importlib
import os
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
PACKAGE = f"bl_ext.user_default.{MANIFEST['id']}"


def prepare() -> None:
    """Gives Blender a new user folder."""
    if "bpy" in sys.modules:
        raise RuntimeError("bpy is imported already: call prepare() first")
    user = os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="infinite-parallax-")
    atexit.register(shutil.rmtree, user, ignore_errors=True)


def leave(status: int) -> NoReturn:
    """Ends the process with all that is registered with atexit, but without Blender's own shutdown.

    A bpy wheel that still holds a Python callback (an update function, a handler, a timer) crashes there in 4.2 and can hang in 4.5.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def enable():
    """The extension's root module, enabled. What its registration raises is raised here."""
    import bpy

    # isort: split
    import addon_utils  # found only once bpy is there

    extensions = Path(bpy.utils.user_resource("EXTENSIONS", path="user_default", create=True))
    (extensions / MANIFEST["id"]).symlink_to(ROOT, target_is_directory=True)
    errors = []
    module = addon_utils.enable(PACKAGE, default_set=True, handle_error=errors.append)
    if errors:
        raise errors[0]
    return module


def part(name: str):
    """A module of the enabled extension, such as 'engine.job'.

    Scene tests must not `import engine`: that is another copy, whose classes are not those that the extension raises and returns.
    """
    return importlib.import_module(f"{PACKAGE}.{name}")


def blank():
    """An empty file. Unlike `read_factory_settings`, this leaves the extension enabled."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
