"""What the sources promise: who imports what, and that lists which say the same thing agree."""

import ast
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from tests.harness import MANIFEST, ROOT

LOCK = (ROOT / "wheels" / "SHA256SUMS").read_text(encoding="utf-8").split()[1::2]


def imported(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("file", sorted((ROOT / "engine").rglob("*.py")), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_the_engine_never_imports_blender(file):
    assert not imported(file) & {"bpy", "bl_ext", "mathutils", "addon_utils"}


def test_the_root_is_imported_without_blender():
    code = "import sys; sys.modules['bpy'] = None; import __init__"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_manifest_and_lock_name_the_same_wheels():
    assert sorted(MANIFEST["wheels"]) == sorted(f"./wheels/{file}" for file in LOCK)


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-bpy.txt"])
def test_tests_run_with_the_versions_that_are_bundled(file):
    pins = {line for name in (file, "requirements-opencv.txt") for line in (ROOT / "tests" / name).read_text(encoding="utf-8").splitlines()}
    assert {"{}=={}".format(*wheel.split("-")[:2]).replace("_", "-") for wheel in LOCK} <= pins


def test_there_is_one_version():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == MANIFEST["version"]


def test_no_file_names_a_path_of_this_machine():
    """Neither where this checkout stands nor the home of whoever works in it."""
    places = {ROOT.parent, Path.home()} - {Path(ROOT.anchor), Path(tempfile.gettempdir())}
    patterns = [argument for place in places for argument in ("-e", f"{place}{os.sep}")]
    found = subprocess.run(["git", "grep", "-nIF", *patterns], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 1, found.stdout + found.stderr  # git grep says 1 where it found nothing
