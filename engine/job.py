"""A job folder: the only contract between Blender and the worker. Plain files a person can read.

    job.json            the settings as submitted, never changed by the worker
    source.png          the picture, upright, sRGB, 8 bit, alpha flattened, without a mount around it
    crop.json           what was kept of the picture, where a mount around it was cropped (`mount.Crop`)
    cropped/            masks and depth map of the whole picture, cropped in the same way
    depth.png           how near each pixel is, where a depth map decides (16 bit, white is near)
    masks/labels.png    which layer each pixel of the picture belongs to: 0 is the farthest
    split/split.json    the layers as they are cut from the picture (`Result`), beside their tiles: what Split Layers shows
    earlier/            the finished layers of an earlier job with other motion, which are not painted again
    seen/               what models have answered about pictures: what they found, depth, descriptions
    objects/01.png      an object that was lifted out of the picture
    steps/0001/         one finished fill: what was asked and what was painted; appears whole or not at all
    layers/layers.json  the result (`Result`), beside the layers' tiles
    given/              what Blender wrote for the engine to read: painted masks, a depth map in a format of its own
    preview.png         what was painted last, small, for the panel
    events.jsonl, cancel, pause, lock: see `channel`
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .channel import Channel
from .errors import ParallaxError
from .files import refusing_to_write, write_json
from .image.mount import Crop
from .motion import Motion
from .settings import Settings, options
from .style import presets

SCHEMA = 2


@dataclass(frozen=True)
class Tile:
    """A rectangle of a layer's strip in an image file (RGBA, straight alpha, sRGB).

    x, y, width, height: the rectangle in the layer's canvas, pixels, without the padding.
    pad: pixels that the image has beyond the rectangle on every side, for filtering across borders.
    """

    file: str  # relative to the job folder
    x: int
    y: int
    width: int
    height: int
    pad: int


@dataclass(frozen=True)
class Layer:
    """One finished layer or object. `index` is its place in the settings' per-layer tuples; objects follow after the layers.

    base: of an object, the index of the layer that its base stands in; None for a layer. key: what an object is known by.
    """

    name: str
    index: int
    distance: float
    tiles: tuple[Tile, ...]
    base: int | None = None
    key: str = ""


@dataclass(frozen=True)
class Result:
    """All that the scene is built from. `layers` go from far to near; `motion` is indexed by `Layer.index`.

    heights: each layer's share of the picture's height in percent, by index; empty where the layers are no bands.
    style: what the motion is like, an identifier of `settings.STYLES`, never AUTO. reason: why it was chosen; empty where the artist did.
    separator: what the layers were made from, never AUTO. painter: name of the inpainter, such as PatchMatch.
    """

    motion: Motion
    layers: tuple[Layer, ...]
    heights: tuple[float, ...]
    style: str
    reason: str
    separator: str
    painter: str

    def to_dict(self) -> dict:
        layers = [asdict(layer) for layer in self.layers]
        camera = dict(presets.camera(self.style))
        return {"schema": SCHEMA, "style": self.style, "style_reason": self.reason, "camera": camera, "separator": self.separator,
                "painter": self.painter, "motion": self.motion.to_dict(), "layers": layers, "heights": list(self.heights)}

    @staticmethod
    def from_dict(values: dict) -> Result:
        layers = tuple(Layer(**{**layer, "tiles": tuple(Tile(**tile) for tile in layer["tiles"])}) for layer in values["layers"])
        return Result(Motion.from_dict(values["motion"]), layers, tuple(values["heights"]), values["style"], values["style_reason"],
                      values["separator"], values["painter"])


class Job(Channel):
    """A job folder by path. Reading raises ParallaxError with a sentence where the folder is not as it should be."""

    def __init__(self, folder: str | os.PathLike):
        super().__init__(folder)
        self.source = self.folder / "source.png"
        self.crop_file = self.folder / "crop.json"
        self.cropped = self.folder / "cropped"
        self.depth = self.folder / "depth.png"
        self.labels = self.folder / "masks" / "labels.png"
        self.split = self.folder / "split"
        self.objects = self.folder / "objects"
        self.seen = self.folder / "seen"
        self.steps = self.folder / "steps"
        self.layers = self.folder / "layers"
        self.preview = self.folder / "preview.png"

    @staticmethod
    def create(folder: str | os.PathLike, picture: str | os.PathLike, settings: Settings, only: str = "",
               earlier: str | os.PathLike | None = None, periods: Sequence[tuple[int, int]] = ()) -> Job:
        """A new job in `folder`, which is made; an older job of ours in it is replaced, anything else is refused.

        only: "split" ends it when the layers are cut out, before anything is painted behind them.
        earlier: a job whose objects and fills are taken over: what is asked again is not painted again.
        periods: of the layers' canvases in that job, (x, y) in pixels, which are kept where they are not 0.
        """
        job = Job(folder)
        picture = Path(picture).resolve()
        with refusing_to_write(job.folder):
            if job.folder.exists() and any(path.name != "lock" for path in job.folder.iterdir()) and not job._is_ours():
                raise ParallaxError(f"The folder {job.folder} holds other files: choose an empty or a new one")
            job.folder.mkdir(parents=True, exist_ok=True)
            with job.locked():
                job._clear(keep=(job.objects, job.seen, job.steps) if earlier and Path(earlier).resolve() == job.folder.resolve() else ())
                if earlier:
                    job._take_over(Job(earlier))
                about = {"schema": SCHEMA, **_with_paths({"picture": str(picture), "settings": settings.to_dict()}, job._kept)}
                about |= {"only": only} if only else {}
                write_json(job.folder / "job.json", about | ({"periods": periods} if periods else {}))
        return job

    def _take_over(self, earlier: Job) -> None:
        """Brings what an earlier job lifted and painted; each says itself which question it answers."""
        from . import journal  # these know this module
        from .canvas import earlier as layers

        journal.take_over(self.steps, earlier.steps)
        layers.keep(self, earlier)
        for theirs, ours in ((earlier.objects, self.objects), (earlier.seen, self.seen)):
            if theirs.is_dir() and not ours.exists():
                shutil.copytree(theirs, ours)

    def _is_ours(self) -> bool:
        """Whether job.json is one that `create` wrote, of whatever version."""
        try:
            values = json.loads((self.folder / "job.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(values, dict) and {"schema", "picture", "settings"} <= set(values)

    def _clear(self, keep: tuple[Path, ...] = ()) -> None:
        """Takes an older job out of the folder, first of all what says that it is finished. What a split shows stays till the next one."""
        (self.layers / "layers.json").unlink(missing_ok=True)
        for folder in (self.labels.parent, self.steps, self.layers, self.objects, self.seen, self.cropped, self.folder / "earlier"):
            if folder not in keep:
                shutil.rmtree(folder, ignore_errors=True)
        for file in (self.source, self.crop_file, self.depth, self.preview, self.events, self.cancel_file, self.pause_file):
            file.unlink(missing_ok=True)

    def read(self) -> tuple[Path, Settings]:
        """The picture's path and the settings."""
        values = self._json(self.folder / "job.json", "is not a job folder of Infinite Parallax: choose the folder that holds job.json")
        try:
            values = _with_paths(values, self._found)
            return Path(values["picture"]), Settings.from_dict({**values["settings"]})
        except (KeyError, TypeError, AttributeError):
            raise ParallaxError(f"{self.folder / 'job.json'} is damaged: generate the parallax again") from None

    @property
    def only(self) -> str:
        """Where the job ends before it is painted: "split", or "" for one that goes all the way."""
        return str(self._json(self.folder / "job.json", "is not a job folder of Infinite Parallax").get("only", ""))

    def periods(self) -> tuple[tuple[int, int], ...] | None:
        """The periods that layers keep from an earlier job, 0 on an axis that is free; None where there is no such job."""
        given = self._json(self.folder / "job.json", "is not a job folder of Infinite Parallax").get("periods")
        try:
            return tuple((int(x), int(y)) for x, y in given) if given else None
        except (TypeError, ValueError):
            raise ParallaxError(f"{self.folder / 'job.json'} is damaged: generate the parallax again") from None

    def result(self) -> Result:
        return self._result(self.layers / "layers.json", "has no finished layers yet: resume the job")

    def split_result(self) -> Result:
        """The layers as they are cut from the picture, with nothing painted behind them."""
        return self._result(self.split / "split.json", "has no split layers yet: click Split Layers")

    def _result(self, path: Path, absent: str) -> Result:
        values = self._json(path, absent)
        try:
            return Result.from_dict(values)
        except (KeyError, TypeError, AttributeError):
            raise ParallaxError(f"{path} is damaged: resume the job to write it again") from None

    def finished(self) -> bool:
        return (self.layers / "layers.json").is_file()

    def crop(self) -> Crop | None:
        """What was kept of the picture; None where that is all of it, or no run has begun yet."""
        if not self.crop_file.is_file():
            return None
        values = self._json(self.crop_file, "has no crop")
        try:
            left, top, right, bottom = (int(value) for value in values["box"])
            return Crop(int(values["width"]), int(values["height"]), (left, top, right, bottom))
        except (KeyError, TypeError, ValueError):
            raise ParallaxError(f"{self.crop_file} is damaged: generate the parallax again") from None

    def remember_crop(self, crop: Crop | None) -> None:
        """Notes what was kept of the picture. Raises ParallaxError where that cannot be written."""
        with refusing_to_write(self.crop_file):
            if crop:
                write_json(self.crop_file, {"schema": SCHEMA, **asdict(crop)})
            else:
                self.crop_file.unlink(missing_ok=True)

    def tile_path(self, tile: Tile) -> Path:
        """Where a tile's image is. Refuses a path that leads out of the folder."""
        path = (self.folder / tile.file).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ParallaxError(f"The layer file {tile.file} lies outside the job folder: generate the parallax again")
        return path

    def _kept(self, path: str) -> str:
        """A path as it stands in job.json: what lies in the folder moves along with it."""
        path = Path(path).absolute()
        inside = path.is_relative_to(self.folder.absolute())
        return path.relative_to(self.folder.absolute()).as_posix() if inside else str(path)

    def _found(self, path: str) -> str:
        """A path of job.json as it is now. Refuses a relative one that leads out of the folder."""
        found = self.folder / path
        if not Path(path).is_absolute() and not found.resolve().is_relative_to(self.folder.resolve()):
            raise ParallaxError(f"The file {path} of the job lies outside its folder {self.folder}: generate the parallax again")
        return str(found)

    def _json(self, path: Path, absent: str) -> dict:
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ParallaxError(f"{self.folder} {absent}") from None
        except (OSError, ValueError):
            raise ParallaxError(f"{path} cannot be read: generate the parallax again") from None
        schema = values.get("schema") if isinstance(values, dict) else None
        if schema != SCHEMA:
            raise ParallaxError(f"{path} is from another version ({schema}, this is {SCHEMA}): generate the parallax again in a new folder")
        return values


def _with_paths(values: dict, changed: Callable[[str], str]) -> dict:
    """A job's values with each path of a file or folder changed."""
    settings = {**values["settings"]}
    for name, option in options().items():
        if option.kind in ("file", "folder") and settings.get(name):
            given = settings[name]
            settings[name] = changed(given) if isinstance(given, str) else [path and changed(path) for path in given]
        elif option.kind == "model" and Path(settings.get(name) or "").is_absolute():  # else it is a name of the catalogue
            settings[name] = changed(settings[name])
    if settings.get("objects"):
        settings["objects"] = [{**one, "mask": changed(one["mask"])} if one.get("mask") else one for one in settings["objects"]]
    return {**values, "picture": changed(values["picture"]), "settings": settings}
