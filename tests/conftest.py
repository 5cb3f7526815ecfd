"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Real data; where it is absent the test is skipped, or fails if BATCHWORK_REQUIRE_TEST_DATA=1."""
    folder = Path(os.environ.get("BATCHWORK_TEST_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        reason = f"no test data at {folder} (set BATCHWORK_TEST_DATA)"
        if os.environ.get("BATCHWORK_REQUIRE_TEST_DATA") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
