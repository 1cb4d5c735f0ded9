"""Turns one picture into layers that slide at their own speeds. Plain Python and NumPy: never imports bpy.

`python -m engine JOB` runs a job folder; see `job.py` for what is in one.
"""
