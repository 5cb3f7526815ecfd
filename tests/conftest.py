"""Fixtures for all tests."""

import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.commands import Ended

from batchwork.cli.main import main

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")  # how fast the machine is just now tells nothing of the code

PROJECT = Path(__file__).resolve().parent.parent
_MARK = "BATCHWORK_TEST_RUN"


@pytest.fixture
def batchwork(monkeypatch, capfd) -> Callable[..., Ended]:
    """Run a command in this process; none ever shows a traceback."""

    def run(*words, code=0):
        monkeypatch.setattr(sys, "argv", ["batchwork", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert ended.value.code == code, out + err
        assert "Traceback" not in out + err
        return Ended(code, out, err)

    return run


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Real data; where it is absent the test is skipped, or fails if BATCHWORK_REQUIRE_TEST_DATA=1."""
    folder = Path(os.environ.get("BATCHWORK_TEST_DATA") or PROJECT.parent / "shared" / "data")
    if not folder.is_dir():
        reason = f"no test data at {folder} (set BATCHWORK_TEST_DATA)"
        if os.environ.get("BATCHWORK_REQUIRE_TEST_DATA") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session", autouse=True)
def _nothing_left() -> Iterator[None]:
    """See that the whole run leaves no process and no socket behind, whoever has inherited it."""
    runtime = Path(tempfile.mkdtemp(prefix="bw-", dir="/tmp"))
    mark = uuid.uuid4().hex
    os.environ.update({"XDG_RUNTIME_DIR": str(runtime), _MARK: mark})
    for name in ("BATCHWORK_NETWORK_FS", "CUDA_VISIBLE_DEVICES"):
        os.environ.pop(name, None)
    yield
    left = _processes_of(mark)
    sockets = [path for path in runtime.rglob("*") if path.is_socket()]
    shutil.rmtree(runtime, ignore_errors=True)
    assert not left, f"processes that outlived the tests: {left}"
    assert not sockets, f"sockets that outlived the tests: {sockets}"


def _processes_of(mark: str, wait: float = 5.0) -> list[str]:
    """List the other processes whose environment carries the mark, after waiting for them to end."""
    end = time.monotonic() + wait
    while True:
        left = [told for folder in Path("/proc").glob("[0-9]*") if (told := _marked(folder, mark))]
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.1)


def _marked(folder: Path, mark: str) -> str:
    with suppress(OSError):
        if folder.name != str(os.getpid()) and f"{_MARK}={mark}".encode() in (folder / "environ").read_bytes():
            return f"{folder.name} {(folder / 'cmdline').read_bytes()[:120]!r}"
    return ""
