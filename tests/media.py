"""What is in a film, a picture or a sound, by PyAV: no ffmpeg program is needed. `python -m tests.media WHAT FILE` prints it as JSON.

The functions run it in a process of its own: PyAV is never loaded beside bpy, which has an FFmpeg of its own.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]


def probe(path) -> dict:
    """`video` and `audio`, where there are such: codec_name, duration in seconds, bit_rate, and of video pix_fmt, width, height,
    frame_rate; `format`: format_name, duration; `frames`: how many packets of video; `keys`: which of them can be started from."""
    return _asked("probe", path)


def greys(path) -> list[int]:
    """The mean grey of each frame of a video, 0 to 255."""
    return _asked("greys", path)


def loudness(path) -> float:
    """LUFS of a whole sound, by EBU R 128."""
    return _asked("loudness", path)


def halves(path) -> list[float]:
    """The root mean square of each whole half second of a file's sound, both channels together, in parts of full scale."""
    return _asked("halves", path)


def _asked(what: str, path):
    command = [sys.executable, "-m", "tests.media", what, str(path)]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)


def _probe(file) -> dict:
    said = {"format": {"format_name": file.format.name, "duration": (file.duration or 0) / 1e6}, "frames": 0, "keys": []}
    for kind, stream in (("video", next(iter(file.streams.video), None)), ("audio", next(iter(file.streams.audio), None))):
        if stream:
            length = float(stream.duration * stream.time_base) if stream.duration else None
            said[kind] = {"codec_name": stream.codec.canonical_name, "duration": length, "bit_rate": stream.bit_rate}
    if file.streams.video:
        stream = file.streams.video[0]
        rate = stream.guessed_rate
        said["video"] |= {"pix_fmt": stream.codec_context.pix_fmt, "width": stream.width, "height": stream.height,
                          "frame_rate": f"{rate.numerator}/{rate.denominator}"}
        packets = [packet for packet in file.demux(stream) if packet.size]
        said["frames"], said["keys"] = len(packets), [number for number, packet in enumerate(packets) if packet.is_keyframe]
    return said


def _greys(file) -> list[int]:
    return [int(round(frame.to_ndarray(format="rgb24").mean())) for frame in file.decode(video=0)]


def _loudness(file) -> float:
    from av.error import BlockingIOError, EOFError
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(template=file.streams.audio[0])
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    last = None
    for frame in [*file.decode(audio=0), None]:
        source.push(frame)
        try:
            while True:
                last = sink.pull().metadata.get("lavfi.r128.I", last)
        except (BlockingIOError, EOFError):
            pass
    return float(last)


def _halves(file) -> list[float]:
    from av import AudioResampler

    resampler = AudioResampler("fltp", "stereo", 48000)
    blocks = [out.to_ndarray() for frame in [*file.decode(audio=0), None] for out in resampler.resample(frame)]
    sound = np.concatenate(blocks, axis=1)
    halves = sound[:, : sound.shape[1] // 24000 * 24000].reshape(2, -1, 24000)
    return [float(level) for level in np.sqrt((halves**2).mean(axis=(0, 2)))]


if __name__ == "__main__":
    import av

    with av.open(sys.argv[2]) as opened:
        print(json.dumps({"probe": _probe, "greys": _greys, "loudness": _loudness, "halves": _halves}[sys.argv[1]](opened)))
