"""Z′ and SSMD against values worked out by hand, and their refusals."""

import numpy as np
import pytest

from batchwork.screening.quality.controls import separation


def test_values_by_hand():
    found = separation(np.array([9.0, 10.0, 11.0]), np.array([1.0, 2.0, 3.0]))
    assert found.z_prime == pytest.approx(1 - 3 * 2 / 8)
    assert found.ssmd == pytest.approx(8 / np.sqrt(2))
    assert found.robust_z_prime == pytest.approx(1 - 3 * 2 * 1.4826 / 8, rel=1e-6)
    assert found.robust_ssmd == pytest.approx(8 / (1.4826 * np.sqrt(2)), rel=1e-6)
    assert found.reason == ""


def test_positives_that_lie_lower_have_the_same_z_prime_and_an_ssmd_below_0():
    high, low = np.array([9.0, 10.0, 12.0]), np.array([1.0, 2.0, 5.0])
    one, other = separation(high, low), separation(low, high)
    assert one.z_prime == pytest.approx(other.z_prime)
    assert one.ssmd == pytest.approx(-other.ssmd)


def test_large_samples_reach_the_values_of_their_populations():
    rng = np.random.default_rng(0)
    found = separation(rng.normal(10, 1, 100_000), rng.normal(4, 2, 100_000))
    assert (found.z_prime, found.robust_z_prime) == pytest.approx((1 - 9 / 6,) * 2, abs=0.02)
    assert (found.ssmd, found.robust_ssmd) == pytest.approx((6 / np.sqrt(5),) * 2, abs=0.03)


def test_one_strange_well_moves_the_plain_values_and_not_the_robust_ones():
    positive, negative = np.linspace(9.5, 10.5, 16), np.linspace(1.5, 2.5, 16)
    strange = np.append(positive, 90.0)
    before, after = separation(positive, negative), separation(strange, negative)
    assert after.z_prime < 0 < before.z_prime
    assert after.robust_z_prime == pytest.approx(before.robust_z_prime, abs=0.05)


@pytest.mark.parametrize(
    ("positive", "negative", "said"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], "2 positive with a value, 3 of each are needed"),
        ([], [np.nan, 1.0, 2.0], "0 positive and 2 negative"),
    ],
)
def test_too_few_controls_are_said(positive, negative, said):
    found = separation(np.array(positive), np.array(negative))
    assert said in found.reason
    assert np.isnan([found.z_prime, found.robust_z_prime, found.ssmd, found.robust_ssmd]).all()


def test_controls_without_any_spread():
    apart, alike = separation(np.full(3, 2.0), np.full(3, 1.0)), separation(np.full(3, 1.0), np.full(3, 1.0))
    assert (apart.z_prime, apart.ssmd) == (1.0, np.inf)
    assert np.isnan([alike.z_prime, alike.ssmd]).all()
