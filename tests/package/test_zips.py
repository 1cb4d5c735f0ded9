"""The zips that artists install: built by Blender's own command, and what is in them."""

import json
import subprocess
import sys
import zipfile

import pytest

from tests.harness import MANIFEST, PACKAGE, ROOT

RUNTIME = ("__init__.py", "blender_manifest.toml", "LICENSE", "engine", "scene", "operators", "panels", "icons", "presets")
# How a wheel's file name ends on each platform, and which of the wheels that serve any Python are built for it.
PLATFORMS = {
    "linux-x64": ("x86_64.whl", {"av", "opencv_contrib_python_headless", "pypatchmatch", "uv"}),
    "linux-arm64": ("aarch64.whl", {"av", "opencv_contrib_python_headless", "uv"}),
    "windows-x64": ("win_amd64.whl", {"av", "opencv_contrib_python_headless", "pypatchmatch", "uv"}),
    "windows-arm64": ("win_arm64.whl", {"av", "uv"}),
    "macos-x64": ("x86_64.whl", {"av", "opencv_contrib_python_headless", "uv"}),
    "macos-arm64": ("arm64.whl", {"av", "opencv_contrib_python_headless", "pypatchmatch", "uv"}),
}


def extension_command(*arguments) -> str:
    done = subprocess.run([sys.executable, ROOT / "tools" / "extension.py", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def zips(tmp_path_factory):
    """The zip of each platform, by Blender's name of it."""
    folder = tmp_path_factory.mktemp("dist")
    extension_command("build", "--split-platforms", "--source-dir", ".", "--output-dir", folder)
    return {path.stem.rsplit("-", 1)[1].replace("_", "-"): path for path in folder.iterdir()}


def names(path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_the_manifest_is_valid():
    extension_command("validate", ".")


def test_there_is_a_zip_for_every_platform(zips):
    assert set(zips) == set(PLATFORMS) == set(MANIFEST["platforms"])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_is_a_valid_extension(zips, platform):
    extension_command("validate", zips[platform])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_all_that_runs_is_inside_and_nothing_else(zips, platform):
    tracked = subprocess.run(["git", "ls-files", *RUNTIME], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    packed = {name for name in names(zips[platform]) if not name.startswith("wheels/")}
    assert set(tracked) <= packed
    assert {name.partition("/")[0] for name in packed} <= set(RUNTIME), "name it in paths_exclude_pattern or in RUNTIME"
    assert not [name for name in packed if "__pycache__" in name or "/." in name]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_its_wheels_are_those_of_its_platform(zips, platform):
    ending, for_any_python = PLATFORMS[platform]
    wheels = {name.removeprefix("wheels/") for name in names(zips[platform]) if name.startswith("wheels/")}
    assert all(wheel.endswith(ending) and ("macosx" in wheel) == ("macos" in platform) for wheel in wheels)
    assert {wheel.split("-")[2] for wheel in wheels if wheel.startswith("pillow-")} == {"cp311", "cp313", "cp314"}
    assert {wheel.split("-")[0] for wheel in wheels} == {"pillow"} | for_any_python


INSTALL = """
import json, os, sys
user, file, package = sys.argv[1:]
os.environ["BLENDER_USER_RESOURCES"] = user
wheels = os.path.join(user, "extensions", ".local", "lib", "python{}.{}".format(*sys.version_info), "site-packages")
os.makedirs(wheels)
sys.path.insert(0, wheels)  # before the tests' own environment, where the same packages are
import bpy, addon_utils
bpy.ops.extensions.package_install_files(filepath=file, repo="user_default", enable_on_install=True)
import cv2, patchmatch, PIL.Image
from importlib import import_module, util
from pathlib import Path
uv, environment = (import_module(package + ".engine.setup." + name) for name in ("uv", "environment"))
place = environment.Environment(Path(user))
files = [util.find_spec("av").origin, cv2.__file__, patchmatch.__file__, PIL.Image.__file__, str(uv.find(place))]
report = {"enabled": addon_utils.check(package), "uv": uv.Uv(place, lambda: None).run("--version"), "files": files}
print(json.dumps(report), file=sys.stderr, flush=True)
os._exit(0)  # see harness.leave
"""


@pytest.mark.skipif(sys.platform != "linux", reason="installs the zip for Linux")
def test_blender_installs_it_with_its_wheels(zips, tmp_path):
    command = [sys.executable, "-c", INSTALL, tmp_path, zips["linux-x64"], PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stderr.splitlines()[-1])
    assert report["enabled"] == [True, True]
    assert report["uv"].startswith("uv ")
    assert all(file.startswith(str(tmp_path)) for file in report["files"])
