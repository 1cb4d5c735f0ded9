"""How visible the ends of pictures closed by walks are, at several periods: `python -m tests.bench.seams [PICTURE ...]`.

Ratio: the largest change of the mean color between neighboring columns beyond the picture over the largest within it. At most 1 is the aim.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from engine.canvas import seams

PICTURES = Path(__file__).parents[1] / "pictures"
PERIODS = (1.07, 1.1, 1.3, 1.6, 2.0)  # of the picture's width
BLURS = (1, 8, 32)  # pixels of the reference width over which columns are averaged


def seam_ratio(canvas: np.ndarray, size: int) -> float:
    """The largest change between neighboring columns beyond the picture over the largest within it, the worst over several blurs.

    canvas: (H, P, 4) uint8, which begins with the picture's own `size` columns and goes round at its end.
    """
    alpha = canvas[..., 3:].astype(np.float64) / 255.0
    means, ratios = (canvas[..., :3] * alpha).mean(axis=0), []
    for pixels in BLURS:
        width = max(1, round(pixels * size / 1600))
        ring = np.concatenate([means, means[:width]])
        total = np.cumsum(np.concatenate([np.zeros((1, 3)), ring]), axis=0)
        blurred = (total[width:] - total[:-width])[: len(means)] / width
        changes = np.abs(np.diff(np.concatenate([blurred, blurred[:1]]), axis=0)).max(axis=1)
        ratios.append(changes[size - width :].max() / max(changes[: size - width].max(initial=0.0), 1e-6))
    return float(max(ratios))


def main(paths: list[str]) -> None:
    print(f"{'picture':16} {'period':>6} {'ratio':>6} {'visible':>8} {'jumps':>6} {'seconds':>8}")
    for path in [Path(path) for path in paths] or sorted(PICTURES.glob("*.jpg")):
        picture = np.array(Image.open(path).convert("RGB"))
        strip = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
        size = strip.shape[1]
        for share in PERIODS:
            begin = time.process_time()
            way = seams.closing(strip, round(share * size))
            canvas = np.concatenate([strip, seams.laid(strip, way)[0]], axis=1)
            seconds = time.process_time() - begin
            print(f"{path.stem:16} {share:6.2f} {seam_ratio(canvas, size):6.2f} {way.visibility:8.2f} {len(way.jumps):6} {seconds:8.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
