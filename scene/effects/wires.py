"""Shader nodes written as formulae: a Wire is the output of a node, and sums and products of wires make math nodes."""

from __future__ import annotations

import math

from .. import marks

ROW, COLUMNS = 170, 12  # how far apart nodes stand, and how many in a row


class Wires:
    """Writes into one node tree."""

    def __init__(self, tree):
        self.tree, self._made = tree, 0

    def node(self, kind, role=""):
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        node.location = ROW * (self._made % COLUMNS), -ROW * 1.6 * (self._made // COLUMNS)
        node.hide = not role  # what may be set by hand is open
        self._made += 1
        if role:
            marks.mark(node, role)
            node.label = role.title()
        return node

    def value(self, role) -> Wire:
        """A number that is set, or keyed, from outside."""
        return self.output(self.node("Value", role))

    def colour(self, role):
        """The socket of a colour that is set from outside."""
        return self.node("RGB", role).outputs[0]

    def output(self, node, place=0) -> Wire:
        return Wire(self, node.outputs[place])

    def math(self, operation, *terms) -> Wire:
        node = self.node("Math")
        node.operation = operation
        for socket, term in zip(node.inputs, terms):
            self.feed(socket, term)
        return self.output(node)

    def feed(self, socket, term) -> None:
        if isinstance(term, Wire):
            self.tree.links.new(term.socket, socket)
        else:
            socket.default_value = term

    def vector(self, x, y, z=0.0) -> Wire:
        node = self.node("CombineXYZ")
        for socket, term in zip(node.inputs, (x, y, z)):
            self.feed(socket, term)
        return self.output(node)

    def parts(self, vector) -> tuple[Wire, Wire, Wire]:
        node = self.node("SeparateXYZ")
        self.feed(node.inputs[0], vector)
        return tuple(self.output(node, place) for place in range(3))

    def texture(self, u, v) -> Wire:
        """The colour of the sheet's own texture, which repeats."""
        node = self.node("TexImage", "texture")
        node.extension = "REPEAT"
        self.feed(node.inputs[0], self.vector(u, v))
        return self.output(node)

    def noise(self, x, y, z, w, scale=1.0, detail=2.0) -> Wire:
        """Noise in four dimensions, around 0.5."""
        node = self.node("TexNoise")
        node.noise_dimensions = "4D"
        sockets = {socket.identifier: socket for socket in node.inputs}
        for name, term in (("Vector", self.vector(x, y, z)), ("W", w), ("Scale", scale), ("Detail", detail)):
            self.feed(sockets[name], term)
        return self.output(node)

    def ramp(self, x, low, high) -> Wire:
        """0 below `low`, 1 above `high`, smooth between."""
        node = self.node("MapRange")
        node.interpolation_type = "SMOOTHSTEP"
        for socket, term in zip(node.inputs, (x, low, high, 0.0, 1.0)):
            self.feed(socket, term)
        return self.output(node)


class Wire:
    """A number that a node gives."""

    def __init__(self, wires: Wires, socket):
        self.wires, self.socket = wires, socket

    def __add__(self, other):
        return self.wires.math("ADD", self, other)

    def __sub__(self, other):
        return self.wires.math("SUBTRACT", self, other)

    def __mul__(self, other):
        return self.wires.math("MULTIPLY", self, other)

    def __truediv__(self, other):
        return self.wires.math("DIVIDE", self, other)

    def __rsub__(self, other):
        return self.wires.math("SUBTRACT", other, self)

    def __pow__(self, other):
        return self.wires.math("POWER", self, other)

    __radd__, __rmul__ = __add__, __mul__


def wave(turns: Wire) -> Wire:
    """The sine of an angle in turns."""
    return turns.wires.math("SINE", turns * math.tau)


def coswave(turns: Wire) -> Wire:
    return turns.wires.math("COSINE", turns * math.tau)


def distance(x: Wire, y: Wire) -> Wire:
    return x.wires.math("SQRT", x * x + y * y)


def exp(x: Wire) -> Wire:
    return x.wires.math("EXPONENT", x)
