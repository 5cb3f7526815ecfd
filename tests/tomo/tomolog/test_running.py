"""Running TomoLog, by programs that stand in for it and fail in all the ways that it does."""

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from batchwork.tomo.tomolog.command import TomologMissing, UploadFailed
from batchwork.tomo.tomolog.running import failure_in, run_tomolog


@pytest.fixture
def tomolog(tmp_path):
    """Write a program and give its path."""

    def write(body):
        path = tmp_path / "tomolog"
        path.write_text(f"#!{sys.executable}\nimport os, signal, subprocess, sys, time\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return write


def lives(pid):
    """Say whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_it_prints_is_kept_without_colours(tomolog, capfd):
    program = tomolog("print('\\x1b[92mpublished', sys.argv[1:], '\\x1b[0m'); print('to stderr', file=sys.stderr)")
    lines = run_tomolog([program, "run", "--note", "two words; $HOME"], time_limit_s=120)
    assert sorted(lines) == ["published ['run', '--note', 'two words; $HOME']", "to stderr"]
    assert "to stderr" in capfd.readouterr().out


def test_it_runs_in_a_folder_of_its_own_that_goes(tomolog):
    program = tomolog("open('projection.jpg', 'w'); print(os.getcwd())")
    (folder,) = run_tomolog([program], time_limit_s=120)
    assert Path(folder) != Path.cwd()
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("print('no token'); sys.exit(3)", "exit code 3: no token"),
        ("print('half way', flush=True); os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL: half way"),
        ("print('*** An error occurred creating the image url. Error 503')", "says: .*Error 503"),
        ("print('Set --presentation-url to point to a valid Google slide location')", "says: Set --presentation-url"),
        ("print('Cloud Serice: globus is not implemented yet')", "says: .*not implemented"),
        ("print('Skipping reconstruction')", "says: Skipping reconstruction"),
        (
            "print('Traceback (most recent call last):\\n  File x\\nValueError: bad slide')",
            "says: ValueError: bad slide",
        ),
        ("raise KeyError('x')", "exit code 1: KeyError: 'x'"),
    ],
)
def test_its_failure_is_ours(tomolog, body, told):
    with pytest.raises(UploadFailed, match=told):
        run_tomolog([tomolog(body)], time_limit_s=120)


def test_one_that_hangs_is_ended_with_all_that_it_started(tomolog, tmp_path):
    program = tomolog(
        "child = subprocess.Popen(['sleep', '1000'])\n"
        f"open({str(tmp_path / 'pids')!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "print('uploading', flush=True)\ntime.sleep(1000)"
    )
    start = time.monotonic()
    with pytest.raises(UploadFailed, match=r"not ended after 8 s .*: uploading"):
        run_tomolog([program], time_limit_s=8)
    while any(lives(int(pid)) for pid in (tmp_path / "pids").read_text().split()):
        assert time.monotonic() - start < 120
        time.sleep(0.1)


def test_a_program_it_leaves_behind_does_not_hold_us_up(tomolog, tmp_path):
    program = tomolog(
        f"child = subprocess.Popen(['sleep', '100']); open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "print('published')"
    )
    try:
        start = time.monotonic()
        assert run_tomolog([program], time_limit_s=120) == ["published"]
        assert time.monotonic() - start < 60
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_a_program_that_is_not_there(tmp_path):
    with pytest.raises(TomologMissing, match=r"no program '.*nowhere'"):
        run_tomolog([str(tmp_path / "nowhere")], time_limit_s=120)
    broken = tmp_path / "broken"
    broken.write_text("#!/there/is/no/such/interpreter\n")
    broken.chmod(0o755)
    with pytest.raises(TomologMissing, match="cannot be run"):
        run_tomolog([str(broken)], time_limit_s=120)


def test_what_it_says_when_all_is_well_is_no_failure():
    said = [
        "2024-05-01 12:00:00,000 - Started tomolog",
        "2024-05-01 12:00:01,000 - meta item missing: Sample Y",
        "2024-05-01 12:00:02,000 - No frame from the IP camera",
        "2024-05-01 12:00:02,500 - Skipping the command line for reconstruction",
        "2024-05-01 12:00:03,000 - Sample in x is off center: 1. Assume rotation axis was not zeroed",
        "2024-05-01 12:00:09,000 - publication end",
    ]
    assert failure_in(said) is None
