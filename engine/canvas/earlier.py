"""What an earlier job has painted of the same layers: another motion of them paints only what it shows for the first time."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import replace

import numpy as np

from .. import picture
from ..cuts import Cut
from ..errors import ParallaxError
from ..journal import linked
from ..motion import Motion
from ..settings import Settings

FOLDER = "earlier"
PAINTING = (  # settings that decide what is painted behind layers, whatever these are made from and however they move
    "objects", "find_subject", "subject_model", "matte", "overlap", "hidden", "keep_mount", "max_width", "fill", "seed", "redos",
    "inpaint_model", "prompt", "negative_prompt", "describe_model", "quality", "inference_steps", "guidance", "strength", "scheduler",
    "lora", "lora_scale", "control", "control_scale", "paint_size", "removal_prompt", "removal_passes")


def forget(job) -> None:
    """Removes the layers of an earlier job once they have served."""
    shutil.rmtree(job.folder / FOLDER, ignore_errors=True)


def keep(job, earlier) -> None:
    """Keeps the finished layers of an earlier job (both are `Job`) in the folder of a new one; nothing where it has none.

    A job that was not finished, such as one that only splits, hands on what it has kept itself.
    """
    target = job.folder / FOLDER
    if earlier.folder.resolve() == job.folder.resolve():
        return
    if not earlier.finished():
        earlier = type(earlier)(earlier.folder / FOLDER)
    if not earlier.finished():
        return
    with suppress(OSError):  # then all is painted anew
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for file in (earlier.folder / "job.json", earlier.source):
            shutil.copyfile(file, target / file.name)
        for folder in (earlier.labels.parent, earlier.layers):
            shutil.copytree(folder, target / folder.name, copy_function=linked)


class Painted:
    """The layers of an earlier job, by their indices."""

    def __init__(self, job, result):
        self._job, self._layers = job, {layer.index: layer for layer in result.layers}

    @staticmethod
    def of(job, settings: Settings, labels: np.ndarray, plan: Motion, painter: str) -> Painted | None:
        """What a job (`Job`) may use: only what was painted by the same settings for the same layers of the same picture.

        painter: name of the inpainter of the job; what another one has painted is not used. Endless layers with painted seams are not
        taken from here: the cache of fills knows these seams, too.
        """
        old = type(job)(job.folder / FOLDER)
        try:
            same = _painting(old) == _painting(job) and all(np.array_equal(picture.load_png(path), now) for path, now in (
                (old.labels, labels), (old.source, picture.load_png(job.source))))
            result = old.result() if same else None
            seams_painted = settings.seams == "PAINT" or settings.fill == "DIFFUSION"
            if result is None or result.painter != painter or seams_painted and not (plan.margins or result.motion.margins):
                return None
            return Painted(old, result)
        except (ParallaxError, OSError, ValueError, SyntaxError, json.JSONDecodeError):
            return None

    def added(self, cut: Cut, index: int) -> Cut:
        """A layer with what was painted of it in the frame taken as known."""
        layer = self._layers.get(index)
        rgba = np.zeros((*cut.alpha.shape, 4), np.uint8)
        for tile in layer.tiles if layer else ():
            self._lay(rgba, tile)
        new = (rgba[..., 3] > 0) & (cut.alpha > 0) & ~cut.known
        return replace(cut, rgb=np.where(new[..., None], rgba[..., :3], cut.rgb), known=cut.known | new) if new.any() else cut

    def _lay(self, rgba: np.ndarray, tile) -> None:
        """Puts what a tile shows of the frame at its place."""
        height, width = rgba.shape[:2]
        x0, y0, x1, y1 = max(tile.x, 0), max(tile.y, 0), min(tile.x + tile.width, width), min(tile.y + tile.height, height)
        if x0 < x1 and y0 < y1:
            image = picture.load_png(self._job.tile_path(tile))
            rows, columns = slice(y0 - tile.y + tile.pad, y1 - tile.y + tile.pad), slice(x0 - tile.x + tile.pad, x1 - tile.x + tile.pad)
            rgba[y0:y1, x0:x1] = image[rows, columns]


def _painting(job) -> dict:
    """The settings of a job that decide what is painted behind its layers."""
    values = job.read()[1].to_dict()
    return {name: values[name] for name in PAINTING}
