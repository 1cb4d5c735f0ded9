"""A layer beyond the frame: closed to a loop, or extended, by walks over its own columns and rows."""
