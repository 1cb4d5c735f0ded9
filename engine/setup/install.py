"""The steps of setting up: an environment, the locked packages in the build that fits this computer, a test."""

from __future__ import annotations

import shutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..amounts import amount
from ..channel import Event
from ..errors import Cancelled, ParallaxError
from ..files import refusing_to_write
from ..progress import Progress
from . import fetching, plan, report, trial, uv
from .cards import cards
from .environment import Environment, long, removed
from .fetching import Fetching
from .uv import Failed, Uv

MANAGED = "3.12"  # the Python that uv fetches where the one that runs will not do


def set_up(environment: Environment, device: str = "auto", base: str = sys.executable,
           opened: Callable[[Uv], None] = lambda program: None) -> Event:
    """Makes the environment, or goes on with it. Returns how it ended, which is also its last event.

    base: the Python to build on. opened: told what to end where this process has to end at once.
    """
    return guarded(environment, "Cancelled; what was fetched is kept, and setting up again goes on with it",
                   lambda progress: _set_up(environment, progress, device, base, opened))


def test(environment: Environment, python: Path, device: str = "auto") -> Event:
    """Asks a Python, ours or the artist's own, what it can do. Returns how it ended, which is also its last event."""
    return guarded(environment, "Cancelled", lambda progress: _tested(environment, progress, python, device))


def remove(environment: Environment) -> Event:
    """Takes what was set up off the disk; models stay. Returns how it ended, which is also its last event."""
    return guarded(environment, "Cancelled", lambda progress: _removed(environment, progress))


def guarded(environment: Environment, cancelled: str, work: Callable[[Progress], str]) -> Event:
    """Does some work in the environment's folder. work: says in words how it ended. Returns that as the last event."""
    channel = environment.channel
    try:
        with refusing_to_write(environment.folder):
            environment.folder.mkdir(parents=True, exist_ok=True)
        with channel.locked():
            progress = Progress(channel)
            try:
                with refusing_to_write(channel.folder):
                    channel.cancel_file.unlink(missing_ok=True)
                    progress.start()
                return progress.end("done", work(progress))
            except Cancelled:
                return progress.end("cancelled", cancelled)
            except ParallaxError as error:
                return progress.end("error", str(error))
            except Exception as error:
                traceback.print_exc()  # for the log; the artist gets a sentence
                text = f"Something went wrong that should not ({type(error).__name__}: {error}): report it with worker.log"
                return progress.end("error", text)
    except ParallaxError as error:  # the folder is another process's, or cannot be written: its events are not ours to add to
        return Event("error", str(error))


def _set_up(environment: Environment, progress: Progress, device: str, base: str, opened: Callable[[Uv], None]) -> str:
    expected = plan.expected()
    plan.check_room(environment.folder, expected.disk - environment.size())
    program = Uv(environment, progress.check)
    opened(program)
    environment.unseal()
    _without_leftovers(environment)
    progress.expect(expected.fetch / fetching.RATE)
    parts = _founded(environment, program, progress, base)
    _install(environment, program, progress, parts, expected)
    said = _tested(environment, progress, environment.python, device)
    environment.seal()
    return said


def _removed(environment: Environment, progress: Progress) -> str:
    progress.say("Removing")
    size = environment.size()
    environment.remove()
    return f"Removed, which freed {amount(size)}"


def _without_leftovers(environment: Environment) -> None:
    """What an earlier run had begun to unpack when it was ended is of no use to anybody."""
    for left in environment.cache.glob(".tmp*"):
        shutil.rmtree(long(left), ignore_errors=True)


def _founded(environment: Environment, program: Uv, progress: Progress, base: str) -> list[_Part]:
    """Makes a new, empty environment, and says what goes into it. Another Python is fetched where `base` does not serve."""
    try:
        _make(environment, program, progress, "--python", base)
        return _parts(environment, program, progress)
    except Failed as error:
        if environment.python.exists() and not uv.is_about_python(str(error)):
            raise ParallaxError(uv.sentence(str(error))) from None
    progress.say(f"Fetching Python {MANAGED}, as {base} does not serve")
    try:
        program.run("python", "install", MANAGED)
    except Failed as error:
        raise ParallaxError(f"{base} does not serve, and Python {MANAGED} could not be fetched: choose a Python of your own. "
                            f"{uv.sentence(str(error))}") from None
    try:
        _make(environment, program, progress, "--managed-python", "--python", MANAGED)
        return _parts(environment, program, progress)
    except Failed as error:
        raise ParallaxError(uv.sentence(str(error))) from None


def _make(environment: Environment, program: Uv, progress: Progress, *python: str) -> None:
    """A new, empty environment, whose Python runs."""
    progress.say("Making an environment")
    removed(environment.place)
    program.run("venv", "--clear", "--no-project", *python, environment.place)
    try:
        trial.version(environment.python, environment, progress.check)
    except ParallaxError as error:
        removed(environment.place)
        raise Failed(str(error)) from None


@dataclass(frozen=True)
class _Part:
    """Packages that are installed together. what: for a person. listed: in this file. how: arguments of uv's by which they are chosen.

    lock: which files that comes to. at_once: files that are fetched at the same time; one that
        has not come whole when it is ended is fetched anew.
    """

    what: str
    listed: Path
    how: tuple[str | Path, ...]
    lock: Path
    at_once: int


def _parts(environment: Environment, program: Uv, progress: Progress) -> list[_Part]:
    """What is to be fetched: first PyTorch with what it depends on, then all else as it is listed."""
    progress.say("Asking what is to be fetched")
    lists, cache = environment.lists, environment.cache
    plain = _Part("PyTorch", lists.torch, ("--constraints", lists.rest), cache / "pylock.torch.toml", at_once=1)  # all are large
    torch = replace(plain, how=(*plain.how, "--torch-backend", program.variables.get("UV_TORCH_BACKEND", "auto")))
    rest = _Part("the other packages", lists.rest, ("--no-deps",), cache / "pylock.rest.toml", at_once=8)
    try:
        _resolve(environment, program, torch)
    except Failed as error:  # the registry has one build for each system; those for all graphics cards are in PyTorch's own index
        torch = plain
        _resolve(environment, program, torch)
        progress.warn(_about_plain_build(str(error)))
    _resolve(environment, program, rest)
    return [torch, rest]


def _resolve(environment: Environment, program: Uv, part: _Part) -> None:
    """Writes which files a part comes to, with their sizes. Again with the system's own certificates where uv's do not serve."""
    with refusing_to_write(part.lock):
        part.lock.unlink(missing_ok=True)  # else its versions would be kept
    command = ["pip", "compile", part.listed, *part.how, "--python", environment.python, "--format", "pylock.toml",
               "--output-file", part.lock]
    try:
        program.run(*command, tries=2)
    except Failed as error:
        if not uv.is_about_certificates(str(error)) or program.variables.get("UV_SYSTEM_CERTS"):
            raise
        program.variables["UV_SYSTEM_CERTS"] = "1"  # as some companies' networks need
        program.run(*command, tries=2)


def _about_plain_build(error: str) -> str:
    why = "PyTorch has no build of its own for this computer's graphics driver" if uv.is_about_builds(error) else \
        f"PyTorch's own index ({uv.host(error) or 'on the network'}) cannot be reached"
    makers = {card.maker for card in cards()}
    if sys.platform == "win32":
        what = "which uses no graphics card" if makers else "which runs on the processor"
    elif sys.platform == "darwin":
        return f"{why}, so it comes from the package registry, which has the same"
    else:
        what = "which is made for NVIDIA graphics cards with a new driver" + ("" if "NVIDIA" in makers else " and large")
    return f"{why}, so the plain build comes from the package registry, {what}"


def _install(environment: Environment, program: Uv, progress: Progress, parts: list[_Part], expected: plan.Plan) -> None:
    sizes = {name: size for part in parts for name, size in fetching.sizes_in(part.lock).items()}
    unknown = any(size == 0 for size in sizes.values())  # PyTorch's own index does not say how large its files are
    watched = Fetching(environment, progress, sizes, expected.fetch if unknown else 0)
    watched.begin()
    plan.check_room(environment.folder, int(watched.total * fetching.UNPACKED) - environment.size())
    try:
        for part in parts:
            progress.say(f"Fetching {part.what}")
            program.run("pip", "install", "--python", environment.python, "-r", part.listed, *part.how,
                        "--build-constraints", environment.lists.build, at_once=part.at_once, hear=watched.hear, look=watched.look)
    except Failed as error:
        raise ParallaxError(uv.sentence(str(error))) from None
    watched.end()


def _tested(environment: Environment, progress: Progress, python: Path, device: str) -> str:
    """Tests a Python, keeps what was found, and says in words what it runs on. Raises ParallaxError where it cannot run models."""
    progress.say("Testing, which loads everything once")
    try:
        found = trial.trial(python, environment, device, progress.check)
    except ParallaxError as error:
        environment.keep_test({"executable": str(python), "problems": [str(error)], "notes": []})
        raise
    environment.keep_test({**found, "executable": str(python)})
    progress.device = found["device"]
    if found["problems"]:
        raise ParallaxError(found["problems"][0])
    for note in found["notes"]:
        progress.warn(note)
    return report.headline(found)
