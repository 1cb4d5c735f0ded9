"""The worker as a process of its own: killed, cancelled, resumed, and with all that can be wrong around it."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.job import Job
from engine.settings import SalientObject, Settings
from tests.engine import scenes
from tests.support.settings import plain

ROOT = Path(__file__).parents[2]
SCENE = scenes.scene(160, 96, layers=3)
KINDS = {
    "repeat": {"direction": 37.0, "seams": "PAINT"},
    "fresh": {"content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": 6, "direction": 160.0},
}
PATIENCE = 120  # seconds until a process that should end or go on is thought to hang


def create(folder, picture, **settings):
    values = {"layers": 3, "heights": SCENE.heights, "fps": 12.0, **settings}
    return Job.create(folder, picture, plain(values))


def start(job, *more, **options):
    options = {"stdin": subprocess.DEVNULL, **options}
    return subprocess.Popen([sys.executable, "-m", "engine", str(job.folder), *more], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)  # fmt: skip


def run(job):
    """Exit code and all that was written to the terminal."""
    process = start(job)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out + err


def steps(job):
    """The finished steps: name and, of each file, what changes when it is written anew."""
    return {path.name: [(file.name, file.stat().st_mtime_ns, file.stat().st_ino) for file in sorted(path.iterdir())]
            for path in job.steps.glob("[0-9]*")}  # fmt: skip


def wait_for_steps(job, process, count):
    """Until that many steps are finished, or the process has ended."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and len(steps(job)) < count:
        assert time.monotonic() < end, "the worker hangs"
        time.sleep(0.002)


def contents(folder):
    """Every file under a folder that counts as written, by its path; of the hidden ones, which a killed process may leave, none."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            found[str(name)] = path.read_bytes()
    return found


def same_result(job, reference):
    assert contents(job.layers) == contents(reference.layers)
    assert contents(job.labels.parent) == contents(reference.labels.parent)
    assert job.source.read_bytes() == reference.source.read_bytes()
    mine, theirs = contents(job.steps), contents(reference.steps)
    assert list(mine) == list(theirs)
    for name, data in mine.items():
        if name.endswith(".png"):
            assert data == theirs[name], name
        else:  # how long a step took differs
            assert {**json.loads(data), "seconds": 0} == {**json.loads(theirs[name]), "seconds": 0}


def last_event(job):
    events, _ = job.read_events()
    assert sum(event.last for event in events) >= 1
    return events[-1]


def failed(job, *words):
    """Runs the job, which must fail by one sentence with these words, in the last event and on the terminal."""
    code, terminal = run(job)
    event = last_event(job)
    assert (code, event.kind) == (1, "error"), terminal
    assert "\n" not in event.text and any(word in event.text for word in words), event.text
    assert "Traceback" not in terminal and "should not" not in event.text
    assert event.text in terminal
    assert not job.finished()
    return event.text


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    return scenes.save(SCENE.source, tmp_path_factory.mktemp("picture") / "picture.png")


@pytest.fixture(scope="module")
def whole(tmp_path_factory, picture):
    """Jobs of each kind that ran without interruption. They must not be changed."""
    jobs = {}
    for kind, settings in KINDS.items():
        jobs[kind] = create(tmp_path_factory.mktemp("whole") / "job", picture, **settings)
        assert run(jobs[kind])[0] == 0
        assert len(steps(jobs[kind])) >= 5
    return jobs


def copied(job, folder):
    shutil.copytree(job.folder, folder)
    return Job(folder)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_again_and_again_it_ends_with_the_same_bytes_and_paints_no_step_twice(tmp_path, picture, whole, kind, seed):
    chance = random.Random(seed)
    job = create(tmp_path / "job", picture, **KINDS[kind])
    kills = 0
    while True:
        before = steps(job)
        process = start(job)
        if chance.random() < 0.25:
            time.sleep(chance.uniform(0.0, 0.6))  # while it starts and reads
        else:
            wait_for_steps(job, process, len(before) + chance.randint(1, 3))
            time.sleep(chance.uniform(0.0, 0.08))
        process.kill()
        process.communicate()
        after = steps(job)
        assert {name: after[name] for name in before} == before
        for event in job.read_events()[0]:
            assert event.kind != "error"
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        kills += 1
    assert kills >= 2
    same_result(job, whole[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_running_a_finished_job_again_changes_nothing(tmp_path, whole, kind):
    job = copied(whole[kind], tmp_path / "job")
    before = steps(job)
    assert run(job)[0] == 0
    assert steps(job) == before
    same_result(job, whole[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_cancelling_ends_between_steps_and_resuming_goes_on(tmp_path, picture, whole, kind):
    job = create(tmp_path / "job", picture, **KINDS[kind])
    process = start(job)
    wait_for_steps(job, process, 2)
    job.request_cancel()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 3 and last_event(job).kind == "cancelled"
    assert not job.finished()
    before = steps(job)
    assert 2 <= len(before) < len(steps(whole[kind]))
    assert run(job)[0] == 0 and last_event(job).kind == "done"
    assert {name: steps(job)[name] for name in before} == before
    assert not job.cancel_requested()
    same_result(job, whole[kind])


def test_a_second_worker_leaves_the_first_one_s_folder_alone(tmp_path, picture):
    job = create(tmp_path / "job", picture)
    with job.locked():
        code, terminal = run(job)
    assert code == 1 and "at work" in terminal and "Traceback" not in terminal
    assert contents(job.folder).keys() == {"job.json", "lock"}


def test_a_worker_whose_parent_goes_away_ends(tmp_path, picture, whole):
    job = create(tmp_path / "job", picture, **KINDS["fresh"])
    process = start(job, "--watch-stdin", stdin=subprocess.PIPE)
    wait_for_steps(job, process, 1)
    process.stdin.close()
    process.wait(timeout=PATIENCE)
    process.stdout.close()
    process.stderr.close()
    assert process.returncode not in (0, 1) and not job.finished()
    assert run(job)[0] == 0
    same_result(job, whole["fresh"])


def test_a_worker_whose_parent_stays_ends_by_itself(tmp_path, picture, whole):
    job = create(tmp_path / "job", picture, **KINDS["repeat"])
    process = start(job, "--watch-stdin", stdin=subprocess.PIPE)
    assert process.wait(timeout=PATIENCE) == 0
    process.communicate()
    same_result(job, whole["repeat"])


def damage_nothing_left(step):
    for file in step.iterdir():
        file.unlink()


def damage_cut_short(step):
    data = (step / "result.png").read_bytes()
    (step / "result.png").write_bytes(data[: len(data) // 2])


def damage_empty(step):
    (step / "result.png").write_bytes(b"")


def damage_header(step):
    data = (step / "result.png").read_bytes()
    (step / "result.png").write_bytes(data[:20] + b"\xff\xff" + data[22:])


def damage_of_another_size(step):
    scenes.save(SCENE.source[:10, :10], step / "result.png")


def damage_description(step):
    (step / "step.json").write_text('{"asked": ')


def damage_other_question(step):
    values = json.loads((step / "step.json").read_text())
    (step / "step.json").write_text(json.dumps({**values, "asked": "0" * 32}))


DAMAGES = [damage_nothing_left, damage_cut_short, damage_empty, damage_header]
DAMAGES += [damage_of_another_size, damage_description, damage_other_question]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_step_is_painted_anew(tmp_path, whole, damage):
    job = copied(whole["fresh"], tmp_path / "job")
    damage(job.steps / "0003")
    assert run(job)[0] == 0
    same_result(job, whole["fresh"])


def test_steps_of_other_settings_are_not_used(tmp_path, picture, whole):
    other = create(tmp_path / "other", picture, **KINDS["fresh"], seed=5)
    shutil.copytree(whole["fresh"].steps, other.steps, dirs_exist_ok=True)
    assert run(other)[0] == 0
    clean = create(tmp_path / "clean", picture, **KINDS["fresh"], seed=5)
    assert run(clean)[0] == 0
    same_result(other, clean)
    assert contents(other.layers) != contents(whole["fresh"].layers)


def test_a_job_folder_that_was_moved_goes_on(tmp_path, picture, whole):
    job = create(tmp_path / "job", picture, **KINDS["fresh"])
    process = start(job)
    wait_for_steps(job, process, 2)
    process.kill()
    process.communicate()
    before = steps(job)
    os.rename(job.folder, tmp_path / "elsewhere, with spaces – ü")
    moved = Job(tmp_path / "elsewhere, with spaces – ü")
    assert run(moved)[0] == 0
    assert {name: steps(moved)[name] for name in before} == before
    same_result(moved, whole["fresh"])


def test_a_picture_that_is_gone_is_not_needed_to_go_on(tmp_path, whole):
    own = scenes.save(SCENE.source, tmp_path / "own.png")
    job = create(tmp_path / "job", own, **KINDS["repeat"])
    process = start(job)
    wait_for_steps(job, process, 1)
    process.kill()
    process.communicate()
    own.unlink()
    assert run(job)[0] == 0
    same_result(job, whole["repeat"])


def test_a_missing_picture_is_one_sentence(tmp_path):
    failed(create(tmp_path / "job", tmp_path / "none.png"), "no picture")


def test_a_picture_cut_short_is_one_sentence(tmp_path, picture):
    data = picture.read_bytes()
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    failed(create(tmp_path / "job", tmp_path / "cut.png"), "damaged")


def test_a_source_in_the_job_that_is_cut_short_is_one_sentence_or_read_anew(tmp_path, whole):
    job = copied(whole["repeat"], tmp_path / "job")
    data = job.source.read_bytes()
    job.source.write_bytes(data[: len(data) // 2])
    shutil.rmtree(job.layers)
    assert run(job)[0] == 0
    same_result(job, whole["repeat"])


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"schema": 1}', '{"schema": 99, "picture": "a", "settings": {}}',
                                     '{"schema": 1, "picture": "a", "settings": {"layers": -4}}'])  # fmt: skip
def test_a_broken_job_file_is_one_sentence(tmp_path, picture, content):
    job = create(tmp_path / "job", picture)
    (job.folder / "job.json").write_text(content)
    failed(job, "job.json", "Layers")


def test_no_job_file_and_no_job_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    failed(Job(tmp_path / "empty"), "job.json")
    code, terminal = run(Job(tmp_path / "none"))
    assert code == 1 and str(tmp_path / "none") in terminal and "Traceback" not in terminal
    assert not (tmp_path / "none").exists()


def test_a_setting_that_asks_for_the_impossible_is_one_sentence(tmp_path, picture):
    failed(create(tmp_path / "job", picture, speeds=[0, 0, 0]), "move")


@pytest.mark.parametrize("place", ["layers", "steps", "masks"])
def test_a_file_where_a_folder_should_be_is_one_sentence(tmp_path, picture, place):
    job = create(tmp_path / "job", picture)
    (job.folder / place).write_text("in the way")
    failed(job, "Cannot write")
    assert (job.folder / place).read_text() == "in the way"


@pytest.mark.parametrize("place", ["source.png", "masks/labels.png", "layers/layers.json", "layers/01-00.png"])
def test_a_folder_where_a_file_should_be_is_one_sentence(tmp_path, picture, place):
    job = create(tmp_path / "job", picture)
    (job.folder / place / "deep").mkdir(parents=True)
    failed(job, "Cannot write")


def test_events_that_cannot_be_written_are_one_sentence_on_the_terminal(tmp_path, picture):
    job = create(tmp_path / "job", picture)
    job.events.mkdir()
    code, terminal = run(job)
    assert code == 1 and "Cannot write" in terminal and "Traceback" not in terminal


@pytest.fixture
def small_disk(tmp_path):
    """small_disk(size): a folder on a file system of that many bytes, at first or again."""
    place = tmp_path / "disk"
    place.mkdir()

    def disk(size):
        again = ["remount,"] if os.path.ismount(place) else [""]
        command = ["mount", "-t", "tmpfs", "-o", f"{again[0]}size={size}", "tmpfs", str(place)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("mounting a small file system needs Linux and root")
        return place

    yield disk
    if os.path.ismount(place):
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("room", [16, 40, 100])
def test_a_full_disk_is_one_sentence_and_with_more_room_it_goes_on(small_disk, picture, whole, kind, room):
    job = create(small_disk(room * 1024) / "job", picture, **KINDS[kind])
    code, terminal = run(job)
    assert code == 1 and "Traceback" not in terminal
    assert "Cannot write" in terminal and "No space" in terminal
    assert not job.finished()
    event = job.read_events()[0][-1]
    assert event.kind == "error" and "No space" in event.text and "should not" not in event.text
    before = steps(job)
    small_disk(64 * 1024 * 1024)
    assert run(job)[0] == 0
    assert {name: steps(job)[name] for name in before} == before
    same_result(job, whole[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_events_tell_how_it_goes(whole, kind):
    events, _ = whole[kind].read_events()
    assert events[0].kind == "started" and events[-1].kind == "done"
    assert sum(event.last for event in events) == 1
    shares = [event.done for event in events if event.kind == "progress"]
    assert all(0.0 <= share <= 1.0 for share in shares) and max(shares) > 0.1
    assert (events[-1].done, events[-1].seconds_left) == (1.0, 0.0)
    working = shares[1:]  # the first is of reading the picture
    assert working == sorted(working)
    assert all(event.seconds_left is None or event.seconds_left >= 0.0 for event in events)
    assert all(event.text for event in events)


def test_a_picture_is_scaled_down_when_asked_and_the_artist_is_told(tmp_path, picture):
    job = create(tmp_path / "job", picture, max_width=81)
    assert run(job)[0] == 0
    motion = job.result().motion
    assert (motion.width, motion.height) == (81, 49)
    assert any(event.kind == "warning" and "81 x 49" in event.text for event in job.read_events()[0])
    finished = scenes.Finished(job.folder)
    assert not finished.see(finished.frames / 2)[1].any()


def test_the_settings_are_not_changed_by_the_worker(whole, picture):
    path, settings = whole["repeat"].read()
    assert path == picture and settings == plain({"layers": 3, "heights": SCENE.heights, "fps": 12.0, **KINDS["repeat"]})


def single_layer(folder, **settings):
    """A job for noise, which nothing can part into layers, and the matte of a subject in it."""
    picture = np.random.default_rng(5).integers(0, 256, (90, 140, 3), dtype=np.uint8)
    matte = np.zeros((90, 140), np.uint8)
    matte[30:, 50:90] = 255
    Image.fromarray(picture).save(folder / "noise.png")
    Image.fromarray(matte).save(folder / "matte.png")
    return Job.create(folder / "job", folder / "noise.png", Settings(**settings)), picture, matte


def test_a_subject_found_before_a_single_layer_is_nearer_than_it(tmp_path):
    job, picture, matte = single_layer(tmp_path)
    job.seen.mkdir(parents=True, exist_ok=True)  # as if it had been found on a computer that has a model
    Image.fromarray(matte).save(job.seen / f"subject-{hashlib.blake2b(picture, digest_size=8).hexdigest()}-elsewhere.png")
    code, said = run(job)
    assert code == 0, said
    result = job.result()
    layer, subject = result.layers
    assert result.style == "SWAY" and result.reason == "a subject stands out"
    (slow, _), (fast, _) = result.motion.velocities
    assert fast / slow == pytest.approx(1.6) and layer.distance / subject.distance == pytest.approx(1.6)


def test_a_subject_moves_with_a_single_layer_where_the_artist_says_so(tmp_path):
    subject = SalientObject(name="Hero", subject=True, motion="LAYER", mask=str(tmp_path / "matte.png"))
    job, _, _ = single_layer(tmp_path, objects=(subject,))
    code, said = run(job)
    assert code == 0, said
    result = job.result()
    assert result.style == "PUSH_IN" and result.motion.velocities[0] == result.motion.velocities[1]
    assert result.layers[0].distance == result.layers[1].distance
