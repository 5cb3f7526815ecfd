"""Median polish takes apart what was put together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from batchwork.screening.quality.polish import median_polish


def test_an_example_worked_out_by_hand():
    """Deaths by hour and place, of Tukey's book: one round settles it."""
    deaths = np.array([[14.0, 15, 14], [7, 4, 7], [8, 2, 10], [15, 9, 10], [0, 2, 0]])
    found = median_polish(deaths)
    assert found.overall == 8
    assert found.rows.tolist() == [6, -1, 0, 2, -8]
    assert found.columns.tolist() == [0, -1, 0]
    assert found.residuals.tolist() == [[0, 2, 0], [0, -2, 0], [0, -5, 2], [5, 0, 0], [0, 3, 0]]


@pytest.mark.parametrize("shape", [(2, 3), (4, 6), (8, 12), (16, 24), (32, 48)])
def test_rows_and_columns_that_were_added_come_out_again(shape):
    rows, columns = np.linspace(-3, 3, shape[0]), np.cos(np.arange(shape[1]))
    columns -= np.median(columns)
    found = median_polish(7 + rows[:, None] + columns)
    assert found.overall == pytest.approx(7)
    assert found.rows == pytest.approx(rows - np.median(rows))
    assert found.columns == pytest.approx(columns)
    assert found.residuals == pytest.approx(0, abs=1e-9)


def test_wells_that_are_missing_are_left_out():
    plate = 5 + np.arange(8)[:, None] + np.zeros((8, 12))
    plate[0, :6] = plate[:, 11] = np.nan
    found = median_polish(plate)
    assert found.rows == pytest.approx(np.arange(8) - 3.5)
    assert np.isnan(found.columns[11])
    assert np.array_equal(np.isnan(found.residuals), np.isnan(plate))
    assert np.nanmax(np.abs(found.b_scores)) == 0


def test_a_hit_stands_out_of_rows_and_columns():
    rng = np.random.default_rng(0)
    plate = rng.normal(0, 1, (16, 24)) + np.linspace(0, 40, 24)
    plate[3, 2] += 12
    scores = median_polish(plate).b_scores
    assert scores.argmax() == 3 * 24 + 2
    assert 9 < scores.max() < 18
    assert np.std(np.delete(scores, 3 * 24 + 2)) == pytest.approx(1.1, abs=0.2)


def test_an_empty_plate_has_nothing():
    found = median_polish(np.full((8, 12), np.nan))
    assert np.isnan(found.overall)
    assert np.isnan(found.b_scores).all()


@settings(max_examples=50, deadline=None)
@given(arrays(float, (4, 6), elements=st.floats(-1e6, 1e6) | st.just(np.nan)))
def test_the_parts_always_sum_to_the_values(plate):
    found = median_polish(plate)
    whole = found.overall + found.rows[:, None] + found.columns + found.residuals
    assert np.allclose(whole, plate, atol=1e-6, equal_nan=True)
