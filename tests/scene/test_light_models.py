"""Light models in Blender: one click fetches a bundle in Blender's own Python, and the next job uses it; nothing is set up for that."""

import os
import shutil
import subprocess

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests import hub as hubs
from tests.scene import studio
from tests.scene.drawing import buttons, drawn

NEURAL = harness.ROOT / ".venv-neural" / "bin" / "python"
MAKE = """
import sys
from pathlib import Path
from tests.neural.tiny import light
folder = Path(sys.argv[1])
light.midas_small(folder / "depth.onnx")
light.smooth(folder / "fill.onnx")
"""


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Tiny networks as the real ones are exported, made where PyTorch is."""
    place = tmp_path_factory.mktemp("networks")
    subprocess.run([os.environ.get("NEURAL_PYTHON") or NEURAL, "-c", MAKE, str(place)], cwd=harness.ROOT, check=True, capture_output=True)
    return place


@pytest.fixture
def hub(tmp_path, monkeypatch, networks):
    made = hubs.Hub({"onnx-community/depth-anything-v2-small": {"onnx/model.onnx": (networks / "depth.onnx").read_bytes()},
                     "andraniksargsyan/migan": {"migan_pipeline_v2.onnx": (networks / "fill.onnx").read_bytes()}})
    with hubs.served(made):
        for name, value in (("HF_ENDPOINT", made.address), ("HF_HUB_CACHE", str(tmp_path / "cache")), ("no_proxy", "*"),
                            ("INFINITE_PARALLAX_MODELS", str(tmp_path / "models"))):
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def online(blank):
    bpy.context.preferences.system.use_online_access = True
    yield harness.part("operators.models")
    bpy.context.preferences.system.use_online_access = False
    harness.part("operators.tasks").stop_all()


def layer_models(of):
    return drawn(harness.part("panels.availability").bundle, of)


def test_a_bundle_is_fetched_by_blender_s_own_python_and_the_button_is_gone(hub, online):
    assert harness.part("operators.neural_python").python() is None
    assert buttons(layer_models("better-layers")) == ["Download Depth Model, 99 MB"]
    assert bpy.ops.infinite_parallax.fetch_bundle(key="better-layers") == {"FINISHED"}
    assert hub.sent == {"onnx/model.onnx": len(hub.repositories["onnx-community/depth-anything-v2-small"]["onnx/model.onnx"])}
    light = harness.part("engine.neural.light")
    assert light.available("depth").name == "model.onnx" and light.available("inpaint") is None
    assert layer_models("better-layers") == []


def test_offline_it_names_the_preference_and_asks_nobody(hub, blank):
    with pytest.raises(RuntimeError, match="Preferences > System > Network"):
        bpy.ops.infinite_parallax.fetch_bundle(key="better-layers")
    assert hub.asked == []


def test_what_goes_wrong_is_said_in_a_sentence_and_shown_beside_the_button(hub, online):
    hub.repositories.clear()
    with pytest.raises(RuntimeError, match="Depth Anything V2 Small .* is not at"):
        bpy.ops.infinite_parallax.fetch_bundle(key="better-layers")
    found = layer_models("better-layers")
    assert buttons(found) == ["Download Depth Model, 99 MB"] and any("is not at" in text for text in found if isinstance(text, str))
    with pytest.raises(RuntimeError, match="no bundle named 'magic'"):
        bpy.ops.infinite_parallax.fetch_bundle(key="magic")


def test_the_preferences_offer_each_bundle_with_its_size(hub, online):
    assert buttons(drawn(harness.part("panels.models").draw_bundles))[:3] == [
        "Download Depth Model, 99 MB", "Download Subject Model, 179 MB", "Download Fill Model, 30 MB"]
    bpy.ops.infinite_parallax.fetch_bundle(key="clean-fills")
    found = drawn(harness.part("panels.models").draw_bundles)
    assert buttons(found)[:2] == ["Download Depth Model, 99 MB", "Download Subject Model, 179 MB"] and "MI-GAN is ready" in found
    assert "Download ONNX Runtime, 30 MB" in buttons(found)


@pytest.mark.parametrize("panel, text", [
    ("INFINITE_PARALLAX_PT_fill", "Download Fill Model, 30 MB"), ("INFINITE_PARALLAX_PT_finding", "Download Subject Model, 179 MB")])
def test_the_button_is_where_it_helps(hub, online, panel, text):
    module = harness.part("panels.painting" if "fill" in panel else "panels.finding")
    kind, props = getattr(module, panel), bpy.context.scene.infinite_parallax
    assert text in buttons(drawn(lambda layout, context: kind.settings(None, context, layout, props)))


def test_the_network_is_offered_as_a_fill_once_it_is_here(hub, online):
    availability, props = harness.part("panels.availability"), bpy.context.scene.infinite_parallax
    assert "download MI-GAN" in availability.why_not(props, "fill")
    bpy.ops.infinite_parallax.fetch_bundle(key="clean-fills")
    assert availability.why_not(props, "fill") == "" and availability.light_model("fill") == "MI-GAN"


def test_the_next_generate_uses_them(hub, online, tmp_path):
    for key in ("better-layers", "clean-fills"):
        bpy.ops.infinite_parallax.fetch_bundle(key=key)
    props = bpy.context.scene.infinite_parallax
    props.picture = bpy.data.images.load(str(studio.picture(160, 96)))
    props.style, props.separator = "SCROLL", "AUTO"
    assert bpy.ops.infinite_parallax.generate() == {"FINISHED"}
    work = harness.part("operators.background").current
    assert "Fill: MI-GAN" in work.warnings
    assert work.job.depth.is_file() and np.ptp(np.asarray(Image.open(work.job.depth))) > 0
    assert not any("guess" in text for text in work.warnings)
    shutil.rmtree(tmp_path / "models")
