"""Several runs at once in one folder: other workflows, and the same one twice."""

import subprocess

from tests.commands import PROGRAM
from tests.screening.plates_made import SMALL, planned, run, same, tables


def begin(images, results, workflow):
    words = ["screening", "run", workflow, "--input", images, "--folder", results, *SMALL]
    return subprocess.Popen([*PROGRAM, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(processes):
    try:
        told = [process.communicate(timeout=120) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * len(processes), told
    return told


def test_two_workflows_at_once_make_what_each_makes_alone(whole, tmp_path):
    other = "instance_analysis_workflow1"
    finish([begin(whole / "images", tmp_path / "both", name) for name in ("cell_analysis", other)])
    run(whole / "images", tmp_path / "alone", workflow=other)
    both = tables(tmp_path / "both")
    for folder in (whole / "fresh", tmp_path / "alone"):
        alone = tables(folder)
        assert {name: content for name, content in both.items() if name in alone} == alone
    assert len(both) == len(tables(whole / "fresh")) + len(tables(tmp_path / "alone"))


def test_the_same_workflow_twice_at_once_runs_each_task_once(whole, tmp_path):
    told = finish([begin(whole / "images", tmp_path / "twice", "cell_analysis") for _ in range(2)])
    same(tmp_path / "twice", whole / "fresh")
    counts = [int(out.partition("Batch execution: ")[2].partition(" ")[0]) for out, _ in told]
    assert max(counts) == len(planned(whole / "images", tmp_path / "never"))
