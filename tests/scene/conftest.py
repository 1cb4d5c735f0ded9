import pytest

from tests import harness

harness.prepare()  # before any test module imports bpy


@pytest.fixture(scope="session")
def extension():
    """The extension's root module, enabled once for all tests."""
    return harness.enable()


@pytest.fixture
def blank(extension):
    """An empty file with the extension enabled."""
    harness.blank()
