"""Regions joined or left apart, on shapes whose answer is known."""

import numpy as np
import pytest

from batchwork.screening.kernels.basins import hills
from batchwork.screening.kernels.distances import distances
from batchwork.screening.kernels.filters import smooth
from batchwork.screening.kernels.merging import join_parts


def parted(mask, depth):
    """Part a mask at every maximum of its depth."""
    return hills(np.where(mask, depth, 0))


def depth_of(mask):
    return smooth(distances(mask), 0.7)


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
    (discs((40, 60), radius=35), 1),
    (ellipse(28, 14), 1),
    (ellipse(40, 15), 1),
    (ellipse(45, 9), 1),
])  # fmt: skip
def test_necks_part_and_ellipses_stay_whole(mask, count):
    depth = depth_of(mask)
    joined = join_parts(parted(mask, depth), depth, area_px=616)
    assert joined.max() == count
    np.testing.assert_array_equal(joined > 0, mask)


def test_what_is_as_large_as_one_together_is_one():
    mask = discs((40, 45), (40, 66))
    depth = depth_of(mask)
    assert join_parts(parted(mask, depth), depth, area_px=600).max() == 2
    assert join_parts(parted(mask, depth), depth, area_px=1200).max() == 1


def test_many_regions_tell_their_own_area():
    double = np.tile(discs((20, 23), (20, 39), radius=12, shape=(40, 62)), (5, 5))
    lone = np.tile(discs((20, 31), radius=17, shape=(40, 62)), (15, 5))
    for mask, count in ((double, 50), (np.vstack((double, lone)), 25 + 75)):
        depth = depth_of(mask)
        assert join_parts(parted(mask, depth), depth, area_px=450).max() == count


def test_regions_that_do_not_touch_are_numbered():
    labels = np.array([[2, 0, 1]], np.int32)
    np.testing.assert_array_equal(join_parts(labels, labels, area_px=9), labels)
