"""Shaped layers against scenes of which everything is known, beside what plain methods show."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.truth import jobs, scenes

METHODS = {"ours": "ours", "edge": "edge repeated", "telea": "Telea", "warp": "depth warp"}
SURFACES = ("ground",)  # cut through by depth anywhere: only masks say where


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", nargs="*", default=list(scenes.MAKERS), choices=list(scenes.MAKERS))
    parser.add_argument("--by", nargs="*", default=["depth", "masks"], choices=["depth", "masks"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="parallax-truth-") as folder:
        for by in given.by:
            names = [name for name in given.scenes if by == "masks" or name not in SURFACES]
            report(by, {name: _figures(name, Path(folder) / by / name, by) for name in names})


def report(by: str, rows: dict[str, jobs.Figures]) -> None:
    print(f"\nShaped layers by {by}; PSNR in dB and SSIM of what comes into view behind something\n")
    print(f"| scene | alpha soft IoU | colour error | first frame, dB | {' | '.join(METHODS.values())} | uncovered |")
    print("|---|---|---|---|" + "---|" * (len(METHODS) + 1))
    for name, row in rows.items():
        fills = " | ".join(f"{row.hidden[method].psnr:.1f}, {row.hidden[method].ssim:.2f}" for method in METHODS)
        print(f"| {name} | {row.iou:.3f} | {row.colour:.1f} | {row.first:.1f} | {fills} | {row.uncovered} |")


def _figures(name: str, folder: Path, by: str) -> jobs.Figures:
    scene = scenes.scene(name)
    return jobs.measured(scene, jobs.run(scene, folder, by))


if __name__ == "__main__":
    main()
