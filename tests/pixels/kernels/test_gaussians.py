import numpy as np
import pytest
from tests.pixels.reference import kernel

from batchwork.pixels.kernels.gaussians import filter_sigma, half_kernel, presmoothing_sigma, radius


def whole(half, order):
    return np.concatenate([(-half if order == 1 else half)[:0:-1], half])


@pytest.mark.parametrize("window", [2.0, 3.5])
@pytest.mark.parametrize("sigma", [0.3, 0.66, 1.0, 4.7])
def test_kernels_give_the_derivatives_of_polynomials(sigma, window):
    x = np.arange(-radius(sigma, window), radius(sigma, window) + 1)
    for order in (0, 1, 2):
        taps = whole(half_kernel(sigma, order, window), order)
        assert taps.shape == x.shape
        moments = [np.sum(taps * x**n) for n in range(order + 1)]
        np.testing.assert_allclose(moments, [0] * order + [(1, 1, 2)[order]], atol=1e-12)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_kernels_have_the_shape_of_the_sampled_formulas(order):
    for sigma in (0.3, 0.5, 1.0, 3.354):
        np.testing.assert_allclose(whole(half_kernel(sigma, order, 3.5), order), kernel(sigma, order, 3.5), atol=1e-14)


def test_radii_are_rounded_half_up_and_may_be_zero():
    assert [radius(sigma, 2.0) for sigma in (0.15, 0.2, 0.25, 0.66, 0.75, 1.0)] == [0, 0, 1, 1, 2, 2]
    assert half_kernel(0.1, 0, 2.0).tolist() == [1.0]
    assert half_kernel(0.1, 1, 2.0).tolist() == half_kernel(0.1, 2, 2.0).tolist() == [0.0]


def test_scales_above_one_are_split_and_those_below_are_used_twice():
    assert presmoothing_sigma(10.0) ** 2 + filter_sigma(10.0) ** 2 == pytest.approx(100.0)
    assert (presmoothing_sigma(0.7), filter_sigma(0.7)) == (0.7, 0.7)
