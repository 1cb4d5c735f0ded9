"""Programs that lie beside a model's weights are never run, nor is anybody asked whether they may be."""

import json

import pytest

from engine.errors import ParallaxError
from engine.neural import describe, nearness
from engine.neural.store import Found


@pytest.mark.parametrize(("load", "kinds"), [
    (describe.load, ("AutoModelForImageTextToText", "AutoProcessor")), (nearness.load, ("AutoModelForDepthEstimation",)),
])
def test_a_models_own_program_is_not_run(monkeypatch, tmp_path, load, kinds):
    (tmp_path / "config.json").write_text(json.dumps(
        {"model_type": "another", "auto_map": {"AutoConfig": "own.Config", **{kind: "own.Model" for kind in kinds}}}))
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w').close()\n")
    asked = []
    monkeypatch.setattr("builtins.input", lambda *text: asked.append(text) or "y")
    with pytest.raises(ParallaxError, match="fetch it again, or choose another"):
        load(Found(tmp_path))
    assert not asked and not (tmp_path / "run").exists()
