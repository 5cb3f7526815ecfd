"""The commands of screening."""

import json

import pytest
from tests.commands import program
from tests.screening.plates_made import make_plate, run, scores


@pytest.fixture(scope="module")
def plate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plate")
    make_plate(folder, wells=2)
    return folder


def test_simulate_writes_a_plate_and_says_so(tmp_path):
    done = program(
        "screening", "simulate", tmp_path / "p", "--wells", 2, "--sites", 1, "--ratio", "1.5", "--cut", 1, "--quiet"
    )
    assert "2 sites of 2 wells" in done.stdout
    assert json.loads((tmp_path / "p" / "truth.json").read_text())["wells"]["A02"]["population"] == 1.5
    assert "is no range" in program("screening", "simulate", tmp_path / "q", "--ratio", "a:b", code=2).stderr


@pytest.mark.parametrize(
    "workflow", ["instance_analysis_workflow1", "instance_analysis_workflow2", "pixel_analysis_workflow1"]
)
def test_the_workflows_of_the_first_release_run_beside_each_other(plate, tmp_path, workflow):
    run(plate, tmp_path / "out", workflow=workflow)
    assert len(list((tmp_path / "out").glob("*.h5"))) == 4
    assert set(scores(tmp_path / "out")) == {"A01", "A02"}
    program("screening", "export", tmp_path / "out", "--format", "xlsx")
    tables = {path.stem for path in (tmp_path / "out" / workflow / "export").glob("*.xlsx")}
    assert tables == {"scores", "wells", "images"} | (set() if workflow.startswith("pixel") else {"cells"})


def test_what_stands_in_for_a_prediction_is_said(plate, tmp_path):
    words = ["--input", plate, "--folder", tmp_path / "out", "--dry-run"]
    told = {
        name: program("screening", "run", name, *words).stderr
        for name in ("pixel_analysis_workflow1", "instance_analysis_workflow1", "cell_analysis")
    }
    assert "no --project: the one that comes with this package" in told["pixel_analysis_workflow1"]
    assert "this package finds the cells itself" in told["instance_analysis_workflow1"]
    assert told["cell_analysis"] == ""


def test_everything_runs_again_where_that_is_asked_for(plate, tmp_path):
    run(plate, tmp_path / "out", "--steps", "segment,measure")
    (tmp_path / "again.conf").write_text("force_recompute = true\n")
    assert (
        "8 tasks run"
        in run(plate, tmp_path / "out", "--steps", "segment,measure", "-c", tmp_path / "again.conf").stdout
    )
    assert "8 tasks run" in run(plate, tmp_path / "out", "--steps", "segment,measure", "--force_recompute").stdout
    assert "0 tasks run" in run(plate, tmp_path / "out", "--steps", "segment,measure").stdout


def test_settings_of_the_last_run_are_told_where_a_folder_has_none(tmp_path):
    assert "no workflow of screening" in program("screening", "scores", tmp_path, code=2).stderr
    assert "did you mean 'cell_analysis'" in program("screening", "run", "cell_analysys", code=2).stderr
    assert "give --input" in program("screening", "run", "cell_analysis", code=2).stderr
