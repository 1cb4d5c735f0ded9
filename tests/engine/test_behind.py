"""What nearer layers hid of a layer, painted from the layer's own pixels alone."""

import numpy as np
import pytest

from engine import behind, inpaint
from engine.cuts import Cut
from engine.inpaint import patchmatch
from tests.engine.scenes import noise
from tests.support.settings import plain

HEIGHT, WIDTH = 120, 200
FILLS = ["QUILT", "PATCHMATCH"]
ALL = np.ones((1, 1), bool)


class Counting:
    """A real inpainter that keeps what it was asked."""

    def __init__(self, fill):
        self._inpainter, self.holes = inpaint.best(fill), []
        self.name = self._inpainter.name

    def paint(self, hole):
        self.holes.append(hole)
        return self._inpainter.paint(hole)


@pytest.fixture(params=FILLS)
def inpainter(request):
    if request.param == "PATCHMATCH" and not patchmatch.available():
        pytest.skip("pypatchmatch does not run here")
    return Counting(request.param)


def settings(**values):
    return plain({"matte": 40.0, **values})  # five pixels at this width


def coloured(rgb, seed, height=HEIGHT, width=WIDTH):
    return np.clip(np.array(rgb) + 20.0 * noise(height, width, seed)[..., None], 0, 255).astype(np.uint8)


def two_colours():
    """A blue layer that goes on behind a red thing, which the layer's picture still has in its colours: (cut, where the red is)."""
    hidden = np.zeros((HEIGHT, WIDTH), bool)
    hidden[30:95, 70:130] = True
    rgb = np.where(hidden[..., None], coloured((200, 60, 40), 1), coloured((60, 90, 190), 2))
    return Cut(rgb, np.full((HEIGHT, WIDTH), 255, np.uint8), ~hidden), hidden


def reddish(rgb):
    return rgb[..., 0].astype(int) > rgb[..., 2]


def test_a_hole_is_filled_from_the_layers_own_colours_only(inpainter):
    cut, hidden = two_colours()
    assert reddish(cut.rgb)[hidden].all()
    made = behind.painted(cut, ALL, settings(), inpainter)
    assert made.known.all() and not reddish(made.rgb).any()
    own, paint = cut.rgb[cut.known].astype(float), made.rgb[hidden].astype(float)
    assert np.abs(paint.mean(axis=0) - own.mean(axis=0)).max() < 12.0
    assert paint.std() > 0.5 * own.std(axis=0).mean()  # texture rather than one colour
    assert len(inpainter.holes) == 1


def test_what_is_known_does_not_change(inpainter):
    cut, hidden = two_colours()
    before = cut.rgb.copy(), cut.alpha.copy(), cut.known.copy()
    made = behind.painted(cut, ALL, settings(), inpainter)
    assert np.array_equal(made.rgb[~hidden], cut.rgb[~hidden]) and np.array_equal(made.alpha, cut.alpha)
    for old, now in zip(before, (cut.rgb, cut.alpha, cut.known)):
        assert np.array_equal(old, now)  # nor is what was given written to


def test_only_what_is_wanted_is_painted(inpainter):
    cut, hidden = two_colours()
    wanted = np.zeros((HEIGHT, 1), bool)
    wanted[:60] = True
    made = behind.painted(cut, wanted, settings(), inpainter)
    assert np.array_equal(made.known, cut.known | (hidden & wanted))
    assert np.array_equal(made.rgb[~(hidden & wanted)], cut.rgb[~(hidden & wanted)])


def test_nothing_is_done_where_all_is_known_or_nothing_is_wanted(inpainter):
    cut, hidden = two_colours()
    assert behind.painted(cut, np.zeros((1, 1), bool), settings(), inpainter) is cut
    assert behind.painted(cut, ~hidden, settings(), inpainter) is cut
    assert not inpainter.holes


def test_beyond_its_shape_a_layer_is_not_painted(inpainter):
    cut, hidden = two_colours()
    alpha = np.where(np.arange(HEIGHT)[:, None] >= 60, np.uint8(255), np.uint8(0)) * np.ones((1, WIDTH), np.uint8)
    made = behind.painted(Cut(cut.rgb, alpha, cut.known & (alpha > 0)), ALL, settings(), inpainter)
    assert np.array_equal(made.known, alpha > 0) and np.array_equal(made.alpha, alpha)
    assert not reddish(made.rgb)[alpha > 0].any()


def test_a_layer_of_which_nothing_is_seen_stays_away(inpainter):
    rgb = coloured((200, 60, 40), 3)
    made = behind.painted(Cut(rgb, np.full(rgb.shape[:2], 200, np.uint8), np.zeros(rgb.shape[:2], bool)), ALL, settings(), inpainter)
    assert not made.alpha.any() and not inpainter.holes


def test_with_hardly_anything_to_copy_its_colours_are_carried_on(inpainter):
    cut, _ = two_colours()
    few = np.zeros((HEIGHT, WIDTH), bool)
    few[50:60, 20:30] = True
    made = behind.painted(Cut(cut.rgb, cut.alpha, few), ALL, settings(), inpainter)
    assert made.known.all() and not inpainter.holes
    low, high = cut.rgb[few].min(axis=0).astype(int), cut.rgb[few].max(axis=0)
    assert (made.rgb >= low - 1).all() and (made.rgb <= high + 1).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 3), (17, 16), (40, 2)])
def test_layers_of_any_size(inpainter, size):
    rgb = coloured((60, 90, 190), 4)[: size[0], : size[1]]
    known = np.zeros(size, bool)
    known[:, : (size[1] + 1) // 2] = True
    made = behind.painted(Cut(rgb, np.full(size, 255, np.uint8), known), ALL, settings(), inpainter)
    assert made.known.all() and made.rgb.shape == rgb.shape
    assert np.abs(made.rgb[~known].astype(int) - [60, 90, 190]).max(initial=0) < 60


def test_a_thin_hole_is_closed_by_the_colours_beside_it(inpainter):
    cut, _ = two_colours()
    hidden = np.zeros((HEIGHT, WIDTH), bool)
    hidden[:, 100:103] = True
    made = behind.painted(Cut(coloured((60, 90, 190), 2), cut.alpha, ~hidden), ALL, settings(), inpainter)
    assert not inpainter.holes and made.known.all()
    assert np.abs(np.diff(made.rgb[:, 96:107].astype(int), axis=1)).max() < 40


def test_holes_far_apart_are_painted_one_by_one_and_close_ones_together(inpainter):
    pytest.importorskip("cv2")
    rgb, full = coloured((60, 90, 190), 2, 150, 600), np.full((150, 600), 255, np.uint8)
    for columns, fills in (((100, 450), 2), ((100, 135), 1)):
        inpainter.holes.clear()
        hidden = np.zeros(full.shape, bool)
        for x in columns:
            hidden[60:90, x : x + 20] = True
        assert behind.painted(Cut(rgb, full, ~hidden), ALL, settings(), inpainter).known.all()
        assert len(inpainter.holes) == fills
        assert fills == 1 or all(hole.mask.size < 0.5 * full.size for hole in inpainter.holes)


def test_the_border_along_a_nearer_layer_is_rather_not_copied(inpainter):
    """Some of the nearer layer's colour is often left there: a red rim around the hole, which the layer knows."""
    cut, hidden = two_colours()
    rim = np.zeros((HEIGHT, WIDTH), bool)
    rim[28:97, 68:132] = True
    rgb = np.where((rim & ~hidden)[..., None], np.uint8([200, 60, 40]), cut.rgb)
    made = behind.painted(Cut(rgb, cut.alpha, ~hidden), ALL, settings(), inpainter)
    inner = np.zeros((HEIGHT, WIDTH), bool)
    inner[45:80, 85:115] = True
    assert not reddish(made.rgb)[inner].any()
    assert reddish(made.rgb)[hidden].mean() < 0.1


def test_a_layer_guides_its_paint_by_rows_as_far_as_they_differ():
    whole = np.ones((HEIGHT, WIDTH), bool)
    rows = np.repeat(np.linspace(0, 255, HEIGHT)[:, None], WIDTH, axis=1)[..., None].repeat(3, axis=2).astype(np.uint8)
    assert behind.guide(rows, whole) == 16.0
    assert behind.guide(rows.swapaxes(0, 1), whole.T) < 1.5
    assert behind.guide(np.full_like(rows, 90), whole) == 1.0
