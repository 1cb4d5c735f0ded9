"""What models have answered about pictures, kept where a job goes on."""

import numpy as np
import pytest

from engine.neural.answers import Answers
from engine.neural.store import identity

PICTURE = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


class Asked:
    """Answers with another number each time."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return {"answer": np.full((2, 2), self.times, np.float32), "words": np.array(["a church"])}


@pytest.mark.parametrize("on_disk", [True, False])
def test_a_question_about_the_same_picture_is_answered_once(tmp_path, on_disk):
    answers, asked = Answers(tmp_path if on_disk else None), Asked()
    first = answers.of("depth by a", PICTURE, asked)
    assert answers.of("depth by a", PICTURE.copy(), asked)["answer"].tolist() == first["answer"].tolist() and asked.times == 1
    answers.of("depth by b", PICTURE, asked)
    answers.of("depth by a", PICTURE + 1, asked)
    assert asked.times == 3


def test_another_run_sees_the_same_to_the_bit(tmp_path):
    asked = Asked()
    first = Answers(tmp_path).of("depth", PICTURE, asked)
    again = Answers(tmp_path).of("depth", PICTURE, asked)
    assert asked.times == 1 and again["answer"].tobytes() == first["answer"].tobytes() and str(again["words"][0]) == "a church"


@pytest.mark.parametrize("damage", [b"", b"nonsense", np.array([{}], dtype=object)])
def test_what_is_damaged_or_carries_objects_is_asked_again(tmp_path, damage):
    asked = Asked()
    Answers(tmp_path).of("depth", PICTURE, asked)
    file = next(tmp_path.glob("*.npz"))
    if isinstance(damage, bytes):
        file.write_bytes(damage)
    else:
        with open(file, "wb") as target:
            np.savez(target, answer=damage)
    assert Answers(tmp_path).of("depth", PICTURE, asked)["answer"][0, 0] == 2.0


def test_a_model_is_known_by_what_is_in_its_files_wherever_they_are(tmp_path):
    made = []
    for place, weights in (("a/m", b"x" * 200_000), ("b/m", b"x" * 200_000), ("c/m", b"x" * 199_999 + b"y")):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(weights)
        (folder / "notes.md").write_text(place)
        made.append(identity(folder))
    assert made[0] == made[1] != made[2]
