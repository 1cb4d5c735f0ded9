"""The picture of what was painted last, for the panel to show while a job runs."""

import bpy.utils.previews
import numpy as np

_loaded = None  # a collection of previews; only the last one is kept
_shown = ("", 0)  # the file, and when it was written


def icon(path) -> int:
    """The icon of a picture file that is replaced now and then; 0 while there is none."""
    global _loaded, _shown
    try:
        written = path.stat().st_mtime_ns
    except OSError:
        return 0
    if _loaded is None:
        _loaded = bpy.utils.previews.new()
    if _shown != (str(path), written):
        _loaded.clear()
        _shown = str(path), written
    name = f"{path} {written}"  # a name that Blender has seen shows what it has seen
    if name not in _loaded:
        _show(_loaded.new(name), path)
    return _loaded[name].icon_id


def _show(preview, path) -> None:
    """Gives a preview a small picture's pixels. Blender's thread would read a file that is replaced, for an icon that is freed."""
    from ..engine.picture import load_png  # which brings Pillow, not wanted as Blender starts

    try:
        picture = load_png(path)
    except (OSError, SyntaxError, ValueError):  # it is shown when it is whole
        return
    height, width = picture.shape[:2]
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = picture[::-1] / 255.0
    preview.image_size = width, height
    preview.image_pixels_float.foreach_set(pixels.ravel())


def forget() -> None:
    """Frees what is shown, as the extension is disabled."""
    global _loaded, _shown
    if _loaded is not None:
        bpy.utils.previews.remove(_loaded)
    _loaded, _shown = None, ("", 0)
