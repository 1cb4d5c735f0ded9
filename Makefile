# Everything a person does with this project. Needs only Python 3.11 (the Python of the bpy wheels); all else is set up on first use.

PYTHON ?= python3.11
# The bpy wheel that demo, bench and package run in, and more of them for test-all
BPY ?= 5.0.1
OLDER ?= 4.2.23 4.5.15
# A real Blender's command line, for test-window
BLENDER ?=
# For demo: without a picture, our own example; with FILM, Dresden by moonlight
FILM ?=
PICTURE ?=
EXAMPLE := tests/pictures/harbour.jpg
OUT ?= out/demo
ARGS ?=

engine := .venv
bpy    := .venv-bpy-$(BPY)
bench  := .venv-bench
neural := .venv-neural

# A file's tests stay together, as they share what its fixtures have made
pytest := -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

# Whole jobs with models, started by Blender: a part of test-neural
with-models := tests/scene/test_neural_job.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help test test-all test-engine test-neural test-window lint bench demo gallery wheels package validate clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / {sub("%", "VERSION", $$1); printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

test: test-engine test-bpy-$(BPY) ## the engine, the scene and the zips

test-all: test test-neural $(OLDER:%=test-bpy-%) $(if $(BLENDER),test-window) ## also models, older bpy wheels, and BLENDER="path" in its window

test-engine: $(engine)/.ready ## the engine, without Blender
	$(engine)/bin/python $(pytest) tests/engine

test-neural: $(neural)/.ready $(bpy)/.ready ## models, tiny ones with random weights, and whole jobs with them
	OMP_NUM_THREADS=1 $(neural)/bin/python $(pytest) tests/neural # on more threads, models as small as these are half as fast
	$(bpy)/bin/python $(pytest) $(with-models)

test-bpy-%: .venv-bpy-%/.ready $(neural)/.ready wheels ## the scene and the zips, in this version of the bpy wheel
	.venv-bpy-$*/bin/python $(pytest) tests/scene tests/package --ignore $(with-models)

test-window: $(engine)/.ready package ## the built zip in a real Blender: BLENDER="path"
	BLENDER="$(BLENDER)" $(engine)/bin/python -m pytest tests/window

lint: $(engine)/.ready ## ruff
	$(engine)/bin/ruff check .

bench: $(bench)/.ready $(neural)/.ready ## seconds and memory of every stage, frames per second, and how near the truth
	$(bench)/bin/python -m tests.bench "$(or $(PICTURE),$(EXAMPLE))" $(ARGS)
	$(neural)/bin/python -m tests.bench.neural

demo: $(bpy)/.ready ## a parallax without a window: PICTURE=... OUT=folder ARGS="--set name=value"; FILM=1 for one with all that the edit can do
	$(bpy)/bin/python -m tools.demo --picture "$(PICTURE)" --out "$(OUT)" $(if $(FILM),--film) $(ARGS)

gallery: $(engine)/.ready ## pictures of many kinds with the default settings, on contact sheets: OUT=folder ARGS="--only name --set name=value"
	$(engine)/bin/python -m tools.gallery --out "$(if $(filter file,$(origin OUT)),out/gallery,$(OUT))" $(ARGS)

wheels: $(engine)/.ready ## fetch the bundled wheels and check their hashes
	$(engine)/bin/python wheels/fetch.py

package: $(bpy)/.ready wheels ## one zip per platform, in dist/
	mkdir -p dist
	$(bpy)/bin/python tools/extension.py build --split-platforms --source-dir . --output-dir dist

validate: $(bpy)/.ready ## check the manifest as Blender does
	$(bpy)/bin/python tools/extension.py validate .

clean: ## remove all that make has made, except the pictures and videos in out/
	rm -rf .venv .venv-* .cache-neural dist wheels/*.whl .pytest_cache .ruff_cache

# An environment is ready when its stamp is newer than what it was made from.

install = $(@D)/bin/python -m pip install --quiet --disable-pip-version-check
opencv := tests/requirements-opencv.txt

$(engine)/.ready: tests/requirements.txt $(opencv)
	$(PYTHON) -m venv $(@D)
	$(install) -r $<
	$(install) --no-deps -r $(opencv)
	touch $@

$(bench)/.ready: tests/requirements-bench.txt $(opencv)
	$(PYTHON) -m venv $(@D)
	$(install) bpy==$(BPY) -r $<
	$(install) --no-deps -r $(opencv)
	touch $@

# As the extension itself sets it up, but for uv: torch with what it depends on, then all else as it is locked
$(neural)/.ready: engine/neural/requirements-torch.txt engine/neural/requirements.txt tests/requirements-neural.txt
	$(PYTHON) -m venv $(@D)
	$(install) -r engine/neural/requirements-torch.txt
	$(install) --no-deps -r engine/neural/requirements.txt
	$(install) -r tests/requirements-neural.txt
	touch $@

.venv-bpy-%/.ready: tests/requirements-bpy.txt $(opencv)
	$(PYTHON) -m venv $(@D)
	$(install) bpy==$* -r $<
	$(install) --no-deps -r $(opencv)
	touch $@
