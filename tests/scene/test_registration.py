"""The extension comes and goes without a trace."""

import subprocess
import sys
from pathlib import Path

import bpy

from tests import harness


def test_it_is_imported_as_an_installed_extension(extension):
    assert extension.__name__ == harness.PACKAGE
    assert Path(harness.part("engine.job").__file__).resolve() == harness.ROOT / "engine" / "job.py"


def test_an_empty_file_keeps_it_enabled(blank):
    import addon_utils

    assert addon_utils.check(harness.PACKAGE) == (True, True)
    assert not bpy.data.objects


def test_enabling_it_does_not_import_pillow():
    code = "import sys; from tests import harness; harness.prepare(); harness.enable(); print('PIL' in sys.modules); harness.leave(0)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=harness.ROOT, capture_output=True, text=True)
    assert ran.stdout.split()[-1:] == ["False"], ran.stderr


def _functions(name):
    handlers = getattr(bpy.app.handlers, name)
    return handlers if isinstance(handlers, list) else []


def test_unregister_removes_every_class_and_property(blank, extension):
    def ours():
        kinds = (bpy.types.Operator, bpy.types.Panel, bpy.types.PropertyGroup, bpy.types.UIList, bpy.types.Menu, bpy.types.AddonPreferences)
        classes = {c for kind in kinds for c in kind.__subclasses__() if c.__module__.startswith(harness.PACKAGE) and c.is_registered}
        owners = (bpy.types.Scene, bpy.types.WindowManager, bpy.types.Object, bpy.types.Collection)
        handlers = [(name, f) for name in dir(bpy.app.handlers) for f in _functions(name) if f.__module__.startswith(harness.PACKAGE)]
        return (classes, handlers), {(owner, p.identifier) for owner in owners for p in owner.bl_rna.properties}

    ours_before, properties = ours()
    assert all(ours_before)
    extension.unregister()
    try:
        assert not any(ours()[0])
        assert ours()[1] < properties
    finally:
        extension.register()
    assert ours() == (ours_before, properties)
