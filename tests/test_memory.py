"""The highest memory use of a process."""

import subprocess
import sys

from batchwork.memory import peak_bytes, reset_peak

LARGE = 200_000_000
TELL = "from batchwork.memory import peak_bytes; print(peak_bytes())"


def test_the_peak_remains_until_it_is_reset():
    large = bytearray(LARGE)
    del large
    assert peak_bytes() > LARGE
    reset_peak()
    assert peak_bytes() > 1_000_000


def test_a_child_does_not_take_over_its_parents_peak():
    large = bytearray(b"1") * LARGE
    told = subprocess.run([sys.executable, "-c", TELL], check=True, capture_output=True, text=True).stdout
    assert 1_000_000 < int(told) < LARGE < peak_bytes()
    del large
