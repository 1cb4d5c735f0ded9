"""Both built-in fills keep what is known, repeat themselves for a seed, copy only what they may, and continue what they see."""

import numpy as np
import pytest

from engine import inpaint
from engine.errors import ParallaxError
from engine.inpaint import Hole, patchmatch, quilt
from tests.engine import scenes

FILLS = {"PatchMatch": patchmatch.PatchMatch, "Quilt": quilt.Quilt}
HEIGHT, WIDTH = 72, 160


@pytest.fixture(params=FILLS)
def fill(request):
    if request.param == "PatchMatch" and not patchmatch.available():
        pytest.skip("pypatchmatch does not run here")
    return FILLS[request.param]()


def texture(seed=3, height=HEIGHT, width=WIDTH):
    return np.clip(np.array((120, 140, 90)) + 60 * scenes.noise(height, width, seed)[..., None], 0, 255).astype(np.uint8)


def upright_hole():
    """The whole height, in the middle: what a bridge is."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[:, 70:86] = True
    return mask


def blob():
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.hypot(x - 80, y - 36) < 14


HOLES = {"upright": upright_hole, "blob": blob}


@pytest.mark.parametrize("shape", HOLES)
@pytest.mark.parametrize("guide", [0.0, 16.0])
def test_what_is_not_masked_stays_exactly(fill, shape, guide):
    mask, picture = HOLES[shape](), texture()
    before = picture.copy(), mask.copy()
    painted = fill.paint(Hole(picture, mask, guide=guide))
    assert painted.shape == picture.shape and painted.dtype == np.uint8
    assert np.array_equal(painted[~mask], picture[~mask])
    assert np.array_equal(picture, before[0]) and np.array_equal(mask, before[1])


def test_what_is_masked_does_not_matter(fill):
    """Paint may not look at what was there, or it would show."""
    mask, picture = upright_hole(), texture()
    black, green = picture.copy(), picture.copy()
    black[mask], green[mask] = 0, (0, 255, 0)
    assert np.array_equal(fill.paint(Hole(black, mask, guide=4.0)), fill.paint(Hole(green, mask, guide=4.0)))


@pytest.mark.parametrize("shape", HOLES)
def test_a_seed_repeats_itself_and_another_is_another(fill, shape):
    mask, picture = HOLES[shape](), texture()
    first, again, other = (fill.paint(Hole(picture, mask, guide=2.0, seed=seed)) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("guide", [0.0, 16.0])
def test_what_is_excluded_is_never_copied(fill, guide):
    """The excluded part is of a colour that occurs nowhere else, and lies right beside the hole."""
    mask, picture = upright_hole(), texture()
    mask[:20] = False
    exclude = np.zeros_like(mask)
    exclude[:20] = True
    exclude[40:60, 86:120] = True
    picture[exclude] = (255, 0, 255)
    painted = fill.paint(Hole(picture, mask, exclude, guide=guide))
    inside = painted[mask].astype(int)
    known = picture[~mask & ~exclude].astype(int)
    for channel in range(3):
        assert known[:, channel].min() - 2 <= inside[:, channel].min()
        assert inside[:, channel].max() <= known[:, channel].max() + 2
    assert np.array_equal(painted[exclude], picture[exclude])


@pytest.mark.parametrize("turned", [False, True])
def test_the_guide_continues_stripes_along_the_motion(fill, turned):
    """Stripes of random colours: each row must go on in its own colour; turned by a right angle, each column."""
    stripes = np.random.default_rng(11).integers(40, 216, (HEIGHT // 6, 1, 3)).repeat(6, axis=0).repeat(WIDTH, axis=1).astype(np.uint8)
    mask = upright_hole()
    hole = Hole(stripes, mask, across=(0.0, 1.0), guide=16.0)
    if turned:
        hole = Hole(np.ascontiguousarray(stripes.swapaxes(0, 1)), np.ascontiguousarray(mask.T), across=(1.0, 0.0), guide=16.0)
    painted = fill.paint(hole)
    painted = painted.swapaxes(0, 1) if turned else painted
    error = np.abs(painted[mask].astype(int) - stripes[mask])
    assert error.mean() < 4.0
    assert (error.max(axis=1) > 40).mean() < 0.05


def test_paint_looks_like_the_texture_and_not_like_a_smear(fill):
    """Its contrast is that of the texture. A fill by a mean colour or by blurring has none."""
    mask, picture = upright_hole(), texture(seed=7)
    painted = fill.paint(Hole(picture, mask, guide=1.0))[..., 0].astype(float)
    columns = np.flatnonzero(mask[0])
    inside = np.abs(np.diff(painted[:, columns], axis=0)).mean()
    outside = np.abs(np.diff(painted[:, :70], axis=0)).mean()
    assert 0.6 * outside < inside < 1.5 * outside


def test_paint_is_closer_to_the_hidden_truth_than_a_mean_colour(fill):
    """A ramp with texture, of which a band is hidden: what is beside the hole tells what was in it."""
    y = np.linspace(0.0, 1.0, HEIGHT)[:, None, None]
    ramp = np.array((40, 90, 200)) * (1.0 - y) + np.array((220, 160, 60)) * y
    truth = np.clip(ramp + 12 * scenes.noise(HEIGHT, WIDTH, 9)[..., None], 0, 255).astype(np.uint8)
    for mask in (upright_hole(), blob()):
        painted = fill.paint(Hole(truth, mask, guide=8.0))
        plain = np.broadcast_to(truth[~mask].mean(axis=0), truth.shape)
        assert scenes.psnr(painted[mask], truth[mask]) > scenes.psnr(plain[mask], truth[mask]) + 6.0


def test_an_empty_mask_gives_the_picture_back(fill):
    picture = texture()
    assert np.array_equal(fill.paint(Hole(picture, np.zeros((HEIGHT, WIDTH), bool), guide=4.0)), picture)


def test_a_hole_at_every_edge_is_painted(fill):
    picture = texture()
    for edge in (np.s_[:, :12], np.s_[:, -12:], np.s_[:12], np.s_[-12:]):
        mask = np.zeros((HEIGHT, WIDTH), bool)
        mask[edge] = True
        blank = picture.copy()
        blank[mask] = 0
        painted = fill.paint(Hole(blank, mask, guide=1.0))
        assert painted[mask].min() > 10
        assert np.array_equal(painted[~mask], picture[~mask])


def test_a_wide_hole_with_little_around_it_is_painted(fill):
    picture = texture()
    mask = np.ones((HEIGHT, WIDTH), bool)
    mask[:, :20] = mask[:, -20:] = False
    blank = picture.copy()
    blank[mask] = 0
    painted = fill.paint(Hole(blank, mask, guide=4.0))
    assert painted[mask].min() > 10


@pytest.mark.parametrize("shape", [(16, 16), (7, 40), (40, 7), (3, 200), (1, 60)])
def test_thin_and_tiny_pictures_are_painted(fill, shape):
    picture = np.full((*shape, 3), (50, 100, 150), np.uint8)
    mask = np.zeros(shape, bool)
    mask[:, shape[1] // 2 :] = True
    blank = picture.copy()
    blank[mask] = 0
    painted = fill.paint(Hole(blank, mask, guide=1.0))
    assert np.abs(painted.astype(int) - picture).max() <= 2


def test_automatic_is_patchmatch_where_it_runs_and_each_can_be_asked_for():
    runs = patchmatch.available()
    assert inpaint.best("AUTO").name == ("PatchMatch" if runs else "Quilt")
    assert inpaint.best("QUILT").name == "Quilt"
    if runs:
        assert inpaint.best("PATCHMATCH").name == "PatchMatch"
    else:
        with pytest.raises(ParallaxError, match="Quilt"):
            inpaint.best("PATCHMATCH")
