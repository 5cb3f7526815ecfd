import h5py
import numpy as np
import pytest

from batchwork.tomo.formats.validate import check_scan

from .conftest import ANGLES, COLUMNS, DARKS, FLATS, ROWS, counts, found, spoil


@pytest.mark.parametrize("deep", [False, True])
def test_flat_not_above_dark(write_scan, deep):
    path = write_scan(data_white=np.zeros((FLATS, ROWS, COLUMNS), np.uint16))
    assert found(path, deep=deep)["FlatNotAboveDark"] == "error"
    swapped = {"data_white": counts()["data_dark"], "data_dark": counts()["data_white"]}
    assert found(write_scan("swapped.h5", **swapped))["FlatNotAboveDark"] == "error"


def test_dead_columns_are_a_warning(write_scan):
    path = write_scan(data_white=spoil("data_white", zero=np.s_[:, :, 5]))
    assert found(path) == {"FlatNotAboveDark": "warning"}
    assert "1 whole columns" in check_scan(path)[0].message


def test_frames_without_beam(write_scan):
    assert found(write_scan(data=counts()["data_dark"][np.arange(ANGLES) % DARKS]))["DarkFrames"] == "error"
    rng = np.random.default_rng(1)
    data = counts()["data"]
    data[50:] = rng.poisson(100, data[50:].shape)
    assert found(write_scan("part.h5", data=data)) == {"DarkFrames": "warning"}


@pytest.mark.parametrize("value", ["zero", "full"])
def test_unwritten_tail(write_scan, value):
    path = write_scan(data=spoil("data", **{value: np.s_[37:]}))
    assert found(path)["UnwrittenFrames"] == "error"
    assert "frames 37 to 59" in check_scan(path)[0].message


def test_nothing_written(write_scan):
    path = write_scan(data=None)
    with h5py.File(path, "a") as file:
        file.create_dataset("exchange/data", (ANGLES, ROWS, COLUMNS), np.uint16)
    assert found(path)["UnwrittenFrames"] == "error"


def test_unwritten_chunks_are_counted_without_reading(write_scan):
    path = write_scan(data=None)
    with h5py.File(path, "a") as file:
        data = file.create_dataset("exchange/data", (ANGLES, ROWS, COLUMNS), np.uint16, chunks=(1, 2, COLUMNS))
        data[:33] = counts()["data"][:33]
        data[33, :2] = 6000
        data[34:] = counts()["data"][34:]
    assert found(path) == {"UnwrittenFrames": "error"}
    assert "1 of its 60 frames" in check_scan(path)[0].message


def test_one_bad_frame_is_found_by_the_deep_check(write_scan):
    path = write_scan(data=spoil("data", zero=np.s_[33]))
    assert found(path) == {}
    assert found(path, deep=True) == {"UnwrittenFrames": "error"}
    assert "frame 33" in check_scan(path, deep=True)[0].message


def test_saturated_frames(write_scan):
    path = write_scan(data=spoil("data", full=np.s_[:, :, 3]).astype(np.uint16))
    assert found(path) == {"SaturatedFrames": "warning"}
    assert "3.12%" in check_scan(path)[0].message
    path = write_scan("most.h5", data=spoil("data", full=np.s_[:, :, 4:]).astype(np.uint16))
    assert found(path) == {"SaturatedFrames": "error"}


def test_saturated_camera_of_12_bits(write_scan):
    data = np.minimum(counts()["data"], 4095)
    data[:, :, ::2] = 4000
    assert found(write_scan(data=data))["SaturatedFrames"] in {"warning", "error"}


@pytest.mark.parametrize("value", ["nan", "inf"])
@pytest.mark.parametrize("kind", ["data", "data_white", "data_dark"])
def test_not_a_number(write_scan, kind, value):
    path = write_scan(**{kind: spoil(kind, **{value: np.s_[0, 1, 2]})})
    assert found(path)["NotANumberData"] == "error"
    assert f"/exchange/{kind} has NaN or infinity at 1 pixels" in check_scan(path)[0].message


def test_frames_of_nothing_but_nan(write_scan):
    assert found(write_scan(data=spoil("data", nan=np.s_[:])))["NotANumberData"] == "error"


@pytest.mark.parametrize("chunks", [(ANGLES, 1, COLUMNS), (7, 2, 5)])
def test_packed_in_bands_of_rows(write_scan, chunks):
    path = write_scan(data=None)
    with h5py.File(path, "a") as file:
        values = spoil("data", zero=np.s_[50:], nan=np.s_[3, 0, 1])
        file.create_dataset("exchange/data", data=values, chunks=chunks, compression="gzip")
    assert found(path) == {"UnwrittenFrames": "error"}
    assert "frames 50 to 59" in check_scan(path)[0].message
    assert found(path, deep=True) == {"UnwrittenFrames": "error", "NotANumberData": "error"}


def test_flats_that_were_never_written(write_scan):
    path = write_scan(data_white=None)
    with h5py.File(path, "a") as file:
        white = file.create_dataset("exchange/data_white", (FLATS, ROWS, COLUMNS), "u2", chunks=(1, ROWS, COLUMNS))
        white[:3] = counts()["data_white"][:3]
    assert found(path) == {"UnwrittenFrames": "error"}
    assert "/exchange/data_white: 2 of its 5 frames" in check_scan(path)[0].message
    path = write_scan("zeros.h5", data_white=spoil("data_white", zero=np.s_[4]).astype(np.uint16))
    assert found(path) == {"UnwrittenFrames": "error"}
    assert "frame 4 holds 0" in check_scan(path)[0].message


def test_data_that_were_normalised_before(write_scan):
    flat, dark = np.ones((1, ROWS, COLUMNS), np.float32), np.zeros((1, ROWS, COLUMNS), np.float32)
    data = (counts()["data"] / 10000).astype(np.float32)
    assert found(write_scan(data=data, data_white=flat, data_dark=dark)) == {}
