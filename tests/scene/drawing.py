"""What a panel draws, written down."""

import types

import bpy


class Layout:
    """Writes down what a panel draws: texts, and which operators its buttons call."""

    def __init__(self, drawn):
        self.drawn = drawn

    def label(self, text="", **_):
        self.drawn.append(text)

    def operator(self, name, text="", **_):
        getattr(bpy.ops, name.split(".")[0])
        self.drawn.append((name, text))
        return types.SimpleNamespace()

    def progress(self, text="", **_):
        self.drawn.append(text)

    def prop(self, holder, name, *_, **__):
        assert hasattr(holder, name), name

    prop_enum = template_ID = prop

    def _part(self, *_, **__):
        return Layout(self.drawn)

    row = column = box = split = grid_flow = _part


def drawn(draw, *about):
    """Texts and buttons that a function draws into a sidebar of 4000 pixels."""
    region = types.SimpleNamespace(width=4000)
    context = types.SimpleNamespace(region=region, preferences=bpy.context.preferences, window_manager=bpy.context.window_manager,
                                    scene=bpy.context.scene)
    found = []
    draw(Layout(found), context, *about)
    return found


def buttons(found):
    return [one[1] for one in found if isinstance(one, tuple)]
