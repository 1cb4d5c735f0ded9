"""A job folder tells what it holds, or says in one sentence what is wrong with it."""

import json
import os

import pytest

from engine.channel import Event
from engine.errors import ParallaxError
from engine.files import write_atomically
from engine.job import SCHEMA, Job, Layer, Result, Tile
from engine.motion import plan
from engine.settings import Settings


@pytest.fixture
def job(tmp_path):
    return Job.create(tmp_path / "job", tmp_path / "picture.png", Settings())


def refused(call, *words):
    with pytest.raises(ParallaxError) as caught:
        call()
    sentence = str(caught.value)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence
    return sentence


def result():
    settings = Settings.from_dict({"layers": 2, "heights": [40]})
    layers = tuple(Layer(f"Layer {i + 1}", i, 2.0 - i, (Tile(f"layers/{i + 1:02d}-00.png", 0, 0, 300, 90, 2),)) for i in range(2))
    return Result(plan(settings, 200, 90), layers, (40.0, 60.0), "SWAY", "a subject stands out", "BANDS", "Quilt")


def test_a_new_job_reads_back_what_was_submitted(tmp_path):
    settings = Settings.from_dict({"layers": 3, "speeds": [None, 4, 0], "direction": 37.5})
    job = Job.create(tmp_path / "deep" / "er" / "job", tmp_path / "picture.png", settings)
    assert job.read() == (tmp_path / "picture.png", settings)
    assert not job.finished() and job.read_events() == ([], 0)


def test_the_picture_s_path_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, _ = Job.create("job", "picture.png", Settings()).read()
    assert path == tmp_path / "picture.png"


def test_a_new_job_replaces_an_older_one_of_ours(job):
    for name in ("masks", "steps/0001", "layers"):
        (job.folder / name).mkdir(parents=True)
    for name in ("steps/0001/step.json", "layers/layers.json", "source.png", "events.jsonl", "cancel", "notes of the artist.txt"):
        (job.folder / name).write_text("old")
    Job.create(job.folder, job.folder / "picture.png", Settings())
    assert sorted(path.name for path in job.folder.rglob("*")) == ["job.json", "lock", "notes of the artist.txt"]


def test_a_job_file_of_another_program_is_no_job_of_ours(tmp_path):
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "painting.psd").write_text("x")
    (tmp_path / "job.json").write_text('{"my": "farm job"}')
    refused(lambda: Job.create(tmp_path, "picture.png", Settings()), "other files")
    assert (tmp_path / "layers" / "painting.psd").is_file()


def test_only_one_process_works_in_a_folder(job):
    with job.locked():
        refused(lambda: Job.create(job.folder, "picture.png", Settings()), "at work")
    Job.create(job.folder, "picture.png", Settings())


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("x")
    refused(lambda: Job.create(tmp_path / "letters", "picture.png", Settings()), "other files")
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["dear.txt"]


def test_a_file_in_the_folder_s_place_is_refused(tmp_path):
    (tmp_path / "taken").write_text("x")
    refused(lambda: Job.create(tmp_path / "taken", "picture.png", Settings()), str(tmp_path / "taken"))
    refused(lambda: Job.create(tmp_path / "taken" / "job", "picture.png", Settings()), str(tmp_path / "taken"))
    assert (tmp_path / "taken").read_text() == "x"


def test_a_folder_that_is_no_job_is_refused(tmp_path):
    refused(Job(tmp_path).read, str(tmp_path), "job.json")
    refused(Job(tmp_path / "none").read, "job.json")
    refused(Job(tmp_path).result, "no finished layers")


BROKEN = ["", "{", "[]", "null", "7", "\x00\x01", '{"schema": 1}', '{"schema": 1, "picture": 5, "settings": {}}',
          '{"schema": 1, "picture": "a.png", "settings": []}', '{"schema": 1, "picture": "a.png", "settings": null}']  # fmt: skip


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_job_file_is_refused(job, content):
    (job.folder / "job.json").write_text(content)
    refused(job.read, "job.json")


def test_a_job_file_that_is_no_text_is_refused(job):
    (job.folder / "job.json").write_bytes(b"\xff\xfe\x80" * 50)
    refused(job.read, "job.json")


@pytest.mark.parametrize("schema", [0, SCHEMA - 1, SCHEMA + 1, "1", None, 1.5])
def test_a_job_from_another_version_is_refused(job, schema):
    values = json.loads((job.folder / "job.json").read_text())
    (job.folder / "job.json").write_text(json.dumps({**values, "schema": schema}))
    refused(job.read, "version")


def test_a_bad_setting_in_a_job_file_is_named(job):
    values = json.loads((job.folder / "job.json").read_text())
    values["settings"]["smoothness"] = -1
    (job.folder / "job.json").write_text(json.dumps(values))
    refused(job.read, "Smoothness")


def test_a_result_survives_its_file(job):
    job.layers.mkdir()
    (job.layers / "layers.json").write_text(json.dumps(result().to_dict()))
    assert job.result() == result()


@pytest.mark.parametrize("broken", ["motion", "layers", "heights"])
@pytest.mark.parametrize("value", [None, 3])
def test_a_result_with_something_missing_is_refused(job, broken, value):
    job.layers.mkdir()
    values = result().to_dict()
    values[broken] = value
    (job.layers / "layers.json").write_text(json.dumps(values))
    refused(job.result, "layers.json")
    del values[broken]
    (job.layers / "layers.json").write_text(json.dumps(values))
    refused(job.result, "layers.json")


def test_a_result_from_another_version_is_refused(job):
    job.layers.mkdir()
    (job.layers / "layers.json").write_text(json.dumps({**result().to_dict(), "schema": 99}))
    refused(job.result, "version", "99")


@pytest.mark.parametrize("file", ["../secret.png", "/etc/passwd", "layers/../../secret.png", "layers/../../job-2/a.png"])
def test_a_tile_outside_of_the_folder_is_refused(job, file):
    refused(lambda: job.tile_path(Tile(file, 0, 0, 9, 9, 2)), file)


def test_a_tile_behind_a_link_that_leads_outside_is_refused(job, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    os.symlink(tmp_path / "elsewhere", job.folder / "layers")
    refused(lambda: job.tile_path(Tile("layers/01-00.png", 0, 0, 9, 9, 2)), "outside")


def test_a_tile_inside_of_the_folder_is_found(job):
    assert job.tile_path(Tile("layers/01-00.png", 0, 0, 9, 9, 2)) == (job.folder / "layers" / "01-00.png").resolve()


def test_events_are_read_as_they_come(job):
    job.append(Event("started", "Starting"))
    first, offset = job.read_events()
    job.append(Event("progress", "Zeichnet 1 – ü", 0.25, 12.5))
    job.append(Event("done", "Done", 1.0, 0.0))
    second, end = job.read_events(offset)
    assert first == [Event("started", "Starting")]
    assert second == [Event("progress", "Zeichnet 1 – ü", 0.25, 12.5), Event("done", "Done", 1.0, 0.0)]
    assert [event.last for event in second] == [False, True]
    assert job.read_events(end) == ([], end)


def test_a_line_that_is_not_yet_whole_is_read_later(job):
    job.append(Event("progress", "one"))
    whole = job.events.read_bytes()
    job.events.write_bytes(whole + whole[:25])
    events, offset = job.read_events()
    assert [event.text for event in events] == ["one"] and offset == len(whole)
    job.events.write_bytes(whole + whole)
    assert [event.text for event in job.read_events(offset)[0]] == ["one"]


def test_rubbish_among_the_events_is_passed_over(job):
    job.append(Event("progress", "before"))
    with open(job.events, "ab") as file:
        file.write(b'{"kind": "progr\n\n[1, 2]\nnull\n\xff\xfe\n{"kind": "progress", "colour": "new"}\n{"text": "no kind"}\n')
    job.append(Event("confetti", "a kind from a newer version"))
    job.append(Event("done", "after"))
    events, offset = job.read_events()
    assert [event.text for event in events] == ["before", "a kind from a newer version", "after"]
    assert not events[1].last and offset == job.events.stat().st_size


def test_an_event_after_a_line_cut_short_by_a_crash_is_not_lost(job):
    with open(job.events, "ab") as file:
        file.write(b'{"time": 1.0, "kind": "progress", "te')
    job.append(Event("error", "the sentence"))
    assert [event.text for event in job.read_events()[0]] == ["the sentence"]


def test_cancelling_is_asked_for_by_a_file(job):
    assert not job.cancel_requested()
    job.request_cancel()
    assert job.cancel_requested() and job.cancel_file.is_file()


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "layers.json"
    path.write_text("whole")

    def fail(temporary):
        temporary.write_text("ha")
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        write_atomically(path, fail)
    assert path.read_text() == "whole"
    write_atomically(path, lambda temporary: temporary.write_text("new"))
    assert path.read_text() == "new" and [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")] == ["layers.json"]
