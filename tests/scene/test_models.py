"""The models' list in the preferences: fetched by a process in the artist's own Python, cancelled, gone on with, chosen, removed."""

import os
import sys
import time
from pathlib import Path

import bpy
import pytest

from tests import harness
from tests import hub as hubs

NEURAL = Path(os.environ.get("NEURAL_PYTHON") or harness.ROOT / ".venv-neural" / "bin" / "python")
LORA = "lcm-lora-sd"
REPOSITORY, FILE = "latent-consistency/lcm-lora-sdv1-5", "pytorch_lora_weights.safetensors"
NAME = "lora_unet_x.lora_down.weight"
SIZE = 1_000_000
OWN = hubs.weights(10, name=NAME)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    made = hubs.Hub({REPOSITORY: {FILE: hubs.weights(SIZE // 4, name=NAME)}})
    with hubs.served(made):
        for name, value in (("HF_ENDPOINT", made.address), ("HF_HOME", str(tmp_path / "home")), ("HF_TOKEN", ""), ("no_proxy", "*")):
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def online(blank):
    system = bpy.context.preferences.system
    system.use_online_access = True
    yield
    system.use_online_access = False


@pytest.fixture
def neural(blank):
    """The artist's own Python is the tests' neural one."""
    preferences = harness.part("operators.neural_python").preferences()
    preferences.own_python = str(NEURAL)
    yield
    preferences.own_python = ""


@pytest.fixture
def operators(blank):
    module, tasks = harness.part("operators.models"), harness.part("operators.tasks")
    yield module
    tasks.stop_all()
    for key in (LORA, "sd-inpainting"):
        module.models().remove(key)
        module.models().choose(key, "")


def standing(operators, key=LORA):
    model = harness.part("engine.neural.catalogue").model(key)
    return operators.models().standing(model)


def refusal(operator, **values):
    """What an operator reports instead of doing something."""
    with pytest.raises(RuntimeError) as refused:
        operator(**values)
    return str(refused.value)


def follow(operators, until, seconds=60):
    """Ticks, as the timer of a window does, until something is so of the fetch."""
    end = time.monotonic() + seconds
    task = operators.task_of(LORA)
    while not until(task):
        assert time.monotonic() < end, task.status()
        harness.part("operators.tasks").tick()
        time.sleep(0.02)
    return task


def begin(operators):
    """What Fetch does in a window, where a timer ticks."""
    return operators.fetch(harness.part("engine.neural.catalogue").model(LORA))


def test_fetched_from_a_script_it_is_waited_for(hub, online, neural, operators):
    assert bpy.ops.infinite_parallax.fetch_model(key=LORA) == {"FINISHED"}
    assert standing(operators).state == "fetched"
    assert operators.task_of(LORA).text == "LCM LoRA for Stable Diffusion 1.5 is ready"
    assert standing(operators).path.read_bytes() == hub.repositories[REPOSITORY][FILE]


def test_blender_goes_on_meanwhile_and_sees_how_it_goes(hub, online, neural, operators):
    hub.drips = 0.02
    before = time.monotonic()
    begin(operators)
    assert time.monotonic() - before < 5.0
    follow(operators, lambda task: task.done > 0.0)
    assert "MB of 1.0 MB" in operators.task_of(LORA).status()
    task = follow(operators, lambda task: not task.running)
    assert (task.state, task.done) == ("done", 1.0)


def test_cancelled_it_can_be_gone_on_with(hub, online, neural, operators):
    hub.drips = 0.02
    begin(operators)
    follow(operators, lambda task: task.done > 0.0)
    assert bpy.ops.infinite_parallax.cancel_task(name=operators.task_of(LORA).name) == {"FINISHED"}
    task = follow(operators, lambda task: not task.running)
    assert task.state == "cancelled" and "goes on from here" in task.text
    assert standing(operators).state == "partly"
    hub.drips, hub.sent = 0.0, {}
    bpy.ops.infinite_parallax.fetch_model(key=LORA)
    assert standing(operators).state == "fetched" and hub.sent[FILE] < SIZE


def test_cancelled_while_the_network_is_silent_it_ends_too(hub, online, neural, operators):
    hub.holds = {FILE: SIZE // 2}
    task = begin(operators)
    assert hub.held.wait(30)
    task.cancel()
    assert follow(operators, lambda task: not task.running, seconds=20).state == "cancelled"


def test_one_model_is_fetched_once_at_a_time(hub, online, neural, operators):
    hub.holds = {FILE: SIZE // 2}
    begin(operators)
    assert "being done already" in refusal(bpy.ops.infinite_parallax.fetch_model, key=LORA)
    assert "is being fetched" in refusal(bpy.ops.infinite_parallax.remove_model, key=LORA)


def test_the_engine_is_neither_changed_nor_removed_while_it_fetches(hub, online, neural, operators):
    hub.holds = {FILE: SIZE // 2}
    begin(operators)
    setup, refused = harness.part("operators.neural_setup"), harness.part("engine.errors").ParallaxError
    for act in (setup.set_up, setup.remove):
        with pytest.raises(refused, match="LCM LoRA .* is being fetched: wait for it or cancel it first"):
            act()
    assert setup.task() is None


def test_what_a_model_is_brought_with_stays_while_that_is_fetched(hub, online, neural, operators):
    hub.repositories["google-bert/bert-base-uncased"] = {"config.json": b"{}", "vocab.txt": b"a"}
    hub.drips = 5.0
    operators.fetch(harness.part("engine.neural.catalogue").model("groundingdino-swint-ogc"))
    words = refusal(bpy.ops.infinite_parallax.remove_model, key="bert-base-uncased")
    assert "Grounding DINO Swin-T (original) is being fetched" in words


def test_no_model_is_removed_while_a_parallax_is_generated(hub, online, neural, operators, tmp_path):
    bpy.ops.infinite_parallax.fetch_model(key=LORA)
    background, channel = harness.part("operators.background"), harness.part("engine.channel").Channel(tmp_path / "job")
    sleeping = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    background.current = background.Work.launch(channel, sleeping, dict(os.environ), scene_uid=0, scene_name="")
    try:
        assert "A parallax is being generated" in refusal(bpy.ops.infinite_parallax.remove_model, key=LORA)
    finally:
        background.current.stop()
        background.current = None
    assert standing(operators).state == "fetched"


def test_what_goes_wrong_is_said_in_a_sentence(hub, online, neural, operators):
    hub.repositories.clear()
    words = refusal(bpy.ops.infinite_parallax.fetch_model, key=LORA)
    assert "is not at" in words and "choose another model" in words
    assert standing(operators).state != "fetched"


def test_a_token_is_handed_over_for_this_once_and_written_nowhere(hub, online, neural, operators, tmp_path):
    hub.gated = "hf_theArtists"
    assert "has to be accepted first" in refusal(bpy.ops.infinite_parallax.fetch_model, key=LORA)
    assert bpy.ops.infinite_parallax.fetch_model(key=LORA, token="hf_theArtists") == {"FINISHED"}
    assert "HF_TOKEN" in os.environ and os.environ["HF_TOKEN"] == ""
    folder = operators.models().folder
    assert not any(b"hf_theArtists" in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_offline_it_names_the_preference(neural, operators):
    assert "Preferences > System > Network" in refusal(bpy.ops.infinite_parallax.fetch_model, key=LORA)


def test_without_the_neural_python_it_says_what_to_do(online, operators):
    assert "click Set Up Neural Engine in Preferences" in refusal(bpy.ops.infinite_parallax.fetch_model, key=LORA)


def test_a_file_of_ones_own_is_chosen_and_forgotten(operators, tmp_path):
    (tmp_path / "own.safetensors").write_bytes(OWN)
    assert bpy.ops.infinite_parallax.choose_model(key=LORA, directory=str(tmp_path), filename="own.safetensors") == {"FINISHED"}
    assert (standing(operators).state, standing(operators).path) == ("chosen", tmp_path / "own.safetensors")
    (tmp_path / "own.safetensors").unlink()
    assert standing(operators).state == "lost"
    assert bpy.ops.infinite_parallax.forget_model(key=LORA) == {"FINISHED"}
    assert standing(operators).state == "absent"


def test_a_folder_is_chosen_by_opening_it(operators, tmp_path):
    (tmp_path / "own.safetensors").write_bytes(OWN)
    bpy.ops.infinite_parallax.choose_model(key=LORA, directory=f"{tmp_path}{os.sep}", filename="")
    assert standing(operators).path == tmp_path / "own.safetensors"


def test_what_cannot_be_the_model_is_refused(operators, tmp_path):
    (tmp_path / "own.ckpt").write_bytes(b"x")
    assert "can carry programs" in refusal(bpy.ops.infinite_parallax.choose_model, key=LORA, directory=str(tmp_path), filename="own.ckpt")
    assert "Choose a file or folder" in refusal(bpy.ops.infinite_parallax.choose_model, key=LORA)
    assert "no model_index.json" in refusal(bpy.ops.infinite_parallax.choose_model, key="sd-inpainting", directory=str(tmp_path))
    assert standing(operators).state == "absent"


def test_removing_deletes_what_was_fetched(hub, online, neural, operators):
    bpy.ops.infinite_parallax.fetch_model(key=LORA)
    path = standing(operators).path
    assert bpy.ops.infinite_parallax.remove_model(key=LORA) == {"FINISHED"}
    assert not path.exists() and standing(operators).state == "absent" and operators.task_of(LORA) is None


def test_panels_see_at_once_what_was_done(hub, online, neural, operators):
    props = bpy.context.scene.infinite_parallax
    props.lora = LORA
    availability, listed = harness.part("panels.availability"), harness.part("panels.models")

    def seen():
        states, _ = listed._asked(str(operators.models().folder), operators.stamp(), 0)  # within one second
        return states[LORA][0].state, bool(availability.why_not(props, "lora"))

    assert seen() == ("absent", True)
    bpy.ops.infinite_parallax.fetch_model(key=LORA)
    assert seen() == ("fetched", False)
    bpy.ops.infinite_parallax.remove_model(key=LORA)
    assert seen() == ("absent", True)


def test_models_that_nobody_knows_are_refused(online, neural, operators):
    for name in ("fetch_model", "choose_model", "forget_model", "remove_model"):
        assert "no model named 'magic'" in refusal(getattr(bpy.ops.infinite_parallax, name), key="magic")
