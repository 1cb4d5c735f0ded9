"""What painting by a diffusion model costs beside the model itself: where it looks, what we do around it, what stays in memory.

Run in the neural environment. Seconds are of a tiny model with random weights, so only our own part of them means anything.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from engine import masks, motion, objects, repeat, separators
from engine.fresh import StepLoop
from engine.inpaint import Hole
from engine.neural import device as devices
from engine.neural import diffusion, windows
from engine.neural.device import Device
from engine.neural.residents import Residents
from engine.neural.store import Found, size
from engine.settings import SalientObject, Settings
from tests import harness

PICTURE = harness.ROOT / "tests" / "pictures" / "harbour.jpg"
FRAME = (1600, 949)
SIZES = {"Stable Diffusion, 512": 512, "SDXL and Flux, 1024": 1024}
STEPS = 1  # of the tiny model's fill
FILLS = 2  # that are timed


@dataclass
class Recorder:
    """An inpainter that keeps what it is asked and paints what is around it."""

    holes: list[Hole]
    name: str = "Recorder"

    def paint(self, hole: Hole) -> np.ndarray:
        self.holes.append(hole)
        return np.where(hole.mask[..., None], masks.flooded(hole.picture, ~hole.mask), hole.picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a real model, to be measured on the graphics card of this computer")
    given = parser.parse_args()
    picture = np.asarray(Image.open(PICTURE).convert("RGB").resize(FRAME, Image.Resampling.LANCZOS))
    holes = typical(picture)
    report_windows(holes)
    with tempfile.TemporaryDirectory(prefix="parallax-bench-") as folder:
        report_overhead(holes, Path(folder))
        report_memory(holes["a step, direction 180"], Path(folder))
    if given.model:
        report_card(holes["a step, direction 180"], given.model.absolute())


def typical(picture: np.ndarray) -> dict[str, Hole]:
    """What a job asks to be painted, by what it is."""
    found = {f"a step, direction {angle:g}": _step(picture, angle) for angle in (180.0, 160.0)}
    bridges = _asked(lambda recorder: _close(picture, recorder))
    found["a bridge"] = max(bridges, key=lambda hole: hole.mask.sum())
    box = SalientObject(name="lighthouse", box=(72.0, 34.0, 78.5, 57.0))
    settings = replace(Settings(), objects=(box,))
    found["an object"], *_ = _asked(lambda recorder: objects.lift(picture, settings, recorder, lambda text: None))
    return found


def report_windows(holes: dict[str, Hole]) -> None:
    """The whole-frame way: the frame at the picture's own scale, in multiples of 8, for every fill."""
    print("\nPixels that a model paints for each pixel of the gap\n\n| hole | pixels | whole frame | " + " | ".join(SIZES) + " |")
    print("|---|---|---|" + "---|" * len(SIZES))
    whole = FRAME[0] * -(-FRAME[1] // 8) * 8
    for name, hole in holes.items():
        gap = int(hole.mask.sum())
        ours = [windows.cover(hole.mask, hole.exclude, native) for native in SIZES.values()]
        cells = [f"{sum(one.pixels for one in cover) / gap:.1f} in {len(cover)}, at {min(one.zoom for one in cover):.2g}" for cover in ours]
        print(f"| {name} | {gap} | {whole / gap:.1f} | " + " | ".join(cells) + " |")
    print("\n(so many, in how many windows, at what scale at least)", flush=True)


def report_overhead(holes: dict[str, Hole], folder: Path) -> None:
    from tests.neural.tiny import diffusion as tiny

    found = Found(tiny.sd(folder / "sd"))
    settings = Settings(quality="CUSTOM", inference_steps=STEPS, paint_size=512, scheduler="DDIM")
    print(f"\nMilliseconds of a fill at 512 pixels, by a tiny model in {STEPS} step")
    print("\n| hole | the pipeline | windows, colours, the rest |")
    print("|---|---|---|")
    for name, hole in holes.items():
        within, whole = _timed(found, settings, hole)
        print(f"| {name} | {within * 1000:.0f} | {(whole - within) * 1000:.0f} |", flush=True)


def report_memory(hole: Hole, folder: Path) -> None:
    """Bytes of weights on the device, as stages follow each other in a job."""
    from tests.neural.tiny import diffusion as tiny

    models = [Found(tiny.sdxl(folder / "sdxl")), Found(folder / "sd")]
    residents, held = Residents(Device("cpu", "processor")), []
    settings = Settings(quality="CUSTOM", inference_steps=1, paint_size=64)
    for found in models:
        diffusion.Diffusion(settings, found, residents, lambda: None).paint(hole)
        held.append((f"after painting by {found.label}, of {size(found.path)} bytes", sum(residents.held().values())))
    residents.leave()
    held.append(("while Blender renders", sum(residents.held().values())))
    residents.forget()
    held.append(("when all are forgotten", sum(residents.held().values())))
    print("\n| memory held between stages | bytes on the device |\n|---|---|")
    for what, many in held:
        print(f"| {what} | {many} |")


def report_card(hole: Hole, model: Path) -> None:
    """Seconds of a step's fill and peak memory on the graphics card, at 1024 pixels and with the whole frame at once."""
    import torch

    on = devices.choose("auto")
    if on.kind not in ("cuda", "xpu"):
        raise SystemExit("There is no graphics card here that tells its memory: leave --model out")
    card = getattr(torch, on.kind)
    print(f"\n{model.name} on {on.described()}\n\n| painted at | seconds a fill | peak memory, GB |\n|---|---|---|")
    for title, pixels in (("1024 pixels", 1024), (f"{FRAME[0]} x {FRAME[1]}", round((FRAME[0] * FRAME[1]) ** 0.5 / 8) * 8)):
        painter = diffusion.Diffusion(replace(Settings(), paint_size=pixels), Found(model), Residents(on), lambda: None)
        painter.paint(hole)  # loads
        card.reset_peak_memory_stats()
        begun = time.perf_counter()
        painter.paint(replace(hole, seed=1))
        print(f"| {title} | {time.perf_counter() - begun:.1f} | {card.max_memory_allocated() / 1e9:.1f} |", flush=True)


def _asked(run: Callable[[Recorder], object]) -> list[Hole]:
    recorder = Recorder([])
    run(recorder)
    return recorder.holes


def _step(picture: np.ndarray, angle: float) -> Hole:
    """The gap of the second step: the first one has no corner that was left open."""
    settings = Settings(direction=angle, content="FRESH", loop=False, length="STEPS", steps=2)
    split, plan = _split(picture, settings)

    def run(recorder: Recorder) -> None:
        loop = StepLoop(split, plan, recorder)
        loop.step(1.0)
        loop.step(2.0)

    return _asked(run)[-1]


def _close(picture: np.ndarray, recorder: Recorder) -> None:
    settings = Settings()
    split, plan = _split(picture, settings)
    hidden = repeat.hidden_lines([cut.alpha for cut in split.cuts], plan)
    for index, cut, lines in zip(motion.far_to_near(split.settings), split.cuts, hidden):
        repeat.close(cut, split.source, plan.periods[index], lines, split.settings, recorder)


def _split(picture: np.ndarray, settings: Settings):
    split = separators.split(picture, settings)
    return split, motion.plan(split.settings, picture.shape[1], picture.shape[0])


def _timed(found: Found, settings: Settings, hole: Hole) -> tuple[float, float]:
    """Seconds that the pipeline takes of a fill, and of the whole fill: the least of some."""
    residents, spent = Residents(Device("cpu", "processor")), []
    one = diffusion.Diffusion(settings, found, residents, lambda: None)
    one.paint(hole)
    painter = residents.work(one.name, size(found.path), lambda: None, lambda loaded: loaded)
    paint = painter.paint

    def timed(*given, **named):
        begun = time.perf_counter()
        painted = paint(*given, **named)
        spent.append(time.perf_counter() - begun)
        return painted

    painter.paint = timed
    times = []
    for _ in range(FILLS):
        spent.clear()
        begun = time.perf_counter()
        one.paint(hole)
        times.append((sum(spent), time.perf_counter() - begun))
    return min(times, key=lambda pair: pair[1] - pair[0])


if __name__ == "__main__":
    main()
