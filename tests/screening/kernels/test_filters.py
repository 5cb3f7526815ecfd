"""Smoothing and resizing, against scipy and analytic cases."""

import numpy as np
import pytest
from scipy import ndimage

from batchwork.errors import ParameterError
from batchwork.screening.kernels.filters import enlarge, shrink, smooth


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5, 30.0])
def test_smoothing_equals_scipy(dtype, sigma):
    image = np.random.default_rng(0).integers(0, 250, (41, 67)).astype(dtype)
    reference = ndimage.gaussian_filter(image.astype(np.float64), sigma)
    found = smooth(image, sigma)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, reference, atol=2e-3)


def test_no_smoothing_is_a_copy():
    image = np.eye(5, dtype=np.float32)
    found = smooth(image, 0.0)
    np.testing.assert_array_equal(found, image)
    assert not np.shares_memory(found, image)


def test_squares_are_averaged_and_cut_at_the_border():
    image = np.arange(15, dtype=np.uint16).reshape(3, 5)
    np.testing.assert_allclose(shrink(image, 2), [[3.0, 5.0, 6.5], [10.5, 12.5, 14.0]])


def test_a_plane_comes_back_inside():
    y, x = np.indices((64, 96))
    plane = (3 * y - 2 * x).astype(np.float32)
    found = enlarge(shrink(plane, 8), 8, plane.shape)
    np.testing.assert_allclose(found[4:-4, 4:-4], plane[4:-4, 4:-4], atol=1e-4)


def test_wrong_parameters_are_refused():
    with pytest.raises(ParameterError, match="sigma"):
        smooth(np.ones((3, 3)), -1.0)
    with pytest.raises(ParameterError, match="sigma"):
        smooth(np.ones((3, 3)), np.nan)
    with pytest.raises(ParameterError, match="factor"):
        shrink(np.ones((3, 3)), 0)
