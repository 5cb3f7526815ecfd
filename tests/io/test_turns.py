"""Turns, taken by real processes."""

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from batchwork.io.turns import turn, turns_folder

HOLDER = """
import sys, time
from batchwork.io.turns import turn
with turn(sys.argv[1]):
    print("in", time.time(), flush=True)
    time.sleep(float(sys.argv[2]))
    print("out", time.time(), flush=True)
"""


def holder(name, seconds):
    return subprocess.Popen([sys.executable, "-c", HOLDER, name, str(seconds)], stdout=subprocess.PIPE, text=True)


def test_one_at_a_time():
    both = [holder("a-test", 0.3) for _ in range(3)]
    spans = sorted(
        [float(line.split()[1]) for line in process.communicate(timeout=120)[0].split("\n")[:2]] for process in both
    )
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_others_names_do_not_wait_and_a_killed_holder_lets_go():
    held = holder("a-test", 120)
    try:
        assert held.stdout.readline().startswith("in")
        with turn("another-test"):
            pass
        held.send_signal(signal.SIGKILL)
        start = time.monotonic()
        with turn("a-test"):
            assert time.monotonic() - start < 60
    finally:
        held.kill()
        held.communicate()


def test_the_folder_is_this_users(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert turns_folder() == tmp_path / f"batchwork-{os.getuid()}"
    assert turns_folder().stat().st_mode & 0o777 == 0o700
    if os.getuid() == 0:
        os.chown(turns_folder(), 12345, -1)
        with pytest.raises(PermissionError, match="another user"):
            turns_folder()
