"""The film's sound in the edit."""

from ..engine.film.assets import Asset
from .shot import Shot


def assets(shot: Shot) -> list[Asset]:
    """The files that it needs."""
    return []


def lay(shot: Shot) -> tuple[str, ...]:
    """Lays it into the edit and the scene, or updates it there; what the artist changed stays. Gives sentences for the artist."""
    return ()
