"""Models as the libraries publish them, on a hub on this computer, are fetched with what a loader needs and nothing else, and load."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.neural import catalogue, device, family, pipelines, store
from engine.neural.choice import check_choice
from engine.neural.store import Store
from tests import hub as hubs
from tests.neural.tiny import diffusion

ROOT = Path(__file__).parents[2]
SHARED = "safety_checker/config.json"
CPU = device.Device("cpu", "processor")


def published(folder):
    """The files of a folder, as a repository."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    """Tiny models of every kind, fetched; the store, and what of each the hub has sent."""
    place = tmp_path_factory.mktemp("hub")
    half = diffusion.sd(diffusion.sd(place / "sd"), variant="fp16")  # both precisions side by side
    junk = {SHARED: b"{}", "sd-v1-5-inpainting.ckpt": b"\0" * 99, "sd-v1-5-inpainting.safetensors": hubs.weights(10), "README.md": b"words",
            "unet/diffusion_pytorch_model.bin": b"\0" * 99, "text_encoder/pytorch_model.bin": b"\0" * 99, "vae/run.py": b"print()"}
    made = {
        "sd-inpainting": published(half) | junk,
        "sdxl-inpainting": published(diffusion.sdxl(place / "sdxl")),  # in full precision alone
        "flux-fill": published(diffusion.flux_fill(place / "flux")) | {"flux1-fill-dev.safetensors": hubs.weights(10)},
        "controlnet-depth-sd": published(diffusion.control(place / "control")),
        "lcm-lora-sd": published(diffusion.lora(place / "lora" / "pytorch_lora_weights.safetensors").parent),
    }
    models, sent = Store(place / "models"), {}
    with hubs.served(hubs.Hub({catalogue.model(key).repository: files for key, files in made.items()})) as hub:
        for key in made:
            hub.sent = sent[key] = {}
            command = [sys.executable, "-m", "engine.neural.fetch", key, "--models", str(models.folder)]
            env = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(place / "home"), "HF_TOKEN": "", "no_proxy": "*"}
            subprocess.run(command, cwd=ROOT, env=env, check=True, timeout=60)
    return models, sent


def test_half_precision_is_fetched_by_the_names_that_diffusers_gives_it(fetched):
    _, sent = fetched
    weights = {name for name in sent["sd-inpainting"] if not name.endswith((".json", ".txt"))}
    assert weights == {"text_encoder/model.fp16.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors",
                       "vae/diffusion_pytorch_model.fp16.safetensors"}


def test_full_precision_is_fetched_where_there_is_no_other(fetched):
    _, sent = fetched
    weights = {name for name in sent["sdxl-inpainting"] if not name.endswith((".json", ".txt"))}
    assert weights == {"text_encoder/model.safetensors", "text_encoder_2/model.safetensors", "unet/diffusion_pytorch_model.safetensors",
                       "vae/diffusion_pytorch_model.safetensors"}
    assert "flux1-fill-dev.safetensors" not in sent["flux-fill"]


@pytest.mark.parametrize("key, kind", [("sd-inpainting", "sd"), ("sdxl-inpainting", "sdxl"), ("flux-fill", "flux")])
def test_what_was_fetched_loads(fetched, key, kind):
    models, _ = fetched
    found = models.find(key, "inpaint")
    painter = pipelines.load(found, CPU)
    assert painter.weights > 0
    assert family.about(found.path) == family.About(family.PIPELINE, kind)
    check_choice(catalogue.model(key), found.path)


def test_its_size_is_that_of_the_weights_that_load(fetched):
    models, _ = fetched
    for key in ("sd-inpainting", "sdxl-inpainting", "flux-fill"):
        found = models.find(key, "inpaint")
        loaded = pipelines.load(found, CPU).weights
        assert loaded < store.size(found.path) < 1.02 * loaded, "and little more for the heads of the files"


def test_a_controlnet_and_a_lora_load_with_the_model_that_they_are_for(fetched):
    models, _ = fetched
    lora, control = models.find("lcm-lora-sd", "lora"), models.find("controlnet-depth-sd", "control")
    assert family.about(lora.path).kind == family.LORA and family.about(control.path) == family.About(family.CONTROL, "sd")
    pipelines.load(models.find("sd-inpainting", "inpaint"), CPU, styles=[pipelines.Style(lora, 1.0)], control=control)


def test_single_files_are_what_they_are(fetched, tmp_path):
    for make, kind in ((diffusion.sd, "sd"), (diffusion.sdxl, "sdxl")):
        file = diffusion.single(tmp_path / f"{kind}.safetensors", make(tmp_path / kind))
        assert family.about(file) == family.About(family.PIPELINE, kind)
