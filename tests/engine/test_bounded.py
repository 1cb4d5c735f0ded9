"""Layers within margins: what a motion shows beyond the frame and behind other layers is there, and nothing else is painted."""

import numpy as np
import pytest
from PIL import Image

from engine import worker
from engine.canvas import visibility
from engine.job import Job
from engine.settings import Settings
from tests.engine import scenes
from tests.support.settings import PLAIN
from tests.truth import scenes as known

STYLES = ["SWAY", "PAN", "RISE"]


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    """The picture of a scene of known shapes, and settings that give its layers by masks."""
    folder = tmp_path_factory.mktemp("touching")
    scene = known.scene("touching")
    masks = []
    for index in range(len(scene.layers)):
        path = folder / f"{index}.png"
        Image.fromarray(np.where(scene.labels == index, np.uint8(255), np.uint8(0))).save(path)
        masks.append(str(path))
    return scenes.save(scene.source, folder / "picture.png"), {
        **PLAIN, "layers": len(masks), "masks": masks, "distances": [layer.distance for layer in scene.layers], "fps": 6.0, "matte": 40.0}


def run(folder, split, earlier=None, **values):
    picture, base = split
    job = Job.create(folder, picture, Settings.from_dict({**base, **values}), earlier=earlier)
    ending = worker.run(job)
    assert ending.kind == "done", ending.text
    return job


def fills(job):
    return sorted(path.name for path in job.steps.glob("[0-9]*"))


@pytest.fixture(scope="module")
def jobs(split, tmp_path_factory):
    return {style: run(tmp_path_factory.mktemp(style) / "job", split, style=style) for style in STYLES}


@pytest.mark.parametrize("style", STYLES)
def test_the_first_frame_is_the_picture_and_nothing_is_ever_open(jobs, style):
    finished = scenes.Finished(jobs[style].folder)
    source = known.scene("touching").source.astype(float)
    assert np.abs(finished.see(1.0)[0] - source).mean() < 0.5
    for frame in np.linspace(1.0, finished.frames + 1.0, 25):
        assert not finished.see(frame)[1].any()


def test_a_sway_comes_back_to_the_picture(jobs):
    finished = scenes.Finished(jobs["SWAY"].folder)
    begin, side, end = (finished.see(frame)[0] for frame in (1.0, 1.0 + finished.frames / 4, finished.frames + 1.0))
    assert np.abs(begin - end).max() < 1e-3
    assert np.abs(begin - side).mean() > 1.0


def test_every_direction_of_a_sway_is_covered(split, tmp_path):
    job = run(tmp_path / "job", split, style="SWAY", direction=60.0, travel=9.0)
    finished = scenes.Finished(job.folder)
    assert not any(finished.see(frame)[1].any() for frame in np.linspace(1.0, finished.frames + 1.0, 25))


def test_a_larger_sway_paints_more_and_the_same_one_nothing(split, jobs, tmp_path):
    earlier = jobs["SWAY"].folder
    assert fills(run(tmp_path / "slower", split, earlier, style="SWAY", duration=11.0, travel=3.0)) == []
    wider = run(tmp_path / "wider", split, earlier, style="SWAY", travel=12.0)
    widths = [max(tile.width for layer in job.result().layers for tile in layer.tiles) for job in (jobs["SWAY"], wider)]
    assert widths[1] > widths[0] + 5


def test_what_was_painted_stays_when_the_style_changes(split, jobs, tmp_path):
    """A scroll after a sway shows, wherever the sway had painted, the same pixels."""
    before = scenes.Finished(jobs["SWAY"].folder)
    after = scenes.Finished(run(tmp_path / "scroll", split, jobs["SWAY"].folder, style="SCROLL", smoothness=3.0).folder)
    for index in before.order:
        old, new = (finished.layer(index, (0.0, 0.0)) for finished in (before, after))
        both = (old[..., 3] > 0.99) & (new[..., 3] > 0.99)
        assert both.mean() > 0.1
        assert np.abs(old - new)[both].max() < 1e-6
    sway = run(tmp_path / "back", split, after.folder, style="SWAY")
    assert fills(sway) == []


def test_a_split_in_between_hands_on_what_was_painted(split, jobs, tmp_path):
    picture, base = split
    job = Job.create(tmp_path / "split", picture, Settings.from_dict({**base, "style": "SWAY"}), "split", jobs["SWAY"].folder)
    assert worker.run(job).kind == "done"
    assert fills(run(tmp_path / "again", split, job.folder, style="SWAY", travel=3.0)) == []


def test_a_scroll_after_a_sway_is_as_one_that_was_painted_at_once(split, jobs, tmp_path):
    """Wherever the sway showed nothing of a layer, nothing of it is taken for painted."""
    after = scenes.Finished(run(tmp_path / "after", split, jobs["SWAY"].folder, style="SCROLL", smoothness=3.0).folder)
    alone = scenes.Finished(run(tmp_path / "alone", split, style="SCROLL", smoothness=3.0).folder)
    sway = scenes.Finished(jobs["SWAY"].folder)
    for index in after.order:
        shown, one, other = (finished.layer(index, (0.0, 0.0)) for finished in (sway, after, alone))
        assert np.array_equal(one[..., 3] > 0.99, other[..., 3] > 0.99)
        never = shown[..., 3] == 0
        if never.any():  # paint beside other paint is not the same to the bit
            assert np.abs(one - other)[never].mean() < 0.02


def test_other_layers_are_not_taken_for_painted(split, jobs, tmp_path):
    job = run(tmp_path / "other", split, jobs["SWAY"].folder, style="SWAY", matte=20.0)
    assert fills(job)


def test_an_open_film_continues_in_the_layers_own_texture(split, tmp_path):
    """Ground stays ground when what lies below comes into view, for many frames' heights."""
    job = run(tmp_path / "job", split, style="CUSTOM", content="FRESH", loop=False, length="STEPS", steps=6, smoothness=2.0, direction=90.0)
    finished = scenes.Finished(job.folder)
    near = finished.order[-1]
    assert finished.offset(near, finished.frames + 1.0)[1] < -2.0 * finished.height
    ground = np.flatnonzero(known.scene("touching").labels[-1] == 2)[8:-8]  # where the near layer stands at the lower edge
    for frame in np.linspace(1.0, finished.frames + 1.0, 15):
        seen, uncovered = finished.see(frame)
        assert not uncovered.any()
        assert (seen[-1, ground, 1] > seen[-1, ground, 2] + 5.0).mean() > 0.9  # its green, not the blue or red of the others


# -- what may be seen ----------------------------------------------------------------------------------------------------


def true_visibility(alphas, margins, rank, step=1):
    """By brute force: every displacement of the layer and one nearer layer within their margins, at whole pixels."""
    height, width = alphas[0].shape
    visible = np.ones((height, width), bool)
    for nearer in range(rank + 1, len(alphas)):
        opaque = np.pad(alphas[nearer] == 255, 64)  # beyond the frame it may be see-through
        left, top, right, bottom = (a + b for a, b in zip(_opposite(margins[nearer]), margins[rank]))
        seen = np.zeros((height, width), bool)
        for dx in range(-left, right + 1, step):
            for dy in range(-top, bottom + 1, step):
                seen |= ~opaque[64 - dy : 64 - dy + height, 64 - dx : 64 - dx + width]
        visible &= seen
    return visible


def _opposite(margins):
    left, top, right, bottom = margins
    return right, bottom, left, top


def test_what_may_be_seen_is_never_too_little_and_hardly_too_much():
    random = np.random.default_rng(4)
    alphas = [np.full((96, 128), 255, np.uint8)]
    for _ in range(2):
        alpha = np.zeros((96, 128), np.uint8)
        x, y = random.integers(10, 60), random.integers(10, 40)
        alpha[y : y + 45, x : x + 50] = 255
        alphas.append(alpha)
    margins = [(0, 0, 2, 0), (1, 2, 9, 0), (3, 0, 12, 5)]
    found = visibility.revealed(alphas, margins)
    assert found[2].all()
    for rank in (0, 1):
        truth = true_visibility(alphas, margins, rank)
        assert (found[rank] | ~truth).all()
        assert (found[rank] & ~truth).mean() < 0.2
        assert not found[rank].all()
