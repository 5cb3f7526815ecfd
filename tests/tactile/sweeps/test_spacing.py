"""Values given by a rule."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tactile.sweeps.spacing import draws, seed_of, spaced

NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 6))


def test_a_range_has_both_ends():
    assert spaced({"range": [10, 50, 10]}, seed="") == (10, 20, 30, 40, 50)
    assert spaced({"range": [0.1, 0.7, 0.1]}, seed="") == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    assert spaced({"range": [5, 1, -2]}, seed="") == (5, 3, 1)
    assert spaced({"range": [0, 1, 0.4]}, seed="") == (0, 0.4, 0.8)
    assert spaced({"range": [2, 2, 1]}, seed="") == (2,)


@given(NUMBERS, NUMBERS, st.integers(2, 50))
def test_linspace_is_within_rounding_of_the_formula(first, last, count):
    if first == last:
        return
    values = spaced({"linspace": [first, last, count]}, seed="")
    assert (values[0], values[-1], len(values)) == (first, last, count)
    scale = max(abs(first), abs(last))
    for i, value in enumerate(values):
        assert math.isclose(value, first + (last - first) * i / (count - 1), rel_tol=1e-12, abs_tol=1e-12 * scale)


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 30))
def test_logspace_has_equal_factors(first, last, count):
    if first == last:
        return
    values = spaced({"logspace": [first, last, count]}, seed="")
    assert (values[0], values[-1]) == (first, pytest.approx(last, rel=1e-15))
    assert values == pytest.approx([first * (last / first) ** (i / (count - 1)) for i in range(count)], rel=1e-12)


def test_logspace_hits_what_a_list_would_name():
    assert spaced({"logspace": [0.001, 1000, 7]}, seed="") == (0.001, 0.01, 0.1, 1, 10, 100, 1000)


def test_draws_are_the_same_for_ever():
    assert draws(2, seed_of(42, "gaussian", "sigma")) == [0.8831759390586527, 0.4308354095313447]


def test_draws_are_even():
    values = draws(10_000, "x")
    tenths = [0] * 10
    for value in values:
        tenths[int(value * 10)] += 1
    assert max(tenths) < 1000 + 4 * 30
    assert min(tenths) > 1000 - 4 * 30


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"range": [1, 2]}, r"write range: \[first, last, step\], not \[1, 2\]"),
        ({"range": [1, 2, 0]}, "range: steps of 0 do not lead from 1 to 2"),
        ({"range": [1, 2, -1]}, "range: steps of -1 do not lead from 1 to 2"),
        ({"range": [0, 1e9, 0.001]}, "1000000000001 values are too many"),
        ({"range": [1, "x", 1]}, "write a number, not 'x'"),
        ({"range": 4}, "write range:"),
        ({"linspace": [1, 2, 1]}, "two different ends and a count from 2 on"),
        ({"linspace": [1, 1, 3]}, "two different ends and a count from 2 on"),
        ({"linspace": [1, 2, 2.5]}, "write a whole number, not 2.5"),
        ({"linspace": [1, 2, 1e7]}, "say how many, from 1 to 1000000"),
        ({"logspace": [-1, 1, 3]}, "both ends must be above 0"),
        ({"uniform": [1, 2]}, "n: say how many"),
        ({"uniform": [2, 1], "n": 3}, "the lowest value"),
        ({"uniform": [1, 2], "n": 0}, "n: say how many"),
        ({"uniform": [1, 2], "count": 3}, "unknown key 'count' beside 'uniform'"),
        ({"linspace": [1, 2, 3], "n": 3}, "unknown key 'n' beside 'linspace'"),
        ({"linspce": [1, 2, 3]}, "unknown rule 'linspce'; did you mean 'linspace'"),
    ],
)
def test_rules_that_do_not_fit(rule, told):
    with pytest.raises(ParameterError, match=told):
        spaced(rule, seed="")
