"""Several processes that work on one folder at once, and one that is killed."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from batchwork.engine.ledger.ledger import create_home
from batchwork.io import open_file
from batchwork.jobs.claims import Claims

PROGRAM = """
    import os, sys, time
    from pathlib import Path
    from batchwork.io import open_file
    from batchwork.jobs import BatchJobOnContainer

    class Slow(BatchJobOnContainer):
        def __init__(self, ext, key, factor):
            super().__init__(f"*{ext}", ext, "raw", key, identifier=key)
            self.factor = factor

        def run(self, input_files, output_files):
            print("running", len(input_files), flush=True)
            for source, output in zip(input_files, output_files):
                with open_file(source, "r") as f:
                    x = f["raw"][:]
                with open_file(output, "a") as f:
                    f[self.output_key] = x * self.factor
                with open("ran.log", "a") as log:
                    print(self.output_key, Path(source).name, file=log)
                time.sleep(float(os.environ["SLOW"]))

    if __name__ == "__main__":
        ext, key, factor = sys.argv[1:]
        print(Slow(ext, key, int(factor))("."), flush=True)
"""
COUNT = 6


@pytest.fixture(params=[".h5", ".n5"])
def ext(request):
    return request.param


@pytest.fixture
def folder(tmp_path, ext):
    (tmp_path / "job.py").write_text(textwrap.dedent(PROGRAM))
    for k in range(COUNT):
        with open_file(tmp_path / f"x{k}{ext}", "a") as f:
            f["raw"] = np.arange(5) + k
    return tmp_path


class Started:
    """Programs that are ended with the test."""

    def __init__(self, folder):
        self.folder = folder
        self.all = []

    def __call__(self, *words, slow=0.05):
        environment = {**os.environ, "SLOW": str(slow)}
        words = [sys.executable, "job.py", *map(str, words)]
        made = subprocess.Popen(words, cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True)
        self.all.append(made)
        return made


@pytest.fixture
def start(folder):
    started = Started(folder)
    yield started
    for one in started.all:
        one.kill()
        one.wait()
        one.stdout.close()


def ran(folder):
    log = folder / "ran.log"
    return sorted(log.read_text().splitlines()) if log.exists() else []


def assert_all_there(folder, ext, **factors):
    for k in range(COUNT):
        with open_file(folder / f"x{k}{ext}", "r") as f:
            assert sorted(f.keys()) == sorted(["raw", *factors])
            for key, factor in factors.items():
                assert (f[key][:] == factor * (np.arange(5) + k)).all()
    assert not [p for p in folder.iterdir() if ".partial" in p.name]


def test_two_jobs_write_to_the_same_containers_at_once(folder, ext, start):
    jobs = [start(ext, "a", 2), start(ext, "b", 3)]
    assert [job.wait(120) for job in jobs] == [0, 0]
    assert_all_there(folder, ext, a=2, b=3)
    assert len(ran(folder)) == 2 * COUNT


def test_the_same_job_twice_at_once_does_everything_once(folder, ext, start):
    jobs = [start(ext, "a", 2), start(ext, "a", 2)]
    assert [job.wait(120) for job in jobs] == [0, 0]
    assert [job.stdout.read().splitlines()[-1] for job in jobs] == ["processed", "processed"]
    assert_all_there(folder, ext, a=2)
    assert len(ran(folder)) == COUNT


def test_claims_of_a_killed_job_are_free_and_another_goes_on(folder, ext, start):
    killed = start(ext, "a", 2, slow=30)
    assert killed.stdout.readline() == f"running {COUNT}\n"
    waiting = start(ext, "b", 3)
    time.sleep(0.5)
    assert waiting.poll() is None, "the first job has all claims"
    killed.send_signal(signal.SIGKILL)
    assert waiting.wait(120) == 0
    again = start(ext, "a", 2)
    assert again.wait(120) == 0
    assert_all_there(folder, ext, a=2, b=3)


def test_a_job_runs_first_on_what_no_other_is_making(folder, ext, start):
    create_home(folder, "other")
    with Claims(folder) as claims:
        assert claims.take(f"x2{ext}")
        job = start(ext, "a", 2)
        assert job.stdout.readline() == f"running {COUNT - 1}\n"
        time.sleep(0.5)
        assert job.poll() is None
    assert job.stdout.readline() == "running 1\n"
    assert job.wait(120) == 0
    assert_all_there(folder, ext, a=2)


def test_claims_of_threads_of_one_process(tmp_path):
    create_home(tmp_path, "job")
    output = "a.h5"
    with Claims(tmp_path) as one, Claims(tmp_path) as other:
        assert one.take(output)
        assert not other.take(output)
        assert not one.take(output)
        assert other.take("b.h5")
        assert other.take("sub/a.h5")
        waiting = threading.Thread(target=other.wait, args=(output,))
        waiting.start()
        one.release(output)
        waiting.join(60)
        assert not waiting.is_alive()
        assert not one.take(output)
    with Claims(tmp_path) as again:
        assert again.take(output)
        assert again.take("b.h5")


def test_a_claim_of_one_user_in_this_process_outlives_another(tmp_path):
    create_home(tmp_path, "job")
    code = (
        "import sys; from pathlib import Path; from batchwork.jobs.claims import Claims\n"
        "with Claims(Path(sys.argv[1])) as claims: print(claims.take('a.h5'))"
    )

    def taken_by_another():
        words = [sys.executable, "-c", code, str(tmp_path)]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout == "True\n"

    with Claims(tmp_path) as one:
        assert one.take("a.h5")
        with Claims(tmp_path):
            pass
        assert not taken_by_another(), "closing the file anywhere would free all locks of the process"
    assert taken_by_another()


def test_an_input_that_changed_while_it_was_waited_for_counts_as_it_is_then(folder, ext, start):
    create_home(folder, "other")
    with Claims(folder) as claims:
        assert claims.take(f"x2{ext}")
        job = start(ext, "a", 2)
        assert job.stdout.readline() == f"running {COUNT - 1}\n"
        with open_file(folder / f"x2{ext}", "a") as f:
            f["raw"][0] = 100
    assert job.wait(120) == 0
    with open_file(folder / f"x2{ext}", "a") as f:
        assert f["a"][0] == 200
        f["raw"][0] = 2
    again = start(ext, "a", 2)
    assert again.wait(120) == 0
    assert_all_there(folder, ext, a=2)
