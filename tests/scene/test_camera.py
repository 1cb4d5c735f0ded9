"""The film's size and crop, and the camera that travels instead of the layers."""

import numpy as np
import pytest
from PIL import Image

from tests.scene import studio

SHORT = {"length": "STEPS", "steps": 2, "fps": 4.0, "loop": False}


def crop(job, left, top, right, bottom, size):
    """A part of the job's picture at another size, as Pillow resamples it."""
    picture = Image.open(job.source).convert("RGB")
    return np.array(picture.resize(size, Image.Resampling.BILINEAR, (left, top, right, bottom)))


@pytest.mark.parametrize(("width", "height", "x", "rectangle"), [
    (192, 192, 25.0, (32, 0, 224, 192)), (96, 192, 100.0, (224, 0, 320, 192)), (160, 96, 50.0, (0, 0, 320, 192)),
    (640, 192, 50.0, (0, 48, 320, 144)),
])
def test_the_film_shows_the_crop_at_its_size(blank, width, height, x, rectangle):
    job = studio.painted(**SHORT)
    built = studio.build(job)
    export = built.scene.infinite_parallax.export
    export.size, export.width, export.height, export.crop_x = "CUSTOM", width, height, x
    for scene in (built.scene, built.edit):
        assert (scene.render.resolution_x, scene.render.resolution_y) == (width, height)
    seen = studio.render(built.scene, 1)
    assert seen.shape[:2] == (height, width) and seen[..., 3].min() == 255
    assert studio.difference(seen, crop(job, *rectangle, (width, height))) < 1.0


def test_presets_and_the_way_back(blank):
    job = studio.painted(**SHORT)
    built = studio.build(job)
    export = built.scene.infinite_parallax.export
    for size, wanted in (("HD", (1920, 1080)), ("UHD", (3840, 2160)), ("SQUARE", (1080, 1080)), ("PORTRAIT", (1080, 1920))):
        export.size = size
        assert all((s.render.resolution_x, s.render.resolution_y) == wanted for s in (built.scene, built.edit))
    export.size = "PICTURE"
    assert studio.difference(studio.render(built.scene, 1), studio.source(job)) < 1.0
