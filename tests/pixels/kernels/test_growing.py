import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.pixels.kernels import growing_trees
from batchwork.pixels.kernels.forest import LEAF
from batchwork.pixels.kernels.growing import columns_tried, grow_forest
from batchwork.pixels.kernels.votes import forest_probabilities


def samples(rows=300, columns=9, *, noise=1.0, classes=2, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, rows)
    values = rng.normal(0, noise, (rows, columns)) + truth[:, None] * (np.arange(columns) < 3)
    return values.astype(np.float32), truth


def gini(classes, times):
    counts = np.bincount(classes, times)
    return counts.sum() - (counts**2).sum() / max(counts.sum(), 1)


def brute_split(values, classes, times):
    """The least impurity that one threshold leaves, and the values around it."""
    best = (np.inf, None, None)
    distinct = np.unique(values)
    for low, high in itertools.pairwise(distinct):
        left = values <= low
        lost = gini(classes[left], times[left]) + gini(classes[~left], times[~left])
        if lost < best[0] - 1e-9:
            best = (lost, low, high)
    return best


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    rows=st.sampled_from([2, 9, 30, 64, 300]),
    levels=st.sampled_from([1, 4, 12, 5000]),
    dense=st.booleans(),
)
def test_the_best_split_of_a_column_is_that_of_trying_all(seed, rows, levels, dense):
    rng = np.random.default_rng(seed)
    values, classes = rng.integers(0, levels, rows), rng.integers(0, 3, rows).astype(np.int32)
    times = rng.integers(1, 4, rows).astype(np.int32)
    distinct, ranks = np.unique(values, return_inverse=True)
    total = np.bincount(classes, times, 3).astype(np.int64)
    width = len(distinct) if dense else 10**9
    scratch = growing_trees._Scratch(
        np.empty((2, rows), np.int64), np.empty((len(distinct), 3), np.int32), np.zeros((2, 3), np.int64)
    )
    items = np.arange(rows, dtype=np.int32)
    score, low, high = growing_trees._best_of_column(
        ranks.astype(np.int32), width, items, times, classes, total, scratch
    )
    lost, left, right = brute_split(values, classes, times)
    if left is None:
        assert (low, high) == (-1, -1)
        return
    assert total.sum() - score == pytest.approx(lost)
    assert (distinct[low], distinct[high]) == (left, right)


def test_trees_know_what_they_have_seen_by_heart():
    values, truth = samples(classes=3)
    grown = grow_forest(values, truth, class_count=3, trees=1)
    seen = ~np.isfinite(grown.unseen_votes[:, 0])
    assert 0.55 < seen.mean() < 0.7
    np.testing.assert_array_equal(forest_probabilities(grown.forest, values)[seen], np.eye(3)[truth[seen]])
    assert grown.samples.sum() == len(truth)


def test_out_of_bag_votes_are_those_of_the_trees_that_did_not_see_a_row():
    values, truth = samples(80)
    grown = grow_forest(values, truth, class_count=2, trees=30)
    forest, votes, voters = grown.forest, np.zeros((80, 2)), np.zeros(80)
    for number in range(30):
        for row in np.flatnonzero(not_drawn(80, number)):
            node = forest.roots[number]
            while forest.column[node] != LEAF:
                left = values[row, forest.column[node]] < forest.threshold[node]
                node = (forest.left if left else forest.right)[node]
            votes[row] += forest.distributions[forest.left[node]]
            voters[row] += 1
    np.testing.assert_allclose(grown.unseen_votes, votes / voters[:, None])
    assert grown.out_of_bag_error == np.mean(grown.unseen_votes.argmax(1) != truth)


def not_drawn(rows, tree):
    seeds = np.random.SeedSequence(0).generate_state(30, np.uint64)
    return growing_trees._draw(np.array([seeds[tree]], np.uint64), rows) == 0


def test_out_of_bag_error_is_what_new_rows_of_the_same_kind_show():
    values, truth = samples(2000, noise=2.0)
    grown = grow_forest(values, truth, class_count=2)
    fresh, wanted = samples(4000, noise=2.0, seed=1)
    error = np.mean(forest_probabilities(grown.forest, fresh).argmax(1) != wanted)
    assert 0.2 < error < 0.4
    assert grown.out_of_bag_error == pytest.approx(error, abs=0.03)


def test_columns_that_tell_the_classes_apart_are_the_important_ones():
    grown = grow_forest(*samples(600), class_count=2)
    assert set(np.argsort(grown.importance)[-3:]) == {0, 1, 2}


def test_the_same_bits_for_any_number_of_threads_and_others_for_another_seed():
    values, truth = samples(500)
    one, many = (grow_forest(values, truth, class_count=2, trees=20, seed=3, threads=n) for n in (1, 5))
    for name in ("column", "threshold", "left", "right", "distributions", "roots"):
        np.testing.assert_array_equal(getattr(one.forest, name), getattr(many.forest, name))
    np.testing.assert_array_equal(one.unseen_votes, many.unseen_votes)
    other = grow_forest(values, truth, class_count=2, trees=20, seed=4)
    assert not np.array_equal(forest_probabilities(one.forest, values), forest_probabilities(other.forest, values))


def test_thresholds_lie_between_neighbouring_values():
    values = np.array([[1], [np.nextafter(np.float32(1), np.float32(2))]] * 20, np.float32)
    truth = np.array([0, 1] * 20)
    grown = grow_forest(values, truth, class_count=2, trees=5)
    np.testing.assert_array_equal(forest_probabilities(grown.forest, values).argmax(1), truth)


def test_when_the_drawn_columns_tell_nothing_the_others_are_tried():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 60)
    values = np.zeros((60, 25), np.float32)
    values[:, 24] = truth
    grown = grow_forest(values, truth, class_count=2, trees=10)
    assert set(grown.forest.used_columns()) == {24}
    assert len(grown.forest.column) == 30


def test_rows_that_cannot_be_told_apart_end_in_one_leaf_with_their_shares():
    values, truth = np.ones((40, 3), np.float32), np.array([0, 1, 1, 1] * 10)
    grown = grow_forest(values, truth, class_count=2, trees=50)
    assert len(grown.forest.column) == 50
    np.testing.assert_allclose(forest_probabilities(grown.forest, values[:1]), [[0.25, 0.75]], atol=0.05)


def test_a_class_without_rows_and_a_single_class_are_learnt():
    values, _ = samples(30)
    grown = grow_forest(values, np.full(30, 1), class_count=3, trees=4)
    np.testing.assert_array_equal(forest_probabilities(grown.forest, values), np.tile([0, 1, 0], (30, 1)))
    assert grown.out_of_bag_error == 0


@pytest.mark.parametrize(("columns", "tried"), [(1, 1), (2, 1), (25, 5), (49, 7), (147, 12)])
def test_a_node_draws_the_square_root_of_the_columns(columns, tried):
    assert columns_tried(columns) == tried


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"values": np.zeros((3, 2), np.float32)}, "same rows"),
        ({"values": np.zeros((4, 0), np.float32)}, "same rows"),
        ({"values": np.zeros((4, 2))}, "float32"),
        ({"values": np.full((4, 2), np.nan, np.float32)}, "finite"),
        ({"classes": np.array([0, 1, 2, 1])}, "between 0 and 1"),
        ({"classes": np.array([0.0, 1, 0, 1])}, "whole"),
        ({"trees": 0}, "0 trees"),
        ({"threads": 0}, "threads"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(change, text):
    given_ = {"values": np.zeros((4, 2), np.float32), "classes": np.array([0, 1, 0, 1]), "class_count": 2} | change
    with pytest.raises(ParameterError, match=text):
        grow_forest(given_.pop("values"), given_.pop("classes"), **given_)
