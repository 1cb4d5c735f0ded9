"""What an ONNX file asks for and gives, read from its bytes alone: no weights are touched, and no library is needed.

An ONNX file is one message of protocol buffers; the numbers of its fields are those of onnx.proto (https://onnx.ai/onnx/intro/concepts).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

KINDS = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64}  # by onnx.proto
GRAPH = 7  # field of the model
NODE, INITIALIZER, INPUT, OUTPUT = 1, 5, 11, 12  # fields of the graph
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types
SUBGRAPHS = 6  # field of a node's attribute that holds a graph of its own, as If and Loop have


@dataclass(frozen=True)
class Tensor:
    """An input or output. kind: its numpy type, or None for others. shape: with None for each side that the file leaves open."""

    name: str
    kind: type | None
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class Graph:
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def read(data: bytes) -> Graph:
    """The inputs and outputs of an ONNX file. Raises ValueError where it is damaged, cut short, or no such file."""
    fields = [(field, value) for field, value, _ in _fields(_graph(data)) if field in (INITIALIZER, INPUT, OUTPUT)]
    weights = {_text(value, 8) for field, value in fields if field == INITIALIZER}
    inputs = tuple(one for one in (_tensor(value) for field, value in fields if field == INPUT) if one.name not in weights)
    outputs = tuple(_tensor(value) for field, value in fields if field == OUTPUT)
    if not inputs or not outputs:
        raise ValueError("no inputs or outputs")
    return Graph(inputs, outputs)


def in_order(data: bytes) -> bytes:
    """The file with each node after those whose outputs it reads, as the format demands and some files are not; itself where it is so.

    OpenCV gives up on a node that comes too early. Raises ValueError where the file is damaged.
    """
    whole = _graph(data)
    nodes = [(value, span) for field, value, span in _fields(whole) if field == NODE]
    order = _order([_reads_and_writes(value) for value, _ in nodes])
    if order == list(range(len(nodes))):
        return data
    rest = b"".join(whole[slice(*span)] for field, _, span in _fields(whole) if field != NODE)
    graph = b"".join(bytes(whole[slice(*nodes[i][1])]) for i in order) + rest
    others = b"".join(memoryview(data)[slice(*span)] for field, _, span in _fields(memoryview(data)) if field != GRAPH)
    return others + _varint(GRAPH << 3 | BYTES) + _varint(len(graph)) + graph


def _graph(data: bytes) -> memoryview:
    found = [value for field, value, _ in _fields(memoryview(data)) if field == GRAPH]
    if len(found) != 1:
        raise ValueError("no graph")
    return found[0]


def _order(nodes: list[tuple[set[str], set[str]]]) -> list[int]:
    """The first order of nodes (what each reads, what each writes) in which none reads what is written later."""
    writer = {name: i for i, (_, writes) in enumerate(nodes) for name in writes}
    order: list[int] = []
    state = [0] * len(nodes)  # 1 while what it reads is placed, 2 when it is placed itself
    for start in range(len(nodes)):
        waiting = [start]
        while waiting:
            node = waiting[-1]
            missing = [writer[name] for name in sorted(nodes[node][0]) if name in writer and state[writer[name]] != 2]
            if state[node] == 2 or not missing:
                waiting.pop()
                if state[node] != 2:
                    state[node] = 2
                    order.append(node)
                continue
            if state[node] == 1:
                raise ValueError("a circle of nodes")
            state[node] = 1
            waiting += missing
    return order


def _reads_and_writes(node: memoryview) -> tuple[set[str], set[str]]:
    reads = {_decoded(value) for field, value, _ in _fields(node) if field == 1}
    writes = {_decoded(value) for field, value, _ in _fields(node) if field == 2}
    for attribute in (value for field, value, _ in _fields(node) if field == 5):
        for graph in (value for field, value, _ in _fields(attribute) if field == SUBGRAPHS):
            inner = [_reads_and_writes(value) for field, value, _ in _fields(graph) if field == NODE]
            reads |= set().union(*(one[0] for one in inner)) - set().union(*(one[1] for one in inner))
    return reads - {""}, writes - {""}


def _tensor(value: memoryview) -> Tensor:
    kind, shape = None, ()
    for about in _messages(value, 2):  # its type
        for tensor in _messages(about, 1):
            kind = next((KINDS.get(number) for field, number, _ in _fields(tensor) if field == 1), None)
            shape = tuple(_side(side) for dims in _messages(tensor, 2) for side in _messages(dims, 1))
    return Tensor(_text(value, 1), kind, shape)


def _side(value: memoryview) -> int | None:
    length = next((number for field, number, _ in _fields(value) if field == 1), 0)
    return length if isinstance(length, int) and length > 0 else None


def _messages(value: memoryview, field: int) -> list[memoryview]:
    return [one for number, one, _ in _fields(value) if number == field and isinstance(one, memoryview)]


def _text(value: memoryview, field: int) -> str:
    return next((_decoded(one) for one in _messages(value, field)), "")


def _decoded(value: memoryview | int) -> str:
    if isinstance(value, int):
        raise ValueError("a number where a name was expected")
    return bytes(value).decode("utf-8", "replace")


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview | int, tuple[int, int]]]:
    """The fields of a message: number, value, and from where to where it lies with its key. Raises ValueError where it is cut short."""
    place = 0
    while place < len(data):
        begin = place
        key, place = _number(data, place)
        wire = key & 7
        if wire == VARINT:
            value, place = _number(data, place)
        elif wire in (BYTES, FIXED32, FIXED64):
            length, place = _number(data, place) if wire == BYTES else ({FIXED32: 4, FIXED64: 8}[wire], place)
            if length > len(data) - place:
                raise ValueError("cut short")
            value, place = data[place : place + length], place + length
        else:
            raise ValueError("no protocol buffers")
        yield key >> 3, value, (begin, place)


def _number(data: memoryview, place: int) -> tuple[int, int]:
    number, shift = 0, 0
    while shift < 70:
        if place >= len(data):
            raise ValueError("cut short")
        byte = data[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place
    raise ValueError("no protocol buffers")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])
