"""Scores, against an example worked by hand.

A site of ten cells of four pixels each, background of the serum 100. The means of the serum are

    infected 300 340 260 420 280    less background  200 240 160 320 180    median 200, mean 220
    control  200 180 240 220 150    less background  100  80 140 120  50    median 100, mean  98

so that ratio = 2, difference = 100, difference over sum = 100 / 300 = 1/3. The controls lie 0, 20, 40, 20 and 50 from
their median, so MAD = 20 and robust z = 5. Sorted, infected are 160 180 200 240 320: quantile 0.7 lies at place 2.8,
200 + 0.8 · 40 = 232; quantile 0.3 at place 1.2, 180 + 0.2 · 20 = 184. Controls are 50 80 100 120 140: quantile 0.3 is
80 + 0.2 · 20 = 84, quantile 0.7 is 100 + 0.8 · 20 = 116. The marker of the background is 50 with a MAD of 10, so that a
cell is infected above 50 + 4.8 · 10 = 98.
"""

import numpy as np
import pytest
from scipy import stats

from batchwork.errors import ParameterError
from batchwork.screening.kernels.backgrounds import Level, count_values, less_background, level_of
from batchwork.screening.kernels.scores import Scores, infected_cells, score_cells, score_groups, significance
from batchwork.screening.kernels.statistics import measure

SERUM = np.array([300, 340, 260, 420, 280, 200, 180, 240, 220, 150])
MARKER = np.array([99, 400, 250, 130, 1000, 98, 20, 60, 97, 55])
INFECTED = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0], bool)


def site():
    """Draw the example: cells of four pixels whose mean is the serum, between them a background of 100."""
    labels = np.kron(np.arange(1, 11)[None], np.ones((2, 2), int))
    labels = np.concatenate([labels, np.zeros((2, 20), int)])
    around = np.array([-7, 3, 9, -5])
    image = np.full(labels.shape, 100)
    for label, mean in enumerate(SERUM, 1):
        image[labels == label] = mean + around
    return labels, image.astype(np.uint16)


def test_the_worked_example_from_the_pixels_on():
    labels, image = site()
    background = level_of(count_values(image, labels == 0))
    cells = less_background(measure(labels, image), background.median)
    infected = infected_cells(MARKER, Level(50.0, 10.0))
    np.testing.assert_array_equal(infected, INFECTED)
    found = score_cells(cells.mean, infected)
    expected = Scores(5, 5, 200, 100, 20, 2.0, 100.0, 1 / 3, 5.0, 220 / 98, 232 / 84, 184 / 116)
    for name in Scores.__dataclass_fields__:
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-6), name
    sums = score_cells(cells.mean * cells.area, infected)
    assert sums.ratio == pytest.approx(2.0, rel=1e-6)
    assert sums.difference == pytest.approx(400.0, rel=1e-6)


def test_the_threshold_can_be_another_and_nan_is_not_infected():
    level = Level(50.0, 10.0)
    np.testing.assert_array_equal(infected_cells(np.array([111.9, 112.1, np.nan]), level, threshold=6.2), [0, 1, 0])


def test_wells_pool_cells_that_count():
    values = np.array([1.0, 2, 3, 4, 10, 20, 999, 7])
    infected = np.array([0, 1, 0, 1, 0, 1, 1, 1], bool)
    group = np.array([0, 0, 2, 2, 0, 0, 0, 3])
    kept = np.array([1, 1, 1, 1, 1, 1, 0, 1], bool)
    scores = score_groups(values, infected, group, 5, kept=kept)
    assert [s.infected_cells for s in scores] == [2, 0, 1, 1, 0]
    assert scores[0].ratio == pytest.approx(11 / 5.5)
    assert scores[2].ratio == pytest.approx(4 / 3)
    assert np.isnan([scores[1].ratio, scores[3].ratio, scores[4].robust_z]).all()
    assert scores[3].infected_median == 7
    order = np.random.default_rng(0).permutation(values.size)
    again = score_groups(values[order], infected[order], group[order], 5, kept=kept[order])
    assert [s.ratio for s in again[::2][:2]] == [s.ratio for s in scores[::2][:2]]


def test_a_divisor_of_zero_gives_no_score():
    found = score_cells(np.array([5.0, 5.0, 0.0, 0.0]), np.array([1, 1, 0, 0], bool))
    assert np.isnan(found.ratio)
    assert np.isnan(found.robust_z)
    assert found.difference == 5


def test_cells_without_a_value_are_left_out():
    found = score_cells(np.array([np.nan, 4.0, 2.0]), np.array([1, 1, 0], bool))
    assert (found.infected_cells, found.ratio) == (1, 2.0)


def test_significance_is_that_of_scipy_and_never_silently_missing():
    rng = np.random.default_rng(0)
    values, infected = rng.normal(0, 1, 200), np.arange(200) < 80
    values[infected] += 0.4
    found = significance(values, infected)
    assert found.kolmogorov_smirnov == stats.ks_2samp(values[:80], values[80:]).pvalue
    assert found.welch_t == stats.ttest_ind(values[:80], values[80:], equal_var=False).pvalue
    assert found.rank_sum == stats.ranksums(values[:80], values[80:]).pvalue
    assert 0 < found.welch_t < 0.05
    assert np.isnan(significance(values[:3], infected[:3]).welch_t)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ParameterError, match="columns"):
        score_cells(np.ones(3), np.ones(4, bool))
