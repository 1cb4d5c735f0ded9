"""What an artist gives beside the picture reaches the worker as files."""

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio


@pytest.fixture
def scene(blank, tmp_path):
    scene = bpy.context.scene
    props = scene.infinite_parallax
    props.picture = bpy.data.images.load(str(studio.picture()))
    props.folder = str(tmp_path / "parallax")
    props.separator, props.layers = "DEPTH", 2
    return scene


def submit(scene):
    return harness.part("operators.generate").submit(scene)


def painted(name, values, channels=4):
    """An image as painting leaves it: (H, W) values from 0 to 1, nowhere on disk."""
    height, width = values.shape
    image = bpy.data.images.new(name, width, height, alpha=True)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = values[::-1, :, None]
    image.pixels.foreach_set(pixels.ravel())
    return image


def test_painted_masks_are_handed_over(scene):
    props = scene.infinite_parallax
    top = np.zeros((12, 20))
    top[:5] = 1.0
    top[5] = 0.5
    props.layer_items[1].mask = painted("Mask", top)
    item = harness.part("scene.properties").add_object(props)
    item.shape, item.mask = "MASK", painted("Mask of a box", top.T)
    job = submit(scene)
    settings = job.read()[1]
    assert settings.masks == ("", str(job.folder / "given" / "layer 2.png"))
    assert settings.objects[0].mask == str(job.folder / "given" / "object 1.png")
    assert np.abs(np.array(Image.open(settings.masks[1])) / 255.0 - top).max() < 0.01
    assert np.abs(np.array(Image.open(settings.objects[0].mask)) / 255.0 - top.T).max() < 0.01


def test_a_resumed_job_leaves_the_artists_own_masks_and_paths(scene, tmp_path):
    props, properties = scene.infinite_parallax, harness.part("scene.properties")
    own = props.layer_items[0].mask = painted("Mask", np.ones((12, 20)))
    props.depth_map = str(write_exr(tmp_path / "depth.exr", np.ones((12, 20))))
    settings = submit(scene).read()[1]
    assert properties.take(props, settings) is False
    assert props.layer_items[0].mask == own and props.depth_map == str(tmp_path / "depth.exr")


def test_a_transparent_mask_is_black_where_nothing_is(scene):
    props = scene.infinite_parallax
    image = bpy.data.images.new("Cut Out", 2, 1, alpha=True)
    image.pixels = [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0]
    props.layer_items[0].mask = image
    assert np.array(Image.open(submit(scene).read()[1].masks[0])).tolist() == [[0, 255]]


def write_exr(path, values):
    """A depth map as renderers write it: half or full floats, far beyond 1."""
    height, width = values.shape
    image = bpy.data.images.new("depth", width, height, float_buffer=True)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = values[::-1, :, None]
    image.pixels.foreach_set(pixels.ravel())
    image.file_format, image.filepath_raw = "OPEN_EXR", str(path)
    image.save()
    bpy.data.images.remove(image)
    return path


def test_a_depth_map_that_only_blender_reads_is_converted(scene, tmp_path):
    wanted = np.linspace(2.0, 90.0, 12 * 20).reshape(12, 20).astype(np.float32)
    scene.infinite_parallax.depth_map = str(write_exr(tmp_path / "depth.exr", wanted))
    images = set(bpy.data.images)
    job = submit(scene)
    written = job.read()[1].depth_map
    assert written == str(job.folder / "given" / "depth.tif")
    assert np.array(Image.open(written)) == pytest.approx(wanted, rel=1e-2)
    assert set(bpy.data.images) == images, "nothing is left in the .blend"


def test_paths_beside_the_blend_are_whole_in_the_job(scene, tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "depth.png")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    scene = bpy.context.scene
    scene.infinite_parallax.depth_map = "//depth.png"
    assert submit(scene).read()[1].depth_map == str(tmp_path / "depth.png")


@pytest.mark.parametrize("separator, name, sentence", [
    ("DEPTH", "depth_map", "The depth map .*gone.png is not there"), ("CARDS", "cards", "The folder of cards .*gone.png is not there"),
    ("CARDS", "", "Choose a folder of cards first")])
def test_what_is_not_there_is_said_before_anything_begins(scene, tmp_path, separator, name, sentence):
    props = scene.infinite_parallax
    props.separator = separator
    if name:
        setattr(props, name, str(tmp_path / "gone.png"))
    with pytest.raises(harness.part("engine.errors").ParallaxError, match=sentence):
        submit(scene)
    assert not (tmp_path / "parallax").exists()


def test_a_mask_file_that_is_gone_is_said(scene, tmp_path):
    Image.new("L", (8, 8), 255).save(tmp_path / "mask.png")
    scene.infinite_parallax.layer_items[0].mask = bpy.data.images.load(str(tmp_path / "mask.png"))
    (tmp_path / "mask.png").unlink()
    with pytest.raises(harness.part("engine.errors").ParallaxError, match="'mask.png' cannot be read"):
        submit(scene)
