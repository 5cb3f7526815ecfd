import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.grid import Grid


def test_the_lattice_is_centred():
    grid = Grid(32)
    assert grid.x_mm[[0, -1]] == pytest.approx([-2.325, 2.325])
    assert grid.half_extent_mm == pytest.approx(2.325)
    np.testing.assert_array_equal(grid.x_mm, -grid.x_mm[::-1])


def test_the_centre_moves_x_and_y():
    grid = Grid(3, spacing_mm=0.5, centre_mm=(1.0, -2.0))
    np.testing.assert_allclose(grid.x_mm, [0.5, 1.0, 1.5])
    np.testing.assert_allclose(grid.y_mm, [-2.5, -2.0, -1.5])
    assert grid.receptors == 9


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"size": 0}, "grid_size must be 1 or above, not 0"),
        ({"spacing_mm": -1.0}, "spacing must be above 0"),
        ({"spacing_mm": float("nan")}, "spacing must be above 0"),
        ({"centre_mm": (0.0, float("inf"))}, r"center\[1\] must be a finite number"),
    ],
)
def test_what_cannot_be_used_is_refused(wrong, told):
    with pytest.raises(ParameterError, match=told):
        Grid(**wrong)
