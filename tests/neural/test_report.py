"""What a Python says of itself: asked of the one that runs these tests, which has all that is locked."""

import sys
from pathlib import Path

import pytest

from engine.neural import report
from engine.setup import trial
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
