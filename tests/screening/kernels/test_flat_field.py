"""Uneven light, from a light that is known."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.screening.kernels.flat_field import FlatField, background_grid, correct, fit_flat_field

SHAPE = (310, 400)


def light(strength=0.3, centre=(0.45, 0.55)):
    y, x = np.indices(SHAPE)
    shade = 1 - strength * ((y / SHAPE[0] - centre[0]) ** 2 + (x / SHAPE[1] - centre[1]) ** 2) / 0.5
    return shade / shade.mean()


def sites(count=12, offset=0.0):
    """Draw sites of different brightness: background under the light, and bright cells on two fifths of it."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        labels = np.kron(rng.random((31, 40)) < 0.4, np.ones((10, 10), int)).astype(int)
        base = rng.uniform(800, 1500)
        image = light() * (base + 2000 * labels) + offset + 15 * rng.standard_normal(SHAPE)
        yield image.astype(np.uint16), labels


@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_the_light_is_found_between_cells(offset):
    grids = np.stack([background_grid(image, labels, side_px=40) for image, labels in sites(offset=offset)])
    assert grids.shape == (12, 8, 10)
    found = fit_flat_field(grids, SHAPE, offset=offset, side_px=40)
    assert np.abs(found.image() - light()).max() < 0.006
    np.testing.assert_allclose(found.image().mean(), 1, atol=1e-3)


def test_squares_full_of_cells_are_left_out():
    image, labels = np.full((100, 100), 7, np.uint16), np.zeros((100, 100), int)
    labels[:50, :50] = 1
    image[:50, :50] = 999
    grid = background_grid(image, labels, side_px=50)
    np.testing.assert_array_equal(grid, [[np.nan, 7], [7, 7]])
    with pytest.raises(ParameterError, match="3 squares"):
        fit_flat_field(grid[None], (100, 100), side_px=50)


def test_the_order_of_sites_does_not_count():
    grids = np.stack([background_grid(image, labels) for image, labels in sites(5)])
    assert fit_flat_field(grids, SHAPE) == fit_flat_field(grids[::-1], SHAPE)


def test_the_light_at_a_place_is_that_of_the_image():
    field = FlatField((0.9, 0.1, -0.2, 0.1, 0.05, 0.2), SHAPE)
    y, x = np.array([0.0, 309, 17]), np.array([399.0, 0, 250])
    np.testing.assert_allclose(field.at(y, x), field.image()[y.astype(int), x.astype(int)], rtol=1e-6)


def test_rounding_changes_light_by_little_and_its_mean_not_at_all():
    field = FlatField((1.0739974, 0.0201483, -0.0025631, -0.1112071, 0.0007065, -0.1107853), SHAPE)
    rounded = field.rounded()
    assert rounded.rounded() == rounded
    assert np.abs(rounded.image() - field.image()).max() < 0.003
    assert rounded.image().mean() == pytest.approx(1, abs=1e-5)
    nudged = FlatField(tuple(c + 2e-5 for c in field.coefficients), SHAPE)
    assert nudged.rounded() == rounded


def test_correction_is_the_reference_formula():
    image = np.full((2, 2), 900, np.uint16)
    np.testing.assert_allclose(correct(image, np.array([[1, 2], [0.5, 1]]), 100.0), [[900, 500], [1700, 900]])


def test_a_flat_field_that_cannot_be_is_refused():
    with pytest.raises(ParameterError, match="above 0"):
        correct(np.ones((2, 2)), np.array([[1, 0], [1, 1]]))
    with pytest.raises(ParameterError, match="shape"):
        correct(np.ones((2, 2)), np.ones((2, 3)))
