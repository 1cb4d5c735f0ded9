"""Textures of effects: without a seam, the same for the same seed, another for another."""

import numpy as np
import pytest
from PIL import Image

from engine.errors import Cancelled
from engine.film import assets, overlays

VALUES = {
    "rain": {"amount": 120, "length": 24.0, "thickness": 0.7}, "snow": {"amount": 90, "radius": 3.0, "blur": 0.3},
    "dust": {"amount": 90, "radius": 1.5, "blur": 0.2}, "clouds": {}, "grain": {"size": 0.7, "number": 0},
}


def texture(what, seed=0, width=160, height=96, **more):
    pixels = overlays.PICTURES[what](width=width, height=height, seed=seed, **{**VALUES[what], **more}, check=lambda _: None)
    return pixels.astype(float) if pixels.ndim == 2 else pixels[..., 0].astype(float)


def steps(pixels, axis):
    """Mean square step from each row (or column) to the next, the last one to the first."""
    return ((np.roll(pixels, -1, axis) - pixels) ** 2).mean(axis=1 - axis)


@pytest.mark.parametrize("what", VALUES)
@pytest.mark.parametrize("axis", [0, 1])
def test_a_tile_meets_itself_as_its_inside_does(what, axis):
    across = np.mean([steps(texture(what, seed), axis)[-1] for seed in range(24)])
    inside = np.array([steps(texture(what, seed), axis)[:-1] for seed in range(24)]).mean(axis=0)
    assert inside.min() * 0.7 < across < inside.max() * 1.3
    assert abs(across - inside.mean()) < 4.0 * inside.std() + 0.15 * inside.mean()


@pytest.mark.parametrize("what", VALUES)
def test_a_seed_gives_the_same_again_and_another_another(what):
    assert np.array_equal(texture(what, 3), texture(what, 3))
    assert not np.array_equal(texture(what, 3), texture(what, 4))


def test_streaks_are_as_long_as_said_and_fall_straight():
    tile = texture("rain", length=30.0) - texture("rain", length=30.0).mean()
    spectrum = np.abs(np.fft.fft2(tile)) ** 2
    down, side = (np.fft.ifft(spectrum.sum(axis=axis)).real for axis in (1, 0))
    half_down, half_side = ((curve / curve[0] < 0.5).argmax() for curve in (down, side))
    assert 8 <= half_down <= 30 and half_side <= 3


def test_more_of_it_covers_more():
    few, many = (texture("snow", amount=amount).mean() for amount in (20, 160))
    assert 0.0 < few < many / 4.0


def test_a_vignette_is_white_in_the_middle_and_dark_in_all_corners():
    pixels = overlays.vignette(160, 96, 1.0, lambda _: None).astype(float)
    assert pixels[46:50, 78:82].min() >= 254 and (pixels[[0, 0, -1, -1], [0, -1, 0, -1]] < 80).all()
    assert pixels.mean() < overlays.vignette(160, 96, 2.0, lambda _: None).mean()


def test_grain_is_even_and_never_twice_the_same():
    first, second = texture("grain"), texture("grain", number=1)
    assert abs(first.mean() - 127.5) < 1.0 and 25.0 < first.std() < 40.0
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05


def test_made_as_a_file_of_the_size_asked_for(tmp_path):
    asset = assets.Asset.of("overlay", ".png", "rain", what="rain", width=64, height=32, seed=1, **VALUES["rain"])
    assets.make(asset, tmp_path, lambda _: None)
    assert Image.open(tmp_path / asset.file).size == (64, 32)


@pytest.mark.parametrize("what", VALUES)
def test_a_cancel_leaves_nothing(tmp_path, what):
    def cancel(_):
        raise Cancelled

    asset = assets.Asset.of("overlay", ".png", what, what=what, width=64, height=32, seed=1, **VALUES[what])
    with pytest.raises(Cancelled):
        assets.make(asset, tmp_path, cancel)
    assert not list(tmp_path.iterdir())
