"""How the film is written: its size and crop, codec, container, sound, editions."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ParallaxError
from ..options import Group, items, option
from . import codecs

SIZES = items(
    ("PICTURE", "As the Picture", "The picture's own size"),
    ("HD", "1080p", "1920 x 1080"),
    ("UHD", "4K", "3840 x 2160"),
    ("SQUARE", "Square", "1080 x 1080"),
    ("PORTRAIT", "9:16", "1080 x 1920"),
    ("CUSTOM", "Custom", "The width and height below"),
)

EDITIONS = {"forward": "", "pingpong": "_pingpong", "reversed": "_reversed"}  # and what is added to the file's name


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

    codec: str = option("H264", "Codec", "How the pictures are compressed", items=codecs.CODECS)
    container: str = option(codecs.AUTO, "Container", "The kind of file", items=codecs.CONTAINERS)
    rate: str = option("QUALITY", "Rate", "What decides the size of the file", items=codecs.RATES)
    quality: str = option("HIGH", "Quality", "How near the film is to what was rendered", items=codecs.QUALITIES)
    bitrate: int = option(8000, "Bitrate", "Of the pictures on average", low=50, high=500000, soft=(500, 50000), unit="kb/s")
    most_bitrate: int = option(12000, "Maximum", "Bitrate of the pictures that no moment goes beyond", low=50, high=500000,
                               soft=(500, 50000), unit="kb/s")
    gop: int = option(0, "Keyframe Interval", "Frames from one key frame to the next, between which players can jump; 0 is one second",
                      low=0, high=500, soft=(0, 250))
    effort: str = option("GOOD", "Encoder Preset", "Time against size", items=codecs.EFFORTS)
    depth: str = option("8", "Colour Depth", "Bits of each colour", items=codecs.DEPTHS)
    profile: str = option("422_HQ", "Profile", "Kind of ProRes", items=codecs.PROFILES)
    sound: str = option(codecs.AUTO, "Sound", "How the sound is compressed", items=codecs.SOUNDS)
    sound_bitrate: int = option(192, "Sound Bitrate", "Of the sound", low=32, high=384, unit="kb/s")
    loudness: float = option(-14.0, "Loudness", "What Set Loudness brings the sound of the edit to", low=-70.0, high=0.0,
                             soft=(-30.0, -9.0), unit="LUFS")
    blur: bool = option(False, "Motion Blur", "Frames are blended from several moments, as in a film camera")
    shutter: float = option(0.5, "Shutter", "How long the shutter is open, in frames", low=0.01, high=2.0, soft=(0.1, 1.0))
    blur_samples: int = option(8, "Samples", "How many moments a frame is blended from; rendering takes as many times longer", low=2,
                               high=256, soft=(4, 32))
    forward: bool = option(True, "Film", "The film as it is; where it loops, the loop")
    pingpong: bool = option(False, "Ping-Pong", "Also a film that runs forward, then back; it loops always")
    reversed: bool = option(False, "Reversed", "Also a film that runs backward")

    def __post_init__(self):
        codec, name = codecs.TABLE[self.codec], codecs.label(codecs.CODECS, self.codec)
        if self.container not in codecs.containers(self.codec):
            raise ParallaxError(f"{name} does not go into {codecs.label(codecs.CONTAINERS, self.container)}: "
                                f"choose {' or '.join(codec.containers)}")
        if self.sound not in codecs.sounds(self.file):
            raise ParallaxError(f"{codecs.label(codecs.SOUNDS, self.sound)} sound does not go into "
                                f"{codecs.label(codecs.CONTAINERS, self.file)}: choose {' or '.join((*codecs.HELD[self.file], 'NONE'))}")
        if self.depth not in codec.depths and self.depth != "8":
            raise ParallaxError(f"{name} has no colour depth of {self.depth} bits: choose {' or '.join(codec.depths)}")
        if self.rate == "BITRATE" and codec.rated and self.most_bitrate < self.bitrate:
            raise ParallaxError(f"Maximum must be at least the bitrate, {self.bitrate} kb/s, not {self.most_bitrate}")

    @property
    def file(self) -> str:
        """The container that is meant."""
        return codecs.TABLE[self.codec].containers[0] if self.container == codecs.AUTO else self.container

    @property
    def audio(self) -> str:
        """The sound that is meant: NONE where there is none."""
        if self.sound != codecs.AUTO:
            return self.sound
        return (*codecs.HELD[self.file], "NONE")[0]

    @property
    def bits(self) -> str:
        """The colour depth that is meant: the codec's least where it has not the one that is set."""
        depths = codecs.TABLE[self.codec].depths
        return self.depth if self.depth in depths else depths[0]

    @property
    def suffix(self) -> str:
        """How the file's name ends; '' is a folder."""
        return codecs.SUFFIXES[self.file]

    @property
    def editions(self) -> tuple[str, ...]:
        """Which films are asked for, of EDITIONS; the film itself where none is."""
        return tuple(name for name in EDITIONS if getattr(self, name)) or ("forward",)

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


@dataclass(frozen=True)
class Preset:
    """Export settings of the usual kind. values: what differs from the defaults."""

    key: str
    label: str
    tip: str
    values: tuple[tuple[str, object], ...] = ()

    @property
    def export(self) -> Export:
        return Export.from_dict(dict(self.values))


def _preset(key: str, label: str, tip: str, **values) -> Preset:
    return Preset(key, label, tip, tuple(values.items()))


PRESETS = (
    _preset("WEB", "Web", "H.264 in MP4 that plays everywhere, not too large", quality="MEDIUM"),
    _preset("BEST", "High Quality", "H.264 in MP4, no difference to be seen", quality="PERC_LOSSLESS", effort="BEST", sound_bitrate=320),
    _preset("SQUARE", "Social Square", "1080 x 1080, H.264 at 8 Mb/s", size="SQUARE", rate="BITRATE"),
    _preset("VERTICAL", "Vertical 9:16", "1080 x 1920, H.264 at 10 Mb/s", size="PORTRAIT", rate="BITRATE", bitrate=10000,
            most_bitrate=15000),
    _preset("MASTER", "Master ProRes", "ProRes 422 HQ in QuickTime with PCM sound, for editing", codec="PRORES"),
    _preset("ARCHIVE", "Archive FFV1", "Lossless FFV1 in Matroska with FLAC sound", codec="FFV1", sound="FLAC"),
    _preset("SMALL", "Small AV1", "AV1 with Opus sound: the smallest file", codec="AV1", quality="MEDIUM", sound="OPUS", sound_bitrate=96),
)
