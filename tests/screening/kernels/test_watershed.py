"""Watershed, against a plain priority queue."""

import heapq

import numpy as np
import pytest
from scipy import ndimage

from batchwork.errors import ParameterError
from batchwork.screening.kernels.watershed import as_heights, watershed


def flooded(heights, seeds, mask):
    """Flood with a heap of (level, age), in plain Python; the level never sinks."""
    labels = np.where(mask, seeds, 0)
    queue = [(int(heights[p]), age, *map(int, p)) for age, p in enumerate(zip(*np.nonzero(labels), strict=True))]
    heapq.heapify(queue)
    age = len(queue)
    while queue:
        level, _, row, column = heapq.heappop(queue)
        for r, c in ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)):
            if 0 <= r < mask.shape[0] and 0 <= c < mask.shape[1] and mask[r, c] and labels[r, c] == 0:
                labels[r, c] = labels[row, column]
                heapq.heappush(queue, (max(int(heights[r, c]), level), age, r, c))
                age += 1
    return labels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_it_equals_a_heap(dtype):
    rng = np.random.default_rng(0)
    heights = rng.integers(0, 200, (60, 80)).astype(dtype)
    seeds = np.where(rng.random(heights.shape) < 0.01, rng.integers(1, 99, heights.shape), 0)
    mask = ndimage.gaussian_filter(rng.standard_normal(heights.shape), 2) > -0.1
    np.testing.assert_array_equal(watershed(heights, seeds, mask), flooded(heights, seeds, mask))


def test_two_basins_meet_at_the_ridge():
    x = np.arange(21)
    heights = np.tile((10 - np.abs(x - 10)).astype(np.uint8), (5, 1))
    seeds = np.zeros((5, 21), np.int32)
    seeds[2, 0], seeds[2, 20] = 1, 2
    labels = watershed(heights, seeds, np.ones_like(seeds, bool))
    assert (labels[:, :10] == 1).all()
    assert (labels[:, 11:] == 2).all()


def test_what_no_seed_reaches_and_seeds_outside_the_mask_stay_empty():
    mask = np.array([[1, 1, 0, 1]], bool)
    labels = watershed(np.zeros((1, 4), np.uint8), np.array([[5, 0, 6, 0]]), mask)
    np.testing.assert_array_equal(labels, [[5, 5, 0, 0]])


def test_heights_keep_the_order_and_are_clipped():
    heights = as_heights(np.array([[-9.0, 0.0, 0.5, 1.0, 9.0]], np.float32), 0.0, 1.0)
    assert heights.dtype == np.uint16
    np.testing.assert_array_equal(heights, [[0, 0, 2047, 4095, 4095]])
    assert (as_heights(np.ones((2, 2)), 1.0, 1.0) == 0).all()


def test_wrong_input_is_refused():
    whole = np.ones((2, 2), np.uint8)
    with pytest.raises(ParameterError, match="float64"):
        watershed(np.ones((2, 2)), whole, whole > 0)
    with pytest.raises(ParameterError, match="seeds"):
        watershed(whole, np.ones((2, 3), int), whole > 0)
    with pytest.raises(ParameterError, match="mask"):
        watershed(whole, whole, np.ones((3, 2), bool))
