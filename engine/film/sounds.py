"""A sound of the film, for a layer, an object or the whole."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Group, items, option

SOURCES = items(
    ("WIND", "Wind", "Gusts in the open"),
    ("RAIN", "Rain", "Steady rain with drops close by"),
    ("WATER", "Water", "A stream"),
    ("SURF", "Surf", "Waves that come in and run out"),
    ("CRICKETS", "Crickets", "A summer night"),
    ("FIRE", "Fire", "A fire that crackles"),
    ("BIRDS", "Birds", "Birds far and near"),
    ("ROOM", "Room Tone", "A quiet room"),
    ("FILE", "File", "A sound of your own: foley, music, voices"),
)
LAWS = items(
    ("INVERSE", "Inverse", "Half as loud at twice the distance, as a point in the open"),
    ("SQUARE", "Inverse Square", "A quarter as loud at twice the distance"),
    ("NONE", "None", "Distance does not change the volume"),
)


@dataclass(frozen=True)
class Sound(Group):
    """One sound. It belongs to a layer, to an object, or where neither is named to the whole."""

    name: str = option("", "Name", "What the sound is called", kind="text")
    key: str = option("", "Key", "What the sound is known by when it is renamed; by default its name", kind="text")
    source: str = option("WIND", "Source", "What is heard", items=SOURCES)
    file: str = option("", "File", "Sound file", kind="file")
    layer: int = option(0, "Layer", "Number of the layer that it comes from, counted as in the list; 0 is none", low=0, high=32)
    object: str = option("", "Object", "Name of the object that it comes from", kind="text")
    gain: float = option(0.0, "Gain", "Loudness at distance 1", low=-60.0, high=24.0, soft=(-40.0, 6.0), unit="dB")
    law: str = option("INVERSE", "Falloff", "How the volume falls with the distance of the layer", items=LAWS)
    delay: bool = option(False, "Delay", "Comes later from afar, by the speed of sound")
    metres: float = option(20.0, "Metres", "What distance 1 is in metres", low=0.01, high=100000.0, soft=(1.0, 200.0), unit="m")
    damping: float = option(0.0, "Damping", "How many times as much of the high frequencies as real air it loses on its way; 0 is none",
                            low=0.0, high=100.0, soft=(0.0, 10.0))
    pan: bool = option(True, "Pan", "Follows the object's place in the frame from left to right")
    swell: float = option(0.0, "Swell", "How far the volume follows the speed of the layer: 1 is in proportion", low=0.0, high=1.0)
    loop: bool = option(True, "Loop", "Goes on for as long as the film, without a seam")
    start: float = option(0.0, "Start", "When it begins", low=0.0, high=86400.0, soft=(0.0, 60.0), unit="s")
    fade: float = option(0.0, "Fade", "Time over which it comes and goes at its ends", low=0.0, high=3600.0, soft=(0.0, 10.0), unit="s")
    seed: int = option(0, "Seed", "Another seed sounds another way", low=0, high=2**31 - 1)
