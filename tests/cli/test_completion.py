"""The shell completes commands and options."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def _complete(line):
    words = line.split(" ")
    told = {"_BATCHWORK_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    program = Path(sys.executable).with_name("batchwork")
    done = subprocess.run(
        [program], env={**os.environ, **told}, capture_output=True, text=True, check=True, timeout=120
    )
    return [word.partition(",")[2] for word in done.stdout.split()]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("batchwork st", ["status"]),
        ("batchwork tomo inf", ["infer"]),
        ("batchwork run --dry", ["--dry-run"]),
        ("batchwork nothing-like-it", []),
    ],
)
def test_words(line, found):
    assert _complete(line) == found
