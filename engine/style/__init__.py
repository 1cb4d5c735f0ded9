"""Styles: what a picture's motion is like as a whole, and which one suits a picture."""
