"""The film's effects: sheets among the layers, waves in the layers' materials, strips of the edit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import ModuleType

import bpy

from ...engine.errors import ParallaxError
from ...engine.film.assets import Asset
from ...engine.film.effects import PLANES, STRIPS, Effect
from .. import engines, marks, stamps, versions
from ..shot import Shot
from . import falling, floating, rays, sheets, shimmer, strips

LAID = "infinite_parallax_effects"  # on an edit, and on the collection of a parallax: what of the effects was laid there, by which settings
HIDING = "hide_render", "hide_viewport"


@dataclass(frozen=True)
class Way:
    """How a kind of effect is laid. assets(shot, effect), lay(shot, effect, key, share): see the modules."""

    assets: object
    lay: object
    module: ModuleType


WAYS = {
    "RAIN": Way(falling.assets, falling.lay, falling), "SNOW": Way(falling.assets, falling.lay, falling),
    "DUST": Way(floating.dust_assets, floating.lay_dust, floating), "FOG": Way(floating.fog_assets, floating.lay_fog, floating),
    "RAYS": Way(rays.assets, rays.lay, rays), "SHIMMER": Way(shimmer.assets, shimmer.lay, shimmer),
    **{kind: Way(strips.assets, strips.lay, strips) for kind in ("GLOW", "VIGNETTE", "GRAIN", "MEDIA")},
}


def assets(shot: Shot) -> list[Asset]:
    """The files that the effects need which are shown."""
    return [asset for effect in shot.film.effects if _shown(effect) for asset in WAYS[effect.kind].assets(shot, effect)]


def lay(shot: Shot) -> tuple[str, ...]:
    """Lays the effects into the edit and the scene, or updates them; what the artist changed stays. Gives sentences for the artist."""
    laid, notes, keyed, away = [], [], _keyed(shot.film.effects), _away(shot)
    for number, (key, effect) in enumerate(keyed):
        share = 0.1 + 0.8 * (number + 1) / (len(keyed) + 1)  # the first of the list lies behind the others
        if not _shown(effect) and not _is_laid(shot, key):
            continue
        try:
            made = WAYS[effect.kind].lay(shot, effect, key, share)
        except ParallaxError as error:  # a file of the artist's is gone: what was laid of it stays, and so does all else
            notes, made = [*notes, str(error)], strips.there(shot, key)
        laid.append((effect, made))
    _remember(shot, laid)
    roles = {marks.role(one) for _, made in laid for one in made}
    laid = [(effect, _kept(shot, effect, made, away)) for effect, made in laid]
    notes += _remove_others(shot, roles)
    for effect, made in laid:
        _finish(effect, made)
    strips.arrange(shot.cut, [(effect, made) for effect, made in laid if effect.kind in STRIPS])
    engines.see_through(shot.scene, len(shot.layers))
    return tuple(notes)


def put_aside(collection) -> None:
    """Hides the planes of effects, until the film is laid again."""
    for plane in filter(sheets.is_sheet, [*collection.all_objects]):  # Blender makes its list of them anew as one is hidden
        for name in HIDING:
            if not getattr(plane, name):
                marks.wish(plane, name, True)


def _finish(effect: Effect, made) -> None:
    for one in made:
        if isinstance(one, bpy.types.Object):
            marks.wish_all(one, dict.fromkeys(HIDING, not _shown(effect)))
        for block in sheets.blocks(one) if isinstance(one, bpy.types.Object) else (one,):
            marks.name_again(block)


def _places(shot: Shot):
    """Where planes and strips of effects lie: what remembers them, what there is, and the kinds that lie there."""
    return (shot.collection, shot.collection.all_objects, PLANES), (shot.cut, versions.strips(shot.cut), STRIPS)


def _remember(shot: Shot, laid) -> None:
    for holder, _, kinds in _places(shot):
        holder[LAID] = json.dumps({marks.role(one): stamps.of(effect) for effect, made in laid if effect.kind in kinds for one in made})


def _away(shot: Shot) -> dict[str, str]:
    """Roles of what the artist has deleted, with the settings that it was laid by."""
    away = {}
    for holder, blocks, _ in _places(shot):
        there = {marks.role(one) for one in blocks}
        away |= {role: stamp for role, stamp in json.loads(holder.get(LAID, "{}")).items() if role not in there}
    return away


def _kept(shot: Shot, effect: Effect, made, away: dict[str, str]) -> list:
    """What is left when all is taken out again that the artist has deleted before, and that is set as it was then."""
    kept = []
    for one in reversed(made):  # a strip that feeds another would take it along
        if not stamps.is_of(away.get(marks.role(one), ""), effect):
            kept.insert(0, one)
        elif effect.kind in PLANES:
            sheets.remove(one)
        else:
            strips.remove(shot.cut, one)
    return kept


def _shown(effect: Effect) -> bool:
    return not effect.hide and effect.strength > 0.0


def _keyed(effects) -> list[tuple[str, Effect]]:
    """Each effect with what it is known by; no two are known by the same."""
    found = {}
    for number, effect in enumerate(effects, 1):
        key = (effect.key or effect.name or f"{number}").replace(" ", "_")  # what is marked is found by it and a space
        while key in found:
            key += "'"
        found[key] = effect
    return [*found.items()]


def _is_laid(shot: Shot, key: str) -> bool:
    """Whether anything of an effect lies in the scene, in materials or in the edit."""
    of = [*shot.collection.all_objects, *bpy.data.node_groups, *versions.strips(shot.cut)]
    return any(marks.role(one).startswith((f"{sheets.SHEET}{key} ", f"{shimmer.ROLE}{key} ")) for one in of)


def _remove_others(shot: Shot, kept: set[str]) -> tuple[str, ...]:
    """Takes out what is not wanted any more; what the artist has edited is hidden and named."""
    aside = []
    for plane in [*shot.collection.all_objects]:
        if sheets.is_sheet(plane) and marks.role(plane) not in kept:
            if sheets.is_edited(plane):
                aside += [] if plane.hide_render else [plane.name]
                marks.wish_all(plane, dict.fromkeys(HIDING, True))
            else:
                sheets.remove(plane)
    for strip in sorted(versions.strips(shot.cut), key=lambda one: -one.channel):  # one that feeds another would take it along
        if strips.is_effect(strip) and marks.role(strip) not in kept:
            if strips.is_edited(shot.cut, strip):
                aside += [] if strip.mute else [strip.name]
                marks.wish(strip, "mute", True)
            else:
                strips.remove(shot.cut, strip)
    shimmer.remove_others(shot, kept)
    sheets.sweep()
    if not aside:
        return ()
    return (f"Hid {', '.join(aside)} with what you changed: the film has no use for it now",)
