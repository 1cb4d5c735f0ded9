"""What the scene tests share: a synthetic picture, jobs that the real engine has run, and a look through the camera."""

import functools
import tempfile
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

from tests import harness

SIZE = 320, 192
PLAIN = {"style": "CUSTOM", "separator": "BANDS"}  # nothing is left to automatic choices


@functools.cache
def folder() -> Path:
    """A folder for this test run; pytest's own are per test, and jobs are shared between tests."""
    holder = tempfile.TemporaryDirectory(prefix="infinite-parallax-tests-")
    folder.holder = holder  # lives as long as the process
    return Path(holder.name)


def noise(width, height, seed=1):
    """A picture (H, W, 3) of smooth random green and grey: it looks different everywhere, so that any shift can be measured."""
    random = np.random.default_rng(seed).standard_normal((height, width, 3))
    y, x = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :]
    keep = np.exp(-((np.hypot(x, y) / 0.09) ** 2))[..., None]
    smooth = np.fft.ifft2(np.fft.fft2(random, axes=(0, 1)) * keep, axes=(0, 1)).real
    smooth /= 3.0 * smooth.std()
    return np.clip(128 + 110 * smooth, 0, 255).astype(np.uint8)


@functools.cache
def picture(width=SIZE[0], height=SIZE[1], seed=1) -> Path:
    path = folder() / f"noise_{width}x{height}_{seed}.png"
    Image.fromarray(noise(width, height, seed)).save(path)
    return path


def choose_plainly(scene):
    """Has a scene leave nothing to automatic choices."""
    for name, value in PLAIN.items():
        setattr(scene.infinite_parallax, name, value)


@functools.cache
def painted(size=SIZE, seed=1, **settings):
    """A job that the engine has finished. Tests that change its folder must copy it."""
    job_module, worker = harness.part("engine.job"), harness.part("engine.worker")
    made = tempfile.mkdtemp(dir=folder(), prefix="job-")
    values = harness.part("engine.settings").Settings.from_dict({**PLAIN, "layers": 3, "heights": [30.0, 40.0, 30.0], **settings})
    job = job_module.Job.create(made, picture(*size, seed), values)
    ending = worker.run(job)
    assert ending.kind == "done", ending.text
    return job


def build(job, scene=None, **options):
    """Builds a job's scene in the current one, with the job's settings in its panel."""
    scene = scene or bpy.context.scene
    properties = harness.part("scene.properties")
    properties.from_settings(scene.infinite_parallax, job.read()[1])
    properties.remember_job(scene.infinite_parallax, job.folder)
    return harness.part("scene.build").build(scene, job, **options)


def planes(scene):
    """The layers' objects by their index, 0 at the top of the picture."""
    marks = harness.part("scene.marks")
    found = {marks.role(o): o for o in scene.objects if marks.role(o).startswith("layer ")}
    return [found[role] for role in sorted(found)]


def render(scene, frame):
    """What the camera sees at a frame: (H, W, 4) uint8, transparent where no layer is."""
    scene.render.film_transparent = True
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    path = folder() / "frame.png"
    scene.render.filepath = str(path)
    scene.frame_set(int(frame), subframe=frame - int(frame))
    bpy.ops.render.render(write_still=True, scene=scene.name)
    return np.array(Image.open(path))


def difference(seen, wanted):
    """Mean absolute difference of the colours, 0 to 255, over the smaller of the two sizes."""
    height, width = (min(a, b) for a, b in zip(seen.shape[:2], wanted.shape[:2]))
    return np.abs(seen[:height, :width, :3].astype(float) - wanted[:height, :width, :3]).mean()


def source(job):
    return np.array(Image.open(job.source).convert("RGB"))


def shift(before, after):
    """How far a layer has moved, (x, y) in pixels, by phase correlation: whole pixels first, then parts of one on what both show.

    before, after: (H, W, 4) renders of the layer alone.
    """
    whole = _peak(before[..., 1].astype(float), after[..., 1].astype(float))
    a, b = _overlap(before, after, whole)
    rows = (np.minimum(a, b)[..., 3] == 255).all(axis=1)
    part = _peak(a[rows, :, 1].astype(float), b[rows, :, 1].astype(float), fine=True)
    return whole[0] + part[0], whole[1] + part[1]


def _overlap(a, b, moved):
    height, width = a.shape[:2]
    x, y = moved
    still = a[max(0, -y) : height - max(0, y), max(0, -x) : width - max(0, x)]
    return still, b[max(0, y) : height + min(0, y), max(0, x) : width + min(0, x)]


def _peak(a, b, fine=False):
    height, width = a.shape
    window = np.hanning(height)[:, None] * np.hanning(width)[None, :]
    cross = np.conj(np.fft.fft2((a - a.mean()) * window)) * np.fft.fft2((b - b.mean()) * window)
    v, u = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :]
    phases = np.where(np.hypot(u, v) < 0.12, cross / (np.abs(cross) + 1e-9), 0.0)  # where the picture has anything to compare
    if not fine:
        y, x = np.unravel_index(np.fft.ifft2(phases).real.argmax(), a.shape)
        return int(x - width * (x > width // 2)), int(y - height * (y > height // 2))
    steps = np.arange(-1.2, 1.2001, 0.01)
    rows, columns = np.exp(2j * np.pi * steps[:, None] * v.T), np.exp(2j * np.pi * u.T * steps[None, :])
    y, x = np.unravel_index((rows @ phases @ columns).real.argmax(), (len(steps), len(steps)))
    return steps[x], steps[y]
