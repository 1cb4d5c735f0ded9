"""Models are fetched by Python's own means, as in Blender's Python, which has no library of the hub's: from a hub on this computer."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.neural import catalogue, fetch, store, transfer
from engine.neural.store import Store
from tests import hub as hubs

ROOT = Path(__file__).parents[2]
MIGAN, SUBJECT = catalogue.model("migan"), catalogue.model("u2netp")
FILE = MIGAN.needs[0]
SIZE = 600_000
QUICK = (0.01, 0.01, 0.01)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    made = hubs.Hub({MIGAN.repository: {FILE: os.urandom(SIZE), "README.md": b"words", "migan.onnx": b"another"}})
    with hubs.served(made):
        for name, value in (("HF_ENDPOINT", made.address), ("HF_HUB_CACHE", str(tmp_path / "hub")), ("HF_TOKEN", ""), ("no_proxy", "*"),
                            ("HF_HUB_OFFLINE", "")):
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(transfer, "has_library", lambda: False)
        monkeypatch.setattr("engine.neural.hub.has_library", lambda: False)
        yield made


@pytest.fixture
def models(tmp_path):
    return Store(tmp_path / "models")


def ended(models, model=MIGAN):
    ending = fetch.run(models, model, QUICK)
    return ending.kind, ending.text


def test_the_one_file_that_is_wanted_is_fetched_and_checked(hub, models):
    assert ended(models) == ("done", "MI-GAN is ready")
    assert models.located(MIGAN) == models.place("migan") / FILE
    assert models.located(MIGAN).read_bytes() == hub.repositories[MIGAN.repository][FILE]
    assert set(hub.sent) == {FILE}


def test_what_broke_off_is_gone_on_with(hub, models):
    hub.breaks = {FILE: [200_000, *[0] * 10]}
    kind, text = ended(models)
    assert kind == "error" and text.endswith("which goes on from here") and models.standing(MIGAN).state == store.PARTLY
    hub.breaks, hub.sent = {}, {}
    assert ended(models)[0] == "done" and hub.sent[FILE] == SIZE - 200_000


def test_a_server_that_does_not_go_on_is_asked_from_the_beginning(hub, models):
    hub.breaks, hub.ranges = {FILE: [200_000]}, False
    assert ended(models)[0] == "done" and models.located(MIGAN).stat().st_size == SIZE


def test_another_file_than_the_list_says_is_refused(hub, models):
    hub.told = {FILE: {"lfs": {"size": SIZE, "sha256": "0" * 64, "pointerSize": 134}}}
    kind, text = ended(models)
    assert kind == "error" and text.startswith(f"{FILE} arrived damaged") and models.located(MIGAN) is None


def test_trouble_that_passes_is_waited_for_and_what_does_not_is_said(hub, models):
    hub.statuses = [503] * 20
    assert ended(models) == ("error", "127.0.0.1 has trouble (503): look at the network connection and fetch again")
    hub.statuses = [503, 429]
    assert ended(models)[0] == "done"


def test_without_a_connection_or_with_a_page_to_log_in_to_it_says_so(hub, models, monkeypatch):
    hub.page = b"<html>Welcome to our hotel</html>"
    assert ended(models)[1].startswith(f"{hub.address} does not answer as a model hub does")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert ended(models) == ("error", "There is no connection to 127.0.0.1: look at the network connection and fetch again")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE is set" in ended(models)[1]


def test_the_token_is_shown_to_the_hub_alone(hub, models, monkeypatch):
    hub.gated = "hf_theArtists"
    assert "has to be accepted first" in ended(models)[1]
    monkeypatch.setenv("HF_TOKEN", "hf_theArtists")
    assert ended(models)[0] == "done"
    assert hub.tokens == {"127.0.0.1": "Bearer hf_theArtists", "localhost": ""}


def test_a_file_at_an_address_has_the_digest_of_the_catalogue(hub, models):
    content = os.urandom(SIZE)
    hub.repositories["some/where"] = {"u2netp.onnx": content}
    there = replace(SUBJECT, address=f"{hub.address}/store/some/where/u2netp.onnx")
    assert ended(models, there)[1].startswith("u2netp.onnx arrived damaged")
    assert ended(models, replace(there, digest=hashlib.sha256(content).hexdigest()[:8]))[0] == "done"
    assert hub.tokens["127.0.0.1"] == ""


def test_it_runs_as_a_program(hub, models):
    command = [sys.executable, "-m", "engine.neural.fetch", "migan", "--models", str(models.folder)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert models.located(MIGAN)


@pytest.mark.parametrize("bundle", catalogue.BUNDLES, ids=lambda one: one.key)
def test_bundles_hold_light_models_with_a_size_and_a_checksum(bundle):
    for key in bundle.models:
        model = catalogue.model(key)
        assert model.light and len(model.digest) >= 8 and model.size == bundle.size
        assert model is next(one for one in catalogue.of_role(model.role) if one.light), "the one that is taken where several are here"
