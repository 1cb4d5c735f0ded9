"""What of a model is to be fetched: the hub's list of a repository, or the one file at an address, each with size and digest.

The list is https://huggingface.co/docs/hub/api's, read by huggingface_hub; HF_ENDPOINT names a mirror.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from ..errors import ParallaxError
from . import web
from .catalogue import Model
from .refusals import READ
from .transfer import Wanted, has_library, requested, translated

KINDS = (".safetensors", ".pth", ".pt", ".onnx", ".json", ".txt")  # nothing else is fetched, whatever a pattern says
MOST = 200  # files of a model; the largest of the catalogue has some 30
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names that are devices on Windows
HALF = ".fp16."


@dataclass(frozen=True)
class Listing:
    """Of what a model consists at its source. revision: which state of it that is, or ''."""

    revision: str
    files: tuple[Wanted, ...]
    headers: dict[str, str]  # to be sent with every request

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files)


def listed(model: Model) -> Listing:
    """Asks the model's source. Raises Broken, Refused, and ParallaxError where the answer cannot be used."""
    listing = _of_address(model) if model.address else _of_repository(model)
    for pattern in model.needs:
        if not any(fits(one.name, pattern) for one in listing.files):
            raise ParallaxError(f"{model.label} has no {pattern} at its source any more: choose another model, or a file of yours")
    return listing


def fits(name: str, pattern: str) -> bool:
    """Whether a path in a repository fits a pattern, part by part."""
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(fnmatchcase(part, one) for part, one in zip(parts, patterns))


def chosen(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The names that fit a pattern, of kinds that are fetched; for one of half precision that nothing fits, the full file."""
    found: dict[str, None] = {}
    for pattern in patterns:
        fitting = [name for name in names if fits(name, pattern)]
        if not fitting and HALF in pattern:
            fitting = [name for name in names if fits(name, pattern.replace(HALF, "."))]
        found |= dict.fromkeys(name for name in fitting if PurePosixPath(name).suffix in KINDS)
    return list(found)


def is_safe(name: str) -> bool:
    """Whether a name from elsewhere is a path that stays in the model's folder, on every system."""
    return all(part and part == part.strip(" .") and not part.startswith(".") and not re.search(r'[\x00-\x1f\\:*?"<>|]', part)
               and not RESERVED.fullmatch(part) for part in name.split("/"))


def _of_repository(model: Model) -> Listing:
    try:
        revision, siblings = _siblings(model.repository)
        names = chosen(list(siblings), model.files)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ParallaxError(f"{web.hub()} does not answer as a model hub does: "
                            "see in a browser whether this network has a page to log in to") from None
    _check_names(model, names)
    files = tuple(_wanted(siblings[name], web.address(model.repository, name, revision)) for name in names)
    return Listing(revision, files, _headers(web.hub()))


@dataclass(frozen=True)
class _Sibling:
    """A file in the hub's list. digest: its SHA-256 where it is large, else what git calls it."""

    name: str
    size: object
    digest: str


def _siblings(repository: str) -> tuple[str, dict[str, _Sibling]]:
    """The current revision of a repository and its files by name. Raises Broken, Refused, and what wrong lists lead to."""
    if not has_library():
        found = web.about(repository)
        listed = [(one["rfilename"], one.get("size"), one.get("blobId"), one.get("lfs") or {}) for one in found["siblings"]]
        return str(found.get("sha") or "main"), {name: _Sibling(name, lfs.get("size") if lfs else size, str((lfs.get("sha256") if lfs
                                                 else blob) or "").lower()) for name, size, blob, lfs in listed}
    from huggingface_hub import HfApi

    with translated():
        found = HfApi().model_info(repository, files_metadata=True, timeout=READ)
        return str(found.sha or "main"), {one.rfilename: _Sibling(one.rfilename, one.lfs.size if one.lfs else one.size, str((
            one.lfs.sha256 if one.lfs else one.blob_id) or "").lower()) for one in found.siblings}


def _headers(url: str, token: bool = True) -> dict[str, str]:
    if not has_library():
        return web.headers(url) if token else {}
    from huggingface_hub.utils import build_hf_headers

    return build_hf_headers() if token else build_hf_headers(token=False)


def _check_names(model: Model, names: Sequence[str]) -> None:
    for name in names:
        if not is_safe(name):
            raise ParallaxError(f"The source of {model.label} has a file named {name!r}, which no honest one has: nothing was fetched")
    if len(names) > MOST or len({name.lower() for name in names}) < len(names):
        raise ParallaxError(f"The source of {model.label} lists {len(names)} files, which no honest one does: nothing was fetched")


def _wanted(sibling: _Sibling, url: str) -> Wanted:
    size, digest = sibling.size, sibling.digest
    if not isinstance(size, int) or size < 0 or not re.fullmatch(r"([0-9a-f]{40}|[0-9a-f]{64})", digest):
        raise ParallaxError(f"The hub does not say how large {sibling.name} is and what its checksum is: fetch it again later")
    return Wanted(sibling.name, url, size, digest, digest)


def _of_address(model: Model) -> Listing:
    """The one file: its size and what tells its content are in the answer's head; the body is not read."""
    headers = _headers(model.address, token=False)
    with requested(model.address, headers) as answer:
        size = answer.headers.get("content-length", "")
        told = "\n".join((model.address, size, answer.headers.get("etag", ""), answer.headers.get("last-modified", "")))
    if not size.isdecimal():
        raise ParallaxError(f"{urlsplit(model.address).hostname} does not say how large {model.label} is: fetch it again later")
    name = PurePosixPath(unquote(urlsplit(model.address).path)).name
    tag = hashlib.sha256(told.encode()).hexdigest()[:40]
    return Listing("", (Wanted(name, model.address, int(size), model.digest, tag),), headers)
