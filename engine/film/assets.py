"""Files that the edit needs and that are made from numbers: ambiences, beds of sound, textures of effects.

An asset is known by what it is made from, so one that is there already is never made again. `python -m engine.film FOLDER` makes
those that FOLDER/request.json asks for.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..channel import Channel, Event
from ..errors import Cancelled, ParallaxError
from ..files import refusing_to_write, write_atomically, write_json
from ..progress import Progress

SCHEMA = 1
REQUEST = "request.json"
Check = Callable[[float], None]  # called with the share that is done, 0 to 1; raises Cancelled when the artist has asked to stop
MAKERS: dict[str, str] = {  # name of each maker: the module of this package that holds it as `make(values, path, check)`
    "ambience": "ambience", "bed": "bed", "haze": "haze", "overlay": "overlays",
}


@dataclass(frozen=True)
class Asset:
    """A file to make. maker: one of MAKERS. values: plain numbers and texts, all that the file depends on. label: for the artist."""

    maker: str
    values: tuple[tuple[str, object], ...]
    suffix: str
    label: str = ""

    @staticmethod
    def of(maker: str, suffix: str, label: str, **values) -> Asset:
        return Asset(maker, tuple(sorted(values.items())), suffix, label)

    @property
    def file(self) -> str:
        digest = hashlib.blake2b(json.dumps([self.maker, self.values]).encode(), digest_size=6).hexdigest()
        return f"{self.maker}-{digest}{self.suffix}"


def missing(assets: list[Asset], folder: Path) -> list[Asset]:
    """Those that are not in the folder yet, each once."""
    return [asset for file, asset in {asset.file: asset for asset in assets}.items() if not (folder / file).is_file()]


def request(assets: list[Asset], folder: Path) -> Channel:
    """Asks for assets in a folder. Returns the channel by which their making is watched."""
    with refusing_to_write(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / REQUEST, {"schema": SCHEMA, "assets": [
            {"maker": one.maker, "values": dict(one.values), "suffix": one.suffix, "label": one.label} for one in assets]})
    return Channel(folder)


def requested(folder: Path) -> list[Asset]:
    """What is asked for. Raises ParallaxError where nothing is, or it cannot be read."""
    try:
        values = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
        if values["schema"] != SCHEMA:
            raise ValueError
        return [Asset.of(one["maker"], one["suffix"], one["label"], **one["values"]) for one in values["assets"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ParallaxError(f"{folder / REQUEST} cannot be read: click Update Edit again") from None


def make(asset: Asset, folder: Path, check: Check) -> None:
    """Makes one asset; the file appears whole or not at all. Raises ParallaxError, or Cancelled from `check`."""
    if asset.maker not in MAKERS:
        raise ParallaxError(f"There is no maker named '{asset.maker}' in this version")
    maker = importlib.import_module(f".{MAKERS[asset.maker]}", __package__).make
    with refusing_to_write(folder / asset.file):
        write_atomically(folder / asset.file, lambda path: maker(dict(asset.values), path, check))


def run(folder: Path) -> Event:
    """Makes what is asked for in a folder. Returns how it ended, which is also its last event."""
    channel = Channel(folder)
    progress = Progress(channel)
    try:
        with channel.locked():
            progress.start()
            try:
                wanted = missing(requested(folder), folder)
                progress.expect(float(len(wanted)))
                for asset in wanted:
                    progress.say(f"Making {asset.label or asset.maker}")
                    make(asset, folder, lambda share: progress.within(f"{share:.0%}"))
                    progress.advance(1.0)
                return progress.end("done", "Done")
            except Cancelled:
                return progress.end("cancelled", "Cancelled; Update Edit goes on from here")
            except ParallaxError as error:
                return progress.end("error", str(error))
    except ParallaxError as error:
        return Event("error", str(error))
