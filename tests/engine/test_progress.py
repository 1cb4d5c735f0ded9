"""What a process says while it works, waits, and is stopped."""

import threading
import time

import numpy as np
import pytest

from engine.channel import Channel
from engine.errors import Cancelled, Paused
from engine.inpaint import Hole
from engine.journal import Journal
from engine.progress import Progress
from engine.settings import Settings


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


def test_work_in_hand_is_put_down_for_a_pause_and_begun_anew(channel, tmp_path):
    """A fill that a pause interrupts is painted whole once the pause is over."""
    progress, begun = Progress(channel, lambda: None), []

    class Slow:
        name = "slow"

        def paint(self, hole):
            begun.append(1)
            if len(begun) == 1:
                channel.pause_file.touch()
                threading.Timer(0.3, channel.pause_file.unlink).start()
            progress.within("50%")
            return np.full_like(hole.picture, 7)

    blank = np.zeros((4, 4, 3), np.uint8)
    journal = Journal(tmp_path / "steps", Slow(), Settings(), blank,
                      lambda number: progress.say(f"Painting, fill {number}"), lambda *landed: None)
    assert journal.paint(Hole(blank, np.ones((4, 4), bool))).min() == 7 and len(begun) == 2
    texts = told(channel)
    assert texts.index("Painting, fill 1, waiting while Blender renders") < texts.index("Painting, fill 1, 50%")


def test_within_a_pause_raises_only_where_there_is_a_card_to_leave(channel):
    channel.pause_file.touch()
    Progress(channel).within("50%")
    with pytest.raises(Paused):
        Progress(channel, lambda: None).within("50%")


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


def test_what_was_said_to_be_done_stays_done_when_more_turns_out_to_be_left(channel):
    progress = Progress(channel)
    progress.expect(4.0)
    progress.advance(2.0)
    progress.say("Half")
    progress.revise(18.0)
    progress.say("More than was thought")
    progress.advance(9.0)
    progress.say("More than half of all")
    half, more, later = [event.done for event in channel.read_events()[0]][-3:]
    assert half == more == 0.5 and later == pytest.approx(11.0 / 20.0)
