import h5py
import numpy as np
import pytest

from batchwork.pixels.errors import MissingImage, MixedStack
from batchwork.pixels.images import open_stack
from batchwork.pixels.images.axistags import to_axistags

SLICES = np.arange(5 * 6 * 7, dtype=np.uint8).reshape(5, 6, 7)


def save(folder, arrays):
    paths = [folder / f"s{i}.npy" for i in range(len(arrays))]
    for path, array in zip(paths, arrays, strict=True):
        np.save(path, array)
    return paths


@pytest.mark.parametrize("along", ["z", "t", "c"])
def test_planes_along_a_new_axis(tmp_path, along):
    with open_stack(save(tmp_path, SLICES), along=along) as image:
        assert image.axes == along + "yx"
        sizes = {"t": 1, "z": 1, "y": 6, "x": 7, "c": 1, along: 5}
        assert image.source.shape == tuple(sizes.values())
        wanted = np.moveaxis(SLICES, 0, -1)[None, None] if along == "c" else SLICES.reshape(*image.source.shape[:4], 1)
        times, slices = image.source.shape[:2]
        found = [image.source.read(t, ((0, slices), (1, 6), (2, 5))) for t in range(times)]
        np.testing.assert_array_equal(found, wanted[:, :, 1:6, 2:5])


def test_volumes_along_an_axis_that_they_have(tmp_path):
    paths = save(tmp_path, [SLICES[:2], SLICES[2:3], SLICES[3:]])
    with open_stack(paths, along="z", axes="zyx") as image:
        assert image.axes == "zyx"
        for start in range(5):
            for stop in range(start + 1, 6):
                found = image.source.read(0, ((start, stop), (0, 6), (3, 7)))
                np.testing.assert_array_equal(found[..., 0], SLICES[start:stop, :, 3:])


def test_inner_datasets_of_one_file(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for i, one in enumerate(SLICES):
            file[f"t{i}"] = one.T
            file[f"t{i}"].attrs["axistags"] = to_axistags("xy")
    with open_stack([f"{tmp_path}/a.h5/t{i}" for i in range(5)], along="t") as image:
        assert image.axes == "txy"
        np.testing.assert_array_equal(image.source.read(3, ((0, 1), (0, 6), (0, 7)))[0, ..., 0], SLICES[3])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (SLICES[0, :5], r"s1.npy: its size is \(5, 7\), that of .*s0.npy is \(6, 7\)"),
        (SLICES[0].astype(float), "its type is float64"),
        (SLICES, "its axes is zyx"),
    ],
)
def test_files_that_do_not_belong_together(tmp_path, other, message):
    with pytest.raises(MixedStack, match=message):
        open_stack(save(tmp_path, [SLICES[0], other])).__enter__()


def test_no_stack(tmp_path):
    with pytest.raises(MissingImage, match="at least one"):
        open_stack([]).__enter__()
    with pytest.raises(MixedStack, match="not 'x'"):
        open_stack(save(tmp_path, SLICES), along="x").__enter__()
