"""A package index on 127.0.0.1 with packages that are made here: https://packaging.python.org/en/latest/specifications/simple-repository-api"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.serving import serving

BLOCK = 65536
METADATA = ".metadata"  # what is added to a file's name for what is said of it
TORCH = '''
__version__ = "2.14.1"
float32 = "float32"
class _Absent:
    @staticmethod
    def is_available():
        return False
cuda = xpu = _Absent
class backends:
    mps = _Absent
class version:
    cuda, hip = "13.0", None
class ones:
    def __init__(self, *size, **kind): pass
    def __matmul__(self, other): return self
    def sum(self): return 64.0
def get_num_threads():
    return 3
'''  # as much of PyTorch as a report asks of it, on a computer without a graphics card


def wheel(name: str, version: str = "1.0", size: int = 0, source: str = "") -> tuple[str, bytes]:
    """File name and content of a package. size: bytes in it that cannot be packed smaller. source: of its module."""
    info = f"{name}-{version}.dist-info"
    files = {f"{name}/__init__.py": source.encode(), f"{name}/data.bin": random.Random(name).randbytes(size),
             f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
             f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    files[f"{info}/RECORD"] = "".join(f"{file},{_digest(content)},{len(content)}\n" for file, content in files.items()).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return f"{name}-{version}-py3-none-any.whl", made.getvalue()


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


@dataclass
class Index:
    """files: what it has, by name. holds: after how many bytes of a file its answer waits for `go_on`. breaks: after how many the next
    answers break off. asked: the files in the order in which they were asked for.
    """

    files: dict[str, bytes]
    holds: dict[str, int] = field(default_factory=dict)
    breaks: dict[str, list[int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    address: str = ""


@contextmanager
def served(index: Index):
    """The index, at `index.address`, as long as the context lasts."""
    with serving(_Handler, index=index) as port:
        index.address = f"http://127.0.0.1:{port}/simple"
        try:
            yield index
        finally:
            index.go_on.set()  # for answers that still wait


class _Handler(BaseHTTPRequestHandler):
    index: Index
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        kind, _, name = self.path.strip("/").partition("/")
        if kind == "simple":
            return self._list(name.strip("/"))
        if name.endswith(METADATA):
            return self._metadata(name.removesuffix(METADATA))
        self.index.asked.append(name)
        self._file(name)

    def _metadata(self, name):
        with zipfile.ZipFile(io.BytesIO(self.index.files[name])) as archive:
            body = archive.read(next(file for file in archive.namelist() if file.endswith("/METADATA")))
        self._head(200, len(body), "text/plain")
        self.wfile.write(body)

    def _list(self, package):
        files = [{"filename": file, "url": f"/files/{file}", "size": len(content), "core-metadata": True,
                  "hashes": {"sha256": hashlib.sha256(content).hexdigest()}}
                 for file, content in self.index.files.items() if file.partition("-")[0] == package]
        body = json.dumps({"meta": {"api-version": "1.1"}, "name": package, "files": files}).encode()
        self._head(200 if files else 404, len(body), "application/vnd.pypi.simple.v1+json")
        self.wfile.write(body)

    def _file(self, name):
        content = self.index.files[name]
        first = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0] or 0)
        broken = self.index.breaks.get(name) or [len(content) + 1]
        end = broken.pop(0)
        self._head(206 if first else 200, len(content) - first, "application/octet-stream",
                   {"Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"} if first else {})
        held = self.index.holds.get(name)
        for at in range(first, len(content), BLOCK):
            if held is not None and at >= held:
                self.index.held.set()
                self.index.go_on.wait(60)
            if at >= end:
                break
            try:
                self.wfile.write(content[at: at + BLOCK])
            except OSError:  # whoever asked is gone
                break
        if end <= len(content):
            self.close_connection = True
            self.connection.shutdown(2)

    def _head(self, status, length, kind, more=()):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(length), "ETag": '"1"', **dict(more)}.items():
            self.send_header(name, value)
        self.end_headers()


def write_lists(folder: Path, torch: list[str], rest: list[str]) -> Path:
    """Locked lists of packages, as `engine.setup.lists` wants them."""
    folder.mkdir(exist_ok=True)
    for name, pins in (("torch", torch), ("", rest), ("build", ["setuptools==84.2.1"])):
        file = folder / f"requirements{'-' * bool(name)}{name}.txt"
        file.write_text("\n".join(["# locked", *pins]) + "\n")
    return folder
