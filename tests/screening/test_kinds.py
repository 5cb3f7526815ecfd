"""Plates of every kind: doubled images, maps, sizes."""

import shutil

import pytest
from tests.commands import program
from tests.screening.plates_made import make_plate, run, scores


@pytest.fixture(scope="module")
def plate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plate")
    make_plate(folder, wells=2)
    return folder


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
