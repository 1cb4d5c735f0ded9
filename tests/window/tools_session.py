"""What an artist does with the tools over the picture, in a real Blender window, by mouse and keys:

blender --enable-event-simulate --python this.py -- PICTURE FOLDER REPORT.json

PICTURE is grey in columns. Every `yield` gives the window back its event loop for a moment, as a person's pauses do.
"""

import math
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))

import sessions  # noqa: E402  (beside this script, which Blender runs by its path)
from sessions import area, click, part, pause, region, until, window  # noqa: E402

PICTURE, FOLDER, REPORT = sys.argv[sys.argv.index("--") + 1 :]
report = {"done": []}


def props():
    return window().scene.infinite_parallax


def key(name):
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type=name, value=value, **dict(zip("xy", mouse)))
        yield


mouse = [0, 0]


def to(place):
    """Moves the mouse to a place of the window."""
    mouse[:] = map(round, place)
    window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=mouse[0], y=mouse[1])
    yield


def button(name, value):
    window().event_simulate(type=name, value=value, x=mouse[0], y=mouse[1])
    yield


def drag(places):
    yield from to(places[0])
    yield from button("LEFTMOUSE", "PRESS")
    for place in places[1:]:
        yield from to(place)
    yield from button("LEFTMOUSE", "RELEASE")
    yield from pause()


def shown():
    return part("operators.canvas")._open


def place(x, y):
    """Where in the window a point of the picture is, given in percent."""
    inside = region(area())
    at = shown()[0].sheet.place(x, y)
    return at[0] + inside.x, at[1] + inside.y


def drawn(of, places):
    """The numbers that stand in an area's overlay at places of its region, before Blender shows it; screenshots need a real screen."""
    import gpu

    found, target = [], of.as_pointer()

    def read():
        if bpy.context.area.as_pointer() == target and not found:
            buffer = gpu.state.active_framebuffer_get()
            corner = gpu.state.viewport_get()[:2]
            for x, y in places:
                found.append(buffer.read_color(round(x) + corner[0], round(y) + corner[1], 1, 1, 4, 0, "FLOAT").to_list()[0][0])

    space = type(of.spaces.active)
    handler = space.draw_handler_add(read, (), "WINDOW", "POST_PIXEL")
    of.tag_redraw()
    yield from until(lambda: found)
    space.draw_handler_remove(handler, "WINDOW")
    return found


def begin():
    bpy.context.preferences.view.show_splash = False
    yield from key("ESC")
    props().picture = bpy.data.images.load(PICTURE)
    props().separator = "BANDS"  # whose borders are dragged, and whose layers are painted
    props().folder = str(Path(FOLDER) / "parallax")
    area().spaces.active.show_region_ui = True
    yield from pause(10)
    bpy.ops.ed.undo_push(message="Begin")


def draw_box():
    click("draw_box", new=True)
    yield from pause(10)
    report["picture"] = yield from drawn(area(), [shown()[0].sheet.place(x, 50.0) for x in (12.5, 37.5, 62.5, 87.5)])
    yield from drag([place(20, 30), place(30, 35), place(60, 80)])
    report["box"] = [(item.name, item.shape, list(item.box)) for item in props().objects]
    report["box ended"] = not shown()


def change_box():
    click("draw_box")
    yield from pause()
    yield from drag([place(10, 10), place(10, 10)])  # a click alone is no box
    report["still there"] = len(shown())
    yield from drag([place(90, 90), place(70, 50), place(50, -40)])  # beyond the picture, and from below
    report["changed"] = [list(item.box) for item in props().objects]


def undo_box():
    with bpy.context.temp_override(window=window()):
        bpy.ops.ed.undo()
    yield from pause()
    report["undone"] = [list(item.box) for item in props().objects]


def draw_lasso():
    click("draw_lasso", new=True)
    yield from pause()
    turns = [2 * math.pi * i / 60 for i in range(60)]
    yield from drag([place(50 + 30 * math.cos(t), 50 + 20 * math.sin(t)) for t in turns])
    report["lasso"] = props().objects[-1].shape, [float(number) for number in props().objects[-1].lasso.split(",")]


def leave():
    """Every way out leaves nothing behind."""
    count = len(props().objects)
    for out in ("ESC", "RIGHTMOUSE", "editor"):
        click("draw_box", new=True)
        yield from pause()
        yield from to(place(50, 50))
        if out == "editor":
            was = area()
            was.type = "IMAGE_EDITOR"
            yield from pause()
            yield from to((mouse[0] + 5, mouse[1]))
            was.type = "VIEW_3D"
        else:
            yield from key(out)
        yield from pause()
        report[f"left by {out}"] = not shown(), len(props().objects) == count
    click("draw_box", new=True)
    yield from pause()
    click("draw_lasso", new=True)
    yield from pause()
    report["one tool at a time"] = len(shown())
    yield from key("ESC")
    yield from to((mouse[0] + 5, mouse[1]))
    yield from pause()
    report["left by another"] = not shown(), len(props().objects) == count


def zoom():
    click("draw_box", new=True)
    yield from pause()
    yield from to(place(30, 40))
    before = place(30, 40), shown()[0].sheet.zoom
    for _ in range(3):
        yield from button("WHEELUPMOUSE", "PRESS")
        yield from pause()
    report["zoomed"] = shown()[0].sheet.zoom / before[1], math.dist(place(30, 40), before[0])
    yield from drag([place(28, 38), place(35, 45)])
    report["box when zoomed"] = list(props().objects[-1].box)


def drag_bands():
    props().layers = 3
    click("drag_bands")
    yield from pause()
    running = shown()[0].paint.__self__
    report["bands before"] = list(running.borders)
    y = running.borders[0]
    yield from drag([place(50, y), place(50, y + 2), place(50, y + 5)])
    yield from drag([place(50, running.borders[1]), place(50, -50)])  # as far as its neighbour
    yield from key("RET")
    yield from pause()
    report["bands"] = props().auto_heights, [item.height for item in props().layer_items]


def paint_mask():
    props().active_layer = 1  # one row since its borders were dragged, so the rest of its mask is black
    click("paint_mask", target="LAYER")
    yield from until(lambda: area("IMAGE_EDITOR"))
    yield from pause(20)
    editor = area("IMAGE_EDITOR")
    inside = region(editor)
    ends = [inside.view2d.view_to_region(x, y, clip=False) for x, y in ((0.3, 0.5), (0.4, 0.5), (0.5, 0.5), (0.6, 0.5))]
    report["mask fits"] = inside.width > ends[-1][0] > ends[0][0] > 0
    yield from drag([(x + inside.x, y + inside.y) for x, y in ends])
    yield from pause(10)
    mask = props().layer_items[props().active_layer].mask
    report["painting"] = editor.spaces.active.ui_mode, mask.is_dirty, part("operators.paint").owner(window().scene, mask)
    places = [inside.view2d.view_to_region(x, y, clip=False) for x, y in ((0.45, 0.5), (0.45, 0.2))]
    report["painted"] = yield from drawn(editor, places)
    click("paint_done", editor)
    yield from pause()
    width, height = mask.size
    at = [4 * (width * (height // 2) + int(width * x)) for x in (0.1, 0.45, 0.9)]
    report["mask"] = bool(mask.packed_file), mask.is_dirty, [mask.pixels[i] for i in at], area("IMAGE_EDITOR") is None


def overlay():
    split = Path(FOLDER) / "parallax" / "split"
    split.mkdir(parents=True, exist_ok=True)
    image = bpy.data.images.new("layers", 64, 40)
    image.pixels = [1.0, 0.0, 0.0, 1.0] * (64 * 40)
    image.filepath_raw, image.file_format = str(split / "layers.png"), "PNG"
    image.save()
    click("overlay", show="DEPTH")  # which there is none of
    yield from pause()
    click("overlay", show="LAYERS")
    yield from pause(10)
    report["overlay"] = yield from drawn(area(), [(region(area()).width * 0.4, region(area()).height * 0.5)])
    click("overlay", show="LAYERS")
    yield from pause()
    report["overlay off"] = bpy.context.window_manager.infinite_parallax_overlay


sessions.begin((begin, draw_box, change_box, undo_box, draw_lasso, leave, zoom, drag_bands, paint_mask, overlay), report, REPORT, 0.05)
