import json

import h5py
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tomo.formats.volume import VolumeInfo, volume_writer

LARGEST = {"uint8": 255, "uint16": 65535}


def info(dtype, low=-0.5, high=1.5, **more):
    return VolumeInfo(range(3), (16, 12), 5.5, "ramp", dtype=dtype, value_range=(low, high), **more)


@given(
    dtype=st.sampled_from(["uint8", "uint16"]),
    low=st.floats(-10, 10),
    width=st.floats(1e-3, 100),
    share=st.floats(0, 1),
)
def test_values_come_back_within_half_a_step(dtype, low, width, share):
    told = info(dtype, low, low + width)
    value = np.full((1, 2, 3), low + share * width, np.float32)
    stored = told.stored(value)
    assert stored.dtype == dtype
    back = low + stored / LARGEST[dtype] * width
    rounding = 1e-6 * (abs(low) + width)
    np.testing.assert_allclose(back, value, atol=0.5001 * width / LARGEST[dtype] + rounding, rtol=0)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_ends_and_what_is_beyond(dtype):
    values = np.array([[-0.5, 1.5, -9e9, 9e9, np.nan, -np.inf, np.inf, 0.5]], np.float32)
    largest = LARGEST[dtype]
    stored = info(dtype).stored(values)[0].tolist()
    assert stored[:-1] == [0, largest, 0, largest, 0, 0, largest]
    assert abs(stored[-1] - largest / 2) <= 0.5


def test_rows_of_a_large_slice_are_all_stored():
    values = np.linspace(0, 1, 333 * 7, dtype=np.float32).reshape(333, 7)
    stored = info("uint16", 0, 1).stored(values)
    np.testing.assert_array_equal(stored, np.rint(values * np.float32(65535)))
    np.testing.assert_array_equal(info("uint16", 0, 1).stored(values.T), stored.T)


def test_float32_is_kept():
    values = np.array([[np.nan, np.inf, 3]], np.float32)
    np.testing.assert_array_equal(VolumeInfo(range(1), (1, 3), 1, "ramp").stored(values), values)


@pytest.mark.parametrize(
    ("dtype", "value_range"),
    [("uint8", None), ("float32", (0, 1)), ("uint8", (1, 1)), ("uint16", (2, 1)), ("uint8", (0, np.nan))],
)
def test_a_range_that_does_not_fit(dtype, value_range):
    with pytest.raises(ParameterError, match="value_range"):
        VolumeInfo(range(3), (16, 12), 5.5, "ramp", dtype=dtype, value_range=value_range)


IMAGE = np.random.default_rng(0).normal(0.5, 0.3, (16, 12)).astype(np.float32)


def back(stored, told, dtype):
    assert told["value_formula"] == f"value = value_low + stored / {LARGEST[dtype]} * (value_high - value_low)"
    return told["value_low"] + stored / LARGEST[dtype] * (told["value_high"] - told["value_low"])


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiff_tells_how_to_get_the_values_back(tmp_path, dtype):
    with volume_writer("tiff", tmp_path, info(dtype)) as volume:
        volume.write(1, IMAGE)
    with tifffile.TiffFile(tmp_path / "recon_00001.tiff") as file:
        stored, told = file.asarray(), json.loads(file.pages[0].description)
    assert stored.dtype == dtype
    np.testing.assert_allclose(back(stored, told, dtype), IMAGE.clip(-0.5, 1.5), atol=1.01 / LARGEST[dtype])


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_hdf5_tells_how_to_get_the_values_back(tmp_path, dtype):
    with volume_writer("hdf5", tmp_path / "a.h5", info(dtype)) as volume:
        volume.write(1, IMAGE)
    with h5py.File(tmp_path / "a.h5") as file:
        stored, told = file["exchange/data"][1], dict(file["exchange/data"].attrs)
    assert stored.dtype == dtype
    np.testing.assert_allclose(back(stored, told, dtype), IMAGE.clip(-0.5, 1.5), atol=1.01 / LARGEST[dtype])
