"""What a job asks of models, and what is refused before anything is painted."""

import json
import struct

import pytest

from engine import worker
from engine.errors import ParallaxError
from engine.job import Job
from engine.neural import needs
from engine.neural.store import WHOLE, Store
from engine.settings import Settings
from tests.engine import scenes

PAINTING = {"fill": "DIFFUSION"}


def safetensors(path, **arrays):
    """A file of arrays by name and shape, with nothing in them."""
    header, offset = {}, 0
    for name, shape in arrays.items():
        size = 2
        for length in shape:
            size *= length
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(offset))
    return path


@pytest.fixture
def models(tmp_path):
    """A store with a painter that only looks like one."""
    store = Store(tmp_path / "models")
    place = store.place("sd-inpainting")
    for part in ("unet", "vae", "text_encoder"):
        safetensors(place / part / "model.fp16.safetensors", x=(1,))
    (place / "unet" / "config.json").write_text("{}")
    (place / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionInpaintPipeline"}))
    (place / WHOLE).write_text("{}")
    return store


def of(**values):
    return Settings.from_dict(values)


@pytest.mark.parametrize(("settings", "needed", "wished"), [
    ({}, set(), set()),
    (PAINTING, {"inpaint"}, {"inpaint"}),
    ({**PAINTING, "control": "c", "lora": "l", "describe_model": "d"}, {"inpaint", "control", "lora", "describe"}, None),
    ({"separator": "TAGS"}, {"detect", "segment"}, None),
    ({"separator": "DEPTH", "depth_model": "midas-small"}, {"depth"}, None),
    ({"separator": "DEPTH", "depth_model": "midas-small", "depth_map": "map.png"}, set(), set()),
    ({"depth_model": "midas-small"}, set(), set()),
    ({"objects": [{"name": "a"}]}, set(), {"detect", "segment"}),
    ({"objects": [{"name": "a", "subject": True}]}, set(), {"subject"}),
    ({"objects": [{"name": "a", "box": [1, 1, 9, 9]}]}, set(), set()),
])
def test_what_a_job_needs_and_what_it_can_do_without(settings, needed, wished):
    assert set(needs.needed(of(**settings))) == needed
    assert set(needs.wished(of(**settings))) == (needed if wished is None else wished)


def test_a_split_without_objects_needs_nothing_that_paints():
    assert not needs.needed(needs.asked(of(**PAINTING), "split"))
    assert needs.needed(needs.asked(of(**PAINTING), ""))
    assert needs.needed(needs.asked(of(**PAINTING, objects=[{"name": "a", "box": [1, 1, 9, 9]}]), "split"))


def refused(models, **settings):
    with pytest.raises(ParallaxError) as caught:
        needs.check(of(**settings), models)
    return str(caught.value)


def test_what_is_there_and_fits_passes(models):
    needs.check(of(**PAINTING), models)


def test_what_cannot_be_the_model_it_is_set_for_is_refused_before_anything_is_painted(models, tmp_path):
    lora = safetensors(tmp_path / "style.safetensors", **{"lora_unet_down_blocks_0_attn1_to_q.lora_down.weight": (4, 320)})
    assert "is a LoRA" in refused(models, **PAINTING, inpaint_model=str(lora))
    (tmp_path / "empty").mkdir()
    assert "model_index.json" in refused(models, **PAINTING, inpaint_model=str(tmp_path / "empty"))
    assert str(tmp_path / "empty") in refused(models, **PAINTING, lora=str(tmp_path / "empty"))


def test_a_lora_of_another_family_is_refused(models, tmp_path):
    sdxl = safetensors(tmp_path / "xl.safetensors", **{"lora_te2_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight": (4, 1280)})
    assert "is for SDXL, and Stable Diffusion 1.5 Inpainting is Stable Diffusion 1.5" in refused(models, **PAINTING, lora=str(sdxl))


def test_such_a_split_runs_where_there_are_no_models(tmp_path):
    scene = scenes.scene(120, 80, layers=2)
    settings = of(**PAINTING, separator="BANDS", layers=2, control="controlnet-depth-sd", depth_model="midas-small")
    job = Job.create(tmp_path / "job", scenes.save(scene.source, tmp_path / "picture.png"), settings, only="split")
    ending = worker.run(job)
    assert ending.kind == "done", ending.text
    assert len(job.split_result().layers) == 2


def test_only_what_pytorch_runs_needs_the_neural_engine(models):
    asked = {"depth": "", "subject": "", "fill": "", "inpaint": "", "detect": ""}
    assert set(needs.heavy(asked, models)) == {"depth", "inpaint", "detect"}, "none of them is here but one of PyTorch's"
    assert set(needs.heavy({"depth": "midas-small-onnx", "subject": "u2netp"}, models)) == set(), "fetching them is what is missing"
    place = models.place("midas-small-onnx")
    place.mkdir()
    (place / "model-small.onnx").write_bytes(b"x")
    (place / WHOLE).write_text("{}")
    assert set(needs.heavy(asked, models)) == {"inpaint", "detect"}
    assert needs.could_diffuse(of(), models) and not needs.could_diffuse(of(fill="QUILT"), models)


def test_a_light_model_that_is_not_here_is_named_with_what_to_fetch(models):
    assert "MI-GAN" in refused(models, fill="NETWORK") and "Depth Anything V2 Small" in refused(
        models, separator="DEPTH", depth_model="depth-anything-v2-small-onnx")
