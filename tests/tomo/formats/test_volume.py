import json

import h5py
import numpy as np
import pytest
import tifffile

from batchwork.errors import ParameterError
from batchwork.tomo.formats.volume import VolumeInfo, volume_writer

INFO = VolumeInfo(
    slices=range(7, 10), shape=(16, 12), cor=5.25, filter="parzen", pixel_size_um=0.65,
    provenance={"source": "zahn µ.h5", "version": "0.1.0"},
)  # fmt: skip
IMAGES = np.random.default_rng(0).normal(size=(3, 16, 12)).astype(np.float32)


def write(kind, path, info=INFO, order=(2, 0, 1)):
    with volume_writer(kind, path, info) as volume:
        for index in order:
            volume.write(info.slices[index], IMAGES[index])


def test_tiff_stack(tmp_path):
    write("tiff", tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["recon_00007.tiff", "recon_00008.tiff", "recon_00009.tiff"]
    for image, name in zip(IMAGES, names, strict=True):
        read = tifffile.imread(tmp_path / name)
        assert read.dtype == np.float32
        np.testing.assert_array_equal(read, image)


def test_tiff_tells_where_it_is_from(tmp_path):
    write("tiff", tmp_path)
    with tifffile.TiffFile(tmp_path / "recon_00008.tiff") as file:
        page = file.pages[0]
        told = json.loads(page.description)
        resolution = page.get_resolution("CENTIMETER")
    assert told["slice"] == 8
    assert (told["units"], told["cor"], told["filter"], told["pixel_size_um"]) == (
        "1/pixel",
        5.25,
        "parzen",
        0.65,
    )
    assert told["provenance"] == INFO.provenance
    assert resolution == pytest.approx((1e4 / 0.65,) * 2)


def test_tiff_without_pixel_size(tmp_path):
    write("tiff", tmp_path, VolumeInfo(range(3), (16, 12), 5.5, "ramp"))
    with tifffile.TiffFile(tmp_path / "recon_00000.tiff") as file:
        assert json.loads(file.pages[0].description)["pixel_size_um"] is None


def test_hdf5_volume(tmp_path):
    path = tmp_path / "scan_rec.h5"
    write("hdf5", path)
    with h5py.File(path) as file:
        data = file["exchange/data"]
        np.testing.assert_array_equal(data[()], IMAGES)
        assert data.chunks == (1, 16, 12)
        assert data.attrs["first_slice"] == 7
        assert (data.attrs["units"], data.attrs["cor"], data.attrs["filter"]) == ("1/pixel", 5.25, "parzen")
        assert data.attrs["pixel_size_um"] == 0.65
        assert json.loads(data.attrs["provenance"]) == INFO.provenance


def test_hdf5_takes_views_and_other_types(tmp_path):
    path = tmp_path / "a.h5"
    image = np.arange(16 * 12.0).reshape(12, 16).T
    with volume_writer("hdf5", path, VolumeInfo(range(1), (16, 12), 5.5, "ramp")) as volume:
        volume.write(0, image)
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["exchange/data"][0], image)


@pytest.mark.parametrize(("index", "shape"), [(6, (16, 12)), (10, (16, 12)), (7, (12, 16))])
def test_hdf5_refuses_what_does_not_fit(tmp_path, index, shape):
    with (
        volume_writer("hdf5", tmp_path / "a.h5", INFO) as volume,
        pytest.raises(ParameterError, match="does not fit"),
    ):
        volume.write(index, np.zeros(shape, np.float32))


def test_the_folder_of_a_stack_is_made_but_not_those_above_it(tmp_path):
    with volume_writer("tiff", tmp_path / "new", INFO) as volume:
        volume.write(7, IMAGES[0])
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["recon_00007.tiff"]
    with pytest.raises(FileNotFoundError):
        volume_writer("tiff", tmp_path / "no" / "new", INFO)
