"""Salient objects: lifted out of the picture whole, one after another, each before what it hid is painted in.

The next object is cut from the picture in which the last one is gone; the last such picture is what layers are made from.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import cutout, masks, matting
from . import picture as pictures
from .cutout import NothingFound
from .errors import ParallaxError
from .inpaint import Hole, Inpainter
from .job import refusing_to_write, write_atomically, write_json
from .settings import SalientObject, Settings

VERSION = 1  # of how an object is cut out; a cut-out of another one is not used again
GUIDE = 2.0  # what was behind an object has a horizon, but no skyline that must meet
FADE = 10.0  # pixels of the reference width around a hole in which paint fades into what was there
SOFT = 4.0  # times as many grey pixels as there are on the outline make a painted mask a soft one


@dataclass(frozen=True)
class Lifted:
    """One object as it was in the picture.

    index: its place in `settings.objects`. x, y: top left in the picture, pixels. rgb: (h, w, 3) uint8, its own colours,
    also where it is see-through. alpha: (h, w) uint8. foot: row, x0, x1 in the picture: its lowest opaque row and from
    where to where (exclusive) it is opaque there.
    """

    index: int
    name: str
    x: int
    y: int
    rgb: np.ndarray
    alpha: np.ndarray
    foot: tuple[int, int, int]


@dataclass(frozen=True)
class Lifting:
    """What `lift` made. picture: (H, W, 3) uint8 without the objects, painted where they were. notes: sentences."""

    picture: np.ndarray
    lifted: tuple[Lifted, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """An object cut out of the picture: top left, colours and opacity of its rectangle, and what is to be said about it."""

    x: int
    y: int
    rgba: np.ndarray
    note: str


def lift(picture: np.ndarray, settings: Settings, inpainter: Inpainter, say: Callable[[str], None], folder: Path | None = None) -> Lifting:
    """Takes every object of the settings out of the picture, in their order.

    picture: (H, W, 3) uint8. say: told what is being done, before each stage; may raise Cancelled. folder: of cut-outs
    (NN.png, NN.json), from where a cut-out is taken again when nothing that it was made from has changed.
    Raises ParallaxError for a mask that cannot be read, or where OpenCV is needed and missing. What is not found is noted.
    """
    lifted, notes = [], []
    for index, wanted in enumerate(settings.objects):
        name = wanted.name or f"Object {index + 1}"
        try:
            say(f"Cutting out {name}")
            found = _cut_out(picture, wanted, settings, folder and folder / f"{index + 1:02d}")
            say(f"Painting what {name} hid")
            picture = _without(picture, found, wanted, settings, inpainter)
        except NothingFound as nothing:
            notes.append(f"{name} is not lifted: {nothing}")
            continue
        if found.note:
            notes.append(f"{name}: {found.note}")
        lifted.append(_lifted(index, name, found))
    return Lifting(picture, tuple(lifted), tuple(notes))


def layer_of(foot: tuple[int, int, int], labels: np.ndarray) -> int:
    """Rank of the layer that an object's base stands in: what most of the picture just below its foot belongs to.

    foot: of `Lifted`. labels: (H, W) uint8, the rank of each pixel's layer.
    """
    row, x0, x1 = foot
    below = min(row + max(1, labels.shape[0] // 200), labels.shape[0] - 1)
    return int(np.bincount(labels[below, x0:x1]).argmax())


def _cut_out(picture: np.ndarray, wanted: SalientObject, settings: Settings, file: Path | None) -> _Found:
    """The object, from its files where they answer the same question."""
    asked = _fingerprint(picture, wanted, settings)
    found = file and _load(file, asked)
    if not found:
        mask, note = _find(picture, wanted)
        found = _matted(picture, mask, settings.scaled(wanted.feather, picture.shape[1]), note)
        if file:
            with refusing_to_write(file.parent):
                _save(file, asked, found)
    return found


def _find(picture: np.ndarray, wanted: SalientObject) -> tuple[np.ndarray, str]:
    """Where the object is, (H, W) uint8 soft or bool hard, and a note. Raises NothingFound."""
    height, width = picture.shape[:2]
    if wanted.mask:
        mask = cutout.file_mask(wanted.mask, width, height)
        return (mask if _is_soft(mask) else mask >= 128), ""
    if wanted.lasso:
        mask, all_of_it = cutout.lasso_mask(picture, wanted.lasso), cutout.lasso_interior(picture.shape, wanted.lasso)
    elif wanted.box:
        mask, all_of_it = cutout.box_mask(picture, wanted.box), cutout.box_interior(picture.shape, wanted.box)
    else:
        raise NothingFound("looking for tags needs a detector, which is not there yet, so draw a box or a lasso around it")
    if not mask.any():
        raise NothingFound("the line around it encloses nothing")
    same = np.array_equal(mask, all_of_it)
    return mask, "its colours are not told from what is around it, so all that the line encloses is taken" if same else ""


def _is_soft(mask: np.ndarray) -> bool:
    """Whether a mask was painted soft: more of it is grey than the edge of a hard one."""
    hard = mask >= 128
    outline = hard & masks.grow_all(~hard, 1)
    return ((mask > 15) & (mask < 240)).sum() > SOFT * outline.sum()


def _matted(picture: np.ndarray, mask: np.ndarray, feather: float, note: str) -> _Found:
    """The object with a soft edge and its own colours, in the smallest rectangle. A soft mask (uint8) is the matte itself."""
    cut = _around(mask > 0, math.ceil(feather) + 48)
    part, mask = picture[cut], mask[cut]
    alpha = mask if mask.dtype == np.uint8 else matting.alpha(part, mask, feather)
    if alpha.max() < 128:
        raise NothingFound("hardly anything of it is left behind its soft edge, so make its feather smaller")
    rgb = matting.colours(part, alpha)[0]
    x0, y0, x1, y1 = masks.bounds(alpha > 0)
    rgba = np.dstack([rgb, alpha])[y0:y1, x0:x1]
    return _Found(cut[1].start + x0, cut[0].start + y0, np.ascontiguousarray(rgba), note)


def _without(picture: np.ndarray, found: _Found, wanted: SalientObject, settings: Settings, inpainter: Inpainter) -> np.ndarray:
    """The picture with paint where the object was, and a little around it."""
    width = picture.shape[1]
    hole = np.zeros(picture.shape[:2], bool)
    hole[found.y : found.y + found.rgba.shape[0], found.x : found.x + found.rgba.shape[1]] = found.rgba[..., 3] > 0
    hole = masks.grow_all(hole, max(1, round(settings.scaled(wanted.grow, width))))
    if hole.all():
        raise NothingFound("it covers the whole picture, and nothing shows what is behind it")
    x0, y0, x1, y1 = masks.bounds(hole)
    reach = max(x1 - x0, y1 - y0) + 64
    cut = _around(hole, reach)
    share = _faded(hole[cut], max(2.0, settings.scaled(FADE, width)))
    painted = inpainter.paint(Hole(picture[cut], share > 0, None, (0.0, 1.0), GUIDE, settings.seed))
    picture = picture.copy()
    share = share[..., None]
    picture[cut] = np.rint(picture[cut] * (1.0 - share) + painted * share).astype(np.uint8)
    return picture


def _faded(hole: np.ndarray, width: float) -> np.ndarray:
    """How much paint each pixel takes, (h, w) float32: from 1 in the hole to 0 `width` pixels away."""
    wide = masks.grow_all(hole, round(width / 2.0)).astype(np.uint8) * np.uint8(255)
    return np.maximum(masks.blurred(wide, width / 4.0), hole * np.uint8(255)) / np.float32(255.0)


def _lifted(index: int, name: str, found: _Found) -> Lifted:
    alpha = found.rgba[..., 3]
    row = int(np.flatnonzero((alpha >= 128).any(axis=1))[-1])
    columns = np.flatnonzero(alpha[row] >= 128)
    foot = found.y + row, found.x + int(columns[0]), found.x + int(columns[-1]) + 1
    return Lifted(index, name, found.x, found.y, found.rgba[..., :3], alpha, foot)


def _around(mask: np.ndarray, reach: int) -> tuple[slice, slice]:
    """Rows and columns of the mask's pixels and `reach` more on every side."""
    x0, y0, x1, y1 = masks.bounds(mask)
    return slice(max(y0 - reach, 0), min(y1 + reach, mask.shape[0])), slice(max(x0 - reach, 0), min(x1 + reach, mask.shape[1]))


def _fingerprint(picture: np.ndarray, wanted: SalientObject, settings: Settings) -> str:
    """Of all that a cut-out is made from; its name, its motion and how far the hole grows change nothing about it."""
    feather = settings.scaled(wanted.feather, picture.shape[1])
    digest = hashlib.blake2b(json.dumps([VERSION, wanted.box, wanted.lasso, feather, picture.shape]).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(picture).data)
    if wanted.mask:
        try:
            digest.update(Path(wanted.mask).read_bytes())
        except OSError:
            raise ParallaxError(f"There is no mask that can be read at {wanted.mask}: choose another file") from None
    return digest.hexdigest()


def _load(file: Path, asked: str) -> _Found | None:
    """A cut-out of before, or None where there is none, or it answers another question or is damaged."""
    try:
        about = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        if about["asked"] == asked:
            rgba = pictures.load_png(file.with_suffix(".png"))
            if rgba.shape == (about["height"], about["width"], 4):
                return _Found(about["x"], about["y"], rgba, about["note"])
    except (OSError, ValueError, KeyError, TypeError, SyntaxError):
        pass
    return None


def _save(file: Path, asked: str, found: _Found) -> None:
    file.with_suffix(".json").unlink(missing_ok=True)  # a picture without its text is none; the wrong text would be a lie
    write_atomically(file.with_suffix(".png"), lambda temporary: pictures.save_png(temporary, found.rgba, level=1))
    height, width = found.rgba.shape[:2]
    about = {"asked": asked, "x": found.x, "y": found.y, "width": width, "height": height, "note": found.note}
    write_json(file.with_suffix(".json"), about)
