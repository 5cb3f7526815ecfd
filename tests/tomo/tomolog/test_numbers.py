"""Numbers of scans as users write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ConfigError
from batchwork.tomo.tomolog.numbers import index_of, numbered, parse_numbers

RANGES = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 50)).map(lambda pair: range(pair[0], sum(pair) + 1)), min_size=1
)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1", [1]),
        ("2-5", [2, 3, 4, 5]),
        ("6,8-15,18", [6, *range(8, 16), 18]),
        (" 6 , 8 - 9 ", [6, 8, 9]),
        ("007", [7]),
    ],
)
def test_the_grammar(text, numbers):
    assert [number for part in parse_numbers(text) for number in part] == numbers


@given(RANGES)
def test_what_is_written_is_read(ranges):
    words = [str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in ranges]
    assert parse_numbers(",".join(words)) == ranges


@pytest.mark.parametrize("text", ["", "1,", "a", "1-", "-3", "1-2-3", "1;2", "5-2", "1.5", "9" * 40])
def test_anything_else_is_refused_with_the_word_that_is_wrong(text):
    with pytest.raises(ConfigError, match="scans"):
        parse_numbers(text)


def test_zeros_before_a_number_do_not_matter_but_other_digits_do():
    names = ["foam_0001", "foam_0002", "foam_10001", "bone7", "no number", "foam_2b"]
    assert numbered(names, parse_numbers("1,7")) == (["foam_0001", "bone7"], [])
    assert index_of("foam_2b") is None


def test_numbers_that_nobody_has_are_told_as_stretches():
    chosen, missing = numbered(["a_2", "a_5"], parse_numbers("1-7,9"))
    assert chosen == ["a_2", "a_5"]
    assert missing == [range(1, 2), range(3, 5), range(6, 8), range(9, 10)]


def test_a_huge_range_costs_nothing():
    assert numbered(["a_5"], parse_numbers("0-999999999"))[0] == ["a_5"]
