"""The smallest detectable ratio is detected as often as it says, in plates drawn from known spreads."""

import numpy as np
import pytest
from scipy import stats

from batchwork.screening.quality.detecting import ALPHA, POWER, detectable_ratio


def wells(rng, count, sites=9, between=0.05, within=0.1, ratio=1.0):
    return [ratio * np.exp(rng.normal(0, between) + rng.normal(0, within, sites)) for _ in range(count)]


def test_components_of_variance_come_out_again():
    rng = np.random.default_rng(0)
    negatives = wells(rng, 400)
    found = detectable_ratio([*negatives, *wells(rng, 100, ratio=1.5)], negatives)
    assert found.basis == "controls"
    assert found.between_wells == pytest.approx(0.05, abs=0.006)
    assert found.within_well == pytest.approx(0.1, abs=0.003)
    factor = stats.norm.ppf(1 - ALPHA / 2) + stats.norm.ppf(POWER)
    assert np.log(found.ratio) == pytest.approx(factor * np.sqrt(0.05**2 + 0.1**2 / 9), rel=0.05)


def test_wells_of_that_ratio_are_found_as_often_as_promised():
    """Against 12 controls by the t test of one new well; the ratio is that of a plate of the same spread."""
    rng = np.random.default_rng(1)
    s, n = np.sqrt(0.05**2 + 0.1**2 / 9), 12
    t = stats.t.ppf(1 - ALPHA / 2, n - 1)
    asked = np.exp((t + stats.t.ppf(POWER, n - 1)) * s * np.sqrt(1 + 1 / n))
    hits = 0
    for _ in range(2000):
        controls = np.log(np.stack(wells(rng, n))).mean(axis=1)
        new = np.log(wells(rng, 1, ratio=asked)[0]).mean()
        hits += abs(new - controls.mean()) > t * controls.std(ddof=1) * np.sqrt(1 + 1 / n)
    assert hits / 2000 == pytest.approx(POWER, abs=0.04)


def test_without_controls_sites_give_a_lower_bound():
    rng = np.random.default_rng(2)
    found = detectable_ratio(wells(rng, 60), [])
    assert found.basis == "sites"
    assert np.log(found.ratio) == pytest.approx((1.96 + 0.842) * 0.1 / 3, rel=0.06)
    assert np.isnan(found.between_wells)


def test_more_sites_detect_less():
    rng = np.random.default_rng(3)
    assert detectable_ratio(wells(rng, 60, sites=16), []).ratio < detectable_ratio(wells(rng, 60, sites=4), []).ratio


def test_too_little_to_go_by_is_said():
    found = detectable_ratio([np.array([1.1]), np.array([1.2, np.nan])], [np.array([1.1])])
    assert np.isnan(found.ratio)
    assert "1 negative with a ratio, 3 are needed" in found.reason


def test_one_site_in_each_well_does_where_there_are_controls():
    rng = np.random.default_rng(4)
    found = detectable_ratio([], wells(rng, 8, sites=1))
    assert found.basis == "controls"
    assert 1 < found.ratio < 2
