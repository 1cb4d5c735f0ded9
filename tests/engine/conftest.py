"""What the engine's tests share: jobs that ran once and are looked at by many tests."""

import json

import pytest

from engine import worker
from engine.job import Job
from tests.engine import scenes
from tests.support.settings import plain


def run_job(folder, picture, **settings):
    """Runs a job in this process and gives its folder back."""
    job = Job.create(folder, picture, plain(settings))
    ending = worker.run(job).kind
    assert ending == "done", job.read_events()[0][-1].text
    return job.folder


@pytest.fixture(scope="session")
def painted(tmp_path_factory):
    """painted(scene, **settings): the folder of a finished job of a scene's first frame. It must not be changed."""
    made = {}

    def paint(scene, **settings):
        key = id(scene), json.dumps(settings, sort_keys=True)
        if key not in made:
            place = tmp_path_factory.mktemp("job")
            picture = scenes.save(scene.source, place / "picture.png")
            values = {"layers": len(scene.tops), "heights": scene.heights, **settings}
            made[key] = scene, run_job(place / "job", picture, **values)  # the scene is kept, so that its id stays its own
        return made[key][1]

    return paint


@pytest.fixture(scope="session")
def landscape():
    return scenes.scene(160, 96)
