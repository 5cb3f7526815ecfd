"""A job class as the workflow of ``batchwork run``: in runner children, with the engine's isolation."""

import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from tests.commands import program

from batchwork.io import open_file

PROGRAM = """
    import os, sys
    from pathlib import Path
    from batchwork.io import open_file
    from batchwork.jobs import BatchJobOnContainer

    class Double(BatchJobOnContainer):
        def __init__(self, ext=".h5"):
            super().__init__("*.h5", ext, "raw", "twice")

        def run(self, input_files, output_files, factor: int = 2, gpu_id=None):
            '''Multiply.

            Parameters
            ----------
            factor : int
                By how much.
            '''
            assert len(input_files) == 1 and gpu_id is None
            for source, output in zip(input_files, output_files):
                with open_file(source, "r") as f:
                    x = f["raw"][:]
                if x[0] == 13:
                    os._exit(3)
                if x[0] == 14:
                    raise ValueError("fourteen")
                if x[0] != 15:
                    with open_file(output, "a") as f:
                        f["twice"] = x * factor
                        f.attrs["pid"] = os.getpid()

    class Needs(Double):
        def __init__(self, ext):
            super().__init__(ext)

    as_n5 = Needs(".n5")

    if __name__ == "__main__":
        print(Double()(sys.argv[1], input_folder="in", factor=3))
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "job.py").write_text(textwrap.dedent(PROGRAM))
    (tmp_path / "in").mkdir()
    for k in range(3):
        make(tmp_path, k)
    return tmp_path


def make(folder, k):
    with open_file(folder / "in" / f"x{k}.h5", "a") as f:
        f["raw"] = np.arange(4) + k


def configure(folder, workflow, out="out", **params):
    name = workflow.partition(":")[2].replace("as_n5", "Needs")
    text = f"workflow: {workflow}\nitems: in/*.h5\nout: {out}\nrun: {{workers: 2}}\n"
    (folder / "batch.yml").write_text(text + f"params: {json.dumps({name: params})}\n")


def batchwork(folder, *words, check=0):
    done = program(*words, code=check, cwd=folder)
    return done.stdout + done.stderr


def read(path):
    with open_file(path, "r") as f:
        return f["twice"][:], f.attrs["pid"]


def test_a_class_runs_in_children_once(folder):
    configure(folder, "job.py:Double", factor=3)
    batchwork(folder, "run", "batch.yml")
    for k in range(3):
        values, pid = read(folder / "out" / f"x{k}.h5")
        assert (values == 3 * (np.arange(4) + k)).all()
        assert pid != os.getpid()
    assert json.loads(batchwork(folder, "run", "batch.yml", "--dry-run", "--json"))["up_to_date"] == 3
    make(folder, 3)
    assert [t["item"] for t in json.loads(batchwork(folder, "run", "batch.yml", "--dry-run", "--json"))["tasks"]] == [
        "x3.h5"
    ]


def test_an_object_at_the_top_of_the_file_runs(folder):
    configure(folder, "job.py:as_n5")
    batchwork(folder, "run", "batch.yml")
    assert (read(folder / "out" / "x1.n5")[0] == 2 * (np.arange(4) + 1)).all()


def test_each_file_fails_alone_with_its_class(folder):
    for k in (13, 14, 15):
        make(folder, k)
    (folder / "in" / "x16.h5").write_bytes(b"not hdf5")
    configure(folder, "job.py:Double")
    batchwork(folder, "run", "batch.yml", check=1)
    found = json.loads(batchwork(folder, "status", "out", "--json", check=0))
    classes = {item["key"]: item["error"]["class"] for item in found["items"] if "error" in item}
    assert classes == {
        "x13.h5": "ChildDied",
        "x14.h5": "ValueError",
        "x15.h5": "MissingOutput",
        "x16.h5": "InvalidInput",
    }
    assert found["counts"] == {"done": 3, "failed": 4}


def test_what_stands_in_an_output_beside_the_jobs_own_keys_stays(folder):
    configure(folder, "job.py:Double")
    (folder / "out").mkdir()
    with open_file(folder / "out" / "x0.h5", "a") as f:
        f["other"], f["twice"] = np.ones(2), np.ones(2)
    batchwork(folder, "run", "batch.yml")
    with open_file(folder / "out" / "x0.h5", "r") as f:
        assert sorted(f.keys()) == ["other", "twice"]
        assert f["twice"][3] == 6


def test_what_the_job_has_made_in_its_own_process_can_be_gone_on_with(folder):
    done = subprocess.run([sys.executable, "job.py", "out"], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "processed\n"
    make(folder, 3)
    status = json.loads(batchwork(folder, "status", "out", "--json"))
    assert status["counts"] == {"done": 3}
    batchwork(folder, "run", "out")
    assert (read(folder / "out" / "x3.h5")[0] == 3 * (np.arange(4) + 3)).all()


def test_a_class_that_needs_arguments_is_told_what_to_do(folder):
    configure(folder, "job.py:Needs")
    told = batchwork(folder, "run", "batch.yml", check=2)
    assert "job.py:Needs: one cannot be made without arguments" in told
    assert "job = Needs(…)" in told


def test_a_parameter_that_run_does_not_have_is_told_with_its_line(folder):
    configure(folder, "job.py:Double", facter=2)
    told = batchwork(folder, "run", "batch.yml", check=2)
    assert "batch.yml:5" in told
    assert "no parameter 'facter'; did you mean 'factor'" in told
