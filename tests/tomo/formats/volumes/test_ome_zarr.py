import json
import sys
import tracemalloc

import numpy as np
import pytest

from batchwork.errors import MissingExtraError, ParameterError
from batchwork.tomo.formats.volume import VolumeInfo, volume_writer
from batchwork.tomo.formats.volumes import ome_zarr

SHAPE = (37, 300, 261)
FIRST = 7
VALUES = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
INFO = VolumeInfo(
    slices=range(FIRST, FIRST + SHAPE[0]), shape=SHAPE[1:], cor=5.25, filter="parzen", pixel_size_um=0.65,
    provenance={"source": "zahn µ.h5"},
)  # fmt: skip


def coarser(values):
    """Means of 2 × 2 × 2 voxels, of those that are there at the ends: by sums and counts."""
    total = np.zeros([-(-n // 2) for n in values.shape])
    count = np.zeros(total.shape)
    for corner in np.ndindex(2, 2, 2):
        part = values[tuple(slice(at, None, 2) for at in corner)]
        where = tuple(slice(0, n) for n in part.shape)
        total[where] += part
        count[where] += 1
    return total / count


@pytest.mark.parametrize("shape", [(8, 6, 4), (7, 5, 3), (1, 9, 1), (2, 1, 1)])
def test_halving_is_the_mean_of_what_is_there(shape):
    block = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    np.testing.assert_allclose(ome_zarr.halved(block), coarser(block), atol=1e-6)


def test_levels_down_to_a_size_that_is_quickly_shown():
    levels = ome_zarr.grids((20, 2048, 2047))
    assert [grid.shape for grid in levels][1:] == [(10, 1024, 1024), (5, 512, 512), (3, 256, 256), (2, 128, 128)]
    assert levels[-1].steps == (16, 16, 16)
    assert len(ome_zarr.grids((1, 128, 100))) == 1
    assert ome_zarr.grids((1, 256, 256))[1].steps == (1, 2, 2)


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'batchwork\[tomo\]'"):
        volume_writer("zarr", tmp_path / "a.zarr", INFO)


zarr = pytest.importorskip("zarr", reason="zarr is of an extra")


def write(path, info=INFO, values=VALUES, order=None):
    with volume_writer("zarr", path, info) as volume:
        for place in range(len(values)) if order is None else order:
            volume.write(info.slices[place], values[place])
    return zarr.open_group(path, mode="r")


@pytest.mark.parametrize("order", [None, np.random.default_rng(2).permutation(SHAPE[0]).tolist()])
def test_every_level(tmp_path, order):
    group = write(tmp_path / "scan µ.zarr", order=order)
    expected = VALUES
    for number, shape in enumerate([SHAPE, (19, 150, 131), (10, 75, 66)]):
        level = group[str(number)]
        assert level.shape == shape
        np.testing.assert_allclose(level[:], expected, atol=1e-6)
        expected = coarser(expected)
    assert "3" not in group


def test_what_viewers_read(tmp_path):
    group = write(tmp_path / "scan.zarr")
    (told,) = group.attrs["multiscales"]
    assert told["version"] == "0.4"
    assert told["axes"] == [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    assert [entry["path"] for entry in told["datasets"]] == ["0", "1", "2"]
    for number, entry in enumerate(told["datasets"]):
        scale, translation = entry["coordinateTransformations"]
        assert scale == {"type": "scale", "scale": pytest.approx([0.65 * 2**number] * 3)}
        middle = 0.65 * (2**number - 1) / 2
        assert translation["translation"] == pytest.approx([middle + 0.65 * FIRST, middle, middle])


def test_a_voxel_stays_where_it_is(tmp_path):
    """A bright block is at the same place in micrometres at every level."""
    values = np.zeros((32, 256, 256), np.float32)
    values[16:24, 128:136, 64:72] = 1
    group = write(tmp_path / "a.zarr", VolumeInfo(range(5, 37), (256, 256), 1, "ramp", pixel_size_um=2.0), values)
    for entry in group.attrs["multiscales"][0]["datasets"]:
        scale, translation = (list(t.values())[1] for t in entry["coordinateTransformations"])
        found = np.argwhere(group[entry["path"]][:] > 0.5).mean(0)
        place = found * scale + translation
        np.testing.assert_allclose(place, 2.0 * np.array([19.5 + 5, 131.5, 67.5]))


def test_layout_on_disk(tmp_path):
    write(tmp_path / "scan.zarr")
    told = json.loads((tmp_path / "scan.zarr" / "0" / ".zarray").read_text())
    assert (told["zarr_format"], told["dimension_separator"], told["order"]) == (2, "/", "C")
    assert told["chunks"] == [8, 256, 256]
    assert told["dtype"] == "<f4"
    assert told["compressor"]["id"] == "blosc"
    assert (tmp_path / "scan.zarr" / "0" / "4" / "1" / "1").is_file()


def test_what_the_volume_is(tmp_path):
    attrs = write(tmp_path / "scan.zarr").attrs
    assert (attrs["units"], attrs["cor"], attrs["filter"], attrs["first_slice"]) == ("1/pixel", 5.25, "parzen", FIRST)
    assert attrs["provenance"] == INFO.provenance
    assert attrs["pixel_size_um"] == 0.65


def test_without_pixel_size_lengths_are_pixels(tmp_path):
    group = write(tmp_path / "a.zarr", VolumeInfo(range(2), (16, 12), 5.5, "ramp"), VALUES[:2, :16, :12])
    (told,) = group.attrs["multiscales"]
    assert told["axes"][0] == {"name": "z", "type": "space"}
    assert told["datasets"][0]["coordinateTransformations"][0]["scale"] == [1, 1, 1]
    assert "pixel_size_um" not in group.attrs


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_integers_are_means_of_values_not_of_integers(tmp_path, dtype):
    info = VolumeInfo(range(SHAPE[0]), SHAPE[1:], 5.5, "ramp", dtype=dtype, value_range=(-1.0, 1.0))
    group = write(tmp_path / "a.zarr", info)
    largest = np.iinfo(dtype).max
    for number, values in enumerate([VALUES, coarser(VALUES)]):
        stored = group[str(number)][:]
        assert stored.dtype == dtype
        low, high = group.attrs["value_low"], group.attrs["value_high"]
        back = low + stored / largest * (high - low)
        np.testing.assert_allclose(back, values.clip(-1, 1), atol=1.01 / largest)


def test_a_volume_that_is_there_is_replaced(tmp_path):
    write(tmp_path / "a.zarr")
    group = write(tmp_path / "a.zarr", VolumeInfo(range(1), (16, 12), 5.5, "ramp"), VALUES[:1, :16, :12])
    assert set(group) == {"0"}
    assert group["0"].shape == (1, 16, 12)


def test_slices_that_are_not_given_are_zero(tmp_path):
    group = write(tmp_path / "a.zarr", order=[0, 9])
    np.testing.assert_array_equal(group["0"][[0, 9]], VALUES[[0, 9]])
    assert not group["0"][[1, 8]].any()
    np.testing.assert_allclose(group["1"][4], coarser(np.stack([np.zeros(SHAPE[1:]), VALUES[9]]))[0], atol=1e-6)


@pytest.mark.parametrize(("index", "shape"), [(6, SHAPE[1:]), (7 + 37, SHAPE[1:]), (7, SHAPE[:0:-1])])
def test_refuses_what_does_not_fit(tmp_path, index, shape):
    with volume_writer("zarr", tmp_path / "a.zarr", INFO) as volume, pytest.raises(ParameterError, match="fit"):
        volume.write(index, np.zeros(shape, np.float32))


def test_memory_does_not_grow_with_the_volume(tmp_path):
    def peak(slices):
        image = np.ones((256, 256), np.float32)
        tracemalloc.start()
        with volume_writer("zarr", tmp_path / "a.zarr", VolumeInfo(range(slices), (256, 256), 1, "ramp")) as volume:
            for index in range(slices):
                volume.write(index, image)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(8)
    assert peak(96) < 1.3 * peak(32)
