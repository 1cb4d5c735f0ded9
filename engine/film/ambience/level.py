"""The loudness that all ambiences have, so that the gain of a layer means the same for each."""

from __future__ import annotations

import numpy as np

from .. import loudness

LOUDNESS = -23.0  # LUFS, the level of EBU R 128
CEILING = 0.5  # of full scale: true peaks stay below -3 dBTP
KNEE = 0.6  # share of the ceiling above which peaks are rounded
SHORT = 3 * 48000  # a loop is measured at this length at least, as it is heard again and again


def levelled(sound: np.ndarray) -> np.ndarray:
    """A loop (channels, samples) at LOUDNESS; what would peak above CEILING is rounded off, as tape does."""
    if not sound.any():
        return sound
    whole = np.tile(sound, (1, -(-SHORT // sound.shape[1]))) if sound.shape[1] < SHORT else sound
    for _ in range(3):  # rounding off takes a little loudness
        measured = loudness.of(_rounded(whole), peak=False).integrated
        if measured is None:
            whole, sound = whole * 100.0, sound * 100.0
            continue
        gain = 10.0 ** ((LOUDNESS - measured) / 20.0)
        whole, sound = whole * gain, sound * gain
        if abs(LOUDNESS - measured) < 0.1 and np.abs(whole).max() <= CEILING * KNEE:
            break
    return _rounded(sound)


def _rounded(sound: np.ndarray) -> np.ndarray:
    knee = CEILING * KNEE
    over = np.abs(sound) > knee
    if not over.any():
        return sound
    made = sound.copy()
    room = CEILING - knee
    made[over] = np.sign(sound[over]) * (knee + room * np.tanh((np.abs(sound[over]) - knee) / room))
    return made
