"""A picture in a mount: the scene shows what is within, and what the artist gives stays in percent and pixels of the whole picture."""

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio

BOX = (20, 16, 340, 208)  # of the picture in its mount of 364 x 220 pixels
WHOLE = (364, 220)


@pytest.fixture
def props(blank, tmp_path):
    path = tmp_path / "scan.png"
    scan = np.full((WHOLE[1], WHOLE[0], 3), 243, np.uint8)
    scan[BOX[1] : BOX[3], BOX[0] : BOX[2]] = studio.noise(*studio.SIZE)
    Image.fromarray(scan).save(path)
    studio.choose_plainly(bpy.context.scene)
    made = bpy.context.scene.infinite_parallax
    made.picture, made.folder = bpy.data.images.load(str(path)), str(tmp_path / "parallax")
    made.length, made.steps, made.loop = "STEPS", 1, False
    return made


def mask_of(image):
    pixels = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(image.size[1], image.size[0], image.channels)[::-1, :, 0]


def job(scene):
    return harness.part("scene.properties").job_of(scene)


def test_heights_are_of_the_whole_picture_however_often_it_is_split(props):
    scene, split = bpy.context.scene, bpy.ops.infinite_parallax.split
    props.layers, props.auto_heights = 3, False
    props.layer_items[0].height, props.layer_items[1].height = 30.0, 40.0
    for _ in range(2):
        assert split() == {"FINISHED"}
        assert [item.height for item in props.layer_items] == pytest.approx([30.0, 40.0, 30.0], abs=0.3)
    assert harness.part("scene.stage").picture_size(scene) == studio.SIZE
    assert job(scene).crop().box == BOX
    labels = np.asarray(Image.open(job(scene).labels))
    assert [int((labels == rank).any(axis=1).argmax()) + BOX[1] for rank in (1, 2)] == pytest.approx([66, 154], abs=1)


def test_suggested_heights_are_those_of_the_picture_within(props):
    heights = harness.part("operators.generate").suggested_heights(bpy.context.scene)
    bare = harness.part("engine.separators").suggest_heights(studio.noise(*studio.SIZE), props.layers)
    edges = (BOX[1] + np.cumsum(bare[:-1]) * studio.SIZE[1] / 100.0) / WHOLE[1] * 100.0
    assert np.cumsum(heights)[:-1] == pytest.approx(edges, abs=1.0)


def test_a_mask_that_begins_with_a_layer_lies_where_the_layer_is(props, tmp_path):
    nearness = np.full(WHOLE[::-1], 30, np.uint8)
    nearness[WHOLE[1] // 2 :] = 220
    Image.fromarray(nearness).save(tmp_path / "depth.png")
    props.separator, props.near, props.depth_map = "DEPTH", "WHITE", str(tmp_path / "depth.png")
    assert bpy.ops.infinite_parallax.split() == {"FINISHED"}
    props.active_layer = 1
    assert bpy.ops.infinite_parallax.paint_mask(target="LAYER") == {"FINISHED"}
    image = props.layer_items[1].mask
    assert tuple(image.size) == WHOLE
    white = mask_of(image)
    assert white[112 : BOX[3], BOX[0] : BOX[2]].mean() == 1.0 and white[:108].mean() == 0.0
    assert white.sum() == white[: BOX[3], BOX[0] : BOX[2]].sum()
    before = np.asarray(Image.open(job(bpy.context.scene).labels))
    assert bpy.ops.infinite_parallax.split() == {"FINISHED"}  # with the mask, which is cropped as the picture is
    assert (np.asarray(Image.open(job(bpy.context.scene).labels)) != before).mean() < 0.01


def test_the_artist_hears_of_it_and_can_keep_it(props):
    scene = bpy.context.scene
    assert bpy.ops.infinite_parallax.split() == {"FINISHED"}
    assert "Keep Mount" in harness.part("operators.notices").of(scene).text
    props.keep_mount = True
    assert bpy.ops.infinite_parallax.split() == {"FINISHED"}
    assert harness.part("scene.stage").picture_size(scene) == WHOLE and job(scene).crop() is None
