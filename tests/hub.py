"""A model hub on 127.0.0.1: the part of its protocol that fetching uses, and what can go wrong with it."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

import numpy as np

from tests.serving import serving

REVISION = "0123456789abcdef0123456789abcdef01234567"
BLOCK = 16384


def weights(count: int, seed: int = 0, name: str = "layer.weight") -> bytes:
    """A safetensors file with `count` random numbers of 4 bytes: the length of its head, its head, the numbers."""
    head = json.dumps({name: {"dtype": "F32", "shape": [count], "data_offsets": [0, 4 * count]}}).encode()
    return len(head).to_bytes(8, "little") + head + np.random.default_rng(seed).standard_normal(count, dtype=np.float32).tobytes()


@dataclass
class Hub:
    """repositories: files by name, by repository. The other values are what goes wrong, or slowly.

    sent: bytes of each file's content that went out, by its path. asked: paths in the order of the requests.
    """

    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    told: dict[str, dict] = field(default_factory=dict)  # by file: what its entry in the list says instead
    listed: list[str] = field(default_factory=list)  # names that are in every list without being there
    breaks: dict[str, list[int]] = field(default_factory=dict)  # by file: after how many bytes the next answers break off
    statuses: list[int] = field(default_factory=list)  # with which the next requests are refused
    holds: dict[str, int] = field(default_factory=dict)  # by file: after how many bytes an answer waits for `go_on`
    drips: float = 0.0  # seconds between blocks
    ranges: bool = True
    gated: str = ""  # the only token that is let in
    etags: bool = True
    page: bytes = b""  # what is answered to all instead, as by a network's own log-in page
    sent: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)  # by host: the last token that was shown to it
    held: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    address: str = ""
    store: str = ""  # another host, to which the hub sends those who want a file


@contextmanager
def served(hub: Hub):
    """The hub, at `hub.address`, as long as the context lasts."""
    with serving(_Handler, hub=hub) as port:
        hub.address, hub.store = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
        try:
            yield hub
        finally:
            hub.go_on.set()  # for answers that still wait


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_):
        pass

    def do_GET(self):  # noqa: N802 - http.server calls it
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(path)
        self.hub.tokens[self.headers["Host"].partition(":")[0]] = self.headers.get("Authorization", "")
        if self.hub.page:
            return self._answer(200, self.hub.page, {"Content-Type": "text/html"})
        if self.hub.statuses:
            return self._answer(self.hub.statuses.pop(0), b"{}")
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)", path):
            return self._list(match[1])
        if match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self._resolve(match[1], match[3])
        if match := re.fullmatch(r"/store/([^/]+/[^/]+)/(.+)", path):
            return self._content(match[2], self.hub.repositories[match[1]][match[2]])
        self._answer(404, b"{}")

    def _list(self, repository: str) -> None:
        if repository not in self.hub.repositories:
            return self._answer(401, b'{"error": "Invalid username or password."}', {"X-Error-Code": "RepoNotFound"})
        names = [*self.hub.repositories[repository], *self.hub.listed]
        files = [self._entry(name, self.hub.repositories[repository].get(name, b"{}")) for name in names]
        self._answer(200, json.dumps({"id": repository, "sha": REVISION, "siblings": files}).encode())

    def _entry(self, name: str, content: bytes) -> dict:
        entry = {"rfilename": name, "size": len(content), "blobId": hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()}
        if not name.endswith((".json", ".txt")):
            entry["lfs"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "pointerSize": 134}
        return entry | self.hub.told.get(name, {})

    def _resolve(self, repository: str, name: str) -> None:
        if self.hub.gated and self.headers.get("Authorization") != f"Bearer {self.hub.gated}":
            return self._answer(403 if self.headers.get("Authorization") else 401, b"{}", {"X-Error-Code": "GatedRepo"})
        if name not in self.hub.repositories.get(repository, {}):
            return self._answer(404, b"{}", {"X-Error-Code": "EntryNotFound"})
        self._answer(302, b"", {"Location": f"{self.hub.store}/store/{repository}/{name}"})

    def _content(self, name: str, content: bytes) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted and self.hub.ranges else 0
        if start >= len(content) > 0:
            return self._answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        self.send_response(206 if wanted and self.hub.ranges else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if self.hub.etags:
            self.send_header("ETag", hashlib.md5(content).hexdigest())
        if wanted and self.hub.ranges:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        stop = self.hub.breaks[name].pop(0) if self.hub.breaks.get(name) else None
        try:
            self._send(name, content[start : len(content) if stop is None else start + stop])
        except OSError:  # whoever fetched it is gone
            stop = 0
        if stop is not None:
            self.close_connection = True

    def _send(self, name: str, content: bytes) -> None:
        hold = self.hub.holds.get(name)
        for offset in range(0, len(content), BLOCK):
            block = content[offset : offset + BLOCK]
            self.wfile.write(block)
            self.hub.sent[name] = self.hub.sent.get(name, 0) + len(block)
            if hold is not None and offset + BLOCK >= hold:
                self.hub.held.set()
                self.hub.go_on.wait(30)
            time.sleep(self.hub.drips)

    def _answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
