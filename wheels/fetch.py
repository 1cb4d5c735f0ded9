"""Fetches the wheels named in SHA256SUMS into this folder, through pip and by package name, and checks every hash.

Wheels that are here already are checked, not fetched again. Run it with any Python that has pip.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def locked() -> dict[str, str]:
    """File name of each bundled wheel, and its hash."""
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def fetch(file: str) -> None:
    name, version, python, abi, platforms = file.removesuffix(".whl").split("-")
    wanted = [f"--platform={platform}" for platform in platforms.split(".")]
    if python == "py3":  # runs on any, but pip wants to be told one
        wanted += ["--python-version=3.11"]
    else:
        wanted += ["--implementation=cp", f"--python-version={python[2:]}", f"--abi={abi}"]
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "download", "--no-deps", "--only-binary=:all:", *wanted, f"--dest={FOLDER}", f"{name}=={version}"], check=True)


def main() -> int:
    bad = 0
    for file, digest in locked().items():
        path = FOLDER / file
        if not path.exists():
            print(f"fetching {file}", flush=True)
            fetch(file)
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            print(f"{file} is not the file that was locked: delete it and try again", file=sys.stderr)
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
