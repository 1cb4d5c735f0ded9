"""The film in a real window: sound, effects and colour laid into the edit, changed by hand, and written in the background."""

from pathlib import Path

import pytest

SESSION = Path(__file__).with_name("edit_session.py")


@pytest.fixture(scope="module")
def session(installed, tmp_path_factory):
    """What a session in the window has reported."""
    folder = tmp_path_factory.mktemp("edit")
    installed.blotches(folder, 320, 200)
    return installed.window(SESSION, folder, "--enable-event-simulate")


def test_the_session_came_to_its_end(session):
    assert "error" not in session, session["error"]
    assert "Traceback" not in session["output"], session["output"][-3000:]
    assert session["done"][-1] == "reload"


def test_a_sound_is_heard_or_it_is_said_why_not(session):
    playing, notice = session["preview"]
    assert playing or notice == "There is no audio device here: see Preferences > System > Sound"


def test_update_edit_lays_strips_once_their_files_are_made(session):
    assert session["made"][0] == "done"
    kinds = {kind for _, kind in session["strips"]}
    assert {"SCENE", "SOUND", "ADJUSTMENT"} <= kinds


def test_laying_is_one_undoable_step(session):
    names = [name for name, _ in session["strips"]]
    assert len(session["undo"]) < len(names)
    assert session["redo"] == names


def test_what_was_changed_by_hand_stays(session):
    assert session["by hand"] == [True, 0.25]


def test_the_camera_view_is_centred_on_another_frame(session):
    assert session["centred"] == [True, [0.0, 0.0]]


def test_the_edit_is_opened_in_a_sequencer_of_its_own(session):
    assert session["opened"] == ["SEQUENCE_EDITOR", "SEQUENCER_PREVIEW"]
    assert session["pinned"] == [True, True]


def test_the_loudness_is_set_as_far_as_the_peaks_allow(session):
    assert session["loudness"] == "done"
    wanted, ceiling = pytest.approx(-14.0, abs=0.5), pytest.approx(-1.0, abs=0.5)
    assert session["LUFS"] == wanted or session["LUFS"] < -14.0 and session["peak"] == ceiling


def test_return_in_the_dialog_has_what_is_missing_painted(session):
    state, strips = session["turned"]
    assert state == "done"
    assert "My Title" in strips


def test_the_film_and_its_edition_are_written_in_the_background(session):
    assert session["exported"][0] == "done", session["exported"][1]
    assert any("left" in status for status in session["statuses"])
    assert {"film.mp4", "film_pingpong.mp4"} <= set(session["files"])
    assert not [name for name in session["files"] if "partial" in name or "frames" in name]
    assert session["lengths"] == [session["frames"], 2 * session["frames"] - 2]


def test_a_cancelled_export_leaves_nothing(session):
    assert session["cancelled"] == ["cancelled", []]


def test_a_file_that_is_opened_again_is_as_it_was_saved(session):
    stale, strips = session["reloaded"]
    assert not stale
    assert "My Title" in strips
