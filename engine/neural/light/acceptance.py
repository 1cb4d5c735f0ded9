"""Whether a network file is what it is taken for, and gives here what it gave before: asked once, of a small picture, and remembered.

OpenCV can load a file and compute something else, for instance after an update that fuses layers in another way. So the first answer to
a fixed question is checked for what its role promises, and kept beside the models as a reference; another version has to give it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...errors import ParallaxError
from ...files import refusing_to_write, write_json
from . import runner
from .runner import Network

FOLDER = "accepted"  # in the store's folder
SIDE = 8  # of the reference: the answer, averaged over so many parts along each side
APART = 0.02  # of the reference's range: answers that differ by more are others
MOVED = 1e-4  # of an answer's range: what changes less with the picture does not look at it

Ask = Callable[[Network, np.ndarray], np.ndarray]


def accepted(role: str, file: Path, label: str, ask: Ask, folder: Path, kind: str = "cpu") -> Network:
    """A network that was checked: on OpenCV, or on ONNX Runtime where OpenCV's answers are not to be trusted.

    role: depth, subject or fill. ask: has a network answer about a picture (H, W, 3) uint8: (h, w) float32, or (H, W, 3) uint8 for a
    fill of `hole()`. folder: of the store. Raises ParallaxError as `Network` does, and where the file is something else.
    """
    network = Network(file, label, kind)
    try:
        check(role, network, ask, folder)
    except ParallaxError:
        if network.runs_on != runner.OPENCV or not runner.has_runtime():
            network.close()
            raise
        network.close()
        network = Network(file, label, kind, only=runner.ONNX_RUNTIME)
        check(role, network, ask, folder)
    return network


def check(role: str, network: Network, ask: Ask, folder: Path) -> None:
    """Raises ParallaxError where a network's answers are not those of its role, or not those that it gave before."""
    record, by = folder / FOLDER / f"{network.digest}.json", runner.version(network)
    before = _read(record)
    if before.get("role") == role and by in before.get("by", ()):
        return
    found = _answer(role, network, ask, probe())
    if before.get("role") == role:
        _compare(network, np.array(before["reference"], np.float32), _reference(found), by)
        before["by"].append(by)
    else:
        _look(role, network, found, _answer(role, network, ask, probe()[:, ::-1, ::-1]))
        before = {"role": role, "label": network.label, "by": [by], "reference": _reference(found).round(5).tolist()}
    with refusing_to_write(record):
        write_json(record, before)


def probe() -> np.ndarray:
    """The picture that networks are asked about: (192, 256, 3) uint8, a disk on a ground that grows lighter to the lower right."""
    y, x = np.mgrid[0:192, 0:256].astype(np.float32)
    ground = np.stack([x * 0.6 + 40.0, y * 0.8 + 30.0, 200.0 - y * 0.5 - x * 0.2], axis=-1) + 12.0 * np.sin(x / 5.0 + y / 9.0)[..., None]
    disk = (np.hypot(x - 110.0, y - 90.0) < 48.0)[..., None]
    return np.clip(np.where(disk, np.float32((230.0, 190.0, 60.0)), ground), 0, 255).astype(np.uint8)


def hole() -> np.ndarray:
    """Where the probe is to be filled: (192, 256) bool."""
    mask = np.zeros((192, 256), bool)
    mask[72:120, 150:206] = True
    return mask


def _answer(role: str, network: Network, ask: Ask, picture: np.ndarray) -> np.ndarray:
    """(h, w) float32: what a network says; of a fill its brightness. Raises ParallaxError where that is no answer."""
    found = np.asarray(ask(network, picture))
    if role == "fill":
        _check_fill(network, picture, found)
        found = found.mean(axis=2)
    if found.ndim != 2 or min(found.shape) < SIDE or not np.isfinite(found).all():
        raise other(network, role)
    return found.astype(np.float32)


def _check_fill(network: Network, picture: np.ndarray, found: np.ndarray) -> None:
    """A network that takes the mask the other way round would repaint all but the hole."""
    kept = ~hole()
    if found.shape != picture.shape or np.abs(found[kept].astype(np.float32) - picture[kept]).mean() > 16.0:
        raise other(network, "fill")


def _look(role: str, network: Network, first: np.ndarray, second: np.ndarray) -> None:
    """Whether two answers, about a picture and about itself turned round, can be those of the role."""
    spread = float(first.max() - first.min())
    inside = role != "subject" or (min(first.min(), second.min()) > -0.01 and max(first.max(), second.max()) < 1.01)
    if not inside or spread <= 0.0 or first.shape != second.shape or np.abs(first - second).max() <= MOVED * spread:
        raise other(network, role)


def _compare(network: Network, reference: np.ndarray, found: np.ndarray, by: str) -> None:
    if np.abs(found - reference).max() > APART * max(float(np.ptp(reference)), 1e-6):
        raise ParallaxError(f"{network.label} gives different results on {by}: download it again or choose another model")


def _reference(found: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) float32: the means over equal parts of an answer."""
    rows, columns = (np.linspace(0, length, SIDE + 1).astype(int) for length in found.shape)
    return np.float32([[found[a:b, c:d].mean() for c, d in zip(columns, columns[1:])] for a, b in zip(rows, rows[1:])])


def other(network: Network, role: str) -> ParallaxError:
    what = {"depth": "depth", "subject": "main subjects, such as IS-Net", "fill": "filling holes, such as MI-GAN"}[role]
    setting = {"depth": "Depth Model", "subject": "Subject Model"}.get(role, "model")
    return ParallaxError(f"{network.file} is no network for {what}: choose another {setting}")


def _read(file: Path) -> dict:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        np.array(values["reference"], np.float32).reshape(SIDE, SIDE)
        return values if isinstance(values["by"], list) else {}
    except (OSError, ValueError, TypeError, KeyError):  # there is none, or it is damaged
        return {}
