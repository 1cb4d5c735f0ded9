"""Any still picture becomes upright 8-bit sRGB, or is refused by one sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from engine import picture
from engine.errors import ParallaxError
from tests.engine import scenes

WIDTH, HEIGHT = 40, 24


def ramp():
    """(24, 40) uint8 of which every corner differs."""
    return np.add.outer(np.arange(HEIGHT) * 3, np.arange(WIDTH) * 4).astype(np.uint8)


def colours():
    return np.dstack([ramp(), ramp()[::-1], ramp()[:, ::-1]])


def read(path):
    pixels, notes = picture.read(path)
    assert pixels.dtype == np.uint8 and pixels.shape[2] == 3 and pixels.flags.c_contiguous
    assert picture.size(path) == (pixels.shape[1], pixels.shape[0])
    return pixels, notes


def save(image, path, **options):
    image.save(path, **options)
    return path


def refused(path, *words):
    """Reading is refused by one sentence that names the file and holds these words."""
    with pytest.raises(ParallaxError) as caught:
        picture.read(path)
    sentence = str(caught.value)
    assert str(path) in sentence and "\n" not in sentence
    assert any(word in sentence for word in words), sentence
    return sentence


def write_png16(path, pixels):
    """A PNG of 16 bit for each channel, which Pillow cannot write in colour. pixels: (H, W, channels) uint16."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, channels = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("kind", ["png", "tif", "bmp", "webp"])
def test_rgb_is_read_as_it_is(tmp_path, kind):
    path = save(Image.fromarray(colours()), tmp_path / f"a.{kind}", **({"lossless": True} if kind == "webp" else {}))
    pixels, notes = read(path)
    assert np.array_equal(pixels, colours()) and notes == []


def test_grey_is_read_as_grey(tmp_path):
    pixels, _ = read(save(Image.fromarray(ramp()), tmp_path / "a.png"))
    assert all(np.array_equal(pixels[..., c], ramp()) for c in range(3))


@pytest.mark.parametrize("kind", ["png", "tif"])
def test_grey_of_16_bit_keeps_its_brightness(tmp_path, kind):
    deep = ramp().astype(np.uint16) * 257
    pixels, _ = read(save(Image.fromarray(deep), tmp_path / f"a.{kind}"))
    assert np.array_equal(pixels[..., 1], ramp())


def test_dark_grey_of_16_bit_stays_dark(tmp_path):
    deep = np.full((HEIGHT, WIDTH), 200, np.uint16)
    pixels, _ = read(save(Image.fromarray(deep), tmp_path / "a.png"))
    assert pixels.max() <= 1


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_of_16_bit_keeps_its_colours(tmp_path, channels):
    deep = np.dstack([colours(), np.full((HEIGHT, WIDTH), 255)]).astype(np.uint16) * 257
    deep = deep[..., [0, 3]] if channels == 2 else deep[..., :channels]
    pixels, _ = read(write_png16(tmp_path / "a.png", deep))
    expected = colours() if channels >= 3 else np.repeat(colours()[..., :1], 3, axis=2)
    assert np.abs(pixels.astype(int) - expected).max() <= 1


def test_grey_of_32_bit_float_is_read_from_0_to_1(tmp_path):
    pixels, _ = read(save(Image.fromarray(ramp().astype(np.float32) / 255.0), tmp_path / "a.tif"))
    assert np.abs(pixels[..., 0].astype(int) - ramp()).max() <= 1


def test_black_and_white_of_1_bit(tmp_path):
    bits = ramp() > 90
    pixels, _ = read(save(Image.fromarray(bits), tmp_path / "a.png"))
    assert np.array_equal(pixels[..., 2], bits * np.uint8(255))


def test_a_palette_is_resolved(tmp_path):
    indexed = Image.fromarray(colours()).quantize(16)
    pixels, _ = read(save(indexed, tmp_path / "a.png"))
    assert np.array_equal(pixels, np.asarray(indexed.convert("RGB")))


@pytest.mark.parametrize("kind", ["png", "gif"])
def test_a_transparent_palette_entry_is_shown_on_white(tmp_path, kind):
    indexed = Image.new("P", (WIDTH, HEIGHT), 1)
    indexed.putpalette([10, 20, 30, 200, 100, 50])
    indexed.paste(0, (0, 0, 20, HEIGHT))
    pixels, notes = read(save(indexed, tmp_path / f"a.{kind}", transparency=0))
    assert (pixels[:, :20] == 255).all() and (pixels[:, 20:] == (200, 100, 50)).all()
    assert any("transparent" in note for note in notes)


def test_alpha_is_mixed_with_white(tmp_path):
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[:, 10:20], alpha[:, 20:] = 128, 255
    pixels, notes = read(save(Image.fromarray(np.dstack([colours(), alpha])), tmp_path / "a.png"))
    share = alpha[..., None] / 255.0
    assert np.abs(pixels - (colours() * share + 255.0 * (1.0 - share))).max() <= 1.0
    assert any("white" in note for note in notes)


def test_grey_with_alpha_is_mixed_with_white(tmp_path):
    pixels, _ = read(save(Image.merge("LA", (Image.new("L", (WIDTH, HEIGHT), 100), Image.fromarray(ramp()))), tmp_path / "a.png"))
    share = ramp()[..., None] / 255.0
    assert np.abs(pixels - (100.0 * share + 255.0 * (1.0 - share))).max() <= 1.0


def test_cmyk_is_not_inverted(tmp_path):
    image = Image.new("CMYK", (WIDTH, HEIGHT), (0, 255, 255, 0))  # red
    image.paste((255, 255, 0, 0), (20, 0, WIDTH, HEIGHT))  # blue
    for name in ("a.jpg", "a.tif"):
        pixels, _ = read(save(image, tmp_path / name))
        left, right = pixels[12, 5].astype(int), pixels[12, 35].astype(int)
        assert left[0] > 200 and left[1:].max() < 60
        assert right[2] > 150 and right[0] < 60


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_turned_by_its_exif_is_upright(tmp_path, orientation):
    """What the camera saw has these corner colours; it is stored turned, as the EXIF standard numbers the turns."""
    upright = Image.new("RGB", (48, 32))
    for colour, corner in zip(((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)), ((0, 0), (24, 0), (0, 16), (24, 16))):
        upright.paste(colour, (*corner, corner[0] + 24, corner[1] + 16))
    turn = Image.Transpose
    stored = {1: None, 2: turn.FLIP_LEFT_RIGHT, 3: turn.ROTATE_180, 4: turn.FLIP_TOP_BOTTOM, 5: turn.TRANSPOSE,
              6: turn.ROTATE_90, 7: turn.TRANSVERSE, 8: turn.ROTATE_270}[orientation]  # fmt: skip
    image = upright.transpose(stored) if stored is not None else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    for name in ("a.png", "a.jpg"):
        pixels, _ = read(save(image, tmp_path / name, exif=exif))
        assert np.abs(pixels.astype(int)[4:-4:8, 4:-4:8] - np.asarray(upright, int)[4:-4:8, 4:-4:8]).max() < 60


def retagged(profile, old, new):
    """The profile with two of its tags exchanged: red primaries where green ones are, and the other way round."""
    data = bytearray(profile)
    count = struct.unpack(">I", data[128:132])[0]
    places = {bytes(data[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    a, b = places[old], places[new]
    data[a : a + 4], data[b : b + 4] = new, old
    return bytes(data)


def renamed(profile):
    """The same profile under a description that does not say sRGB."""
    return profile.replace("sRGB".encode("utf-16-be"), "Kiwi".encode("utf-16-be")).replace(b"sRGB", b"Kiwi")


def test_a_colour_profile_is_applied(tmp_path):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = renamed(retagged(srgb, b"rXYZ", b"gXYZ"))
    taken_as = ImageCms.ImageCmsProfile(io.BytesIO(swapped))
    reference = ImageCms.profileToProfile(Image.fromarray(colours()), taken_as, ImageCms.createProfile("sRGB"))
    for name in ("a.png", "a.tif"):
        pixels, _ = read(save(Image.fromarray(colours()), tmp_path / name, icc_profile=swapped))
        assert np.abs(pixels.astype(int) - np.asarray(reference, int)).max() <= 2
        assert np.abs(pixels.astype(int) - colours()[..., [1, 0, 2]]).max() <= 3  # red and green have changed places


def test_an_srgb_profile_changes_nothing(tmp_path):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels, _ = read(save(Image.fromarray(colours()), tmp_path / "a.png", icc_profile=srgb))
    assert np.array_equal(pixels, colours())


@pytest.mark.parametrize("profile", [b"rubbish", b"\0" * 200])
def test_a_broken_profile_is_left_alone(tmp_path, profile):
    pixels, _ = read(save(Image.fromarray(colours()), tmp_path / "a.png", icc_profile=profile))
    assert np.array_equal(pixels, colours())


def test_a_profile_for_another_kind_of_picture_is_left_alone(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    pixels, _ = read(save(Image.fromarray(colours()), tmp_path / "a.png", icc_profile=lab))
    assert np.array_equal(pixels, colours())


def test_a_wide_picture_is_read_whole(tmp_path):
    wide = np.repeat(np.arange(12000)[None, :, None] % 251, 16, axis=0).repeat(3, axis=2).astype(np.uint8)
    pixels, _ = read(save(Image.fromarray(wide), tmp_path / "a.png"))
    assert np.array_equal(pixels, wide)


def test_the_smallest_picture_is_read_and_a_smaller_one_refused(tmp_path):
    pixels, _ = read(save(Image.fromarray(colours()[:16, :16]), tmp_path / "a.png"))
    assert np.array_equal(pixels, colours()[:16, :16])
    refused(save(Image.fromarray(colours()[:15]), tmp_path / "b.png"), "40 x 15")
    refused(save(Image.new("RGB", (1, 1)), tmp_path / "c.png"), "1 x 1")


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_read(tmp_path):
    data = bytearray(write_png16(tmp_path / "a.png", np.zeros((16, 16, 1), np.uint16)).read_bytes())
    data[16:24] = struct.pack(">II", 60000, 60000)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    (tmp_path / "a.png").write_bytes(data)
    refused(tmp_path / "a.png", "megapixels")


def test_a_missing_file_a_folder_and_an_empty_file_are_refused(tmp_path):
    refused(tmp_path / "none.png", "no picture")
    refused(tmp_path, "no picture")
    (tmp_path / "empty.png").touch()
    refused(tmp_path / "empty.png", "0 bytes")


NO_PICTURES = [b"just words, no picture\n" * 20, b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a",
               b"\0" * 4000, b"BM" + b"\xff" * 90]


@pytest.mark.parametrize("content", NO_PICTURES)
def test_what_is_no_picture_is_refused(tmp_path, content):
    path = tmp_path / "notes.png"
    path.write_bytes(content)
    refused(path, "not a picture", "damaged", "pixels")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["png", "jpg", "tif", "webp", "gif", "bmp"])
def test_a_picture_cut_short_anywhere_is_refused_and_never_read_in_part(tmp_path, kind):
    texture = (128 + 100 * scenes.noise(60, 80, 5)).astype(np.uint8)
    whole = save(Image.fromarray(np.dstack([texture] * 3)), tmp_path / f"whole.{kind}").read_bytes()
    path = tmp_path / f"cut.{kind}"
    for share in (0.02, 0.1, 0.3, 0.5, 0.8, 0.97):
        path.write_bytes(whole[: int(len(whole) * share)])
        refused(path, "damaged", "not a picture")


@pytest.mark.filterwarnings("ignore")
def test_a_picture_with_damaged_bytes_is_read_or_refused_and_nothing_else(tmp_path):
    texture = (128 + 100 * scenes.noise(60, 80, 5)).astype(np.uint8)
    random = np.random.default_rng(3)
    refusals = 0
    for kind in ("png", "jpg", "tif", "webp", "gif", "bmp"):
        whole = save(Image.fromarray(np.dstack([texture] * 3)), tmp_path / f"whole.{kind}").read_bytes()
        for _ in range(40):
            data = bytearray(whole)
            for at in random.integers(0, min(len(data), 400), 6):
                data[at] = random.integers(0, 256)
            path = tmp_path / f"bad.{kind}"
            path.write_bytes(data)
            for look in (picture.read, picture.size):
                try:
                    look(path)
                except ParallaxError:
                    refusals += 1
    assert refusals > 20


def test_scaling_keeps_the_look():
    texture = np.dstack([128 + 60 * scenes.noise(96, 160, 2, finest=12)] * 3).astype(np.uint8)
    small = picture.scaled(texture, 80, 48)
    assert small.shape == (48, 80, 3)
    assert scenes.psnr(small, texture.reshape(48, 2, 80, 2, 3).mean(axis=(1, 3))) > 35


def test_a_line_along_an_edge_is_found_on_its_side_only():
    texture = np.dstack([128 + 60 * scenes.noise(120, 160, 2)] * 3).astype(np.uint8)
    assert picture.border(texture) == (0, 0, 0, 0)
    left, right, top, bottom = (texture.copy() for _ in range(4))
    left[:, :1] = right[:, -3:] = top[:2] = bottom[-1:] = 0
    found = [picture.border(p) for p in (left, right, top, bottom)]
    for side, (widths, true) in enumerate(zip(found, (1, 3, 2, 1))):
        assert true <= widths[side] <= true + 1
        assert all(w == 0 for other, w in enumerate(widths) if other != side)


def test_a_border_is_looked_for_in_the_smallest_picture_too():
    assert picture.border(np.full((16, 16, 3), 90, np.uint8)) == (0, 0, 0, 0)
