"""Which style suits a picture, from its layers: Endless Scroll wherever that will look good, or else a smaller motion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..canvas.walk import Walk

SUBJECT = 0.05  # share of the picture from which on a subject that was lifted out is what the picture is about
ACROSS = 0.75  # share of the top and the bottom edge that the farthest and the near layers need to run from side to side
RISE = 0.42  # of the height: a near thing that stands out more than this above the rest of its layer is a subject
SURE = 0.8  # how sure of its layers a scroll has to be, as it shows every cut
FEWEST = 3  # layers that a scroll needs to look deep
OVERHEAD = 0.12  # share of the upper edge that near things cover
LARGE = 0.10  # share of the picture that such a thing covers
VISIBLE = 1.4  # seams show whose worst stretch is that much more visible than the picture's own changes
MIRRORED = 0.2  # widths of recognizable things that are seen reflected: more looks like a kaleidoscope
PANORAMA = 2.0  # width over height from which on a picture is made to be scrolled


@dataclass(frozen=True)
class Suggestion:
    """A style by its identifier, and a few words that say why."""

    style: str
    reason: str


def suggested(labels: np.ndarray, subjects: Sequence[np.ndarray], closings: Iterable[Walk], sure: float = 1.0) -> Suggestion:
    """The style for a picture.

    labels: (H, W) uint8, the rank of each pixel's layer, 0 is the farthest. subjects: (H, W) uint8 alphas of main subjects that were
    lifted out. closings: how each layer closes to a loop, as of `seams.closing`; asked for only where all else allows a scroll, as that
    takes time. sure: how sure it is that no border between layers cuts a thing, from 0 to 1.
    """
    height, width = labels.shape
    if any((alpha >= 128).mean() >= SUBJECT for alpha in subjects):
        return Suggestion("SWAY", "a subject stands out")
    if int(labels.max(initial=0)) == 0:
        return Suggestion("PUSH_IN", "the picture is a single layer")
    wide = width >= PANORAMA * height
    if not wide and _stands_out(labels):
        return Suggestion("SWAY", "something near fills much of the frame")
    if _reaches_up(labels):
        return Suggestion("SWAY", "near things reach the top of the frame")
    if not _runs_across(labels):
        return Suggestion("SWAY", "no ground spans the full width")
    if int(labels.max()) + 1 < FEWEST:
        return Suggestion("SWAY", "there are two layers")
    if sure < SURE:
        return Suggestion("SWAY", "some things may cross the borders of layers")
    for closing in closings:
        if closing.visibility > VISIBLE:
            return Suggestion("SWAY", "its ends would show a seam")
        if closing.mirrored > MIRRORED:
            return Suggestion("SWAY", "much of it would be mirrored at its ends")
    if wide:
        return Suggestion("SCROLL", "a wide picture that loops well")
    return Suggestion("SCROLL", "ground and background run from side to side")


def _runs_across(labels: np.ndarray) -> bool:
    """Whether the farthest layer lies along the top edge and a nearer one along the bottom edge."""
    rows = max(1, len(labels) // 50)
    return (labels[:rows] == 0).mean() >= ACROSS and (labels[-rows:] > 0).mean() >= ACROSS


def _reaches_up(labels: np.ndarray) -> bool:
    """Whether much of the upper edge is of the nearer layers: trunks or houses on both sides, which would go by like a wall."""
    rows = max(1, len(labels) // 10)
    return (labels[:rows] > int(labels.max()) / 2.0).mean() >= OVERHEAD


def _stands_out(labels: np.ndarray) -> bool:
    """Whether one of the nearer layers has something that rises far above the rest of it: a person, an animal, a thing close by."""
    height, most = len(labels), int(labels.max())
    for rank in range(most // 2 + 1, most + 1):
        near = labels >= rank
        profile = near.sum(axis=0) / height  # how much of each column it covers
        rest = float(np.median(profile)) if (profile < 0.5 * profile.max()).mean() >= 0.5 else float(np.percentile(profile, 20))
        raised = profile > rest + 0.5 * RISE
        if profile.max() - rest > RISE and near[:, raised].sum() / labels.size >= LARGE:
            return True
    return False
