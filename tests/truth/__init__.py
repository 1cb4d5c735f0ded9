"""Layered scenes of which everything is known, what to measure on them, and the plain methods that we are compared with."""
