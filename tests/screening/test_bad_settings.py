"""Settings, mappings and folders with something wrong: each is told before anything runs, or by the step it stops."""

import shutil

import pytest
from tests.screening.plates_made import run


def test_a_mapping_that_is_missing_lists_the_channels(plate, tmp_path):
    (tmp_path / "images" / "channel_mapping.json").unlink()
    done = run(tmp_path / "images", tmp_path / "out", code=2)
    assert "DAPI, WF_GFP, TRITC" in done.stderr


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ('{"DAPI": "nuclei", "WF_GFP": "marker", "TRITCC": "serum"}', "did you mean 'TRITC'?"),
        ('{"DAPI": "nucleus", "WF_GFP": "marker", "TRITC": "serum"}', "did you mean 'nuclei'?"),
        ('{"DAPI": "nuclei", "WF_GFP": "marker", "TRITC": null}', "no channel is mapped to 'serum'"),
        ('{"DAPI": "nuclei", "WF_GFP": "nuclei", "TRITC": "serum"}', "both mapped to 'nuclei'"),
        ('{"DAPI": "nuclei",\n}', "channel_mapping.json:2"),
    ],
)
def test_a_mapping_with_a_mistake_is_refused(plate, tmp_path, mapping, told):
    (tmp_path / "images" / "channel_mapping.json").write_text(mapping)
    done = run(tmp_path / "images", tmp_path / "out", code=2)
    assert told in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_settings_file_with_a_typo_names_its_line(plate, tmp_path):
    (tmp_path / "s.yml").write_text("threshold: 5\nbackgruond: plate\n")
    assert (
        f"{tmp_path}/s.yml:2: 'backgruond'"
        in run(tmp_path / "images", tmp_path / "out", "-c", tmp_path / "s.yml", code=2).stderr
    )
    (tmp_path / "s.conf").write_text("# as it was\nthreshold = high\n")
    done = run(tmp_path / "images", tmp_path / "out", "-c", tmp_path / "s.conf", code=2)
    assert f"{tmp_path}/s.conf:2: threshold" in done.stderr


def test_a_folder_for_results_that_is_a_file_is_told(plate, tmp_path):
    (tmp_path / "out").write_text("here already")
    assert f"{tmp_path}/out" in run(tmp_path / "images", tmp_path / "out", code=2).stderr


def test_folders_without_a_plate_are_told(tmp_path):
    assert "cannot be listed" in run(tmp_path / "none", tmp_path / "out", code=2).stderr
    (tmp_path / "empty").mkdir()
    assert "no TIFF files" in run(tmp_path / "empty", tmp_path / "out", code=2).stderr
    (tmp_path / "empty" / "holiday.tif").write_bytes(b"")
    assert "holiday.tif" in run(tmp_path / "empty", tmp_path / "out", code=2).stderr


def test_plates_without_controls_are_refused_if_that_is_asked_for(plate, tmp_path):
    for path in plate[:2]:
        path.unlink()
    run(tmp_path / "images", tmp_path / "out")
    done = run(tmp_path / "images", tmp_path / "out", "--require-mock", "true", code=1)
    assert "MissingControls: no mock well, *01, has an image that counts" in done.stdout
    done = run(tmp_path / "images", tmp_path / "out2", "--require-controls", "true", "--control-cells", "1000", code=1)
    assert "control cells, 1000 are needed" in done.stdout


def test_background_wells_that_are_not_there_are_named(plate, tmp_path):
    done = run(tmp_path / "images", tmp_path / "out", "--background", "wells", code=1)
    assert "MissingControls: the background is to be taken from the wells H01, G01" in done.stdout


def test_a_strange_file_is_left_out_and_named(plate, tmp_path):
    shutil.copy(plate[0], tmp_path / "images" / "WellX_PointX_0_Channela_Seq1.tiff")
    done = run(tmp_path / "images", tmp_path / "out", "--dry-run")
    assert "WellX_PointX_0_Channela_Seq1.tiff: is not named" in done.stderr
