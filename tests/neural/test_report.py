"""What a Python says of itself: asked of the one that runs these tests, which has all that is locked."""

import sys
from pathlib import Path

import pytest

from engine.setup import report, trial
from engine.setup.environment import Environment
from engine.setup.lists import FOLDER, Lists
from tests import index


def test_a_whole_engine_has_no_problems():
    found = report.report(Lists(), "cpu")
    assert found["problems"] == [] and found["notes"] == []
    assert found["kind"] == "cpu" and found["device"].startswith("processor")
    said = report.sentences(found)
    assert said[0] == f"Models run on {found['device']}" and f"PyTorch {found['versions']['torch']}" in said[1]
    assert report.headline(found) == f"Ready: models run on {found['device']}"


def test_on_the_processor_it_says_why():
    """A computer without a graphics card for torch says so; one with a card names it."""
    found = report.report(Lists())
    assert (found["kind"] == "cpu") == any("models run on the processor" in note for note in found["notes"])


def test_other_versions_and_missing_packages_are_named(tmp_path):
    lists = Lists(index.write_lists(tmp_path / "lists", ["torch==1.0"], ["diffusers==0.1", "timm==1.0.31", "accelerate==1.15.0"]))
    found = report.report(lists, "cpu")
    assert found["problems"] == []
    assert len(found["notes"]) == 1 and "torch" in found["notes"][0] and "(1.0)" in found["notes"][0] and "timm" not in found["notes"][0]


@pytest.mark.parametrize("name, version, sentence", [
    ("huggingface-hub", "1.31.0", "huggingface-hub 1.31.0 in the Python {} is too old to fetch models: {}, or install 2 or later there"),
    ("transformers", "4.57.1", "transformers 4.57.1 in the Python {} is too old: {}, or install 5 or later there"),
    ("diffusers", "0.39.0", "diffusers 0.39.0 in the Python {} is too old: {}, or install 0.40 or later there"),
    ("torch", "2.4.1+cu121", "PyTorch 2.4.1+cu121 in the Python {} is too old: {}, or install 2.5 or later there"),
])
def test_what_is_too_old_is_a_problem_and_not_a_note(tmp_path, monkeypatch, name, version, sentence):
    """The same Python, with what another version says of itself before it."""
    about = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = report.report(Lists(), "cpu")
    assert found["problems"] == [sentence.format(sys.executable, report.AGAIN)]
    assert found["notes"][0].startswith("A Python of your own needs torch (2.5 or later), torchvision, diffusers (0.40 or later), ")
    assert "huggingface-hub (2 or later), httpx2, " in found["notes"][0]


def test_a_damaged_package_is_a_sentence(tmp_path, monkeypatch):
    """The same Python, with something in the way of one of its packages."""
    (tmp_path / "diffusers").mkdir()
    (tmp_path / "diffusers" / "__init__.py").write_text("import nothing_of_that_name")
    environment = Environment(tmp_path / "neural")
    variables = environment.variables()
    monkeypatch.setattr(Environment, "variables", lambda self: {**variables, "PYTHONPATH": f"{tmp_path}:{variables['PYTHONPATH']}"})
    found = trial.trial(Path(sys.executable), environment, "cpu", lambda: None)
    (problem,) = found["problems"]
    assert "diffusers cannot be loaded (ModuleNotFoundError" in problem and "set up the neural engine again" in problem


@pytest.mark.parametrize("name", ["torch", "pillow", "groundingdino-py"])
def test_every_name_that_is_explained_is_in_the_lists(name):
    pins = Lists(FOLDER).pins()
    assert name in pins and set(report.MODULES) | set(report.SERVES) <= set(pins)
