"""A box or a lasso drawn around an object of the picture."""

from __future__ import annotations

import numpy as np
from bpy.props import BoolProperty, FloatVectorProperty, StringProperty
from bpy.types import Operator

from ..engine.errors import ParallaxError
from ..engine.settings import SalientObject
from ..scene import properties
from . import canvas, drawing, notices, view

CORNERS = 100  # at most, of a lasso
NEW = BoolProperty(name="New Object", description="Add an object to the list, rather than change the active one", options=set())
LEAST = 4  # pixels that a drag needs to be meant


class _Drawn(canvas.OnPicture):
    """What box and lasso share: the objects that are there already, and the one that is drawn becomes or changes one."""

    def begin(self, scene):
        props = scene.infinite_parallax
        if not self.new:
            _active(props)
        self.others = [_outline_of(item) for number, item in enumerate(props.objects) if self.new or number != props.active_object]

    def paint(self, sheet):
        for points in self.others:
            if points:
                drawing.line([sheet.place(*point) for point in points], color=(1.0, 1.0, 1.0, 0.5), width=1.0, closed=True)
        self.paint_drawn(sheet)

    @notices.refusing
    def execute(self, context):
        scene = view.subject(context)
        props = scene.infinite_parallax
        shape, value = self.checked()
        item = properties.add_object(props) if self.new else _active(props)
        item.shape = shape
        setattr(item, shape.lower(), value)
        notices.clear(scene)
        view.redraw()
        return {"FINISHED"}


class INFINITE_PARALLAX_OT_draw_box(_Drawn, Operator):
    bl_idname = "infinite_parallax.draw_box"
    bl_label = "Draw Box"
    bl_description = "Drag a box around an object of the picture"

    words = "Drag a box around the object. Wheel zooms, middle mouse moves, Esc cancels"
    new: NEW
    box: FloatVectorProperty(name="Box", description="Left, top, right and bottom in percent of the picture", size=4, options={"SKIP_SAVE"})

    def begin(self, scene):
        super().begin(scene)
        self.pressed = self.ends = None

    def press(self, point, place):
        self.pressed, self.ends = place, (canvas.clamped(point),) * 2

    def move(self, point, place, held):
        self.mouse = place
        if held:
            self.ends = self.ends[0], canvas.clamped(point)

    def release(self):
        """A box needs two sides: a click alone is none."""
        (x, y), (x2, y2) = self.ends
        left, bottom, right, top = self.sheet.places(min(x, x2), min(y, y2), max(x, x2), max(y, y2))
        if min(right - left, top - bottom) < LEAST:
            self.ends = None
            return False
        self.box = min(x, x2), min(y, y2), max(x, x2), max(y, y2)
        return True

    def ready(self):
        return False

    def paint_drawn(self, sheet):
        if self.ends:
            (x, y), (x2, y2) = self.ends
            box = sheet.places(min(x, x2), min(y, y2), max(x, x2), max(y, y2))
            drawing.shade_around(sheet.box(), box)
            drawing.outline(box, color=drawing.ACCENT, width=2.0)

    def checked(self):
        return "BOX", SalientObject.from_dict({"box": list(self.box)}).box


class INFINITE_PARALLAX_OT_draw_lasso(_Drawn, Operator):
    bl_idname = "infinite_parallax.draw_lasso"
    bl_label = "Draw Lasso"
    bl_description = "Draw a line around an object of the picture"

    words = "Draw a line around the object: it closes when you let go. Wheel zooms, middle mouse moves, Esc cancels"
    new: NEW
    points: StringProperty(
        name="Points", description="Corners of the line, x and y by turns, in percent of the picture", options={"SKIP_SAVE"})

    def begin(self, scene):
        super().begin(scene)
        self.drawn = []

    def press(self, point, place):
        self.drawn = [canvas.clamped(point)]

    def move(self, point, place, held):
        point = canvas.clamped(point)
        if held and point != self.drawn[-1]:
            self.drawn.append(point)

    def release(self):
        left, bottom, right, top = self.sheet.places(*_bounds(self.drawn))
        if len(self.drawn) < 3 or min(right - left, top - bottom) < LEAST:
            self.drawn = []
            return False
        self.points = properties.lasso_text(value for point in simplified(self.drawn) for value in point)
        return True

    def ready(self):
        return False

    def paint_drawn(self, sheet):
        if len(self.drawn) > 1:
            places = [sheet.place(*point) for point in self.drawn]
            drawing.line(places, color=drawing.ACCENT, width=2.0)
            drawing.line((places[-1], places[0]), color=(*drawing.ACCENT[:3], 0.5), width=1.0)

    def checked(self):
        lasso = SalientObject.from_text({"lasso": self.points}).lasso
        if not lasso:
            raise ParallaxError("The lasso of an object needs x and y of at least three corners")
        return "LASSO", properties.lasso_text(lasso)


def simplified(points, most=CORNERS):
    """A closed line with at most `most` of its points, those that matter to its shape (Ramer 1972; Douglas and Peucker 1973)."""
    line = np.asarray(points, float)
    allowed = 0.05  # percent of the picture
    kept = _kept(line, allowed)
    while len(kept) > most:
        allowed *= 1.5
        kept = _kept(line, allowed)
    return [tuple(map(float, line[number])) for number in kept]


def _kept(line, allowed):
    """Numbers of the points without which the line would stray farther than `allowed`."""
    far = int(np.hypot(*(line - line[0]).T).argmax())  # a closed line is two open ones, from its beginning to there and back
    kept, spans = {0, far}, [(0, far), (far, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        away = _away(line[first + 1 : last], line[first], line[last])
        if away.size and away.max() > allowed:
            middle = first + 1 + int(away.argmax())
            kept.add(middle)
            spans += [(first, middle), (middle, last)]
    return sorted(kept | {len(line) - 1})


def _away(points, start, end):
    """How far points are from a stretch between two others."""
    way = end - start
    along = np.clip((points - start) @ way / max(float(way @ way), 1e-12), 0.0, 1.0)
    return np.hypot(*(points - start - along[:, None] * way).T)


def _bounds(points):
    x, y = zip(*points)
    return min(x), min(y), max(x), max(y)


def _active(props):
    if not 0 <= props.active_object < len(props.objects):
        raise ParallaxError("Add an object to the list first")
    return props.objects[props.active_object]


def _outline_of(item):
    """The corners of an object's box or lasso in percent, none where it has another shape."""
    if item.shape == "BOX":
        left, top, right, bottom = item.box
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    if item.shape == "LASSO" and item.lasso:
        try:
            numbers = SalientObject.from_text({"lasso": item.lasso}).lasso
        except ParallaxError:  # typed by hand; it is said when the parallax is generated
            return []
        return list(zip(numbers[::2], numbers[1::2]))
    return []


classes = (INFINITE_PARALLAX_OT_draw_box, INFINITE_PARALLAX_OT_draw_lasso)
