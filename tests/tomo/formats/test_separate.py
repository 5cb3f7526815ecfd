import h5py
import numpy as np
import pytest
import tifffile

from batchwork.tomo.formats import errors, open_scan, read_metadata
from batchwork.tomo.formats.validate import check_scan, require_sound

from .conftest import ANGLES, DARKS, FLATS, counts, found, spoil, write_theta

WHITE, DARK = counts()["data_white"], counts()["data_dark"]


def one_dataset(path, values, name="deep/in/here"):
    with h5py.File(path, "w") as file:
        file[name] = values
    return path


@pytest.fixture
def bare(write_scan):
    """A scan without flats and darks."""
    return write_scan("bare.h5", data_white=None, data_dark=None)


def test_missing_ones_are_asked_for(bare):
    messages = {f.defect: f.message for f in check_scan(bare)}
    assert "--flats FILE" in messages["NoFlats"]
    assert "--darks FILE" in messages["NoDarks"]


def test_of_another_scan(bare, write_scan):
    other = write_scan("flats µ.h5")
    assert found(bare, flats=other, darks=other) == {}
    with open_scan(bare, flats=other, darks=other) as scan:
        np.testing.assert_array_equal(scan.flats(), WHITE)
        np.testing.assert_array_equal(scan.darks(), DARK)
        assert scan.flat_fields().positions.tolist() == [0]
        assert (scan.info.nflat, scan.info.ndark) == (FLATS, DARKS)
    assert read_metadata(bare, flats=other, darks=other).nflat == FLATS


def test_of_another_scan_of_another_layout(bare, write_nxtomo):
    other = write_nxtomo()
    with open_scan(bare, flats=other, darks=other) as scan:
        np.testing.assert_array_equal(scan.flats(), WHITE)
        np.testing.assert_array_equal(scan.darks(), DARK)


def test_a_file_of_one_kind(bare, write_scan, tmp_path):
    flats = write_scan("flats.h5", data=WHITE, data_white=None, data_dark=None, theta=None)
    darks = one_dataset(tmp_path / "darks.h5", DARK)
    with open_scan(bare, flats=flats, darks=darks) as scan:
        np.testing.assert_array_equal(scan.flats(), WHITE)
        np.testing.assert_array_equal(scan.darks(), DARK)


def test_tiffs(bare, tmp_path):
    tifffile.imwrite(tmp_path / "flats.tif", WHITE)
    (tmp_path / "darks").mkdir()
    for number, frame in enumerate(DARK):
        tifffile.imwrite(tmp_path / "darks" / f"{number}.tiff", frame)
    with open_scan(bare, flats=tmp_path / "flats.tif", darks=tmp_path / "darks") as scan:
        np.testing.assert_array_equal(scan.flats(), WHITE)
        np.testing.assert_array_equal(scan.darks(), DARK)


def test_they_come_before_those_of_the_scan(write_scan, tmp_path):
    flats = one_dataset(tmp_path / "flats.h5", WHITE + 7)
    with open_scan(write_scan(), flats=flats) as scan:
        np.testing.assert_array_equal(scan.flats(), WHITE + 7)
        np.testing.assert_array_equal(scan.darks(), DARK)


def test_a_broken_part_that_is_replaced_does_not_matter(write_scan, tmp_path):
    path = write_scan(data_white=None)
    with h5py.File(path, "a") as file:
        file["exchange/data_white"] = h5py.ExternalLink("gone.h5", "/raw")
    assert found(path, flats=one_dataset(tmp_path / "flats.h5", WHITE)) == {}


def test_a_link_that_is_broken_is_not_made_up_for_by_projections(bare, write_scan):
    other = write_scan(data_white=None, data_dark=None)
    with h5py.File(other, "a") as file:
        file["exchange/data_white"] = h5py.ExternalLink("gone.h5", "/raw")
    with pytest.raises(errors.BrokenExternalLink):
        open_scan(bare, flats=other, darks=other)


def test_a_scan_with_darks_but_no_flats_has_no_flats_to_give(bare, write_scan):
    other = write_scan(data_white=None)
    assert found_at(bare, flats=other, darks=other) == {"NoFlats": "error"}


def found_at(path, **options):
    return {f.defect: f.severity for f in check_scan(path, **options)}


@pytest.mark.parametrize("values", [{"a": WHITE, "b": WHITE}, {"a": WHITE[0]}])
def test_which_dataset_must_be_clear(bare, tmp_path, values):
    path = tmp_path / "frames.h5"
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            file[name] = value
    findings = [f for f in check_scan(bare, flats=path, darks=path) if f.defect in {"NoFlats", "NoDarks"}]
    assert len(findings) == 2
    assert all("datasets with 3 axes" in f.message and str(path) in f.message for f in findings)


def test_a_dataset_with_two_names_is_one(bare, tmp_path):
    path = one_dataset(tmp_path / "frames.h5", WHITE)
    with h5py.File(path, "a") as file:
        file["entry/data"] = file["deep/in/here"]
        file["entry/again"] = h5py.SoftLink("/deep/in/here")
        file["entry/round"] = h5py.SoftLink("/entry")
    with open_scan(bare, flats=path, darks=path) as scan:
        np.testing.assert_array_equal(scan.flats(), WHITE)


def test_findings_name_the_other_file(bare, tmp_path):
    flats = one_dataset(tmp_path / "nan.h5", spoil("data_white", nan=np.s_[0, 1, 2]))
    darks = one_dataset(tmp_path / "darks.h5", DARK)
    (finding,) = check_scan(bare, flats=flats, darks=darks)
    assert finding.defect == "NotANumberData"
    assert f"/deep/in/here of {flats}" in finding.message
    with pytest.raises(errors.WrongShape, match=r"small\.h5"):
        open_scan(bare, flats=darks, darks=one_dataset(tmp_path / "small.h5", DARK[:, :2]))


@pytest.mark.parametrize("option", ["flats", "darks", "theta"])
def test_a_file_that_is_not_there(write_scan, tmp_path, option):
    with pytest.raises(errors.MissingFile, match=r"gone\.h5"):
        open_scan(write_scan(), **{option: tmp_path / "gone.h5"})


def test_a_cut_off_file(write_scan, tmp_path):
    flats = one_dataset(tmp_path / "flats.h5", WHITE)
    flats.write_bytes(flats.read_bytes()[:900])
    assert found_at(write_scan(), flats=flats) == {"TruncatedFile": "error"}


def test_other_files_are_closed_with_the_scan(bare, tmp_path):
    flats, darks = one_dataset(tmp_path / "flats.h5", WHITE), one_dataset(tmp_path / "darks.h5", DARK)
    with open_scan(bare, flats=flats, darks=darks):
        pass
    with h5py.File(flats, "a") as file:
        assert file.mode == "r+"


def test_angles_of_text(write_scan, tmp_path):
    path = write_scan(theta=None)
    theta = write_theta(tmp_path / "angles of µ.csv", counts()["theta"])
    with pytest.raises(errors.MissingTheta, match="--theta FILE"):
        require_sound(path)
    assert require_sound(path, theta=theta) == []
    np.testing.assert_allclose(read_metadata(path, theta=theta).theta_rad, np.deg2rad(counts()["theta"]))


def test_angles_of_another_scan(write_scan, write_nxtomo, tmp_path):
    path = write_scan("bare.h5", theta=None)
    others = write_scan(), write_nxtomo(), one_dataset(tmp_path / "theta.h5", counts()["theta"], "theta")
    for other in others:
        np.testing.assert_allclose(read_metadata(path, theta=other).theta_rad, np.deg2rad(counts()["theta"]))


def test_a_scan_without_angles_has_none_to_give(write_scan):
    other = write_scan("other.h5", theta=None, data_white=None)
    with pytest.raises(errors.MissingTheta, match=r"other\.h5.*/exchange/theta"):
        open_scan(write_scan(), theta=other)


def test_angles_where_the_image_key_is_elsewhere(write_nxtomo, tmp_path):
    path = write_nxtomo()
    with h5py.File(path, "a") as file:
        del file["entry1/tomo_entry/data/rotation_angle"]
    theta = write_theta(tmp_path / "theta.txt", counts()["theta"])
    assert found(path, theta=theta) == {}


@pytest.mark.parametrize(
    ("text", "defect", "told"),
    [
        ("0\n# end\n1,5\n", "WrongType", "line 3 is '1,5'"),
        ("0 deg\n", "WrongType", "line 1"),
        ("", "MissingTheta", "is empty"),
        ("0\n1\n", "ThetaMismatch", f"2 angles for {ANGLES}"),
        ("\n".join(map(str, np.arange(ANGLES + 1) * 3)), "AbortedScan", "60 of the 61"),
        ("\n".join(map(str, np.linspace(0, 3.1, ANGLES))), "ThetaInRadians", "looks like radians"),
        ("\n".join(["nan", *map(str, np.arange(ANGLES - 1) * 3)]), "ThetaNotFinite", "index 0"),
    ],
)
def test_bad_angles_of_text(write_scan, tmp_path, text, defect, told):
    path, theta = write_scan(theta=None), tmp_path / "theta.txt"
    theta.write_text(text)
    finding = next(f for f in check_scan(path, theta=theta) if f.is_error)
    assert finding.defect == defect
    assert told in finding.message
    assert defect == "AbortedScan" or str(theta) in finding.message


def test_angles_of_a_picture(write_scan, tmp_path):
    theta = tmp_path / "theta.txt"
    theta.write_bytes(np.random.default_rng(0).bytes(4000))
    with pytest.raises(errors.WrongType, match="line 1"):
        open_scan(write_scan(), theta=theta)
