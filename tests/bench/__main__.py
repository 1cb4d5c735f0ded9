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
from tests.bench import truth
from tests.truth import scenes
from tools import demo

FRAMES = 48  # rendered for the comparison
STEPS = 8  # of the step loop
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
    parser.add_argument("--angles", type=float, nargs="*", default=[180.0])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="parallax-bench-") as folder:
        for angle in given.angles:
            job, peak = _generate(Path(folder) / f"loop-{angle:g}", given.picture, Settings(direction=angle))
            _report_stages(f"Seamless loop, 5 bands, {angle:g} degrees", job, peak)
        _report_stages("The demo: layers by depth, objects", *_generate(Path(folder) / "shaped", demo.EXAMPLE, _shaped()))
        _report_steps(*_generate(Path(folder) / "fresh", given.picture, Settings(loop=False, content="FRESH", length="STEPS", steps=STEPS)))
        job, _ = _generate(Path(folder) / "film", given.picture, Settings())
        _report_rendering(job)
        truth.report_all(tuple(scenes.MAKERS), ("depth", "masks"), Path(folder) / "truth")


def _shaped() -> Settings:
    """What the demo shows."""
    settings = Settings.from_text(_pairs((*demo.SHORT, *demo.SHAPED)))
    return replace(settings, objects=tuple(SalientObject.from_text(_pairs(words)) for words in demo.OBJECTS))


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
