import numpy as np
import pytest

from batchwork.tomo.kernels.scorers.stripe_profile import stripe_profile

COLUMNS = 256


@pytest.fixture
def disc():
    across = (np.arange(COLUMNS) - 120) / 90
    return 1.2 * np.sqrt(np.clip(1 - across**2, 0, None))


def offsets(sigma, seed=2):
    return np.random.default_rng(seed).normal(0, sigma, COLUMNS)


@pytest.mark.parametrize(("sigma", "left"), [(0.02, 0.7), (0.1, 0.45)])
def test_offsets_of_all_pixels_are_told_from_the_object(disc, sigma, left):
    stripes = offsets(sigma)
    assert (stripe_profile(disc + stripes) - stripes).std() < left * sigma


def test_little_of_an_object_without_stripes_is_taken_off_and_that_at_its_edges(disc):
    found = stripe_profile(disc)
    inside = np.abs(np.arange(COLUMNS) - 120) < 75
    assert np.abs(found[inside]).max() < 1e-3
    assert found.std() < 0.02


def test_a_few_bad_pixels_are_found_whatever_their_size(disc):
    stripes = np.zeros(COLUMNS)
    stripes[[60, 130, 131, 190]] = 0.4, -2.0, -2.0, 5.0
    found = stripe_profile(disc + offsets(1e-3) + stripes)
    np.testing.assert_allclose(found[stripes != 0], stripes[stripes != 0], atol=0.05)


def test_a_flat_profile_has_no_stripes():
    np.testing.assert_allclose(stripe_profile(np.full(COLUMNS, 0.7)), 0, atol=1e-12)
