"""Objects and layers by words, with a seer that knows the truth about a scene: what the engine makes of what is found."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from PIL import Image

from engine import findings, inpaint, objects, separators, worker
from engine import picture as pictures
from engine.errors import ParallaxError
from engine.job import Job
from engine.seer import Finding
from tests.engine.scenes import Finished, save
from tests.support.settings import plain
from tests.truth import masks, metrics
from tests.truth.scenes import Scene, scene

GONE = 25.0  # levels by which a thing's pixels have changed when it is not there any more


@dataclass
class Witness:
    """Finds the layers of a scene by words, with outlines as a network's: wavering, but where the thing is. A thing that was painted
    over is not found.

    words: the layer of each word, and how sure it is. asked: what it was asked so far.
    """

    scene: Scene
    words: dict[str, tuple[str, float]]
    main: str = ""
    name: str = "witness"
    drawn: Callable[[np.ndarray], np.ndarray] = staticmethod(lambda mask: mask)  # what else there is to a mask
    asked: list[str] = field(default_factory=list)

    def find(self, picture, tags):
        self.asked.append(", ".join(tags))
        part, found = self._place(picture), []
        for tag in tags:
            layer, score = self.words.get(tag, ("", 0.0))
            if layer and self._is_there(picture, layer):
                mask = self.mask(layer)[part]
                found.append(Finding(tag, score, box_of(mask), self.drawn(masks.displaced(mask, 1.5) * np.uint8(255))))
        return tuple(sorted(found, key=lambda one: -one.score))

    def subject(self, picture):
        self.asked.append("subject")
        there = bool(self.main) and self._is_there(picture, self.main)
        return masks.coarse(self.mask(self.main), 2) * np.uint8(255) if there else np.zeros(picture.shape[:2], np.uint8)

    def nearness(self, picture):
        self.asked.append("nearness")
        near = self.scene.nearness
        return ((near - near.min()) / (near.max() - near.min())).astype(np.float32)

    def mask(self, layer):
        return self.scene.labels == [one.name for one in self.scene.layers].index(layer)

    def _place(self, picture):
        """Rows and columns of the scene that a picture, which may be a part of it, shows."""
        off = cv2.matchTemplate(self.scene.source, picture, cv2.TM_SQDIFF)
        y, x = np.unravel_index(off.argmin(), off.shape)
        return np.s_[y : y + picture.shape[0], x : x + picture.shape[1]]

    def _is_there(self, picture, layer):
        part = self._place(picture)
        mask = self.mask(layer)[part]
        return mask.any() and np.abs(picture.astype(float) - self.scene.source[part]).mean(axis=2)[mask].mean() < GONE


class Refusing(Witness):
    """As a detector of which the weights are not there."""

    def find(self, picture, tags):
        raise ParallaxError("Grounding DINO is not on this computer: fetch it")

    def subject(self, picture):
        return self.find(picture, ())


def box_of(mask):
    ys, xs = np.nonzero(mask)
    return (float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))


def run(folder, seer, **settings):
    """A whole job of the witness's scene: its folder, and all that was said."""
    folder.mkdir(parents=True, exist_ok=True)
    values = {"direction": 180.0, "loop": True, "layers": 3, "matte": 66.0, **settings}
    job = Job.create(folder / "job", save(seer.scene.source, folder / "picture.png"), plain(values))
    ending = worker.run(job, seer)
    assert ending.kind == "done", ending.text
    return job, [event.text for event in job.read_events()[0] if event.kind == "warning"]


def lift(seer, *wanted, folder=None, picture=None, **settings):
    chosen = plain({"objects": list(wanted), **settings})
    source = seer.scene.source if picture is None else picture
    return objects.lift(source, chosen, inpaint.best("AUTO"), lambda text: None, folder, seer)


def split(seer, **settings):
    values = {"separator": "TAGS", "matte": 66.0, **settings}
    return separators.split(seer.scene.source, plain(values), (), seer)


def alpha_of(lifted, shape):
    whole = np.zeros(shape, np.float32)
    high, wide = lifted.alpha.shape
    whole[lifted.y : lifted.y + high, lifted.x : lifted.x + wide] = lifted.alpha / 255.0
    return whole


def iou(a, b):
    return float((a & b).sum() / (a | b).sum())


def layer_iou(made, seer, layer):
    """Of the label that has most of a layer's pixels."""
    mask = seer.mask(layer)
    return iou(made.labels == np.bincount(made.labels[mask]).argmax(), mask)


GROUND = {"tree": ("tree", 0.6), "box": ("box", 0.5), "building": ("box", 0.45), "sky": ("sky", 0.7), "ground": ("near ground", 0.4)}


def ground_seer(**more):
    return Witness(scene("ground"), dict(GROUND), **more)


# Objects


@pytest.mark.parametrize("tag", ["tree", "box"])
def test_a_job_lifts_what_a_tag_finds(tag, tmp_path):
    seer = ground_seer()
    job, said = run(tmp_path, seer, objects=[{"name": "It", "tags": tag, "feather": 40.0}])
    assert not [text for text in said if "It" in text]
    layers = json.loads((job.folder / "layers" / "layers.json").read_text())["layers"]
    assert [layer["name"] for layer in layers if layer["base"] is not None] == ["It"]
    whole = Finished(job.folder)
    assert metrics.psnr(np.rint(whole.see(1.0)[0]), seer.scene.source, np.ones(seer.scene.labels.shape, bool)) > 38.0
    lone = whole.layer(next(layer["index"] for layer in layers if layer["name"] == "It"), (0.0, 0.0))
    assert metrics.soft_iou(lone[..., 3], seer.mask(tag).astype(np.float32)) > 0.85
    behind = np.asarray(Image.open(job.source)).astype(float)
    assert np.array_equal(behind, seer.scene.source)  # the picture as it was given stays


def test_all_that_typed_tags_find_is_one_object():
    seer = ground_seer()
    lifting = lift(seer, {"name": "Both", "tags": "Box,  TREE"})
    (one,) = lifting.lifted
    assert iou(alpha_of(one, seer.scene.labels.shape) >= 0.5, seer.mask("box") | seer.mask("tree")) > 0.9
    (note,) = lifting.notes
    assert "Both" in note and "2 things" in note
    assert seer.asked[0] == "box, tree"


def test_tags_that_find_nothing_beside_others_are_named():
    (note,) = lift(ground_seer(), {"name": "It", "tags": "tree, cow, sheep"}).notes
    assert note == "It: nothing was found for cow, sheep"


def test_general_tags_take_the_most_salient_and_then_the_next():
    """The box is larger and hardly less sure than the tree; the sky is surest, and covers less than half."""
    seer = Witness(scene("ground"), {"tree": ("tree", 0.5), "building": ("box", 0.5), "statue": ("near ground", 0.2)})
    lifting = lift(seer, {"name": "First"}, {"name": "Second"})
    first, second = lifting.lifted
    shape = seer.scene.labels.shape
    assert iou(alpha_of(first, shape) >= 0.5, seer.mask("box")) > 0.9
    assert iou(alpha_of(second, shape) >= 0.5, seer.mask("tree")) > 0.8
    assert lifting.notes == ("First: what is taken was found as 'building'", "Second: what is taken was found as 'tree'")


def finding(share, score):
    mask = np.zeros((100, 100), np.uint8)
    mask[: round(share * 100)] = 255
    return Finding("it", score, (0, 0, 100, 100 * share), mask)


def test_salience_weighs_size_less_than_certainty_and_most_of_the_picture_is_no_thing():
    def best(*pairs):
        return max(pairs, key=lambda pair: findings.salience(finding(*pair)))

    assert best((0.1, 0.5), (0.1, 0.6)) == (0.1, 0.6)
    assert best((0.2, 0.5), (0.1, 0.5)) == (0.2, 0.5)
    assert best((0.01, 0.9), (0.04, 0.5)) == (0.01, 0.9)
    assert best((0.01, 0.4), (0.16, 0.35)) == (0.16, 0.35)
    assert best((0.8, 0.9), (0.05, 0.3)) == (0.05, 0.3)
    assert best((0.8, 0.9), (0.9, 0.3)) == (0.8, 0.9)


def test_the_main_subject_is_lifted_by_a_network_of_its_own():
    seer = ground_seer(main="box")
    (one,) = lift(seer, {"name": "It", "subject": True, "tags": "tree"}).lifted
    assert iou(alpha_of(one, seer.scene.labels.shape) >= 0.5, seer.mask("box")) > 0.9
    assert "subject" in seer.asked


@pytest.mark.parametrize("wanted, why", [
    ({"tags": "cow"}, "nothing was found for cow"), ({}, "nothing salient was found"), ({"tags": " , "}, "it has neither a shape nor tags"),
    ({"subject": True}, "nothing stands out"),
], ids=["typed", "general", "none", "subject"])
def test_what_is_not_found_is_said_and_the_rest_goes_on(wanted, why):
    seer = Witness(scene("ground"), {"oak": ("tree", 0.6)})
    lifting = lift(seer, {"name": "It", **wanted}, {"name": "Tree", "tags": "oak"})
    assert [one.name for one in lifting.lifted] == ["Tree"]
    (note,) = lifting.notes
    assert note.startswith(f"It is not lifted: {why}") and "draw a box" in note


@pytest.mark.parametrize("wanted", [{"tags": "tree"}, {}, {"subject": True}], ids=["typed", "general", "subject"])
def test_what_a_model_refuses_is_said_and_the_rest_goes_on(wanted, tmp_path):
    seer = Refusing(scene("ground"), {})
    _, said = run(tmp_path, seer, objects=[{"name": "It", **wanted}, {"name": "Box", "box": [15, 40, 43, 88], "tags": "crate"}])
    (note,) = [text for text in said if "lifted" in text]
    assert note == "It is not lifted: Grounding DINO is not on this computer: fetch it"


@pytest.mark.parametrize("wanted", [{"tags": "tree"}, {}, {"subject": True}], ids=["typed", "general", "subject"])
def test_without_the_neural_engine_it_is_said_what_to_do(wanted):
    picture = scene("ground").source
    chosen = plain({"objects": [{"name": "It", **wanted}]})
    (note,) = objects.lift(picture, chosen, inpaint.best("AUTO"), lambda text: None).notes
    assert note.startswith("It is not lifted") and "Preferences" in note and "draw a box" in note


@pytest.mark.parametrize("name, layer, least", [("touching", "middle", 0.93), ("touching", "near", 0.9), ("holed", "plate", 0.93),
                                                ("hair", "head", 0.85)])
def test_things_at_the_edges_and_with_holes_and_that_cover_most(name, layer, least):
    seer = Witness(scene(name), {"thing": (layer, 0.5)})
    lifting = lift(seer, {"name": "It", "tags": "thing", "feather": 66.0})
    (one,) = lifting.lifted
    shares = alpha_of(one, seer.scene.labels.shape)
    assert iou(shares >= 0.5, seer.mask(layer)) > least
    laid = lifting.picture.astype(np.float32)
    place = np.s_[one.y : one.y + one.alpha.shape[0], one.x : one.x + one.alpha.shape[1]]
    laid[place] += (one.rgb - laid[place]) * (one.alpha / np.float32(255.0))[..., None]
    assert np.abs(laid - seer.scene.source).max() <= 1.0


def test_a_loose_speck_of_a_shape_is_no_part_of_it():
    def specked(mask):
        mask[10:12, 10:12] = 255
        return mask

    seer = ground_seer(drawn=specked)
    (one,) = lift(seer, {"tags": "box"}).lifted
    assert not alpha_of(one, seer.scene.labels.shape)[:30, :30].any()


def test_a_cut_out_is_found_once(tmp_path):
    seer = ground_seer(main="box")
    asked = [{"name": "Tree", "tags": "tree"}, {"name": "Box", "subject": True}]
    first = lift(seer, *asked, folder=tmp_path, removal_passes=1)
    count = len(seer.asked)
    again = lift(seer, *asked, folder=tmp_path, removal_passes=1)
    assert count == len(seer.asked) == 2
    assert np.array_equal(first.picture, again.picture) and first.notes == again.notes
    for a, b in zip(first.lifted, again.lifted):
        assert np.array_equal(a.rgb, b.rgb) and np.array_equal(a.alpha, b.alpha)


@pytest.mark.parametrize("changed", [{"tags": "tree, box"}, {"box_threshold": 0.4}, {"text_threshold": 0.4}, {"name": "others"}], ids=str)
def test_other_words_thresholds_or_models_find_it_anew(tmp_path, changed):
    seer = ground_seer()
    lift(seer, {"tags": "tree"}, folder=tmp_path, removal_passes=1)
    seer.name = changed.pop("name", seer.name)
    lift(seer, {"tags": changed.pop("tags", "tree")}, folder=tmp_path, removal_passes=1, **changed)
    assert len(seer.asked) == 2


def test_words_of_an_object_that_was_drawn_find_nothing_anew(tmp_path):
    seer = ground_seer()
    box = {"box": [15, 40, 43, 88]}
    lift(seer, {**box, "tags": "tree"}, folder=tmp_path, removal_passes=1)
    before = (tmp_path / "01.png").stat().st_mtime_ns
    seer.name = "other eyes"
    lift(seer, {**box, "tags": "box"}, folder=tmp_path, removal_passes=1, box_threshold=0.6)
    assert (tmp_path / "01.png").stat().st_mtime_ns == before and seer.asked == []


class Careless:
    """Paints nothing at first, as a model that paints the object anew."""

    name = "careless"

    def __init__(self):
        self.seeds = []

    def paint(self, hole):
        self.seeds.append(hole.seed)
        return hole.picture if len(self.seeds) == 1 else inpaint.best("AUTO").paint(hole)


@pytest.mark.parametrize("passes, seeds", [(1, [5]), (3, [5, 6])])
def test_what_is_found_again_after_it_was_painted_over_is_painted_once_more(passes, seeds):
    careless, seer = Careless(), ground_seer()
    chosen = plain({"objects": [{"tags": "box"}], "removal_passes": passes, "seed": 5, "fill": "DIFFUSION"})
    objects.lift(seer.scene.source, chosen, careless, lambda text: None, None, seer)
    assert careless.seeds == seeds


# Layers

SKYLINE = {"sky": ("sky", 0.7), "houses": ("town", 0.5), "river bank": ("bank", 0.6)}


def skyline_seer():
    return Witness(scene("skyline"), dict(SKYLINE))


def test_a_job_makes_a_layer_of_each_tag(tmp_path):
    seer = skyline_seer()
    depth = str(seer.scene.save_depth(tmp_path / "depth.png"))
    job, said = run(tmp_path, seer, separator="TAGS", layer_tags="river bank, houses, cow, sky", depth_map=depth, near="WHITE")
    assert said == ["Nothing was found for: cow"]
    layers = json.loads((job.folder / "layers" / "layers.json").read_text())["layers"]
    assert [layer["name"] for layer in layers] == ["sky", "houses", "river bank"]
    distances = [layer["distance"] for layer in layers]
    assert distances == sorted(distances, reverse=True) and len(set(distances)) == 3
    labels = pictures.load_png(job.labels)
    for rank, layer in enumerate(("sky", "town", "bank")):
        assert iou(labels == rank, seer.mask(layer)) > (0.88 if layer == "town" else 0.94)
    whole = Finished(job.folder)
    assert metrics.psnr(np.rint(whole.see(1.0)[0]), seer.scene.source, np.ones(labels.shape, bool)) > 38.0
    assert sum(int(whole.see(frame)[1].sum()) for frame in np.linspace(1.0, whole.frames, 6)) == 0


def test_the_step_loop_goes_on_with_layers_by_tags(tmp_path):
    seer = skyline_seer()
    depth = str(seer.scene.save_depth(tmp_path / "depth.png"))
    job, _ = run(tmp_path, seer, separator="TAGS", layer_tags="sky, houses, river bank", depth_map=depth, near="WHITE", content="FRESH",
                 loop=False, length="STEPS", steps=3)
    whole = Finished(job.folder)
    assert sum(int(whole.see(frame)[1].sum()) for frame in np.linspace(1.0, whole.frames, 6)) == 0
    assert seer.asked.count("sky, houses, river bank") == 1  # new parts continue their neighbours


def test_a_depth_model_says_how_far_layers_are():
    seer = skyline_seer()
    seer.words = {"bank": ("sky", 0.5), "sky": ("bank", 0.5), "town": ("town", 0.5)}  # words do not decide it
    made = split(seer, layer_tags="bank, town, sky", depth_model="any", depth_range=4.0)
    assert made.settings.names == ("bank", "town", "sky") and "nearness" in seer.asked
    assert made.settings.distances[0] == pytest.approx(4.0) and made.settings.distances[2] == pytest.approx(1.0)
    near = {layer.name: 1.0 / layer.distance for layer in seer.scene.layers}
    town = (near["town"] - near["sky"]) / (near["bank"] - near["sky"])
    assert made.settings.distances[1] == pytest.approx(4.0 / (town * 3.0 + 1.0), rel=0.01)
    assert made.depth is not None


def test_without_a_map_and_a_model_distances_are_a_guess_and_that_is_said():
    made = split(skyline_seer(), layer_tags="sky, houses, river bank")
    assert made.settings.names == ("sky", "houses", "river bank")
    assert any("guess" in note for note in made.notes)


def test_what_no_tag_finds_is_a_layer_of_its_own():
    seer = skyline_seer()
    made = split(seer, layer_tags="houses, sky", depth_model="any")
    assert made.settings.names == ("sky", "houses", "rest") and made.settings.layers == 3
    assert layer_iou(made, seer, "bank") > 0.9


def test_the_rest_goes_to_its_neighbours_where_it_is_little():
    def holed(mask):
        mask[60:68, 20:28] = 0
        return mask

    seer = Witness(scene("skyline"), dict(SKYLINE), drawn=holed)
    made = split(seer, layer_tags="sky, houses, river bank", depth_model="any")
    assert made.settings.names == ("sky", "houses", "river bank")
    assert (made.labels[60:68, 20:28] == made.labels[60, 10]).all()


def test_seams_between_findings_are_no_rest():
    """Two halves of a picture with a gap of five pixels between them: more than the least that a rest takes, but no thing."""
    left, right = (np.zeros((160, 240), np.uint8) for _ in range(2))
    left[:, :118], right[:, 123:] = 255, 255
    found = [Finding("a", 0.5, (0, 0, 118, 160), left), Finding("b", 0.5, (123, 0, 240, 160), right)]
    claims = findings.closed(findings.claimed(found, ("a", "b"), (160, 240)), 10)
    assert claims.names == ("a", "b") and set(np.unique(claims.labels)) == {0, 1}


def rectangle(tag, score, x0, y0, x1, y1):
    mask = np.zeros((100, 100), np.uint8)
    mask[y0:y1, x0:x1] = 255
    return Finding(tag, score, (x0, y0, x1, y1), mask)


def test_the_surer_finding_has_what_two_claim():
    found = [rectangle("a", 0.8, 0, 0, 60, 100), rectangle("b", 0.4, 40, 0, 100, 100)]
    for order in (found, found[::-1]):
        claims = findings.claimed(order, ("b", "a"), (100, 100))
        assert claims.names == ("b", "a")
        assert (claims.labels[:, :60] == 1).all() and (claims.labels[:, 60:] == 0).all()


def test_the_smaller_finding_has_it_where_both_are_as_sure():
    found = [rectangle("large", 0.51, 0, 0, 100, 100), rectangle("small", 0.5, 20, 20, 40, 40)]
    for order in (found, found[::-1]):
        claims = findings.claimed(order, ("large", "small"), (100, 100))
        assert (claims.labels[20:40, 20:40] == 1).all() and (claims.labels == 1).sum() == 400


def test_all_that_a_tag_finds_is_its_layer_and_a_tag_that_is_covered_is_named():
    found = [rectangle("a", 0.9, 0, 0, 20, 100), rectangle("a", 0.5, 80, 0, 100, 100), rectangle("b", 0.3, 5, 5, 15, 15)]
    claims = findings.claimed(found, ("b", "a", "c"), (100, 100))
    assert claims.names == ("a",) and claims.missing == ("b", "c")
    assert (claims.labels == 0).sum() == 4000 and (claims.labels == findings.NONE).sum() == 6000


def test_fewer_layers_than_things_share_them_by_depth():
    seer = skyline_seer()
    made = split(seer, layer_tags="sky, houses, river bank", depth_model="any", auto_layers=False, layers=2)
    assert made.settings.layers == 2 and made.settings.names == ("sky and houses", "river bank")
    assert any("3 things for 2 layers" in note and "sky and houses" in note for note in made.notes)
    assert layer_iou(made, seer, "bank") > 0.9 and set(np.unique(made.labels)) == {0, 1}


def test_more_layers_than_things_stay_empty_and_that_is_said():
    made = split(skyline_seer(), layer_tags="sky, houses, river bank", depth_model="any", auto_layers=False, layers=5)
    assert made.settings.names == ("sky", "houses", "river bank", "Layer 4", "Layer 5")
    assert any("2 of 5 layers stay empty" in note for note in made.notes)
    assert len(made.cuts) == 5


def test_what_is_typed_for_layers_wins():
    """As after Split Layers, when names and distances are in the list: the layers stay the same ones."""
    seer = skyline_seer()
    free = split(seer, layer_tags="sky, houses, river bank", depth_model="any")
    typed = split(seer, layer_tags="sky, houses, river bank", depth_model="any", layers=3, names=["Air", "Town", "Shore"],
                  distances=[6.0, 1.0, 2.0])
    assert typed.settings.names == ("Air", "Town", "Shore") and typed.settings.distances == (6.0, 1.0, 2.0)
    assert np.array_equal(typed.labels == 2, free.labels == 1) and np.array_equal(typed.labels == 1, free.labels == 2)


def test_a_painted_mask_wins_over_what_is_found(tmp_path):
    seer = skyline_seer()
    mask = np.zeros(seer.scene.labels.shape, np.uint8)
    mask[:, 200:] = 255
    file = str(save(mask, tmp_path / "mask.png"))
    made = split(seer, layer_tags="sky, houses, river bank", depth_model="any", layers=3, masks=["", file, ""])
    assert np.array_equal(made.labels == 1, mask > 0)


@pytest.mark.parametrize("tags, why", [(" ,", "Type some Layer Tags"), ("cow", "Nothing was found for cow")])
def test_layers_by_tags_that_cannot_be_made_are_refused(tags, why):
    with pytest.raises(ParallaxError, match=why):
        split(skyline_seer(), layer_tags=tags)


def test_layers_by_tags_need_the_neural_engine():
    with pytest.raises(ParallaxError, match="Preferences"):
        separators.split(scene("skyline").source, plain({"separator": "TAGS"}))


def test_objects_are_gone_before_layers_are_looked_for(tmp_path):
    """A tree that is lifted and a layer's word as well: it is no layer any more, and what it hid belongs to what is around it."""
    seer = ground_seer()
    job, said = run(tmp_path, seer, objects=[{"name": "Tree", "tags": "tree", "feather": 40.0}], separator="TAGS",
                    layer_tags="sky, tree, box", depth_model="any")
    names = [layer["name"] for layer in json.loads((job.folder / "layers" / "layers.json").read_text())["layers"]]
    assert sorted(names) == ["Tree", "box", "rest", "sky"]
    assert "Nothing was found for: tree" in said


class Listening:
    """A real inpainter that keeps what it was told of each hole."""

    name = "listening"

    def __init__(self):
        self.holes = []

    def paint(self, hole):
        self.holes.append(hole)
        return inpaint.best("AUTO").paint(hole)


def test_what_is_removed_is_called_by_the_words_it_was_found_by():
    listening, seer = Listening(), ground_seer()
    chosen = plain({"objects": [{"name": "Object 1"}], "fill": "DIFFUSION", "describe_model": "any", "removal_passes": 1})
    lifting = objects.lift(seer.scene.source, chosen, listening, lambda text: None, None, seer)
    assert lifting.words and lifting.words[0] in chosen.objects[0].tags
    assert listening.holes[0].negative.startswith(f"{lifting.words[0]}, ")
    scene = listening.holes[0].scene
    assert scene.shape == seer.scene.source.shape and (scene != seer.scene.source).any(), "the object is not described"
