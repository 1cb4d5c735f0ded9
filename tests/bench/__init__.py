"""Measurements, side by side: `make bench`, `make bench PICTURE=...`. Nothing here passes or fails."""
