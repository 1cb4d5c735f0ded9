"""The worker on a job folder: one run at a time, for one scene.

`tick()` is the one thing that moves it on: a timer calls it in a window, a loop calls it in scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..engine.errors import ParallaxError
from ..engine.job import Job
from . import process
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
    current = Work.launch(job, process.python("engine", str(job.folder)), process.environment(),
                          scene_uid=scene.session_uid, scene_name=scene.name)
    return current


def tick() -> bool:
    """Moves the current run on. True when a person should see something new."""
    return current.poll() if current else False
