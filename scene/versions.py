"""Every difference between Blender 4.2 and 5.2 that the rest of the extension would otherwise have to know."""

import contextlib

import bpy

VERSION = bpy.app.version
EEVEE = "BLENDER_EEVEE" if VERSION >= (5, 0) else "BLENDER_EEVEE_NEXT"
# From 4.5 a path property says itself that it may start with '//'; before, every path property might.
BLEND_RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if VERSION >= (4, 5) else set()


# From 4.5 video has more than 8 bits a colour.
DEEP_VIDEO = VERSION >= (4, 5)


def fcurves(owner):
    """The F-curves that animate an id; an empty list when there are none."""
    animation = owner.animation_data
    if animation is None or animation.action is None:
        return []
    if VERSION < (4, 4):
        return animation.action.fcurves
    for layer in animation.action.layers:
        for strip in layer.strips:
            bag = strip.channelbag(animation.action_slot) if animation.action_slot else None
            if bag is not None:
                return bag.fcurves
    return []


def strips(scene):
    """The strips of a scene's sequence editor, which is made when it has none."""
    editor = scene.sequence_editor_create()
    return editor.strips if VERSION >= (4, 4) else editor.sequences


def has_strips(scene):
    return scene.sequence_editor is not None and len(strips(scene)) > 0


def strip_length(strip):
    """Length of a strip in frames."""
    return strip.duration if "duration" in strip.bl_rna.properties else strip.frame_final_duration


def strip_trims(strip):
    """Frames that a strip leaves out of its content at both ends; below 0 where it goes on beyond that."""
    names = ("left_handle_offset", "right_handle_offset") if "left_handle" in strip.bl_rna.properties else ("frame_offset_start",
                                                                                                        "frame_offset_end")
    return tuple(round(getattr(strip, name)) for name in names)


def content_length(strip):
    """Frames that all of a strip's content takes, however it is trimmed."""
    return strip_length(strip) + sum(strip_trims(strip))


def strip_start(strip):
    """The first frame of a strip."""
    return strip.left_handle if "left_handle" in strip.bl_rna.properties else strip.frame_final_start


def strip_end(strip):
    """The frame after a strip's last one."""
    return strip.right_handle if "right_handle" in strip.bl_rna.properties else strip.frame_final_end


def new_effect(scene, name, kind, channel, start, length, *inputs):
    """A new effect strip, over up to two others."""
    sizes = {"length": length} if VERSION >= (5, 0) else {"frame_end": start + length}
    names = ("input1", "input2") if VERSION >= (4, 4) else ("seq1", "seq2")
    return strips(scene).new_effect(name=name, type=kind, channel=channel, frame_start=start, **sizes, **dict(zip(names, inputs)))


def set_strip_end(strip, frame):
    """Has a strip end before a frame."""
    setattr(strip, "right_handle" if "right_handle" in strip.bl_rna.properties else "frame_final_end", frame)


def set_strip_start(strip, frame):
    """Moves a strip so that it begins at a frame."""
    name = "content_start" if "content_start" in strip.bl_rna.properties else "frame_start"
    setattr(strip, name, getattr(strip, name) + frame - strip_start(strip))


def add_equalizer(scene, strip):
    """A new equalizer of a sound strip, which only the operator can make; from 20 Hz to 20 kHz. None in a Blender built without."""
    editor = scene.sequence_editor
    before, there = editor.active_strip, len(strip.modifiers)
    editor.active_strip = strip
    try:
        with sequencing(scene):
            bpy.ops.sequencer.strip_modifier_add(type="SOUND_EQUALIZER")
    except (TypeError, RuntimeError):  # there is no such type, or it refuses
        return None
    finally:
        editor.active_strip = before
    return strip.modifiers[-1] if len(strip.modifiers) > there else None


def forget_curves(owner, begins):
    """Removes the F-curves of an id whose data path begins so."""
    curves = fcurves(owner)
    for curve in [one for one in curves if one.data_path.startswith(begins)]:
        curves.remove(curve)


def use_nodes(owner):
    """The node tree of a material or world, made when it has none."""
    if owner.node_tree is None:
        owner.use_nodes = True
    return owner.node_tree


def video_output(image_settings):
    """Makes a scene write video files; from 5.0 one says so before the format can be chosen."""
    if hasattr(image_settings, "media_type"):
        image_settings.media_type = "VIDEO"
    image_settings.file_format = "FFMPEG"


def image_output(image_settings):
    """Makes a scene write PNG pictures."""
    if hasattr(image_settings, "media_type"):
        image_settings.media_type = "IMAGE"
    image_settings.file_format = "PNG"


def video_codecs():
    """Blender's names of the codecs that it is built with: H.265 and ProRes came with 4.3 to 4.5."""
    return {item.identifier for item in bpy.types.FFmpegSettings.bl_rna.properties["codec"].enum_items}


def writes_depth(codec, bits):
    """Whether video of a codec can have so many bits a colour. 4.5 offers FFV1 with 16, but nothing can read what it writes."""
    return bits == "8" or DEEP_VIDEO and not (codec == "FFV1" and bits == "16" and VERSION < (5, 0))


@contextlib.contextmanager
def sequencing(scene):
    """A context in which sequencer operators work on `scene`; from 5.0 they take it from the window's workspace."""
    if VERSION < (5, 0):
        with bpy.context.temp_override(scene=scene):  # with a window as well, that one's scene would win
            yield
        return
    window = bpy.context.window or bpy.context.window_manager.windows[0]
    before = window.workspace.sequencer_scene
    window.workspace.sequencer_scene = scene
    try:
        with bpy.context.temp_override(window=window):
            yield
    finally:
        if before is not None:
            window.workspace.sequencer_scene = before


def show_in_sequencer(workspace, scene):
    """Opens `scene` in the workspace's sequencers; before 5.0 these show the window's scene."""
    if hasattr(workspace, "sequencer_scene"):
        workspace.sequencer_scene = scene


def sequencer_window(scene):
    """A new window whose sequencers show `scene`; before 5.0 these show the window's scene, which a main window has of its own."""
    windows = bpy.context.window_manager.windows
    before = [window.as_pointer() for window in windows]
    if VERSION < (5, 0):
        bpy.ops.wm.window_new_main()
    else:
        bpy.ops.wm.window_new()
    made = next(window for window in windows if window.as_pointer() not in before)
    if VERSION < (5, 0):
        made.scene = scene
    show_in_sequencer(made.workspace, scene)
    return made


def shared_by_brushes(tool_settings):
    """What all brushes share in painting images; from 5.0 each mode has its own."""
    return getattr(tool_settings.image_paint, "unified_paint_settings", None) or tool_settings.unified_paint_settings
