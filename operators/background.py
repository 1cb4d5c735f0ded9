"""The worker on a job folder: one run at a time, for one scene.

`tick()` is the one thing that moves it on: a timer calls it in a window, a loop calls it in scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..engine import parent
from ..engine.errors import ParallaxError
from ..engine.job import Job
from . import neural_python, process
from .process import CANCELLED, DONE, FAILED, RUNNING, Process

__all__ = ["CANCELLED", "DONE", "FAILED", "RUNNING"]  # how a run stands, for those who know only this module


@dataclass(kw_only=True)
class Work(Process):
    """One run of the worker on a job folder, for one scene. built: its scene is made."""

    WHO: ClassVar[str] = "The worker"
    AGAIN: ClassVar[str] = "Resume goes on from the last step"
    STOPPED: ClassVar[str] = "Cancelled; Resume goes on from here"

    scene_uid: int
    scene_name: str
    built: bool = False

    @property
    def job(self) -> Job:
        return self.channel

    def _place(self) -> str:
        return "the folder"


current: Work | None = None  # the run in progress, or the last one


def start(job: Job, scene) -> Work:
    """Starts, or resumes, the worker on a job folder."""
    global current
    if current and current.running:
        raise ParallaxError("A parallax is being generated already: wait for it or cancel it first")
    current = Work.launch(job, *_program(job), scene_uid=scene.session_uid, scene_name=scene.name)
    return current


def _program(job: Job) -> tuple[list[str], dict[str, str]]:
    """Command and environment of the worker: with models in the neural engine's Python, else in Blender's own.

    Raises ParallaxError where there is no neural engine and the job cannot do without models; one that can goes without and says so.
    """
    settings = job.read()[1]
    python = neural_python.python() if neural_python.wanted(settings, job.only) else None
    if python:
        return [str(python), "-m", "engine", str(job.folder), parent.FLAG], neural_python.variables()
    neural_python.check(settings, job.only)
    return process.python("engine", str(job.folder)), {**process.environment(), **neural_python.light_variables()}


def tick() -> bool:
    """Moves the current run on. True when a person should see something new."""
    return current.poll() if current else False
