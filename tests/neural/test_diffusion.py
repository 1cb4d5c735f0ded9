"""Painting by diffusion models that are saved and loaded as real ones are: what comes back, what they are shown, what is refused."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from engine import gap as gaps
from engine import masks
from engine.errors import Cancelled, ParallaxError
from engine.inpaint import Hole
from engine.neural import device as devices
from engine.neural import diffusion, pipelines, presets, single_file
from engine.neural.device import Device
from engine.neural.diffusion import Diffusion, Measure, measures, toned
from engine.neural.residents import Resident, Residents, TooLarge
from engine.neural.store import Found
from engine.settings import Settings
from tests.neural.tiny import diffusion as tiny

CPU = Device("cpu", "processor")
HEIGHT, WIDTH = 100, 140
QUICK = Settings(quality="CUSTOM", inference_steps=2, guidance=3.0, paint_size=tiny.SIZE)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders and files of models by name; nothing in them is changed."""
    folder = tmp_path_factory.mktemp("models")
    made = {"sd": tiny.sd(folder / "sd"), "text": tiny.sd(folder / "text", channels=4), "sdxl": tiny.sdxl(folder / "sdxl"),
            "flux": tiny.flux_fill(folder / "flux"), "klein": tiny.klein(folder / "klein"), "z": tiny.z_image(folder / "z"),
            "control": tiny.control(folder / "control"),
            "control of sdxl": tiny.control(folder / "control_of_sdxl", "sdxl"), "lora": tiny.lora(folder / "lora.safetensors"),
            "lora of sdxl": tiny.lora(folder / "lora_of_sdxl.safetensors", "sdxl"),
            "fast": tiny.lora(folder / "fast" / "pytorch_lora_weights.safetensors", seed=9)}
    return {name: Found(path) for name, path in made.items()}


def picture(height=HEIGHT, width=WIDTH, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def hole(**more):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[20:90, 100:] = True
    return Hole(picture(), mask, **{"seed": 3, "prompt": "a cat", "negative": "a dog", **more})


def never():
    pass


def painter(found, settings=QUICK, residents=None, check=never, **more):
    return Diffusion(settings, found, residents or Residents(CPU), check, **more)


def network(residents):
    """The network of the only model that was loaded."""
    pipe = next(iter(residents._models.values())).model._pipe
    return pipe.unet if hasattr(pipe, "unet") else pipe.transformer


# What comes back


@pytest.mark.parametrize("name", ["sd", "text", "sdxl", "flux", "klein", "z"])
def test_every_kind_paints_the_mask_and_nothing_else(models, name):
    asked = hole()
    before = asked.picture.copy(), asked.mask.copy()
    painted = painter(models[name]).paint(asked)
    assert painted.shape == asked.picture.shape and painted.dtype == np.uint8
    assert np.array_equal(painted[~asked.mask], asked.picture[~asked.mask])
    assert (painted[asked.mask] != asked.picture[asked.mask]).any(axis=1).mean() > 0.9
    assert np.array_equal(asked.picture, before[0]) and np.array_equal(asked.mask, before[1])


@pytest.mark.parametrize("name", ["sd", "text", "sdxl", "flux", "klein", "z"])
def test_the_same_seed_gives_the_same_picture_and_another_another(models, name):
    first, again = painter(models[name]), painter(models[name])
    told = hole()
    assert np.array_equal(first.paint(told), again.paint(told))
    assert not np.array_equal(first.paint(told), first.paint(replace(told, seed=4)))


@pytest.mark.parametrize("name", ["sd", "text"])
def test_what_is_masked_or_excluded_does_not_matter(models, name):
    """Paint may not look at what was there, or it would show."""
    one = painter(models[name])
    told = hole(exclude=np.zeros((HEIGHT, WIDTH), bool))
    told.exclude[:30, :60] = True
    junk = told.picture.copy()
    junk[told.mask | told.exclude] = (255, 0, 255)
    assert np.array_equal(one.paint(told)[told.mask], one.paint(replace(told, picture=junk))[told.mask])


def test_less_strength_starts_from_what_is_around_the_hole_and_takes_fewer_steps(models):
    """What is coded first is the picture with the hole in the colours around it; of ten steps the last two are taken."""
    settings = replace(QUICK, strength=0.2, inference_steps=10, scheduler="DDIM", paint_size=192)
    told, coded, steps = hole(), [], []
    residents = Residents(CPU)
    one = painter(models["text"], settings, residents)
    one.paint(told)
    pipe = next(iter(residents._models.values())).model._pipe
    pipe.vae.encoder.register_forward_pre_hook(lambda module, given: coded.append(given[0]))
    pipe.unet.register_forward_pre_hook(lambda module, given: steps.append(int(given[1])))
    one.paint(told)
    window, = diffusion.windows.cover(told.mask, None, 192, 8)
    start = window.shown(masks.flooded(told.picture[window.cut], ~told.mask[window.cut]))
    assert np.allclose(coded[0][0].permute(1, 2, 0).numpy(), start / 127.5 - 1.0, atol=1e-5)
    assert steps == [101, 1]


def test_an_empty_mask_gives_the_picture_back_without_a_model(tmp_path):
    told = replace(hole(), mask=np.zeros((HEIGHT, WIDTH), bool))
    assert np.array_equal(painter(Found(tmp_path / "nothing")).paint(told), told.picture)


@pytest.mark.parametrize("shape", [(16, 16), (7, 40), (1, 60), (150, 90)])
def test_pictures_of_any_size_are_painted(models, shape):
    mask = np.zeros(shape, bool)
    mask[:, shape[1] // 2 :] = True
    blank = picture(*shape)
    painted = painter(models["sd"]).paint(Hole(blank, mask))
    assert np.array_equal(painted[~mask], blank[~mask]) and (painted[mask] != blank[mask]).any()


# Its colours


def test_paint_of_one_colour_takes_on_the_colours_around_it_exactly(models, tmp_path):
    grey = Found(tiny.constant(shutil.copytree(models["sd"].path, tmp_path / "grey"), (128, 128, 128)))
    told = replace(hole(), picture=np.full((HEIGHT, WIDTH, 3), (200, 90, 40), np.uint8))
    assert np.array_equal(painter(grey).paint(told), told.picture)


def test_a_model_that_shifts_colours_paints_as_if_it_did_not(models, tmp_path):
    plain, shifted = (Found(tiny.muted(shutil.copytree(models["sd"].path, tmp_path / name), shift))
                      for name, shift in (("plain", (0, 0, 0)), ("shifted", (24, -16, 8))))
    right, off = (painter(one).paint(hole()).astype(int) for one in (plain, shifted))
    assert np.abs(right - off).max() <= 2


def test_colours_are_matched_once_more_by_who_asked_without_harm():
    """As the step loop asks: the mask holds a margin of known pixels, by which it matches the paint itself."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    truth = np.stack([60 + x, 90 + y, 200 - x], axis=2).astype(np.uint8)
    gap = np.zeros((HEIGHT, WIDTH), bool)
    gap[:, 110:] = True
    mask = gap.copy()
    mask[:, 98:] = True
    soft = np.clip((x - 97) / 13.0, 0.0, 1.0).astype(np.float32)
    slope = (truth + np.array((20, -12, 6)) + 0.1 * (y[..., None] - 50)).clip(0, 255).astype(np.uint8)  # differs from place to place
    once = toned(truth, slope, mask, ~mask, 32)
    twice = gaps.matched(truth, once, gap, soft, 24.0)
    raw, matched, both = (np.abs(one[gap].astype(int) - truth[gap]).mean() for one in (slope, once, twice))
    assert raw > 10 and matched < 3.0 and both <= matched
    assert np.array_equal(once[~mask], truth[~mask])


# What it is shown


def seen(models, told, settings=QUICK, **more):
    """What went into the networks while a hole was painted: the first input of each call of U-Net and ControlNet."""
    residents = Residents(CPU)
    one = painter(models["sd"], settings, residents, **more)
    one.paint(told)  # loads it
    pipe = next(iter(residents._models.values())).model
    calls = {"unet": [], "control": []}
    hooks = [pipe._pipe.unet.register_forward_pre_hook(lambda module, given, named: calls["unet"].append((given, named)), with_kwargs=True)]
    if pipe._controlled is not None:
        hooks.append(pipe._controlled.controlnet.register_forward_pre_hook(
            lambda module, given, named: calls["control"].append((given, named)), with_kwargs=True))
    one.paint(told)
    for hook in hooks:
        hook.remove()
    return calls


def test_the_network_is_shown_the_mask_in_whole_blocks_at_the_size_of_the_window(models):
    mask = np.zeros((64, 96), bool)
    mask[9:11, 17:41] = True  # thinner than a block, and between those pixels that a block is known by
    window, = diffusion.windows.cover(mask, None, tiny.SIZE, 8)
    shown = seen(models, Hole(picture(64, 96), mask))["unet"][0][0][0]
    assert shown.shape[1:] == (9, window.rows // 8, window.columns // 8)
    ys, xs = np.nonzero(mask[window.cut])
    expected = np.zeros(shown.shape[2:], bool)
    expected[ys // 8, xs // 8] = True
    assert np.array_equal(shown[0, 4].numpy(), expected) and expected.sum() < 12


def test_a_size_that_is_set_is_what_the_model_paints_at(models):
    mask = np.zeros((300, 300), bool)
    mask[140:160, 140:160] = True
    told = Hole(picture(300, 300), mask)
    for setting, size in ((0, tiny.SIZE), (128, 128)):
        shown = seen(models, told, replace(QUICK, paint_size=setting))["unet"][0][0][0]
        assert (0.7 * size / 8) ** 2 < shown.shape[-2] * shown.shape[-1] <= (size / 8) ** 2


def test_several_windows_have_noise_of_their_own_and_are_one_fill(models):
    mask = np.zeros((400, 100), bool)
    mask[:, 80:] = True
    told, shares = Hole(np.full((400, 100, 3), 90, np.uint8), mask), []
    residents = Residents(CPU)
    painted = painter(models["sd"], QUICK, residents, tick=shares.append).paint(told)
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 4
    stretches = [painted[y : y + 30, 80:] for y in range(0, 391, 30)]
    assert len({stretch.tobytes() for stretch in stretches}) == len(stretches)


def test_the_control_is_told_the_holes_nearness_in_the_window(models):
    nearness = np.tile(np.linspace(0.0, 1.0, HEIGHT, dtype=np.float32)[:, None], (1, WIDTH))
    told = hole(nearness=nearness)
    settings = replace(QUICK, control_scale=0.75)
    calls = seen(models, told, settings, control=models["control"])
    named = calls["control"][0][1]
    given = named["controlnet_cond"]
    window = diffusion.windows.cover(told.mask, None, tiny.SIZE, 8)[0]
    expected = np.rint(window.shown(nearness[window.cut]) * 255.0) / 255.0
    assert given.shape[1:] == (3, window.rows, window.columns)
    assert np.allclose(given[0].numpy(), expected, atol=1e-6)
    assert named["conditioning_scale"] == 0.75


def test_without_nearness_the_control_is_left_out(models):
    told = hole()
    plain = painter(models["sd"]).paint(told)
    controlled = painter(models["sd"], control=models["control"])
    assert np.array_equal(controlled.paint(told), plain)
    near = replace(told, nearness=np.ones((HEIGHT, WIDTH), np.float32))
    assert not np.array_equal(controlled.paint(near), plain)
    assert not np.array_equal(controlled.paint(replace(near, nearness=np.zeros((HEIGHT, WIDTH), np.float32))), controlled.paint(near))


def test_sdxl_is_controlled_too_and_flux_is_not_which_is_said(models):
    told = hole(nearness=np.ones((HEIGHT, WIDTH), np.float32))
    large = painter(models["sdxl"], control=models["control of sdxl"])
    assert large.notes == () and not np.array_equal(large.paint(told), painter(models["sdxl"]).paint(told))
    flux = painter(models["flux"], control=models["control"])
    assert len(flux.notes) == 1 and "Depth Control is not used" in flux.notes[0]
    assert np.array_equal(flux.paint(told), painter(models["flux"]).paint(told))


def test_words_change_what_is_painted(models):
    one = painter(models["sd"])
    pictures = [one.paint(hole(prompt=prompt, negative=negative)).tobytes() for prompt, negative in (("a", "b"), ("c", "b"), ("a", "d"))]
    assert len(set(pictures)) == 3


@pytest.mark.parametrize(("name", "reads"), [("sd", 77), ("sdxl", 77), ("flux", 512)])
def test_what_is_not_read_of_a_prompt_changes_nothing_and_is_said_once(models, name, reads):
    """Every letter is a token here, and two are the beginning and the end of every prompt."""
    words, told = ["abcde"] * ((reads - 2) // 5), []
    one = painter(models[name], warn=told.append)

    def paint(*words):
        return one.paint(hole(prompt=" ".join(words), negative="a dog"))

    whole = paint(*words)
    assert told == [] and not np.array_equal(paint(*words[:-1], "abcdx"), whole)
    assert np.array_equal(paint(*words, "lost", "words"), whole)
    assert len(told) == 1 and told[0].startswith(f"Only the beginning of the Prompt counts, as {name} reads {reads} tokens")
    assert told[0].endswith('nothing is painted by "lost words"')
    assert np.array_equal(paint(*words, "others"), whole) and len(told) == 1


def test_what_is_not_read_of_a_negative_prompt_is_said(models):
    told = []
    painter(models["sd"], warn=told.append).paint(hole(negative="a" * 75 + " b"))
    assert len(told) == 1 and "beginning of the Negative Prompt" in told[0] and told[0].endswith('"b"')


# Styles and quality


def test_a_lora_changes_the_picture_as_strongly_as_it_is_set(models):
    plain = painter(models["sd"]).paint(hole()).astype(int)
    off, little, much = (np.abs(painter(models["sd"], replace(QUICK, lora_scale=scale), lora=models["lora"]).paint(hole()) - plain).mean()
                         for scale in (0.0, 0.3, 1.0))
    assert off == 0.0 < little < much


def test_a_draft_takes_the_fast_lora_and_the_artists_own_along(models):
    told = hole()
    draft = replace(QUICK, quality="DRAFT")
    residents = Residents(CPU)
    one = painter(models["sd"], draft, residents, lora=models["lora"], fast_lora=models["fast"])
    both = one.paint(told)
    pipe = next(iter(residents._models.values())).model._pipe
    assert pipe.get_active_adapters() == ["style_0", "style_1"] and type(pipe.scheduler).__name__ == "LCMScheduler"
    alone = painter(models["sd"], draft, fast_lora=models["fast"]).paint(told)
    assert not np.array_equal(alone, both)
    without = painter(models["sd"], replace(draft, quality="GOOD"), fast_lora=models["fast"])
    assert "LoRA" not in without.name


@pytest.mark.parametrize(("quality", "fast", "steps", "guidance", "scheduler"), [
    ("DRAFT", True, 6, 1.5, "LCM"), ("DRAFT", False, 12, 7.5, "DPMPP"), ("GOOD", True, 28, 7.5, "EULER"), ("BEST", False, 50, 7.5, "EULER"),
    ("CUSTOM", True, 7, 4.0, "EULER"),
])
def test_qualities(quality, fast, steps, guidance, scheduler):
    settings = Settings(quality=quality, inference_steps=7, guidance=4.0, scheduler="EULER")
    assert presets.preset(settings, fast) == presets.Preset(steps, guidance, 1.0, scheduler, quality == "DRAFT" and fast)


def test_quality_by_family():
    assert presets.preset(Settings(), False, "flux").guidance == 30.0
    assert presets.preset(Settings(quality="DRAFT"), False, "flux").scheduler == "MODEL"
    assert presets.preset(Settings(), False, "").guidance is None
    assert 0.99 < presets.preset(Settings(), False, "sdxl").strength < 1.0
    assert presets.preset(Settings(strength=0.2, quality="CUSTOM", inference_steps=2), False).steps == 5  # fewer would paint nothing


@pytest.mark.parametrize(("scheduler", "kind"), [
    ("MODEL", "PNDMScheduler"), ("DDIM", "DDIMScheduler"), ("EULER", "EulerDiscreteScheduler"),
    ("EULER_A", "EulerAncestralDiscreteScheduler"), ("DPMPP", "DPMSolverMultistepScheduler"), ("UNIPC", "UniPCMultistepScheduler"),
    ("LCM", "LCMScheduler"),
])
def test_schedulers_go_on_from_the_models_own_numbers(models, scheduler, kind):
    loaded = pipelines.load(models["sd"], CPU, scheduler)
    assert type(loaded._pipe.scheduler).__name__ == kind
    assert loaded._pipe.scheduler.config.beta_end == 0.012
    mask = np.zeros((64, 64), bool)
    mask[:, 32:] = True
    preset = presets.Preset(3, 3.0, 1.0, scheduler)
    first, again = (loaded.paint(picture(64, 64), mask, preset, 5) for _ in range(2))
    assert np.array_equal(first, again)


def test_the_name_says_all_that_changes_pixels(models):
    base = dict(settings=QUICK, lora=models["lora"], control=models["control"])
    others = ({"inference_steps": 3}, {"guidance": 4.0}, {"strength": 0.5}, {"scheduler": "DDIM"}, {"lora_scale": 0.5},
              {"control_scale": 0.7}, {"paint_size": 96}, {"quality": "BEST"})
    changes = [base, {**base, "lora": None}, {**base, "control": None}, *({**base, "settings": replace(QUICK, **one)} for one in others)]
    names = [painter(models["sd"], **change).name for change in changes]
    assert len(set(names)) == len(names)
    assert names[0] == painter(models["sd"], **base).name
    assert painter(models["text"], **base).name != names[0]
    assert painter(models["sd"], replace(QUICK, offload="NONE", fps=12.0), lora=models["lora"], control=models["control"]).name == names[0]


def test_a_model_that_was_replaced_by_another_of_its_name_has_another_name(models, tmp_path):
    copy = Found(shutil.copytree(models["sd"].path, tmp_path / "sd"))
    before = painter(copy).name
    tiny.changed(copy.path / "unet", lambda held: held.update(more=torch.zeros(1)))
    assert painter(copy).name != before


# Precision


class HalfOnly(Device):
    """A processor that is used as graphics cards are."""

    dtype = torch.float16


@pytest.mark.parametrize("name", ["sd", "flux"])
def test_a_model_that_overflows_in_half_precision_paints_in_full(models, tmp_path, name):
    folder = shutil.copytree(models[name].path, tmp_path / name)
    part, first = ("unet", "conv_in.weight") if name == "sd" else ("transformer", "x_embedder.weight")
    tiny.changed(folder / part, lambda held: held.update({first: held[first] * 1e5}))
    residents, told, plain = Residents(HalfOnly("cpu", "processor")), [], hole()
    one = painter(Found(folder), residents=residents, warn=told.append)
    painted = one.paint(plain)
    assert network(residents).dtype == torch.float32
    assert np.array_equal(painted, painter(Found(folder)).paint(plain))
    assert np.array_equal(one.paint(plain), painted)
    assert told == [f"{name} gives no picture in half precision on this device, so it paints in full precision, which is slower"]


def test_a_model_that_gives_no_picture_at_all_is_said(models, tmp_path):
    folder = shutil.copytree(models["sd"].path, tmp_path / "sd")
    tiny.changed(folder / "unet", lambda held: held.update({"conv_in.weight": held["conv_in.weight"] * torch.nan}))
    for device in (CPU, HalfOnly("cpu", "processor")):
        with pytest.raises(ParallaxError, match="sd gives no picture, in whatever precision: choose another model"):
            painter(Found(folder), residents=Residents(device)).paint(hole())


@pytest.mark.parametrize(("kind", "has", "dtype", "wider"), [
    ("cuda", True, torch.float16, torch.bfloat16), ("cuda", False, torch.float16, torch.float32),
    ("cuda", True, torch.bfloat16, torch.float32), ("mps", True, torch.float16, torch.float32), ("cpu", True, torch.float32, None),
])
def test_precisions_for_larger_numbers(monkeypatch, kind, has, dtype, wider):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has)
    assert devices.wider(Device(kind, "a device"), dtype) == wider


# Cancelling


@pytest.mark.parametrize("name", ["sd", "sdxl", "flux"])
def test_cancel_ends_a_run_at_the_next_step_and_it_paints_again(models, name):
    calls = []

    def check():
        calls.append(1)
        if len(calls) == 4:  # before the first window, and after three steps
            raise Cancelled

    settings, told = replace(QUICK, inference_steps=8), hole(nearness=np.ones((HEIGHT, WIDTH), np.float32))
    residents = Residents(CPU)
    more = {} if name == "flux" else {"control": models["control" if name == "sd" else "control of sdxl"]}
    one = painter(models[name], settings, residents, check, **more)
    with pytest.raises(Cancelled):
        one.paint(told)
    assert len(calls) == 4
    assert np.array_equal(one.paint(told), painter(models[name], settings, **more).paint(told))


# What is refused


def test_a_folder_with_pickles_only_is_refused(models, tmp_path):
    folder = shutil.copytree(models["sd"].path, tmp_path / "sd")
    for file in (folder / "unet").glob("*.safetensors"):
        file.rename(file.with_suffix(".bin"))
    with pytest.raises(ParallaxError, match="can carry programs, so they are not read: choose a model with .safetensors"):
        painter(Found(folder)).paint(hole())


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_a_damaged_model_is_said(models, tmp_path, part):
    folder = shutil.copytree(models["sd"].path, tmp_path / "sd")
    file = next((folder / part).glob("*.safetensors"))
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(ParallaxError, match="damaged"):
        painter(Found(folder)).paint(hole())


def test_a_folder_that_is_no_model_is_said(tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "ShapEPipeline", "prior": ["shap_e", "PriorTransformer"]}')
    with pytest.raises(ParallaxError, match="not a model that paints"):
        painter(Found(tmp_path)).paint(hole())


def test_a_lora_of_another_family_is_said(models):
    for model, lora, kind in (("sd", "lora of sdxl", "Stable Diffusion 1.5"), ("sdxl", "lora", "SDXL")):
        with pytest.raises(ParallaxError, match=f"was made for another kind of model than {model}: choose one that was made for {kind}"):
            painter(models[model], lora=models[lora]).paint(hole())


def test_a_control_of_another_family_is_said(models):
    with pytest.raises(ParallaxError, match="was made for another kind of model than sd"):
        painter(models["sd"], control=models["control of sdxl"]).paint(hole())


def test_what_is_no_lora_or_damaged_is_said(models, tmp_path):
    file = tmp_path / "style.safetensors"
    file.write_bytes(models["lora"].path.read_bytes()[:100])
    with pytest.raises(ParallaxError, match="damaged"):
        painter(models["sd"], lora=Found(file)).paint(hole())
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ParallaxError, match="holds 0 .safetensors files"):
        painter(models["sd"], lora=Found(empty)).paint(hole())


# Files and folders


@pytest.mark.parametrize("name", ["sd", "sdxl"])
def test_a_single_file_with_the_authors_names_is_the_model(tmp_path, name):
    """Its arrays arrive where those of the folder are, and what it does not say itself is as its authors have it."""
    folder = getattr(tiny, name)(tmp_path / name, words=49408)
    file = tiny.single(tmp_path / f"{name}.safetensors", folder)
    ours, theirs = (pipelines.load(Found(path), CPU) for path in (file, folder))
    for part in ("unet", "vae", "text_encoder", "text_encoder_2"):
        if not hasattr(theirs._pipe, part):
            continue
        here, there = (getattr(one._pipe, part).state_dict() for one in (ours, theirs))
        assert here.keys() == there.keys() and all(torch.equal(here[key], there[key]) for key in here)
    assert type(ours._pipe) is type(theirs._pipe) and type(ours._pipe.scheduler) is type(theirs._pipe.scheduler)
    for key in ("scaling_factor", "latent_channels"):
        assert ours._pipe.vae.config[key] == theirs._pipe.vae.config[key]
    assert ours.size == (512 if name == "sd" else 1024)
    for one in (ours, theirs):  # with the same words
        one._pipe.tokenizer = one._pipe.tokenizer_2 = ours._pipe.tokenizer
    mask = np.zeros((64, 64), bool)
    mask[:, 32:] = True
    first, second = (one.paint(picture(64, 64), mask, presets.Preset(2, 3.0, 0.9, "MODEL"), 1, "a cat") for one in (ours, theirs))
    assert np.array_equal(first, second)


def full_size(name):
    """Names and shapes of the arrays in the file that the authors published, without its weights."""
    clip, large = (CLIPTextConfig(vocab_size=49408, hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
                                  num_attention_heads=width // 64, projection_dim=width) for width, layers in ((768, 12), (1280, 32)))
    attends, plain = "CrossAttn{}Block2D", "{}Block2D"
    if name == "sd":
        down, unet = (attends,) * 3 + (plain,), {"in_channels": 9, "block_out_channels": (320, 640, 1280, 1280), "cross_attention_dim": 768}
    else:
        down, unet = (plain, attends, attends), {
            "block_out_channels": (320, 640, 1280), "cross_attention_dim": 2048, "transformer_layers_per_block": [1, 2, 10],
            "attention_head_dim": [5, 10, 20], "use_linear_projection": True, "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816}
    unet |= {"down_block_types": [kind.format("Down") for kind in down], "up_block_types": [kind.format("Up") for kind in reversed(down)]}
    coder = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    with torch.device("meta"):
        parts = {"unet": UNet2DConditionModel(**unet), "text_encoder": CLIPTextModel(clip),
                 "vae": AutoencoderKL(block_out_channels=(128, 256, 512, 512), layers_per_block=2, **coder)}
        if name == "sdxl":
            parts["text_encoder_2"] = CLIPTextModelWithProjection(large)
    held = tiny.official({part: module.state_dict() for part, module in parts.items()})
    return {name: tuple(one.shape) for name, one in held.items()}, unet


@pytest.mark.parametrize("name", ["sd", "sdxl"])
def test_the_published_files_are_understood_from_names_and_shapes(tmp_path, name):
    """What is written for a file of full size is what its authors published beside it."""
    shapes, expected = full_size(name)
    single_file.write_configuration(tmp_path, name, shapes)
    unet, vae, clip = (json.loads((tmp_path / part / "config.json").read_text()) for part in ("unet", "vae", "text_encoder"))
    for key, value in expected.items():
        assert unet[key] == (list(value) if isinstance(value, tuple) else value), key
    assert unet["layers_per_block"] == 2 and unet["sample_size"] == (64 if name == "sd" else 128)
    assert vae["block_out_channels"] == [128, 256, 512, 512] and vae["layers_per_block"] == 2 and vae["latent_channels"] == 4
    assert (clip["hidden_size"], clip["num_hidden_layers"], clip["num_attention_heads"], clip["intermediate_size"]) == (768, 12, 12, 3072)
    assert (clip["vocab_size"], clip["max_position_embeddings"], clip["hidden_act"]) == (49408, 77, "quick_gelu")
    if name == "sdxl":
        large = json.loads((tmp_path / "text_encoder_2" / "config.json").read_text())
        assert (large["hidden_size"], large["num_hidden_layers"], large["num_attention_heads"]) == (1280, 32, 20)
        assert (large["intermediate_size"], large["projection_dim"], large["hidden_act"]) == (5120, 1280, "gelu")
    else:
        assert unet["attention_head_dim"] == 8


def test_clips_words_have_their_known_numbers():
    assert single_file.tokenizer()("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert single_file.tokenizer(pad="!")("cat", padding="max_length", max_length=5).input_ids == [49406, 2368, 49407, 0, 0]


def test_a_file_that_is_not_a_whole_model_is_said(models, tmp_path):
    for path in (models["lora"].path, next((models["sd"].path / "unet").glob("*.safetensors"))):
        with pytest.raises(ParallaxError, match="not a whole Stable Diffusion 1.5 or SDXL model in one file: choose the folder"):
            painter(Found(path)).paint(hole())


def test_a_single_file_that_is_cut_short_is_said(models, tmp_path):
    file = tiny.single(tmp_path / "one.safetensors", models["sd"].path)
    file.write_bytes(file.read_bytes()[:-5000])
    with pytest.raises(ParallaxError, match="damaged"):
        painter(Found(file)).paint(hole())


def test_a_control_in_a_single_file_is_the_one_of_the_folder(models, tmp_path, monkeypatch):
    """And no random one is made on the way, which takes gigabytes."""
    built, build = [], ControlNetModel.from_unet
    monkeypatch.setattr(ControlNetModel, "from_unet", lambda *given, **named: built.append(build(*given, **named)) or built[-1])
    file = shutil.copy(next(models["control"].path.glob("*.safetensors")), tmp_path / "control.safetensors")
    told = hole(nearness=np.ones((HEIGHT, WIDTH), np.float32))
    ours, theirs = (painter(models["sd"], control=control).paint(told) for control in (Found(file), models["control"]))
    assert np.array_equal(ours, theirs)
    assert [one.device.type for one in built] == ["meta"]


def test_half_precision_files_are_read_where_there_are_no_others(tmp_path):
    half = tiny.sd(tmp_path / "half", variant="fp16")
    assert not [file for file in half.glob("*/*.safetensors") if ".fp16." not in file.name]
    told = hole()
    painted = painter(Found(half)).paint(told)
    assert (painted[told.mask] != told.picture[told.mask]).any()


# Memory


def test_two_models_take_turns(models):
    residents = Residents(CPU)
    one, other = painter(models["sd"], QUICK, residents), painter(models["sdxl"], QUICK, residents)
    first = one.paint(hole())
    other.paint(hole())
    assert set(residents.held()) == {one.name, other.name}
    residents.leave()
    assert residents.held() == {}
    assert np.array_equal(one.paint(hole()), first)


def failing(residents, times):
    """Makes the network of the loaded model run out of memory so many times, as torch says it. Returns the calls that it counts."""
    calls = []

    def fail(module, given, named):
        calls.append(1)
        if len(calls) <= times:
            raise torch.OutOfMemoryError("CUDA out of memory")

    network(residents).register_forward_pre_hook(fail, with_kwargs=True)
    return calls


@pytest.mark.parametrize(("name", "steps"), [("sd", 2), ("sdxl", 1), ("flux", 2)])  # SDXL leaves one out, to start from what is there
def test_out_of_memory_it_works_with_less(models, name, steps):
    residents = Residents(CPU)
    told = Hole(picture(200, 200), np.pad(np.ones((40, 40), bool), 80))
    settings = replace(QUICK, paint_size=128, scheduler="DDIM")
    warned = []
    one = painter(models[name], settings, residents, warn=warned.append)
    whole = one.paint(told)
    calls = failing(residents, 1)
    thrifty = one.paint(told)  # coded in tiles, at the same size
    assert len(calls) == 1 + steps and one._measures[one._tried] == Measure("NONE", True)
    assert np.abs(thrifty.astype(int) - whole).mean() < 2.0 and warned == []
    calls = failing(residents, 1)
    small = one.paint(told)
    steps *= len(diffusion.windows.cover(told.mask, None, 64, next(iter(residents._models.values())).model.step))
    assert len(calls) == 1 + steps and one._measures[one._tried] == Measure("NONE", True, 0.5)
    assert np.array_equal(one.paint(told), small) and len(calls) == 1 + 2 * steps  # and stays with what works
    assert warned == [f"{name} painted at half size, as memory was short: what it painted is softer"]


def test_when_nothing_helps_it_is_said_and_the_next_fill_is_tried_again(models):
    residents = Residents(CPU)
    one = painter(models["sd"], QUICK, residents)
    first = one.paint(hole())
    calls = failing(residents, 3)
    with pytest.raises(TooLarge, match="^The processor has too little free memory for sd, even at half size: choose a smaller model, a sm"):
        one.paint(hole())
    assert len(calls) == 3  # once for each measure: nobody else could make room
    assert one.paint(hole()).shape == first.shape


class Heavy(torch.nn.Module):
    """A module that finds no room for some of its weights on some of its ways to a device."""

    def __init__(self, *failures: int):
        super().__init__()
        self.moves, self.failures = 0, failures

    def to(self, kind):
        self.moves += 1
        if self.moves in self.failures:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().to(kind)


def test_a_model_that_finds_no_room_is_taken_off_the_device_again():
    residents, other, once, twice = Residents(CPU), Heavy(), Heavy(1), Heavy(1, 3)
    residents.work("other", 1, lambda: other, lambda model: model)
    assert residents.work("once", 1, lambda: once, lambda model: model) is once
    assert residents.held() == {"once": 1}, "the other has made room"
    with pytest.raises(TooLarge):
        residents.work("twice", 1, lambda: twice, lambda model: model)
    assert twice.moves == 4 and residents.held() == {}  # there and back, twice
    assert residents.work("twice", 1, lambda: twice, lambda model: model) is twice


@pytest.mark.parametrize(("offload", "on_card", "kinds"), [
    ("AUTO", True, ["NONE", "NONE", "PARTS", "LAYERS", "LAYERS"]), ("AUTO", False, ["NONE"] * 3), ("NONE", True, ["NONE"] * 3),
    ("PARTS", True, ["PARTS"] * 3), ("LAYERS", True, ["LAYERS"] * 3), ("PARTS", False, ["NONE"] * 3),
])
def test_what_is_tried_where_memory_runs_out(offload, on_card, kinds):
    tried = measures(offload, on_card)
    assert [one.offload for one in tried] == kinds
    assert not tried[0].saving and tried[0].share == 1.0 and all(one.saving for one in tried[1:])
    assert [one.share for one in tried[1:]] == [1.0] * (len(tried) - 2) + [0.5]


@pytest.mark.parametrize("offload", ["PARTS", "LAYERS"])
@pytest.mark.parametrize("name", ["sd", "sdxl"])
def test_an_offloaded_model_comes_and_goes_and_paints_the_same(models, name, offload):
    """The library's own hooks, with the processor in the place of a card, on which layer by layer is the one way that cannot paint."""
    control = models["control" if name == "sd" else "control of sdxl"]
    loaded = pipelines.load(models[name], CPU, control=control)
    mask = np.zeros((64, 64), bool)
    mask[:, 32:] = True

    def paint(nearness=None):
        return loaded.paint(picture(64, 64), mask, presets.Preset(2, 3.0, 0.9, "MODEL"), 1, "a cat", nearness=nearness)

    near = np.ones((64, 64), np.float32)
    plain, controlled = loaded.to("cpu") and paint(), paint(near)
    loaded.offload = offload
    loaded.to("cpu:0")
    assert hasattr(loaded._pipe.unet, "_hf_hook")
    if offload == "PARTS":
        assert np.array_equal(paint(), plain) and np.array_equal(paint(near), controlled)
    else:
        assert all(weight.is_meta for weight in loaded._pipe.unet.parameters())
    loaded.to("cpu")
    assert not hasattr(loaded._pipe.unet, "_hf_hook")
    assert np.array_equal(paint(), plain) and np.array_equal(paint(near), controlled)


def test_what_the_card_has_free_decides_how_much_of_a_model_comes_to_it(models, monkeypatch):
    """Whole is what the settings say first; what else uses the card, such as Blender, leaves less, and the work itself needs some."""
    loaded = pipelines.load(models["sd"], Device("cuda", "a card"))
    parts = [sum(one.numel() * one.element_size() for one in part.parameters())
             for part in (loaded._pipe.unet, loaded._pipe.vae, loaded._pipe.text_encoder)]
    work = diffusion.BESIDE + diffusion.WORK * tiny.SIZE**2
    for memory, free, offload in (
            (10**10, work + sum(parts), "NONE"), (10**10, work + sum(parts) - 1, "PARTS"),
            (work + sum(parts) - 1, 10**10, "PARTS"), (10**10, work + max(parts) - 1, "LAYERS"), (10**10, 0, "LAYERS")):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda free=free, memory=memory: (free, memory))
        one = painter(models["sd"], QUICK, Residents(Device("cuda", "a card", memory)))
        assert one._load().offload == one._measures[one._tried].offload == offload
        one = painter(models["sd"], replace(QUICK, offload="PARTS"), Residents(Device("cuda", "a card", memory)))
        assert one._load().offload == "PARTS"  # as the artist wants it


def test_a_model_that_will_make_room_does_not_count(models, monkeypatch):
    residents = Residents(Device("cuda", "a card", 10**10))
    residents._models["another"] = Resident(None, 10**9, here=True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (0, 10**10))
    assert painter(models["sd"], QUICK, residents)._load().offload == "NONE"
