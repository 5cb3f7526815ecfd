"""How numbers are written for a reader."""

import pytest

from batchwork.service.reporting import words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.00042, "0.4 ms"),
        (0.0132, "13 ms"),
        (0.9996, "1000 ms"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (3599.6, "1 h 00 min"),
        (86399.6, "1 d 0 h"),
    ],
)
def test_duration(seconds, text):
    assert words.duration(seconds) == text


def test_size():
    assert [words.size(n) for n in (None, 1023, 1024, 3 << 40)] == ["–", "1023 B", "1.0 KiB", "3.0 TiB"]


def test_value():
    found = [words.value(v) for v in (None, True, 0.1 + 0.2, 7, "a", [1, 2])]
    assert found == ["", "yes", "0.3", "7", "a", "[1, 2]"]
