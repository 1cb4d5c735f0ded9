"""Sound files as we write them: WAV, 48 kHz, 24-bit whole numbers, which lose nothing that can be heard."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE = 48000  # samples a second, as video has it
FULL = 2**23 - 1
BLOCK = 1 << 18  # samples that are written at once


def write(path: Path, sound: np.ndarray) -> None:
    """Writes a sound (channels, samples), -1 to 1; what is louder is cut off there."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(sound))
        file.setsampwidth(3)
        file.setframerate(RATE)
        for start in range(0, sound.shape[1], BLOCK):
            numbers = np.clip(np.round(sound[:, start : start + BLOCK].T * FULL), -FULL, FULL).astype("<i4")
            file.writeframesraw(np.ascontiguousarray(numbers).view(np.uint8).reshape(-1, 4)[:, :3].tobytes())


def read(path: Path) -> np.ndarray:
    """What `write` wrote: (channels, samples), float64."""
    with wave.open(str(path), "rb") as file:
        channels, data = file.getnchannels(), file.readframes(file.getnframes())
    padded = np.zeros((len(data) // 3, 4), np.uint8)
    padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return (padded.view("<i4")[:, 0] // 256).reshape(-1, channels).T / FULL
