"""Pictures of classes over their image."""

import h5py
import imageio.v3 as iio
import numpy as np
import pytest

from batchwork.pixels.errors import ImageError
from batchwork.pixels.images.axistags import to_axistags
from batchwork.pixels.pictures import COLOURS, draw_classes


def _stored(path, values, axes):
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=values).attrs["axistags"] = to_axistags(axes)
    return path


@pytest.fixture
def halves(tmp_path):
    """Give an image and its probabilities: the left half is class 1, the right half class 2."""
    image = np.tile(np.arange(40, dtype=np.uint8), (20, 1))
    right = (image >= 20).astype(np.float32)
    raw = _stored(tmp_path / "raw.h5", image, "yx")
    return raw, _stored(tmp_path / "result.h5", np.stack([1 - right, right], axis=-1), "yxc")


def test_the_image_beside_its_classes(tmp_path, halves):
    draw_classes(*halves, tmp_path / "seen.png")
    seen = iio.imread(tmp_path / "seen.png").astype(float)
    assert seen.shape == (20, 80, 3)
    plain, over = seen[:, :40], seen[:, 40:]
    assert np.ptp(plain, axis=2).max() == 0, "the left one is grey"
    assert np.all(np.diff(plain[0, :, 0]) >= 0)
    expected = 0.65 * plain[5, 30] + 0.35 * np.array(COLOURS[1])
    assert np.abs(over[5, 30] - expected).max() <= 1
    assert tuple(over[5, 19]) == COLOURS[0], "the edge is drawn in the colour of its class"


def test_numbers_of_classes_and_what_has_none(tmp_path, halves):
    numbers = np.zeros((20, 40, 1), np.uint8)
    numbers[:, 30:] = 1
    draw_classes(halves[0], _stored(tmp_path / "numbers.h5", numbers, "yxc"), tmp_path / "seen.png")
    seen = iio.imread(tmp_path / "seen.png")
    assert np.array_equal(seen[:, :28], seen[:, 40:68]), "without a class nothing is drawn over"
    assert (seen[:, 31:40] != seen[:, 71:]).any()


def test_of_a_volume_the_middle_slice_thinned_out(tmp_path):
    volume = np.zeros((5, 30, 90), np.uint8)
    volume[2, :15] = 200
    raw = _stored(tmp_path / "raw.h5", volume, "zyx")
    result = _stored(tmp_path / "result.h5", np.ones((5, 30, 90, 1), np.uint8), "zyxc")
    draw_classes(raw, result, tmp_path / "seen.png", most_pixels=30)
    seen = iio.imread(tmp_path / "seen.png")
    assert seen.shape == (10, 60, 3)
    assert (seen[0, 0, 0], seen[9, 0, 0]) == (255, 0)


def test_a_result_that_is_none(tmp_path, halves):
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"no HDF5")
    with pytest.raises(ImageError, match=r"broken\.h5"):
        draw_classes(halves[0], broken, tmp_path / "seen.png")
