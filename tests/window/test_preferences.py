"""The neural engine in the preferences of a real Blender: its own Python is the base, and uv is the one that the zip brought."""

import threading
import time
from pathlib import Path

import pytest

from tests import index

SESSION = Path(__file__).with_name("preferences_session.py")
SIZE = 4_000_000
LARGE = "large-1.0-py3-none-any.whl"


def _pass_on(served, folder):
    """Tells the session by files what the index does, and the index when to go on."""
    served.held.wait(300)
    (folder / "held").touch()
    while not (folder / "go on").exists() and not served.go_on.is_set():
        time.sleep(0.05)
    served.holds.clear()
    served.go_on.set()


@pytest.fixture(scope="module")
def session(installed, tmp_path_factory):
    """What a session in the window has reported, and what the index was asked for."""
    folder = tmp_path_factory.mktemp("preferences")
    index.write_lists(folder / "lists", ["torch==2.14.1"], ["large==1.0"])
    made = index.Index(dict([index.wheel("large", size=SIZE), index.wheel("torch", "2.14.1", source=index.TORCH)]), {LARGE: SIZE // 2})
    with index.served(made) as served:
        (folder / "index.txt").write_text(served.address)
        threading.Thread(target=_pass_on, args=(served, folder), daemon=True).start()
        return installed.window(SESSION, folder) | {"asked": served.asked}


def test_the_session_came_to_its_end(session):
    assert "error" not in session, session["error"]
    assert "Traceback" not in session["output"], session["output"][-3000:]
    assert session["done"][-1] == "remove"


def test_offline_it_says_which_setting_to_change(session):
    assert "turn on Allow Online Access" in session["offline"]


def test_progress_is_shown_and_a_cancel_keeps_what_came(session):
    assert any("left" in status for status in session["statuses"])
    assert session["cancelled"] == ["cancelled", "partly"]
    assert session["asked"] == ["torch-2.14.1-py3-none-any.whl", LARGE, LARGE]


def test_it_is_made_from_blenders_python_by_the_uv_of_the_zip(session):
    assert session["set_up"] == ["done", "Ready: models run on processor, 3 threads"]
    assert session["standing"] == "whole" and session["python"].startswith(session["folder"])
    assert session["uv"] == str(Path(session["folder"]) / "tools" / "uv")


def test_it_is_tested_and_removed(session):
    assert session["tested"]["versions"] == {"torch": "2.14.1", "large": "1.0"} and not session["tested"]["problems"]
    text, size = session["removed"]
    assert "freed" in text and size == 0
