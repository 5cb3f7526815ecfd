"""The workflow of pixels: scores by the shipped project near the truth, and projects of one's own."""

import json
import shutil

import pytest
from tests.commands import program
from tests.screening.plates_made import make_plate, run, scores

from batchwork.screening.workflow.predicting import SHIPPED

NAME = "pixel_analysis_workflow1"


@pytest.fixture(scope="module")
def plate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plate")
    make_plate(folder, wells=4, sites=2, seed=5, size=512)
    return folder


def test_scores_of_the_shipped_project_are_near_the_truth(plate, tmp_path):
    run(plate, tmp_path / "out", workflow=NAME)
    truth = json.loads((plate / "truth.json").read_text())["wells"]
    found = scores(tmp_path / "out")
    assert found["A01"]["qc"] == ["mock well"]
    for well in ("A02", "A03", "A04"):
        assert found[well]["score"] == pytest.approx(truth[well]["ratio"], rel=0.2)


def test_a_project_of_ones_own_is_another_input(plate, tmp_path):
    run(plate, tmp_path / "out", "--steps", "segment", "--items", "*A01*", workflow=NAME)
    own = tmp_path / "own.ilp"
    shutil.copy(SHIPPED, own)
    words = ("--steps", "segment", "--items", "*A01*", "--project", own)
    done = run(plate, tmp_path / "out", *words, "--dry-run", workflow=NAME)
    assert "2 to run" in done.stdout
    assert "no --project" not in done.stderr
    short = ("--project_channels", '["marker", "serum"]')
    done = run(plate, tmp_path / "out", *words, *short, workflow=NAME, code=1)
    assert "the image has 2 channels, the project was trained on 3" in done.stdout
    own.write_bytes(b"no project")
    assert "own.ilp" in run(plate, tmp_path / "out", *words, workflow=NAME, code=1).stdout


def test_a_project_that_is_not_there_is_told_before_anything_runs(plate, tmp_path):
    done = program(
        "screening", "run", NAME, "--input", plate, "--folder", tmp_path / "out", "--project", "no.ilp", code=2
    )
    assert "--project: there is no file no.ilp" in done.stderr
    assert not (tmp_path / "out").exists()
