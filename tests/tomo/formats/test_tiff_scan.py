import os

import numpy as np
import pytest
import tifffile

from batchwork.tomo.formats import data_nbytes, errors, open_scan, read_metadata
from batchwork.tomo.formats.validate import check_scan, require_sound

from .conftest import ANGLES, COLUMNS, DARKS, FLATS, ROWS, counts, found, spoil, write_theta

PARTS = counts()


def write_stack(folder, name="scan µ 1.tif", **how):
    """A multi-page file with flats, darks and angles beside it."""
    path = folder / name
    tifffile.imwrite(path, PARTS["data"], photometric="minisblack", **how)
    tifffile.imwrite(folder / f"{path.stem}_flats.tif", PARTS["data_white"])
    tifffile.imwrite(folder / f"{path.stem}_darks.tiff", PARTS["data_dark"], photometric="minisblack")
    write_theta(folder / f"{path.stem}_theta.txt", PARTS["theta"])
    return path


def check_frames(path, **options):
    with open_scan(path, **options) as scan:
        assert scan.info.kind == "tiff"
        assert (scan.info.angles, scan.info.nflat, scan.info.ndark) == (ANGLES, FLATS, DARKS)
        np.testing.assert_array_equal(scan.projections(slice(1, 3), slice(4, 20)), PARTS["data"][:, 1:3, 4:20])
        np.testing.assert_array_equal(scan.flats(), PARTS["data_white"])
        np.testing.assert_array_equal(scan.darks(), PARTS["data_dark"])
        np.testing.assert_allclose(np.rad2deg(scan.info.theta_rad), PARTS["theta"])
        assert scan.flat_fields().positions.tolist() == [0]
    assert data_nbytes(path) == PARTS["data"].nbytes


def test_a_stack_and_what_is_beside_it(tmp_path):
    path = write_stack(tmp_path)
    check_frames(path)
    assert found(path) == found(path, deep=True) == {}


def test_a_folder_and_what_is_inside_it(write_tiffs):
    path = write_tiffs()
    check_frames(path)
    assert found(path) == found(path, deep=True) == {}


def test_flats_and_darks_among_the_projections(write_tiffs):
    path = write_tiffs(data_white=None, data_dark=None)
    tifffile.imwrite(path / "Flat.TIF", PARTS["data_white"])
    for number, frame in enumerate(PARTS["data_dark"]):
        tifffile.imwrite(path / f"dark_{number}.tif", frame)
    check_frames(path)


@pytest.mark.parametrize("name", ["theta.txt", "angles.txt", "scan 7_theta.txt", "../scan 7.theta.txt", "../theta.txt"])
def test_where_the_angles_may_be(write_tiffs, name):
    path = write_tiffs(theta=None)
    write_theta(path / name, PARTS["theta"])
    check_frames(path)


@pytest.mark.parametrize("name", ["scan_theta.txt", "scan.theta.txt", "theta.txt", "angles.txt"])
def test_where_the_angles_of_a_stack_may_be(tmp_path, name):
    path = write_stack(tmp_path, "scan.tiff")
    (tmp_path / "scan_theta.txt").rename(tmp_path / name)
    check_frames(path)


def test_what_is_named_comes_first(write_tiffs, write_scan, tmp_path):
    path = write_tiffs(data_white=PARTS["data_white"] + 7, theta=None)
    other = write_scan()
    check_frames(path, flats=other, darks=other, theta=write_theta(tmp_path / "a.csv", PARTS["theta"]))


@pytest.mark.parametrize(
    ("missing", "defect", "option"),
    [
        ("data_white", "NoFlats", "--flats"),
        ("data_dark", "NoDarks", "--darks"),
        ("theta", "MissingTheta", "--theta"),
    ],
)
def test_missing_part(write_tiffs, missing, defect, option):
    path = write_tiffs(**{missing: None})
    assert found(path) == {defect: "error"}
    assert option in check_scan(path)[0].message


def test_missing_part_of_a_stack(tmp_path):
    path = write_stack(tmp_path)
    for other in tmp_path.glob("*_*"):
        other.unlink()
    assert found(path) == dict.fromkeys(["NoFlats", "NoDarks", "MissingTheta"], "error")


@pytest.mark.parametrize(
    ("changes", "defect", "severity"),
    [
        ({"theta": np.deg2rad(PARTS["theta"])}, "ThetaInRadians", "error"),
        ({"theta": PARTS["theta"][:-1]}, "ThetaMismatch", "error"),
        ({"data": PARTS["data"][:20]}, "AbortedScan", "error"),
        ({"data": PARTS["data"][:1], "theta": np.zeros(1)}, "TooFewAngles", "error"),
        ({name: PARTS[name][..., :1] for name in ("data", "data_white", "data_dark")}, "TooFewColumns", "error"),
        ({name: PARTS[name][..., 1:] for name in ("data", "data_white", "data_dark")}, "OddWidth", "note"),
        ({"data_dark": PARTS["data_dark"][:, :2]}, "WrongShape", "error"),
        ({"data": PARTS["data"].astype(np.complex64)}, "WrongType", "error"),
        ({"data": spoil("data", nan=np.s_[0, 1, 2])}, "NotANumberData", "error"),
        ({"data": spoil("data", full=np.s_[:, :, 3]).astype(np.uint16)}, "SaturatedFrames", "warning"),
        ({"data": spoil("data", zero=np.s_[37:]).astype(np.uint16)}, "UnwrittenFrames", "error"),
        ({"data_white": spoil("data_white", zero=np.s_[:, :, 5])}, "FlatNotAboveDark", "warning"),
        ({"data": PARTS["data_dark"][np.arange(ANGLES) % DARKS]}, "DarkFrames", "error"),
    ],
)
def test_the_same_findings_as_in_hdf5(write_tiffs, write_scan, changes, defect, severity):
    findings = found(write_tiffs(**changes))
    assert findings[defect] == severity
    assert findings == found(write_scan(**changes))


def test_require_sound(write_tiffs):
    path = write_tiffs(data=PARTS["data"][:20])
    with pytest.raises(errors.AbortedScan):
        require_sound(path)
    assert [f.defect for f in require_sound(path, accept_short=True)] == ["AbortedScan"]
    assert read_metadata(path).angles == 20


def test_a_stack_that_is_cut_off(tmp_path):
    path = write_stack(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "error" in found(path).values()
    path.write_bytes(content[:2])
    assert found(path) == {"TruncatedFile": "error"}


def test_the_last_file_of_a_folder_is_cut_off(write_tiffs):
    path = write_tiffs()
    last = path / f"img_{ANGLES}.tif"
    content = last.read_bytes()
    last.write_bytes(content[: 8 + 10])
    (finding,) = check_scan(path)
    assert finding.defect == "TruncatedFile"
    assert str(last) in finding.message


def test_a_page_that_ends_early(write_tiffs):
    path = write_tiffs()
    last = path / f"img_{ANGLES}.tif"
    last.write_bytes(last.read_bytes()[:-7])
    assert found(path) == {"TruncatedFile": "error"}
    with open_scan(path) as scan, pytest.raises(errors.TruncatedFile, match=f"img_{ANGLES}"):
        scan.projections()


def test_another_kind_of_file(tmp_path):
    path = tmp_path / "scan.tif"
    path.write_text("not a picture")
    assert found_names(path) == {"NotTiffFile", "NoFlats", "NoDarks", "MissingTheta"}
    assert found_names(tmp_path / "gone.tif") == {"MissingFile", "NoFlats", "NoDarks", "MissingTheta"}


@pytest.mark.timeout(20)
def test_a_pipe_that_nobody_fills(tmp_path):
    path = tmp_path / "scan.tif"
    os.mkfifo(path)
    assert found(path)["UnreadableFile"] == "error"


def found_names(path):
    return set(found(path))


def test_a_frame_of_another_size(write_tiffs):
    path = write_tiffs()
    odd = path / "img_33.tif"
    tifffile.imwrite(odd, PARTS["data"][0, :, 1:])
    (finding,) = check_scan(path)
    assert finding.defect == "WrongShape"
    assert str(odd) in finding.message


def test_colours_are_no_frames(tmp_path):
    path = write_stack(tmp_path)
    tifffile.imwrite(path, np.zeros((ROWS, COLUMNS, 3), np.uint8), photometric="rgb")
    assert found(path) == {"WrongShape": "error"}


def test_hidden_files_are_passed_over(write_tiffs):
    path = write_tiffs()
    (path / "._img_1.tif").write_text("left by a file manager")
    check_frames(path)
