"""Sizes that a file can hold and that it cannot."""

import zlib

import numpy as np
import pytest

from batchwork.io.broken import ANY, BROKEN, DEFLATE, check_declared


def test_what_deflate_packs_at_best_is_allowed():
    declared = 200_000_000
    packed = len(zlib.compress(bytes(declared), 9))
    check_declared(declared, packed)
    assert declared / packed < DEFLATE < ANY


def test_more_than_a_file_can_hold_is_refused_with_both_sizes():
    with pytest.raises(ValueError, match="declares 1,099,511,627,776 bytes of data and has only 4,096"):
        check_declared(1 << 40, 4096)
    with pytest.raises(BROKEN):
        check_declared(1 << 40, 4096, ANY)


def test_a_few_megabytes_are_never_too_many():
    check_declared(64 << 20, 10)


def test_memory_that_is_not_there_is_among_what_libraries_raise():
    with pytest.raises(BROKEN):
        np.empty(1 << 60)
