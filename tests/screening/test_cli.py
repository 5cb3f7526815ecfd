"""Plates of every kind through the commands."""

import json
import shutil

import numpy as np
import pytest
import tifffile
from tests.screening.plates_made import make_plate, planned, program, run, same, scores

from batchwork.io import open_file
from batchwork.screening.plates.simulated import CHANNELS


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


def test_containers_may_be_n5_and_give_the_same_tables(plate, tmp_path):
    run(plate, tmp_path / "h5")
    run(plate, tmp_path / "n5", "--container", "n5")
    names = sorted(path.name for path in (tmp_path / "n5").glob("*.n5"))
    assert len(names) == 4
    with open_file(tmp_path / "n5" / names[0], "r") as file:
        assert file["cell_segmentation/s0"].shape == (256, 256)
    same(tmp_path / "h5" / "cell_analysis", tmp_path / "n5" / "cell_analysis")


def test_files_of_single_channels_give_the_tables_of_joint_ones(plate, tmp_path):
    split = tmp_path / "split"
    split.mkdir()
    for path in sorted(plate.glob("*.tiff")):
        well, site = path.name[4:7], int(path.name[17:21])
        for k, plane in enumerate(tifffile.imread(path), start=1):
            tifffile.imwrite(split / f"r{ord(well[0]) - 64:02d}c{well[1:]}f{site:02d}p01-ch{k}sk1fk1fl1.tiff", plane)
    roles = {str(k): role for k, role in enumerate(CHANNELS.values(), start=1)}
    (split / "channel_mapping.json").write_text(json.dumps(roles))
    run(split, tmp_path / "out")
    run(plate, tmp_path / "joint")
    one, two = scores(tmp_path / "out"), scores(tmp_path / "joint")
    assert one == two
    late = min(split.glob("*-ch2*.tiff"))
    image = tifffile.imread(late)
    tifffile.imwrite(late, image + np.uint16(5))
    assert {item for item, step in planned(split, tmp_path / "out") if step == "segment"} == {"A01_0000"}


def test_of_an_image_taken_twice_the_later_one_counts(plate, tmp_path):
    shutil.copytree(plate, tmp_path / "images")
    first = sorted((tmp_path / "images").glob("*.tiff"))[2]
    shutil.copy(first, first.with_name(first.name.replace("Seq0002", "Seq0099")))
    run(tmp_path / "images", tmp_path / "out")
    run(plate, tmp_path / "once")
    twice, once = scores(tmp_path / "out")["A02"], scores(tmp_path / "once")["A02"]
    assert twice["sites"] == once["sites"] == 2
    program("screening", "export", tmp_path / "out", "--out", tmp_path / "csv")
    assert "taken again later" in (tmp_path / "csv" / "images.csv").read_text()


def test_a_plate_map_names_the_mock_wells(plate, tmp_path):
    (tmp_path / "map.csv").write_text("well,control,cohort\nA02,mock,B\n")
    run(plate, tmp_path / "out", "--plate-map", tmp_path / "map.csv")
    program("screening", "export", tmp_path / "out", "--out", tmp_path / "csv")
    for name in ("csv/scores.csv", "out/cell_analysis/scores.csv"):
        header, _, last = (tmp_path / name).read_text().splitlines()
        assert header.endswith(",condition,control,cohort")
        assert last.endswith(",,mock,B")
    assert scores(tmp_path / "out")["A02"]["qc"] == ["mock well"]
    assert scores(tmp_path / "out")["A01"]["qc"] != ["mock well"]


@pytest.mark.parametrize("last", ["B03", "P24", "AF48"])
def test_plates_of_any_size_are_scored_from_their_first_well_to_their_last(plate, tmp_path, last):
    shutil.copytree(plate, tmp_path / "images")
    for path in (tmp_path / "images").glob("*A02*.tiff"):
        path.rename(path.with_name(path.name.replace("A02", last)))
    run(tmp_path / "images", tmp_path / "out")
    found = scores(tmp_path / "out")
    assert list(found) == ["A01", last]
    assert found[last]["score"] is not None


def test_settings_of_the_last_run_are_told_where_a_folder_has_none(tmp_path):
    assert "no workflow of screening" in program("screening", "scores", tmp_path, code=2).stderr
    assert "did you mean 'cell_analysis'" in program("screening", "run", "cell_analysys", code=2).stderr
    assert "give --input" in program("screening", "run", "cell_analysis", code=2).stderr
