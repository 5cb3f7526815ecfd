import json

import h5py
import numpy as np
import pytest

from batchwork.pixels.images import open_image
from batchwork.pixels.images.writing import chunk_shape, hdf5_writer, npy_writer

SHAPE = (2, 3, 40, 50, 2)
VALUES = np.random.default_rng(0).random(SHAPE, np.float32)


def write_all(write):
    for t in range(2):
        for z in range(3):
            for y in (0, 25):
                box = ((z, z + 1), (y, min(y + 25, 40)), (0, 50))
                write(t, box, VALUES[(t, *(slice(*span) for span in box))])


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("axes", ["tzyxc", "tczyx", "xyzct"])
def test_hdf5_in_any_order(tmp_path, axes, compress):
    path = tmp_path / "a.h5"
    with hdf5_writer(path, "deep/data", SHAPE, axes, VALUES.dtype, compress=compress, value_range=(0.0, 1.0)) as write:
        write_all(write)
    with h5py.File(path) as file:
        dataset = file["deep/data"]
        assert [axis["key"] for axis in json.loads(dataset.attrs["axistags"])["axes"]] == list(axes)
        assert dataset.attrs["drange"].tolist() == [0, 1]
        assert dataset.compression == ("gzip" if compress else None)
    with open_image(path) as image:
        found = [image.source.read(t, ((0, 3), (0, 40), (0, 50))) for t in range(2)]
    np.testing.assert_array_equal(found, VALUES)


def test_axes_of_length_one_may_be_left_out(tmp_path):
    with npy_writer(tmp_path / "a.npy", (1, 1, 40, 50, 2), "cyx", VALUES.dtype) as write:
        write(0, ((0, 1), (10, 20), (0, 50)), VALUES[0, :1, 10:20])
    found = np.load(tmp_path / "a.npy")
    np.testing.assert_array_equal(found[:, 10:20], np.moveaxis(VALUES[0, 0, 10:20], -1, 0))
    assert not found[:, 20:].any()


@pytest.mark.parametrize(
    ("size", "axes"),
    [((2048, 2048, 2), "yxc"), ((5, 300, 300, 300, 3), "tzyxc"), ((3, 20, 4000), "cyx"), ((9, 9), "yx")],
)
def test_chunks_are_about_half_a_megabyte(size, axes):
    chunk = chunk_shape(size, axes, np.dtype(np.float32))
    assert all(1 <= part <= whole for part, whole in zip(chunk, size, strict=True))
    assert np.prod(chunk) * 4 <= 512 << 10
    assert np.prod(chunk) * 4 > 256 << 10 or chunk == size
