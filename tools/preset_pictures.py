"""Makes the pictures of the colour presets: our example as it is on the left, and in the preset's colours on the right.

`.venv-bpy-5.0.1/bin/python -m tools.preset_pictures` renders them through Blender, by the very strips and nodes that an artist gets.
"""

import argparse
import tempfile
from pathlib import Path

from tests import harness

EXAMPLE = harness.ROOT / "tests" / "pictures" / "harbour.jpg"
SIZE = 240, 216
LINE = 2  # pixels between before and after
LAYERS = {"separator": "DEPTH", "depth_map": str(EXAMPLE.with_name("harbour_depth.png")), "max_width": 480, "length": "DURATION",
          "duration": 1.0, "loop": False}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=harness.ROOT / "presets", help="folder for the pictures")
    parser.add_argument("--sheet", type=Path, help="also write all of them, whole, before and after, into one picture")
    given = parser.parse_args()
    harness.prepare()
    harness.enable()
    harness.blank()
    with tempfile.TemporaryDirectory() as folder:
        scene, cut = _film(Path(folder))
        before, after = _frames(scene, cut, Path(folder) / "frame.png")
    given.out.mkdir(parents=True, exist_ok=True)
    for key, frame in after.items():
        _halves(before, frame).save(given.out / f"{key}.jpg", quality=88)
    if given.sheet:
        _sheet(before, after).save(given.sheet)
    return 0


def _film(folder):
    """The example's scene and edit."""
    import bpy

    job = harness.part("engine.job").Job.create(folder / "job", EXAMPLE, harness.part("engine.settings").Settings.from_dict(LAYERS))
    ending = harness.part("engine.worker").run(job)
    if ending.kind != "done":
        raise SystemExit(ending.text)
    properties = harness.part("scene.properties")
    properties.from_settings(bpy.context.scene.infinite_parallax, job.read()[1])
    properties.remember_job(bpy.context.scene.infinite_parallax, job.folder)
    built = harness.part("scene.build").build(bpy.context.scene, job)
    return built.scene, built.edit


def _frames(scene, cut, path):
    """The first frame of the edit without a grade, and with each preset by its key."""
    colour, film = harness.part("operators.colour"), harness.part("operators.film")
    before, after = _render(cut, path), {}
    for preset in harness.part("engine.film.grade").PRESETS:
        colour.choose(scene, preset)
        film.update(scene)
        after[preset.key] = _render(cut, path)
    return before, after


def _render(cut, path):
    import bpy
    from PIL import Image

    if hasattr(cut.render.image_settings, "media_type"):
        cut.render.image_settings.media_type = "IMAGE"
    cut.render.image_settings.file_format = "PNG"
    cut.render.filepath = str(path)
    cut.frame_set(1)
    bpy.ops.render.render(write_still=True, scene=cut.name)
    with Image.open(path) as image:
        return image.convert("RGB")


def _halves(before, after):
    """Both in one picture of `SIZE`: the left half as it was, a white line, the right half as it becomes."""
    from PIL import Image, ImageOps

    before, after = (ImageOps.fit(image, SIZE, Image.Resampling.LANCZOS, centering=(0.62, 0.5)) for image in (before, after))
    middle = SIZE[0] // 2
    after.paste(before.crop((0, 0, middle, SIZE[1])), (0, 0))
    after.paste((255, 255, 255), (middle - LINE // 2, 0, middle + LINE // 2, SIZE[1]))
    return after


def _sheet(before, after):
    from PIL import Image, ImageDraw

    images = {"before": before, **after}
    width, height = before.size
    sheet = Image.new("RGB", (width * 2, (height + 16) * ((len(images) + 1) // 2)))
    for number, (name, image) in enumerate(images.items()):
        place = number % 2 * width, number // 2 * (height + 16)
        ImageDraw.Draw(sheet).text((place[0] + 4, place[1] + 2), name, fill=(255, 255, 255))
        sheet.paste(image, (place[0], place[1] + 16))
    return sheet


if __name__ == "__main__":
    harness.leave(main())
