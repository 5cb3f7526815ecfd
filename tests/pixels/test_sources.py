import numpy as np
import pytest

from batchwork.pixels.sources import as_pixels


@pytest.mark.parametrize(
    ("dtype", "wanted"),
    [
        (np.uint8, [0, 1, 84, 254, 255]),
        (np.uint16, [0, 327, 21626, 65534, 65535]),
        (np.int8, [0, 0, 41, 126, 127]),
        (np.uint32, [0, 21474836, 1417339207, 4294967039, 4294967295]),
    ],
)
def test_probabilities_become_whole_numbers_by_cutting_off(dtype, wanted):
    probabilities = np.array([0, 0.005, 0.33, np.nextafter(np.float32(1), np.float32(0)), 1], np.float32)
    found = as_pixels(probabilities, np.dtype(dtype))
    assert found.dtype == dtype
    np.testing.assert_allclose(found.astype(float), wanted, rtol=1e-7, atol=0)


def test_the_largest_whole_number_stands_for_certainty():
    for dtype in (np.int64, np.uint64, np.int32):
        assert as_pixels(np.ones(1, np.float32), np.dtype(dtype))[0] == np.iinfo(dtype).max


def test_probabilities_of_float_images_stay_as_they_are():
    probabilities = np.array([0.25, 0.33], np.float32)
    assert as_pixels(probabilities, np.dtype(np.float64)).tolist() == probabilities.tolist()
