"""Tools that work on the picture: it is laid over a 3D viewport, whatever that shows, until the tool ends."""

from __future__ import annotations

import bpy
from bpy.types import SpaceView3D

from ..engine.errors import ParallaxError
from ..scene import picture
from . import drawing, notices, view

GROUND = (0.08, 0.08, 0.08, 1.0)
MARGIN, LINE = 18, 34  # around the picture, and below it for the words, in pixels of an unscaled interface
WITHIN, ZOOMS = (0.2, 40.0), {"WHEELUPMOUSE": 1.25, "WHEELDOWNMOUSE": 0.8}
ENTER = {"RET", "NUMPAD_ENTER"}
MOVED = {"MOUSEMOVE", "INBETWEEN_MOUSEMOVE"}  # the latter are moves that came while Blender was busy drawing


class Sheet:
    """The picture laid into a part of a region. Points are in percent of the picture, x to the right, y down."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.zoom, self.pan = 1.0, (0.0, 0.0)
        self.room = (0, 0, 1, 1)

    def box(self):
        """Left, bottom, right, top of the picture in the region's pixels."""
        margin = MARGIN * drawing.scale()
        left, bottom, right, top = self.room
        bottom += LINE * drawing.scale()
        size = self.zoom * min((right - left - 2 * margin) / self.width, (top - bottom - 2 * margin) / self.height)
        half = max(size, 1e-6) * self.width / 2, max(size, 1e-6) * self.height / 2
        x, y = (left + right) / 2 + self.pan[0], (bottom + top) / 2 + self.pan[1]
        return x - half[0], y - half[1], x + half[0], y + half[1]

    def point(self, x, y):
        """A place of the region in percent; beyond the picture it is below 0 or above 100."""
        left, bottom, right, top = self.box()
        return 100.0 * (x - left) / (right - left), 100.0 * (top - y) / (top - bottom)

    def place(self, x, y):
        """Where in the region a point is."""
        left, bottom, right, top = self.box()
        return left + x * (right - left) / 100.0, top - y * (top - bottom) / 100.0

    def places(self, left, top, right, bottom):
        """A box in percent as left, bottom, right, top in the region."""
        return (*self.place(left, bottom), *self.place(right, top))

    def move(self, x, y):
        self.pan = self.pan[0] + x, self.pan[1] + y

    def zoom_at(self, factor, x, y):
        """Zooms so that what is at a place of the region stays there."""
        point = self.point(x, y)
        self.zoom = min(max(self.zoom * factor, WITHIN[0]), WITHIN[1])
        now = self.place(*point)
        self.move(x - now[0], y - now[1])

    def whole(self):
        self.zoom, self.pan = 1.0, (0.0, 0.0)


def clamped(point):
    """The point of the picture that is nearest to a point."""
    return tuple(min(max(value, 0.0), 100.0) for value in point)


class Screen:
    """The region that shows a sheet, as long as it is there. Blender's objects are looked up anew: areas come and go."""

    def __init__(self, area, sheet, texture, paint):
        region = next(region for region in area.regions if region.type == "WINDOW")
        self.area, self.region = area.as_pointer(), region.as_pointer()
        self.sheet, self.texture, self.paint = sheet, texture, paint
        self.handler = SpaceView3D.draw_handler_add(self._draw, (), "WINDOW", "POST_PIXEL")
        _open.append(self)

    def close(self):
        """Takes the picture away; harmless to repeat."""
        if self in _open:
            _open.remove(self)
            SpaceView3D.draw_handler_remove(self.handler, "WINDOW")
            self.redraw()

    def found(self):
        """The area and the region, or None when they are closed or show another editor."""
        for window in bpy.context.window_manager.windows:
            for area in window.screen.areas:
                if area.as_pointer() == self.area and area.type == "VIEW_3D":
                    return next(((area, region) for region in area.regions if region.as_pointer() == self.region), None)
        return None

    def redraw(self):
        if found := self.found():
            found[0].tag_redraw()

    def at(self, event):
        """Where in the region the mouse is, and whether it is over the part that no other region covers."""
        area, region = self.found()
        self.sheet.room = room(area, region)
        x, y = event.mouse_x - region.x, event.mouse_y - region.y
        left, bottom, right, top = self.sheet.room
        return x, y, left <= x < right and bottom <= y < top

    def _draw(self):
        region = bpy.context.region
        if region.as_pointer() != self.region:
            return
        try:
            self.sheet.room = room(bpy.context.area, region)
            drawing.fill((0, 0, region.width, region.height), GROUND)
            drawing.texture(self.texture, self.sheet.box())
            self.paint(self.sheet)
        except Exception:
            self.close()  # rather than failing again at every redraw
            raise


_open: list[Screen] = []


def close_all():
    for screen in list(_open):
        screen.close()


def room(area, region):
    """Left, bottom, right, top of what the other regions leave free of this one."""
    left, bottom, right, top = 0, 0, region.width, region.height
    for other in area.regions:
        if other.type == "WINDOW" or min(other.width, other.height) <= 1:
            continue
        match other.alignment:
            case "LEFT":
                left = max(left, other.x + other.width - region.x)
            case "RIGHT":
                right = min(right, other.x - region.x)
            case "BOTTOM":
                bottom = max(bottom, other.y + other.height - region.y)
            case "TOP":
                top = min(top, other.y - region.y)
    return left, bottom, max(right, left + 1), max(top, bottom + 1)


def viewport(context):
    """The 3D viewport that was clicked in, or the largest of the window. Raises ParallaxError where there is none."""
    if context.area and context.area.type == "VIEW_3D":
        return context.area
    areas = [area for area in context.window.screen.areas if area.type == "VIEW_3D"] if context.window else []
    if not areas:
        raise ParallaxError("Open a 3D viewport first: the picture is shown there")
    return max(areas, key=lambda area: area.width * area.height)


def has_picture(operator, context) -> bool:
    """For an operator's poll."""
    if view.subject(context).infinite_parallax.picture is None:
        operator.poll_message_set("Choose a picture first")
        return False
    return True


class OnPicture:
    """For operators: a tool over the picture. `execute` does what the tool has found, for scripts as well.

    A tool gives `words`, the line of help, and may define begin, press, move, release, ready and paint.
    """

    bl_options = {"REGISTER", "UNDO"}
    words = "Esc cancels"
    cursor = "CROSSHAIR"

    @classmethod
    def poll(cls, context):
        return has_picture(cls, context)

    def begin(self, scene) -> None:
        """Before anything is shown. Raises ParallaxError when the tool cannot work."""

    def press(self, point, place) -> None:
        """The left button goes down; point: in percent of the picture; place: in pixels of the region."""

    def move(self, point, place, held) -> None:
        """The mouse moves; held: with the left button down."""

    def release(self) -> bool:
        """The left button goes up. True when that is all the tool needs."""
        return False

    def ready(self) -> bool:
        """Whether there is something to accept; if so, the operator's own properties say what."""
        return True

    def paint(self, sheet) -> None:
        """Draws over the picture."""

    @notices.refusing
    def invoke(self, context, _event):
        scene = view.subject(context)
        image = scene.infinite_parallax.picture
        picture.check(image)
        area = viewport(context)
        close_all()
        self.sheet, self.held, self.panning = Sheet(*picture.size(image)), False, None
        self.begin(scene)
        self.screen = Screen(area, self.sheet, drawing.picture_texture(image), self._paint)
        context.window.cursor_modal_set(self.cursor)
        context.workspace.status_text_set(self.words)
        context.window_manager.modal_handler_add(self)
        self.screen.redraw()
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        try:
            result = self._answer(context, event)
        except Exception:
            self._leave(context)
            raise
        if result & {"FINISHED", "CANCELLED"}:
            self._leave(context)
        return result

    def cancel(self, context):
        """Blender itself ends the tool: its window is closed, or another file is loaded."""
        self._leave(context)

    def _leave(self, context):
        self.screen.close()
        if _open:  # another tool has taken over
            return
        if context.window:
            context.window.cursor_modal_restore()
        if context.workspace:
            context.workspace.status_text_set(None)

    def _paint(self, sheet):
        self.paint(sheet)
        left, bottom, right, _ = sheet.room
        drawing.words(self.words, (left + right) / 2, bottom + 14 * drawing.scale(), size=13.0, centre=True)

    def _answer(self, context, event):
        if self.screen not in _open or not self.screen.found():
            return {"CANCELLED"}
        if event.type.startswith("TIMER"):
            return {"PASS_THROUGH"}
        x, y, inside = self.screen.at(event)
        if event.type == "ESC" or (event.type == "RIGHTMOUSE" and inside):
            return {"CANCELLED"} if event.value == "PRESS" else {"RUNNING_MODAL"}
        if event.type in ENTER and event.value == "PRESS" and self.ready():
            return self.execute(context)
        if not (inside or self.held or self.panning):
            return {"PASS_THROUGH"}
        if self._navigated(event, x, y):
            self.screen.redraw()
        elif event.type in {"LEFTMOUSE", *MOVED} and self._mouse(event, x, y):
            return self.execute(context)
        return {"RUNNING_MODAL"}

    def _mouse(self, event, x, y):
        """Hands the mouse on to the tool. True when that ends it."""
        self.screen.redraw()
        point = self.sheet.point(x, y)
        if event.type in MOVED:
            self.move(point, (x, y), self.held)
        elif event.value == "PRESS":
            self.held = True
            self.press(point, (x, y))
        elif event.value == "RELEASE" and self.held:
            self.held = False
            return self.release()
        return False

    def _navigated(self, event, x, y):
        """Zooms with the wheel, moves with the middle button, as everywhere in Blender. True when it did."""
        if event.type in ZOOMS:
            self.sheet.zoom_at(ZOOMS[event.type], x, y)
        elif event.type == "TRACKPADZOOM":
            self.sheet.zoom_at(1.0 + (event.mouse_x - event.mouse_prev_x + event.mouse_y - event.mouse_prev_y) / 200.0, x, y)
        elif event.type == "TRACKPADPAN":
            self.sheet.move(event.mouse_x - event.mouse_prev_x, event.mouse_y - event.mouse_prev_y)
        elif event.type == "HOME":
            self.sheet.whole()
        elif event.type == "MIDDLEMOUSE":
            self.panning = (x, y) if event.value == "PRESS" else None
        elif event.type in MOVED and self.panning:
            self.sheet.move(x - self.panning[0], y - self.panning[1])
            self.panning = (x, y)
        else:
            return False
        return True
