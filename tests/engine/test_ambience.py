"""Ambiences: each has the spectrum, the movement and the width of its thing, loops without a seam, and is as loud as the others."""

import functools

import numpy as np
import pytest

from engine.errors import Cancelled, ParallaxError
from engine.film import ambience, loudness, pcm, sounds

RATE = 48000
LENGTH = 8 * RATE + 2002  # no nice number
ALL = ambience.SOURCES


@functools.cache
def made(source, samples=LENGTH, seed=3, mono=False):
    return ambience.sound(source, samples, seed, mono)


def powers(sound):
    """Power by frequency, and the frequencies."""
    return (np.abs(np.fft.rfft(sound)) ** 2).sum(axis=0), np.fft.rfftfreq(sound.shape[1], 1.0 / RATE)


def share(source, low, high):
    """How much of the power lies between two frequencies."""
    power, hertz = powers(made(source))
    return power[(hertz >= low) & (hertz < high)].sum() / power.sum()


def envelope(source, rate):
    """Root mean square, `rate` times a second."""
    sound = made(source)[0]
    step = RATE // rate
    return np.sqrt((sound[: len(sound) // step * step].reshape(-1, step) ** 2).mean(axis=1))


def peakedness(source):
    """Kurtosis: 3 of plain noise, more of what is made of single sounds."""
    sound = made(source)[0]
    return (sound**4).mean() / (sound**2).mean() ** 2


def test_every_source_but_the_file_has_an_ambience():
    assert tuple(name for name, *_ in sounds.SOURCES if name != "FILE") == ALL


@pytest.mark.parametrize("source", ALL)
def test_loudness_peaks_and_no_offset(source):
    told = loudness.of(np.tile(made(source), 2))
    assert abs(told.integrated + 23.0) < 1.0
    assert told.peak < -3.0
    assert np.abs(made(source).mean(axis=1)).max() < 1e-5


@pytest.mark.parametrize("source", ALL)
@pytest.mark.parametrize("samples", [LENGTH, RATE])
def test_the_end_joins_the_start(source, samples):
    """Value, slope, and the highest band around the join are no other than inside."""
    sound = made(source, samples)
    assert sound.shape == (2, samples)
    steps, bends = np.abs(np.diff(sound, axis=1)), np.abs(np.diff(sound, 2, axis=1))
    around = np.concatenate([sound[:, -2:], sound[:, :2]], axis=1)
    assert (np.abs(np.diff(around, axis=1)).max(axis=1) <= steps.max(axis=1)).all()
    assert (np.abs(np.diff(around, 2, axis=1)).max(axis=1) <= bends.max(axis=1)).all()
    blocks = np.roll(sound, 128, axis=1)[:, : samples // 256 * 256].reshape(2, -1, 256) * np.hanning(256)
    high = (np.abs(np.fft.rfft(blocks)) ** 2)[..., 64:].sum(axis=(0, 2))  # above 12 kHz; the first block holds the join
    assert high[0] <= np.quantile(high[1:], 0.999)


def test_a_click_at_the_join_is_found_out():
    """The measure above sees one."""
    sound = made("ROOM", RATE).copy()
    sound[:, 0] += 0.05
    blocks = np.roll(sound, 128, axis=1)[:, : sound.shape[1] // 256 * 256].reshape(2, -1, 256) * np.hanning(256)
    high = (np.abs(np.fft.rfft(blocks)) ** 2)[..., 64:].sum(axis=(0, 2))
    assert high[0] > np.quantile(high[1:], 0.999)


@pytest.mark.parametrize("source", ALL)
def test_left_and_right_differ_and_mono_is_one_channel(source):
    assert -0.6 < np.corrcoef(made(source))[0, 1] < 0.8
    assert 0.3 < made(source)[0].std() / made(source)[1].std() < 3.0


def test_mono_is_as_loud_by_itself():
    sound = made("RAIN", 4 * RATE, mono=True)
    assert sound.shape == (1, 4 * RATE)
    assert abs(loudness.of(sound).integrated + 23.0) < 1.0


@pytest.mark.parametrize("source", ALL)
def test_a_seed_is_a_sound(source):
    again = ambience.sound(source, 2 * RATE, 5, False)
    assert np.array_equal(again, ambience.sound(source, 2 * RATE, 5, False))
    assert abs(np.corrcoef(again[0], ambience.sound(source, 2 * RATE, 6, False)[0])[0, 1]) < 0.5


def test_spectra():
    assert share("WIND", 20, 1500) > 0.7 and share("WIND", 2000, 8000) > 0.005
    assert share("RAIN", 1000, 12000) > 0.6
    assert share("WATER", 350, 3000) > 0.85
    assert share("SURF", 20, 400) > 0.1 and share("SURF", 1500, 10000) > 0.15
    assert share("CRICKETS", 3900, 5200) > 0.9
    assert share("FIRE", 20, 400) > 0.3 and share("FIRE", 1000, 10000) > 0.05
    assert share("BIRDS", 500, 8000) > 0.9
    assert share("ROOM", 20, 500) > 0.7


def test_wind_and_surf_come_and_go_slowly_and_a_room_does_not():
    spread = {source: envelope(source, 2).std() / envelope(source, 2).mean() for source in ALL}
    assert spread["WIND"] > 0.25 and spread["SURF"] > 0.25
    assert spread["ROOM"] < 0.2 and spread["RAIN"] < 0.2
    surf = np.abs(np.fft.rfft(envelope("SURF", 20) - envelope("SURF", 20).mean())) ** 2
    assert surf[:13].sum() / surf.sum() > 0.6  # below 1 Hz


def test_crickets_pulse_as_wings_do():
    pulse = envelope("CRICKETS", 400)
    power = np.abs(np.fft.rfft(pulse - pulse.mean())) ** 2
    hertz = np.fft.rfftfreq(len(pulse), 1.0 / 400)
    strokes = power[(hertz > 24.0) & (hertz < 56.0)].mean()
    assert strokes > 5.0 * power[(hertz > 120.0) & (hertz < 180.0)].mean()


def test_drops_bubbles_and_crackles_stand_out_of_noise():
    assert peakedness("ROOM") < 3.6
    assert peakedness("RAIN") > 5.0 and peakedness("FIRE") > 4.0 and peakedness("WATER") > 4.0


def test_a_long_loop_repeats_one_that_divides_it(monkeypatch):
    """Joined where a part is a sample longer, too."""
    monkeypatch.setattr(ambience, "LONGEST", 2 * RATE)
    sound = ambience.sound("RAIN", 5 * RATE + 1, 1, False)
    assert sound.shape == (2, 5 * RATE + 1)
    part = (5 * RATE + 1) // 3
    assert np.array_equal(sound[:, :part], sound[:, part : 2 * part])
    steps = np.abs(np.diff(np.concatenate([sound, sound[:, :2]], axis=1), axis=1))
    joins = steps[:, [part - 1, 2 * part - 1, 5 * RATE]]
    assert joins.max() < np.quantile(steps, 0.9999)


def test_the_file_is_wav_of_24_bits(tmp_path):
    shares = []
    ambience.make({"source": "WIND", "samples": RATE, "seed": 1, "mono": False}, tmp_path / ".wind.tmp", shares.append)
    assert np.abs(pcm.read(tmp_path / ".wind.tmp") - ambience.sound("WIND", RATE, 1, False)).max() < 2.0**-23
    assert shares == sorted(shares) and shares[0] >= 0.0 and shares[-1] <= 1.0


def test_it_stops_when_asked():
    def stop(_share):
        raise Cancelled

    with pytest.raises(Cancelled):
        ambience.sound("WATER", RATE, 1, False, stop)


def test_what_cannot_be_made_is_refused():
    with pytest.raises(ParallaxError, match="wind, rain"):
        ambience.sound("THUNDER", RATE, 1, False)
    with pytest.raises(ParallaxError, match="longer"):
        ambience.sound("WIND", 10, 1, False)
