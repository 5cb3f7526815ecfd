"""The public names of screening."""

import subprocess
import sys

import numpy as np
import pytest

import batchwork.screening


def test_the_kernels_are_public():
    labels = np.array([[1, 1, 0]])
    assert batchwork.screening.measure(labels, labels.astype(np.uint8)).area[0] == 2
    for name in batchwork.screening.__all__:
        assert getattr(batchwork.screening, name).__name__ == name
    assert dir(batchwork.screening) == batchwork.screening.__all__


def test_a_name_that_is_not_public_is_refused():
    with pytest.raises(AttributeError, match="segment_all"):
        batchwork.screening.segment_all  # noqa: B018 - looking it up is the test


def test_the_package_alone_loads_no_compiler():
    code = "import sys, batchwork.screening; print('numba' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
