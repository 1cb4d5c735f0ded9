"""The picture of what was painted last, for the panel to show while a job runs."""

import bpy.utils.previews

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
        _loaded.load(name, str(path), "IMAGE")
    return _loaded[name].icon_id


def forget() -> None:
    """Frees what is shown, as the extension is disabled."""
    global _loaded, _shown
    if _loaded is not None:
        bpy.utils.previews.remove(_loaded)
    _loaded, _shown = None, ("", 0)
