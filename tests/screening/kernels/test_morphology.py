"""Morphology with discs, against plain scipy with the same footprint."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from batchwork.errors import ParameterError
from batchwork.screening.kernels.morphology import dilate, disc_half_widths, erode, opening, white_tophat

TYPES = [np.uint8, np.uint16, np.int32, np.float32, np.float64]


def disc(radius):
    place = np.arange(-radius, radius + 1)
    return place[:, None] ** 2 + place**2 <= radius**2


def picture(dtype, shape=(57, 83), seed=0):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 250, shape)
    return (values - 120).astype(dtype) if np.dtype(dtype).kind == "i" else values.astype(dtype)


@pytest.mark.parametrize("radius", range(31))
def test_half_widths_are_those_of_the_disc(radius):
    np.testing.assert_array_equal(2 * disc_half_widths(radius) + 1, disc(radius)[radius:].sum(axis=1))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("radius", [0, 1, 2, 5, 20, 100])
def test_erosion_and_dilation_equal_scipy(dtype, radius):
    image = picture(dtype)
    if radius < 30:
        low = ndimage.grey_erosion(image, footprint=disc(radius), mode="reflect")
        high = ndimage.grey_dilation(image, footprint=disc(radius), mode="reflect")
    else:
        low, high = np.full_like(image, image.min()), np.full_like(image, image.max())
    eroded, dilated = erode(image, radius), dilate(image, radius)
    assert eroded.dtype == dilated.dtype == dtype
    np.testing.assert_array_equal(eroded, low)
    np.testing.assert_array_equal(dilated, high)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_top_hat_equals_scipy(dtype):
    image = picture(dtype, (70, 120))
    reference = image - ndimage.grey_dilation(ndimage.grey_erosion(image, footprint=disc(8)), footprint=disc(8))
    np.testing.assert_array_equal(white_tophat(image, 8), reference)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 9), st.integers(0, 99))
def test_any_small_shape_and_radius(rows, columns, radius, seed):
    image = picture(np.uint16, (rows, columns), seed)
    padded = np.pad(image, radius, constant_values=65535)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1, 2 * radius + 1))
    np.testing.assert_array_equal(erode(image, radius), windows[..., disc(radius)].min(axis=-1))


def test_an_opening_keeps_discs_and_removes_what_is_smaller():
    image = np.zeros((60, 60), np.uint16)
    image[10:41, 10:41][disc(15)] = 9
    np.testing.assert_array_equal(opening(image, 15), image)
    assert opening(image, 16).max() == 0


def test_a_view_with_gaps_is_taken():
    image = picture(np.uint16, (60, 60))
    np.testing.assert_array_equal(erode(image[::2, ::3], 3), erode(image[::2, ::3].copy(), 3))


@pytest.mark.parametrize(
    ("image", "radius", "text"),
    [
        (np.zeros((4, 4), np.uint16), -1, "radius"),
        (np.zeros(4, np.uint16), 1, "shape"),
        (np.zeros((0, 4), np.uint16), 1, "shape"),
        (np.zeros((4, 4), complex), 1, "complex"),
        (np.zeros((4, 4), bool), 1, "bool"),
    ],
)
def test_wrong_input_is_refused(image, radius, text):
    with pytest.raises(ParameterError, match=text):
        erode(image, radius)
