"""The artist's picture reaches the worker exactly, and no file of the artist's is touched."""

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio


@pytest.fixture
def picture(blank):
    return harness.part("scene.picture")


def load(path):
    return bpy.data.images.load(str(path))


def sideways(path):
    """A JPEG of 48 x 64 pixels that is to be seen turned, 64 x 48."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(studio.noise(48, 64)).save(path, exif=exif)
    return path


def floats(path):
    """A TIFF with colours of 32 bit: grey, 0.5."""
    from struct import pack

    width = height = 32
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, 134), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 146), (277, 3, 1, 3),
            (278, 3, 1, height), (279, 4, 1, width * height * 12), (339, 3, 3, 140)]
    head = b"II*\0" + pack("<IH", 8, len(tags)) + b"".join(pack("<HHII", *tag) for tag in tags) + pack("<I", 0)
    assert len(head) == 134
    path.write_bytes(head + pack("<6H", 32, 32, 32, 3, 3, 3) + np.full((height, width, 3), 0.5, "<f4").tobytes())
    return path


def test_the_artists_files_are_not_overwritten(picture, tmp_path):
    (tmp_path / "one_picture.png").write_text("precious")
    images = [bpy.data.images.new(name, 32, 32) for name in ("one", "one?", "one!")]
    folders = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    files = [picture.hand_over(image, folder) for image, folder in zip(images, folders)]
    assert len(set(files)) == 3
    assert all(file.is_relative_to(folder) and file.is_file() for file, folder in zip(files, folders))
    assert (tmp_path / "one_picture.png").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c", "one_picture.png"]


def test_generating_from_pixels_keeps_to_the_job_folder(picture, tmp_path):
    props = bpy.context.scene.infinite_parallax
    props.picture = image = bpy.data.images.new("mine", 64, 48)
    image.pixels.foreach_set(np.random.default_rng(0).random(64 * 48 * 4, np.float32))
    props.folder = str(tmp_path / "parallax")
    bpy.ops.infinite_parallax.suggest_heights()
    assert not list(tmp_path.iterdir())
    job = harness.part("operators.generate").submit(bpy.context.scene)
    assert [path.name for path in tmp_path.iterdir()] == ["parallax"]
    assert job.read()[0] == tmp_path / "parallax" / "picture" / "mine.tif" and job.read()[0].is_file()
    assert harness.part("operators.generate").submit(bpy.context.scene).folder == job.folder, "an unfinished one is replaced"


def test_a_packed_file_is_handed_over_byte_for_byte(picture, tmp_path):
    image = load(sideways(tmp_path / "a.jpg"))
    image.pack()
    before = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").unlink()
    file = picture.hand_over(image, tmp_path / "job")
    assert file.suffix == ".jpg" and file.read_bytes() == before


def test_size_is_that_of_the_upright_picture(picture, tmp_path):
    path = sideways(tmp_path / "a.jpg")
    image = load(path)
    assert picture.size(image) == (64, 48)
    Image.fromarray(studio.noise(80, 40)).save(path)
    assert picture.size(image) == (80, 40), "a file that was saved anew"
    path.unlink()
    picture.size(image)  # the panel asks it in every drawing, so it may not raise


def test_colours_of_32_bit_reach_the_worker(picture, tmp_path):
    path = floats(tmp_path / "float.tif")
    with pytest.raises(harness.part("engine.errors").ParallaxError):
        harness.part("engine.picture").size(path)
    image = load(path)
    assert picture.size(image) == (32, 32)
    file = picture.hand_over(image, tmp_path / "job")
    assert file != path
    shown = 127.5 if image.colorspace_settings.name == "sRGB" else 188  # linear, where Blender takes it as such
    assert np.abs(harness.part("engine.picture").read(file)[0] - shown).max() <= 1


def test_too_small_a_picture_is_refused_at_once(picture, tmp_path):
    with pytest.raises(harness.part("engine.errors").ParallaxError, match="at least 16"):
        picture.hand_over(bpy.data.images.new("tiny", 8, 64), tmp_path / "job")
    assert not (tmp_path / "job").exists()


@pytest.mark.parametrize("mode, suffix", [("RGB", "jpg"), ("RGB", "png"), ("L", "png"), ("P", "png"), ("CMYK", "jpg"), ("RGBA", "png")])
def test_a_glance_sees_the_rows_of_the_picture(picture, tmp_path, mode, suffix):
    """Suggested heights are those of the whole picture, from a fraction of its pixels."""
    pixels = np.repeat(studio.noise(1400, 1300) // 8, 1, axis=0)
    pixels[300:800] += 90
    pixels[800:] += 200
    Image.fromarray(pixels).convert(mode).save(tmp_path / f"a.{suffix}")
    seen = picture.glance(load(tmp_path / f"a.{suffix}"))
    assert mode == "P" or seen.size < pixels.size / 3
    suggested = harness.part("engine.separators").suggest_heights(seen, 3)
    assert suggested == pytest.approx([300 / 13, 500 / 13, 500 / 13], abs=1.0)
