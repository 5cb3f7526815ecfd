"""Regions joined or left apart, on shapes whose answer is known."""

import numpy as np
import pytest

from batchwork.screening.kernels.distances import distances
from batchwork.screening.kernels.filters import smooth
from batchwork.screening.kernels.labelling import components
from batchwork.screening.kernels.merging import merge_shallow
from batchwork.screening.kernels.morphology import dilate
from batchwork.screening.kernels.watershed import as_heights, watershed


def basins(mask):
    """Part a mask at every maximum of its depth."""
    depth = smooth(distances(mask), 0.7)
    tops = components(mask & (depth >= dilate(depth, 1)), diagonal=True)
    return watershed(as_heights(-depth, -float(depth.max()), 0.0), tops, mask), depth


def discs(*places, radius=14, shape=(80, 120)):
    y, x = np.indices(shape)
    return np.any([(y - cy) ** 2 + (x - cx) ** 2 < radius**2 for cy, cx in places], axis=0)


def ellipse(long, short, shape=(80, 120)):
    y, x = np.indices(shape)
    return ((y - 40) / short) ** 2 + ((x - 60) / long) ** 2 < 1


@pytest.mark.parametrize(("mask", "count"), [
    (discs((40, 40), (40, 66)), 2),
    (discs((40, 35), (40, 60), (40, 85)), 3),
    (discs((40, 60)), 1),
    (ellipse(40, 15), 1),
    (ellipse(45, 9), 1),
])  # fmt: skip
def test_necks_part_and_ellipses_stay_whole(mask, count):
    parts, depth = basins(mask)
    merged = merge_shallow(parts, depth, share=0.82, depth=0.6)
    assert merged.max() == count
    np.testing.assert_array_equal(merged > 0, mask)


def test_the_share_decides_for_shapes_that_are_no_ellipse():
    parts, depth = basins(discs((40, 40), (40, 62)))
    assert merge_shallow(parts, depth, share=0.95, depth=0.0).max() == 2
    assert merge_shallow(parts, depth, share=0.2, depth=0.0).max() == 1


def test_regions_that_do_not_touch_are_numbered():
    labels = np.array([[4, 0, 2]], np.int32)
    np.testing.assert_array_equal(merge_shallow(labels, labels, share=0.1, depth=9.0), [[2, 0, 1]])
