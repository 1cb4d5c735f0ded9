"""Seconds and memory of each stage, frames per second beside a plain MoviePy composition of the same layers, and the truth."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from engine.job import Job
from engine.settings import SalientObject, Settings
from tests import harness
from tests.bench import seams, things, truth
from tests.truth import scenes
from tools import demo

FRAMES = 48  # rendered for the comparison
STEPS = 8  # of the step loop
BANDS = {"style": "CUSTOM", "separator": "BANDS", "seams": "PAINT"}
SHAPED = ("style=CUSTOM", "separator=DEPTH", f"depth_map={demo.EXAMPLE.with_name('harbour_depth.png')}", "smoothness=30", "length=DURATION",
          "duration=12", "loop=off")
OBJECTS = (
    ("name=lighthouse", "lasso=73.7,36.7,76.2,36.7,77,56.1,73,56.1"),
    ("name=boat", "lasso=34.8,52.2,35.4,52.2,37,63,36.2,71.1,34.1,71.1,32.8,63", "motion=FACTOR", "factor=0.3"),
)
STAGES = {  # what the events say first, and what is being done from then on
    "Starting": "reading the picture",
    "Reading": "reading the picture",
    "Cutting": "objects: cutting out, painting what they hid",
    "Finding": "finding the layers and their mattes",
    "Layer": "filling the layers",
    "Step": "the step loop",
    "Writing": "writing the layers",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--angles", type=float, nargs="*", default=[])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="parallax-bench-") as folder:
        _report_defaults(Path(folder), given.picture)
        for angle in given.angles:
            job, peak = _generate(Path(folder) / f"loop-{angle:g}", given.picture, Settings(**BANDS, direction=angle))
            _report_stages(f"Seamless loop, 5 bands, {angle:g} degrees", job, peak)
        _report_stages("Layers by depth, objects", *_generate(Path(folder) / "shaped", demo.EXAMPLE, _shaped()))
        fresh = Settings(**BANDS, loop=False, content="FRESH", length="STEPS", steps=STEPS)
        _report_steps(*_generate(Path(folder) / "fresh", given.picture, fresh))
        job, _ = _generate(Path(folder) / "film", given.picture, Settings(**BANDS))
        _report_rendering(job)
        seams.main([])
        print("\n".join(things.table(tuple(range(8)))))
        truth.report_all(tuple(scenes.MAKERS), ("depth", "masks"), Path(folder) / "truth")


def _report_defaults(folder: Path, picture: Path) -> None:
    """Seconds of each style beside those of five plain bands with painted seams, one after another in one run."""
    plain, _ = _generate(folder / "bands", picture, Settings(**BANDS))
    base = sum(_stages(plain).values())
    print(f"\n| {picture.stem}, all defaults but the style | seconds | times five bands with painted seams ({base:.1f} s) |\n|---|---|---|")
    for style in ("AUTO", "SCROLL", "SWAY", "ORBIT", "RISE"):
        job, _ = _generate(folder / style, picture, Settings.from_dict({"style": style}))
        seconds = sum(_stages(job).values())
        print(f"| {job.result().style} | {seconds:.1f} | {seconds / base:.2f} |", flush=True)


def _shaped() -> Settings:
    """Layers by the example's depth map, and two objects, in an open film."""
    settings = Settings.from_text(_pairs(SHAPED))
    return replace(settings, objects=tuple(SalientObject.from_text(_pairs(words)) for words in OBJECTS))


def _pairs(words: tuple[str, ...]) -> dict[str, str]:
    return dict(word.split("=", 1) for word in words)


def _generate(folder: Path, picture: Path, settings: Settings) -> tuple[Job, int]:
    """Runs the worker as Blender does. Returns the job and the worker's peak memory in bytes."""
    job = Job.create(folder, picture.resolve(), settings)
    measured = "import resource, sys; from engine.worker import run; from engine.job import Job; run(Job(sys.argv[1]));" \
               "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", measured, str(folder)], cwd=harness.ROOT, check=True, capture_output=True, text=True)
    return job, int(done.stdout.split()[-1]) * (1 if sys.platform == "darwin" else 1024)


def _stages(job: Job) -> dict[str, float]:
    """Seconds of each of STAGES, by what the events said and when."""
    lines = [json.loads(line) for line in job.events.read_text().splitlines()]
    seconds, stage = dict.fromkeys(STAGES.values(), 0.0), STAGES["Starting"]
    for line, after in zip(lines, lines[1:]):
        stage = STAGES.get(line["text"].split()[0], stage)
        seconds[stage] += after["time"] - line["time"]
    return {stage: time for stage, time in seconds.items() if time}


def _painted(job: Job) -> tuple[int, float]:
    """Number of fills and the seconds the inpainter took."""
    steps = [json.loads(path.read_text())["seconds"] for path in sorted(job.steps.glob("*/step.json"))]
    return len(steps), sum(steps)


def _report_stages(title: str, job: Job, peak: int) -> None:
    seconds, (fills, painting) = _stages(job), _painted(job)
    plan = job.result().motion
    print(f"\n{title}, {plan.width} x {plan.height}, {plan.seconds:.0f} s of video\n\n| stage | seconds |\n|---|---|")
    for stage, time in seconds.items():
        print(f"| {stage} | {time:.2f} |")
    print(f"| all | {sum(seconds.values()):.2f} |")
    print(f"\nThe inpainter took {painting:.2f} s of this for {fills} fills. Peak memory of the worker: {peak / 1e9:.2f} GB", flush=True)


def _report_steps(job: Job, peak: int) -> None:
    seconds, (fills, painting) = _stages(job)[STAGES["Step"]], _painted(job)
    print(f"\nStep loop, {STEPS} steps: painting {painting / max(fills, 1):.2f} s a fill, "
          f"own overhead {(seconds - painting) / STEPS * 1000:.0f} ms a step, peak memory {peak / 1e9:.2f} GB", flush=True)


def _report_rendering(job: Job) -> None:
    rates = {name: _rate(module, job) for name, module in (("Blender, through the edit", "blender"), ("MoviePy, the same layers", "movie"))}
    print(f"\nRendering {FRAMES} frames to H.264\n\n| | frames a second |\n|---|---|")
    for name, rate in rates.items():
        print(f"| {name} | {rate:.2f} |")
    ours, theirs = rates.values()
    print(f"\nBlender's rate is {ours / theirs:.2f} of MoviePy's")


def _rate(module: str, job: Job) -> float:
    command = [sys.executable, "-m", f"tests.bench.{module}", str(job.folder), str(FRAMES)]
    done = subprocess.run(command, cwd=harness.ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout.split("rate:")[-1].split()[0])


if __name__ == "__main__":
    main()
