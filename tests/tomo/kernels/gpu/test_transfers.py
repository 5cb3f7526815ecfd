"""Copies to the place of the arrays and back."""

import numpy as np
import pytest

from batchwork.tomo.kernels.gpu.transfers import transfers_for


@pytest.mark.parametrize("kind", [np.float32, np.uint16, np.uint8])
def test_what_has_gone_up_may_change(arrays, kind):
    rng, moved = np.random.default_rng(1), transfers_for(arrays)
    sent = [rng.integers(0, 200, (3, 5 + number)).astype(kind) for number in range(5)]
    back = [np.empty(each.shape, np.float32) for each in sent]
    for one, other in zip(sent, back, strict=True):
        staged = one.copy()
        array = moved.up(staged)
        staged[:] = 0
        moved.down(arrays.to_float(array) + 1, other)
    moved.finish()
    for one, other in zip(sent, back, strict=True):
        np.testing.assert_array_equal(other, one.astype(np.float32) + 1)
