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
from .catalogue import Model
from .transfer import READ, Wanted, requested, translated

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
    from huggingface_hub import HfApi, hf_hub_url
    from huggingface_hub.utils import build_hf_headers

    api = HfApi()
    with translated():
        try:
            about = api.model_info(model.repository, files_metadata=True, timeout=READ)
            revision, siblings = str(about.sha or "main"), {one.rfilename: one for one in about.siblings}
            names = chosen(list(siblings), model.files)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ParallaxError(f"{api.endpoint} does not answer as a model hub does: "
                                "see in a browser whether this network has a page to log in to") from None
    _check_names(model, names)
    return Listing(revision, tuple(_wanted(siblings[name], hf_hub_url(model.repository, name, revision=revision)) for name in names),
                   build_hf_headers())


def _check_names(model: Model, names: Sequence[str]) -> None:
    for name in names:
        if not is_safe(name):
            raise ParallaxError(f"The source of {model.label} has a file named {name!r}, which no honest one has: nothing was fetched")
    if len(names) > MOST or len({name.lower() for name in names}) < len(names):
        raise ParallaxError(f"The source of {model.label} lists {len(names)} files, which no honest one does: nothing was fetched")


def _wanted(sibling, url: str) -> Wanted:
    """One file of the hub's list: a large one has its SHA-256 there, a small one what git calls it."""
    size = sibling.lfs.size if sibling.lfs else sibling.size
    digest = str((sibling.lfs.sha256 if sibling.lfs else sibling.blob_id) or "").lower()
    if not isinstance(size, int) or size < 0 or not re.fullmatch(r"([0-9a-f]{40}|[0-9a-f]{64})", digest):
        raise ParallaxError(f"The hub does not say how large {sibling.rfilename} is and what its checksum is: fetch it again later")
    return Wanted(sibling.rfilename, url, size, digest, digest)


def _of_address(model: Model) -> Listing:
    """The one file: its size and what tells its content are in the answer's head; the body is not read."""
    from huggingface_hub.utils import build_hf_headers

    headers = build_hf_headers(token=False)
    with requested(model.address, headers) as answer:
        size = answer.headers.get("content-length", "")
        told = "\n".join((model.address, size, answer.headers.get("etag", ""), answer.headers.get("last-modified", "")))
    if not size.isdecimal():
        raise ParallaxError(f"{urlsplit(model.address).hostname} does not say how large {model.label} is: fetch it again later")
    name = PurePosixPath(unquote(urlsplit(model.address).path)).name
    tag = hashlib.sha256(told.encode()).hexdigest()[:40]
    return Listing("", (Wanted(name, model.address, int(size), model.digest, tag),), headers)
