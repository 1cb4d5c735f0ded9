"""A stream: bubbles that close in the water, each a chirp that dies away, over a soft wash.

A bubble of radius r metres rings at 3 / r Hz (Minnaert 1933, On musical air-bubbles and the sounds of running water), is damped by
0.13 / r + 0.0072 r^-1.5 a second, and rises in pitch as it nears the surface (van den Doel 2005, Physically based models for liquid
sounds).
"""

from __future__ import annotations

import numpy as np

from ..pcm import RATE
from .circle import Loop, band, frames, painted, times, wander

SPOTS = 6  # places where the water falls over a stone
BUBBLES = 26.0  # a second at each
LARGE = 0.0062  # metres, the radius of a bubble of amplitude 1
KINDS = 250  # of bubbles at each
CHECK = 500


def loop(random, samples: int, check) -> np.ndarray:
    count, seconds = frames(samples), samples / RATE
    flow = np.exp(0.22 * wander(random, count, seconds, 0.1, 1.2))
    wash = 0.6 * band(240.0, 700.0, 1.4) + 0.16 * band(1400.0, 5200.0, 1.2)
    noise = painted(random, samples, flow[:, None] * wash, alike=0.25, check=lambda share: check(0.3 * share))
    made = Loop(samples)
    for spot in range(SPOTS):
        _babble(random, made, count, spot, lambda share, spot=spot: check(0.3 + 0.7 * (spot + share) / SPOTS))
    return 0.30 * noise / noise.std() * made.sound.std() + made.sound


def _babble(random, made: Loop, count: int, spot: int, check) -> None:
    """One place's bubbles, which come in runs."""
    seconds = made.samples / RATE
    density = np.exp(0.7 * wander(random, count, seconds, 0.3, 6.0, 0.3))
    place = -0.9 + 1.8 * (spot + random.uniform(0.2, 0.8)) / SPOTS
    middle, near = random.uniform(0.0014, 0.0034), random.uniform(0.5, 1.0)
    when = times(random, made.samples, BUBBLES, density)
    radii = middle * np.exp(np.clip(random.normal(0.0, 0.5, KINDS), -1.2, 0.85))
    kinds = [_bubble(random, radius) for radius in radii]
    for number, start in enumerate(when):
        if number % CHECK == 0:
            check(number / len(when))
        made.lay(start, kinds[random.integers(KINDS)], np.clip(place + random.normal(0.0, 0.12), -1.0, 1.0), near)


def _bubble(random, radius: float) -> np.ndarray:
    pitch, damping = 3.0 / radius, 0.13 / radius + 0.0072 * radius**-1.5
    depth = random.uniform(0.05, 1.0) ** 1.5
    rise = random.choice((0.0, 0.03, 0.10), p=(0.35, 0.4, 0.25)) * damping
    time = np.arange(min(int(5.5 / damping * RATE), RATE // 4)) / RATE
    turns = pitch * (time + rise * time**2 / 2.0)
    attack = np.minimum(time * pitch / 2.0, 1.0)
    return (radius / LARGE) ** 0.85 * depth * np.sin(2.0 * np.pi * turns) * np.exp(-damping * time) * attack
