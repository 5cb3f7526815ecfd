import shutil

import h5py
import numpy as np
import pytest

from batchwork.tomo.formats import errors, open_scan, read_metadata
from batchwork.tomo.formats.validate import check_scan

from .conftest import ANGLES, COLUMNS, DARKS, FLATS, counts


@pytest.mark.parametrize("full_theta", [True, False])
def test_frames_are_told_apart_by_image_key(write_nxtomo, full_theta):
    path = write_nxtomo(full_theta=full_theta)
    with open_scan(path) as scan:
        assert scan.info.kind == "nxtomo"
        assert (scan.info.angles, scan.info.nflat, scan.info.ndark) == (ANGLES, FLATS, DARKS)
        np.testing.assert_array_equal(scan.projections(slice(1, 2)), counts()["data"][:, 1:2])
        np.testing.assert_array_equal(scan.flats(), counts()["data_white"])
        np.testing.assert_array_equal(scan.darks(), counts()["data_dark"])
        np.testing.assert_allclose(np.rad2deg(scan.info.theta_rad), counts()["theta"])
    assert check_scan(path) == []


def test_aborted_scan_has_fewer_frames_than_keys(write_nxtomo):
    path = write_nxtomo()
    with h5py.File(path, "a") as file:
        data = file["entry1/tomo_entry/data/data"][:40]
        del file["entry1/tomo_entry/data/data"]
        file["entry1/tomo_entry/data/data"] = data
    with pytest.raises(errors.AbortedScan, match="35 of the 60"):
        open_scan(path)
    assert read_metadata(path).nflat == 2


def test_angles_of_the_sample(write_nxtomo):
    path = write_nxtomo()
    with h5py.File(path, "a") as file:
        entry = file["entry1/tomo_entry"]
        entry.move("data/rotation_angle", "sample/rotation_angle")
    np.testing.assert_allclose(np.rad2deg(read_metadata(path).theta_rad), counts()["theta"])


def test_missing_angles(write_nxtomo):
    path = write_nxtomo()
    with h5py.File(path, "a") as file:
        del file["entry1/tomo_entry/data/rotation_angle"]
    with pytest.raises(errors.MissingTheta, match="rotation_angle"):
        open_scan(path)


def test_missing_frames(write_nxtomo):
    path = write_nxtomo()
    with h5py.File(path, "a") as file:
        del file["entry1/tomo_entry/data/data"]
    with pytest.raises(errors.MissingDataset):
        open_scan(path)


def test_no_flats(write_nxtomo):
    path = write_nxtomo()
    with h5py.File(path, "a") as file:
        key = file["entry1/tomo_entry/instrument/detector/image_key"]
        key[:] = np.where(key[:] == 1, 3, key[:])
    with pytest.raises(errors.NoFlats):
        open_scan(path)


def test_pixel_size(write_nxtomo):
    path = write_nxtomo()
    with h5py.File(path, "a") as file:
        size = file.create_dataset("entry1/tomo_entry/instrument/detector/x_pixel_size", data=0.0065)
        size.attrs["units"] = "mm"
    assert read_metadata(path).pixel_size_um == pytest.approx(6.5)


def test_k11_where_some_links_lead_nowhere(test_data):
    path = test_data / "tomo" / "k11" / "k11-18014.nxs"
    with open_scan(path) as scan:
        info = scan.info
        block = scan.projections(slice(0, 2))
        flat, dark = scan.flat_dark()
    assert (info.angles, info.rows, info.columns, info.nflat, info.ndark) == (3001, 22, 26, 100, 100)
    assert np.rad2deg(info.theta_rad[[0, -1]]) == pytest.approx([89.995, 269.995], abs=1e-3)
    assert block.shape == (3001, 2, COLUMNS - 6)
    assert flat.mean() == pytest.approx(45317.3, abs=0.1)
    assert dark.mean() == pytest.approx(99.2, abs=0.1)
    assert [f for f in check_scan(path, deep=True) if f.is_error] == []


def test_k11_without_the_file_of_its_frames(test_data, tmp_path):
    shutil.copy(test_data / "tomo" / "k11" / "k11-18014.nxs", tmp_path)
    with pytest.raises(errors.BrokenExternalLink, match="/entry/detector/detector"):
        open_scan(tmp_path / "k11-18014.nxs")
