"""Frames per second of Blender rendering a job through its edit: `python -m tests.bench.blender JOB FRAMES`."""

import sys
import time

from tests import harness


def main(folder: str, frames: int) -> None:
    harness.prepare()
    harness.enable()
    harness.blank()
    import bpy

    job = harness.part("engine.job").Job(folder)
    scene = bpy.context.scene
    harness.part("scene.properties").remember_job(scene.infinite_parallax, job.folder)
    cut = harness.part("scene.build").build(scene, job).edit
    cut.render.filepath = str(job.folder / "blender.mp4")
    written = []
    bpy.app.handlers.render_write.append(lambda *_: written.append(time.perf_counter()))
    cut.frame_end = frames
    bpy.ops.render.render(animation=True, scene=cut.name)
    print(f"\nrate: {(len(written) - 1) / (written[-1] - written[0])}")  # the first frame also loads the pictures


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
