"""What a process says while it works, waits, and is stopped."""

import threading
import time

import pytest

from engine.channel import Channel
from engine.errors import Cancelled
from engine.progress import Progress


@pytest.fixture
def channel(tmp_path):
    return Channel(tmp_path)


def told(channel):
    return [event.text for event in channel.read_events()[0]]


def wait_for(found):
    end = time.monotonic() + 30
    while not found():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def test_a_pause_has_the_card_left_once_and_ends_when_its_file_is_gone(channel):
    left = []
    progress = Progress(channel, lambda: left.append(1))
    channel.pause_file.touch()
    working = threading.Thread(target=progress.say, args=("Painting",))
    working.start()
    wait_for(lambda: any("waiting while Blender renders" in text for text in told(channel)))
    assert working.is_alive() and left == [1]
    channel.pause_file.unlink()
    working.join(30)
    assert not working.is_alive() and left == [1] and told(channel)[-1] == "Painting"


def test_a_pause_can_be_cancelled(channel):
    progress = Progress(channel, lambda: None)
    channel.pause_file.touch()
    channel.request_cancel()
    with pytest.raises(Cancelled):
        progress.say("Painting")


def test_without_a_card_to_leave_nothing_waits(channel):
    channel.pause_file.touch()
    Progress(channel).say("Painting")
    assert told(channel) == ["Painting"]


def test_a_sign_of_life_within_the_work_says_what_and_can_be_cancelled(channel):
    progress = Progress(channel)
    progress.say("Painting, fill 1 of 3")
    progress.within("40%")
    assert told(channel)[-1] == "Painting, fill 1 of 3, 40%"
    channel.request_cancel()
    with pytest.raises(Cancelled):
        progress.within("80%")


def test_every_event_names_the_device_once_it_is_known(channel):
    progress = Progress(channel)
    progress.say("Reading")
    progress.device = "NVIDIA Thing, 12 GB"
    progress.say("Painting")
    assert [event.device for event in channel.read_events()[0]] == ["", "NVIDIA Thing, 12 GB"]
