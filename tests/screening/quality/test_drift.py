"""Drift that was put in is found with its size."""

import numpy as np
import pytest

from batchwork.screening.quality.drift import order_drift, plate_drift, plate_shifts


def wells(n=60, seed=0, sd=0.1):
    return np.random.default_rng(seed).lognormal(0, sd, n) * 1000


@pytest.mark.parametrize("size", [-0.4, 0.4])
def test_a_lamp_that_fades_over_the_plate(size):
    order = np.random.default_rng(1).permutation(60).astype(float)
    found = order_drift(wells() * (1 + size * (order / 59 - 0.5)), order)
    assert found.size == pytest.approx(size, abs=0.1)
    assert found.p < 0.001


def test_without_drift_few_plates_have_one():
    chances = [order_drift(wells(40, seed), np.arange(40.0)).p for seed in range(40)]
    assert np.sum(np.array(chances) < 0.05) <= 6


def test_wells_without_value_or_time_do_not_count():
    values, order = wells(), np.arange(60.0)
    values[::7] = order[::11] = np.nan
    kept = np.isfinite(values) & np.isfinite(order)
    assert order_drift(values, order) == order_drift(values[kept], order[kept])
    assert "7 with a value and a time, 8 are needed" in order_drift(wells(7), np.arange(7.0)).reason
    assert order_drift(wells(), np.zeros(60)).reason
    assert "not above 0" in order_drift(np.zeros(60), np.arange(60.0)).reason


def test_a_plate_that_is_brighter_than_the_others():
    found = plate_shifts([wells(seed=1), wells(seed=2) * 1.2, wells(seed=3)])
    assert found[1].size == pytest.approx(0.2, abs=0.05)
    assert found[1].p < 0.001
    assert found[1].median == pytest.approx(1200, rel=0.05)
    few = plate_shifts([wells(), wells(2)])
    assert "2 here and 60 on the other plates" in few[1].reason
    assert plate_shifts([wells()])[0].reason


def test_plates_that_fade_one_after_another():
    found = plate_drift([wells(seed=k) * (1 - 0.1 * k) for k in range(4)])
    assert found.size == pytest.approx(-0.3 / 0.85, abs=0.08)
    assert found.p < 0.001
    assert plate_drift([wells(seed=k) for k in range(4)]).p > 0.05
    assert "2 with 3 wells" in plate_drift([wells(), wells(), wells(2)]).reason
