"""All phases through one queue: any of them, with workers that hang and workers that are killed."""

import re
import signal
import subprocess
import sys
import time
from itertools import pairwise

import pytest

PROGRAM = [sys.executable, "-c", "from batchwork.cli.main import main; main()"]
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
        time.sleep(0.2)


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
        ('raise ValueError("lost")', [], "ValueError: lost"),
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


def test_any_phases_do_what_they_can(batchwork, scans):
    run = ["tomo", "run", scans.folder, "--width", 8, "--phases"]
    done = batchwork(*run, "infer", code=1)
    assert "'infer' was not done: 'try' is not up to date and not among the phases: scan_001.h5" in done.err
    batchwork(*run, "try")
    assert set(states(batchwork, scans, "try").values()) == {"done"}
    assert set(states(batchwork, scans, "infer").values()) <= {None, "pending"}
    batchwork(*run, "infer")
    stem = "scan_001"
    text = (scans.results / "try_center" / stem / "center_of_rotation.txt").read_text()
    assert float(text) == pytest.approx(scans.cors[f"{stem}.h5"], abs=0.5)
    batchwork("tomo", "set", scans.folder, f"{stem}=30.5")
    assert "3 tasks run" in batchwork(*run, "full").out
    items = batchwork("tomo", "cors", scans.folder, "--json").items
    assert items[f"{stem}.h5"]["values"]["cor"] == 30.5
    assert "3 tasks run" in batchwork(*run, "try,publish").out
    assert sorted(path.name for path in (scans.results / "pages").iterdir()) == [f"scan_00{n}.html" for n in (1, 2, 3)]


PINNED = """
import os, time
import numpy as np
from batchwork.tomo.kernels.scorers import Judgement

class Pinned:
    def judge(self, slice_, grid):
        begin = time.time()
        time.sleep(1)
        with open({path!r}, "a") as file:
            print(os.environ["CUDA_VISIBLE_DEVICES"], begin, time.time(), file=file)
        return Judgement(grid.middle, 1.0, np.array([]), np.array([]))
"""


def test_inference_runs_one_scan_per_gpu_pinned_to_it(batchwork, scans, tmp_path):
    batchwork("tomo", "try", scans.folder, "--width", 8)
    (tmp_path / "pinned.py").write_text(PINNED.format(path=str(tmp_path / "spans")))
    batchwork("tomo", "infer", scans.folder, "--gpus", "4,6", "--scorer", f"{tmp_path / 'pinned.py'}:Pinned")
    spans = [line.split() for line in (tmp_path / "spans").read_text().splitlines()]
    assert len(spans) == 3
    assert {gpu for gpu, *_ in spans} == {"4", "6"}
    for gpu in ("4", "6"):
        own = sorted((float(begin), float(end)) for name, begin, end in spans if name == gpu)
        assert all(first[1] <= second[0] for first, second in pairwise(own))
