"""Conditions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tactile.sweeps.conditions import Condition

VALUES = {"a": 20.0, "b": 0.5, "word": "gabor"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a > 20", False),
        ("a >= 20", True),
        ("a == 20 and b < 1", True),
        ("a != 20 or b < 0.1", False),
        ("not a > 20", True),
        ("0 < b <= 0.5 < a", True),
        ("a * b - 10 == 0", True),
        ("a / b > 39 and a + b < 21", True),
        ("-a < -19.5", True),
        ("word == 'gabor'", True),
        ('word != "gabor" or (a > 1 and b > 1)', False),
    ],
)
def test_truth(text, expected):
    assert Condition.parse(text).holds(VALUES) is expected


def test_the_names_it_looks_at():
    assert Condition.parse("a > 1 and not b + c < 2").names == {"a", "b", "c"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a >",
        "a = 3",
        "1",
        "True",
        "a > True",
        "f(a) > 1",
        "a.b > 1",
        "a[0] > 1",
        "a ** 9 > 1",
        "(lambda: 1)() > 0",
        "[a] > 1",
        "a if b else 1",
        "a in (1, 2)",
        "a is 1",
        "a > 1; b > 1",
        "import os",
        "a > f'{b}'",
        "a > 1 == (b > 2)",
        "a > 1j",
        "(a := 3) > 1",
        "(" * 300 + "a" + ")" * 300,
        "a > 1 " + "and a > 1 " * 100,
        None,
        3,
        ["a > 1"],
    ],
)
def test_what_is_no_condition(text):
    with pytest.raises(ParameterError):
        Condition.parse(text)


def test_what_goes_wrong_when_it_is_asked():
    with pytest.raises(ParameterError, match="compares a word with a number"):
        Condition.parse("word > 3").holds(VALUES)
    with pytest.raises(ParameterError, match="divides by zero"):
        Condition.parse("1 / (b - 0.5) > 3").holds(VALUES)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        found = Condition.parse(text)
    except ParameterError:
        return
    assert found.names or found.holds({}) in {True, False}
