"""Frames per second of a plain MoviePy composition of a job's layers: `python -m tests.bench.movie JOB FRAMES`."""

import sys
import time

import numpy as np
from moviepy import CompositeVideoClip, ImageClip
from PIL import Image

from engine.job import Job


def main(folder: str, frames: int) -> None:
    job = Job(folder)
    result = job.result()
    motion = result.motion
    clips = [clip for layer in result.layers for tile in layer.tiles for clip in _clips(job, motion, layer, tile)]
    film = CompositeVideoClip(clips, size=(motion.width // 2 * 2, motion.height // 2 * 2)).with_duration(frames / motion.fps)
    begun = time.perf_counter()
    film.write_videofile(str(job.folder / "movie.mp4"), fps=motion.fps, codec="libx264", preset="medium", audio=False, logger=None,
                         ffmpeg_params=["-crf", "20", "-g", str(round(motion.fps)), "-pix_fmt", "yuv420p"])
    print(f"rate: {frames / (time.perf_counter() - begun)}")


def _clips(job, motion, layer, tile):
    """A tile, twice beside itself where the layer repeats along x."""
    with Image.open(job.tile_path(tile)) as image:
        pixels = np.array(image)[tile.pad : -tile.pad, tile.pad : -tile.pad]
    period, _ = motion.periods[layer.index]
    speed = motion.velocities[layer.index][0] / motion.seconds_per_step

    def place(t):
        x = tile.x + speed * t
        return (x % period - period if period else x), tile.y

    return [ImageClip(np.tile(pixels, (1, 2, 1)) if period else pixels).with_position(place)]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
