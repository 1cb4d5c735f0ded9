"""How the film is written: its size and crop, codec, container, sound, editions."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Group, items, option

SIZES = items(
    ("PICTURE", "As the Picture", "The picture's own size"),
    ("HD", "1080p", "1920 x 1080"),
    ("UHD", "4K", "3840 x 2160"),
    ("SQUARE", "Square", "1080 x 1080"),
    ("PORTRAIT", "9:16", "1080 x 1920"),
    ("CUSTOM", "Custom", "The width and height below"),
)


@dataclass(frozen=True)
class Frame:
    """What of the picture the film shows, and at what size.

    width, height: of the film in pixels, even. left, top, right, bottom: in pixels of the picture, real numbers; the rectangle has the
    film's shape.
    """

    width: int
    height: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def scale(self) -> float:
        """Pixels of the film for one of the picture."""
        return self.width / (self.right - self.left)


@dataclass(frozen=True)
class Export(Group):
    """How the film is written."""

    size: str = option("PICTURE", "Size", "Width and height of the film", items=SIZES)
    width: int = option(1920, "Width", "Of the film", low=4, high=16384, unit="px")
    height: int = option(1080, "Height", "Of the film", low=4, high=16384, unit="px")
    crop_x: float = option(50.0, "Crop X", "Which part of a picture that is too wide is shown: 0 the left, 100 the right", low=0.0,
                           high=100.0, unit="%")
    crop_y: float = option(50.0, "Crop Y", "Which part of a picture that is too high is shown: 0 the top, 100 the bottom", low=0.0,
                           high=100.0, unit="%")

    def frame(self, width: int, height: int) -> Frame:
        """The part of a picture of `width` x `height` pixels that the film shows, as large as fits."""
        if self.size == "PICTURE":  # even, as H.264 wants it, by leaving out the last column or row of an odd picture
            w, h = (min(max(n - n % 2, 4), 65536) for n in (width, height))
            return Frame(w, h, 0.0, 0.0, float(w), float(h))
        w, h = {"HD": (1920, 1080), "UHD": (3840, 2160), "SQUARE": (1080, 1080), "PORTRAIT": (1080, 1920)}.get(
            self.size, (self.width - self.width % 2, self.height - self.height % 2))
        scale = max(w / width, h / height)
        left, top = (width - w / scale) * self.crop_x / 100.0, (height - h / scale) * self.crop_y / 100.0
        return Frame(w, h, left, top, left + w / scale, top + h / scale)
