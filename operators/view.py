"""What the artist's windows show."""

import bpy

from ..scene import build, engines, framing, stage

_to_centre = set()  # session_uids of scenes whose viewports are to centre on the camera's view


def redraw():
    """Has the sidebars drawn again, where the panel is, and the preferences."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            shown = {"VIEW_3D": "UI", "PREFERENCES": "WINDOW"}.get(area.type)
            for region in area.regions:
                if region.type == shown:
                    region.tag_redraw()


def show(context, asked, built):
    """Turns the windows that showed the scene it was asked in to the built one: through its camera, at the first frame."""
    built.frame_set(1)
    if bpy.app.background:
        return
    for window in context.window_manager.windows:
        if window.scene == asked:
            window.scene = built
        if window.scene == built:
            for area in window.screen.areas:
                if area.type == "VIEW_3D":
                    _look_through_camera(window, area)


def prepare_screens():
    """Has all screens of the file look through the camera when it is opened."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                _shade(area.spaces.active)


def centre_soon(scene):
    """Has the viewports that look through a scene's camera centre on it, as soon as Blender allows: it may be drawing now."""
    if not bpy.app.background:
        _to_centre.add(scene.session_uid)
        if not bpy.app.timers.is_registered(_centre_all):
            bpy.app.timers.register(_centre_all, first_interval=0.0)


def _centre_all():
    for window in bpy.context.window_manager.windows:
        if window.scene.session_uid in _to_centre:
            for area in window.screen.areas:
                if area.type == "VIEW_3D" and area.spaces.active.region_3d.view_perspective == "CAMERA":
                    _centre(window, area)
    _to_centre.clear()


def _look_through_camera(window, area):
    _shade(area.spaces.active)
    _centre(window, area)


def _centre(window, area):
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.view3d.view_center_camera()


def _shade(space):
    """Shows what the camera sees, as the video will show it."""
    space.region_3d.view_perspective = "CAMERA"
    space.overlay.show_floor = space.overlay.show_axis_x = space.overlay.show_axis_y = space.overlay.show_cursor = False
    if engines.graphics_card():
        space.shading.type = "RENDERED"
    else:  # the only shading that plays without a graphics card
        space.shading.type = "SOLID"
        for name, value in stage.PLAIN_SHADING.items():
            setattr(space.shading, name, value)


def subject(context):
    """The parallax scene that a window is about: its own scene, or the one that its edit shows."""
    from ..scene import edit, marks

    scene = context.scene
    return scene.get(edit.OF) or scene if marks.role(scene) == stage.EDIT else scene


def scene_of(session_uid):
    """The scene with this number, or None: a loaded file gives its scenes other ones, undo and other names leave them."""
    return next((scene for scene in bpy.data.scenes if scene.session_uid == session_uid), None)


def built(context):
    """The built parallax scene that a window is about, or None."""
    scene = subject(context)
    return scene if build.is_built(scene) else None


def register():
    framing.followers.append(centre_soon)


def unregister():
    framing.followers.remove(centre_soon)
    if bpy.app.timers.is_registered(_centre_all):
        bpy.app.timers.unregister(_centre_all)
