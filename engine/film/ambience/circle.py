"""What the ambiences are built from: noise, slow changes and single sounds on a circle of samples."""

from __future__ import annotations

import numpy as np

from ..pcm import RATE

SIZE = 2048  # samples of a frame of painted noise; half as many lie between two
FREQUENCIES = np.fft.rfftfreq(SIZE, 1.0 / RATE)  # Hz, of a frame's bins


def frames(samples: int) -> int:
    """How many frames of painted noise a loop has."""
    return max(2, round(samples / (SIZE // 2)))


def painted(random, samples: int, gains: np.ndarray, alike: float = 0.3, check=lambda share: None) -> np.ndarray:
    """Noise with a spectrogram as painted: (2, samples).

    gains: amplitude by frame and bin of FREQUENCIES, (frames, bins), or (2, frames, bins) for left and right; one frame is for all.
    alike: correlation of left and right. Fresh noise in every frame, overlapped by half with square-root Hann windows, so that the
    power is the same everywhere.
    """
    gains = np.broadcast_to(gains, (2, frames(samples), len(FREQUENCIES)))
    count, hop = gains.shape[1], SIZE // 2
    window = np.sin(np.pi * (np.arange(SIZE) + 0.5) / SIZE).astype(np.float32)
    made = np.zeros((2, samples + SIZE), np.float32)
    starts = np.round(np.arange(count) * samples / count).astype(int)
    for first in range(0, count, 64):
        check(first / count)
        some = slice(first, min(first + 64, count))
        shape = (3, some.stop - first, len(FREQUENCIES))
        noise = random.standard_normal(shape, np.float32) + 1j * random.standard_normal(shape, np.float32)
        for side in (0, 1):
            spectrum = (np.sqrt(alike) * noise[2] + np.sqrt(1.0 - alike) * noise[side]) * gains[side, some]
            spectrum[:, 0] = 0.0
            blocks = np.fft.irfft(spectrum, SIZE, axis=1) * window
            for start, block in zip(starts[some], blocks):
                made[side, start : start + SIZE] += block
    return _wrapped(made, samples) * np.sqrt(hop)


def wander(random, count: int, seconds: float, slowest: float, fastest: float, tilt: float = 0.5) -> np.ndarray:
    """A periodic curve that changes at random: (count,), mean 0, standard deviation 1.

    seconds: of the whole circle. slowest, fastest: Hz. tilt: by how much faster changes are smaller, as a power of the frequency.
    A circle that is too short for the slowest has the slowest that fits.
    """
    first, last = max(1, round(slowest * seconds)), max(1, round(fastest * seconds))
    number = np.arange(first, min(max(first, last), count // 2 - 1) + 1) if count >= 6 else np.array([1])
    spectrum = np.zeros(count // 2 + 1, complex)
    spectrum[number] = (random.standard_normal(len(number)) + 1j * random.standard_normal(len(number))) / number**tilt
    curve = np.fft.irfft(spectrum, count)
    return curve / max(curve.std(), 1e-12)


def band(low: float, high: float, steep: float = 2.0, frequencies: np.ndarray = FREQUENCIES) -> np.ndarray:
    """Amplitude of a band-pass between two frequencies in Hz, which falls outside as a power `steep` of the frequency."""
    f = np.maximum(frequencies, 1.0)
    return 1.0 / np.sqrt((1.0 + (low / f) ** (2.0 * steep)) * (1.0 + (f / high) ** (2.0 * steep)))


def sides(place: float | np.ndarray):
    """Amplitudes of left and right of what is at a place, -1 left to 1 right, with equal power."""
    angle = (np.clip(place, -1.0, 1.0) + 1.0) * np.pi / 4.0
    return np.cos(angle), np.sin(angle)


class Loop:
    """A stereo circle on which single sounds are laid."""

    def __init__(self, samples: int):
        self.samples = samples
        self.sound = np.zeros((2, samples))

    def lay(self, start: int, grain: np.ndarray, place: float = 0.0, gain: float = 1.0) -> None:
        """Adds a sound (n,) at a sample; the far ear hears it up to 0.6 ms later."""
        for side, (level, late) in enumerate(zip(sides(place), (max(0.0, place), max(0.0, -place)))):
            self._add(side, start + int(late * 0.0006 * RATE), grain * (level * gain))

    def _add(self, side: int, start: int, grain: np.ndarray) -> None:
        start %= self.samples
        while len(grain):
            part = min(len(grain), self.samples - start)
            self.sound[side, start : start + part] += grain[:part]
            grain, start = grain[part:], 0


def filtered(sound: np.ndarray, response) -> np.ndarray:
    """A loop (channels, samples) through a filter: `response` gives its amplitude, or complex response, at frequencies in Hz."""
    samples = sound.shape[-1]
    return np.fft.irfft(np.fft.rfft(sound) * response(np.fft.rfftfreq(samples, 1.0 / RATE)), samples)


def echoed(random, sound: np.ndarray, seconds: float, bright: float, early: float = 0.02) -> np.ndarray:
    """The reverberation of a loop (2, samples) by itself: noise that dies away, duller the longer (Moorer 1979, About this reverberation
    business).

    seconds: until it is 60 dB lower. bright: Hz above which it is damped. early: seconds before it begins.
    """
    samples = sound.shape[1]
    length = min(int(seconds * RATE), samples)
    time = np.arange(length) / RATE
    made = np.empty_like(sound)
    for side in (0, 1):
        tail = random.standard_normal(length) * 10.0 ** (-3.0 * time / seconds) * np.minimum(time / early, 1.0)
        response = np.fft.rfft(tail / np.sqrt((tail**2).sum()), samples)
        response *= band(180.0, bright, 1.0, np.fft.rfftfreq(samples, 1.0 / RATE))
        made[side] = np.fft.irfft(np.fft.rfft(0.75 * sound[side] + 0.25 * sound[1 - side]) * response, samples)
    return made


def times(random, samples: int, rate: float, density: np.ndarray | None = None) -> np.ndarray:
    """Samples at which something happens by chance, `rate` times a second on average; at least once.

    density: how likely it is, along the circle.
    """
    count = max(1, random.poisson(rate * samples / RATE))
    if density is None:
        return random.integers(0, samples, count)
    steps = np.cumsum(np.maximum(density, 0.0))
    return (np.interp(random.uniform(0.0, steps[-1], count), np.concatenate([[0.0], steps]), np.arange(len(steps) + 1))
            / len(steps) * samples).astype(int) % samples


def _wrapped(made: np.ndarray, samples: int) -> np.ndarray:
    """What rings on past the end added to the start."""
    loop, rest = made[:, :samples].astype(np.float64), made[:, samples:]
    for start in range(0, rest.shape[1], samples):
        part = rest[:, start : start + samples]
        loop[:, : part.shape[1]] += part
    return loop
