import numpy as np
import pytest

from batchwork.tomo.kernels.kaiser_bessel import KaiserBessel


@pytest.mark.parametrize("kernel", [KaiserBessel(6, 1.5), KaiserBessel(6, 1.25), KaiserBessel(4, 2.0)])
def test_transform_is_that_of_the_kernel(kernel):
    d = np.linspace(-kernel.width / 2, kernel.width / 2, 20001)
    for x in (0.0, 0.1, 0.3, 0.4):
        integral = np.trapezoid(kernel(d) * np.cos(2 * np.pi * d * x), d)
        assert kernel.transform(x) == pytest.approx(integral, rel=2e-3)


def test_taps_are_the_kernel_at_the_cells_reached():
    kernel = KaiserBessel(6, 1.5)
    taps = kernel.taps(8)
    np.testing.assert_allclose(taps[2], kernel(0.25 + np.arange(6) - 3), rtol=1e-6)
    assert taps.shape == (9, 6)


def test_the_kernel_ends():
    kernel = KaiserBessel(6, 1.5)
    np.testing.assert_array_equal(kernel([-3, 3, 4.5]), 0)
    assert kernel(0) == 1
