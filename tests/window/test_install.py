"""The zip, in a real Blender: it validates, installs, brings its wheels, goes and comes back."""

from tests.harness import PACKAGE

from .conftest import ZIP


def test_blender_finds_the_zip_valid(blender):
    blender.run("--command", "extension", "validate", ZIP)


def test_it_is_enabled_in_the_next_session(installed):
    report = installed.python(f"import addon_utils; report['state'] = addon_utils.check({PACKAGE!r})")
    assert report["state"] == [True, True]


def test_its_wheels_are_what_python_finds(installed):
    report = installed.python(
        "import PIL.Image, patchmatch, bpy\n"
        "report.update(files=[PIL.Image.__file__, patchmatch.__file__], version=PIL.__version__,"
        " extensions=bpy.utils.user_resource('EXTENSIONS'))\n"
        "import numpy\n"
        "picture = numpy.zeros((32, 32, 3), numpy.uint8); picture[:] = 90\n"
        "mask = numpy.zeros((32, 32), numpy.uint8); mask[12:20, 12:20] = 255\n"
        "report['painted'] = int(patchmatch.inpaint(picture, mask, patch_size=3)[16, 16, 0])"
    )
    assert all(file.startswith(report["extensions"]) for file in report["files"])
    assert report["painted"] == 90


def test_it_goes_and_comes_back(installed):
    report = installed.python(
        "import addon_utils, bpy\n"
        f"name = {PACKAGE!r}\n"
        "def classes():\n"
        "    return sorted(c.__name__ for kind in (bpy.types.Operator, bpy.types.Panel) for c in kind.__subclasses__()"
        " if c.__module__.startswith(name) and c.is_registered)\n"
        "report['before'] = classes()\n"
        "addon_utils.disable(name)\n"
        "report['without'] = classes()\n"
        "addon_utils.enable(name)\n"
        "report['after'] = classes()"
    )
    assert report["before"] == report["after"]
    assert not report["without"]
    assert report["before"]
