"""What is cut out, against objects of which every pixel is known."""

import sys

import numpy as np
import pytest
from PIL import Image

from engine import cutout
from engine.errors import ParallaxError
from tests.engine import scenes

HEIGHT, WIDTH = 180, 300


def ground(height=HEIGHT, width=WIDTH, seed=1):
    """Sky above land, both rough."""
    sky = np.arange(height)[:, None, None] < 0.6 * height
    rough = 30.0 * scenes.noise(height, width, seed)[..., None]
    return np.clip(np.where(sky, (90, 130, 200), (110, 130, 60)) + rough, 0, 255).astype(np.uint8)


def blob(height=HEIGHT, width=WIDTH, x=150.0, y=90.0, size=40.0):
    """A disc with five bumps; (H, W) bool."""
    ys, xs = np.mgrid[:height, :width]
    turn = np.arctan2(ys - y, xs - x)
    return np.hypot(xs - x, ys - y) < size * (1.0 + 0.25 * np.cos(5.0 * turn))


def painted(mask, picture=None, colour=(200, 80, 60)):
    """The picture with a rough object where the mask is."""
    picture = ground(*mask.shape) if picture is None else picture
    rough = np.array(colour) + 40.0 * scenes.noise(*mask.shape, 7)[..., None]
    return np.where(mask[..., None], np.clip(rough, 0, 255), picture).astype(np.uint8)


def box_around(mask, margin=3.0):
    """Left, top, right, bottom in percent, a little larger than the mask."""
    ys, xs = np.nonzero(mask)
    height, width = mask.shape
    around = 100 * xs.min() / width, 100 * ys.min() / height, 100 * (xs.max() + 1) / width, 100 * (ys.max() + 1) / height
    return tuple(float(np.clip(v + sign * margin, 0, 100)) for v, sign in zip(around, (-1, -1, 1, 1)))


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


PLACES = {
    "middle": blob(),
    "left edge": blob(x=0),
    "bottom right corner": blob(x=WIDTH, y=HEIGHT, size=70),
    "from top to bottom": blob(size=100),
    "small": blob(size=9),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_box_finds_the_object(place):
    mask = PLACES[place]
    found = cutout.box_mask(painted(mask), box_around(mask))
    assert found.dtype == bool and found.shape == mask.shape
    assert iou(found, mask) > 0.95


def test_a_box_around_the_whole_picture_finds_what_stands_out():
    mask = blob(size=55)
    assert iou(cutout.box_mask(painted(mask), (0.0, 0.0, 100.0, 100.0)), mask) > 0.9


def test_a_night_is_as_good_as_a_day():
    mask = blob()
    night = np.rint(painted(mask, colour=(60, 50, 40)) / 8.0).astype(np.uint8)
    assert night.max() < 32
    assert iou(cutout.box_mask(night, box_around(mask)), mask) > 0.9


def test_a_large_picture_has_a_fine_outline():
    """It is cut in small and refined: the outline is still right to about a pixel."""
    mask = blob(1080, 1800, 900.0, 540.0, 400.0)
    found = cutout.box_mask(painted(mask), box_around(mask))
    outline = np.abs(np.diff(mask.astype(np.int8), axis=1)).sum() + np.abs(np.diff(mask.astype(np.int8), axis=0)).sum()
    assert (found ^ mask).sum() < 1.0 * outline


def test_thin_ends_are_taken():
    mask = blob(size=35)
    spire = np.zeros_like(mask)
    spire[20:70, 149:151] = True
    found = cutout.box_mask(painted(mask | spire), box_around(mask | spire))
    assert found[spire].mean() > 0.9


def test_a_thin_end_as_dark_as_roofs_far_below_is_taken():
    """A black church, its cross parted from it by two pixels, above a town that is as black: only its own sky tells what it is."""
    town = np.arange(HEIGHT)[:, None] >= np.where(np.arange(WIDTH) % 40 < 20, 128, 136)
    church, cross = blob(y=100, size=32), np.zeros((HEIGHT, WIDTH), bool)
    church &= ~town
    top = np.nonzero(church[:, 150])[0].min()
    cross[top - 12 : top - 2, 149:151] = True
    dark = np.array((40, 45, 50)) + 25.0 * scenes.noise(HEIGHT, WIDTH, 7)[..., None]
    sky = ground(2 * HEIGHT, WIDTH)[:HEIGHT]
    picture = np.where((church | cross | town)[..., None], np.clip(dark, 0, 255), sky).astype(np.uint8)
    found = cutout.box_mask(picture, box_around(church | cross))
    assert found[cross].mean() > 0.9 and found[church].mean() > 0.95
    assert (found & ~church & ~cross & ~town).sum() < 60


def test_a_hole_through_the_object_stays_and_a_pinhole_is_closed():
    mask, ring = blob(size=60), blob(size=20)
    pinhole = np.zeros_like(mask)
    pinhole[60:62, 180:182] = True
    found = cutout.box_mask(painted(mask & ~ring & ~pinhole), box_around(mask))
    assert found[ring].mean() < 0.1
    assert found[pinhole].all()


def test_a_lasso_takes_only_what_it_is_drawn_around():
    """Two alike stand side by side: a box would have both."""
    left, right = blob(x=100), blob(x=200)
    corners = [(100 + 58 * np.cos(a), 90 + 58 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 24, endpoint=False)]
    corners = [(min(x, 150.0), y) for x, y in corners]
    points = tuple(float(100 * v / n) for x, y in corners for v, n in ((x, WIDTH), (y, HEIGHT)))
    assert iou(cutout.lasso_mask(painted(left | right), points), left) > 0.95


def test_a_close_lasso_keeps_what_looks_like_the_ground():
    """A tower with stripes nearly in the colour of the sky: a box loses them, a line close around it keeps most of them."""
    tower = np.zeros((HEIGHT, WIDTH), bool)
    tower[30:100, 135:165] = True
    stripes = tower & (np.arange(HEIGHT)[:, None] % 24 < 12)
    picture = np.where((tower & ~stripes)[..., None], painted(tower), ground() + stripes[..., None] * np.uint8(10))
    lasso = (44.0, 15.0, 56.0, 15.0, 56.0, 57.0, 44.0, 57.0)
    by_lasso, by_box = iou(cutout.lasso_mask(picture, lasso), tower), iou(cutout.box_mask(picture, box_around(tower)), tower)
    assert by_lasso > 0.8 and by_lasso > by_box + 0.2


def test_the_same_question_has_the_same_answer():
    mask = blob()
    picture = painted(mask)
    first = cutout.box_mask(picture, box_around(mask))
    cutout.box_mask(painted(blob(size=20)), (10.0, 10.0, 90.0, 90.0))
    assert np.array_equal(cutout.box_mask(picture, box_around(mask)), first)


FLAT = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)


@pytest.mark.parametrize("box", [(20.0, 30.0, 60.0, 70.0), (0.0, 0.0, 100.0, 100.0), (99.9, 99.9, 100.0, 100.0), (50.0, 0.0, 50.1, 100.0)])
def test_where_nothing_is_told_apart_the_whole_box_is_taken(box):
    found = cutout.box_mask(FLAT, box)
    assert found.any() and np.array_equal(found, cutout.box_interior(FLAT.shape, box))


@pytest.mark.parametrize("box", [(10.0, 50.0, 90.0, 50.01), (50.0, 10.0, 50.01, 90.0), (50.0, 50.0, 50.01, 50.01)])
def test_a_box_as_thin_as_a_pixel_in_a_large_picture(box):
    large = ground(1200, 2000)
    left, top, right, bottom = box
    assert 0 < cutout.box_mask(large, box).sum() <= cutout.box_interior(large.shape, box).sum()
    assert cutout.lasso_mask(large, (left, top, right, top, right, bottom, left, bottom)).any()


def test_a_line_without_an_inside_encloses_next_to_nothing():
    assert cutout.lasso_mask(ground(), (10.0, 10.0, 10.0, 10.0, 10.0, 10.0)).sum() <= 1


def test_interiors_are_where_percent_say():
    inside = cutout.box_interior((100, 200), (25.0, 10.0, 50.0, 30.0))
    assert inside.sum() == 50 * 20 and inside[10:30, 50:100].all()
    triangle = cutout.lasso_interior((100, 200), (0.0, 0.0, 100.0, 0.0, 0.0, 100.0))
    assert triangle[5, 5] and not triangle[95, 195] and abs(int(triangle.sum()) - 10000) < 300


def test_without_opencv_a_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ParallaxError, match="paint a mask"):
        cutout.box_mask(ground(), (10.0, 10.0, 50.0, 50.0))


def as_bits(mask):
    return Image.fromarray(mask).convert("1")


def as_alpha(mask):
    rgba = np.zeros((*mask.shape, 4), np.uint8)
    rgba[..., 3] = mask * np.uint8(255)
    return Image.fromarray(rgba)


FILES = {
    "grey": ("png", lambda mask: Image.fromarray(mask.astype(np.uint8) * np.uint8(255))),
    "bits": ("png", as_bits),
    "16 bit": ("png", lambda mask: Image.fromarray(mask.astype(np.uint16) * np.uint16(65535))),
    "float": ("tiff", lambda mask: Image.fromarray(mask.astype(np.float32))),
    "colour": ("jpg", lambda mask: Image.fromarray(np.repeat(mask[..., None].astype(np.uint8) * np.uint8(255), 3, axis=2))),
    "palette": ("png", lambda mask: as_bits(mask).convert("P")),
    "transparent": ("png", as_alpha),
    "opaque": ("png", lambda mask: Image.fromarray(mask.astype(np.uint8) * np.uint8(255)).convert("RGBA")),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (WIDTH * 2, HEIGHT * 2)])
def test_a_file_of_any_kind_and_size_is_a_mask(tmp_path, kind, size):
    ending, make = FILES[kind]
    make(blob()).save(tmp_path / f"mask.{ending}")
    found = cutout.file_mask(tmp_path / f"mask.{ending}", *size)
    assert found.dtype == np.uint8 and found.shape == size[::-1]
    wanted = np.asarray(Image.fromarray(blob()).resize(size))
    assert iou(found >= 128, wanted) > 0.97 and found.max() == 255 and found.min() == 0


def test_soft_grey_stays_soft(tmp_path):
    ramp = np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    assert np.array_equal(cutout.file_mask(tmp_path / "ramp.png", WIDTH, HEIGHT), ramp)


def test_a_black_mask_finds_nothing(tmp_path):
    Image.new("L", (40, 40)).save(tmp_path / "black.png")
    with pytest.raises(cutout.NothingFound, match="black all over"):
        cutout.file_mask(tmp_path / "black.png", WIDTH, HEIGHT)


def test_a_wholly_transparent_mask_finds_nothing(tmp_path):
    Image.new("RGBA", (40, 40), (255, 255, 255, 0)).save(tmp_path / "clear.png")
    with pytest.raises(cutout.NothingFound):
        cutout.file_mask(tmp_path / "clear.png", WIDTH, HEIGHT)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_a_broken_mask_is_a_sentence(tmp_path, content):
    (tmp_path / "broken.png").write_bytes(content)
    with pytest.raises(ParallaxError, match="broken.png"):
        cutout.file_mask(tmp_path / "broken.png", WIDTH, HEIGHT)


def test_a_missing_mask_is_a_sentence(tmp_path):
    with pytest.raises(ParallaxError, match="There is no mask at .*missing.png"):
        cutout.file_mask(tmp_path / "missing.png", WIDTH, HEIGHT)
