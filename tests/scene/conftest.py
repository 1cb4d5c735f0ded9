import signal

import pytest

from tests import harness

harness.prepare()  # before any test module imports bpy
signal.signal(signal.SIGINT, signal.default_int_handler)  # which workers of xdist ignore, and so would the commands that tests start


@pytest.fixture(scope="session")
def extension():
    """The extension's root module, enabled once for all tests."""
    return harness.enable()


@pytest.fixture
def untouched(extension):
    """An empty file with the extension enabled, and all settings at their defaults."""
    harness.blank()


@pytest.fixture
def blank(untouched):
    """An empty file whose scene is not left to automatic choices: bands, and the motion that is set."""
    import bpy

    from tests.scene import studio

    studio.choose_plainly(bpy.context.scene)


STATUS = pytest.StashKey[int]()


def pytest_sessionfinish(session, exitstatus):
    session.config.stash[STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """All is reported by now. Where the session never began, pytest ends by itself."""
    if STATUS in config.stash:
        harness.leave(config.stash[STATUS])
