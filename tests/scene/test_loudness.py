"""Set Loudness: what is mixed afterwards has the loudness that was asked for, and does not clip."""

import json
import wave

import bpy
import numpy as np
import pytest

from tests import harness, media
from tests.scene import studio

RATE = 48000
heard = pytest.mark.skipif(bpy.app.version < (4, 4), reason="the wheel of 4.2 has no audio system")


@pytest.fixture
def scene(blank):
    studio.build(studio.painted())
    return bpy.context.scene if harness.part("scene.build").is_built(bpy.context.scene) else next(
        one for one in bpy.data.scenes if harness.part("scene.build").is_built(one))


def edit(scene):
    return harness.part("scene.edit").edit_of(scene)


def lay(scene, sound):
    """A sound strip of the artist's own, (channels, samples)."""
    path = studio.folder() / "own.wav"
    harness.part("engine.film.pcm").write(path, sound)
    return harness.part("scene.versions").strips(edit(scene)).new_sound("Own", str(path), 1, 1)


def noise(seconds=10.0, level=0.02, tone=0.0):
    random, time = np.random.default_rng(1), np.arange(int(seconds * RATE)) / RATE
    return np.clip(level * random.standard_normal((2, len(time))) + tone * np.sin(2 * np.pi * 440 * time), -1, 1)


def mixed(scene):
    """(samples, channels) of the edit's mix as the artist would write it, and its loudness."""
    path = studio.folder() / "mixed.wav"
    path.unlink(missing_ok=True)
    cut = edit(scene)
    cut.view_layers[0].update()
    bpy.context.window.scene = cut
    with harness.part("scene.versions").sequencing(cut), bpy.context.temp_override(scene=cut):
        bpy.ops.sound.mixdown("EXEC_DEFAULT", filepath=str(path), check_existing=False, container="WAV", codec="PCM", format="S16")
    with wave.open(str(path)) as file:
        bpy.context.window.scene = scene
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    return samples / 32768.0, media.loudness(path)


@heard
def test_the_mix_has_the_wanted_loudness_and_strips_stay(scene):
    strip = lay(scene, noise())
    strip.volume = 0.7
    scene.infinite_parallax.export.loudness = -18.0
    assert bpy.ops.infinite_parallax.set_loudness() == {"FINISHED"}
    samples, loudness = mixed(scene)
    assert abs(loudness + 18.0) < 0.5
    assert np.abs(samples).max() < 0.95
    assert strip.volume == pytest.approx(0.7)
    last = harness.part("operators.loudness").last(scene)
    assert last.current and abs(last.integrated + 18.0) < 0.1 and not last.note
    edit(scene).audio_volume *= 2.0
    assert not harness.part("operators.loudness").last(scene).current
    edit(scene).audio_volume /= 2.0
    assert harness.part("operators.loudness").last(scene).current
    strip.mute = True
    assert not harness.part("operators.loudness").last(scene).current


@heard
def test_peaks_keep_it_below_the_target_and_that_is_said(scene):
    sound = noise(level=0.01)
    sound[:, ::RATE] = 0.9  # clicks, far above the rest
    lay(scene, sound)
    scene.infinite_parallax.export.loudness = -10.0
    assert bpy.ops.infinite_parallax.set_loudness() == {"FINISHED"}
    samples, loudness = mixed(scene)
    assert loudness < -12.0 and np.abs(samples).max() < 0.92
    assert "peaks" in harness.part("operators.loudness").last(scene).note


@heard
def test_a_silent_edit_and_a_volume_with_keyframes_are_refused(scene):
    module, errors = harness.part("operators.loudness"), harness.part("engine.errors")
    result = module._result()
    result.write_text(json.dumps({"integrated": None, "range": 0.0, "peak": None}))
    with pytest.raises(errors.ParallaxError, match="silent"):
        module.settle(scene)
    edit(scene).keyframe_insert("audio_volume", frame=1)
    with pytest.raises(errors.ParallaxError, match="keyframes"):
        module.set_loudness(scene)


def test_without_an_audio_system_that_is_said(scene):
    if bpy.app.version >= (4, 4):
        pytest.skip("this Blender has one")
    with pytest.raises(RuntimeError, match="without sound"):
        bpy.ops.infinite_parallax.set_loudness()
