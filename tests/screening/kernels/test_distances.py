"""Distances and nearest objects, against scipy and by trying all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from batchwork.errors import ParameterError
from batchwork.screening.kernels.distances import FAR, dilate_mask, distances, erode_mask, nearest_labels


def spots(shape, count, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.zeros(shape, np.int32)
    labels[rng.integers(0, shape[0], count), rng.integers(0, shape[1], count)] = np.arange(1, count + 1)
    return labels


def all_pairs(labels):
    """Give squared distances of every pixel to every object's pixels, and the objects' labels."""
    places = np.argwhere(labels)
    pixels = np.argwhere(np.ones_like(labels))
    return ((pixels[:, None] - places) ** 2).sum(axis=2), labels[tuple(places.T)]


def test_distances_equal_scipy():
    mask = ndimage.gaussian_filter(np.random.default_rng(1).standard_normal((90, 130)), 3) > 0
    np.testing.assert_allclose(distances(mask), ndimage.distance_transform_edt(mask), rtol=1e-6)


@given(st.integers(1, 14), st.integers(1, 14), st.integers(1, 6), st.integers(0, 99))
def test_the_nearest_object_is_one_of_the_nearest(rows, columns, count, seed):
    labels = spots((rows, columns), count, seed)
    squares, nearest = nearest_labels(labels)
    pairs, owners = all_pairs(labels)
    np.testing.assert_array_equal(squares.ravel(), pairs.min(axis=1))
    for pixel, owner in enumerate(nearest.ravel()):
        assert owner in owners[pairs[pixel] == pairs[pixel].min()]


def test_without_an_object_everything_is_far():
    squares, nearest = nearest_labels(np.zeros((3, 4), np.uint16))
    assert (squares == FAR**2).all()
    assert (nearest == 0).all()
    assert (distances(np.ones((3, 4), bool)) == FAR).all()


@pytest.mark.parametrize("radius", [1, 3, 7.5])
def test_masks_grow_and_shrink_by_discs(radius):
    mask = ndimage.gaussian_filter(np.random.default_rng(2).standard_normal((60, 70)), 4) > 0
    place = np.arange(-8, 9)
    disc = place[:, None] ** 2 + place**2 <= radius**2
    np.testing.assert_array_equal(dilate_mask(mask, radius), ndimage.binary_dilation(mask, disc))
    np.testing.assert_array_equal(erode_mask(mask, radius), ndimage.binary_erosion(mask, disc, border_value=1))


def test_negative_labels_and_fractions_are_refused():
    with pytest.raises(ParameterError, match="-1"):
        nearest_labels(np.array([[0, -1]]))
    with pytest.raises(ParameterError, match="float64"):
        nearest_labels(np.zeros((2, 2)))
