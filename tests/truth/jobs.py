"""The engine's whole way from a scene's picture to finished layers, and how far they are from the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from engine import worker
from engine.job import Job
from tests.engine.scenes import Finished, moments, save
from tests.support.settings import plain

from . import baselines, metrics
from .scenes import BEYOND, Scene

MATTE = 66.0  # of the reference width: eleven pixels of these pictures
WIDE_MATTE = {"soft": 160.0}
SEEN = 24  # moments at which all must be covered
PLAIN = ("edge", "telea", "biharmonic", "warp")  # what we are compared with
METHODS = ("ours", *PLAIN)
HIDDEN = (0.3, 0.6, 0.9)  # of the farthest that the truth goes: where hidden pixels are compared


@dataclass(frozen=True)
class Fill:
    """How near what comes into view behind something is to the truth: decibels, the same after small shifts, similarity up to 1."""

    psnr: float
    shifted: float
    ssim: float


@dataclass(frozen=True)
class Figures:
    """iou: mean soft IoU of the layers' alphas. colour: error in levels of the layers' own colours where they are mixed.

    first: PSNR of the first frame with the source. shown: PSNR of what was shown before. hidden: by method.
    uncovered: pixels through which nothing was seen, over all moments.
    """

    iou: float
    colour: float
    first: float
    shown: float
    hidden: dict[str, Fill]
    uncovered: int


def run(scene: Scene, folder: Path, by: str = "depth", **settings) -> Finished:
    """Runs the worker on the scene's picture with its `depth` map, or with a mask for each of its layers (by="masks")."""
    folder.mkdir(parents=True, exist_ok=True)
    values = {"layers": len(scene.layers), "distances": [layer.distance for layer in scene.layers],
              "matte": WIDE_MATTE.get(scene.name, MATTE), "direction": 180.0, **settings}
    if by == "depth":
        low, high = float(scene.nearness.min()), float(scene.nearness.max())
        depth_map = str(scene.save_depth(folder / "depth.png"))
        values |= {"separator": "DEPTH", "depth_map": depth_map, "near": "WHITE", "depth_range": high / low}
    else:
        masks = [np.where(scene.labels == index, np.uint8(255), np.uint8(0)) for index in range(len(scene.layers))]
        values |= {"masks": [str(_saved(mask, folder / f"mask{index}.png")) for index, mask in enumerate(masks)]}
    job = Job.create(folder / "job", save(scene.source, folder / "picture.png"), plain(values))
    if worker.run(job).kind != "done":
        raise RuntimeError(job.read_events()[0][-1].text)
    return Finished(job.folder)


def measured(scene: Scene, finished: Finished) -> Figures:
    """Layers are taken to be the scene's, far to near."""
    last = _farthest(scene, finished)
    compared = [_compared(scene, finished, 1.0 + share * (last - 1.0)) for share in HIDDEN]
    figures = ("psnr", "shifted", "ssim")
    hidden = {name: Fill(*(_mean(getattr(c[name], figure) for c in compared) for figure in figures)) for name in METHODS}
    iou, colour = _mattes(scene, finished)
    uncovered = sum(int(finished.see(frame)[1].sum()) for frame in moments(finished.frames, SEEN))
    first = metrics.psnr(_levels(finished.see(1.0)[0]), scene.source, np.ones(scene.labels.shape, bool))
    return Figures(iou, colour, first, _mean(c["shown"].psnr for c in compared), hidden, uncovered)


def offsets(scene: Scene, finished: Finished, frame: float) -> list[tuple[float, float]]:
    """Displacement of the scene's layers at a frame, by the speeds that the job has for its own."""
    return [finished.offset(finished.order[rank], frame) for rank in range(len(scene.layers))]


def _farthest(scene: Scene, finished: Finished) -> float:
    """The last frame that the scene's planes reach, and at which the farthest thing came no farther than a third of the frame."""
    fastest = max(max(map(abs, at)) for at in offsets(scene, finished, 2.0))
    return 1.0 + min(BEYOND - 2.0, finished.width / 3.0) / fastest


def _compared(scene: Scene, finished: Finished, frame: float) -> dict[str, Fill]:
    at = offsets(scene, finished, frame)
    truth, shown = scene.frame(at)
    entered = scene.entered(at)
    behind = ~shown & ~entered
    travel = tuple(x * scene.layers[-1].distance for x in at[-1])
    pictures = {"ours": _levels(finished.see(frame)[0]), "edge": baselines.replicated(truth, shown), "telea": baselines.telea(truth, shown),
                "biharmonic": baselines.biharmonic(truth, shown), "warp": baselines.warped(scene.source, scene.nearness, travel)}
    return {"shown": _fill(pictures["ours"], truth, shown & ~entered), **{name: _fill(p, truth, behind) for name, p in pictures.items()}}


def _fill(picture: np.ndarray, truth: np.ndarray, where: np.ndarray) -> Fill:
    laid_in = np.where(where[..., None], picture, truth)  # as if all else were right, which Telea and repeated edges are given
    return Fill(metrics.psnr(laid_in, truth, where), metrics.psnr_shifted(laid_in, truth, where), metrics.ssim(laid_in, truth, where))


def _mattes(scene: Scene, finished: Finished) -> tuple[float, float]:
    """Mean soft IoU of each layer together with all nearer ones; mean error of the layers' own colours in mixed pixels."""
    layers = [finished.layer(index, (0.0, 0.0)) for index in finished.order]
    through, ious, errors = np.ones(scene.labels.shape, np.float32), [], []
    for rank in range(len(layers) - 1, 0, -1):
        alpha = layers[rank][..., 3]
        colour = _levels(layers[rank][..., :3] * 255.0 / np.maximum(alpha, 1e-6)[..., None])
        through = through * (1.0 - alpha)
        ious.append(metrics.soft_iou(1.0 - through, scene.alpha(rank)))
        share = scene.visible[rank]
        errors.append(metrics.colour_error(colour, scene.colours(rank), share * ((share > 0.02) & (share < 0.98) & (alpha > 0.02))))
    return _mean(ious), _mean(errors)


def _levels(picture: np.ndarray) -> np.ndarray:
    return np.rint(picture).clip(0, 255).astype(np.uint8)


def _saved(mask: np.ndarray, path: Path) -> Path:
    Image.fromarray(mask).save(path)
    return path


def _mean(values) -> float:
    return float(np.mean(list(values)))
