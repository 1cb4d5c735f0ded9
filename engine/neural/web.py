"""Asks the network by Python's own means, where the hub's library is not installed, as in Blender's. Answers look like httpx's."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

from .refusals import READ, TROUBLE, Broken, Refused

HUB = "https://huggingface.co"
BLOCK = 1 << 18
FORBIDDING = ("1", "ON", "YES", "TRUE")  # values by which HF_HUB_OFFLINE forbids to ask


class Answer:
    """status_code, headers (in lower case), and the body, which is read by who wants it."""

    def __init__(self, response: http.client.HTTPResponse):
        self._response = response
        self.status_code = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}

    def iter_bytes(self) -> Iterator[bytes]:
        while data := self._response.read(BLOCK):
            yield data


def hub() -> str:
    """The address of the model hub, or of the mirror that the environment names."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or HUB


def headers(url: str) -> dict[str, str]:
    """What is sent with a request: the artist's token goes to the hub alone."""
    token = os.environ.get("HF_TOKEN", "")
    return {"Authorization": f"Bearer {token}"} if token and urlsplit(url).netloc == urlsplit(hub()).netloc else {}


def address(repository: str, name: str, revision: str) -> str:
    """Where a file of a repository of the hub is."""
    return f"{hub()}/{repository}/resolve/{quote(revision, safe='')}/{quote(name)}"


def about(repository: str) -> dict:
    """What the hub lists of a repository (https://huggingface.co/docs/hub/api). Raises Broken, Refused, and ValueError for no list."""
    url = f"{hub()}/api/models/{repository}?blobs=true"
    with requested(url, headers(url)) as answer:
        values = json.loads(b"".join(answer.iter_bytes()))
    if not isinstance(values, dict) or not isinstance(values.get("siblings"), list):
        raise ValueError("no list")
    return values


@contextmanager
def requested(url: str, sent: dict[str, str]):
    """The answer to a GET request, its body not read yet. Raises Broken for what may pass and Refused for what will not; 416 is given."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in FORBIDDING:
        raise Refused("offline", 0)
    opener = urllib.request.build_opener(_Redirects(), urllib.request.HTTPSHandler(context=_trusting()))
    request = urllib.request.Request(url, headers={**sent, "Accept-Encoding": "identity", "User-Agent": "infinite-parallax"})
    try:
        with opener.open(request, timeout=READ) as response:
            yield Answer(response)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416:
                yield Answer(error)
                return
            raise _refusal(error) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise Broken(f"{urlsplit(url).hostname} could not prove who it is (its certificate is not trusted here)") from None
        raise Broken(f"There is no connection to {urlsplit(url).hostname}") from None
    except (OSError, http.client.HTTPException):
        raise Broken("The connection broke") from None


def _refusal(error: urllib.error.HTTPError) -> Exception:
    status, said = error.code, error.headers
    if status in TROUBLE:
        return Broken(f"{urlsplit(error.url).hostname} has trouble ({status})")
    if said.get("X-Error-Code") == "GatedRepo":
        return Refused("gated", status)
    if status == 401 and "Invalid credentials" in said.get("X-Error-Message", ""):
        return Refused("token", status)
    return Refused("missing" if status in (401, 404, 410) else "other", status)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Goes where it is sent, but shows the token to nobody but the hub, and never leaves a secure connection for another."""

    def redirect_request(self, request, file, code, message, said, url):
        new = super().redirect_request(request, file, code, message, said, url)
        before, after = urlsplit(request.full_url), urlsplit(url)
        if new is not None and before.netloc != after.netloc:
            new.remove_header("Authorization")
        if before.scheme == "https" and after.scheme != "https":
            raise Refused("other", code)
        return new


def _trusting() -> ssl.SSLContext:
    """The system's certificates, and those that come with Python's packages: a Python that was built elsewhere may find none."""
    context = ssl.create_default_context()
    if not os.environ.get("SSL_CERT_FILE"):
        try:
            import certifi

            context.load_verify_locations(certifi.where())
        except (ImportError, OSError, ssl.SSLError):
            pass
    return context
