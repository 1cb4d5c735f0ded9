"""The program that makes environments and fetches packages: found, started, listened to, ended. https://docs.astral.sh/uv"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import ParallaxError
from ..files import put_in_place, refusing_to_write
from .environment import Environment

FILE = "uv.exe" if sys.platform == "win32" else "uv"
LOOK = 0.1  # seconds between looks at whether to go on
AGAIN = "set up the neural engine again, which goes on from here"
# Of the artist's own settings for uv, those that say where packages are and how to get there; all others are ours to decide.
KEPT = ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_KEYRING_PROVIDER", "UV_INSECURE_HOST",
        "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_HTTP_", "UV_REQUEST_TIMEOUT", "UV_OFFLINE", "UV_CREDENTIALS_DIR", "UV_CONFIG_FILE",
        "UV_PYTHON_INSTALL_MIRROR", "UV_TORCH_BACKEND", "UV_CUDA_DRIVER_VERSION", "UV_AMD_GPU_ARCHITECTURE")
NOT_FOR_IT = ("UV_", "PYTHON", "VIRTUAL_ENV", "CONDA_", "PIP_")  # how names begin that would lead it elsewhere


class Failed(Exception):
    """uv ended with an error. Its text is all that uv said."""


def find(environment: Environment) -> Path:
    """The program: the one that is bundled, copied to where it may run if need be; else one that the system has."""
    bundled = next((file for folder in sys.path for file in Path(folder or ".").glob(f"uv-*.data/scripts/{FILE}")), None)
    if bundled and not os.access(bundled, os.X_OK):
        bundled = _runnable(bundled, environment.tools / FILE)
    found = bundled or _installed() or shutil.which("uv")
    if not found:
        raise ParallaxError("The program uv, which fetches the packages, is missing: install Infinite Parallax anew")
    return Path(found)


def _runnable(bundled: Path, copy: Path) -> Path:
    """A copy of a program that Blender has unpacked as plain data."""
    with refusing_to_write(copy):
        if not copy.is_file() or copy.stat().st_size != bundled.stat().st_size or not os.access(copy, os.X_OK):
            copy.parent.mkdir(parents=True, exist_ok=True)
            temporary = copy.with_name(f".{copy.name}.tmp")
            shutil.copyfile(bundled, temporary)
            temporary.chmod(0o755)
            put_in_place(temporary, copy)
    return copy


def _installed() -> str | None:
    """Where the package is installed as packages are; it knows itself."""
    try:
        from uv import find_uv_bin

        return find_uv_bin()
    except (ImportError, OSError):
        return None


def variables(environment: Environment) -> dict[str, str]:
    """What uv runs with: proxies and certificates of the artist's, and everything that it writes within the folder."""
    kept = {name: value for name, value in os.environ.items()
            if value and name.startswith(KEPT) or not name.upper().startswith(NOT_FOR_IT)}
    ours = {
        "UV_CACHE_DIR": str(environment.cache),
        "UV_PYTHON_INSTALL_DIR": str(environment.pythons),
        "UV_PYTHON_INSTALL_BIN": "0", "UV_PYTHON_INSTALL_REGISTRY": "0", "UV_PYTHON_DOWNLOADS": "manual",
        "UV_LINK_MODE": "hardlink",  # cache and environment lie in one folder, and take their room once
        "UV_NO_ENV_FILE": "1", "UV_NO_PROGRESS": "1", "NO_COLOR": "1",
        "PYTHONUTF8": "1",  # for packages that are built: they read their own files with whatever the system's encoding is
    }
    return {**kept, **ours}


class Uv:
    """One uv at a time, ended as soon as it is not to go on."""

    def __init__(self, environment: Environment, check: Callable[[], None]):
        """check: called ten times a second; what it raises ends uv and is raised."""
        self._program, self.variables, self._check = find(environment), variables(environment), check
        self._folder, self._running = environment.folder, None

    def run(self, *arguments: str | Path, at_once: int = 8, tries: int = 5,
            hear: Callable[[str], None] = lambda line: None, look: Callable[[], None] = lambda: None) -> str:
        """Runs it to its end and gives back what it wrote to its standard output.

        at_once: files that are fetched at the same time. tries: after the first, where a connection breaks; the artist's own settings win.
        hear: told each line of what it says. look: called ten times a second. Raises Failed.
        """
        command = [str(self._program), *map(str, arguments)]
        wished = {"UV_HTTP_TIMEOUT": "60", "UV_HTTP_RETRIES": str(tries), "UV_CONCURRENT_DOWNLOADS": str(at_once)}
        print("$", *command, file=sys.stderr, flush=True)
        try:
            self._running = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self._folder,
                env={**wished, **self.variables}, text=True, encoding="utf-8", errors="replace",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
        except OSError as error:
            raise ParallaxError(f"{self._program} could not be started ({error.strerror or error}): "
                                "have the virus scanner allow it, or install Infinite Parallax anew") from None
        lines: queue.Queue[tuple[str, str] | None] = queue.Queue()
        for name in ("stdout", "stderr"):
            threading.Thread(target=_read, args=(name, getattr(self._running, name), lines), daemon=True).start()
        try:
            return self._followed(lines, hear, look)
        finally:
            self.kill()

    def kill(self) -> None:
        """Ends it at once, where it runs. What it has fetched whole stays in its cache."""
        running = self._running
        if running and running.poll() is None:
            with suppress(OSError):
                running.kill()
            running.wait()

    def _followed(self, lines, hear, look) -> str:
        said: dict[str, list[str]] = {"stdout": [], "stderr": []}
        open_pipes = 2
        while open_pipes:
            self._check()
            look()
            try:
                line = lines.get(timeout=LOOK)
            except queue.Empty:
                continue
            if line is None:
                open_pipes -= 1
                continue
            said[line[0]].append(line[1])
            if line[0] == "stderr":
                print(line[1], file=sys.stderr, flush=True)
                hear(line[1])
        if self._running.wait():
            raise Failed("\n".join(said["stderr"]))
        return "\n".join(said["stdout"])


def _read(name: str, pipe, lines: queue.Queue) -> None:
    with pipe:
        for line in pipe:
            lines.put((name, line.rstrip()))
    lines.put(None)


def is_about_network(text: str) -> bool:
    """Whether what uv said is that it could not reach something."""
    signs = ("error sending request", "dns error", "client error (connect)", "connection", "timed out", "timeout", "request failed after",
             "failed to fetch", "failed to download", "error decoding response body", "request or response body error")
    return any(sign in text.lower() for sign in signs)


def is_about_certificates(text: str) -> bool:
    return "certificate" in text.lower() or "unknownissuer" in text.lower()


def is_about_builds(text: str) -> bool:
    """Whether what uv said is that a package is not built for this Python or system, or is not there at all."""
    return "no solution found" in text.lower()


def is_about_python(text: str) -> bool:
    """Whether it said so of this Python."""
    signs = ("python abi tag", "python implementation tag", "depends on python", "does not satisfy python", "no usable wheels")
    return any(sign in text.lower() for sign in signs)


def host(text: str) -> str:
    """The host that an error is about, or ''."""
    found = re.search(r"https?://[^\s`'\")]+", text)
    return (urlsplit(found[0]).hostname or "") if found else ""


def sentence(text: str) -> str:
    """What an error of uv's means and what to do, in one sentence."""
    low, there = text.lower(), host(text) or "the package registry"
    if "no space left" in low or "os error 28" in low or "os error 112" in low:
        return f"The disk is full: free some room and {AGAIN}"
    if is_about_certificates(text):
        return f"{there} could not prove who it is (its certificate is not trusted here): ask who runs this network, then {AGAIN}"
    if any(status in low for status in ("401 unauthorized", "403 forbidden", "407 proxy")):
        return f"{there} refuses to give the packages: check the settings for proxy and package index of this network, then {AGAIN}"
    if is_about_network(text):
        return f"The connection to {there} broke, or never came about: look at the network connection and {AGAIN}"
    if is_about_builds(text):
        why = next((line.split(":", 1)[1].strip() for line in text.splitlines() if line.strip().startswith("cause:")), text.strip())
        return f"A package is not built for this Python or system ({_short(why)}): choose a Python of your own that has PyTorch"
    if "permission denied" in low or "access is denied" in low or "os error 5)" in low:
        return f"A file could not be written: end what uses the neural engine, have the virus scanner allow it, and {AGAIN}"
    return f"The packages could not be installed ({_short(text)}): {AGAIN}, and worker.log in its folder may say more"


def _short(text: str, most: int = 160) -> str:
    """The first words of an error."""
    line = next((line.strip().removeprefix("error:").strip() for line in text.splitlines() if "error" in line.lower()), text.strip())
    return line if len(line) <= most else f"{line[:most]}..."
