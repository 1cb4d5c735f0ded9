"""Which codecs, containers and sounds go together, and what each codec can be asked for."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import items

AUTO = "AUTO"
CODECS = items(
    ("H264", "H.264", "Plays everywhere"),
    ("H265", "H.265", "Half the size of H.264, plays on most newer devices"),
    ("AV1", "AV1", "Smaller still, slow to write"),
    ("VP9", "VP9", "For the web"),
    ("PRORES", "ProRes", "For editing: large, every frame stands alone"),
    ("FFV1", "FFV1", "Lossless, for archives"),
    ("PNG", "PNG Sequence", "A folder of pictures, without sound"),
)
CONTAINERS = items(
    (AUTO, "Automatic", "The usual one of the codec"),
    ("MP4", "MP4", "Plays everywhere"),
    ("MOV", "QuickTime", "For editing"),
    ("MKV", "Matroska", "Holds everything"),
    ("WEBM", "WebM", "For the web"),
    ("AVI", "AVI", "For old programs"),
    ("FOLDER", "Folder", "One file for each frame"),
)
SOUNDS = items(
    (AUTO, "Automatic", "The usual one of the container"),
    ("AAC", "AAC", "Plays everywhere"),
    ("OPUS", "Opus", "Better at few bits, for the web"),
    ("FLAC", "FLAC", "Lossless"),
    ("PCM", "PCM", "Not compressed"),
    ("NONE", "No Sound", "A silent film"),
)
RATES = items(
    ("QUALITY", "Constant Quality", "As many bits as each moment needs"),
    ("BITRATE", "Bitrate", "So many bits a second on average"),
)
QUALITIES = items(
    ("PERC_LOSSLESS", "Perceptually Lossless", "No difference to be seen, large"),
    ("HIGH", "High", "Hardly a difference to be seen"),
    ("MEDIUM", "Medium", "Good enough for most"),
    ("LOW", "Low", "Small"),
    ("LOWEST", "Lowest", "As small as can be"),
)
EFFORTS = items(
    ("BEST", "Slow", "Smallest files"),
    ("GOOD", "Good", "A sound mean"),
    ("REALTIME", "Fast", "Larger files, written quickly"),
)
DEPTHS = items(
    ("8", "8 Bits", "What every player shows"),
    ("10", "10 Bits", "Finer steps in skies and fog"),
    ("12", "12 Bits", "Finer still"),
    ("16", "16 Bits", "For archives"),
)
PROFILES = items(
    ("422_PROXY", "Proxy", "Smallest"),
    ("422_LT", "LT", "Small"),
    ("422_STD", "Standard", "For most uses"),
    ("422_HQ", "HQ", "For masters"),
    ("4444", "4444", "Full colour resolution"),
)
SUFFIXES = {"MP4": ".mp4", "MOV": ".mov", "MKV": ".mkv", "WEBM": ".webm", "AVI": ".avi", "FOLDER": ""}
HELD = {  # which sounds a container holds, its usual one first
    "MP4": ("AAC", "OPUS"), "MOV": ("PCM", "AAC"), "MKV": ("AAC", "OPUS", "FLAC", "PCM"), "WEBM": ("OPUS",), "AVI": ("PCM", "AAC"),
    "FOLDER": (),
}


@dataclass(frozen=True)
class Codec:
    """containers: that hold it, its usual one first. depths: bits that it can have. rated: has quality, bitrate, key frames and effort."""

    containers: tuple[str, ...]
    depths: tuple[str, ...] = ("8",)
    rated: bool = True


TABLE = {
    "H264": Codec(("MP4", "MKV", "MOV"), ("8", "10")),
    "H265": Codec(("MP4", "MKV", "MOV"), ("8", "10")),
    "AV1": Codec(("MP4", "MKV", "WEBM"), ("8", "10")),
    "VP9": Codec(("WEBM", "MKV", "MP4")),
    "PRORES": Codec(("MOV", "MKV"), ("10",), rated=False),
    "FFV1": Codec(("MKV", "AVI"), ("8", "10", "12", "16"), rated=False),
    "PNG": Codec(("FOLDER",), ("8", "16"), rated=False),
}


def containers(codec: str) -> tuple[str, ...]:
    """What a codec may be put in, as may be chosen."""
    return (AUTO, *TABLE[codec].containers)


def sounds(container: str) -> tuple[str, ...]:
    """The sounds that may be chosen for a container."""
    return (AUTO, *HELD[container], "NONE")


def container_of(suffix: str) -> str | None:
    """The container whose files end in a suffix such as '.mp4'; None where no container's do."""
    return next((name for name, own in SUFFIXES.items() if own and own == suffix.lower()), None)


def codec_of(container: str) -> str:
    """The usual codec of a container."""
    return next(name for name, codec in TABLE.items() if codec.containers[0] == container or container == "AVI" and name == "FFV1")


def label(rows: tuple[tuple[str, str, str], ...], name: str) -> str:
    return next(row[1] for row in rows if row[0] == name)
