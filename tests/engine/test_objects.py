"""Objects lifted out of scenes of which everything is known: what was cut out, and what was behind it."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import inpaint, objects
from engine import picture as pictures
from engine.errors import Cancelled, ParallaxError
from engine.inpaint import patchmatch, quilt
from tests.engine.journals import journal
from tests.engine.test_cutout import blob, box_around, ground, iou, painted
from tests.support.settings import plain

HARBOUR = Path(__file__).parents[1] / "pictures" / "harbour.jpg"
HEIGHT, WIDTH = 180, 300
RED, VIOLET = (200, 80, 60), (150, 60, 170)


class Counting:
    """A real inpainter that counts what it is asked."""

    def __init__(self, inpainter):
        self.inpainter, self.name, self.holes = inpainter, inpainter.name, []

    def paint(self, hole):
        self.holes.append(hole)
        return self.inpainter.paint(hole)


def quiet(text):
    pass


def lift(picture, *wanted, folder=None, inpainter=None, say=quiet, **settings):
    chosen = plain({"objects": list(wanted), **settings})
    return objects.lift(picture, chosen, inpainter or inpaint.best("AUTO"), say, folder)


def boxed(mask, **more):
    # lengths are for 1600 pixels of width; at 300 these are 4 pixels of soft edge and 2 of growth
    return {"box": box_around(mask), "grow": 10.0, "feather": 20.0, **more}


def placed(lifted, shape=(HEIGHT, WIDTH)):
    """The object's alpha at the picture's size."""
    whole = np.zeros(shape, np.uint8)
    h, w = lifted.alpha.shape
    whole[lifted.y : lifted.y + h, lifted.x : lifted.x + w] = lifted.alpha
    return whole


def laid_over(lifting):
    """The picture with its objects where they were."""
    picture = lifting.picture.astype(np.float32)
    for one in reversed(lifting.lifted):
        h, w = one.alpha.shape
        part, share = picture[one.y : one.y + h, one.x : one.x + w], one.alpha[..., None] / np.float32(255.0)
        part[:] = part * (1.0 - share) + one.rgb * share
    return picture


def test_an_object_is_cut_out_and_what_it_hid_is_painted():
    mask, behind = blob(), ground()
    picture = painted(mask)
    lifting = lift(picture, boxed(mask, name="Star"))
    (star,) = lifting.lifted
    assert (star.index, star.name, lifting.notes) == (0, "Star", ())
    assert star.rgb.dtype == star.alpha.dtype == np.uint8 and star.rgb.shape == (*star.alpha.shape, 3)
    assert iou(placed(star) >= 128, mask) > 0.95
    error, before = (np.abs(p.astype(float) - behind)[mask].mean() for p in (lifting.picture, picture))
    assert error < 0.3 * before
    rim = mask_rim(mask, 8)
    assert np.abs(lifting.picture.astype(float) - behind)[rim].max(axis=1).mean() < 20.0
    assert np.array_equal(lifting.picture[~mask_grown(mask, 12)], picture[~mask_grown(mask, 12)])


def mask_grown(mask, pixels):
    ys, xs = np.nonzero(mask)
    whole = np.zeros_like(mask)
    for dy in range(-pixels, pixels + 1, pixels):
        for dx in range(-pixels, pixels + 1, pixels):
            whole[np.clip(ys + dy, 0, mask.shape[0] - 1), np.clip(xs + dx, 0, mask.shape[1] - 1)] = True
    return whole


def mask_rim(mask, pixels):
    return mask_grown(mask, pixels) & ~mask_grown(mask, 1)


def test_nothing_red_is_left_and_nothing_of_the_ground_travels():
    """No ghost of the outline in the ground, hardly a halo of the ground on the object: what there is, has the picture whole."""
    mask = blob()
    lifting = lift(painted(mask), boxed(mask))
    assert not reddish(lifting.picture).any()
    (star,) = lifting.lifted
    assert reddish(star.rgb)[star.alpha >= 128].mean() > 0.97
    assert not placed(star)[~mask_grown(mask, 4)].any()


def reddish(rgb):
    return rgb[..., 0].astype(int) - rgb[..., 2] > 90


FRONT, BACK, LARGE = blob(x=120, size=30), blob(x=165, size=45), blob(480, 800, 400, 240, 100)
WHOLE = {
    "as wished": (painted(blob()), [boxed(blob())]),
    "by default": (painted(LARGE), [{"box": box_around(LARGE)}]),
    "small by default": (painted(blob()), [{"box": box_around(blob())}]),
    "hard": (painted(blob()), [boxed(blob(), grow=0.0, feather=0.0)]),
    "at the edge": (painted(blob(x=0)), [{"box": box_around(blob(x=0))}]),
    "two": (painted(FRONT, painted(BACK, colour=VIOLET), RED), [boxed(FRONT), boxed(BACK)]),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_laid_over_again_it_is_the_picture(kind):
    picture, wanted = WHOLE[kind]
    lifting = lift(picture, *wanted)
    assert len(lifting.lifted) == len(wanted) and not np.array_equal(lifting.picture, picture)
    assert np.array_equal(np.rint(laid_over(lifting)), picture)


def test_a_painting_with_a_lighthouse_and_a_boat_is_whole_again():
    """Their outlines by hand, what is painted behind them different from what was around them: nothing of that is lost."""
    picture = pictures.scaled(pictures.read(HARBOUR)[0], 640, 360)
    lighthouse = {"lasso": (73.7, 36.7, 76.2, 36.7, 77.0, 56.1, 73.0, 56.1)}
    boat = {"lasso": (34.8, 52.2, 35.4, 52.2, 37.0, 63.0, 36.2, 71.1, 34.1, 71.1, 32.8, 63.0)}
    lifting = lift(picture, lighthouse, boat)
    assert np.array_equal(np.rint(laid_over(lifting)), picture)
    for one in lifting.lifted:
        own = one.alpha >= 128
        assert one.alpha[~own].sum() < 0.15 * one.alpha[own].sum()  # the rim with which they move


def test_elsewhere_it_looks_as_it_would_have_looked_there():
    """Moved over other ground, it brings hardly anything of its old ground along."""
    there = np.roll(LARGE, 90, axis=1)
    lifting = lift(painted(LARGE), {"box": box_around(LARGE)})
    (one,) = lifting.lifted
    wanted = np.where(there[..., None], np.roll(painted(LARGE), 90, axis=1), ground(480, 800))
    seen = laid_over(objects.Lifting(ground(480, 800), (replace(one, x=one.x + 90),), ()))
    off = np.abs(seen - wanted).max(axis=2)
    assert off[mask_grown(there, 8) & ~mask_grown(there, 4)].mean() < 1.0
    assert off[mask_grown(there, 4) & ~there].mean() < 2.5


def test_the_foot_is_the_lowest_opaque_row():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[40:120, 100:180] = True
    mask[120:140, 120:160] = True
    (one,) = lift(painted(mask), boxed(mask, feather=0.0)).lifted
    assert one.foot == (139, 120, 160)


def test_of_two_that_overlap_the_second_is_cut_from_what_the_first_left():
    front, back = blob(x=120, size=30), blob(x=165, size=45)
    picture = painted(front, painted(back, colour=VIOLET), RED)
    lifting = lift(picture, boxed(front), boxed(back))
    first, second = lifting.lifted
    assert iou(placed(first) >= 128, front) > 0.8  # the box holds some of the other, too
    of_second = placed(second) >= 128
    assert of_second[back & ~front].mean() > 0.9 and not (of_second & ~mask_grown(back | front, 4)).any()
    assert not reddish(second.rgb)[second.alpha >= 128].any()
    behind = ground().astype(float)
    assert np.abs(lifting.picture - behind)[front | back].mean() < 0.35 * np.abs(picture - behind)[front | back].mean()


@pytest.mark.parametrize("fill", [patchmatch.PatchMatch, quilt.Quilt])
@pytest.mark.parametrize("mask", [blob(x=0, y=60), blob(x=WIDTH, y=HEIGHT, size=70), blob(x=150, y=0, size=60)],
                         ids=["left", "corner", "top"])
def test_an_object_at_the_frame_s_edge(mask, fill):
    if fill is patchmatch.PatchMatch and not patchmatch.available():
        pytest.skip("pypatchmatch does not run here")
    picture = painted(mask)
    lifting = lift(picture, boxed(mask), inpainter=fill())
    assert iou(placed(lifting.lifted[0]) >= 128, mask) > 0.9
    assert not reddish(lifting.picture).any()


@pytest.mark.parametrize("fill", [patchmatch.PatchMatch, quilt.Quilt])
def test_an_object_that_leaves_little_of_the_picture(fill, tmp_path):
    """Only a strip of 12 pixels shows the ground; all paint comes from there."""
    if fill is patchmatch.PatchMatch and not patchmatch.available():
        pytest.skip("pypatchmatch does not run here")
    mask = np.ones((HEIGHT, WIDTH), bool)
    mask[:, :12] = False
    lifting = lift(painted(mask), file_of(mask, tmp_path, feather=0.0), inpainter=fill())
    assert (placed(lifting.lifted[0]) > 0).mean() > 0.95
    assert not reddish(lifting.picture).any()


def file_of(mask, folder, name="mask.png", **more):
    Image.fromarray(mask if mask.dtype == np.uint8 else mask * np.uint8(255)).save(folder / name)
    return {"mask": str(folder / name), "grow": 10.0, **more}


def test_an_object_that_covers_all_stays_and_the_rest_goes_on(tmp_path):
    mask = blob()
    everything = file_of(np.ones_like(mask), tmp_path, name="all.png")
    lifting = lift(painted(mask), {"name": "World", **everything}, boxed(mask, name="Star"))
    assert [one.name for one in lifting.lifted] == ["Star"] and lifting.lifted[0].index == 1
    (note,) = lifting.notes
    assert note.startswith("World is not lifted") and "whole picture" in note


def test_a_soft_file_mask_keeps_its_own_softness(tmp_path):
    soft = np.clip(60.0 - np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] - np.array([90, 150])[:, None, None])), 0, 25) / 25.0
    soft = np.rint(soft * 255.0).astype(np.uint8)
    cloud = np.rint(ground() + (235.0 - ground()) * (soft / 255.0)[..., None]).astype(np.uint8)
    (one,) = lift(cloud, file_of(soft, tmp_path)).lifted
    assert (placed(one) >= soft).all() and placed(one)[soft > 0].mean() < soft[soft > 0].mean() + 10.0


def test_a_hard_file_mask_gets_a_soft_edge(tmp_path):
    mask = blob()
    soft_picture = np.asarray(Image.fromarray(painted(mask)).resize((WIDTH // 2, HEIGHT // 2)).resize((WIDTH, HEIGHT)))
    (one,) = lift(soft_picture, file_of(mask, tmp_path, feather=30.0)).lifted
    assert ((one.alpha > 25) & (one.alpha < 230)).sum() > 200


def test_a_painted_mask_needs_no_opencv(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    mask = blob()
    lifting = lift(painted(mask), file_of(mask, tmp_path))
    assert iou(placed(lifting.lifted[0]) >= 128, mask) > 0.9 and not reddish(lifting.picture).any()
    assert np.array_equal(np.rint(laid_over(lifting)), painted(mask))


def test_what_a_file_says_wins_over_lasso_and_box(tmp_path):
    mask, other = blob(x=80, size=25), blob(x=220, size=25)
    wanted = {**boxed(other), **file_of(mask, tmp_path)}
    (one,) = lift(painted(mask | other), wanted).lifted
    assert iou(placed(one) >= 128, mask) > 0.9


def test_tags_need_the_neural_engine_and_the_rest_goes_on():
    mask = blob()
    lifting = lift(painted(mask), {"name": "Moon"}, boxed(mask))
    assert [one.name for one in lifting.lifted] == ["Object 2"]
    (note,) = lifting.notes
    assert "Moon" in note and "needs the neural engine" in note


def test_an_empty_mask_is_noted_and_the_rest_goes_on(tmp_path):
    mask = blob()
    lifting = lift(painted(mask), file_of(np.zeros_like(mask), tmp_path, name="black.png"), boxed(mask))
    assert len(lifting.lifted) == 1 and len(lifting.notes) == 1 and "Object 1" in lifting.notes[0]


def test_what_is_not_told_apart_is_taken_whole_and_said():
    lifting = lift(np.full((HEIGHT, WIDTH, 3), 90, np.uint8), {"box": (20, 20, 50, 60)})
    assert len(lifting.lifted) == 1 and "all that the line encloses" in lifting.notes[0]


def test_a_missing_or_broken_mask_is_refused(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for name in ("broken.png", "missing.png"):
        with pytest.raises(ParallaxError, match=name):
            lift(ground(), {"mask": str(tmp_path / name)}, folder=tmp_path / "objects")


def test_without_objects_the_picture_is_as_it_was():
    picture = ground()
    lifting = lift(picture)
    assert np.array_equal(lifting.picture, picture) and lifting.lifted == lifting.notes == ()


def test_it_stops_when_it_is_told():
    def say(text):
        if text.startswith("Painting"):
            raise Cancelled

    with pytest.raises(Cancelled):
        lift(painted(blob()), boxed(blob()), say=say)


THREE = [blob(x=50, size=25), blob(x=150, size=25), blob(x=250, size=25)]


def written(folder):
    """When each cut-out's picture was written."""
    return [path.stat().st_mtime_ns for path in sorted(folder.glob("*.png"))]


def test_changing_one_redoes_it_and_those_after_it(tmp_path):
    picture, wanted = painted(THREE[0] | THREE[1] | THREE[2]), [boxed(mask) for mask in THREE]
    counting = Counting(inpaint.best("AUTO"))
    first = lift(picture, *wanted, folder=tmp_path / "objects", inpainter=journal(tmp_path / "steps", counting))
    before = written(tmp_path / "objects")
    assert len(before) == len(counting.holes) == 3

    again = lift(picture, *wanted, folder=tmp_path / "objects", inpainter=journal(tmp_path / "steps", counting))
    assert written(tmp_path / "objects") == before and len(counting.holes) == 3
    assert np.array_equal(first.picture, again.picture)
    for a, b in zip(first.lifted, again.lifted):
        assert np.array_equal(a.rgb, b.rgb) and np.array_equal(a.alpha, b.alpha) and (a.x, a.y, a.foot) == (b.x, b.y, b.foot)

    wanted[1] = {**wanted[1], "feather": 40.0}
    lift(picture, *wanted, folder=tmp_path / "objects", inpainter=journal(tmp_path / "steps", counting))
    assert [a == b for a, b in zip(written(tmp_path / "objects"), before)] == [True, False, False]
    assert len(counting.holes) == 5


def test_a_new_name_motion_or_growth_cuts_nothing_out_again(tmp_path):
    picture, wanted = painted(THREE[0]), boxed(THREE[0])
    lift(picture, wanted, folder=tmp_path)
    before = written(tmp_path)
    lifting = lift(picture, {**wanted, "name": "Mars", "motion": "STILL", "grow": 12.0}, folder=tmp_path)
    assert written(tmp_path) == before and lifting.lifted[0].name == "Mars"


def test_another_mask_in_the_same_file_is_seen(tmp_path):
    picture = painted(THREE[0] | THREE[1])
    lift(picture, file_of(THREE[0], tmp_path), folder=tmp_path / "objects")
    (one,) = lift(picture, file_of(THREE[1], tmp_path), folder=tmp_path / "objects").lifted
    assert iou(placed(one) >= 128, THREE[1]) > 0.9


DAMAGED = ({"x": 5000}, {"x": -1}, {"y": "a"}, {"y": 1.5}, {"x": None}, {"width": 3}, {"height": "a"}, {"note": 7})


@pytest.mark.parametrize("wrong", DAMAGED, ids=str)
def test_a_cut_out_with_wrong_numbers_is_made_again(tmp_path, wrong):
    picture, wanted = painted(THREE[0]), boxed(THREE[0])
    first = lift(picture, wanted, folder=tmp_path)
    about = json.loads((tmp_path / "01.json").read_text(encoding="utf-8"))
    (tmp_path / "01.json").write_text(json.dumps({**about, **wrong}), encoding="utf-8")
    again = lift(picture, wanted, folder=tmp_path)
    assert json.loads((tmp_path / "01.json").read_text(encoding="utf-8")) == about
    assert np.array_equal(first.lifted[0].rgb, again.lifted[0].rgb) and first.lifted[0].x == again.lifted[0].x


def test_a_cut_out_that_was_emptied_is_made_again(tmp_path):
    picture, wanted = painted(THREE[0]), boxed(THREE[0])
    lift(picture, wanted, folder=tmp_path)
    whole = (tmp_path / "01.png").read_bytes()
    pictures.save_png(tmp_path / "01.png", np.zeros_like(pictures.load_png(tmp_path / "01.png")))
    lift(picture, wanted, folder=tmp_path)
    assert (tmp_path / "01.png").read_bytes() == whole


@pytest.mark.parametrize("file", ["01.png", "01.json"])
@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\x89PNG\r\n\x1a\n"])
def test_a_damaged_cut_out_is_made_again(tmp_path, file, content):
    picture, wanted = painted(THREE[0]), boxed(THREE[0])
    first = lift(picture, wanted, folder=tmp_path)
    whole = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(content)
    again = lift(picture, wanted, folder=tmp_path)
    assert (tmp_path / file).read_bytes() == whole
    assert np.array_equal(first.lifted[0].rgb, again.lifted[0].rgb)


def test_every_object_is_one_fill_of_its_surroundings(tmp_path):
    """One question an object, in order, and no larger than it must be; the same run asks the same questions."""
    picture, wanted = painted(THREE[0] | THREE[2]), [boxed(THREE[0]), {"name": "tags only"}, boxed(THREE[2])]
    asked = []
    for _ in range(2):
        counting = Counting(inpaint.best("AUTO"))
        lift(picture, *wanted, inpainter=counting, folder=tmp_path)
        asked.append(counting.holes)
    assert len(asked[0]) == len(asked[1]) == 2
    for a, b in zip(*asked):
        assert np.array_equal(a.picture, b.picture) and np.array_equal(a.mask, b.mask) and (a.guide, a.seed) == (b.guide, b.seed)
        assert a.picture.shape[1] < WIDTH


def test_the_layer_of_a_foot_is_what_it_stands_in():
    labels = np.zeros((200, 100), np.uint8)
    labels[100:, :] = 2
    labels[150:, 60:] = 1
    assert objects.layer_of((50, 10, 20), labels) == 0
    assert objects.layer_of((99, 10, 20), labels) == 2
    assert objects.layer_of((160, 50, 90), labels) == 1
    assert objects.layer_of((199, 0, 3), labels) == 2
