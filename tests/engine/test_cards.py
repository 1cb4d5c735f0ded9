"""Cards: a folder of pictures with transparency that are the layers, far to near."""

import numpy as np
import pytest
from PIL import Image

from engine import cards, worker
from engine.errors import ParallaxError
from engine.job import Job
from tests.engine.scenes import Finished, moments, save
from tests.support.settings import plain
from tests.truth import scenes

FRESH = {"content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": 2, "fps": 6.0}


def card(scene, index):
    """(H, W, 4) uint8: a layer of the scene in the first frame, with what is hidden of it."""
    alpha = np.rint(scenes._framed(scene.layers[index].alpha) * 255.0).astype(np.uint8)
    return np.dstack([scene.colours(index), alpha])


def folder_of(place, *pictures):
    place.mkdir()
    for number, picture in enumerate(pictures, 8):  # 10 comes after 9
        Image.fromarray(picture).save(place / f"card {number}.png")
    return place


def run(tmp_path, scene, folder, **settings):
    values = {"separator": "CARDS", "cards": str(folder), "fill": "QUILT", **settings}
    job = Job.create(tmp_path / "job", save(scene.source, tmp_path / "picture.png"), plain(values))
    return worker.run(job), job


def no_hole(finished, count=12):
    for number, frame in enumerate(moments(finished.frames, count)):
        assert not finished.see(frame, nearest=bool(number % 2))[1].any()


@pytest.mark.parametrize(("name", "settings"), [
    ("touching", {}), ("fence", {"direction": 37.0}), ("holed", {"direction": 90.0, "loop": False, "length": "STEPS", "steps": 12}),
    ("touching", {**FRESH, "direction": 213.7}), ("fence", {**FRESH, "fill_behind": True})])  # fmt: skip
def test_cards_are_the_layers(tmp_path, name, settings):
    scene = scenes.scene(name)
    count = len(scene.layers)
    event, job = run(tmp_path, scene, folder_of(tmp_path / "cards", *(card(scene, i) for i in range(count))), **settings)
    assert event.kind == "done", event.text
    finished, result = Finished(job.folder), job.result()
    assert [layer.name for layer in result.layers] == [f"card {number}" for number in range(8, 8 + count)]
    assert np.abs(finished.see(1.0)[0] - scene.source).mean() < 0.3
    no_hole(finished)
    speeds = [np.hypot(*finished.motion["velocities"][index]) for index in finished.order]
    assert speeds == sorted(speeds) and speeds[0] < speeds[-1]
    for rank, index in enumerate(finished.order):  # what a card has is not cut again, nor painted over
        own = card(scene, rank)
        alone = finished.layer(index, (0.0, 0.0), nearest=True)
        seen = (own[..., 3] == 255) & (alone[..., 3] > 0)
        assert np.abs(alone[..., :3] * 255.0 - own[..., :3])[seen].max() <= 1.0
        assert seen.sum() > 0.5 * (own[..., 3] == 255).sum()


def test_the_job_s_source_is_the_picture_and_its_labels_are_the_cards(tmp_path):
    scene = scenes.scene("touching")
    event, job = run(tmp_path, scene, folder_of(tmp_path / "cards", *(card(scene, i) for i in range(3))))
    assert event.kind == "done"
    labels = np.array(Image.open(job.labels))
    assert (labels == scene.labels).mean() > 0.99


def test_what_the_farthest_card_has_not_is_painted(tmp_path):
    scene = scenes.scene("touching")
    for settings in ({}, FRESH):
        place = tmp_path / str(len(settings))
        place.mkdir()
        event, job = run(place, scene, folder_of(place / "cards", card(scene, 1), card(scene, 2)), **settings)
        assert event.kind == "done"
        no_hole(Finished(job.folder))


@pytest.mark.parametrize("settings", [{}, FRESH], ids=["repeat", "fresh"])
def test_a_farthest_card_that_is_see_through_everywhere(tmp_path, settings):
    scene = scenes.scene("touching")
    thin = np.dstack([scene.colours(0), np.full(scene.labels.shape, 100, np.uint8)])
    event, job = run(tmp_path, scene, folder_of(tmp_path / "cards", thin, card(scene, 2)), **settings)
    assert event.kind == "done"
    finished = Finished(job.folder)
    no_hole(finished)
    far = finished.layer(0, (0.0, 0.0))[..., :3] * 255.0
    seen = scene.labels < 2
    assert np.abs(far - scene.colours(0))[seen].mean() < 2.0


def test_cards_of_other_sizes_and_kinds_fill_the_picture(tmp_path):
    scene = scenes.scene("touching")
    folder = folder_of(tmp_path / "cards", card(scene, 0)[..., :3])  # one without transparency
    Image.fromarray(card(scene, 1)).resize((481, 319)).save(folder / "card 9.tif")
    Image.fromarray(card(scene, 2)).resize((120, 80)).save(folder / "card 10.webp", lossless=True)
    (folder / "notes.txt").write_text("not a card")
    Image.new("RGBA", (5, 5)).save(folder / ".hidden.png")
    event, job = run(tmp_path, scene, folder)
    assert event.kind == "done", event.text
    finished = Finished(job.folder)
    assert (finished.width, finished.height) == (scenes.WIDTH, scenes.HEIGHT) and len(finished.order) == 3
    no_hole(finished, 8)
    assert np.abs(finished.see(1.0)[0] - scene.source).mean() < 6.0


def test_distances_order_the_cards_and_names_name_them(tmp_path):
    scene = scenes.scene("touching")
    folder = folder_of(tmp_path / "cards", card(scene, 2), card(scene, 1), card(scene, 0))
    event, job = run(tmp_path, scene, folder, layers=3, distances=[1, 3, 9], names=["near", "middle", "far"])
    assert event.kind == "done"
    assert [layer.name for layer in job.result().layers] == ["far", "middle", "near"]
    assert np.abs(Finished(job.folder).see(1.0)[0] - scene.source).mean() < 0.3


def test_objects_are_not_looked_for_in_cards_and_the_artist_is_told(tmp_path):
    scene = scenes.scene("touching")
    folder = folder_of(tmp_path / "cards", *(card(scene, i) for i in range(3)))
    event, job = run(tmp_path, scene, folder, objects=[{"box": [20, 20, 60, 60]}])
    assert event.kind == "done" and len(job.result().layers) == 3
    assert any("card of its own" in event.text for event in job.read_events()[0] if event.kind == "warning")


@pytest.mark.parametrize(("content", "sentence"), [
    ("nothing", "holds no cards"), ("text", "bad.png"), ("empty", "wholly transparent"), ("many", "32 cards are the most")])  # fmt: skip
def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path, content, sentence):
    scene = scenes.scene("touching")
    folder = folder_of(tmp_path / "cards", *([] if content == "nothing" else [card(scene, 0)] * (33 if content == "many" else 1)))
    if content == "text":
        (folder / "bad.png").write_text("no image")
    if content == "empty":
        Image.new("RGBA", (20, 20)).save(folder / "empty.png")
    event, _ = run(tmp_path, scene, folder)
    assert event.kind == "error" and sentence in event.text and "should not" not in event.text


def test_no_folder_a_file_and_another_number_of_cards(tmp_path):
    scene = scenes.scene("touching")
    with pytest.raises(ParallaxError, match="no folder of cards"):
        cards.files(tmp_path / "none")
    with pytest.raises(ParallaxError, match="no folder of cards"):
        cards.files(save(scene.source, tmp_path / "file.png"))
    folder = folder_of(tmp_path / "cards", *(card(scene, i) for i in range(3)))
    event, _ = run(tmp_path, scene, folder, auto_layers=False, layers=5)
    assert event.kind == "error" and "3 cards" in event.text
    event, _ = run(tmp_path, scene, "")
    assert event.kind == "error" and "Choose a folder of Cards" in event.text
