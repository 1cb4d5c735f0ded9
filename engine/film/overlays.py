"""Textures of effects: rain, snow, dust, clouds, vignette, grain. All but the vignette repeat without a seam.

Sizes are pixels of the texture. A tile holds streaks that fall straight down it: the plane that shows it is turned.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

Check = Callable[[float], None]


def make(values: dict, path: Path, check: Check) -> None:
    """Makes one texture as a PNG file. values: `what` names one of PICTURES, the others are its arguments."""
    from PIL import Image

    check(0.0)
    values = dict(values)
    pixels = PICTURES[values.pop("what")](**values, check=check)
    Image.fromarray(pixels).save(path, format="PNG")


def rain(width: int, height: int, amount: int, length: float, thickness: float, seed: int, check: Check) -> np.ndarray:
    """Streaks of many lengths and brightnesses, in gusts. (height, width) uint8, how much each pixel is covered.

    amount: of streaks. length: of a middling one. thickness: standard deviation across it.
    """
    random = np.random.default_rng([seed, 1])
    gusts = _uniform(_noise(height, width, random, 2.2, stretch=2.0))
    tile = np.zeros((height, width), np.float32)
    for number in range(amount):
        if number % 256 == 0:
            check(number / amount)
        x, y = random.uniform(0, width), random.uniform(0, height)
        long = min(length * random.lognormal(0.0, 0.35), height * 0.9)
        light = random.beta(1.6, 2.6) * (0.35 + 0.65 * gusts[int(y) % height, int(x) % width])
        wide = thickness * random.uniform(0.75, 1.3)
        rows, columns = np.arange(int(long) + 2), np.arange(-int(3 * wide + 2), int(3 * wide + 3))
        along = np.clip((rows - y % 1.0) / long, 0.0, 1.0)
        profile = np.sin(np.pi * along**1.4) ** 0.8  # brighter towards the end that leads
        across = np.exp(-((columns - x % 1.0) ** 2) / (2 * wide**2))
        tile[np.ix_((rows + int(y)) % height, (columns + int(x)) % width)] += light * profile[:, None] * across[None, :]
    return _bytes(1.0 - np.exp(-tile))


def snow(width: int, height: int, amount: int, radius: float, blur: float, seed: int, check: Check) -> np.ndarray:
    """Flakes of many sizes, none quite round. (height, width) uint8.

    radius: of a middling flake. blur: 0 sharp to 1 quite out of focus.
    """
    random = np.random.default_rng([seed, 2])
    tile = np.zeros((height, width), np.float32)
    for number in range(amount):
        if number % 256 == 0:
            check(number / amount)
        size = max(0.6, radius * random.lognormal(0.0, 0.35))
        light = random.uniform(0.45, 1.0) * (1.0 - 0.55 * blur)
        rows, columns, y, x = _patch(random, width, height, size * 2.2)
        angle, squeeze = random.uniform(0, np.pi), random.uniform(0.72, 1.0)
        along, across = y * np.cos(angle) + x * np.sin(angle), (x * np.cos(angle) - y * np.sin(angle)) / squeeze
        turn = np.arctan2(across, along)
        edge = size * (1.0 + 0.13 * np.sin(3 * turn + random.uniform(0, 7)) + 0.08 * np.sin(5 * turn + random.uniform(0, 7)))
        softness = size * (0.35 + 0.45 * blur) + 0.5
        _over(tile, rows, columns, light * _fall((np.hypot(along, across) - edge) / softness))
    return _bytes(tile)


def dust(width: int, height: int, amount: int, radius: float, blur: float, seed: int, check: Check) -> np.ndarray:
    """Specks; (height, width, 3) uint8: red is light, green the speck's own phase in which it twinkles, blue is nothing.

    blur: share of the specks that lie out of focus and show as discs.
    """
    random = np.random.default_rng([seed, 3])
    tile, phases = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for number in range(amount):
        if number % 256 == 0:
            check(number / amount)
        light, phase = random.beta(1.2, 3.0), random.uniform()
        if random.uniform() < blur:
            size = radius * random.lognormal(1.3, 0.35)
            rows, columns, y, x = _patch(random, width, height, size * 1.5)
            r = np.hypot(y, x) / size
            shape = 0.30 * light * _fall((r - 1.0) / 0.22) * (0.75 + 0.25 * np.clip(r, 0.0, 1.0) ** 3)
        else:
            size = max(0.55, radius * random.lognormal(-0.2, 0.35))
            rows, columns, y, x = _patch(random, width, height, size * 3.5)
            r = np.hypot(y, x) / size
            shape = light * (0.85 * np.exp(-(r**2)) + 0.15 * np.exp(-(r**2) / 6.0))
        spot = np.ix_(rows, columns)
        phases[spot] = np.where(shape > np.maximum(tile[spot], 1e-3), phase, phases[spot])
        tile[spot] = np.maximum(tile[spot], shape)
    return np.dstack([_bytes(tile), _bytes(phases, seed=None), np.zeros((height, width), np.uint8)])


def clouds(width: int, height: int, seed: int, check: Check) -> np.ndarray:
    """Wide soft clouds. (height, width) uint8, all values equally frequent.

    Noise of a power law, made in the frequency domain, which is periodic by itself (Voss 1985, Fractals in nature).
    """
    random = np.random.default_rng([seed, 4])
    broad = _noise(height, width, random, 3.1, stretch=0.55)
    check(0.5)
    return _bytes(_uniform(broad), seed=seed)


def vignette(width: int, height: int, size: float, check: Check) -> np.ndarray:
    """(height, width) uint8, white in the middle and dark in the corners, by the cosine law of lenses with a wide angle; dithered."""
    y, x = (np.linspace(-1.0, 1.0, n, dtype=np.float32) for n in (height, width))
    squared = (x[None, :] ** 2 + y[:, None] ** 2) / 2.0  # 1 in the corners
    check(0.5)
    return _bytes(1.0 / (1.0 + 1.6 / size**2 * squared ** 1.35) ** 2, seed=1)


def grain(width: int, height: int, size: float, seed: int, number: int, check: Check) -> np.ndarray:
    """One frame of grain around middle grey. (height, width) uint8. size: standard deviation of one grain's shape."""
    random = np.random.default_rng([seed, 5, number])
    field = random.standard_normal((height, width), dtype=np.float32)
    check(0.3)
    spread = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    fine = np.fft.irfft2(np.fft.rfft2(field) * np.exp(-2.0 * (np.pi * size * spread) ** 2), (height, width))
    return np.clip(np.round(127.5 + 34.0 * fine / fine.std()), 0, 255).astype(np.uint8)


PICTURES = {"rain": rain, "snow": snow, "dust": dust, "clouds": clouds, "vignette": vignette, "grain": grain}


def _patch(random, width, height, reach):
    """Rows and columns around a random place, and how far from it they are (rows as a column). Rows and columns wrap around."""
    reach = min(reach, (min(width, height) - 3) / 2.0)
    y, x = random.uniform(0, height), random.uniform(0, width)
    span = np.arange(-int(reach) - 1, int(reach) + 2)
    return (span + int(y)) % height, (span + int(x)) % width, (span - y % 1.0)[:, None], (span - x % 1.0)[None, :]


def _fall(x):
    """1 well below 0, 0 well above, smooth between -1 and 1."""
    t = np.clip(0.5 - 0.5 * x, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _over(tile, rows, columns, shape) -> None:
    spot = np.ix_(rows, columns)
    tile[spot] = 1.0 - (1.0 - tile[spot]) * (1.0 - shape)


def _noise(height, width, random, power, stretch=1.0):
    """Periodic noise whose power falls with the frequency to `power`; stretch below 1 makes it wider than high."""
    v, u = np.fft.fftfreq(height)[:, None] * height, np.fft.rfftfreq(width)[None, :] * width
    frequency = np.hypot(u / max(1.0, width / height), v * stretch)
    frequency[0, 0] = 1.0
    spectrum = np.fft.rfft2(random.standard_normal((height, width))) * np.maximum(frequency, 0.6) ** (-power / 2.0)
    spectrum[0, 0] = 0.0
    return np.fft.irfft2(spectrum, (height, width))


def _uniform(field):
    """Values from 0 to 1, each as frequent as any other."""
    from math import sqrt

    steps = np.linspace(-4.0, 4.0, 513)
    normal = np.cumsum(np.exp(-(steps**2) / 2.0)) * (steps[1] - steps[0]) / sqrt(2 * np.pi)
    return np.interp((field - field.mean()) / field.std(), steps, normal)


def _bytes(field, seed: int | None = 0) -> np.ndarray:
    """0 to 1 as uint8. With a seed, values between two are dithered, so that no bands show; nothing stays nothing."""
    scaled = np.clip(field, 0.0, 1.0) * 255.0
    if seed is None:
        return np.round(scaled).astype(np.uint8)
    noise = np.random.default_rng([seed, 9]).random(field.shape, dtype=np.float32)
    return np.where(scaled < 0.25, 0, np.minimum(np.floor(scaled + noise), 255)).astype(np.uint8)
