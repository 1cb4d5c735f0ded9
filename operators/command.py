"""`blender --command infinite_parallax PICTURE --output V.mp4 --blend S.blend`: the whole way without a window."""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import bpy

from ..engine import classic
from ..engine.errors import ParallaxError
from ..engine.film import codecs
from ..engine.film.effects import Effect
from ..engine.film.export import Export
from ..engine.film.settings import GROUPS, Film
from ..engine.film.sounds import Sound
from ..engine.job import Job
from ..engine.neural import catalogue
from ..engine.neural.store import FOLDER
from ..engine.options import parsed
from ..engine.settings import Redo, SalientObject, Settings, described, options
from ..engine.style import presets
from ..scene import build, film_settings, groups, picture, planes, properties, style
from ..scene.export import FRAME
from . import background, elsewhere, film, generate, neural_python, output, view
from . import export as writing
from .terminal import Bar, quiet

NAME = "infinite_parallax"
FILM = {"sound": Sound, "effect": Effect, **GROUPS}  # options that say what becomes of the film
INTERRUPTED = 130  # what shells expect of a program that Ctrl+C has ended


def main(argv: list[str]) -> int:
    """Exit code: 0 done, 1 a sentence on stderr says what is wrong, 2 wrong usage, 130 stopped with Ctrl+C."""
    try:
        arguments = _arguments(argv)
    except SystemExit as exit:
        return exit.code or 0
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # Blender's own would only stop renders
    try:
        _run(arguments)
    except ParallaxError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped: the same command with --resume goes on from the last finished step", file=sys.stderr)
        return INTERRUPTED
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
    return 0


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"blender --command {NAME}", description="Make a parallax scene and its video from one picture.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"settings:\n{_listed(Settings, but=('objects', 'redos'))}\n\n"
               f"of each object:\n{_listed(SalientObject)}\n\nof each redo:\n{_listed(Redo)}\n\n"
               + "\n\n".join(f"of --{name}:\n{_listed(of)}" for name, of in FILM.items()))
    parser.add_argument("picture", type=Path, help="the picture")
    parser.add_argument("--output", type=Path, metavar="V.mp4", help="the video to render")
    parser.add_argument("--blend", type=Path, metavar="S.blend", help="the scene to save")
    parser.add_argument("--style", type=str.upper, choices=[*style.LABELS],
                        help="the motion: " + ", ".join(f"{name} ({label})" for name, label in style.LABELS.items())
                        + "; by default what suits the picture")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="name=value",
                        help="settings, as heights=30,20,50 or loop=off")
    parser.add_argument("--config", type=Path, metavar="config.json", help="a classic settings file; settings given with --set win")
    parser.add_argument("--object", nargs="+", action="append", default=[], metavar="name=value",
                        help="an object that is lifted out whole, as name=church box=37,20,47,78 motion=still; once for each")
    parser.add_argument("--redo", nargs="+", action="append", default=[], metavar="name=value",
                        help="a step from which on it is painted with another seed or prompt, as step=3 seed=7; once for each")
    for name, many in FILM.items():
        parser.add_argument(f"--{name}", nargs="+", action="append", default=[], metavar="name=value", help=_helped(name, many))
    parser.add_argument("--neural-python", type=Path, metavar="PYTHON",
                        help="the Python, or its environment's folder, in which models run; by default the one of the preferences")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="where models are, each in a folder by its name")
    parser.add_argument("--job", type=Path, help="the folder to paint in; by default beside the scene or video, named for it")
    parser.add_argument("--engine", choices=("auto", "eevee", "cycles"), default="auto", help="what renders")
    parser.add_argument("--resume", action="store_true", help="go on with the job that is in the folder")
    given = parser.parse_args(argv)
    if not (given.output or given.blend):
        parser.error("give --output, --blend or both: where to put the result")
    if given.output and given.output.suffix and not codecs.container_of(given.output.suffix):
        parser.error(f"--output must end in {', '.join(filter(None, codecs.SUFFIXES.values()))}, or in nothing for a folder of pictures")
    if given.blend and given.blend.suffix.lower() != ".blend":
        parser.error("--blend must end in .blend")
    groups = (("--object", given.object), ("--redo", given.redo), *((f"--{name}", getattr(given, name)) for name in FILM))
    for option, pairs in (("--set", given.set), *((option, pairs) for option, many in groups for pairs in many)):
        wrong = next((pair for pair in pairs if "=" not in pair), None)
        if wrong:
            parser.error(f"{option} wants name=value, not '{wrong}'")
    if given.style:
        if _pairs(given.set).get("style", given.style).upper() != given.style:
            parser.error("--style and style= name two styles: give one of them")
        given.set.append(f"style={given.style}")
    return given


def _listed(of: type, but: tuple[str, ...] = ()) -> str:
    return "\n".join(f"  {name:17} {_described(name, of)}" for name in options(of) if name not in but)


def _described(name: str, of: type) -> str:
    option = options(of)[name]
    if option.kind != "model":
        return described(name, of)
    return f"{option.tip} (a path, or {', '.join(one.key for one in catalogue.of_role(option.role))})"


def _settings(given: argparse.Namespace) -> Settings:
    """The settings as typed, with whole paths to files that are there."""
    typed = {name: parsed(Settings, name, text) for name, text in _pairs(given.set).items()}
    settings = Settings.from_dict({**_classic(given, typed), **typed})
    if settings.style == presets.AUTO:
        settings = replace(settings, style_overrides=",".join(filter(None, (settings.style_overrides, *sorted(_camera_typed(given))))))
    objects = tuple(SalientObject.from_text(_pairs(pairs)) for pairs in given.object)
    return replace(
        settings, **{name: _model(getattr(settings, name)) for name in properties.MODELS},
        redos=tuple(Redo.from_text(_pairs(pairs)) for pairs in given.redo),
        depth_map=_path("depth_map", settings.depth_map), cards=_path("cards", settings.cards),
        masks=tuple(_path("masks", mask) for mask in settings.masks),
        objects=tuple(replace(one, mask=_path("mask", one.mask)) for one in (*settings.objects, *objects)))


def _classic(given: argparse.Namespace, typed: dict) -> dict:
    """What the classic settings file says that was named. typed: settings that are given besides, and win."""
    if not given.config:
        return {}
    from ..engine import picture as pictures  # here, as it needs Pillow

    width, height = pictures.size(given.picture.absolute())
    most = typed.get("max_width")
    found = classic.read(given.config.absolute(), min(width, int(most)) if isinstance(most, float) and most >= 1 else width, height)
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    return found.values


def _helped(name: str, of: type) -> str:
    once = "; once for each" if name in ("sound", "effect") else ""
    return f"{of.__doc__.splitlines()[0].rstrip('.')}, as name=value{once}"


def _film(given: argparse.Namespace) -> Film:
    """The film as typed, with whole paths to files that are there."""
    made = {name: [of.from_text(_pairs(pairs)) for pairs in getattr(given, name)] for name, of in FILM.items()}
    one = {name: FILM[name].from_text({k: v for pairs in getattr(given, name) for k, v in _pairs(pairs).items()})
           for name in GROUPS}
    if given.output:
        typed = {k for pairs in given.export for k in _pairs(pairs)}
        one["export"] = _as_named(one["export"], given.output.suffix, typed)
    many = {f"{name}s": tuple(replace(one, file=_path("file", one.file)) for one in made[name]) for name in ("sound", "effect")}
    return Film(**many, **one)


def _camera_typed(given: argparse.Namespace) -> set[str]:
    """The settings of the camera that were typed, which no style changes."""
    return {name for pairs in given.camera for name in _pairs(pairs)}


def _as_named(export: Export, suffix: str, typed: set[str]) -> Export:
    """The export with the container that the file's name asks for, and where no codec was typed the container's usual one."""
    container = codecs.container_of(suffix) if suffix else "FOLDER"
    fits = container in codecs.TABLE[export.codec].containers
    if container == export.file:
        return export
    if "container" in typed or not fits and "codec" in typed:
        raise ParallaxError(f"--output ends in '{suffix}', but what --export asks for is {codecs.label(codecs.CODECS, export.codec)} in a "
                            f"file that ends in '{export.suffix}': let them be the same")
    return replace(export, container=container, codec=export.codec if fits else codecs.codec_of(container))


def _pairs(texts: list[str]) -> dict[str, str]:
    return dict(text.split("=", 1) for text in texts)


def _model(typed: str) -> str:
    """A name as it is, a path whole."""
    return str(Path(typed).absolute()) if typed and not catalogue.model(typed) and Path(typed).exists() else typed


def _path(name: str, typed: str) -> str:
    path = Path(typed).absolute() if typed else None
    if path and not path.exists():
        raise ParallaxError(f"There is nothing at {path}: check what {name}{'' if name.startswith('-') else '='} says")
    return str(path or "")


def _run(given: argparse.Namespace) -> None:
    result = (given.blend or given.output).absolute()
    folder = (given.job or result.parent / f"{result.stem}_parallax").absolute()
    settings, wanted = _settings(given), _film(given)
    for name, fitting in (("depth_map", groups.DEPTH_READING), ("cards", ("AUTO", "CARDS"))):
        if getattr(settings, name) and settings.separator not in fitting:
            raise ParallaxError(f"{name} is used with separator={' or '.join(fitting)} only: add that, or leave {name} out")
    for target in filter(None, (given.output, given.blend)):
        output.check_writable(target.absolute())
    _take_models(given)
    bpy.ops.wm.read_homefile(use_empty=True)
    scene = bpy.context.scene
    props = scene.infinite_parallax
    props.picture = _load(given.picture.absolute())
    props.folder, props.engine = str(folder), given.engine.upper()
    job = _job(given, scene, folder, settings)
    style.override(props, _camera_typed(given))  # also where the job was begun without them
    film_settings.from_film(props, _with_camera(wanted, props, _camera_typed(given)))
    warnings = () if given.resume and job.finished() and properties.ended(job) else _painted(job, scene)
    built = build.build(scene, job)
    for sentence in dict.fromkeys((*_chosen(built.scene), *warnings, *built.notes, *film.update(built.scene))):
        print(f"note: {sentence}", file=sys.stderr)
    if given.output:
        path = given.output.absolute()
        built.edit.render.filepath = str(path if path.suffix else path / FRAME)
    if given.blend:
        _save(given.blend.absolute(), built, folder)
    if given.output:
        for video in _render(built, given.output.absolute()):
            print(f"video: {video}")
    if given.blend:
        print(f"scene: {given.blend.absolute()}")


def _with_camera(wanted: Film, props, typed: set[str]) -> Film:
    """The film with the camera of the scene's style, but for what was typed."""
    own = {name: value for name, value in presets.camera(props.style).items() if name not in typed}
    return replace(wanted, camera=replace(wanted.camera, **own))


def _chosen(scene) -> tuple[str, ...]:
    """What was chosen automatically: the style, and why, and the fill."""
    props = scene.infinite_parallax
    said = ()
    if style.described(props):
        said += (f"style: {style.LABELS[props.suggested]}" + (f" ({props.style_reason})" if props.style_reason else ""),)
    if props.fill == "AUTO" and props.painter:
        said += (f"fill: {props.painter}",)
    return said


def _take_models(given) -> None:
    """The Python and the folder of models that were named, for this run alone. Raises ParallaxError where they are not there."""
    if given.neural_python:
        neural_python.preferences().own_python = _path("--neural-python", str(given.neural_python))
    if given.models:
        os.environ[FOLDER] = _path("--models", str(given.models))


def _painted(job: Job, scene) -> list[str]:
    """Has the worker paint a job; what it has warned of."""
    work = background.start(job, scene)
    work.wait()
    work.built = True
    return work.warnings


def _job(given, scene, folder: Path, settings: Settings) -> Job:
    props = scene.infinite_parallax
    if not given.resume:
        properties.from_settings(props, settings)
        return generate.submit(scene, folder)
    if not (folder / "job.json").is_file():
        raise ParallaxError(f"There is no job in {folder} to resume: leave out --resume to begin one")
    job = Job(folder)
    source, begun = job.read()
    if (given.set or given.config or given.object or given.redo) and _through(props, settings, folder) != begun:
        raise ParallaxError("A job goes on with the settings it was begun with: leave out --set, --config, --object and --redo to resume "
                            "it, or --resume to begin anew")
    if not _same(picture.hand_over(props.picture, folder), source):
        raise ParallaxError(f"The job in {folder} was begun with the picture {source}: give that one to resume it, or leave out --resume")
    properties.from_settings(props, begun)
    properties.remember_job(props, folder)
    return job


def _through(props, settings: Settings, folder: Path) -> Settings:
    """What a new job in this folder would be given."""
    properties.from_settings(props, settings)
    return properties.to_settings(props, folder)


def _same(picture: Path, source: Path) -> bool:
    """Whether a picture is the one that a job was begun with; one that was moved along with its job is known by its name."""
    return filecmp.cmp(picture, source, shallow=False) if source.is_file() else picture.name == source.name


def _load(path: Path):
    from ..engine import picture as pictures  # here, as it needs Pillow: the extension is enabled without it

    if not path.is_file() or path.suffix.lower() in picture.READABLE:
        pictures.size(path)  # the engine's sentences say more than Blender's
    try:
        return bpy.data.images.load(str(path))
    except RuntimeError:
        raise ParallaxError(f"{path} is not a picture that can be read: save it as PNG, JPEG or TIFF") from None


def _save(path: Path, built: build.Built, folder: Path) -> None:
    """Saves the .blend so that it can be moved together with its job folder; Blender itself sees to the images' paths."""
    props = built.scene.infinite_parallax
    props.folder = props.job = planes.beside_blend(str(folder), path)
    built.edit.render.filepath = planes.beside_blend(built.edit.render.filepath, path)
    view.prepare_screens()
    try:
        with quiet():
            bpy.ops.wm.save_as_mainfile(filepath=str(path), relative_remap=True)
    except RuntimeError as error:
        raise ParallaxError(f"The scene could not be saved to {path}: {error}".strip()) from None


def _render(built: build.Built, path: Path) -> list[Path]:
    """Renders the film and its editions under other names and puts them in place when they are whole."""
    output.prepare(built.scene)
    to = writing.Target(path, film_settings.export_of(built.scene.infinite_parallax))
    with quiet() as terminal, _stopping(to, terminal):
        bar = Bar(terminal)
        try:
            return writing.write(built.scene, to, lambda done, of, what: bar.show(done / of, f"Rendering {what}"))
        finally:
            bar.end()


@contextlib.contextmanager
def _stopping(to: writing.Target, terminal):
    """Ctrl+C ends a render at the next frame. Blender gives scripts no way to stop one, so the process ends here."""

    def end(*_):
        terminal.write("\n")
        print("Stopped: the same command with --resume renders again without painting", file=sys.stderr, flush=True)
        for path in to.leftovers:
            elsewhere.remove(path)
        if Path(bpy.app.tempdir).name.startswith("blender_"):  # of this session; without one Blender names the system's own
            shutil.rmtree(bpy.app.tempdir, ignore_errors=True)
        os._exit(INTERRUPTED)

    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_handle = None


def register():
    global _handle
    _handle = bpy.utils.register_cli_command(NAME, main)


def unregister():
    bpy.utils.unregister_cli_command(_handle)
