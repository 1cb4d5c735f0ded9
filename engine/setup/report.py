"""`python -m engine.setup.report`: what the Python that runs it can do with models, as JSON; `sentences` says it in words.

Runs in any Python from 3.11 on, with torch or without.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import json
import platform
import re
import sys
from pathlib import Path

from ..errors import ParallaxError
from ..neural import device as devices
from .cards import cards, described
from .lists import FOLDER, Lists

MARK = "REPORT "  # begins the line that holds the report, whatever packages print
# Packages without which nothing goes, and what is imported of them
MODULES = {"torch": "torch", "torchvision": "torchvision", "diffusers": "diffusers", "transformers": "transformers",
           "accelerate": "accelerate", "safetensors": "safetensors", "huggingface-hub": "huggingface_hub", "httpx2": "httpx2",
           "numpy": "numpy", "pillow": "PIL", "opencv-contrib-python-headless": "cv2"}
OLDEST = {"torch": "2.5", "diffusers": "0.40", "transformers": "5", "huggingface-hub": "2"}  # versions that the engine can call
FETCHES = "huggingface-hub", "httpx2"  # packages that fetch models
# Packages, and what cannot be used without them
SERVES = {"groundingdino-py": "the original Grounding DINO", "segment-anything": "the original Segment Anything", "timm": "MiDaS",
          "onnxruntime": "IS-Net", "peft": "LoRA", "pypatchmatch": "the fill PatchMatch", "sentencepiece": "FLUX"}
AGAIN = "set up the neural engine again"


def report(lists: Lists, wanted: str = "auto") -> dict:
    """What this Python can do. wanted: what models are to run on, one of `device.KINDS` or auto.

    python: its version. device: what models run on, for a person; kind and memory (bytes or None) of it. versions: of the locked
    packages that are here. problems: sentences about what keeps models from running. notes: sentences about the rest.
    """
    wanted_versions, versions = lists.pins(), {}
    for name in wanted_versions:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    found = {"python": platform.python_version(), "device": "", "kind": "", "memory": None, "versions": versions}
    missing = [name for name in wanted_versions if name not in versions and not _is_there(name)]
    lesser = [name for name in missing if name in SERVES and _fits(name)]
    found["notes"] = [f"{name} is missing, without which {SERVES[name]} cannot be used" for name in lesser]
    found["problems"] = _about_missing([name for name in missing if name in MODULES]) + _about_old(versions)
    if found["problems"]:
        found["notes"].insert(0, _essentials())
    found["problems"] += _about_broken([name for name in wanted_versions if name in MODULES and name not in missing])
    if "torch" in wanted_versions and not found["problems"]:
        _look_at_device(found, wanted)
    return found | {"notes": found["notes"] + _about_versions(wanted_versions, versions)}


def headline(found: dict) -> str:
    """What models run on, in one phrase."""
    return f"Ready: models run on {found['device']}" if found.get("device") else "Ready"


def sentences(found: dict) -> list[str]:
    """A report in words."""
    versions = found.get("versions", {})
    names = (("torch", "PyTorch"), ("diffusers", "Diffusers"), ("transformers", "Transformers"))
    about = [f"Python {found['python']}"] if found.get("python") else []
    about += [f"{label} {versions[name]}" for name, label in names if name in versions]
    first = [f"Models run on {found['device']}"] if found.get("device") else []
    return [*first, *([", ".join(about)] if about else []), *found.get("problems", []), *found.get("notes", [])]


def _is_there(name: str) -> bool:
    """Whether another package brings what one is imported for, as the other builds of OpenCV do."""
    return name in MODULES and importlib.util.find_spec(MODULES[name]) is not None


def _fits(name: str) -> bool:
    """Whether a package is built for this computer at all."""
    built = {("linux", "x86_64"), ("win32", "AMD64"), ("darwin", "arm64")}
    return name != "pypatchmatch" or (sys.platform, platform.machine()) in built


def _about_missing(names: list[str]) -> list[str]:
    if not names:
        return []
    verb = "is" if len(names) == 1 else "are"
    return [f"{_listed(names)} {verb} missing in the Python {sys.executable}: {AGAIN}, or install {'it' if verb == 'is' else 'them'} there"]


def _about_old(versions: dict[str, str]) -> list[str]:
    return [f"{_called(name)} {versions[name]} in the Python {sys.executable} is too old{' to fetch models' * (name in FETCHES)}: "
            f"{AGAIN}, or install {oldest} or later there"
            for name, oldest in OLDEST.items() if name in versions and _numbers(versions[name]) < _numbers(oldest)]


def _numbers(version: str) -> tuple[int, ...]:
    """What a version begins with: 2.14.1+cpu is 2, 14, 1. One that begins with no number is never too old."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else (sys.maxsize,)


def _essentials() -> str:
    """What to install into a Python of one's own, as its packages are called there."""
    names = [f"{name} ({OLDEST[name]} or later)" if name in OLDEST else name for name in MODULES]
    return f"A Python of your own needs {_and(names)}, which pip install brings; and for some models {_and(list(SERVES))}"


def _called(name: str) -> str:
    return "PyTorch" if name == "torch" else name


def _listed(names: list[str]) -> str:
    others = [_called(name) for name in names if name not in FETCHES]
    fetching = [name for name in names if name in FETCHES]
    return _and([*others, *([f"what fetching models needs ({_and(fetching)})"] if fetching else [])])


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _about_broken(names: list[str]) -> list[str]:
    problems = []
    for name in names:
        try:
            importlib.import_module(MODULES[name])
        except Exception as error:  # a damaged package may raise anything
            problems.append(f"{name} cannot be loaded ({_said(error)}): {AGAIN}")
    return problems


def _said(error: Exception) -> str:
    """The first line of an error, for a sentence."""
    return f"{type(error).__name__}: {(str(error).splitlines() or ['no more is said'])[0]}"


def _look_at_device(found: dict, wanted: str) -> None:
    """Which device models run on, and whether it can compute at all."""
    import torch

    try:
        on = devices.choose(wanted)
        small = torch.ones(4, 4, dtype=on.dtype, device=on.kind)
        right = float((small @ small).sum()) == 64.0
    except ParallaxError as error:
        found["problems"].append(str(error))
        return
    except Exception as error:
        found["problems"].append(f"The graphics card does not compute ({_said(error)}): update its driver, or set Device to Processor")
        return
    found |= {"device": on.described(), "kind": on.kind, "memory": on.memory}
    if not right:
        found["problems"].append(f"{on.name} computes wrong results: update its driver, or set Device to Processor")
    if on.kind == "cpu" and wanted == "auto":
        found["notes"].append(_about_processor())


def _about_processor() -> str:
    """Why models run on the processor, and what to do about it."""
    import torch

    there = cards()
    if not there:
        return "No graphics card was found that PyTorch can use: models run on the processor, which takes minutes instead of seconds"
    makers, version = {card.maker for card in there}, torch.__version__
    built_for = "AMD" if torch.version.hip else "NVIDIA" if torch.version.cuda else ""
    if built_for and built_for in makers:
        what = f"PyTorch {version} cannot use it: install or update its driver, then {AGAIN}"
    elif built_for:
        what = f"PyTorch {version} is built for cards of {built_for}: {AGAIN} where PyTorch's own index can be reached"
    else:
        what = f"PyTorch {version} is built without graphics cards: {AGAIN} where PyTorch's own index can be reached"
    return f"There is {described(there)}, but models run on the processor, as {what}"


def _about_versions(wanted: dict[str, str], there: dict[str, str]) -> list[str]:
    """Packages of other versions than those that were tested together; a build's own mark after the + is none."""
    other = [f"{name} {there[name]} ({wanted[name]})" for name in (*MODULES, *SERVES)
             if name in there and name in wanted and there[name].partition("+")[0] != wanted[name]]
    return [f"Other versions than those that were tried (in brackets): {', '.join(other)}"] if other else []


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine.setup.report", description="Say what this Python can do with models.")
    parser.add_argument("--lists", type=Path, default=FOLDER, metavar="FOLDER", help="where the locked lists are")
    parser.add_argument("--device", choices=("auto", *devices.KINDS), default="auto", help="what models are to run on")
    arguments = parser.parse_args()
    found = report(Lists(arguments.lists), arguments.device)
    print(MARK + json.dumps(found), flush=True)
    for sentence in sentences(found):
        print(sentence, file=sys.stderr)
    return 1 if found["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
