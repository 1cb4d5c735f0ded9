"""Tools over the picture as scripts call them, without a window."""

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio

ROUND = np.linspace(0.0, 2.0 * np.pi, 400, endpoint=False)


@pytest.fixture
def props(blank):
    made = bpy.context.scene.infinite_parallax
    made.picture = bpy.data.images.load(str(studio.picture()))
    return made


def refusal(operator, **values):
    with pytest.raises(RuntimeError) as raised:
        operator(**values)
    return str(raised.value)


@pytest.mark.parametrize("name", ["draw_box", "draw_lasso", "drag_bands", "paint_mask"])
def test_without_a_picture_tools_say_so(blank, name):
    assert "Choose a picture first" in refusal(getattr(bpy.ops.infinite_parallax, name))


def test_a_box_becomes_a_new_object(props):
    assert bpy.ops.infinite_parallax.draw_box(new=True, box=(10.0, 20.0, 40.0, 80.0)) == {"FINISHED"}
    assert bpy.ops.infinite_parallax.draw_box(new=True, box=(50.0, 20.0, 60.0, 80.0)) == {"FINISHED"}
    assert [(item.shape, tuple(item.box)) for item in props.objects] == [("BOX", (10, 20, 40, 80)), ("BOX", (50, 20, 60, 80))]
    assert props.active_object == 1


def test_a_box_changes_the_active_object(props):
    bpy.ops.infinite_parallax.draw_lasso(new=True, points="10,10,50,10,30,60")
    bpy.ops.infinite_parallax.draw_box(new=True, box=(50.0, 20.0, 60.0, 80.0))
    props.active_object = 0
    bpy.ops.infinite_parallax.draw_box(box=(1.0, 2.0, 3.0, 4.0))
    assert (props.objects[0].shape, tuple(props.objects[0].box)) == ("BOX", (1, 2, 3, 4))
    assert tuple(props.objects[1].box) == (50, 20, 60, 80)


def test_a_wrong_box_or_line_is_refused_and_leaves_no_object(props):
    draw = bpy.ops.infinite_parallax
    assert "left, top, right, bottom" in refusal(draw.draw_box, new=True, box=(40.0, 20.0, 10.0, 80.0))
    assert "from 0 to 100" in refusal(draw.draw_box, new=True, box=(-5.0, 20.0, 10.0, 80.0))
    assert "three corners" in refusal(draw.draw_lasso, new=True, points="1,2,3,4")
    assert "three corners" in refusal(draw.draw_lasso, new=True)
    assert "number" in refusal(draw.draw_lasso, new=True, points="a,b,c,d,e,f")
    assert len(props.objects) == 0
    assert "Add an object" in refusal(draw.draw_box, box=(10.0, 20.0, 40.0, 80.0))


def test_a_line_becomes_an_object_that_the_engine_takes(props):
    bpy.ops.infinite_parallax.draw_lasso(new=True, points="10,10,50.5,10,30,60")
    assert props.objects[0].shape == "LASSO"
    settings = harness.part("scene.properties").to_settings(props)
    assert settings.objects[0].lasso == (10.0, 10.0, 50.5, 10.0, 30.0, 60.0)


def test_a_simplified_line_keeps_its_shape(extension):
    draw = harness.part("operators.draw")
    circle = [(50 + 40 * np.cos(a), 50 + 30 * np.sin(a)) for a in ROUND]
    fewer = draw.simplified(circle)
    assert 8 < len(fewer) <= draw.CORNERS
    assert set(fewer) <= {tuple(map(float, point)) for point in circle}
    assert area(fewer) == pytest.approx(np.pi * 40 * 30, rel=0.02)
    jagged = [(x / 10, 50 + 20 * (x % 2)) for x in range(1000)]
    assert len(draw.simplified(jagged)) <= draw.CORNERS


def test_a_simplified_square_is_its_corners(extension):
    sides = [(t, 0.0) for t in range(10)] + [(10.0, t) for t in range(10)] + [(10.0 - t, 10.0) for t in range(10)] + [(0.0, 10.0)]
    assert set(harness.part("operators.draw").simplified(sides)) == {(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)}


def area(points):
    x, y = np.array(points).T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def test_bands_get_the_heights_that_are_given(props):
    props.layers = 3
    assert props.auto_heights
    assert bpy.ops.infinite_parallax.drag_bands(heights="20,30") == {"FINISHED"}
    assert not props.auto_heights
    assert [item.height for item in props.layer_items] == pytest.approx([20.0, 30.0, 50.0])


def test_wrong_heights_are_refused(props):
    props.layers = 3
    assert "nothing for the last layer" in refusal(bpy.ops.infinite_parallax.drag_bands, heights="60,50")
    assert "need 2 heights" in refusal(bpy.ops.infinite_parallax.drag_bands, heights="60")
    assert "Give the heights" in refusal(bpy.ops.infinite_parallax.drag_bands)
    assert props.auto_heights
    props.separator = "DEPTH"
    assert "set Layers From to Bands" in refusal(bpy.ops.infinite_parallax.drag_bands, heights="20,30")


def test_a_border_stays_between_its_neighbours(extension):
    bands = harness.part("operators.bands")
    borders = bands.borders((20.0, 30.0, 10.0))
    assert borders == [20.0, 50.0, 60.0]
    assert bands.moved(borders, 1, 40.0, 1.0) == [20.0, 40.0, 60.0]
    assert bands.moved(borders, 1, -10.0, 1.0) == [20.0, 21.0, 60.0]
    assert bands.moved(borders, 1, 99.0, 1.0) == [20.0, 59.0, 60.0]
    assert bands.moved(borders, 2, 150.0, 1.0) == [20.0, 50.0, 99.0]


def mask_of(image):
    pixels = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(image.size[1], image.size[0], image.channels)[::-1, :, 0]


def test_a_bands_new_mask_is_its_rows(props):
    props.active_layer, props.layers, props.auto_heights = 1, 3, False
    props.layer_items[0].height, props.layer_items[1].height = 25.0, 50.0
    assert bpy.ops.infinite_parallax.paint_mask(target="LAYER") == {"FINISHED"}
    mask = props.layer_items[1].mask
    assert tuple(mask.size) == studio.SIZE
    assert mask.packed_file and mask.colorspace_settings.name == "Non-Color"
    rows = mask_of(mask).mean(axis=1)
    assert (rows[48:144] == 1.0).all() and rows.sum() == 96.0
    bpy.ops.infinite_parallax.paint_mask(target="LAYER")
    assert props.layer_items[1].mask == mask, "what was painted is gone on with"


def test_a_band_of_the_pictures_own_height_is_painted_from_there(props):
    props.layers, props.active_layer = 3, 2
    bpy.ops.infinite_parallax.paint_mask(target="LAYER")
    rows = mask_of(props.layer_items[2].mask).mean(axis=1)
    heights = harness.part("operators.generate").suggested_heights(bpy.context.scene)
    assert rows.sum() == pytest.approx(heights[2] / 100 * studio.SIZE[1], abs=1.0) and rows[-1] == 1.0 and rows[0] == 0.0


@pytest.fixture
def depth_props(props, tmp_path):
    """Two depths: the lower half is near."""
    nearness = np.full(studio.SIZE[::-1], 30, np.uint8)
    nearness[studio.SIZE[1] // 2 :] = 220
    Image.fromarray(nearness).save(tmp_path / "depth.png")
    props.folder, props.separator, props.near = str(tmp_path / "parallax"), "DEPTH", "WHITE"
    props.depth_map, props.length, props.steps, props.loop = str(tmp_path / "depth.png"), "STEPS", 1, False
    return props


def test_a_shape_is_painted_from_the_split_alone(depth_props):
    props, ops = depth_props, bpy.ops.infinite_parallax
    assert "Click Split Layers first" in refusal(ops.paint_mask, target="LAYER")
    ops.split()
    props.active_layer = 1
    ops.paint_mask(target="LAYER")
    white = mask_of(props.layer_items[1].mask)
    half = studio.SIZE[1] // 2
    assert white[half + 2 :].mean() == 1.0 and white[: half - 2].mean() == 0.0
    props.auto_layers, props.layers = False, 3
    props.active_layer = 2
    assert "Click Split Layers first" in refusal(ops.paint_mask, target="LAYER"), "of three layers nothing is known yet"
    props.separator = "CARDS"
    assert "takes no mask" in refusal(ops.paint_mask, target="LAYER")


def test_a_shape_is_that_of_the_last_job_in_the_folder(depth_props):
    """Generate in the folder of a split, with another order of the layers."""
    props, ops = depth_props, bpy.ops.infinite_parallax
    ops.split()
    props.auto_layers = False
    props.layer_items[0].distance, props.layer_items[1].distance = 1.0, 8.0
    folder = harness.part("scene.properties").job_folder(bpy.context.scene)
    ops.generate()
    assert harness.part("scene.properties").job_folder(bpy.context.scene) == folder and (folder / "split" / "split.json").is_file()
    props.active_layer = 1
    ops.paint_mask(target="LAYER")
    white = mask_of(props.layer_items[1].mask)
    assert white[studio.SIZE[1] // 2 + 2 :].mean() == 1.0 and white[: studio.SIZE[1] // 2 - 2].mean() == 0.0


def test_an_object_gets_the_shape_of_its_mask(props):
    assert "Add an object" in refusal(bpy.ops.infinite_parallax.paint_mask, target="OBJECT")
    bpy.ops.infinite_parallax.draw_box(new=True, box=(10.0, 20.0, 40.0, 80.0))
    bpy.ops.infinite_parallax.paint_mask(target="OBJECT")
    assert props.objects[0].shape == "MASK"
    assert tuple(props.objects[0].mask.size) == studio.SIZE


def test_a_layers_mask_begins_with_what_was_found(props):
    studio.build(studio.painted())
    props.active_layer = 1
    bpy.ops.infinite_parallax.paint_mask(target="LAYER")
    white = mask_of(props.layer_items[1].mask)
    top, height = round(0.3 * studio.SIZE[1]), round(0.4 * studio.SIZE[1])
    assert (white[top + 2 : top + height - 2] == 1.0).all()
    assert (white[: top - 2] == 0.0).all() and (white[top + height + 2 :] == 0.0).all()


def test_what_was_painted_is_saved_with_the_file(props, tmp_path):
    bpy.ops.infinite_parallax.paint_mask(target="LAYER")
    image = props.layer_items[props.active_layer].mask
    image.pixels = np.ones(len(image.pixels), np.float32)
    assert image.is_dirty
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    again = bpy.context.scene.infinite_parallax
    assert (mask_of(again.layer_items[again.active_layer].mask) == 1.0).all()


def test_the_brush_paints_white_and_then_black(props):
    settings = bpy.context.tool_settings
    harness.part("operators.paint")._white_brush(settings)
    brushes = harness.part("scene.versions").shared_by_brushes(settings)
    assert brushes.use_unified_color
    assert (tuple(brushes.color), tuple(brushes.secondary_color)) == ((1.0,) * 3, (0.0,) * 3)


def test_the_overlay_goes_on_and_off(props):
    manager = bpy.context.window_manager
    for show, wanted in (("LAYERS", "LAYERS"), ("DEPTH", "DEPTH"), ("DEPTH", "NONE")):
        bpy.ops.infinite_parallax.overlay(show=show)
        assert manager.infinite_parallax_overlay == wanted


def test_a_picture_on_a_sheet_is_found_again(extension):
    sheet = harness.part("operators.canvas").Sheet(1600, 900)
    sheet.room = (100, 0, 1300, 800)
    left, bottom, right, top = sheet.box()
    assert (right - left) / (top - bottom) == pytest.approx(1600 / 900)
    assert 100 < left < right < 1300 and 0 < bottom < top < 800
    assert sheet.point(left, top) == pytest.approx((0, 0)) and sheet.point(right, bottom) == pytest.approx((100, 100))
    before = sheet.point(400, 300)
    sheet.zoom_at(3.0, 400, 300)
    assert sheet.point(400, 300) == pytest.approx(before)
    assert sheet.place(*before) == pytest.approx((400, 300))
