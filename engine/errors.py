"""The one exception that is meant for the artist."""


class ParallaxError(Exception):
    """Something the artist can put right. Its text is one sentence that says what to do."""


class Cancelled(Exception):
    """The artist asked to stop; everything finished so far is on disk."""
