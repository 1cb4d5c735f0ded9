"""`python -m engine.neural.fetch KEY`: brings a model of the catalogue here. Exit code 0 done, 1 error, 2 unknown key, 3 cancelled.

Runs in the neural environment's Python, or in Blender's own. How it goes is in events.jsonl in `Store.fetching(key)`, where it is
also cancelled. What has come stays, and the next fetch goes on with it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
import traceback
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from .. import machine, parent
from ..amounts import amount
from ..channel import Event
from ..errors import Cancelled, ParallaxError
from ..files import refusing_to_write, write_json
from ..progress import Progress
from . import catalogue, hub, store, transfer, web
from .catalogue import Model
from .store import Store

RATE = 10e6  # bytes a second that are expected before the first have come
SPOKEN = 0.5  # seconds between words about bytes that come
AGAIN = "fetch it again, which goes on from here"


def run(models: Store, model: Model, pauses: tuple[float, ...] = transfer.PAUSES) -> Event:
    """Fetches a model, and first what it cannot do without. Returns how it ended, which is also its last event.

    pauses: seconds before each new try, after tries that brought nothing.
    """
    channel = models.fetching(model.key)
    try:
        with refusing_to_write(channel.folder):
            channel.folder.mkdir(parents=True, exist_ok=True)
        with channel.locked():
            return _run(models, model, Progress(channel), pauses)
    except ParallaxError as error:  # the folder is another process's, or cannot be written: its events are not ours to add to
        return Event("error", str(error))


def _run(models: Store, model: Model, progress: Progress, pauses: tuple[float, ...]) -> Event:
    try:
        channel = models.fetching(model.key)
        with refusing_to_write(channel.folder):
            channel.cancel_file.unlink(missing_ok=True)
            progress.start()
        _fetch(models, model, progress, pauses)
        return progress.end("done", f"{model.label} is ready")
    except Cancelled:
        return progress.end("cancelled", f"Cancelled; {AGAIN}")
    except ParallaxError as error:
        return progress.end("error", str(error))
    except ImportError as error:
        return progress.end("error", f"The Python that fetches models lacks {error.name}: set up the neural engine again, "
                            f"or install {error.name} into your own Python")
    except Exception as error:
        traceback.print_exc()  # for the log; the artist gets a sentence
        return progress.end("error", f"Something went wrong that should not ({type(error).__name__}: {error}): report it with the log")


def _fetch(models: Store, model: Model, progress: Progress, pauses: tuple[float, ...]) -> None:
    wanted = [one for one in models.missing(model) if one is not model]
    if not (models.place(model.key) / store.WHOLE).is_file() or not models.located(model):
        wanted.append(model)
    listings = []
    for one in wanted:
        progress.say(f"Asking for {one.label}")
        listings.append(_listed(one, progress, pauses))
    _check_room(models, wanted, listings)
    progress.expect(sum(listing.size for listing in listings) / RATE)
    for one, listing in zip(wanted, listings):
        with nullcontext() if one is model else _alone(models, one):
            _bring(models.place(one.key), one, listing, progress, pauses)


def _alone(models: Store, model: Model):
    """Keeps what a model needs beside it to one process, as the model itself is."""
    channel = models.fetching(model.key)
    with refusing_to_write(channel.folder):
        channel.folder.mkdir(parents=True, exist_ok=True)
    return channel.locked()


def _listed(model: Model, progress: Progress, pauses: tuple[float, ...]) -> hub.Listing:
    """What is to be fetched of a model. Raises ParallaxError where its source does not say, and Cancelled."""
    left = list(pauses)
    while True:
        try:
            return hub.listed(model)
        except transfer.Broken as error:
            if not left:
                raise ParallaxError(f"{error}: look at the network connection and fetch again") from None
            _wait(progress, left.pop(0), str(error))
        except transfer.Refused as error:
            raise ParallaxError(_refusal(model, error)) from None


def _check_room(models: Store, wanted: list[Model], listings: list[hub.Listing]) -> None:
    """Raises ParallaxError where the disk has no room for what is still to come."""
    there = sum(store.on_disk(place) for one in wanted if (place := models.place(one.key)).is_dir())
    needed, free = sum(listing.size for listing in listings) - there, machine.free_disk(models.folder)
    if needed > free:
        raise ParallaxError(f"{wanted[-1].label} needs {amount(needed)} more and {models.folder} has {amount(free)} free: "
                            "free some room, or remove models that you do not need")


def _bring(place: Path, model: Model, listing: hub.Listing, progress: Progress, pauses: tuple[float, ...]) -> None:
    """Fetches the files that are not there yet, and says at the end, in one step, that the model is whole."""
    with refusing_to_write(place):
        place.mkdir(parents=True, exist_ok=True)
        (place / store.WHOLE).unlink(missing_ok=True)
    watcher = _Words(progress, model, listing.size)
    for one in listing.files:
        progress.say(f"Fetching {model.label}")
        if transfer.is_right(place / one.name, one, progress.check):
            watcher.taken_over(one.size)
            continue
        try:
            transfer.fetch(one, place / store.PARTS / one.tag, place / one.name, listing.headers, watcher, pauses)
        except transfer.Refused as error:
            raise ParallaxError(_refusal(model, error)) from None
    about = {"source": model.address or model.repository, "revision": listing.revision, "files": [asdict(one) for one in listing.files]}
    with refusing_to_write(place):
        shutil.rmtree(place / store.PARTS, ignore_errors=True)
        write_json(place / store.WHOLE, about)


class _Words:
    """Says how many bytes of a model have come, twice a second."""

    def __init__(self, progress: Progress, model: Model, size: int):
        self._progress, self._label, self._size = progress, model.label, size
        self._come, self._spoken = 0, 0.0

    def received(self, count: int) -> None:
        self._progress.advance(count / RATE)
        self._tell(count)

    def taken_over(self, count: int) -> None:
        self._progress.advance(count / RATE, replayed=True)
        self._tell(count)

    def check(self) -> None:
        self._progress.check()

    def pause(self, seconds: float, why: str) -> None:
        _wait(self._progress, seconds, why)

    def _tell(self, count: int) -> None:
        self._come += count
        if time.monotonic() - self._spoken > SPOKEN:
            self._spoken = time.monotonic()
            self._progress.within(f"{amount(self._come)} of {amount(self._size)}")


def _wait(progress: Progress, seconds: float, why: str) -> None:
    """Waits before a new try. May raise Cancelled."""
    progress.within(f"{why}, trying again in {seconds:.0f} s")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        progress.check()
        time.sleep(min(0.1, seconds))


def _refusal(model: Model, error: transfer.Refused) -> str:
    """What to do when a source does not give a model."""
    page = model.address or f"{web.hub()}/{model.repository}"
    return {
        "gated": f"The licence of {model.label} has to be accepted first: do that on {page}, make a token for reading in the settings of "
                 "your account there, and fetch again with it",
        "token": "The hub does not know your token: make a new one in the settings of your account there and fetch again with it, "
                 "or without one",
        "missing": f"{model.label} is not at {page} any more, or not for everybody: choose another model, or a file of yours",
        "offline": "HF_HUB_OFFLINE is set, which forbids fetching: unset it and start Blender again",
    }.get(error.why, f"{page} refuses to give {model.label} (status {error.status}): fetch it again later, or choose another model")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine.neural.fetch", description="Fetch a model of Infinite Parallax.")
    parser.add_argument("key", help="the model's name in the catalogue")
    parser.add_argument("--models", metavar="FOLDER", help=f"where models are kept; by default what {store.FOLDER} says")
    parent.add_flag(parser)
    arguments = parser.parse_args()
    if arguments.watch_stdin:
        parent.watch()
    model = catalogue.model(arguments.key)
    if model is None:
        parser.error(f"there is no model named {arguments.key}: choose one of {', '.join(one.key for one in catalogue.MODELS)}")
    ending = run(Store(arguments.models) if arguments.models else store.here(), model)
    if ending.kind != "done":
        print(ending.text, file=sys.stderr)
    return {"done": 0, "cancelled": 3}.get(ending.kind, 1)


if __name__ == "__main__":
    sys.exit(main())
