"""Loudness against the known truths of EBU Tech 3341 and 3342, and gains that keep peaks below the ceiling."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ParallaxError
from engine.film import loudness, pcm
from engine.film.loudness import Loudness

RATE = 48000


def sine(*parts):
    """Stereo sines of 1 kHz, one after the other: (dBFS, seconds) each."""
    level = np.concatenate([np.full(round(seconds * RATE), 10.0 ** (decibels / 20.0)) for decibels, seconds in parts])
    return np.tile(level * np.sin(2.0 * np.pi * 1000.0 * np.arange(len(level)) / RATE), (2, 1))


@pytest.mark.parametrize("parts, wanted", [  # cases 1 to 5 of EBU Tech 3341
    (((-23, 20),), -23.0), (((-33, 20),), -33.0), (((-36, 10), (-23, 60), (-36, 10)), -23.0),
    (((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0), (((-26, 20), (-20, 20.1), (-26, 20)), -23.0)])
def test_integrated_loudness(parts, wanted):
    assert loudness.of(sine(*parts), peak=False).integrated == pytest.approx(wanted, abs=0.1)


def test_range_and_peak(tmp_path):
    """Case 1 of EBU Tech 3342, and a peak between samples: a quarter of the rate, 45 degrees off."""
    assert loudness.of(sine((-20, 20), (-30, 20)), peak=False).range == pytest.approx(10.0, abs=1.0)
    between = 0.5 * np.sin(np.pi / 2.0 * np.arange(RATE) + np.pi / 4.0) * np.minimum(np.arange(RATE) / 4800.0, 1.0)
    pcm.write(tmp_path / "a.wav", between[None])
    assert loudness.measure(tmp_path / "a.wav").peak == pytest.approx(-6.02, abs=0.3)
    assert np.abs(between).max() < 0.36
    assert loudness.of(sine((-60, 1))).peak == pytest.approx(-60.0, abs=0.1)  # quiet ones as well


def test_silence_is_told(tmp_path):
    pcm.write(tmp_path / "a.wav", np.zeros((2, RATE)))
    told = loudness.measure(tmp_path / "a.wav")
    assert told.integrated is None and told.peak is None
    assert "silent" in loudness.gain_to(told, -14.0).note


def test_gain():
    assert loudness.gain_to(Loudness(-23.0, 5.0, -12.0), -14.0) == loudness.Gain(9.0)
    held = loudness.gain_to(Loudness(-23.0, 5.0, -6.0), -14.0)
    assert held.decibels == pytest.approx(5.0) and "-18.0 LUFS instead of -14.0" in held.note
    assert loudness.gain_to(Loudness(-10.0, 5.0, 2.0), -14.0).decibels == pytest.approx(-4.0)


def test_command(tmp_path):
    pcm.write(tmp_path / "a.wav", sine((-23, 3)))
    told = subprocess.run([sys.executable, "-m", "engine.film.loudness", tmp_path / "a.wav"], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2])
    assert json.loads(told.stdout)["integrated"] == pytest.approx(-23.0, abs=0.1)
    with pytest.raises(ParallaxError, match="not there"):
        loudness.measure(tmp_path / "none.wav")
