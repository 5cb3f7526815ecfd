import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.layout import lattice

GRID = Grid(32)


@pytest.mark.parametrize("rows", [2, 5, 8])
def test_a_square_number_is_a_square(rows):
    places = np.linspace(-2.325, 2.325, rows)
    np.testing.assert_allclose(lattice(rows**2, GRID), [(x, y) for x in places for y in places], atol=1e-12)


def test_sixty_are_seven_columns_of_eight_and_one_of_four():
    xy = lattice(60, GRID)
    columns, sizes = np.unique(xy[:, 0].round(9), return_counts=True)
    np.testing.assert_allclose(columns, np.linspace(-2.325, 2.325, 8), atol=1e-8)
    np.testing.assert_array_equal(sizes, [8] * 7 + [4])
    np.testing.assert_allclose(xy[-4:, 1], np.linspace(-2.325, 2.325, 8)[2:6], atol=1e-12)


@pytest.mark.parametrize("count", [*range(1, 40), 60, 80, 150, 200, 300, 400])
def test_any_number_lies_within_the_grid_symmetric_in_y_and_near_a_square(count):
    xy = lattice(count, GRID)
    assert xy.shape == (count, 2)
    assert np.abs(xy).max() <= GRID.half_extent_mm + 1e-12
    assert len(np.unique(xy.round(9), axis=0)) == count
    mirrored = xy * [1, -1]
    np.testing.assert_array_equal(np.unique(xy.round(9) + 0.0, axis=0), np.unique(mirrored.round(9) + 0.0, axis=0))
    sides = [len(np.unique(xy[:, axis].round(9))) for axis in (0, 1)]
    assert sides[0] <= np.ceil(np.sqrt(count))


def test_it_follows_the_centre_of_the_grid():
    moved = lattice(7, Grid(32, centre_mm=(1.0, -3.0)))
    np.testing.assert_allclose(moved - lattice(7, GRID), np.tile([1.0, -3.0], (7, 1)))
    np.testing.assert_allclose(lattice(1, Grid(32, centre_mm=(1.0, -3.0))), [[1.0, -3.0]])


def test_none_is_refused():
    with pytest.raises(ParameterError, match="1 neuron or more, not 0"):
        lattice(0, GRID)
