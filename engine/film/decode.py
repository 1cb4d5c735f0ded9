"""Sound of a file of the artist's, by PyAV; only for the process in the background."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from ..errors import ParallaxError


@contextmanager
def opened(path: str | Path):
    """The open file and its first stream of sound. Raises ParallaxError where there is none, or the file cannot be read on."""
    path = Path(path)
    if not path.is_file():
        raise ParallaxError(f"The sound {path} is not there: choose it again")
    try:
        with av.open(str(path)) as file:
            if not file.streams.audio:
                raise ParallaxError(f"{path.name} has no sound in it: choose another file")
            yield file, file.streams.audio[0]
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or str(error)
        raise ParallaxError(f"The sound {path.name} cannot be read ({reason}): save it as WAV or MP3, or choose another file") from None


def frames(file, stream) -> Iterator:
    """The stream's frames of sound. A packet that is damaged is left out, as players do; PyAV's errors where none can be read."""
    any_good, last = False, None
    for packet in file.demux(stream):
        try:
            for frame in packet.decode():
                any_good = True
                yield frame
        except av.error.InvalidDataError as error:
            last = error
    if last is not None and not any_good:
        raise last
