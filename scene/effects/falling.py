"""Rain and snow: sheets at several depths that fall by their keyframes, a whole number of tiles in a film."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...engine.film.assets import Asset
from ...engine.film.effects import Effect
from .. import keys
from ..shot import Shot
from . import sheets
from .wires import wave


@dataclass(frozen=True)
class Depth:
    """One sheet. Pixels are for a picture 1600 wide and a tile of 1024 x 1024 in it.

    speed: pixels a second. amount: of things in a tile. size: length of a streak, radius of a flake. blur: thickness of a streak, or how
    far a flake is out of focus. cover: how much of what is behind is covered at most. sway: pixels to each side.
    """

    speed: float
    amount: int
    size: float
    blur: float
    cover: float
    sway: float = 0.0


TILE = 1024.0
DEPTHS = {  # far to near
    "RAIN": (Depth(900, 3400, 20, 0.50, 0.40), Depth(1500, 1300, 44, 0.75, 0.50), Depth(2500, 170, 110, 1.5, 0.42)),
    "SNOW": (Depth(34, 1300, 0.95, 0.0, 0.7, 5), Depth(62, 620, 1.8, 0.1, 0.85, 9), Depth(105, 170, 3.1, 0.35, 0.9, 17),
             Depth(180, 26, 8.0, 0.95, 0.75, 34)),
}
COLOURS = {"RAIN": (0.62, 0.70, 0.80), "SNOW": (0.90, 0.93, 1.0)}  # linear
LEAST_TURNS, SMALLEST = 0.75, 4  # a slow sheet has smaller tiles, down to a quarter, so that a whole number of them passes by
SWAYS = 4.5  # seconds


def assets(shot: Shot, effect: Effect) -> list[Asset]:
    return [_asset(shot, effect, number) for number in range(len(DEPTHS[effect.kind]))]


def lay(shot: Shot, effect: Effect, key: str, share: float) -> list:
    """Makes or updates the sheets of an effect. share: of the way to the next layer. Gives the objects."""
    made = []
    layers = sheets.spread(shot, effect, len(DEPTHS[effect.kind]))
    for number, depth in enumerate(DEPTHS[effect.kind]):
        texture = shot.folder / _asset(shot, effect, number).file
        spot = sheets.Spot(layers[number], share + 0.01 * number)
        wanted = sheets.role(key, effect.kind, number)
        plane = sheets.sheet(shot, wanted, f"{effect.name or effect.kind.title()} {number + 1}", spot, effect.wind)
        material = sheets.material(plane, _write)
        _fall(shot, effect, plane, spot, depth)
        if texture.is_file():
            sheets.show_texture(material, texture)
        tile = TILE * sheets.unit(shot)
        sheets.give(material, {
            "strength": depth.cover, "across": tile, "along": tile / _parts(shot, effect, depth),
            "sway": depth.sway * sheets.unit(shot) * effect.size,
        }, COLOURS[effect.kind], effect)
        sheets.turn(material.node_tree, "phase", sheets.turns_of((SWAYS + number) / max(effect.speed, 0.05), shot), shot.frames)
        made.append(plane)
    return made


def _write(wires, x, y):
    """The texture; sways are the same at both ends of a tile and of the film."""
    u, v, phase = x / wires.value("across"), y / wires.value("along"), wires.value("phase")
    sway = wave(phase + v + 0.31 * wave(u + v)) + 0.4 * wave(2.0 * phase - 2.0 * v + u)
    u = u + sway * wires.value("sway") / wires.value("across")
    return wires.texture(u, v) * wires.value("strength")


def _asset(shot: Shot, effect: Effect, number: int) -> Asset:
    depth, unit = DEPTHS[effect.kind][number], sheets.unit(shot)
    scale = shot.film.export.frame(shot.result.motion.width, shot.result.motion.height).scale
    tile, parts = TILE * unit, _parts(shot, effect, depth)
    amount = max(1, round(depth.amount * effect.strength / 0.5 / parts / effect.size))
    size = round(depth.size * unit * scale * effect.size, 3)
    more = {"length": size, "thickness": round(max(0.45, depth.blur * unit * scale * effect.size), 3)} if effect.kind == "RAIN" else \
        {"radius": size, "blur": depth.blur}
    label = "rain" if effect.kind == "RAIN" else "snow"
    return sheets.asset(shot, label, tile, tile / parts, what=label, amount=amount, seed=effect.seed * 16 + number, **more)


def _travel(shot: Shot, effect: Effect, depth: Depth) -> float:
    """Pixels that a sheet falls over the film by itself."""
    return depth.speed * effect.speed * sheets.unit(shot) * shot.frames / shot.fps


def _parts(shot: Shot, effect: Effect, depth: Depth) -> int:
    """Into how many parts a tile is cut along its fall."""
    tile, travel, parts = TILE * sheets.unit(shot), _travel(shot, effect, depth), 1
    while parts < SMALLEST and 0 < travel < LEAST_TURNS * tile / parts:
        parts *= 2
    return parts


def _fall(shot: Shot, effect: Effect, plane, spot: sheets.Spot, depth: Depth) -> None:
    """Turns a sheet to where it goes as it is seen, and keys it over a whole number of tiles."""
    angle, travel = math.radians(effect.direction), _travel(shot, effect, depth)
    x, y = travel * math.cos(angle), travel * math.sin(angle)
    wind = sheets.carried(shot, spot) if effect.wind and plane.parent else (0.0, 0.0)
    scale = plane.scale[0]
    seen = math.hypot(x + wind[0], y + wind[1])
    tile = TILE * sheets.unit(shot) / _parts(shot, effect, depth)
    whole = (max(1, round(seen / tile)) * tile if shot.loop or depth.sway else seen) if seen > 1.0 and effect.speed else 0.0
    ahead = ((x + wind[0]) / seen, (y + wind[1]) / seen) if seen > 1.0 else (math.cos(angle), math.sin(angle))
    own = (ahead[0] * whole - wind[0], ahead[1] * whole - wind[1]) if whole else (0.0, 0.0)
    sheets.marks.wish(plane, "rotation_euler", (0.0, 0.0, math.atan2(ahead[1], ahead[0]) + math.pi / 2))
    if not keys.edited(plane):
        keys.key(plane, (0.0, 0.0), (own[0] * scale, -own[1] * scale), shot.frames, True)
    half = math.hypot(*sheets.reach(shot))
    away = sum(sheets.wander(shot, spot)) if effect.wind and plane.parent else 0.0
    sheets.cover(plane, -half - away, -half - away, half + away, half + away + math.hypot(*own))
