"""Where the neurons of a population have their receptive fields."""

import math

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.grid import Grid


def lattice(count: int, grid: Grid) -> NDArray[np.float64]:
    """Spread neurons over the whole grid, edges included, as near to a square as their number allows.

    Columns stand at equal distances along x and hold ``ceil(sqrt(count))`` neurons at equal distances along
    y, x being the slower index; the last column holds what is left, with the same distances, centred. A
    square number gives the square lattice, 64 that of 8 x 8; 60 gives seven columns of 8 and one of 4.

    Parameters
    ----------
    count : int
        Number of neurons, > 0.
    grid : Grid
        Their extent.

    Returns
    -------
    (count, 2) float64
        x and y in mm.

    Raises
    ------
    ParameterError
        If there is no neuron.
    """
    if count < 1:
        raise ParameterError(f"a population needs 1 neuron or more, not {count}")
    per_column = math.isqrt(count - 1) + 1
    columns = -(-count // per_column)
    last = count - (columns - 1) * per_column
    x, y = _spread(columns, grid.half_extent_mm), _spread(per_column, grid.half_extent_mm)
    full = np.stack(np.meshgrid(x[:-1], y, indexing="ij"), axis=-1).reshape(-1, 2)
    pitch = y[1] - y[0] if per_column > 1 else 0.0
    rest = np.stack([np.full(last, x[-1]), (np.arange(last) - (last - 1) / 2) * pitch], axis=-1)
    return np.asarray(np.concatenate([full, rest]) + np.asarray(grid.centre_mm), np.float64)


def _spread(count: int, half_extent: float) -> NDArray[np.float64]:
    """Divide an extent evenly; a single place lies in its middle."""
    return np.linspace(-half_extent, half_extent, count) if count > 1 else np.zeros(1)
