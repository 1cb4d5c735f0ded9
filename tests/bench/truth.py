"""Shaped layers against scenes of which everything is known, beside what plain methods show."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.truth import jobs, scenes

METHODS = {"ours": "ours", "edge": "edge repeated", "telea": "Telea", "biharmonic": "biharmonic", "warp": "depth warp"}
SURFACES = ("ground",)  # cut through by depth anywhere: only masks say where


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", nargs="*", default=list(scenes.MAKERS), choices=list(scenes.MAKERS))
    parser.add_argument("--by", nargs="*", default=["depth", "masks"], choices=["depth", "masks"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="parallax-truth-") as folder:
        report_all(given.scenes, given.by, Path(folder))


def report_all(names: Sequence[str], ways: Sequence[str], folder: Path) -> None:
    """Prints a table for each way (depth, masks) in which the layers are given; the jobs run in the folder."""
    for by in ways:
        report(by, [name for name in names if by == "masks" or name not in SURFACES], folder / by)


def report(by: str, names: Sequence[str], folder: Path) -> None:
    print(f"\nShaped layers by {by}; PSNR in dB, the same after small shifts, and SSIM of what comes into view behind something\n")
    print(f"| scene | alpha soft IoU | colour error | first frame, dB | {' | '.join(METHODS.values())} | uncovered |")
    print("|---|---|---|---|" + "---|" * (len(METHODS) + 1))
    for name in names:
        row = _figures(name, folder / name, by)
        hidden = [row.hidden[method] for method in METHODS]
        fills = " | ".join(f"{fill.psnr:.1f}, {fill.shifted:.1f}, {fill.ssim:.2f}" for fill in hidden)
        print(f"| {name} | {row.iou:.3f} | {row.colour:.1f} | {row.first:.1f} | {fills} | {row.uncovered} |", flush=True)


def _figures(name: str, folder: Path, by: str) -> jobs.Figures:
    scene = scenes.scene(name)
    return jobs.measured(scene, jobs.run(scene, folder, by))


if __name__ == "__main__":
    main()
