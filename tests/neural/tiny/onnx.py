"""Small ONNX files, written byte by byte: a convolution of one pixel, and one more operation.

The numbers of fields are those of onnx.proto; a message is a list of (field, value), written as protocol buffers are.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

FLOAT = 1  # the format's number for float32


def save(file: Path, weights: Sequence[Sequence[float]], bias: Sequence[float], side: int | str = 1024, then: str = "Relu",
         inputs: int = 1) -> Path:
    """A network that makes of each pixel weights @ pixel + bias, and of that what the operation `then` does.

    weights: (outputs, 3). side: of the pictures, or a name where it is left open. inputs: how many pictures it asks for.
    """
    shape = [1, 3, side, side]
    nodes = [_node("Conv", ["picture", "weights", "bias"], "mixed"), _node(then, ["mixed"], "told")]
    values = [
        *[(5, _tensor(name, dims, numbers)) for name, dims, numbers in (
            ("weights", [len(weights), 3, 1, 1], [x for row in weights for x in row]), ("bias", [len(bias)], bias))],
        (11, _value("picture", shape)), *[(11, _value(f"more{i}", shape)) for i in range(1, inputs)],
        (12, _value("told", [1, len(weights), side, side])),
    ]
    graph = [*[(1, node) for node in nodes], (2, b"tiny"), *values]
    file.write_bytes(_message([(1, 8), (7, graph), (8, [(2, 13)])]))  # version 8 of the format, version 13 of the operations
    return file


def _node(kind: str, inputs: Sequence[str], output: str) -> list:
    return [*[(1, name.encode()) for name in inputs], (2, output.encode()), (4, kind.encode())]


def _tensor(name: str, dims: Sequence[int], numbers: Sequence[float]) -> list:
    return [*[(1, n) for n in dims], (2, FLOAT), (8, name.encode()), (9, struct.pack(f"<{len(numbers)}f", *numbers))]


def _value(name: str, shape: Sequence[int | str]) -> list:
    dims = [(1, [(1, n)] if isinstance(n, int) else [(2, n.encode())]) for n in shape]
    return [(1, name.encode()), (2, [(1, [(1, FLOAT), (2, dims)])])]


def _message(fields: list) -> bytes:
    out = b""
    for field, value in fields:
        if isinstance(value, int):
            out += _varint(field << 3) + _varint(value)
        else:
            content = value if isinstance(value, bytes) else _message(value)
            out += _varint(field << 3 | 2) + _varint(len(content)) + content
    return out


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])
