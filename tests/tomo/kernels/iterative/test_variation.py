"""Total variation against cases with a closed form."""

import numpy as np
import pytest

from batchwork.tomo.kernels.iterative.variation import VariationFilter, total_variation


def smoothed(image, strength, steps=400):
    out = np.empty_like(image)
    VariationFilter(image.shape, np.full(image.shape[2], strength, np.float32))(image, steps, out)
    return out


def test_an_edge_moves_together_by_the_strength_over_the_width():
    image = np.zeros((4, 20, 1), np.float32)
    image[:, 10:] = 1
    found = smoothed(image, 0.5)[:, :, 0]
    np.testing.assert_allclose(found[:, :10], 0.05, atol=1e-3)
    np.testing.assert_allclose(found[:, 10:], 0.95, atol=1e-3)


def test_enough_strength_leaves_the_mean():
    image = np.random.default_rng(0).random((9, 7, 2)).astype(np.float32)
    found = smoothed(image, 20.0)
    np.testing.assert_allclose(found, np.broadcast_to(image.mean(axis=(0, 1)), image.shape), atol=2e-3)


def test_no_strength_leaves_the_image_and_each_slice_has_its_own():
    image = np.random.default_rng(0).random((9, 7, 2)).astype(np.float32)
    out = np.empty_like(image)
    VariationFilter(image.shape, np.array([0, 0.3], np.float32))(image, 50, out)
    np.testing.assert_array_equal(out[:, :, 0], image[:, :, 0])
    assert total_variation(out)[1] < 0.5 * total_variation(image)[1]


def test_nothing_falls_below_the_lowest_value():
    image = np.random.default_rng(0).normal(size=(9, 7, 1)).astype(np.float32)
    out = np.empty_like(image)
    VariationFilter(image.shape, np.array([0.1], np.float32), 0.0)(image, 50, out)
    assert out.min() == 0


def test_total_variation_of_a_square():
    image = np.zeros((8, 8, 1), np.float32)
    image[2:5, 2:5] = 2
    assert total_variation(image)[0] == pytest.approx(2 * (10 + np.sqrt(2)))  # the last corner has both differences
