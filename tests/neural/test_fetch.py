"""Models are fetched by a process of its own from a hub on this computer, with all that can go wrong on the way."""

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from engine.neural import catalogue, store
from engine.neural.store import Store
from tests import hub as hubs

ROOT = Path(__file__).parents[2]
LORA = catalogue.model("lcm-lora-sd")
FILE = LORA.needs[0]
SIZE = 1_000_000
FETCH = """
import sys
from dataclasses import replace
from engine.neural import catalogue, fetch
from engine.neural.store import Store
model = catalogue.model(sys.argv[2])
if len(sys.argv) > 3:
    model = replace(model, address=sys.argv[3], digest=sys.argv[4])
ending = fetch.run(Store(sys.argv[1]), model, pauses=(0.05, 0.05, 0.05))
print(ending.text)
sys.exit({"done": 0, "cancelled": 3}.get(ending.kind, 1))
"""


@pytest.fixture
def hub():
    made = hubs.Hub({LORA.repository: {FILE: hubs.weights(SIZE // 4), "README.md": b"words", "malware.bin": b"\0" * 1000}})
    with hubs.served(made):
        yield made


@pytest.fixture
def models(tmp_path):
    return Store(tmp_path / "models")


@pytest.fixture
def begin(hub, models, tmp_path):
    """begin(key): a process that fetches a model. command: by default one that loses no time between tries."""
    running = []

    def start(*about, command=(sys.executable, "-c", FETCH), token="", **more):
        env = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home"), "HF_TOKEN": token, "no_proxy": "*"}
        command = [*command, *((str(models.folder),) if "-c" in command else ()), *about]
        running.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def fetch(begin):
    """fetch(key): the exit code of a whole fetch, and its last words."""

    def run(*about, **more):
        process = begin(*about, **more)
        words, _ = process.communicate(timeout=60)
        return process.returncode, words.strip().rpartition("\n")[2]

    return run


def events(models, key=LORA.key):
    return models.fetching(key).read_events()[0]


def partial(models, key=LORA.key):
    """The one file that has come in part."""
    (found,) = (models.place(key) / store.PARTS).iterdir()
    return found


def test_a_model_is_fetched_whole_with_its_progress(hub, models, begin):
    hub.drips = 0.02
    command = [sys.executable, "-m", "engine.neural.fetch", "--models", str(models.folder)]
    process = begin(LORA.key, command=command)
    assert process.wait(60) == 0, process.stdout.read()
    assert models.located(LORA) == models.place(LORA.key) / FILE
    assert load_file(models.located(LORA))["layer.weight"].shape == (SIZE // 4,)
    told = events(models)
    assert [told[0].kind, told[-1].kind, told[-1].text] == ["started", "done", f"{LORA.label} is ready"]
    shares = [event.done for event in told]
    assert shares == sorted(shares) and shares[-1] == 1.0 and any(0.0 < share < 1.0 for share in shares)
    assert any("MB of 1.0 MB" in event.text for event in told)
    about = json.loads((models.place(LORA.key) / store.WHOLE).read_text())
    assert about["revision"] == hubs.REVISION and about["files"][0]["size"] == len(hub.repositories[LORA.repository][FILE])
    names = {one.name for one in models.place(LORA.key).iterdir()}
    assert names == {FILE, store.WHOLE}, "nothing else of the repository, and no rests"


def test_what_is_here_is_not_fetched_again(hub, models, fetch):
    assert fetch(LORA.key)[0] == 0
    hub.asked.clear()
    assert fetch(LORA.key) == (0, f"{LORA.label} is ready")
    assert hub.asked == []


def test_cancelled_in_the_middle_and_gone_on_with(hub, models, begin, fetch):
    hub.drips = 0.01
    process = begin(LORA.key)
    while not any(event.done > 0.0 for event in events(models)):
        assert process.poll() is None
    models.fetching(LORA.key).request_cancel()
    assert process.wait(30) == 3
    assert events(models)[-1].kind == "cancelled" and not models.located(LORA)
    assert models.standing(LORA).state == store.PARTLY
    come = partial(models).stat().st_size
    assert 0 < come < SIZE
    hub.sent.clear()
    hub.drips = 0.0
    assert fetch(LORA.key)[0] == 0
    assert hub.sent[FILE] == len(hub.repositories[LORA.repository][FILE]) - come


def test_killed_in_the_middle_and_gone_on_with(hub, models, begin, fetch):
    hub.holds = {FILE: SIZE // 2}
    process = begin(LORA.key)
    assert hub.held.wait(30)
    while not (models.place(LORA.key) / store.PARTS).is_dir() or partial(models).stat().st_size < SIZE // 4:
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    come = partial(models).stat().st_size
    assert not models.located(LORA)
    hub.holds, hub.sent = {}, {}
    assert fetch(LORA.key)[0] == 0
    assert hub.sent[FILE] == len(hub.repositories[LORA.repository][FILE]) - come
    assert load_file(models.located(LORA))["layer.weight"].size == SIZE // 4


def test_it_ends_with_the_program_that_started_it(hub, models, begin):
    hub.holds = {FILE: SIZE // 2}
    command = [sys.executable, "-m", "engine.neural.fetch", "--models", str(models.folder), "--watch-stdin"]
    process = begin(LORA.key, command=command, stdin=subprocess.PIPE)
    assert hub.held.wait(30)
    process.stdin.close()
    assert process.wait(30) == 4


def test_a_broken_connection_is_gone_on_with(hub, models, fetch):
    hub.breaks = {FILE: [300_000, 0, 200_000]}
    assert fetch(LORA.key)[0] == 0
    assert hub.sent[FILE] == len(hub.repositories[LORA.repository][FILE]), "no byte twice"
    assert any("The connection broke, trying again" in event.text for event in events(models))


def test_a_connection_that_stays_broken_is_said_and_what_came_is_kept(hub, models, fetch):
    hub.breaks = {FILE: [300_000, *[0] * 10]}
    code, words = fetch(LORA.key)
    assert (code, words) == (1, "The connection broke: look at the network connection and fetch again, which goes on from here")
    assert partial(models).stat().st_size == 300_000
    hub.breaks, hub.sent = {}, {}
    assert fetch(LORA.key)[0] == 0
    assert hub.sent[FILE] == len(hub.repositories[LORA.repository][FILE]) - 300_000


def test_a_server_without_ranges_sends_it_all_again(hub, models, fetch):
    hub.ranges = False
    hub.breaks = {FILE: [300_000]}
    assert fetch(LORA.key)[0] == 0
    assert hub.sent[FILE] == len(hub.repositories[LORA.repository][FILE]) + 300_000
    shares = [event.done for event in events(models)]
    assert shares[-1] == 1.0 and max(shares) <= 1.0
    assert load_file(models.located(LORA))["layer.weight"].size == SIZE // 4


def test_trouble_of_the_server_that_passes_is_waited_for(hub, fetch):
    hub.statuses = [503, 429, 200]
    assert fetch(LORA.key)[0] == 1  # the last one answers, but with nothing that is a list
    hub.statuses = [503, 429]
    assert fetch(LORA.key)[0] == 0


def test_trouble_that_does_not_pass_is_said(hub, fetch):
    hub.statuses = [503] * 20
    assert fetch(LORA.key) == (1, "127.0.0.1 has trouble (503): look at the network connection and fetch again")


def test_without_a_connection_it_says_so(hub, models, fetch):
    hub.address = "http://127.0.0.1:9"  # nothing listens there
    assert fetch(LORA.key) == (1, "There is no connection to 127.0.0.1: look at the network connection and fetch again")
    assert not models.located(LORA)


def test_a_page_to_log_in_to_is_no_hub(hub, fetch):
    hub.page = b"<html>Welcome to our hotel</html>"
    code, words = fetch(LORA.key)
    assert code == 1 and words.startswith(f"{hub.address} does not answer as a model hub does")


def test_a_wrong_checksum_is_said_and_the_file_deleted(hub, models, fetch):
    content = hub.repositories[LORA.repository][FILE]
    hub.told = {FILE: {"lfs": {"size": len(content), "sha256": "0" * 64, "pointerSize": 134}}}
    code, words = fetch(LORA.key)
    assert code == 1 and words.startswith(f"{FILE} arrived damaged") and words.endswith("it was deleted, so fetch it again")
    assert not models.located(LORA) and not any(one.is_file() for one in models.place(LORA.key).rglob("*"))
    hub.told = {}
    assert fetch(LORA.key)[0] == 0


def test_a_damaged_rest_is_not_taken_for_a_model(hub, models, fetch):
    hub.breaks = {FILE: [300_000, *[0] * 10]}
    fetch(LORA.key)
    rest = partial(models)
    rest.write_bytes(b"\0" * rest.stat().st_size)
    hub.breaks = {}
    assert "arrived damaged" in fetch(LORA.key)[1]
    assert fetch(LORA.key)[0] == 0


def test_small_files_are_checked_by_what_git_calls_them(hub, models, fetch):
    bert = catalogue.model("bert-base-uncased")
    files = {"config.json": b'{"model_type": "bert"}', "vocab.txt": b"one\ntwo\n", "model.safetensors": hubs.weights(100)}
    hub.repositories[bert.repository] = files
    hub.told = {"vocab.txt": {"blobId": "0" * 40}}
    assert fetch(bert.key)[1].startswith("vocab.txt arrived damaged")
    hub.told, hub.sent = {}, {}
    assert fetch(bert.key)[0] == 0
    assert "config.json" not in hub.sent, "what had come and was right is not fetched again"


@pytest.mark.parametrize("told", [
    {"lfs": {"size": 10, "sha256": "0" * 64, "pointerSize": 134}, "size": 10},
    {"lfs": {"size": 2 * SIZE, "sha256": "0" * 64, "pointerSize": 134}},
    {"lfs": {"size": -1, "sha256": "0" * 64, "pointerSize": 134}},
    {"lfs": {"size": "many", "sha256": "0" * 64, "pointerSize": 134}},
    {"lfs": {"size": SIZE, "sha256": "../../x", "pointerSize": 134}},
    {"lfs": None, "size": SIZE, "blobId": None},
], ids=["too small", "too large", "negative", "no number", "no digest", "nothing"])
def test_a_server_that_lies_about_a_file_gets_nowhere(hub, models, fetch, told):
    hub.told = {FILE: told}
    code, words = fetch(LORA.key)
    assert code == 1 and words.endswith(("fetch it again later", "goes on from here")), words
    assert not models.located(LORA)
    assert not (models.place(LORA.key) / FILE).exists()


def test_too_little_room_is_said_before_the_first_byte(hub, models, fetch):
    hub.told = {FILE: {"lfs": {"size": 10**18, "sha256": "0" * 64, "pointerSize": 134}}}
    code, words = fetch(LORA.key)
    assert code == 1 and words.startswith(f"{LORA.label} needs 1000000000.0 GB more") and "free some room" in words
    assert hub.sent == {}


def test_a_disk_that_fills_up_is_said_and_what_came_is_kept(hub, models, fetch):
    def small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))

    code, words = fetch(LORA.key, preexec_fn=small_disk)
    assert code == 1 and words.startswith("Cannot write to") and "free some room" in words
    assert partial(models).stat().st_size == 400_000
    hub.sent.clear()
    assert fetch(LORA.key)[0] == 0
    assert hub.sent[FILE] == len(hub.repositories[LORA.repository][FILE]) - 400_000


def test_a_gated_model_says_how_to_get_it_and_takes_the_artists_token(hub, models, fetch):
    hub.gated = "hf_theArtists"
    for token in ("", "hf_another"):
        code, words = fetch(LORA.key, token=token)
        assert code == 1 and words.startswith(f"The licence of {LORA.label} has to be accepted first: do that on "
                                              f"{hub.address}/{LORA.repository}")
    assert fetch(LORA.key, token="hf_theArtists")[0] == 0
    assert hub.tokens["127.0.0.1"] == "Bearer hf_theArtists"
    assert hub.tokens["localhost"] == "", "a token is for the hub alone, not for where it sends us"
    assert "hf_theArtists" not in (models.place(LORA.key) / store.WHOLE).read_text()


def test_a_repository_that_is_gone_is_said(hub, fetch):
    hub.repositories.clear()
    code, words = fetch(LORA.key)
    assert code == 1 and words.startswith(f"{LORA.label} is not at {hub.address}/{LORA.repository} any more")


def test_a_file_that_is_gone_is_said(hub, models, fetch):
    hub.repositories[LORA.repository].pop(FILE)
    code, words = fetch(LORA.key)
    assert code == 1 and words.startswith(f"{LORA.label} has no {FILE} at its source any more")


@pytest.mark.parametrize("name", ["../evil.json", "/evil.json", "unet/..\\..\\evil.json", "UNET/config.json"])
def test_a_hub_with_hostile_names_gets_nothing_onto_the_disk(hub, models, fetch, tmp_path, name):
    diffusion = catalogue.model("sd-inpainting")
    files = {"model_index.json": b"{}", "unet/config.json": b"{}"}
    for part in ("unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model"):
        files[f"{part}.fp16.safetensors"] = hubs.weights(10)
    hub.repositories[diffusion.repository] = files
    hub.listed = [name]
    code, words = fetch(diffusion.key)
    assert code == 1 and words.endswith("nothing was fetched")
    assert hub.sent == {}
    assert [one for one in tmp_path.rglob("*") if one.is_file() and models.fetching(diffusion.key).folder not in one.parents] == []


def test_what_a_model_needs_beside_it_is_fetched_with_it(hub, models, fetch):
    dino, bert = catalogue.model("groundingdino-swint-ogc"), catalogue.model("bert-base-uncased")
    hub.repositories[dino.repository] = {dino.needs[0]: os.urandom(200_000)}
    hub.repositories[bert.repository] = {
        "config.json": b"{}", "vocab.txt": b"one\n", "model.safetensors": hubs.weights(50_000), "tf_model.h5": b"\0" * 100}
    hub.breaks = {dino.needs[0]: [1000, *[0] * 10]}
    assert fetch(dino.key)[0] == 1
    assert models.located(bert) and not models.located(dino), "what it needs comes first, so that it is never here alone"
    hub.breaks, hub.sent = {}, {}
    assert fetch(dino.key)[0] == 0
    assert set(hub.sent) == {dino.needs[0]}
    assert models.missing(dino) == ()


def test_one_model_is_fetched_by_one_process(hub, models, begin, fetch):
    hub.holds = {FILE: SIZE // 2}
    first = begin(LORA.key)
    assert hub.held.wait(30)
    code, words = fetch(LORA.key)
    assert code == 1 and words.startswith("Another Blender is at work")
    hub.go_on.set()
    assert first.wait(30) == 0


def test_half_precision_is_taken_where_it_is_and_full_where_not(hub, models, fetch):
    control = catalogue.model("controlnet-depth-sd")
    name = "diffusion_pytorch_model"
    hub.repositories[control.repository] = {"config.json": b"{}", f"{name}.safetensors": hubs.weights(10), f"{name}.bin": b"\0" * 10}
    assert fetch(control.key)[0] == 0
    assert (models.place(control.key) / f"{name}.safetensors").is_file() and set(hub.sent) == {"config.json", f"{name}.safetensors"}
    models.remove(control.key)
    hub.sent.clear()
    hub.repositories[control.repository][f"{name}.fp16.safetensors"] = hubs.weights(5)
    assert fetch(control.key)[0] == 0
    assert set(hub.sent) == {"config.json", f"{name}.fp16.safetensors"}


@pytest.fixture
def address(hub):
    """One file that is on no hub: its address, and its SHA-256."""
    content = os.urandom(SIZE)
    hub.repositories["some/where"] = {"midas_v21_small_256.pt": content}
    return f"{hub.address}/store/some/where/midas_v21_small_256.pt", hashlib.sha256(content).hexdigest()


def test_a_file_at_an_address_is_fetched_and_gone_on_with(hub, models, fetch, address):
    name = "midas_v21_small_256.pt"
    hub.breaks = {name: [0, 300_000, *[0] * 10]}  # the first answer is asked for its head alone
    assert fetch("midas-small", *address)[0] == 1
    hub.breaks, hub.sent = {name: [0]}, {}
    assert fetch("midas-small", *address)[0] == 0
    assert hub.sent[name] == SIZE - 300_000
    assert models.located(catalogue.model("midas-small")) == models.place("midas-small") / name
    assert hub.tokens["127.0.0.1"] == "", "no token for anybody but the hub"


def test_another_file_at_an_address_is_begun_anew(hub, models, fetch, address):
    name = "midas_v21_small_256.pt"
    hub.breaks = {name: [0, 300_000, *[0] * 10]}
    assert fetch("midas-small", address[0], "")[0] == 1
    hub.repositories["some/where"][name] = os.urandom(SIZE)
    hub.breaks, hub.sent = {name: [0]}, {}
    assert fetch("midas-small", address[0], "")[0] == 0
    assert hub.sent[name] == SIZE
    assert models.located(catalogue.model("midas-small")).read_bytes() == hub.repositories["some/where"][name]


@pytest.mark.parametrize("digits", [64, 8])
def test_a_file_at_an_address_has_the_digest_of_the_catalogue(hub, models, fetch, address, digits):
    assert fetch("midas-small", address[0], "0" * digits)[1].startswith("midas_v21_small_256.pt arrived damaged")
    assert not models.located(catalogue.model("midas-small"))
    assert fetch("midas-small", address[0], address[1][:digits])[0] == 0


def test_an_address_that_is_gone_is_said(hub, models, fetch):
    gone = f"{hub.address}/nowhere/midas_v21_small_256.pt"
    assert fetch("midas-small", gone, "")[1].startswith(f"MiDaS 2.1 Small is not at {gone} any more")


def test_a_python_without_the_hubs_library_fetches_by_its_own_means(hub, models, fetch):
    without = 'import sys; sys.modules["huggingface_hub"] = sys.modules["httpx2"] = None\n'
    assert fetch(LORA.key, command=(sys.executable, "-c", without + FETCH))[0] == 0
    assert (models.place(LORA.key) / FILE).read_bytes() == hub.repositories[LORA.repository][FILE]


def test_an_unknown_model_is_said(begin, models):
    process = begin("magic", command=[sys.executable, "-m", "engine.neural.fetch", "--models", str(models.folder)])
    words, _ = process.communicate(timeout=30)
    assert process.returncode == 2 and "there is no model named magic" in words
