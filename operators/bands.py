"""The borders between the bands, dragged over the picture."""

from __future__ import annotations

from bpy.props import StringProperty
from bpy.types import Operator

from ..engine.errors import ParallaxError
from ..engine.settings import Settings
from ..scene import properties
from . import canvas, drawing, generate, notices, view

REACH = 8  # pixels of an unscaled interface from which a border can be gripped


class INFINITE_PARALLAX_OT_drag_bands(canvas.OnPicture, Operator):
    bl_idname = "infinite_parallax.drag_bands"
    bl_label = "Drag Bands"
    bl_description = "Drag the borders between the bands over the picture"

    words = "Drag a line to move the border between two bands. Enter accepts, Esc cancels"
    cursor = "DEFAULT"
    heights: StringProperty(
        name="Heights", description="Height of each band in percent, top to bottom, separated by commas", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context):
        props = view.subject(context).infinite_parallax
        if props.separator != "BANDS":
            cls.poll_message_set("Only bands have borders to drag: set Layers From to Bands")
            return False
        if props.layers < 2:
            cls.poll_message_set("One layer has no borders: set Layers to 2 or more")
            return False
        return super().poll(context)

    def begin(self, scene):
        props = scene.infinite_parallax
        properties.fit_layers(props)
        self.names = [item.name or f"Layer {number}" for number, item in enumerate(props.layer_items, 1)]
        self.borders = borders(heights(scene))
        self.row = 100.0 / self.sheet.height
        self.gripped = None

    def press(self, point, place):
        self.gripped = self._near(place)

    def move(self, point, place, held):
        if not held:
            self.gripped = self._near(place)
        elif self.gripped is not None:
            self.borders = moved(self.borders, self.gripped, point[1], self.row)

    def ready(self):
        edges = [0.0, *self.borders, 100.0]
        self.heights = ",".join(f"{below - above:.4f}" for above, below in zip(edges, edges[1:-1]))
        return True

    def paint(self, sheet):
        left, _, right, _ = sheet.box()
        edges = [0.0, *self.borders, 100.0]
        for number, y in enumerate(self.borders):
            at = sheet.place(0.0, y)[1]
            grip = number == self.gripped
            drawing.line(((left, at), (right, at)), color=drawing.ACCENT if grip else drawing.WHITE, width=3.0 if grip else 1.5)
        for name, above, below in zip(self.names, edges, edges[1:]):
            x, y = sheet.place(0.0, (above + below) / 2)
            drawing.words(f"{name}  {below - above:.1f} %", x + 10 * drawing.scale(), y - 5 * drawing.scale())

    def _near(self, place):
        """The number of the border under the mouse, or None."""
        away = [abs(self.sheet.place(0.0, y)[1] - place[1]) for y in self.borders]
        nearest = min(range(len(away)), key=away.__getitem__)
        return nearest if away[nearest] <= REACH * drawing.scale() else None

    @notices.refusing
    def execute(self, context):
        scene = view.subject(context)
        props = scene.infinite_parallax
        heights = Settings.from_text({"layers": str(props.layers), "heights": self.heights}).heights
        if not heights:
            raise ParallaxError("Give the heights of the bands in percent, separated by commas, such as 30,20,50")
        props.auto_heights = False
        properties.show_heights(props, heights)
        notices.clear(scene)
        view.redraw()
        return {"FINISHED"}


def borders(heights) -> list[float]:
    """Where one band ends and the next begins, in percent from the top. heights: of all bands but the last, or of all."""
    total, found = 0.0, []
    for height in heights:
        total += height
        found.append(min(total, 100.0))
    return found


def moved(borders, number, y, row) -> list[float]:
    """Borders of which one was dragged to `y` percent; each band keeps at least `row` percent."""
    edges = [0.0, *borders, 100.0]
    low, high = edges[number] + row, edges[number + 2] - row
    return [*borders[:number], min(max(y, low), max(low, high)), *borders[number + 1 :]]


def heights(scene) -> list[float]:
    """Heights of all bands but the last: those that are set, or those that the picture suggests."""
    props = scene.infinite_parallax
    found = generate.suggested_heights(scene) if props.auto_heights else [item.height for item in props.layer_items]
    return list(found)[: props.layers - 1]


classes = (INFINITE_PARALLAX_OT_drag_bands,)
