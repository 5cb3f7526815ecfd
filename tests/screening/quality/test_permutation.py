"""Permutation tests against tests that scipy has, and their error rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from batchwork.screening.quality.permutation import adjusted, along, among_groups, chances


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0])
def test_two_groups_have_the_probability_of_the_rank_sum_test(shift):
    rng = np.random.default_rng(1)
    values, group = rng.normal(size=40), np.repeat([0, 1], 20)
    values[group == 1] += shift
    expected = stats.mannwhitneyu(values[:20], values[20:], method="exact").pvalue
    assert chances(values, [among_groups(group)]) == pytest.approx([expected], rel=0.25, abs=0.002)


@pytest.mark.parametrize("rise", [0.0, 0.04, 0.06])
def test_order_has_the_probability_of_spearmans_correlation(rise):
    rng = np.random.default_rng(2)
    order = np.arange(30.0)
    values = rng.normal(size=30) + rise * order
    assert chances(values, [along(order)]) == pytest.approx([stats.spearmanr(order, values).pvalue], rel=0.3)


def test_small_samples_are_exact():
    """Of the 20 ways to choose 3 of 6 two are as far apart as 1 2 3 and 4 5 6."""
    assert chances(np.arange(6.0), [among_groups(np.repeat([0, 1], 3))]) == pytest.approx([0.1], rel=0.25)


def test_without_an_effect_every_probability_is_as_likely():
    rng = np.random.default_rng(3)
    group = np.arange(24) % 4
    found = np.array([chances(rng.normal(size=24), [among_groups(group)], draws=199)[0] for _ in range(300)])
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_the_same_values_have_the_same_probability_in_whatever_company():
    values, group = np.random.default_rng(4).normal(size=1536), np.arange(1536) % 32
    alone = chances(values, [among_groups(group)], draws=999)
    assert alone == chances(values, [along(np.arange(1536.0)), among_groups(group)], draws=999)[1:]


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=12))
def test_holms_steps_never_lower_and_keep_the_order(chance):
    found = adjusted(chance)
    assert all(p <= q <= 1 for p, q in zip(chance, found, strict=True))
    assert min(found) == pytest.approx(min(1, min(chance) * len(chance)))
    order = np.argsort(chance, kind="stable")
    assert (np.diff(np.array(found)[order]) >= 0).all()
