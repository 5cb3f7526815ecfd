"""All phases through one queue, with workers that hang and workers that are killed."""

import re
import signal
import subprocess
import time

import pytest
from tests.commands import PROGRAM

SCORER = '''
import os, signal, time
import numpy as np
from batchwork.tomo.kernels.scorers import Judgement

class Strange:
    """Sure of the middle; but who asks first meets with a mishap."""

    def judge(self, slice_, grid):
        try:
            os.close(os.open({marker!r}, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return Judgement(grid.middle, 1.0, np.array([]), np.array([]))
        {mishap}
'''


@pytest.fixture
def strange(tmp_path):
    """Write a scorer with a mishap, and give its reference."""

    def write(mishap):
        path = tmp_path / "strange.py"
        path.write_text(SCORER.format(marker=str(tmp_path / "met"), mishap=mishap))
        return f"{path}:Strange"

    return write


def states(batchwork, scans, step):
    items = batchwork("tomo", "cors", scans.folder, "--json").items
    return {key: item["steps"].get(step) for key, item in items.items()}


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(1)


def test_a_stuck_worker_holds_its_own_slot_only_and_rows_are_updated_at_once(batchwork, scans, strange, tmp_path):
    batchwork("tomo", "try", scans.folder, "--width", 8)
    words = ["tomo", "run", scans.folder, "--phases", "try,infer,full,publish", "--width", 8, "--workers", 2,
             "--scorer", strange("time.sleep(1000)")]  # fmt: skip
    with (tmp_path / "out").open("w") as out:
        run = subprocess.Popen([*PROGRAM, *map(str, words)], stdout=out, stderr=out)
    try:
        until(lambda: sorted(states(batchwork, scans, "publish").values(), key=str) == [None, "done", "done"] or
              sorted(states(batchwork, scans, "publish").values(), key=str) == ["done", "done", "pending"])  # fmt: skip
        assert run.poll() is None
        inferred = states(batchwork, scans, "infer")
        assert sorted(inferred.values()) == ["done", "done", "running"]
        items = batchwork("tomo", "cors", scans.folder, "--json").items
        for key, state in inferred.items():
            assert ("cor" in items[key]["values"]) == (state == "done")
            log = batchwork("log", scans.results, key, "--step", "infer").out if state == "done" else ""
            assert bool(re.search(rf"\[infer-worker\] OK \S+{key} => \d+\.\d\d", log)) == (state == "done")
    finally:
        run.send_signal(signal.SIGINT)
        try:
            assert run.wait(120) == 130
        finally:
            run.kill()
            run.wait()


@pytest.mark.parametrize(
    ("mishap", "options", "told"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", [], "ChildDied"),
        ("time.sleep(1000)", ["--timeout", "15s"], "TaskTimeout"),
    ],
)
def test_a_worker_that_ends_badly_fails_its_scan_alone(batchwork, scans, strange, mishap, options, told):
    done = batchwork(
        "tomo", "run", scans.folder, "--width", 8, "--workers", 2, "--scorer", strange(mishap), *options, code=1
    )
    assert told in done.out
    failed = [key for key, state in states(batchwork, scans, "infer").items() if state == "failed"]
    assert len(failed) == 1
    full = states(batchwork, scans, "full")
    assert [state for key, state in full.items() if key not in failed] == ["done", "done"]
    assert full[failed[0]] != "done"
    assert not (scans.results / f"{failed[0].removesuffix('.h5')}_rec").exists()
