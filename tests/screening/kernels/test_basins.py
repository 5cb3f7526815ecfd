"""Hills of surfaces whose tops are known."""

import numpy as np

from batchwork.screening.kernels.basins import hills


def peaks(places, shape=(60, 80)):
    """Draw cones of height 20 around places."""
    y, x = np.indices(shape)
    cones = np.stack([20 - np.hypot(y - cy, x - cx) for cy, cx in places])
    return np.maximum(cones.max(axis=0), 0).astype(np.float32), cones.argmax(axis=0) + 1


def test_each_place_goes_to_the_top_above_it():
    surface, nearest = peaks([(18, 20), (22, 50), (45, 38)])
    found = hills(surface)
    np.testing.assert_array_equal(found > 0, surface > 0)
    assert found.max() == 3
    assert (found == nearest)[surface > 0].mean() > 0.97  # ridges may lie a pixel aside
    assert [found[18, 20], found[22, 50], found[45, 38]] == [1, 2, 3]


def test_a_flat_top_is_one_hill():
    surface = np.zeros((9, 9), np.float32)
    surface[2:7, 2:7] = 1
    np.testing.assert_array_equal(hills(surface), surface)


def test_noise_reaches_a_local_maximum_by_rising_steps():
    surface = np.random.default_rng(0).random((40, 50), np.float32)
    found = hills(surface)
    for label in range(1, found.max() + 1):
        inside = np.where(found == label, surface, 0)
        y, x = np.unravel_index(inside.argmax(), inside.shape)
        around = surface[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        assert surface[y, x] == around.max()


def test_a_surface_that_is_nowhere_above_0_has_no_hills():
    assert hills(np.zeros((3, 4), np.float32)).max() == 0
