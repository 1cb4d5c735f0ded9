"""Whole jobs with layers of any shape, and objects before them: what is seen at any moment, and what is kept from job to job."""

import json
import math
import shutil

import numpy as np
import pytest
from PIL import Image

from engine import estimate, inpaint, motion, separators, worker
from engine.fresh import StepLoop
from engine.job import Job
from tests.engine import journals
from tests.engine.scenes import Finished, moments, noise, save
from tests.support.settings import plain
from tests.truth import jobs, scenes

FRESH = {"content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": 2, "fps": 6.0}
KINDS = {
    "loop": {},
    "open": {"loop": False, "length": "STEPS", "steps": 12},
    "fresh": FRESH,
    "behind": {**FRESH, "fill_behind": True},
}
JOBS = [
    ("loop", "blobs", 0.0), ("loop", "fence", 37.0), ("loop", "poles", 90.0), ("loop", "holed", 213.7), ("loop", "nested", 180.0),
    ("open", "fence", 180.0), ("open", "holed", 37.0), ("fresh", "fence", 0.0), ("fresh", "poles", 37.0), ("fresh", "holed", 90.0),
    ("fresh", "touching", 180.0), ("behind", "holed", 213.7), ("behind", "fence", 180.0),
]  # fmt: skip
PLAIN = {"matte": jobs.MATTE, "depth_range": 8.0, "near": "WHITE"}


@pytest.fixture(scope="module", params=JOBS, ids=lambda job: f"{job[0]}-{job[1]}-{job[2]:g}")
def done(request, tmp_path_factory):
    """How it moves, the scene, and its finished job."""
    kind, name, angle = request.param
    scene = scenes.scene(name)
    return kind, scene, jobs.run(scene, tmp_path_factory.mktemp(name), direction=angle, **KINDS[kind])


def no_hole(finished, count=24):
    for number, frame in enumerate(moments(finished.frames, count)):
        open_ = finished.see(frame, nearest=bool(number % 2))[1]
        assert not open_.any(), f"{open_.sum()} pixels at frame {frame}, the first {np.argwhere(open_)[0]}"


def first_frame_error(finished, source):
    return np.abs(finished.see(1.0)[0] - source).mean()


def test_nothing_is_uncovered_at_any_moment(done):
    no_hole(done[2])


def test_the_first_frame_is_the_picture(done):
    _, scene, finished = done
    off = np.abs(finished.see(1.0)[0] - scene.source).mean(axis=2)
    assert off.mean() < 0.4 and np.percentile(off, 99) < 15.0


def test_a_loop_closes_and_moves_in_between(done):
    kind, _, finished = done
    first = finished.see(1.0)[0]
    assert np.abs(first - finished.see(1.0 + finished.frames / 2)[0]).mean() > 2.0
    assert finished.motion["loop"] == (kind == "loop")
    if kind == "loop":
        assert np.abs(first - finished.see(finished.frames + 1.0)[0]).max() < 0.01


def test_what_was_seen_of_each_layer_moves_exactly(done):
    """By whole pixels, where one layer alone was seen in the first frame and is seen now."""
    _, scene, finished = done
    for share in (0.1, 0.5):
        t = share * 60.0 / max(math.hypot(*v) for v in finished.motion["velocities"])
        offsets = [tuple(round(v * t) for v in finished.motion["velocities"][index]) for index in finished.order]
        assert any(any(at) for at in offsets) or share < 0.2
        true, shown = scene.frame(offsets)
        alone = shown & ~scene.entered(offsets) & _deep(scene, offsets)
        assert alone.mean() > 0.08
        seen = finished.place([offsets[finished.order.index(index)] for index in range(len(offsets))], nearest=True)[0]
        off = np.abs(np.rint(seen) - true).max(axis=2)[alone]
        assert (off <= 2.0).mean() > 0.93 and off.mean() < 1.0


def _deep(scene, offsets):
    """Where nothing soft lies over what is seen, neither now nor in the first frame, within a border's reach."""
    out = np.zeros(scene.labels.shape, bool)
    sure = scene.visible.max(axis=0) > 0.999
    sure = np.lib.stride_tricks.sliding_window_view(np.pad(sure, 6, constant_values=True), (13, 13)).all(axis=(2, 3))
    now = scenes._shares([scenes._framed(layer.alpha, *at) for layer, at in zip(scene.layers, offsets)])
    for rank, (x, y) in enumerate(offsets):
        moved = np.roll(sure & (scene.labels == rank), (y, x), (0, 1))
        out |= moved & (now[rank] > 0.999)
    return out


# -- objects -------------------------------------------------------------------------------------------------------------

BOX = {"box": [16, 35, 42, 80]}  # around the brown box in the scene "blobs"
OBJECTS = {
    "with its layer": ([BOX], {}),
    "half as fast": ([{**BOX, "motion": "FACTOR", "factor": 0.5}], {"direction": 37.0, "loop": False}),
    "against its layer": ([{**BOX, "motion": "FACTOR", "factor": -1.0}], {}),
    "still": ([{**BOX, "motion": "STILL"}], {"direction": 90.0}),
    "at the frame's edge": ([{"box": [0, 40, 30, 100]}], {}),
    "most of the picture": ([{"box": [3, 3, 97, 97]}], {"direction": 213.7}),
    "two that overlap": ([{"box": [35, 40, 75, 90]}, {"box": [6, 30, 45, 85]}], {}),
    "fresh": ([BOX], FRESH),
    "fresh, most of the picture": ([{"box": [3, 3, 97, 97]}], {**FRESH, "direction": 213.7}),
    "fresh, two that overlap": ([{"box": [35, 40, 75, 90]}, {**BOX, "motion": "STILL"}], {**FRESH, "fill_behind": True}),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_before_shaped_layers(name, tmp_path):
    pytest.importorskip("cv2")
    objects, settings = OBJECTS[name]
    scene = scenes.scene("blobs")
    finished = jobs.run(scene, tmp_path, objects=objects, **settings)
    result = Job(finished.folder).result()
    layers, lifted = [x for x in result.layers if x.base is None], [x for x in result.layers if x.base is not None]
    assert len(layers) == len(scene.layers) and len(lifted) == len(objects)
    no_hole(finished, 12)
    assert first_frame_error(finished, scene.source) < 0.8
    for one in lifted:
        wanted = objects[one.index - len(layers)]
        share = {"STILL": 0.0, "FACTOR": wanted.get("factor")}.get(wanted.get("motion"), 1.0)
        base, own = result.motion.velocities[one.base], result.motion.velocities[one.index]
        assert own == pytest.approx(tuple(share * v for v in base), rel=0.02, abs=1e-6)
        assert [x.index for x in result.layers].index(one.base) < [x.index for x in result.layers].index(one.index)


@pytest.mark.parametrize("settings", [{}, FRESH], ids=["repeat", "fresh"])
def test_an_object_given_by_a_mask_moves_exactly_and_the_picture_shows_it_whole(tmp_path, settings):
    scene = scenes.scene("touching")  # the middle layer as an object: the near one stands before part of it
    mask = save(np.where(scene.labels == 1, np.uint8(255), np.uint8(0)), tmp_path / "mask.png")
    finished = jobs.run(scene, tmp_path, objects=[{"mask": str(mask)}], **settings)
    assert first_frame_error(finished, scene.source) < 0.8
    no_hole(finished, 12)
    inner = (scene.labels == 1) & (scene.visible[1] > 0.999)
    alone = finished.layer(3, (-7, 0), nearest=True)
    ys, xs = np.nonzero(inner[:, 7:])
    moved = alone[ys, xs]
    assert (moved[:, 3] > 0.99).mean() > 0.95
    off = np.abs(moved[:, :3] * 255.0 - scene.source[ys, xs + 7]).max(axis=1)
    assert np.median(off) <= 1.0 and (off < 30).mean() > 0.95


def test_what_an_object_hid_is_no_nearer_than_what_it_stands_in(tmp_path):
    """The depth map does not know that it is gone, and from the sides something near goes on behind it."""
    source = np.zeros((100, 160, 3), np.uint8) + np.uint8([90, 120, 190])
    source[60:] = (90, 140, 60)
    source[20:100, :50] = source[20:100, 110:] = (60, 40, 30)
    source[30:70, 60:100] = (220, 200, 60)
    near = np.zeros((100, 160), np.uint8)
    near[60:], near[20:100, :50], near[20:100, 110:] = 90, 255, 255
    near[30:70, 52:108] = 90
    mask = np.zeros((100, 160), np.uint8)
    mask[30:70, 52:108] = 255
    foot = (69, 60, 100)
    values = {**PLAIN, "separator": "DEPTH", "depth_map": str(save(near, tmp_path / "near.png")), "layers": 3, "distances": [8, 3, 1]}
    split = separators.split(source, plain(values), [separators.Removed(mask > 0, foot)])
    assert split.bases == (1,)
    assert (split.labels[mask > 0] <= 1).all() and (split.labels[25:, :48] == 2).all()


# -- the step loop -------------------------------------------------------------------------------------------------------


def step_loop(folder, scene, **values):
    """A loop over the scene, cut by its own labels, and its journal."""
    given = [str(save(np.where(scene.labels == i, np.uint8(255), np.uint8(0)), folder / f"{i}.png")) for i in range(len(scene.layers))]
    distances = [layer.distance for layer in scene.layers]
    settings = plain({**PLAIN, "layers": len(given), "masks": given, "distances": distances, **FRESH, **values})
    split = separators.split(scene.source, settings)
    plan = motion.plan(split.settings, scenes.WIDTH, scenes.HEIGHT)
    journal = journals.journal(folder / "steps", inpaint.best("AUTO"))
    return StepLoop(split, plan, journal), plan, journal


@pytest.mark.parametrize(("name", "behind"), [("fence", False), ("touching", True)])
def test_what_is_known_once_never_changes(tmp_path, name, behind):
    scene = scenes.scene(name)
    loop, plan, journal = step_loop(tmp_path, scene, direction=37.0, fill_behind=behind)
    reach = math.ceil(plan.steps * max(math.hypot(*v) for v in plan.velocities)) + 20
    kept, fills, steps = [], [], []

    def check(k, count):
        steps.append(k)
        fills.append(journal.number)
        now = [canvas.read(-reach, -reach, scenes.WIDTH + 2 * reach, scenes.HEIGHT + 2 * reach) for canvas in loop.canvases]
        for before, after in zip(kept, now):
            known = before[..., 4] == 1
            assert np.array_equal(before[known], after[known])
        kept[:] = now

    loop.run(check)
    check(len(steps) + 1, len(steps))
    assert steps == [1, 2, 3]
    print(f"{name}: fills before the first step {fills[0]}, then {list(np.diff(fills))}")
    assert fills[0] <= 2 * len(scene.layers) and max(np.diff(fills)) <= 3 * len(scene.layers) + 1
    assert max(loop.holes(plan.steps * i / 61).mean() for i in range(62)) < 0.001


def test_fill_behind_paints_before_the_first_step_what_is_else_painted_later(tmp_path):
    """A block 280 pixels wide that moves to the left by 50 at each step."""
    source = np.clip(120 + 60 * noise(90, 480, 1)[..., None] * np.ones(3), 0, 255).astype(np.uint8)
    block = np.zeros((90, 480), np.uint8)
    block[10:80, 150:430] = 255
    source[block > 0] = (200, 60, 40)
    masks = ["", str(save(block, tmp_path / "block.png"))]
    values = {**PLAIN, "layers": 2, "masks": masks, "distances": [9, 1], "speeds": [0, 50], **FRESH, "steps": 4, "fill": "QUILT"}

    def missing(behind):
        """Pixels of the far layer that are not painted yet when a step begins."""
        settings = plain({**values, "fill_behind": behind})
        split = separators.split(source, settings)
        loop = StepLoop(split, motion.plan(split.settings, 480, 90), inpaint.best("QUILT"))
        counts = []
        loop.run(lambda k, steps: counts.append(int((loop.canvases[0].read(0, 0, 480, 90)[..., 4] != 1).sum())))
        return counts

    now, later = missing(True), missing(False)
    assert now[0] == now[-1] < 0.5 * later[0]
    assert later[-1] < 0.75 * later[0]


def test_a_job_that_is_resumed_ends_as_if_it_had_not_stopped(tmp_path):
    scene = scenes.scene("touching")
    whole = Job(jobs.run(scene, tmp_path / "whole", **FRESH).folder)
    fills = sorted(whole.steps.glob("[0-9]*"))
    again = Job(shutil.copytree(whole.folder, tmp_path / "again"))
    shutil.rmtree(again.layers)
    for fill in fills[len(fills) // 2 :]:
        shutil.rmtree(again.steps / fill.name)
    assert worker.run(again).kind == "done"
    for file in [*whole.layers.iterdir(), *whole.steps.rglob("*.png")]:
        assert file.read_bytes() == (again.folder / file.relative_to(whole.folder)).read_bytes()
    kept = [fill.name for fill in fills[: len(fills) // 2]]
    assert kept and written(again, kept) == written(whole, kept)


# -- a split alone, and what a job takes over from an earlier one ---------------------------------------------------------


def written(job, fills):
    """When each of the fills was painted; what is copied keeps its time."""
    return {name: (job.steps / name / "step.json").stat().st_mtime_ns for name in fills}


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def asked(tmp_path, scene, **values):
    tmp_path.mkdir(parents=True, exist_ok=True)
    depth_map = str(scene.save_depth(tmp_path / "depth.png"))
    values |= {"separator": "DEPTH", "depth_map": depth_map, "length": "STEPS", "steps": 2, "loop": False}
    return save(scene.source, tmp_path / "picture.png"), plain({**PLAIN, **values})


def test_only_the_split(tmp_path):
    scene = scenes.scene("touching")
    job = Job.create(tmp_path / "job", *asked(tmp_path, scene), only="split")
    assert worker.run(job).kind == "done" and not job.finished() and not job.steps.exists()
    found = names(job.folder)
    assert {"split/split.json", "split/layers.png", "split/depth.png", "masks/labels.png", "depth.png", "source.png"} <= found
    result = job.split_result()
    assert [layer.base for layer in result.layers] == [None] * 3
    seen = np.zeros(scene.source.shape, np.float64)
    for layer in result.layers:
        for tile in layer.tiles:
            image = np.array(Image.open(job.tile_path(tile)))[tile.pad : -tile.pad, tile.pad : -tile.pad].astype(float)
            part = seen[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
            part += (image[..., :3] - part) * (image[..., 3:] / 255.0)
    assert np.abs(seen - scene.source).mean() < 1.5
    tinted = np.array(Image.open(job.split / "layers.png")).astype(int)
    assert tinted.shape == scene.source.shape and np.ptp(tinted, axis=2).mean() > 30
    assert json.loads((job.folder / "job.json").read_text())["only"] == "split"


def test_a_job_takes_over_what_an_earlier_one_painted(tmp_path):
    scene = scenes.scene("blobs")
    mask = [str(save(np.where(scene.labels == i, np.uint8(255), np.uint8(0)), tmp_path / f"{i}.png")) for i in (2, 1)]
    objects = [{"mask": mask[0]}, {"mask": mask[1]}]
    first = Job.create(tmp_path / "first", *asked(tmp_path, scene, objects=objects), only="split")
    assert worker.run(first).kind == "done"
    before = written(first, ["0001", "0002"])
    lifted = {name: (first.objects / name).stat().st_mtime_ns for name in ("01.png", "02.png")}

    new = Job.create(tmp_path / "new", *asked(tmp_path, scene, objects=objects), earlier=first.folder)
    assert worker.run(new).kind == "done"
    assert written(new, before) == before
    assert {name: (new.objects / name).stat().st_mtime_ns for name in lifted} == lifted

    changed = [objects[0], {"mask": mask[1], "feather": 20.0}, {"box": [70, 20, 95, 60]}]
    for folder in (tmp_path / "other", first.folder):  # in a new folder, and in its own
        last = Job.create(folder, *asked(tmp_path, scene, objects=changed), only="split", earlier=first.folder)
        assert worker.run(last).kind == "done"
        assert written(last, ["0001"]) == {"0001": before["0001"]}
        assert written(last, ["0002"])["0002"] > before["0002"]
        assert (last.objects / "01.png").stat().st_mtime_ns == lifted["01.png"]
        assert (last.objects / "02.png").stat().st_mtime_ns > lifted["02.png"]


def test_fills_are_found_again_under_any_number(tmp_path):
    scene = scenes.scene("fence")
    first = Job.create(tmp_path / "first", *asked(tmp_path, scene, seams="PAINT"))  # layers of walks are taken over as they are
    assert worker.run(first).kind == "done"
    steps = sorted(first.steps.iterdir())
    files = {step.name: (step / "step.json").stat().st_ino for step in steps}
    for step in steps:
        step.rename(first.steps / f"{int(step.name) + 7:04d}")
    (first.steps / "0099").mkdir()
    (first.steps / "0099" / "step.json").write_text('{"asked": "../../outside"}')  # not a fingerprint: it becomes no path
    again = Job.create(tmp_path / "again", *asked(tmp_path, scene, seams="PAINT"), earlier=first.folder)
    assert worker.run(again).kind == "done"
    assert {step.name: (step / "step.json").stat().st_ino for step in again.steps.iterdir()} == files


def test_a_job_that_was_moved_goes_on_with_what_it_was_given(tmp_path):
    scene = scenes.scene("blobs")
    folder = tmp_path / "job"
    (folder / "given").mkdir(parents=True)
    mask = save(np.where(scene.labels == 2, np.uint8(255), np.uint8(0)), folder / "given" / "mask.png")
    picture = save(scene.source, folder / "given" / "picture.png")
    (folder / "job.json").write_text('{"schema": 1, "picture": "", "settings": {}}')  # as if one of ours were there already
    settings = plain({"layers": 3, "masks": ["", "", str(mask)], "objects": [{"mask": str(mask)}]})
    Job.create(folder, picture, settings, only="split")
    moved = Job(folder.rename(tmp_path / "elsewhere"))
    assert worker.run(moved).kind == "done", moved.read_events()[0][-1].text
    values = json.loads((moved.folder / "job.json").read_text())
    values["settings"]["masks"][2] = "../../outside.png"
    (moved.folder / "job.json").write_text(json.dumps(values))
    assert "outside" in worker.run(moved).text


def test_what_a_hidden_layer_hides_is_painted(tmp_path):
    scene = scenes.scene("touching")
    shown = jobs.run(scene, tmp_path / "shown", hidden=[0, 0, 1])
    seen = np.ones(scene.labels.shape)
    for index in (0, 1):
        seen *= 1.0 - shown.layer(index, (0, 0), nearest=True)[..., 3]
    assert not seen.any()


def noise_picture():
    return np.clip(128 + 90 * noise(96, 128, 3), 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)


def test_a_mask_takes_from_its_layer_what_it_has_not(tmp_path):
    source = noise_picture()
    y, x = np.mgrid[: source.shape[0], : source.shape[1]]
    disc = save(np.where(np.hypot(x - 60, y - 40) < 20, np.uint8(255), np.uint8(0)), tmp_path / "disc.png")
    labels = {}
    for masks in ((), ("", "mask", "")):
        settings = plain({"layers": 3, "heights": [30, 40]})
        if masks:
            settings = plain({**settings.to_dict(), "masks": [str(disc) if name else "" for name in masks]})
        labels[bool(masks)] = separators.split(source, settings).labels
    wanted = np.array(Image.open(disc)) >= 128
    assert np.array_equal(labels[True] == 1, wanted)
    kept = (labels[False] != 1) & ~wanted
    assert np.array_equal(labels[True][kept], labels[False][kept])


def test_a_black_mask_is_not_used_and_that_is_said(tmp_path):
    source = noise_picture()
    black = save(np.zeros(source.shape[:2], np.uint8), tmp_path / "black.png")
    bands = separators.split(source, plain({"layers": 2, "heights": [50]}))
    found = separators.split(source, plain({"layers": 2, "heights": [50], "masks": ["", str(black)]}))
    assert np.array_equal(found.labels, bands.labels) and "layer 2" in found.notes[0]


# -- settings that ask for odd things ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A folder of images that are odd as depth maps and masks, for the scene "touching"."""
    folder, (height, width) = tmp_path_factory.mktemp("odd"), (scenes.HEIGHT, scenes.WIDTH)
    scenes.scene("touching").save_depth(folder / "depth.png")
    left, right = (np.zeros((height, width), np.uint8) for _ in "lr")
    left[:, :140], right[:, 100:] = 255, 255
    images = {"flat": np.full((height, width), 77, np.uint8), "white": np.full((height, width), 255, np.uint8),
              "empty": np.zeros((height, width), np.uint8), "left": left, "right": right, "other": left[:33, :201], "pixel": left[:1, :1]}
    for name, image in images.items():
        save(image, folder / f"{name}.png")
    (folder / "text.png").write_text("no image")
    (folder / "cut.png").write_bytes((folder / "depth.png").read_bytes()[:900])
    return folder


def ending(folder, odd, scene, **values):
    """How a job ends whose masks and depth map are names in `odd`: the event and, when it is done, the finished job."""
    for name in ("depth_map", "masks"):
        given = values.get(name, "depth" if name == "depth_map" else [])
        named = [str(odd / f"{file}.png") if file else "" for file in ([given] if isinstance(given, str) else given)]
        values[name] = named[0] if isinstance(given, str) else named
    settings = plain({**PLAIN, "separator": "DEPTH", **values})
    job = Job.create(folder / "job", save(scene.source, folder / "picture.png"), settings)
    event = worker.run(job)
    return event, Finished(job.folder) if event.kind == "done" else None


SENTENCES = {
    "a flat map": ({"depth_map": "flat"}, "same everywhere"),
    "no map": ({"depth_map": "none"}, "no depth map"),
    "a map that is text": ({"depth_map": "text"}, "cannot be read"),
    "a map cut short": ({"depth_map": "cut"}, "cannot be read"),
    "no mask": ({"layers": 3, "masks": ["", "none", ""]}, "none.png"),
    "a mask that is text": ({"layers": 3, "masks": ["", "text", ""]}, "text.png"),
    "no mask of an object": ({"objects": [{"mask": "nowhere.png"}]}, "nowhere.png"),
    "no cards": ({"separator": "CARDS"}, "Cards"),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_what_cannot_be_done_is_one_sentence(tmp_path, odd, name):
    settings, sentence = SENTENCES[name]
    event, _ = ending(tmp_path, odd, scenes.scene("touching"), **settings)
    assert event.kind == "error" and sentence in event.text and "should not" not in event.text and "\n" not in event.text


SENSIBLE = {
    "distances win over layers by themselves": {"layers": 3, "distances": [9, 3, 1]},
    "distances all the same": {"layers": 3, "distances": [2, 2, 2]},
    "one layer": {"auto_layers": False, "layers": 1},
    "32 layers": {"auto_layers": False, "layers": 32},
    "a range of one": {"depth_range": 1.0},
    "no depth map": {"depth_map": ""},
    "a map of another size": {"depth_map": "other"},
    "a mask that covers all": {"layers": 3, "masks": ["", "", "white"]},
    "masks that all cover all": {"layers": 3, "masks": ["white", "white", "white"]},
    "empty masks": {"layers": 3, "masks": ["empty", "empty", "empty"]},
    "masks that overlap and hide the farthest": {"layers": 3, "masks": ["empty", "left", "right"], "direction": 37.0},
    "masks of other sizes": {"layers": 3, "masks": ["", "other", "pixel"]},
    "bands with a mask": {"separator": "BANDS", "layers": 3, "masks": ["", "left", ""]},
    "no soft edge": {"matte": 0.0},
    "a still layer": {"layers": 3, "speeds": [0, None, None]},
    "an object of nothing": {"objects": [{"box": [50, 50, 50.1, 50.1]}]},
}


STEPPED = ["one layer", "32 layers", "a mask that covers all", "masks that overlap and hide the farthest", "a still layer"]


@pytest.mark.parametrize(("name", "settings"), [*((name, {}) for name in SENSIBLE), *((name, {**FRESH, "steps": 1}) for name in STEPPED)])
def test_odd_settings_give_a_sensible_result(tmp_path, odd, name, settings):
    if "objects" in SENSIBLE[name]:
        pytest.importorskip("cv2")
    scene, values = scenes.scene("touching"), SENSIBLE[name]
    event, finished = ending(tmp_path, odd, scene, fill="QUILT", **values, **settings)
    assert event.kind == "done", event.text
    assert len(finished.order) == values.get("layers", len(finished.order))
    no_hole(finished, 8)
    assert first_frame_error(finished, scene.source) < 2.5


@pytest.mark.parametrize("size", [(100, 75), (75, 100), (16, 17)])
@pytest.mark.parametrize("settings", [{}, {"direction": 37.0, **FRESH}], ids=["repeat", "fresh"])
def test_small_pictures(tmp_path, odd, size, settings):
    scene = scenes.scene("touching")
    part = scene.source[40 : 40 + size[1], 30 : 30 + size[0]]
    values = {**PLAIN, "separator": "DEPTH", "depth_map": str(odd / "depth.png"), **settings}
    job = Job.create(tmp_path / "job", save(part, tmp_path / "part.png"), plain(values))
    event = worker.run(job)
    assert event.kind == "done", event.text
    no_hole(Finished(job.folder), 8)


# -- what is foretold ----------------------------------------------------------------------------------------------------


def test_shapes_and_objects_are_foretold_to_take_longer():
    def foretold(**values):
        return estimate.estimate(plain(values), 1600, 949)

    bands, shapes, masks = foretold(), foretold(separator="DEPTH"), foretold(layers=5, masks=["", "a.png", "", "", ""])
    assert shapes.seconds > bands.seconds + 10 and shapes.memory > 1.5 * bands.memory and shapes.fills > bands.fills
    assert bands.seconds < masks.seconds < shapes.seconds and masks.memory == shapes.memory
    assert foretold(separator="DEPTH", layers=9).seconds > 1.3 * shapes.seconds
    assert bands.seconds < foretold(separator="CARDS").seconds < shapes.seconds
    assert foretold(separator="DEPTH", layers=1).seconds < bands.seconds + 1
    one, two = foretold(objects=[BOX]), foretold(objects=[BOX, {"mask": "b.png"}])
    assert bands.seconds < one.seconds < two.seconds and two.fills == one.fills + 1 == bands.fills + 2
    stepped = {**FRESH, "separator": "DEPTH"}
    few, many, at_once = (foretold(**{**stepped, **more}) for more in ({}, {"steps": 8}, {"fill_behind": True}))
    assert few.seconds < at_once.seconds and few.seconds < many.seconds


@pytest.mark.parametrize("settings", [{}, FRESH], ids=["repeat", "fresh"])
def test_the_room_that_shapes_take_is_foretold(tmp_path, settings):
    scene = scenes.scene("touching")
    finished = jobs.run(scene, tmp_path, fill="QUILT", **settings)
    asked_for = Job(finished.folder).read()[1]
    foretold = estimate.estimate(asked_for, scenes.WIDTH, scenes.HEIGHT)
    took = sum(path.stat().st_size for path in finished.folder.rglob("*") if path.is_file())
    assert abs(foretold.frames / finished.frames - 1.0) <= 0.3  # a loop's length is known when its layers are
    assert took / 3 <= foretold.disk <= took * 3
