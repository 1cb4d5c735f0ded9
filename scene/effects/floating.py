"""Dust and fog: textures that drift a little way, fade, and begin anew elsewhere, so that any speed loops with any film.

Two drifts half a turn apart share each sheet: while one begins anew unseen, the other is in full sight (as flow maps do: Vlachos 2010,
Water Flow in Portal 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...engine.film.assets import Asset
from ...engine.film.effects import Effect
from .. import marks
from ..keys import SCALE
from ..shot import Shot
from . import sheets
from .wires import Wire, distance, exp, wave


@dataclass(frozen=True)
class Depth:
    """One sheet of dust. Pixels are for a picture 1600 wide and a tile of 1024 x 1024 in it.

    speed: pixels a second. amount: of specks in a tile. size: of a speck. blur: share of specks out of focus. light: its strength.
    """

    speed: float
    amount: int
    size: float
    blur: float
    light: float


DUST = (Depth(7, 1000, 1.1, 0.0, 1.1), Depth(13, 480, 1.8, 0.04, 1.5), Depth(24, 120, 3.0, 0.5, 1.5))
LIGHT = (1.0, 0.86, 0.66)  # linear, of dust
MIST = (0.60, 0.66, 0.72)  # of fog
TILE, BANK = 1024.0, 1600.0  # pixels of a picture 1600 wide: side of a tile of dust, width of one of clouds, which is half as high
DRIFT = 26.0  # pixels a second of the nearest fog
DUST_TURN, FOG_TURN = 9.0, 17.0  # seconds from one beginning to the next
THICKNESS = 2.2  # optical thickness of all fog together at strength 1


def dust_assets(shot: Shot, effect: Effect) -> list[Asset]:
    return [_dust(shot, effect, number) for number in range(len(DUST))]


def fog_assets(shot: Shot, effect: Effect) -> list[Asset]:
    width = BANK * sheets.unit(shot) / 2.0  # clouds are soft: half the pixels are enough
    return [sheets.asset(shot, "fog", width, width / 2.0, what="clouds", seed=effect.seed)]


def lay_dust(shot: Shot, effect: Effect, key: str, share: float) -> list:
    """Makes or updates the sheets of dust. share: of the way to the next layer. Gives the objects."""
    layers, unit, made = sheets.spread(shot, effect, len(DUST)), sheets.unit(shot), []
    for number, depth in enumerate(DUST):
        spot = sheets.Spot(layers[number], share + 0.01 * number)
        plane = sheets.sheet(shot, sheets.role(key, "DUST", number), f"{effect.name or 'Dust'} {number + 1}", spot, effect.wind)
        material = sheets.material(plane, _write_dust, add=True)
        texture = shot.folder / _dust(shot, effect, number).file
        if texture.is_file():
            sheets.show_texture(material, texture)
        turns = sheets.turns_of(DUST_TURN + 1.7 * number, shot)
        motion = shot.result.motion
        sheets.give(material, {
            "strength": depth.light, **_tiles(shot, effect, plane, spot, TILE * unit, TILE * unit),
            "carried": sheets.is_carried(shot, plane),
            **_drift(shot, effect, depth.speed, turns), "swirl": 1.1 * depth.speed * effect.speed * unit * shot.frames / shot.fps / turns,
            "light x": (effect.x / 100.0 - 0.5) * motion.width, "light y": (0.5 - effect.y / 100.0) * motion.height,
            "light reach": 0.55 * math.hypot(motion.width, motion.height),
        }, LIGHT, effect)
        sheets.turn(material.node_tree, "phase", turns, shot.frames)
        _cover(shot, effect, plane, spot)
        made.append(plane)
    return made


def lay_fog(shot: Shot, effect: Effect, key: str, share: float) -> list:
    """Makes or updates a bank of fog in front of each layer but the nearest, or of the one that is named. Gives the objects."""
    made = []
    named = shot.layer(effect.layer) if effect.layer else None
    layers = [named] if named else sheets.bases(shot)[:-1] or sheets.bases(shot)
    texture, unit = shot.folder / fog_assets(shot, effect)[0].file, sheets.unit(shot)
    for number, (layer, thickness) in enumerate(zip(layers, _thicknesses(shot, layers))):
        spot = sheets.Spot(layer, share)
        plane = sheets.sheet(shot, sheets.role(key, "FOG", layer.index), f"{effect.name or 'Fog'} {number + 1}", spot, effect.wind)
        material = sheets.material(plane, _write_fog)
        if texture.is_file():
            sheets.show_texture(material, texture)
        turns = sheets.turns_of(FOG_TURN + 2.3 * number, shot)
        near = (number + 1) / len(layers)
        wide = BANK * unit * effect.size * (0.6 + 0.4 * near)
        sheets.give(material, {
            "strength": THICKNESS * effect.strength * thickness, **_tiles(shot, effect, plane, spot, wide, wide / 2.0),
            **_drift(shot, effect, DRIFT * (0.35 + 0.65 * near), turns), "start": 0.37 * number + 0.11 * (effect.seed % 97),
            "height": shot.result.motion.height, "carried": sheets.is_carried(shot, plane),
        }, MIST, effect)
        sheets.turn(material.node_tree, "phase", turns, shot.frames)
        _cover(shot, effect, plane, spot)
        made.append(plane)
    return made


def _thicknesses(shot: Shot, layers) -> list[float]:
    """Each bank's share of all thickness: the deeper the air between a layer and the next, the thicker."""
    far_to_near = sheets.bases(shot)
    nearer = {one.index: next_.distance for one, next_ in zip(far_to_near, far_to_near[1:])}
    depths = [max(layer.distance - nearer.get(layer.index, layer.distance), 0.0) for layer in layers]
    if len(layers) == 1 or not sum(depths):
        return [1.0 / len(layers)] * len(layers)
    even = 0.35 / len(layers)  # some everywhere
    return [even + 0.65 * depth / sum(depths) for depth in depths]


def _dust(shot: Shot, effect: Effect, number: int) -> Asset:
    depth, unit = DUST[number], sheets.unit(shot)
    scale = shot.film.export.frame(shot.result.motion.width, shot.result.motion.height).scale
    return sheets.asset(shot, "dust", TILE * unit, TILE * unit, what="dust", amount=max(1, round(depth.amount * effect.strength / 0.5)),
                        radius=round(depth.size * unit * scale * effect.size, 3), blur=depth.blur, seed=effect.seed * 16 + number)


def _tiles(shot: Shot, effect: Effect, plane, spot, across: float, along: float) -> dict:
    """Width and height of a tile; of a sheet that is carried along, such that a whole number of them passes by in a loop."""
    if effect.wind and plane.parent and shot.loop:
        x, y = (abs(number) for number in sheets.carried(shot, spot))
        ratio = along / across
        across = x / max(1, round(x / across)) if x > 1.0 else across
        along = y / max(1, round(y / along)) if y > 1.0 else across * ratio
    return {"across": across, "along": along}


def _drift(shot: Shot, effect: Effect, speed: float, turns: int) -> dict:
    """How far a drift goes in one turn, in pixels, y up."""
    way = speed * effect.speed * sheets.unit(shot) * shot.frames / shot.fps / turns
    angle = math.radians(effect.direction)
    return {"drift x": way * math.cos(angle), "drift y": way * math.sin(angle)}


def _cover(shot: Shot, effect: Effect, plane, spot: sheets.Spot) -> None:
    """A sheet that is carried along is as large as its way asks for."""
    marks.wish(plane, "rotation_euler", (0.0, 0.0, 0.0))
    width, height = sheets.reach(shot)
    left, down, right, up = sheets.wander(shot, spot) if effect.wind and plane.parent else (0.0,) * 4
    sheets.cover(plane, -width - right, -height - up, width + left, height + down)


def _write_dust(wires, x: Wire, y: Wire) -> Wire:
    """Specks on ways of their own, each twinkling in its own time; lit most near the point where light comes from."""
    across, along, phase = wires.value("across"), wires.value("along"), wires.value("phase")
    u, v, swirl = x / across, y / along, wires.value("swirl")
    ways = (wires.value("drift x") + swirl * wave(v + 0.37 * wave(u + 0.2)),
            wires.value("drift y") + swirl * wave(u + 0.37 * wave(v + 0.6)))
    seen = None
    for half in (0.0, 0.5):
        at = wires.math("FRACT", phase + half)
        specks = wires.texture(u - ways[0] * (at - 0.5) / across + 0.43 * half, v - ways[1] * (at - 0.5) / along + 0.71 * half)
        light, own, _ = wires.parts(specks)
        twinkle = 0.62 + 0.38 * wave(own * 3.0 + 2.0 * phase)
        shown = light * twinkle * (0.5 - 0.5 * wave(at + 0.25))
        seen = shown if seen is None else seen + shown
    x, y = _in_frame(wires, x, y)
    r = distance(x - wires.value("light x"), y - wires.value("light y")) / wires.value("light reach")
    return seen * (0.22 + 0.98 * exp(-2.2 * r * r)) * wires.value("strength")


def _in_frame(wires, x: Wire, y: Wire) -> tuple[Wire, Wire]:
    """A place in the frame, in pixels from its middle, also of a sheet that is carried along."""
    away = wires.parts(wires.output(wires.node("NewGeometry")))
    share = wires.value("carried")
    return tuple(own + (place / SCALE - own) * share for own, place in zip((x, y), away))


def _write_fog(wires, x: Wire, y: Wire) -> Wire:
    """Two clouds of different size that drift through each other; thinner towards the top of the frame."""
    across, along, phase, start = (wires.value(name) for name in ("across", "along", "phase", "start"))
    u, v = x / across + start, y / along + start * 0.61
    drift = wires.value("drift x") / across, wires.value("drift y") / along
    sum_, squares = None, None
    for half in (0.0, 0.5):
        at = wires.math("FRACT", phase + half) - 0.5
        big = wires.texture(u - drift[0] * at + half * 0.83, v - drift[1] * at + half * 0.47)
        small = wires.texture(2.0 * u - 3.2 * drift[0] * at + half * 0.31, 2.0 * v - 3.2 * drift[1] * at + 0.06 * at + half * 0.9)
        weight = 0.5 - 0.5 * wave(at + 0.75)
        part = (big * (0.45 + 0.85 * small) - MEAN) * weight
        sum_ = part if sum_ is None else sum_ + part
        squares = weight * weight if squares is None else squares + weight * weight
    density = wires.math("MAXIMUM", sum_ / wires.math("SQRT", squares) + MEAN, 0.0)  # as lively where two drifts meet
    low = 1.0 - 0.72 * wires.ramp(_in_frame(wires, x, y)[1] / wires.value("height"), -0.15, 0.5)
    return 1.0 - exp(-1.0 * wires.value("strength") * low * (density * 2.0) ** 1.35)


MEAN = 0.44  # of the two clouds together
