import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.preprocess import (
    ATTENUATION_OF_NAN,
    LEAST_TRANSMISSION,
    attenuation,
    bin_detector,
    binned_cor,
    unbinned_cor,
)


def expected(projections, flat, dark):
    transmission = (projections.astype(np.float64) - dark) / (flat - dark)
    return -np.log(np.maximum(transmission, LEAST_TRANSMISSION)).transpose(1, 0, 2)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_is_the_formula(dtype):
    rng = np.random.default_rng(1)
    top = 255 if dtype is np.uint8 else 60000
    projections = rng.integers(0, top, (30, 4, 50)).astype(dtype)
    flat, dark = rng.uniform(0.7 * top, top, (4, 50)), rng.uniform(0, 0.1 * top, (4, 50))
    sinograms = attenuation(projections, flat, dark)
    assert sinograms.shape == (4, 30, 50)
    assert sinograms.dtype == np.float32
    # where counts are close to the dark field, float32 keeps fewer digits of their difference
    np.testing.assert_allclose(sinograms, expected(projections, flat, dark), rtol=1e-3, atol=1e-5)


@given(st.floats(2**-19, 2**20, width=32))
def test_the_logarithm_is_exact_to_float32(value):
    one = attenuation(np.full((1, 1, 1), value, np.float32), np.ones((1, 1)), np.zeros((1, 1)))
    assert float(one[0, 0, 0]) == pytest.approx(-np.log(value), rel=1e-6, abs=2e-7)


def test_no_light_left_counts_as_the_least_transmission():
    projections = np.array([[[50.0, 100.0, -1e9]]], np.float32)
    sinograms = attenuation(projections, np.full((1, 3), 200.0), np.full((1, 3), 100.0))
    np.testing.assert_allclose(sinograms, -np.log(LEAST_TRANSMISSION), rtol=1e-6)


def test_a_flat_field_no_brighter_than_the_dark_field_means_no_attenuation():
    flat, dark = np.array([[0.0, 100.0, np.nan, 300.0]]), np.array([[0.0, 100.0, 0.0, 100.0]])
    sinograms = attenuation(np.full((2, 1, 4), 100, np.uint16), flat, dark)
    np.testing.assert_array_equal(sinograms[0, :, :3], 0)
    assert (sinograms[0, :, 3] > 1).all()


def test_what_is_not_a_number_has_a_fixed_attenuation():
    sinograms = attenuation(np.full((1, 1, 2), np.nan, np.float32), np.ones((1, 2)), np.zeros((1, 2)))
    np.testing.assert_array_equal(sinograms, ATTENUATION_OF_NAN)


def test_transmission_on_request():
    projections = np.array([[[150.0, 50.0, np.nan]]], np.float32)
    transmission = attenuation(projections, np.full((1, 3), 200.0), np.full((1, 3), 100.0), minus_log=False)
    np.testing.assert_array_equal(transmission, np.array([[[0.5, -0.5, np.nan]]], np.float32))


def test_writes_where_it_is_told():
    out = np.empty((2, 3, 4), np.float32)
    projections = np.ones((3, 2, 4), np.uint8)
    assert attenuation(projections, np.ones((2, 4)), np.zeros((2, 4)), out=out) is out
    np.testing.assert_array_equal(out, 0)


@pytest.mark.parametrize("shapes", [((2, 5), (2, 4), None), ((2, 4), (1, 4), None), ((2, 4), (2, 4), (3, 2, 4))])
def test_shapes_must_fit(shapes):
    flat, dark, out = shapes
    with pytest.raises(ParameterError):
        attenuation(
            np.ones((3, 2, 4), np.uint8),
            np.ones(flat),
            np.zeros(dark),
            out=None if out is None else np.empty(out, np.float32),
        )


def test_binning_averages_blocks_and_drops_the_rest():
    image = np.arange(5 * 7, dtype=np.uint16).reshape(5, 7)
    binned = bin_detector(image, 1)
    assert binned.shape == (2, 3)
    assert binned[0, 0] == np.mean([0, 1, 7, 8])
    np.testing.assert_array_equal(bin_detector(image, 0), image)


@pytest.mark.parametrize("binning", [-1, 3])
def test_binning_must_fit(binning):
    with pytest.raises(ParameterError):
        bin_detector(np.ones((7, 7)), binning)


@given(st.floats(-1e4, 1e4), st.integers(0, 3))
def test_centres_come_back_from_binning(cor, binning):
    assert unbinned_cor(binned_cor(cor, binning), binning) == pytest.approx(cor)


def test_the_middle_stays_the_middle():
    assert binned_cor((1024 - 1) / 2, 2) == (256 - 1) / 2
