"""What becomes of the parallax in the edit: sound, effects, colour, the camera, the export.

Each module says its settings once, as a data class of options; `assets.py` makes the files that they need, in a process of its own.
"""
