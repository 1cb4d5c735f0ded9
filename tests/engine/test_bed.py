"""Beds: a sound of any length goes on for as long as the film, without a seam."""

import av
import numpy as np
import pytest

from engine.errors import ParallaxError
from engine.film import bed, pcm

RATE = 48000


def noise(seconds, channels=2):
    return 0.1 * np.random.default_rng(2).standard_normal((channels, round(seconds * RATE)))


def tone(seconds, hertz=440.0):
    return 0.4 * np.sin(2.0 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)[None]


def made(path, samples, mono=False):
    out = path.with_name("bed.wav")
    bed.make({"file": str(path), "stamp": "", "samples": samples, "mono": mono}, out, lambda share: None)
    return pcm.read(out)


def flac(path, sound):
    """Writes a sound of one channel as FLAC at 44.1 kHz."""
    samples = np.ascontiguousarray(sound * 32767.0, dtype=np.float32).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate = RATE
    resampler = av.AudioResampler("s16", "mono", 44100)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("flac", rate=44100, layout="mono")
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            file.mux(stream.encode(part))


def silent_film(path):
    """Writes five frames without sound."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=25, width=32, height=32, pix_fmt="yuv420p")
        for frame in [*(av.VideoFrame.from_ndarray(np.full((32, 32, 3), 90, np.uint8)) for _ in range(5)), None]:
            file.mux(stream.encode(frame))


@pytest.mark.parametrize("samples", [RATE, 2 * RATE - 1, 2 * RATE, 2 * RATE + 100, 3 * RATE, 7 * RATE + 1, 20 * RATE])
def test_joins_of_a_tone_have_no_click(samples):
    """2 s of a tone that does not fit: no step is larger than the tone's own, but for what a crossfade adds."""
    sound = np.tile(bed.looped(tone(2.0, 441.3), samples), 2)
    assert sound.shape == (1, 2 * samples)
    steepest = 0.4 * 2.0 * np.pi * 441.3 / RATE
    assert np.abs(np.diff(sound)).max() < 1.5 * steepest


def test_noise_keeps_its_power_everywhere():
    sound = np.tile(bed.looped(noise(3.0), 11 * RATE), 2)
    level = np.sqrt((sound[:, : sound.shape[1] // 4800 * 4800].reshape(2, -1, 4800) ** 2).mean(axis=(0, 2)))
    assert level.min() > 0.09 and level.max() < 0.11


def test_a_longer_file_is_heard_from_its_start():
    sound = noise(5.0)
    looped = bed.looped(sound, 2 * RATE)
    cross = bed.CROSSFADE
    assert np.array_equal(looped[:, cross:], sound[:, cross : 2 * RATE])
    assert np.abs(looped[:, 0] - sound[:, 2 * RATE]).max() < 0.01


def test_a_file_that_fits_is_left_whole():
    sound = noise(2.0)
    looped = bed.looped(sound, 4 * RATE)
    assert np.array_equal(looped[:, bed.SHORTEST : 2 * RATE], sound[:, bed.SHORTEST :])


def test_files_of_other_kinds(tmp_path):
    flac(tmp_path / "a.flac", tone(2.0))
    for mono in (False, True):
        sound = made(tmp_path / "a.flac", RATE, mono)
        assert sound.shape == (1 if mono else 2, RATE)
        assert np.sqrt(2.0) * sound[:, RATE * 3 // 4 :].std() == pytest.approx(0.4, rel=0.02)  # one channel is as loud as two
        peak = np.abs(np.fft.rfft(sound[0, RATE // 2 : RATE])).argmax() * 2
        assert abs(peak - 440) <= 2


def test_what_has_no_sound_is_refused(tmp_path):
    pcm.write(tmp_path / "silent.wav", np.zeros((1, RATE)))
    pcm.write(tmp_path / "empty.wav", np.zeros((1, 0)))
    (tmp_path / "broken.mp3").write_text("no sound")
    silent_film(tmp_path / "video.mkv")
    for name, why in {"silent.wav": "is silent", "empty.wav": "length|cannot be read", "broken.mp3": "cannot be read",
                      "video.mkv": "no sound in it", "none.wav": "not there"}.items():
        with pytest.raises(ParallaxError, match=why) as told:
            made(tmp_path / name, RATE)
        assert "choose" in str(told.value)
