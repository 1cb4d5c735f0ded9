"""The Parallax tab in a real window, from choosing a picture to the video, and what can happen on the way."""

from pathlib import Path

import pytest

SESSION = Path(__file__).with_name("panel_session.py")


@pytest.fixture(scope="module")
def session(installed, tmp_path_factory):
    """What a session in the window has reported."""
    folder = tmp_path_factory.mktemp("window")
    installed.blotches(folder, 640, 400)
    return installed.window(SESSION, folder)


def test_the_session_came_to_its_end(session):
    assert "error" not in session, session["error"]
    assert "Traceback" not in session["output"], session["output"][-3000:]
    assert session["done"][-1] == "split_and_generate"


def test_the_tab_is_there(session):
    assert session["tab"] == "Parallax"


def test_without_a_picture_it_says_so(session):
    assert "Choose a picture first" in session["refusal"]


def test_generating_shows_how_it_goes_and_ends_in_the_camera(session):
    assert session["state"] == "done"
    assert any("left" in status for status in session["statuses"])
    assert session["view"] == ["CAMERA", 1]
    assert session["planes"] == 5


def test_space_bar_plays(session):
    assert session["played"]


def test_building_is_one_undoable_step(session):
    assert (session["undo"], session["redo"]) == (False, True)


def test_the_video_is_rendered(session):
    assert session["video"] == 12


def test_a_split_is_shown_and_then_painted(session):
    preview, built, layers = session["split"]
    assert (preview, built) == (True, False) and layers >= 1
    assert session["painted"] == [False, True, layers]
    assert session["lifted"] == ["Object 1"]


def test_cancel_and_resume(session):
    assert (session["cancelled"], session["resumed"]) == ("cancelled", "done")
