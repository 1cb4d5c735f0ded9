"""How loud a sound is, and what gain brings it to a target. `python -m engine.film.loudness FILE` prints it as JSON.

Loudness and range are those of EBU R 128 and EBU Tech 3342, measured as ITU-R BS.1770 says, true peak as its annex 2 does, all by
FFmpeg's filter ebur128. PyAV is imported where it is used: Blender, too, imports this module, for `Loudness` and `gain_to`.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import ParallaxError
from .pcm import RATE

CEILING = -1.0  # dBTP: what EBU R 128 allows at most
SILENCE = -70.0  # LUFS: what is quieter is not counted, by BS.1770
FINE = 64.0  # how much louder a sound is when its peak is measured, which is told to three decimals
BLOCK = 1 << 16  # samples that are measured at once


@dataclass(frozen=True)
class Loudness:
    """integrated: LUFS, None of what is silent or shorter than 0.4 s. range: LU. peak: dBTP, None of perfect silence."""

    integrated: float | None
    range: float
    peak: float | None


@dataclass(frozen=True)
class Gain:
    """decibels: to add. note: a sentence for the artist where the target is not reached, else nothing."""

    decibels: float
    note: str = ""


def gain_to(loudness: Loudness, target: float, ceiling: float = CEILING) -> Gain:
    """What brings a sound to a target in LUFS, as far as its peaks stay below the ceiling in dBTP."""
    if loudness.integrated is None or loudness.peak is None:
        return Gain(0.0, "The sound is silent, so its loudness cannot be set")
    wanted, allowed = target - loudness.integrated, ceiling - loudness.peak
    if wanted <= allowed + 0.05:
        return Gain(wanted)
    return Gain(allowed, f"The sound stays at {loudness.integrated + allowed:.1f} LUFS instead of {target:.1f}, as its peaks would "
                         f"pass {ceiling:.0f} dB: lower what peaks, or set a lower target")


def measure(path: str | Path, check: Callable[[float], None] = lambda share: None) -> Loudness:
    """Measures a sound file, or the sound of a video. check: called with the share that is done. Raises ParallaxError."""
    from . import decode

    with decode.opened(path) as (file, stream):
        meter, length = _Meter(template=stream), float(file.duration or 0) / 1e6
        for frame in decode.frames(file, stream):
            check(min(1.0, (frame.time or 0.0) / length) if length else 0.0)
            meter.push(frame)
        return meter.end()


def of(sound: np.ndarray, peak: bool = True) -> Loudness:
    """Measures a sound (1 or 2 channels, samples) at 48 kHz. peak: whether its peak is, which takes half of the time."""
    import av

    layout = "mono" if len(sound) == 1 else "stereo"
    meter = _Meter(peak, sample_rate=RATE, format="fltp", layout=layout, time_base=Fraction(1, RATE))
    for start in range(0, sound.shape[1], BLOCK):
        block = np.ascontiguousarray(sound[:, start : start + BLOCK], dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        meter.push(frame)
    return meter.end()


class _Meter:
    """FFmpeg's ebur128, which writes what it has measured so far into the metadata of every frame that leaves it."""

    def __init__(self, with_peak: bool = True, **buffer):
        from av.filter import Graph

        self.graph = Graph()
        peak = [("volume", f"{FINE}:precision=double"), ("ebur128", "peak=true:metadata=1"), ("volume", f"{1.0 / FINE}:precision=double")]
        chain = [*(peak if with_peak else []), ("ebur128", "peak=none:metadata=1")]
        self.source, self.sink = self.graph.add_abuffer(**buffer), self.graph.add("abuffersink")
        parts = [self.source, *(self.graph.add(*one) for one in chain), self.sink]
        for before, after in zip(parts, parts[1:]):
            before.link_to(after)
        self.graph.configure()
        self.last: dict[str, str] = {}

    def push(self, frame) -> None:
        self.source.push(frame)
        for frame in self._pulled():
            self.last = frame.metadata or self.last  # the last one, where it is short, says nothing

    def end(self) -> Loudness:
        self.push(None)
        integrated, peak = self._number("I", SILENCE), self._number("true_peak", 0.0) / FINE
        return Loudness(integrated if integrated > SILENCE else None, self._number("LRA", 0.0),
                        20.0 * math.log10(peak) if peak > 0.0 else None)

    def _number(self, name: str, without: float) -> float:
        number = float(self.last.get(f"lavfi.r128.{name}", without))
        return number if math.isfinite(number) else without

    def _pulled(self) -> Iterable:
        from av.error import BlockingIOError, EOFError

        while True:
            try:
                yield self.sink.pull()
            except (BlockingIOError, EOFError):  # it wants more, or there is no more
                return


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python -m engine.film.loudness FILE", file=sys.stderr)
        return 2
    try:
        print(json.dumps(asdict(measure(sys.argv[1]))))
    except ParallaxError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
