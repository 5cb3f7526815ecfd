"""The steps of axes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from batchwork.tactile.reporting.levels import Levels, pair_of_levels
from batchwork.tactile.results.observations import Column


def column(values, words=()):
    return Column(np.array(values, float), words)


def test_each_value_is_a_level():
    levels = Levels.exact(column([30, 10, np.nan, 30, 20]))
    assert levels.labels == ("10", "20", "30")
    assert levels.of.tolist() == [2, 0, -1, 2, 1]
    assert levels.centres.tolist() == [10, 20, 30]


def test_words_keep_their_order_and_are_never_put_together():
    levels = Levels.at_most(column([0, 1, 2, 1], words=("gabor", "grating", "edge")), 2)
    assert levels.labels == ("gabor", "grating", "edge")
    assert levels.of.tolist() == [0, 1, 2, 1]


def test_many_values_are_put_into_ranges_of_equal_numbers():
    levels = Levels.at_most(column(np.arange(100)), 4)
    assert np.bincount(levels.of).tolist() == [25, 25, 25, 25]
    assert levels.labels == ("0–24.8", "24.8–49.5", "49.5–74.2", "74.2–99")
    np.testing.assert_allclose(levels.centres, [12.375, 37.125, 61.875, 86.625])


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1), st.integers(1, 9))
def test_every_number_lies_in_one_range_and_nothing_else_does(values, most):
    levels = Levels.at_most(column(values), most)
    assert len(levels) <= most
    assert ((levels.of >= 0) == ~np.isnan(values)).all()
    assert levels.of.max() < max(len(levels), 1)


def test_a_lattice_is_shown_as_it_is_and_scattered_points_in_cells():
    x, y = np.meshgrid(np.arange(30), np.arange(20))
    assert [len(levels) for levels in pair_of_levels(column(x.ravel()), column(y.ravel()))] == [30, 20]
    rng = np.random.default_rng(1)
    x, y = pair_of_levels(column(rng.random(400)), column(rng.random(400)))
    assert (len(x), len(y)) == (10, 10)
    assert np.bincount(x.of * 10 + y.of, minlength=100).mean() == 4
