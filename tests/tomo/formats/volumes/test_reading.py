"""What is written is read again, in the values that it had."""

import numpy as np
import pytest

from batchwork.errors import FileFormatError
from batchwork.tomo.formats.volume import VolumeInfo, volume_writer
from batchwork.tomo.formats.volumes.reading import open_volume

PLACES = {"tiff": "scan_rec", "hdf5": "scan_rec.h5", "zarr": "scan_rec.zarr"}


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize(("dtype", "limits"), [("float32", None), ("uint16", (-0.5, 1.5)), ("uint8", (0.0, 1.0))])
def test_a_volume_is_read_as_it_was_written(tmp_path, kind, dtype, limits):
    values = np.random.default_rng(0).random((11, 20, 30)).astype(np.float32)
    info = VolumeInfo(range(4, 15), (20, 30), 12.5, "hann", "1/cm", 2.0, {"stripe": "vo"}, dtype, limits)
    path = tmp_path / PLACES[kind]
    if kind != "hdf5":
        path.mkdir()
    with volume_writer(kind, path, info) as writer:
        for index, image in zip(info.slices, values, strict=True):
            writer.write(index, image)
    step = 0 if limits is None else (limits[1] - limits[0]) / np.iinfo(dtype).max
    with open_volume(path) as volume:
        assert (volume.slices, volume.shape) == (info.slices, info.shape)
        told = volume.description
        assert (told["cor"], told["filter"], told["units"], told["provenance"]) == (
            12.5,
            "hann",
            "1/cm",
            {"stripe": "vo"},
        )
        for index in (4, 9, 14):
            np.testing.assert_allclose(volume.read(index), values[index - 4], atol=0.51 * step + 1e-7)


def test_what_is_no_volume_is_told(tmp_path):
    (tmp_path / "text.h5").write_text("no")
    (tmp_path / "empty").mkdir()
    for name in ("text.h5", "empty", "gone.h5"):
        with pytest.raises(FileFormatError, match=name), open_volume(tmp_path / name):
            pass
