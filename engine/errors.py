"""What is meant for the artist, and what ends work early."""


class ParallaxError(Exception):
    """Something the artist can put right. Its text is one sentence that says what to do."""


class Cancelled(Exception):
    """The artist asked to stop; everything finished so far is on disk."""


class Paused(Exception):
    """Somebody else needs the graphics card now: what is in hand is put down, and begun anew after the pause."""
