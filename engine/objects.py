"""Salient objects: lifted out of the picture whole, one after another, each before what it hid is painted in.

The next object is cut from the picture in which the last one is gone; the last such picture is what layers are made from.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from . import carried, cutout, depths, findings, masks, matting
from . import picture as pictures
from .cutout import NothingFound
from .errors import ParallaxError
from .files import refusing_to_write, write_atomically, write_json
from .inpaint import Hole, Inpainter, large
from .seer import Seer
from .settings import SalientObject, Settings

VERSION = 3  # of how an object is cut out; a cut-out of another one is not used again
GUIDE = 2.0  # what was behind an object has a horizon, but no skyline that must meet
CLEAR = 96  # alpha of an object from which on what is behind it counts as hidden
FAINT = 16.0  # levels by which what is behind the object misses the picture where the object covers half of it
SCENE = 400.0  # pixels around an object that a model sees, so that it knows what it paints in: exemplars are taken from close by
TRACES = 0.2  # of the hole in which the detector finds the object again make it worth a second pass
BLURRED = 200  # of the picture's width: this part of it around an object may still have the object's depth in a map
SOFT = 4.0  # times as many grey pixels as there are on the outline make a painted mask a soft one


@dataclass(frozen=True)
class Lifted:
    """One object as it was in the picture: laid over what is painted behind it, it gives the picture again.

    index: its place in `settings.objects`. x, y: top left in the picture, pixels. rgb: (h, w, 3) uint8, its own colours,
    also where it is see-through. alpha: (h, w) uint8. foot: row, x0, x1 in the picture: its lowest opaque row and from
    where to where (exclusive) it is opaque there. nearness: as of a `Cut`.
    """

    index: int
    name: str
    x: int
    y: int
    rgb: np.ndarray
    alpha: np.ndarray
    foot: tuple[int, int, int]
    nearness: np.ndarray | None = None


@dataclass(frozen=True)
class Lifting:
    """What `lift` made. picture: (H, W, 3) uint8 without the objects, painted where they were. notes: sentences.

    words: what the objects are called.
    """

    picture: np.ndarray
    lifted: tuple[Lifted, ...]
    notes: tuple[str, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """An object cut out of the picture: top left, colours and opacity of its rectangle, what is to be said about it, and the words by
    which it was found."""

    x: int
    y: int
    rgba: np.ndarray
    note: str
    words: tuple[str, ...] = ()

    def called(self, wanted: SalientObject) -> tuple[str, ...]:
        """What it is called: as it was found, or as the artist calls it."""
        return self.words or wanted.words()


def lift(picture: np.ndarray, settings: Settings, inpainter: Inpainter, say: Callable[[str], None], folder: Path | None = None,
         seer: Seer | None = None) -> Lifting:
    """Takes every object of the settings out of the picture, in their order.

    picture: (H, W, 3) uint8. say: told what is being done, before each stage; may raise Cancelled. folder: of cut-outs
    (NN.png, NN.json), from where a cut-out is taken again when nothing that it was made from has changed.
    seer: models that find objects by tags, or estimate depth for a model that paints by it.
    Raises ParallaxError for a mask that cannot be read, or where OpenCV is needed and missing. What is not found is noted.
    """
    lifted, notes, words = [], [], []
    near = _nearness(picture, settings, say, seer)
    for index, wanted in enumerate(settings.objects):
        name = wanted.name or f"Object {index + 1}"
        try:
            say(f"Cutting out {name}")
            found = _cut_out(picture, wanted, settings, folder and folder / f"{index + 1:02d}", seer)
            say(f"Painting what {name} hid")
            behind, near_behind = _without(picture, near, found, wanted, settings, inpainter, seer)
        except NothingFound as nothing:
            notes.append(f"{name} is not lifted: {nothing}")
            continue
        if found.note:
            notes.append(f"{name}: {found.note}")
        lifted.append(_lifted(index, name, found, picture, behind, near))
        words += found.called(wanted)
        picture, near = behind, near_behind
    return Lifting(picture, tuple(lifted), tuple(notes), tuple(words))


def _nearness(picture: np.ndarray, settings: Settings, say: Callable[[str], None], seer: Seer | None) -> np.ndarray | None:
    """How near everything in the picture is, where what paints asks for it, (H, W) float32."""
    if not (settings.objects and carried.wanted(settings)):
        return None
    say("Finding how near everything is")
    found = depths.found_or_none(picture, settings, seer)
    return found and found.nearness


def layer_of(foot: tuple[int, int, int], labels: np.ndarray) -> int:
    """Rank of the layer that an object's base stands in: what most of the picture just below its foot belongs to.

    foot: of `Lifted`. labels: (H, W) uint8, the rank of each pixel's layer.
    """
    row, x0, x1 = foot
    below = min(row + max(1, labels.shape[0] // 200), labels.shape[0] - 1)
    return int(np.bincount(labels[below, x0:x1]).argmax())


def _cut_out(picture: np.ndarray, wanted: SalientObject, settings: Settings, file: Path | None, seer: Seer | None) -> _Found:
    """The object, from its files where they answer the same question."""
    asked = _fingerprint(picture, wanted, settings, seer)
    found = file and _load(file, asked, picture.shape)
    if not found:
        mask, note, words = _find(picture, wanted, seer)
        found = replace(_matted(picture, mask, settings.scaled(wanted.feather, picture.shape[1])), note=note, words=words)
        if file:
            with refusing_to_write(file.parent):
                _save(file, asked, found)
    return found


def _find(picture: np.ndarray, wanted: SalientObject, seer: Seer | None) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """Where the object is, (H, W) uint8 soft or bool hard, a note, and the words by which it was found. Raises NothingFound."""
    height, width = picture.shape[:2]
    if wanted.mask:
        mask = cutout.file_mask(wanted.mask, width, height)
        return (mask if _is_soft(mask) else mask >= 128), "", ()
    if wanted.lasso:
        mask, all_of_it = cutout.lasso_mask(picture, wanted.lasso), cutout.lasso_interior(picture.shape, wanted.lasso)
    elif wanted.box:
        mask, all_of_it = cutout.box_mask(picture, wanted.box), cutout.box_interior(picture.shape, wanted.box)
    else:
        return findings.of_object(picture, wanted, seer)
    if not mask.any():
        raise NothingFound("the line around it encloses nothing")
    same = np.array_equal(mask, all_of_it)
    return mask, "its colours are not told from what is around it, so all that the line encloses is taken" if same else "", ()


def _is_soft(mask: np.ndarray) -> bool:
    """Whether a mask was painted soft: more of it is grey than the edge of a hard one."""
    hard = mask >= 128
    outline = hard & masks.grow_all(~hard, 1)
    return ((mask > 15) & (mask < 240)).sum() > SOFT * outline.sum()


def _matted(picture: np.ndarray, mask: np.ndarray, feather: float) -> _Found:
    """The object with a soft edge and its own colours, in the smallest rectangle. A soft mask (uint8) is the matte itself."""
    cut = masks.around(mask > 0, math.ceil(feather) + 48)
    part, mask = picture[cut], mask[cut]
    alpha = mask if mask.dtype == np.uint8 else matting.alpha(part, mask, feather)
    if alpha.max() < 128:
        raise NothingFound("hardly anything of it is left behind its soft edge, so make its feather smaller")
    rgb = matting.colours(part, alpha)[0]
    x0, y0, x1, y1 = masks.bounds(alpha > 0)
    rgba = np.dstack([rgb, alpha])[y0:y1, x0:x1]
    return _Found(cut[1].start + x0, cut[0].start + y0, np.ascontiguousarray(rgba), "")


def _without(picture: np.ndarray, nearness: np.ndarray | None, found: _Found, wanted: SalientObject, settings: Settings,
             inpainter: Inpainter, seer: Seer | None) -> tuple[np.ndarray, np.ndarray | None]:
    """The picture with paint where the object was, and how near everything is then.

    Its soft edge shows mostly what is behind it, so paint begins within that, and fades into it: what is not painted need not
    be carried by the object to have the picture whole.
    """
    alpha = _placed(found, picture.shape[:2])[..., 3]
    grow = settings.scaled(wanted.grow, picture.shape[1])
    hole = masks.grow_all(alpha >= CLEAR, round(grow / 2.0))
    share = _faded(hole, max(2.0, grow))
    if (share > 0).all():
        raise NothingFound("it covers the whole picture, and nothing shows what is behind it")
    changed = (share > 0) | (alpha > 0)
    x0, y0, x1, y1 = masks.bounds(changed)
    around = settings.scaled(SCENE, picture.shape[1]) if settings.fill == "DIFFUSION" else 64
    cut = masks.around(changed, max(x1 - x0, y1 - y0) + round(around))
    behind, share = matting.colours(picture[cut], alpha[cut])[1], share[cut]
    negative = ", ".join(filter(None, (*found.called(wanted), settings.negative_prompt)))
    nearness = None if nearness is None else _nearness_behind(nearness, changed)
    task = Hole(behind, share > 0, None, (0.0, 1.0), GUIDE, settings.seed, settings.removal_prompt, negative,
                None if nearness is None else nearness[cut], masks.flooded(picture, ~changed) if settings.describe_model else None)
    painted = large.paint(task, inpainter)
    for turn in range(1, settings.removal_passes if settings.fill == "DIFFUSION" else 1):
        if not _is_left(painted, hole[cut], found.words or wanted.typed_tags(), seer):
            break
        painted = inpainter.paint(replace(task, picture=painted, seed=settings.seed + turn))
    share = share[..., None]
    picture = picture.copy()
    picture[cut] = np.rint(behind * (1.0 - share) + painted * share).astype(np.uint8)
    return picture, nearness


def _nearness_behind(nearness: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """The map without an object: what is around it goes on, no nearer than the object was. Edges of maps are off by a little."""
    off = masks.grow_all(changed, math.ceil(changed.shape[1] / BLURRED))
    behind = carried.continued(np.where(off, np.float32(np.nan), nearness))
    return np.where(changed, np.fmin(behind, nearness), nearness)


def _is_left(painted: np.ndarray, hole: np.ndarray, words: tuple[str, ...], seer: Seer | None) -> bool:
    """Whether the detector still finds the object where it was painted over: models like to paint one anew."""
    if seer is None or not words:
        return False
    try:
        found = seer.find(painted, words)
    except ParallaxError:  # there may be no detector for an object that was drawn
        return False
    return any(((one.mask >= 128) & hole).sum() > TRACES * hole.sum() for one in found)


def _faded(hole: np.ndarray, width: float) -> np.ndarray:
    """How much paint each pixel takes, (h, w) float32: from 1 in the hole to 0 `width` pixels away."""
    wide = masks.grow_all(hole, round(width / 2.0)).astype(np.uint8) * np.uint8(255)
    return np.maximum(masks.blurred(wide, width / 4.0), hole * np.uint8(255)) / np.float32(255.0)


def _lifted(index: int, name: str, found: _Found, picture: np.ndarray, behind: np.ndarray, nearness: np.ndarray | None) -> Lifted:
    """The object as it is laid over `behind`, (H, W, 3) uint8, to have the picture again. nearness: of the picture."""
    alpha = found.rgba[..., 3]
    row = int(np.flatnonzero((alpha >= 128).any(axis=1))[-1])
    columns = np.flatnonzero(alpha[row] >= 128)
    foot = found.y + row, found.x + int(columns[0]), found.x + int(columns[-1]) + 1
    whole = _placed(found, picture.shape[:2])
    cut = masks.around((whole[..., 3] > 0) | (picture != behind).any(axis=2), 0)
    rgba = _completed(whole[cut], picture[cut], behind[cut])
    if nearness is not None:
        nearness = carried.continued(np.where(whole[..., 3] >= 128, nearness, np.float32(np.nan)))
    return Lifted(index, name, cut[1].start, cut[0].start, rgba[..., :3], rgba[..., 3], foot, nearness)


def _completed(rgba: np.ndarray, picture: np.ndarray, behind: np.ndarray) -> np.ndarray:
    """The object with what it takes to have the picture again: to within rounding, when laid over `behind`.

    All (h, w, 3 or 4) uint8. Where object and paint give the picture, it is as it was. Elsewhere it gets the less opaque the less
    they miss, as that is seen of its surroundings when it moves; but not so little that colours beyond the picture's would be
    needed: those come out right only where light is mixed in the numbers of sRGB, and Blender mixes light itself.
    """
    wanted, paint = picture.astype(np.float32), behind.astype(np.float32)
    share = rgba[..., 3] / np.float32(255.0)
    missed = np.abs(wanted - paint - (rgba[..., :3] - paint) * share[..., None]).max(axis=2)
    right = missed <= 0.5
    room = np.where(wanted > paint, 255.0 - paint, paint)
    least = (np.abs(wanted - paint) / np.maximum(room, 1.0)).max(axis=2)
    share = np.maximum(1.0 - (1.0 - share) * FAINT**2 / (FAINT**2 + missed**2), least)
    alpha = np.ceil(np.where(right, 0.0, share) * 255.0 - 1e-3)
    own = paint + (wanted - paint) * (255.0 / np.maximum(alpha, 1.0))[..., None]
    completed = np.dstack([np.rint(np.clip(own, 0.0, 255.0)), alpha]).astype(np.uint8)
    return np.where(right[..., None], rgba, completed)


def _placed(found: _Found, shape: tuple[int, int]) -> np.ndarray:
    """The cut-out at its place in a picture of that shape, (H, W, 4) uint8."""
    whole = np.zeros((*shape, 4), np.uint8)
    height, width = found.rgba.shape[:2]
    whole[found.y : found.y + height, found.x : found.x + width] = found.rgba
    return whole


def _fingerprint(picture: np.ndarray, wanted: SalientObject, settings: Settings, seer: Seer | None) -> str:
    """Of all that a cut-out is made from; its name, its motion and how far the hole grows change nothing about it."""
    feather = settings.scaled(wanted.feather, picture.shape[1])
    asked = [VERSION, wanted.box, wanted.lasso, feather, picture.shape]
    if seer and not (wanted.mask or wanted.lasso or wanted.box):
        by = [] if wanted.subject else [wanted.tags, settings.box_threshold, settings.text_threshold]
        asked += [seer.name, *by]
    digest = hashlib.blake2b(json.dumps(asked).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(picture).data)
    if wanted.mask:
        try:
            digest.update(Path(wanted.mask).read_bytes())
        except OSError:
            raise ParallaxError(f"There is no mask that can be read at {wanted.mask}: choose another file") from None
    return digest.hexdigest()


def _load(file: Path, asked: str, shape: tuple[int, ...]) -> _Found | None:
    """A cut-out of before, or None where there is none, or it answers another question or is damaged."""
    try:
        about = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        if about["asked"] != asked:
            return None
        found = _Found(about["x"], about["y"], pictures.load_png(file.with_suffix(".png")), about["note"], tuple(map(str, about["words"])))
        size = about["height"], about["width"], 4
    except (OSError, ValueError, KeyError, TypeError, SyntaxError):
        return None
    whole = found.rgba.shape == size and found.rgba[..., 3].max() >= 128 and isinstance(found.note, str)
    return found if whole and _fits(found.x, size[1], shape[1]) and _fits(found.y, size[0], shape[0]) else None


def _fits(start: object, length: int, within: int) -> bool:
    return type(start) is int and 0 <= start <= within - length


def _save(file: Path, asked: str, found: _Found) -> None:
    file.with_suffix(".json").unlink(missing_ok=True)  # a picture without its text is none; the wrong text would be a lie
    write_atomically(file.with_suffix(".png"), lambda temporary: pictures.save_png(temporary, found.rgba, level=1))
    height, width = found.rgba.shape[:2]
    about = {"asked": asked, "x": found.x, "y": found.y, "width": width, "height": height, "note": found.note, "words": found.words}
    write_json(file.with_suffix(".json"), about)
