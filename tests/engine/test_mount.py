"""Mounts, frames and letterbox bars: they are recognized and cropped, and what only looks a little like one is left alone."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data

from engine import worker
from engine.image import mount
from engine.job import Job
from tests.engine import scenes
from tests.support.settings import plain

PICTURES = Path(__file__).resolve().parents[1] / "pictures"
COLORS = {"white": (252, 251, 249), "cream": (228, 217, 196), "gray": (120, 121, 118), "dark": (24, 22, 20), "black": (0, 0, 0)}
BLENDING = {"gravel": ("gray",), "dresden": ("dark", "black")}  # night by night, and gray by gray, even people do not see
FINISHES = ("clean", "gradient", "noise", "paper", "jpeg", "soft")


def small(picture, longest=420):
    image = Image.fromarray(picture)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return np.asarray(image)


def pictures():
    """Pictures whose edges are neither dark nor pale all along, by name."""
    files = {name: np.asarray(Image.open(PICTURES / f"{name}.jpg").convert("RGB")) for name in ("dresden", "harbour")}
    rough = np.random.default_rng(4).integers(0, 255, (75, 100)).astype(np.uint8)
    noise = np.asarray(Image.fromarray(rough).convert("RGB").resize((400, 300)))
    gravel = np.repeat(data.gravel()[..., None], 3, axis=2)
    shown = {"coffee": data.coffee(), "cat": data.chelsea(), "gravel": gravel, "noise": noise, **files}
    return {name: small(picture) for name, picture in shown.items()}


PLAIN = pictures()


def mounted(picture, widths, color, finish="clean", seed=0):
    """The picture with a border of these widths (left, top, right, bottom) in pixels."""
    left, top, right, bottom = widths
    height, width = picture.shape[0] + top + bottom, picture.shape[1] + left + right
    random = np.random.default_rng(seed)
    paper = np.zeros((height, width, 3)) + color
    if finish == "gradient":
        paper += np.linspace(-7.0, 7.0, width)[None, :, None] + np.linspace(-4.0, 4.0, height)[:, None, None]
    elif finish == "noise":
        paper += random.normal(0.0, 3.0, paper.shape)
    elif finish == "paper":
        grain = Image.fromarray(random.normal(128.0, 30.0, (height, width)).clip(0.0, 255.0).astype(np.uint8))
        paper += (np.asarray(grain.filter(ImageFilter.GaussianBlur(1.2)), float)[..., None] - 128.0) * 0.7
    whole = np.rint(np.clip(paper, 0.0, 255.0)).astype(np.uint8)
    whole[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    if finish == "jpeg":
        file = io.BytesIO()
        Image.fromarray(whole).save(file, "JPEG", quality=85)
        return np.asarray(Image.open(file).convert("RGB"))
    if finish == "soft":
        less = Image.fromarray(whole).resize((width * 9 // 10, height * 9 // 10), Image.Resampling.LANCZOS)
        return np.asarray(less.resize((width, height), Image.Resampling.BICUBIC))
    return whole


def kinds(width, height, random):
    """Widths of borders of many kinds around a picture of that size; at most 15 % of the whole."""
    def share(part, length):
        return round(part / (1.0 - 0.3) * 0.7 * length)

    even = share(random.uniform(0.03, 0.14), min(width, height))
    return {
        "mount": (even,) * 4,
        "uneven": tuple(share(random.uniform(0.02, 0.14), length) for length in (width, height) * 2),
        "polaroid": (share(0.05, width),) * 3 + (share(0.15, height),),
        "letterbox": (0, share(0.12, height), 0, share(0.12, height)),
        "pillarbox": (share(0.08, width), 0, share(0.13, width), 0),
    }


@pytest.mark.parametrize("finish", FINISHES)
@pytest.mark.parametrize("name", PLAIN)
def test_borders_of_every_kind_are_found_to_the_pixel_or_two(name, finish):
    picture = PLAIN[name]
    height, width = picture.shape[:2]
    random = np.random.default_rng(sum(map(ord, name + finish)))
    for number, (kind, widths) in enumerate(kinds(width, height, random).items()):
        others = [color for color in COLORS if color not in BLENDING.get(name, ())]
        color = others[(number + len(name)) % len(others)]
        box = mount.found(mounted(picture, widths, COLORS[color], finish, number))
        truth = (widths[0], widths[1], widths[0] + width, widths[1] + height)
        assert box is not None, (kind, color)
        assert np.abs(np.subtract(box, truth)).max() <= (0 if finish == "clean" and name != "gravel" else 2), (kind, color, truth, box)


def test_a_mount_within_a_mount_and_a_line_around_the_picture_go_too():
    picture = PLAIN["coffee"]
    inner = mounted(mounted(picture, (4, 4, 4, 4), COLORS["black"]), (24, 20, 24, 28), COLORS["white"])
    assert mount.found(inner) == (28, 24, 28 + picture.shape[1], 24 + picture.shape[0])


def sky(height=300, width=400):
    """A clear sky over a sea with a straight horizon near the top, its own color again at the lower edge."""
    seen = np.empty((height, width, 3))
    seen[:] = (180, 205, 230)
    seen[30:] = np.linspace((40, 80, 110), (120, 140, 150), height - 30)[:, None]
    return seen + np.random.default_rng(1).normal(0.0, 1.5, seen.shape)


def night(height=300, width=400):
    seen = np.zeros((height, width, 3))
    random = np.random.default_rng(2)
    for y, x in zip(random.integers(0, height, 150), random.integers(0, width, 150)):
        seen[y, x] = random.uniform(60, 255)
    return seen + random.normal(4.0, 1.0, seen.shape)


def product(height=320, width=420):
    """A round thing and a box on white, well within the picture."""
    y, x = np.mgrid[:height, :width]
    seen = np.full((height, width, 3), 254.0)
    seen[(y - 150) ** 2 + (x - 150) ** 2 < 80**2] = (200, 40, 30)
    seen[60:280, 250:360] = (30, 60, 160)
    return seen


def telephone(height=320, width=420):
    """A thing with round corners and straight sides that fills most of a white picture."""
    radius, (top, left, bottom, right) = 24, (40, 36, 282, 380)
    y, x = np.mgrid[:height, :width]
    aside = np.maximum(np.maximum(left + radius - x, x - (right - 1 - radius)), 0)
    above = np.maximum(np.maximum(top + radius - y, y - (bottom - 1 - radius)), 0)
    seen = np.full((height, width, 3), 252.0)
    seen[aside**2 + above**2 <= radius**2] = (60, 65, 70)
    return seen


def ruler(height=320, width=420):
    """A thing with a straight upper and lower edge that does not reach the sides."""
    seen = np.full((height, width, 3), 252.0)
    seen[30:290, 107:313] = (190, 150, 80)
    return seen


def snow(height=300, width=400):
    y, x = np.mgrid[:height, :width]
    seen = np.full((height, width, 3), 243.0) + 4.0 * np.sin(x / 60.0)[..., None]
    seen[np.abs(y - 120 - 30 * np.sin(x / 70.0)) < 25] = (70, 80, 75)
    return seen + np.random.default_rng(3).normal(0.0, 2.0, seen.shape)


def wall(height=300, width=400):
    """A plain wall with a dado and a skirting that are as straight as walls are in pictures: not to the pixel."""
    y, x = np.mgrid[:height, :width]
    seen = np.full((height, width, 3), 205.0)
    seen[y + 0.03 * x > 262] = (120, 90, 70)
    return seen + np.random.default_rng(5).normal(0.0, 2.0, seen.shape)


def vignette(strength=2.5):
    picture = small(data.coffee()).astype(float)
    y, x = np.mgrid[-1.0 : 1.0 : picture.shape[0] * 1j, -1.0 : 1.0 : picture.shape[1] * 1j]
    return picture * np.exp(-strength * (x**4 + y**4))[..., None]


def one_sided():
    """A bar at the bottom alone, such as a caption's: no mount."""
    return mounted(PLAIN["coffee"], (0, 0, 0, 40), COLORS["white"])


DRAWN = {"sky": sky, "night": night, "product": product, "telephone": telephone, "ruler": ruler,
         "snow": snow, "wall": wall, "vignette": vignette, "one-sided": one_sided}


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawn_scene_with_plain_edges_has_no_mount(name):
    assert mount.found(np.clip(DRAWN[name](), 0.0, 255.0).astype(np.uint8)) is None


@pytest.mark.parametrize("name", ["astronaut", "rocket", "camera", "coins", "moon", "clock", "page", "text", "hubble_deep_field", "retina",
                                  "immunohistochemistry", "brick", "grass", "horse", "shepp_logan_phantom", "checkerboard", "colorwheel"])
def test_a_picture_of_the_world_has_no_mount(name):
    picture = np.asarray(getattr(data, name)())
    picture = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    if picture.dtype.kind != "u":
        picture = picture * 255.0 / picture.max() if picture.dtype.kind == "f" else picture * 255
    assert mount.found(np.ascontiguousarray(picture[..., :3]).astype(np.uint8)) is None


@pytest.mark.parametrize("name", PLAIN)
def test_the_pictures_themselves_have_none(name):
    assert mount.found(PLAIN[name]) is None


def test_what_is_plain_all_over_has_no_mount():
    for level in (0, 128, 255):
        assert mount.found(np.full((200, 300, 3), level, np.uint8)) is None
    assert mount.found(np.zeros((16, 16, 3), np.uint8)) is None


# Whole jobs

WIDTHS = (24, 30, 36, 18)


def made(folder, picture, **settings):
    path = scenes.save(picture, folder / "picture.png")
    job = Job.create(folder / "job", path, plain({"layers": 3, "heights": (40.0, 30.0, 30.0), "fps": 12.0, **settings}), only="split")
    event = worker.run(job)
    assert event.kind == "done", event.text
    return job, [one.text for one in job.read_events()[0] if one.kind == "warning"]


def test_a_job_works_on_the_picture_within_and_says_so(tmp_path):
    picture = small(PLAIN["coffee"], 240)
    height, width = picture.shape[:2]
    whole = mounted(picture, WIDTHS, COLORS["white"])
    job, notes = made(tmp_path, whole)
    assert np.array_equal(np.asarray(Image.open(job.source)), picture)
    assert any("left 8 %" in note and "bottom 8.7 %" in note and "Keep Mount" in note for note in notes), notes
    result = job.split_result()
    assert (result.motion.width, result.motion.height) == (width, height)
    assert job.crop() == mount.Crop(whole.shape[1], whole.shape[0], (24, 30, 24 + width, 30 + height))
    assert np.cumsum(result.heights)[:2] == pytest.approx([40.0, 70.0], abs=0.5)  # percent of the whole picture, as they were given
    edges = [int(np.flatnonzero((np.asarray(Image.open(job.labels)) == rank).any(axis=1))[0]) for rank in (1, 2)]
    assert np.abs(np.array(edges) + 30 - np.array([0.4, 0.7]) * whole.shape[0]).max() <= 1


def test_it_can_be_kept(tmp_path):
    whole = mounted(small(PLAIN["coffee"], 240), WIDTHS, COLORS["white"])
    job, notes = made(tmp_path, whole, keep_mount=True)
    assert np.array_equal(np.asarray(Image.open(job.source)), whole)
    assert job.crop() is None and not any("mount" in note.lower() for note in notes)


def test_boxes_masks_and_depth_maps_of_the_whole_picture_are_cropped_with_it(tmp_path):
    picture = small(PLAIN["coffee"], 240)
    height, width = picture.shape[:2]
    whole = mounted(picture, WIDTHS, COLORS["black"])
    mask = np.zeros(whole.shape[:2], np.uint8)
    mask[100:140, 90:150] = 255
    scenes.save(mask, tmp_path / "mask.png")
    ramp = np.repeat(np.linspace(0, 60000, whole.shape[0])[:, None], whole.shape[1], axis=1).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "depth.png")
    job, _ = made(tmp_path, whole, heights=(), separator="DEPTH", depth_map=str(tmp_path / "depth.png"), near="WHITE",
                  objects=[{"name": "given", "mask": str(tmp_path / "mask.png"), "feather": 0.0}])
    tile = next(layer for layer in job.split_result().layers if layer.base is not None).tiles[0]
    assert np.abs(np.array([tile.x, tile.y, tile.x + tile.width, tile.y + tile.height])
                  - (90 - 24, 100 - 30, 150 - 24, 140 - 30)).max() <= 3
    depth = np.asarray(Image.open(job.depth)).astype(float) / 65535.0
    assert depth.shape == (height, width)
    seen = np.asarray(Image.open(tmp_path / "depth.png"))[30 : 30 + height, 24 : 24 + width].astype(float)
    assert np.abs(depth - (seen - seen.min()) / (seen.max() - seen.min())).max() < 0.02


def test_places_in_percent_are_of_the_whole_picture_until_it_is_cropped(tmp_path):
    crop = mount.Crop(200, 100, (20, 10, 180, 90))
    settings = plain({"layers": 3, "heights": (30.0, 40.0), "objects": [
        {"name": "a", "box": (10.0, 10.0, 50.0, 50.0)}, {"name": "b", "lasso": (10.0, 10.0, 90.0, 10.0, 90.0, 90.0)}]})
    within = crop.settings(settings, tmp_path)
    assert within.objects[0].box == pytest.approx((0.0, 0.0, 50.0, 50.0))
    assert within.objects[1].lasso == pytest.approx((0.0, 0.0, 100.0, 0.0, 100.0, 100.0))
    assert within.heights == pytest.approx((25.0, 50.0, 25.0))
    assert crop.heights_of_whole(within.heights) == pytest.approx((30.0, 40.0, 30.0))
    assert crop.heights_within((5.0, 50.0), 3) == pytest.approx((0.0, 56.25, 43.75))  # the first lies in the mount


@pytest.mark.parametrize("size, cropped", [((200, 100), True), ((400, 200), True), ((160, 80), False), ((101, 50), True)])
def test_only_an_image_of_the_whole_picture_is_cropped(tmp_path, size, cropped):
    crop = mount.Crop(200, 100, (20, 10, 180, 90))
    Image.new("L", size).save(tmp_path / "depth.png")
    file = crop.settings(plain({"layers": 2, "depth_map": str(tmp_path / "depth.png")}), tmp_path / "cropped").depth_map
    assert (file != str(tmp_path / "depth.png")) == cropped
    if cropped:
        assert Image.open(file).size == (round(0.9 * size[0]) - round(0.1 * size[0]), round(0.9 * size[1]) - round(0.1 * size[1]))
