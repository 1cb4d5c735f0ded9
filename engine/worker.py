"""Runs a job folder from the picture to the finished layers, and says in events.jsonl how it goes."""

from __future__ import annotations

import hashlib
import math
import os
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from . import depth, estimate, inpaint, journal, machine, motion, objects, output, picture, separators
from .canvas import bounded, earlier, periods, seams, visibility, walk
from .canvas.earlier import Painted
from .channel import Event
from .cuts import Cut
from .errors import Cancelled, ParallaxError
from .files import refusing_to_write, write_atomically, write_json
from .fresh import StepLoop
from .image import mount
from .inpaint import Inpainter
from .inpaint.processes import Processes
from .job import Job, Layer, Result
from .journal import Journal
from .layers import automatic
from .motion import Motion
from .neural import device, light, needs, studio, subject
from .progress import Progress
from .repeat import close, hidden_lines
from .seer import Seer
from .separators import Split
from .settings import SalientObject, Settings
from .style import presets, suggestion
from .style.suggestion import Suggestion

SMALL = 400_000  # pixels of a picture up to which one process paints
MOST_PROCESSES = 4  # that paint at once: more wait for memory rather than for work
SHOWN = 1536  # pixels on the longer side of what is laid over the viewport
LOOKED_AT = 400  # pixels of a layer by which is found how well its ends meet
NEARER = 1.6  # times as fast as a single layer moves the subject that was found before it
PERIOD = 1.25  # frame widths after which a layer of a scroll begins again, as a rule
PREVIEW = 256  # and of what the panel shows of the last fill


def run(job: Job, seer: Seer | None = None) -> Event:
    """Runs or resumes a job. Returns how it ended, which is also its last event: done, cancelled or error.

    seer: finds things instead of the models that the job names.
    """
    try:
        with job.locked():
            return _run(job, Progress(job), seer)
    except ParallaxError as error:  # the folder is another process's, or cannot be written: its events are not ours to add to
        return Event("error", str(error))


def _run(job: Job, progress: Progress, seer: Seer | None) -> Event:
    try:
        with refusing_to_write(job.folder):
            for request in (job.cancel_file, job.pause_file):
                request.unlink(missing_ok=True)
            progress.start()
        _layers(job, progress, seer)
        return progress.end("done", "Done")
    except Cancelled:
        return progress.end("cancelled", "Cancelled; Resume goes on from here")
    except ParallaxError as error:
        return progress.end("error", str(error))
    except MemoryError:
        return progress.end("error", "This computer has too little free memory for the picture: set a Work Width, or close other programs")
    except Exception as error:
        traceback.print_exc()  # for the log; the artist gets a sentence
        return progress.end("error", f"Something went wrong that should not ({type(error).__name__}: {error}): report it with worker.log")


@dataclass(frozen=True)
class _Task:
    """What both ways of filling the layers work with. source: (H, W, 3) uint8, without the objects.

    order: indices of layers and objects from far to near, in the order of `cuts`.
    """

    job: Job
    source: np.ndarray
    split: Split
    order: tuple[int, ...]
    cuts: tuple[Cut, ...]
    names: tuple[str, ...]
    keys: tuple[str, ...]
    attached: tuple[motion.Attached, ...]
    style: Suggestion
    painted: Painted | None
    plan: Motion
    inpainter: Journal
    processes: Processes | None
    progress: Progress

    @property
    def settings(self) -> Settings:
        return self.split.settings


def _layers(job: Job, progress: Progress, seer: Seer | None) -> None:
    path, settings = job.read()
    settings = automatic.resolved(settings, light.available("depth") is not None)
    settings = needs.asked(studio.resolved(settings, os.environ.get(device.WANTED, "auto")), job.only)
    progress.expect(1.0)
    progress.say("Reading the picture")
    source = _source(job, path, settings, progress)
    if crop := job.crop():
        settings = crop.settings(settings, job.cropped)
    settings = _with_subject(job, source, settings, progress)
    expected = estimate.estimate(settings, source.shape[1], source.shape[0])
    progress.expect(expected.seconds - estimate.START)
    eyes = None if seer else _studio(job, settings, progress)
    painter = eyes.inpainter() if eyes else inpaint.best(settings.fill)
    processes = _processes(painter, source, settings)
    try:
        if processes:  # fills come in another order each time
            journal.take_over(job.steps, job.steps)
        inpainter = _journal(job, source, settings, expected, processes or painter, progress)
        _lifted_and_filled(job, source, settings, inpainter, processes, eyes, seer or eyes, progress)
    finally:
        if processes:
            processes.close()


def _processes(painter: Inpainter, source: np.ndarray, settings: Settings) -> Processes | None:
    """What paints several layers at once; None where a model paints, or for a picture that is done before processes have started."""
    count = min(os.cpu_count() or 1, MOST_PROCESSES)
    small = source.shape[0] * source.shape[1] < SMALL
    return None if count < 2 or small or painter.name not in inpaint.BUILT_IN else Processes(settings.fill, count)


def _lifted_and_filled(job: Job, source: np.ndarray, settings: Settings, inpainter: Journal, processes: Processes | None,
                       eyes: studio.Studio | None, seer: Seer | None, progress: Progress) -> None:
    """From the picture to files: objects are lifted out, the rest becomes layers, and what these hide is painted."""
    searched = replace(settings, objects=()) if settings.separator == "CARDS" else settings
    lifting = objects.lift(source, searched, inpainter, progress.say, job.objects, seer)
    for note in lifting.notes:
        progress.warn(note)
    inpainter.scene = lifting.picture
    task = replace(_taken_apart(job, lifting, settings, inpainter, seer, progress), processes=processes)
    _check_redos(task)
    if eyes:
        eyes.lifted(lifting.words)
        eyes.seen()
    if job.only == "split":
        _finish(job.split / "split.json", task, _visible(task))
    else:
        fill = _bounded if task.plan.margins else _fresh if task.settings.content == "FRESH" else _repeating
        _finish(job.layers / "layers.json", task, fill(task))
        inpainter.forget_others()
        earlier.forget(job)


def _with_subject(job: Job, source: np.ndarray, settings: Settings, progress: Progress) -> Settings:
    """The settings with the main subject as an object, where a model finds one and the artist has named no others."""
    if not settings.find_subject or settings.objects or settings.separator == "CARDS":
        return settings
    model = subject.light_model(settings.subject_model)
    of_picture = f"subject-{hashlib.blake2b(source, digest_size=8).hexdigest()}"  # an earlier job may have had another picture
    if model:
        file = job.seen / f"{of_picture}-{hashlib.blake2b(light.file(model).name.encode(), digest_size=4).hexdigest()}.png"
    else:  # it may have been found on another computer
        file = next(iter(sorted(job.seen.glob(f"{of_picture}-*.png"))), None)
    mask = _mask(file) if file else None
    if mask is None and model:
        progress.say("Finding the subject")
        found = subject.gated(source, model)
        mask = np.zeros(source.shape[:2], np.uint8) if found is None else found
        with refusing_to_write(file):
            write_atomically(file, lambda path: picture.save_png(path, mask))
    if mask is None or not (mask >= 128).any():  # there is no model, or no subject
        return settings
    return replace(settings, objects=(SalientObject(name="Subject", key="subject", subject=True, mask=str(file)),))


def _mask(file: Path) -> np.ndarray | None:
    """A mask that an earlier run wrote; None where it is not there or damaged."""
    with suppress(OSError, SyntaxError, ValueError):
        return picture.load_png(file)
    return None


def _studio(job: Job, settings: Settings, progress: Progress) -> studio.Studio | None:
    """The models that the job asks for, where there are any; progress says what they run on."""
    eyes = studio.opened(settings, progress.check, lambda share: progress.within(f"{share:.0%}"), progress.warn,
                         os.environ.get(device.WANTED, "auto"), job.seen)
    if eyes:
        progress.device = eyes.device.described()
        progress.pausing = eyes.leave if eyes.device.kind != "cpu" else None
    return eyes


def _check_redos(task: _Task) -> None:
    """Says of redos that there is nothing they could count for."""
    fresh = task.settings.content == "FRESH" and not task.plan.margins
    steps, what = (math.ceil(task.plan.end - 1e-9), "steps") if fresh else (len(task.order), "layers and objects")
    for redo in task.settings.redos:
        if redo.step > steps:
            task.progress.warn(f"The redo from {redo.step} on changes nothing: there are {steps} {what}")


def _finish(path, task: _Task, layers: tuple[Layer, ...]) -> None:
    crop = task.job.crop()
    heights = crop.heights_of_whole(task.settings.heights) if crop else task.settings.heights
    result = Result(task.plan, layers, heights, task.style.style, task.style.reason, task.settings.separator, task.inpainter.name)
    with refusing_to_write(path):
        write_json(path, result.to_dict())


def _taken_apart(job: Job, lifting: objects.Lifting, settings: Settings, inpainter: Journal, seer: Seer | None,
                 progress: Progress) -> _Task:
    """The picture without its objects in layers, and the objects at their places among them."""
    progress.say("Finding the layers")
    lifted = tuple(_framed(one, lifting.picture.shape[:2]) for one in lifting.lifted)
    gone = [separators.Removed(cut.alpha > 0, one.foot) for cut, one in zip(lifted, lifting.lifted)]
    with progress.working(estimate.splitting(settings, *lifting.picture.shape[1::-1])):
        split = separators.split(lifting.picture, settings, gone, seer)
    wanted = [settings.objects[one.index] for one in lifting.lifted]
    if split.settings.layers == 1 and not job.read()[1].objects:  # a subject found unasked is all that there is to move
        wanted = [replace(one, motion="FACTOR", factor=NEARER) for one in wanted]
    apart = split.settings.layers > 1 or any(one.motion != "LAYER" for one in wanted)
    style = _style(split, [cut.alpha for cut, one in zip(lifted, wanted) if one.subject and apart], settings)
    if settings.style == presets.AUTO:
        split = replace(split, settings=split.settings.styled(style.style))
    settings, (height, width) = split.settings, split.labels.shape
    order = motion.far_to_near(settings)
    attached = tuple(motion.Attached(order[rank], one.motion, one.factor) for rank, one in zip(split.bases, wanted))
    kept = job.periods()
    if kept:
        plan = motion.plan(settings, width, height, kept, attached, extend=True)
    else:
        plan = periods.planned(settings, width, height, [_strip(cut) for cut in split.cuts], attached)
    for note in (*split.notes, *plan.notes):
        progress.warn(note)
    if job.only != "split":
        progress.revise(estimate.remaining(replace(settings, style=style.style), width, height))
    _show(job, lifting.picture, split)
    names = (*(settings.names or (f"Layer {i + 1}" for i in range(settings.layers))), *(one.name for one in lifting.lifted))
    stack, cuts = _stacked(order, split.cuts, split.bases, lifted)
    keys = (*[""] * settings.layers, *(settings.objects[one.index].key or one.name for one in lifting.lifted))
    painted = Painted.of(job, settings, split.labels, plan, inpainter.name)
    return _Task(job, split.source, split, stack, cuts, names, keys, attached, style, painted, plan, inpainter, None, progress)


def _style(split: Split, subjects: list[np.ndarray], settings: Settings) -> Suggestion:
    """The style that the artist chose, or the one that suits the picture. subjects: alphas of main subjects that were lifted out."""
    if settings.style != presets.AUTO:
        return Suggestion(settings.style, "")
    return suggestion.suggested(split.labels, subjects, (_closing(cut) for cut in split.cuts), split.sure)


def _closing(cut: Cut) -> walk.Walk:
    """How a layer closes to a loop in a scroll; looked at small."""
    strip = _strip(cut)
    return seams.closing(strip, round(PERIOD * strip.shape[1]))


def _strip(cut: Cut) -> np.ndarray:
    """(h, w, 4) uint8, what the picture has of a layer, small."""
    return _small(np.dstack([cut.rgb, np.where(cut.known, cut.alpha, np.uint8(0))]), LOOKED_AT)


def _framed(one: objects.Lifted, shape: tuple[int, int]) -> Cut:
    """An object as a layer of the picture."""
    rgb, alpha = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8)
    place = np.s_[one.y : one.y + one.alpha.shape[0], one.x : one.x + one.alpha.shape[1]]
    rgb[place], alpha[place] = one.rgb, one.alpha
    return Cut(rgb, alpha, alpha > 0, nearness=one.nearness)


def _stacked(order: tuple[int, ...], layers: tuple[Cut, ...], ranks: tuple[int, ...], lifted: tuple[Cut, ...]):
    """Indices and cuts of all, far to near: each object just in front of the layer whose rank is its own.

    Of two objects on one layer the first was lifted off the second, so it lies over it.
    """
    stack, cuts = [], []
    for rank, index in enumerate(order):
        stack.append(index)
        cuts.append(layers[rank])
        for number in reversed(range(len(lifted))):
            if ranks[number] == rank:
                stack.append(len(order) + number)
                cuts.append(lifted[number])
    return tuple(stack), tuple(cuts)


def _show(job: Job, source: np.ndarray, split: Split) -> None:
    """Writes what the artist looks at: which layer each pixel belongs to, and the depth map that decided it."""
    with refusing_to_write(job.labels):
        write_atomically(job.labels, lambda path: picture.save_png(path, split.labels))
        tinted = _small(separators.tinted(source, split.labels))
        write_atomically(job.split / "layers.png", lambda path: picture.save_png(path, tinted))
        if split.depth:
            nearness = np.rint(split.depth.nearness * 65535.0).astype(np.uint16)
            write_atomically(job.depth, lambda path: picture.save_png(path, nearness))
            shown = _small(depth.preview(split.depth.nearness, split.labels))
            write_atomically(job.split / "depth.png", lambda path: picture.save_png(path, shown))


def _small(shown: np.ndarray, longest: int = SHOWN) -> np.ndarray:
    """A picture to look at no larger than Blender reads at once."""
    scale = longest / max(shown.shape[:2])
    return picture.scaled(shown, round(shown.shape[1] * scale), round(shown.shape[0] * scale)) if scale < 1.0 else shown


def _source(job: Job, path, settings: Settings, progress: Progress) -> np.ndarray:
    """The picture at the size that is worked on; from source.png when an earlier run wrote it."""
    with suppress(OSError, SyntaxError, ValueError):  # there is none yet, or it is damaged
        return picture.load_png(job.source)
    source, notes = picture.read(path)
    source, crop = _without_mount(source, settings)
    job.remember_crop(crop)
    notes += [crop.note()] if crop else []
    height, width = source.shape[:2]
    wide, high = machine.fitting(settings, width, height)
    if (wide, high) != (width, height):
        source = picture.scaled(source, wide, high)
        notes.append(f"The picture is worked on at {wide} x {high} pixels instead of {width} x {height}")
    for note in notes:
        progress.warn(note)
    with refusing_to_write(job.source):
        write_atomically(job.source, lambda temporary: picture.save_png(temporary, source))
    return source


def _without_mount(source: np.ndarray, settings: Settings) -> tuple[np.ndarray, mount.Crop | None]:
    """The picture within its mount. Cards cover all of the picture, which only says how large they are."""
    box = None if settings.keep_mount or settings.separator == "CARDS" else mount.found(source)
    if box is None:
        return source, None
    return mount.cut(source, box), mount.Crop(source.shape[1], source.shape[0], box)


def _journal(job: Job, source: np.ndarray, settings: Settings, expected: estimate.Estimate, painter: Inpainter,
             progress: Progress) -> Journal:
    def before(number: int) -> None:
        progress.say(f"Painting, fill {number} of {max(number, expected.fills)}")

    def landed(painted: np.ndarray, pixels: int, replayed: bool) -> None:
        progress.advance(pixels / estimate.paint_rate(settings), replayed)
        if not replayed:
            with suppress(OSError):  # it is only looked at
                write_atomically(job.preview, lambda path: picture.save_png(path, _small(painted, PREVIEW), level=1))

    if painter.name not in inpaint.BUILT_IN and job.read()[1].fill != "DIFFUSION":  # which the artist has named
        progress.warn(f"Fill: {painter.name}")
    return Journal(job.steps, painter, settings, source, before, landed)


def _visible(task: _Task) -> tuple[Layer, ...]:
    """The layers as the picture shows them, with nothing painted behind them."""
    return tuple(_write(task, place, output.PlainStrip(cut.rgb, np.where(cut.known, cut.alpha, 0)), "split")
                 for place, cut in enumerate(task.cuts))


def _repeating(task: _Task) -> tuple[Layer, ...]:
    """The layers as canvases that repeat where they move."""
    hidden = hidden_lines([_hiding(task, place) for place in range(len(task.cuts))], task.plan)

    def strip(place: int, inpainter: Inpainter) -> output.Strip:
        period = task.plan.periods[task.order[place]]
        with task.progress.working(estimate.walking(task.settings, (period,))):
            canvas = close(_known(task, place), task.source, period, hidden[place], task.settings, inpainter)
        return output.TorusStrip(canvas, period)

    return _side_by_side(task, strip)


def _bounded(task: _Task) -> tuple[Layer, ...]:
    """The layers with what their motion shows beyond the frame; nothing else of them is painted."""
    margins = [task.plan.margins[index] for index in task.order]
    visible = visibility.revealed([_hiding(task, place) for place in range(len(task.cuts))], margins)

    def strip(place: int, inpainter: Inpainter) -> output.Strip:
        with task.progress.working(estimate.extending(margins[place : place + 1])):
            canvas = bounded.extended(_known(task, place), margins[place], visible[place], task.settings, inpainter)
        return output.PlainStrip(canvas.rgba[..., :3], canvas.rgba[..., 3], canvas.left, canvas.top)

    return _side_by_side(task, strip)


def _side_by_side(task: _Task, strip: Callable[[int, Inpainter], output.Strip]) -> tuple[Layer, ...]:
    """Writes all layers, far to near: several at a time where fills run in processes of their own.

    strip: what a layer shows, by its place; called in threads.
    """
    def layer(place: int) -> Layer:
        task.progress.say(f"Layer {place + 1} of {len(task.order)}")
        return _write(task, place, strip(place, task.inpainter.at(place + 1)))

    places = range(len(task.order))
    if task.processes is None:
        return tuple(layer(place) for place in places)
    with ThreadPoolExecutor(task.processes.count) as threads:
        futures = [threads.submit(layer, place) for place in places]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            task.processes.close()
            threads.shutdown(cancel_futures=True)
            raise
    return tuple(future.result() for future in futures)


def _known(task: _Task, place: int) -> Cut:
    """A layer with what an earlier job has painted of it."""
    cut = task.cuts[place]
    return task.painted.added(cut, task.order[place]) if task.painted else cut


def _hiding(task: _Task, place: int) -> np.ndarray:
    """The alpha by which a layer hides what is behind it: none where the artist does not show it."""
    index, hidden = task.order[place], task.settings.hidden
    alpha = task.cuts[place].alpha
    return np.zeros_like(alpha) if index < len(hidden) and hidden[index] >= 0.5 else alpha


def _fresh(task: _Task) -> tuple[Layer, ...]:
    """The layers' canvases grow with the motion; objects are laid over them as they are."""
    plan, count = task.plan, task.settings.layers
    if any(task.settings.hidden):
        task.progress.warn("Fresh content is painted as if all layers were shown: Repeat paints what the hidden ones hide")
    ranks = [place for place, index in enumerate(task.order) if index < count]

    def begins(k: int, steps: int) -> None:
        task.progress.say(f"Step {k} of {steps}")
        task.inpainter.step = k

    loop = StepLoop(task.split, plan, task.inpainter)
    loop.run(begins)
    slanted = all(any(v[axis] for v in plan.velocities) for axis in (0, 1))
    layers = []
    for place, index in enumerate(task.order):
        if index < count:
            ground = None if place else output.Sweep(plan.path(index), (plan.width, plan.height))
            strip = output.SparseStrip(loop.canvases[ranks.index(place)], slanted, ground)
        else:
            strip = output.PlainStrip(task.cuts[place].rgb, task.cuts[place].alpha)
        layers.append(_write(task, place, strip))
    return tuple(layers)


def _write(task: _Task, place: int, strip: output.Strip, folder: str = "layers") -> Layer:
    index = task.order[place]
    task.progress.say(f"Writing layer {place + 1} of {len(task.order)}")
    tiles = output.write(task.job.folder, f"{folder}/{index + 1:02d}", strip)
    task.progress.advance(sum(tile.width * tile.height for tile in tiles) / estimate.OTHER_RATE)
    if index < task.settings.layers:
        return Layer(task.names[index], index, motion.distances(task.settings)[index], tiles, None, task.keys[index])
    attached = task.attached[index - task.settings.layers]
    distance = motion.distances(task.settings)[attached.base]
    if task.settings.layers == 1:  # among more, planes would stand in another order than the layers were painted in
        distance /= max(attached.share, 1.0)
    return Layer(task.names[index], index, distance, tiles, attached.base, task.keys[index])
