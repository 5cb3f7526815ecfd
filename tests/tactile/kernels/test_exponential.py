import numba as nb
import numpy as np

from batchwork.tactile.kernels.exponential import exp


@nb.njit
def _all(x, out):
    for i in range(x.size):
        out[i] = exp(x[i])


def test_it_is_the_exponential_to_two_units_in_the_last_place():
    x = np.linspace(-87, 88, 1_000_001).astype(np.float32)
    out = np.empty_like(x)
    _all(x, out)
    expected = np.exp(x.astype(np.float64))
    assert (np.abs(out - expected) / np.spacing(expected.astype(np.float32))).max() < 2


def test_beyond_its_range_it_stays_finite_and_normal():
    x, out = np.array([-np.inf, -1e30, -88, 89, 1e30, np.inf], np.float32), np.empty(6, np.float32)
    _all(x, out)
    np.testing.assert_allclose(out, np.exp([-87.0] * 3 + [88.0] * 3), rtol=1e-5)
