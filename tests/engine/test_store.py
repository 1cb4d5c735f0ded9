"""Models on the disk: how each stands, what was chosen and whether it can be that, and what a file is by its names alone. No torch."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ParallaxError
from engine.neural import catalogue, family, hub, store
from engine.neural.store import Store, check_choice
from tests import hub as hubs

MODELS = {one.key: one for one in catalogue.MODELS}
LORA, SD, SDXL, DINO, SAM = (MODELS[key] for key in ("lcm-lora-sd", "sd-inpainting", "sdxl-inpainting", "grounding-dino-tiny",
                                                     "sam-vit-b-original"))


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return Store(tmp_path / "models")


def written(path, content=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def safetensors(path, shapes):
    """A .safetensors file with arrays of those shapes, all of one byte a number."""
    head, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        head[name] = {"dtype": "U8", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(head).encode()
    return written(path, len(text).to_bytes(8, "little") + text + bytes(offset))


def fetched(models, model):
    """All that a model needs, and the sign that it is whole."""
    for name in model.needs:
        written(models.place(model.key) / name.replace("*", "model"), b"{}" if name.endswith(".json") else b"12345")
    written(models.place(model.key) / store.WHOLE, {})


def diffusers(folder, name="StableDiffusionInpaintPipeline", suffix="fp16.safetensors", width=768):
    """A pipeline as diffusers saves one, with weights of 1000, 200 and 30 bytes, and a safety checker that nobody reads."""
    parts = {"unet": ("UNet2DConditionModel", 1000), "vae": ("AutoencoderKL", 200), "text_encoder": ("CLIPTextModel", 30)}
    index = {"_class_name": name, "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"], "image_encoder": [None, None]}
    for part, (kind, size) in parts.items():
        index[part] = ["diffusers", kind]
        written(folder / part / f"model.{suffix}", bytes(size))
    written(folder / "unet" / "config.json", {"_class_name": "UNet2DConditionModel", "cross_attention_dim": width})
    written(folder / "safety_checker" / "model.safetensors", bytes(7))
    written(folder / "model_index.json", index)
    return folder


# --- the catalogue ---


def test_the_catalogue_is_sound():
    assert len(MODELS) == len(catalogue.MODELS)
    for one in catalogue.MODELS:
        assert one.role in catalogue.ROLES and one.size > 1e5 and one.licence and one.purpose, one.key
        assert bool(one.repository) != bool(one.address), f"{one.key} comes from one place"
        assert bool(one.repository) == bool(one.files)
        assert set(one.beside) <= set(MODELS)
        assert one.needs
        assert not one.digest or (len(one.digest) >= 8 and set(one.digest) <= set("0123456789abcdef"))
    for role in catalogue.ROLES:
        assert catalogue.of_role(role), f"nothing is {role}"


def test_every_model_is_whole_with_some_of_the_files_that_are_fetched():
    for one in catalogue.MODELS:
        if one.repository:
            names = [pattern.replace("*", "model") for pattern in one.files]
            for need in one.needs:
                full = [name.replace(".fp16.", ".") for name in names]
                assert any(hub.fits(name, need) for name in (*names, *full, need)), f"{one.key}: {need}"
                assert hub.chosen([need.replace("*", "model")], (need,)), f"{one.key}: {need} is of a kind that is never fetched"
        else:
            assert one.needs == (one.address.rpartition("/")[2],)


def test_weights_are_needed():
    for one in catalogue.MODELS:
        assert one.role == "words" or any(need.endswith((".safetensors", ".pth", ".pt", ".onnx")) for need in one.needs), one.key


# --- what is fetched of a repository ---


def test_patterns_keep_to_their_folder():
    assert hub.fits("config.json", "*.json")
    assert not hub.fits("unet/config.json", "*.json")
    assert hub.fits("unet/config.json", "*/*.json")


def test_only_weights_and_texts_are_ever_chosen():
    names = ["a.safetensors", "a.bin", "a.ckpt", "a.py", "a.msgpack", "a.json", "a.txt", "a.pth", "a", "a.pkl", "a.onnx", "a.pt", "a.md"]
    assert sorted(hub.chosen(names, ("*",))) == ["a.json", "a.onnx", "a.pt", "a.pth", "a.safetensors", "a.txt"]


def test_full_precision_stands_in_for_half_where_there_is_no_half():
    pattern = ("unet/model.fp16.safetensors",)
    both = ["unet/model.safetensors", "unet/model.fp16.safetensors"]
    assert hub.chosen(both, pattern) == ["unet/model.fp16.safetensors"]
    assert hub.chosen(both[:1], pattern) == ["unet/model.safetensors"]
    assert hub.chosen(["unet/model.non_ema.safetensors"], pattern) == []


@pytest.mark.parametrize("name", [
    "", "/", "/a.json", "../a.json", "a/../b.json", "a//b.json", "./a.json", "a\\b.json", "C:a.json", "a/C:/b.json", ".a.json",
    "a/.git/b.json", "con.json", "a/NUL", "a/com1.txt", "a.json ", "a.json.", "a\nb.json", "a\0b.json", "a?.json", "a|b.json", "~/.."])
def test_unsafe_names_are_known(name):
    assert not hub.is_safe(name)


@pytest.mark.parametrize("name", ["a.json", "transformer/diffusion_pytorch_model-00001-of-00003.safetensors",
                                  "text_encoder_2/model.fp16.safetensors", "console.json", "a b.json"])
def test_safe_names_are_known(name):
    assert hub.is_safe(name)


# --- how a model stands ---


def test_a_model_that_is_nowhere_says_what_to_click(models):
    assert models.standing(LORA).state == store.ABSENT and models.missing(LORA) == (LORA,)
    with pytest.raises(ParallaxError, match=r"LCM LoRA .* is not on this computer: fetch .* \(135 MB\) in Preferences"):
        models.find(LORA.key, "lora")
    with pytest.raises(ParallaxError, match="no model for LoRA on this computer: fetch LCM"):
        models.find("", "lora")


@pytest.mark.parametrize("model", catalogue.MODELS, ids=lambda one: one.key)
def test_a_fetched_model_is_found_by_its_key_and_as_the_first_of_its_role(models, model):
    fetched(models, model)
    found = models.find(model.key, model.role)
    assert found.model == model and found.label == model.label
    one_file = len(model.needs) == 1
    assert found.path == (models.place(model.key) / model.needs[0] if one_file else models.place(model.key))
    assert models.find("", model.role) == found
    assert models.standing(model) == store.Standing(store.FETCHED, found.path)


def test_the_first_of_a_role_that_is_here_is_taken(models):
    fetched(models, SDXL)
    assert models.find("", "inpaint").model == SDXL
    fetched(models, SD)
    assert models.find("", "inpaint").model == SD


def test_a_model_is_whole_only_with_its_sign_and_all_it_needs(models):
    fetched(models, SD)
    (models.place(SD.key) / "vae" / "model.safetensors").unlink()
    assert models.standing(SD) == store.Standing(store.PARTLY, models.place(SD.key))
    fetched(models, SD)
    (models.place(SD.key) / store.WHOLE).unlink()
    assert models.standing(SD).state == store.PARTLY and models.located(SD) is None


def test_what_a_model_needs_beside_it_is_missing_first(models):
    dino, bert = MODELS["groundingdino-swint-ogc"], MODELS["bert-base-uncased"]
    assert models.missing(dino) == (bert, dino)
    fetched(models, dino)
    assert models.missing(dino) == (bert,)
    fetched(models, bert)
    assert models.missing(dino) == ()


def cached(models, model, revision="abc123"):
    """The model in the hub's cache, whose snapshots are links to blobs."""
    home = Path(os.environ["HF_HUB_CACHE"]) / f"models--{model.repository.replace('/', '--')}"
    written(home / "refs" / "main", revision.encode())
    for name in model.needs:
        blob = written(home / "blobs" / name.replace("/", "_").replace("*", "model"), b"{}")
        link = home / "snapshots" / revision / name.replace("*", "model")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    return home


def test_a_model_in_the_hubs_cache_is_used(models):
    home = cached(models, SD)
    assert models.standing(SD) == store.Standing(store.CACHED, home / "snapshots" / "abc123")
    (home / "blobs" / "vae_model.safetensors").unlink()
    assert models.standing(SD).state == store.ABSENT


def test_a_model_of_which_the_hubs_cache_holds_some_shards_is_not_whole(models):
    flux = MODELS["flux-fill"]
    snapshot = cached(models, flux) / "snapshots" / "abc123"
    index = {"weight_map": {"a": "model.safetensors", "b": "more.safetensors"}}
    written(snapshot / "transformer" / "model.safetensors.index.json", index)
    assert models.located(flux) is None
    written(snapshot / "transformer" / "more.safetensors")
    assert models.located(flux) == snapshot


def test_what_was_fetched_comes_before_the_hubs_cache_and_what_was_chosen_before_both(models, tmp_path, monkeypatch):
    cached(models, LORA)
    fetched(models, LORA)
    assert models.standing(LORA).state == store.FETCHED
    own = safetensors(tmp_path / "own.safetensors", {"lora_unet_x.lora_down.weight": (4, 4)})
    models.choose(LORA.key, str(own))
    assert models.standing(LORA) == store.Standing(store.IS_CHOSEN, own)
    own.unlink()
    assert models.standing(LORA).state == store.FETCHED
    models.remove(LORA.key)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "elsewhere"))
    assert models.standing(LORA) == store.Standing(store.LOST, own)


def test_a_choice_is_remembered_and_forgotten(models, tmp_path):
    own = safetensors(tmp_path / "own.safetensors", {"lora_unet_x.lora_down.weight": (4, 4)})
    models.choose(LORA.key, str(own))
    assert Store(models.folder).find(LORA.key, "lora").path == own
    models.choose(LORA.key, "")
    assert models.chosen() == {}
    assert not models.has(LORA.key, "lora") and own.is_file()


def test_a_damaged_list_of_choices_is_an_empty_one(models):
    for content in (b"{", b"[1]", b'{"sam2-hiera-small": 7}', b"\xff\xfe"):
        written(models.folder / store.CHOSEN, content)
        assert models.chosen() == {}


def test_removing_frees_the_disk_and_touches_nothing_else(models):
    fetched(models, LORA)
    fetched(models, SD)
    written(models.place(SD.key) / store.PARTS / "rest", bytes(100))
    models.remove(SD.key)
    assert not models.place(SD.key).exists() and models.located(LORA)
    models.remove(SD.key)  # there is nothing any more, which is what was wanted


def test_what_is_being_fetched_is_not_removed(models):
    written(models.place(LORA.key) / store.PARTS / "rest", bytes(100))
    channel = models.fetching(LORA.key)
    channel.folder.mkdir(parents=True)
    with channel.locked(), pytest.raises(ParallaxError, match="at work"):
        models.remove(LORA.key)
    assert (models.place(LORA.key) / store.PARTS / "rest").is_file()


@pytest.mark.parametrize("key", ["../elsewhere", "", "fetch", "magic"])
def test_only_models_of_the_catalogue_are_removed_or_chosen(models, tmp_path, key):
    written(tmp_path / "elsewhere" / "file")
    for ask in (lambda: models.remove(key), lambda: models.choose(key, str(tmp_path))):
        with pytest.raises(ParallaxError, match="no model named"):
            ask()
    assert (tmp_path / "elsewhere" / "file").is_file()


def test_the_store_of_a_process_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv(store.FOLDER, str(tmp_path / "there"))
    assert store.here().folder == tmp_path / "there"


# --- sizes ---


def test_size_is_that_of_the_weights_that_are_loaded(tmp_path):
    folder = diffusers(tmp_path / "half")
    assert store.size(folder) == 1230
    for part in ("unet", "vae", "text_encoder"):
        written(folder / part / "model.safetensors", bytes(5000))
        written(folder / part / "model.non_ema.safetensors", bytes(5000))
        written(folder / part / "pytorch_model.bin", bytes(5000))
    written(folder / "checkpoint.safetensors", bytes(9999))  # the same again in one file, as on the hub
    assert store.size(folder) == 1230
    assert store.size(written(tmp_path / "one.pth", bytes(321))) == 321
    assert store.size(tmp_path / "nothing") == 0
    written(tmp_path / "flat" / "config.json")
    written(tmp_path / "flat" / "model-00001-of-00002.safetensors", bytes(10))
    written(tmp_path / "flat" / "model-00002-of-00002.safetensors", bytes(20))
    assert store.size(tmp_path / "flat") == 30


def test_the_place_that_a_model_takes_is_all_its_files(tmp_path):
    assert store.on_disk(diffusers(tmp_path)) > 1230 + 7


# --- what an artist chose ---


def test_what_can_be_a_model_is_accepted(tmp_path):
    check_choice(SD, diffusers(tmp_path / "sd"))
    check_choice(SD, diffusers(tmp_path / "sd-full", suffix="safetensors"))
    check_choice(SD, safetensors(tmp_path / "sd.safetensors", ONE_FILE["sd"]))
    check_choice(SDXL, diffusers(tmp_path / "sdxl", "StableDiffusionXLInpaintPipeline"))
    check_choice(SD, diffusers(tmp_path / "other", "ZImageInpaintPipeline"))  # whatever diffusers knows
    check_choice(SAM, written(tmp_path / "sam_vit_h.pth", b"PK\3\4"))
    written(tmp_path / "dino" / "config.json", {"model_type": "grounding-dino"})
    written(tmp_path / "dino" / "model.safetensors", hubs.weights(10))
    check_choice(DINO, tmp_path / "dino")


def test_a_folder_stands_for_the_file_in_it(models, tmp_path):
    file = safetensors(tmp_path / "styles" / "mine.safetensors", {"lora_unet_x.lora_down.weight": (4, 4)})
    models.choose(LORA.key, str(file.parent))
    assert models.located(LORA) == file
    file = written(tmp_path / "sam" / SAM.needs[0], b"PK\3\4")
    written(tmp_path / "sam" / "another.pth", b"PK\3\4")
    models.choose(SAM.key, str(file.parent))
    assert models.located(SAM) == file


def test_a_folder_of_the_hubs_cache_stands_for_its_snapshot(models, tmp_path):
    home = tmp_path / "cache" / "models--someone--model"
    written(home / "refs" / "main", b"abc")
    snapshot = diffusers(home / "snapshots" / "abc")
    models.choose(SD.key, str(home))
    assert models.located(SD) == snapshot
    assert models.find(str(home), "inpaint") == store.Found(snapshot)


REFUSED = {
    "nothing": (SD, lambda path: path, "There is nothing at"),
    "no index": (SD, lambda path: written(path / "unet" / "config.json").parents[1], "has no model_index.json"),
    "no weights": (SD, lambda path: written(path / "model_index.json", {"_class_name": "X"}).parent, "holds no weights"),
    "pickled parts": (SD, lambda path: diffusers(path, suffix="bin"), "can carry programs"),
    "pickle": (SD, lambda path: written(path / "model.ckpt"), "can carry programs, so it is not read"),
    "bin": (LORA, lambda path: written(path / "lora.bin"), "can carry programs, so it is not read"),
    "empty": (LORA, lambda path: written(path / "lora.safetensors", b""), "is empty"),
    "pointer": (SAM, lambda path: written(path / "sam.pth", b"version https://git-lfs.github.com/spec/v1\noid"), "without LFS"),
    "page": (SAM, lambda path: written(path / "sam.pth", b"\n<!DOCTYPE html>"), "is a web page"),
    "cut short": (LORA, lambda path: written(path / "x.safetensors", hubs.weights(10)[:20]), "not a safetensors file, or it is damaged"),
    "no safetensors": (LORA, lambda path: written(path / "x.safetensors", b"hello, I am no such file"), "not a safetensors file"),
    "wrong ending": (SAM, lambda path: written(path / "sam.onnx"), "ends in .pth or .pt or .safetensors, which sam.onnx does not"),
    "file for folder": (DINO, lambda path: written(path / "x.safetensors", hubs.weights(9)), "is a folder with config.json"),
    "folder for file": (SAM, lambda path: written(path / "notes.txt").parent, "is a file that ends in .pth"),
    "LoRA for model": (SD, lambda path: safetensors(path / "x.safetensors", LORAS["sd"]), "is a LoRA, so it cannot be Stable Diffusion"),
    "model for LoRA": (LORA, lambda path: safetensors(path / "x.safetensors", ONE_FILE["sd"]), "is a whole diffusion model, so it cannot"),
    "anything for LoRA": (LORA, lambda path: written(path / "x.safetensors", hubs.weights(9)), "is not a LoRA, so it cannot be"),
    "LoRA for control": (MODELS["controlnet-depth-sd"], lambda path: safetensors(path / "a" / "x.safetensors", LORAS["sd"]).parent,
                         "does not hold a ControlNet"),
    "no config": (DINO, lambda path: written(path / "model.safetensors").parent, "has no config.json"),
    "another kind": (DINO, lambda path: written(path / "config.json", {"model_type": "bert"}).parent, "of the kind 'bert'"),
    "family of a folder": (SD, lambda path: diffusers(path, "StableDiffusionXLInpaintPipeline"), "is for SDXL, and Stable Diffusion 1.5"),
    "family of a file": (SDXL, lambda path: safetensors(path / "x.safetensors", ONE_FILE["sd"]), "is for Stable Diffusion 1.5, and SDXL"),
    "family of a LoRA": (LORA, lambda path: safetensors(path / "x.safetensors", LORAS["sdxl"]), "is for SDXL, and LCM LoRA"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_model_is_refused_in_a_sentence(models, tmp_path, case):
    model, make, words = REFUSED[case]
    path = make(tmp_path / "chosen")
    with pytest.raises(ParallaxError) as refused:
        models.choose(model.key, str(path))
    assert words in str(refused.value) and "\n" not in str(refused.value)
    assert models.chosen() == {}


def test_a_pickle_is_refused_by_path_too(models, tmp_path):
    with pytest.raises(ParallaxError, match="can carry programs"):
        models.find(str(written(tmp_path / "model.ckpt")), "inpaint")


# --- families, by the names that diffusers' single_file_utils and LoRA converters know ---

TO_K = "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight"
ONE_FILE = {
    "sd": {"model.diffusion_model.input_blocks.0.0.weight": (4, 9, 3, 3), TO_K: (4, 768),
           "cond_stage_model.transformer.text_model.embeddings.position_embedding.weight": (77, 8)},
    "sdxl": {"model.diffusion_model.input_blocks.0.0.weight": (4, 9, 3, 3), "model.diffusion_model.label_emb.0.0.weight": (4, 4),
             "conditioner.embedders.0.transformer.text_model.embeddings.position_embedding.weight": (77, 8),
             "conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias": (4,)},
    "flux": {"model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale": (4,), "model.diffusion_model.img_in.weight": (4, 384)},
}
LORAS = {
    "sd": {"lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight": (4, 768),
           "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight": (320, 4)},
    "sdxl": {"lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight": (4, 2048),
             "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight": (640, 4)},
    "flux": {"lora_unet_double_blocks_0_img_attn_proj.lora_down.weight": (4, 8),
             "lora_unet_single_blocks_0_linear1.lora_down.weight": (4, 8)},
}


@pytest.mark.parametrize("name", ONE_FILE)
def test_whole_models_in_one_file_are_told_apart(tmp_path, name):
    assert family.about(safetensors(tmp_path / "x.safetensors", ONE_FILE[name])) == family.About(family.PIPELINE, name)


@pytest.mark.parametrize("name", LORAS)
def test_loras_are_told_apart(tmp_path, name):
    assert family.about(safetensors(tmp_path / "x.safetensors", LORAS[name])) == family.About(family.LORA, name)


@pytest.mark.parametrize("shapes, wanted", [
    ({"unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (4, 768)}, "sd"),
    ({"unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (4, 2048)}, "sdxl"),
    ({"unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (4, 1024)}, ""),
    ({"unet.x.attn2.processor.to_k_lora.down.weight": (4, 768), "unet.x.attn2.processor.to_k_lora.up.weight": (2048, 768)}, "sd"),
    ({"unet.x.attn1.to_k.lora_A.weight": (4, 768)}, ""),
    ({"unet.x.to_q.lora_A.weight": (4, 640), "text_encoder_2.x.q_proj.lora_A.weight": (4, 1280)}, "sdxl"),
    ({"lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (4, 1280)}, "sdxl"),
    ({"transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight": (4, 3072)}, "flux"),
    ({"transformer.single_transformer_blocks.0.attn.to_qkv_mlp_proj.lora_A.weight": (4, 3072)}, ""),
])
def test_loras_of_other_writers_are_told_apart(tmp_path, shapes, wanted):
    assert family.about(safetensors(tmp_path / "x.safetensors", shapes)) == family.About(family.LORA, wanted)


HINT, LISTENS = "controlnet_cond_embedding.conv_in.weight", "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight"
OLD_LISTENS = "control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"


@pytest.mark.parametrize("shapes, wanted", [
    ({HINT: (4, 3, 3, 3), LISTENS: (4, 768)}, "sd"),
    ({"control_model.time_embed.0.weight": (4, 4), OLD_LISTENS: (4, 768)}, "sd"),
    ({HINT: (4, 3, 3, 3), LISTENS: (4, 1024)}, ""),
    ({HINT: (4, 3, 3, 3), "add_embedding.linear_1.weight": (4, 4)}, "sdxl"),
    ({"controlnet_x_embedder.weight": (4, 4), "single_transformer_blocks.0.attn.to_k.weight": (4, 4)}, "flux"),
])
def test_controlnets_are_told_apart(tmp_path, shapes, wanted):
    assert family.about(safetensors(tmp_path / "x.safetensors", shapes)) == family.About(family.CONTROL, wanted)


@pytest.mark.parametrize("shapes, kind", [
    ({TO_K: (4, 1024), "cond_stage_model.model.token_embedding.weight": (4, 4)}, family.PIPELINE),  # Stable Diffusion 2
    ({"conditioner.embedders.0.model.transformer.resblocks.9.mlp.c_proj.bias": (4,), TO_K: (4, 1280)}, family.PIPELINE),  # SDXL's refiner
    ({"double_blocks.0.img_attn.norm.key_norm.scale": (4,), "single_stream_modulation.lin.weight": (4, 4)}, family.OTHER),  # Flux 2
    ({"double_blocks.0.img_attn.norm.key_norm.scale": (4,), "distilled_guidance_layer.in_proj.bias": (4,)}, family.OTHER),  # Chroma
    ({"encoder.conv_in.weight": (4, 3, 3, 3)}, family.OTHER),  # an autoencoder
])
def test_others_are_of_no_family_of_ours(tmp_path, shapes, kind):
    assert family.about(safetensors(tmp_path / "x.safetensors", shapes)) == family.About(kind, "")


@pytest.mark.parametrize("name, width, wanted", [
    ("StableDiffusionInpaintPipeline", 768, "sd"), ("StableDiffusionPipeline", 768, "sd"), ("StableDiffusionInpaintPipeline", 1024, ""),
    ("StableDiffusionControlNetInpaintPipeline", 768, "sd"), ("StableDiffusionXLInpaintPipeline", 2048, "sdxl"),
    ("StableDiffusionXLPipeline", 2048, "sdxl"), ("StableDiffusion3InpaintPipeline", 0, ""), ("FluxFillPipeline", 0, "flux"),
    ("Flux2KleinPipeline", 0, ""), ("ZImageInpaintPipeline", 0, "")])
def test_folders_of_diffusers_are_told_apart_by_their_class(tmp_path, name, width, wanted):
    assert family.about(diffusers(tmp_path, name, width=width)) == family.About(family.PIPELINE, wanted)


@pytest.mark.parametrize("config, wanted", [
    ({"_class_name": "ControlNetModel", "cross_attention_dim": 768}, "sd"),
    ({"_class_name": "ControlNetModel", "cross_attention_dim": 1024}, ""),
    ({"_class_name": "ControlNetModel", "cross_attention_dim": 2048, "addition_embed_type": "text_time"}, "sdxl"),
    ({"_class_name": "FluxControlNetModel"}, "flux"), ({"_class_name": "SD3ControlNetModel"}, "")])
def test_folders_of_controlnets_are_told_apart(tmp_path, config, wanted):
    written(tmp_path / "config.json", config)
    assert family.about(tmp_path) == family.About(family.CONTROL, wanted)


@pytest.mark.parametrize("length, rest", [
    (0, b""), (2**64 - 1, b"x" * 99), (10**12, b"{}"), (4, b"[1]]"), (2, b"{"), (15, b'{"a": {"b": 1}}'), (4, b"null"), (7, b'{"a":1}')])
def test_a_damaged_file_is_said_and_has_no_family(tmp_path, length, rest):
    path = written(tmp_path / "x.safetensors", length.to_bytes(8, "little") + rest)
    with pytest.raises(ParallaxError, match="not a safetensors file, or it is damaged"):
        family.about(path)
    assert family.family(path) == ""


def test_what_has_no_names_has_no_family(tmp_path):
    assert family.family(written(tmp_path / "x.pth")) == ""
    assert family.family(tmp_path) == "" and family.family(tmp_path / "nothing.safetensors") == ""
    assert family.family(written(tmp_path / "damaged" / "model_index.json", b"{").parent) == ""
