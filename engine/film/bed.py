"""A bed of the artist's own sound: looped to a length, with no seam at any join nor from its end to its start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import ParallaxError
from . import decode, pcm
from .pcm import RATE

CROSSFADE = RATE // 2  # samples, at most
SHORTEST = RATE // 20  # of a crossfade, where the sound is long enough
SILENT = 10.0 ** (-90.0 / 20.0)
Check = Callable[[float], None]


def make(values: dict, path: Path, check: Check) -> None:
    """Writes the bed. values: file (absolute path), samples (length at 48 kHz), mono; stamp, which only tells a changed file apart;
    delay: samples by which it comes later, if given, what leaves the end coming at the start.

    Raises ParallaxError where the file has no sound that can be looped.
    """
    samples = int(values["samples"])
    sound = read(Path(values["file"]), samples + CROSSFADE, bool(values["mono"]), lambda share: check(0.8 * share))
    made = np.roll(looped(sound, samples), int(values.get("delay", 0)), axis=1)
    check(0.9)
    peak = np.abs(made).max()
    pcm.write(path, made / max(1.0, peak))  # two copies that go together may pass 1 where they meet


def read(file: Path, most: int, mono: bool, check: Check) -> np.ndarray:
    """The first `most` samples of a file at 48 kHz: (1 or 2, samples) float32. Raises ParallaxError for a file without a sound."""
    import av

    blocks, length = [], 0
    with decode.opened(file) as (container, stream):
        is_mono = mono or stream.channels == 1  # FFmpeg would make one channel quieter on its way to two
        resampler = av.AudioResampler(format="fltp", layout="mono" if is_mono else "stereo", rate=RATE)
        for frame in _resampled(resampler, decode.frames(container, stream)):
            blocks.append(frame.to_ndarray())
            length += frame.samples
            check(min(1.0, length / most))
            if length >= most:
                break
    if length < RATE // 100:
        raise ParallaxError(f"The sound {file.name} has no length: choose another file")
    sound = np.concatenate(blocks, axis=1)[:, :most]
    if not np.isfinite(sound).all():
        raise ParallaxError(f"The sound {file.name} has values that are no numbers: save it anew, or choose another file")
    if np.abs(sound).max() < SILENT:
        raise ParallaxError(f"The sound {file.name} is silent: choose another file, or take the sound out of the list")
    return np.repeat(sound, 2, axis=0) if is_mono and not mono else sound


def looped(sound: np.ndarray, samples: int) -> np.ndarray:
    """A sound (channels, length) repeated to `samples`, in equal pieces that cross over with equal power; (channels, samples) float64.

    As few pieces as cover it. Where the sound has hardly more than a piece's length, as one has that loops by itself, its end is
    led on by its mirror image for the time of the shortest crossfade.
    """
    length = sound.shape[1]
    least = min(SHORTEST, length // 4)
    pieces = max(1, -(-samples // (length + least)))
    period = -(-samples // pieces)
    cross = int(np.clip(length - period, min(least, period), min(CROSSFADE, period)))
    piece = _extended(sound.astype(np.float64), period + cross)
    made = np.zeros((len(sound), samples))
    for number in range(pieces):
        start, end = round(number * samples / pieces), round((number + 1) * samples / pieces)
        _lay(made, piece, start, end - start, cross)
    return made


def _lay(made, piece, start, period, cross) -> None:
    """Adds one piece, faded in at its start, and faded out beyond its period; beyond the end of all is its start."""
    share = (np.arange(cross) + 0.5) / cross * (np.pi / 2.0)
    faded = piece[:, : period + cross].copy()
    faded[:, :cross] *= np.sin(share)
    faded[:, period:] *= np.cos(share)
    samples = made.shape[1]
    first = min(samples - start, period + cross)
    made[:, start : start + first] += faded[:, :first]
    made[:, : period + cross - first] += faded[:, first:]


def _extended(sound: np.ndarray, length: int) -> np.ndarray:
    more = length - sound.shape[1]
    return np.concatenate([sound, sound[:, ::-1][:, 1 : more + 1]], axis=1) if more > 0 else sound[:, :length]


def _resampled(resampler, frames):
    for frame in frames:
        frame.pts = None  # files cut from longer ones do not begin at 0
        yield from resampler.resample(frame)
    yield from resampler.resample(None)
