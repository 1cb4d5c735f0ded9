"""A real Blender, named by BLENDER in the environment (`make test-window BLENDER=...`), with the built zip installed."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.harness import MANIFEST, PACKAGE, ROOT

ZIP = ROOT / "dist" / f"{MANIFEST['id']}-{MANIFEST['version']}-linux_x64.zip"
MARK = "REPORT "
NO_SCREEN = ("Unable to open a display", "unable to open a display", "Failed to create", "GHOST: failed")


class Blender:
    """Runs Blender as its user would, and takes back what Python inside it reports."""

    def __init__(self, user):
        self.command = shlex.split(os.environ["BLENDER"])
        self.environment = {**os.environ, "BLENDER_USER_RESOURCES": str(user)}

    def run(self, *arguments) -> str:
        done = subprocess.run([*self.command, *map(str, arguments)], env=self.environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def window(self, session: Path, folder: Path, *flags: str) -> dict:
        """What a session, which runs in a window on the picture in `folder`, has reported, and what Blender printed meanwhile."""
        given = folder / "picture.png", folder, folder / "report.json"
        arguments = [*flags, "--window-geometry", 0, 0, 1600, 1000, "--python", session, "--", *given]
        done = subprocess.run([*self.command, *map(str, arguments)], env=self.environment, capture_output=True, text=True, timeout=500)
        output = done.stdout + done.stderr
        if any(words in output for words in NO_SCREEN):
            pytest.fail("a window needs a screen: set DISPLAY, or start one with Xvfb")
        assert (folder / "report.json").is_file(), output[-3000:]
        return json.loads((folder / "report.json").read_text()) | {"output": output}

    def python(self, code: str) -> dict:
        """What `code`, run without a window, leaves in the dictionary `report`."""
        code = f"import json\nreport = {{}}\n{code}\nprint({MARK!r} + json.dumps(report), flush=True)"
        output = self.run("--background", "--python-exit-code", "1", "--python-expr", code)
        return json.loads(output.rpartition(MARK)[2].splitlines()[0])

    def blotches(self, folder: Path, width: int, height: int) -> None:
        """Saves a picture of soft blotches of colour in a folder, where `window` looks for it."""
        self.python(
            "import numpy; from PIL import Image\n"
            "noise = numpy.random.default_rng(1).integers(0, 255, (12, 20, 3), dtype=numpy.uint8)\n"
            f"Image.fromarray(noise).resize(({width}, {height}), Image.Resampling.BICUBIC).save({str(folder / 'picture.png')!r})"
        )


@pytest.fixture(scope="session")
def blender(tmp_path_factory):
    if not os.environ.get("BLENDER"):
        pytest.skip("BLENDER does not name a real Blender")
    return Blender(tmp_path_factory.mktemp("user"))


@pytest.fixture(scope="session")
def installed(blender):
    """Blender with the extension installed and enabled from the zip; removed again at the end."""
    assert ZIP.is_file(), "make package"
    blender.run("--command", "extension", "install-file", "-r", "user_default", "-e", ZIP)
    yield blender
    blender.run("--command", "extension", "remove", PACKAGE.removeprefix("bl_ext."))
