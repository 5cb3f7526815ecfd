import numpy as np
import pytest

from batchwork.screening.tables.confidence import log_error_of_median, ratio_interval

ONCE, TIMES = 2000, 400


def test_the_error_of_a_median_is_that_of_the_normal_distribution():
    rng = np.random.default_rng(0)
    found = [log_error_of_median(rng.lognormal(3, 0.4, ONCE)) for _ in range(50)]
    assert np.mean(found) == pytest.approx(0.4 * np.sqrt(np.pi / 2 / ONCE), rel=0.05)


def test_intervals_hold_the_true_ratio_as_often_as_they_say():
    rng, held = np.random.default_rng(1), 0
    for _ in range(TIMES):
        low, high = ratio_interval(1.4 * rng.lognormal(0, 0.3, 300), rng.lognormal(0, 0.3, 200), np.empty(0))
        held += low <= 1.4 <= high
    assert 0.92 <= held / TIMES <= 0.98


def test_sites_that_differ_widen_the_interval():
    values = np.random.default_rng(2).lognormal(0, 0.1, 500)
    narrow = ratio_interval(values, values, np.array([1.0, 1.0, 1.0]))
    wide = ratio_interval(values, values, np.array([0.7, 1.0, 1.4]))
    assert wide[1] - wide[0] > 3 * (narrow[1] - narrow[0])


@pytest.mark.parametrize("values", [np.ones(4), np.linspace(-1, 1, 50)])
def test_what_cannot_be_told_is_nan(values):
    assert np.isnan(ratio_interval(values, np.ones(50), np.ones(5))).all()
