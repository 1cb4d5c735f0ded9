"""One file over the network: what a broken connection left of it is gone on with, and nothing is taken that is not what was promised."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..errors import ParallaxError
from ..files import put_in_place, refusing_to_write
from . import web
from .refusals import READ, TROUBLE, Broken, Refused

PAUSES = (1.0, 2.0, 4.0, 8.0)  # seconds before each new try, after tries that brought nothing
CONNECT = 15.0  # seconds without an answer after which there is no connection
BLOCK = 1 << 20


@dataclass(frozen=True)
class Wanted:
    """One file. name: its path in the model's folder. digest: SHA-256 or how it begins, or the 40 digits that git gives a small file,
    or '' where nobody says it. tag: of this content, so that what was begun of another one is not gone on with."""

    name: str
    url: str
    size: int
    digest: str
    tag: str


class Watcher(Protocol):
    """Who is told how it goes."""

    def received(self, count: int) -> None:
        """Bytes that came; less than none where that many were lost."""

    def taken_over(self, count: int) -> None:
        """Bytes that were there from before."""

    def check(self) -> None:
        """Called often; may raise Cancelled."""

    def pause(self, seconds: float, why: str) -> None:
        """Waits before a new try; may raise Cancelled."""


class _Digest:
    def __init__(self, wanted: Wanted):
        self._wanted = wanted
        if len(wanted.digest) == 40:
            self._sum = hashlib.sha1(b"blob %d\0" % wanted.size, usedforsecurity=False)
        else:
            self._sum = hashlib.sha256()

    def update(self, data: bytes) -> None:
        self._sum.update(data)

    def right(self) -> bool:
        return self._sum.hexdigest().startswith(self._wanted.digest.lower())


class _Partial:
    """What has come of a file so far, on the disk, with its digest."""

    def __init__(self, path: Path, wanted: Wanted, check: Callable[[], None]):
        self.path, self._wanted = path, wanted
        with refusing_to_write(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(path, "a+b", buffering=0)  # noqa: SIM115 - closed by whoever fetches
        self.digest, self.size = _Digest(wanted), 0
        self._file.seek(0)
        while data := self._file.read(BLOCK):
            check()
            self.digest.update(data)
            self.size += len(data)
        if self.size > wanted.size:
            self.start_over()

    def add(self, data: bytes) -> None:
        with refusing_to_write(self.path):
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]
        self.digest.update(data)
        self.size += len(data)

    def start_over(self) -> int:
        """Forgets all that came; how many bytes that was."""
        with refusing_to_write(self.path):
            self._file.truncate(0)
        lost, self.digest, self.size = self.size, _Digest(self._wanted), 0
        return lost

    def close(self) -> None:
        with refusing_to_write(self.path), self._file:
            os.fsync(self._file.fileno())


def is_right(path: Path, wanted: Wanted, check: Callable[[], None]) -> bool:
    """Whether a file is there and is the one wanted. check: called often; may raise Cancelled."""
    if not path.is_file() or path.stat().st_size != wanted.size:
        return False
    digest = _Digest(wanted)
    with open(path, "rb") as file:
        while data := file.read(BLOCK):
            check()
            digest.update(data)
    return digest.right()


def fetch(wanted: Wanted, partial: Path, target: Path, headers: dict[str, str], watcher: Watcher,
          pauses: tuple[float, ...] = PAUSES) -> None:
    """Brings a file to `target`, by way of `partial`, which is gone on with where it is there.

    headers: sent with every request. pauses: before each new try, after tries that brought nothing.
    Raises Refused, ParallaxError where it is not what was promised or the connection stays broken, and Cancelled; what came is kept.
    """
    coming = _Partial(partial, wanted, watcher.check)
    try:
        watcher.taken_over(coming.size)
        _complete(wanted, coming, headers, watcher, pauses)
    finally:
        coming.close()
    if not coming.digest.right():
        partial.unlink()
        raise ParallaxError(f"{wanted.name} arrived damaged, or is not what its list says (its checksum is another): "
                            "it was deleted, so fetch it again")
    with refusing_to_write(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        put_in_place(partial, target)


def _complete(wanted: Wanted, coming: _Partial, headers: dict[str, str], watcher: Watcher, pauses: tuple[float, ...]) -> None:
    """Tries until all has come, or as many tries as there are pauses brought nothing new."""
    furthest, failed = coming.size, 0
    while coming.size < wanted.size:
        watcher.check()
        try:
            _receive(wanted, coming, headers, watcher)
        except Broken as error:
            failed = 0 if coming.size > furthest else failed + 1
            furthest = max(furthest, coming.size)
            if failed > len(pauses):
                raise ParallaxError(f"{error}: look at the network connection and fetch again, which goes on from here") from None
            watcher.pause(pauses[max(failed - 1, 0)], str(error))


def _receive(wanted: Wanted, coming: _Partial, headers: dict[str, str], watcher: Watcher) -> None:
    """One request for what is missing. Raises Broken where it ends too early."""
    with requested(wanted.url, {**headers, **({"Range": f"bytes={coming.size}-"} if coming.size else {})}) as response:
        if response.status_code == 416 or (coming.size and not _goes_on(response, coming.size)):
            watcher.received(-coming.start_over())
            if response.status_code != 200:
                raise Broken("The server does not go on where the connection broke")
        for data in response.iter_bytes():
            if coming.size + len(data) > wanted.size:
                watcher.received(-coming.start_over())
                raise ParallaxError(f"{wanted.name} is larger than its list says, so it is not that file: fetch it again later")
            coming.add(data)
            watcher.received(len(data))
            watcher.check()
    if coming.size < wanted.size:
        raise Broken("The connection broke")


def _goes_on(response, offset: int) -> bool:
    """Whether an answer holds the bytes from `offset` on, as they are in the file."""
    return (response.status_code == 206 and response.headers.get("content-range", "").startswith(f"bytes {offset}-")
            and response.headers.get("content-encoding", "identity") == "identity")


def has_library() -> bool:
    """Whether the hub's own library is in this Python; without it Python's own means serve."""
    return all(importlib.util.find_spec(name) for name in ("huggingface_hub", "httpx2"))


@contextmanager
def requested(url: str, headers: dict[str, str]):
    """The answer to a GET request, its body not read yet. Raises Broken for what may pass and Refused for what will not; 416 is given."""
    if not has_library():
        with web.requested(url, headers) as response:
            yield response
        return
    from httpx2 import Timeout
    from huggingface_hub.utils import get_session, hf_raise_for_status

    asked = {**headers, "Accept-Encoding": "identity"}  # so that sizes and ranges are those of the file
    with translated(), get_session().stream("GET", url, headers=asked, timeout=Timeout(READ, connect=CONNECT)) as response:
        if response.status_code != 416:
            hf_raise_for_status(response)
        yield response


@contextmanager
def translated():
    """Turns what the libraries raise over the network into Broken and Refused."""
    import httpx2
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled

    try:
        yield
    except OfflineModeIsEnabled:
        raise Refused("offline", 0) from None
    except GatedRepoError as error:
        raise Refused("gated", error.response.status_code) from None
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in TROUBLE:
            raise Broken(f"{error.response.url.host} has trouble ({status})") from None
        bad_token = status == 401 and "Invalid credentials" in error.response.headers.get("x-error-message", "")
        raise Refused("token" if bad_token else "missing" if status in (401, 404, 410) else "other", status) from None
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise Broken(f"There is no connection to {error.request.url.host}") from None
    except (httpx2.TransportError, httpx2.DecodingError):
        raise Broken("The connection broke") from None
    except (httpx2.TooManyRedirects, httpx2.InvalidURL):
        raise Refused("other", 0) from None
