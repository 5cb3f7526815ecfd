"""Backgrounds, against numpy on all pixels at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.screening.kernels.backgrounds import Level, count_values, darkest_well, less_background, level_of
from batchwork.screening.kernels.statistics import measure


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=30))
def test_median_and_mad_equal_numpy(values):
    found = level_of(count_values(np.array([values], np.uint16)))
    median = np.median(values)
    assert found == Level(median, np.median(np.abs(np.array(values) - median)))


def test_sites_pool_in_any_order():
    rng = np.random.default_rng(0)
    images = [rng.poisson(level, (40, 50)).astype(np.uint16) for level in (700, 900, 1300)]
    masks = [rng.random((40, 50)) < 0.3 for _ in images]
    counts = [count_values(image, mask) for image, mask in zip(images, masks, strict=True)]
    pooled = np.concatenate([image[mask] for image, mask in zip(images, masks, strict=True)])
    assert level_of(sum(counts)) == level_of(sum(counts[::-1]))
    assert level_of(sum(counts)).median == np.median(pooled)
    assert level_of(sum(counts)).mad == np.median(np.abs(pooled - np.median(pooled)))


def test_nothing_counted_has_no_level():
    found = level_of(count_values(np.ones((2, 2), np.uint8), np.zeros((2, 2), bool)))
    assert np.isnan(found.median)
    assert np.isnan(found.rounded().median)


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=30))
def test_medians_of_counts_stay_as_they_are_when_rounded(values):
    found = level_of(count_values(np.array([values], np.uint16)))
    assert found.rounded() == found


@pytest.mark.parametrize(
    ("mad", "median", "rounded"), [(126, 3085.871, 3086), (28, 378.9668, 379), (3, 12.02, 12.03125), (0, 12.02, 12.02)]
)
def test_a_median_is_rounded_to_a_part_of_the_mad(mad, median, rounded):
    assert Level(median, mad).rounded() == Level(rounded, mad)


def test_fractions_cannot_be_counted():
    with pytest.raises(ParameterError, match="float32"):
        count_values(np.ones((2, 2), np.float32))


def test_the_darkest_well_is_one_with_background_and_cells():
    medians = np.array([500.0, 400.0, 300.0, 350.0, np.nan])
    shares = np.array([0.5, 0.4, 0.95, 0.05, 0.5])
    assert darkest_well(medians, shares) == 1
    assert darkest_well(medians, shares, most_share=1.0) == 2
    with pytest.raises(ParameterError, match="no well"):
        darkest_well(medians, np.zeros(5))


def test_the_background_is_taken_off_all_but_mads():
    image, labels = np.array([[5, 9, 4, 8]], np.uint16), np.array([[1, 1, 1, 2]])
    before = measure(labels, image, quantiles=(0.5,), top=(1,))
    after = less_background(before, 3.0)
    np.testing.assert_allclose(after.mean, [3, 5])
    np.testing.assert_allclose(after.median, [2, 5])
    np.testing.assert_allclose(after.mad, before.mad)
    np.testing.assert_allclose(after.quantiles[:, 0], [2, 5])
    np.testing.assert_allclose(after.top[:, 0], [6, 5])
    np.testing.assert_allclose(after.mean * after.area, [18 - 3 * 3, 5])
