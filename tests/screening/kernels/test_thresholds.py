"""Thresholds, from mixtures that are known."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.screening.kernels.thresholds import background_of, otsu


def mixture(dark=90_000, bright=10_000, level=200.0, sigma=12.0):
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(level, sigma, dark), rng.uniform(400, 3000, bright)]).astype(np.float32)


def least_variance(values, bins=256):
    """Find Otsu's level by trying all of them."""
    counts, edges = np.histogram(values, bins)
    centres = (edges[1:] + edges[:-1]) / 2
    within = []
    for k in range(1, bins):
        parts = [(counts[:k], centres[:k]), (counts[k:], centres[k:])]
        means = [np.sum(c * v) / max(c.sum(), 1) for c, v in parts]
        within.append(sum(np.sum(c * (v - m) ** 2) for (c, v), m in zip(parts, means, strict=True)))
    return centres[int(np.argmin(within))]


def test_otsu_leaves_least_variance():
    values = mixture()
    np.testing.assert_allclose(otsu(values), least_variance(values), rtol=1e-5)


def test_otsu_of_one_value_is_that_value():
    assert otsu(np.full(9, 4.0)) == 4.0
    with pytest.raises(ParameterError, match="no values"):
        otsu(np.zeros(0))


@pytest.mark.parametrize("share", [0.15, 0.5, 0.9])
def test_the_background_is_found_whatever_its_share(share):
    values = np.random.default_rng(1).permutation(mixture(int(200_000 * share), int(200_000 * (1 - share))))
    found = background_of(values)
    assert found.level == pytest.approx(200, abs=4)
    assert found.sigma == pytest.approx(12, rel=0.25)


def test_an_image_of_one_value_has_no_noise():
    found = background_of(np.full((20, 20), 7, np.uint16))
    assert (found.level, found.sigma) == (7.0, 0.0)
