"""Export: what comes out is checked by ffprobe and by decoding; frames carry their number as a grey."""

import functools
import json
import shutil
import subprocess
import wave
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests import harness
from tests.scene import studio

FRAMES, FPS, SIZE = 8, 4, (256, 144)  # AV1 wants no smaller
GREYS = [40 + 25 * number for number in range(FRAMES)]
needs_ffprobe = pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")


@pytest.fixture
def shot(blank, tmp_path):
    """A built parallax whose edit shows a grey for each frame, with a sound of its length. Gives the scene."""
    job = studio.painted(SIZE, length="DURATION", duration=FRAMES / FPS, fps=FPS, loop=False, seconds_per_step=4.0)
    scene = studio.build(job).scene
    scene.infinite_parallax.engine = "CYCLES"
    cut = harness.part("scene.edit").edit_of(scene)
    strips = harness.part("scene.versions").strips(cut)
    for number, grey in enumerate(GREYS, 1):
        length = {"length": 1} if bpy.app.version >= (5, 0) else {"frame_end": number + 1}
        strip = strips.new_effect(name=f"grey {number}", type="COLOR", channel=30, frame_start=number, **length)
        strip.color = [(grey / 255.0)] * 3
    if bpy.app.version >= (4, 3):  # the 4.2 wheel has no sound
        strips.new_sound("tone", str(_tone()), 1, 1)
    cut.render.filepath = str(tmp_path / "film.mp4")
    assert cut.frame_end == FRAMES
    return scene


@functools.cache
def _tone() -> Path:
    path = studio.folder() / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48000)
        time = np.arange(48000 * FRAMES // FPS) / 48000
        file.writeframes(np.repeat((np.sin(time * 2 * np.pi * 440) * 8000).astype("<i2"), 2).tobytes())
    return path


def write(scene, **settings) -> list[Path]:
    """Exports in this process, as the second Blender and the command line do."""
    export, output = harness.part("operators.export"), harness.part("operators.output")
    for name, value in settings.items():
        setattr(scene.infinite_parallax.export, name, value)
    output.prepare(scene)
    to = export.target(scene)
    seen = []
    paths = export.write(scene, to, lambda done, of: seen.append((done, of)))
    assert seen and [one for one, _ in seen] == sorted(one for one, _ in seen) and seen[-1][0] <= seen[-1][1]
    assert not any(path.exists() for path in to.leftovers)
    return paths


def probe(path) -> dict:
    """ffprobe's word of a file: streams by their kind, and the time and flags of each packet of video."""
    said = json.loads(subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", "-show_packets", str(path)],
        capture_output=True, check=True).stdout)
    streams = {stream["codec_type"]: stream for stream in said["streams"]}
    packets = [packet for packet in said["packets"] if packet["codec_type"] == "video"]
    return {**streams, "format": said["format"], "keys": [n for n, packet in enumerate(packets) if "K" in packet["flags"]],
            "frames": len(packets)}


def greys(path) -> list[int]:
    """The grey of each frame of a video, decoded, as ffmpeg gives them one by one."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
                         capture_output=True, check=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, SIZE[1], SIZE[0])
    return [int(round(frame.mean())) for frame in frames]


def order(path) -> list[int]:
    """The numbers, from 1, that the frames of a video carry."""
    nearest = [int(np.argmin([abs(grey - one) for one in GREYS])) + 1 for grey in greys(path)]
    assert all(abs(GREYS[number - 1] - grey) < 10 for number, grey in zip(nearest, greys(path)))  # neither black nor blended
    return nearest


WRITTEN = {  # what is asked for: codec, container, depth; what ffprobe says: codec, format, pixel format, suffix
    ("H264", "AUTO", "8"): ("h264", "mp4", "yuv420p", ".mp4"),
    ("H264", "MKV", "10"): ("h264", "matroska", "yuv420p10le", ".mkv"),
    ("H265", "AUTO", "8"): ("hevc", "mp4", "yuv420p", ".mp4"),
    ("AV1", "AUTO", "8"): ("av1", "mp4", "yuv420p", ".mp4"),
    ("VP9", "AUTO", "8"): ("vp9", "webm", "yuv420p", ".webm"),
    ("PRORES", "AUTO", "8"): ("prores", "mov", "yuv422p10le", ".mov"),
    ("FFV1", "AUTO", "16"): ("ffv1", "matroska", "gbrp16le", ".mkv"),
    ("FFV1", "AVI", "8"): ("ffv1", "avi", "bgr0", ".avi"),
}


@needs_ffprobe
@pytest.mark.parametrize("asked", WRITTEN)
def test_a_film_is_of_the_codec_that_was_asked_for(shot, asked):
    codec, container, depth = asked
    export = harness.part("scene.export")
    if codec not in [item[0] for item in export.offered("codec", shot.infinite_parallax.export)]:
        pytest.skip("not built into this Blender")
    shot.infinite_parallax.export.codec = codec
    if depth not in [item[0] for item in export.offered("depth", shot.infinite_parallax.export)]:
        pytest.skip("no such depth in this Blender")
    name, kind, pixels, suffix = WRITTEN[asked]
    path, = write(shot, container=container, depth=depth, gop=3)
    said = probe(path)
    assert path.suffix == suffix and path.stem == "film"
    assert said["video"]["codec_name"] == name and kind in said["format"]["format_name"]
    assert said["video"]["pix_fmt"] == pixels
    assert said["video"]["r_frame_rate"] == f"{FPS}/1" and said["frames"] == FRAMES
    assert (said["video"]["width"], said["video"]["height"]) == SIZE
    assert said["keys"][0] == 0 and max(np.diff([*said["keys"], FRAMES])) <= 3  # encoders add some where all changes
    if asked == ("H264", "AUTO", "8"):
        assert said["keys"] == [0, 3, 6]
    if not harness.part("engine.film.codecs").TABLE[codec].rated:
        assert said["keys"] == list(range(FRAMES))
    assert abs(float(said["format"]["duration"]) - FRAMES / FPS) < 1 / FPS
    assert order(path) == list(range(1, FRAMES + 1))
    assert said["audio"]["codec_name"] == {".mp4": "aac", ".mkv": "aac", ".webm": "opus"}.get(suffix, "pcm_s16le")
