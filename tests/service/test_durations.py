"""Durations as people write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ConfigError
from batchwork.service.durations import parse_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30min", 1800),
        ("1h30min", 5400),
        ("1h 30 m", 5400),
        ("500 ms", 0.5),
        (".5s", 0.5),
        ("2 D", 172_800),
        ("90", 90),
        (" 1.5 sec ", 1.5),
        (90, 90),
        (1e-3, 0.001),
        (1e22, 1e22),
    ],
)
def test_forms(written, seconds):
    assert parse_duration(written) == pytest.approx(seconds)


@pytest.mark.parametrize("written", ["", " ", "soon", "5 parsecs", "-3s", "1e3", "nan", "h", True, None, [1], 1e999])
def test_what_is_none_is_refused_with_an_example(written):
    with pytest.raises(ConfigError, match="is not a duration; write for example 30min"):
        parse_duration(written)


@pytest.mark.parametrize("written", [0, "0s", -1, float("nan")])
def test_it_has_to_be_above_0(written):
    with pytest.raises(ConfigError, match="not a duration above 0"):
        parse_duration(written)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(1, 59))
def test_parts_add_up(hours, minutes, seconds):
    assert parse_duration(f"{hours}h{minutes}min{seconds}s") == hours * 3600 + minutes * 60 + seconds


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text):
    seconds = 1.0
    with suppress(ConfigError):
        seconds = parse_duration(text)
    assert seconds > 0
