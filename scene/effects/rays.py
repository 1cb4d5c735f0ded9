"""Rays of light from a point, as through gaps in cloud: noise around the point that changes slowly, added to what is behind."""

from __future__ import annotations

import math

from ...engine.film.assets import Asset
from ...engine.film.effects import Effect
from .. import marks
from ..shot import Shot
from . import sheets
from .wires import Wire, coswave, distance, exp, wave

MOON = (0.80, 0.88, 1.0)  # linear
TURN = 14.0  # seconds in which the rays come back to where they were


def assets(_shot: Shot, _effect: Effect) -> list[Asset]:
    return []


def lay(shot: Shot, effect: Effect, key: str, share: float) -> list:
    """Makes or updates the sheet of rays. share: of the way to the next layer. Gives the objects."""
    layer = (shot.layer(effect.layer) if effect.layer else None) or sheets.bases(shot)[-1]
    plane = sheets.sheet(shot, sheets.role(key, "RAYS", 0), effect.name or "Light Rays", sheets.Spot(layer, share), False)
    marks.wish(plane, "rotation_euler", (0.0, 0.0, 0.0))
    material = sheets.material(plane, _write, add=True)
    motion = shot.result.motion
    angle = math.radians(effect.direction)
    sheets.give(material, {
        "strength": 1.1 * effect.strength, "point x": (effect.x / 100.0 - 0.5) * motion.width,
        "point y": (0.5 - effect.y / 100.0) * motion.height, "length": 0.75 * math.hypot(motion.width, motion.height) * effect.size,
        "ahead x": math.cos(angle), "ahead y": math.sin(angle), "spread": math.cos(math.radians(min(effect.spread, 359.9) / 2.0)),
        "seed": 3.7 * (effect.seed % 1009),
        "sway": min(1.0, shot.frames / shot.fps * effect.speed / TURN),  # a short film has time for small changes only
    }, MOON, effect)
    sheets.turn(material.node_tree, "phase", sheets.turns_of(TURN / effect.speed, shot) if effect.speed else 0, shot.frames)
    width, height = sheets.reach(shot)
    sheets.cover(plane, -width, -height, width, height)
    return [plane]


def _write(wires, x: Wire, y: Wire) -> Wire:
    """All noise is of the direction from the point alone, so rays are straight; each has its own width, strength and length."""
    phase, seed = wires.value("phase"), wires.value("seed")
    dx, dy = x - wires.value("point x"), y - wires.value("point y")
    far = distance(dx, dy) + 1e-3
    cos, sin, r = dx / far, dy / far, far / wires.value("length")
    c, s = coswave(phase) * wires.value("sway"), wave(phase) * wires.value("sway")

    def around(scale: float, speed: float, place: float, detail: float = 0.0) -> Wire:
        return wires.noise(cos * scale + seed + place, sin * scale + place, c * speed, s * speed, detail=detail)

    gaps = wires.ramp(around(2.3, 0.22, 5.0), 0.36, 0.66)  # where cloud lets light through at all
    beams = wires.ramp(around(5.5, 0.3, 11.0), 0.34, 0.70)
    fine = wires.ramp(around(15.0, 0.35, 23.0, 1.0), 0.25, 0.75)
    begin = 0.02 + 0.14 * wires.ramp(around(7.0, 0.2, 41.0), 0.30, 0.70)  # rays leave the cloud at different distances
    long = 0.35 + 1.0 * wires.ramp(around(4.2, 0.25, 31.0), 0.30, 0.70)
    ahead = cos * wires.value("ahead x") + sin * wires.value("ahead y")
    edge = wires.value("spread")
    within = wires.ramp((ahead - edge) / (1.001 - edge), 0.0, 0.55)
    mist = 0.72 + 0.56 * wires.noise(x / wires.value("length") * 3.0 + seed, y / wires.value("length") * 3.0, c * 0.3, s * 0.3, detail=3.0)
    fall = exp(-2.4 * r / long) * wires.ramp(r, begin * 0.15, begin + 0.08)
    shafts = (0.10 + 0.90 * gaps) * (0.22 + 0.78 * beams) * (0.40 + 0.60 * fine) * within * fall * mist
    halo = 0.20 * exp(-6.5 * r) + 0.16 * exp(-24.0 * r)  # the air around the source
    return (shafts * 1.15 + halo) * wires.value("strength")
