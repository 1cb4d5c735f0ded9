"""What a request over the network can end with, whatever library makes it."""

from __future__ import annotations

TROUBLE = (408, 425, 429, 500, 502, 503, 504)  # status codes that may pass
READ = 30.0  # seconds without an answer after which a connection counts as broken


class Broken(Exception):
    """The connection or the server failed in a way that may pass; the text says how, for a person."""


class Refused(Exception):
    """The server does not give it. why: gated (its licence was not accepted), token (the artist's is not known there), missing,
    offline (the environment forbids to ask), or other. status: of HTTP, or 0."""

    def __init__(self, why: str, status: int):
        super().__init__(why, status)
        self.why, self.status = why, status
