"""The camera instead of the layers: the same parallax by perspective."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Group, items, option

MOVERS = items(
    ("LAYERS", "Layers", "The layers slide, the camera stands still"),
    ("CAMERA", "Camera", "The layers stand at their distances, a perspective camera travels"),
)
MOVES = items(
    ("TRAVEL", "Travel", "Along the direction: the same parallax as with sliding layers"),
    ("DOLLY", "Dolly", "Into the picture"),
    ("ORBIT", "Orbit", "A little way round the middle of the picture and back"),
)


@dataclass(frozen=True)
class Camera(Group):
    """Who moves, and how."""

    mover: str = option("LAYERS", "What Moves", "What is animated", items=MOVERS)
    move: str = option("TRAVEL", "Move", "How the camera goes", items=MOVES)
    amount: float = option(0.1, "Amount", "How far a dolly or an orbit goes, as a share of the nearest layer's distance", low=-0.9,
                           high=0.9, soft=(0.0, 0.5))
    lens: float = option(35.0, "Focal Length", "Of the camera, on film 36 mm wide", low=1.0, high=1000.0, soft=(18.0, 100.0), unit="mm")
