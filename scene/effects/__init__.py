"""The film's effects: sheets among the layers, waves in the layers' materials, strips of the edit."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import bpy

from ...engine.errors import ParallaxError
from ...engine.film.assets import Asset
from ...engine.film.effects import Effect
from .. import engines, marks, versions
from ..shot import Shot
from . import falling, floating, rays, sheets, shimmer, strips


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
    kept, notes, keyed = set(), [], _keyed(shot.film.effects)
    for number, (key, effect) in enumerate(keyed):
        share = 0.1 + 0.8 * (number + 1) / (len(keyed) + 1)  # the first of the list lies behind the others
        if not _shown(effect) and not _is_laid(shot, key):
            continue
        try:
            laid = WAYS[effect.kind].lay(shot, effect, key, share)
        except ParallaxError as error:  # a file of the artist's is gone: what was laid of it stays, and so does all else
            notes, laid = [*notes, str(error)], strips.there(shot, key)
        for made in laid:
            kept.add(marks.role(made))
            if sheets.is_sheet(made) and hasattr(made, "hide_render"):
                hidden = not _shown(effect)
                marks.wish_all(made, {"hide_render": hidden, "hide_viewport": hidden})
    notes += _remove_others(shot, kept)
    engines.see_through(shot.scene, len(shot.layers))
    return tuple(notes)


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
                plane.hide_render = plane.hide_viewport = True
            else:
                sheets.remove(plane)
    for strip in sorted(versions.strips(shot.cut), key=lambda one: -one.channel):  # one that feeds another would take it along
        if strips.is_effect(strip) and marks.role(strip) not in kept:
            if sheets.marks_differ(strip):
                aside += [] if strip.mute else [strip.name]
                strip.mute = True
            else:
                strips.remove(shot.cut, strip)
    shimmer.remove_others(shot, kept)
    sheets.sweep()
    if not aside:
        return ()
    return (f"Hid {', '.join(aside)} with what you changed: there is no such effect in the list now",)
