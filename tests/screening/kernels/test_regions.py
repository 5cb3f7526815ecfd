"""Cores and rings."""

import numpy as np
import pytest
from scipy import ndimage

from batchwork.errors import ParameterError
from batchwork.screening.kernels.regions import erode_labels, voronoi_rings


def blocks():
    labels = np.zeros((40, 60), np.int32)
    labels[5:30, 5:25], labels[5:30, 25:50] = 1, 2
    return labels


@pytest.mark.parametrize("radius", [0, 1, 4])
def test_each_object_is_eroded_alone(radius):
    place = np.arange(-radius, radius + 1)
    disc = place[:, None] ** 2 + place**2 <= radius**2
    expected = sum(k * ndimage.binary_erosion(blocks() == k, disc, border_value=1) for k in (1, 2))
    np.testing.assert_array_equal(erode_labels(blocks(), radius), expected)


def test_rings_have_the_width_and_meet_in_the_middle():
    nuclei = np.zeros((31, 60), np.int32)
    nuclei[15, 15], nuclei[15, 34] = 1, 2
    rings = voronoi_rings(nuclei, width_px=12)
    y, x = np.indices(nuclei.shape)
    near = np.hypot(y - 15, x - 15)
    far = np.hypot(y - 15, x - 34)
    np.testing.assert_array_equal(rings == 1, (near <= 12) & (near > 0) & (near < far))
    assert voronoi_rings(nuclei, width_px=12, keep_nuclei=True)[15, 15] == 1


def test_the_width_follows_the_nuclei():
    nuclei = np.zeros((40, 40), np.int32)
    nuclei[18:22, 18:22] = 1
    np.testing.assert_array_equal(voronoi_rings(nuclei, factor=2.0), voronoi_rings(nuclei, width_px=8.0))
    assert voronoi_rings(np.zeros((3, 3), int)).max() == 0
    with pytest.raises(ParameterError, match="width_px"):
        voronoi_rings(nuclei, width_px=0)
