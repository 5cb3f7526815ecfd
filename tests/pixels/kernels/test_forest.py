import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pixels import reference
from tests.pixels.forests import grown

from batchwork.errors import ParameterError
from batchwork.pixels.kernels import votes
from batchwork.pixels.kernels.forest import Forest, single_precision
from batchwork.pixels.kernels.votes import forest_probabilities

CHOICES = np.arange(12.0)


def table(rng, rows, columns=5):
    """Values that often equal a threshold."""
    return rng.integers(-1, 13, (rows, columns)).astype(np.float32)


def grown_on(rng, **shape):
    return grown(rng, thresholds=np.tile(CHOICES, (5, 1)), **shape)


@settings(max_examples=40)
@given(
    leaves=st.lists(st.integers(1, 150), min_size=1, max_size=4),
    classes=st.integers(1, 4),
    pure=st.booleans(),
    seed=st.integers(0, 99),
)
def test_votes_equal_those_of_a_plain_walk(leaves, classes, pure, seed):
    rng = np.random.default_rng(seed)
    forest = grown_on(rng, trees=len(leaves), leaves=leaves, classes=classes, pure=pure)
    rows = table(rng, 60)
    wanted = reference.probabilities(forest, rows)
    np.testing.assert_allclose(forest_probabilities(forest, rows), wanted, rtol=0, atol=3e-7)


@pytest.mark.parametrize("pure", [True, False])
def test_large_trees_are_walked_and_give_the_same(pure, monkeypatch):
    rng = np.random.default_rng(5)
    forest = grown_on(rng, trees=6, leaves=[1, 31, 33, 64, 300, 257], classes=3, pure=pure)
    rows = table(rng, 3000)
    both = forest_probabilities(forest, rows)
    np.testing.assert_allclose(both[:200], reference.probabilities(forest, rows[:200]), atol=3e-7)
    monkeypatch.setattr(votes, "MASK_LEAVES", 0)
    np.testing.assert_allclose(forest_probabilities(forest, rows), both, atol=3e-7)
    monkeypatch.setattr(votes, "MASK_LEAVES", 1000)
    np.testing.assert_allclose(forest_probabilities(forest, rows), both, atol=3e-7)


def test_values_that_are_no_numbers_go_right_everywhere(monkeypatch):
    rng = np.random.default_rng(6)
    forest = grown_on(rng, trees=5, leaves=40)
    rows = np.full((1, 5), np.nan, np.float32)
    for largest in (0, 256):
        monkeypatch.setattr(votes, "MASK_LEAVES", largest)
        np.testing.assert_allclose(forest_probabilities(forest, rows), reference.probabilities(forest, rows))
    rows[:] = np.inf
    np.testing.assert_allclose(forest_probabilities(forest, rows), reference.probabilities(forest, rows))


@given(st.floats(-(2.0**99), 2.0**99), st.floats(-(2.0**99), 2.0**99, width=32))
def test_single_precision_thresholds_decide_as_double_ones_do(threshold, value):
    (rounded,) = single_precision(np.array([threshold]))
    assert rounded.dtype == np.float32
    for x in (np.float32(value), rounded, np.nextafter(rounded, np.float32(-np.inf))):
        assert (x < rounded) == (float(x) < threshold)


def stump(**changed):
    parts = {
        "column": [0, -1, -1], "threshold": [0.5, 0, 0], "left": [1, 0, 1], "right": [2, -1, -1],
        "distributions": [[1.0, 0.0], [0.0, 1.0]], "roots": [0], **changed,
    }  # fmt: skip
    kinds = {"threshold": float, "distributions": float}
    return Forest(**{name: np.array(value, kinds.get(name, np.int32)) for name, value in parts.items()}, columns=1)


def test_a_stump_votes():
    rows = np.array([[0.4], [0.5], [0.6]], np.float32)
    assert forest_probabilities(stump(), rows).tolist() == [[1, 0], [0, 1], [0, 1]]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"roots": []}, "at least one tree"),
        ({"roots": [1]}, "from 0 on"),
        ({"column": [1, -1, -1]}, "none of the 1"),
        ({"left": [0, 0, 1]}, "below it"),
        ({"right": [3, -1, -1]}, "below it"),
        ({"left": [1, 2, 1]}, "no class distribution"),
    ],
)
def test_forests_that_cannot_be_walked_are_refused(changed, message):
    with pytest.raises(ParameterError, match=message):
        stump(**changed)
