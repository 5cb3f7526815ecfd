"""Folders and containers that another program holds, or that may not be written: told, alone."""

import ctypes
import json
import os
import subprocess
import sys

import pytest
from tests.commands import program
from tests.screening.plates_made import make_plate, run, scores

HOLD = (
    "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); "
    "sys.stdin.read()"
)
"""Lock a file as HDF5 does, and as a run does its folder."""
CAP_DAC_OVERRIDE, PR_CAPBSET_DROP = 1, 24


@pytest.fixture(scope="module")
def plate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plate")
    make_plate(folder, wells=2)
    return folder


@pytest.fixture
def hold():
    """Let another process hold a file until the test ends."""
    started = []

    def begin(path):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "held\n"

    yield begin
    for process in started:
        process.communicate(timeout=60)


def obeying():
    """Let this process, though it may be root's, obey the permissions of files once it runs another program."""
    if os.getuid() == 0:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


@pytest.mark.timeout(500)  # a locked container is waited for a minute
def test_a_container_that_another_program_writes_to_fails_alone(plate, tmp_path, hold):
    run(plate, tmp_path / "out", "--steps", "segment")
    held = sorted((tmp_path / "out").glob("*.h5"))[1]
    hold(held)
    run(plate, tmp_path / "out", code=1, timeout=300)
    told = json.loads(program("status", tmp_path / "out", "--json").stdout)["items"]
    failed = {item["key"]: item["error"] for item in told if item["status"] == "failed"}
    assert [key.removesuffix(".tiff") for key in failed] == [held.stem]
    (error,) = failed.values()
    assert error["class"] == "ContainerLockedError"
    assert f"{held.name}: another program still has this file open" in error["message"]
    assert {well: row["sites_failed"] for well, row in scores(tmp_path / "out").items()} == {"A01": 1, "A02": 0}


def test_a_folder_that_another_program_has_claimed_is_told(plate, tmp_path, hold):
    run(plate, tmp_path / "out", "--steps", "segment")
    hold(tmp_path / "out" / ".batchwork" / "cell_analysis" / "lock")
    done = run(plate, tmp_path / "out", code=1)
    assert f"{tmp_path}/out is being worked on by another process" in done.stderr


def test_folders_that_may_not_be_written_are_told(plate, tmp_path):
    (tmp_path / "out").mkdir(mode=0o500)
    words = ("screening", "run", "cell_analysis", "--input", plate, "--folder")
    done = program(*words, tmp_path / "out", code=2, preexec_fn=obeying)
    assert f"{tmp_path}/out: cannot write here" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_results_that_have_become_read_only_are_told(plate, tmp_path):
    run(plate, tmp_path / "out", "--steps", "segment")
    os.chmod(tmp_path / "out" / ".batchwork" / "cell_analysis", 0o500)  # noqa: PTH101 - as the next line
    done = run(plate, tmp_path / "out", code=2, preexec_fn=obeying)
    assert str(tmp_path / "out") in done.stderr
