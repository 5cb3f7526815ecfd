"""A small sweep that was really simulated."""

import pytest
from tests.tactile.recording import record


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """Its folder; tests that change something copy it."""
    folder = tmp_path_factory.mktemp("recorded") / "touch"
    record(folder)
    return folder
