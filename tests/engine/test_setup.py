"""Setting up the neural engine with the real uv: into an empty folder, cancelled, killed, gone on with, tested, removed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine import machine
from engine.channel import Channel
from engine.errors import ParallaxError
from engine.setup import environment as places
from engine.setup import fetching, install, plan, trial, uv
from engine.setup.cards import Card, cards
from engine.setup.environment import Environment
from engine.setup.lists import FOLDER, Lists
from tests import index as indexes
from tests.index import wheel

ROOT = Path(__file__).resolve().parents[2]
SMALL, LARGE = "small", "large"
SIZE = 4_000_000
NOWHERE = "http://127.0.0.1:9"  # where nobody answers


@pytest.fixture
def index(monkeypatch):
    """An index with two packages and a PyTorch; nothing else can be reached."""
    files = dict([wheel(SMALL, size=1_500_000), wheel(LARGE, size=SIZE), wheel("torch", "2.14.1", source=indexes.TORCH)])
    with indexes.served(indexes.Index(files)) as served:
        monkeypatch.setenv("UV_DEFAULT_INDEX", served.address)
        monkeypatch.setenv("UV_HTTP_RETRIES", "1")
        monkeypatch.setenv("HTTPS_PROXY", NOWHERE)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield served


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path / "neural", Lists(indexes.write_lists(tmp_path / "lists", [f"{SMALL}==1.0"], [f"{LARGE}==1.0"])))


def begin(environment, **more):
    """The process that Blender starts."""
    command = [sys.executable, "-m", "engine.setup", str(environment.folder), "--lists", str(environment.lists.folder), "--watch-stdin"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **more)


def said(environment):
    return environment.channel.read_events()[0]


def warned(environment):
    return [event.text for event in said(environment) if event.kind == "warning"]


def until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def at_work_in(folder):
    """Command lines of all processes that name a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line and process.name != str(os.getpid()):
            found.append(line)
    return found


def runs(environment, code):
    done = subprocess.run([environment.python, "-c", code], capture_output=True, text=True)
    return done.stdout.strip()


def test_packages_of_the_registry_are_set_up_tested_and_removed(tmp_path):
    """One of them is built here, as it is given out as source only."""
    pins = ["--only-binary :all:", "--no-binary groundingdino-py", "addict==2.4.0", "groundingdino-py==0.4.0"]
    environment = Environment(tmp_path / "neural", Lists(indexes.write_lists(tmp_path / "lists", ["six==1.17.0"], pins)))
    assert environment.standing() == places.ABSENT
    ending = install.set_up(environment)
    assert (ending.kind, ending.text) == ("done", "Ready")
    assert environment.standing() == places.WHOLE
    assert environment.tested()["versions"] == {"six": "1.17.0", "addict": "2.4.0", "groundingdino-py": "0.4.0"}
    assert runs(environment, "import six, addict, groundingdino, sys; print(sys.prefix)") == str(environment.place)
    assert environment.sealed_size() > 100_000
    assert install.remove(environment).kind == "done"
    assert environment.standing() == places.ABSENT
    assert environment.size() == 0


def test_all_that_it_writes_is_in_its_folder(environment, index, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    assert begin(environment).wait(60) == 0
    assert environment.standing() == places.WHOLE
    assert not list((tmp_path / "home").rglob("*"))


def test_the_bar_follows_the_bytes(environment, index):
    index.holds[f"{LARGE}-1.0-py3-none-any.whl"] = SIZE // 2
    process = begin(environment)
    assert index.held.wait(30)
    until(lambda: any("of " in event.text for event in said(environment)))
    until(lambda: said(environment)[-1].done > 0.3)
    index.go_on.set()
    assert process.wait(30) == 0
    events = said(environment)
    shares = [event.done for event in events if event.kind == "progress" and event.text.startswith("Fetching")]
    assert shares == sorted(shares)
    assert events[-1].kind == "done" and events[-1].done == 1.0


def test_cancelled_in_the_middle_it_ends_at_once_and_goes_on_later(environment, index):
    index.holds[f"{LARGE}-1.0-py3-none-any.whl"] = SIZE // 2
    process = begin(environment)
    assert index.held.wait(30)
    environment.channel.request_cancel()
    assert process.wait(5) == 3
    assert said(environment)[-1].kind == "cancelled"
    assert not at_work_in(environment.folder)
    assert environment.standing() == places.PARTLY
    index.holds.clear()
    index.asked.clear()
    assert install.set_up(environment).kind == "done"
    assert index.asked == [f"{LARGE}-1.0-py3-none-any.whl"], "what came whole is not fetched again"
    assert environment.standing() == places.WHOLE
    assert runs(environment, "import large, small; print(len(open(large.__path__[0] + '/data.bin', 'rb').read()))") == str(SIZE)


def test_killed_it_is_not_taken_for_whole_and_goes_on(environment, index):
    index.holds[f"{LARGE}-1.0-py3-none-any.whl"] = SIZE // 2
    process = begin(environment)
    assert index.held.wait(30)
    until(lambda: list(environment.cache.glob(".tmp*")))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)
    assert environment.standing() == places.PARTLY
    assert list(environment.cache.glob(".tmp*"))
    index.holds.clear()
    assert install.set_up(environment).kind == "done"
    assert not list(environment.cache.glob(".tmp*"))
    assert environment.standing() == places.WHOLE


def test_it_ends_with_blender_and_so_does_what_it_has_started(environment, index):
    index.holds[f"{LARGE}-1.0-py3-none-any.whl"] = SIZE // 2
    process = begin(environment)
    assert index.held.wait(30)
    until(lambda: at_work_in(environment.folder))
    process.stdin.close()
    assert process.wait(5) == 4
    until(lambda: not at_work_in(environment.folder))


def test_a_connection_that_breaks_is_taken_up_again(environment, index):
    index.breaks[f"{LARGE}-1.0-py3-none-any.whl"] = [SIZE // 2, SIZE // 3]
    assert install.set_up(environment).kind == "done"
    assert index.asked.count(f"{LARGE}-1.0-py3-none-any.whl") == 3
    assert runs(environment, "import large; print(len(open(large.__path__[0] + '/data.bin', 'rb').read()))") == str(SIZE)


def test_an_index_that_does_not_answer_is_a_sentence(environment, index, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{NOWHERE}/simple")
    ending = install.set_up(environment)
    assert ending.kind == "error"
    assert "127.0.0.1" in ending.text and "look at the network connection" in ending.text
    assert environment.standing() == places.PARTLY


def test_without_room_nothing_is_begun(environment, index, monkeypatch):
    monkeypatch.setattr(machine, "free_disk", lambda folder: 1_000_000_000)
    ending = install.set_up(environment)
    assert ending.kind == "error" and "has 1.0 GB free: free some room" in ending.text
    assert environment.standing() == places.ABSENT
    assert not index.asked


def test_a_changed_list_asks_for_setting_up_again_and_fetches_what_changed(tmp_path, environment, index):
    assert install.set_up(environment).kind == "done"
    index.files |= dict([wheel(LARGE, "2.0", size=1000)])
    changed = Environment(environment.folder, Lists(indexes.write_lists(tmp_path / "new", [f"{SMALL}==1.0"], [f"{LARGE}==2.0"])))
    assert changed.standing() == places.OUTDATED
    index.asked.clear()
    assert install.set_up(changed).kind == "done"
    assert changed.standing() == places.WHOLE
    assert set(index.asked) == {f"{LARGE}-2.0-py3-none-any.whl"}
    assert runs(changed, "import importlib.metadata as m; print(m.version('large'), m.version('small'))") == "2.0 1.0"


def test_when_the_python_it_was_made_from_is_gone_it_says_so(environment, index):
    assert install.set_up(environment).kind == "done"
    about = environment.place / "pyvenv.cfg"
    home = next(line for line in about.read_text().splitlines() if line.startswith("home"))
    about.write_text(about.read_text().replace(home, f"home = {environment.folder / 'moved'}"))
    assert environment.standing() == places.HOMELESS
    index.asked.clear()
    assert install.set_up(environment).kind == "done"
    assert environment.standing() == places.WHOLE and not index.asked


def test_files_take_their_room_once(environment, index):
    assert install.set_up(environment).kind == "done"
    installed = next(environment.place.rglob("large/data.bin"))
    assert installed.stat().st_nlink > 1
    shutil.rmtree(environment.bytecode)
    assert SIZE < environment.size() < 2 * SIZE


def test_only_one_at_a_time(environment, index):
    environment.folder.mkdir()
    with Channel(environment.folder).locked():
        ending = install.set_up(environment)
    assert ending.kind == "error" and "Another Blender is at work" in ending.text


def test_where_pytorchs_own_index_cannot_be_reached_the_plain_build_comes_and_that_is_said(tmp_path, index):
    environment = Environment(tmp_path / "neural", Lists(indexes.write_lists(tmp_path / "lists", ["torch==2.14.1"], [f"{SMALL}==1.0"])))
    ending = install.set_up(environment)
    assert ending.kind == "done"
    assert ending.text == "Ready: models run on processor, 3 threads"
    plain, processor = warned(environment)
    assert "own index" in plain and "cannot be reached" in plain and "package registry" in plain
    assert "models run on the processor" in processor, "never silent"
    assert said(environment)[-1].device == "processor, 3 threads"


def test_a_device_that_is_not_there_is_a_sentence(tmp_path, index):
    environment = Environment(tmp_path / "neural", Lists(indexes.write_lists(tmp_path / "lists", ["torch==2.14.1"], [f"{SMALL}==1.0"])))
    ending = install.set_up(environment, device="cuda")
    assert ending.kind == "error" and "There is no NVIDIA or AMD graphics card" in ending.text
    assert environment.standing() == places.PARTLY


def test_a_python_that_does_not_serve_has_another_one_fetched(environment, index, tmp_path):
    """GitHub, where it comes from, cannot be reached in this test; the sentence shows that it was asked."""
    broken = script(tmp_path, "exit 1")
    ending = install.set_up(environment, base=str(broken))
    assert ending.kind == "error" and "github.com" in ending.text and "look at the network connection" in ending.text
    assert any(event.text.startswith("Fetching Python 3.12") for event in said(environment))


def script(tmp_path, text):
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("text, sentence", [
    ("echo 3 9", "is Python 3.9, and the engine needs 3.11 or later"),
    ("exit 1", "is not a Python that runs"),
    ("echo hello", "is not a Python that runs"),
    ('case "$*" in *version_info*) echo 3 12;; *) kill -SEGV $$;; esac', "was ended by signal 11 while it was tested"),
])
def test_what_is_no_python_for_it_is_a_sentence(tmp_path, text, sentence):
    ending = install.test(Environment(tmp_path / "neural"), script(tmp_path, text))
    assert ending.kind == "error" and sentence in ending.text


def test_a_file_that_is_no_program_is_a_sentence(tmp_path):
    (tmp_path / "text").write_text("not a program")
    assert "is not a Python that runs" in install.test(Environment(tmp_path / "neural"), tmp_path / "text").text
    assert "There is no Python at" in install.test(Environment(tmp_path / "neural"), tmp_path / "gone").text


def test_a_python_without_torch_says_what_is_missing(tmp_path):
    environment = Environment(tmp_path / "neural")
    ending = install.test(environment, Path(sys.executable))
    assert ending.kind == "error" and "Traceback" not in ending.text
    assert ending.text.startswith("PyTorch, torchvision") and "are missing in the Python" in ending.text
    assert "what fetching models needs (httpx2 and huggingface-hub)" in ending.text
    assert environment.tested()["executable"] == sys.executable and environment.tested()["versions"]["numpy"]


def test_a_test_can_be_cancelled(tmp_path):
    environment = Environment(tmp_path / "neural")
    environment.folder.mkdir()
    asked = []

    def check():
        asked.append(1)
        if len(asked) > 3:
            raise install.Cancelled

    with pytest.raises(install.Cancelled):
        trial.trial(script(tmp_path, "sleep 60"), environment, "auto", check)
    assert not at_work_in(tmp_path)


def test_nothing_of_blenders_python_reaches_another(tmp_path, monkeypatch):
    for name in ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    variables = Environment(tmp_path).variables()
    assert variables["PYTHONPATH"] == str(ROOT) and variables["HTTPS_PROXY"] == "http://proxy"
    assert not {"PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV"} & set(variables)


def test_of_the_artists_settings_for_uv_only_the_way_to_packages_is_kept(tmp_path, monkeypatch):
    ours = {"UV_INDEX_URL": "", "UV_CACHE_DIR": "/elsewhere", "UV_SYSTEM_PYTHON": "1", "UV_EXCLUDE_NEWER": "2020-01-01", "PIP_TARGET": "/x",
            "UV_INDEX": "http://index", "UV_INDEX_MINE_PASSWORD": "secret", "SSL_CERT_FILE": "/certs", "UV_HTTP_TIMEOUT": "7"}
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    found = uv.variables(Environment(tmp_path))
    assert {name: found.get(name) for name in ours} == {
        **ours, "UV_INDEX_URL": None, "UV_CACHE_DIR": str(tmp_path / "cache"), "UV_SYSTEM_PYTHON": None, "UV_EXCLUDE_NEWER": None,
        "PIP_TARGET": None}


def test_a_bundled_uv_without_leave_to_run_is_copied_to_where_it_may(tmp_path, monkeypatch):
    """As Blender unpacks it: a wheel's programs are plain data there."""
    from uv import find_uv_bin

    unpacked = tmp_path / "site-packages" / "uv-0.13.9.data" / "scripts"
    unpacked.mkdir(parents=True)
    (unpacked / "uv").write_bytes(Path(find_uv_bin()).read_bytes())
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site-packages"), *sys.path])
    environment = Environment(tmp_path / "neural")
    assert uv.find(environment) == environment.tools / "uv"
    environment.folder.mkdir(exist_ok=True)
    assert uv.Uv(environment, lambda: None).run("--version").startswith("uv ")


@pytest.mark.parametrize("text, sentence", [
    ("error: Failed to write\n  cause: No space left on device (os error 28)", "The disk is full"),
    ("error: Request failed\n  cause: https://example.org/simple/\n  cause: invalid peer certificate: UnknownIssuer", "could not prove"),
    ("error: HTTP status client error (403 Forbidden) for url (https://example.org/x)", "example.org refuses"),
    ("error: Request failed after 3 retries\n  cause: Failed to fetch: https://example.org/x\n  cause: dns error", "to example.org broke"),
    ("error: No solution found when resolving dependencies\n  cause: Because torch==2 has no wheels with a matching Python ABI tag",
     "not built for this Python or system (Because torch"),
    ("error: something else", "something else"),
])
def test_what_uv_says_becomes_a_sentence(text, sentence):
    assert sentence in uv.sentence(text)


@pytest.mark.parametrize("system, processor, found, build", [
    ("linux", "x86_64", (), "for the processor alone"), ("win32", "AMD64", (), "for the processor alone"),
    ("darwin", "arm64", (Card("Apple", "Apple graphics"),), "for Apple graphics"),
    ("win32", "AMD64", (Card("Intel", "Intel(R) Arc(TM) A770"),), "for Intel graphics cards"),
])
def test_what_will_be_fetched_is_said_before(system, processor, found, build):
    expected = plan.expected(found, system, processor)
    assert expected.build == build and 1e8 < expected.fetch < expected.disk
    assert (expected.most is not None) == (system == "linux")


@pytest.mark.parametrize("system, processor, sentence", [
    ("darwin", "x86_64", "not built for Macs with Intel processors"), ("win32", "ARM64", "not built for Windows on ARM")])
def test_where_there_is_no_pytorch_it_says_so(system, processor, sentence):
    with pytest.raises(ParallaxError, match=f"{sentence}.*Python of your own"):
        plan.expected((), system, processor)


def test_graphics_cards_are_known_without_torch(tmp_path):
    there = (("0x10de", "0x030200"), ("0x1002", "0x030000"), ("0x8086", "0x030000"), ("0x10de", "0x040300"))
    for number, (maker, kind) in enumerate(there):
        device = tmp_path / "sys/bus/pci/devices" / str(number)
        device.mkdir(parents=True)
        (device / "vendor").write_text(f"{maker}\n")
        (device / "class").write_text(f"{kind}\n")
    assert cards(tmp_path) == (Card("NVIDIA", "NVIDIA graphics card"), Card("AMD", "AMD graphics card"))
    about = tmp_path / "proc/driver/nvidia/gpus/0000:01:00.0/information"
    about.parent.mkdir(parents=True)
    about.write_text("Model: \t\t NVIDIA H100\nIRQ: 1\n")
    assert cards(tmp_path) == (Card("NVIDIA", "NVIDIA H100"), Card("AMD", "AMD graphics card"))


def test_sizes_are_those_of_the_lock(tmp_path):
    lock = tmp_path / "pylock.toml"
    lock.write_text('[[packages]]\nname = "a"\nversion = "1"\nwheels = [{ url = "x", size = 5 }, { url = "y", size = 7 }]\n'
                    '[[packages]]\nname = "b"\nversion = "2"\nsdist = { url = "x", size = 3 }\n'
                    '[[packages]]\nname = "c"\nversion = "3"\nwheels = [{ url = "x" }]\n')
    assert fetching.sizes_in(lock) == {"a==1": 7, "b==2": 3, "c==3": 0}


def test_the_lists_name_every_version():
    pins = Lists(FOLDER).pins()
    assert {"torch", "torchvision", "diffusers", "transformers", "numpy", "pypatchmatch"} <= set(pins)
    listed = [line for file in (Lists().torch, Lists().rest, Lists().build) for line in file.read_text().splitlines()]
    assert all("==" in line or line.startswith(("#", "--")) for line in listed if line)
